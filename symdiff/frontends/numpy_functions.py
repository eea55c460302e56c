"""Expressions from ordinary functions that are written with NumPy."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from symdiff.dims import Dim, as_shape
from symdiff.errors import ArgumentError
from symdiff.frontends.declared import KINDS, Declared, run_with_sizes
from symdiff.frontends.pytrees import leaves, mapped
from symdiff.frontends.user_lines import running
from symdiff.names import check_name
from symdiff.node import Node
from symdiff.ops.leaves import as_node


def from_function(f: Callable[..., Any], /, **shapes: object) -> Any:
    """Run a function written with NumPy on variables, and return the expression that comes out.

    Each parameter is given a shape as `parse` takes it ("n d", "" for a scalar, a tuple, "matrix",
    "n int" of labels), or an expression for which it stands. A dict, a list, a dataclass, or a
    tuple of such, is an argument with structure: its variables are named after the parameter and
    the key, `params_W`. Parameters without a shape keep their defaults. The result has the
    structure of what `f` returns, with an expression for each number or array.

    Loops over numbers unroll, and `a == b` compares entries. With a kind of which sizes are
    inferred, `f` is run several times.

    Raises ArgumentError for parameters without a shape or shapes without a parameter, and whatever
    building the expression raises, with the line of `f`: for a branch on a value, a loop over a
    named size, assignment to an entry, a function of NumPy that symdiff lacks.

    >>> import numpy as np
    >>> def loss(w, X, y):
    ...     return np.sum(np.log1p(np.exp(-y * (X @ w))))
    >>> from_function(loss, w="d", X="n d", y="n")
    <sum(log1p(exp(−y ⊙ X w))) : () float>
    """
    name = getattr(f, "__name__", type(f).__name__)
    signature = signature_of(f, name)
    _check_names(name, signature, shapes)
    declared: dict[str, object] = {}
    for parameter, shape in shapes.items():
        for variable, own in leaves(shape, parameter, _is_shape):
            check_name(variable, "variable")
            if variable in declared:
                raise ArgumentError(f"two arguments of `{name}` would be named {variable!r}")
            declared[variable] = own

    def run(variables: Mapping[str, Node]) -> Any:
        given = {
            parameter: mapped(lambda variable, _: variables[variable], shape, parameter, _is_shape)
            for parameter, shape in shapes.items()
        }
        placed = _placed(signature, given)
        return mapped(_expression, f(*placed.args, **placed.kwargs), name)

    with running(name):
        return run_with_sizes(Declared(declared), run)


def signature_of(f: Callable[..., Any], name: str) -> inspect.Signature:
    """The signature of a function. Raises ArgumentError for one that does not tell it."""
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"`{name}` does not tell its parameters; write a function of your own that calls it"
        ) from None


def _check_names(name: str, signature: inspect.Signature, shapes: Mapping[str, object]) -> None:
    """Refuse shapes without a parameter, and parameters that have neither shape nor default."""
    parameters = signature.parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        unknown = [shape for shape in shapes if shape not in {p.name for p in named}]
        if unknown:
            raise ArgumentError(
                f"`{name}` has no parameter {', '.join(unknown)}; "
                f"it has {', '.join(p.name for p in named) or 'none'}"
            )
    missing = [p.name for p in named if p.default is p.empty and p.name not in shapes]
    if missing:
        example = ", ".join(f'{parameter}="n"' for parameter in missing)
        raise ArgumentError(
            f"`{name}` needs a shape for {', '.join(missing)}: such as "
            f'sd.from_function({name}, {example}), or "" for a scalar'
        )


def _placed(signature: inspect.Signature, given: Mapping[str, object]) -> inspect.BoundArguments:
    """All arguments, where the function takes them, with defaults for those not given."""
    placed = signature.bind_partial()
    rest = {name: value for name, value in given.items() if name not in signature.parameters}
    placed.arguments.update((name, given[name]) for name in given if name not in rest)
    placed.apply_defaults()
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            placed.arguments[parameter.name] = rest
    return placed


def _is_shape(given: object) -> bool:
    """Whether what is given for a parameter is one shape, not a structure of several."""
    if not isinstance(given, tuple) or hasattr(given, "_fields"):
        return False
    return all(isinstance(size, (int, Dim)) or _is_size(size) for size in given)


def _is_size(given: object) -> bool:
    """Whether text says one size, as "n" and "2*n + 1" do; "n d", "" and "vector" are shapes."""
    if not isinstance(given, str) or given in KINDS:
        return False
    try:
        return len(as_shape((given,))) == 1
    except ArgumentError:
        return len(given.replace(",", " ").split()) == 1  # told where shapes are read


def _expression(name: str, value: object) -> Node:
    if value is None:
        raise ArgumentError(f"`{name}` is None; a function must return what it computes")
    return as_node(value)
