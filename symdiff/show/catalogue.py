"""The table of all functions that formulas can use, read off their declarations."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from symdiff.derive.backprop import backprop
from symdiff.errors import DerivativeError
from symdiff.frontends.text import applications, parse
from symdiff.node import Node, topological
from symdiff.ops.contraction import sum as total
from symdiff.ops.leaves import variable
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

TESTED_ORDER = 2
"""The tests compare the first and the second derivative of every sample with differences."""


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


@dataclass(frozen=True, slots=True)
class Catalogue:
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
            rows = [("function", "differentiable in", "order", "rule")] if not lines else []
            rows += [_row(entry) for entry in self.entries if entry.family == family]
            lines += [*([""] if lines else []), f"{family} ({count})"]
            lines += [
                f"  {name:<58} {varies:<18} {order:<6} {_abridged(rule, 70)}".rstrip()
                for name, varies, order, rule in rows
            ]
        return "\n".join([*lines, "", f"{len(self)} functions"])

    __repr__ = __str__


def _row(entry: Entry) -> tuple[str, str, str, str]:
    call = f"{entry.name}{entry.signature}"
    call = call if len(call) <= 58 else f"{call[:55]}…)"
    return call, ", ".join(entry.varies_in) or "—", str(entry.order or "—"), entry.rule


def _abridged(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


@cache
def ops() -> Catalogue:
    """Return the table of all functions: signature, derivatives, and where their rules come from.

    Each is differentiated on one of the formulas on which the tests try it, so the table says
    what is so.

    >>> import symdiff as sd
    >>> exp = next(entry for entry in sd.ops() if entry.name == "exp")
    >>> exp.varies_in, exp.order, exp.rule
    (('x',), 2, 'partial derivatives')
    """
    entries = [
        _entry(name, family)
        for family, module in _families().items()
        for name in module.__all__
        if name in FUNCTIONS
    ]
    return Catalogue(tuple(entries))


def _families() -> dict[str, ModuleType]:
    """The modules that declare functions, by name."""
    package = import_module("symdiff.ops")
    modules = [module for module in vars(package).values() if isinstance(module, ModuleType)]
    listed = [module for module in modules if getattr(module, "__all__", None)]
    return {module.__name__.rpartition(".")[2].replace("_", " "): module for module in listed}


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
}


def _rule(name: str, varies: tuple[str, ...]) -> str:
    if not varies:
        return "none"
    op, composite = OPS.get(name), COMPOSITES.get(name)
    if op is not None:
        said, reference = _RULES[type(op.derivative)], op.reference
    else:
        said = "composed of other functions"
        reference = composite.reference if composite is not None else ""
    return f"{said}; {reference}" if reference else said


# What a function can be differentiated by -------------------------------------------------------


def _varies_in(name: str) -> tuple[str, ...]:
    for sample in _samples(name):
        applied = _application(name, sample)
        if applied is not None:
            arguments, result = applied
            return tuple(
                parameter
                for parameter, nodes in arguments.items()
                if any(_has_derivative(result, node) for node in nodes)
            )
    return ()


def _samples(name: str) -> list[Sample]:
    """Formulas that use a function, its own first."""
    own = OPS[name].samples if name in OPS else ()
    own += COMPOSITES[name].samples if name in COMPOSITES else ()
    called = re.compile(rf"(?<![\w.]){name}\(")
    every = [s for op in OPS.values() for s in op.samples]
    every += [s for composite in COMPOSITES.values() for s in composite.samples]
    return [*own, *(sample for sample in every if called.search(sample.formula))]


def _application(name: str, sample: Sample) -> tuple[dict[str, list[Node]], Node] | None:
    """The arguments with which a sample applies a function, by parameter, and the result."""
    names = {
        word: variable(word, shape, sample.kinds.get(word, "float"))
        for word, shape in sample.shapes.items()
    }
    for applied, values, result in applications(sample.formula, **names):
        if applied == name and isinstance(result, Node):
            bound = inspect.signature(FUNCTIONS[name]).bind(*values[0], **values[1])
            return {k: _nodes(value) for k, value in bound.arguments.items()}, result
    found = [n for n in topological([parse(sample.formula, **names)]) if n.op.name == name]
    if not found:
        return None
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    return {k: [arg] for k, arg in zip(parameters, found[0].args, strict=False)}, found[0]


def _nodes(value: object) -> list[Node]:
    """The expressions among arguments: one, or some in a list."""
    several = value if isinstance(value, (list, tuple)) else [value]
    return [each for each in several if isinstance(each, Node)]


def _has_derivative(result: Node, argument: Node) -> bool:
    if argument.dtype != "float":
        return False
    try:
        return argument in backprop(total(result), argument).cotangents
    except DerivativeError:
        return False
