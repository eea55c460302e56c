"""What SymPy calls functions of numbers."""

from __future__ import annotations

from collections.abc import Callable
from operator import add, mul, neg, pow, sub, truediv
from typing import Any

import sympy

from symdiff.frontends.sympy.names import FOLDED, HERE, RELATIONS
from symdiff.node import Node

Function = Callable[..., Any]


def sympy_function(node: Node) -> Function | None:
    """The function of SymPy that an elementwise op is; None if it has none."""
    name = node.op.name
    if name in _MADE:
        return _MADE[name]
    known = HERE.get(name) or _FOLDED.get(name) or _RELATIONS.get(name)
    return getattr(sympy, known) if known else None


def _where(condition: Any, yes: Any, no: Any) -> Any:
    return sympy.Piecewise((yes, condition), (no, True))


def _trunc(x: Any) -> Any:
    return sympy.sign(x) * sympy.floor(sympy.Abs(x))


def _bessel(kind: str, order: int) -> Function:
    function = getattr(sympy, kind)
    return lambda x: function(order, x)


_FOLDED = {ours: theirs for theirs, ours in FOLDED.items()}
_RELATIONS = {ours: theirs for theirs, ours in RELATIONS.items() if ours != "where"}

_MADE: dict[str, Function] = {
    **{"add": add, "subtract": sub, "multiply": mul, "divide": truediv, "power": pow},
    **{"negative": neg, "where": _where, "sqrt": sympy.sqrt},
    "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "expm1": lambda x: sympy.exp(x) - 1,
    "exp2": lambda x: 2**x,
    "log1p": lambda x: sympy.log(1 + x),
    "log2": lambda x: sympy.log(x, 2),
    "log10": lambda x: sympy.log(x, 10),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: sympy.Max(x, 0),
    "logaddexp": lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)),
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
    "clip": lambda x, low, high: sympy.Min(sympy.Max(x, low), high),
    "sinc": lambda x: sympy.sinc(sympy.pi * x),
    "floor_divide": lambda x, y: sympy.floor(x / y),
    "xlogy": lambda x, y: x * sympy.log(y),
    "elu": lambda x, a: sympy.Piecewise((x, x > 0), (a * (sympy.exp(x) - 1), True)),
    "softsign": lambda x: x / (1 + sympy.Abs(x)),
    "gap": sub,
    "deg2rad": lambda x: x * sympy.pi / 180,
    "rad2deg": lambda x: x * 180 / sympy.pi,
    "logit": lambda x: sympy.log(x / (1 - x)),
    "logaddexp2": lambda x, y: sympy.log(2**x + 2**y, 2),
    "xlog1py": lambda x, y: x * sympy.log(1 + y),
    "entr": lambda x: -x * sympy.log(x),
    "rel_entr": lambda x, y: x * sympy.log(x / y),
    "kl_div": lambda x, y: x * sympy.log(x / y) - x + y,
    "exprel": lambda x: (sympy.exp(x) - 1) / x,
    "cosm1": lambda x: sympy.cos(x) - 1,
    "erfcx": lambda x: sympy.exp(x**2) * sympy.erfc(x),
    "ndtr": lambda x: sympy.erfc(-x / sympy.sqrt(2)) / 2,
    "log_ndtr": lambda x: sympy.log(sympy.erfc(-x / sympy.sqrt(2)) / 2),
    "ndtri": lambda x: -sympy.sqrt(2) * sympy.erfcinv(2 * x),
    **{f"j{order}": _bessel("besselj", order) for order in (0, 1)},
    **{f"y{order}": _bessel("bessely", order) for order in (0, 1)},
    **{f"i{order}": _bessel("besseli", order) for order in (0, 1)},
    **{f"k{order}": _bessel("besselk", order) for order in (0, 1)},
    "i0e": lambda x: sympy.exp(-sympy.Abs(x)) * sympy.besseli(0, x),
    "i1e": lambda x: sympy.exp(-sympy.Abs(x)) * sympy.besseli(1, x),
    "betaln": lambda a, b: sympy.log(sympy.beta(a, b)),
    "gammainc": lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a),
    "gammaincc": lambda a, x: sympy.uppergamma(a, x) / sympy.gamma(a),
    "betainc": lambda a, b, x: sympy.betainc_regularized(a, b, 0, x),
    "exp1": lambda x: sympy.expint(1, x),
    "spence": lambda x: sympy.polylog(2, 1 - x),
    "hyp1f1": lambda a, b, x: sympy.hyper([a], [b], x),
    "hyp2f1": lambda a, b, c, x: sympy.hyper([a, b], [c], x),
    "fmax": sympy.Max,
    "fmin": sympy.Min,
    "trunc": _trunc,
    "fmod": lambda x, y: x - y * _trunc(x / y),
}
