"""Binding: from values given by name to arrays of one precision, and sizes that fit them all."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from symdiff import runtime
from symdiff.dims import Dim, Size, names_in, size_value, solve
from symdiff.errors import ArgumentError, InputError, quote, shape_text
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, VARIABLE
from symdiff.registry import Requirement, no_indices, no_sizes, nothing_required

Array = np.ndarray[Any, Any]


def as_nodes(expressions: object) -> list[Node]:
    """One expression or several, as a list; anything else is refused."""
    several: list[Any] = [expressions]
    if isinstance(expressions, Iterable) and not isinstance(expressions, (Node, str)):
        several = list(expressions)
    for each in several:
        if not isinstance(each, Node):
            raise ArgumentError(f"expected an expression or a list of them, not {_said(each)}")
    return several


def one_node(expression: object) -> Node:
    """An expression; anything else is refused."""
    if not isinstance(expression, Node):
        raise ArgumentError(f"expected an expression, not {_said(expression)}")
    return expression


def _said(value: object) -> str:
    instead = "; sd.from_function makes expressions of a function" if callable(value) else ""
    return f"{value!r}{instead}"


def inputs(*expressions: Node | Sequence[Node]) -> list[Node]:
    """Return the variables of expressions, in order of first appearance.

    This is the order of positional arguments in compiled and emitted functions.

    Raises ArgumentError if one name stands for two variables, or for a variable and a size.

    >>> import symdiff as sd
    >>> inputs(sd.parse("a*x + b", a="", x="n", b=""))
    [<a : () float>, <x : (n,) float>, <b : () float>]
    """
    outputs = [each for item in expressions for each in as_nodes(item)]
    return variables_of(topological(outputs))


def variables_of(order: Iterable[Node]) -> list[Node]:
    """The variables among nodes; two of one name are refused."""
    nodes = list(order)
    found: dict[str, Node] = {}
    for node in nodes:
        if node.op is VARIABLE:
            name = node.attrs[0]
            if found.setdefault(name, node) is not node:
                first, second = (shape_text(v.shape) for v in (found[name], node))
                kinds = f"{first} {found[name].dtype} and {second} {node.dtype}"
                raise ArgumentError(f"two variables are named {name!r}: {kinds}; rename one")
    for size in size_names(nodes):
        if size in found:
            raise ArgumentError(f"{size!r} is both a variable and a named size; rename one")
    return list(found.values())


def size_names(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The named sizes that shapes and formulas mention, in order of first appearance."""
    sizes: list[Size] = []
    for node in nodes:
        op = node.op
        if node.shape or op.sizes is not no_sizes or op.indices is not no_indices:
            sizes.extend(op.sizes(node))
            mentioned = (*node.shape, *op.indices(node))
            sizes.extend([size for size in mentioned if isinstance(size, Dim)])
    return names_in(dict.fromkeys(sizes))


def label(node: Node) -> str:
    """How messages name a node that has a value: a variable by its name, others as written."""
    return node.attrs[0] if node.op is VARIABLE else quote(node)


def requirements(order: Iterable[Node]) -> list[Requirement]:
    """The sizes that must not be too small, each once."""
    demanding = (node for node in order if node.op.requires is not nothing_required)
    return list(dict.fromkeys(r for node in demanding for r in node.op.requires(node)))


def indexed_sizes(order: Iterable[Node], sizes: Mapping[str, int]) -> dict[Node, int]:
    """For variables that are indices as they stand, the least size of the axes that they index."""
    found = indexed(order)
    return {v: min(size_value(size, sizes) for size in axes) for v, axes in found.items()}


def indexed(order: Iterable[Node]) -> dict[Node, list[Size]]:
    """For variables that are indices as they stand, the sizes of the axes that they index."""
    found: dict[Node, list[Size]] = {}
    for node in order:
        axes = node.op.indices(node)
        for place, size in zip(node.args[len(node.args) - len(axes) :], axes, strict=True):
            while place.args and place.op.view(place):
                place = place.args[0]
            if place.op is VARIABLE and size not in found.setdefault(place, []):
                found[place].append(size)
    return found


@dataclass(frozen=True, slots=True)
class Bound:
    """Values ready to compute with: arrays by variable, sizes by name, one float type."""

    values: dict[Node, Array]
    sizes: dict[str, int]
    dtype: np.dtype[Any]


def bind(
    variables: Sequence[Node], given: Mapping[Node, object], sizes: Mapping[str, int]
) -> Bound:
    """Turn values into arrays, find the named sizes, and check both against each other.

    The float type of the call is that of the floating-point arrays together, as NumPy promotes
    them; Python numbers and integers adapt to it, and alone they give float64.

    Raises InputError for values that are missing, not numeric, or of shapes that do not fit; it
    names every clash.
    """
    missing = [label(v) for v in variables if v not in given]
    if missing:
        raise InputError(f"no value for {', '.join(missing)}")
    values = _arrays(variables, given)
    first = next((v for v in variables if v.dtype in INEXACT), None)
    dtype = np.dtype(np.float64) if first is None else values[first].real.dtype
    return Bound(values, _find_sizes(values, sizes), dtype)


def _arrays(variables: Sequence[Node], given: Mapping[Node, object]) -> dict[Node, Array]:
    """Convert all values as generated code does."""
    floats = [v for v in variables if v.dtype in INEXACT]
    named: dict[str, object] = {}
    for v in floats:
        named[label(v) if label(v) not in named else f"{label(v)} (#{len(named)})"] = given[v]
    convert: dict[str, Callable[[str, object], Array]] = {
        "int": runtime._integers,
        "bool": runtime._booleans,
    }
    try:
        real = [name for name, v in zip(named, floats, strict=True) if v.dtype == "float"]
        converter: Any = runtime._floats
        if len(real) < len(floats):
            converter = partial(runtime._complexes, real)
        arrays: list[Array] = converter(**named)
        values = dict(zip(floats, arrays, strict=True))
        for v in variables:
            if v.dtype not in INEXACT:
                values[v] = convert[v.dtype](label(v), given[v])
    except (TypeError, ValueError) as error:
        raise InputError(str(error)) from None
    return {v: values[v] for v in variables}


def _find_sizes(values: Mapping[Node, Array], given: Mapping[str, int]) -> dict[str, int]:
    problems: list[str] = []
    sizes = dict(given)
    origin = dict.fromkeys(sizes, "the value given")
    compound: list[tuple[Dim, int, str]] = []
    for variable, array in values.items():
        if array.ndim != variable.ndim:
            problems.append(
                f"{label(variable)} must have shape {shape_text(variable.shape)}, not {array.shape}"
            )
            continue
        for axis, (size, actual) in enumerate(zip(variable.shape, array.shape, strict=True)):
            where = f"axis {axis} of {label(variable)}"
            if isinstance(size, Dim) and size.is_name:
                known = sizes.setdefault(str(size), actual)
                origin.setdefault(str(size), where)
                if known != actual:
                    problems.append(
                        f"size {size} is {known} from {origin[str(size)]}, "
                        f"but {actual} from {where}"
                    )
            elif isinstance(size, Dim):
                compound.append((size, actual, where))
            elif size != actual:
                problems.append(f"{where} must have size {size}, but has {actual}")
    for size, actual, where in compound:
        problems.extend(_check_compound(size, actual, where, sizes))
    if problems:
        raise InputError("; ".join(problems))
    return sizes


def _check_compound(size: Dim, actual: int, where: str, sizes: dict[str, int]) -> list[str]:
    unknown = [name for name in size.names if name not in sizes]
    if len(unknown) == 1:
        value = solve(size, unknown[0], actual, sizes)
        if value is not None:
            sizes[unknown[0]] = value
            return []
    if unknown:
        return [f"{where} has size {actual}, from which {', '.join(unknown)} cannot be told"]
    expected = size_value(size, sizes)
    return (
        [] if expected == actual else [f"{where} must have size {size} = {expected}, not {actual}"]
    )


def check_requirements(required: Iterable[Requirement], sizes: Mapping[str, int]) -> None:
    """Refuse sizes with which a node does not mean what its shape says."""
    for size, minimum, reason in ((r.size, r.minimum, r.reason) for r in required):
        value = size_value(size, sizes)
        if value < minimum:
            raise InputError(f"{reason} needs {size} >= {minimum}, but {size} is {value}")


def split_names(
    variables: Sequence[Node], free: Sequence[str], named: Mapping[str, object]
) -> tuple[dict[Node, object], dict[str, int]]:
    """Sort values given by name into those of variables and those of sizes.

    Raises InputError for a name that is neither.
    """
    by_name = {v.attrs[0]: v for v in variables}
    values: dict[Node, object] = {}
    sizes: dict[str, int] = {}
    for name, value in named.items():
        if name in by_name:
            values[by_name[name]] = value
        elif name in free:
            sizes[name] = _whole(name, value)
        else:
            known = ", ".join([*by_name, *free]) or "none"
            raise InputError(f"{name!r} is not an input; the inputs are: {known}")
    return values, sizes


def sizes_by_name(
    known: Sequence[str], needed: Container[str], given: Mapping[str, object], call: str
) -> dict[str, int]:
    """The values of named sizes.

    Raises InputError for a name that is none of those `known`, for a value that is no whole number,
    and where one that is `needed` is missing; it shows how to `call` with all.

    >>> sizes_by_name(["n"], ["n"], {"n": 3}, "at({})")
    {'n': 3}
    """
    unknown = [name for name in given if name not in known]
    if unknown:
        names = ", ".join(known) or "none"
        raise InputError(
            f"{unknown[0]!r} is not a size of these expressions; their sizes are: {names}"
        )
    missing = [name for name in known if name in needed and name not in given]
    if missing:
        values = {name: given.get(name, 1000) for name in known if name in needed}
        example = call.format(", ".join(f"{name}={value}" for name, value in values.items()))
        sizes = "size" if len(missing) == 1 else "sizes"
        raise InputError(f"no value for the {sizes} {', '.join(missing)}; write {example}")
    return {name: _whole(name, value) for name, value in given.items()}


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < 0:
        raise InputError(f"the size {name} must be a whole number, not {value!r}")
    return int(value.__index__())
