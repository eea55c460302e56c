"""What a picture shows, before anything has a place: vertices, edges, groups.

Every writer (SVG, DOT, Mermaid, TikZ) starts from the same diagram, so all of them show the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from symdiff.node import Node
from symdiff.show.document import Math


class Kind(Enum):
    """What a vertex is, which decides its shape."""

    VARIABLE = "variable"
    CONSTANT = "constant"
    INNER = "inner"
    OUTPUT = "output"
    BOX = "box"


class Role(Enum):
    """What an edge says, which decides its line."""

    ARGUMENT = "argument"
    """From an argument to what is computed of it, both forward."""
    LOCAL = "local"
    """From a forward node to a derivative node that uses its value."""
    CHAIN = "chain"
    """From one derivative node to the next."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of the graph, or many in one box.

    id         what it is called in all formats
    nodes      the nodes that it stands for
    appended   True for what differentiation appended
    name       what stands in it
    operation  what stands beside it: how it is computed from its arguments
    title      the whole expression with its shape, for who points at it
    step       the place in the pass of the step that appends it, if one does
    value      its value, abridged
    notes      what stands under it, such as its gradient, each with the step from which it is known
    written    the ids of the constants that `operation` mentions
    """

    id: str
    nodes: tuple[Node, ...]
    kind: Kind
    name: Math
    appended: bool = False
    operation: Math | None = None
    title: str = ""
    step: int | None = None
    value: str | None = None
    notes: tuple[tuple[Math, int | None], ...] = ()
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two vertices, given by id.

    place    which argument of the head the tail is
    ordered  True where the head's arguments may not change places
    step     the step of the pass that makes the edge or, with a label, sends back along it
    label    what is sent back along it
    title    what is sent back, for who points at it
    count    how many edges of the graph it stands for
    """

    tail: str
    head: str
    role: Role
    place: int = 0
    ordered: bool = False
    step: int | None = None
    label: Math | None = None
    title: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Vertices in a labelled frame."""

    label: str
    members: frozenset[str]
    appended: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """All that a picture shows.

    anchors  for derivative vertices that are a cotangent, the vertex to which it belongs
    beside   for derivative vertices that stand right before their consumer, that consumer
    steps    how many steps the pass has
    title    what the whole shows, in words
    """

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...] = ()
    anchors: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    title: str = ""
    language: str = "en"
