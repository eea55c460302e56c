"""`sd.minimize`: the methods of `scipy.optimize.minimize`, with exact derivatives."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.derive.backprop import as_list
from symdiff.errors import ArgumentError, InputError, quote
from symdiff.node import Node
from symdiff.optimise.bounds import Box, Limits, box
from symdiff.optimise.constraints import Constraint, Group, grouped, read
from symdiff.optimise.formulas import Formulas
from symdiff.optimise.methods import Method, chosen, refuse_names_of_scipy
from symdiff.optimise.objective import Objective, check_loss
from symdiff.optimise.outside import Loss, value_or_nan
from symdiff.optimise.packing import Array
from symdiff.optimise.problem import Data, Problem, Start
from symdiff.optimise.result import FEASIBLE, Interrupted, Optimum, Violation
from symdiff.optimise.starting import refuse_nonfinite_start
from symdiff.optimise.watch import Callback, Stopped, Watch
from symdiff.optional import OptionalModule
from symdiff.progress import Progress

OPTIMIZE = OptionalModule("scipy", "optimize", "SciPy", "scipy")


def minimize(
    loss: Node | Objective,
    wrt: Node | Sequence[Node] | None = None,
    data: Data | None = None,
    *,
    start: Start | None = None,
    method: str | None = None,
    bounds: Limits | None = None,
    constraints: Node | Sequence[Node] | None = None,
    tol: float | None = None,
    callback: Callback | None = None,
    progress: bool = True,
    **options: object,
) -> Optimum:
    """Find values of `wrt` at which a scalar is least, by a method of SciPy.

    In place of a loss and `wrt`, an objective can be given. What it has derived and compiled is
    then used again; it gives data and start where these are not given anew.

    Derivatives are exact: gradients, Jacobians of constraints, and, for the methods that use
    second derivatives, products with Hessians that are not built, or Hessians. By default the
    method is L-BFGS-B, and SLSQP if there are constraints. Methods turn back from points where the
    loss, its gradient or a constraint has no value.

    data         arrays by name for all other variables, and numbers for sizes that none tells
    start        arrays for `wrt` by name, or numbers that fill these; there is no default, and it
                 need not obey the constraints
    bounds       pairs (least, largest) by name, of numbers or arrays, with None for no bound
    constraints  comparisons such as `x + y <= 1`, `sd.equal(A @ x, b)`, or both joined by `&`; of
                 arrays, every entry must obey. Those that bound a variable count as bounds
    tol, options what `scipy.optimize.minimize` and its methods take, such as `maxiter=100`
    callback     called with number, loss and values after each iteration; True stops the method
    progress     whether a line on a terminal says how far it is, after two seconds

    If the method does not converge, the result says so. Ctrl-C raises a KeyboardInterrupt, whose
    `result` has the point that was reached.

    Raises ArgumentError for a method that is unknown, or does not take bounds or constraints, for
    an option that it does not know, a constraint that is no comparison, and what `objective`
    refuses; InputError for values that are missing or do not fit, and a start outside of the
    bounds; NonFiniteError where loss or gradient at the start are not finite;
    MissingDependencyError without SciPy.

    >>> import symdiff as sd
    >>> x, y = sd.scalar("x"), sd.scalar("y")
    >>> found = minimize((x - 1) ** 2 + (y - 2) ** 2, [x, y], start=0, constraints=[x + y <= 2])
    >>> found["x"].round(6), found["y"].round(6)
    (np.float64(0.5), np.float64(1.5))
    """
    refuse_names_of_scipy(options)
    wanted = _wanted(loss, wrt)
    rules = read(constraints, wanted)
    limits = [rule.bound(wanted) for rule in rules]
    inner = [bound for bound in limits if bound is not None]
    outer = [rule for rule, bound in zip(rules, limits, strict=True) if bound is None]
    gaps = [rule.gap for rule in rules]
    if isinstance(loss, Objective):
        objective = loss.again(gaps, data, start)
    else:
        problem = Problem([loss, *gaps], wanted, data, start)
        objective = Objective(Formulas(loss, wanted), problem)
    region = box(objective.problem, bounds, inner)
    groups = grouped(objective.problem, outer)
    how = chosen(method, bool(region), bool(groups))
    search = Search(objective, how, region, groups, outer)
    return search.run({"tol": tol, "options": options}, callback, progress)


def _wanted(loss: Node | Objective, wrt: Node | Sequence[Node] | None) -> list[Node]:
    """The variables that are varied: those of an objective, or `wrt`."""
    if isinstance(loss, Objective):
        if wrt is not None:
            raise ArgumentError("an objective has its own variables; leave out `wrt`")
        return list(loss.wrt)
    check_loss(loss)
    if wrt is None:
        raise ArgumentError("say what varies: minimize(loss, wrt=[…])")
    return as_list(wrt)


class Search:
    """A loss, a method, and where its minimum is looked for."""

    def __init__(
        self,
        objective: Objective,
        method: Method,
        region: Box,
        groups: Sequence[Group],
        constraints: Sequence[Constraint],
    ) -> None:
        self._objective, self._method = objective, method
        self._region, self._groups, self._constraints = region, groups, tuple(constraints)

    def run(self, told: dict[str, Any], callback: Callback | None, progress: bool) -> Optimum:
        """Run the method, and report what it has found."""
        start = self._region.projected(self._objective.problem.checked_start())
        with Progress() as line, np.errstate(all="ignore"):
            objective = self._objective
            watch = Watch(
                start, self._loss, objective.unravel, callback, line if progress else None
            )
            self._check_start(start)
            if self._region.fixed.size == start.size:
                return self._found(watch, None, True, "there is nothing to vary")
            try:
                raw = self._run(start, watch, told)
            except Stopped:
                return self._found(watch, None, False, "stopped by the callback")
            except KeyboardInterrupt:
                raise Interrupted(self._found(watch, None, False, "interrupted")) from None
            except InputError as error:
                error.add_note(f"after {watch.counted}, at a point that {self._method.name} tried")
                raise
            watch.x = self._region.projected(raw.x)  # trust-constr may end a little outside
            return self._found(watch, raw, bool(raw.success), str(raw.message))

    def _check_start(self, start: Array) -> None:
        """Refuse a start where the loss, what the method needs of its gradient, or a gap is NaN."""
        objective = self._objective
        needed = [objective.loss]
        if self._method.gradient:
            value, gradient = objective.value_and_gradient(start)
            finite = bool(np.isfinite(value) and np.all(np.isfinite(gradient)))
            needed += [] if finite else objective.formulas.gradients
        else:
            finite = bool(np.isfinite(objective.fun(start)))
        for group in self._groups:
            if not np.all(np.isfinite(group.function.value(start))):
                needed += [member.gap for member in group.members]
                finite = False
        if not finite:
            refuse_nonfinite_start(self._objective.problem, needed, start)

    def _run(self, start: Array, watch: Watch, told: dict[str, Any]) -> Any:
        optimize = OPTIMIZE.load()
        method, objective = self._method, self._objective
        others = [group.gaps for group in self._groups if not group.linear]
        loss = Loss(objective, [self._way, *others] if method.gradient else others, start)
        given: dict[str, Any] = {**told, "callback": watch.accepted}
        if method.gradient:
            given["jac"] = loss.gradient
        if method.second is not None:
            product = method.second == "product"
            given["hessp" if product else "hess"] = objective.hessp if product else objective.hess
        if self._region:
            given["bounds"] = optimize.Bounds(self._region.lower, self._region.upper)
        if self._groups:
            second = method.second is not None
            given["constraints"] = [
                group.for_scipy(optimize, start, second)
                for group in self._groups
                if any(group.function.rows)
            ]
            if second and any(group.function.is_sparse for group in self._groups):
                given["options"] = {"sparse_jacobian": True, **given["options"]}
        return _minimized(optimize, watch.evaluating(loss.value), start, method.name, given)

    def _found(self, watch: Watch, raw: Any, success: bool, message: str) -> Optimum:
        x = watch.x
        loss = self._loss(x)
        amounts = {
            member: amount
            for group in self._groups
            for member, amount in zip(group.members, group.violations(x), strict=True)
        }
        violations = [Violation(each.said, amounts[each]) for each in self._constraints]
        broken = [v for v in violations if not v.amount <= FEASIBLE]
        if not np.isfinite(loss):
            success, message = False, f"{message}; the loss is {loss}"
        if broken:
            worst = max(broken, key=lambda v: v.amount)
            success = False
            message += f"; {quote(worst.constraint)} is violated by {worst.amount:.1e}"
        return Optimum(
            self._objective.problem.wrt,
            self._objective.unravel(x),
            loss,
            self._free_gradient(x),
            success,
            message,
            self._method.name,
            getattr(raw, "nit", watch.iterations),
            watch.evaluations,
            tuple(violations),
            raw,
        )

    def _loss(self, x: Array) -> float:
        return value_or_nan(self._objective.fun, x)

    def _way(self, x: Array) -> Array:
        """A step along the gradient, as far as bounds allow; NaN where there is no gradient."""
        try:
            gradient = self._objective.jac(x)
        except InputError:
            gradient = np.full_like(x, np.nan)
        return x - self._region.projected(x - gradient)

    def _free_gradient(self, x: Array) -> float | None:
        """The length of the gradient, where bounds end the way, of the way to them."""
        if not self._method.gradient or self._groups:
            return None
        return float(np.linalg.norm(self._way(x)))


_UNKNOWN = re.compile(
    r"Unknown solver options: (.*)|"
    r"_minimize_\w+\(\) got (?:an unexpected keyword|multiple values for) argument '(.*)'"
)


_TOO_OLD = re.compile(r"Unknown solver COBYQA|type 'eq' not handled by COBYLA")


def _minimized(optimize: Any, loss: Any, start: Array, method: str, given: dict[str, Any]) -> Any:
    """Call SciPy. Raises ArgumentError for what a method does not know, or not in this SciPy."""
    unknown = optimize.OptimizeWarning
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Unknown solver options", category=unknown)
        try:
            return optimize.minimize(loss, start, method=method, **given)
        except (unknown, TypeError) as error:
            found = _UNKNOWN.search(str(error))
            if found is None:
                raise
            names = found[1] or found[2]
            raise ArgumentError(f"the method {method} has no option {names}") from None
        except ValueError as error:
            if _TOO_OLD.search(str(error)) is None:
                raise
            raise ArgumentError(f"a newer SciPy is needed, this one says: {error}") from None
