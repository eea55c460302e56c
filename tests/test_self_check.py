"""`python energy.py --check`: emitted files compare their gradients with finite differences."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import test_ops

import symdiff as sd
from symdiff.cli import main
from symdiff.ops.leaves import INEXACT, variable
from symdiff.runtime import self_check as helpers

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
ENERGY = sd.sum((X @ w - y) ** 2)
FAST = sd.sum(sd.exp(-sd.sin(X @ w)) * y) / sd.size("n")


def run(source: str, *arguments: str) -> tuple[int, list[str]]:
    """The exit status of a module that is run as a script, and the lines that it prints."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(sys, "argv", ["energy.py", *arguments])
        with warnings.catch_warnings(), pytest.raises(SystemExit) as caught:
            warnings.simplefilter("ignore")
            exec(source, {"__name__": "__main__"})
    assert isinstance(caught.value.code, int)
    return caught.value.code, printed.getvalue().splitlines()


def without_figures(lines: list[str]) -> list[str]:
    """Lines in which the differences are left out."""
    return [re.sub(r"difference \S+", "difference …", line) for line in lines]


# What it prints ---------------------------------------------------------------------------------


def test_a_file_run_by_python(tmp_path: Path) -> None:
    path = tmp_path / "energy.py"
    path.write_text(sd.emit(ENERGY, wrt=[w, X], name="energy"), encoding="utf-8")

    def python(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-W", "error", str(path), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.stderr == ""
        return done.returncode, done.stdout

    status, said = python("--check", "7", "n=4")
    assert status == 0
    assert without_figures(said.splitlines()) == [
        "gradient by w: OK, relative difference … (seed 7, n=4, d=3)",
        "gradient by X: OK, relative difference … (seed 7, n=4, d=3)",
    ]
    status, said = python()
    assert status == 0
    assert said.startswith("Return sum((X @ w - y)**2) and its gradient by w, X.\n")
    assert said.endswith(f"\nusage: python {path} --check [seed] [n=5] [d=3]\n")


@pytest.mark.parametrize("word", ["--chekc", "--check q=3", "--check n=two", "--check -1"])
def test_options_that_it_does_not_know(word: str) -> None:
    status, said = run(sd.emit(ENERGY, wrt=w, name="energy"), *word.split())
    assert status == 2
    assert said[-1] == "usage: python energy.py --check [seed] [n=5] [d=3]"


def test_blocks_are_compared_in_both_float_types() -> None:
    status, said = run(sd.emit(FAST, wrt=w, style="fast"), "--check", "n=7")
    assert status == 0
    assert without_figures(said) == [
        "gradient by w: OK, relative difference … (seed 0, n=7, d=3)",
        "blocks in float64: OK, relative difference … (seed 0, n=176340, d=3)",
        "blocks in float32: OK, relative difference … (seed 0, n=176340, d=3)",
    ]


# Wrong files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mistake", ["-grad_w", "grad_w * (1 + 1e-5)", "0 * grad_w", "grad_w + 1e-4", "grad_w[::-1]"]
)
@pytest.mark.parametrize("target", [ENERGY, FAST], ids=str)
def test_wrong_gradients_fail(target: sd.Node, mistake: str) -> None:
    source = sd.emit(target, wrt=w)
    wrong = source.replace("return value, grad_w\n", f"return value, {mistake}\n")
    assert wrong != source
    status, said = run(wrong, "--check")
    assert status == 1
    assert without_figures(said) == [
        "gradient by w: FAILED, relative difference … (seed 0, n=5, d=3)"
    ]


def test_one_wrong_gradient_of_two() -> None:
    source = sd.emit(ENERGY, wrt=[w, y]).replace("return value, grad_w", "return value, 2 * grad_w")
    status, said = run(source, "--check")
    assert status == 1
    assert [line.split(",")[0] for line in said] == ["gradient by w: FAILED", "gradient by y: OK"]


@pytest.mark.parametrize("mistake", ["[np.maximum, np.add]", "[np.add, np.maximum]"])
def test_wrong_blocks_fail(mistake: str) -> None:
    source = sd.emit(FAST, wrt=w, style="fast")
    assert "folds=[np.add, np.add]" in source
    status, said = run(source.replace("folds=[np.add, np.add]", f"folds={mistake}"), "--check")
    assert status == 1
    assert [line.split(",")[0] for line in said] == [
        "gradient by w: OK",
        "blocks in float64: FAILED",
        "blocks in float32: FAILED",
    ]


def test_nothing_is_well_that_was_not_compared() -> None:
    x = sd.vector("x", "n")
    status, said = run(sd.emit(sd.sum(sd.log(-1 - x**2)), wrt=x), "--check")
    assert status == 2
    assert said == [
        "gradient by x: NOT COMPARED (seed 0, n=5): no inputs found with finite values and slopes"
    ]
    status, said = run(sd.emit(sd.sum(sd.log_softmax(X, 1) * X), wrt=X), "--check", "d=0")
    assert status == 2
    assert said == [
        "gradient by X: NOT COMPARED (seed 0, n=5, d=0): "
        "`log_softmax` of no entries needs d >= 1, but d is 0"
    ]


# Inputs of every kind ---------------------------------------------------------------------------

INT = variable("i", ("m",), "int")
MASK = variable("mask", ("n",), "bool")
Z = variable("z", ("n",), "complex")
A = sd.matrix("A", "n", "n")
x = sd.vector("x", "n")

TARGETS = [
    (sd.sum(sd.sin(x[INT])), x),
    (sd.sum(x[INT] * y[INT]), [x, y]),
    (sd.sum(sd.where(MASK, x**2, x)), x),
    (sd.sum(sd.abs(Z) ** 2 * x), [Z, x]),
    (sd.sum(sd.real(sd.exp(Z)) * y), Z),
    (sd.log(sd.det(A)), A),
    (sd.sum(sd.cholesky(A) * A), A),
    (sd.sum(sd.arccosh(x) * sd.log(1 - y)), [x, y]),
    (sd.sum(sd.arcsin(x)), x),
    (sd.sum(sd.relu(x - 0.5) + sd.abs(y - 1) + sd.max(x)), [x, y]),
    (sd.sum(sd.mean(X, axis=1, where=X > 0.4)), X),
    (x[9] * x[-1] + sd.sum(x[1:] * x[:-1]), x),
    (sd.sum(sd.qr(sd.matrix("B", "p", "q")).R), None),
    (sd.sum(sd.reshape(sd.vector("u", "n*m"), ("n", "m")) @ sd.vector("v", "m")), None),
    (sd.sum(sd.vector("u", "n + 1")) ** 2 * sd.size("k"), None),
    (sd.scalar("a") * sd.sin(sd.scalar("b")), None),
    (sd.sum(sd.sin(sd.vector("rng", "lambda_"))), None),
]


@pytest.mark.parametrize(("target", "wrt"), TARGETS, ids=[str(t) for t, _ in TARGETS])
def test_inputs_are_in_the_domain(target: sd.Node, wrt: Any) -> None:
    chosen = [v for v in sd.inputs(target) if v.dtype in INEXACT] if wrt is None else wrt
    status, said = run(sd.emit(target, wrt=chosen), "--check")
    assert (status, [line for line in said if ": OK, " not in line]) == (0, [])


@test_ops.on_every_sample
def test_gradients_of_all_ops(each: test_ops.Case) -> None:
    value = each.value
    variables = [v for v in sd.inputs(value) if v.dtype in INEXACT]
    if not variables or value.dtype not in INEXACT:
        return
    target = sd.sum(sd.sin(value)) if value.dtype == "float" else sd.sum(sd.abs(value) ** 2)
    try:
        source = sd.emit(target, wrt=variables)
    except sd.DerivativeError:
        return
    if "_self_check" in source:
        status, said = run(source, "--check")
        assert status == 0, said
    else:
        assert "stop_gradient" in str(value)


# Files without ----------------------------------------------------------------------------------


def test_files_that_cannot_check_themselves() -> None:
    e = sd.exp(x)
    assert "_self_check" not in sd.emit(ENERGY)
    assert "_self_check" not in sd.emit(ENERGY, wrt=w, check=False)
    assert "_self_check" not in sd.emit(sd.sum(e * y), wrt=e)
    assert "_self_check" not in sd.emit(sd.sum(sd.stop_gradient(x) * x), wrt=x)
    assert "_self_check" in sd.emit(sd.sum(sd.stop_gradient(x) * y), wrt=y)


def test_readable_files_carry_nothing_about_blocks() -> None:
    assert "blocks_errors" not in sd.emit(FAST, wrt=w)
    assert "blocks_errors" in sd.emit(FAST, wrt=w, style="fast")


def test_blocks_that_need_much_memory_are_not_compared() -> None:
    target = sd.sum(sd.exp(x) * y)
    assert "large={" in sd.emit(target, wrt=x, style="fast")
    assert "large={" not in sd.emit(target + x @ sd.inv(A) @ y, wrt=x, style="fast")


def test_sizes_in_the_file_are_above_the_threshold() -> None:
    source = sd.emit(FAST, wrt=w, style="fast")
    (n,), (large,) = (
        re.findall(r'large=\{"n": (\S+)\}', source),
        re.findall("LARGE = (\\S+)", source),
    )
    assert int(n) * 3 >= int(large)


def test_helpers_are_short() -> None:
    lines = Path(helpers.__file__).read_text(encoding="utf-8").splitlines()
    assert len(lines) < 120


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    formula = ["emit", "sum(exp(x)*y)", "--wrt", "x", "--shape", "x:n", "y:n"]
    assert main([*formula]) == 0
    assert "_self_check" in capsys.readouterr().out
    assert main([*formula, "--no-check"]) == 0
    assert "_self_check" not in capsys.readouterr().out
    assert main([*formula, "--style", "fast"]) == 0
    assert "_in_blocks(" in capsys.readouterr().out
