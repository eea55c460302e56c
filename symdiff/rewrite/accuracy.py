"""Rules for computing alone: the same values without cancellation, overflow or `0 * log(0)`.

Textbook forms stay as they are where they are printed; evaluation and generated code compute them
by these. `symdiff.rewrite.cancellation` has the rule for sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symdiff.node import Node, topological
from symdiff.ops.choices import equal, where
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.elementwise import log, log1p
from symdiff.ops.leaves import VARIABLE, number_of
from symdiff.ops.lowered import log1mexp, log_cosh, sech, sigmoid_minus
from symdiff.rewrite import algebra, shares, stability
from symdiff.rewrite.cancellation import CLOSE_TO_A_VALUE, COMPANIONS, without_cancellation
from symdiff.rewrite.engine import Rewriter, Rule, Rules, any_of, rebuild
from symdiff.rewrite.liveness import protected
from symdiff.rewrite.opened import is_name, opened
from symdiff.rewrite.polynomial import (
    Product,
    factor,
    read_product,
    read_sum,
    write_product,
    write_sum,
)
from symdiff.rewrite.unlike import plain_terms

# Sums -------------------------------------------------------------------------------------------


def _sum_without_cancellation(node: Node, rewriter: Rewriter) -> Node | None:
    if node.dtype != "float" or nothing_cancels(node, rewriter):
        return None
    terms = without_cancellation(read_sum(node, rewriter.single))
    if terms is None:
        return None
    return write_sum(terms) if len(terms) > 1 else write_product(terms[0])


def nothing_cancels(node: Node, rewriter: Rewriter) -> bool:
    """True for a sum without two terms that differ in nothing but functions near a value."""
    terms = plain_terms(node, rewriter)
    if terms is None:
        return False
    rests = {frozenset([part for part in t if part.op.name not in _NEAR_VALUES]) for t in terms}
    return len(rests) == len(terms)


_NEAR_VALUES = CLOSE_TO_A_VALUE | COMPANIONS


def _sigmoid_beside_target(node: Node, rewriter: Rewriter) -> Node | None:
    """`sigmoid(u) - t`, the residual of a logistic regression, where `t` is data."""
    share, target = node.args
    if share.op.name != "sigmoid" or target.op is not VARIABLE:
        share, target = target, share
    if share.op.name != "sigmoid" or target.op is not VARIABLE or target.dtype == "bool":
        return None
    residual = sigmoid_minus(share.args[0], target)
    return residual if share is node.args[0] else -residual


def _square_of_cotangent_beside_one(node: Node, rewriter: Rewriter) -> Node | None:
    """`1 - 1/tanh(u)**2`, the derivative of the hyperbolic cotangent, and its opposite."""
    first, second = node.args
    for one, ratio in ((first, second), (second, first)):
        if number_of(one) != 1 or ratio.op.name != "divide" or number_of(ratio.args[0]) != 1:
            continue
        below = ratio.args[1]
        if below.op.name == "power" and number_of(below.args[1]) == 2:
            inner = below.args[0]
            if inner.op.name == "tanh":
                squared = (sech(inner.args[0]) / inner) ** 2
                return -squared if one is first else squared
    return None


# Logarithms -------------------------------------------------------------------------------------


def _log_near_one(node: Node, rewriter: Rewriter) -> Node | None:
    """`log(1 + x)`, and `log(1 - exp(x))`, whose argument has become `-expm1(x)`."""
    arg = node.args[0]
    if arg.op.name == "negative" and arg.args[0].op.name == "expm1":
        return log1mexp(arg.args[0].args[0])
    if arg.op.name not in ("add", "subtract"):
        return None
    one, rest = arg.args
    if arg.op.name == "add" and number_of(one) is None:
        one, rest = rest, one
    if number_of(one) != 1 or rest.dtype == "bool":
        return None
    return log1p(rest if arg.op.name == "add" else -rest)


def _log_of_cosh(node: Node, rewriter: Rewriter) -> Node | None:
    arg = node.args[0]
    return log_cosh(arg.args[0]) if arg.op.name == "cosh" else None


# Products ---------------------------------------------------------------------------------------


def _below_cosh(node: Node, rewriter: Rewriter) -> Node | None:
    """Division by a hyperbolic cosine, which overflows where the quotient is 0."""
    if not any(arg.op.name in ("cosh", "multiply", "power") for arg in node.args[-1:]):
        return None
    product = read_product(node, rewriter.single)
    below = {part: -e for part, e in product.powers.items() if part.op.name == "cosh" and e < 0}
    for part, e in below.items():  # the product may hold the secant already
        product = product.times(Product(1, {part: e})).times(factor(sech(part.args[0]), e))
    return write_product(product) if below else None


def _zero_times_log(node: Node, rewriter: Rewriter) -> Node | None:
    """`x*log(x)` is 0 where `x` is 0, as is its limit."""
    if node.op is CONTRACT and len({*node.attrs.inputs}) > 1:
        return None
    for k, arg in enumerate(node.args):
        for other in node.args:
            if other is not arg and other.shape == arg.shape and _has_log_of(arg, other):
                args = list(node.args)
                args[k] = _zero_where(other, arg, rewriter)
                return rebuild(node, tuple(args))
    return None


def _has_log_of(node: Node, x: Node) -> bool:
    """True for a logarithm of `x`, or of a quotient with it, or a difference with one."""
    if number_of(x) is not None:
        return False
    if node.op.name in ("add", "subtract"):
        return any(_has_log_of(arg, x) for arg in node.args if arg.op.name == "log")
    if node.op.name != "log":
        return False
    inner = node.args[0]
    return inner is x or (inner.op.name in ("multiply", "divide") and x in inner.args)


def _zero_where(x: Node, logarithm: Node, rewriter: Rewriter) -> Node:
    if logarithm.op.name == "log" and rewriter.single(logarithm):
        return log(where(equal(x, 0), 1, logarithm.args[0]))
    return where(equal(x, 0), 0, logarithm)


RULES = (
    Rule(
        "square of a cotangent beside 1",
        ("subtract",),
        _square_of_cotangent_beside_one,
        needs=any_of("tanh"),
    ),
    Rule(
        "sum without cancellation",
        ("add", "subtract", "negative"),
        _sum_without_cancellation,
        needs=any_of(*CLOSE_TO_A_VALUE),
    ),
    Rule(
        "sigmoid beside its target", ("subtract",), _sigmoid_beside_target, needs=any_of("sigmoid")
    ),
    *shares.RULES,
    Rule("logarithm near one", ("log",), _log_near_one),
    Rule("logarithm of a hyperbolic cosine", ("log",), _log_of_cosh, needs=any_of("cosh")),
    Rule("below a hyperbolic cosine", ("divide",), _below_cosh, needs=any_of("cosh")),
    Rule("zero times a logarithm", ("multiply", "contract"), _zero_times_log, needs=any_of("log")),
)

_RULES_FOR_COMPUTING = Rules((*stability.RULES, *RULES))

_SENSITIVE = (
    *({name} for name in ("sigmoid", "tanh", "exp", "log", "cosh", "erf", "softmax", "sqrt")),
    *({"power", "subtract"}, {"cos", "subtract"}, {"sin", "divide"}),
)
"""Ops that a graph must have together for a rule to apply."""


def computed(outputs: Sequence[Node]) -> list[Node]:
    """Expressions as they are computed where they are not simplified.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(*computed([1 - sd.sigmoid(x)]))
    σ(−x)
    """
    outputs = opened(outputs)
    if _is_sensitive({node.op.name for node in topological(outputs)}):
        outputs = Rewriter(_RULES_FOR_COMPUTING, outputs, algebra.REGIONS).run()
    return protected(outputs)


def is_computed_otherwise(nodes: Iterable[Node]) -> bool:
    """False if expressions of these nodes are surely computed as they are written."""
    ops = {node.op for node in nodes}
    names = {op.name for op in ops}
    return "where" in names or _is_sensitive(names) or any(map(is_name, ops))


def _is_sensitive(names: set[str]) -> bool:
    return any(needed <= names for needed in _SENSITIVE)
