"""The gradient of a scalar: stabilising, back-propagation, simplification."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

from symdiff.derive.backprop import as_list
from symdiff.derive.passes import pulled_back
from symdiff.errors import ArgumentError, DerivativeError, describe, quote
from symdiff.node import Node, topological
from symdiff.ops.leaves import VARIABLE, number_of
from symdiff.ops.structure import unstretched
from symdiff.rewrite.engine import is_readable
from symdiff.rewrite.sharing import shared_with
from symdiff.rewrite.simplify import simplify
from symdiff.rewrite.stabilise import stabilised_around


@overload
def grad(target: Node, wrt: Node, order: int = 1, holomorphic: bool = False) -> Node: ...
@overload
def grad(
    target: Node, wrt: Sequence[Node], order: int = 1, holomorphic: bool = False
) -> list[Node]: ...
def grad(
    target: Node, wrt: Node | Sequence[Node], order: int = 1, holomorphic: bool = False
) -> Node | list[Node]:
    """Return the derivative of a scalar by `wrt`, an expression of the shape of `wrt`.

    `wrt` is a variable, any expression that the target contains, or a list of these, for which
    the result is a list. The result is an ordinary expression of the same graph, simplified; it
    can be differentiated again. `backprop` returns the same pass with its record.

    With `order` n, the n-th derivative: the shape of `wrt` n times, [i, j, …] the derivative by
    entries i, j, … of it.

    By a complex variable z = x + iy the gradient of a real f is ∂f/∂x − i ∂f/∂y, as in JAX: of
    |z|² it is 2 z̄. With `holomorphic`, target and `wrt` are complex, and the derivative is that
    of calculus: of z² it is 2 z.

    Raises DerivativeError where there is no derivative, see `backprop`; ArgumentError for an order
    that is not a whole number above 0. A target that lacks a variable has the derivative 0 by it,
    but one that has another variable of the same name is refused.

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> X, w, y = sd.inputs(loss)
    >>> print(sd.grad(loss, w))
    2 Xᵀ(X w − y)
    """
    check_order(order)
    if order > 1 and not holomorphic:
        check_real_variables(as_list(wrt))
    gradients = simplify(pulled_back(target, as_list(wrt), holomorphic=holomorphic))
    check_namesakes([target], as_list(wrt), gradients)
    if is_readable([target]):
        gradients = shared_with(stabilised_around(target, as_list(wrt)), gradients)
    for _ in range(order - 1):
        from symdiff.derive.jacobian import jacobian  # which needs this function for Hessians

        pairs = zip(gradients, as_list(wrt), strict=True)
        gradients = [jacobian(g, x, holomorphic=holomorphic) for g, x in pairs]
    return gradients[0] if isinstance(wrt, Node) else gradients


def check_namesakes(
    targets: Sequence[Node], wanted: Sequence[Node], derivatives: Iterable[Node]
) -> None:
    """Refuse derivatives of zero by a variable where targets have another one of the same name."""
    if not any(number_of(unstretched(derivative)) == 0 for derivative in derivatives):
        return
    named = {node.attrs[0]: node for node in topological(targets) if node.op is VARIABLE}
    for x in wanted:
        other = named.get(x.attrs[0]) if x.op is VARIABLE else None
        if other is not None and other is not x:
            has, given = (f"{describe(v)} and kind {v.dtype}" for v in (other, x))
            raise DerivativeError(
                f"the target has {has}, not {given}; sd.inputs(target) has its variables"
            )


def check_real_variables(wanted: Sequence[Node]) -> None:
    """Refuse second derivatives of real functions by complex variables, which are no one array."""
    for x in wanted:
        if x.dtype == "complex":
            raise DerivativeError(
                f"second derivatives of a real function by the complex {quote(x)} are not given by "
                "one array; use sd.hvp for their products with vectors, or make it x + 1j*y of "
                "real x and y; if the target is holomorphic, say sd.grad(…, holomorphic=True)"
            )


def check_order(order: object) -> None:
    """Refuse what is not a number of derivatives to take."""
    if type(order) is not int or order < 1:
        raise ArgumentError(f"the order of a derivative is a whole number above 0, not {order!r}")
