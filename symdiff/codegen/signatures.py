"""Functions made for the sizes of their arguments, where these decide what is fastest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import bind, size_names, split_names
from symdiff.errors import SymdiffError
from symdiff.node import Node
from symdiff.rewrite.association import Association, Choice

Function: TypeAlias = "Callable[..., Any]"

_MOST_SIGNATURES = 256
"""Of so many signatures it is remembered which function they have."""


def by_sizes(
    default: Function,
    orders: Association,
    variables: Sequence[Node],
    make: Callable[[Choice], Function],
) -> Function:
    """A function that multiplies in the best order for the sizes of each call.

    `default` multiplies as the formula is written; `make` gives the function of another choice of
    `orders`. Signatures with the same choice share one function, which is made when it is first
    needed.
    """
    made: dict[Choice, Function] = {(): default}
    sizes = size_names(variables)
    chosen: dict[object, Function] = {}

    def choose(args: Sequence[object], named: dict[str, object]) -> Function:
        try:
            given, free = split_names(variables, sizes, named)
            values = {**dict(zip(variables, args, strict=False)), **given}
            choice = orders.choice(bind(variables, values, free).sizes)
        except (SymdiffError, KeyError):  # what does not fit is refused where it is computed
            return default
        if choice not in made:
            made[choice] = make(choice)
        return made[choice]

    @wraps(default)
    def function(*args: object, **named: object) -> Any:
        signature = (*map(_shape, args), *((k, _shape(v)) for k, v in named.items()))
        found = chosen.get(signature)
        if found is None:
            found = choose(args, named)
            if len(chosen) >= _MOST_SIGNATURES:
                chosen.clear()
            if all(type(value) is np.ndarray for value in (*args, *named.values())):
                chosen[signature] = found
        return found(*args, **named)

    return function


def _shape(value: Any) -> object:
    return getattr(value, "shape", None)
