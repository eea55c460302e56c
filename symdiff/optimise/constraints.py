"""Constraints from comparisons of expressions, as SciPy takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from symdiff.derive.linear_map import fresh, names_of
from symdiff.errors import ArgumentError, quote
from symdiff.node import Node, topological
from symdiff.ops.contraction import sum as total
from symdiff.ops.elementwise import multiply, subtract
from symdiff.ops.leaves import variable
from symdiff.optimise.bounds import Bound
from symdiff.optimise.curvature import Curvature, Products
from symdiff.optimise.jacobians import VectorFunction
from symdiff.optimise.linearity import is_affine
from symdiff.optimise.objective import Latest
from symdiff.optimise.outside import Gaps, vector_or_nan
from symdiff.optimise.packing import Array
from symdiff.optimise.problem import Problem

_SMALLER_FIRST = {"less_equal": True, "greater_equal": False}
_STRICT = {"less": "<=", "greater": ">="}


class Constraint(NamedTuple):
    """A comparison: what was `said`, and a `gap` that must not be negative, or must be zero."""

    said: Node
    gap: Node
    equality: bool

    def bound(self, wrt: Sequence[Node]) -> Bound | None:
        """The same as a bound, if it compares a variable with what does not vary."""
        if self.equality:
            return None
        first, second = self.said.args
        for v, other in ((first, second), (second, first)):
            if v in wrt and v.shape == self.said.shape and not _varies(other, wrt):
                smaller = _SMALLER_FIRST[self.said.op.name]
                return Bound(v, other, is_upper=(v is first) == smaller)
        return None


def read(given: Node | Sequence[Node] | None, wrt: Sequence[Node]) -> list[Constraint]:
    """Constraints from comparisons; `&` between these asks for both, and `sd.all` for every entry.

    Raises ArgumentError for what is no comparison, or a strict one, or does not vary.
    """
    listed = list(given) if isinstance(given, (list, tuple)) else [given]
    if given is None:
        listed = []
    return [_read(said, wrt) for each in listed for said in _conjuncts(each)]


def _conjuncts(said: object) -> Iterator[Node]:
    stack = [said]
    while stack:
        each = stack.pop()
        if not isinstance(each, Node):
            hint = "; `==` asks whether two expressions are the same" * isinstance(each, bool)
            raise ArgumentError(
                "a constraint is a comparison of expressions, such as x + y <= 1 or "
                f"sd.equal(x, y), not {each!r}{hint}"
            )
        if each.op.name in ("logical_and", "all"):
            stack += reversed(each.args)
        else:
            yield each


def _read(said: Node, wrt: Sequence[Node]) -> Constraint:
    name = said.op.name
    if name in _STRICT:
        raise ArgumentError(
            f"the constraint {quote(said)} is strict, so that there need be no best point that "
            f"meets it; write `{_STRICT[name]}`, with a margin if the edge must not be reached"
        )
    if name != "equal" and name not in _SMALLER_FIRST:
        raise ArgumentError(
            "a constraint is a comparison by <=, >= or sd.equal, or several of these joined by &, "
            f"not {quote(said)}"
        )
    if not _varies(said, wrt):
        names = ", ".join(str(v.attrs[0]) for v in wrt)
        raise ArgumentError(f"the constraint {quote(said)} does not depend on {names}")
    first, second = said.args
    if _SMALLER_FIRST.get(name, False):
        first, second = second, first
    return Constraint(said, subtract(first, second), name == "equal")


def _varies(expression: Node, wrt: Sequence[Node]) -> bool:
    return not set(wrt).isdisjoint(topological([expression]))


# Constraints as SciPy takes them ----------------------------------------------------------------


class Group:
    """Constraints of one kind, equalities or not, linear or not, as one vector function.

    gaps  all gaps in a row at a point, NaN where they cannot be evaluated
    """

    def __init__(self, problem: Problem, members: Sequence[Constraint], linear: bool) -> None:
        self.members, self._problem, self.linear = tuple(members), problem, linear
        gaps = [member.gap for member in members]
        self.function = VectorFunction(problem, gaps, may_be_sparse=True)
        self.gaps = Latest(partial(vector_or_nan, self.function))
        self._curvature: Curvature | None = None

    def for_scipy(self, optimize: Any, start: Array, second: bool) -> Any:
        """A constraint as an object of SciPy, with second derivatives if these are asked for."""
        equality = self.members[0].equality
        upper = 0.0 if equality else np.inf
        if self.linear:
            origin = np.zeros(self._problem.packing.size)
            offset = self.function.value(origin)
            matrix = self.function.jacobian(origin)
            return optimize.LinearConstraint(matrix, -offset, upper - offset)
        more = {"hess": self._hessian} if second else {}
        gaps = Gaps(self.gaps, self.function.jacobian, equality, start)
        return optimize.NonlinearConstraint(gaps.value, 0.0, upper, jac=gaps.jacobian, **more)

    def violations(self, x: Array) -> list[float]:
        """How far each member is from holding at a point; 0 if it holds."""
        parts = self.function.split(self.gaps(x))
        return [
            float(np.max(np.abs(gap) if member.equality else np.maximum(-gap, 0), initial=0.0))
            for gap, member in zip(parts, self.members, strict=True)
        ]

    def _hessian(self, x: Array, multipliers: Array) -> Any:
        """The Hessian of the sum of all entries, each times its multiplier."""
        from scipy.sparse.linalg import LinearOperator

        if self._curvature is None:
            self._curvature = self._of_weighted_sum()
        curvature, weights = self._curvature, self.function.split(multipliers)
        size = self._problem.packing.size
        return LinearOperator(
            (size, size), lambda v: curvature.product(x, np.ravel(v), *weights), dtype=np.float64
        )

    def _of_weighted_sum(self) -> Curvature:
        taken = names_of([*self._problem.expressions, *self._problem.wrt])
        weights: list[Node] = []
        for member in self.members:
            name = fresh("u", taken)
            taken.add(name)
            weights.append(variable(name, member.gap.shape))
        pairs = zip(weights, self.members, strict=True)
        weighted = [total(multiply(u, member.gap)) for u, member in pairs]
        scalar = weighted[0]
        for each in weighted[1:]:
            scalar = scalar + each
        return Curvature(self._problem, Products(scalar, self._problem.wrt, weights))


def grouped(problem: Problem, constraints: Sequence[Constraint]) -> list[Group]:
    """Constraints by kind: methods treat equalities apart, and need no curvature of linear ones."""
    kinds: dict[tuple[bool, bool], list[Constraint]] = {}
    for each in constraints:
        linear = is_affine(each.gap, problem.wrt)
        kinds.setdefault((linear, each.equality), []).append(each)
    return [Group(problem, members, linear) for (linear, _), members in kinds.items()]
