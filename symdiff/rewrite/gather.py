"""Rules for index arrays: those that are numbers after all, and entries that are all equal."""

from __future__ import annotations

from functools import reduce

from symdiff.node import Node
from symdiff.ops.contraction import diag, is_transpose
from symdiff.ops.contraction import sum as sum_
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.elementwise import multiply
from symdiff.ops.gather import GATHER, SCATTER_ADD, gather, scatter_add
from symdiff.ops.indexing import getitem
from symdiff.ops.leaves import EYE, eye, number_of, zero_of
from symdiff.ops.ranges import ARANGE
from symdiff.ops.structure import BROADCAST_TO, broadcast_to
from symdiff.ops.update import SET_AT, At, in_kind, is_zeros, put
from symdiff.rewrite.engine import Rewriter, Rule


def _index_by_number(node: Node, rewriter: Rewriter) -> Node | None:
    """What has become a number is no index array."""
    places = node.args[2:] if node.op is SET_AT else node.args[1:]
    numbers = [number_of(place) for place in places]
    if all(number is None for number in numbers):
        return None
    axis = node.attrs if node.op in (GATHER, SET_AT) else node.attrs.axis
    items = tuple(p if n is None else n for p, n in zip(places, numbers, strict=True))
    index = (*[slice(None)] * axis, *items)
    if node.op is GATHER:
        return getitem(node.args[0], index)
    if node.op is SET_AT:
        return At(node.args[0])[index].set(node.args[1])
    empty = broadcast_to(zero_of(node.dtype), node.shape)
    return At(empty)[index].add(node.args[0])


def _equal_entries(node: Node, rewriter: Rewriter) -> Node | None:
    """Entries that are all equal are the same wherever they come from."""
    source = node.args[0]
    if source.op is BROADCAST_TO and not source.args[0].ndim:
        return broadcast_to(source.args[0], node.shape)
    return None


def _added_zeros(node: Node, rewriter: Rewriter) -> Node | None:
    """Zeros added to zeros."""
    values = node.args[0]
    inner = values.args[0] if values.op is BROADCAST_TO else values
    return broadcast_to(inner, node.shape) if number_of(inner) == 0 else None


def _set_in_zeros(node: Node, rewriter: Rewriter) -> Node | None:
    """To write into zeros is the transpose of indexing."""
    base, values = node.args
    return put(values, node.attrs, node.shape) if is_zeros(base) else None


def _scattered_unit(node: Node, rewriter: Rewriter) -> Node | None:
    """Columns of a unit matrix that go to places are rows taken at these places."""
    unit, *places = node.args
    if unit.op is not EYE or node.attrs.axis != 1 or len(places) != 1 or places[0].ndim != 1:
        return None
    return gather(eye(node.shape[1]), places, 0)


def _diagonal(node: Node, rewriter: Rewriter) -> Node | None:
    """`zeros((n, n)).at[:, i].add(I[:, i] * v)` is diagonal, with the sums of `v` at each place.

    Second derivatives of functions of `x[i]` are of this form.
    """
    factors = _factors(node.args[0])
    selected = [f for f in factors if f.op is GATHER and f.args[0].op is EYE]
    others = [f for f in factors if f not in selected]
    if len(selected) != 1 or any(f.ndim > 1 for f in others) or not others:
        return None
    (unit, *places), axis = selected[0].args, selected[0].attrs
    if (axis, tuple(places)) != (node.attrs.axis, node.args[1:]) or places[0].ndim != 1:
        return None
    if axis != 1 or len(places) > 1 or unit.shape != node.shape:
        return None
    entries = broadcast_to(in_kind(reduce(multiply, others), node.dtype), places[0].shape)
    return diag(scatter_add(entries, places, 0, node.attrs.sizes))


def _sum_over_places(node: Node, rewriter: Rewriter) -> Node | None:
    """A sum over axes into which values are scattered does not ask where along these they go."""
    scattered, spec = node.args[0], node.attrs
    if len(node.args) > 1 or scattered.op is not SCATTER_ADD:
        return None
    values, *places = scattered.args
    axis, sizes = scattered.attrs
    indexed = {axis + k: place for k, place in enumerate(places)}
    kept = tuple(k for k in spec.inputs[0] if k not in spec.summed)
    if not spec.summed or not spec.summed <= {*indexed} or spec.output != kept:
        return None
    left = [place for k, place in indexed.items() if k not in spec.summed]
    taken = broadcast_shape("index", tuple(places))
    if not left:
        return sum_(values, tuple(range(axis, axis + len(taken)))) if taken else values
    if broadcast_shape("index", tuple(left)) != taken:
        return None
    remaining = tuple(s for k, s in enumerate(sizes, axis) if k not in spec.summed)
    return scatter_add(values, left, axis, remaining)


def _every_place_in_order(node: Node, rewriter: Rewriter) -> Node | None:
    """Values that go to places 0, 1, … up to the last stay where they are."""
    values, *places = node.args
    if len(places) > 1 or places[0].op is not ARANGE:
        return None
    first, _, step, _ = places[0].attrs
    return values if (first, step) == (0, 1) and places[0].shape == node.attrs.sizes else None


def _transposed_unit(node: Node, rewriter: Rewriter) -> Node | None:
    """Rows of a unit matrix, transposed, are columns of it."""
    taken = node.args[0]
    if not is_transpose(node) or taken.op is not GATHER or taken.ndim != 2:
        return None
    unit, *places = taken.args
    if unit.op is not EYE or node.attrs.output != (1, 0) or len(places) != 1:
        return None
    return gather(unit, places, 1 - taken.attrs)


def _factors(node: Node) -> list[Node]:
    """The factors of a product by entries."""
    stack, factors = [node], []
    while stack:
        part = stack.pop()
        if part.op.name == "multiply":
            stack.extend(reversed(part.args))
        else:
            factors.append(part)
    return factors


RULES = (
    Rule("index by a number", ("gather", "scatter_add", "set_at"), _index_by_number),
    Rule("entries that are all equal", ("gather", "take_along_axis"), _equal_entries),
    Rule("written into zeros", ("set",), _set_in_zeros),
    Rule("unit matrix at places", ("scatter_add",), _scattered_unit),
    Rule("rows of a unit matrix, transposed", ("contract",), _transposed_unit),
    Rule("sum over places", ("contract",), _sum_over_places, complex=True),
    Rule("every place in order", ("scatter_add",), _every_place_in_order, complex=True),
    Rule("diagonal at places", ("scatter_add",), _diagonal),
    Rule("zeros added to zeros", ("scatter_add", "add_along_axis"), _added_zeros),
)
