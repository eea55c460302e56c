"""Identities between elementwise functions, each a pair of expressions over wildcards."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import (
    abs,
    exp,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    where,
)
from symdiff.ops.leaves import number_of, scalar
from symdiff.ops.norms import norm
from symdiff.ops.soft_maximum import log_softmax
from symdiff.rewrite.engine import Rewriter, Rule, pattern

a, c = scalar("a"), scalar("c", dtype="bool")

PATTERNS = (
    ("logarithm of an exponential", log(exp(a)), a),
    ("exponential of a logarithm", exp(log(a)), a),
    ("square of a root", sqrt(a) ** 2, a),
    ("root of a square", sqrt(a**2), abs(a)),
    ("absolute value of an opposite", abs(-a), abs(a)),
    ("absolute value twice", abs(abs(a)), abs(a)),
    ("relu twice", relu(relu(a)), relu(a)),
    ("softplus", log(1 + exp(a)), softplus(a)),
    ("softplus", log(exp(a) + 1), softplus(a)),
    ("logarithm of a sigmoid", log(sigmoid(a)), -softplus(-a)),
    ("logarithm of a sigmoid's complement", log(1 - sigmoid(a)), -softplus(a)),
    ("sigmoid", 1 / (1 + exp(-a)), sigmoid(a)),
    ("sigmoid", exp(a) / (1 + exp(a)), sigmoid(a)),
    ("larger of one", maximum(a, a), a),
    ("smaller of one", minimum(a, a), a),
    ("choice between equals", where(c, a, a), a),
)


def _log_of_softmax(node: Node, rewriter: Rewriter) -> Node | None:
    inner = node.args[0]
    if inner.op.name != "softmax":
        return None
    return log_softmax(inner.args[0], inner.attrs)


def _root_of_squares(node: Node, rewriter: Rewriter) -> Node | None:
    """The root of a sum of squares is a norm, whose derivative is guarded at 0."""
    total = node.args[0]
    if total.op is not CONTRACT or len(total.args) > 1 or not rewriter.single(total):
        return None
    form, square = recognise(total), total.args[0]
    if form is None or form.kind != "sum" or square.op.name != "power":
        return None
    return norm(square.args[0], axis=form.axes) if number_of(square.args[1]) == 2 else None


RULES = (
    *(pattern(name, before, after) for name, before, after in PATTERNS),
    Rule("logarithm of a softmax", ("log",), _log_of_softmax),
    Rule("root of a sum of squares", ("sqrt",), _root_of_squares),
)
