"""From a graph and its derivative to a diagram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from symdiff.derive.backprop import Contribution
from symdiff.draw.collapse import ends, parts
from symdiff.draw.diagram import Diagram, Edge, Group, Kind, Role, Vertex
from symdiff.draw.labels import can_write, is_short, latex_text, operation, turns
from symdiff.draw.tape import Tape
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.ops.leaves import VARIABLE
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names, in_both
from symdiff.show.text import pretty
from symdiff.show.wording import Wording

_LONGEST_NAME, _LONGEST_LABEL, _LONGEST_TITLE = 16, 26, 80
"""How long expressions may be in a vertex, beside it or an edge, and where one points at it."""
_MOST_NOTES = 3
_MOST_RESULTS, _MOST_NEAR = 12, 40
"""How many results, and derivative nodes at each end, a graph that is too large shows."""
_NOTHING = (None, "", None)


@dataclass(frozen=True, slots=True)
class Style:
    """What a diagram shows of its graph.

    values  the values of nodes, abridged; of none without a point
    flow    True for the forward graph alone, with what is sent back along its edges
    most    with more nodes than this, parts of the graph become boxes
    """

    names: Names
    values: Callable[[Sequence[Node]], Mapping[Node, str]]
    groups: Mapping[str, frozenset[Node]]
    wording: Wording
    flow: bool = False
    most: int = 200


def diagram_of(tape: Tape, style: Style) -> tuple[Diagram, dict[Node, str]]:
    """The diagram of a graph, and what each node is called in it."""
    return _Builder(tape, style).build()


class _Builder:
    def __init__(self, tape: Tape, style: Style) -> None:
        self.tape, self.style, self.names = tape, style, style.names
        self.appended = () if style.flow else tape.appended
        self.forward = set(tape.forward)
        self.fixed = {*tape.targets, *tape.wrt}
        if not style.flow:
            self.fixed.update(tape.belongs)
        self.written = self._written()
        sides = tape.forward, self.appended
        drawn = [[n for n in side if n not in self.written] for side in sides]
        self.box = parts(drawn, self._keep(*drawn), style.most)
        self.ids = self._ids()
        self.known = self._named()
        self.values = self._values(drawn)

    def build(self) -> tuple[Diagram, dict[Node, str]]:
        tape = self.tape
        nodes = [n for n in (*tape.forward, *self.appended) if n not in self.written]
        vertices: dict[str, Vertex] = {}
        boxed: dict[str, list[Node]] = {}
        for node in nodes:
            if node in self.box:
                boxed.setdefault(self.ids[node], []).append(node)
            else:
                vertices[self.ids[node]] = self._vertex(node)
        vertices.update((name, self._box(name, inside)) for name, inside in boxed.items())
        edges = self._edges(nodes)
        groups = self._groups()
        diagram = Diagram(
            tuple(vertices.values()), tuple(edges), groups, self._anchors(vertices),
            self._beside(edges, vertices), len(tape.steps), self._title(),
            self.style.wording.language,
        )  # fmt: skip
        return diagram, self.ids

    # Which nodes are drawn --------------------------------------------------------------------

    def _written(self) -> set[Node]:
        """Numbers that are written into the operations that use them."""
        everything = (*self.tape.forward, *self.appended)
        found = {n for n in everything if is_short(n) and n not in self.fixed}
        for node in everything:
            for place, arg in enumerate(node.args):
                if arg in found and not can_write(node, place):
                    found.discard(arg)
        return found

    def _keep(self, forward: list[Node], appended: list[Node]) -> Callable[[Node], bool]:
        """Of a large graph both ends are drawn, what the pass appends for them, and results."""
        tape = self.tape
        wanted = tape.wrt[:_MOST_RESULTS]
        kept = ends(forward) | {*tape.targets[:_MOST_RESULTS], *wanted}

        def is_near(node: Node) -> bool:
            return not tape.steps or tape.steps[tape.since[node]].consumer in kept

        kept |= {*takewhile(is_near, appended[:_MOST_NEAR])}
        kept |= {*takewhile(is_near, appended[: -_MOST_NEAR - 1 : -1])}
        kept |= {tape.cotangents[x] for x in wanted if x in tape.cotangents}
        return kept.__contains__

    def _ids(self) -> dict[Node, str]:
        ids: dict[Node, str] = {}
        for letter, side in (("n", self.tape.forward), ("d", self.appended)):
            for place, node in enumerate(side, 1):
                box = self.box.get(node)
                ids[node] = f"{letter}{place}" if box is None else f"box{abs(box)}{'b' * (box < 0)}"
        return ids

    def _values(self, drawn: list[list[Node]]) -> Mapping[Node, str]:
        """The values of what is drawn; a number says its own."""
        nodes = [n for side in drawn for n in side if n not in self.box]
        if self.style.flow:
            nodes += [c for n in nodes if (c := self.tape.cotangents.get(n)) is not None]
        return self.style.values([n for n in dict.fromkeys(nodes)
                                  if self.style.flow or not is_short(n)])  # fmt: skip

    # Names ------------------------------------------------------------------------------------

    def _named(self) -> dict[Node, Name]:
        """Names for forward nodes and cotangents, with which other derivative nodes are written."""
        known = {n: self.names.of(n) for n in self.tape.forward if n.args}
        for cotangent, nodes in self.tape.belongs.items():
            if cotangent not in self.forward:
                known[cotangent] = self._cotangent(nodes[0])
        return known

    def _name(self, node: Node) -> tuple[Math, bool]:
        """What stands in a vertex, and whether its operation is to stand beside it."""
        if node in self.forward:
            return self._plain(node), bool(node.args)
        if node in self.tape.belongs:
            return self._cotangent_name(node), bool(node.args)
        if not node.args:
            return self._plain(node), False
        whole = _written_within(_LONGEST_NAME, node, self.known)
        return (whole if whole is not None else self._operation(node)), False

    def _plain(self, node: Node) -> Math:
        name = self.names.of(node) if node.args or node.op is VARIABLE else None
        if name is not None:
            return Math(name.pretty, name.latex)
        short = pretty(node, width=_LONGEST_NAME)
        return Math(*in_both(node)) if "…" not in short else Math(short, latex_text(short))

    def _cotangent_name(self, node: Node) -> Math:
        name = self._gradient(self.tape.belongs[node][0])
        if not node.args and is_short(node):
            name = name + " = " + self._plain(node)
        return name

    def _operation(self, node: Node) -> Math:
        """How a node is computed; with the names of matrices where some are transposed."""
        if turns(node):
            known = {other: name for other, name in self.known.items() if other is not node}
            whole = _written_within(_LONGEST_LABEL, node, known)
            if whole is not None:
                return whole
        return operation(node, self.written)

    # Vertices ---------------------------------------------------------------------------------

    def _vertex(self, node: Node) -> Vertex:
        name, beside = self._name(node)
        return Vertex(
            self.ids[node], (node,), self._kind(node), name,
            appended=node not in self.forward,
            operation=self._operation(node) if beside else None,
            title=f"{pretty(node, width=_LONGEST_TITLE)}   {shape_text(node.shape)}",
            step=self.tape.since.get(node),
            value=self.values.get(node),
            notes=self._notes(node),
            written=tuple(self.ids[arg] for arg in node.args if arg in self.written),
        )  # fmt: skip

    def _kind(self, node: Node) -> Kind:
        if node.op is VARIABLE:
            return Kind.VARIABLE
        if not node.args:
            return Kind.INNER if node in self.tape.belongs else Kind.CONSTANT
        results = {*self.tape.targets, *(self.tape.cotangents.get(x) for x in self.tape.wrt)}
        return Kind.OUTPUT if node in results else Kind.INNER

    def _notes(self, node: Node) -> tuple[tuple[Math, int | None], ...]:
        """The gradient under a forward node, or which other cotangents a node is."""
        if self.style.flow:
            cotangent = self.tape.cotangents.get(node)
            value = None if cotangent is None else self.values.get(cotangent)
            if value is None:
                return ()
            equation = self._gradient(node) + Math(" = " + value, " = " + latex_text(value))
            return ((equation, self.tape.complete.get(node)),)
        others = self.tape.belongs.get(node, [])[node not in self.forward :]
        notes = [(Math("= ", "= ") + self._gradient(x), self.tape.complete.get(x))
                 for x in others[:_MOST_NOTES]]  # fmt: skip
        if len(others) > _MOST_NOTES:
            notes.append((Math("= …", "= \\dots"), None))
        return tuple(notes)

    def _gradient(self, node: Node) -> Math:
        name = self._cotangent(node)
        return Math(name.pretty, name.latex)

    def _cotangent(self, node: Node) -> Name:
        """The derivative by a node, on one line in LaTeX too."""
        above, below = self.names.of(self.names.target), self.names.of(node)
        name = self.names.cotangent(node)
        return name._replace(latex=f"\\partial {above.latex}/\\partial {below.latex}")

    def _box(self, name: str, nodes: list[Node]) -> Vertex:
        count = f"{len(nodes):,}"
        label = self.style.wording.text("picture.box", count=count)
        since = [self.tape.since[n] for n in nodes if n in self.tape.since]
        return Vertex(
            name, tuple(nodes), Kind.BOX, Math(label, latex_text(label)),
            appended=all(n not in self.forward for n in nodes),
            title=label, step=min(since, default=None),
        )  # fmt: skip

    # Edges ------------------------------------------------------------------------------------

    def _edges(self, nodes: list[Node]) -> list[Edge]:
        found: dict[tuple[str, str, int], Edge] = {}
        labels = self._sent() if self.style.flow else {}
        for node in nodes:
            head = self.ids[node]
            for place, arg in enumerate(node.args):
                tail = self.ids[arg]
                if arg in self.written or tail == head:
                    continue
                alone = arg not in self.box and node not in self.box
                key = (tail, head, place if alone else -1)
                if key in found:
                    found[key] = replace(found[key], count=found[key].count + 1)
                    continue
                label, title, step = labels.get((node, place), _NOTHING) if alone else _NOTHING
                found[key] = Edge(
                    tail, head, self._role(arg, node), place,
                    ordered=alone and self._is_ordered(node),
                    step=step if label is not None else self.tape.since.get(node),
                    label=label,
                    title=title,
                )  # fmt: skip
        return list(found.values())

    def _is_ordered(self, node: Node) -> bool:
        """True if arguments may not change places, and the vertex does not say which is which."""
        named = (node in self.forward or node in self.tape.belongs) and not turns(node)
        return named and not node.op.commutative and len(set(node.args)) > 1

    def _role(self, arg: Node, node: Node) -> Role:
        if node in self.forward:
            return Role.ARGUMENT
        return Role.LOCAL if arg in self.forward else Role.CHAIN

    def _sent(self) -> dict[tuple[Node, int], tuple[Math, str, int]]:
        """What each step sends back along its edge: a label, a title, which step it is."""
        found: dict[tuple[Node, int], tuple[Math, str, int]] = {}
        for place, step in enumerate(self.tape.steps):
            drawn = step.consumer not in self.box and step.receiver not in self.box
            if step.sent is not None and drawn:
                found[step.consumer, step.place] = (*self._contribution(step, step.sent), place)
        return found

    def _contribution(self, step: Contribution, sent: Node) -> tuple[Math, str]:
        """What a step sends: the receiver's cotangent, or its own part of that sum."""
        own = self._gradient(step.receiver)
        known = {**self.known, step.cotangent: self._cotangent(step.consumer)}
        if sent is not step.cotangent:
            known.pop(sent, None)
        if self.tape.cotangents.get(step.receiver) is sent:
            whole = _written_within(_LONGEST_TITLE, sent, known) or own
            return own, f"{own.pretty} = {whole.pretty}"
        part = _written_within(_LONGEST_LABEL, sent, known) or own
        return part, part.pretty

    # Hints for the layout ---------------------------------------------------------------------

    def _anchors(self, vertices: Mapping[str, Vertex]) -> dict[str, str]:
        """Each cotangent at the level of the first node that it belongs to."""
        found: dict[str, str] = {}
        for cotangent, nodes in self.tape.belongs.items():
            name, owner = self.ids.get(cotangent, ""), self.ids[nodes[0]]
            if name in vertices and vertices[name].appended and owner in vertices:
                found.setdefault(name, owner)
        return found

    def _beside(self, edges: list[Edge], vertices: Mapping[str, Vertex]) -> dict[str, str]:
        """Local derivatives stand right before the one product that takes them."""
        uses: dict[str, list[Edge]] = {}
        fed = {e.head for e in edges if e.role is Role.CHAIN}
        for edge in edges:
            uses.setdefault(edge.tail, []).append(edge)
        found: dict[str, str] = {}
        taken: set[str] = set()
        for name, out in uses.items():
            head = out[0].head
            v = vertices[name]
            local = v.appended and v.kind is Kind.INNER and name not in fed
            bound = v.nodes[0] in self.tape.belongs
            if local and not bound and len(out) == 1 and head not in taken and head not in found:
                found[name] = head
                taken.add(head)
        return {a: b for a, b in found.items() if b not in found}

    def _groups(self) -> tuple[Group, ...]:
        """The user's groups, as far as their nodes are drawn on their own."""
        found: list[Group] = []
        for label, members in self.style.groups.items():
            inside = frozenset(
                self.ids[n] for n in members
                if n in self.forward and n not in self.box and n not in self.written
            )  # fmt: skip
            if inside:
                found.append(Group(label, inside))
        return tuple(found)

    def _title(self) -> str:
        say = self.style.wording.text
        target = ", ".join(pretty(t, width=60) for t in self.tape.targets)
        if not self.tape.wrt:
            return say("picture.of", target=target)
        wrt = ", ".join(pretty(x, width=20) for x in self.tape.wrt)
        return say("picture.with", target=target, wrt=wrt)


def _written_within(width: int, node: Node, known: Mapping[Node, Name]) -> Math | None:
    """An expression with names for its parts, if it is short."""
    whole = Math(*in_both(node, known, width))
    return None if "…" in whole.pretty else whole
