"""Solving with the triangle of a matrix."""

from __future__ import annotations

from typing import Any, NamedTuple

from symdiff.dims import Shape, Size, product
from symdiff.errors import ArgumentError
from symdiff.node import Node, intern
from symdiff.ops.contraction import matmul
from symdiff.ops.edges import ZERO_ON_DIAGONAL
from symdiff.ops.leaves import as_node
from symdiff.ops.matrices import (
    as_column,
    check_square,
    solution_shape,
    solved_batch,
    solved_rows,
    transposed,
)
from symdiff.ops.structure import unbroadcast
from symdiff.ops.triangles import tril, triu
from symdiff.registry import Op, Pullback, Sample, function
from symdiff.template import Template

__all__ = ["cho_solve", "solve_triangular"]


class Reading(NamedTuple):
    """Which triangle is read, and whether its diagonal is taken to be ones."""

    lower: bool
    unit_diagonal: bool


def _infer(args: tuple[Node, ...], attrs: Reading) -> tuple[Shape, str]:
    return solution_shape("solve_triangular", *args), "float"


def _rule(node: Node, k: int, g: Node) -> Node:
    """B̄ = A⁻ᵀ Ȳ, and Ā = −B̄ Yᵀ on the triangle that is read (Giles 2008, section 2.3.1)."""
    (a, b), (lower, unit_diagonal) = node.args, node.attrs
    vectors = b.ndim == 1
    below = Reading(not lower, unit_diagonal)
    right = as_column(g) if vectors else g
    sent = intern(SOLVE_TRIANGULAR, (transposed(a), right), below)
    solution = as_column(node) if vectors else node
    lead = sent.shape[: g.ndim - node.ndim]
    if k == 1:
        whole = sent[..., 0] if vectors else sent
        return unbroadcast(whole, node.ndim, b.shape)
    entries = -matmul(sent, transposed(solution))
    entries = tril(entries, -int(unit_diagonal)) if lower else triu(entries, int(unit_diagonal))
    return unbroadcast(entries, entries.ndim - len(lead), a.shape)


def _numpy(node: Node) -> Template:
    options = "".join(f", {name}=True" for name, on in node.attrs._asdict().items() if on)
    return Template(f"_solve_triangular({{0}}, {{1}}{options})")


def _text(node: Node) -> Template:
    options = "".join(f", {name}=True" for name, on in node.attrs._asdict().items() if on)
    return Template(f"solve_triangular({{0}}, {{1}}{options})")


def _latex(node: Node) -> Template:
    triangle = "L" if node.attrs.lower else "U"
    return Template(f"\\operatorname{{{{solve}}}}_{{{{{triangle}}}}}\\left({{0}}, {{1}}\\right)")


def _operations(node: Node) -> Size:
    return product((node.args[0].shape[-1], *node.shape))


SOLVE_TRIANGULAR = Op(
    "solve_triangular",
    infer=_infer,
    attrs=Reading,
    derivative=Pullback(_rule),
    operations=_operations,
    numpy=_numpy,
    text=_text,
    pretty=_text,
    latex=_latex,
    edges=(ZERO_ON_DIAGONAL,),
    rows=solved_rows,
    batch=solved_batch,
    samples=(
        Sample("solve_triangular(A + 3*eye(n), x)", {"A": "n n", "x": "n"}, -0.9, 0.9),
        Sample(
            "solve_triangular(A + 3*eye(n), B, lower=True)", {"A": "n n", "B": "n m"}, -0.9, 0.9
        ),
        Sample("solve_triangular(A + 3*eye(n), x, trans=1)", {"A": "n n", "x": "n"}, -0.9, 0.9),
        Sample(
            "solve_triangular(A, x, lower=True, unit_diagonal=True)",
            {"A": "n n", "x": "n"},
            -0.9,
            0.9,
        ),
        Sample(
            "solve_triangular(A + 3*eye(2), B, trans=1, lower=True)",
            {"A": "n 1 2 2", "B": "3 2 m"},
            -0.9,
            0.9,
        ),
        Sample("solve_triangular(A + 3*eye(2), x)", {"A": "n 2 2", "x": "2"}, -0.9, 0.9),
        Sample("solve_triangular(A + 3*eye(2), B)", {"A": "2 2", "B": "n 2 m"}, -0.9, 0.9),
    ),
    reference="Giles 2008",
)


@function
def solve_triangular(
    a: object,
    b: object,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
) -> Node:
    """Return the solution x of `a @ x = b`, reading one triangle of `a`, as SciPy does.

    `lower` says which triangle of `a` is read; the rest does not matter, and has derivative 0.
    With `trans` 1 or "T" the equation is `a.T @ x = b`. With `unit_diagonal` the diagonal is taken
    to be ones. Leading axes are batch axes, as in `solve`. A zero on the diagonal is refused when
    the solution is evaluated.

    Raises ShapeError where the shapes do not fit, ArgumentError for a scalar or an unknown `trans`.

    >>> import symdiff as sd
    >>> solve_triangular(sd.matrix("L", "n", "n"), sd.vector("b", "n"), lower=True)
    <solve_triangular(L, b, lower=True) : (n,) float>
    """
    a, b = as_node(a), as_node(b)
    check_square("solve_triangular", a)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ArgumentError(
            f"`trans` of `solve_triangular` is 0 (or 'N') or 1 (or 'T'), not {trans!r}"
        )
    turned = trans not in (0, "N")
    reading = Reading(bool(lower) != turned, bool(unit_diagonal))
    return intern(SOLVE_TRIANGULAR, (transposed(a) if turned else a, b), reading)


def cho_solve(c_and_lower: tuple[object, bool], b: object) -> Node:
    """Return the solution x of `a @ x = b`, given the Cholesky factor of `a`, as SciPy does.

    `c_and_lower` is the factor and whether it is the lower one, as in
    `cho_solve((cholesky(a), True), b)`.

    Raises what `solve_triangular` raises.

    >>> import symdiff as sd
    >>> x = cho_solve((sd.matrix("L", "n", "n"), True), sd.vector("b", "n"))
    >>> print(x)
    solve_triangular(Lᵀ, solve_triangular(L, b, lower=True))
    """
    try:
        factor, lower = c_and_lower
    except (TypeError, ValueError):
        raise ArgumentError(
            "the first argument of `cho_solve` is a pair, the factor and whether it is lower"
        ) from None
    c = as_node(factor)
    halfway = solve_triangular(c, b, lower=lower, trans=int(not lower))
    return solve_triangular(c, halfway, lower=lower, trans=int(bool(lower)))
