"""Templates: how an op is written, and how tightly its parts bind.

One small class serves NumPy source, text and LaTeX. A template knows how tightly its result binds
and how tightly each slot must bind, so parentheses are right by construction, and none is
superfluous. The parser reads the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import Formatter
from typing import NamedTuple

ANY, COMPARE, ADD, MULTIPLY, UNARY, JUXTAPOSE, POWER, POSTFIX, ATOM = range(9)

_LEVELS = {
    "any": ANY,
    "compare": COMPARE,
    "add": ADD,
    "multiply": MULTIPLY,
    "unary": UNARY,
    "juxtapose": JUXTAPOSE,
    "power": POWER,
    "postfix": POSTFIX,
    "atom": ATOM,
}


class Slot(NamedTuple):
    """Where an argument goes, how tightly it must bind, and which part of it is meant."""

    place: int
    level: int
    inner: tuple[int, ...] = ()


class Template:
    """Text with slots such as `{0:add}`: the first argument, which must bind at least like a sum.

    `binding` is how tightly the whole binds. A slot without a level takes anything, as between
    parentheses or commas. `{{` and `}}` stand for braces. In notations for people, `{0.1}` is the
    second argument of the first argument.

    >>> Template("{0:add} - {1:multiply}", ADD).render([("a", ATOM), ("b + c", ADD)])
    'a - (b + c)'
    """

    __slots__ = ("_parts", "_text", "binding")

    def __init__(self, text: str, binding: int = ATOM) -> None:
        self.binding = binding
        self._text = text
        self._parts: tuple[str | Slot, ...] | None = None

    @classmethod
    def of(cls, parts: Sequence[str | Slot], binding: int = ATOM) -> Template:
        """The template of some parts."""
        result = cls("", binding)
        result._parts = tuple(parts)
        return result

    @property
    def parts(self) -> tuple[str | Slot, ...]:
        """Text and slots, in order. They are read when they are first asked for."""
        if self._parts is None:
            self._parts = _split(self._text)
        return self._parts

    @property
    def slots(self) -> tuple[int, ...]:
        """The arguments that the template writes, in order."""
        return tuple(part.place for part in self.parts if not isinstance(part, str))

    def wrapping(self, slot: int, before: str, after: str, level: int) -> Template:
        """The same template with text around one slot, which must bind like `level` there."""
        parts: list[str | Slot] = []
        for part in self.parts:
            wrapped = not isinstance(part, str) and part.place == slot
            parts.extend([before, Slot(slot, level), after] if wrapped else [part])
        return Template.of(parts, self.binding)

    def filled(self, texts: Mapping[int, str]) -> Template:
        """The same template with text in place of some slots.

        >>> Template("{1}({0})").filled({1: "f"}).render([("x", ATOM)])
        'f(x)'
        """
        parts = [p if isinstance(p, str) else texts.get(p.place, p) for p in self.parts]
        return Template.of(parts, self.binding)

    def as_call(self, operator: str, function: str, more: str) -> Template | None:
        """A call instead of an infix operator, with more arguments; None without the operator.

        >>> product = Template("{0:unary}.T @ {1:unary}", MULTIPLY)
        >>> product.as_call(" @ ", "np.matmul", ", out=c").render([("a", ATOM), ("b + 1", ADD)])
        'np.matmul(a.T, b + 1, out=c)'
        """
        places = [
            k for k, part in enumerate(self.parts) if isinstance(part, str) and operator in part
        ]
        if len(places) != 1 or str(self.parts[places[0]]).count(operator) != 1:
            return None
        before, _, after = str(self.parts[places[0]]).partition(operator)
        sides = (
            [*self.parts[: places[0]], *([before] if before else [])],
            [*([after] if after else []), *self.parts[places[0] + 1 :]],
        )
        alone = [
            [Slot(side[0].place, ANY)] if len(side) == 1 and isinstance(side[0], Slot) else side
            for side in sides
        ]
        return Template.of([f"{function}(", *alone[0], ", ", *alone[1], f"{more})"])

    def within(self, before: str, after: str) -> Template:
        """The same template between brackets."""
        return Template.of([before, *self.parts, after])

    def render(
        self, arguments: Sequence[tuple[str, int]], brackets: tuple[str, str] = ("(", ")")
    ) -> str:
        """Fill the slots with (text, binding) pairs, adding brackets where they are needed."""
        pieces: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
            else:
                text, binding = arguments[part.place]
                pieces.append(text if binding >= part.level else brackets[0] + text + brackets[1])
        return "".join(pieces)


@lru_cache(maxsize=4096)  # ops write the same text for many nodes
def _split(text: str) -> tuple[str | Slot, ...]:
    parts: list[str | Slot] = []
    for literal, slot, level, _ in Formatter().parse(text):
        if literal:
            parts.append(literal)
        if slot is not None:
            place, *inner = map(int, slot.split("."))
            parts.append(Slot(place, _LEVELS[level or "any"], tuple(inner)))
    return tuple(parts)


def literal(text: str, binding: int = ATOM) -> Template:
    """A template without slots, whatever characters the text has."""
    return Template(text.replace("{", "{{").replace("}", "}}"), binding)


def call(function: str, count: int = 1, keywords: str = "") -> Template:
    """A function call with `count` slots and literal keyword text.

    >>> call("np.sum", 1, ", axis=0").render([("X", ATOM)])
    'np.sum(X, axis=0)'
    """
    slots = ", ".join(f"{{{i}}}" for i in range(count))
    return Template(f"{function}({slots}{keywords})")


def latex_call(function: str, count: int = 1) -> Template:
    """A function call in LaTeX, with brackets that grow."""
    slots = ", ".join(f"{{{i}}}" for i in range(count))
    return Template(f"{function}\\left({slots}\\right)")


def infix(symbol: str, level: int) -> Template:
    """A left-associative binary operator."""
    left, right = _NAMES[level], _NAMES[level + 1]
    return Template(f"{{0:{left}}}{symbol}{{1:{right}}}", level)


_NAMES = {number: name for name, number in _LEVELS.items()}
