"""The outlines of groups: around their members row by row, so that nothing else is inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symdiff.draw.geometry import Outline
from symdiff.draw.rows import Item
from symdiff.draw.spread import DIVIDE

if TYPE_CHECKING:
    from symdiff.draw.placing import Placing

_PADDING = 10.0
_TITLE = 16.0


def push_aside(placing: Placing) -> None:
    """Move what stands in the way of rectangular frames to the side, and what is beyond it."""
    for group in placing.diagram.groups:
        spans = _spans(placing, group.members)
        for run in _runs(sorted(placing.grid.items), spans):
            low = min(spans[row][0] for row in run) - 2 * _PADDING
            high = max(spans[row][1] for row in run) + 2 * _PADDING
            for row in run:
                items = placing.grid.items[row]
                places = [k for k, item in enumerate(items) if item in group.members]
                if places:
                    _push(placing, items[: places[0]][::-1], low, -1)
                    _push(placing, items[places[-1] + 1 :], high, 1)
    _divide_again(placing)


def _push(placing: Placing, items: Sequence[Item], limit: float, side: int) -> None:
    """Move vertices, from a frame outwards, beyond its edge. Edges may cross a frame."""
    for item in items:
        if not isinstance(item, str) or item in placing.grid.right:
            continue
        inner, outer = placing.widths[item][::side]
        beyond = placing.across[item] - side * inner
        if (beyond - limit) * side < 0:
            placing.across[item] = limit + side * inner
        limit = placing.across[item] + side * (outer + _PADDING)


def _divide_again(placing: Placing) -> None:
    """Move the right half away from what was pushed into it."""
    right = placing.grid.right
    ends = [placing.across[v] + placing.widths[v][1] for v in placing.vertices if v not in right]
    starts = [placing.across[v] - placing.widths[v][0] for v in placing.vertices if v in right]
    short = max(ends, default=0.0) + DIVIDE - min(starts, default=0.0)
    if ends and starts and short > 0:
        for item in right & placing.row.keys():
            placing.across[item] += short


def outlines(placing: Placing) -> list[list[Outline]]:
    """For each group of a diagram the outlines of its parts, one for each run of rows."""
    return [_outline(placing, group.members) for group in placing.diagram.groups]


def _outline(placing: Placing, members: frozenset[str]) -> list[Outline]:
    spans = _spans(placing, members)
    found: list[Outline] = []
    for run in _runs(sorted(placing.grid.items), spans):
        low = min(spans[row][0] for row in run)
        high = max(spans[row][1] for row in run)
        if _is_clear(placing, members, run, low, high):
            spans.update(dict.fromkeys(run, (low, high)))
        found.append(_corners(placing, spans, run))
    return found


def _spans(placing: Placing, members: frozenset[str]) -> dict[int, tuple[float, float]]:
    """From where to where the members of each row reach, edges among them included."""
    inside: set[Item] = set(members)
    for path in placing.grid.paths:
        if path[0] in members and path[-1] in members:
            inside.update(path)
    spans: dict[int, tuple[float, float]] = {}
    for item in inside:
        row = placing.row[item]
        before, after = placing.widths[item]
        low, high = placing.across[item] - before, placing.across[item] + after
        old = spans.get(row, (low, high))
        spans[row] = (min(old[0], low), max(old[1], high))
    return spans


def _runs(order: list[int], spans: dict[int, tuple[float, float]]) -> list[list[int]]:
    """The rows with members, neighbouring rows together."""
    runs: list[list[int]] = []
    before = False
    for row in order:
        if row in spans:
            if not before:
                runs.append([])
            runs[-1].append(row)
        before = row in spans
    return runs


def _is_clear(
    placing: Placing, members: frozenset[str], run: list[int], low: float, high: float
) -> bool:
    """True if a rectangle around all rows of a run holds no other vertex."""
    for row in run:
        for item in placing.grid.items[row]:
            if not isinstance(item, str) or item in members:
                continue
            before, after = placing.widths[item]
            at = placing.across[item]
            if at - before < high + _PADDING and at + after > low - _PADDING:
                return False
    return True


def _corners(placing: Placing, spans: dict[int, tuple[float, float]], run: list[int]) -> Outline:
    """Up along the left ends of the rows, and down along the right ones."""
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for row in run:
        low, high = spans[row]
        middle, half = placing.along[row], placing.deep[row] / 2 + _PADDING
        top = _TITLE * 0.6 if row == run[-1] else 0.0
        for along in (middle - half, middle + half + top):
            left.append((low - _PADDING, along))
            right.append((high + _PADDING, along))
    return tuple(placing.point(*corner) for corner in left + right[::-1])
