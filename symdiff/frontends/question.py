"""What the command line and the playground are asked: a formula, and variables to derive it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symdiff.binding import inputs
from symdiff.errors import ArgumentError
from symdiff.frontends.text import parse
from symdiff.node import Node


class Question(NamedTuple):
    """A formula, all its variables by name, and those by which it is to be differentiated."""

    target: Node
    variables: dict[str, Node]
    wrt: list[Node]


def read_question(
    formula: str, declared: Mapping[str, str], wrt: Sequence[str] | None = None
) -> Question:
    """Read a formula of declared names; `wrt` names variables, all of kind float if left out.

    Raises what `parse` raises, and ArgumentError for a name in `wrt` that is no variable of the
    formula.

    >>> read_question("sum(X @ w)", {"X": "n d", "w": "d"}, ["w"]).wrt
    [<w : (d,) float>]
    """
    target = parse(formula, **declared)
    variables = {str(v.attrs[0]): v for v in inputs(target)}
    if wrt is None:
        return Question(target, variables, [v for v in variables.values() if v.dtype == "float"])
    unknown = [name for name in wrt if name not in variables]
    if unknown:
        raise ArgumentError(
            f"the formula has no variable {', '.join(unknown)}; it has {', '.join(variables)}"
        )
    return Question(target, variables, [variables[name] for name in wrt])
