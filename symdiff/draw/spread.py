"""Where the items of each row stand: near their neighbours, and not on each other.

Each row in turn is moved as close to its neighbours as the distances within it allow. That is a
regression with an order, which pooling of neighbours solves exactly (Ayer and others 1955).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from symdiff.draw.rows import Bend, Item, Rows

_STRAIGHT = {0: 1.0, 1: 2.0, 2: 8.0}
"""How much it counts that a link is straight, by how many of its ends are bends."""
_ACROSS = 0.1
"""How much less that counts for links from one half to the other."""
_NEARLY = 4.0
DIVIDE = 44.0
"""Between the forward graph and the derivatives."""
_GAP, _THIN_GAP = 26.0, 10.0
"""Between neighbours in a row, and between two edges."""


class Link(NamedTuple):
    """A piece of an edge from an item to one in the next row, and how far beside their middles."""

    a: Item
    b: Item
    at_a: float
    at_b: float


class _Pull(NamedTuple):
    """Where an item is drawn to: so far from another one, and how strongly."""

    other: Item
    shift: float
    weight: float


Widths = Mapping[Item, tuple[float, float]]
"""How far items reach to both sides."""


def spread(rows: Rows, links: Sequence[Link], widths: Widths) -> dict[Item, float]:
    """The place of every item across the rows.

    All of the right half stands beyond all of the left one.
    """
    pulls: dict[Item, list[_Pull]] = {item: [] for items in rows.items.values() for item in items}
    for a, b, at_a, at_b in links:
        weight = _STRAIGHT[isinstance(a, Bend) + isinstance(b, Bend)]
        weight *= 1.0 if (a in rows.right) == (b in rows.right) else _ACROSS
        pulls[a].append(_Pull(b, at_b - at_a, weight))
        pulls[b].append(_Pull(a, at_a - at_b, weight))
    where: dict[Item, float] = {}
    left = _Half(rows, pulls, widths, where, lambda item: item not in rows.right)
    left.settle(None)
    edge = max((where[i] + widths[i][1] for i in where), default=None)
    right = _Half(rows, pulls, widths, where, lambda item: item in rows.right)
    right.settle(None if edge is None else edge + DIVIDE)
    if edge is not None and right.row:
        starts = [where[i] - widths[i][0] for i in right.row if pulls[i] or isinstance(i, str)]
        for item in right.row:
            where[item] -= min(starts) - edge - DIVIDE
    return where


class _Half:
    """One half of the picture, whose rows are moved in turn."""

    def __init__(
        self,
        rows: Rows,
        pulls: Mapping[Item, Sequence[_Pull]],
        widths: Widths,
        where: dict[Item, float],
        inside: Callable[[Item], bool],
    ) -> None:
        halves = {row: [i for i in rows.items[row] if inside(i)] for row in sorted(rows.items)}
        self.rows = {row: items for row, items in halves.items() if items}
        self.row = {item: row for row, items in self.rows.items() for item in items}
        self.pulls, self.widths, self.where = pulls, widths, where
        self.offsets = {row: _offsets(items, widths) for row, items in self.rows.items()}
        self.partner = {
            block[0]: block[1] for block in rows.blocks.values() if block[0] in self.row
        }

    def settle(self, least: float | None) -> None:
        """Find places, none of them below `least`."""
        widest = max((offsets[-1] for offsets in self.offsets.values()), default=0.0)
        for row, items in self.rows.items():
            shift = (widest - self.offsets[row][-1]) / 2 if least is None else least
            for item, offset in zip(items, self.offsets[row], strict=True):
                self.where[item] = offset + shift
        order = list(self.rows)
        sweeps = max(8, min(40, 40_000 // (len(self.row) + 1)))
        for sweep in range(sweeps):
            one_sided = sweep < sweeps // 2
            for row in order if sweep % 2 else order[::-1]:
                look = 0 if not one_sided else -1 if sweep % 2 else 1
                self._move(row, least, look)

    def _move(self, row: int, least: float | None, look: int) -> None:
        """Move a row; look only at rows below it (-1) or above it (1), or at both (0)."""
        items = self.rows[row]
        wishes = [self._wish(item, row, look) for item in items]
        for k, item in enumerate(items[:-1]):
            if self.partner.get(item) == items[k + 1]:  # it stands close to what it belongs to
                gap = self.offsets[row][k + 1] - self.offsets[row][k]
                wishes[k] = (wishes[k + 1][0] - gap, 0.5)
        low = None if least is None else least + self.widths[items[0]][0]
        for item, place in zip(items, _fitted(wishes, self.offsets[row], low), strict=True):
            self.where[item] = place

    def _wish(self, item: Item, row: int, look: int) -> tuple[float, float]:
        """Where an item would stand if it were alone, and how much that counts."""
        total = sum_ = 0.0
        for other, shift, weight in self.pulls[item]:
            if other not in self.where:
                continue
            if look and (self.row.get(other, row) - row) * look <= 0:
                continue
            place = self.where[other] + shift
            if not look:  # nearly straight is worth making straight
                weight /= _NEARLY + abs(place - self.where[item])
            total += weight
            sum_ += weight * place
        return (sum_ / total, total) if total else (self.where[item], 0.1)


def _offsets(items: Sequence[Item], widths: Widths) -> list[float]:
    """Where the items of a row stand if they stand as close as they may."""
    found = [0.0]
    for before, item in pairwise(items):
        thin = isinstance(item, Bend) and isinstance(before, Bend)
        gap = _THIN_GAP if thin else _GAP
        found.append(found[-1] + widths[before][1] + widths[item][0] + gap)
    return found


def _fitted(
    wishes: Sequence[tuple[float, float]], offsets: Sequence[float], least: float | None
) -> list[float]:
    """The places nearest to the wishes that keep the distances.

    >>> _fitted([(5.0, 1.0), (5.0, 1.0), (20.0, 1.0)], [0.0, 4.0, 8.0], None)
    [3.0, 7.0, 20.0]
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for (wish, weight), offset in zip(wishes, offsets, strict=True):
        pools.append((wish - offset, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, v, j), (b, w, k) = pools[-2:]
            pools[-2:] = [((a * v + b * w) / (v + w), v + w, j + k)]
    flat = [mean for mean, _, count in pools for _ in range(count)]
    if least is not None:
        flat = [max(place, least) for place in flat]
    return [place + offset for place, offset in zip(flat, offsets, strict=True)]
