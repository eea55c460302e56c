"""Evaluation without compilation: each node's NumPy template is applied to its arguments' values.

The templates are those of generated code, so a value and a compiled function agree. So are the
rules that keep digits from cancelling (`rewrite.accuracy`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import Any, overload

import numpy as np

from symdiff import runtime
from symdiff.binding import (
    Bound,
    bind,
    check_requirements,
    requirements,
    size_names,
    split_names,
    variables_of,
)
from symdiff.codegen.lowering import is_python_number, numpy_template, view_base
from symdiff.errors import ArgumentError, InputError, describe
from symdiff.node import Node, topological, use_counts
from symdiff.nonfinite import refuse_nonfinite
from symdiff.ops.leaves import CONSTANT, INEXACT, SIZE, VARIABLE
from symdiff.ops.several import as_part, computed_together
from symdiff.rewrite.accuracy import computed
from symdiff.rewrite.engine import leaving
from symdiff.template import ATOM, Template

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
    order = topological(wanted, known=given)
    variables = variables_of(order)
    by_name, sizes = split_names(variables, size_names(order), named)
    known = {**given, **by_name}
    places = [node for node in order if node.op is VARIABLE or node in given]
    bound = bind(places, known, sizes)
    missing = [name for name in size_names(order) if name not in bound.sizes]
    if missing:
        raise InputError(f"no array tells the size {', '.join(missing)}; give it by name")
    check_requirements(requirements(order), bound.sizes)
    computing = leaving(given, wanted, computed)
    with np.errstate(all="ignore") if check else nullcontext():
        found = _run(topological(computing, known=given), computing, bound)
        if check and not all(np.all(np.isfinite(found[node])) for node in computing):
            refuse_nonfinite(wanted, _run(order, wanted, bound, keep=True))  # as it is written
            refuse_nonfinite(computing, found)
    results = _results(computing, found, bound)
    return results[0] if isinstance(outputs, Node) else results


def _run(
    order: list[Node], wanted: list[Node], bound: Bound, keep: bool = False
) -> dict[Node, Value]:
    """The values of what is wanted, or of all nodes if they are to be kept."""
    values: dict[Node, Value] = dict(bound.values)
    names, sizes = tuple(bound.sizes), tuple(bound.sizes.values())
    left = use_counts(order, wanted)
    numbers: set[Node] = set()
    unknown = [node for node in order if node not in values]
    together = (node for group in computed_together(unknown) for node in group)
    parts = {node: as_part(node, node.args) for node in together}
    left.update(Counter(part.args[0] for part in parts.values()))

    def computed(node: Node) -> Value:
        function = _compute(node, numbers, names)
        return function(bound.dtype, *sizes, *(values[arg] for arg in node.args))

    for node in order:
        whole = parts[node].args if node in parts else ()
        if node not in values:
            if is_python_number(node, numbers):
                numbers.add(node)
            try:
                for each in whole:
                    values[each] = values[each] if each in values else computed(each)
                values[node] = computed(parts.get(node, node))
            except (TypeError, ValueError, IndexError, OverflowError) as error:
                raise InputError(f"{error}, in {describe(node)}") from error
        for arg in (*node.args, *whole) if not keep else ():
            left[arg] -= 1
            if not left[arg]:
                values.pop(arg, None)
    return values


def _results(wanted: list[Node], values: dict[Node, Value], bound: Bound) -> list[Value]:
    results = [_result(node, values[node], bound) for node in wanted]
    repeated = (node in wanted[:place] for place, node in enumerate(wanted))
    return [np.copy(r)[()] if again else r for r, again in zip(results, repeated, strict=True)]


def _compute(node: Node, numbers: set[Node], sizes: tuple[str, ...]) -> Callable[..., Value]:
    """The function of (dtype, sizes, arguments) that computes a node."""
    if node.op is CONSTANT:
        value = node.attrs.value
        if isinstance(value, np.ndarray) and node.dtype in INEXACT:
            return lambda dtype, *rest: value.astype(type_of_kind(node.dtype, dtype))
        return lambda dtype, *rest: value
    if node.op is SIZE:
        place = sizes.index(str(node.attrs))
        return lambda dtype, *rest: rest[place]
    return template_function(numpy_template(node, numbers), len(node.args), sizes)


@lru_cache(maxsize=4096)
def template_function(
    template: Template, count: int, sizes: tuple[str, ...]
) -> Callable[..., Value]:
    """The function of (dtype, sizes, `count` arguments) that a NumPy template writes."""
    arguments = [f"_{k}" for k in range(count)]
    text = template.render([(name, ATOM) for name in arguments])
    return _compiled(text, ", ".join(["dtype", *sizes, *arguments]))


@lru_cache(maxsize=4096)
def _compiled(text: str, parameters: str) -> Callable[..., Value]:
    # the text comes from an op's own template; names in it are checked identifiers
    function: Callable[..., Value] = eval(f"lambda {parameters}: {text}", vars(runtime))
    return function


def _result(node: Node, value: Value, bound: Bound) -> Value:
    if isinstance(value, (bool, int, float, complex)):
        exact = node.dtype not in INEXACT
        return np.asarray(value, None if exact else type_of_kind(node.dtype, bound.dtype))[()]
    if np.shape(value) != node.shape and not _fits(node, value, bound):
        raise InputError(f"{describe(node)} came out with shape {np.shape(value)}")
    is_view = view_base(node) is not node
    if is_view or node in bound.values or node.op is CONSTANT:
        return value.copy()[()]  # callers may write into what they get
    return value


def type_of_kind(kind: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of floats, or of complex numbers, where that of floats is `dtype`."""
    result: np.dtype[Any] = runtime._complex_type(dtype) if kind == "complex" else dtype  # type: ignore[no-untyped-call]
    return result


def _fits(node: Node, value: Value, bound: Bound) -> bool:
    from symdiff.dims import size_value

    return np.shape(value) == tuple(size_value(size, bound.sizes) for size in node.shape)
