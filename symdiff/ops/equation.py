"""Equations as nodes hold them, and how several unknowns are put together in one array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symdiff.dims import Shape, Size, product
from symdiff.node import Node, topological
from symdiff.ops.joining import concatenate, stack
from symdiff.ops.structure import reshape

if TYPE_CHECKING:
    from symdiff.derive.implicit import Solving


@dataclass(frozen=True)
class Equation:
    """What is solved for.

    kind      "solve_for" (the bodies are 0), "fixed_point" (they are the unknowns), or "minimizer"
              (the only body is least)
    method    "newton", or "iterate" for a fixed point
    names     what the unknowns are called
    unknowns  the variables that stand for the unknowns in the bodies
    given     those that stand for all else, which does not change with the unknowns
    bodies    expressions of these
    """

    kind: str
    method: str
    names: tuple[str, ...]
    unknowns: tuple[Node, ...]
    given: tuple[Node, ...]
    bodies: tuple[Node, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Equation, self.parts)

    @property
    def parts(self) -> tuple[Any, ...]:
        """All of these, in order."""
        return tuple(getattr(self, each.name) for each in fields(self))

    @cached_property
    def solving(self) -> Solving:
        """What it takes to solve it, and to differentiate the solution."""
        from symdiff.derive.implicit import Solving

        return Solving(self)

    @cached_property
    def all_names(self) -> frozenset[str]:
        """What the unknowns are called here and in the equations within."""
        inner = [
            node.attrs.all_names
            for node in topological(self.bodies)
            if isinstance(node.attrs, Equation)
        ]
        return frozenset(self.names).union(*inner)

    @property
    def shape(self) -> Shape:
        """That of the only unknown, or of all unknowns together; see `together`."""
        return shape_together([x.shape for x in self.unknowns])


def shape_together(shapes: Sequence[Shape]) -> Shape:
    """The shape of arrays of some shapes put together."""
    if len(shapes) == 1:
        return shapes[0]
    if len({*shapes}) == 1:
        return (*shapes[0], len(shapes))
    return (sum_of([product(shape) for shape in shapes]),)


def together(values: Sequence[Node]) -> Node:
    """The only one; several of one shape along a new last axis; others with entries in a row."""
    if len(values) == 1:
        return values[0]
    if len({value.shape for value in values}) == 1:
        return stack(values, axis=-1)
    return concatenate([reshape(value, (product(value.shape),)) for value in values])


def sum_of(sizes: Sequence[Size]) -> Size:
    """The sum of sizes."""
    total: Size = 0
    for size in sizes:
        total = total + size
    return total


def apart(whole: Node, shapes: Sequence[Shape]) -> list[Node]:
    """The arrays of these shapes that are put together in one, which may have leading axes."""
    if len(shapes) == 1:
        return [whole]
    if len({*shapes}) == 1:
        return [whole[..., k] for k in range(len(shapes))]
    parts: list[Node] = []
    first: Size = 0
    for shape in shapes:
        end = first + product(shape)
        parts.append(reshape(whole[..., first:end], (*whole.shape[:-1], *shape)))
        first = end
    return parts
