"""Identities that numbers need: spellings whose derivatives overflow or cancel, and better ones.

Each is also a simplification. What sets these apart is that they are applied before a formula is
differentiated, see `symdiff.rewrite.stabilise`. A pattern names the scalar case; the others are
procedures because they are about axes.
"""

from __future__ import annotations

from symdiff.dims import product
from symdiff.node import Node
from symdiff.ops.choices import logical_not, where
from symdiff.ops.contraction import CONTRACT, sum
from symdiff.ops.elementwise import (
    cos,
    cosh,
    exp,
    expm1,
    log,
    log1p,
    sigmoid,
    sinh,
    softplus,
    sqrt,
    tanh,
)
from symdiff.ops.error_functions import erfc, log_ndtr, ndtr
from symdiff.ops.kinks import abs, maximum, minimum, relu
from symdiff.ops.leaves import as_node, constant, number_of, scalar
from symdiff.ops.norms import norm
from symdiff.ops.soft_maximum import log_softmax, logsumexp, softmax
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS
from symdiff.registry import FUNCTIONS
from symdiff.rewrite.engine import Rewriter, Rule, Rules, any_of, pattern, rebuild
from symdiff.rewrite.linear_algebra import LOGARITHM_OF_A_DETERMINANT

a, b, c = scalar("a"), scalar("b"), scalar("c", dtype="bool")


def _log_add_exp(x: Node, y: Node) -> Node:
    """The logarithm of a sum of two exponentials, by the function for it if there is one."""
    known = FUNCTIONS.get("logaddexp")
    return known(x, y) if known else x + softplus(y - x)


_ROOT_OF_2, _LOG_OF_2 = 1.4142135623730951, 0.6931471805599453

PATTERNS = (
    ("logarithm of an exponential", log(exp(a)), a),
    ("softplus", log(1 + exp(a)), softplus(a)),
    ("softplus", log1p(exp(a)), softplus(a)),
    ("logarithm of two exponentials", log(exp(a) + exp(b)), _log_add_exp(a, b)),
    ("logarithm of a sigmoid", log(sigmoid(a)), -softplus(-a)),
    ("logarithm of a sigmoid's complement", log(1 - sigmoid(a)), -softplus(a)),
    ("logarithm over a sigmoid", log(b / sigmoid(a)), log(b) + softplus(-a)),
    ("logarithm of an exponential less one", log(exp(a) - 1), a + log(1 - exp(-a))),
    ("logarithm of an exponential less one", log(expm1(a)), a + log(1 - exp(-a))),
    ("logarithm of a normal distribution", log(ndtr(a)), log_ndtr(a)),
    ("logarithm of a tail", log(erfc(a)), log_ndtr(-_ROOT_OF_2 * a) + _LOG_OF_2),
    ("softplus by parts", relu(a) + softplus(-abs(a)), softplus(a)),
    ("softplus by parts", maximum(a, 0) + softplus(-abs(a)), softplus(a)),
    ("hyperbolic tangent", (exp(a) - 1) / (exp(a) + 1), tanh(a / 2)),
    ("hyperbolic tangent", (1 - exp(a)) / (1 + exp(a)), -tanh(a / 2)),
    ("sigmoid", exp(a) / (1 + exp(a)), sigmoid(a)),
    ("slope of a sigmoid", exp(a) / (1 + exp(a)) ** 2, sigmoid(a) * sigmoid(-a)),
    ("share of two exponentials", exp(a) / (exp(a) + exp(b)), sigmoid(a - b)),
    ("sigmoid", 1 / (1 + exp(-a)), sigmoid(a)),
    ("sigmoid", b / (1 + exp(-a)), b * sigmoid(a)),
    ("sigmoid's complement", 1 / (1 + exp(a)), sigmoid(-a)),
    ("sigmoid's complement", b / (1 + exp(a)), b * sigmoid(-a)),
    ("hyperbolic tangent", sinh(a) / cosh(a), tanh(a)),
    ("hyperbolic tangent", (exp(a) - exp(-a)) / (exp(a) + exp(-a)), tanh(a)),
    ("hyperbolic cotangent", cosh(a) / sinh(a), 1 / tanh(a)),
    ("hyperbolic secant", b / (exp(a) + exp(-a)), b / (2 * cosh(a))),
    ("root of an exponential", sqrt(exp(a)), exp(a / 2)),
    ("root of a positive part", sqrt(relu(a)), where(a > 0, sqrt(a), 0)),
    ("root of a positive part", sqrt(maximum(a, 0)), where(a > 0, sqrt(a), 0)),
    ("root of a positive part", relu(a) ** 0.5, where(a > 0, sqrt(a), 0)),
    ("root of a positive part", maximum(a, 0) ** 0.5, where(a > 0, sqrt(a), 0)),
    ("root of a square", sqrt(a**2), abs(a)),
    ("root of a square", sqrt(a * a), abs(a)),
    ("root of a square", (a**2) ** 0.5, abs(a)),
    ("absolute value by cases", where(a > 0, a, -a), abs(a)),
    ("absolute value by cases", where(a >= 0, a, -a), abs(a)),
    ("absolute value by cases", where(a < 0, -a, a), abs(a)),
    ("absolute value by cases", where(a <= 0, -a, a), abs(a)),
    ("absolute value as a maximum", maximum(a, -a), abs(a)),
    ("relu by cases", where(a > 0, a, 0), relu(a)),
    ("relu by cases", where(a >= 0, a, 0), relu(a)),
    ("relu by cases", where(a < 0, 0, a), relu(a)),
    ("relu by cases", where(a <= 0, 0, a), relu(a)),
    ("relu as a mean", (a + abs(a)) / 2, relu(a)),
    ("relu as a mean", (a + abs(a)) * 0.5, relu(a)),
    ("relu as a mean", a * 0.5 + abs(a) * 0.5, relu(a)),
    ("relu as a mean", a / 2 + abs(a) / 2, relu(a)),
    ("minimum as a mean", (a - abs(a)) / 2, minimum(a, 0)),
    ("minimum by cases", where(a < 0, a, 0), minimum(a, 0)),
    ("minimum by cases", where(a <= 0, a, 0), minimum(a, 0)),
    ("minimum by cases", where(a > 0, 0, a), minimum(a, 0)),
    ("minimum by cases", where(a >= 0, 0, a), minimum(a, 0)),
    ("even function of an absolute value", cos(abs(a)), cos(a)),
    ("even function of an absolute value", cosh(abs(a)), cosh(a)),
    ("absolute value of an opposite", abs(-a), abs(a)),
    ("absolute value twice", abs(abs(a)), abs(a)),
    ("relu twice", relu(relu(a)), relu(a)),
    ("choice between equals", where(c, a, a), a),
    ("choice turned round", where(logical_not(c), a, b), where(c, b, a)),
)
"""Name, unstable spelling, stable spelling. Sums and products match in either order."""

HOLD_FOR_COMPLEX = {"absolute value of an opposite", "choice between equals"}


# Sums of exponentials ---------------------------------------------------------------------------


def _log_of_softmax(node: Node, rewriter: Rewriter) -> Node | None:
    inner = node.args[0]
    if inner.op.name != "softmax":
        return None
    return log_softmax(inner.args[0], inner.attrs)


def _log_over_softmax(node: Node, rewriter: Rewriter) -> Node | None:
    """`log(a/softmax(x))`; nothing overflows where the softmax is 0."""
    ratio = node.args[0]
    if ratio.op.name != "divide" or ratio.args[1].op.name != "softmax":
        return None
    above, below = ratio.args
    return log(above) - log_softmax(below.args[0], below.attrs)


def _log_of_sum_of_exponentials(node: Node, rewriter: Rewriter) -> Node | None:
    """The logarithm of a sum of exponentials, also where the summed axes stay with size 1."""
    inner = node.args[0]
    places = inner.attrs if inner.op is EXPAND_DIMS else None
    found = _sum_of_exponentials(inner.args[0] if places else inner)
    if found is None:
        return None
    exponents, axes = found
    if places and places != axes:
        return None
    return logsumexp(exponents, axes, keepdims=places is not None)


def _sum_of_exponentials(total: Node) -> tuple[Node, tuple[int, ...]] | None:
    """What is `exp` taken of, and the axes that are summed."""
    if total.op is not CONTRACT or len(total.args) != 1 or total.args[0].op.name != "exp":
        return None
    axes = _summed_axes(total)
    return (total.args[0].args[0], axes) if axes else None


def _summed_axes(total: Node) -> tuple[int, ...] | None:
    """The axes over which a contraction sums, if it does no more than that to equal arguments."""
    inputs, output = total.attrs
    own = inputs[0]
    if any(indices != own for indices in inputs) or len(set(own)) < len(own):
        return None
    kept = tuple(i for i in own if i in output)
    return tuple(k for k, i in enumerate(own) if i not in output) if kept == output else None


def _share_of_exponentials(node: Node, rewriter: Rewriter) -> Node | None:
    """`exp(x)/sum(exp(x))`, where the sum has kept its axes or is over all."""
    above, below = node.args
    if above.op.name != "exp":
        return None
    below = below.args[0] if below.op is BROADCAST_TO else below
    places = below.attrs if below.op is EXPAND_DIMS else None
    found = _sum_of_exponentials(below.args[0] if places else below)
    if found is None or found[0] is not above.args[0]:
        return None
    exponents, axes = found
    whole = places == axes if places else len(axes) == exponents.ndim
    return softmax(exponents, axes) if whole else None


def _shifted_softmax(node: Node, rewriter: Rewriter) -> Node | None:
    """A shift that is the same along the axes of a softmax changes nothing."""
    arg = node.args[0]
    if arg.op.name not in ("subtract", "add") or arg.args[0].shape != arg.shape:
        return None
    x, shift = arg.args
    shift = shift.args[0] if shift.op is BROADCAST_TO else shift
    missing = arg.ndim - shift.ndim
    if any(axis >= missing and shift.shape[axis - missing] != 1 for axis in node.attrs):
        return None
    return FUNCTIONS[node.op.name](x, node.attrs)


def _log_over_sum_of_exponentials(node: Node, rewriter: Rewriter) -> Node | None:
    """`log(a/sum(exp(x)))`, whatever `a` is."""
    ratio = node.args[0]
    if ratio.op.name != "divide":
        return None
    above, below = ratio.args
    below = below.args[0] if below.op is BROADCAST_TO else below
    total = below.args[0] if below.op is EXPAND_DIMS else below
    return log(above) - log(below) if _sum_of_exponentials(total) else None


def _log_of_chosen_entries(node: Node, rewriter: Rewriter) -> Node | None:
    """The logarithm of entries of a softmax, or of exponentials, is entries of the logarithm."""
    chosen = node.args[0]
    if chosen.op.name != "index" or chosen.args[0].op.name not in ("softmax", "exp", "sigmoid"):
        return None
    return rebuild(chosen, (log(chosen.args[0]), *chosen.args[1:]))


def _sum_of_shares(node: Node, rewriter: Rewriter) -> Node | None:
    """The entries of a softmax sum to 1 along its axes."""
    shares = node.args[0]
    if len(node.args) > 1 or shares.op.name != "softmax" or _summed_axes(node) != shares.attrs:
        return None
    return constant(1.0)


# Variances --------------------------------------------------------------------------------------


def _mean_of_squares_less_square(node: Node, rewriter: Rewriter) -> Node | None:
    """`mean(x**2) - mean(x)**2` cancels where the mean is large; the mean of squares does not."""
    first, second = node.args
    if second.op.name != "power" or number_of(second.args[1]) != 2:
        return None
    of_squares, of_entries = _mean(first), _mean(second.args[0])
    if of_squares is None or of_entries is None:
        return None
    squares, axes, count = of_squares
    x = of_entries[0]
    if squares not in (x**2, x * x) or of_entries != (x, axes, count):
        return None
    centred = x - sum(x, axes, keepdims=True) / count
    return sum(centred**2, axes) / count


def _mean(node: Node) -> tuple[Node, tuple[int, ...], Node] | None:
    """What is averaged, over which axes, and how many entries."""
    if node.op.name != "divide" or node.args[0].op is not CONTRACT:
        return None
    total, count = node.args
    axes = _summed_axes(total) if len(total.args) == 1 else None
    if not axes:
        return None
    entries = product([total.args[0].shape[axis] for axis in axes])
    return (total.args[0], axes, count) if as_node(entries) is count else None


# Norms ------------------------------------------------------------------------------------------


def _root_of_squares(node: Node, rewriter: Rewriter) -> Node | None:
    """The root of a sum of squares is a norm, whose derivative is guarded at 0."""
    if node.op.name == "power" and number_of(node.args[1]) != 0.5:
        return None
    total = node.args[0]
    places = total.attrs if total.op is EXPAND_DIMS else None
    total = total.args[0] if places else total
    if total.op is not CONTRACT:
        return None
    axes = _summed_axes(total)
    squared = _squared(total)
    if not axes or squared is None or (places and places != axes):
        return None
    return norm(squared, axis=axes, keepdims=places is not None)


def _square_of_a_hypotenuse(node: Node, rewriter: Rewriter) -> Node | None:
    """`hypot(x, y)**2` is smooth at the origin, where the derivatives of `hypot` are guarded."""
    squared = node.op.name == "multiply" and node.args[0] is node.args[1]
    if node.args[0].op.name != "hypot" or not (squared or number_of(node.args[1]) == 2):
        return None
    x, y = node.args[0].args
    return None if number_of(x) or number_of(y) else x**2 + y**2


def _squared(total: Node) -> Node | None:
    """What is squared in the summands."""
    first, *rest = total.args
    if rest:
        return first if len(rest) == 1 and rest[0] is first else None
    if first.op.name == "power" and number_of(first.args[1]) == 2:
        return first.args[0]
    same = first.op.name == "multiply" and first.args[0] is first.args[1]
    return first.args[0] if same else None


# The cardinal sine ------------------------------------------------------------------------------


def _sine_over_angle(node: Node, rewriter: Rewriter) -> Node | None:
    """`sin(x)/x`, whose value at 0 is 1, if there is a function for it."""
    above, below = node.args
    if "sinc" not in FUNCTIONS or above.op.name != "sin" or above.args[0] is not below:
        return None
    return FUNCTIONS["sinc"](below / _PI)


def _guarded_sinc(node: Node, rewriter: Rewriter) -> Node | None:
    """`where(x != 0, sin(x)/x, 1)`, once the quotient has been read."""
    condition, first, second = node.args
    if condition.op.name == "equal":
        first, second = second, first
    elif condition.op.name != "not_equal":
        return None
    at_zero = number_of(condition.args[1]) == 0 and number_of(second) == 1
    if not at_zero or first.op.name != "sinc" or first.shape != node.shape:
        return None
    return first if first is FUNCTIONS["sinc"](condition.args[0] / _PI) else None


_PI = 3.141592653589793


RULES = Rules(
    (
        *(
            pattern(name, before, after, complex=name in HOLD_FOR_COMPLEX)
            for name, before, after in PATTERNS
        ),
        Rule("logarithm of a softmax", ("log",), _log_of_softmax, needs=any_of("softmax")),
        Rule("logarithm over a softmax", ("log",), _log_over_softmax, needs=any_of("softmax")),
        Rule(
            "logarithm of a sum of exponentials",
            ("log",),
            _log_of_sum_of_exponentials,
            needs=any_of("exp"),
        ),
        Rule("softmax", ("divide",), _share_of_exponentials, needs=any_of("exp")),
        Rule("shift of a softmax", ("softmax",), _shifted_softmax),
        Rule("sum of a softmax", ("contract",), _sum_of_shares, needs=any_of("softmax")),
        Rule(
            "logarithm over a sum of exponentials",
            ("log",),
            _log_over_sum_of_exponentials,
            needs=any_of("exp"),
        ),
        Rule(
            "logarithm of chosen entries", ("log",), _log_of_chosen_entries, needs=any_of("index")
        ),
        Rule("variance", ("subtract",), _mean_of_squares_less_square, needs=any_of("contract")),
        Rule(
            "root of a sum of squares",
            ("sqrt", "power"),
            _root_of_squares,
            needs=any_of("contract"),
        ),
        Rule(
            "square of a hypotenuse",
            ("power", "multiply"),
            _square_of_a_hypotenuse,
            needs=any_of("hypot"),
        ),
        Rule("sine over its angle", ("divide",), _sine_over_angle, needs=any_of("sin")),
        Rule("sine over its angle", ("where",), _guarded_sinc, needs=any_of("sinc")),
        LOGARITHM_OF_A_DETERMINANT,
    )
)
