"""One-line programs in NumPy: on expressions they give the values, shapes and kinds of arrays."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import symdiff as sd
import symdiff.numpy as snp
from symdiff.ops.leaves import KIND_OF_TYPE_CODE, variable

pytestmark = pytest.mark.usefixtures("libraries_as_they_are")

PROGRAMS = [
    line
    for line in (Path(__file__).parent / "numpy_programs.txt").read_text().splitlines()
    if not line.startswith("#")
]
RNG = np.random.default_rng(0)
ARRAYS: dict[str, Any] = {
    "x": RNG.normal(size=4),
    "X": RNG.normal(size=(4, 3)),
    "A": RNG.normal(size=(3, 3)) + 3 * np.eye(3),
    "T": RNG.normal(size=(2, 3, 4)),
    "s": np.float64(0.7),
    "k": RNG.integers(-3, 4, size=4),
    "K": RNG.integers(0, 4, size=(4, 3)),
    "b": RNG.random(4) > 0.5,
    "B": RNG.random((4, 3)) > 0.5,
    "z": RNG.normal(size=4) + 1j * RNG.normal(size=4),
    "Z": RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3)),
    "n": np.int64(3),
    "p": RNG.random(4) + 0.1,
    "P": RNG.random((4, 3)) + 0.1,
    "f": np.bool_(True),
}
NODES = {
    name: variable(name, value.shape, KIND_OF_TYPE_CODE[value.dtype.kind])
    for name, value in ARRAYS.items()
}


def parts(result: Any) -> list[Any]:
    """The arrays of a result, which may be a tuple of such."""
    if isinstance(result, (tuple, list)):
        return [part for each in result for part in parts(each)]
    return [result]


def compare(program: str, namespace: Any) -> None:
    """Run a program on both, and compare."""
    names = {"functools": SimpleNamespace(reduce=reduce)}
    expected = parts(eval(program, {"np": np, **names}, ARRAYS))
    found = parts(eval(program, {"np": namespace, **names}, NODES))
    assert len(expected) == len(found), program
    for array, node in zip(expected, found, strict=True):
        value = node
        if isinstance(node, sd.Node):
            value = sd.evaluate(node, **{str(v): ARRAYS[str(v)] for v in sd.inputs(node)})
            assert KIND_OF_TYPE_CODE[np.asarray(array).dtype.kind] == node.dtype, program
        assert np.shape(array) == np.shape(value), program
        np.testing.assert_allclose(value, array, rtol=1e-9, atol=1e-11, err_msg=program)


@pytest.mark.filterwarnings("ignore")
def test_programs_mean_what_they_mean_to_arrays() -> None:
    for program in PROGRAMS:
        compare(program, np)
        compare(program, snp)


# Where results were wrong once ------------------------------------------------------------------


@pytest.mark.parametrize(
    "program",
    [
        "B.T @ B",
        "np.dot(b, b)",
        "np.vdot(b, b)",
        "np.inner(B, B)",
        "np.outer(b, B)",
        "np.tensordot(B, B)",
        "np.einsum('ij,ik->jk', B, B)",
        "np.einsum('ij->i', B)",
        "np.einsum('i,ij->j', b, B) & (A[0] > 0)",
    ],
)
def test_products_of_booleans_are_booleans(program: str) -> None:
    compare(program, np)


@pytest.mark.parametrize("order", [None, 1, 3, np.inf])
def test_vector_norms_over_several_axes_are_not_norms_of_matrices(order: Any) -> None:
    options = {} if order is None else {"ord": order}
    for axis in (None, (0, 2), (1, 0), (0, 1, 2), 1):
        for keepdims in (False, True):
            made = np.linalg.vector_norm(NODES["T"], axis=axis, keepdims=keepdims, **options)
            expected = np.linalg.vector_norm(ARRAYS["T"], axis=axis, keepdims=keepdims, **options)
            np.testing.assert_allclose(sd.evaluate(made, T=ARRAYS["T"]), expected, rtol=1e-12)


# What `==` asks ---------------------------------------------------------------------------------


def test_functions_compare_entries() -> None:
    def accuracy(z, labels):
        return np.mean(np.argmax(z, axis=1) == labels) + np.sum(labels != 0) + np.sum(labels == 2)

    z, labels = ARRAYS["X"], np.array([0, 1, 2, 2])
    found = sd.from_function(accuracy, z="n k", labels="n int")
    assert sd.evaluate(found, z=z, labels=labels) == accuracy(z, labels)


def test_only_lines_of_such_functions_compare_entries() -> None:
    a, b = sd.scalar("a"), sd.scalar("b")

    def f(x, y):
        assert sd.parse("x + y", x=x, y=y) is x + y  # symdiff's own code asks for identity
        return sd.sum(np.where(x == y, 1.0, 2.0)) if y is not None else y

    assert sd.from_function(f, x="", y="") is sd.where(
        sd.equal(sd.scalar("x"), sd.scalar("y")), 1.0, 2.0
    )
    same, another = a == b, a != b
    assert (same, another) == (False, True)


def test_branches_on_equality_are_refused() -> None:
    def f(x, y):
        return x if x == y else y

    with pytest.raises(sd.ArgumentError, match=r"^an expression has no truth value, so `if`"):
        sd.from_function(f, x="", y="")


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("np.reshape(x, (2, 2), order='H')", "order= is 'C' or 'F', not 'H'"),
        (
            "np.einsum(X, [0, 60])",
            "`np.einsum` takes letters such as 'ij,jk->ik', or each array with a list of indices "
            "from 0 to 51, such as np.einsum(A, [0, 1], B, [1, 2]), not [0, 60]",
        ),
        (
            "np.delete(v, slice(1, None))",
            "`np.delete` takes one place or a list of places here, as the size m of axis 0 of `v` "
            "of shape (m,) is not a number: use np.concatenate and slices",
        ),
        (
            "np.gradient(X, 1.0, 2.0, 3.0)",
            "`np.gradient` needs a distance for each of 2 axes, or one for all, not 3 distances",
        ),
        (
            "f'{s:.3f}'",
            "`s` is an expression without a value, so a number in the format '.3f' cannot be made "
            "of it: use NumPy's functions rather than math's, np.take(a, i) rather than a[i], "
            "np.stack([a, b]) rather than entries of an array, and sd.evaluate for values",
        ),
        (
            "np.divide(x, p, out=np.zeros_like(x), where=b)",
            "`np.divide` takes no out= with expressions: expressions are immutable, and an array "
            "of numbers cannot hold them; use the result, as in x = x + a, and "
            "np.where(condition, x/a, b) for a division with out= and where=",
        ),
    ],
)
def test_refusals(program: str, message: str) -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        eval(program, {"np": np}, {**NODES, "v": sd.vector("v", "m")})
    assert str(caught.value) == message


def test_numbers_in_formats_and_rounds() -> None:
    s, x = NODES["s"], NODES["x"]
    assert f"{s:>3}|{s}" == "  s|s"
    assert round(s) is sd.round(s)
    assert round(x, 2) is sd.round(x, 2)


# The Array API ----------------------------------------------------------------------------------

ARRAY_API = """
    e inf nan newaxis pi bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64
    complex64 complex128 arange asarray empty empty_like eye from_dlpack full full_like linspace
    meshgrid ones ones_like tril triu zeros zeros_like astype broadcast_arrays broadcast_to can_cast
    finfo iinfo isdtype result_type abs acos acosh add asin asinh atan atan2 atanh bitwise_and
    bitwise_left_shift bitwise_invert bitwise_or bitwise_right_shift bitwise_xor ceil clip conj
    copysign cos cosh divide equal exp expm1 floor floor_divide greater greater_equal hypot imag
    isfinite isinf isnan less less_equal log log1p log2 log10 logaddexp logical_and logical_not
    logical_or logical_xor maximum minimum multiply negative not_equal positive pow real remainder
    round sign signbit sin sinh square sqrt subtract tan tanh trunc take matmul matrix_transpose
    tensordot vecdot concat expand_dims flip moveaxis permute_dims repeat reshape roll squeeze stack
    tile unstack argmax argmin nonzero searchsorted where unique_all unique_counts unique_inverse
    unique_values argsort sort cumulative_sum max mean min prod std sum var all any
    linalg.cholesky linalg.cross linalg.det linalg.diagonal linalg.eigh linalg.eigvalsh linalg.inv
    linalg.matmul linalg.matrix_norm linalg.matrix_power linalg.matrix_rank linalg.matrix_transpose
    linalg.outer linalg.pinv linalg.qr linalg.slogdet linalg.solve linalg.svd linalg.svdvals
    linalg.tensordot linalg.trace linalg.vecdot linalg.vector_norm
    fft.fft fft.ifft fft.fftn fft.ifftn fft.rfft fft.irfft fft.rfftn fft.irfftn fft.hfft fft.ihfft
    fft.fftfreq fft.rfftfreq fft.fftshift fft.ifftshift
"""
"""The names of the Array API standard, 2023.12."""


@pytest.mark.skipif(not hasattr(np, "unstack"), reason="NumPy has these names from 2.1 on")
def test_the_names_of_the_array_api() -> None:
    """Each is in the namespace; a function takes expressions, or is refused for a reason."""
    coverage = sd.numpy_coverage()
    known = {*coverage.covered, *coverage.refused, *coverage.apart}
    for name in ARRAY_API.split():
        found: Any = snp
        for part in name.split("."):
            found = getattr(found, part)
        plain = not callable(found) or isinstance(found, type)
        assert plain or name in known, name
