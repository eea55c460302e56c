"""Inverses, determinants, matrix powers and Kronecker products, over the last two axes.

Leading axes are batch axes, as in `np.linalg`. The derivatives are those of Giles, "An extended
collection of matrix derivative results for forward and reverse mode algorithmic differentiation"
(2008), and of Petersen and Pedersen, "The Matrix Cookbook" (2012).

A singular matrix has no inverse: an emitted module raises `np.linalg.LinAlgError`, a ValueError,
and evaluation an InputError. Since the derivative of a determinant is written with the inverse,
it needs a matrix that has one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from symdiff.dims import Shape, Size, product
from symdiff.errors import ArgumentError
from symdiff.intervals import SIGNED_UNIT
from symdiff.node import Node, intern
from symdiff.ops.batching import Args, batch_size, is_mapped, unchanged, with_rank
from symdiff.ops.choices import equal, where
from symdiff.ops.contraction import contract, matmul
from symdiff.ops.declare import inexact_kind, promoted
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import INEXACT, as_node, eye
from symdiff.ops.matrices import check_square, solution_shape, solved_batch, solved_rows
from symdiff.ops.reads import scaled
from symdiff.ops.rows import batched
from symdiff.ops.structure import broadcast_to, reshape
from symdiff.registry import (
    CONVENTION,
    STEEP,
    UNDEFINED,
    Edge,
    Linear,
    Op,
    Part,
    Pullback,
    Sample,
    Undefined,
    function,
)
from symdiff.template import MULTIPLY, POSTFIX, POWER, Template, call, latex_call

__all__ = [
    "det",
    "inv",
    "kron",
    "logabsdet",
    "matrix_power",
    "signdet",
    "slogdet",
    "solve",
]

# Operations -----------------------------------------------------------------------------------


def _cubic(times: int) -> Callable[[Node], Size]:
    """So many times the cube of the number of rows, for each matrix of a stack."""

    def operations(node: Node) -> Size:
        n = node.args[0].shape[-1]
        return product((times, n, n, n, *node.args[0].shape[:-2]))

    return operations


def _of_power(node: Node) -> Size:
    """Squaring and multiplying, as `np.linalg.matrix_power` does; a product is 2 n³."""
    bits = f"{abs(node.attrs):b}"
    products = len(bits) - 1 + bits.count("1") - 1 + (node.attrs < 0)
    return _cubic(2 * products)(node)


def _of_solution(node: Node) -> Size:
    """One factorisation, n³, and for each right-hand side 2 n²."""
    n = node.args[0].shape[-1]
    return _cubic(1)(node) + product((2, n, *node.shape))


# Shapes and forms -----------------------------------------------------------------------------


def _infer_matrix(name: str) -> Callable[[tuple[Node, ...], Any], tuple[Shape, str]]:
    def infer(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
        check_square(name, args[0])
        return args[0].shape, inexact_kind(args)

    return infer


def _infer_number(
    name: str, real: bool = False
) -> Callable[[tuple[Node, ...], Any], tuple[Shape, str]]:
    """One number for each matrix, `real` also for complex ones."""

    def infer(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
        check_square(name, args[0])
        return args[0].shape[:-2], "float" if real else inexact_kind(args)

    return infer


def _numpy(text: str) -> Callable[[Node], Template]:
    """A NumPy form whose integer arguments take the float type of the call."""

    def form(node: Node) -> Template:
        template = Template(text)
        for k, arg in enumerate(node.args):
            if node.dtype in INEXACT and arg.dtype not in INEXACT:
                template = template.wrapping(k, "", ".astype(dtype)", POSTFIX)
        return template

    return form


def _between(left: Node, g: Node, right: Node) -> Node:
    """The product of the transpose of `left`, a cotangent, and the transpose of `right`.

    The matrices have the last batch axes of `g`, or none; what `g` has more is in front.
    """
    i, j, k, m = range(4)
    axes = tuple(range(4, 2 + g.ndim))
    batch_left = axes[len(axes) - (left.ndim - 2) :]
    batch_right = axes[len(axes) - (right.ndim - 2) :]
    first = contract([left, g], [(*batch_left, k, i), (*axes, k, m)], (*axes, i, m))
    return contract([first, right], [(*axes, i, m), (*batch_right, j, m)], (*axes, i, j))


def _scaled_inverse_transpose(a: Node, scales: tuple[Node, ...]) -> Node:
    """The transpose of the inverse of `a`, times numbers for each matrix, the first a cotangent."""
    i, j = 0, 1
    axes = tuple(range(2, 2 + scales[0].ndim))
    inputs = [axes[len(axes) - scale.ndim :] for scale in scales]
    batch = axes[len(axes) - (a.ndim - 2) :]
    return contract([*scales, inv(a)], [*inputs, (*batch, j, i)], (*axes, i, j))


# The inverse ----------------------------------------------------------------------------------


def _inv_rule(node: Node, k: int, g: Node) -> Node:
    return -_between(node, g, node)


INV = Op(
    "inv",
    infer=_infer_matrix("inv"),
    derivative=Pullback(_inv_rule),
    reference="Giles 2008",
    complex=True,
    operations=_cubic(2),
    numpy=_numpy("np.linalg.inv({0})"),
    text=call("inv"),
    edges=(Edge(lambda y, a: equal(det(a), 0), UNDEFINED),),
    pretty=Template("{0:atom}⁻¹", POWER),
    latex=Template("{0:atom}^{{-1}}", POWER),
    rows=batched(2),
    batch=unchanged,
    samples=(
        Sample("inv(A + 4*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("inv(A + 4*eye(3)) @ x", {"A": "2 3 3", "x": "3"}, -0.9, 0.9),
        Sample("inv(A + 4*eye(n)).T @ B", {"A": "n n", "B": "n m"}, -0.9, 0.9),
        Sample("B @ inv(A.T + 4*eye(n))", {"A": "n n", "B": "m n"}, -0.9, 0.9),
        Sample("solve(A + 4*eye(n), x)", {"A": "n n", "x": "n"}, -0.9, 0.9),
        Sample("solve(A + 4*eye(n), B)", {"A": "n n", "B": "n m"}, -0.9, 0.9),
        Sample("solve(A + 4*eye(2), B)", {"A": "n 1 2 2", "B": "3 2 m"}, -0.9, 0.9),
        Sample("matrix_power(A + 4*eye(n), -2)", {"A": "n n"}, -0.9, 0.9),
    ),
)


@function
def inv(a: object) -> Node:
    """Return the inverse of a square matrix, a float; of each one, where there are leading axes.

    The cotangent of the argument is −Yᵀ G Yᵀ, with the inverse Y and its cotangent G (Giles 2008).
    A singular matrix is refused when it is evaluated.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> inv(sd.matrix("A", "n", "n"))
    <A⁻¹ : (n, n) float>
    """
    return intern(INV, (as_node(a),))


@function
def solve(a: object, b: object) -> Node:
    """Return the solution x of `a @ x = b`, which is `inv(a) @ b`.

    As in NumPy 2, a `b` with one axis is a vector, and any other holds matrices in its last two
    axes; leading axes broadcast. Generated code calls `np.linalg.solve` where nothing else needs
    the inverse. A singular matrix is refused when it is evaluated.

    Raises ShapeError where the shapes do not fit, ArgumentError for a scalar.

    >>> import symdiff as sd
    >>> solve(sd.matrix("A", "n", "n"), sd.vector("b", "n"))
    <A⁻¹ b : (n,) float>
    """
    a, b = as_node(a), as_node(b)
    solution_shape("solve", a, b)
    return matmul(inv(a), b)


SOLVE = Op(
    "solve",
    infer=lambda args, attrs: (solution_shape("solve", *args), inexact_kind(args)),
    complex=True,
    derivative=Undefined("generated code alone solves without an inverse", "sd.solve"),
    operations=_of_solution,
    rows=solved_rows,
    batch=solved_batch,
    numpy=_numpy("np.linalg.solve({0}, {1})"),
    text=call("solve", 2),
    pretty=call("solve", 2),
    latex=latex_call("\\operatorname{{solve}}", 2),
)
"""What generated code writes for a product with an inverse. Expressions hold the product itself."""


# Determinants ---------------------------------------------------------------------------------


class SignAndLogDet(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Node
    logabsdet: Node


def _det_rule(node: Node, k: int, g: Node) -> Node:
    return _scaled_inverse_transpose(node.args[0], (g, node))


def _logabsdet_rule(node: Node, k: int, g: Node) -> Node:
    return _scaled_inverse_transpose(node.args[0], (g,))


def _signdet_rule(node: Node, k: int, g: Node) -> None:
    """The sign is constant where the determinant is not 0."""


DET = Op(
    "det",
    infer=_infer_number("det"),
    derivative=Pullback(_det_rule),
    reference="Giles 2008",
    complex=True,
    operations=_cubic(1),
    numpy=_numpy("np.linalg.det({0})"),
    edges=(Edge(lambda y, a: equal(y, 0), STEEP),),
    text=call("det"),
    pretty=call("det"),
    latex=latex_call("\\det"),
    rows=batched(2),
    batch=unchanged,
    samples=(
        Sample("det(A + 4*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("det(A - 4*eye(3)) * x", {"A": "2 3 3", "x": "2"}, -0.9, 0.9),
        Sample("det(A @ A.T + 4*eye(n))", {"A": "n m"}, -0.9, 0.9),
    ),
)
_SLOGDET = Template("np.linalg.slogdet({0})")
LOGABSDET = Op(
    "logabsdet",
    infer=_infer_number("logabsdet", real=True),
    derivative=Pullback(_logabsdet_rule),
    reference="The Matrix Cookbook, 2.1",
    complex=True,
    operations=_cubic(1),
    numpy=_numpy("np.linalg.slogdet({0}).logabsdet"),
    edges=(Edge(lambda y, a: equal(det(a), 0), UNDEFINED),),
    part=Part(_SLOGDET, "logabsdet"),
    text=call("logabsdet"),
    pretty=call("logabsdet"),
    latex=Template("\\log\\left|\\det\\left({0}\\right)\\right|"),
    rows=batched(2),
    batch=unchanged,
    samples=(
        Sample("logabsdet(A + 4*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("logabsdet(A - 4*eye(3)) * x", {"A": "n 2 3 3", "x": "2"}, -0.9, 0.9),
    ),
)
SIGNDET = Op(
    "signdet",
    infer=_infer_number("signdet"),
    derivative=Pullback(_signdet_rule),
    operations=_cubic(1),
    numpy=_numpy("np.linalg.slogdet({0}).sign"),
    values=lambda node, arguments: SIGNED_UNIT,
    edges=(Edge(lambda y, a: equal(y, 0), CONVENTION),),
    part=Part(_SLOGDET, "sign"),
    text=call("signdet"),
    pretty=call("signdet"),
    latex=latex_call("\\operatorname{{sign}}\\det"),
    rows=batched(2),
    batch=unchanged,
    samples=(
        Sample("signdet(A - 4*eye(n)) * A", {"A": "n n"}, -0.9, 0.9),
        Sample("signdet(A - 4*eye(3)) * x", {"A": "2 3 3", "x": "2"}, -0.9, 0.9),
    ),
)


@function
def det(a: object) -> Node:
    """Return the determinant of a square matrix, a float; of each one, where there are more.

    The cotangent of the argument is g det(A) A⁻ᵀ (Giles 2008), which at a singular matrix
    is refused when it is evaluated. For a logarithm, `logabsdet`
    does not overflow.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> A = sd.matrix("A", "n", "n")
    >>> print(sd.grad(det(A), A))
    det(A) A⁻ᵀ
    """
    return intern(DET, (as_node(a),))


@function
def logabsdet(a: object) -> Node:
    """Return `log(abs(det(a)))` without overflow; -inf for a singular matrix.

    The cotangent of the argument is g A⁻ᵀ (The Matrix Cookbook, section 2.1).

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> A = sd.matrix("A", "n", "n")
    >>> print(sd.grad(logabsdet(A), A))
    A⁻ᵀ
    """
    return intern(LOGABSDET, (as_node(a),))


@function
def signdet(a: object) -> Node:
    """Return the sign of the determinant: -1, 0 or 1. Its derivative is 0, also at the jump.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> signdet(sd.tensor("A", "b", 3, 3)).shape
    (b,)
    """
    return intern(SIGNDET, (as_node(a),))


def slogdet(a: object) -> SignAndLogDet:
    """Return the sign of the determinant and the logarithm of its absolute value, by name.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> sign, logabsdet = slogdet(sd.matrix("A", "n", "n"))
    >>> print(sign, logabsdet)
    signdet(A) logabsdet(A)
    """
    return SignAndLogDet(signdet(a), logabsdet(a))


# Powers ---------------------------------------------------------------------------------------


def _infer_power(args: tuple[Node, ...], exponent: int) -> tuple[Shape, str]:
    check_square("matrix_power", args[0])
    return args[0].shape, args[0].dtype


def _power_rule(node: Node, k: int, g: Node) -> Node:
    """The sum over r of (A^r)ᵀ G (A^(n-1-r))ᵀ: each of the n factors varies in turn."""
    (a,), exponent = node.args, node.attrs
    powers = [eye(a.shape[-1]), *(matrix_power(a, r) for r in range(1, exponent))]
    total = _between(powers[0], g, powers[-1])
    for left, right in zip(powers[1:], powers[-2::-1], strict=True):
        total = total + _between(left, g, right)
    return total


def _power_form(prefix: str) -> Callable[[Node], Template]:
    return lambda node: call(f"{prefix}matrix_power", 1, f", {node.attrs}")


MATRIX_POWER = Op(
    "matrix_power",
    infer=_infer_power,
    attrs=int,
    derivative=Pullback(_power_rule),
    complex=True,
    operations=_of_power,
    numpy=_power_form("np.linalg."),
    text=_power_form(""),
    pretty=_power_form(""),
    latex=lambda node: Template(
        f"\\operatorname{{{{matrix-power}}}}\\left({{0}}, {node.attrs}\\right)"
    ),
    rows=batched(2),
    batch=unchanged,
    samples=(
        Sample("matrix_power(A, 4)", {"A": "n n"}, -0.9, 0.9),
        Sample("matrix_power(A, 5) @ x", {"A": "2 n n", "x": "n"}, -0.9, 0.9),
        Sample("matrix_power(A + 4*eye(n), -4)", {"A": "n n"}, -0.9, 0.9),
        Sample(
            "matrix_power(A, 4) @ matrix_power(A, 3) + matrix_power(A, 0)", {"A": "2 2"}, -0.9, 0.9
        ),
    ),
)


@function
def matrix_power(a: object, n: int) -> Node:
    """Return the product of `n` factors `a`; of its inverse, if `n` is negative.

    The power 0 is the unit matrix. As in NumPy, a positive power of an integer matrix is integral.

    Raises ArgumentError for an exponent that is not a whole number, ShapeError for a matrix that
    is not square.

    >>> import symdiff as sd
    >>> A = sd.matrix("A", "n", "n")
    >>> print(matrix_power(A, 2), "|", matrix_power(A, -1), "|", matrix_power(A, 5))
    A A | A⁻¹ | matrix_power(A, 5)
    """
    a = as_node(a)
    check_square("matrix_power", a)
    try:
        exponent = operator.index(n)
    except TypeError:
        raise ArgumentError(
            f"the exponent of `matrix_power` is a whole number such as 3, not {n}"
        ) from None
    if exponent < 0:
        a, exponent = inv(a), -exponent
    if a.dtype == "bool":
        a = where(a, 1, 0)  # as in other products
    if exponent == 0:
        return broadcast_to(eye(a.shape[-1]), a.shape)
    if exponent == 1:
        return a
    if exponent > 3:
        return intern(MATRIX_POWER, (a,), exponent)
    square = matmul(a, a)
    return square if exponent == 2 else matmul(square, a)


# The Kronecker product ------------------------------------------------------------------------


def _padded(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape


def _infer_kron(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
    rank = max(arg.ndim for arg in args)
    sizes = zip(*(_padded(arg.shape, rank) for arg in args), strict=True)
    return tuple(a * b for a, b in sizes), promoted(args)


def _kron_transpose(node: Node, k: int, g: Node) -> Node:
    """Split each axis of the cotangent into one for each argument; sum over those of the other."""
    own, other = node.args[k], node.args[1 - k]
    rank, lead = node.ndim, g.ndim - node.ndim
    pairs = zip(*(_padded(arg.shape, rank) for arg in node.args), strict=True)
    split = reshape(g, (*g.shape[:lead], *(size for pair in pairs for size in pair)))
    places = tuple(range(2 * rank))
    leading = tuple(range(2 * rank, 2 * rank + lead))
    of_own, of_other = places[k::2], places[1 - k :: 2]
    return contract(
        [split, other],
        [(*leading, *places), of_other[rank - other.ndim :]],
        (*leading, *of_own[rank - own.ndim :]),
    )


def _kron_infix(symbol: str) -> Callable[[Node], Template]:
    """Associative, so that a chain needs no parentheses; beside other products it has them."""

    def form(node: Node) -> Template:
        left = "multiply" if node.args[0].op is node.op else "juxtapose"
        return Template(f"{{0:{left}}}{symbol}{{1:juxtapose}}", MULTIPLY)

    return form


def _kron_batch(node: Node, args: Args) -> Node:
    """With the batch on one side an axis more, which the other side does not have."""
    padded = [with_rank(own, arg, node.ndim) for own, arg in zip(node.args, args, strict=True)]
    if not all(is_mapped(own, arg) for own, arg in zip(node.args, args, strict=True)):
        return intern(KRON, tuple(padded))
    places = tuple(range(1, 1 + 2 * node.ndim))
    blocks = contract(padded, [(0, *places[::2]), (0, *places[1::2])], (0, *places))
    return reshape(blocks, (batch_size(node, args), *node.shape))


KRON = Op(
    "kron",
    infer=_infer_kron,
    derivative=Linear(_kron_transpose),
    batch=_kron_batch,
    complex=True,
    numpy=_numpy("np.kron({0}, {1})"),
    text=call("kron", 2),
    pretty=_kron_infix(" ⊗ "),
    latex=_kron_infix(" \\otimes "),
    reads=scaled,
    samples=(
        Sample("kron(A, B)", {"A": "n m", "B": "2 n"}),
        Sample("kron(x, A) * 2", {"A": "n m", "x": "m"}),
        Sample("kron(x, y) @ kron(y, x)", {"x": "n", "y": "m"}),
        Sample("kron(A, K)", {"A": "n m", "K": "2 3 1"}),
        Sample("kron(A, A @ A) * kron(A, A)", {"A": "n n"}, -0.9, 0.9),
    ),
)


@function
def kron(a: object, b: object) -> Node:
    """Return the Kronecker product: each entry of `a` times the whole of `b`, as blocks.

    NumPy's rule for any ranks: the shorter shape has 1s put in front, and sizes multiply.

    >>> import symdiff as sd
    >>> kron(sd.matrix("A", "n", "m"), sd.matrix("B", 2, 3))
    <A ⊗ B : (2*n, 3*m) float>
    """
    a, b = as_node(a), as_node(b)
    return intern(KRON, (a, b)) if a.ndim and b.ndim else multiply(a, b)
