"""Where the items of each row stand: near their neighbours, and not on each other.

Each row in turn is moved as close to its neighbours as the distances within it allow. That is a
regression with an order, which pooling of neighbours solves exactly (Ayer and others 1955).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.draw.rows import Bend, Item, Rows

_SWEEPS = 24
_STRAIGHT = {0: 1.0, 1: 2.0, 2: 8.0}
"""How much it counts that a link is straight, by how many of its ends are bends."""


def spread(
    rows: Rows, widths: Mapping[Item, tuple[float, float]], gap: float, divide: float
) -> dict[Item, float]:
    """The place of every item across the rows; `widths` is how far each reaches to both sides.

    All of the right half stands beyond all of the left one, and `divide` away from it.
    """
    near: dict[Item, list[tuple[Item, float]]] = {}
    for a, b in rows.links():
        weight = _STRAIGHT[isinstance(a, Bend) + isinstance(b, Bend)]
        near.setdefault(a, []).append((b, weight))
        near.setdefault(b, []).append((a, weight))
    where: dict[Item, float] = {}
    left = {r: [i for i in items if i not in rows.right] for r, items in rows.items.items()}
    right = {r: [i for i in items if i in rows.right] for r, items in rows.items.items()}
    _settle(left, near, widths, gap, where, None)
    edge = max((where[i] + widths[i][1] for items in left.values() for i in items), default=None)
    if any(right.values()):
        _settle(right, near, widths, gap, where, None if edge is None else edge + divide)
    return where


def _settle(
    rows: Mapping[int, Sequence[Item]],
    near: Mapping[Item, Sequence[tuple[Item, float]]],
    widths: Mapping[Item, tuple[float, float]],
    gap: float,
    where: dict[Item, float],
    least: float | None,
) -> None:
    own = {item for items in rows.values() for item in items}
    offsets = {row: _offsets(items, widths, gap) for row, items in rows.items()}
    for row, items in rows.items():
        for item, offset in zip(items, offsets[row], strict=True):
            where[item] = offset + (least or 0.0)
    if least is None:
        widest = max((o[-1] for o in offsets.values() if o), default=0.0)
        for row, items in rows.items():
            for item in items:
                where[item] += (widest - offsets[row][-1]) / 2
    order = [row for row in sorted(rows) if rows[row]]
    for sweep in range(_SWEEPS):
        for row in order if sweep % 2 == 0 else order[::-1]:
            items = rows[row]
            wishes = [_wish(item, near, where, own) for item in items]
            lows = None if least is None else least + widths[items[0]][0]
            for item, place in zip(items, _fitted(wishes, offsets[row], lows), strict=True):
                where[item] = place


def _offsets(
    items: Sequence[Item], widths: Mapping[Item, tuple[float, float]], gap: float
) -> list[float]:
    """Where the items of a row stand if they stand as close as they may."""
    found: list[float] = []
    for k, item in enumerate(items):
        if not k:
            found.append(0.0)
            continue
        before = items[k - 1]
        thin = isinstance(item, Bend) and isinstance(before, Bend)
        found.append(found[-1] + widths[before][1] + widths[item][0] + (gap / 2 if thin else gap))
    return found


def _wish(
    item: Item,
    near: Mapping[Item, Sequence[tuple[Item, float]]],
    where: Mapping[Item, float],
    own: set[Item],
) -> tuple[float, float]:
    """Where an item would stand if it were alone, and how much that counts."""
    found = [(where[n], w if n in own else w / 8) for n, w in near.get(item, ()) if n in where]
    total = sum(w for _, w in found)
    if not total:
        return where[item], 0.1
    return sum(p * w for p, w in found) / total, total


def _fitted(
    wishes: Sequence[tuple[float, float]], offsets: Sequence[float], least: float | None
) -> list[float]:
    """The places nearest to the wishes that keep the distances."""
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
