"""What `explain` was asked, as it needs it; what makes no sense is refused in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.answers.same import define
from symdiff.binding import inputs
from symdiff.derive.backprop import as_list, check_kinds
from symdiff.errors import ArgumentError, quote
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, VARIABLE
from symdiff.rewrite.stabilise import prepared


def wanted(target: Node, wrt: Node | Sequence[Node] | None) -> list[Node]:
    """What to differentiate by, each once."""
    if wrt is None and isinstance(target, Node):
        wrt = [v for v in inputs(target) if v.dtype in INEXACT]
    found = as_list(wrt)
    check_kinds(target, found)
    if not found:
        raise ArgumentError("there is nothing to differentiate by: give `wrt`")
    return list(dict.fromkeys(found))


def named_parts(target: Node, by: Sequence[Node], names: Mapping[str, object]) -> dict[str, Node]:
    """The parts of the target that have a name.

    Raises ArgumentError for a name of what is no part, or has a name already.
    """
    if not isinstance(names, Mapping):
        raise ArgumentError(f"names gives parts by name, {{'z': X @ w}}, not {names!r}")
    variables = {v.attrs[0]: v for v in inputs(target)}
    wrong = [w for w, part in names.items() if w in variables and part is not variables[w]]
    if wrong:
        raise ArgumentError(f"{wrong[0]!r} already is a variable or a size of the formula")
    found = define({w: part for w, part in names.items() if w not in variables}, variables)
    parts = topological([target, *prepared([target], by)])
    called: dict[Node, str] = {}
    for word, part in found.items():
        if not part.args:
            kind = "a variable, which" if part.op is VARIABLE else "a constant, which"
            raise ArgumentError(f"{word!r} names {quote(part)}, {kind} needs no name")
        if part not in parts:
            raise ArgumentError(f"{word!r} names {quote(part)}, which is no part of the target")
        if part in called:
            raise ArgumentError(f"{quote(part)} has two names, {called[part]!r} and {word!r}")
        called[part] = word
    return found
