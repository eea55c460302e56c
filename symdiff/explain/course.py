"""The explanation of one pass: its steps with their checks, and the sections that tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from symdiff.derive.backprop import Contribution
from symdiff.differences import Point
from symdiff.errors import ExplanationError, quote
from symdiff.explain.abridge import ends
from symdiff.explain.checks import check_cell
from symdiff.explain.derivation import Explained
from symdiff.explain.differentials import differential_section
from symdiff.explain.edges import edge
from symdiff.explain.formulas import cotangent
from symdiff.explain.forward import forward_section
from symdiff.explain.gradients import Table
from symdiff.explain.network_section import network_sections
from symdiff.explain.passes import Pass
from symdiff.explain.remarks import Facts
from symdiff.explain.rewriting import preparation_section, rule_checks, simplification_section
from symdiff.explain.steps import AnyStep, BackwardStep, ForwardStep, RuleStep
from symdiff.explain.verdict import StepCheck
from symdiff.explain.verify import Verifier
from symdiff.node import Node, topological
from symdiff.progress import Progress
from symdiff.rewrite.engine import Step
from symdiff.show.document import Math, Row, Section
from symdiff.show.values import Array
from symdiff.show.wording import Wording

PARTS = (
    "preparation",
    "forward",
    "network",
    "gradients",
    "reasons",
    "textbook",
    "differentials",
    "simplification",
    "result",
    "check",
)
"""What an explanation consists of: its sections, and the column of checks."""

_LONG_ONLY = frozenset({"reasons", "textbook", "differentials", "simplification"})
"""What is left out where the detail is short."""
_TELLING = frozenset({"network", "reasons", "textbook", "differentials", "simplification"})
"""What an exercise leaves out, since it tells what the blanks ask for."""


class Options(NamedTuple):
    """What to say, in which language, and whether to say the values at the point."""

    say: Wording
    parts: frozenset[str]
    short: bool
    valued: bool


def parts_for(short: bool, exercise: bool, without: frozenset[str]) -> frozenset[str]:
    """The parts that are written."""
    left_out = (_LONG_ONLY if short else frozenset()) | (_TELLING if exercise else frozenset())
    return frozenset(PARTS) - without - left_out


class Course:
    """One pass at a point: its steps with their checks, and the sections that tell of them.

    Raises ExplanationError for a step that does not agree with its check.
    """

    def __init__(self, taken: Pass, point: Point, options: Options) -> None:
        self.taken, self.point, self._options = taken, point, options
        checking = "check" in options.parts
        self._verifier = Verifier(taken.table, point) if checking or options.valued else None
        values = self._verifier.values if self._verifier else None
        self._values: Mapping[Node, Array] | None = values if options.valued else None
        self._checking = checking
        with Progress() as progress:
            self._progress = progress
            self.prepared = self._rules(taken.preparation, True)
            self.backward = self._backward()
            self.simplified = self._rules(taken.simplification.steps, False)

    def _backward(self) -> list[BackwardStep]:
        """The steps of the pass; of very many, the first and the last."""
        taken, say = self.taken, self._options.say
        facts = Facts.of(taken.table, self.point.sizes)
        found: list[BackwardStep] = []
        for number, step in ends(list(enumerate(taken.table.steps, 1))):
            self._progress.say(f"step {number} of {len(taken.table.steps)}")
            written = edge(step, taken.names, say, facts, self._values)
            check = self._check(step) if self._checking else None
            found.append(BackwardStep(number, step, written, check))
        return found

    def _rules(self, steps: Sequence[Step], preparing: bool) -> list[RuleStep]:
        """Rules with what their checks found; of very many, the first and the last."""
        shown = ends(steps)
        self._progress.say(f"{len(shown)} rules")
        checks = rule_checks(shown, self.point) if self._checking else [None] * len(shown)
        return [RuleStep(s, preparing, check) for s, check in zip(shown, checks, strict=True)]

    def _check(self, step: Contribution) -> StepCheck:
        """What the check of a step found. Raises ExplanationError where it fails."""
        assert self._verifier is not None
        found = self._verifier.edge(step)
        if not found.ok:
            raise ExplanationError(
                f"what `{step.rule}` sends from {quote(step.consumer)} to {quote(step.receiver)} "
                f"differs from what was measured by {found.error:.1e}, relative to its size "
                f"({found.how}); this is an error of symdiff, please report it"
            )
        return found

    @property
    def explained(self) -> Explained:
        """The pass and its steps as data."""
        return Explained(self.taken, tuple(self._steps()), self._values)

    def _steps(self) -> Iterator[AnyStep]:
        taken, values = self.taken, self._values or {}
        yield from self.prepared
        for node in ends(topological([taken.prepared])):
            yield ForwardStep(taken.names.of(node).pretty, node, values.get(node))
        yield from self.backward
        yield from self.simplified

    def _cotangents(self) -> Mapping[Node, Array] | None:
        """The value of each entry of the gradient table, where values are shown."""
        values = self._values
        entries = self.taken.table.cotangents
        return None if values is None else {x: values[g] for x, g in entries.items()}

    def _network(self) -> Section | None:
        """What is said of a layered network, if the target is one."""
        taken = self.taken
        if taken.network is None:
            return None
        say = self._options.say
        found = network_sections(taken.table, taken.names, say, taken.network)
        return found[0] if found else None

    def _differentials(self) -> Section:
        taken, say = self.taken, self._options.say
        verifier = self._verifier if self._checking else None
        return differential_section(taken.table, taken.names, say, verifier, taken.gradients)

    def sections(self) -> list[Section]:
        """What is said of the pass, without the parts that are left out."""
        taken, (say, parts, short, _) = self.taken, self._options
        table = Table(taken, self.backward, self._cotangents())
        written: dict[str, Callable[[], Section | None]] = {
            "preparation": lambda: preparation_section(taken, self.prepared, say),
            "forward": lambda: forward_section(
                taken.prepared, taken.names, say, self._values, short
            ),
            "network": self._network,
            "gradients": lambda: table.section(say, short, parts),
            "differentials": self._differentials,
            "simplification": lambda: simplification_section(taken, self.simplified, say),
        }
        found = [write() for part, write in written.items() if part in parts]
        return [section for section in found if section is not None]

    def final_checks(self) -> list[Row]:
        """The gradients themselves against the target, as each variable alone moves.

        Very many move together, for each alone would take the whole target again.

        Raises ExplanationError for one that is wrong.
        """
        assert self._verifier is not None
        entries = self.taken.table.cotangents
        together = [x for x in self.taken.wrt if x in entries and not x.args]
        if len(together) > _MOST_ALONE:
            found = self._verifier.together(together)
            if found.ok and found.compared:
                others = [self._final_check(x) for x in self.taken.wrt if x not in {*together}]
                return [self._final_row(together, found), *others]
        return [self._final_check(x) for x in self.taken.wrt]

    def _final_check(self, x: Node) -> Row:
        assert self._verifier is not None
        found = self._verifier.node(x)
        if not found.ok:
            raise ExplanationError(
                f"the derivative by {quote(x)} differs from what was measured by "
                f"{found.error:.1e}, relative to its size ({found.how}); "
                "this is an error of symdiff, please report it"
            )
        return self._final_row([x], found)

    def _final_row(self, variables: Sequence[Node], found: StepCheck) -> Row:
        """The check of one gradient, or of many, of which the first and the last are named."""
        named = [cotangent(x, self.taken.names) for x in variables]
        if len(named) > 1:
            named[2:-1] = [Math("…", "\\dots")]
        cell = reduce(lambda a, b: a + ", " + b, named)
        return Row(((cell,), check_cell(found, self._options.say)), tuple(variables))


_MOST_ALONE = 20
"""The gradients by so many variables are compared one by one."""
