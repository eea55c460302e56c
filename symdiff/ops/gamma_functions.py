"""The gamma function and what is made of it: beta, binomials, polygammas, and their integrals."""

from __future__ import annotations

import math

from symdiff.errors import ArgumentError
from symdiff.node import Node
from symdiff.ops.choices import equal, greater, less, less_equal, logical_and, logical_or
from symdiff.ops.declare import Apply
from symdiff.ops.information import xlog1py, xlogy
from symdiff.ops.kinks import minimum
from symdiff.ops.leaves import as_node, constant, number_of
from symdiff.ops.special import (
    A_WHOLE_NUMBER,
    alias,
    helped,
    next_order,
    refused,
    special,
    unless_whole,
    whole,
    whole_number,
    with_numbers,
)
from symdiff.ops.steps import floor
from symdiff.registry import FUNCTIONS, STEEP, UNDEFINED, Edge, Sample, composite
from symdiff.template import Template, call, latex_call

__all__ = [
    "beta",
    "beta_density",
    "betainc",
    "betaln",
    "binom",
    "digamma",
    "gamma",
    "gamma_density",
    "gammainc",
    "gammaincc",
    "gammaln",
    "loggamma",
    "multigammaln",
    "polygamma",
    "polygamma_difference",
    "psi",
    "zeta",
]


def _at_pole(x: Node) -> Node:
    """Where the gamma function is infinite: at 0 and at negative whole numbers."""
    return logical_and(less_equal(x, 0), equal(x, floor(x)))


def _at_either_pole(y: Node, a: Node, b: Node) -> Node:
    return logical_or(_at_pole(a), _at_pole(b))


gamma: Apply = special(
    "gamma",
    lambda y, x: y * digamma(x),
    doc="Return the gamma function.",
    latex=latex_call("\\Gamma"),
    low=0.5,
    high=4,
    reference="DLMF 5.2.2",
    edges=(Edge(lambda y, x: _at_pole(x), UNDEFINED),),
)
gammaln: Apply = special(
    "gammaln",
    lambda y, x: digamma(x),
    doc="Return the logarithm of the absolute value of the gamma function.",
    latex=latex_call("\\log\\Gamma"),
    low=0.5,
    high=4,
    reference="DLMF 5.2.2",
    edges=(Edge(lambda y, x: _at_pole(x), UNDEFINED),),
)
loggamma: Apply = alias("loggamma", gammaln)

# Polygammas -------------------------------------------------------------------------------------

digamma: Apply = special(
    "digamma",
    lambda y, x: polygamma(1, x),
    doc="Return the derivative of `gammaln`.",
    pretty=call("ψ"),
    latex=latex_call("\\psi"),
    low=0.5,
    high=4,
    reference="DLMF 5.15.1",
    edges=(Edge(lambda y, x: _at_pole(x), UNDEFINED),),
)
psi: Apply = alias("psi", digamma)

POLYGAMMA: Apply = special(
    "polygamma",
    refused(0, "the order", A_WHOLE_NUMBER),
    lambda y, n, x: polygamma(next_order(n), x),
    doc="Return the derivative of order `n` of `digamma`.",
    cast=True,
    latex=Template("\\psi^{{({0})}}\\left({1}\\right)"),
    samples=(
        Sample("polygamma(1, x) + polygamma(2, y)", {"x": "n", "y": ""}, 0.5, 4),
        Sample("polygamma(k, x)", {"k": "n 1", "x": "m"}, 0.6, 3, kinds={"k": "int"}),
    ),
    edges=(Edge(lambda y, n, x: _at_pole(x), UNDEFINED),),
    reference="DLMF 5.15",
)


def polygamma(n: object, x: object) -> Node:
    """Return the derivative of order `n` of `digamma`, which is that of order 0.

    Raises ArgumentError for an order that is no whole number, or negative.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> print(sd.grad(sd.polygamma(1, x), x))
    polygamma(2, x)
    """
    order = whole("polygamma", n)
    value = number_of(order)
    if value is not None:
        return digamma(x) if value == 0 else POLYGAMMA(constant(int(value)), x)
    return POLYGAMMA(order, x)


FUNCTIONS["polygamma"] = polygamma


zeta: Apply = special(
    "zeta",
    refused(0, "the exponent"),
    lambda y, x, q: -x * zeta(x + 1, q),
    doc="Return Hurwitz's zeta function, the sum of `(q + k)**-x` over k from 0 on.",
    latex=latex_call("\\zeta", 2),
    samples=(
        Sample("zeta(3, x)", {"x": "n"}, 0.5, 3),
        Sample("zeta(stop_gradient(2 + x), x * y)", {"x": "n", "y": ""}, 0.5, 2),
    ),
    edges=(
        Edge(lambda y, x, q: less_equal(x, 1), UNDEFINED),
        Edge(lambda y, x, q: _at_pole(q), UNDEFINED),
        Edge(lambda y, x, q: unless_whole(x, less(q, 0)), UNDEFINED),
    ),
    reference="DLMF 25.11.17",
)


# Beta -------------------------------------------------------------------------------------------
#
# The derivatives are differences ψ(x + h) - ψ(x), which cancel where h is small beside x.

DIFFERENCE: Apply = helped(
    "polygamma_difference",
    refused(0, "the order", A_WHOLE_NUMBER),
    lambda y, n, x, h: polygamma_difference(next_order(n), x, h),
    lambda y, n, x, h: polygamma(next_order(n), x + h),
    doc="Return `polygamma(n, x + h) - polygamma(n, x)`.",
    samples=(
        Sample("polygamma_difference(0, x, y)", {"x": "n 1", "y": "m"}, 0.5, 3),
        Sample("polygamma_difference(1, x, y)", {"x": "", "y": ""}, 0.5, 3),
    ),
    edges=(Edge(lambda y, n, x, h: logical_or(_at_pole(x), _at_pole(x + h)), UNDEFINED),),
    reference="DLMF 5.5.2 and 5.11.2, with Euler and Maclaurin's sum",
)


def polygamma_difference(n: object, x: object, h: object) -> Node:
    """Return `polygamma(n, x + h) - polygamma(n, x)`, precise also where `h` is small beside `x`.

    Raises ArgumentError for an order that is no number.

    >>> import symdiff as sd
    >>> print(sd.evaluate(sd.polygamma_difference(0, 1e12, 1.0)))
    1e-12
    """
    return DIFFERENCE(whole_number("polygamma_difference", n), x, h)


FUNCTIONS["polygamma_difference"] = polygamma_difference


beta: Apply = helped(
    "beta",
    lambda y, a, b: -y * polygamma_difference(0, a, b),
    lambda y, a, b: -y * polygamma_difference(0, b, a),
    doc="Return the beta function `gamma(x)*gamma(y)/gamma(x + y)`.",
    latex=latex_call("\\mathrm{{B}}", 2),
    samples=with_numbers("beta", 0.5, 3),
    edges=(Edge(_at_either_pole, UNDEFINED), Edge(lambda y, a, b: _at_pole(a + b), STEEP)),
    reference="DLMF 5.12.1 and 5.2.2",
)
betaln: Apply = helped(
    "betaln",
    lambda y, a, b: -polygamma_difference(0, a, b),
    lambda y, a, b: -polygamma_difference(0, b, a),
    doc="Return the logarithm of the absolute value of the beta function.",
    latex=latex_call("\\log\\mathrm{{B}}", 2),
    samples=with_numbers("betaln", 0.5, 3),
    edges=(Edge(_at_either_pole, UNDEFINED), Edge(lambda y, a, b: _at_pole(a + b), STEEP)),
    reference="DLMF 5.12.1 and 5.2.2",
)
binom: Apply = special(
    "binom",
    lambda y, n, k: y * polygamma_difference(0, n - k + 1, k),
    lambda y, n, k: y * polygamma_difference(0, k + 1, n - 2 * k),
    doc="Return the binomial coefficient. It has derivatives where -1 < `y` < `x` + 1.",
    latex=Template("\\binom{{{0}}}{{{1}}}"),
    samples=(
        Sample("binom(x + 3, y)", {"x": "n 1", "y": "m"}, 0.2, 3),
        Sample("binom(x, 2)", {"x": ""}, 2.5, 5),
    ),
    edges=(
        Edge(lambda y, n, k: _at_pole(n + 1), UNDEFINED),
        Edge(lambda y, n, k: logical_or(_at_pole(k + 1), _at_pole(n - k + 1)), STEEP),
    ),
    reference="DLMF 1.2.6 and 5.2.2",
)


@composite(Sample("multigammaln(x, 3)", {"x": "n"}, 2, 5), reference="DLMF 35.3.4")
def multigammaln(a: object, d: int) -> Node:
    """Return the logarithm of the gamma function of `d` by `d` matrices, entry by entry.

    Raises ArgumentError for a dimension that is no positive whole number.

    >>> import symdiff as sd
    >>> print(sd.multigammaln(sd.scalar("a"), 1))
    gammaln(a)
    """
    size = number_of(d) if isinstance(d, Node) else d
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ArgumentError(
            f"the dimension of `multigammaln` must be a whole number from 1 on, not {d}"
        )
    node = as_node(a)
    total = gammaln(node)
    for place in range(1, size):
        total = total + gammaln(node - place / 2)
    return total + size * (size - 1) / 4 * math.log(math.pi) if size > 1 else total


# Incomplete integrals -----------------------------------------------------------------------------

_INCOMPLETE = (
    Edge(lambda y, a, x: less(minimum(a, x), 0), UNDEFINED),
    Edge(lambda y, a, x: logical_and(equal(x, 0), equal(a, 0)), UNDEFINED),
    Edge(lambda y, a, x: logical_and(equal(x, 0), less(a, 1)), STEEP),
)

gammainc: Apply = special(
    "gammainc",
    refused(0, "the exponent"),
    lambda y, a, x: gamma_density(a, x),
    doc="Return the lower incomplete gamma function of `x` to `y`, divided by `gamma(x)`.",
    cast=True,
    latex=latex_call("P", 2),
    samples=(
        Sample("gammainc(2.5, x)", {"x": "n"}, 0.2, 4),
        Sample("gammainc(stop_gradient(x + 1), x * y)", {"x": "n", "y": ""}, 0.5, 2),
    ),
    edges=_INCOMPLETE,
    reference="DLMF 8.8.13",
)
gammaincc: Apply = special(
    "gammaincc",
    refused(0, "the exponent"),
    lambda y, a, x: -gamma_density(a, x),
    doc="Return `1 - gammainc(x, y)`, precise where that is tiny.",
    cast=True,
    latex=latex_call("Q", 2),
    samples=(
        Sample("gammaincc(2.5, x)", {"x": "n"}, 0.2, 4),
        Sample("gammaincc(stop_gradient(x + 1), x * y)", {"x": "n", "y": ""}, 0.5, 2),
    ),
    edges=_INCOMPLETE,
    reference="DLMF 8.8.13",
)
gamma_density: Apply = helped(
    "gamma_density",
    lambda y, a, x: xlogy(y, x) - y * digamma(a),
    lambda y, a, x: gamma_density(a - 1, x) - y,
    doc="Return `y**(x - 1)*exp(-y)/gamma(x)`, the density of the gamma distribution at `y`.",
    samples=with_numbers("gamma_density", 0.5, 4),
    edges=(
        Edge(lambda y, a, x: less(x, 0), UNDEFINED),
        Edge(lambda y, a, x: logical_or(equal(x, 0), _at_pole(a)), STEEP),
    ),
    reference="DLMF 8.8.13; Loader 2000",
)
betainc: Apply = special(
    "betainc",
    refused(0, "the exponent"),
    refused(1, "the exponent"),
    lambda y, a, b, x: beta_density(a, b, x),
    doc="Return the incomplete beta function of `x` and `y` to `z`, divided by `beta(x, y)`.",
    latex=Template("I_{{{2}}}\\left({0}, {1}\\right)"),
    samples=(
        Sample("betainc(2.5, 1.5, x)", {"x": "n"}, 0.1, 0.9),
        Sample("betainc(stop_gradient(x + 1), 2, x * y)", {"x": "n", "y": ""}, 0.2, 0.9),
    ),
    edges=(
        Edge(lambda y, a, b, x: logical_or(less(x, 0), greater(x, 1)), UNDEFINED),
        Edge(lambda y, a, b, x: less(minimum(a, b), 0), UNDEFINED),
        Edge(lambda y, a, b, x: logical_and(equal(x, 0), less(a, 1)), STEEP),
        Edge(lambda y, a, b, x: logical_and(equal(x, 1), less(b, 1)), STEEP),
    ),
    reference="DLMF 8.17.1",
)


BETA_DENSITY: Apply = helped(
    "beta_density",
    refused(0, "the number of steps", A_WHOLE_NUMBER),
    lambda y, n, a, b, x: xlogy(y, x) + y * polygamma_difference(0, a, b + n),
    lambda y, n, a, b, x: xlog1py(y, -x) + y * polygamma_difference(0, b, a + n),
    lambda y, n, a, b, x: (
        beta_density(a - 1, b, x, next_order(n)) - beta_density(a, b - 1, x, next_order(n))
    ),
    doc="Return the density of the beta distribution, or a multiple of it.",
    text=Template("beta_density({1}, {2}, {3}, {0})"),
    latex=Template("\\operatorname{{Beta}}_{{{0}}}\\left({1}, {2}; {3}\\right)"),
    samples=(
        Sample("beta_density(a + 2, b + 2, x)", {"a": "n 1", "b": "", "x": "m"}, 0.1, 0.9),
        Sample("beta_density(a, 2, x, 1)", {"a": "", "x": "n"}, 0.1, 0.9),
    ),
    edges=(
        Edge(lambda y, n, a, b, x: logical_or(less(x, 0), greater(x, 1)), UNDEFINED),
        Edge(lambda y, n, a, b, x: less(minimum(a, b), 0), UNDEFINED),
        Edge(lambda y, n, a, b, x: logical_or(equal(x, 0), equal(x, 1)), STEEP),
    ),
    reference="DLMF 8.17.1; Loader 2000",
)


def beta_density(a: object, b: object, x: object, n: object = 0) -> Node:
    """Return `x**(a - 1)*(1 - x)**(b - 1)/beta(a, b)`, the density of the beta distribution.

    With `n`, it is multiplied by `gamma(a + b + n)/gamma(a + b)`. So it remains finite where the
    derivatives of the density have an exponent of 0 or less.

    Raises ArgumentError for an `n` that is no whole number.

    >>> import symdiff as sd
    >>> print(sd.evaluate(sd.beta_density(2.0, 2.0, 0.5)))
    1.5
    """
    return BETA_DENSITY(whole_number("beta_density", n, "number of steps"), a, b, x)


FUNCTIONS["beta_density"] = beta_density
