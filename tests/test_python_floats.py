"""Scalar programs in Python's own floats: each op's form, the way out to NumPy, and calls."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import runtime
from symdiff.codegen.lowering import numpy_template
from symdiff.codegen.python_floats import float_template
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import CONSTANT
from symdiff.ops.lowered import log1mexp, log_cosh, sech, sigmoid_minus
from symdiff.registry import OPS, Op
from symdiff.template import ATOM, Template

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-300, 1e308, math.inf, -math.inf, math.nan)
ORDINARY = (0.3, -0.7, 1.9, -2.4, 11.0)
X, Y, Z = (sd.scalar(name) for name in "xyz")
LOWERED = (log1mexp(X), log_cosh(X), sech(X), sigmoid_minus(X, Y))


def applications(op: Op) -> list[Node]:
    """The op applied to variables, and to the constants that its samples give it."""
    found = [node for node in LOWERED if node.op is op]
    for sample in op.samples:
        if "int" in sample.kinds.values() or "complex" in sample.kinds.values():
            continue
        for node in topological([sd.parse(sample.formula, **dict.fromkeys(sample.shapes, ""))]):
            if node.op is op:
                args = [
                    arg if arg.op is CONSTANT else sd.scalar(name, arg.dtype)
                    for arg, name in zip(node.args, "xyz", strict=False)
                ]
                found.append(intern(op, tuple(args), node.attrs))
    return list(dict.fromkeys(found))


def value_of(
    template: Template, node: Node, values: dict[str, Any], of: Callable[[Any], Any]
) -> Any:
    """What a template computes where variables have these values."""
    texts = [float_template(arg).render([]) for arg in node.args]
    text = template.render([(f"({text})", ATOM) for text in texts])
    names = {name: of(value) for name, value in values.items()}
    return eval(text, {**vars(runtime), "math": math, "dtype": np.dtype(float), **names})


def same(found: Any, expected: Any) -> bool:
    """True for the same boolean, infinity, NaN or signed zero, and for floats within 2 ulp."""
    if isinstance(found, bool) or isinstance(expected, (bool, np.bool_)):
        return isinstance(found, bool) and found == bool(expected)
    assert type(found) is float, type(found)
    if math.isnan(found) or np.isnan(expected):
        return bool(math.isnan(found) and np.isnan(expected))
    if found == expected:
        return bool(found != 0 or np.signbit(found) == np.signbit(expected))
    return bool(abs(found - expected) <= 2 * np.spacing(abs(expected)))


FORMS = [node for op in OPS.values() if op.python for node in applications(op)]


@pytest.mark.parametrize("node", FORMS, ids=str)
def test_python_computes_what_numpy_computes(node: Node) -> None:
    """At ordinary points and at all edges; an error leaves the point to NumPy."""
    variables = [arg for arg in node.args if arg.op is not CONSTANT]
    numbers = {arg for arg in node.args if arg.op is CONSTANT}
    floats, arrays = float_template(node), numpy_template(node, numbers)
    grids = [(False, True) if v.dtype == "bool" else EDGES + ORDINARY for v in variables]
    computed = 0
    for point in product(*grids):
        values = {v.attrs[0]: value for v, value in zip(variables, point, strict=True)}
        try:
            found = value_of(floats, node, values, lambda value: value)
        except (ArithmeticError, ValueError):
            continue
        with np.errstate(all="ignore"):
            expected = value_of(arrays, node, values, lambda v: np.asarray(v)[()])
        assert same(found, expected), (values, found, expected)
        computed += 1
    assert computed >= 2
