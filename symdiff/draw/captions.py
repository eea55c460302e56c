"""What is written in vertices, beside them and at edges, with the names of a blackboard."""

from __future__ import annotations

from collections.abc import Container, Mapping

from symdiff.derive.backprop import Contribution
from symdiff.draw.labels import is_short, latex_text, operation, turns
from symdiff.draw.tape import Tape
from symdiff.node import Node
from symdiff.ops.leaves import VARIABLE
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names, in_both
from symdiff.show.text import pretty

_IN_VERTEX, _BESIDE, IN_TITLE = 16, 26, 80
"""How long expressions may be in a vertex, beside it or an edge, and where one points at it."""


class Captions:
    """Writes nodes of a graph and of its derivative.

    written  numbers that operations mention
    """

    def __init__(self, tape: Tape, names: Names, written: Container[Node]) -> None:
        self.tape, self.names, self.written = tape, names, written
        self.forward = set(tape.forward)
        self.known = {n: names.of(n) for n in tape.forward if n.args}
        for cotangent, nodes in tape.belongs.items():
            if cotangent not in self.forward:
                self.known[cotangent] = self._cotangent(nodes[0])

    def vertex(self, node: Node) -> tuple[Math, Math | None]:
        """What stands in a vertex: a name if it has one, else what it is; and what beside it."""
        beside = self.operation(node) if node.args else None
        if node in self.forward:
            return self._plain(node), beside
        if node in self.tape.belongs:
            name = self.gradient(self.tape.belongs[node][0])
            if node.args or not is_short(node):
                return name, beside
            number = self._plain(node)  # a whole one as people write it
            shown = (number.pretty.removesuffix(".0"), number.latex.removesuffix(".0"))
            return name + " = " + Math(*shown), beside
        if beside is None:
            return self._plain(node), None
        return _within(_IN_VERTEX, node, self.known) or beside, None

    def operation(self, node: Node) -> Math:
        """How a node is computed; with the names of matrices where some are transposed."""
        if turns(node):
            known = {other: name for other, name in self.known.items() if other is not node}
            whole = _within(_BESIDE, node, known)
            if whole is not None:
                return whole
        return operation(node, self.written)

    def is_ordered(self, node: Node) -> bool:
        """True if arguments may not change places, and the vertex does not say which is which."""
        named = (node in self.forward or node in self.tape.belongs) and not turns(node)
        return named and not node.op.commutative and len(set(node.args)) > 1

    def gradient(self, node: Node) -> Math:
        """The derivative of the target by a node."""
        name = self._cotangent(node)
        return Math(name.pretty, name.latex)

    def sent(self, step: Contribution, sent: Node) -> tuple[Math, str]:
        """What a step sends: the receiver's cotangent, or its own part of that sum; and a title.

        A part that is too long to stand beside an edge is dots: the sum would be something else.
        """
        own = self.gradient(step.receiver)
        known = {**self.known, step.cotangent: self._cotangent(step.consumer)}
        if sent is not step.cotangent:
            known.pop(sent, None)
        if self.tape.cotangents.get(step.receiver) is sent:
            whole = _within(IN_TITLE, sent, known) or own
            return own, f"{own.pretty} = {whole.pretty}"
        part = _within(_BESIDE, sent, known) or Math("…", "\\dots")
        return part, in_both(sent, known, IN_TITLE)[0]

    def _plain(self, node: Node) -> Math:
        """A name, or a constant as it is."""
        if node.args or node.op is VARIABLE:
            name = self.names.of(node)
            return Math(name.pretty, name.latex)
        short = pretty(node, width=_IN_VERTEX)
        return Math(short, latex_text(short)) if "…" in short else Math(*in_both(node))

    def _cotangent(self, node: Node) -> Name:
        """The derivative by a node, on one line in LaTeX too."""
        above, below = self.names.of(self.names.target), self.names.of(node)
        name = self.names.cotangent(node)
        return name._replace(latex=f"\\partial {above.latex}/\\partial {below.latex}")


def _within(width: int, node: Node, known: Mapping[Node, Name]) -> Math | None:
    """An expression with names for its parts, if it is short."""
    whole = Math(*in_both(node, known, width))
    return None if "…" in whole.pretty else whole
