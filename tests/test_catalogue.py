"""The table of all functions: complete, and true."""

from __future__ import annotations

from pathlib import Path

import pytest

import symdiff as sd
from symdiff.registry import FUNCTIONS
from symdiff.show.catalogue import Catalogue, Entry


@pytest.fixture(scope="module")
def table() -> Catalogue:
    """The table, made once."""
    return sd.ops()


@pytest.fixture(scope="module")
def entries(table: Catalogue) -> dict[str, Entry]:
    """Its lines, by name."""
    return {entry.name: entry for entry in table}


def test_every_function_is_listed_once(table: Catalogue, entries: dict[str, Entry]) -> None:
    assert len(entries) == len(table)
    assert entries.keys() == FUNCTIONS.keys() - {"getitem"}
    assert sum(table.counts().values()) == len(table)


def test_what_functions_can_be_differentiated_by(entries: dict[str, Entry]) -> None:
    names = ("power", "where", "einsum", "floor", "less", "concatenate", "psi", "rfft", "split")
    found = {name: entries[name].varies_in for name in names}
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


def test_every_function_has_a_family(table: Catalogue) -> None:
    assert "declared elsewhere" not in table.counts()


def test_the_readme_counts_what_there_is(table: Catalogue) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"{len(table)} functions" in readme
    for family, count in table.counts().items():
        assert f"| {family} | {count} |" in readme


def test_rules_and_orders(entries: dict[str, Entry]) -> None:
    assert (entries["exp"].rule, entries["exp"].order) == ("partial derivatives", 2)
    assert (entries["reshape"].rule, entries["inv"].rule) == (
        "linear: its transpose",
        "cotangent rule; Giles 2008",
    )
    assert (entries["ceil"].rule, entries["ceil"].order) == ("none", 0)
    assert entries["solve"].rule == "composed of other functions"


def test_the_printed_table(table: Catalogue) -> None:
    lines = str(table).splitlines()
    assert lines[-1] == f"{len(table)} functions"
    (line,) = (line for line in lines if line.startswith("  exp("))
    assert line.split() == ["exp(x)", "x", "2", "partial", "derivatives"]
    assert max(map(len, lines)) < 170
