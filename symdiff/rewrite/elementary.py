"""Functions of entries by those that NumPy has fast, and what several of them share, once.

NumPy takes powers, exponentials and `log1p` of whole vectors of the processor's width, but
`logaddexp`, `heaviside`, and powers above the second of what may be negative one entry at a time.
The logistic function, its residuals and `softplus` of one argument are made of the same two
exponentials, `a = exp(min(x, 0))` and `b = exp(-max(x, 0))`. One of them is 1; none overflows:

| function                     | by `a` and `b`                       |
|------------------------------|--------------------------------------|
| `sigmoid(x)`, `sigmoid(-x)`  | `a/(a + b)`, `b/(a + b)`             |
| `sigmoid(x) - t`             | `((1 - t)*a - t*b)/(a + b)`          |
| `softplus(x)`                | `max(x, 0) + log1p(a*b)`             |

Only arrays are written so: for single numbers, Python is faster as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from symdiff.node import Node, topological
from symdiff.ops.elementwise import (
    add,
    divide,
    exp,
    log1p,
    multiply,
    negative,
    power,
    sqrt,
    subtract,
)
from symdiff.ops.kinks import abs, maximum, minimum, sign
from symdiff.ops.leaves import number_of
from symdiff.rewrite.engine import rebuild

_MOST_MULTIPLIED = 8
"""The highest power that is multiplied out: each product may cost half a unit in the last place."""


# Powers -----------------------------------------------------------------------------------------


def powers_multiplied(outputs: Sequence[Node]) -> list[Node]:
    """Write small powers of arrays as products, and halves of odd numbers with a root.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> for k in (3, 4, 7, -2, 1.5, -0.5):
    ...     print(sd.compile(x**k).source.splitlines()[-1].strip())
    return x**2 * x
    return (x**2) ** 2
    return t1**2 * (t1 * x)
    return 1 / x**2
    return x * np.sqrt(x)
    return 1 / np.sqrt(x)
    """
    return _each(outputs, _multiplied_power)


def _multiplied_power(node: Node, args: tuple[Node, ...]) -> Node | None:
    exponent = number_of(args[1]) if node.op.name == "power" and node.dtype == "float" else None
    if exponent is None or not args[0].ndim or args[0].dtype != "float":
        return None
    size = exponent if exponent > 0 else -exponent
    if size > _MOST_MULTIPLIED or size != size or exponent in (-1, 0, 0.5, 1, 2):
        return None
    whole, half = divmod(size, 1)
    if half not in (0, 0.5) or (half and whole > 2):
        return None
    result = _power(args[0], int(whole)) if whole else None
    if half:
        root = sqrt(args[0])
        result = root if result is None else multiply(result, root)
    assert result is not None
    return result if exponent > 0 else divide(1, result)


def _power(x: Node, exponent: int) -> Node:
    """A whole power by squaring, `x**2` being the square that NumPy knows."""
    if exponent == 1:
        return x
    if exponent % 2 == 0:
        return power(_power(x, exponent // 2), 2)
    largest = 1 << (exponent.bit_length() - 1)
    return multiply(_power(x, largest), _power(x, exponent - largest))


def _each(
    outputs: Sequence[Node], rule: Callable[[Node, tuple[Node, ...]], Node | None]
) -> list[Node]:
    """Rewrite every node that a rule, which gets its new arguments, has another form for."""
    new: dict[Node, Node] = {}
    for node in topological(outputs):
        args = tuple([new[arg] for arg in node.args])
        found = rule(node, args) if node.ndim else None
        new[node] = rebuild(node, args) if found is None else found
    return [new[output] for output in outputs]


# Steps ------------------------------------------------------------------------------------------


def steps_by_sign(outputs: Sequence[Node]) -> list[Node]:
    """Write steps that are 1/2 at 0 by the sign.

    >>> import symdiff as sd
    >>> print(*steps_by_sign([sd.heaviside(sd.vector("x", "n"), 0.5)]))
    0.5 + 0.5 sign(x)
    """
    return _each(outputs, _step)


def _step(node: Node, args: tuple[Node, ...]) -> Node | None:
    if node.op.name != "heaviside" or number_of(args[1]) != 0.5 or args[0].dtype != "float":
        return None
    return add(0.5, multiply(0.5, sign(args[0])))


# The logistic function and its family -----------------------------------------------------------

_LOGISTIC = ("sigmoid", "sigmoid_minus")
LOGISTIC_FAMILY = (*_LOGISTIC, "softplus")


def exponentials_shared(outputs: Sequence[Node]) -> list[Node]:
    """Compute what logistic functions and `softplus` of one argument have in common once.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(sd.compile([sd.softplus(x)]).source.splitlines()[-1].strip())
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    """
    order = topological(outputs)
    members: dict[Node, set[Node]] = defaultdict(set)
    for node in order:
        if node.op.name in LOGISTIC_FAMILY and node.ndim and node.args[0].dtype == "float":
            members[_without_sign(node.args[0])[0]].add(node)
    parts: dict[Node, _Logistic] = {}
    new: dict[Node, Node] = {}
    for node in order:
        args = tuple([new[arg] for arg in node.args])
        x, sign_of_x = _without_sign(node.args[0]) if node.args else (node, 1)
        found = None
        if node in members.get(x, ()):
            logistic = any(member.op.name in _LOGISTIC for member in members[x])
            if len(members[x]) > 1 or not logistic:
                family = parts.setdefault(x, _Logistic(new[x], logistic))
                found = family.written(node.op.name, sign_of_x, args[1:])
        new[node] = rebuild(node, args) if found is None else found
    return [new[output] for output in outputs]


def _without_sign(x: Node) -> tuple[Node, int]:
    return (x.args[0], -1) if x.op.name == "negative" else (x, 1)


class _Logistic:
    """The exponentials of one argument, and what is made of them."""

    def __init__(self, x: Node, logistic: bool) -> None:
        """With `logistic`, both exponentials are needed; else their product alone."""
        self._above, self._below = maximum(x, 0), minimum(x, 0)
        self._x = x
        self._low = exp(negative(self._above))
        self._high = exp(self._below)
        self._both = multiply(self._high, self._low) if logistic else exp(negative(abs(x)))

    def written(self, name: str, sign_of_x: int, rest: Sequence[Node]) -> Node:
        """A function of the argument or, if `sign_of_x` is -1, of its opposite."""
        high, low = (self._high, self._low)[::sign_of_x]
        if name == "softplus":
            above = self._above if sign_of_x > 0 else maximum(negative(self._x), 0)
            return add(above, log1p(self._both))
        if name == "sigmoid_minus":
            (target,) = rest
            high = subtract(multiply(subtract(1, target), high), multiply(target, low))
        return divide(high, add(self._high, self._low))
