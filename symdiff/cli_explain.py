"""The command `symdiff explain`: its options, and where a derivation goes."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from symdiff.errors import ArgumentError
from symdiff.show.wording import LANGUAGES

if TYPE_CHECKING:
    from symdiff.explain.derivation import Derivation
    from symdiff.node import Node

NOTATIONS = ("text", "latex", "html")


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare the options of `explain`, beside those of every command."""
    add = command.add_argument
    add("-o", "--output", type=Path, help="the file, .txt, .tex or .html; standard output if none")
    add("--as", dest="notation", choices=NOTATIONS, help="whatever the suffix of the file says")
    add("--at", nargs="+", default=[], metavar="x=[1,2]", help="values, which are then shown")
    add("--size", nargs="+", default=[], metavar="n=5", help="named sizes of the checks")
    add("--seed", type=int, default=0, help="seed of the random values")
    add("--order", type=int, default=1, help="2 for second derivatives, and so on")
    add("--define", nargs="+", default=[], metavar="z=FORMULA", help="names for parts")
    add("--detail", default="full", help="full, or short for a line for each node")
    add(
        "--without", nargs="+", default=[], metavar="PART",
        help="parts to leave out, such as reasons textbook differentials",
    )  # fmt: skip
    add("--blanks", default=None, help="for exercises: a column such as local, or a part like 0.3")
    add("--lang", choices=LANGUAGES, default="en", help="the language")


def values_given(entries: Sequence[str]) -> dict[Node | str, object] | None:
    """Read values such as `x=1.5` and `w=[1, 2]`; None if there are none.

    >>> values_given(["x=1.5", "w=[1, 2]"])
    {'x': 1.5, 'w': [1, 2]}
    """
    found: dict[Node | str, object] = {}
    for entry in entries:
        name, _, value = entry.partition("=")
        try:
            found[name.strip()] = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            raise ArgumentError(f"{entry!r} gives no value; write x=1.5 or 'w=[1, 2]'") from None
    return found or None


def blanks_asked(word: str | None) -> str | float | None:
    """The column, or the part of all cells, that an exercise leaves blank."""
    try:
        return word if word is None else float(word)
    except ValueError:
        return word


def deliver(derivation: Derivation, notation: str | None, output: Path | None) -> None:
    """Print a derivation, or write it to a file, whose suffix says how unless `notation` does.

    Raises ArgumentError for another suffix, and where the terminal cannot show it.
    """
    if output is not None and notation is None:
        derivation.save(output)
    elif output is not None:
        output.write_text(_written(derivation, notation) + "\n", encoding="utf-8")
    else:
        _print(_written(derivation, notation))


def _written(derivation: Derivation, notation: str | None) -> str:
    written: str = getattr(derivation, notation or "text")
    return written


def _print(written: str) -> None:
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError as error:
        character = written[error.start]
        raise ArgumentError(
            f"standard output cannot show {character!a}; write the derivation to a file by -o"
        ) from None
    print(written)
