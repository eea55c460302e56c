"""The lines of a generated function that find the named sizes and check every shape."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from symdiff.codegen.layout import fitted
from symdiff.codegen.program import Program
from symdiff.dims import Dim, Size, spaced, spaced_shape
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.ops.leaves import INEXACT
from symdiff.registry import Requirement


class Item(NamedTuple):
    """Lines that belong together, and the names that they assign, if that is what they do.

    `single` has a line for each name, should not all of them be read.
    """

    lines: list[str]
    assigns: tuple[str, ...] = ()
    single: Mapping[str, str] = {}


def shape_checks(program: Program, body: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines, and the sizes that no array tells, which must be arguments.

    A size is taken from the first array that has it, and every other array is compared. What
    neither a comparison nor `body` reads is not assigned.
    """
    known: set[str] = set()
    items: list[Item] = []
    compared: list[Node] = []
    for v in program.variables:
        new = _new_sizes(v, known)
        if new:
            items += [_rank_check(v), *_unpacked(v, new)]
            known.update(new)
        if not new or len(new) < v.ndim:
            compared.append(v)
    for v in compared:
        items += _solved(v, known)
        items.append(_compared(v))
    items += [_required(r) for r in _strictest(program.required)]
    free = [name for name in program.sizes if name not in known]
    return [line for item in _without_idle(items, body) for line in item.lines], free


def sizes_read(variables: Iterable[Node], body: Sequence[str]) -> list[str]:
    """The lines that find the named sizes that `body` reads, from arrays that are known to fit."""
    known: set[str] = set()
    items: list[Item] = []
    for v in variables:
        new = _new_sizes(v, known)
        items += _unpacked(v, new) if new else []
        known.update(new)
    return [line for item in _without_idle(items, body) for line in item.lines]


def type_read(variables: Sequence[Node], body: Sequence[str]) -> list[str]:
    """The line that finds the float type of a call, which is that of its arrays, if it is read."""
    if not any(re.search(r"\bdtype([.,)]|$)|=dtype\b", line) for line in body):
        return []
    first = next((v for v in variables if v.dtype in INEXACT), None)
    if first is None:
        return ["    dtype = np.dtype(np.float64)"]
    part = ".real" if first.dtype == "complex" else ""
    return [f"    dtype = {first.attrs[0]}{part}.dtype"]


def _new_sizes(v: Node, known: Container[str]) -> list[str]:
    """The named sizes that are axes of a variable, and not known before it."""
    plain = [str(s) for s in v.shape if isinstance(s, Dim) and s.is_name]
    return list(dict.fromkeys(name for name in plain if name not in known))


def _rank_check(v: Node, also: Sequence[str] = ()) -> Item:
    """Refuse another number of axes, and whatever else would be wrong."""
    name = v.attrs[0]
    wrong = [f"{name}.ndim != {v.ndim}", *also]
    message = f'f"{name} must have shape {shape_text(v.shape)}, not {{{name}.shape}}"'
    raised = fitted("        raise ValueError(", [message], ")", "        ")
    return Item([f"    if {' or '.join(wrong)}:", *raised])


def _unpacked(v: Node, new: list[str]) -> list[Item]:
    """`n, d = X.shape`, or one line per size where some are known or repeated."""
    name = v.attrs[0]
    axes = {str(size): axis for axis, size in reversed(list(enumerate(v.shape)))}
    single = {size: f"    {size} = {name}.shape[{axes[size]}]" for size in new}
    if [str(size) for size in v.shape] == new:
        target = ", ".join(new) if len(new) > 1 else f"({new[0]},)"
        return [Item([f"    {target} = {name}.shape"], tuple(new), single)]
    return [Item([line], (size,)) for size, line in single.items()]


def _solved(v: Node, known: set[str]) -> list[Item]:
    """Find a size that only a sum such as `n + 1` tells; the comparison after it is exact."""
    items: list[Item] = []
    wrong: list[str] = []
    for axis, size in enumerate(v.shape):
        if not isinstance(size, Dim):
            continue
        unknown = [name for name in size.names if name not in known]
        linear = size.linear_in(unknown[0]) if len(unknown) == 1 else None
        if linear is None:
            continue
        factor, rest = linear
        right = f"{v.attrs[0]}.shape[{axis}]" + _minus(rest)
        if factor != 1:
            right = f"({right})" if rest != 0 else right
            right = f"{right} // {_operand(factor)}"
        items.append(Item([f"    {unknown[0]} = {right}"], (unknown[0],)))
        known.add(unknown[0])
        if isinstance(rest, Dim) or rest > 0:
            wrong.append(f"{v.attrs[0]}.shape[{axis}] < {spaced(rest)}")
        if isinstance(factor, Dim):
            wrong.append(f"{spaced(factor)} == 0")
    return [_rank_check(v, wrong), *items] if items else []


def _minus(rest: Size) -> str:
    if isinstance(rest, int):
        return f" - {rest}" if rest > 0 else f" + {-rest}" if rest else ""
    return f" - ({spaced(rest)})"


def _operand(size: Size) -> str:
    plain = size.is_name if isinstance(size, Dim) else size > 0
    return str(size) if plain else f"({spaced(size)})"


def _compared(v: Node) -> Item:
    name, shape = v.attrs[0], shape_text(v.shape)
    parts = [f'"{name}"', name, f'"{shape}"', spaced_shape(v.shape)]
    return Item(fitted("    _check_shape(", parts, ")", "    "))


def _strictest(required: Iterable[Requirement]) -> Iterable[Requirement]:
    """One requirement for each named size: the largest minimum."""
    found: dict[Size, Requirement] = {}
    for r in required:
        if isinstance(r.size, int):
            continue
        if r.size not in found or found[r.size].minimum < r.minimum:
            found[r.size] = r
    return found.values()


def _required(required: Requirement) -> Item:
    size, least = required.size, required.minimum
    source = spaced(size)
    message = f'f"{required.reason} needs {size} >= {least}, but {size} is {{{source}}}"'
    raised = fitted("        raise ValueError(", [message], ")", "        ")
    return Item([f"    if {source} < {least}:", *raised])


def _without_idle(items: Sequence[Item], body: Sequence[str]) -> list[Item]:
    """Leave out assignments that nothing after them reads."""
    kept: list[Item] = []
    read = set(re.findall(r"\w+", "\n".join(line.partition("  #")[0] for line in body)))
    for item in reversed(items):
        used = [name for name in item.assigns if name in read]
        if item.assigns and not used:
            continue
        if len(used) < len(item.assigns):
            item = Item([item.single[name] for name in used], tuple(used))
        read.update(re.findall(r"\w+", "\n".join(item.lines)))
        kept.append(item)
    return kept[::-1]
