"""Shapes are checked where a node is made: NumPy's rules, and messages that name everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X, w, y, s = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n"), sd.scalar("s")
p, q = sd.vector("p", 3), sd.vector("q", 4)
K = sd.tensor("K", 2, "n", 3)

SHAPES = [
    (X @ w, "(n,)"),
    (y @ X, "(d,)"),
    (X.T @ X, "(d, d)"),
    (K @ p, "(2, n)"),
    (K.T, "(3, n, 2)"),
    (sd.sum(X), "()"),
    (sd.sum(X, axis=-1), "(n,)"),
    (sd.sum(K, axis=(0, -1), keepdims=True), "(1, n, 1)"),
    (sd.mean(X, axis=0), "(d,)"),
    (X * w, "(n, d)"),
    (X + y[:, None], "(n, d)"),
    (sd.outer(y, w), "(n, d)"),
    (sd.where(y > 0, X.T, 0), "(d, n)"),
    (y[1:], "(n - 1,)"),
    (y[:-2], "(n - 2,)"),
    (y[::2], "((n + 1)//2,)"),
    (y[-3:], "(3,)"),
    (y[:4], "(4,)"),
    (X[0], "(d,)"),
    (X[:, 0], "(n,)"),
    (X[..., None], "(n, d, 1)"),
    (K[1, :, 0], "(n,)"),
    (p[::-1], "(3,)"),
    (p[5:], "(0,)"),
    (sd.reshape(X, -1), "(d*n,)"),
    (sd.reshape(K, ("n", -1)), "(n, 6)"),
    (sd.expand_dims(X, (0, -1)), "(1, n, d, 1)"),
    (sd.broadcast_to(w, ("k", "d")), "(k, d)"),
    (sd.einsum("ij,kj->ki", X, X), None),
    (sd.diag(y), "(n, n)"),
    (sd.eye("n"), "(n, n)"),
    (sd.max(X, axis=1, keepdims=True), "(n, 1)"),
    (sd.softmax(X, axis=1), "(n, d)"),
    (sd.norm(K, axis=(0, 2)), "(n,)"),
    (sd.zeros(("n", 2)), "(n, 2)"),
    (sd.dot(K, sd.matrix("M", 3, "m")), "(2, n, m)"),
]
NUMBERS = {"n": 5, "d": 3, "k": 2, "m": 4}


@pytest.mark.parametrize(
    ("node", "shape"), [(n, s) for n, s in SHAPES if s is not None], ids=lambda e: str(e)
)
def test_shape(node: sd.Node, shape: str) -> None:
    """The shape as written, and as it comes out."""
    written = f"({', '.join(map(str, node.shape))}{',' if node.ndim == 1 else ''})"
    assert written == shape
    values = {v: np.ones([NUMBERS.get(str(z), z) for z in v.shape]) for v in sd.inputs(node)}
    told = {str(z) for v in values for z in v.shape}
    names = {name for z in node.shape if not isinstance(z, int) for name in z.names} - told
    found = sd.evaluate(node, values, **{name: NUMBERS[name] for name in names})
    assert found.shape == eval(shape, {}, NUMBERS)


KINDS = [
    (X > 0, "bool"),
    (sd.sum(y > 0), "int"),
    (sd.size("n"), "float"),
    (sd.size("n") * 2, "float"),
    (sd.size("n") / 2, "float"),
    (sd.sum(y) / sd.size("n"), "float"),
    (sd.where(y > 0, 1, 0), "int"),
    (sd.where(y > 0, 1, 0.5), "float"),
    (sd.maximum(y, 0), "float"),
    (sd.floor(y), "float"),
    (sd.sign(sd.scalar("k", dtype="int")), "int"),
    (sd.mean(sd.vector("k", "n", dtype="int")), "float"),
    (sd.sin(sd.scalar("k", dtype="int")), "float"),
    (sd.constant([1, 2]) + sd.constant([True, False]), "int"),
]


@pytest.mark.parametrize(("node", "kind"), KINDS, ids=lambda e: str(e))
def test_kind(node: sd.Node, kind: str) -> None:
    """The kind as declared, and as NumPy has it."""
    assert node.dtype == kind
    integers = {"k": 3} if any(v.ndim == 0 for v in sd.inputs(node)) else {"k": [3, 4]}
    given: dict[str, Any] = {"X": [[1.0, 2.0]], "y": [1.0, 2.0], **integers}
    given = {v.attrs[0]: given[v.attrs[0]] for v in sd.inputs(node)}
    sizes = {} if given else ({"n": 2} if "n" in str(node) else {})
    found = np.asarray(sd.evaluate(node, **given, **sizes))
    assert found.dtype.kind == {"bool": "b", "int": "i", "float": "f"}[kind]
    compiled = np.asarray(sd.compile(node)(**given, **sizes))
    assert compiled.dtype.kind == found.dtype.kind


ERRORS: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: X @ y,
        sd.ShapeError,
        "`@` cannot multiply `X` of shape (n, d) by `y` of shape (n,): size d differs from size "
        "n; the transpose of the first fits",
    ),
    (
        lambda: X @ X,
        sd.ShapeError,
        "`@` cannot multiply `X` of shape (n, d) by `X` of shape (n, d): size d differs from "
        "size n; the transpose of the first fits",
    ),
    (
        lambda: s @ w,
        sd.ArgumentError,
        "`@` needs vectors or matrices, not `s` of shape (); use `*`",
    ),
    (
        lambda: X + y,
        sd.ShapeError,
        "`add` cannot broadcast `X` of shape (n, d) with `y` of shape (n,): "
        "size d differs from size n",
    ),
    (
        lambda: (X @ w - y) * sd.sin(w),
        sd.ShapeError,
        "`multiply` cannot broadcast `X @ w - y` of shape (n,) with `sin(w)` of shape (d,): "
        "size n differs from size d",
    ),
    (
        lambda: p + q,
        sd.ShapeError,
        "`add` cannot broadcast `p` of shape (3,) with `q` of shape (4,): "
        "size 3 differs from size 4",
    ),
    (
        lambda: sd.where(X > 0, y, 1),
        sd.ShapeError,
        "`where` cannot broadcast `X > 0` of shape (n, d) with `y` of shape (n,): "
        "size d differs from size n",
    ),
    (
        lambda: sd.einsum("ij,jk->ik", X, X),
        sd.ShapeError,
        "sizes d and n are summed or matched together, but differ: "
        "`X` of shape (n, d) and `X` of shape (n, d)",
    ),
    (
        lambda: sd.einsum("ij->k", X),
        sd.ArgumentError,
        "einsum 'ij->k': the output 'k' must name indices of the operands, each once",
    ),
    (
        lambda: sd.einsum("ijk->k", X),
        sd.ArgumentError,
        "einsum 'ijk->k': 'ijk' does not fit `X` of shape (n, d)",
    ),
    (
        lambda: sd.einsum("ij,j", X),
        sd.ArgumentError,
        "einsum 'ij,j' names 2 operands, but 1 are given",
    ),
    (
        lambda: sd.einsum(X, w),
        sd.ArgumentError,
        "the first argument of einsum is a text such as 'ij,jk->ik', not <X : (n, d) float>",
    ),
    (
        lambda: sd.trace(X),
        sd.ShapeError,
        "`trace` needs a square matrix, not `X` of shape (n, d)",
    ),
    (lambda: sd.trace(w), sd.ArgumentError, "`trace` needs a matrix, not `w` of shape (d,)"),
    (
        lambda: sd.diag(K),
        sd.ArgumentError,
        "`diag` needs a vector or a matrix, not `K` of shape (2, n, 3)",
    ),
    (
        lambda: sd.outer(X, w),
        sd.ArgumentError,
        "`outer` needs vectors, not `X` of shape (n, d); reshape it first",
    ),
    (
        lambda: sd.vdot(X, w),
        sd.ShapeError,
        "`vdot` needs arrays of one shape, not `X` of shape (n, d) and `w` of shape (d,)",
    ),
    (
        lambda: sd.broadcast_to(X, ("d", "n")),
        sd.ShapeError,
        "`broadcast_to` cannot stretch `X` of shape (n, d) to (d, n)",
    ),
    (
        lambda: sd.reshape(X, (3, -1)),
        sd.ShapeError,
        "`reshape` cannot fill (3, -1) from `X` of shape (n, d)",
    ),
    (
        lambda: sd.reshape(y, (0, -1)),
        sd.ShapeError,
        "`reshape` cannot fill (0, -1) from `y` of shape (n,)",
    ),
    (
        lambda: sd.reshape(X, ("d", "d")),
        sd.ShapeError,
        "`reshape` cannot turn `X` of shape (n, d) into (d, d): d*n entries differ from d**2",
    ),
    (lambda: sd.reshape(X, (-1, -1)), sd.ArgumentError, "`reshape` takes at most one -1"),
    (lambda: sd.sum(X, axis=2), sd.ArgumentError, "axis 2 does not exist in `X` of shape (n, d)"),
    (
        lambda: sd.softmax(X, axis=-3),
        sd.ArgumentError,
        "axis -3 does not exist in `X` of shape (n, d)",
    ),
    (
        lambda: sd.sum(X, axis=(0, -2)),
        sd.ArgumentError,
        "axis -2 is named twice for `X` of shape (n, d)",
    ),
    (lambda: sd.sum(X, axis="a"), sd.ArgumentError, "an axis must be an int, not 'a'"),
    (lambda: sd.sum(X, axis=1.0), sd.ArgumentError, "an axis must be an int, not 1.0"),
    (
        lambda: sd.transpose(X, (0,)),
        sd.ArgumentError,
        "axes (0,) must name each of the 2 axes of `X` of shape (n, d)",
    ),
    (
        lambda: sd.expand_dims(X, 5),
        sd.ArgumentError,
        "axis 5 does not exist in the result, which has 3 axes",
    ),
    (lambda: p[3], sd.ShapeError, "place 3 does not exist on axis 0 of `p` of shape (3,)"),
    (lambda: X[0, 0, 0], sd.ArgumentError, "3 indices are too many for `X` of shape (n, d)"),
    (lambda: X[..., ...], sd.ArgumentError, "an index can have only one `...`"),
    (lambda: w[::0], sd.ArgumentError, "a slice step cannot be 0"),
    (
        lambda: w[1.5],
        sd.ArgumentError,
        "an index must be an int, a slice of ints, `...` or None, not 1.5; "
        "to choose by a condition use sd.where",
    ),
    (
        lambda: w[w > 0],
        sd.ArgumentError,
        "how many entries `w` of shape (d,) has where `w > 0` is not known before it is computed, "
        "so this has no shape; use sd.where(mask, x, other), sd.sum(x, where=mask), "
        "or x.at[mask].set(value)",
    ),
    (
        lambda: sd.max(sd.vector("v", 0)),
        sd.ArgumentError,
        "`max` of no entries is not defined: v has an empty axis",
    ),
    (
        lambda: sd.tensor("A", 2, "n", 3) @ sd.tensor("B", 3, 3, "m"),
        sd.ShapeError,
        "`@` cannot broadcast the leading axes of `A` of shape (2, n, 3) and `B` of shape "
        "(3, 3, m): size 2 differs from size 3",
    ),
    (
        lambda: -(w > 0),
        sd.ArgumentError,
        "`negative` is not defined for booleans such as `w > 0`; "
        "use sd.logical_not, or sd.where(condition, 1, 0) for a number",
    ),
    (
        lambda: sd.where(w, w, w),
        sd.ArgumentError,
        "the condition of `where` must be a boolean expression, not w; compare with "
        "<, <=, >, >=, sd.equal or sd.not_equal (`==` on expressions asks for identity)",
    ),
    (lambda: w + "a", sd.ArgumentError, "expected an expression, a number or an array, not 'a'"),
    (lambda: w + None, sd.ArgumentError, "expected an expression, a number or an array, not None"),
    (
        lambda: sd.constant(complex("inf")),
        sd.ArgumentError,
        "a complex constant must be finite; text cannot say another",
    ),
    (lambda: sd.constant("a"), sd.ArgumentError, "a constant must hold numbers, not 'a'"),
    (
        lambda: sd.constant([w, 1]),
        sd.ArgumentError,
        "an array constant holds numbers, not expressions such as w; "
        "join those with sd.stack or sd.concatenate, or choose one of several by [0]",
    ),
    (lambda: sd.sin(w, w), sd.ArgumentError, "`sin` takes 1 argument(s), not 2"),
    (lambda: sd.zeros(-1), sd.ArgumentError, "a size cannot be negative: -1"),
]


@pytest.mark.parametrize(("attempt", "error", "message"), ERRORS, ids=[e[2][:50] for e in ERRORS])
def test_error(attempt: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        attempt()
    assert str(caught.value) == message


def test_a_clash_holds_both_sizes() -> None:
    with pytest.raises(sd.ShapeError) as caught:
        X + y
    assert caught.value.clash == (X.shape[1], X.shape[0])


def test_errors_of_symdiff_are_python_errors_too() -> None:
    assert issubclass(sd.ShapeError, ValueError)
    assert issubclass(sd.ArgumentError, TypeError)
    for error in (
        sd.ShapeError,
        sd.ArgumentError,
        sd.ParseError,
        sd.DerivativeError,
        sd.InputError,
    ):
        assert issubclass(error, sd.SymdiffError)


def test_long_expressions_are_abridged_in_messages() -> None:
    long = w
    for _ in range(100):
        long = sd.sin(long) + w
    with pytest.raises(sd.ShapeError) as caught:
        long + y
    assert len(str(caught.value)) < 250
    assert "…" in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: sd.sort(x, axis=(0, 1)),
        lambda x: sd.argsort(x, axis=()),
        lambda x: sd.take_along_axis(x, sd.argsort(x), None),
        lambda x: sd.repeat(x, 2, axis=(0, 1)),
        lambda x: sd.fft(x, axis=None),
        lambda x: sd.fft(x, norm=["ortho"]),
        lambda x: sd.ihfft(x, norm=["ortho"]),
        lambda x: sd.fft2(x, s=4),
        lambda x: sd.fft2(x, axes=1.5),
        lambda x: sd.rot90(x, axes=1),
        lambda x: sd.abs([[1, 2], [3]]),
        lambda x: sd.arange(3, step=np.ones(2)),
        lambda x: sd.arange(3, dtype=np.ones(2)),
        lambda x: sd.repeat(x, "no size"),
        lambda x: sd.cov(None),
    ],
)
def test_an_argument_of_the_wrong_form_is_refused(wrong: Callable[[sd.Node], sd.Node]) -> None:
    with pytest.raises(sd.SymdiffError):
        wrong(sd.matrix("x", 3, 4))
