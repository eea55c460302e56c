"""The table of all functions: complete, and true."""

from __future__ import annotations

import symdiff as sd
from symdiff.registry import FUNCTIONS

ENTRIES = {entry.name: entry for entry in sd.ops()}


def test_every_function_is_listed_once() -> None:
    assert len(ENTRIES) == len(sd.ops())
    assert ENTRIES.keys() == FUNCTIONS.keys() - {"getitem"}
    assert sum(sd.ops().counts().values()) == len(sd.ops())


def test_what_functions_can_be_differentiated_by() -> None:
    found = {
        name: ENTRIES[name].varies_in for name in ("power", "where", "einsum", "floor", "less")
    }
    assert found == {
        "power": ("x", "y"),
        "where": ("x", "y"),
        "einsum": ("operands",),
        "floor": (),
        "less": (),
    }


def test_rules_and_orders() -> None:
    assert (ENTRIES["exp"].rule, ENTRIES["exp"].order) == ("partial derivatives", 2)
    assert (ENTRIES["reshape"].rule, ENTRIES["inv"].rule) == (
        "linear: its transpose",
        "cotangent rule; Giles 2008",
    )
    assert (ENTRIES["ceil"].rule, ENTRIES["ceil"].order) == ("none", 0)
    assert ENTRIES["solve"].rule == "composed of other functions"


def test_the_printed_table() -> None:
    lines = str(sd.ops()).splitlines()
    assert lines[-1] == f"{len(sd.ops())} functions"
    (line,) = (line for line in lines if line.startswith("  exp("))
    assert line.split() == ["exp(x)", "x", "2", "partial", "derivatives"]
    assert max(map(len, lines)) < 170
