"""Evaluation without compilation: each node's NumPy template is applied to its arguments' values.

The templates are those of generated code, so a value and a compiled function agree. So are the
rules that keep digits from cancelling (`rewrite.accuracy`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypeAlias, overload

import numpy as np

from symdiff.binding import Bound, as_nodes, bind, check_requirements, split_names
from symdiff.dims import size_value
from symdiff.errors import ArgumentError, InputError, describe
from symdiff.node import Node
from symdiff.nonfinite import refuse_nonfinite
from symdiff.ops.leaves import INEXACT
from symdiff.ops.several import WHOLE
from symdiff.plan import Failure, Plan, Result, plan_as_written, plan_of, schedule, type_of_kind

Value = Any
Given: TypeAlias = Mapping[Node, object]


@overload
def evaluate(
    outputs: Node,
    values: Mapping[Node, object] | None = None,
    /,
    *,
    check: bool = False,
    **named: object,
) -> Value: ...
@overload
def evaluate(
    outputs: Sequence[Node],
    values: Mapping[Node, object] | None = None,
    /,
    *,
    check: bool = False,
    **named: object,
) -> list[Value]: ...
def evaluate(
    outputs: Node | Sequence[Node],
    values: Mapping[Node, object] | None = None,
    /,
    *,
    check: bool = False,
    **named: object,
) -> Value | list[Value]:
    """Return the values of expressions, with arrays given by name or by variable.

    `values` may also give the value of any other node, which is then not computed. Named sizes
    are found from the arrays; those that no array has are given by name, such as `n=3`. Only what
    the outputs need is computed. The float type is that of the arrays; see `binding.bind`.

    With `check`, a result that holds NaN or infinity is refused, and the error names the first
    expression that made it out of finite numbers, forward or in a derivative, with the values of
    its inputs and the cause.

    Raises InputError for values that are missing, unknown, or of shapes that do not fit together;
    NonFiniteError with `check`; MissingDependencyError where an op needs SciPy and that is not
    installed.

    >>> import symdiff as sd
    >>> X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    >>> sd.evaluate(sd.sum(X @ w), {X: [[1, 2], [3, 4]]}, w=[1, 1])
    np.float64(10.0)
    """
    wanted = as_nodes(outputs)
    given: Given = dict(values or {})
    for node in given:
        if not isinstance(node, Node):
            raise ArgumentError(f"values are given by variable or node, not by {node!r}")
    plan = plan_of(wanted, given)
    by_name, sizes = split_names(plan.variables, plan.sizes, named)
    bound = bind(list(plan.given), {**given, **by_name}, sizes)
    missing = [name for name in plan.sizes if name not in bound.sizes]
    if missing:
        raise InputError(f"no array tells the size {', '.join(missing)}; give it by name")
    check_requirements(plan.requirements, bound.sizes)
    with np.errstate(all="ignore") if check else nullcontext():  # the error says more
        found = _values(plan, wanted, given, bound)
        if check and not all(np.all(np.isfinite(found[result.place])) for result in plan.results):
            _refuse(wanted, given, bound, [found[result.place] for result in plan.results])
    results = [
        _ready(found[result.place], node, result, bound)
        for node, result in zip(wanted, plan.results, strict=True)
    ]
    first = {node: place for place, node in reversed(list(enumerate(wanted)))}
    copied = [
        result if first[node] == place else np.copy(result)[()]
        for place, (node, result) in enumerate(zip(wanted, results, strict=True))
    ]
    return copied[0] if isinstance(outputs, Node) else copied


def _values(
    plan: Plan, wanted: list[Node], given: Given, bound: Bound, as_written: bool = False
) -> list[Value]:
    """The values that a plan computes: all of them, if it computes what is wanted as written."""
    try:
        return plan.values(bound, keep=as_written)
    except Failure as failure:
        nodes = list(schedule(wanted, given, as_written)[1])
        node = nodes[failure.place + (nodes[failure.place].op is WHOLE)]  # the first of its parts
        raise InputError(f"{failure.__cause__}, in {describe(node)}") from failure.__cause__


def _refuse(wanted: list[Node], given: Given, bound: Bound, found: list[Value]) -> None:
    """Refuse results that are not finite, and name the origin as it is written, if it is there."""
    plan = plan_as_written(wanted, given)
    values = _values(plan, wanted, given, bound, as_written=True)
    _, nodes = schedule(wanted, given, as_written=True)
    refuse_nonfinite(wanted, dict(zip(nodes, values, strict=True)), bound.sizes)
    computing, _ = schedule(wanted, given)
    refuse_nonfinite(computing, dict(zip(computing, found, strict=True)), bound.sizes)


def _ready(value: Value, node: Node, result: Result, bound: Bound) -> Value:
    """A value as it is returned: an array or scalar of its kind and shape that is the caller's."""
    if isinstance(value, (bool, int, float, complex)):
        exact = result.dtype not in INEXACT
        return np.asarray(value, None if exact else type_of_kind(result.dtype, bound.dtype))[()]
    if np.shape(value) != result.shape and not _fits(result, value, bound):
        raise InputError(f"{describe(node)} came out with shape {np.shape(value)}")
    return value.copy()[()] if result.shared else value


def _fits(result: Result, value: Value, bound: Bound) -> bool:
    return np.shape(value) == tuple(size_value(size, bound.sizes) for size in result.shape)
