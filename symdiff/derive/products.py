"""Derivatives applied to directions: products with Jacobians and Hessians that are never built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from symdiff.derive.backprop import as_list, check_complex, check_kinds
from symdiff.derive.forward import check_path, check_tangent
from symdiff.derive.grad import check_namesakes, check_order, grad
from symdiff.derive.jacobian import jacobian
from symdiff.derive.passes import pulled_back, pushed_forward
from symdiff.errors import ArgumentError, DerivativeError, describe
from symdiff.node import Node, intern
from symdiff.ops.leaves import VARIABLE, as_node, constant
from symdiff.rewrite.engine import substitute
from symdiff.rewrite.simplify import simplify


@overload
def vjp(y: Node, x: Node, u: object) -> Node: ...
@overload
def vjp(y: Node, x: Sequence[Node], u: object) -> list[Node]: ...
def vjp(y: Node, x: Node | Sequence[Node], u: object) -> Node | list[Node]:
    """Return the cotangent `u` of `y` pulled back to `x`: `uᵀ J`, of the shape of `x`.

    `u` has the shape of `y`. With leading axes in front of that it is a stack of cotangents, and
    so is the result. By a complex `x`, the convention is that of `grad`.

    Raises DerivativeError where there is no derivative, ShapeError for a `u` that does not fit.

    >>> import symdiff as sd
    >>> X, w, u = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("u", "n")
    >>> print(vjp(sd.tanh(X @ w), w, u))
    Xᵀ(u ⊙ (1 − tanh(X w)²))
    """
    found = simplify(pulled_back(y, as_list(x), as_node(u)))
    check_namesakes([y], as_list(x), found)
    return found[0] if isinstance(x, Node) else found


@overload
def jvp(y: Node, x: Node | Sequence[Node], v: object) -> Node: ...
@overload
def jvp(y: Sequence[Node], x: Node | Sequence[Node], v: object) -> list[Node]: ...
def jvp(y: Node | Sequence[Node], x: Node | Sequence[Node], v: object) -> Node | list[Node]:
    """Return how `y` changes when `x` moves along `v`: `J v`, of the shape of `y`, by forward mode.

    For a list of `x`, `v` is a list too, and all move at once. For a list of `y`, the result is a
    list. Where `x` or `y` is complex, the change is linear over the real numbers alone, unless
    the function is holomorphic.

    Raises DerivativeError where there is no derivative, ShapeError for a `v` that does not fit.

    >>> import symdiff as sd
    >>> X, w, v = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("v", "d")
    >>> print(jvp(sd.tanh(X @ w), w, v))
    X v ⊙ (1 − tanh(X w)²)
    """
    targets, wanted = as_list(y), as_list(x)
    tangents = [as_node(v)] if isinstance(x, Node) else _tangents(wanted, v)
    for target in targets:
        check_kinds(target, wanted)
    for each, tangent in zip(wanted, tangents, strict=True):
        check_tangent(each, tangent)
    if len(set(wanted)) < len(wanted):
        raise ArgumentError("a variable is named twice; give one direction for each")
    found = simplify(pushed_forward(targets, wanted, tangents))
    check_namesakes(targets, wanted, found)
    return found[0] if isinstance(y, Node) else found


def _tangents(wanted: list[Node], v: object) -> list[Node]:
    if not isinstance(v, (list, tuple)) or len(v) != len(wanted):
        raise ArgumentError(f"for a list of {len(wanted)} variables, give a list of directions")
    return [as_node(each) for each in v]


@overload
def hvp(f: Node, x: Node, v: object) -> Node: ...
@overload
def hvp(f: Node, x: Sequence[Node], v: object) -> list[Node]: ...
def hvp(f: Node, x: Node | Sequence[Node], v: object) -> Node | list[Node]:
    """Return the Hessian of the scalar `f` times `v`, of the shape of `x`, without the Hessian.

    The gradient is pushed forward along `v`. For a list of `x`, `v` is a list, and the result is
    that of the whole table of blocks.

    >>> import symdiff as sd
    >>> A, x, v = sd.matrix("A", "n", "n"), sd.vector("x", "n"), sd.vector("v", "n")
    >>> print(hvp(x @ A @ x, x, v))
    A v + Aᵀ v
    """
    return jvp(grad(f, x), x, v)


def directional(y: Node, x: Node | Sequence[Node], v: object, order: int = 1) -> Node:
    """Return the derivative of `y(x + t v)` by `t` at 0, `order` times; of the shape of `y`.

    Raises what `jvp` raises, and ArgumentError for an order that is not a whole number above 0.

    >>> import symdiff as sd
    >>> A, x, v = sd.matrix("A", "n", "n"), sd.vector("x", "n"), sd.vector("v", "n")
    >>> print(directional(x @ A @ x, x, v, order=2))
    2 vᵀ(A v)
    """
    check_order(order)
    wanted = as_list(x)
    given = [as_node(v)] if isinstance(x, Node) else _tangents(wanted, v)
    held = [_held(each, place) for place, each in enumerate(wanted)]
    for each, tangent in zip(wanted, given, strict=True):
        check_tangent(each, tangent)
    for _ in range(order):
        y = jvp(y, wanted, held)
    return simplify(substitute(y, dict(zip(held, given, strict=True))))


def _held(x: Node, place: int) -> Node:
    """A direction that does not depend on anything, whatever is put in its place afterwards."""
    return intern(VARIABLE, (), (f"direction {place}", x.shape, x.dtype))


def derivative(y: Node, x: Node, order: int = 1) -> Node:
    """Return the derivative of `y` by the scalar `x`, `order` times; of the shape of `y`.

    By a complex `x`, `y` must be holomorphic.

    Raises DerivativeError for an `x` with axes, ArgumentError for an order that is not a whole
    number above 0.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> print(derivative(sd.sin(x) * x, x, order=2))
    2 cos(x) − x sin(x)
    """
    as_list(x)
    if x.dtype == "complex":
        check_complex(y, [x])
        check_path(y, x)
    if x.ndim:
        raise DerivativeError(
            f"{describe(x)} is no scalar; sd.jacobian differentiates by arrays, "
            "sd.directional along one direction"
        )
    return directional(y, x, constant(1.0), order)


@dataclass(frozen=True, slots=True)
class Linearization:
    """The linear map that `y` is to first order in `x`. Call it with a direction.

    y, x       what is linearised, and by what
    transpose  the transposed map, which takes a cotangent
    matrix     the Jacobian, of shape `y.shape + x.shape`
    """

    y: Node
    x: Node

    def __call__(self, v: object) -> Node:
        """The change of `y` when `x` moves along `v`."""
        return jvp(self.y, self.x, v)

    def transpose(self, u: object) -> Node:
        """The cotangent of `x` when that of `y` is `u`."""
        return vjp(self.y, self.x, u)

    @property
    def matrix(self) -> Node:
        """The Jacobian."""
        return jacobian(self.y, self.x)

    def at(self, x0: object, v: object) -> Node:
        """The tangent at `x0`, a distance `v` away: `y(x0) + J(x0) v`."""
        base, direction = as_node(x0), as_node(v)
        check_tangent(self.x, base)
        check_tangent(self.x, direction)
        held = _held(self.x, 0)
        tangent = substitute(self.y + self(held), {self.x: base})
        return simplify(substitute(tangent, {held: direction}))


def linearize(y: Node, x: Node) -> Linearization:
    """Return the linear map by which `y` changes with `x`, as an object to call with directions.

    >>> import symdiff as sd
    >>> x, v = sd.vector("x", "n"), sd.vector("v", "n")
    >>> map = linearize(sd.sin(x), x)
    >>> print(map(v), "|", map.transpose(v), "|", map.matrix)
    v ⊙ cos(x) | v ⊙ cos(x) | diag(cos(x))
    """
    check_kinds(y, as_list(x))
    if not isinstance(x, Node):
        raise ArgumentError("linearize takes one variable; use sd.jvp and sd.vjp for a list")
    return Linearization(y, x)
