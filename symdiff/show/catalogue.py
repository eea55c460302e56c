"""The table of all functions that formulas can use, read off their declarations."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from symdiff.derive.backprop import backprop
from symdiff.derive.declared_rules import DeclaredRule
from symdiff.errors import DerivativeError
from symdiff.frontends.text import applications, parse
from symdiff.node import Node, topological
from symdiff.ops import FAMILIES
from symdiff.ops.contraction import sum as total
from symdiff.ops.leaves import INEXACT, variable
from symdiff.registry import (
    COMPOSITES,
    FUNCTIONS,
    OPS,
    Linear,
    Partials,
    Pullback,
    Sample,
    Undefined,
)
from symdiff.shown import Part, Rows, Shown

TESTED_ORDER = 2
"""The tests compare the first and the second derivative of every sample with differences."""


_HEAD = ("function", "differentiable in", "order", "rule")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one function.

    name       as people call it
    signature  its parameters
    family     the group to which it belongs
    varies_in  the parameters by which it can be differentiated; none for a staircase or a count
    order      the highest derivative that the tests compare with an independent one; 0 if none
    rule       where the derivative comes from
    """

    name: str
    signature: str
    family: str
    varies_in: tuple[str, ...]
    order: int
    rule: str


@dataclass(frozen=True, slots=True, repr=False)
class Catalogue(Shown):
    """All functions. It prints as a table, by family, and can be iterated and counted."""

    entries: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def counts(self) -> dict[str, int]:
        """How many functions each family has."""
        found: dict[str, int] = {}
        for entry in self.entries:
            found[entry.family] = found.get(entry.family, 0) + 1
        return found

    def __str__(self) -> str:
        lines: list[str] = []
        for family, count in self.counts().items():
            rows = [_HEAD] if not lines else []
            rows += [_row(entry) for entry in self.entries if entry.family == family]
            lines += [*([""] if lines else []), f"{family} ({count})"]
            lines += [
                f"  {name:<58} {varies:<18} {order:<6} {_abridged(rule, 70)}".rstrip()
                for name, varies, order, rule in rows
            ]
        return "\n".join([*lines, "", f"{len(self)} functions"])

    def _parts_(self) -> list[Part]:
        parts: list[Part] = []
        for family, count in self.counts().items():
            rows = [_row(entry) for entry in self.entries if entry.family == family]
            parts += [(f"{family} ({count})",), Rows(_HEAD, rows)]
        return [*parts, (f"{len(self)} functions",)]


def _row(entry: Entry) -> tuple[str, str, str, str]:
    call = f"{entry.name}{entry.signature}"
    call = call if len(call) <= 58 else f"{call[:55]}…)"
    return call, ", ".join(entry.varies_in) or "—", str(entry.order or "—"), entry.rule


def _abridged(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def ops() -> Catalogue:
    """Return the table of all functions: signature, derivatives, and where their rules come from.

    Each is differentiated on one of the formulas on which the tests try it, so the table says
    what is so.

    >>> import symdiff as sd
    >>> exp = next(entry for entry in sd.ops() if entry.name == "exp")
    >>> exp.varies_in, exp.order, exp.rule
    (('x',), 2, 'partial derivatives')
    """
    listed = {
        name: family
        for family, modules in FAMILIES.items()
        for module in modules
        for name in module.__all__
        if name in FUNCTIONS
    }
    others = dict.fromkeys(FUNCTIONS.keys() - listed.keys() - {"getitem"}, "declared elsewhere")
    own = {name: "your own" for name in others if name in OPS and OPS[name].own is not None}
    together = listed | others | own
    return Catalogue(tuple(_entry(name, family) for name, family in together.items()))


def _entry(name: str, family: str) -> Entry:
    parameters = inspect.signature(FUNCTIONS[name])
    plain = [p.replace(annotation=p.empty) for p in parameters.parameters.values()]
    signature = str(parameters.replace(parameters=plain, return_annotation=parameters.empty))
    varies = _varies_in(name)
    return Entry(
        name,
        signature.replace(", /)", ")"),
        family,
        varies,
        TESTED_ORDER if varies else 0,
        _rule(name, varies),
    )


_RULES = {
    Partials: "partial derivatives",
    Linear: "linear: its transpose",
    Pullback: "cotangent rule",
    Undefined: "composed of other functions",
    DeclaredRule: "cotangent rule",
}


def _rule(name: str, varies: tuple[str, ...]) -> str:
    if not varies:
        return "none"
    known = FUNCTIONS[name].__name__.rstrip("_")
    op, composite = OPS.get(known), COMPOSITES.get(known)
    if op is not None:
        rules = (said for kind, said in _RULES.items() if isinstance(op.derivative, kind))
        said, reference = next(rules), op.reference
        said = "that of its formula" if op.derived else said
    else:
        said = "composed of other functions"
        reference = composite.reference if composite is not None else ""
    return f"{said}; {reference}" if reference else said


# What a function can be differentiated by -------------------------------------------------------


def _varies_in(name: str) -> tuple[str, ...]:
    """The parameters by which some sample, applied to expressions, has a derivative."""
    found: dict[str, None] = {}
    for sample in _samples(name):
        for arguments, results in _applications(name, sample):
            for parameter, nodes in arguments.items():
                if parameter not in found and any(_have_derivative(results, n) for n in nodes):
                    found[parameter] = None
    return tuple(p for p in inspect.signature(FUNCTIONS[name]).parameters if p in found)


def _samples(name: str) -> Iterable[Sample]:
    """Formulas on which a function is tried: its own, or else those of others that call it."""
    known = FUNCTIONS[name].__name__.rstrip("_")  # of another name for the same function
    own = OPS[known].samples if known in OPS else ()
    own += COMPOSITES[known].samples if known in COMPOSITES else ()
    return own if known in COMPOSITES else (*own, *_calling().get(name, ()))


@cache
def _calling() -> dict[str, list[Sample]]:
    """The samples in which each function is called."""
    found: dict[str, list[Sample]] = {}
    declared = [op.samples for op in OPS.values()]
    declared += [composite.samples for composite in COMPOSITES.values()]
    for samples in declared:
        for sample in samples:
            for name in set(re.findall(r"(?<![\w.])(\w+)\(", sample.formula)):
                found.setdefault(name, []).append(sample)
    return found


def _applications(name: str, sample: Sample) -> Iterator[tuple[dict[str, list[Node]], list[Node]]]:
    """The arguments with which a sample applies a function, by parameter, and the results."""
    names = {
        word: variable(word, shape, sample.kinds.get(word, "float"))
        for word, shape in sample.shapes.items()
    }
    function = FUNCTIONS[name]
    signature = inspect.signature(function)
    called = False
    for applied, (positional, named), result in applications(sample.formula, **names):
        if FUNCTIONS[applied] is function:
            called = True
            bound = signature.bind(*positional, **named).arguments
            yield {k: _nodes(value) for k, value in bound.items()}, _nodes(result)
    for node in () if called else topological([parse(sample.formula, **names)]):
        if node.op.name == function.__name__.rstrip("_"):
            pairs = zip(signature.parameters, node.args, strict=False)
            yield {k: [arg] for k, arg in pairs}, [node]


def _nodes(value: object) -> list[Node]:
    """The expressions among arguments or results: one, or those in lists."""
    if isinstance(value, Node):
        return [value]
    return [n for each in value for n in _nodes(each)] if isinstance(value, (list, tuple)) else []


def _have_derivative(results: list[Node], argument: Node) -> bool:
    if argument.dtype not in INEXACT:
        return False
    for result in results:
        parts = (FUNCTIONS["real"](result), FUNCTIONS["imag"](result))
        for part in parts if result.dtype == "complex" else (result,):
            try:
                if argument in backprop(total(part), argument).cotangents:
                    return True
            except DerivativeError:
                continue
    return False
