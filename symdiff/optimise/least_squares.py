"""`sd.least_squares`: the methods of `scipy.optimize.least_squares`, with exact Jacobians."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.derive.backprop import as_list, check_kinds
from symdiff.errors import ArgumentError
from symdiff.node import Node
from symdiff.ops.complex import imag, real
from symdiff.optimise.bounds import Box, Limits, box
from symdiff.optimise.jacobians import VectorFunction
from symdiff.optimise.methods import refuse_names_of_scipy
from symdiff.optimise.minimise import OPTIMIZE
from symdiff.optimise.objective import refuse_functions
from symdiff.optimise.outside import vector_or_nan
from symdiff.optimise.packing import Array, by_name
from symdiff.optimise.problem import Data, Problem, Start
from symdiff.optimise.result import Interrupted, Optimum, described
from symdiff.optimise.starting import refuse_nonfinite_start
from symdiff.optimise.watch import count
from symdiff.progress import Progress
from symdiff.shown import Part, Rows, Sentence

METHODS = ("trf", "dogbox", "lm")
_OURS = {"fun", "x0", "jac", "bounds", "method", "args", "kwargs", "callback", "jac_sparsity"}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Fit(Optimum):
    """What `sd.least_squares` has found: a `Optimum` whose `loss` is half the sum of squares.

    covariance       of the entries of the flat vector: s² (JᵀJ)⁻¹, where s² is the sum of squares
                     over the number of residuals less that of entries; None where that is not
                     defined: at bounds, for other losses, for a singular Jacobian, or no freedom;
                     and for sparse Jacobians, whose covariance has no zeros
    standard_errors  the roots of its diagonal, by name
    """

    covariance: Array | None = None
    standard_errors: dict[str, Any] | None = None

    def _tables(self) -> list[Part]:
        if self.standard_errors is None:
            return Optimum._tables(self)
        rows: list[Sentence] = [
            (v, described(value), described(error))
            for v, value, error in zip(
                self.wrt, self.values.values(), self.standard_errors.values(), strict=True
            )
        ]
        return [Rows(("variable", "value", "standard error"), rows)]


def least_squares(
    residuals: Node | Sequence[Node],
    wrt: Node | Sequence[Node],
    data: Data | None = None,
    *,
    start: Start | None = None,
    method: str | None = None,
    bounds: Limits | None = None,
    progress: bool = True,
    **options: object,
) -> Fit:
    """Find values of `wrt` at which the sum of the squares of residuals is least.

    `residuals` is an expression of any shape, or a list; a complex one counts as its real and its
    imaginary part. The Jacobian is exact, and a sparse matrix where it has mostly zeros.

    `data`, `start`, `bounds` and `progress` are those of `minimize`; `method` and `options` those
    of `scipy.optimize.least_squares`, such as `loss="soft_l1"` for data with outliers. The default
    method is "trf", and "dogbox" for a start at a bound, which "trf" does not leave.

    The result has the values by variable with their standard errors, as for measurements with
    equal, independent errors.

    Raises ArgumentError for an unknown method or option; and what `minimize` raises.

    >>> import symdiff as sd
    >>> t, y = sd.vector("t", "n"), sd.vector("y", "n")
    >>> a, k = sd.scalar("a"), sd.scalar("k")
    >>> data = {"t": [0.0, 1.0, 2.0], "y": [2.0, 1.0, 0.5]}
    >>> found = least_squares(a * sd.exp(-k * t) - y, [a, k], data, start=1)
    >>> found["a"].round(6), found["k"].round(6)
    (np.float64(2.0), np.float64(0.693147))
    """
    refuse_names_of_scipy(options)
    listed = _real(residuals)
    problem = Problem(listed, wrt, data, start)
    region = box(problem, bounds, ())
    chosen = _method(method, problem, region)
    may_be_sparse = chosen != "lm" and options.get("tr_solver") != "exact"
    function = VectorFunction(problem, listed, may_be_sparse)
    _check_enough(chosen, sum(function.rows), problem.packing.size)
    _check_options(options)
    return _Search(problem, function, region, chosen, options).run(progress)


def _real(residuals: Node | Sequence[Node]) -> list[Node]:
    refuse_functions(residuals, "residuals")
    listed = as_list(residuals, "residuals")
    for each in listed:
        check_kinds(each, [])
    if not listed:
        raise ArgumentError("there is nothing to fit: no residuals are given")
    return [
        part
        for each in listed
        for part in ([real(each), imag(each)] if each.dtype == "complex" else [each])
    ]


def _method(given: str | None, problem: Problem, region: Box) -> str:
    """The method given, or the one that suits; there must be room between bounds."""
    at_edge = region.is_at_edge(problem.checked_start())
    if region.fixed.size:
        k = int(region.fixed[0])
        raise ArgumentError(
            f"the bounds of {problem.packing.label(k)} leave it no room, only {region.lower[k]:g}, "
            "and least_squares needs some; give what is fixed as data, not in `wrt`"
        )
    method = given or ("dogbox" if at_edge else "trf")
    if method not in METHODS:
        raise ArgumentError(
            f"method must be one of {', '.join(map(repr, METHODS))}, not {method!r}"
        )
    if method == "trf" and at_edge:
        raise ArgumentError("the method 'trf' does not leave a start at a bound; 'dogbox' does")
    if method == "lm" and region:
        raise ArgumentError("the method 'lm' takes no bounds; 'trf' and 'dogbox' do")
    return method


def _check_enough(method: str, rows: int, columns: int) -> None:
    if method == "lm" and rows < columns:
        raise ArgumentError(
            f"the method 'lm' needs as many residuals as unknowns at least, not {rows} for "
            f"{columns}; 'trf' and 'dogbox' do not"
        )


def _check_options(options: dict[str, object]) -> None:
    known = inspect.signature(OPTIMIZE.load().least_squares).parameters
    unknown = [name for name in options if name not in known or name in _OURS]
    if unknown:
        choices = ", ".join(name for name in known if name not in _OURS)
        raise ArgumentError(f"least_squares has no option {unknown[0]}; there are {choices}")


class _Search:
    """Residuals, a method, and where their least squares are looked for."""

    def __init__(
        self,
        problem: Problem,
        function: VectorFunction,
        region: Box,
        method: str,
        options: dict[str, Any],
    ) -> None:
        self._problem, self._function = problem, function
        self._region, self._method, self._options = region, method, options

    def run(self, progress: bool) -> Fit:
        """Run the method, and report what it has found."""
        start = self._problem.checked_start()
        with Progress() as line, np.errstate(all="ignore"):
            self._check_start(start)
            watch = _Least(self._function, start, line if progress else None)
            if not start.size or not sum(self._function.rows):
                return self._found(watch.x, watch, None, True, "there is nothing to vary or to fit")
            try:
                raw = self._run(watch, start)
            except KeyboardInterrupt:
                raise Interrupted(self._found(watch.x, watch, None, False, "interrupted")) from None
            except _NoSlope:
                message = "the Jacobian is not finite at the point that was reached"
                return self._found(watch.x, watch, None, False, message)
            return self._found(raw.x, watch, raw, bool(raw.success), raw.message)

    def _check_start(self, start: Array) -> None:
        """Refuse a start where residuals or their derivatives are not finite."""
        function = self._function
        if not np.all(np.isfinite(function.value(start))):
            refuse_nonfinite_start(self._problem, function.expressions, start)
        if not _is_finite(function.jacobian(start)):
            refuse_nonfinite_start(self._problem, function.derivatives, start)

    def _slopes(self, x: Array) -> Any:
        """The Jacobian. Raises _NoSlope where it is not finite."""
        matrix = self._function.jacobian(x)
        if not _is_finite(matrix):
            raise _NoSlope
        return matrix

    def _run(self, watch: _Least, start: Array) -> Any:
        return OPTIMIZE.load().least_squares(
            watch.evaluated,
            start,
            jac=self._slopes,
            bounds=(self._region.lower, self._region.upper),
            method=self._method,
            **self._options,
        )

    def _found(self, x: Array, watch: _Least, raw: Any, success: bool, message: str) -> Fit:
        packing, wrt = self._problem.packing, self._problem.wrt
        residuals, jacobian = self._function.value(x), self._function.jacobian(x)
        loss = float(residuals @ residuals) / 2 if raw is None else float(raw.cost)
        gradient = residuals @ jacobian if raw is None else raw.grad
        covariance = self._covariance(x, residuals, jacobian)
        errors = None
        if covariance is not None:
            errors = by_name(wrt, packing.unravel(np.sqrt(np.diag(covariance))))
        return Fit(
            wrt,
            by_name(wrt, packing.unravel(x)),
            loss,
            float(np.linalg.norm(x - self._region.projected(x - gradient))),
            success and bool(np.isfinite(loss)),
            message,
            self._method,
            None,
            watch.evaluations,
            (),
            raw,
            covariance,
            errors,
        )

    def _covariance(self, x: Array, residuals: Array, jacobian: Any) -> Array | None:
        if self._function.is_sparse:
            return None
        freedom = residuals.size - x.size
        inside = np.all((self._region.lower < x) & (x < self._region.upper))
        plain = self._options.get("loss", "linear") == "linear"
        if freedom <= 0 or not x.size or not inside or not plain or not _is_finite(jacobian):
            return None
        lengths = np.linalg.norm(jacobian, axis=0)  # of columns, whose units may be very different
        if not np.all(lengths > 0):
            return None
        _, values, rows = np.linalg.svd(jacobian / lengths, full_matrices=False)
        if values[-1] <= values[0] * np.finfo(np.float64).eps * max(jacobian.shape):
            return None
        half = rows.T / values / lengths[:, None]
        return np.asarray(half @ half.T * (residuals @ residuals / freedom))


class _NoSlope(Exception):
    """A method has reached a point at which the Jacobian is not finite."""


def _is_finite(matrix: Any) -> bool:
    return bool(np.all(np.isfinite(matrix if isinstance(matrix, np.ndarray) else matrix.data)))


class _Least:
    """Counts evaluations of residuals, and keeps the point with the least squares.

    x  that point
    """

    def __init__(self, function: VectorFunction, start: Array, progress: Progress | None) -> None:
        self.x, self.evaluations = start.copy(), 0
        self._function, self._progress, self._least = function, progress, np.inf

    def evaluated(self, x: Array) -> Array:
        """The residuals, counted."""
        residuals = vector_or_nan(self._function, x)  # methods turn back from NaN
        self.evaluations += 1
        loss = float(residuals @ residuals) / 2
        if loss < self._least:
            self._least, self.x = loss, x.copy()
        if self._progress is not None:
            evaluations = count(self.evaluations, "evaluation")
            self._progress.say(f"{evaluations}: least loss {self._least:.6g}")
        return residuals
