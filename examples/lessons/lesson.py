"""What a lesson is made of: sentences in two languages, filled with what symdiff derives.

A lesson yields sections. Its sentences stand in English and in Chinese side by side, and have the
same slots; the teller says them in one of the languages. Formulas, numbers, tables and pictures
come from symdiff, at the time when the pages are built.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import symdiff as sd
from symdiff.explain.derivation import Derivation
from symdiff.explain.formulas import cotangent, equation, named, written
from symdiff.show.compose import Filling, as_line, beside, prose
from symdiff.show.document import (
    Blank,
    Block,
    Display,
    Document,
    Figure,
    Grid,
    Line,
    Listing,
    Math,
    Paragraph,
    Row,
    Section,
)
from symdiff.show.naming import Names
from symdiff.show.values import array_math
from symdiff.show.writers.key import with_key

Both: TypeAlias = tuple[str, str]
"""A sentence in English and in Chinese."""

LANGUAGES = ("en", "zh")
PROGRAMS = Path(__file__).parent / "programs"


class Teller:
    """Says a lesson in one language, and numbers the blanks of its exercises."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._place = LANGUAGES.index(language)
        self._blanks = 0

    def one(self, sentence: Both) -> str:
        """The sentence in the language of the teller."""
        return sentence[self._place]

    def __call__(self, english: str, chinese: str, /, **fillings: Filling) -> Line:
        """A line of words, its slots filled."""
        return prose(self.one((english, chinese)), **fillings)

    def says(self, english: str, chinese: str, /, **fillings: Filling) -> Paragraph:
        """A paragraph."""
        return Paragraph(self(english, chinese, **fillings))

    def figure(self, *pictures: sd.Picture, caption: Both, **fillings: Filling) -> Figure:
        """Pictures with a caption."""
        return Figure(pictures, self(*caption, **fillings))

    def grid(self, head: Sequence[Both | Filling], rows: Iterable[Sequence[Filling]]) -> Grid:
        """A table. Heads are words in both languages, or formulas."""
        titles = tuple(map(self._title, head))
        cells = (tuple(map(as_line, row)) for row in rows)
        return Grid(titles, tuple(Row(row) for row in cells))

    def _title(self, head: Both | Filling) -> Line:
        """The head of a column."""
        match head:
            case Math():
                return as_line(head)
            case (str() as english, str() as chinese):
                return self(english, chinese)
        return as_line(head)

    def section(self, key: str, title: Both, *blocks: Block) -> Section:
        """A titled part of the lesson."""
        return Section(key, self(*title), blocks)

    def blank(self, answer: Filling, digits: int = 4) -> Blank:
        """A place for the reader to fill in."""
        self._blanks += 1
        return Blank(self._blanks, as_line(answer, digits))

    def exercises(self, *exercises: Paragraph, intro: Paragraph | None = None) -> Section:
        """The exercises of a lesson, numbered, after what is said of all of them."""
        numbered = (
            Paragraph((f"{place}. ", *each.line)) for place, each in enumerate(exercises, 1)
        )
        before = () if intro is None else (intro,)
        return self.section("exercises", ("Exercises", "练习"), *before, *numbered)

    def program(self, name: str) -> Section:
        """A program that does the same, with what it prints when it is run, here and now."""
        code = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
        blocks = (
            listing(code, "python"),
            self.says("It prints", "它的输出是"),
            listing(output_of(code)),
        )
        return self.section("program", ("The program", "程序"), *blocks)


def polynomial(count: object) -> Math:
    """A number of operations in terms of sizes, as a formula."""
    return Math(str(count), re.sub(r"\*\*(\d+)", r"^{\1}", str(count)))


class Walk(NamedTuple):
    """A derivation of a lesson as a page of its own, to step through.

    key     the name of its file, after that of the lesson
    title   what it derives
    derive  the derivation, in a language
    """

    key: str
    title: Both
    derive: Callable[[str], Derivation]


class Lesson(NamedTuple):
    """A page of the course.

    key    the name of its file
    title  what it is about
    goal   what a reader can do after it
    tell   its sections, in the language of a teller
    walks  derivations to step through, on pages of their own
    """

    key: str
    title: Both
    goal: Both
    tell: Callable[[Teller], Iterator[Section]]
    walks: tuple[Walk, ...] = ()

    def document(self, language: str) -> Document:
        """The lesson with the key of its exercises, apart from how it is written."""
        return _document(self, language)


@cache
def _document(lesson: Lesson, language: str) -> Document:
    say = Teller(language)
    goal = say.says("**Goal.** {goal}", "**学习目标：**{goal}", goal=say.one(lesson.goal))
    sections = tuple(lesson.tell(say))
    return with_key(Document(say(*lesson.title), (goal,), sections, language))


class Blackboard:
    """Formulas with the names that parts of a target have in a lesson.

    >>> x, w = sd.vector("x", "d"), sd.vector("w", "d")
    >>> board = Blackboard(sd.sigmoid(x @ w), {"ŷ": sd.sigmoid(x @ w), "z": x @ w})
    >>> print(board.states(x @ w).pretty, "|", board.derivative(w).pretty)
    z = xᵀ w | ∂ŷ/∂w = ŷ (1 − ŷ) x
    """

    def __init__(self, target: sd.Node, names: Mapping[str, sd.Node]) -> None:
        self.target, self.given = target, dict(names)
        self.names = Names(target, self.given)
        self.known = {node: self.names.of(node) for node in self.given.values()}

    def name(self, node: sd.Node) -> Math:
        """What the node is called."""
        return named(node, self.names)

    def states(self, node: sd.Node) -> Math:
        """The node as its op applied to the names of its arguments, `z = xᵀ w`."""
        inner = {each: name for each, name in self.known.items() if each is not node}
        return equation(self.name(node), written(node, inner))

    def writes(self, node: sd.Node) -> Math:
        """Any expression, in which what has a name is called by it."""
        return written(node, self.known)

    def by(self, node: sd.Node) -> Math:
        """The derivative of the target by a node, `∂ŷ/∂w`."""
        return cotangent(node, self.names)

    def derivative(self, node: sd.Node) -> Math:
        """The derivative with its closed form."""
        return equation(self.by(node), self.writes(sd.grad(self.target, node)))


def partial(above: Math, below: Math) -> Math:
    """The derivative of one by the other, as a fraction."""
    return Math(
        f"∂{above.pretty}/∂{below.pretty}",
        f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}",
    )


def letter(sign: str) -> Math:
    """A letter that stands for an index, a size or an array."""
    return Math(sign, sign.replace("−", "-"))


def entry(of: Math, index: str) -> Math:
    """An entry of an array, with an index as a subscript."""
    return Math(f"{of.pretty}{_SUBSCRIPTS[index]}", f"{of.latex}_{{{index}}}")


_SUBSCRIPTS = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ"}


def nabla(by: Math, of: Math) -> Math:
    """The gradient of a scalar."""
    return Math(f"∇_{by.pretty} {of.pretty}", f"\\nabla_{{{by.latex}}} {of.latex}")


def transposed(matrix: Math) -> Math:
    """The transpose of a formula."""
    return Math(f"({matrix.pretty})ᵀ", f"\\left({matrix.latex}\\right)^{{\\top}}")


def times(*factors: float) -> Math:
    """A product of numbers; those after the first stand in parentheses if they are negative."""
    first, *others = map(array_math, factors)
    enclosed = [
        Math(f"({each.pretty})", f"({each.latex})") if factor < 0 else each
        for factor, each in zip(factors[1:], others, strict=True)
    ]
    return beside(first, *enclosed, between=Math(" · ", " \\cdot "))


def show(*formulas: Math, remarks: Sequence[Line] = ()) -> Display:
    """Formulas on lines of their own, with remarks beside them."""
    said = [*remarks, *[()] * (len(formulas) - len(remarks))]
    return Display(tuple(zip(formulas, said, strict=True)))


def part(derivation: Derivation, key: str, title: Line = ()) -> Section:
    """A section of an explanation, to stand in a lesson; under another title, if one is given."""
    found = next(
        each
        for each in derivation.document.blocks()
        if isinstance(each, Section) and each.key == key
    )
    return replace(found, title=title) if title else found


def listing(text: str, language: str = "") -> Listing:
    """Lines of a program, or of what one prints."""
    return Listing(tuple((line, ()) for line in text.strip("\n").splitlines()), language)


@cache
def output_of(code: str) -> str:
    """Run a program, and return what it prints."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "<lesson>", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def claim(holds: object, what: str) -> None:
    """Stop the build where a sentence of a lesson would not be true."""
    if not holds:
        raise AssertionError(f"a lesson claims what does not hold: {what}")
