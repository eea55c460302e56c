"""Bessel functions of a real argument. None has a closed derivative by its order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symdiff.intervals import POSITIVE, SIGNED_UNIT, Interval
from symdiff.node import Node
from symdiff.ops.choices import equal, less, less_equal, logical_and, logical_or
from symdiff.ops.declare import Apply, within
from symdiff.ops.hypergeometric import hyp1f1
from symdiff.ops.kinks import abs, sign
from symdiff.ops.leaves import number_of
from symdiff.ops.special import A_WHOLE_NUMBER, refused, special, unless_whole, whole_number
from symdiff.registry import FUNCTIONS, STEEP, UNDEFINED, Edge, Sample
from symdiff.template import Template

__all__ = [
    "i0",
    "i0e",
    "i1",
    "i1e",
    "iv",
    "j0",
    "j1",
    "jv",
    "k0",
    "k1",
    "kv",
    "spherical_jn",
    "y0",
    "y1",
    "yv",
]


def _bessel(
    name: str,
    slope: Callable[[Node], Node],
    doc: str,
    low: float = -3,
    high: float = 3,
    reference: str = "DLMF 10.6.3",
    **facts: Any,
) -> Callable[..., Node]:
    """A function of whole order, whose derivative is given as a function of the argument."""
    letter = name[0].upper()
    return special(
        name,
        lambda y, x: slope(x),
        doc=f"Return the {doc} of order {name[1]}.",
        latex=Template(f"{letter}_{{{{{name[1]}}}}}\\left({{0}}\\right)"),
        low=low,
        high=high,
        reference=reference,
        **facts,
    )


def _of_any_order(
    name: str,
    slope: Callable[[Node, Node], Node],
    doc: str,
    reference: str = "DLMF 10.6.1",
    edges: tuple[Edge, ...] = (),
) -> Callable[..., Node]:
    """A function of real order, whose derivative is given by order and argument."""
    return special(
        name,
        refused(0, "the order"),
        lambda y, v, x: slope(v, x),
        doc=f"Return the {doc} of order `x` at `y`.",
        latex=Template(f"{name[0].upper()}_{{{{{{0}}}}}}\\left({{1}}\\right)"),
        samples=(
            Sample(f"{name}(2, x) + {name}(0, y)", {"x": "n", "y": ""}, 0.5, 4),
            Sample(f"{name}(stop_gradient(x), x * y)", {"x": "n 1", "y": "m"}, 0.5, 2),
        ),
        reference=reference,
        edges=edges,
    )


def _no_power(y: Node, v: Node, x: Node) -> Node | None:
    """Where `x**v` is not real, or infinite."""
    outside = logical_or(less(x, 0), logical_and(equal(x, 0), less(v, 0)))
    return unless_whole(v, outside)


def _steep_power(y: Node, v: Node, x: Node) -> Node | None:
    """Where `x**v` rises infinitely."""
    return unless_whole(v, logical_and(equal(x, 0), less(v, 1)))


_FIRST_KIND = (Edge(_no_power, UNDEFINED), Edge(_steep_power, STEEP))
_SECOND_KIND = (Edge(lambda y, v, x: less_equal(x, 0), UNDEFINED),)


j0: Apply = _bessel(
    "j0",
    lambda x: -j1(x),
    "Bessel function of the first kind",
    values=within(SIGNED_UNIT),
)
j1: Apply = _bessel(
    "j1", lambda x: (j0(x) - jv(2, x)) / 2, "Bessel function of the first kind",
    reference="DLMF 10.6.1",
    values=within(SIGNED_UNIT),
)  # fmt: skip
y0: Apply = _bessel(
    "y0",
    lambda x: -y1(x),
    "Bessel function of the second kind",
    low=0.5,
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)
y1: Apply = _bessel(
    "y1", lambda x: (y0(x) - yv(2, x)) / 2, "Bessel function of the second kind", low=0.5,
    reference="DLMF 10.6.1",
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)  # fmt: skip
i0: Apply = _bessel(
    "i0", lambda x: i1(x), "modified Bessel function of the first kind", reference="DLMF 10.29.3",
    values=within(Interval(1, math.inf, False, True)),
)  # fmt: skip
i1: Apply = _bessel(
    "i1", lambda x: (i0(x) + iv(2, x)) / 2, "modified Bessel function of the first kind",
    reference="DLMF 10.29.1",
)  # fmt: skip
k0: Apply = _bessel(
    "k0", lambda x: -k1(x), "modified Bessel function of the second kind", low=0.5,
    reference="DLMF 10.29.3",
    values=within(POSITIVE),
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)  # fmt: skip
k1: Apply = _bessel(
    "k1", lambda x: -(k0(x) + kv(2, x)) / 2, "modified Bessel function of the second kind",
    low=0.5, reference="DLMF 10.29.1",
    values=within(POSITIVE),
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)  # fmt: skip

jv: Apply = _of_any_order(
    "jv", lambda v, x: (jv(v - 1, x) - jv(v + 1, x)) / 2, "Bessel function of the first kind",
    edges=_FIRST_KIND,
)  # fmt: skip
yv: Apply = _of_any_order(
    "yv", lambda v, x: (yv(v - 1, x) - yv(v + 1, x)) / 2, "Bessel function of the second kind",
    edges=_SECOND_KIND,
)  # fmt: skip
iv: Apply = _of_any_order(
    "iv", lambda v, x: (iv(v - 1, x) + iv(v + 1, x)) / 2,
    "modified Bessel function of the first kind", reference="DLMF 10.29.1", edges=_FIRST_KIND,
)  # fmt: skip
kv: Apply = _of_any_order(
    "kv", lambda v, x: -(kv(v - 1, x) + kv(v + 1, x)) / 2,
    "modified Bessel function of the second kind", reference="DLMF 10.29.1", edges=_SECOND_KIND,
)  # fmt: skip


def _spherical_slope(y: Node, n: Node, x: Node) -> Node:
    order = int(number_of(n) or 0)
    if not order:
        return -spherical_jn(1, x)
    below, above = spherical_jn(order - 1, x), spherical_jn(order + 1, x)
    return (order * below - (order + 1) * above) / (2 * order + 1)


SPHERICAL: Apply = special(
    "spherical_jn",
    refused(0, "the order", A_WHOLE_NUMBER),
    _spherical_slope,
    doc="Return the spherical Bessel function of the first kind.",
    cast=True,
    latex=Template("j_{{{0}}}\\left({1}\\right)"),
    samples=(
        Sample("spherical_jn(0, x) + spherical_jn(2, y)", {"x": "n", "y": ""}, -3, 3),
        Sample("spherical_jn(1, x)", {"x": "n"}, -3, 3),
    ),
    reference="DLMF 10.51.1",
)


def spherical_jn(n: object, x: object) -> Node:
    """Return the spherical Bessel function of the first kind, of the whole order `n`.

    Raises ArgumentError for an order that is no whole number from 0 on.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> print(sd.grad(sd.spherical_jn(0, x), x))
    −spherical_jn(1, x)
    """
    return SPHERICAL(whole_number("spherical_jn", n), x)


FUNCTIONS["spherical_jn"] = spherical_jn


# Scaled, for large arguments ----------------------------------------------------------------------
#
# exp(-x) I₀(x) is a hypergeometric function of -2 x, and so are its derivatives: I₁ - I₀ would
# cancel where x is large.


def _slope_of_i0e(y: Node, x: Node) -> Node:
    return -sign(x) * hyp1f1(1.5, 2.0, -2 * abs(x))


def _slope_of_i1e(y: Node, x: Node) -> Node:
    size = abs(x)
    return (hyp1f1(1.5, 3.0, -2 * size) - size * hyp1f1(2.5, 4.0, -2 * size)) / 2


i0e: Apply = special(
    "i0e",
    _slope_of_i0e,
    doc="Return `exp(-abs(x))*i0(x)`, without overflow. Its derivative at 0 is 0.",
    low=-3,
    high=3,
    reference="DLMF 10.39.5 and 13.3.15",
    values=within(Interval(0, 1, True)),
)
i1e: Apply = special(
    "i1e",
    _slope_of_i1e,
    doc="Return `exp(-abs(x))*i1(x)`, without overflow.",
    low=-3,
    high=3,
    reference="DLMF 10.39.5 and 13.3.15",
)
