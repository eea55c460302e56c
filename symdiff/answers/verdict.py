"""The verdict on an answer: right or wrong, how that was decided, and which mistake explains it."""

from __future__ import annotations

from dataclasses import dataclass

from symdiff.answers.compare import Disagreement
from symdiff.answers.points import Array
from symdiff.node import Node
from symdiff.shown import Part, Shown

_RIGHT = {
    "proved": "Right, proved: both have the same normal form.",
    "exactly": "Right: equal at {0} random rational points, computed exactly.",
    "numerically": "Right: equal at {0} random points, up to rounding.",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with an answer.

    kind       layout, shape, sign, factor, transpose, order, term, activation, chain rule, constant
    sentence   the mistake in words
    corrected  the answer without it, equal to the right answer; None if only the kind is known
    """

    kind: str
    sentence: str
    corrected: Node | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True, repr=False)
class Verdict(Shown):
    """Whether an answer is right: true if it is, and printed as a sentence or a few.

    equal         the verdict
    how           proved, exactly, numerically (both at random points) or shapes
    points        at how many random points the two were compared
    mistake       what explains a wrong answer, if that was found
    disagreement  where they differ most, at the first point where they differ
    notes         what else may help, such as variables that only one of the two has
    """

    equal: bool
    how: str
    points: int = 0
    mistake: Mistake | None = None
    disagreement: Disagreement | None = None
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.equal

    def _parts_(self) -> list[Part]:
        if self.equal:
            return [(_RIGHT[self.how].format(self.points),)]
        sentences = [f"Wrong: {self.mistake or 'the two differ'}."]
        if self.disagreement is not None:
            sentences.append(_where_they_differ(self.disagreement))
        return [(sentence,) for sentence in (*sentences, *self.notes)]


def _written(number: Array) -> str:
    return f"{complex(number):.6g}" if number.dtype.kind == "c" else f"{float(number):.6g}"


def _where_they_differ(found: Disagreement) -> str:
    """Both values in the entry that differs most, and the point if it is short enough to say."""
    scalars = {str(v): _written(a) for v, a in found.point.values.items() if not a.ndim}
    sizes = {name: str(number) for name, number in found.point.sizes.items()}
    told = scalars if len(scalars) == len(found.point.values) else {}
    place = ", ".join(f"{name} = {value}" for name, value in {**sizes, **told}.items())
    entry = f"entry {list(found.entry)}" if found.entry else "the value"
    return (
        f"At a random point{' with ' if place else ''}{place}, {entry} of yours is "
        f"{found.mine:.6g}; right is {found.theirs:.6g}."
    )
