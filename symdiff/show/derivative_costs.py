"""What derivatives cost beside the value: a table, and which mode suits a Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from symdiff.cost import Cost, cost_of
from symdiff.derive.grad import grad
from symdiff.derive.jacobian import hessian, jacobian
from symdiff.errors import ArgumentError, quote
from symdiff.node import Node
from symdiff.polynomial import Polynomial, difference
from symdiff.shown import Part, Rows, Shown

LARGE = "size"
"""Stands in a ratio for all named sizes, taken as one large size."""


class CostRow(NamedTuple):
    """A line of the report: what is computed, its cost, and the ratio to the value's."""

    label: str
    cost: Cost
    ratio: str


@dataclass(frozen=True, slots=True, repr=False)
class DerivativeCosts(Shown):
    """The costs of a target and of its derivatives.

    rows      the value first, then the derivatives, each from the inputs on
    sentence  for a Jacobian, which mode is cheaper and when
    """

    rows: tuple[CostRow, ...]
    sentence: str = ""

    def __getitem__(self, label: str) -> Cost:
        """The cost of what a row is labelled with. Raises ArgumentError for another label."""
        for row in self.rows:
            if row.label == label:
                return row.cost
        labels = ", ".join(repr(row.label) for row in self.rows)
        raise ArgumentError(f"the report has no row {label!r}; it has {labels}")

    def _parts_(self) -> list[Part]:
        """The table, the entries of the inputs, and the sentence."""
        rows = [(r.label, str(r.cost.operations), str(r.cost.memory), r.ratio) for r in self.rows]
        notes = [
            f"entries of the inputs: {self.rows[0].cost.inputs}",
            f"ratio: of leading terms, all named sizes being one large {LARGE}",
            *([self.sentence] if self.sentence else []),
        ]
        return [Rows(("", "operations", "memory", "ratio"), rows), *((note,) for note in notes)]


def derivative_costs(target: Node, wrt: Sequence[Node]) -> DerivativeCosts:
    """Compare a scalar with its gradient and Hessian, another target with its Jacobian.

    The gradient is counted together with the value, with which it shares much. The Hessian is
    left out for several `wrt`, and by complex ones, by which it is no one array.

    Raises ArgumentError for a Jacobian of complex numbers, which only one mode gives.
    """
    complex_ = next((x for x in (target, *wrt) if x.dtype == "complex"), None)
    if complex_ is not None and target.ndim:
        raise ArgumentError(
            f"modes are compared for real numbers, and {quote(complex_)} is complex; take "
            "sd.cost(sd.jacobian(target, wrt)) for the one that there is"
        )
    return _jacobian_costs(target, wrt) if target.ndim else _scalar_costs(target, wrt)


def _scalar_costs(target: Node, wrt: Sequence[Node]) -> DerivativeCosts:
    value = cost_of([target])
    costs = [
        ("value", value),
        ("value and gradient", cost_of([target, *grad(target, wrt)], value.sizes)),
    ]
    if len(wrt) == 1 and wrt[0].dtype != "complex":
        costs.append(("Hessian", cost_of([hessian(target, wrt[0])], value.sizes)))
    return DerivativeCosts(_rows(costs))


def _jacobian_costs(target: Node, wrt: Sequence[Node]) -> DerivativeCosts:
    value = cost_of([target])
    costs = [
        (
            f"Jacobian, {mode} mode",
            cost_of([jacobian(target, x, mode=mode) for x in wrt], value.sizes),
        )
        for mode in ("reverse", "forward")
    ]
    sentence = cheaper_mode(*(cost.operations for _, cost in costs))
    return DerivativeCosts(_rows([("value", value), *costs]), sentence)


def _rows(costs: Sequence[tuple[str, Cost]]) -> tuple[CostRow, ...]:
    first = costs[0][1].operations
    return tuple(CostRow(label, cost, ratio(cost.operations, first)) for label, cost in costs)


# Ratios -----------------------------------------------------------------------------------------


def ratio(part: Polynomial, whole: Polynomial) -> str:
    """The quotient of leading terms, all named sizes being equally large.

    >>> from symdiff.dims import named
    >>> from symdiff.polynomial import polynomial
    >>> n, d = named("n"), named("d")
    >>> whole = polynomial({(n, d): 2, (n,): 3}, ["n", "d"])
    >>> ratio(polynomial({(n, d): 4}, []), whole), ratio(polynomial({(n, d, d): 2}, []), whole)
    ('2.0', '1.0 size')
    """
    if not _leading_sum(whole):
        return "-"
    coefficient = _leading_sum(part) / _leading_sum(whole)
    power = part.degree - whole.degree
    size = f"{LARGE}**{abs(power)}" if abs(power) > 1 else LARGE
    return f"{coefficient:.1f}" + (f" {size}" if power > 0 else f" / {size}" if power else "")


def _leading_sum(polynomial: Polynomial) -> int:
    return sum(coefficient for _, coefficient in polynomial.leading.terms)


# Modes ------------------------------------------------------------------------------------------


def cheaper_mode(reverse: Polynomial, forward: Polynomial) -> str:
    """The sentence that says which mode is cheaper, and when; sizes are at least 1.

    >>> from symdiff.dims import named
    >>> from symdiff.polynomial import polynomial
    >>> n, m = named("n"), named("m")
    >>> cheaper_mode(polynomial({(m, m, n): 2}, []), polynomial({(m, n, n): 2}, []))
    'reverse mode is cheaper when m < n'
    """
    if reverse == forward:
        return "both modes cost the same"
    sign, open_factor = _sign_and_factor(difference(reverse, forward))
    if sign:
        return _verdict(sign, open_factor) + ("" if open_factor else " for all sizes")
    sign, open_factor = _sign_and_factor(difference(reverse, forward).leading)
    if sign and open_factor:
        return f"for large sizes {_verdict(sign, open_factor)}"
    if sign:
        return f"{_verdict(sign, open_factor)} for large sizes"
    return f"which mode is cheaper depends: reverse mode needs {reverse}, forward mode {forward}"


def _verdict(sign: int, open_factor: Polynomial | None) -> str:
    if open_factor is None:
        return f"{'reverse' if sign < 0 else 'forward'} mode is cheaper"
    smaller, larger = open_factor.parts if sign > 0 else open_factor.parts[::-1]
    return f"reverse mode is cheaper when {smaller} < {larger}"


_LONGEST_CONDITION = 3
"""A condition of more terms says less than the two costs."""


def _sign_and_factor(difference: Polynomial) -> tuple[int, Polynomial | None]:
    """What decides the sign of a difference: a constant sign, and one factor whose sign varies.

    The sign is 0 where that is not told: several factors vary, or one that is long.
    """
    sign = 1
    open_factors: list[Polynomial] = []
    for factor, power in difference.factors():
        own = factor.sign()
        if own is None and power % 2:
            open_factors.append(factor)
        elif own is not None and power % 2:
            sign *= own
    if not open_factors:
        return sign, None
    if len(open_factors) > 1 or len(open_factors[0].terms) > _LONGEST_CONDITION:
        return 0, None
    return sign, open_factors[0]
