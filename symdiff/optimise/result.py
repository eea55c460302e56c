"""What an optimiser has found, by variable."""

from __future__ import annotations

from collections.abc import Iterator, KeysView
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from symdiff.errors import InputError, shape_text
from symdiff.node import Node
from symdiff.optimise.watch import count
from symdiff.shown import Part, Rows, Sentence, Shown

FEASIBLE = 1e-6
"""Constraints that are violated by no more count as met."""

_SHORT = 6
"""Arrays with more entries are described."""


class Violation(NamedTuple):
    """A constraint, and how far it is from holding: the largest gap of an entry, 0 if it holds."""

    constraint: Node
    amount: float


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Optimum(Shown):
    """What `sd.minimize` or `sd.least_squares` has found. `found["w"]` is the value of `w`.

    values         arrays by name, in the shapes of the variables; scalars are numbers
    loss           the loss there; for least squares, SciPy's cost
    gradient_norm  the length of the gradient, or of what of it bounds leave free; None for
                   methods without gradients and where there are constraints. It need not be small
                   at a kink, such as that of abs(w) at 0
    success        whether the method has converged, to a finite loss, with all constraints met
    message        what the method says
    method         its name
    iterations     how many it took, if it counts them
    evaluations    how often the loss, or the residuals, were evaluated
    constraints    each constraint with its violation
    scipy          what SciPy returned; None if the method was stopped, or had nothing to vary
    """

    wrt: tuple[Node, ...]
    values: dict[str, Any]
    loss: float
    gradient_norm: float | None
    success: bool
    message: str
    method: str
    iterations: int | None
    evaluations: int
    constraints: tuple[Violation, ...] = ()
    scipy: Any = None

    def __getitem__(self, key: str | Node) -> Any:
        """The value of a variable, by its name or by itself."""
        name = str(key.attrs[0]) if isinstance(key, Node) and key in self.wrt else key
        if not isinstance(name, str) or name not in self.values:
            raise InputError(f"{key} was not optimised over; what was is: {', '.join(self.values)}")
        return self.values[name]

    def __iter__(self) -> Iterator[str]:
        """The names of the variables, as of a dict: `dict(found)`, `f(X=X, **found)`."""
        return iter(self.values)

    def keys(self) -> KeysView[str]:
        """The names of the variables."""
        return self.values.keys()

    def _parts_(self) -> list[Part]:
        return [self._headline(), Rows((), self._numbers()), *self._tables()]

    def _headline(self) -> Sentence:
        counted = [] if self.iterations is None else [count(self.iterations, "iteration")]
        counted.append(count(self.evaluations, "evaluation"))
        said = f"{self.method}, {', '.join(counted)}"
        return (f"converged: {said}" if self.success else f"NOT CONVERGED: {said}: {self.message}",)

    def _numbers(self) -> list[Sentence]:
        rows: list[Sentence] = [("loss", f"{self.loss:.10g}")]
        if self.gradient_norm is not None:
            rows.append(("gradient norm", f"{self.gradient_norm:.1e}"))
        return rows

    def _tables(self) -> list[Part]:
        variables: list[Sentence] = [
            (v, shape_text(np.shape(value)), described(value))
            for v, value in zip(self.wrt, self.values.values(), strict=True)
        ]
        tables: list[Part] = [Rows(("variable", "shape", "value"), variables)]
        if self.constraints:
            rows = [(c, _verdict(amount)) for c, amount in self.constraints]
            tables.append(Rows(("constraint", "at this point"), rows))
        return tables


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while a method ran. `result` has the last point that it had accepted."""

    def __init__(self, result: Optimum) -> None:
        super().__init__("interrupted; .result has the point that was reached")
        self.result = result


def described(value: Any) -> str:
    """A number, a short array, or the extent of a long one."""
    array = np.asarray(value)
    if array.size <= _SHORT:
        return _written(array.tolist())
    if array.dtype.kind == "c":
        return f"absolute values from {np.min(abs(array)):.4g} to {np.max(abs(array)):.4g}"
    return f"from {np.min(array):.4g} to {np.max(array):.4g}"


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:.6g}"


def _verdict(amount: float) -> str:
    if amount > FEASIBLE:
        return f"violated by {amount:.1e}"
    return f"holds to {amount:.1e}" if amount else "holds"
