"""The table of all functions: complete, and true."""

from __future__ import annotations

from pathlib import Path

import symdiff as sd
from symdiff.registry import FUNCTIONS

ENTRIES = {entry.name: entry for entry in sd.ops()}


def test_every_function_is_listed_once() -> None:
    assert len(ENTRIES) == len(sd.ops())
    assert ENTRIES.keys() == FUNCTIONS.keys() - {"getitem"}
    assert sum(sd.ops().counts().values()) == len(sd.ops())


def test_what_functions_can_be_differentiated_by() -> None:
    names = ("power", "where", "einsum", "floor", "less", "concatenate", "psi", "rfft", "split")
    found = {name: ENTRIES[name].varies_in for name in names}
    assert found == {
        "power": ("x", "y"),
        "where": ("x", "y"),
        "einsum": ("operands",),
        "floor": (),
        "less": (),
        "concatenate": ("arrays",),
        "psi": ("x",),
        "rfft": ("x",),
        "split": ("x",),
    }


def test_every_function_has_a_family() -> None:
    assert "declared elsewhere" not in sd.ops().counts()


def test_the_readme_counts_what_there_is() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"{len(sd.ops())} functions" in readme
    for family, count in sd.ops().counts().items():
        assert f"| {family} | {count} |" in readme


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
