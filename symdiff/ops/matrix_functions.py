"""Functions of matrices: exponential, principal logarithm, principal square root.

The derivative of such a function f at A along E is a block of its value at a larger matrix,

    f([[A, E], [0, A]]) = [[f(A), L(A, E)], [0, f(A)]],

(Mathias 1996; Higham, Functions of Matrices, section 3.2), which for the exponential is how Al-Mohy
and Higham (2009) begin. It is linear in E, and its transpose is L(Aᵀ, ·). The derivative of L(A, E)
by A is a block of L at [[A, E], [0, A]], so that derivatives of all orders are written with L.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.dims import Shape, Size, broadcast
from symdiff.errors import ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import Args, aligned, stretched
from symdiff.ops.edges import SINGULAR, SINGULAR_AND_STEEP
from symdiff.ops.leaves import array, as_node, eye
from symdiff.ops.linear_algebra import kron
from symdiff.ops.matrices import check_square, cubic, matrix_function, transposed
from symdiff.ops.rows import batched
from symdiff.ops.structure import reshape, unbroadcast
from symdiff.registry import OPS, Edge, Op, Pullback, Sample, function
from symdiff.template import Template, call, latex_call

__all__ = ["expm", "expm_frechet", "logm", "logm_frechet", "sqrtm", "sqrtm_frechet"]


def _infer_frechet(name: str) -> Callable[[tuple[Node, ...], object], tuple[Shape, str]]:
    def infer(args: tuple[Node, ...], attrs: object) -> tuple[Shape, str]:
        for arg in args:
            check_square(name, arg)
        a, e = args
        if not _is_direction(e, a):
            raise ShapeError(f"`{name}` at {describe(a)} has no direction {describe(e)}")
        return e.shape, "float"

    return infer


def _is_direction(e: Node, a: Node) -> bool:
    """Whether `e` has the shape of `a`, behind any further leading axes."""
    try:
        return a.shape[-1] == e.shape[-1] and broadcast(a.shape, e.shape) == e.shape
    except ShapeError:
        return False


def _frechet_batch(node: Node, args: Args) -> Node:
    """Each case has a direction of its own, as the result has its shape."""
    a, e = aligned(node.args, args, (2, 2))
    return intern(node.op, (a, stretched(node, args)[1] if e.ndim == node.ndim else e))


def _function_rule(derivative: str) -> Callable[[Node, int, Node], Node]:
    """L(Aᵀ, G)."""

    def rule(node: Node, k: int, g: Node) -> Node:
        return intern(OPS[derivative], (transposed(node.args[0]), g))

    return rule


def _frechet_rule(node: Node, k: int, g: Node) -> Node:
    """By E, L(Aᵀ, G); by A, the upper right block of L at [[Aᵀ, Eᵀ], [0, Aᵀ]] along diag(G, G)."""
    a, e = (transposed(arg) for arg in node.args)
    if k == 1:
        return intern(node.op, (a, g))
    doubled = kron(eye(2), a) + kron(array([[0.0, 1.0], [0.0, 0.0]]), e)
    whole = intern(node.op, (doubled, kron(eye(2), g)))
    n, lead = g.shape[-1], g.shape[:-2]
    block = reshape(whole, (*lead, 2, n, 2, n))[..., 0, :, 1, :]
    return unbroadcast(block, node.ndim, node.args[0].shape)


def _operations(times: int) -> Callable[[Node], Size]:
    def operations(node: Node) -> Size:
        return 8 * times * cubic(1)(node)

    return operations


def _declare(name: str, point: str, times: int, *edges: Edge) -> tuple[Op, Op]:
    """A function of matrices and its derivative; `point` is a sample argument made of `A`."""
    derivative = f"{name}_frechet"
    word = derivative.replace("_", "\\_")
    op = matrix_function(
        name,
        _function_rule(derivative),
        numpy=Template(f"_{name}({{0}})"),
        latex=latex_call("\\exp")
        if name == "expm"
        else latex_call(f"\\operatorname{{{{{name}}}}}"),
        operations=times,
        edges=edges,
        samples=(
            Sample(f"{name}({point.format('eye(n)')})", {"A": "n n"}, -0.9, 0.9),
            Sample(f"{name}({point.format('eye(3)')}) @ x", {"A": "2 3 3", "x": "3"}, -0.9, 0.9),
        ),
        reference="Mathias 1996; Higham 2008, Functions of Matrices",
    )
    frechet = Op(
        derivative,
        infer=_infer_frechet(derivative),
        derivative=Pullback(_frechet_rule),
        operations=_operations(times),
        numpy=call(f"_{derivative}", 2),
        text=call(derivative, 2),
        pretty=call(derivative, 2),
        latex=latex_call(f"\\operatorname{{{{{word}}}}}", 2),
        rows=batched(2, 2),
        batch=_frechet_batch,
        samples=(
            Sample(
                f"{derivative}({point.format('eye(n)')}, E)",
                {"A": "n n", "E": "n n"},
                -0.9,
                0.9,
            ),
            Sample(
                f"{derivative}({point.format('eye(2)')}, E)",
                {"A": "2 2", "E": "n 2 2"},
                -0.9,
                0.9,
            ),
        ),
        reference="Al-Mohy and Higham 2009; Higham and Relton 2014",
    )
    return op, frechet


EXPM, EXPM_FRECHET = _declare("expm", "A", 20)
LOGM, LOGM_FRECHET = _declare("logm", "A + 4*{}", 100, SINGULAR)
SQRTM, SQRTM_FRECHET = _declare("sqrtm", "A + 4*{}", 40, SINGULAR_AND_STEEP)


@function
def expm(A: object) -> Node:
    """Return the exponential of a square matrix, the sum of its powers over factorials.

    The cotangent of the argument is L(Aᵀ, G), the derivative at the transpose along the cotangent
    of the value: `expm_frechet`. In generated code it is scaled, approximated by Padé and squared
    (Higham 2005).

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> A = sd.matrix("A", "n", "n")
    >>> print(sd.grad(sd.trace(expm(A)), A))
    expm_frechet(Aᵀ, I)
    """
    return intern(EXPM, (as_node(A),))


@function
def logm(A: object) -> Node:
    """Return the principal logarithm of a square matrix, real, whose exponential the matrix is.

    A matrix with an eigenvalue that is zero or negative has none, and is refused when it is
    evaluated. The cotangent of the argument is L(Aᵀ, G): `logm_frechet`. In generated code square
    roots are taken until the matrix is near 1 (Higham, Functions of Matrices, chapter 11).

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> logm(sd.matrix("A", "n", "n"))
    <logm(A) : (n, n) float>
    """
    return intern(LOGM, (as_node(A),))


@function
def sqrtm(A: object) -> Node:
    """Return the principal square root of a square matrix, real, with positive real parts.

    A matrix with an eigenvalue that is zero or negative has none with a derivative, and is
    refused when it is evaluated. The cotangent of the argument is L(Aᵀ, G): `sqrtm_frechet`. In
    generated code it is found by the iteration of Denman and Beavers, whose precision is that of
    the floats over the condition number of the root.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> sd.evaluate(sqrtm(sd.matrix("A", 2, 2)), A=[[4, 0], [0, 9]])
    array([[2., 0.],
           [0., 3.]])
    """
    return intern(SQRTM, (as_node(A),))


@function
def expm_frechet(A: object, E: object) -> Node:
    """Return the derivative of the exponential at `A` along `E`, of the shape of `E`.

    It is ∫ expm(s A) E expm((1 − s) A) ds over [0, 1], the second of SciPy's two results. `E` may
    have further leading axes.

    Raises ShapeError for matrices that are not square or do not fit each other.

    >>> import symdiff as sd
    >>> expm_frechet(sd.matrix("A", "n", "n"), sd.matrix("E", "n", "n"))
    <expm_frechet(A, E) : (n, n) float>
    """
    return intern(EXPM_FRECHET, (as_node(A), as_node(E)))


@function
def logm_frechet(A: object, E: object) -> Node:
    """Return the derivative of the principal logarithm at `A` along `E`, of the shape of `E`.

    `E` may have further leading axes.

    Raises ShapeError for matrices that are not square or do not fit each other.

    >>> import symdiff as sd
    >>> logm_frechet(sd.matrix("A", "n", "n"), sd.matrix("E", "n", "n"))
    <logm_frechet(A, E) : (n, n) float>
    """
    return intern(LOGM_FRECHET, (as_node(A), as_node(E)))


@function
def sqrtm_frechet(A: object, E: object) -> Node:
    """Return the derivative X of the principal square root R at `A` along `E`: R X + X R = E.

    `E` may have further leading axes.

    Raises ShapeError for matrices that are not square or do not fit each other.

    >>> import symdiff as sd
    >>> sqrtm_frechet(sd.matrix("A", "n", "n"), sd.matrix("E", "n", "n"))
    <sqrtm_frechet(A, E) : (n, n) float>
    """
    return intern(SQRTM_FRECHET, (as_node(A), as_node(E)))
