"""Graphs as JSON: the very nodes come back, and what symdiff did not write is refused."""

from __future__ import annotations

import copy
import json
import math
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import expressions
from hypothesis import given, settings
from samples import SAMPLES, declared

import symdiff as sd
from symdiff.dims import as_size, named
from symdiff.node import Node, intern, topological
from symdiff.ops.lowered import sech
from symdiff.ops.several import WHOLE
from symdiff.registry import OPS

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
LOSS = sd.sum((X @ w - y) ** 2)


def same(node: Node) -> bool:
    """True if a node comes back as itself from JSON."""
    return sd.from_json(sd.to_json(node)) is node


@pytest.mark.parametrize("name", SAMPLES)
def test_the_nodes_of_all_samples_come_back(name: str) -> None:
    outputs = []
    for sample in SAMPLES[name]:
        node = sd.parse(sample.formula, **declared(sample))
        outputs.append(node)
        for x in sd.inputs(node)[:1] if sample is SAMPLES[name][0] else ():
            with suppress(sd.SymdiffError):  # what has no derivative is tested elsewhere
                outputs.append(sd.grad(sd.sum(sd.real(node)), x))
    back = sd.from_json(sd.to_json(outputs))
    assert isinstance(back, list) and all(a is b for a, b in zip(back, outputs, strict=True))


@given(expressions())
@settings(max_examples=30)
def test_any_formula_and_its_gradient_come_back(formula: Node) -> None:
    assert same(formula)
    for x in sd.inputs(formula)[:1]:
        assert same(sd.simplify(sd.grad(sd.sum(formula), x)))


@pytest.mark.parametrize(
    "value",
    [
        *(1, 1.0, True, 0, 0.0, -0.0, False, 2**63 - 1, -(2**63), 5e-324, 0.1 + 0.2, 1.7e308),
        *(math.inf, -math.inf, math.nan, 2j, 1 - 0.1j),
        *(np.array([1.5, -0.0, np.nan, np.inf]), np.array([[1, 2], [3, 4]]), np.zeros((0, 3))),
        *(np.array([True, False]), np.array([1 + 2j]), np.arange(24.0).reshape(2, 3, 4).T),
    ],
    ids=repr,
)
def test_constants_keep_type_and_bits(value: Any) -> None:
    node = sd.constant(value)
    assert same(node)
    literal, data = node.attrs, sd.to_json(node)
    del node  # the next is made anew
    assert sd.from_json(data).attrs == literal  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "size", ["2*n + 1", "n*d - 3*d*d + 7", (named("n") + 1) // 2, 2 * ((named("n") // 3 + 1) // 2)]
)
def test_compound_sizes_come_back(size: Any) -> None:
    x = sd.vector("x", as_size(size))
    assert same(x) and sd.from_json(sd.to_json(x)).shape == x.shape  # type: ignore[union-attr]
    n = named("n")
    assert same(sd.vector("x", 2 * n + 4)[n // 2 : n + 3])


def test_borders_of_nan_are_one_node() -> None:
    x = sd.vector("x", "n")
    assert same(sd.pad(x, 1, constant_values=float("nan")))


def test_outputs_keep_their_form_and_sharing(tmp_path: Path) -> None:
    gradient = sd.grad(LOSS, w)
    sd.save(tmp_path / "graph.json", {"loss": LOSS, "gradient": gradient})
    back = sd.load(tmp_path / "graph.json")
    assert back == {"loss": LOSS, "gradient": gradient} and list(back) == ["loss", "gradient"]
    assert sd.from_json(sd.to_json((LOSS, gradient, LOSS))) == [LOSS, gradient, LOSS]
    assert sd.from_json(sd.to_json([])) == [] and sd.from_json(sd.to_json({})) == {}
    rows = json.loads((tmp_path / "graph.json").read_text())["nodes"]
    assert len(rows) == len(topological([LOSS, gradient]))


def test_another_process_reads_the_same(tmp_path: Path) -> None:
    sd.save(tmp_path / "graph.json", [LOSS, sd.grad(LOSS, w)])
    script = "import symdiff as sd, sys; print(*map(sd.text, sd.load(sys.argv[1])), sep='\\n')"
    path = str(tmp_path / "graph.json")
    run = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True)
    assert run.stdout.splitlines() == [sd.text(LOSS), sd.text(sd.grad(LOSS, w))], run.stderr


def test_deep_graphs_come_back() -> None:
    node = x = sd.scalar("x")
    for _ in range(10_000):
        node = sd.sin(node) + x
    assert same(node)


def test_the_document_is_as_documented(golden: Any) -> None:
    golden("graph.json", sd.to_json({"loss": LOSS, "gradient": sd.grad(LOSS, w)}))


def test_all_attributes_are_declared() -> None:
    """What has an attribute and no type of it is in generated code alone."""
    nodes = {
        node.op.name
        for samples in SAMPLES.values()
        for sample in samples
        for node in topological([sd.parse(sample.formula, **declared(sample))])
        if node.attrs is not None
    }
    assert all(OPS[name].attrs is not None for name in nodes)


# Refusals ---------------------------------------------------------------------------------------


def document(*rows: Any, outputs: Any = 0, **more: Any) -> str:
    """A document with these nodes after the variable x of shape (n, 3)."""
    x = {"op": "variable", "args": [], "attrs": ["x", ["n", 3], "float"]}
    whole = {"format": "symdiff graph", "version": 1, "nodes": [x, *rows], "outputs": outputs}
    return json.dumps(whole | more)


def row(op: Any, args: Any = (0,), **attrs: Any) -> dict[str, Any]:
    """A node of a document."""
    return {"op": op, "args": args, **attrs}


DEEP: Any = "n"
for _ in range(12):
    DEEP = {"quotient": [DEEP, 2]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "this is not JSON: Expecting value in line 1, column 1; sd.load reads the file at a "
            "path, sd.load_source an emitted module",
        ),
        (document()[:-20], "this is not JSON: "),
        ("[" * 100_000, "this is no graph of symdiff: it is nested too deeply"),
        ("[]", "this is no graph of symdiff: \"format\" is not 'symdiff graph'"),
        ('{"format": "symdiff graph", "format": 1}', "an object has the key 'format' twice"),
        (document(version=2), "version: this symdiff reads version 1, not 2: update it"),
        (document(version=True), "version: expected a whole number, not True"),
        (document(more=1), "the document: nothing is called 'more' here"),
        (document(nodes={}), "nodes: expected a list, not {}"),
        (document(outputs=1), "outputs: there is no node 1"),
        (document(outputs=[0, -1]), "outputs[1]: there is no node -1"),
        (document(outputs={"a": True}), "outputs.a: expected the place of a node, not True"),
        (document(7), "nodes[1]: expected an object, not 7"),
        (document({"op": "sin"}), "nodes[1]: 'args' is missing"),
        (document(row("sin", shape=[])), "nodes[1]: nothing is called 'shape' here"),
        (document(row("os.system")), "nodes[1].op: expected the name of an op, not 'os.system'"),
        (document(row(["sin"])), "nodes[1].op: expected the name of an op, not ['sin']"),
        (
            document(row("sin", [1])),
            "nodes[1].args[0]: expected the place of a node before nodes[1], not 1",
        ),
        (
            document(row("sin", [-1])),
            "nodes[1].args[0]: expected the place of a node before nodes[1], not -1",
        ),
        (
            document(row("sin", [True])),
            "nodes[1].args[0]: expected the place of a node before nodes[1], not True",
        ),
        (document(row("sin", "0")), "nodes[1].args: expected a list, not '0'"),
        (document(row("sin", attrs=[0])), "nodes[1].attrs: `sin` has none"),
        (
            document(row("sin", [0, 0])),
            "nodes[1]: no function makes `sin` with these attributes of arguments of shapes "
            "(n, 3), (n, 3)",
        ),
        (document(row("sum_", [])), "nodes[1].op: expected the name of an op, not 'sum_'"),
        (
            document(row("reshape", attrs=[1000])),
            "nodes[1]: no function makes `reshape` with these attributes of arguments of shapes "
            "(n, 3)",
        ),
        (
            document(row("cumsum", attrs=[9, False])),
            "nodes[1]: no function makes `cumsum` with these attributes of arguments of shapes "
            "(n, 3)",
        ),
        (document(row("cumsum", attrs=[0, 0])), "nodes[1].attrs[1]: expected true or false, not 0"),
        (document(row("cumsum", attrs=[0])), "nodes[1].attrs: expected 2 entries, not [0]"),
        (document(row("cumsum")), "nodes[1].attrs: expected a list, not None"),
        (
            document(row("cumsum", attrs=[0.0, False])),
            "nodes[1].attrs[0]: expected a whole number, not 0.0",
        ),
        (
            document(row("contract", attrs={"inputs": [[0, 1]], "output": [1, "0"]})),
            "nodes[1].attrs.output[1]: expected a whole number, not '0'",
        ),
        (
            document(row("contract", attrs={"inputs": [[0, 1]], "output": [7]})),
            "nodes[1]: no function makes `contract` with these attributes of arguments of shapes "
            "(n, 3)",
        ),
        (
            document(row("contract", attrs={"inputs": [[0, 0]], "output": []})),
            "nodes[1]: sizes n and 3 are summed or matched together, but differ: `x` of shape "
            "(n, 3) and `x` of shape (n, 3)",
        ),
        (
            document(row("index", attrs=[{"start": "n-1", "stop": None, "step": 1}])),
            "nodes[1].attrs[0].start: expected a word, not 'n-1'",
        ),
        (
            document(row("eye", [], attrs="lambda")),
            "nodes[1].attrs: 'lambda' cannot name a size: it is a word of Python itself; try 'lam'",
        ),
        (
            document(row("eye", [], attrs={"quotient": ["n", 0]})),
            "nodes[1].attrs: a size is divided by 0",
        ),
        (
            document(row("eye", [], attrs=10**30)),
            "nodes[1].attrs: expected a whole number from -9223372036854775808 to "
            "9223372036854775807, not 1000000000000000000000000000000",
        ),
        (document(row("eye", [], attrs=-1)), "nodes[1]: no function makes `eye` with "),
        (
            document(row("variable", [], attrs=["__x", [], "float"])),
            "nodes[1]: no function makes `variable` with these attributes of no arguments",
        ),
        (
            document(row("variable", [], attrs=["x", [], "str"])),
            "nodes[1]: no function makes `variable` with these attributes of no arguments",
        ),
        (
            document(row("variable", [], attrs=["x y", [], "float"])),
            "nodes[1].attrs[0]: expected a word, not 'x y'",
        ),
        (document(row("sech")), "nodes[1]: no function makes `sech` with "),
        (
            document(row("whole", attrs="x")),
            "nodes[1].attrs: `whole` has none",
        ),
        (
            document(row("constant", [], attrs={"int": 1.0})),
            "nodes[1].attrs: expected a constant: bool, int, float, complex, or array with shape "
            "and data, not {'int': 1.0}",
        ),
        (
            document(row("constant", [0], attrs={"int": 1})),
            "nodes[1]: no function makes `constant` with ",
        ),
        (
            document(row("constant", [], attrs={"float": "1"})),
            'nodes[1].attrs.float: expected a decimal number, "inf", "-inf" or "nan", not \'1\'',
        ),
        (document(row("constant", [], attrs={"float": 1.5})).replace("1.5", "NaN"), "NaN is not"),
        (
            document(row("constant", [], attrs={"float": 1.5})).replace("1.5", "1e999"),
            "1e999 is larger than all floats",
        ),
        (document().replace("3", "3" * 5000), "the number 3333333333… has 5000 characters"),
        (
            document(row("constant", [], attrs={"array": "<f8", "shape": [10**12], "data": ""})),
            "nodes[1].attrs.data: 0 bytes where shape and type need 8000000000000",
        ),
        (
            document(row("constant", [], attrs={"array": "|O", "shape": [1], "data": "AAAA"})),
            "nodes[1].attrs.array: expected one of <f8, <i8, |b1, <c16, not '|O'",
        ),
        (
            document(row("constant", [], attrs={"array": "|b1", "shape": [1], "data": "Ag=="})),
            "nodes[1].attrs.data: a boolean is a byte 0 or 1",
        ),
        (
            document(row("constant", [], attrs={"array": "<f8", "shape": [1], "data": "?"})),
            "nodes[1].attrs.data: this is not base64",
        ),
    ],
)
def test_what_symdiff_did_not_write_is_refused(text: str, message: str) -> None:
    with pytest.raises(sd.FileError) as error:
        sd.from_json(text)
    assert str(error.value).startswith(message)


def test_sizes_are_not_nested_without_end() -> None:
    with pytest.raises(sd.FileError, match="sizes are nested more than 8 deep"):
        sd.from_json(document(row("eye", [], attrs=DEEP)))


JUNK = [None, True, 0, -1, 2**63, 1.5, "", "n", [], [0], {}, {"quotient": ["n", 0]}, 64]


def test_a_changed_document_is_refused_or_means_something() -> None:
    """Whatever one entry is replaced by, there is a graph that can be saved, or our error."""
    pick = random.Random(0)
    texts = [
        sd.to_json(sd.parse(samples[0].formula, **declared(samples[0])))
        for samples in SAMPLES.values()
        if samples
    ]
    accepted = 0
    for _ in range(1500):
        whole = json.loads(pick.choice(texts))
        place = pick.choice([p for p in _places(whole) if p])
        target = whole
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = copy.deepcopy(pick.choice(JUNK))
        try:
            found = sd.from_json(json.dumps(whole))
        except sd.FileError:
            continue
        accepted += 1
        assert isinstance(found, list | dict) or same(found)
    assert 0 < accepted < 200


def _places(data: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs: Any = data.items() if isinstance(data, dict) else ()
    pairs = enumerate(data) if isinstance(data, list) else pairs
    return [place, *(inner for key, each in pairs for inner in _places(each, (*place, key)))]


def test_what_is_no_expression_is_not_written() -> None:
    with pytest.raises(sd.ArgumentError, match="a file holds expressions, not 3"):
        sd.to_json([LOSS, 3])  # type: ignore[list-item]
    with pytest.raises(sd.ArgumentError, match="a file holds expressions, not 'x'"):
        sd.to_json("x")  # type: ignore[arg-type]
    with pytest.raises(sd.ArgumentError, match="the name of an expression is text, not 1"):
        sd.to_json({1: LOSS})  # type: ignore[dict-item]
    with pytest.raises(sd.ArgumentError, match=r"no function makes `sech`.*generated code alone"):
        sd.to_json(sech(sd.scalar("x")))
    whole = intern(WHOLE, (sd.scalar("x"),), OPS["sin"].numpy)
    with pytest.raises(sd.ArgumentError, match="`whole` is in generated code alone, not in files"):
        sd.to_json(whole)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(sd.FileError, match="is not text"):
        sd.load(tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        sd.load(tmp_path / "y")
    with pytest.raises(sd.ArgumentError, match="a document is text, not bytes"):
        sd.from_json(b"{}")  # type: ignore[arg-type]


# Writing ------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, x = tmp_path / "graph.json", sd.scalar("x")
    sd.save(path, x)

    def full(*files: object) -> None:
        raise OSError(28, "No space left on device", str(files[0]), None, str(files[1]))

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError) as error:
        sd.save(path, sd.sin(x))
    assert str(error.value) == f"[Errno 28] No space left on device: {str(path)!r}"
    assert sd.load(path) is x
    assert [each.name for each in tmp_path.iterdir()] == ["graph.json"]


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    path, link, x = tmp_path / "graph.json", tmp_path / "link.json", sd.scalar("x")
    sd.save(path, x)
    path.chmod(0o640)
    link.symlink_to(path)
    sd.save(link, sd.sin(x))
    assert link.is_symlink()
    assert sd.load(path) is sd.sin(x)
    assert path.stat().st_mode & 0o777 == 0o640


def test_places_that_are_no_files(tmp_path: Path) -> None:
    x = sd.scalar("x")
    with pytest.raises(IsADirectoryError):
        sd.save(tmp_path, x)
    with pytest.raises(FileNotFoundError) as error:
        sd.save(tmp_path / "no" / "graph.json", x)
    assert error.value.filename == str(tmp_path / "no" / "graph.json")
    for place in (3, None):
        with pytest.raises(sd.ArgumentError) as refused:
            sd.save(place, x)  # type: ignore[arg-type]
        assert str(refused.value) == f"a path is text or a pathlib.Path, not {place}"
        with pytest.raises(sd.ArgumentError) as refused:
            sd.load(place)  # type: ignore[arg-type]
        assert str(refused.value) == f"a path is text or a pathlib.Path, not {place}"
    sd.save("/dev/null", x)
