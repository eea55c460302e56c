"""Products under NumPy's other names: values and shapes of NumPy, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd

A, X, y = sd.matrix("A", "n", "n"), sd.matrix("X", "n", "m"), sd.vector("y", "m")
s = sd.scalar("s")


def drawn(*shape: int) -> Any:
    """Random entries."""
    return np.random.default_rng(len(shape)).normal(size=shape)


CALLS = [
    ("inner", [(2, 3), (4, 3)], {}),
    ("inner", [(3,), (3,)], {}),
    ("inner", [(), (3,)], {}),
    ("inner", [(2, 0), (3, 0)], {}),
    ("tensordot", [(2, 3, 4), (3, 4, 5)], {}),
    ("tensordot", [(2, 3), (2, 3)], {"axes": 2}),
    ("tensordot", [(2, 3), (4,)], {"axes": 0}),
    ("tensordot", [(2, 3), (3, 2)], {"axes": ([0, 1], [1, 0])}),
    ("tensordot", [(2, 3, 4), (4, 2)], {"axes": ((-1, 0), (0, -1))}),
    ("tensordot", [(2, 3), (3, 4)], {"axes": (1, 0)}),
    ("vecdot", [(2, 3), (3,)], {}),
    ("vecdot", [(3, 2), (3, 1)], {"axis": 0}),
    ("vecdot", [(4, 1, 3), (2, 3)], {}),
    ("matvec", [(2, 3), (3,)], {}),
    ("matvec", [(5, 1, 2, 3), (4, 3)], {}),
    ("vecmat", [(2,), (2, 3)], {}),
    ("vecmat", [(4, 2), (5, 1, 2, 3)], {}),
    ("cross", [(3,), (3,)], {}),
    ("cross", [(2, 3), (3,)], {}),
    ("cross", [(3, 2), (3, 2)], {"axis": 0}),
    ("cross", [(3, 2, 4), (2, 4, 3)], {"axisa": 0, "axisc": 1}),
    ("cross", [(5, 1, 3), (4, 3)], {}),
    ("cross", [(0, 3), (3,)], {}),
]


@pytest.mark.parametrize(("name", "shapes", "options"), CALLS)
def test_values_and_shapes(name: str, shapes: list[Any], options: dict[str, Any]) -> None:
    values = [drawn(*shape) for shape in shapes]
    variables = [sd.tensor(f"v{k}", *shape) for k, shape in enumerate(shapes)]
    node = getattr(sd, name)(*variables, **options)
    wanted = getattr(np, name)(*values, **options)
    given = dict(zip(variables, values, strict=True))
    assert node.shape == np.shape(wanted)
    np.testing.assert_allclose(sd.evaluate(node, given), wanted, rtol=1e-12)
    np.testing.assert_allclose(sd.compile(node)(*values), wanted, rtol=1e-12)
    total = sd.sum(node * node)
    for v in variables:
        assert sd.grad(total, v).shape == v.shape


@pytest.mark.parametrize("shapes", [[(2, 3), (3, 4), (4, 5)], [(2,), (2, 3), (3,)], [(2, 3), (3,)]])
def test_chains(shapes: list[Any]) -> None:
    values = [drawn(*shape) for shape in shapes]
    variables = [sd.tensor(f"v{k}", *shape) for k, shape in enumerate(shapes)]
    node = sd.multi_dot(variables)
    wanted = np.linalg.multi_dot(values)
    assert node.shape == np.shape(wanted)
    np.testing.assert_allclose(sd.compile(node)(*values), wanted, rtol=1e-12)


def test_chains_are_multiplied_in_the_cheapest_order() -> None:
    B, x = sd.matrix("B", "n", "n"), sd.vector("x", "n")
    assert "A @ (B @ x)" in sd.emit(sd.multi_dot([A, B, x]), name="f")


def test_equations_between_tensors() -> None:
    a, b = drawn(2, 3, 6), drawn(2, 3)
    node = sd.tensorsolve(sd.tensor("a", 2, 3, 6), sd.tensor("b", 2, 3))
    np.testing.assert_allclose(sd.evaluate(node, a=a, b=b), np.linalg.tensorsolve(a, b), rtol=1e-9)
    for shape, ind in (((2, 3, 6), 2), ((6, 2, 3), 1)):
        node = sd.tensorinv(sd.tensor("a", *shape), ind=ind)
        a = drawn(*shape)
        np.testing.assert_allclose(sd.evaluate(node, a=a), np.linalg.tensorinv(a, ind), rtol=1e-9)


def test_integers_stay_integers() -> None:
    p, q = (sd.vector(name, 3, dtype="int") for name in "pq")
    for name in ("cross", "inner", "vecdot"):
        found = sd.evaluate(getattr(sd, name)(p, q), p=[1, 2, 3], q=[4, 5, 7])
        wanted = getattr(np, name)([1, 2, 3], [4, 5, 7])
        assert np.asarray(found).dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)


REFUSED = [
    (lambda: sd.cross(X, y), "vectors of 3 components, not `X`"),
    (lambda: sd.cross(sd.vector("p", 2), sd.vector("q", 2)), r"x\[0\]\*y\[1\] - x\[1\]\*y\[0\]"),
    (lambda: sd.cross(s, y), "`cross` needs a vector, not `s`"),
    (lambda: sd.inner(X, sd.vector("v", 7)), "`inner` .* size m differs from size 7"),
    (lambda: sd.tensordot(X, X, 3), "cannot sum over 3 axes"),
    (lambda: sd.tensordot(X, X, ((0,), (0, 1))), "not 1 and 2"),
    (lambda: sd.tensordot(X, X, "ij"), "is a number or a pair"),
    (lambda: sd.tensordot(X, y, 1) + sd.tensordot(y, X, 1), "size m differs from size n"),
    (lambda: sd.vecdot(X, sd.vector("v", 7)), "size m differs from size 7"),
    (lambda: sd.vecdot(s, y), "`vecdot` needs a vector"),
    (lambda: sd.vecdot(X, X, axis=(0, 1)), "is one axis such as -1"),
    (lambda: sd.matvec(y, y), "`matvec` needs a matrix, not `y`"),
    (lambda: sd.matvec(X, sd.vector("v", 7)), "size m differs from size 7"),
    (lambda: sd.vecmat(y, X), "size m differs from size n"),
    (lambda: sd.multi_dot([X]), "a list of two arrays or more"),
    (lambda: sd.multi_dot([X, y, y]), "needs a matrix, not `y`"),
    (lambda: sd.multi_dot([s, y]), "needs a matrix or a vector, not `s`"),
    (lambda: sd.multi_dot([X, X]), "size m differs from size n"),
    (lambda: sd.tensorsolve(X, y), "cannot solve `X`"),
    (lambda: sd.tensorinv(X), "`tensorinv` with ind=2 cannot invert `X`"),
    (lambda: sd.tensorinv(X, ind=0), "a whole number above 0, not 0"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_refusals(wrong: Any, message: str) -> None:
    with pytest.raises((sd.ArgumentError, sd.ShapeError), match=message):
        wrong()
