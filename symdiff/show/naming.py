"""What the nodes of a graph are called in derivations and pictures, as on a blackboard.

A variable keeps its name, a constant is its value. The target is L (a scalar) or y, and the other
nodes are u₁, u₂, … in the order of the forward pass, as in chapter 6.5 of *Deep Learning*; the
user may give names. A letter that a variable or a size already has is not used again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from symdiff.binding import size_names
from symdiff.errors import ArgumentError
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import VARIABLE, variable
from symdiff.registry import Form, Op, form
from symdiff.show.latex import BRACKETS, tidy_latex
from symdiff.show.render import depth_within, render
from symdiff.show.text import tidy_pretty
from symdiff.template import ATOM, POWER, Slot, Template, literal


class Name(NamedTuple):
    """A name in Unicode and in LaTeX, and how tightly it binds."""

    pretty: str
    latex: str
    binding: int = ATOM


class Names:
    """Names for all nodes of a graph.

    target  the expression that is differentiated
    given   names of parts of it, from the user
    more    other expressions over the same variables, whose nodes get names too
    stated  the target as it was stated, if what is differentiated is another form of it
    after   names that nodes have already, which they keep; the others are numbered on
    made    names that are made already, such as those of layers, where the user gives none
    """

    def __init__(
        self,
        target: Node,
        given: Mapping[str, Node] | None = None,
        more: Sequence[Node] = (),
        stated: Node | None = None,
        after: Names | None = None,
        made: Mapping[Node, Name] | None = None,
    ) -> None:
        other = target if stated is None else stated
        order = topological([target, other, *more])
        chosen = dict(given or {})
        taken = {v.attrs[0] for v in order if v.op is VARIABLE} | set(size_names(order))
        self.target = target
        self._names: dict[Node, Name] = {} if after is None else dict(after._names)
        self._words: set[str] = set() if after is None else set(after._words)
        self._count: int = 0 if after is None else after._count
        taken |= self._words
        for word, node in chosen.items():
            if node.op is VARIABLE and node.attrs[0] == word:
                continue
            if word in taken:
                raise ArgumentError(f"{word!r} already is a variable or a size of the formula")
            self._names.setdefault(node, symbol(word))
        taken |= chosen.keys()
        self._names = dict(made or {}) | self._names
        if target.args or other.args:
            called = self._names.get(target) or self._names.get(other)
            if called is None:
                word = free_word("LJCEz" if not target.shape else "yzf", taken)
                called = symbol(word)
                taken.add(word)
            self._names[target] = self._names[other] = called
        self._words = taken
        self._letter: str = _letter(taken) if after is None else after._letter
        for node in order:
            if node.args and node not in self._names:
                self._count += 1
                self._names[node] = numbered(self._letter, self._count)

    def of(self, node: Node) -> Name:
        """The name of a node; a leaf is called what it is."""
        found = self._names.get(node)
        return found if found is not None else Name(*in_both(node))

    def has(self, node: Node) -> bool:
        """True for nodes that are called by a name, not written as what they are."""
        return node in self._names

    def cotangent(self, node: Node) -> Name:
        """The derivative of the target by a node, `∂L/∂u₁`."""
        above, below = self.of(self.target), self.of(node)
        return Name(
            f"∂{above.pretty}/∂{below.pretty}",
            f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}",
            POWER,
        )

    def differential(self, node: Node) -> Name:
        """The differential of a node, `du₁`."""
        name = self.of(node)
        if f"d{name.pretty}" in self._words:  # a variable dx beside x
            return Name(f"d({name.pretty})", f"\\mathrm{{d}}({name.latex})")
        return Name(f"d{name.pretty}", f"\\mathrm{{d}}{name.latex}", name.binding)


def symbol(word: str) -> Name:
    """How a variable of that name is written, whatever it stands for."""
    return Name(*in_both(variable(word, ())))


def numbered(letter: str, place: int) -> Name:
    """A letter with a subscript.

    >>> numbered("u", 12)
    Name(pretty='u₁₂', latex='u_{12}', binding=8)
    """
    return Name(letter + str(place).translate(_SUBSCRIPTS), f"{letter}_{{{place}}}")


def in_both(
    node: Node, names: Mapping[Node, Name] | None = None, width: int | None = None
) -> tuple[str, str]:
    r"""An expression in Unicode and in LaTeX, with names for some of its nodes.

    With `width`, both are abridged where the first is wider.

    >>> import symdiff as sd
    >>> X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    >>> print(*in_both(2 * sd.tanh(X @ w), {X @ w: numbered("u", 1)}), sep=" | ")
    2 tanh(u₁) | 2 \, \tanh\left(u_{1}\right)
    """
    known = names or {}

    def pretty(op: Op) -> Form:
        return lambda node: _written(node, op.pretty, known, 0)

    def latex(op: Op) -> Form:
        return lambda node: _written(node, op.latex, known, 1)

    depth = None if width is None else depth_within(node, pretty, width)
    typeset = render(node, latex, BRACKETS, depth=depth, named=known).replace("…", "\\ldots ")
    return tidy_pretty(render(node, pretty, depth=depth, named=known)), tidy_latex(typeset)


def _written(node: Node, of: Form, names: Mapping[Node, Name], notation: int) -> Template:
    name = names.get(node)
    if name is None:
        return form(of, _closed_off(node, form(of, node), names))
    return literal((name.pretty, _closed(name.latex))[notation], name.binding)


def _closed_off(node: Node, template: Template, names: Mapping[Node, Name]) -> Node:
    """The node with variables for arguments that its template takes apart at a name.

    What has a name is written as a whole.
    """
    hidden = set[int]()
    for slot in template.parts:
        if isinstance(slot, Slot) and slot.inner:
            inner = node.args[slot.place]
            for place in slot.inner:
                if inner in names:
                    hidden.add(slot.place)
                inner = inner.args[place]
    if not hidden:
        return node
    args = tuple(
        intern(VARIABLE, (), ("", arg.shape, arg.dtype)) if place in hidden else arg
        for place, arg in enumerate(node.args)
    )
    return intern(node.op, args, node.attrs)


def _closed(latex: str) -> str:
    """The name between braces if it has an exponent of its own, for another may follow."""
    depth = 0
    for character in latex:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "^" and not depth:
            return f"{{{latex}}}"
    return latex


def free_word(words: Sequence[str], taken: Collection[str]) -> str:
    """The first of `words` that is free, or else the first with underscores behind it."""
    for word in words:
        if word not in taken:
            return word
    word = words[0]
    while word in taken:
        word += "_"
    return word


def _letter(taken: set[str]) -> str:
    """A letter for intermediates: none of the names begins with it and goes on with a number."""
    for letter in "uvhsqpabc":
        if not any(word[0] == letter and not word[1:].strip("_0123456789") for word in taken):
            return letter
    return "node"


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
