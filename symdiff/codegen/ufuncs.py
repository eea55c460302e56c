"""Which templates are one ufunc of NumPy or SciPy, and can so write into given memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from symdiff import runtime
from symdiff.codegen.program import Step
from symdiff.errors import MissingDependencyError
from symdiff.ops.leaves import number_of
from symdiff.template import Slot, Template

_OPERATORS = {" + ": "np.add", " - ": "np.subtract", " * ": "np.multiply", " / ": "np.divide"}
"""What Python's operators are on arrays."""

_POWERS = {2: "np.square", 0.5: "np.sqrt", -1: "np.reciprocal"}
"""What NumPy's power operator is for these exponents, which `np.power` does slowly."""


class Ufunc(NamedTuple):
    """A call of a ufunc: its name, and its arguments, which are places of a step's or literals."""

    name: str
    arguments: tuple[int | str, ...]

    def call(self, texts: Sequence[str], out: str) -> str:
        """The call that writes into `out`, for the texts of the step's arguments."""
        written = [a if isinstance(a, str) else texts[a] for a in self.arguments]
        return f"{self.name}({', '.join([*written, f'out={out}'])})"


def ufunc_of(step: Step, template: Template) -> Ufunc | None:
    """The ufunc that a template applies, if it does nothing else.

    >>> from symdiff import scalar, exp
    >>> from symdiff.template import call
    >>> ufunc_of(Step(exp(scalar("x"))), call("np.exp"))
    Ufunc(name='np.exp', arguments=(0,))
    """
    parts = template.parts
    slots = [part for part in parts if isinstance(part, Slot)]
    places = tuple([slot.place for slot in slots])
    if len(parts) == 2 and parts[0] == "-" and slots:
        return Ufunc("np.negative", places)
    if len(parts) == 3 and len(slots) == 2:
        if parts[1] == " ** ":
            return _power(step, places)
        return Ufunc(_OPERATORS[str(parts[1])], places) if parts[1] in _OPERATORS else None
    return _called("".join(p if isinstance(p, str) else f"{{{p.place}}}" for p in parts))


_SLOT = re.compile(r"\{(\d+)\}")
_LITERAL = re.compile(r"-?[\w.]+")


@lru_cache(maxsize=4096)
def _called(text: str) -> Ufunc | None:
    """The ufunc that text such as `np.maximum({0}, 0)` calls."""
    call = re.fullmatch(r"((?:np|special)\.\w+)\(([^()=]*)\)", text)
    if call is None:
        return None
    arguments: list[int | str] = []
    for word in call[2].split(", "):
        slot = _SLOT.fullmatch(word)
        if slot is None and not _LITERAL.fullmatch(word):
            return None
        arguments.append(word if slot is None else int(slot[1]))
    return Ufunc(call[1], tuple(arguments)) if _is_ufunc(call[1], len(arguments)) else None


def _power(step: Step, places: tuple[int, ...]) -> Ufunc:
    exponent = number_of(step.args[places[1]].node)
    if exponent in _POWERS:
        return Ufunc(_POWERS[exponent], places[:1])
    return Ufunc("np.power", places)


@lru_cache(maxsize=1024)
def _is_ufunc(name: str, count: int) -> bool:
    module, _, function = name.partition(".")
    try:
        found = getattr(np if module == "np" else getattr(runtime, module), function)
    except MissingDependencyError:
        return False
    return isinstance(found, np.ufunc) and found.nin == count and found.nout == 1
