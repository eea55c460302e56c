"""Functions of SymPy and what they are here: one table for both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.registry import FUNCTIONS

SAME = (
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sign", "floor", "erf", "erfc"),
    *("gamma", "digamma", "polygamma", "beta", "zeta"),
)
"""Functions under one name."""

RENAMED = {
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{"Abs": "abs", "ceiling": "ceil", "Heaviside": "heaviside", "atan2": "arctan2"},
    **{"re": "real", "im": "imag", "conjugate": "conj", "arg": "angle", "loggamma": "gammaln"},
    **{"LambertW": "lambertw", "Si": "sinint", "Ci": "cosint", "Ei": "expi", "Mod": "mod"},
    **{"besselj": "jv", "bessely": "yv", "besseli": "iv", "besselk": "kv", "jn": "spherical_jn"},
    **{"elliptic_k": "ellipk", "elliptic_e": "ellipe", "binomial": "binom", "erfinv": "erfinv"},
    **{"erfcinv": "erfcinv"},
}
"""Functions of SymPy under another name here."""

ARITIES = {"log": 1, "elliptic_e": 1, "LambertW": 1, "beta": 2}
"""How many arguments a function takes here, where SymPy's may take more."""

FOLDED = {"Max": "maximum", "Min": "minimum", "And": "logical_and", "Or": "logical_or"}
"""Functions of any number of arguments, which here take two."""

RELATIONS = {
    **{"StrictLessThan": "less", "LessThan": "less_equal", "StrictGreaterThan": "greater"},
    **{"GreaterThan": "greater_equal", "Equality": "equal", "Unequality": "not_equal"},
    **{"Not": "logical_not", "ITE": "where", "Xor": "logical_xor"},
}
"""Relations, by the names of SymPy's classes."""


def _of(name: str) -> Callable[..., Any]:
    return FUNCTIONS[name]


def _inverse_of(name: str) -> Callable[..., Any]:
    return lambda x: 1 / FUNCTIONS[name](x)


def _at_inverse(name: str) -> Callable[..., Any]:
    return lambda x: FUNCTIONS[name](1 / x)


_RECIPROCAL = {"sec": "cos", "csc": "sin", "cot": "tan"}
_RECIPROCAL |= {"sech": "cosh", "csch": "sinh", "coth": "tanh"}

MADE: dict[str, Callable[..., Any]] = {
    **{f: _inverse_of(g) for f, g in _RECIPROCAL.items()},
    "factorial": lambda n: _of("gamma")(n + 1),
    "sinc": lambda x: _of("sinc")(x / _PI),  # NumPy's has π in it
    "frac": lambda x: x - _of("floor")(x),
    "uppergamma": lambda a, x: _of("gammaincc")(a, x) * _of("gamma")(a),
    "lowergamma": lambda a, x: _of("gammainc")(a, x) * _of("gamma")(a),
    "trigamma": lambda x: _of("polygamma")(1, x),
    **{f"a{f}": _at_inverse(f"arc{g}") for f, g in _RECIPROCAL.items()},
    "zeta": lambda s, q=1: _of("zeta")(s, q),
    "erf2": lambda x, y: _of("erf")(y) - _of("erf")(x),
    "li": lambda x: _of("expi")(_of("log")(x)),
    "harmonic": lambda n: _of("digamma")(n + 1) + _EULER_GAMMA,
    "Implies": lambda a, b: _of("logical_or")(_of("logical_not")(a), b),
    "Equivalent": lambda a, b: _of("equal")(a, b),
    "UnevaluatedExpr": lambda x: x,
    "KroneckerDelta": lambda i, j: _of("where")(_of("equal")(i, j), 1, 0),
}
"""Functions of SymPy that are made of ours."""

_EULER_GAMMA = 0.5772156649015329
_PI = 3.141592653589793


def function_of(name: str, arity: int) -> Callable[..., Any] | None:
    """What a function of SymPy with so many arguments is here; None for one that is not here."""
    if ARITIES.get(name, arity) != arity:
        return None
    if name in MADE:
        return MADE[name]
    known = name if name in SAME else RENAMED.get(name) or RELATIONS.get(name)
    return FUNCTIONS[known] if known else None


HERE = {**{name: name for name in SAME}, **{ours: theirs for theirs, ours in RENAMED.items()}}
"""SymPy's names by ours."""
