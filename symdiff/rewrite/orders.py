"""Orders of a matrix product: how they are written down, the best, and one nearly as good."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TypeAlias

Tree: TypeAlias = "int | tuple[Tree, Tree]"
"""The place of a factor, or the two parts that are multiplied last."""

Order: TypeAlias = "tuple[int, ...]"
"""A tree in postfix notation: places of factors, and `MULTIPLY` for the last two results."""

MULTIPLY = -1


def postfix(tree: Tree) -> Order:
    """A tree in postfix notation.

    >>> postfix(((0, 1), 2))
    (0, 1, -1, 2, -1)
    """
    found: list[int] = []
    stack = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, int):
            found.append(part)
        else:
            found.append(MULTIPLY)
            stack.extend(part)
    return tuple(found[::-1])


def best_splits(lengths: Sequence[int]) -> Tree:
    """The best order of matrices of which number `k` is `lengths[k]` by `lengths[k + 1]`.

    >>> best_splits([10, 100, 5, 50])
    ((0, 1), 2)
    """
    count = len(lengths) - 1
    best: dict[tuple[int, int], tuple[int, Tree]] = {(k, k): (0, k) for k in range(count)}
    for span in range(1, count):
        for first in range(count - span):
            last = first + span
            ends = lengths[first] * lengths[last + 1]
            best[first, last] = min(
                (
                    (
                        best[first, k][0] + best[k + 1, last][0] + ends * lengths[k + 1],
                        (best[first, k][1], best[k + 1, last][1]),
                    )
                    for k in range(first, last)
                ),
                key=lambda found: found[0],
            )
    return best[0, count - 1][1]


def good_splits(lengths: Sequence[int]) -> Tree:
    """An order that is nearly the best, in one pass (Chin 1978).

    An inner length is multiplied away where it is larger than its neighbours, measured against the
    smallest of all; what is left grows from there to both sides.
    """
    smallest = max(min(lengths), 1)
    stack: list[tuple[int, Tree]] = []  # products, each with the length after it
    for k, after in enumerate(lengths[1:]):
        stack.append((after, k))
        while len(stack) > 1:
            middle = stack[-2][0]
            first = stack[-3][0] if len(stack) > 2 else lengths[0]
            around = 1 / max(first, 1) + 1 / max(stack[-1][0], 1)
            if around <= 1 / max(middle, 1) + 1 / smallest:
                break
            (_, left), (end, right) = stack[-2:]
            stack[-2:] = [(end, (left, right))]
    ends = [lengths[0], *(after for after, _ in stack)]
    split = ends.index(min(ends))
    trees = [tree for _, tree in stack]
    before, behind = trees[:split], trees[split:]
    parts = [reduce(lambda right, left: (left, right), reversed(before))] if before else []
    parts += [reduce(lambda left, right: (left, right), behind)] if behind else []
    return parts[0] if len(parts) == 1 else (parts[0], parts[1])
