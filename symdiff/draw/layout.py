"""Where everything stands: a layered layout, with the forward graph left and derivatives right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdiff.draw.diagram import Diagram
from symdiff.draw.frames import outlines
from symdiff.draw.geometry import Curve, Layout, Outline, Point, Shape
from symdiff.draw.levels import levels
from symdiff.draw.measure import SMALL, text_width
from symdiff.draw.order import arrange
from symdiff.draw.placing import Placing
from symdiff.draw.rows import rows, straighten

_MARGIN = 18.0


def lay_out(diagram: Diagram, direction: str) -> Layout:
    """Find places for everything; `direction` is where the results are, "up" or "right"."""
    grid = rows(diagram, levels(diagram))
    arrange(grid, [group.members for group in diagram.groups])
    straighten(grid)
    placing = Placing(diagram, grid, up=direction == "up")
    shapes = {v.id: placing.shape(v) for v in diagram.vertices}
    curves = [placing.curve(number) for number in range(len(diagram.edges))]
    return _moved(diagram, shapes, curves, outlines(placing))


def _moved(
    diagram: Diagram,
    shapes: dict[str, Shape],
    curves: Sequence[Curve],
    frames: Sequence[Sequence[Outline]],
) -> Layout:
    """Everything moved so that the picture begins at its margin."""
    points = [*_corners(diagram, shapes, curves)]
    points += [p for group in frames for outline in group for p in outline]
    left, top = min(p.x for p in points), min(p.y for p in points)

    def move(p: Point) -> Point:
        return Point(p.x + _MARGIN - left, p.y + _MARGIN - top)

    def move_shape(s: Shape) -> Shape:
        middle = move(Point(s.x, s.y))
        label = None if s.label is None else move(s.label)
        return Shape(*middle, s.width, s.height, label, s.anchor)

    corner = move(Point(max(p.x for p in points), max(p.y for p in points)))
    return Layout(
        {name: move_shape(shape) for name, shape in shapes.items()},
        tuple(curve.moved(move) for curve in curves),
        tuple(tuple(tuple(map(move, outline)) for outline in group) for group in frames),
        corner.x + _MARGIN,
        corner.y + _MARGIN,
    )


_BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of a text is before the point at which it is aligned."""


def _corners(
    diagram: Diagram, shapes: dict[str, Shape], curves: Sequence[Curve]
) -> Iterator[Point]:
    """Points that the picture must hold."""
    for v in diagram.vertices:
        s = shapes[v.id]
        yield Point(s.x - s.width / 2, s.y - s.height / 2)
        yield Point(s.x + s.width / 2, s.y + s.height / 2)
        if s.label is not None and v.operation is not None:
            room = text_width(v.operation.pretty, SMALL)
            start = s.label.x - _BEFORE[s.anchor] * room
            yield Point(start, s.label.y - SMALL)
            yield Point(start + room, s.label.y + SMALL)
    for edge, curve in zip(diagram.edges, curves, strict=True):
        yield from curve.points()
        if curve.back is not None:
            yield from curve.back.points()
        if curve.label is not None and edge.label is not None:
            room = text_width(edge.label.pretty, SMALL)
            yield Point(curve.label.x, curve.label.y + SMALL)
            yield Point(curve.label.x + room, curve.label.y - SMALL)
