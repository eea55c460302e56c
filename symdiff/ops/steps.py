"""Staircases, which no derivative goes through, and what holds an expression constant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.node import Node
from symdiff.ops.declare import Apply, elementwise, fixed_kind, promoted_kind
from symdiff.registry import Held, Sample, Undefined, always
from symdiff.template import Template

__all__ = [
    "ceil",
    "floor",
    "stop_gradient",
]


def staircase(name: str, doc: str, instead: str = "", **facts: Any) -> Callable[..., Node]:
    """Declare an op that is constant but for jumps, and refuses to be differentiated."""
    arguments = "x, y" if facts.get("arity") == 2 else "x"
    held = f"sd.stop_gradient(sd.{name}({arguments})) if it is to be held constant"
    straight = f"x + sd.stop_gradient(sd.{name}(x) - x) for a straight-through derivative of 1"
    facts.setdefault("kind", fixed_kind("float"))
    facts.setdefault("samples", (Sample(f"x * stop_gradient({name}(x))", {"x": "n"}),))
    return elementwise(
        name,
        doc=doc,
        derivative=Undefined(
            "it is a staircase, with derivative 0 on each step and none between",
            f"{held}, or {instead or straight}",
        ),
        **facts,
    )


def whole(function: str) -> Template:
    """A function that makes Python integers of floats, as one that keeps floats and their sign."""
    return Template(f"math.copysign({function}({{0}}), {{0}})")


floor: Apply = staircase(
    "floor", "Return the largest whole number that is not above `x`.", python=whole("math.floor"),
    latex=Template("\\left\\lfloor {0} \\right\\rfloor"),
)  # fmt: skip
ceil: Apply = staircase(
    "ceil", "Return the smallest whole number that is not below `x`.", python=whole("math.ceil"),
    latex=Template("\\left\\lceil {0} \\right\\rceil"),
)  # fmt: skip

stop_gradient: Apply = elementwise(
    "stop_gradient",
    derivative=Held(),
    doc="Return `x`, held constant by every derivative.",
    numpy=Template("{0:atom}"),
    python=Template("{0:atom}"),
    complex=True,
    view=always,
    kind=promoted_kind,
    samples=(Sample("x * stop_gradient(x + 1)", {"x": "n"}),),
)
