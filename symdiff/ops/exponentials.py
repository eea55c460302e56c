"""Exponentials, logarithms and roots beyond the natural ones, and sums of exponentials."""

from __future__ import annotations

from symdiff.intervals import POSITIVE
from symdiff.ops.choices import equal, less_equal
from symdiff.ops.declare import Apply, elementwise, unary, within
from symdiff.ops.elementwise import log, sigmoid
from symdiff.registry import STEEP, UNDEFINED, Edge
from symdiff.template import ADD, ANY, Template, call, latex_call

__all__ = ["cbrt", "exp2", "gap", "log2", "log10", "logaddexp", "logaddexp2"]

exp2: Apply = unary(
    "exp2", lambda y, x: log(2) * y, "Return 2 to the power `x`.",
    latex=Template("2^{{{0}}}"), python=call("math.exp2"),
    values=within(POSITIVE),
)  # fmt: skip
log2: Apply = unary(
    "log2", lambda y, x: 1 / (log(2) * x), "Return the logarithm to base 2.", low=0.2,
    pretty=call("log2"), python=call("math.log2"), latex=latex_call("\\log_{{2}}"),
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)  # fmt: skip
log10: Apply = unary(
    "log10", lambda y, x: 1 / (log(10) * x), "Return the logarithm to base 10.", low=0.2,
    latex=latex_call("\\log_{{10}}"), python=call("math.log10"),
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)  # fmt: skip
cbrt: Apply = unary(
    "cbrt", lambda y, x: 1 / (3 * y**2), "Return the cube root, of negative numbers too.",
    low=0.2, latex=Template("\\sqrt[3]{{{0}}}"), python=call("math.cbrt"),
    edges=(Edge(lambda y, x: equal(x, 0), STEEP),),
)  # fmt: skip

gap: Apply = elementwise(
    "gap",
    1,
    -1,
    doc="Return `x - y`, and 0 between equal infinities.",
    numpy=call("_gap", 2),
    python=Template("0.0 if {0:add} == {1:add} else {0:add} - {1:multiply}", ANY),
    pretty=Template("{0:add} − {1:multiply}", ADD),
    latex=Template("{0:add} - {1:multiply}", ADD),
)
logaddexp: Apply = elementwise(
    "logaddexp",
    lambda y, a, b: sigmoid(gap(a, b)),
    lambda y, a, b: sigmoid(gap(b, a)),
    python=call("_float_logaddexp", 2),
    doc="Return `log(exp(x) + exp(y))` without overflow. Equal infinities share the derivative.",
)
logaddexp2: Apply = elementwise(
    "logaddexp2",
    lambda y, a, b: sigmoid(log(2) * gap(a, b)),
    lambda y, a, b: sigmoid(log(2) * gap(b, a)),
    doc="Return `log2(2**x + 2**y)` without overflow. Equal infinities share the derivative.",
)
