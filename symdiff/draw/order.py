"""The order within rows: each item near the middle of its neighbours, so that few edges cross.

Sweeps up and down sort every row by the mean place of its neighbours in the row before
(Sugiyama, Tagawa and Toda 1981); the order with the fewest crossings is kept.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from symdiff.draw.rows import Item, Rows, adjacent

_SWEEPS = 12


def arrange(rows: Rows, groups: Sequence[frozenset[str]] = ()) -> None:
    """Put the items of each row in order; the left half stays left, groups stay together."""
    order = sorted(rows.items)
    near = _neighbours(rows)
    member: dict[Item, int] = {item: k for k, members in enumerate(groups) for item in members}
    _bends_of_groups(rows, member)
    best, fewest = {row: list(rows.items[row]) for row in order}, crossings(rows)
    for sweep in range(_SWEEPS):
        upwards = sweep % 2 == 0
        for before, row in _pairs(order, upwards):
            place = {item: k for k, item in enumerate(rows.items[before])}
            rows.items[row] = _sorted(rows, row, before, place, near, member)
        count = crossings(rows)
        if count < fewest:
            best, fewest = {row: list(rows.items[row]) for row in order}, count
        if not fewest:
            break
    rows.items.update(best)


def _pairs(order: list[int], upwards: bool) -> list[tuple[int, int]]:
    row = order if upwards else order[::-1]
    return list(pairwise(row))


def _neighbours(rows: Rows) -> dict[Item, list[Item]]:
    near: dict[Item, list[Item]] = {}
    for a, b in rows.links():
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    return near


def _bends_of_groups(rows: Rows, member: dict[Item, int]) -> None:
    """An edge within a group bends within it."""
    for path in rows.paths:
        group = member.get(path[0])
        if group is not None and group == member.get(path[-1]):
            member.update((item, group) for item in path[1:-1])


def _sorted(
    rows: Rows,
    row: int,
    before: int,
    place: dict[Item, int],
    near: dict[Item, list[Item]],
    member: dict[Item, int],
) -> list[Item]:
    """A row sorted by where its neighbours are; what has none there stays where it is."""
    items = rows.items[row]
    wish: dict[Item, float] = {}
    for k, item in enumerate(items):
        block = rows.blocks.get(item, (item,))
        there = [place[n] for each in block for n in near.get(each, ()) if n in place]
        wish[item] = sum(there) / len(there) if there else k * len(place) / len(items)
    grouped: dict[tuple[bool, int], list[float]] = {}
    for item in items:
        if item in member:
            grouped.setdefault((item in rows.right, member[item]), []).append(wish[item])
    middle = {group: sum(found) / len(found) for group, found in grouped.items()}

    def key(item: Item) -> tuple[bool, float, int, float]:
        side, group = item in rows.right, member.get(item, -1)
        return side, middle.get((side, group), wish[item]), group, wish[item]

    return adjacent(sorted(items, key=key), rows.blocks)


def crossings(rows: Rows) -> int:
    """How many pairs of edges cross."""
    place = {item: k for items in rows.items.values() for k, item in enumerate(items)}
    row = rows.row_of()
    between: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for link in rows.links():
        low, high = sorted(link, key=row.__getitem__)
        if row[low] < row[high]:
            between.setdefault((row[low], row[high]), []).append((place[low], place[high]))
    count = 0
    for ends in between.values():
        seen: list[int] = []
        for _, end in sorted(ends):
            count += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return count
