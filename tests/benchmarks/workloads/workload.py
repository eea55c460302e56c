"""What a workload is: a formula that every tool can read, and its derivatives written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
EVERYDAY = 0.010
"""The target for the cold time of an everyday formula, in seconds."""


@dataclass(frozen=True)
class Case:
    """A workload at certain sizes and precision, and what it should cost.

    target       the time of a call, as a ratio to that of the function by hand, on one thread
    target_two   the same on two threads, where that differs
    cold         seconds from nothing to the first answer
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    dtype: str = "float64"
    target: float | None = None
    target_two: float | None = None
    cold: float | None = EVERYDAY

    def wanted(self, threads: int) -> float | None:
        """The target for a call on some threads."""
        return self.target if threads == 1 or self.target_two is None else self.target_two

    @property
    def text(self) -> str:
        """Sizes and precision in words."""
        words = [f"{name}={short(size)}" for name, size in self.sizes.items()]
        return " ".join([*words, *[self.dtype] * (self.dtype != "float64")])


def short(size: int) -> str:
    """A size as people say it: powers of ten from a thousand on as such."""
    power = len(str(size)) - 1
    return f"10{'⁰¹²³⁴⁵⁶⁷⁸⁹'[power]}" if size == 10**power and power > 2 else str(size)


@dataclass(frozen=True)
class Workload:
    """A function to differentiate, and the same by hand.

    formula   takes a namespace of functions, then the inputs; gives a scalar, or a vector of
              values that depend each on its own entries of the inputs
    shapes    of the inputs, with named sizes
    fixed     the sizes among them that are numbers, since the formula depends on them
    told      the sizes that are keywords of the formula and of `by_hand`, as numbers
    draw      random inputs of given sizes
    wrt       the inputs by which it is differentiated
    by_hand   takes the inputs, and returns what is wanted: `(value, *gradients)`, or the Hessian
    hessian   whether the Hessian is wanted; by several scalars it is a table
    small     sizes for tests
    vector    for a Hessian by scalars: the formula of all of them in one array, which array
              tools read; `by_hand`, too, takes this array
    """

    name: str
    formula: Callable[..., Any]
    shapes: Mapping[str, tuple[str | int, ...]]
    draw: Callable[..., Mapping[str, Any]]
    wrt: tuple[str, ...]
    by_hand: Callable[..., Any]
    cases: tuple[Case, ...]
    small: Case
    hessian: bool = False
    fixed: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    vector: Callable[..., Any] | None = None

    @property
    def scalar(self) -> bool:
        """Whether all inputs are numbers."""
        return not any(self.shapes.values())


@dataclass(frozen=True)
class Task:
    """A workload at certain sizes, for so many threads: what a tool is given."""

    workload: Workload
    case: Case
    threads: int = 1

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """The inputs by name, the same in every process; scalars are Python floats."""
        drawn = self.workload.draw(np.random.default_rng(1), **self.case.sizes)
        return {
            name: value.astype(self.case.dtype) if isinstance(value, np.ndarray) else value
            for name, value in drawn.items()
        }

    @property
    def keywords(self) -> dict[str, int]:
        """What the formula is told beside its inputs."""
        return {name: self.case.sizes[name] for name in self.workload.told}

    @property
    def arrays(self) -> list[Any]:
        """The inputs as tools for arrays take them: scalars in one array, where that helps."""
        values = list(self.inputs.values())
        return [np.array(values)] if self.workload.vector else values

    @property
    def places(self) -> tuple[int, ...]:
        """By which of these arrays to differentiate."""
        names = list(self.workload.shapes)
        return (0,) if self.workload.vector else tuple(map(names.index, self.workload.wrt))

    def formula(self, functions: Any) -> Callable[..., Any]:
        """The formula as a function of these arrays, made of a tool's functions."""
        chosen = self.workload.vector or self.workload.formula
        return partial(chosen, functions, **self.keywords)

    def shape(self, name: str) -> tuple[str | int, ...]:
        """The shape of an input, with named sizes where they may be left open."""
        pairs = zip(self.workload.shapes[name], np.shape(self.inputs[name]), strict=True)
        return tuple(size if each in self.workload.fixed else each for each, size in pairs)
