"""The same derivation in differentials, `dL = (∂L/∂u) : du = …`, as matrix calculus writes it.

Going forward, each node's differential is that of its op in the differentials of its arguments.
Going backward, the terms of dL are replaced one by one: the differential is put in, and what
multiplies it is moved to the other side of the inner product `A : B = Σ Aᵢⱼ Bᵢⱼ`, which transposes
it. That is what the pass sent, and both sides are compared at random values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.binding import size_names
from symdiff.derive.backprop import Contribution, GradientTable
from symdiff.derive.forward import push_forward
from symdiff.differences import ROUNDING, Point, drawn
from symdiff.errors import ExplanationError, quote
from symdiff.evaluate import evaluate
from symdiff.explain.abridge import abridged, ends, without_empty
from symdiff.explain.checks import check_cell
from symdiff.explain.contribution import contribution
from symdiff.explain.formulas import as_math, closed_form, cotangent
from symdiff.explain.inner_products import added, product
from symdiff.explain.rounding import rounding
from symdiff.explain.stand_ins import StandIns
from symdiff.explain.verdict import NOT_FINITE, ROUGH, ROUNDED, VALUES, StepCheck, verdict
from symdiff.explain.verify import Verifier
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, VARIABLE, number_of
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Block, Display, Grid, Line, Math, Paragraph, Row, Section
from symdiff.show.naming import Names
from symdiff.show.wording import Wording

Array: TypeAlias = "np.ndarray[Any, Any]"

_LONGEST = 120
"""A differential that is longer than this in print is not written out."""

_COLUMNS = ("term", "put", "moved", "check")


class DifferentialLine(NamedTuple):
    """One node of the pass.

    node   whose term of dL is replaced
    own    its differential, `du₁ = X dw`
    met    what its terms add up to, `(…) : du₁ + (…) : du₁`, if there are several
    term   its term, `(∂L/∂u₁) : du₁`
    put    the term with the differential put in, `(∂L/∂u₁) : (X dw)`
    moved  the same with the differentials of the arguments alone, `(Xᵀ ∂L/∂u₁) : dw`
    check  whether both are equal at random values, if that was asked
    """

    node: Node
    own: Math
    met: Math | None
    term: Math
    put: Math
    moved: Math
    check: StepCheck | None


def differential_lines(
    table: GradientTable, names: Names, verifier: Verifier | None = None
) -> list[DifferentialLine]:
    """The nodes of a pass in its order; of very many, the first and the last.

    With a `verifier`, each is checked at its point.

    Raises ExplanationError for one that fails.

    >>> import symdiff as sd
    >>> X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    >>> loss = sd.sum((X @ w) ** 2)
    >>> for line in differential_lines(sd.backprop(loss, w), Names(loss)):
    ...     print(line.own.pretty, "|", line.term.pretty, "=", line.moved.pretty)
    dL = sum(du₂) | dL = 𝟏 : du₂
    du₂ = 2 u₁ ⊙ du₁ | (∂L/∂u₂) : du₂ = (∂L/∂u₂ ⊙ 2 u₁) : du₁
    du₁ = X dw | (∂L/∂u₁) : du₁ = (Xᵀ ∂L/∂u₁) : dw
    """
    received = _received(table)
    return [_Replaced(steps, names, received).line(verifier) for steps in ends(_sending(table))]


def _sending(table: GradientTable) -> list[list[Contribution]]:
    """The steps that sent something, together for each node, in the order of the pass."""
    groups: dict[Node, list[Contribution]] = {}
    for step in filter(_flows, table.steps):
        groups.setdefault(step.consumer, []).append(step)
    return list(groups.values())


def _received(table: GradientTable) -> dict[Node, list[Contribution]]:
    """For each node, the steps that sent something to it."""
    groups: dict[Node, list[Contribution]] = {}
    for step in filter(_flows, table.steps):
        groups.setdefault(step.receiver, []).append(step)
    return groups


def _flows(step: Contribution) -> bool:
    """True if something was sent, between what varies: a whole number has no differential."""
    return step.sent is not None and {step.consumer.dtype, step.receiver.dtype} <= {*INEXACT}


class _Replaced:
    """A node whose term of dL is replaced by terms of its arguments."""

    def __init__(
        self,
        steps: Sequence[Contribution],
        names: Names,
        received: Mapping[Node, Sequence[Contribution]],
    ) -> None:
        self._names, self._steps = names, steps
        self._node = steps[0].consumer
        self._meeting = received.get(self._node, ())
        self._stand = StandIns(self._node, names)
        places = {step.receiver: step.place for step in steps}
        self._d = {x: self._stand.differential(place) for x, place in places.items()}
        moving = [self._stand.args[place] for place in places.values()]
        self._pushed = push_forward([self._stand.node], moving, list(self._d.values()))[0]

    def line(self, verifier: Verifier | None) -> DifferentialLine:
        """The node's line, checked if it is to be."""
        node, names = self._node, self._names
        d, inner = as_math(names.differential(node)), self._inner()
        is_one = number_of(self._steps[0].cotangent) == 1
        upstream = Math("1", "1") if is_one else cotangent(node, names)
        return DifferentialLine(
            node,
            d + " = " + inner,
            met(self._meeting, names),
            product(upstream, d, node),
            product(upstream, inner, node),
            added([_term(step, names) for step in self._steps]),
            None if verifier is None else self._check(verifier),
        )

    def _inner(self) -> Math:
        """The differential of the node in those of its arguments."""
        simplest = self._stand.written(self._stand.simplified(self._pushed))
        if len(simplest.pretty) <= _LONGEST:
            return simplest
        return added([self._applied(x) for x in self._d])

    def _applied(self, x: Node) -> Math:
        """The derivative by an argument, applied to its differential."""
        above, below = self._names.of(self._node), self._names.of(x)
        d = self._names.differential(x)
        return Math(
            f"(∂{above.pretty}/∂{below.pretty})[{d.pretty}]",
            f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}[{d.latex}]",
        )

    def _check(self, verifier: Verifier) -> StepCheck:
        """`G : du` against the sum of `sent : dx`, for random differentials."""
        values = verifier.values
        given = {
            own: values[arg] for own, arg in zip(self._stand.args, self._node.args, strict=True)
        }
        for x, d in self._d.items():
            given[d] = drawn(x, partial(verifier.random, values[x].shape))
        with np.errstate(all="ignore"):
            change = _value(self._pushed, given, verifier.point)
            upstream = np.broadcast_to(values[self._steps[0].cotangent], change.shape)
            flowing = upstream != 0
            left = np.real(upstream[flowing] * change[flowing])
        sent = [np.ravel(values[step.sent] * given[self._d[step.receiver]])  # type: ignore[index]
                for step in self._steps]  # fmt: skip
        right = np.real(np.concatenate(sent))
        if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
            return StepCheck(True, np.nan, NOT_FINITE)
        size = float(np.sum(np.abs(left)))
        doubt = ROUNDING * (size + float(np.sum(np.abs(right))))
        found = verdict(right, float(np.sum(left)), doubt, size, VALUES)
        if not found.ok:
            doubt += self._rounded(verifier, given, change)
            found = verdict(right, float(np.sum(left)), doubt, size, VALUES)
        if found.how == ROUGH:
            return StepCheck(True, np.nan, ROUNDED)
        if not found.ok:
            raise ExplanationError(
                f"the differential of {quote(self._node)} and what it sends back differ by "
                f"{found.error:.1e}, relative to their size; this is an error of symdiff, "
                "please report it"
            )
        return found

    def _rounded(self, verifier: Verifier, given: Mapping[Node, Array], change: Array) -> float:
        """How far both sides may be off by rounding."""
        upstream = self._steps[0].cotangent
        sent = [(step, step.sent) for step in self._steps if step.sent is not None]
        off = rounding([upstream, *(node for _, node in sent)], verifier.point)
        point = Point(dict(given), verifier.point.sizes)
        terms = [np.abs(given[self._d[step.receiver]]) * off[node] for step, node in sent]
        terms.append(
            np.abs(verifier.values[upstream]) * rounding([self._pushed], point)[self._pushed]
        )
        terms.append(off[upstream] * np.abs(change))
        return float(sum(np.sum(term) for term in terms))


def _value(expression: Node, values: Mapping[Node, Array], point: Point) -> Array:
    """The value of an expression, given those of its variables."""
    needed = topological([expression])
    sizes: dict[str, Any] = {name: point.sizes[name] for name in size_names(needed)}
    known = {node: values[node] for node in needed if node.op is VARIABLE}
    return np.asarray(evaluate(expression, known, **sizes))


def _term(step: Contribution, names: Names) -> Math:
    """What a step adds to dL, `(Xᵀ ∂L/∂u₁) : dw`."""
    found = contribution(step, names)
    d = as_math(names.differential(step.receiver))
    return product(found.simpler or found.raw, d, step.receiver)


def met(steps: Sequence[Contribution], names: Names) -> Math | None:
    """The sum of all terms of dL that one node receives, if there are several."""
    return added([_term(step, names) for step in steps]) if len(steps) > 1 else None


# The section --------------------------------------------------------------------------------------


def differential_section(
    table: GradientTable,
    names: Names,
    say: Wording,
    verifier: Verifier | None = None,
    gradients: Sequence[Node] | None = None,
) -> Section:
    """The derivation in differentials: forward, backward, and the result.

    `gradients` are the closed forms, which are found here if they are not given.

    Raises ExplanationError for a line that fails its check.
    """
    lines = differential_lines(table, names, verifier)
    complex_ones = any(n.dtype == "complex" for n in topological([table.target]))
    colon = "differentials.colon.complex" if complex_ones else "differentials.colon"
    blocks: list[Block] = [Paragraph(say("differentials.intro", colon=say(colon, **_colon())))]
    if lines:
        forward: list[tuple[Math, Line]] = [(line.own, ()) for line in reversed(lines)]
        blocks += [
            Paragraph(say("differentials.forward")),
            Display(tuple(forward)),
            Paragraph(say("differentials.backward")),
            _grid(lines, len(_sending(table)), say),
        ]
    last = [*_met_by_variables(table, names), _result(table, names, gradients)]
    blocks.append(Display(tuple((line, ()) for line in last)))
    return Section("differentials", say("differentials.title"), tuple(blocks))


def _colon() -> dict[str, Math]:
    return {
        "pair": Math("A : B", "A : B"),
        "sum": Math("Σᵢⱼ Aᵢⱼ Bᵢⱼ", "\\sum_{i, j} A_{i j} B_{i j}"),
        "real": Math("Re Σᵢⱼ Aᵢⱼ Bᵢⱼ", "\\operatorname{Re} \\sum_{i, j} A_{i j} B_{i j}"),
    }


def _grid(lines: Sequence[DifferentialLine], total: int, say: Wording) -> Grid:
    head = tuple(say(f"differentials.{column}") for column in _COLUMNS)

    def row(line: DifferentialLine) -> Row:
        term = line.term if line.met is None else line.met + " = " + line.term
        cells = ((term,), (Math("= ", "= ") + line.put,), (Math("= ", "= ") + line.moved,))
        return Row((*cells, check_cell(line.check, say)), (line.node,))

    return without_empty(Grid(head, tuple(abridged(lines, row, total, len(head))), _COLUMNS))


def _met_by_variables(table: GradientTable, names: Names) -> list[Math]:
    """The terms of each variable that receives several."""
    received = _received(table)
    sums = ((x, met(received.get(x, ()), names)) for x in table.wrt)
    return [
        total + " = " + product(cotangent(x, names), as_math(names.differential(x)), x)
        for x, total in sums
        if total is not None
    ]


def _result(table: GradientTable, names: Names, gradients: Sequence[Node] | None) -> Math:
    """DL in the differentials of the variables alone."""
    closed = simplify(unprotected(table.gradients)) if gradients is None else gradients
    d = as_math(names.differential(table.target))
    terms = [
        product(closed_form(g), as_math(names.differential(x)), x)
        for x, g in zip(table.wrt, closed, strict=True)
        if x not in table.no_path
    ]
    return d + " = " + (added(terms) if terms else Math("0", "0"))
