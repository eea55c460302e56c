"""The order within rows: each item near the middle of its neighbours, so that few edges cross.

Sweeps up and down sort every row by the mean place of its neighbours in the row before
(Sugiyama, Tagawa and Toda 1981); the order with the fewest crossings is kept. The left half is
ordered by itself, so that a graph looks the same before and after it is differentiated.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

from symdiff.draw.rows import Item, Rows, adjacent

_SWEEPS = 12


def arrange(rows: Rows, groups: Sequence[frozenset[str]] = ()) -> None:
    """Put the items of each row in order; the left half stays left, groups stay together."""
    member: dict[Item, int] = {item: k for k, members in enumerate(groups) for item in members}
    for path in rows.paths:  # an edge within a group bends within it
        group = member.get(path[0])
        if group is not None and group == member.get(path[-1]):
            member.update((item, group) for item in path[1:-1])
    for right in (False, True):
        _Half(rows, member, right).arrange()


class _Half:
    """One half of all rows; the left one does not look at the right one."""

    def __init__(self, rows: Rows, member: Mapping[Item, int], right: bool) -> None:
        self.rows, self.member, self.right = rows, member, right
        self.order = sorted(rows.items)
        self.row = rows.row_of()
        links = rows.links()
        if not right:
            links = [(a, b) for a, b in links if a not in rows.right and b not in rows.right]
        self.links = [(a, b) if self.row[a] < self.row[b] else (b, a)
                      for a, b in links if self.row[a] != self.row[b]]  # fmt: skip
        self.near: dict[Item, list[Item]] = {}
        for a, b in self.links:
            self.near.setdefault(a, []).append(b)
            self.near.setdefault(b, []).append(a)

    def arrange(self) -> None:
        """Sweep up and down, and keep the best."""
        for row in self.order:
            self._put(row, self._own(row))
        best, fewest = self._state(), self._crossings()
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            order = self.order if sweep % 2 == 0 else self.order[::-1]
            for before, row in pairwise(order):
                place = {item: k for k, item in enumerate(self.rows.items[before])}
                self._put(row, self._sorted(row, place))
            count = self._crossings()
            if count < fewest:
                best, fewest = self._state(), count
        self.rows.items.update(best)

    def _state(self) -> dict[int, list[Item]]:
        return {row: list(self.rows.items[row]) for row in self.order}

    def _own(self, row: int) -> list[Item]:
        return [i for i in self.rows.items[row] if (i in self.rows.right) == self.right]

    def _put(self, row: int, items: list[Item]) -> None:
        """Put the items of this half in order, those of a group or a block together."""
        first: dict[int, int] = {}
        for k, item in enumerate(items):
            if item in self.member:
                first.setdefault(self.member[item], k)
        rank = {item: (first.get(self.member.get(item, -1), k), k) for k, item in enumerate(items)}
        arranged = adjacent(sorted(items, key=rank.__getitem__), self.rows.blocks)
        others = [i for i in self.rows.items[row] if (i in self.rows.right) != self.right]
        self.rows.items[row] = others + arranged if self.right else arranged + others

    def _sorted(self, row: int, place: Mapping[Item, int]) -> list[Item]:
        """A row sorted by where its neighbours are; what has none there stays where it is."""
        items = self._own(row)
        wish: dict[Item, float] = {}
        for k, item in enumerate(items):
            block = self.rows.blocks.get(item, (item,))
            there = [place[n] for each in block for n in self.near.get(each, ()) if n in place]
            wish[item] = sum(there) / len(there) if there else k * len(place) / len(items)
        grouped: dict[int, list[float]] = {}
        for item in items:
            if item in self.member:
                grouped.setdefault(self.member[item], []).append(wish[item])
        middle = {group: sum(found) / len(found) for group, found in grouped.items()}

        def key(item: Item) -> tuple[float, float]:
            return middle.get(self.member.get(item, -1), wish[item]), wish[item]

        return sorted(items, key=key)

    def _crossings(self) -> int:
        """How many pairs of edges cross."""
        place = {item: k for items in self.rows.items.values() for k, item in enumerate(items)}
        between: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for low, high in self.links:
            key = self.row[low], self.row[high]
            between.setdefault(key, []).append((place[low], place[high]))
        count = 0
        for ends in between.values():
            seen: list[int] = []
            for _, end in sorted(ends):
                count += len(seen) - bisect_right(seen, end)
                insort(seen, end)
        return count
