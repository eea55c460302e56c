"""How sums, products and powers are written."""

from __future__ import annotations

from collections.abc import Callable

from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT, number_of
from symdiff.template import ADD, JUXTAPOSE, MULTIPLY, POWER, UNARY, Template, call, infix


def sum_text(sign: str) -> Callable[[Node], Template]:
    """`1 + 2j` is read as one number; what is a sum of two is written as a call."""
    plain = infix(f" {sign} ", ADD)
    called = call("add" if sign == "+" else "subtract", 2)

    def template(node: Node) -> Template:
        return called if node.dtype == "complex" and _of_numbers(node) else plain

    return template


def _of_numbers(node: Node) -> bool:
    return all(arg.op is CONSTANT and not arg.shape for arg in node.args)


def apart_from_matmul(symbol: str) -> Callable[[Node], Template]:
    """`(A @ b)*c`: `@` and `*` bind alike, but a reader should not have to remember that."""
    plain = infix(symbol, MULTIPLY)
    apart = Template(f"{{0:unary}}{symbol}{{1:unary}}", MULTIPLY)
    return lambda node: apart if node.args[0].op.name == "contract" else plain


def product(scaled: str, dotted: str, hadamard: str, diag: str) -> Callable[[Node], Template]:
    """Matrix notation: a scalar in front is juxtaposed; two arrays are multiplied by entries.

    A vector in front of a matrix scales its rows or columns, as a diagonal matrix does.
    """

    def template(node: Node) -> Template:
        left, right = node.args
        if _is_column(left) and right.shape == node.shape:
            return Template(f"{diag.format('{0.0}')}{scaled}{{1:power}}", JUXTAPOSE)
        if left.ndim == 1 and right.ndim == 2 and right.shape == node.shape:
            return Template(f"{{1:{_chained(right)}}}{scaled}{diag.format('{0}')}", JUXTAPOSE)
        if left.ndim and right.ndim:
            return Template(f"{{0:multiply}}{hadamard}{{1:juxtapose}}", MULTIPLY)
        if left.ndim or number_of(right) is not None:
            return Template(f"{{0:multiply}}{dotted}{{1:juxtapose}}", MULTIPLY)
        second = "juxtapose" if right.op.name == "contract" or _scales(right) else "power"
        number = number_of(left)
        if number is not None and number < 0:  # the minus stands in front of the whole
            return Template(f"{{0}}{scaled}{{1:{second}}}", UNARY)
        first = {"contract": "power", "multiply": "unary"}.get(left.op.name, "juxtapose")
        return Template(f"{{0:{first}}}{scaled}{{1:{second}}}", JUXTAPOSE)

    return template


def _is_column(node: Node) -> bool:
    """True for `s[:, None]` of a vector."""
    return node.op.name == "expand_dims" and node.attrs == (1,) and node.ndim == 2


def _scales(node: Node) -> bool:
    """True for what is written `diag(s) X` or `X diag(s)`."""
    if node.op.name != "multiply" or node.ndim != 2:
        return False
    left, right = node.args
    return right.shape == node.shape and (_is_column(left) or left.ndim == 1)


def _chained(left: Node) -> str:
    """How tightly the left factor of a product must bind: a product of matrices continues."""
    return "juxtapose" if left.op.name == "contract" or _scales(left) else "power"


def minus(sign: str) -> Callable[[Node], Template]:
    """`−(2 x)` keeps its parentheses: without them the number would be −2."""

    def template(node: Node) -> Template:
        arg = node.args[0]
        numbered = arg.op.name == "multiply" and number_of(arg.args[0]) is not None
        return Template(f"{sign}{{0:{'postfix' if numbered else 'juxtapose'}}}", UNARY)

    return template


_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def power_pretty(node: Node) -> Template:
    exponent = number_of(node.args[1])
    if type(exponent) is int and exponent >= 0:
        raised = str(exponent).translate(_SUPERSCRIPTS)
        return _power_of_side(node) or Template("{0:postfix}" + raised, POWER)
    return Template("{0:postfix}^{1:postfix}", POWER)


def power_latex(node: Node) -> Template:
    return _power_of_side(node, latex=True) or Template("{{{0:postfix}}}^{{{1}}}", POWER)


_SIDES = {"hypot": " + ", "leg": " − "}
"""The ops that are roots of sums or differences of two squares."""


def _power_of_side(node: Node, latex: bool = False) -> Template | None:
    """An even power of a root is a power of what is under it."""
    base, exponent = node.args[0], number_of(node.args[1])
    if base.op.name not in _SIDES or type(exponent) is not int or exponent < 2 or exponent % 2:
        return None
    under, half = squares(base, "0.", latex), exponent // 2
    if half == 1:
        return Template(under, ADD)
    if latex:
        return Template(f"\\left({under}\\right)^{{{{{half}}}}}", POWER)
    return Template(f"({under}){str(half).translate(_SUPERSCRIPTS)}", POWER)


def squares(node: Node, path: str = "", latex: bool = False) -> str:
    """The sum or difference under the root of a `hypot` or `leg`; its arguments are at `path`."""
    square = "^{{2}}" if latex else "²"
    terms = [
        "1" if number_of(arg) == 1 else f"{{{path}{k}:postfix}}{square}"
        for k, arg in enumerate(node.args)
    ]
    sign = _SIDES.get(node.op.name, " + ")
    return (sign.replace("−", "-") if latex else sign).join(terms)
