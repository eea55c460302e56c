"""The gradient of a scalar: back-propagation, then simplification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from symdiff.derive.backprop import backprop
from symdiff.node import Node
from symdiff.rewrite.simplify import simplify


@overload
def grad(target: Node, wrt: Node) -> Node: ...
@overload
def grad(target: Node, wrt: Sequence[Node]) -> list[Node]: ...
def grad(target: Node, wrt: Node | Sequence[Node]) -> Node | list[Node]:
    """Return the derivative of a scalar by `wrt`, an expression of the shape of `wrt`.

    `wrt` is a variable, any expression that the target contains, or a list of these, for which
    the result is a list. The result is an ordinary expression of the same graph, simplified; it
    can be differentiated again. `backprop` returns the same pass with its record.

    Raises DerivativeError where there is no derivative; see `backprop`.

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> X, w, y = sd.inputs(loss)
    >>> print(sd.grad(loss, w))
    2 Xᵀ(X w − y)
    """
    gradients = simplify(backprop(target, wrt).gradients)
    return gradients[0] if isinstance(wrt, Node) else gradients
