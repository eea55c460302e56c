"""From an order within rows to places: sizes, the distance of rows, and the way of each edge.

Across is along a row, along is from row to row; the direction of the picture says which is which.
"""

from __future__ import annotations

from itertools import pairwise

from symdiff.draw.diagram import Diagram, Kind, Vertex
from symdiff.draw.frames import push_aside
from symdiff.draw.geometry import Curve, Point, Shape
from symdiff.draw.measure import LINE, NAME, SMALL, text_width
from symdiff.draw.ports import out_of_order, ports
from symdiff.draw.rows import Bend, Item, Rows
from symdiff.draw.spread import Link, spread

BACK = 9.0
"""Between an arrow and the one that goes back beside it."""

_CHANNEL, _HALF_CHANNEL = 34.0, 24.0
"""Between rows of vertices, and between such a row and one of bends alone."""
_SLOPE = 0.2
_TITLE = 14.0
_ARCHES = 5.0
"""Between edges over the same row."""
_BESIDE = 5.0
"""Between a shape and the label beside it."""


def size_of(vertex: Vertex) -> tuple[float, float]:
    """The width and height of a vertex's shape."""
    name = SMALL if vertex.kind is Kind.CONSTANT else NAME
    small = [*([vertex.value] if vertex.value else []), *(n.pretty for n, _ in vertex.notes)]
    width = max([text_width(vertex.name.pretty, name), *(text_width(t, SMALL) for t in small)])
    height = (name + len(small) * SMALL) * LINE
    if vertex.kind is Kind.CONSTANT:
        return width + 10, height + 4
    return max(width + 18, height + 13, 32.0) if not small else width + 22, height + 13


def is_square(vertex: Vertex) -> bool:
    """True for boxes with corners, which derivatives have; forward nodes are round."""
    return vertex.appended or vertex.kind is Kind.BOX


class Placing:
    """The places of everything, from the order of items within rows."""

    def __init__(self, diagram: Diagram, grid: Rows, up: bool) -> None:
        self.diagram, self.grid, self.up = diagram, grid, up
        self.vertices = {v.id: v for v in diagram.vertices}
        self.sizes = {v.id: size_of(v) for v in diagram.vertices}
        self.row = grid.row_of()
        self.widths = {item: self._width(item) for item in self.row}
        self.deep = {row: max((self._depth(item) for item in items), default=0.0)
                     for row, items in grid.items.items()}  # fmt: skip
        self.ports = ports(diagram, grid, {v: size[not up] for v, size in self.sizes.items()})
        self.unclear = out_of_order(diagram, grid)
        links = self._links()
        self.across = spread(grid, links, self.widths)
        push_aside(self)
        self.along = self._along(links)

    def point(self, across: float, along: float) -> Point:
        """A place in the picture."""
        return Point(across, -along) if self.up else Point(along, across)

    # Sizes ------------------------------------------------------------------------------------

    def _width(self, item: Item) -> tuple[float, float]:
        """How far an item reaches to both sides across its row."""
        if isinstance(item, Bend):
            return self._bend_width(item)
        v = self.vertices[item]
        half = self.sizes[item][not self.up] / 2
        room = 0.0
        if v.operation is not None:
            words = text_width(v.operation.pretty, SMALL) + _BESIDE
            room = words if self.up else SMALL * LINE
        return (half, half + room) if v.appended else (half + room, half)

    def _bend_width(self, bend: Bend) -> tuple[float, float]:
        label = self.diagram.edges[bend.edge].label
        if label is None:
            return 3.0, 3.0
        if bend.row != self._labelled_row(bend.edge):
            return 3.0 + BACK / 2, 3.0 + BACK / 2
        room = text_width(label.pretty, SMALL) if self.up else SMALL * LINE
        return 3.0 + BACK / 2, BACK / 2 + room + 8

    def _depth(self, item: Item) -> float:
        """How much room an item takes from row to row."""
        if not isinstance(item, Bend):
            v, (width, height) = self.vertices[item], self.sizes[item]
            beside = text_width(v.operation.pretty, SMALL) if v.operation is not None else 0.0
            return height if self.up else max(width, beside)
        label = self.diagram.edges[item.edge].label
        if label is None or item.row != self._labelled_row(item.edge):
            return 0.0
        return SMALL * LINE if self.up else text_width(label.pretty, SMALL)

    def _labelled_row(self, number: int) -> int:
        """The row in which the label of an edge is: the first one on its way."""
        first = self.grid.paths[number][1]
        assert isinstance(first, Bend)
        return first.row

    # Places -----------------------------------------------------------------------------------

    def _links(self) -> list[Link]:
        """The pieces of edges from row to row, with where they touch vertices."""
        found: list[Link] = []
        for number, path in enumerate(self.grid.paths):
            if self.row[path[0]] == self.row[path[-1]]:
                continue
            for k, (a, b) in enumerate(pairwise(path)):
                at_a = self.ports[number, False] if k == 0 else 0.0
                at_b = self.ports[number, True] if k == len(path) - 2 else 0.0
                found.append(Link(a, b, at_a, at_b))
        return found

    def _along(self, links: list[Link]) -> dict[int, float]:
        """The middle of every row, from the first; rows lie apart where edges go far across."""
        far: dict[tuple[int, int], float] = {}
        for a, b, at_a, at_b in links:
            key = min(self.row[a], self.row[b]), max(self.row[a], self.row[b])
            width = abs(self.across[a] + at_a - self.across[b] - at_b)
            far[key] = max(far.get(key, 0.0), width)
        found: dict[int, float] = {}
        before: int | None = None
        titled = self._title_room()
        for row in sorted(self.grid.items):
            if before is None:
                found[row] = 0.0
            else:
                usual = _CHANNEL if before % 2 == row % 2 else _HALF_CHANNEL
                channel = min(max(usual, _SLOPE * far.get((before, row), 0.0)), 3 * usual)
                channel += _TITLE * (before in titled)
                found[row] = found[before] + (self.deep[before] + self.deep[row]) / 2 + channel
            before = row
        return found

    def _title_room(self) -> set[int]:
        """The rows over which the title of a frame stands."""
        rows = (max(self.row[m] for m in group.members) for group in self.diagram.groups)
        return set(rows)

    def shape(self, v: Vertex) -> Shape:
        """A vertex in its place, with its label outside: left of forward nodes, right of others."""
        x, y = self.point(self.across[v.id], self.along[self.row[v.id]])
        width, height = self.sizes[v.id]
        if v.operation is None:
            return Shape(x, y, width, height, None, "middle")
        side = 1 if v.appended else -1
        if self.up:
            label = Point(x + side * (width / 2 + _BESIDE), y)
            return Shape(x, y, width, height, label, "start" if v.appended else "end")
        return Shape(x, y, width, height, Point(x, y + side * (height / 2 + 9)), "middle")

    # Edges ------------------------------------------------------------------------------------

    def curve(self, number: int) -> Curve:
        """The way of an edge, and the way back if something is sent back along it."""
        path = self.grid.paths[number]
        if self.row[path[0]] == self.row[path[-1]]:
            return self._level_line(number) if len(path) == 2 else self._arch(number)
        label, order = self._label(number), self._order(number)
        if self.diagram.edges[number].label is None:
            return Curve(*self._drawn(self._way(number, 0.0)), order=order)
        way, back = self._way(number, -BACK / 2), self._way(number, BACK / 2)
        return Curve(*self._drawn(way), label, order, Curve(*self._drawn(back[::-1])))

    def _way(self, number: int, aside: float) -> list[tuple[float, float]]:
        """Where an edge touches its tail, enters and leaves the rows between, touches its head."""
        path = self.grid.paths[number]
        side = 1 if self.row[path[-1]] > self.row[path[0]] else -1
        way = [self._touch(number, False, aside)]
        for item in path[1:-1]:
            half = self.deep[self.row[item]] / 2 * side
            if half:  # rows of bends alone are free to cross
                across, along = self.across[item] + aside, self.along[self.row[item]]
                way += [(across, along - half), (across, along + half)]
        return [*way, self._touch(number, True, aside)]

    def _drawn(self, way: list[tuple[float, float]]) -> tuple[Point, tuple[tuple[Point, ...], ...]]:
        """Curves from row to row, which leave and arrive at a right angle, and lines across."""
        pieces: list[tuple[Point, ...]] = []
        for k, (a, b) in enumerate(pairwise(way)):
            middle = (a[1] + b[1]) / 2
            bow = (a[0], middle), (b[0], middle), b
            straight = k % 2 == 1
            pieces.append(tuple(self.point(*p) for p in ((b,) if straight else bow)))
        return self.point(*way[0]), tuple(pieces)

    def _level_line(self, number: int) -> Curve:
        """The line between two neighbours in a row."""
        edge = self.diagram.edges[number]
        sides = [self.sizes[v][not self.up] / 2 for v in (edge.tail, edge.head)]
        along = self.along[self.row[edge.tail]]
        start = self.point(self.across[edge.tail] + sides[0], along)
        end = self.point(self.across[edge.head] - sides[1], along)
        return Curve(start, ((end,),))

    def _arch(self, number: int) -> Curve:
        """The way between two vertices of one row, over what is between them."""
        start, end = self._touch(number, False), self._touch(number, True)
        row = self.row[self.grid.paths[number][1]]
        top = self.along[row] + _ARCHES * self._arches(row).index(number)
        reach = min(30.0, abs(end[0] - start[0]) / 2) * (1 if end[0] > start[0] else -1)
        turn = [(start[0], top), (start[0], top), (start[0] + reach, top)]
        back = [(end[0], top), (end[0], top), end]
        pieces = [turn, [(end[0] - reach, top)], back]
        made = tuple(tuple(self.point(*p) for p in piece) for piece in pieces)
        return Curve(self.point(*start), made, order=self._order(number))

    def _arches(self, row: int) -> list[int]:
        """The edges that have their top in a row."""
        paths = self.grid.paths
        return [
            item.edge for item in self.grid.items[row]
            if isinstance(item, Bend)
            and self.row[paths[item.edge][0]] == self.row[paths[item.edge][-1]]
        ]  # fmt: skip

    def _touch(self, number: int, is_head: bool, aside: float = 0.0) -> tuple[float, float]:
        """Where an edge touches the shape of its tail or head."""
        path = self.grid.paths[number]
        vertex, other = (path[-1], path[-2]) if is_head else (path[0], path[1])
        v = self.vertices[str(vertex)]
        width, height = self.sizes[v.id]
        port = self.ports[number, is_head] + aside
        reach = _reach(v, port, *((width, height) if self.up else (height, width)))
        side = 1 if self.row[other] > self.row[vertex] else -1
        return self.across[vertex] + port, self.along[self.row[vertex]] + side * reach

    def _label(self, number: int) -> Point | None:
        """Where what an edge sends back is written."""
        if self.diagram.edges[number].label is None:
            return None
        row = self._labelled_row(number)
        across = self.across[Bend(number, row)] + BACK / 2
        if self.up:
            return self.point(across + 5, self.along[row])
        return self.point(across + SMALL, self.along[row] - self.deep[row] / 2)

    def _order(self, number: int) -> Point | None:
        """Where the place of an argument is said, if the picture does not show it."""
        edge = self.diagram.edges[number]
        if not edge.ordered or edge.head not in self.unclear:
            return None
        across, along = self._touch(number, True)
        path = self.grid.paths[number]
        side = 1 if self.row[path[-2]] > self.row[path[-1]] else -1
        return self.point(across - 7, along + side * 9)


def _reach(vertex: Vertex, port: float, wide: float, deep: float) -> float:
    """How far from its middle the outline of a shape is, at a distance across."""
    radius = 5.0 if is_square(vertex) else min(wide, deep) / 2
    beyond = abs(port) - (wide / 2 - radius)
    if beyond <= 0:
        return deep / 2
    return deep / 2 - radius + float(max(radius**2 - beyond**2, 0.0) ** 0.5)
