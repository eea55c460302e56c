"""What a derivative is at a point that has none: one setting, read when a derivative is formed.

A kink is a place where the derivatives from both sides differ, a jump one where a function leaps.
The sides are those of the function's own argument: left of the kink of `relu(-x)`, x is above 0.
The setting holds for derivatives formed after it, in the same thread or task; it is no property of
an expression, which keeps the derivative that it was given.
"""

from __future__ import annotations

import math
from contextvars import ContextVar, Token
from types import TracebackType

from symdiff.errors import ArgumentError
from symdiff.shown import Part, Rows, Sentence, Shown

AT_KINKS = ("half", "zero", "left", "right", "nan", "raise")
"""The choices: the mean of both sides, 0, the left or the right derivative, NaN, an error."""

_at_kinks: ContextVar[str] = ContextVar("at_kinks", default="half")

_KINKS = (
    # function, where, left and right derivative, and the mean where it is more than that
    ("abs(x)", "x = 0", -1, 1, ""),
    ("relu(x)", "x = 0", 0, 1, ""),
    ("maximum(x, y), in x", "x = y", 0, 1, ""),
    ("minimum(x, y), in x", "x = y", 1, 0, ""),
    ("clip(x, a, b), in x", "x = a < b", 0, 1, ""),
    ("clip(x, a, b), in x", "a < x = b", 1, 0, ""),
    ("max(x), in an entry", "it ties with k − 1 others", 0, 1, "1/k"),
    ("min(x), in an entry", "it ties with k − 1 others", 1, 0, "1/k"),
    ("norm(x), in an entry", "x = 0", -1, 1, ""),
    ("sign(x), heaviside(x, h)", "x = 0, a jump", 0, 0, ""),
    ("fmax(x, y), in x", "x = y", 0, 1, ""),
    ("fmin(x, y), in x", "x = y", 1, 0, ""),
    ("copysign(x, y), in x", "x = 0 ≤ y", -1, 1, ""),
)

_ALWAYS = (
    # function, where, and the derivative there, which no choice changes
    ("where(c, x, y)", "an edge of c", "that of the branch taken"),
    ("hypot(x, y), arctan2(x, y)", "x = y = 0", "0"),
    ("sort(x), partition(x, k)", "entries tie", "that of their order"),
    ("median(x), quantile(x, q)", "it ties with k − 1 others", "1/k"),
    ("mod(x, y), fmod(x, y)", "a jump", "that between jumps"),
)


def at_kink(left: float, right: float) -> float:
    """The derivative at a kink with these one-sided derivatives; NaN if it is to be an error.

    >>> at_kink(0, 1), at_kink(-1, 1)
    (0.5, 0.0)
    """
    choices = {"half": (left + right) / 2, "zero": 0.0, "left": left, "right": right}
    return choices.get(_at_kinks.get(), math.nan)


def choice_at_kinks() -> str:
    """The choice in force."""
    return _at_kinks.get()


def raises_at_kinks() -> bool:
    """True if to evaluate a derivative at a kink is to be an error."""
    return _at_kinks.get() == "raise"


def shares_ties() -> bool:
    """True if entries that tie for an extremum share its derivative."""
    return _at_kinks.get() == "half"


class Conventions(Shown):
    """The conventions in force, as a table; as a context, they end with it."""

    def __init__(self, token: Token[str] | None) -> None:
        self.at_kinks = _at_kinks.get()
        self._token = token

    def __enter__(self) -> Conventions:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            _at_kinks.reset(self._token)
            self._token = None

    def _parts_(self) -> list[Part]:
        rows: list[Sentence] = []
        for function, where, left, right, shared in _KINKS:
            rows.append((function, where, str(left), str(right), self._value(left, right, shared)))
        for function, where, value in _ALWAYS:
            rows.append((function, where, "", "", value))
        return [Rows(("function", "kink", "left", "right", f"{self.at_kinks!r}"), rows)]

    def _value(self, left: int, right: int, shared: str) -> str:
        if self.at_kinks == "raise":
            return "an error"
        if self.at_kinks == "half" and shared:
            return shared
        choices = {"half": (left + right) / 2, "zero": 0, "left": left, "right": right}
        return f"{choices.get(self.at_kinks, math.nan):g}"


def conventions(at_kinks: str | None = None) -> Conventions:
    """Choose the derivative at kinks, for derivatives formed from now on; or look at the choice.

    `at_kinks` is "half", the mean of both sides and the default; "zero"; "left" or "right", the
    derivative from that side; "nan"; or "raise", with which a derivative that is evaluated at a
    kink is refused. In a `with` statement the choice ends with the block. The result prints as the
    table of all kinks.

    Raises ArgumentError for another choice.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> with sd.conventions(at_kinks="left"):
    ...     print(sd.evaluate(sd.grad(sd.abs(x), x), x=0.0))
    -1.0
    >>> print(sd.evaluate(sd.grad(sd.abs(x), x), x=0.0))
    0.0
    """
    if at_kinks is None:
        return Conventions(None)
    if at_kinks not in AT_KINKS:
        choices = ", ".join(map(repr, AT_KINKS))
        raise ArgumentError(f"at_kinks must be one of {choices}, not {at_kinks!r}")
    token = _at_kinks.set(at_kinks)
    return Conventions(token)
