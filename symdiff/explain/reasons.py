"""Why a contribution looks as it does: which products have the shape of the argument.

The gradient by an argument has the argument's shape. Often that alone decides where a transpose
stands; that it does is said only where all products have been tried.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations, product

from symdiff.derive.backprop import Contribution
from symdiff.dims import Shape, Size
from symdiff.errors import shape_text
from symdiff.explain.formulas import cotangent, named
from symdiff.explain.index_form import IndexForm
from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT, Spec, is_transpose
from symdiff.ops.structure import BROADCAST_TO, latex_sizes
from symdiff.show.document import Line, Math
from symdiff.show.naming import Names, symbol
from symdiff.show.wording import Wording


def reason(
    step: Contribution, names: Names, formula: Math, entries: IndexForm | None, say: Wording
) -> Line | None:
    """Why what was sent, `formula`, has this form, if its shape tells; else its entries do."""
    consumer, receiver = step.consumer, step.receiver
    if step.sent is None or step.cotangent.ndim != consumer.ndim:
        return None
    if consumer.op is CONTRACT and len(consumer.args) == 2 and consumer.shape:
        return _of_product(step, names, formula, entries, say)
    if consumer.op is CONTRACT and len(consumer.args) == 1:
        return _of_rearrangement(consumer, names, say)
    stretched = consumer.op.elementwise or consumer.op is BROADCAST_TO
    if stretched and receiver.shape != consumer.shape:
        return _of_stretching(consumer, receiver, names, say)
    return None


def _of_product(
    step: Contribution, names: Names, formula: Math, entries: IndexForm | None, say: Wording
) -> Line | None:
    consumer, place = step.consumer, step.place
    other = consumer.args[1 - place]
    spec: Spec = consumer.attrs
    used = (spec.output, spec.inputs[1 - place], spec.inputs[place])
    found = products(consumer.shape, other.shape, step.receiver.shape)
    if _pattern(*used) not in found:
        return None
    slots = {
        "upstream": cotangent(consumer, names),
        "shape": shape_math(consumer.shape),
        "other": named(other, names),
        "its": shape_math(other.shape),
        "gradient": cotangent(step.receiver, names),
        "wanted": shape_math(step.receiver.shape),
        "formula": formula,
    }
    if len(found) == 1:
        return say("edge.only", **slots)
    return None if entries is None else say("edge.several", **slots, entries=entries.backward)


Pattern = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""The indices of two factors and of their product, numbered by first appearance."""


def products(first: Shape, second: Shape, wanted: Shape) -> set[Pattern]:
    """The matrix and outer products of two arrays, transposed or not, that have a wanted shape.

    >>> sorted(products(("n",), ("n", "d"), ("d",)))
    [((0,), (0, 1), (1,))]
    >>> len(products(("n", "n"), ("n", "n"), ("n", "n")))
    8
    """
    found: set[Pattern] = set()
    rows, columns = tuple(range(len(first))), tuple(range(len(first), len(first) + len(second)))
    sizes: dict[int, Size] = dict(zip((*rows, *columns), (*first, *second), strict=True))
    joined: list[dict[int, int]] = []
    if not (first and second) or len(first) == len(second) == 1:
        joined.append({})
    joined += [{b: a} for a, b in product(rows, columns) if sizes[a] == sizes[b]]
    for same in joined:
        kept = [i for i in (*rows, *columns) if i not in same and i not in same.values()]
        renamed = tuple(same.get(i, i) for i in columns)
        for order in permutations(kept):
            if tuple(sizes[i] for i in order) == wanted:
                found.add(_pattern(rows, renamed, order))
    return found


def _pattern(*factors: Sequence[int]) -> Pattern:
    number: dict[int, int] = {}
    for index in (i for factor in factors for i in factor):
        number.setdefault(index, len(number))
    first, second, result = (tuple(number[i] for i in factor) for factor in factors)
    return first, second, result


def _of_rearrangement(consumer: Node, names: Names, say: Wording) -> Line | None:
    (x,), spec = consumer.args, consumer.attrs
    slots = {"value": named(consumer, names), "argument": named(x, names)}
    if is_transpose(consumer):
        return say("edge.transposed", **slots)
    if len(set(spec.inputs[0])) < len(spec.inputs[0]):
        return say("edge.diagonal", **slots)
    return say("edge.summed", **slots, shape=shape_math(x.shape))


def _of_stretching(consumer: Node, receiver: Node, names: Names, say: Wording) -> Line:
    argument = named(receiver, names)
    whole = shape_math(consumer.shape)
    if not receiver.shape:
        return say("edge.one_number", argument=argument, whole=whole)
    return say("edge.stretched", argument=argument, shape=shape_math(receiver.shape), whole=whole)


def shape_math(shape: Shape) -> Math:
    r"""A shape as a formula.

    >>> shape_math(("n", 3)).latex
    '(n, 3)'
    """
    text = shape_text(shape)
    sizes = re.sub(r"[^\W\d]\w*", lambda word: symbol(word.group()).latex, latex_sizes(text))
    return Math(text, sizes)
