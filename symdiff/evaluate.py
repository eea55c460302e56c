"""Evaluation without compilation: each node's NumPy template is applied to its arguments' values.

The templates are those of generated code, so a value and a compiled function agree. So are the
rules that keep digits from cancelling (`rewrite.accuracy`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

import numpy as np

from symdiff.binding import Bound, bind, check_requirements, split_names
from symdiff.dims import size_value
from symdiff.errors import ArgumentError, InputError, describe
from symdiff.node import Node
from symdiff.nonfinite import refuse_nonfinite
from symdiff.ops.leaves import INEXACT
from symdiff.ops.several import WHOLE
from symdiff.plan import Failure, Result, plan_of, schedule, type_of_kind

Value = Any


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
    wanted = [outputs] if isinstance(outputs, Node) else list(outputs)
    given = dict(values or {})
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
    try:
        values = plan.values(bound, keep=check)
    except Failure as failure:
        cause, node = failure.__cause__, _node_at(failure.place, wanted, given)
        raise InputError(f"{cause}, in {describe(node)}") from cause
    if check:
        computing, forms = schedule(wanted, given)
        refuse_nonfinite(computing, dict(zip(forms, values, strict=True)))
    results = [
        _ready(values[result.place], node, result, bound)
        for node, result in zip(wanted, plan.results, strict=True)
    ]
    repeated = (node in wanted[:place] for place, node in enumerate(wanted))
    copied = [np.copy(r)[()] if again else r for r, again in zip(results, repeated, strict=True)]
    return copied[0] if isinstance(outputs, Node) else copied


def _node_at(place: int, wanted: Sequence[Node], given: Iterable[Node]) -> Node:
    """The node whose value has a place in the plan; the first of those computed together."""
    nodes = list(schedule(wanted, given)[1])
    return nodes[place + (nodes[place].op is WHOLE)]


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
