"""Back-propagation: one visit per edge, from the target down, appending nodes to the graph.

Algorithm 6.5 and 6.6 of *Deep Learning* (Goodfellow, Bengio, Courville, 2016), symbol to symbol:
the gradient table holds expressions. Only nodes that depend on a `wrt` and on which the target
depends are visited.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.errors import ArgumentError, DerivativeError, ShapeError, describe, quote, shape_text
from symdiff.node import Node, topological
from symdiff.ops.choices import masked_sum
from symdiff.ops.complex import as_complex, real
from symdiff.ops.leaves import CONSTANT, INEXACT, constant, number_of
from symdiff.ops.structure import unbroadcast, zeros
from symdiff.registry import Held
from symdiff.rewrite.engine import READABLE
from symdiff.rewrite.opened import opened
from symdiff.shown import Part, Rows, Sentence, Shown


class Contribution(NamedTuple):
    """One edge of the pass: what `consumer` sends back to its argument `place`.

    `cotangent` is that of the consumer. `sent` is None where the rule of the consumer's op has
    proven that nothing flows.
    """

    consumer: Node
    place: int
    cotangent: Node
    sent: Node | None

    @property
    def receiver(self) -> Node:
        """The argument that receives."""
        return self.consumer.args[self.place]

    @property
    def rule(self) -> str:
        """The op whose derivative rule was applied."""
        return self.consumer.op.title(self.consumer)


@dataclass(frozen=True, slots=True, repr=False)
class GradientTable(Shown):
    """What back-propagation did: the steps in order, and the table that they filled.

    target      what was differentiated: a scalar, unless the pass began with a cotangent
    wrt         what it was differentiated by
    lead        the leading axes that all cotangents carry; none for a gradient
    steps       every edge visited, in order
    cotangents  for every node visited, the derivative of the target by it
    no_path     those of `wrt` on which the target does not depend; their derivative is zero
    flat        those of `wrt` with a path along which every rule proved a zero derivative
    """

    target: Node
    wrt: tuple[Node, ...]
    lead: Shape = ()
    steps: list[Contribution] = field(default_factory=list)
    cotangents: dict[Node, Node] = field(default_factory=dict)
    no_path: tuple[Node, ...] = ()
    flat: tuple[Node, ...] = ()

    @property
    def gradients(self) -> list[Node]:
        """The derivative by each of `wrt`, of its shape behind `lead`, as the pass left it."""
        found = self.cotangents
        lead = self.lead
        return [of_kind(x, found.get(x, zeros((*lead, *x.shape)))) for x in self.wrt]

    def _parts_(self) -> list[Part]:
        """The steps in order, then the gradients as the pass left them."""
        rows: list[Sentence] = []
        for k, each in enumerate(self.steps, 1):
            sent = "0" if each.sent is None else each.sent
            edge = (each.consumer, each.receiver)
            rows.append((str(k), each.rule, *edge, each.cotangent, sent))
        head = ("step", "op", "from", "to", "upstream", "contribution")
        found = zip(self.wrt, self.gradients, strict=True)
        gradients: list[Part] = [("d/d", x, " = ", gradient) for x, gradient in found]
        return [Rows(head, rows), *gradients]


def backprop(
    target: Node,
    wrt: Node | Sequence[Node],
    cotangent: Node | None = None,
    holomorphic: bool = False,
) -> GradientTable:
    """Run back-propagation and return its record. `grad` is what most people want.

    The pass begins with the cotangent of the target, which is 1 for a scalar. A given `cotangent`
    has the target's shape, behind any leading axes, which every step then carries along.

    By complex variables the convention is that of JAX: the gradient of a real f of z = x + iy is
    ∂f/∂x − i ∂f/∂y, see `symdiff.ops.complex`. With `holomorphic`, target and `wrt` are complex,
    and the derivative is that of calculus.

    Raises DerivativeError for a target that is not float, or neither a scalar nor given a
    cotangent, for a `wrt` that is not float, and for an op on the way that has no derivative;
    ShapeError for a cotangent that does not fit.

    >>> import symdiff as sd
    >>> x, y = sd.scalar("x"), sd.scalar("y")
    >>> table = backprop(x * y, [x, y])
    >>> [(step.rule, str(step.receiver), str(step.sent)) for step in table.steps]
    [('multiply', 'x', '1.0 y'), ('multiply', 'y', '1.0 x')]
    """
    wanted = as_list(wrt)
    check_kinds(target, wanted)
    seed = seed_of(target, wanted, cotangent, holomorphic)
    order = topological([target])
    depends = dependents(order, wanted)
    table = GradientTable(target, tuple(wanted), seed.shape[: seed.ndim - target.ndim])
    if target in depends:
        table.cotangents[target] = seed
        pull_back(order, depends, table.cotangents, table.steps, held(order, depends, wanted))
    if holomorphic:
        check_holomorphic((s.consumer, s.receiver) for s in table.steps if s.sent is not None)
    silent = [x for x in wanted if x not in table.cotangents]
    return replace(
        table,
        no_path=tuple(x for x in silent if x not in depends),
        flat=tuple(x for x in silent if x in depends),
    )


def seed_of(
    target: Node, wanted: Sequence[Node], cotangent: Node | None, holomorphic: bool = False
) -> Node:
    """The cotangent that a pass begins with; one that does not fit its target is refused."""
    if holomorphic:
        check_complex(target, wanted)
    if cotangent is None:
        if not holomorphic:
            check_real(target)
        if target.shape:
            raise DerivativeError(
                f"the target {describe(target)} is not a scalar; take the gradient of its sum, "
                "sd.grad(sd.sum(target), wrt), or its Jacobian, sd.jacobian(target, wrt)"
            )
        return constant(1.0)
    check_direction(target, cotangent, "cotangent")
    if cotangent.shape[max(cotangent.ndim - target.ndim, 0) :] != target.shape:
        raise ShapeError(
            f"a cotangent of {describe(target)} has that shape, not {shape_text(cotangent.shape)}"
        )
    return cotangent


def pull_back(
    order: list[Node],
    depends: set[Node],
    cotangents: dict[Node, Node],
    steps: list[Contribution],
    still: Container[Node] = (),
) -> None:
    """Visit each edge once. All consumers of a node come before it, so its sum is complete.

    No rule is asked for what an argument among `still` receives. In a graph too large to be read,
    products with a cotangent of 1 are not written, which simplification would have to undo.
    """
    large = len(order) > READABLE
    for node in reversed(order):
        g = cotangents.get(node)
        if g is None:
            continue
        for place, arg in enumerate(node.args):
            if arg not in depends:
                continue
            sent = None if arg in still else sent_back(node, place, g)
            if sent is not None:
                if large and g.op is CONSTANT:
                    sent = _without_one(sent, g)
                sofar = cotangents.get(arg)
                # in forward order
                cotangents[arg] = sent if sofar is None else masked_sum(sent, sofar)
            steps.append(Contribution(node, place, g, sent))


def _without_one(sent: Node, g: Node) -> Node:
    """What is multiplied by a cotangent of 1, if that is all that the product changes."""
    if sent.op.name == "multiply" and sent.args[0] is g and number_of(g) == 1:
        other = sent.args[1]
        if other.shape == sent.shape and other.dtype == sent.dtype:
            return other
    return sent


def sent_back(node: Node, place: int, g: Node) -> Node | None:
    """What an argument receives from a node with the cotangent `g`, in the argument's shape."""
    sent = node.op.derivative.cotangent(node, place, g)
    if sent is not None:
        sent = real_for(node.args[place], sent)
    shape = node.args[place].shape
    if sent is None or not node.op.elementwise or sent.shape == shape == node.shape:
        return sent
    return unbroadcast(sent, node.ndim, shape)


def real_for(x: Node, cotangent: Node) -> Node:
    """What a node receives: what is real moves along the real axis alone, and takes that part."""
    return real(cotangent) if cotangent.dtype == "complex" != x.dtype else cotangent


def dependents(order: list[Node], wrt: Sequence[Node]) -> set[Node]:
    """The nodes of `order` that depend on some of `wrt`, these included."""
    depends = set(wrt)
    for node in order:
        for arg in node.args:
            if arg in depends:
                depends.add(node)
                break
    return depends.intersection(order)


def held(order: list[Node], depends: set[Node], wrt: Sequence[Node]) -> set[Node]:
    """Those of `depends` that depend on `wrt` only through what is held constant."""
    if not any(isinstance(node.op.derivative, Held) for node in depends):
        return set()
    moving = set(wrt)
    for node in order:
        passes = node in depends and not isinstance(node.op.derivative, Held)
        if passes and any(arg in moving for arg in node.args):
            moving.add(node)
    return depends - moving


def as_list(wrt: Node | Sequence[Node], what: str = "wrt") -> list[Node]:
    """One expression or several, as a list; anything else is refused, by the name of `what`."""
    wanted: list[Node] = list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]  # type: ignore
    for x in wanted:
        if not isinstance(x, Node):
            raise ArgumentError(f"{what} must be an expression or a list of expressions, not {x!r}")
    return wanted


def check_kinds(target: Node, wanted: Sequence[Node]) -> None:
    """Refuse what does not vary continuously: only float and complex expressions do."""
    if not isinstance(target, Node):
        raise ArgumentError(f"the target must be an expression, not {target!r}")
    if target.dtype not in INEXACT:
        raise DerivativeError(
            f"the target {quote(target)} is of kind {target.dtype}, which does not vary "
            "continuously; only float expressions have derivatives"
        )
    for x in wanted:
        if x.dtype not in INEXACT:
            raise DerivativeError(
                f"{quote(x)} is of kind {x.dtype}, so nothing can be differentiated by it; "
                "declare it with dtype='float' if it varies continuously"
            )


def of_kind(x: Node, derivative: Node) -> Node:
    """A derivative by what is complex is complex, also where it happens to be real."""
    return as_complex(derivative) if x.dtype == "complex" else derivative


def check_direction(x: Node, direction: Node, what: str) -> None:
    """Refuse a complex cotangent or tangent of what is real."""
    if direction.dtype == "complex" and x.dtype != "complex":
        raise DerivativeError(
            f"the {what} of {quote(x)}, which is real, is real too, not {quote(direction)}; "
            "take sd.real or sd.imag of it"
        )


def check_real(target: Node) -> None:
    """Refuse the gradient of what is complex."""
    if target.dtype == "complex":
        raise DerivativeError(
            f"the target {quote(target)} is complex, and only real functions have gradients; take "
            "sd.real, sd.imag or sd.abs of it, or, where it is holomorphic in complex variables, "
            "say holomorphic=True"
        )


def check_complex(target: Node, wanted: Sequence[Node]) -> None:
    """Refuse what is not complex where a derivative is to be that of a holomorphic function."""
    for node in (target, *wanted):
        if node.dtype != "complex":
            raise DerivativeError(
                f"a holomorphic function maps complex numbers to complex ones, but {quote(node)} "
                f"is {node.dtype}; a real function has a gradient, sd.grad, and any function a "
                "change along a direction, sd.jvp"
            )


def check_holomorphic(edges: Iterable[tuple[Node, Node]]) -> None:
    """Refuse a function without complex derivative, such as a part or a magnitude, on the way.

    `edges` are nodes with an argument through which the derivative goes.
    """
    for node, receiver in edges:
        if node.op.derived:
            check_holomorphic(_edges_inside(node, receiver))
        elif node.dtype != "complex" or node.op.name == "conj":
            raise DerivativeError(
                f"`{node.op.title(node)}` is not holomorphic, and stands in {quote(node)}; "
                f"differentiate sd.real and sd.imag of the target apart by {quote(receiver)}"
            )


def _edges_inside(node: Node, receiver: Node) -> Iterator[tuple[Node, Node]]:
    """The edges of the formula for which a node stands."""
    order = topological(opened([node]))
    depends = dependents(order, [receiver])
    for inner in order:
        if inner in depends and inner is not receiver and not isinstance(inner.op.derivative, Held):
            yield from ((inner, arg) for arg in inner.args if arg in depends)
