"""What equations are given by, checked: unknowns, expressions and starts.

All raise ArgumentError or ShapeError for what does not fit together.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.binding import inputs
from symdiff.dims import product
from symdiff.errors import ArgumentError, ShapeError, describe, quote
from symdiff.node import Node
from symdiff.ops.leaves import INEXACT, VARIABLE, as_node
from symdiff.ops.structure import broadcast_to, reshape
from symdiff.registry import OPS


def checked_unknowns(given: Sequence[object]) -> list[Node]:
    """The unknowns: variables of one kind, each once."""
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


def listed(given: object, what: str) -> Sequence[object]:
    """What is given in a list."""
    if not isinstance(given, (list, tuple)):
        raise ArgumentError(f"{what} are one expression or a list of them, not {given!r}")
    return given


def checked_bodies(kind: str, given: Sequence[object], unknowns: Sequence[Node]) -> list[Node]:
    """The expressions of equations, each in the shape of its unknown; what is minimized, alone."""
    count = 1 if kind == "minimizer" else len(unknowns)
    bodies = [_difference(each) for each in given]
    if len(bodies) != count:
        what = "one scalar is minimized" if kind == "minimizer" else f"{count} equations hold"
        what = "one equation holds" if what == "1 equations hold" else what
        raise ArgumentError(f"for {named_all(unknowns)}, {what}, not {len(bodies)}")
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


def check_given(given: object, bodies: Sequence[Node], unknowns: Sequence[Node]) -> None:
    """Refuse a variable that is neither an unknown nor among those said to be given."""
    if given is None:
        return
    allowed = [given] if isinstance(given, Node) else listed(given, "the variables given")
    strange = [v for v in inputs(bodies) if v not in {*allowed, *unknowns}]
    if strange:
        raise ArgumentError(
            f"{quote(bodies[0])} contains {named_all(strange)}, neither an unknown nor among what "
            "is given"
        )


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


def named_all(unknowns: Sequence[Node]) -> str:
    """Some variables in a sentence."""
    return " and ".join(map(quote, unknowns))


def checked_starts(given: Sequence[object], unknowns: Sequence[Node]) -> list[Node]:
    """The starts, each in the shape of its unknown."""
    if len(given) != len(unknowns):
        needed = f"{len(unknowns)} starts are needed, not {len(given)}"
        raise ArgumentError(f"for {named_all(unknowns)}, {needed}")
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
