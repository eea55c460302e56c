"""Letters: variables that stand for parts of a formula while an equation is written and checked."""

from __future__ import annotations

from collections.abc import Collection

from symdiff.dims import Shape
from symdiff.node import Node, intern
from symdiff.ops.leaves import VARIABLE
from symdiff.show.naming import Name
from symdiff.template import POWER


def letter(word: str, shape: Shape) -> Node:
    """A variable that is no variable of the user's: no such name can be declared."""
    return intern(VARIABLE, (), (f"{word} ", shape, "float"))


def layered(symbol: str, layer: int | str, latex: str | None = None) -> Name:
    r"""A symbol with the number of a layer above it, as lecture notes have it.

    >>> layered("z", 12), layered("δ", "l+1", r"\delta").pretty
    (Name(pretty='z⁽¹²⁾', latex='z^{(12)}', binding=6), 'δ⁽ˡ⁺¹⁾')
    """
    above = str(layer)
    return Name(f"{symbol}⁽{above.translate(_ABOVE)}⁾", f"{latex or symbol}^{{({above})}}", POWER)


def free_symbol(candidates: str, taken: Collection[str]) -> str:
    """The first of some letters that is no name of the user's, nor the beginning of `z1`."""
    for symbol in candidates:
        if not any(word[:1] == symbol and not word[1:].strip("_0123456789") for word in taken):
            return symbol
    return candidates[0]


_ABOVE = str.maketrans("0123456789+-lL", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ˡᴸ")
