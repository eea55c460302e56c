"""Which entries a result depends on, where `where` chooses: the others are kept out of harm.

`where(x > 0, log(x), 0)` takes no logarithm where x is not positive, but its derivative multiplies
a cotangent of 0 by 1/x there, and 0 times infinity is NaN. So a function that is not finite for all
arguments is given `where(x > 0, x, 1)`, the same wherever it matters. The conditions under which an
entry is live are found from the results down, through products, sums and stretching.

Conditions themselves are left as they are: no derivative flows through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import TypeAlias

from symdiff.dims import Shape
from symdiff.node import Node, topological
from symdiff.ops.choices import (
    WHERE,
    greater,
    greater_equal,
    logical_and,
    logical_not,
    logical_or,
    where,
)
from symdiff.ops.contraction import CONTRACT, contract, sum
from symdiff.ops.leaves import EYE, number_of
from symdiff.ops.lowered import ADD_DIAGONAL, SET_DIAGONAL
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS, RESHAPE, broadcast_to, reshape
from symdiff.registry import OPS
from symdiff.rewrite.engine import rebuild

Literal: TypeAlias = "tuple[Node, bool]"
"""A condition, and whether it holds."""

Mask: TypeAlias = "tuple[Literal, ...]"
"""Conditions of which all hold for each live entry; their shapes stretch to that of the node."""

_EVERYWHERE: Mask = ()

WHERE_OP = OPS["where"]

_FINITE = frozenset(
    {
        *("add", "subtract", "multiply", "negative", "where", "stop_gradient", "floor", "ceil"),
        *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
        *("logical_not", "logical_and", "logical_or", "sign", "heaviside"),
        *("abs", "relu", "maximum", "minimum", "clip"),
        *("sin", "cos", "arctan", "tanh", "sigmoid", "softplus", "sinc", "erf", "erfc"),
    }
)
"""Elementwise ops that are finite, and whose derivatives are, wherever their arguments are."""


def protected(outputs: Sequence[Node]) -> list[Node]:
    """Give functions that may be infinite harmless arguments where no choice takes their result.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(*protected([sd.where(x > 0, sd.log(x), 0)]))
    where(x > 0, log(where(x > 0, x, 1)), 0)
    """
    order = topological(outputs)
    if not any(node.op is WHERE_OP for node in order):
        return list(outputs)
    perilous = _above(order, _is_perilous)
    masks = _live(order, outputs, perilous, conditions=False)
    new: dict[Node, Node] = {}
    for node in order:
        args = [arg if node.op is WHERE_OP and k == 0 else new[arg]
                for k, arg in enumerate(node.args)]  # fmt: skip
        mask = masks.get(node)
        if mask and _is_perilous(node):
            for k in _perilous_places(node):
                sent = _sent(node, k, mask)
                if number_of(node.args[k]) is None and not _counts(node.args[k], sent):
                    args[k] = _chosen(sent, args[k], _harmless(node))
        new[node] = rebuild(node, tuple(args))
    return [new[output] for output in outputs]


def unprotected(outputs: Sequence[Node]) -> list[Node]:
    """Take choices away that are made for live entries already by a choice further out.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(*unprotected([sd.where(x > 0, sd.log(sd.where(x > 0, x, 1)), 0)]))
    where(x > 0, log(x), 0)
    """
    order = topological(outputs)
    if not any(node.op is WHERE_OP for node in order):
        return list(outputs)
    choices = _above(order, lambda node: node.op is WHERE_OP)
    masks = _live(order, outputs, choices, conditions=True)
    new: dict[Node, Node] = {}
    for node in order:
        taken = _taken(node, masks.get(node, _EVERYWHERE))
        if taken is None:
            args = (arg if node.op is WHERE_OP and k == 0 else new[arg]
                    for k, arg in enumerate(node.args))  # fmt: skip
            new[node] = rebuild(node, tuple(args))
        else:
            new[node] = new[taken]
    return [new[output] for output in outputs]


def _taken(node: Node, mask: Mask) -> Node | None:
    """What a choice is for live entries, if that is the same for all."""
    if node.op is not WHERE_OP:
        return None
    condition, first, second = node.args
    for holds, branch in ((True, first), (False, second)):
        if set(_literals(condition, holds)) <= set(mask) and branch.shape == node.shape:
            return branch if branch.dtype == node.dtype else None
    return None


# Functions that may be infinite -----------------------------------------------------------------


def _is_perilous(node: Node) -> bool:
    return node.op.elementwise and node.op.name not in _FINITE and bool(_perilous_places(node))


def _perilous_places(node: Node) -> tuple[int, ...]:
    """The arguments for which a function or its derivative may be infinite."""
    name = node.op.name
    if name == "divide":
        return (1,)
    if name == "power":
        exponent = number_of(node.args[1])
        whole = type(exponent) is int and exponent >= 0
        return () if whole else (0,) if exponent is not None else (0, 1)
    return tuple(range(len(node.args)))


def _counts(arg: Node, sent: Mask) -> bool:
    """True for a count of live entries, which is not 0 where one is live."""
    while arg.op.name == "stop_gradient":
        arg = arg.args[0]
    if arg.dtype == "complex":
        return False
    alive = greater_equal(arg, 1)
    return sent == _if(alive)


def _chosen(mask: Mask, arg: Node, safe: float) -> Node:
    condition, holds = mask[0]
    if len(mask) == 1 and not holds:
        return WHERE(condition, safe, arg)
    return WHERE(_all_of(mask), arg, safe)


def _harmless(node: Node) -> float:
    """An argument for which the function is finite, as are its derivatives."""
    if not node.op.samples:
        return 1
    sample = node.op.samples[0]
    return 1 if sample.low <= 1 <= sample.high else (sample.low + sample.high) / 2


def _above(order: Sequence[Node], found: Callable[[Node], bool]) -> set[Node]:
    """The nodes of which some part, or they themselves, are found."""
    above: set[Node] = set()
    for node in order:
        if found(node) or any(arg in above for arg in node.args):
            above.add(node)
    return above


# Liveness ---------------------------------------------------------------------------------------


def _live(
    order: Sequence[Node], outputs: Iterable[Node], wanted: set[Node], conditions: bool
) -> dict[Node, Mask]:
    """For the nodes of `wanted`, the conditions under which their entries matter.

    Without `conditions`, what conditions need does not count.
    """
    masks: dict[Node, Mask] = dict.fromkeys(outputs, _EVERYWHERE)
    for node in reversed(order):
        mask = masks.get(node)
        if mask is None:
            continue
        for k, arg in enumerate(node.args):
            if arg not in wanted or (node.op is WHERE_OP and k == 0 and not conditions):
                continue
            sent = _sent(node, k, mask)
            sofar = masks.get(arg)
            masks[arg] = sent if sofar is None else _either(sofar, sent)
    return masks


def _sent(node: Node, k: int, mask: Mask) -> Mask:
    """The conditions for an argument, when those of the node are known."""
    if node.op is WHERE_OP and k:
        new = _literals(node.args[0], k == 1)
        mask = (*mask, *(literal for literal in new if literal not in mask))[-_MOST_CONDITIONS:]
    shape = node.args[k].shape
    by_entry = tuple(literal for literal in mask if literal[0].ndim)
    if not by_entry or (shape == node.shape and (node.op.elementwise or node.op is BROADCAST_TO)):
        return mask
    for_all = tuple(literal for literal in mask if not literal[0].ndim)
    return (*for_all, *_by_entry_sent(node, k, by_entry))


def _by_entry_sent(node: Node, k: int, mask: Mask) -> Mask:
    """The same for conditions with axes, which follow the axes of the argument."""
    shape = node.args[k].shape
    if node.op.elementwise or node.op is BROADCAST_TO:
        return _any_over_stretched(mask, node, shape)
    if node.op is CONTRACT:
        return _into_contraction(node, k, mask)
    if node.op in (ADD_DIAGONAL, SET_DIAGONAL):
        return mask if k == 0 else _by_names(mask, node.shape, [0, 0], shape, [0] * len(shape))
    condition = broadcast_to(_all_of(mask), node.shape)
    if node.op in (RESHAPE, EXPAND_DIMS):
        return _if(_reshaped(condition, shape))
    if node.op.name in _MOVING:
        marked = node.op.derivative.cotangent(node, k, where(condition, 1.0, 0.0))
        return _EVERYWHERE if marked is None else _if(greater(marked, 0))
    if node.op.name in _REDUCING:
        kept = tuple(1 if axis in node.attrs else size for axis, size in enumerate(shape))
        return _if(_reshaped(condition, kept))
    return _if(_any(condition, tuple(range(node.ndim))))


_MOST_CONDITIONS = 16
"""With more conditions than this, the innermost count; that leaves more entries as they are."""

_MOVING = frozenset(
    {"index", "put", "concatenate", "flip", "roll", "take", "pad", "repeat", "tile"}
)
"""Ops that only move entries, so that their transposes move the marks of live ones."""

_REDUCING = frozenset({"max", "min", "prod", "norm", "logsumexp"})


def _literals(condition: Node, holds: bool) -> list[Literal]:
    """What is known where a condition holds, or where it does not."""
    found: list[Literal] = []
    stack = [(condition, holds)]
    while stack:
        node, truth = stack.pop()
        name = node.op.name
        if name == "logical_not":
            stack.append((node.args[0], not truth))
        elif name == ("logical_and" if truth else "logical_or"):
            stack.extend((arg, truth) for arg in reversed(node.args))
        elif (node, truth) not in found:
            found.append((node, truth))
    return found


def _any_over_stretched(mask: Mask, node: Node, shape: Shape) -> Mask:
    """A stretched entry is live where any of its copies is."""
    missing = node.ndim - len(shape)
    axes = tuple(
        axis
        for axis, size in enumerate(node.shape)
        if axis < missing or (shape[axis - missing] == 1 and size != 1)
    )
    same = tuple(literal for literal in mask if _spans_none(literal[0], node.ndim, axes))
    others = tuple(literal for literal in mask if literal not in same)
    result = tuple((_within(c, shape), holds) for c, holds in same)
    if others:
        condition = broadcast_to(_all_of(others), node.shape)
        result += _if(_reshaped(_any(condition, axes), shape))
    return result


def _spans_none(condition: Node, rank: int, axes: tuple[int, ...]) -> bool:
    """True if a condition is the same along all these axes."""
    missing = rank - condition.ndim
    return all(axis < missing or condition.shape[axis - missing] == 1 for axis in axes)


def _within(condition: Node, shape: Shape) -> Node:
    """Without the leading axes, of size 1, that an argument does not have."""
    extra = condition.ndim - len(shape)
    return _reshaped(condition, condition.shape[extra:]) if extra > 0 else condition


def _into_contraction(node: Node, k: int, mask: Mask) -> Mask:
    """An entry of a factor is live where any of the products that it is in is."""
    inputs, output = node.attrs
    same = _made_equal(node)
    own = [same.get(i, i) for i in inputs[k]]
    whole = [same.get(i, i) for i in output]
    return _by_names(mask, node.shape, whole, node.args[k].shape, own)


def _by_names(mask: Mask, outer: Shape, whole: list[int], shape: Shape, own: list[int]) -> Mask:
    """Conditions for an array of a shape, whose axes have the names `own`, from those of `outer`.

    An entry is live where any entry of `outer` is that has the same places along common axes.
    """
    result: Mask = ()
    others: Mask = ()
    for condition, holds in mask:
        missing = len(whole) - condition.ndim
        names = [whole[missing + a] for a, size in enumerate(condition.shape) if size != 1]
        if set(names) <= set(own):
            result += ((_along(condition, names, own, shape), holds),)
        else:
            others += ((condition, holds),)
    if others:
        names = list(dict.fromkeys(whole))
        total = contract([broadcast_to(_all_of(others), outer)], [tuple(whole)], tuple(names))
        lost = tuple(axis for axis, i in enumerate(names) if i not in own)
        left = [i for i, size in zip(names, total.shape, strict=True) if i in own and size != 1]
        result += _if(_along(_any(total, lost), left, own, shape))
    return result


def _made_equal(node: Node) -> dict[int, int]:
    """The indices that unit matrices make equal to others: off the diagonal, products are 0."""
    pairs = zip(node.args, node.attrs.inputs, strict=True)
    return {indices[1]: indices[0] for arg, indices in pairs if arg.op is EYE}


def _along(condition: Node, names: list[int], own: list[int], shape: Shape) -> Node:
    """A condition whose axes that are not 1 have these names, along the axes of an argument."""
    sizes = [size for size in condition.shape if size != 1]
    flat = _reshaped(condition, tuple(sizes)) if len(sizes) < condition.ndim else condition
    kept = tuple(dict.fromkeys(i for i in own if i in names))
    if tuple(names) != kept:
        flat = contract([flat], [tuple(names)], kept)
    place = {i: own.index(i) for i in kept}
    stretched = (size if axis in place.values() else 1 for axis, size in enumerate(shape))
    return _within(_reshaped(flat, tuple(stretched)), shape) if len(shape) != flat.ndim else flat


def _reshaped(condition: Node, shape: Shape) -> Node:
    """A condition in another shape, without a detour."""
    while condition.op in (RESHAPE, EXPAND_DIMS):
        condition = condition.args[0]
    return condition if condition.shape == shape else reshape(condition, shape)


def _any(condition: Node, axes: tuple[int, ...]) -> Node:
    return greater_equal(sum(condition, axes), 1) if axes else condition


def _either(first: Mask, second: Mask) -> Mask:
    """What holds where one of two masks does."""
    common = tuple(literal for literal in first if literal in second)
    alone = [tuple(x for x in mask if x not in common) for mask in (first, second)]
    if not all(alone) or _are_opposite(*alone):
        return common
    return tuple(dict.fromkeys((*common, *_if(logical_or(*map(_all_of, alone))))))


def _are_opposite(first: Mask, second: Mask) -> bool:
    """True if one holds wherever the other does not, as with the two sides of a choice."""
    return len(first) == len(second) == 1 and second[0] == (first[0][0], not first[0][1])


def _all_of(mask: Mask) -> Node:
    """One condition for all."""
    return reduce(logical_and, (c if holds else logical_not(c) for c, holds in mask))


def _if(condition: Node) -> Mask:
    return ((condition, True),)
