"""Functions with kinks and jumps.

Where the one-sided derivatives differ, the derivative is what `symdiff.conventions` says, by
default their mean. All rules with such a kink or a jump are written with `kink`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from symdiff.conventions import at_kink, raises_at_kinks
from symdiff.intervals import NUMBER, SIGNED_UNIT, UNIT
from symdiff.node import Node, intern
from symdiff.ops.choices import equal, less, where
from symdiff.ops.declare import Apply, elementwise, numeric_kind, promoted_kind, within
from symdiff.ops.elementwise import subtract
from symdiff.ops.leaves import as_node, number_of
from symdiff.registry import CONVENTION, FUNCTIONS, Edge, Op, Partials, Sample, always, function
from symdiff.template import ANY, Template, call, latex_call

__all__ = [
    "abs",
    "clip",
    "heaviside",
    "maximum",
    "minimum",
    "off_kink",
    "relu",
    "sign",
]


def kink(x: Node, below: float, above: float) -> Node | float:
    """The derivative `below` where `x < 0`, `above` where `x > 0`, and between as conventions say.

    Equal numbers are the flat sides of a jump.
    """
    between = at_kink(below, above)
    if below == above == between:
        return below
    if raises_at_kinks():
        x, between = intern(OFF_KINK, (x,)), (below + above) / 2
    if below == above:
        return where(equal(x, 0), math.nan, below)
    if (below, above) == (0, 1):
        return heaviside(x, between)
    if (below, above) == (1, 0):
        return heaviside(_opposite(x), between)
    if (below, above, between) == (-1, 1, 0):
        return sign(x)
    return below + (above - below) * heaviside(x, (between - below) / (above - below))


def _beyond(x: Node, other: Node) -> Node:
    """How far `x` is beyond the other; beyond 0 it is itself."""
    return x if number_of(other) == 0 and x.dtype == "float" else x - other


def _opposite(x: Node) -> Node:
    return subtract(*x.args[::-1]) if x.op.name == "subtract" else -x


OFF_KINK = Op(
    "off_kink",
    infer=lambda args, attrs: (args[0].shape, args[0].dtype),
    derivative=Partials((lambda y, x: 1.0,)),
    numpy=call("_off_kink"),
    text=call("off_kink"),
    pretty=call("off_kink"),
    latex=latex_call("\\operatorname{{off-kink}}"),
    elementwise=True,
    view=always,
    samples=(Sample("off_kink(x) * x", {"x": "n"}, 0.5, 2),),
)


@function
def off_kink(x: object) -> Node:
    """Return `x`, which must not be 0 anywhere: evaluation refuses a derivative at a kink.

    Derivatives contain it while `conventions(at_kinks="raise")` holds.
    """
    return intern(OFF_KINK, (as_node(x),))


def _abs_kind(name: str, args: tuple[Node, ...]) -> str:
    kind = numeric_kind(name, args)
    return "float" if kind == "complex" else kind


def _abs_partial(y: Node, x: Node) -> Node | float:
    if x.dtype != "complex":
        return kink(x, -1, 1)
    from symdiff.ops.complex import conj

    return conj(x) / where(equal(y, 0), 1, y)


relu: Apply = elementwise(
    "relu",
    lambda y, x: kink(x, 0, 1),
    doc="Return `maximum(x, 0)`. Its derivative at 0 is 1/2, the mean of both sides.",
    numpy=Template("np.maximum({0}, 0)"),
    python=Template("0.0 if {0:add} <= 0.0 else {0}", ANY),
    kind=numeric_kind,
    values=lambda node, x: x[0].upper(NUMBER(0)),
    edges=(Edge(lambda y, x: equal(x, 0), CONVENTION),),
)
abs: Apply = elementwise(
    "abs",
    _abs_partial,
    doc="Return the absolute value. Its derivative at 0 is 0, the mean of both sides.",
    python=call("abs"),
    pretty=Template("|{0}|"),
    latex=Template("\\left|{0}\\right|"),
    kind=_abs_kind,
    complex=True,
    values=lambda node, x: x[0].magnitude(),
    edges=(Edge(lambda y, x: equal(x, 0), CONVENTION),),
)
sign: Apply = elementwise(
    "sign",
    lambda y, x: kink(x, 0, 0),
    doc="Return -1, 0 or 1. Its derivative is 0, also at the jump.",
    python=Template(
        "1.0 if {0:add} > 0.0 else -1.0 if {0:add} < 0.0 else 0.0 if {0:add} == 0.0 else {0}", ANY
    ),
    kind=numeric_kind,
    values=within(SIGNED_UNIT),
    edges=(Edge(lambda y, x: equal(x, 0), CONVENTION),),
)
heaviside: Apply = elementwise(
    "heaviside",
    lambda y, x, h: kink(x, 0, 0),
    lambda y, x, h: where(equal(x, 0), 1.0, 0.0),
    doc="Return 0 where `x < 0`, 1 where `x > 0`, and `h` at 0. Its derivative in `x` is 0.",
    python=Template(
        "0.0 if {0:add} < 0.0 else 1.0 if {0:add} > 0.0 "
        "else {1:compare} if {0:add} == 0.0 else {0}",
        ANY,
    ),
    values=lambda node, x: UNIT.union(x[1]),
    edges=(Edge(lambda y, x, h: equal(x, 0), CONVENTION),),
)


def _chosen_by(sign: str) -> Callable[[Node], Template]:
    """The larger or the smaller of two floats; as in NumPy, NaN where either is NaN.

    Of zeros the second counts, also as in NumPy.
    """

    def template(node: Node) -> Template:
        number = number_of(node.args[1])
        known = number is not None and number == number
        wrong = "" if known else " or {1:add} != {1:add}"
        return Template(f"{{1:compare}} if {{0:add}} {sign} {{1:add}}{wrong} else {{0}}", ANY)

    return template


maximum: Apply = elementwise(
    "maximum",
    lambda y, a, b: kink(_beyond(a, b), 0, 1),
    lambda y, a, b: kink(_beyond(b, a), 0, 1),
    doc="Return the larger entry. Arguments that tie share the derivative equally.",
    python=_chosen_by("<="),
    kind=promoted_kind,
    values=lambda node, x: x[0].upper(x[1]),
    edges=(Edge(lambda y, a, b: equal(a, b), CONVENTION),),
)
minimum: Apply = elementwise(
    "minimum",
    lambda y, a, b: kink(_beyond(a, b), 1, 0),
    lambda y, a, b: kink(_beyond(b, a), 1, 0),
    doc="Return the smaller entry. Arguments that tie share the derivative equally.",
    python=_chosen_by(">="),
    kind=promoted_kind,
    values=lambda node, x: x[0].lower(x[1]),
    edges=(Edge(lambda y, a, b: equal(a, b), CONVENTION),),
)


def _between(lower: Node, upper: Node) -> Node | float:
    """1 where there is room between the bounds, else 0: there `clip` does not vary with `x`."""
    a, b = number_of(lower), number_of(upper)
    if a is not None and b is not None:
        return float(a < b)
    return where(less(lower, upper), 1.0, 0.0)


CLIP: Apply = elementwise(
    "clip",
    lambda y, x, lo, hi: kink(x - lo, 0, 1) * kink(x - hi, 1, 0) * _between(lo, hi),
    lambda y, x, lo, hi: kink(lo - x, 0, 1) * kink(maximum(x, lo) - hi, 1, 0),
    lambda y, x, lo, hi: kink(hi - maximum(x, lo), 1, 0),
    doc="Return `minimum(maximum(x, lower), upper)`.",
    python=call("_float_clip", 3),
    kind=promoted_kind,
    samples=(
        Sample("clip(x, -1, 0.5)", {"x": "n"}),
        Sample("clip(x, a, b)", {"x": "n", "a": "", "b": "n"}),
        Sample("clip(x, 0, None) + clip(x, None, 1)", {"x": "n"}),
    ),
    values=lambda node, x: x[0].upper(x[1]).lower(x[2]),
    edges=(
        Edge(lambda y, x, lo, hi: equal(x, lo), CONVENTION),
        Edge(lambda y, x, lo, hi: equal(x, hi), CONVENTION),
    ),
)


def clip(x: object, lower: object = None, upper: object = None) -> Node:
    """Return `x` limited to [lower, upper]; None leaves a side open.

    At a bound the derivative is 1/2, the mean of both sides.

    >>> import symdiff as sd
    >>> print(sd.clip(sd.vector("x", "n"), 0, 1))
    clip(x, 0, 1)
    """
    if lower is None and upper is None:
        return as_node(x)
    if lower is None:
        return minimum(x, upper)
    return maximum(x, lower) if upper is None else CLIP(x, lower, upper)


FUNCTIONS["clip"] = clip
