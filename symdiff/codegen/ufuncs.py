"""Which templates are one ufunc of NumPy or SciPy, and can so write into given memory."""

from __future__ import annotations

import re
from functools import lru_cache

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


def ufunc_of(step: Step, template: Template) -> tuple[str, tuple[int, ...]] | None:
    """The ufunc that a template applies, and the places of its arguments; None if it does more.

    >>> from symdiff import scalar, exp
    >>> from symdiff.template import call
    >>> ufunc_of(Step(exp(scalar("x"))), call("np.exp"))
    ('np.exp', (0,))
    """
    literals = tuple(part for part in template.parts if isinstance(part, str))
    slots = [part for part in template.parts if isinstance(part, Slot)]
    places = tuple(slot.place for slot in slots)
    if literals == ("-",) and template.parts[0] == "-":
        return "np.negative", places
    if len(literals) == 1 and len(places) == 2 and template.parts[1] == literals[0]:
        if literals[0] == " ** ":
            return _power(step, places)
        return (_OPERATORS[literals[0]], places) if literals[0] in _OPERATORS else None
    called = re.fullmatch(r"(\w+\.\w+)\(", literals[0]) if literals else None
    between = (", ",) * (len(places) - 1)
    if called is None or literals[1:] != (*between, ")") or template.parts[0] != literals[0]:
        return None
    return (called[1], places) if _is_ufunc(called[1], len(places)) else None


def _power(step: Step, places: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    exponent = number_of(step.args[places[1]].node)
    if exponent in _POWERS:
        return _POWERS[exponent], places[:1]
    return "np.power", places


@lru_cache(maxsize=1024)
def _is_ufunc(name: str, count: int) -> bool:
    module, _, function = name.partition(".")
    try:
        found = getattr(np if module == "np" else getattr(runtime, module), function)
    except MissingDependencyError:
        return False
    return isinstance(found, np.ufunc) and found.nin == count and found.nout == 1
