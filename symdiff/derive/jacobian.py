"""Jacobians: back-propagation of the unit tensor, or its push forward, in the cheaper order.

A Jacobian is what a pass makes of the unit tensor. The pass treats the unit tensor's axes as
leading axes, and simplification contracts the unit tensor away, so that what is left is a closed
form: nothing is computed column by column, and nothing larger than the result is built.

Which mode: reverse mode carries the axes of `y`, forward mode those of `x`. Forward mode is taken
where `y` has more entries than `x`, reverse mode otherwise. Where everything flows through one
expression with fewer entries than both (a bottleneck), the Jacobians on both sides of it are
multiplied: mixed mode. Named sizes count as equally large, numbers as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, overload

from symdiff.derive.backprop import as_list, backprop, check_complex, check_kinds
from symdiff.derive.forward import check_path, flow, push_forward
from symdiff.derive.grad import check_namesakes, check_real_variables, grad
from symdiff.derive.passes import pulled_back
from symdiff.dims import Shape, nominal_entries
from symdiff.errors import ArgumentError, DerivativeError, quote
from symdiff.node import Node
from symdiff.ops.contraction import contract, transpose
from symdiff.ops.leaves import constant, eye
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.simplify import simplify
from symdiff.rewrite.stabilise import prepared

if TYPE_CHECKING:
    from symdiff.derive.linear_map import LinearMap

Dense = Literal["dense"]
Operator = Literal["operator"]

MODES = ("auto", "reverse", "forward", "mixed")
LAYOUTS = {
    "gradient": "the axes of y, then those of x, so that a scalar's derivative has the shape of x",
    "numerator": "the axes of y, then those of x reversed: dy/dxᵀ",
    "denominator": "the axes of x, then those of y reversed: dyᵀ/dx",
}
"""What the layouts of a Jacobian mean. For vectors the first two are the same, shape (y, x)."""

FORMS = ("dense", "operator")


@overload
def jacobian(
    y: Node,
    x: Node,
    mode: str = "auto",
    layout: str = "gradient",
    form: Dense = "dense",
    holomorphic: bool = False,
) -> Node: ...
@overload
def jacobian(
    y: Node,
    x: Sequence[Node],
    mode: str = "auto",
    layout: str = "gradient",
    form: Dense = "dense",
    holomorphic: bool = False,
) -> list[Node]: ...
@overload
def jacobian(
    y: Node, x: Node, mode: str = "auto", layout: str = "gradient", *, form: Operator
) -> LinearMap: ...
@overload
def jacobian(
    y: Node, x: Sequence[Node], mode: str = "auto", layout: str = "gradient", *, form: Operator
) -> list[LinearMap]: ...
def jacobian(
    y: Node,
    x: Node | Sequence[Node],
    mode: str = "auto",
    layout: str = "gradient",
    form: str = "dense",
    holomorphic: bool = False,
) -> Node | list[Node] | LinearMap | list[LinearMap]:
    """Return the derivative of every entry of `y` by every entry of `x`, in closed form.

    The shape is `y.shape + x.shape`, so entry [i, j] of the Jacobian of a vector by a vector is
    the derivative of y[i] by x[j]; `layout` may be another of `LAYOUTS`. For a list of `x` the
    result is a list. `mode` is "reverse", "forward", "mixed" or "auto", the cheapest; it changes
    how the derivative is found, not what it is. With `form` "operator" the result is a `LinearMap`,
    which knows its structure and need not be built, or a list of these.

    A row for a real entry of `y` is its gradient also by a complex `x`, see `grad`. A complex `y`
    has a Jacobian by a real `x`, and by a complex one where it is `holomorphic`.

    Raises DerivativeError where there is no derivative, ArgumentError for an unknown option.

    >>> import symdiff as sd
    >>> X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    >>> print(jacobian(X @ w, w), "|", jacobian(sd.exp(X @ w), w))
    X | diag(exp(X w)) X
    """
    _check_choice("mode", mode, MODES)
    _check_choice("layout", layout, tuple(LAYOUTS))
    _check_choice("form", form, FORMS)
    if form == "operator" and layout != "gradient":
        raise ArgumentError(
            f"an operator has no layout; leave out layout={layout!r}, or use .dense"
        )
    wanted = as_list(x)
    check_kinds(y, wanted)
    if form == "operator" and "complex" in {y.dtype, *(x.dtype for x in wanted)}:
        raise ArgumentError("an operator is real; use form='dense', sd.jvp or sd.vjp")
    _check_complex(y, wanted, holomorphic)
    raw = zip(wanted, _raw(y, wanted, mode), strict=True)
    found = simplify([laid_out(j, y, each, layout) for each, j in raw])
    check_namesakes([y], wanted, found)
    if form == "operator":
        from symdiff.derive.linear_map import LinearMap  # which needs this function

        maps = zip(wanted, found, strict=True)
        operators = [LinearMap("Jacobian", [y], [each], [[j]]) for each, j in maps]
        return operators[0] if isinstance(x, Node) else operators
    return found[0] if isinstance(x, Node) else found


@overload
def hessian(f: Node, x: Node, form: Dense = "dense") -> Node: ...
@overload
def hessian(f: Node, x: Sequence[Node], form: Dense = "dense") -> list[list[Node]]: ...
@overload
def hessian(f: Node, x: Node | Sequence[Node], form: Operator) -> LinearMap: ...
def hessian(
    f: Node, x: Node | Sequence[Node], form: str = "dense"
) -> Node | list[list[Node]] | LinearMap:
    """Return the second derivatives of a scalar, in closed form.

    For one `x` the shape is `x.shape + x.shape`. For a list the result is a table of blocks: block
    [i][j] has the shape `x[i].shape + x[j].shape` and holds the derivatives by both. With `form`
    "operator" the result is a `LinearMap`, which knows its structure and need not be built.

    Raises DerivativeError where there is no derivative, ArgumentError for an unknown form.

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> X, w, y = sd.inputs(loss)
    >>> print(hessian(loss, w), "|", hessian(loss, [w, y])[0][1])
    2 Xᵀ X | −2 Xᵀ
    """
    _check_choice("form", form, FORMS)
    wanted = as_list(x)
    if not wanted and form == "operator":
        raise ArgumentError("an operator needs at least one variable")
    check_real_variables(wanted)
    gradients = grad(f, wanted)
    if form == "operator":
        from symdiff.derive.linear_map import LinearMap  # which needs this function

        table = _blocks(gradients, wanted)
        return LinearMap("Hessian", gradients, wanted, table, [f], not isinstance(x, Node))
    return jacobian(gradients[0], x) if isinstance(x, Node) else _blocks(gradients, wanted)


def _blocks(gradients: list[Node], wanted: list[Node]) -> list[list[Node]]:
    """The table of the second derivatives."""
    count = len(wanted)
    found = simplify([block for g in gradients for block in _raw(g, wanted, "auto")])
    return [found[row * count : (row + 1) * count] for row in range(count)]


def unit_tensor(shape: Shape) -> Node:
    """The tensor that maps an array of `shape` to itself, of shape `shape + shape`.

    >>> import symdiff as sd
    >>> unit_tensor(sd.matrix("X", "n", "d").shape).shape
    (n, d, n, d)
    """
    if not shape:
        return constant(1.0)
    rank = len(shape)
    pairs = [(axis, rank + axis) for axis in range(rank)]
    return contract([eye(size) for size in shape], pairs, tuple(range(2 * rank)))


def laid_out(jacobian: Node, y: Node, x: Node, layout: str) -> Node:
    """Reorder the axes of a Jacobian of shape `y.shape + x.shape` for a layout."""
    own, other = tuple(range(y.ndim)), tuple(range(y.ndim, y.ndim + x.ndim))
    if layout == "numerator":
        return transpose(jacobian, (*own, *other[::-1]))
    if layout == "denominator":
        return transpose(jacobian, (*other, *own[::-1]))
    return jacobian


def _raw(y: Node, wanted: list[Node], mode: str) -> list[Node]:
    """The Jacobians as the passes leave them."""
    kinds = {y.dtype, *(x.dtype for x in wanted)}
    if len(kinds) == 1 and (mode == "reverse" or (mode == "auto" and not y.ndim)):
        return pulled_back(y, wanted, unit_tensor(y.shape))
    target = prepared([y], wanted)[0]
    return unprotected([_one(target, x, mode) for x in wanted])


def _one(y: Node, x: Node, mode: str) -> Node:
    if y.dtype != x.dtype:  # the other mode would take real parts of what is complex
        mode = _only_mode(y, x, mode)
    middle = bottleneck(y, x) if mode in ("auto", "mixed") else None
    if middle is not None:
        left, right = _one(y, middle, "auto"), _one(middle, x, "auto")
        outer, inner = range(y.ndim), range(y.ndim, y.ndim + middle.ndim)
        last = range(inner.stop, inner.stop + x.ndim)
        return contract([left, right], [(*outer, *inner), (*inner, *last)], (*outer, *last))
    larger = nominal_entries(y.shape) > nominal_entries(x.shape)
    if mode == "forward" or (mode != "reverse" and larger):
        places = (*range(x.ndim, x.ndim + y.ndim), *range(x.ndim))
        return transpose(push_forward([y], [x], [unit_tensor(x.shape)])[0], places)
    return backprop(y, x, unit_tensor(y.shape)).gradients[0]


def _only_mode(y: Node, x: Node, mode: str) -> str:
    """Complex results are pushed forward from real variables, complex cotangents sent back."""
    only = "forward" if y.dtype == "complex" else "reverse"
    if mode not in ("auto", only):
        raise ArgumentError(
            f"the Jacobian of {quote(y)}, which is {y.dtype}, by {quote(x)}, which is {x.dtype}, "
            f"is found in {only} mode alone, not {mode!r}"
        )
    return only


def _check_complex(y: Node, wanted: Sequence[Node], holomorphic: bool) -> None:
    """Refuse a Jacobian of what is complex by what is complex, unless it is holomorphic."""
    if holomorphic:
        check_complex(y, wanted)
        for x in wanted:
            check_path(y, x)
        return
    for x in wanted:
        if x.dtype == y.dtype == "complex":
            raise DerivativeError(
                f"the derivative of the complex {quote(y)} by the complex {quote(x)} is one array "
                "only where it is holomorphic: then say holomorphic=True; else differentiate "
                "sd.real and sd.imag of it, or use sd.jvp and sd.vjp"
            )


def bottleneck(y: Node, x: Node) -> Node | None:
    """The smallest expression through which all of `y` depends on `x`, smaller than both."""
    nodes = flow([y], [x])
    place = {node: i for i, (node, _) in enumerate(nodes)}
    last_use = [0] * len(nodes)
    for node, edges in nodes:
        for k, _, _ in edges:
            last_use[place[node.args[k]]] = place[node]
    best, least, open_until = None, min(nominal_entries(y.shape), nominal_entries(x.shape)), 0
    for i, (node, _) in enumerate(nodes):
        inner = node not in (x, y) and node.dtype == x.dtype  # else real parts are taken
        if open_until <= i and inner and nominal_entries(node.shape) < least:
            best, least = node, nominal_entries(node.shape)
        open_until = max(open_until, last_use[i])
    return best


def _check_choice(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        choices = ", ".join(map(repr, known))
        raise ArgumentError(f"{what} must be one of {choices}, not {given!r}")
