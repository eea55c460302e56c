"""Solutions of equations as expressions: roots, fixed points, minimizers.

They are found by iteration when they are evaluated, and derivatives go through them by the
implicit function theorem, to any order. An equation that is linear has its solution in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, overload

from symdiff.binding import inputs
from symdiff.derive.jacobian import hessian, jacobian
from symdiff.derive.structure import Zero
from symdiff.errors import ArgumentError, DerivativeError, quote
from symdiff.frontends.equation_checks import (
    check_given,
    checked_bodies,
    checked_starts,
    checked_unknowns,
    listed,
    named_all,
)
from symdiff.node import Node
from symdiff.ops.equation import Equation, apart
from symdiff.ops.leaves import variable
from symdiff.ops.roots import ROOT, root
from symdiff.rewrite.engine import replaced

METHODS = ("newton", "iterate")
Given: TypeAlias = "Node | Sequence[Node] | None"
"""The variables that an equation may contain beside its unknowns; None for all."""


@overload
def solve_for(F: object, x: Node, start: object = None, given: Given = None) -> Node: ...
@overload
def solve_for(
    F: Sequence[object], x: Sequence[Node], start: object = None, given: Given = None
) -> list[Node]: ...
def solve_for(
    F: object | Sequence[object],
    x: Node | Sequence[Node],
    start: object = None,
    given: Given = None,
) -> Node | list[Node]:
    """Return the solution of `F = 0` for the variable `x`, an expression of what else F contains.

    F has as many entries as x; `sd.equal(a, b)` stands for `a - b`. For lists, all of the equations
    hold for all of the unknowns, and the result is a list. Evaluation begins at `start`, an
    expression, a number or an array that broadcasts to x (for a list, one for each); by default x
    itself, which is then an input. It is Newton's method with a line search, to the last digits.
    Equations that share no unknowns, such as those of the entries of an elementwise F, are solved
    each by itself.

    Derivatives are those of the implicit function theorem, to any order, in both modes. They do not
    depend on `start`. An equation that is proven linear in x is solved in closed form, with no
    start: the solution of `A @ x - b` is `solve(A, b)`. With `given`, one variable or a list of
    them, F may contain no others beside x.

    Raises ArgumentError for an x that is no variable, or that F does not contain; ShapeError where
    the numbers of entries differ. At evaluation, InputError (ValueError in emitted modules) if no
    solution is found.

    >>> import symdiff as sd
    >>> x, a = sd.scalar("x"), sd.scalar("a")
    >>> r = sd.solve_for(x**3 + x - a, x, start=1.0)
    >>> sd.evaluate(r, a=10.0), sd.evaluate(sd.grad(r, a), a=10.0)
    (np.float64(2.0), np.float64(0.07692307692307693))
    """
    return _solved("solve_for", "newton", F, x, start, given)


@overload
def fixed_point(
    G: object, x: Node, start: object = None, method: str = "newton", given: Given = None
) -> Node: ...
@overload
def fixed_point(
    G: Sequence[object],
    x: Sequence[Node],
    start: object = None,
    method: str = "newton",
    given: Given = None,
) -> list[Node]: ...
def fixed_point(
    G: object | Sequence[object],
    x: Node | Sequence[Node],
    start: object = None,
    method: str = "newton",
    given: Given = None,
) -> Node | list[Node]:
    """Return the x that G leaves as it is: the solution of `x - G = 0`; see `solve_for`.

    With `method` "iterate" it is found by applying G again and again, which needs no Jacobian, and
    converges where G brings points together. Derivatives are the same.

    Raises what `solve_for` raises, and ArgumentError for another method.

    >>> import symdiff as sd
    >>> x, a = sd.scalar("x"), sd.scalar("a")
    >>> sd.evaluate(sd.fixed_point(sd.cos(a * x), x, start=1.0), a=1.0)
    np.float64(0.7390851332151607)
    """
    return _solved("fixed_point", method, G, x, start, given)


@overload
def minimizer(f: object, x: Node, start: object = None, given: Given = None) -> Node: ...
@overload
def minimizer(
    f: object, x: Sequence[Node], start: object = None, given: Given = None
) -> list[Node]: ...
def minimizer(
    f: object, x: Node | Sequence[Node], start: object = None, given: Given = None
) -> Node | list[Node]:
    """Return the x at which the scalar f is least, near `start`; see `solve_for`.

    It is found by Newton's method with a line search on f, and must be a minimum that the Hessian
    proves: anything else that it finds is an error. A quadratic f with a Hessian that is proven not
    to have negative eigenvalues is minimized in closed form. At a kink, such as that of `abs`, no
    minimum is found: make f smooth, or use `sd.minimize`.

    Raises what `solve_for` raises, and ArgumentError for an f that is no scalar.

    >>> import symdiff as sd
    >>> X, w, y, lam = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n"), 0.1
    >>> print(sd.minimizer(sd.sum((X @ w - y) ** 2) + lam * sd.sum(w**2), w))
    2 (2 Xᵀ X + 0.2 I)⁻¹ (Xᵀ y)
    """
    return _solved("minimizer", "newton", f, x, start, given)


# How they are made ------------------------------------------------------------------------------


def _solved(
    kind: str, method: str, equations: object, x: object, start: object, given: Given
) -> Node | list[Node]:
    several = not isinstance(x, Node)
    if not several and isinstance(equations, (list, tuple)):
        raise ArgumentError("for a list of equations, give a list of unknowns")
    unknowns = list(listed(x, "the unknowns")) if several else [x]
    bodies = [equations]
    if several and kind != "minimizer":
        bodies = list(listed(equations, "the equations"))
    starts = unknowns if start is None else list(listed(start, "starts")) if several else [start]
    node = solution_of(kind, bodies, unknowns, starts, method, given)
    parts = apart(node, [each.shape for each in unknowns])  # type: ignore[attr-defined]
    return parts if several else parts[0]


def solution_of(
    kind: str,
    bodies: Sequence[object],
    unknowns: Sequence[object],
    starts: Sequence[object],
    method: str = "newton",
    given: Given = None,
) -> Node:
    """The solution; of several unknowns, all their entries in a row.

    Raises what `solve_for` and its like raise.
    """
    if kind not in _FLAT:
        raise ArgumentError(f"nothing is called {kind!r} here")
    if method not in METHODS or (method == "iterate" and kind != "fixed_point"):
        raise ArgumentError(f"method must be 'newton' or 'iterate', not {method!r}")
    variables = checked_unknowns(unknowns)
    expressions = checked_bodies(kind, bodies, variables)
    check_given(given, expressions, variables)
    begun = checked_starts(starts, variables)
    names = [str(each.attrs[0]) for each in variables]
    inputs(expressions, variables)  # refuses what has one name for two things
    try:
        node = root(kind, method, names, variables, expressions, begun)
    except DerivativeError:
        for body in expressions:  # to say it of the variables that the caller knows
            _check_derivatives(kind, body, variables)
        raise
    if node.op is ROOT and isinstance(node.attrs.solving.structure, Zero):
        raise ArgumentError(_FLAT[kind].format(quote(expressions[0]), named_all(variables)))
    return node


def solved_again(node: Node) -> Node:
    """What the functions of this module make of the equation of a node.

    Raises what they raise where they would not make such a node.
    """
    equation: Equation = node.attrs
    count = len(equation.unknowns)
    pairs = zip(equation.names, equation.unknowns, strict=True)
    unknowns = [variable(name, x.shape, x.dtype) for name, x in pairs]
    own = (*equation.unknowns, *equation.given)
    stands = dict(zip(own, (*unknowns, *node.args[count:]), strict=True))
    bodies = replaced(equation.bodies, stands)
    return solution_of(equation.kind, bodies, unknowns, node.args[:count], equation.method)


_FLAT = {
    "solve_for": "{} does not change with {}, so there is nothing to solve",
    "fixed_point": "{} changes as {} does, so there is no one fixed point",
    "minimizer": "{} has no minimum by {} that its second derivatives prove: they are zero",
}


def _check_derivatives(kind: str, body: Node, unknowns: Sequence[Node]) -> None:
    if unknowns[0].dtype == "complex":
        jacobian(body, list(unknowns), holomorphic=True)
    else:
        jacobian(body, list(unknowns)) if kind != "minimizer" else hessian(body, list(unknowns))
