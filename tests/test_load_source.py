"""Emitted modules read back: the same values, and nothing is run that a file says."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import SAMPLES, declared

import symdiff as sd
from symdiff.dims import size_value

GOLDEN = Path(__file__).parent / "golden"
FILES = [
    str(path.relative_to(GOLDEN))
    for folder in ("", "fast", "hessians")
    for path in sorted((GOLDEN / folder).glob("*.py"))
]
SIZES = {name: 2 + i for i, name in enumerate("dmnkpqch")}
X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
LOSS = sd.sum((X @ w - y) ** 2)


def values_for(nodes: list[sd.Node], rng: np.random.Generator) -> dict[str, Any]:
    """Values of the variables of nodes, from 0.5 to 1.5; square matrices are nearly definite."""
    values: dict[str, Any] = {}
    for node in sd.inputs(nodes):
        shape = [size_value(size, SIZES) for size in node.shape]
        value = rng.uniform(0.5, 1.5, shape)
        if len(shape) == 2 and shape[0] == shape[1]:
            value = value @ value.T + np.eye(shape[0])
        kinds: Any = {"int": lambda v: v.astype(int), "bool": lambda v: v > 1}
        values[node.attrs[0]] = kinds.get(node.dtype, lambda v: v)(value)
    return values


@pytest.mark.parametrize("name", FILES)
def test_golden_files_mean_what_they_compute(name: str) -> None:
    """The oracle is the file itself, which NumPy runs."""
    loaded = sd.load_source(GOLDEN / name)
    namespace: dict[str, Any] = {"__name__": "golden"}
    exec(compile((GOLDEN / name).read_text(), name, "exec"), namespace)
    function = namespace[Path(name).stem]
    values = values_for([*loaded.values()], np.random.default_rng(0))
    parameters = inspect.signature(function).parameters
    missing = {p: SIZES[p] for p in parameters if p not in values and p in SIZES}
    found = function(**{p: values.get(p, 1.0) for p in parameters if p not in missing}, **missing)
    found = found if isinstance(found, tuple) else (found,)
    computed = sd.compile([*loaded.values()])
    given = {p: values[p] if p in values else SIZES[p] for p in computed.inputs}
    for one, other in zip(found, computed(**given), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("name", list(SAMPLES)[::5])
def test_samples_are_read_back(name: str) -> None:
    """What comes back has the original's values; most often it is the very node."""
    for sample in SAMPLES[name][:1]:
        node = sd.parse(sample.formula, **declared(sample))
        for style in ("readable", "fast"):
            (back,) = sd.load_source(sd.emit(node, style=style, check=False)).values()  # type: ignore
            assert back.shape == node.shape
            if back is not node:
                compare([node], [back], sample.low, sample.high)


def compare(nodes: list[sd.Node], others: list[sd.Node], low: float, high: float) -> None:
    """Assert that nodes have the same values."""
    function = sd.compile([*nodes, *others], sd.inputs([*nodes, *others]))
    rng = np.random.default_rng(0)
    values: dict[str, Any] = {}
    for x in sd.inputs([*nodes, *others]):
        shape = [size_value(size, SIZES) for size in x.shape]
        draw = {"int": rng.integers(0, 2, shape), "bool": rng.random(shape) < 0.5}
        values[x.attrs[0]] = draw.get(x.dtype, rng.uniform(low, high, shape))
    given = {name: values[name] if name in values else SIZES[name] for name in function.inputs}
    with np.errstate(all="ignore"):
        results = function(**given)
    half = len(results) // 2
    for one, other in zip(results[:half], results[half:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_what_comes_back_is_differentiated_again() -> None:
    loaded = sd.load_source(sd.emit(LOSS, wrt=[w, X]))
    assert list(loaded) == ["value", "grad_w", "grad_X"]
    assert sd.same(loaded["value"], LOSS)
    assert sd.same(loaded["grad_w"], sd.grad(LOSS, w))
    assert sd.same(sd.grad(loaded["value"], w), loaded["grad_w"])
    assert sd.same(sd.jacobian(loaded["grad_w"], w), sd.hessian(LOSS, w))


def test_a_path_and_a_text_are_the_same(tmp_path: Path) -> None:
    source = sd.emit(LOSS, wrt=w, name="loss")
    (tmp_path / "loss.py").write_text(source)
    assert sd.load_source(tmp_path / "loss.py") == sd.load_source(source)
    assert sd.load_source(str(tmp_path / "loss.py")) == sd.load_source(source)


def test_sizes_kinds_and_constants_come_back() -> None:
    i = sd.vector("i", "n", dtype="int")
    b, z = sd.vector("b", "n", dtype="bool"), sd.vector("z", "n", dtype="complex")
    x = sd.vector("x", 3)
    node = (
        sd.sum(sd.where(b, y[i], 0)) * sd.size("m")
        + sd.sum(sd.abs(z))
        + sd.sum(x * sd.array([1.0, 2.0, 4.0]))
    )
    (back,) = sd.load_source(sd.emit(node)).values()
    assert {(v.attrs[0], v.shape, v.dtype) for v in sd.inputs(back)} == {
        (v.attrs[0], v.shape, v.dtype) for v in sd.inputs(node)
    }
    assert sd.same(back, node)


def test_long_chains_of_statements_are_read() -> None:
    node = s = sd.scalar("s")
    for _ in range(2000):
        node = sd.sin(node) + s
    (back,) = sd.load_source(sd.emit(node)).values()
    assert sd.evaluate(back, s=0.3) == sd.evaluate(node, s=0.3)


# Refusals ---------------------------------------------------------------------------------------

HEAD = '''"""f, written by symdiff. Needs NumPy alone."""

import numpy as np


def f(x):
    """Return x.

    Parameters
    ----------
    x : array of shape (n,)
    """
    n = x.shape[0]
'''


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = (\n", "line 1: this is not Python: '(' was never closed"),
        ("\0\n", "this is not Python: source code string cannot contain null bytes"),
        ("x\n" + "(" * 300 + ")" * 300, "line 2: this is not Python: too many nested parentheses"),
        ("x\n" + "x+" * 50_000 + "x", "an expression is nested too deeply for Python to parse it"),
        ("import os; os.system('true')\n", "line 1: no emitted module has such a statement"),
        ("import subprocess\n", "line 1: no emitted module imports subprocess"),
        ("import numpy\n", "an emitted module has one function, not 0"),
        (HEAD + "    return open('x')\n", "line 14: `open` is no function of emitted modules"),
        (
            HEAD + "    return np.load('x')\n",
            "line 14: `np.load` is no function of emitted modules",
        ),
        (HEAD + "    return sin(x)\n", "line 14: `sin` is no function of emitted modules"),
        (HEAD + "    return x.tofile('x')\n", "line 14: `x.tofile('x')` is not of emitted modules"),
        (HEAD + "    return x.__class__\n", "line 14: `x.__class__` is not of emitted modules"),
        (HEAD + "    return z\n", "line 14: `z` is not of emitted modules"),
        (
            HEAD + "    return [x for x in x]\n",
            "line 14: `[x for x in x]` is not of emitted modules",
        ),
        (HEAD + "    return np.sin(*x)\n", "line 14: `*x` is not of emitted modules"),
        (HEAD + "    return np.sin(**x)\n", "line 14: no emitted module calls with `**`"),
        (HEAD + "    return (lambda: x)()\n", "line 14: `lambda: x` is no function of "),
        (HEAD + "    return f'{x}'\n", "line 14: `f'{x}'` is not of emitted modules"),
        (HEAD + "    return 10**400\n", "line 14: "),
        (
            HEAD + "    return x @ x.reshape(7)\n",
            "line 14: `reshape` cannot turn `x` of shape (n,)",
        ),
        (HEAD + "    for i in x:\n        x\n", "line 14: `for i in x:` cannot be read back"),
        (HEAD + "    while x:\n        x\n", "line 14: `while x:` cannot be read back"),
        (HEAD + "    x[0] = 1\n", "line 14: nothing is assigned to `x[0]` in emitted modules"),
        (HEAD + "    np = x\n", "line 14: no emitted module assigns to 'np'"),
        (HEAD + "    x = 2\n", "line 14: 'x' is not what the docstring says"),
        (HEAD + "    n = 2\n", "line 14: 'n' is not what the docstring says"),
        (HEAD + "    t = x\n", "line 6: `f` returns nothing"),
        (HEAD + "    return\n", "line 14: nothing is returned"),
        (
            HEAD + "    return 'x'\n",
            "line 14: expected an expression, a number or an array, not 'x'",
        ),
        (
            HEAD + '    _check_shape("x", x, "(2,)", (2,))\n',
            "line 14: the docstring gives it the shape (n,)",
        ),
        (HEAD.replace("x : array", "y : array"), "line 6: the docstring does not tell the shapes"),
        (HEAD.replace("(n,)", "(n!,)"), "line 6: "),
        (HEAD.replace("array of shape", "list of"), "line 6: the docstring says of an argument "),
        (HEAD.replace("f(x)", "f(x=1)"), "line 6: no emitted function has decorators or defaults"),
        (
            HEAD + "    return _sigmoid(x)\n\n\ndef _sigmoid(x):\n    return 2 * x\n",
            "line 17: `_sigmoid` is not the helper that symdiff writes",
        ),
    ],
)
def test_what_is_not_emitted_is_refused(source: str, message: str) -> None:
    with pytest.raises(sd.FileError) as error:
        sd.load_source(source)
    assert str(error.value).startswith(message), str(error.value)


def test_what_is_no_source() -> None:
    with pytest.raises(sd.ArgumentError, match="expected the text of a module or a path, not 3"):
        sd.load_source(3)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        sd.load_source("there is no such file")
