"""From a graph and its derivative to a diagram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from symdiff.draw.captions import IN_TITLE, Captions
from symdiff.draw.diagram import Diagram, Edge, Group, Kind, Role, Vertex
from symdiff.draw.hints import anchors, beside
from symdiff.draw.labels import latex_text
from symdiff.draw.selection import Selection, select
from symdiff.draw.tape import Tape
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.ops.leaves import VARIABLE
from symdiff.show.document import Math
from symdiff.show.naming import Names
from symdiff.show.text import pretty
from symdiff.show.wording import Wording

_MOST_NOTES = 3


@dataclass(frozen=True, slots=True)
class Style:
    """What a diagram shows of its graph.

    values  the values of nodes, abridged; of none without a point
    flow    True for the forward graph alone, with what is sent back along its edges
    """

    names: Names
    values: Callable[[Sequence[Node]], Mapping[Node, str]]
    groups: Mapping[str, frozenset[Node]]
    wording: Wording
    flow: bool = False


def diagram_of(tape: Tape, style: Style) -> tuple[Diagram, Mapping[Node, str]]:
    """The diagram of a graph, and what each node is called in it."""
    chosen = select(tape, style.flow, style.groups)
    return _Builder(tape, style, chosen).build(), chosen.ids


class _Builder:
    def __init__(self, tape: Tape, style: Style, chosen: Selection) -> None:
        self.tape, self.style, self.chosen, self.ids = tape, style, chosen, chosen.ids
        self.forward = set(tape.forward)
        self.captions = Captions(tape, style.names, chosen.written)
        self.results = {*tape.targets, *(tape.cotangents.get(x) for x in tape.wrt)}
        self.values = self._values()

    def build(self) -> Diagram:
        vertices = {self.ids[node]: self._vertex(node) for node in self.chosen.alone()}
        boxed: dict[str, list[Node]] = {}
        for node in self.chosen.box:
            boxed.setdefault(self.ids[node], []).append(node)
        vertices.update((name, self._box(name, nodes)) for name, nodes in boxed.items())
        edges = self._edges()
        return Diagram(
            tuple(vertices.values()),
            tuple(edges),
            self._groups(),
            anchors(self.tape, self.ids, vertices),
            beside(self.tape, edges, vertices),
            len(self.tape.steps),
            self._title(),
            self.style.wording.language,
        )

    def _values(self) -> Mapping[Node, str]:
        """The values of what is drawn, and in a flow of the gradients under it."""
        nodes = self.chosen.alone()
        if self.style.flow:
            cotangents = map(self.tape.cotangents.get, nodes)
            nodes += [cotangent for cotangent in cotangents if cotangent is not None]
        return self.style.values(list(dict.fromkeys(nodes)))

    # Vertices ---------------------------------------------------------------------------------

    def _vertex(self, node: Node) -> Vertex:
        name, operation = self.captions.vertex(node)
        is_number = not node.args and node.op is not VARIABLE
        return Vertex(
            self.ids[node],
            (node,),
            self._kind(node),
            name,
            appended=node not in self.forward,
            operation=operation,
            title=f"{pretty(node, width=IN_TITLE)}   {shape_text(node.shape)}",
            step=self.tape.since.get(node),
            value=None if is_number else self.values.get(node),
            notes=self._gradient_notes(node) if self.style.flow else self._notes(node),
            written=tuple(self.ids[arg] for arg in node.args if arg in self.chosen.written),
        )

    def _kind(self, node: Node) -> Kind:
        if node.op is VARIABLE:
            return Kind.VARIABLE
        if not node.args:
            return Kind.INNER if node in self.tape.belongs else Kind.CONSTANT
        return Kind.OUTPUT if node in self.results else Kind.INNER

    def _gradient_notes(self, node: Node) -> tuple[tuple[Math, int | None], ...]:
        """The value of the gradient under a forward node."""
        cotangent = self.tape.cotangents.get(node)
        value = None if cotangent is None else self.values.get(cotangent)
        if value is None:
            return ()
        equation = self.captions.gradient(node) + Math(f" = {value}", f" = {latex_text(value)}")
        return ((equation, self.tape.complete.get(node)),)

    def _notes(self, node: Node) -> tuple[tuple[Math, int | None], ...]:
        """Which other cotangents a node is."""
        others = self.tape.belongs.get(node, [])[node not in self.forward :]
        notes: list[tuple[Math, int | None]] = [
            (Math("= ", "= ") + self.captions.gradient(x), self.tape.complete.get(x))
            for x in others[:_MOST_NOTES]
        ]
        if len(others) > _MOST_NOTES:
            notes.append((Math("= …", "= \\dots"), None))
        return tuple(notes)

    def _box(self, name: str, nodes: Sequence[Node]) -> Vertex:
        """Many nodes in one box."""
        label = self._box_label(nodes)
        since = [self.tape.since[n] for n in nodes if n in self.tape.since]
        return Vertex(
            name,
            tuple(nodes),
            Kind.BOX,
            Math(label, latex_text(label)),
            appended=all(n not in self.forward for n in nodes),
            title=label,
            step=min(since, default=None),
        )

    def _box_label(self, nodes: Sequence[Node]) -> str:
        """How many nodes there are, and of which group, if all are of one or appended for it."""
        say, count = self.style.wording.text, f"{len(nodes):,}"
        since, steps = self.tape.since, self.tape.steps
        owners = {steps[since[n]].consumer if n in since else n for n in nodes}
        for group, members in self.style.groups.items():
            if owners <= members:
                key = "picture.group" if owners <= {*nodes} else "picture.group_backward"
                return say(key, label=group, count=count)
        return say("picture.box", count=count)

    # Edges ------------------------------------------------------------------------------------

    def _edges(self) -> list[Edge]:
        """An edge for every argument; with a box, one edge for all between the same two."""
        found: dict[tuple[str, str, int], Edge] = {}
        labels = self._sent() if self.style.flow else {}
        box, written = self.chosen.box, self.chosen.written
        for node in (*self.chosen.forward, *self.chosen.appended):
            for place, arg in enumerate(node.args):
                tail, head = self.ids[arg], self.ids[node]
                if arg in written or tail == head:
                    continue
                alone = arg not in box and node not in box
                key = (tail, head, place if alone else -1)
                if key in found:
                    found[key] = replace(found[key], count=found[key].count + 1)
                else:
                    step = self.tape.since.get(node)
                    edge = Edge(tail, head, self._role(arg, node), place, step=step)
                    found[key] = self._described(edge, node, labels) if alone else edge
        return list(found.values())

    def _described(
        self, edge: Edge, node: Node, labels: Mapping[tuple[Node, int], tuple[Math, str, int]]
    ) -> Edge:
        """An edge between single nodes, with what is sent back along it."""
        edge = replace(edge, ordered=self.captions.is_ordered(node))
        if (node, edge.place) not in labels:
            return edge
        label, title, step = labels[node, edge.place]
        return replace(edge, label=label, title=title, step=step)

    def _role(self, arg: Node, node: Node) -> Role:
        if node in self.forward:
            return Role.ARGUMENT
        return Role.LOCAL if arg in self.forward else Role.CHAIN

    def _sent(self) -> dict[tuple[Node, int], tuple[Math, str, int]]:
        """What each step sends back along its edge: a label, a title, which step it is."""
        found: dict[tuple[Node, int], tuple[Math, str, int]] = {}
        box = self.chosen.box
        for place, step in enumerate(self.tape.steps):
            if step.sent is not None and step.consumer not in box and step.receiver not in box:
                found[step.consumer, step.place] = (*self.captions.sent(step, step.sent), place)
        return found

    # Words ------------------------------------------------------------------------------------

    def _groups(self) -> tuple[Group, ...]:
        """The user's groups, as far as their nodes are drawn on their own."""
        alone = {node for node in self.chosen.alone() if node in self.forward}
        found = {
            label: frozenset(self.ids[n] for n in members & alone)
            for label, members in self.style.groups.items()
        }
        return tuple(Group(label, inside) for label, inside in found.items() if inside)

    def _title(self) -> str:
        say = self.style.wording.text
        target = ", ".join(pretty(t, width=60) for t in self.tape.targets)
        if not self.tape.wrt:
            return say("picture.of", target=target)
        wrt = ", ".join(pretty(x, width=20) for x in self.tape.wrt)
        return say("picture.with", target=target, wrt=wrt)
