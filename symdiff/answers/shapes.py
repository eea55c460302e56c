"""Answers of another shape: what would make them fit."""

from __future__ import annotations

from itertools import combinations

from symdiff.answers.correction import LAYOUT, Case, Correction, Corrections, built, parts
from symdiff.dims import Shape
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.ops.contraction import outer, sum
from symdiff.ops.structure import broadcast_to, expand_dims, reshape


def shapes_differ(mine: Node, theirs: Node) -> str:
    """Both shapes, in words."""
    return (
        f"the shapes differ: yours is {shape_text(mine.shape)}, right is {shape_text(theirs.shape)}"
    )


def fitted(case: Case) -> Corrections:
    """The answer in the right shape: transposed, summed, stretched, or completed to a product."""
    if case.mine.shape == case.theirs.shape[::-1]:
        yield Correction("layout", case.mine.T, LAYOUT)
    yield from _with_other_axes(case)
    yield from _summed(case)
    yield from _outer_products(case)
    yield from _stretched(case)


def _with_other_axes(case: Case) -> Corrections:
    sizes = [size for size in case.mine.shape if size != 1]
    if sizes == [size for size in case.theirs.shape if size != 1]:
        reshaped = reshape(case.mine, case.theirs.shape)
        yield Correction("shape", reshaped, "only axes of size 1 are too many or missing")


def _summed(case: Case) -> Corrections:
    mine, wanted = case.mine, case.theirs.shape
    for axes in combinations(range(mine.ndim), max(mine.ndim - len(wanted), 0)):
        kept = tuple(size for axis, size in enumerate(mine.shape) if axis not in axes)
        if axes and kept == wanted:
            names = " and ".join(map(str, axes))
            words = f"a sum over axis {names} of yours is missing"
            yield Correction("shape", sum(mine, axes), words)


def _outer_products(case: Case) -> Corrections:
    if case.mine.ndim != 1 or case.theirs.ndim != 2:
        return
    for part in parts(case.theirs, case.mine):
        if part.ndim != 1:
            continue
        for left, right in ((case.mine, part), (part, case.mine)):
            product = outer(left, right)
            if product.shape == case.theirs.shape:
                words = f"an outer product with {case.quoted(part)} is missing"
                yield Correction("shape", product, words)


def _stretched(case: Case) -> Corrections:
    mine, theirs = case.mine, case.theirs
    missing = theirs.ndim - mine.ndim
    for axes in combinations(range(theirs.ndim), max(missing, 0)):
        stretched = built(_stretch, mine, axes, theirs.shape)
        if stretched is not None:
            words = f"yours is to be stretched to {shape_text(theirs.shape)}"
            yield Correction("shape", stretched, words)


def _stretch(expression: Node, axes: tuple[int, ...], shape: Shape) -> Node:
    return broadcast_to(expand_dims(expression, axes), shape)
