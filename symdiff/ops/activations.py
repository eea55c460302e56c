"""Activations of neural networks, by the names and with the defaults of JAX and PyTorch.

None overflows or becomes NaN at a finite argument, nor do the first two derivatives. At kinks the
derivative is the mean of the one-sided derivatives, as everywhere.
"""

from __future__ import annotations

import math

from symdiff.errors import ArgumentError, quote
from symdiff.intervals import Interval
from symdiff.node import Node
from symdiff.ops.choices import equal, where
from symdiff.ops.declare import Apply, elementwise, unary, within
from symdiff.ops.elementwise import exp, expm1, sigmoid, softplus, tanh
from symdiff.ops.kinks import abs, clip, kink, minimum, relu
from symdiff.ops.leaves import as_node, number_of
from symdiff.registry import CONVENTION, FUNCTIONS, Edge, Sample, composite
from symdiff.template import call

__all__ = [
    "celu",
    "elu",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "relu6",
    "selu",
    "silu",
    "softsign",
    "swish",
]

_VECTOR = {"x": "n"}
_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772

# Piecewise linear -------------------------------------------------------------------------------


@composite(Sample("leaky_relu(x)", _VECTOR), Sample("leaky_relu(x, a)", {"x": "n 1", "a": "m"}))
def leaky_relu(x: object, alpha: object = 0.01) -> Node:
    """Return `x` where it is positive, else `alpha*x`.

    >>> import symdiff as sd
    >>> print(leaky_relu(sd.scalar("x"), 0.1))
    relu(x) + 0.1 minimum(x, 0)
    """
    return relu(x) + alpha * minimum(x, 0)


@composite(Sample("relu6(4 * x)", _VECTOR))
def relu6(x: object) -> Node:
    """Return `clip(x, 0, 6)`.

    >>> import symdiff as sd
    >>> print(relu6(sd.scalar("x")))
    clip(x, 0, 6)
    """
    return clip(x, 0, 6)


@composite(Sample("hard_tanh(x)", _VECTOR))
def hard_tanh(x: object) -> Node:
    """Return `clip(x, -1, 1)`.

    >>> import symdiff as sd
    >>> print(hard_tanh(sd.scalar("x")))
    clip(x, −1, 1)
    """
    return clip(x, -1, 1)


@composite(Sample("hard_sigmoid(2 * x)", _VECTOR))
def hard_sigmoid(x: object) -> Node:
    """Return `relu6(x + 3)/6`, piecewise linear like a sigmoid.

    >>> import symdiff as sd
    >>> print(hard_sigmoid(sd.scalar("x")))
    clip(x + 3, 0, 6)/6
    """
    return relu6(as_node(x) + 3) / 6


@composite(Sample("hard_silu(2 * x)", _VECTOR))
def hard_silu(x: object) -> Node:
    """Return `x*hard_sigmoid(x)`.

    >>> import symdiff as sd
    >>> print(hard_silu(sd.scalar("x")))
    x (clip(x + 3, 0, 6)/6)
    """
    return as_node(x) * hard_sigmoid(x)


@composite(Sample("hard_swish(2 * x)", _VECTOR))
def hard_swish(x: object) -> Node:
    """Return `hard_silu(x)`, under its other name.

    >>> import symdiff as sd
    >>> print(hard_swish(sd.scalar("x")))
    x (clip(x + 3, 0, 6)/6)
    """
    return hard_silu(x)


# Exponential below 0 ------------------------------------------------------------------------------


def _exp_below_zero(x: Node) -> Node:
    """`exp(x)` below 0, 0 above, and the mean at 0; its derivative is itself."""
    return exp(where(x > 0, -x, x)) * kink(x, 1, 0)


def _elu_slope(x: Node, alpha: Node) -> Node:
    if number_of(alpha) == 1:  # no kink
        return exp(minimum(x, 0))
    return kink(x, 0, 1) + alpha * _exp_below_zero(x)


def _elu_kink(y: Node, x: Node, alpha: Node) -> Node | None:
    return None if number_of(alpha) == 1 else equal(x, 0)


ELU: Apply = elementwise(
    "elu",
    lambda y, x, alpha: _elu_slope(x, alpha),
    lambda y, x, alpha: expm1(minimum(x, 0)),
    doc="Return `x` where it is positive, else `alpha*expm1(x)`.",
    edges=(Edge(_elu_kink, CONVENTION),),
    numpy=call("_elu", 2),
    samples=(
        Sample("elu(x, a)", {"x": "n 1", "a": "m"}),
        Sample("elu(x) - elu(2 * x, 2)", _VECTOR),
    ),
)


def elu(x: object, alpha: object = 1.0) -> Node:
    """Return `x` where it is positive, else `alpha*expm1(x)`: the exponential linear unit.

    >>> import symdiff as sd
    >>> print(elu(sd.scalar("x")))
    elu(x, 1.0)
    """
    return ELU(x, alpha)


FUNCTIONS["elu"] = elu


@composite(Sample("selu(x)", _VECTOR))
def selu(x: object) -> Node:
    """Return the scaled exponential linear unit, which keeps mean 0 and variance 1.

    >>> import symdiff as sd
    >>> print(selu(sd.scalar("x")))
    1.0507009873554805 elu(x, 1.6732632423543772)
    """
    return _SELU_SCALE * elu(x, _SELU_ALPHA)


@composite(Sample("celu(x)", _VECTOR), Sample("celu(x, a**2 + 1)", {"x": "n 1", "a": "m"}))
def celu(x: object, alpha: object = 1.0) -> Node:
    """Return `x` where it is positive, else `alpha*expm1(x/alpha)`, whose slope is 1 at 0.

    Raises ArgumentError for an `alpha` that is not positive.

    >>> import symdiff as sd
    >>> print(celu(sd.scalar("x"), 2))
    2 elu(x/2, 1.0)
    """
    scale = as_node(alpha)
    number = number_of(scale)
    if number is not None and not number > 0:
        raise ArgumentError(f"`celu` needs a positive alpha, not {quote(scale)}")
    return elu(x) if number == 1 else scale * elu(as_node(x) / scale)


# Smooth -----------------------------------------------------------------------------------------


@composite(Sample("log_sigmoid(x)", _VECTOR))
def log_sigmoid(x: object) -> Node:
    """Return `log(sigmoid(x))` without overflow.

    >>> import symdiff as sd
    >>> print(log_sigmoid(sd.scalar("x")))
    −softplus(−x)
    """
    return -softplus(-as_node(x))


@composite(Sample("silu(x)", _VECTOR))
def silu(x: object) -> Node:
    """Return `x*sigmoid(x)`: the sigmoid linear unit.

    >>> import symdiff as sd
    >>> print(silu(sd.scalar("x")))
    x σ(x)
    """
    return as_node(x) * sigmoid(x)


@composite(Sample("swish(x)", _VECTOR))
def swish(x: object) -> Node:
    """Return `silu(x)`, under its other name.

    >>> import symdiff as sd
    >>> print(swish(sd.scalar("x")))
    x σ(x)
    """
    return silu(x)


@composite(Sample("mish(x)", _VECTOR), reference="Misra 2019")
def mish(x: object) -> Node:
    """Return `x*tanh(softplus(x))` (Misra 2019).

    >>> import symdiff as sd
    >>> print(mish(sd.scalar("x")))
    x tanh(softplus(x))
    """
    return as_node(x) * tanh(softplus(x))


@composite(Sample("gelu(x, approximate=True)", _VECTOR), reference="Hendrycks and Gimpel 2016")
def gelu(x: object, approximate: bool = False) -> Node:
    """Return `x` times the probability that a standard normal variable is below `x`.

    With `approximate`, the probability is the sigmoid of an odd cubic in `x`, which is the form
    with `tanh` of Hendrycks and Gimpel (2016), written so that it keeps its digits far below 0.

    Raises ArgumentError for an `approximate` that is not True or False.

    >>> import symdiff as sd
    >>> print(sd.evaluate(gelu(1.0, approximate=True)).round(6))
    0.841192
    """
    if type(approximate) is not bool:
        raise ArgumentError(f"`approximate` of `gelu` is True or False, not {approximate!r}")
    node = as_node(x)
    if approximate:
        inner = clip(node, -100, 100)  # beyond, the sigmoid is 0 or 1, and the cube may overflow
        cubic = inner + 0.044715 * inner**3
        return node * sigmoid(2 * math.sqrt(2 / math.pi) * cubic)
    return node * _normal_probability(node)


def _normal_probability(x: Node) -> Node:
    """The distribution function of the standard normal variable, by what is declared of it."""
    if "ndtr" in FUNCTIONS:
        return FUNCTIONS["ndtr"](x)
    if "erfc" in FUNCTIONS:
        return 0.5 * FUNCTIONS["erfc"](-x / math.sqrt(2))
    if "erf" in FUNCTIONS:
        return 0.5 * (1 + FUNCTIONS["erf"](x / math.sqrt(2)))
    raise ArgumentError(
        f"`gelu` of {quote(x)} needs the error function `erf`, which is not declared; "
        "use sd.gelu(x, approximate=True)"
    )


softsign: Apply = unary(
    "softsign",
    lambda y, x: 1 / (1 + abs(x)) ** 2,
    "Return `x/(1 + |x|)`.",
    numpy=call("_softsign"),
    values=within(Interval(-1, 1, True, True)),
)
