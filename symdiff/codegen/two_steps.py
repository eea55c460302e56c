"""A function of two kinds of arguments, computed in two steps.

What does not depend on the arguments of the second step is computed in the first, once. A product
is regrouped so that all its factors without such arguments meet: `Xᵀ (y ⊙ X v ⊙ s)` needs `y ⊙ s`
only once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.binding import inputs, size_names
from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.derive.backprop import dependents
from symdiff.node import Node, topological, use_counts
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import VARIABLE, variable
from symdiff.ops.linear_algebra import INV
from symdiff.ops.structure import broadcast_to
from symdiff.rewrite.engine import rebuild, substitute
from symdiff.rewrite.polynomial import Product, read_product, write_product


@dataclass(frozen=True, slots=True)
class TwoSteps:
    """A computation in two steps.

    names   what the second step calls the results of the first
    first   what is computed once, if there is anything
    second  what is computed from that and the arguments of the second step
    """

    names: tuple[str, ...]
    first: Compiled | None
    second: Compiled


def in_two_steps(
    outputs: Sequence[Node], arguments: Sequence[Node], options: Mapping[str, Any] = {}
) -> TwoSteps:
    """Compile expressions as a function whose `arguments` come in the second step.

    `options` are those of `compile`.

    >>> import symdiff as sd
    >>> x, v = sd.vector("x", "n"), sd.vector("v", "n")
    >>> steps = in_two_steps([sd.exp(x) * v * sd.sin(x)], [v])
    >>> steps.names, steps.first.inputs, steps.second.inputs
    (('part1',), ('x',), ('part1', 'v'))
    """
    grouped = _regrouped(outputs, arguments)
    parts = _parts(grouped, arguments)
    nodes = topological([*grouped, *arguments])
    taken = {*(v.attrs[0] for v in inputs(*grouped, *arguments)), *size_names(nodes)}
    numbers = (k for k in range(1, len(parts) + len(taken) + 1) if f"part{k}" not in taken)
    names = tuple(f"part{k}" for k, _ in zip(numbers, parts, strict=False))
    known = {
        part: variable(name, part.shape, part.dtype)
        for part, name in zip(parts, names, strict=True)
    }
    second = compile([substitute(output, known) for output in grouped], **options)
    return TwoSteps(names, compile(parts, **options) if parts else None, second)


def _regrouped(outputs: Sequence[Node], arguments: Sequence[Node]) -> list[Node]:
    """The same expressions, where a product has all factors without `arguments` in one."""
    order = topological(outputs)
    depends = dependents(order, arguments)
    uses = use_counts(order, outputs)
    new: dict[Node, Node] = {}
    varies: set[Node] = set()
    opens: set[Node] = set()
    for node in order:
        result = rebuild(node, tuple(new[arg] for arg in node.args))
        if node in depends:
            if node.op.name in ("multiply", "divide") and node.dtype == "float":
                result = _apart(result, varies, opens)
                opens.update([result] if uses[node] == 1 else [])
            varies.add(result)
        new[node] = result
    return [new[output] for output in outputs]


def _apart(node: Node, varies: set[Node], opens: set[Node]) -> Node:
    """A product as one factor without arguments, times the others."""
    read = read_product(node, opens.__contains__)
    fixed = {part: e for part, e in read.powers.items() if part not in varies}
    if len(fixed) < 2 or len(fixed) == len(read.powers):
        return node
    rest = read.without(fixed)
    return broadcast_to(multiply(write_product(Product(1, fixed)), write_product(rest)), node.shape)


def _parts(outputs: Sequence[Node], arguments: Sequence[Node]) -> list[Node]:
    """The largest expressions without `arguments`, but for what costs nothing, and for inverses.

    An inverse beside an argument is a linear system, which is solved in the second step.
    """
    order = topological(outputs)
    depends = dependents(order, arguments)
    variables = [node for node in order if node.op is VARIABLE]
    worthwhile = dependents(order, variables) - depends
    edges = [arg for node in order if node in depends for arg in node.args]
    found: dict[Node, None] = {}
    for node in [*edges, *outputs]:
        while node.args and (node.op.view(node) or node.op is INV):
            node = node.args[0]
        if node.args and node in worthwhile:
            found[node] = None
    return list(found)
