"""What has a place in a picture: points, shapes, curves, and the whole layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Point(NamedTuple):
    """A place in the picture; y grows downwards."""

    x: float
    y: float


class Shape(NamedTuple):
    """A vertex in its place: its middle and size, and where its label is and how it is aligned."""

    x: float
    y: float
    width: float
    height: float
    label: Point | None
    anchor: str


class Curve(NamedTuple):
    """An arrow: where it starts, and Bézier curves (three points) or lines (one).

    label  where what is sent back is written
    order  where the place of the argument is written
    back   the arrow beside it on which a cotangent is sent back
    """

    start: Point
    pieces: tuple[tuple[Point, ...], ...]
    label: Point | None = None
    order: Point | None = None
    back: Curve | None = None

    def points(self) -> Iterator[Point]:
        """All points, those included that the curve only tends to."""
        yield self.start
        for piece in self.pieces:
            yield from piece

    def moved(self, move: Callable[[Point], Point]) -> Curve:
        """The curve elsewhere."""
        return Curve(
            move(self.start),
            tuple(tuple(map(move, piece)) for piece in self.pieces),
            None if self.label is None else move(self.label),
            None if self.order is None else move(self.order),
            None if self.back is None else self.back.moved(move),
        )


Outline = tuple[Point, ...]
"""The corners of a frame."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A diagram with everything in its place.

    shapes  by vertex
    curves  for each edge
    frames  for each group, its outlines: one for each run of rows with members
    """

    shapes: Mapping[str, Shape]
    curves: tuple[Curve, ...]
    frames: tuple[tuple[Outline, ...], ...]
    width: float
    height: float
