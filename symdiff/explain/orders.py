"""A pass for each order of derivative, and the derivatives that are read off the last one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import product

from symdiff.answers.same import same
from symdiff.binding import inputs
from symdiff.derive.grad import check_order, check_real_variables, grad
from symdiff.derive.jacobian import hessian, jacobian
from symdiff.errors import DerivativeError, ExplanationError, describe, quote
from symdiff.explain.passes import Pass, take
from symdiff.explain.result import Result
from symdiff.node import Node
from symdiff.ops.contraction import contract, transpose
from symdiff.ops.leaves import variable
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names, free_word


def passes_of(
    target: Node, wanted: Sequence[Node], order: int, given: Mapping[str, Node]
) -> Iterator[Pass]:
    """The passes that find the derivative of an order.

    Only scalars are back-propagated. The derivative of an array, or of a gradient, is found through
    the scalar that it makes with an arbitrary array v: the gradient of vᵀy is Jᵀ v, that of vᵀ∇f
    is H v. What multiplies v is the Jacobian or the Hessian.

    Raises DerivativeError for a higher order of a target that is no scalar.
    """
    check_order(order)
    taken = {v.attrs[0] for v in inputs(target)} | set(given)
    if order > 1:
        check_real_variables(wanted)
        if target.shape:
            raise DerivativeError(
                f"derivatives of order {order} are explained for scalars, not for "
                f"{describe(target)}; take one entry of it, or its sum"
            )
    if target.shape:
        named = (
            dict(given) if target in given.values() else {**given, free_word("yzf", taken): target}
        )
        directions = directions_for([target], "v", taken | named.keys())
        scalar = inner(directions[0], target)
        last = take(scalar, wanted, named, directions)
    else:
        last = take(target, wanted, given)
    yield last
    for place in range(1, order):
        directions = directions_for(wanted, "v" if place == 1 else f"v{place}", taken)
        taken |= {v.attrs[0] for v in directions}
        terms = [inner(v, g) for v, g in zip(directions, last.gradients, strict=True)]
        scalar = reduce(lambda a, b: a + b, terms)
        last = take(scalar, wanted, {}, directions, last.names)
        yield last


def inner(a: Node, b: Node) -> Node:
    """The sum of the products of the entries of two arrays of one shape."""
    axes = tuple(range(a.ndim))
    return contract([a, b], [axes, axes], ()) if axes else a * b


def directions_for(parts: Sequence[Node], letter: str, taken: set[str]) -> list[Node]:
    """Arbitrary arrays of the shapes of `parts`, with names that are free."""
    found: list[Node] = []
    for x in parts:
        suffix = f"_{x.attrs[0]}" if len(parts) > 1 and x.op.name == "variable" else ""
        word = free_word([letter + suffix], taken | {str(v.attrs[0]) for v in found})
        found.append(variable(word, x.shape))
    return found


def results_of(target: Node, order: int, passes: Sequence[Pass]) -> list[Result]:
    """The derivatives wanted: gradients as they are, others read off what multiplies directions.

    Raises ExplanationError where one is not what symdiff finds without directions.
    """
    wanted = passes[0].wrt
    names = passes[0].names
    return [
        Result(derivative_name(target, path, names), _derivative(target, path, passes))
        for path in product(wanted, repeat=order)
    ]


def _derivative(target: Node, path: Sequence[Node], passes: Sequence[Pass]) -> Node:
    wanted = passes[0].wrt
    found = passes[-1].gradients[wanted.index(path[-1])]
    parts = [path[-1]]
    for taken, x in zip(passes[:0:-1], path[-2::-1], strict=True):
        found = jacobian(found, taken.directions[wanted.index(x)])
        parts.append(x)
    if target.shape:
        found = jacobian(found, passes[0].directions[0])
        parts.append(target)
    if len(parts) == 1:
        return found
    return _agreed(_reversed(found, parts), _elsewhere(target, path))


def _reversed(derivative: Node, parts: Sequence[Node]) -> Node:
    """The axes in groups, one for each of `parts`, and these in reverse."""
    groups: list[tuple[int, ...]] = []
    start = 0
    for part in parts:
        groups.insert(0, tuple(range(start, start + part.ndim)))
        start += part.ndim
    return simplify(transpose(derivative, tuple(axis for group in groups for axis in group)))


def _elsewhere(target: Node, path: Sequence[Node]) -> Node:
    """The same derivative, found without directions."""
    if target.shape:
        return jacobian(target, path[0])
    if len(path) == 2:
        return hessian(target, list(dict.fromkeys(path)))[0][-1]
    return reduce(jacobian, path[1:], grad(target, path[0]))


def _agreed(mine: Node, theirs: Node) -> Node:
    if mine is not theirs and not same(mine, theirs):
        raise ExplanationError(
            f"the derivation finds {quote(mine)}, but elsewhere the derivative is {quote(theirs)}; "
            "this is an error of symdiff, please report it"
        )
    return theirs


def derivative_name(target: Node, path: Sequence[Node], names: Names) -> Math:
    """∂L/∂w, or of higher order ∂²L/∂w∂b and ∂²L/∂x²."""
    above, below = names.of(target), [names.of(x) for x in path]
    order = len(path)
    raised = "" if order == 1 else str(order).translate(_SUPERSCRIPTS)
    power = "" if order == 1 else f"^{{{order}}}"
    if order > 1 and not path[0].shape and len(set(path)) == 1:
        below = [Name(below[0].pretty + raised, below[0].latex + power)]
    downwards = " \\, ".join(f"\\partial {x.latex}" for x in below)
    return Math(
        f"∂{raised}{above.pretty}/" + "".join(f"∂{x.pretty}" for x in below),
        f"\\frac{{\\partial{power} {above.latex}}}{{{downwards}}}",
    )


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
