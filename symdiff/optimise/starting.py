"""A start at which something is not finite, and where that comes from."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.binding import size_names, variables_of
from symdiff.errors import InputError, quote
from symdiff.evaluate import evaluate
from symdiff.node import Node, topological
from symdiff.nonfinite import NonFiniteError
from symdiff.optimise.packing import Array
from symdiff.optimise.problem import Problem


def refuse_nonfinite_start(problem: Problem, expressions: Sequence[Node], x: Array) -> None:
    """Name what makes expressions infinite or NaN at a start.

    Raises NonFiniteError with the first expression that is not finite though its inputs are.
    """
    order = topological(expressions)
    needed = {*(v.attrs[0] for v in variables_of(order)), *size_names(order)}
    values = {name: value for name, value in problem.values(x).items() if name in needed}
    try:
        evaluate(list(expressions), check=True, **values)
    except NonFiniteError as error:
        message = f"at the start, {error}"
        raise NonFiniteError(message, error.node, error.place, error.value, error.inputs) from None
    raise InputError(f"{quote(expressions[0])} or its gradient is not finite at the start")
