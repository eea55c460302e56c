"""The document of a derivation: what is wanted, each pass, and the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from symdiff.binding import inputs
from symdiff.explain.course import Course, Options
from symdiff.explain.formulas import brief, closed_form, equation, named, shape, written
from symdiff.explain.result import Result
from symdiff.node import Node
from symdiff.show.document import Block, Display, Document, Grid, Line, Math, Paragraph, Section
from symdiff.show.naming import Names

_WIDE = 200
"""Formulas that are wider than this are abridged where they are stated."""


def document_of(
    target: Node, courses: Sequence[Course], results: Sequence[Result], options: Options, seed: int
) -> Document:
    """What is said, in order."""
    say = options.say
    first = courses[0].taken
    words = {"target": named(target, first.names), "wrt": _listed(first.wrt, first.names)}
    kinds = {1: "derivation.title", 2: "derivation.second"}
    title = say(kinds.get(len(courses), "derivation.nth"), order=str(len(courses)), **words)
    sections = _passes(courses, options)
    if "result" in options.parts:
        sections.append(_result(target, courses, results, options))
    return Document(title, _opening(target, courses, options, seed), tuple(sections), say.language)


def _opening(
    target: Node, courses: Sequence[Course], options: Options, seed: int
) -> tuple[Block, ...]:
    say, names = options.say, courses[0].taken.names
    stated = (
        equation(named(target, names), brief(target, _WIDE)) if target.args else written(target)
    )
    variables = inputs(target)
    shapes = _joined(f"{v} {shape(v)}" + ("" if v.dtype == "float" else f" {v.dtype}")
                     for v in variables)  # fmt: skip
    blocks: list[Block] = [
        Display(((stated, (shape(target),) if target.shape else ()),), target),
    ]
    if variables:
        blocks.append(Paragraph(say("derivation.shapes", shapes=shapes)))
    if "check" in options.parts or options.valued:
        sizes = courses[-1].point.sizes
        written_sizes = _joined(f"{name} = {size}" for name, size in sizes.items())
        key = "derivation.at" if options.valued else "derivation.random"
        if not sizes and not options.valued:
            key = "derivation.random.scalars"
        blocks.append(Paragraph(say(key, sizes=written_sizes, seed=str(seed))))
    return tuple(blocks)


def _passes(courses: Sequence[Course], options: Options) -> list[Section]:
    """The sections of the only pass, or a section for each pass."""
    if len(courses) == 1 and not courses[0].taken.directions:
        return courses[0].sections()
    sections: list[Section] = []
    for number, course in enumerate(courses, 1):
        taken = course.taken
        title = options.say("derivation.pass", number=str(number), scalar=brief(taken.target))
        blocks: list[Block] = []
        if taken.directions:
            words = {
                "direction": _listed(taken.directions, taken.names),
                "scalar": equation(named(taken.target, taken.names), brief(taken.target, _WIDE)),
            }
            blocks.append(Paragraph(options.say("derivation.directed", **words)))
        sections.append(Section(f"pass {number}", title, (*blocks, *course.sections())))
    return sections


def _result(
    target: Node, courses: Sequence[Course], results: Sequence[Result], options: Options
) -> Section:
    """Closed forms with shapes, and the convention by which these are what they are."""
    say = options.say
    blocks: list[Block] = []
    last = courses[-1].taken
    if last.directions:
        lines = tuple(
            (equation(Math(*last.names.cotangent(x)[:2]), closed_form(g)), (shape(g),))
            for x, g in zip(last.wrt, last.gradients, strict=True)
        )
        held = say("result.directed", direction=_listed(last.directions, last.names))
        blocks += [Display(lines), Paragraph(held)]
    stated = [
        (equation(each.name, closed_form(each.derivative)), shape(each.derivative))
        for each in results
    ]
    blocks.append(Display(tuple((math, say("result.shape", shape=text)) for math, text in stated)))
    blocks.append(Paragraph(_layout(target, courses, options)))
    if "check" in options.parts:
        rows = tuple(row for course in courses for row in course.final_checks())
        head = (say("result.derivative"), say("result.check"))
        blocks += [Paragraph(say("result.checked")), Grid(head, rows, ("derivative", "check"))]
    return Section("result", say("result.title"), tuple(blocks))


def _layout(target: Node, courses: Sequence[Course], options: Options) -> Line:
    """The order of the axes of the results."""
    first = courses[0].taken
    if target.shape:
        words = {"target": named(target, first.names), "wrt": _listed(first.wrt, first.names)}
        return options.say("layout.gradient", **words)
    return options.say("layout.scalar" if len(courses) == 1 else "layout.second")


def _listed(nodes: Sequence[Node], names: Names) -> Math:
    return reduce(lambda a, b: a + ", " + b, (named(x, names) for x in nodes))


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)
