"""The last lines of an emitted file: what `python energy.py --check` compares.

The helpers that do it are in `symdiff.runtime.self_check`; these lines tell them the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from symdiff.binding import indexed
from symdiff.codegen import body
from symdiff.codegen.checks import shape_checks
from symdiff.codegen.expressions import Names
from symdiff.codegen.layout import WIDTH, fitted
from symdiff.codegen.passes import Programs
from symdiff.codegen.program import Blocks, Program, all_steps
from symdiff.differences import stopped
from symdiff.dims import Shape, Size, names_in, size_value, spaced, spaced_shape
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, VARIABLE

_SEVERAL = 2**19
"""Where values have so many entries, they are computed in several blocks."""

_MOST_ENTRIES = 2**26
"""Sizes at which all values together have more entries are too large for a quick check."""


def self_check(name: str, target: Node, wrt: Sequence[Node], programs: Programs) -> list[str]:
    """The lines that check the function `name` of a module when that is run as a script.

    There are none where there is nothing that differences could confirm: gradients by expressions
    that are no variables, or through what `stop_gradient` holds.
    """
    if not _measurable(target, wrt):
        return []
    program = programs.plain
    sizes = _sizes(program)
    if sizes is None:
        return []
    head, inputs = _inputs(target, program, sizes)
    parts = [
        _Part(name),
        _Part(head + "{", inputs, "}"),
        _Part("[", [f'"{x.attrs[0]}"' for x in wrt], "]"),
    ]
    large = _large(programs, sizes)
    if large:
        entries = [f'"{each}": {size:_}' for each, size in large.items()]
        parts += [_Part("blocks=_blocks_errors"), _Part("large={", entries, "}")]
    return ['if __name__ == "__main__":', *_call(parts)]


def _measurable(target: Node, wrt: Sequence[Node]) -> bool:
    """True if the derivatives by each of `wrt` are those that differences measure."""
    held = set(stopped(target))
    waiting = list(held)
    while waiting:  # whole numbers and conditions do not move with what they come from
        new = {arg for arg in waiting.pop().args if arg.dtype in INEXACT} - held
        held |= new
        waiting += new
    return len(set(wrt)) == len(wrt) and all(x.op is VARIABLE and x not in held for x in wrt)


# Sizes ------------------------------------------------------------------------------------------


def _sizes(program: Program) -> dict[str, int] | None:
    """Small sizes that differ and are large enough for what is computed; None if none are found."""
    shapes = (size for v in program.variables for size in v.shape)
    names = list(dict.fromkeys([*names_in(shapes), *program.sizes]))
    for numbers in _guesses(len(names)):
        sizes = dict(zip(names, numbers, strict=True))
        if all(size_value(r.size, sizes) >= r.minimum for r in program.required):
            return sizes
    return None


def _guesses(number: int) -> Iterator[Sequence[int]]:
    yield ([5, 3, 4, 2, *range(6, 6 + number)])[:number]
    rng = np.random.default_rng(0)
    for most in (8, 8, 16, 32):
        for _ in range(100):
            yield [int(size) for size in rng.integers(1, most, number)]


def _large(programs: Programs, sizes: Mapping[str, int]) -> dict[str, int]:
    """Sizes at which there are several blocks, or else one, if all values fit well into memory."""
    if programs.large is None or not isinstance(body.large_enough(programs.large), str):
        return {}
    largest = body.largest_in_blocks(programs.large)
    rows = next(s for s in programs.large.statements if isinstance(s, Blocks) and largest in s.axes)
    names = names_in([rows.size]) or names_in(largest.shape)
    for many in (_SEVERAL, body.least_entries(programs.large)):
        found = dict(sizes)
        while _entries(largest.shape, found) < many:
            for name in names:
                found[name] += 1 + found[name] // 16
        total = sum(_entries(step.shape, found) for step in all_steps(programs.plain))
        if total <= _MOST_ENTRIES:
            return {name: found[name] for name in names}
    return {}


def _entries(shape: Shape, sizes: Mapping[str, int]) -> int:
    return prod(size_value(size, sizes) for size in shape)


# Inputs -----------------------------------------------------------------------------------------


def _inputs(target: Node, program: Program, sizes: Mapping[str, int]) -> tuple[str, list[str]]:
    """How inputs are drawn: the head of a lambda, and the entries of the dictionary it returns."""
    rng = Names(sizes).like("rng")
    _, free = shape_checks(program, [])
    axes = indexed(topological([target]))
    entries = [f'"{v.attrs[0]}": {_drawn(v, axes.get(v, [4]), rng)}' for v in program.variables]
    entries += [f'"{name}": {name}' for name in free]
    parameters = [rng, *(f"{name}={size}" for name, size in sizes.items())]
    return f"lambda {', '.join(parameters)}: ", entries


def _drawn(v: Node, axes: Sequence[Size], rng: str) -> str:
    """The shape of an input of floats, which the helper draws; another is drawn here.

    Whole numbers are such as can index `axes`.
    """
    shape = spaced_shape(v.shape)
    if v.dtype == "float":
        return shape
    if v.dtype == "complex":
        return f"{rng}.normal(size={shape}) + 1j * {rng}.normal(size={shape})"
    if v.dtype == "bool":
        return f"{rng}.random({shape}) < 0.5"
    bounds = ", ".join(spaced(size) for size in axes)
    return f"{rng}.integers({bounds if len(axes) == 1 else f'min({bounds})'}, size={shape})"


# Layout -----------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """An argument: text, or items between brackets."""

    head: str
    items: Sequence[str] = ()
    tail: str = ""

    def __str__(self) -> str:
        return f"{self.head}{', '.join(self.items)}{self.tail}"

    def lines(self) -> list[str]:
        """The argument on lines of its own."""
        return fitted(f"        {self.head}", self.items, f"{self.tail},", "        ", True)


def _call(parts: Sequence[_Part]) -> list[str]:
    """The call of the helper, broken as formatters do."""
    lines = fitted("    _self_check(", [str(part) for part in parts], ")", "    ")
    if all(len(line) <= WIDTH for line in lines):
        return lines
    return ["    _self_check(", *(line for part in parts for line in part.lines()), "    )"]
