"""The workloads of the benchmarks: all tools at hand give what the function by hand gives."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
import decorated
import generated
import sparse_matrices
import tools
from measure import THREADS
from workloads import WORKLOADS, Case, Task, Workload
from workloads.workload import short

each_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=lambda each: each.name)


NOT_TRIED = ("hand", "torch-compile")
"""The oracle, and what takes ten seconds for each."""


def answers(tool: str, workload: Workload, case: Case) -> list[np.ndarray]:
    return tools.numbers(tools.load(tool).prepared(Task(workload, case))())


@pytest.mark.parametrize("tool", [tool for tool in tools.NAMES if tool not in NOT_TRIED])
@each_workload
def test_tools_agree_with_the_function_by_hand(workload: Workload, tool: str) -> None:
    if tool != "symdiff":
        pytest.importorskip(tools.NAMES[tool])
    try:
        found = answers(tool, workload, workload.small)
    except tools.UnableError as reason:
        pytest.skip(str(reason))
    right = answers("hand", workload, workload.small)
    assert [part.shape for part in found] == [part.shape for part in right]
    for mine, theirs in zip(found, right, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)


def test_cases_draw_the_same_inputs_of_their_precision() -> None:
    workload = next(each for each in WORKLOADS if each.name == "perceptron")
    case = Case(workload.small.sizes, dtype="float32")
    first, second = Task(workload, case).inputs, Task(workload, case).inputs
    assert {array.dtype for array in first.values()} == {np.dtype("float32")}
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


def test_sizes_in_words() -> None:
    assert [short(size) for size in (7, 10, 100, 1200, 10**5)] == ["7", "10", "100", "1200", "10⁵"]


def test_wrong_answers_are_left_out() -> None:
    right = [np.array([1.0, 2.0])]
    for wrong, words in (([1.0, 2.1], "is wrong by 5.0e-02"), ([1.0], r"answers \[\(1,\)\]")):
        with pytest.raises(generated.LeftOutError, match=words):
            generated.check([np.array(wrong)], right, "float64")
    with pytest.raises(generated.LeftOutError, match="is wrong by nan"):
        generated.check([np.array([1.0, np.nan])], right, "float64")


def test_the_command_prints_all_tables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in THREADS:
        monkeypatch.setenv(name, "1")  # and back afterwards
    generated.main(["rosenbrock", "--rounds", "1", "--starts", "1"])
    lines = capsys.readouterr().out.splitlines()
    rows = [line.replace("!", "").split() for line in lines if line.startswith("rosenbrock")]
    assert [len(row) for row in rows] == [4, 3, 3, 3]
    assert not any("-" in row for row in rows)
    assert any(line.startswith("time to import") for line in lines)
    assert not any("left out" in line for line in lines)


@pytest.mark.parametrize("problem", sparse_matrices.PROBLEMS, ids=lambda each: each.name)
def test_sparse_tools_agree(problem: sparse_matrices.Problem) -> None:
    ready, _ = sparse_matrices.prepared(problem, 20)  # refuses what is wrong
    assert {"symdiff", "differences"} <= {*ready}
    assert sparse_matrices.ratios(ready, problem, 20, 2)["differences"] > 0


def test_what_decorated_functions_cost(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decorated, "BLOCK", 1e-4)
    monkeypatch.setattr(decorated, "PROBLEMS", decorated.PROBLEMS[2:])
    monkeypatch.setattr(decorated, "FINDING", 10)
    decorated.main(["--rounds", "1"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows if row[:1] == ["layer"]] == ["layer"] * 5
