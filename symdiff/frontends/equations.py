"""Solutions of equations as expressions: roots, fixed points, minimizers.

They are found by iteration when they are evaluated, and derivatives go through them by the
implicit function theorem, to any order. An equation that is linear has its solution in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from symdiff.binding import inputs
from symdiff.derive.jacobian import hessian, jacobian
from symdiff.derive.structure import Zero
from symdiff.dims import product
from symdiff.errors import ArgumentError, DerivativeError, ShapeError, describe, quote
from symdiff.node import Node
from symdiff.ops.equation import Equation, apart
from symdiff.ops.leaves import INEXACT, VARIABLE, as_node, variable
from symdiff.ops.roots import ROOT, root
from symdiff.ops.structure import broadcast_to, reshape
from symdiff.registry import OPS
from symdiff.rewrite.engine import replaced

METHODS = ("newton", "iterate")


@overload
def solve_for(F: object, x: Node, start: object = None) -> Node: ...
@overload
def solve_for(F: Sequence[object], x: Sequence[Node], start: object = None) -> list[Node]: ...
def solve_for(
    F: object | Sequence[object], x: Node | Sequence[Node], start: object = None
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
    start: the solution of `A @ x - b` is `solve(A, b)`.

    Raises ArgumentError for an x that is no variable, or that F does not contain; ShapeError where
    the numbers of entries differ. At evaluation, InputError (ValueError in emitted modules) if no
    solution is found.

    >>> import symdiff as sd
    >>> x, a = sd.scalar("x"), sd.scalar("a")
    >>> r = sd.solve_for(x**3 + x - a, x, start=1.0)
    >>> sd.evaluate(r, a=10.0), sd.evaluate(sd.grad(r, a), a=10.0)
    (np.float64(2.0), np.float64(0.07692307692307693))
    """
    return _solved("solve_for", "newton", F, x, start)


@overload
def fixed_point(G: object, x: Node, start: object = None, method: str = "newton") -> Node: ...
@overload
def fixed_point(
    G: Sequence[object], x: Sequence[Node], start: object = None, method: str = "newton"
) -> list[Node]: ...
def fixed_point(
    G: object | Sequence[object],
    x: Node | Sequence[Node],
    start: object = None,
    method: str = "newton",
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
    return _solved("fixed_point", method, G, x, start)


@overload
def minimizer(f: object, x: Node, start: object = None) -> Node: ...
@overload
def minimizer(f: object, x: Sequence[Node], start: object = None) -> list[Node]: ...
def minimizer(f: object, x: Node | Sequence[Node], start: object = None) -> Node | list[Node]:
    """Return the x at which the scalar f is least, near `start`; see `solve_for`.

    It is found by Newton's method with a line search on f, and must be a minimum that the Hessian
    proves: anything else that it finds is an error. A quadratic f with a Hessian that is proven not
    to have negative eigenvalues is minimized in closed form.

    Raises what `solve_for` raises, and ArgumentError for an f that is no scalar.

    >>> import symdiff as sd
    >>> X, w, y, lam = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n"), 0.1
    >>> print(sd.minimizer(sd.sum((X @ w - y) ** 2) + lam * sd.sum(w**2), w))
    2 (2 Xᵀ X + 0.2 I)⁻¹ (Xᵀ y)
    """
    return _solved("minimizer", "newton", f, x, start)


# How they are made ------------------------------------------------------------------------------


def _solved(kind: str, method: str, given: object, x: object, start: object) -> Node | list[Node]:
    listed = not isinstance(x, Node)
    if not listed and isinstance(given, (list, tuple)):
        raise ArgumentError("for a list of equations, give a list of unknowns")
    unknowns = list(_listed(x, "the unknowns")) if listed else [x]
    bodies = list(_listed(given, "the equations")) if listed and kind != "minimizer" else [given]
    starts = unknowns if start is None else list(_listed(start, "starts")) if listed else [start]
    node = solution_of(kind, bodies, unknowns, starts, method)
    parts = apart(node, [each.shape for each in unknowns])  # type: ignore[attr-defined]
    return parts if listed else parts[0]


def solution_of(
    kind: str,
    bodies: Sequence[object],
    unknowns: Sequence[object],
    starts: Sequence[object],
    method: str = "newton",
) -> Node:
    """The solution; of several unknowns, all their entries in a row.

    Raises what `solve_for` and its like raise.
    """
    if kind not in _FLAT:
        raise ArgumentError(f"nothing is called {kind!r} here")
    if method not in METHODS or (method == "iterate" and kind != "fixed_point"):
        raise ArgumentError(f"method must be 'newton' or 'iterate', not {method!r}")
    variables = _unknowns(unknowns)
    expressions = _bodies(kind, bodies, variables)
    begun = _starts(starts, variables)
    names = [str(each.attrs[0]) for each in variables]
    inputs(expressions, variables)  # refuses what has one name for two things
    try:
        node = root(kind, method, names, variables, expressions, begun)
    except DerivativeError:
        for body in expressions:  # to say it of the variables that the caller knows
            _check_derivatives(kind, body, variables)
        raise
    if node.op is ROOT and isinstance(node.attrs.solving.structure, Zero):
        raise ArgumentError(_FLAT[kind].format(quote(expressions[0]), _named(variables)))
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


# What is refused --------------------------------------------------------------------------------


def _unknowns(given: Sequence[object]) -> list[Node]:
    unknowns: list[Node] = []
    for each in given:
        if not isinstance(each, Node) or each.op is not VARIABLE:
            what = quote(each) if isinstance(each, Node) else repr(each)
            raise ArgumentError(
                f"{what} is no variable, so nothing can be solved for it; make a variable of its "
                "shape, write the equation with that, and solve for it"
            )
        if each.dtype not in INEXACT:
            raise ArgumentError(
                f"{quote(each)} is of kind {each.dtype}, so nothing can be solved for it; declare "
                "it with dtype='float' if it varies continuously"
            )
        unknowns.append(each)
    if len({*unknowns}) < len(unknowns) or not unknowns:
        raise ArgumentError("give each unknown once, and at least one")
    if len({each.dtype for each in unknowns}) > 1:
        raise ArgumentError("the unknowns of one system are all real or all complex")
    return unknowns


def _listed(given: object, what: str) -> Sequence[object]:
    if not isinstance(given, (list, tuple)):
        raise ArgumentError(f"{what} are one expression or a list of them, not {given!r}")
    return given


def _bodies(kind: str, given: Sequence[object], unknowns: Sequence[Node]) -> list[Node]:
    count = 1 if kind == "minimizer" else len(unknowns)
    bodies = [_difference(each) for each in given]
    if len(bodies) != count:
        what = "one scalar is minimized" if kind == "minimizer" else f"{count} equations hold"
        what = "one equation holds" if what == "1 equations hold" else what
        raise ArgumentError(f"for {_named(unknowns)}, {what}, not {len(bodies)}")
    if kind == "minimizer":
        return [_objective(bodies[0], unknowns)]
    for body in bodies:
        _check_contains(body, unknowns)
        _check_kind(body, unknowns[0])
    return [_of_shape(body, x) for body, x in zip(bodies, unknowns, strict=True)]


def _difference(given: object) -> Node:
    """The expression that is zero where an equality holds; others as they are."""
    if isinstance(given, bool):
        raise ArgumentError(
            "`==` of two expressions asks Python whether they are the same one; for a = b give "
            "a - b or sd.equal(a, b)"
        )
    body = as_node(given)
    return body.args[0] - body.args[1] if body.op is OPS["equal"] else body


def _objective(f: Node, unknowns: Sequence[Node]) -> Node:
    if f.shape:
        raise ArgumentError(f"only a scalar is minimized, not {describe(f)}; take a sum of it")
    if unknowns[0].dtype == "complex":
        raise ArgumentError(
            f"the minimizer {quote(unknowns[0])} is real; for a complex one, make it x + 1j*y of "
            "real x and y, and minimize over both"
        )
    _check_contains(f, unknowns)
    _check_kind(f, unknowns[0])
    return f


def _check_contains(body: Node, unknowns: Sequence[Node]) -> None:
    found = inputs(body)
    if not {*unknowns}.intersection(found):
        names = " or ".join(map(quote, unknowns))
        others = ", ".join(map(quote, found)) or "no variable"
        raise ArgumentError(f"{quote(body)} does not contain {names}; it contains {others}")


def _check_kind(body: Node, x: Node) -> None:
    if body.dtype not in INEXACT:
        raise ArgumentError(
            f"{quote(body)} is of kind {body.dtype}, so it is no equation; for a = b give a - b"
        )
    if body.dtype == "complex" != x.dtype:
        raise ArgumentError(
            f"{quote(body)} is complex, but {quote(x)} is real; take sd.real and sd.imag, or "
            "declare the unknown with dtype='complex'"
        )
    if x.dtype == "complex" != body.dtype:
        raise ArgumentError(
            f"{quote(body)} is real, but {quote(x)} is complex; for one real equation, make it "
            "x + 1j*y of real x and y, of which one is given"
        )


def _of_shape(body: Node, x: Node) -> Node:
    if body.shape == x.shape:
        return body
    if product(body.shape) != product(x.shape):
        raise ShapeError(
            f"for {describe(x)}, as many equations are needed, {product(x.shape)}, not "
            f"{product(body.shape)} as in {describe(body)}"
        )
    return reshape(body, x.shape)


def _named(unknowns: Sequence[Node]) -> str:
    return " and ".join(map(quote, unknowns))


def _starts(given: Sequence[object], unknowns: Sequence[Node]) -> list[Node]:
    if len(given) != len(unknowns):
        needed = f"{len(unknowns)} starts are needed, not {len(given)}"
        raise ArgumentError(f"for {_named(unknowns)}, {needed}")
    return [_start(as_node(each), x) for each, x in zip(given, unknowns, strict=True)]


def _start(start: Node, x: Node) -> Node:
    if start.dtype == "complex" != x.dtype:
        raise ArgumentError(f"the start {quote(start)} is complex, but {quote(x)} is real")
    if start.shape == x.shape:
        return start
    try:
        return broadcast_to(start, x.shape)
    except ShapeError:
        raise ShapeError(f"the start {describe(start)} does not fit {describe(x)}") from None
