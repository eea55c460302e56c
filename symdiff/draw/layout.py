"""Where everything stands: a layered layout, with the forward graph left and derivatives right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from symdiff.draw.diagram import Diagram, Kind, Vertex
from symdiff.draw.frames import outlines
from symdiff.draw.levels import levels
from symdiff.draw.measure import LINE, NAME, SMALL, text_width
from symdiff.draw.order import arrange
from symdiff.draw.rows import Bend, Item, Rows, rows, straighten
from symdiff.draw.spread import spread

_GAP = 26.0
"""Between neighbours in a row."""
_DIVIDE = 44.0
"""Between the forward graph and the derivatives."""
_CHANNEL = 34.0
"""Between rows."""
_PORT = 13.0
"""Between the ends of arrows at one vertex."""
BACK = 9.0
"""Between an arrow and the one that goes back beside it."""


class Point(NamedTuple):
    """A place in the picture; y grows downwards."""

    x: float
    y: float


class Shape(NamedTuple):
    """A vertex in its place: the middle, the size of its shape, and where its label is."""

    x: float
    y: float
    width: float
    height: float
    label: Point | None
    anchor: str


class Curve(NamedTuple):
    """An arrow: where it starts, and Bézier curves or lines, each given by one or three points."""

    start: Point
    pieces: tuple[tuple[Point, ...], ...]
    label: Point | None = None
    order: Point | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A diagram with everything in its place.

    shapes  by vertex
    curves  for each edge
    frames  for each group, the corners of one or more outlines
    """

    shapes: Mapping[str, Shape]
    curves: tuple[Curve, ...]
    frames: tuple[tuple[tuple[Point, ...], ...], ...]
    width: float
    height: float


def size_of(vertex: Vertex) -> tuple[float, float]:
    """The width and height of a vertex's shape."""
    small = [vertex.value or "", *(note.pretty for note, _ in vertex.notes)]
    name = SMALL if vertex.kind is Kind.CONSTANT else NAME
    lines = sum(bool(line) for line in small)
    width = max(text_width(vertex.name.pretty, name), *(text_width(t, SMALL) for t in small))
    height = name * LINE + lines * SMALL * LINE
    if vertex.kind is Kind.CONSTANT:
        return width + 10, height + 4
    return max(width + 18, 32.0), height + 13


def lay_out(diagram: Diagram, direction: str) -> Layout:
    """Find places for everything; `direction` is where the results are, "up" or "right"."""
    level = levels(diagram)
    grid = rows(diagram, level)
    arrange(grid, [group.members for group in diagram.groups])
    straighten(grid)
    return _Placing(diagram, grid, direction == "up").layout()


class _Placing:
    """Turns an order into places. Across is along a row, along is from row to row."""

    def __init__(self, diagram: Diagram, grid: Rows, up: bool) -> None:
        self.diagram, self.grid, self.up = diagram, grid, up
        self.vertices = {v.id: v for v in diagram.vertices}
        self.sizes = {v.id: size_of(v) for v in diagram.vertices}
        self.row = grid.row_of()
        self.widths = {item: self._width(item) for item in self.row}
        self.across = spread(grid, self.widths, _GAP, _DIVIDE)
        self.deep = {r: max((self._depth(i) for i in items), default=0.0)
                     for r, items in grid.items.items()}  # fmt: skip
        self.along = self._along()
        self.ports = self._ports()

    def layout(self) -> Layout:
        """Everything in its place, moved so that the picture begins at its margin."""
        curves = [self._curve(number) for number in range(len(self.grid.paths))]
        shapes = {v: self._shape(v) for v in self.vertices}
        frames = outlines(self)
        return _moved(self.diagram, shapes, curves, frames)

    # Sizes ------------------------------------------------------------------------------------

    def _label(self, v: Vertex) -> float:
        return text_width(v.operation.pretty, SMALL) + 5 if v.operation is not None else 0.0

    def _width(self, item: Item) -> tuple[float, float]:
        """How far an item reaches to both sides across its row."""
        if isinstance(item, Bend):
            return self._label_room(item)
        v = self.vertices[item]
        half = self.sizes[item][0 if self.up else 1] / 2
        beside = self._label(v) if self.up else (SMALL * LINE if v.operation else 0.0)
        return (half, half + beside) if v.appended else (half + beside, half)

    def _label_room(self, bend: Bend) -> tuple[float, float]:
        label = self.diagram.edges[bend.edge].label
        if label is None:
            return 3.0, 3.0
        if bend.row != self.labelled_row(bend.edge):
            return 4.0, BACK + 4
        room = text_width(label.pretty, SMALL) if self.up else SMALL * LINE
        return 4.0, BACK + room + 6

    def labelled_row(self, edge: int) -> int:
        """The row in which the label of an edge is."""
        path = self.grid.paths[edge]
        return next(item.row for item in path if isinstance(item, Bend) and item.row % 2)

    def _depth(self, item: Item) -> float:
        """How much room an item takes from row to row."""
        if isinstance(item, Bend):
            label = self.diagram.edges[item.edge].label
            if label is None or item.row != self.labelled_row(item.edge):
                return 0.0
            return SMALL * LINE if self.up else text_width(label.pretty, SMALL)
        width, height = self.sizes[item]
        return height if self.up else max(width, self._label(self.vertices[item]))

    def _along(self) -> dict[int, float]:
        """The middle of every row, from the bottom."""
        order = sorted(self.grid.items)
        found: dict[int, float] = {}
        for before, here in zip([None, *order], order, strict=False):
            if before is None:
                found[here] = self.deep[here] / 2
                continue
            found[here] = (
                found[before]
                + (self.deep[before] + self.deep[here]) / 2
                + self._channel(before, here)
            )
        return found

    def _channel(self, before: int, here: int) -> float:
        """The room between two rows: more where edges go far to the side."""
        far = [
            abs(self.across[a] - self.across[b])
            for a, b in self.grid.links()
            if {self.row[a], self.row[b]} == {before, here}
        ]
        usual = _CHANNEL if before % 2 == here % 2 == 0 else _CHANNEL * 0.6
        return min(max(usual, 0.22 * max(far, default=0.0)), 3 * usual)

    # Edges ------------------------------------------------------------------------------------

    def _ports(self) -> dict[tuple[int, bool], float]:
        """For both ends of each edge, how far from the vertex's middle it touches."""
        at: dict[tuple[Item, int], list[tuple[float, int, int, bool]]] = {}
        for number, path in enumerate(self.grid.paths):
            place = self.diagram.edges[number].place
            for head, (vertex, other) in enumerate((path[:2], path[:-3:-1])):
                side = (self.row[other] > self.row[vertex]) - (self.row[other] < self.row[vertex])
                at.setdefault((vertex, side), []).append(
                    (self.across[other], place, number, bool(head))
                )
        ports: dict[tuple[int, bool], float] = {}
        for (vertex, side), ends in at.items():
            wide = self.sizes[str(vertex)][0 if self.up else 1]
            double = any(self.diagram.edges[number].label for _, _, number, _ in ends)
            step = min(_PORT * (1.6 if double else 1), 0.7 * wide / max(len(ends) - 1, 1))
            for k, (_, _, number, head) in enumerate(sorted(ends)):
                ports[number, head] = (k - (len(ends) - 1) / 2) * step if side else 0.0
        return ports

    def _curve(self, number: int) -> Curve:
        path = self.grid.paths[number]
        tail, head = path[0], path[-1]
        if len(path) == 2 and self.row[tail] == self.row[head]:
            return self._level_line(str(tail), str(head))
        points: list[tuple[float, float]] = [self._touch(number, False)]
        pieces: list[tuple[Point, ...]] = []
        for item, before in zip(path[1:], path, strict=False):
            up = self.row[item] > self.row[before]
            half = self.deep[self.row[item]] / 2 * (1 if up else -1)
            here = (self.across[item], self.along[self.row[item]])
            enter = (
                (here[0], here[1] - half) if isinstance(item, Bend) else self._touch(number, True)
            )
            pieces.append(self._bow(points[-1], enter))
            points.append(enter)
            if isinstance(item, Bend) and half and not self._is_turn(path):
                points.append((here[0], here[1] + half))
                pieces.append((self._point(*points[-1]),))
        return Curve(
            self._point(*points[0]), tuple(pieces), self._label_place(number), self._order(number)
        )

    def _is_turn(self, path: tuple[Item, ...]) -> bool:
        return len(path) == 3 and self.row[path[0]] == self.row[path[-1]]

    def _bow(self, a: tuple[float, float], b: tuple[float, float]) -> tuple[Point, ...]:
        """A curve that leaves and arrives along the rows' normal."""
        middle = (a[1] + b[1]) / 2
        return self._point(a[0], middle), self._point(b[0], middle), self._point(*b)

    def _touch(self, number: int, head: bool) -> tuple[float, float]:
        """Where an edge touches the shape of its tail or head."""
        path = self.grid.paths[number]
        vertex, other = (path[-1], path[-2]) if head else (path[0], path[1])
        port = self.ports[number, head]
        width, height = self.sizes[str(vertex)]
        wide, deep = (width, height) if self.up else (height, width)
        reach = _reach(self.vertices[str(vertex)], port, wide, deep)
        side = 1 if self.row[other] > self.row[vertex] else -1
        return self.across[vertex] + port, self.along[self.row[vertex]] + side * reach

    def _level_line(self, tail: str, head: str) -> Curve:
        k = 0 if self.up else 1
        start = self.across[tail] + self.sizes[tail][k] / 2
        end = self.across[head] - self.sizes[head][k] / 2
        along = self.along[self.row[tail]]
        return Curve(self._point(start, along), ((self._point(end, along),),))

    def _label_place(self, number: int) -> Point | None:
        if self.diagram.edges[number].label is None:
            return None
        row = self.labelled_row(number)
        bend = Bend(number, row)
        across, along = self.across[bend] + BACK + 5, self.along[row]
        return self._point(across, along) if self.up else self._point(across + SMALL / 2, along)

    def _order(self, number: int) -> Point | None:
        """Where the place of an argument is said, if the picture does not show it."""
        edge = self.diagram.edges[number]
        if not edge.ordered or edge.head not in self.unclear:
            return None
        across, along = self._touch(number, True)
        path = self.grid.paths[number]
        side = 1 if self.row[path[-2]] > self.row[path[-1]] else -1
        return self._point(across - 7, along + side * 9)

    @property
    def unclear(self) -> set[str]:
        """Vertices whose arguments do not arrive in order from left to right."""
        arriving: dict[str, list[tuple[int, float, int]]] = {}
        for number, edge in enumerate(self.diagram.edges):
            path = self.grid.paths[number]
            side = self.row[path[-2]] - self.row[path[-1]]
            at = (
                self.across[edge.head] + self.ports[number, True] if side else self.across[path[-2]]
            )
            arriving.setdefault(edge.head, []).append((edge.place, at, (side > 0) - (side < 0)))
        return {
            head
            for head, ends in arriving.items()
            if len({side for _, _, side in ends}) > 1
            or [at for _, at, _ in sorted(ends)] != sorted(at for _, at, _ in ends)
        }

    # Places -----------------------------------------------------------------------------------

    def _point(self, across: float, along: float) -> Point:
        return Point(across, -along) if self.up else Point(along, across)

    def _shape(self, name: str) -> Shape:
        v = self.vertices[name]
        x, y = self._point(self.across[name], self.along[self.row[name]])
        width, height = self.sizes[name]
        if v.operation is None:
            return Shape(x, y, width, height, None, "start")
        side = 1 if v.appended else -1
        if self.up:
            label = Point(x + side * (width / 2 + 5), y)
            return Shape(x, y, width, height, label, "start" if v.appended else "end")
        return Shape(x, y, width, height, Point(x, y + side * (height / 2 + 9)), "middle")


def _reach(vertex: Vertex, port: float, wide: float, deep: float) -> float:
    """How far from its middle the outline of a shape is, at a distance across."""
    radius = min(5.0 if is_square(vertex) else min(wide, deep) / 2, wide / 2)
    beyond = abs(port) - (wide / 2 - radius)
    if beyond <= 0:
        return deep / 2
    return deep / 2 - radius + float(max(radius**2 - beyond**2, 0.0) ** 0.5)


def is_square(vertex: Vertex) -> bool:
    """True for boxes with corners, which derivatives have; forward nodes are round."""
    return vertex.appended or vertex.kind is Kind.BOX


_MARGIN = 18.0


def _moved(
    diagram: Diagram,
    shapes: dict[str, Shape],
    curves: list[Curve],
    frames: list[list[list[Point]]],
) -> Layout:
    """Everything moved so that the picture begins at its margin."""
    xs: list[float] = []
    ys: list[float] = []
    for v in diagram.vertices:
        s = shapes[v.id]
        xs += [s.x - s.width / 2, s.x + s.width / 2]
        ys += [s.y - s.height / 2, s.y + s.height / 2]
        if s.label is not None and v.operation is not None:
            room = text_width(v.operation.pretty, SMALL)
            shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[s.anchor] * room
            xs += [s.label.x - shift, s.label.x - shift + room]
            ys += [s.label.y - 8, s.label.y + 8]
    for curve, edge in zip(curves, diagram.edges, strict=True):
        points = [curve.start, *(p for piece in curve.pieces for p in piece)]
        xs += [p.x for p in points]
        ys += [p.y for p in points]
        if curve.label is not None and edge.label is not None:
            xs.append(curve.label.x + text_width(edge.label.pretty, SMALL))
    for group in frames:
        xs += [p.x for outline in group for p in outline]
        ys += [p.y for outline in group for p in outline]
    dx, dy = _MARGIN - min(xs, default=0.0), _MARGIN - min(ys, default=0.0)

    def move(p: Point) -> Point:
        return Point(p.x + dx, p.y + dy)

    return Layout(
        {k: Shape(s.x + dx, s.y + dy, s.width, s.height,
                  None if s.label is None else move(s.label), s.anchor)
         for k, s in shapes.items()},
        tuple(Curve(move(c.start), tuple(tuple(map(move, p)) for p in c.pieces),
                    None if c.label is None else move(c.label),
                    None if c.order is None else move(c.order)) for c in curves),
        tuple(tuple(tuple(map(move, outline)) for outline in group) for group in frames),
        max(xs, default=0.0) + dx + _MARGIN,
        max(ys, default=0.0) + dy + _MARGIN,
    )  # fmt: skip
