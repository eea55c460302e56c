"""The parameters of a function, as far as it tells them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple


class Parameters(NamedTuple):
    """The parameters of a function.

    by_place   the names of those that may be given by place
    by_name    the names of those that are given by name alone
    more       whether it takes more by place
    any_name   whether it takes others by name
    """

    by_place: tuple[str, ...]
    by_name: tuple[str, ...]
    more: bool
    any_name: bool

    @property
    def words(self) -> str:
        """All names, as messages list them."""
        return ", ".join([*self.by_place, *self.by_name]) or "none"

    def has(self, parameter: object) -> bool:
        """Whether something may be given: by its name, or its place."""
        if isinstance(parameter, str):
            return self.any_name or parameter in (*self.by_place, *self.by_name)
        count = len(self.by_place)
        return (
            isinstance(parameter, int) and -count <= parameter and (self.more or parameter < count)
        )


def parameters_of(f: Callable[..., Any]) -> Parameters:
    """The parameters of a function; of one that does not tell them, anything may be given.

    >>> parameters_of(lambda x, *rest, k: x)
    Parameters(by_place=('x',), by_name=('k',), more=True, any_name=False)
    """
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return Parameters((), (), more=True, any_name=True)
    kinds = {p.kind for p in parameters}
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return Parameters(
        tuple(p.name for p in parameters if p.kind in by_place),
        tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY),
        inspect.Parameter.VAR_POSITIONAL in kinds,
        inspect.Parameter.VAR_KEYWORD in kinds,
    )
