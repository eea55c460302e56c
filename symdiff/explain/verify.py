"""Each step of the pass against numbers, without asking the rules.

A step says what one argument of one node receives. So that argument alone moves, in a random
direction, at a point where everything has a value, and the node's function is measured: by the
complex step where it is analytic, else by extrapolated differences (see `symdiff.differences`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import size_names
from symdiff.codegen.lowering import is_python_number
from symdiff.derive.backprop import Contribution, GradientTable, dependents, held
from symdiff.derive.declared_rules import overrides
from symdiff.derive.forward import check_path
from symdiff.differences import (
    COMPLEX_STEP,
    FIRST_STEP,
    ROUNDING,
    Measure,
    Point,
    drawn,
    extrapolated,
)
from symdiff.errors import SymdiffError
from symdiff.evaluate import evaluate
from symdiff.explain.rounding import rounding
from symdiff.explain.verdict import (
    COMPLEX,
    DIFFERENCES,
    DISCRETE,
    HOLDS,
    NO_PATH,
    NOT_FINITE,
    NOTHING,
    ON_EDGE,
    OVERRIDDEN,
    Off,
    StepCheck,
    again,
    jumps,
    verdict,
)
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import CONSTANT, INEXACT, VARIABLE
from symdiff.plan import node_function
from symdiff.registry import Held
from symdiff.rewrite.engine import replaced

Array: TypeAlias = "np.ndarray[Any, Any]"
Function: TypeAlias = "Callable[[Array], Array]"


class Verifier:
    """Checks the steps of a pass at one point. All values are computed once, together.

    table  the record of the pass
    point  values for the variables of its target, and numbers for the named sizes
    values the value of every node that the steps mention
    """

    def __init__(self, table: GradientTable, point: Point, seed: int = 0) -> None:
        self.table = table
        self.point = point
        self._rng = np.random.default_rng(seed)
        sent = [step.sent for step in table.steps if step.sent is not None]
        wanted = topological([table.target])
        self._held = held(wanted, dependents(wanted, table.wrt), table.wrt)
        self._overridden = {node for node in wanted if overrides(node)}
        wanted += [*table.cotangents.values(), *sent]
        self.values = _values(list(dict.fromkeys(wanted)), point)

    def random(self, shape: tuple[int, ...]) -> Array:
        """Random numbers, for directions."""
        return np.asarray(self._rng.normal(size=shape))

    def edge(self, step: Contribution) -> StepCheck:
        """Compare what one step sent with the node's function, of which one place moves."""
        consumer, place = step.consumer, step.place
        if step.receiver.dtype not in INEXACT:
            return StepCheck(True, np.nan, DISCRETE)
        if step.receiver in self._held or isinstance(consumer.op.derivative, Held):
            return StepCheck(True, np.nan, HOLDS)
        if consumer in self._overridden:
            return StepCheck(True, np.nan, OVERRIDDEN)
        at, upstream = self.values[consumer.args[place]], self.values[step.cotangent]
        sent = np.zeros_like(at) if step.sent is None else self.values[step.sent]
        reached = self.values[consumer][upstream != 0]
        if not all(np.all(np.isfinite(array)) for array in (sent, upstream, reached)):
            return StepCheck(True, np.nan, NOT_FINITE)
        direction = drawn(step.receiver, lambda: self.random(at.shape))
        found = self._compared(step, sent, direction)
        if found.ok:
            return found
        kinks = self._kinks(consumer, at.shape)
        if kinks is None:
            return StepCheck(True, np.nan, ON_EDGE)
        return again(partial(self._compared, step, sent), np.where(kinks, 0, direction), at,
                     lambda: self._off(step.sent, consumer))  # fmt: skip

    def node(self, node: Node) -> StepCheck:
        """Compare the sum of all that a node received with the target, as the node alone moves."""
        if node.dtype not in INEXACT:
            return StepCheck(True, np.nan, DISCRETE)
        target = self.table.target
        if node not in self.values:
            return StepCheck(True, np.nan, NO_PATH)
        if not self._overridden.isdisjoint(dependents(topological([target]), [node])):
            return StepCheck(True, np.nan, OVERRIDDEN)
        gradient = self.table.cotangents.get(node)
        total = np.zeros_like(self.values[node]) if gradient is None else self.values[gradient]
        if not (np.all(np.isfinite(total)) and np.isfinite(self.values[target])):
            return StepCheck(True, np.nan, NOT_FINITE)
        moving = intern(VARIABLE, (), ("what moves", node.shape, node.dtype))
        point = Point({**self.point.values, moving: self.values[node]}, self.point.sizes)
        moved = target if node is target else replaced([target], {node: moving})[0]
        measure = Measure(moving if node is target else moved, moving, point)
        direction = drawn(node, lambda: self.random(total.shape))
        value = float(abs(self.values[target]))

        def compared(way: Array, length: float = 1.0, off: Off = NOTHING) -> StepCheck:
            with np.errstate(all="ignore"):
                measured, doubt = measure.along(way)
            doubt += off.of(way, 1.0, measure.method)
            return verdict(total * way, measured, doubt, length * value, measure.method)

        found = compared(direction)
        if found.ok:
            return found
        if self._at_border(node) or jumps(moved, moving, point, direction):
            return StepCheck(True, np.nan, ON_EDGE)
        return again(compared, direction, self.values[node], lambda: self._off(gradient, target))

    def together(self, variables: Sequence[Node]) -> StepCheck:
        """Compare the gradients by several variables at once, as all of them move together."""
        target = self.table.target
        if not self._overridden.isdisjoint(dependents(topological([target]), variables)):
            return StepCheck(True, np.nan, OVERRIDDEN)
        t = intern(VARIABLE, (), ("how far", (), "float"))
        ways = {x: intern(VARIABLE, (), (f"way of {x}", x.shape, x.dtype)) for x in variables}
        along = {x: drawn(x, partial(self.random, self.values[x].shape)) for x in variables}
        given = {t: np.zeros(()), **{way: along[x] for x, way in ways.items()}}
        point = Point({**self.point.values, **given}, self.point.sizes)
        moved = replaced([target], {x: x + t * way for x, way in ways.items()})[0]
        measure = Measure(moved, t, point)
        with np.errstate(all="ignore"):
            measured, doubt = measure.along(np.ones(()))
            found = [
                np.ravel(self.values[gradient] * along[x])
                for x in variables
                if (gradient := self.table.cotangents.get(x)) is not None
            ]
        value = float(abs(self.values[target]))
        return verdict(np.concatenate(found), measured, doubt, value, measure.method)

    def _compared(
        self, step: Contribution, sent: Array, direction: Array,
        length: float = 1.0, off: Off = NOTHING,
    ) -> StepCheck:  # fmt: skip
        upstream = self.values[step.cotangent]
        flowing = upstream != 0  # where nothing comes from above, no value below matters
        at = self.values[step.receiver]

        def weighed(values: Array) -> Array:
            return np.asarray(upstream[flowing] * values[flowing])

        with np.errstate(all="ignore"):
            measured, doubt, how = self._measured(step, weighed, at, direction)
            here = float(np.sum(np.abs(weighed(np.asarray(self.values[step.consumer])))))
        doubt += off.of(direction, np.where(flowing, upstream, 0), how)
        return verdict(sent * direction, measured, doubt, length * here, how)

    def _off(self, derived: Node | None, measured: Node) -> Off:
        """How far what was derived, and what was measured, may be off by rounding."""
        nodes = [measured] if derived is None else [derived, measured]
        found = rounding(nodes, self.point)
        return Off(np.zeros(()) if derived is None else found[derived], found[measured])

    def _at_border(self, node: Node) -> bool:
        """True if some node between this one and the target is where its rule is a convention."""
        order = topological([self.table.target])
        for between in dependents(order, [node]):
            kinks = self._kinks(between, self.values[between].shape)
            if kinks is None or np.any(kinks):
                return True
        return False

    def _measured(
        self, step: Contribution, weighed: Function, at: Array, direction: Array
    ) -> tuple[float, float, str]:
        """The derivative along a direction, how far it may be off, and how it was found."""
        analytic = self._function(step, "complex") if _is_real(step) else None
        if analytic is not None:
            terms = weighed(analytic(at + 1j * COMPLEX_STEP * direction))
            slopes = np.imag(terms) / COMPLEX_STEP
            if np.all(np.isfinite(slopes)):
                size = float(np.sum(np.abs(slopes)) + np.sum(np.abs(np.real(terms))))
                return float(np.sum(slopes)), ROUNDING * size + COMPLEX_STEP, COMPLEX
        function = self._function(step, step.receiver.dtype)
        assert function is not None
        scale = max(1.0, float(np.max(np.abs(direction), initial=0)))

        def moved(length: float) -> float:
            return float(np.real(np.sum(weighed(function(at + length * direction)))))

        return (*extrapolated(moved, FIRST_STEP / scale), DIFFERENCES)

    def _function(self, step: Contribution, kind: str) -> Function | None:
        """The node's own NumPy form, of one place; None if it is not analytic, and is to be."""
        consumer, place = step.consumer, step.place
        kinds = [kind if k == place else arg.dtype for k, arg in enumerate(consumer.args)]
        stand_ins = [
            intern(VARIABLE, (), (f"argument {k}", arg.shape, kinds[k])) if k == place else arg
            for k, arg in enumerate(consumer.args)
        ]
        if kind != step.receiver.dtype and not consumer.op.complex:
            return None
        try:
            node = intern(consumer.op, tuple(stand_ins), consumer.attrs)
            if kind != step.receiver.dtype:
                check_path(node, stand_ins[place])
                if node.dtype != kind:
                    return None
        except SymdiffError:
            return None
        sizes = self.point.sizes
        numbers = {arg for arg in stand_ins if is_python_number(arg, ())}
        apply = node_function(node, numbers, tuple(sizes))
        values = [
            arg.attrs.value if arg.op is CONSTANT else self.values[arg] for arg in consumer.args
        ]
        dtype = np.dtype(np.float64)

        def function(moved: Array) -> Array:
            arguments = [moved if k == place else value for k, value in enumerate(values)]
            return np.asarray(apply(dtype, *sizes.values(), *arguments))

        return function

    def _kinks(self, consumer: Node, shape: tuple[int, ...]) -> Array | None:
        """Which entries of an argument are at a kink; None if some are, and it is unclear which."""
        found = np.zeros(shape, dtype=bool)
        for edge in consumer.op.edges:
            where = edge.where(consumer, *consumer.args)
            if where is None:
                continue
            order = topological([where], known=self.values)
            given = {node: self.values[node] for node in order if node in self.values}
            names = size_names(order)
            sizes: dict[str, Any] = {name: self.point.sizes[name] for name in names}
            holds = np.asarray(evaluate(where, given, **sizes))
            if not np.any(holds):
                continue
            if holds.shape != shape or not consumer.op.elementwise:
                return None
            found |= holds
        return found


def _values(nodes: Sequence[Node], point: Point) -> dict[Node, Array]:
    sizes: dict[str, Any] = {n: point.sizes[n] for n in size_names(topological(nodes))}
    with np.errstate(all="ignore"):
        found = evaluate(nodes, _used(point.values, nodes), **sizes)
    return {node: np.asarray(value) for node, value in zip(nodes, found, strict=True)}


def _used(values: Mapping[Node, Array], nodes: Sequence[Node]) -> dict[Node, Array]:
    variables = {node for node in topological(nodes) if node.op is VARIABLE}
    return {node: value for node, value in values.items() if node in variables}


def _is_real(step: Contribution) -> bool:
    return "complex" not in (step.consumer.dtype, step.receiver.dtype, step.cotangent.dtype)
