"""Jacobians by every mode against each other and differences; products with them; error texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import sympy
from oracles import EPS, STEP, TOLERANCE, Oracle, Point, assert_close, draw, slope_along
from test_ops import FLOAT32, SIZES, Case, concrete, evaluated, given, on_every_sample, rounded

import symdiff as sd
from symdiff.derive.jacobian import LAYOUTS, MODES
from symdiff.node import Node, topological
from symdiff.rewrite.engine import substitute

each_mode = pytest.mark.parametrize("mode", MODES)


def differences(function: Callable[[Point], Any], point: Point, name: str) -> Any:
    """The derivative of every entry by every entry of `point[name]`, in that order of axes."""
    at = np.asarray(point[name], dtype=np.longdouble)
    columns = []
    for place in np.ndindex(at.shape):

        def along(steps: int, place: tuple[int, ...] = place) -> Any:
            moved = at.copy()
            moved[place] += steps * STEP
            return np.asarray(function({**point, name: moved}), dtype=np.longdouble)

        near, far = along(1) - along(-1), along(2) - along(-2)
        columns.append((8 * near - far) / (12 * STEP))
    shape = np.shape(function(point))
    if not columns:
        return np.zeros((*shape, *at.shape))
    return np.moveaxis(np.array(columns), 0, -1).reshape((*shape, *at.shape))


# Jacobians ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Formula:
    """A formula that Python reads too, with the shapes of its variables."""

    text: str
    shapes: dict[str, str]
    low: float = 0.5
    high: float = 1.5

    @property
    def value(self) -> sd.Node:
        """The formula as an expression."""
        return sd.parse(self.text, **self.shapes)

    @property
    def variables(self) -> list[sd.Node]:
        """All variables that are declared."""
        return [sd.parse(name, **self.shapes) for name in self.shapes]

    def point(self, sizes: dict[str, int]) -> dict[str, Any]:
        """Values for the variables."""
        shapes = {v.attrs[0]: concrete(v, sizes) for v in self.variables}
        return draw(shapes, self.low, self.high, self.text)


FORMULAS = [
    Formula("s*t + sin(s)", {"s": "", "t": ""}),
    Formula("x*s", {"x": "n", "s": ""}),
    Formula("sum(x**2)*t", {"x": "n", "t": ""}),
    Formula("tanh(W @ x + y)", {"W": "m n", "x": "n", "y": "m"}),
    Formula("W.T @ sigmoid(W @ x)", {"W": "m n", "x": "n"}),
    Formula("softmax(X @ W, axis=1)", {"X": "n 2", "W": "2 m"}),
    Formula("X @ W @ X.T", {"X": "n m", "W": "m m"}),
    Formula("outer(x, x)*cos(y @ x)", {"x": "n", "y": "n"}),
    Formula("x*sin(sum(x**2)) + y", {"x": "n", "y": "n"}),
    Formula("A @ sin(b @ x)*x", {"A": "n 1", "b": "1 n", "x": "n"}),
    Formula("X/norm(X, axis=1, keepdims=True)", {"X": "n m"}),
    Formula("einsum('bij,bj->bi', B, b)", {"B": "n 2 m", "b": "n m"}),
    Formula("sum(exp(-(X[:, None] - Y[None])**2), axis=2)", {"X": "n m", "Y": "2 m"}),
    Formula("logsumexp(K, axis=(0, 2)) + x", {"K": "2 n m", "x": "n"}),
    Formula("inv(S + 3*eye(n)) @ x", {"S": "n n", "x": "n"}),
    Formula("x[1:]*x[:-1]", {"x": "n"}),
    Formula("max(X, axis=0) + prod(X, axis=0)", {"X": "n m"}),
    Formula("reshape(X, n*m)*sum(X)", {"X": "n m"}),
    Formula("X + eye(n)*sum(x)", {"X": "n n", "x": "n"}),
    Formula("s*X.T", {"s": "", "X": "n m"}),
    Formula("X", {"X": "n m", "unused": "n"}),
]
each_formula = pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f.text)


@each_formula
@each_mode
def test_a_jacobian_agrees_with_differences(formula: Formula, mode: str) -> None:
    point = formula.point(SIZES)
    oracle = Oracle(formula.text)
    found = sd.jacobian(formula.value, formula.variables, mode)
    for v, jacobian, number in zip(
        formula.variables, found, evaluated(found, point, SIZES), strict=True
    ):
        assert (jacobian.shape, jacobian.dtype) == ((*formula.value.shape, *v.shape), "float")
        assert jacobian is sd.jacobian(formula.value, v, mode) or len(formula.variables) > 1
        assert_close(number, differences(lambda at: oracle(at, SIZES), point, v.attrs[0]))


@each_formula
@pytest.mark.parametrize("sizes", [{"n": 1, "m": 1}, {"n": 2, "m": 5}], ids=["ones", "others"])
def test_modes_agree_at_other_sizes(formula: Formula, sizes: dict[str, int]) -> None:
    if "[1:]" in formula.text:
        sizes = {**sizes, "n": 4}
    point = formula.point(sizes)
    for v in formula.variables:
        modes = [sd.jacobian(formula.value, v, mode) for mode in MODES]
        first, *others = evaluated(modes, point, sizes)
        assert np.shape(first) == (*concrete(formula.value, sizes), *concrete(v, sizes))
        for other in others:
            assert_close(other, first, 1e6 * EPS)


@each_formula
@pytest.mark.parametrize("sizes", [{"n": 0, "m": 2}, {"n": 3, "m": 0}], ids=["n", "m"])
def test_a_jacobian_at_an_empty_axis(formula: Formula, sizes: dict[str, int]) -> None:
    """Where the formula has a value, its Jacobian has one of the right shape, in all modes."""
    point = rounded(formula.point(sizes), np.float64)
    try:
        evaluated([formula.value], point, sizes)
    except sd.InputError:  # a maximum of nothing
        return
    for v in formula.variables:
        shape = (*concrete(formula.value, sizes), *concrete(v, sizes))
        modes = [sd.jacobian(formula.value, v, mode) for mode in MODES]
        with np.errstate(divide="ignore"):
            first, *others = evaluated(modes, point, sizes)
        assert np.shape(first) == shape
        assert np.all(np.isfinite(first))
        for other in others:
            assert_close(other, first, 1e-12)


@each_formula
@each_mode
def test_a_jacobian_in_float32(formula: Formula, mode: str) -> None:
    """Where no array is left, as in that of `X` by `X`, there is no precision to keep."""
    single = rounded(formula.point(SIZES), np.float32)
    found = sd.jacobian(formula.value, formula.variables, mode)
    exact = evaluated(found, rounded(single, np.float64), SIZES)
    arguments = given(found, single, SIZES)
    for results in (sd.evaluate(found, **arguments), sd.compile(found)(**arguments)):
        for result, wanted in zip(results, exact, strict=True):
            assert np.asarray(result).dtype == np.float32 or not sd.inputs(found)
            assert_close(result, wanted, FLOAT32)


@each_formula
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(formula: Formula, layout: str) -> None:
    y, point = formula.value, formula.point(SIZES)
    for x in formula.variables:
        plain, found = (sd.jacobian(y, x), sd.jacobian(y, x, layout=layout))
        shape = {
            "gradient": (*y.shape, *x.shape),
            "numerator": (*y.shape, *x.shape[::-1]),
            "denominator": (*x.shape, *y.shape[::-1]),
        }[layout]
        assert found.shape == shape
        number, one = evaluated([plain, found], point, SIZES)
        for place in np.ndindex(number.shape):
            i, j = place[: y.ndim], place[y.ndim :]
            moved = {"gradient": (*i, *j), "numerator": (*i, *j[::-1])}.get(layout, (*j, *i[::-1]))
            assert one[moved] == pytest.approx(float(number[place]), rel=1e-12)


@each_mode
def test_by_what_is_inside(mode: str) -> None:
    """A `wrt` may be any expression in the target: it is as if it were a variable."""
    W, x, y = sd.matrix("W", "m", "n"), sd.vector("x", "n"), sd.vector("y", "m")
    h = sd.sin(W @ x)
    target = h * sd.sum(sd.tanh(h)) * y + W @ x
    free = sd.vector("h", "m")
    point = draw({"W": (2, 3), "x": (3,), "y": (2,)}, -1, 1, "inside")
    point["h"] = np.sin(point["W"] @ point["x"])
    inside, outside = (
        sd.jacobian(target, h, mode),
        sd.jacobian(substitute(target, {h: free}), free, mode),
    )
    assert_close(*evaluated([inside, outside], point, {}), 1e6 * EPS)
    by_product = sd.jacobian(target, W @ x, mode)
    wanted = sd.jacobian(target, h, mode) @ sd.diag(sd.cos(W @ x)) + sd.eye("m")
    assert_close(*evaluated([by_product, wanted], point, {"m": 2}), 1e6 * EPS)


def test_by_itself_and_by_nothing() -> None:
    X, x, s = sd.matrix("X", "n", "m"), sd.vector("x", "k"), sd.scalar("s")
    for mode in MODES:
        assert sd.jacobian(s, s, mode) is sd.constant(1.0)
        assert sd.jacobian(x, x, mode) is sd.eye("k")
        units = sd.evaluate(sd.jacobian(X, X, mode), n=2, m=3)
        np.testing.assert_array_equal(units, np.eye(6).reshape(2, 3, 2, 3))
        assert sd.jacobian(sd.sin(X), x, mode) is sd.zeros(("n", "m", "k"))
        assert sd.jacobian(sd.stop_gradient(x), x, mode) is sd.zeros(("k", "k"))
        assert sd.jacobian(X, [], mode) == []


# Every op -----------------------------------------------------------------------------------------


@on_every_sample
def test_modes_agree_on_every_op(each: Case) -> None:
    """On all entries; and with differences along a direction, in which no entry is without part."""
    point = each.point(SIZES)
    if each.value.dtype != "float":
        with pytest.raises(sd.DerivativeError, match="does not vary continuously"):
            sd.jacobian(each.value, each.variables)
        return
    oracle = each.oracle.frozen(point, SIZES)
    for v in each.variables:
        modes = [sd.jacobian(each.value, v, mode) for mode in MODES]
        first, *others = evaluated(modes, point, SIZES)
        for other in others:
            assert_close(other, first, 1e-11)
        direction = point[f"weights_{v}"]
        moved = slope_along(lambda at: oracle(at, SIZES), point, {v.attrs[0]: direction})
        assert_close(np.tensordot(first, direction, direction.ndim), moved)


@on_every_sample
def test_forward_and_reverse_mode_are_adjoint(each: Case) -> None:
    """For any u and v: `u · (J v) = (Jᵀ u) · v`."""
    if each.value.dtype != "float":
        return
    u = sd.tensor("weights", *each.value.shape)
    vs = [sd.tensor(f"weights_{x}", *x.shape) for x in each.variables]
    point = each.point(SIZES)
    pushed = sd.jvp(each.value, each.variables, vs)
    pulled = sd.vjp(each.value, each.variables, u)
    assert pushed.shape == each.value.shape
    assert [p.shape for p in pulled] == [x.shape for x in each.variables]
    left, *right = evaluated([pushed, *pulled], point, SIZES)
    products = [
        np.sum(r * point[f"weights_{x}"]) for r, x in zip(right, each.variables, strict=True)
    ]
    total, terms = sum(products), sum(map(abs, products))
    assert abs(np.sum(point["weights"] * left) - total) <= 1e5 * EPS * (1 + terms)


# Products with Jacobians --------------------------------------------------------------------------


@each_formula
def test_products_are_those_with_the_jacobian(formula: Formula) -> None:
    y, point = formula.value, formula.point(SIZES)
    u = sd.tensor("u", *y.shape)
    stack = sd.tensor("U", 2, *y.shape)
    point |= draw({"u": concrete(y, SIZES), "U": (2, *concrete(y, SIZES))}, -1, 1, "u")
    for x in formula.variables:
        v = sd.tensor("v", *x.shape)
        point |= draw({"v": concrete(x, SIZES)}, -1, 1, "v")
        products = [sd.jvp(y, x, v), sd.vjp(y, x, u), sd.vjp(y, x, stack)]
        jacobian, pushed, pulled, many = evaluated([sd.jacobian(y, x), *products], point, SIZES)
        assert_close(pushed, np.tensordot(jacobian, point["v"], x.ndim), 1e6 * EPS)
        assert_close(pulled, np.tensordot(point["u"], jacobian, y.ndim), 1e6 * EPS)
        assert_close(many, np.tensordot(point["U"], jacobian, y.ndim), 1e6 * EPS)


def test_several_targets_and_variables_at_once() -> None:
    x, s = sd.vector("x", "n"), sd.scalar("s")
    v, t = sd.vector("v", "n"), sd.scalar("t")
    targets = [s * x, sd.sum(x), sd.sin(s), x**2]
    found = sd.jvp(targets, [x, s], [v, t])
    assert found == [
        sd.simplify(s * v + t * x), sd.sum(v), sd.simplify(t * sd.cos(s)), sd.simplify(2 * x * v)
    ]  # fmt: skip
    assert sd.jvp(targets[:1], x, v) == [sd.simplify(s * v)]
    assert sd.vjp(s * x, [x, s], v) == [sd.simplify(s * v), sd.simplify(v @ x)]


def test_directions_may_be_numbers_and_arrays() -> None:
    x, s = sd.vector("x", 2), sd.scalar("s")
    assert sd.jvp(s**3, s, 2) is sd.simplify(6 * s**2)
    found = sd.evaluate(sd.jvp(x**2, x, [1.0, -1.0]), x=[3.0, 4.0])
    np.testing.assert_array_equal(found, [6.0, -8.0])
    found = sd.evaluate(sd.vjp(x**2, x, np.array([1.0, -1.0])), x=[3.0, 4.0])
    np.testing.assert_array_equal(found, [6.0, -8.0])


# Second derivatives -------------------------------------------------------------------------------

SCALARS = [
    Formula("x @ S @ x + sum(x)**3", {"x": "n", "S": "n n"}),
    Formula("sum(log(1 + exp(X @ w)))", {"X": "n m", "w": "m"}),
    Formula("sum(tanh(X @ w)*y)**2", {"X": "n m", "w": "m", "y": "n"}),
    Formula("logsumexp(X*s)", {"X": "n m", "s": ""}),
    Formula("norm(x - y) + x[0]*y[0]", {"x": "n", "y": "n"}, 0.5, 3),
    Formula("s*t**2", {"s": "", "t": ""}),
]
each_scalar = pytest.mark.parametrize("formula", SCALARS, ids=lambda f: f.text)


def second(formula: Formula, point: Point, first: str, then: str) -> Any:
    """Derivatives by entries of `first` and of `then`, by differences of derived gradients."""
    gradient = sd.grad(formula.value, sd.parse(first, **formula.shapes))
    return differences(lambda at: evaluated([gradient], at, SIZES)[0], point, then)


@each_scalar
def test_hessian_blocks(formula: Formula) -> None:
    f, xs, point = formula.value, formula.variables, formula.point(SIZES)
    table = sd.hessian(f, xs)
    assert [len(row) for row in table] == [len(xs)] * len(xs)
    for x, row in zip(xs, table, strict=True):
        for other, block in zip(xs, row, strict=True):
            assert block.shape == (*x.shape, *other.shape)
            (found,) = evaluated([block], point, SIZES)
            assert_close(found, second(formula, point, x.attrs[0], other.attrs[0]))
        (alone,) = evaluated([sd.hessian(f, x)], point, SIZES)
        (inside,) = evaluated([row[xs.index(x)]], point, SIZES)
        assert_close(alone, inside, 1e6 * EPS)


@each_scalar
def test_a_hessian_is_symmetric(formula: Formula) -> None:
    xs, point = formula.variables, formula.point(SIZES)
    table = sd.hessian(formula.value, xs)
    for i, x in enumerate(xs):
        for j, other in enumerate(xs):
            block, mirrored = evaluated([table[i][j], table[j][i]], point, SIZES)
            axes = (*range(other.ndim, other.ndim + x.ndim), *range(other.ndim))
            assert_close(block, np.transpose(mirrored, axes), 1e6 * EPS)


@each_scalar
def test_hvp_is_the_hessian_times_a_direction(formula: Formula) -> None:
    f, xs, point = formula.value, formula.variables, formula.point(SIZES)
    vs = [sd.tensor(f"along_{x}", *x.shape) for x in xs]
    point |= draw({v.attrs[0]: concrete(v, SIZES) for v in vs}, -1, 1, "along")
    table = sd.hessian(f, xs)
    together = evaluated(sd.hvp(f, xs, vs), point, SIZES)
    for i, x in enumerate(xs):
        blocks = evaluated(table[i], point, SIZES)
        parts = [
            np.tensordot(block, point[v.attrs[0]], v.ndim)
            for block, v in zip(blocks, vs, strict=True)
        ]
        (alone,) = evaluated([sd.hvp(f, x, vs[i])], point, SIZES)
        assert_close(alone, parts[i], 1e6 * EPS)
        assert_close(together[i], sum(parts), 1e6 * EPS)


def test_a_hessian_that_does_not_depend_on_a_variable() -> None:
    x, y = sd.vector("x", "n"), sd.vector("y", "m")
    table = sd.hessian(sd.sum(x**2), [x, y])
    assert table[0][1] is sd.zeros(("n", "m"))
    assert table[1] == [sd.zeros(("m", "n")), sd.zeros(("m", "m"))]
    assert sd.hessian(sd.sum(x), []) == []


# Derivatives of any order -------------------------------------------------------------------------

a = sympy.Symbol("a")
UNARY = ["sin(a)*a**2", "exp(-a**2)", "log(1 + a**2)/a", "tanh(a)**2", "a**5 - 3*a**2"]


@pytest.mark.parametrize("text", UNARY)
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_by_a_scalar(text: str, order: int) -> None:
    x, v = sd.scalar("a"), sd.scalar("v")
    y = sd.parse(text, a=x)
    wanted = float(sympy.diff(sympy.sympify(text), a, order).subs(a, 0.7).evalf(30))
    ways = [sd.derivative(y, x, order), sd.grad(y, x, order), sd.directional(y, x, 1.0, order)]
    for way in ways:
        assert sd.evaluate(way, a=0.7) == pytest.approx(wanted, rel=1e-11)
    scaled = sd.evaluate(sd.directional(y, x, v, order), a=0.7, v=2.0)
    assert scaled == pytest.approx(wanted * 2**order, rel=1e-11)


def test_derivatives_of_arrays_by_a_scalar() -> None:
    s, x = sd.scalar("s"), sd.vector("x", "n")
    assert sd.derivative(sd.sin(s * x), s) is sd.simplify(x * sd.cos(s * x))
    assert sd.derivative(sd.sin(s * x), s, 2) is sd.simplify(-(x**2) * sd.sin(s * x))
    assert sd.derivative(x, s) is sd.zeros("n")


def along(formula: Formula, names: Sequence[str], order: int) -> tuple[Any, Any]:
    """The derivative along a direction, and the same by differences of `y(x + t v)`."""
    xs = [sd.parse(name, **formula.shapes) for name in names]
    vs = [sd.tensor(f"v_{x}", *x.shape) for x in xs]
    point = formula.point(SIZES)
    point |= draw({v.attrs[0]: concrete(v, SIZES) for v in vs}, -1, 1, "directions")
    found = sd.directional(formula.value, xs, vs, order)
    before = sd.directional(formula.value, xs, vs, order - 1) if order > 1 else formula.value

    def moved(at: Point) -> Any:
        there = {n: point[n] + at["t"] * point[f"v_{n}"] for n in names}
        return evaluated([before], {**point, **there}, SIZES)[0]

    (value,) = evaluated([found], point, SIZES)
    return value, differences(moved, {"t": np.longdouble(0)}, "t")


@each_formula
@pytest.mark.parametrize("order", [1, 2])
def test_along_a_direction(formula: Formula, order: int) -> None:
    names = list(formula.shapes)
    for some in [names, *([name] for name in names)]:
        assert_close(*along(formula, some, order))


def test_a_direction_that_depends_on_the_variable_is_held() -> None:
    """`y(x + t v)` moves along one direction, also where that is an expression of `x`."""
    x = sd.vector("x", "n")
    assert sd.directional(sd.sum(x**2), x, x, order=2) is sd.simplify(2 * x @ x)
    s = sd.scalar("s")
    assert sd.directional(s**3, s, sd.sin(s), order=2) is sd.simplify(6 * s * sd.sin(s) ** 2)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_gradients_of_an_order_have_their_axes(order: int) -> None:
    x, S = sd.vector("x", "n"), sd.matrix("S", "n", "n")
    target = sd.sum(sd.exp(S @ x))
    point = {"x": np.array([0.1, 0.2, -0.3]), "S": np.arange(9.0).reshape(3, 3) / 10}
    found = sd.evaluate(sd.grad(target, x, order), **point)
    letters = "abc"[:order]
    factors = [point["S"]] * order
    terms = ",".join(f"i{c}" for c in letters)
    wanted = np.einsum(f"i,{terms}->{letters}", np.exp(point["S"] @ point["x"]), *factors)
    assert_close(found, wanted, 1e-12)


# Linear maps --------------------------------------------------------------------------------------


def test_a_linear_map() -> None:
    W, x = sd.matrix("W", "m", "n"), sd.vector("x", "n")
    u, v, x0 = sd.vector("u", "m"), sd.vector("v", "n"), sd.vector("x0", "n")
    y = sd.tanh(W @ x)
    linear = sd.linearize(y, x)
    assert (linear.y, linear.x) == (y, x)
    assert linear(v) is sd.jvp(y, x, v)
    assert linear.transpose(u) is sd.vjp(y, x, u)
    assert linear.matrix is sd.jacobian(y, x)
    point = draw({"W": (2, 3), "x": (3,), "x0": (3,), "v": (3,)}, -1, 1, "linear")
    (found,) = evaluated([linear.at(x0, v)], point, {})
    base = np.tanh(point["W"] @ point["x0"])
    assert_close(found, base + (1 - base**2) * (point["W"] @ point["v"]), 1e-15)


def test_the_tangent_at_a_point_is_a_function_of_where_one_is() -> None:
    """The distance may be `x - x0`: only the map moves to `x0`, not the direction."""
    x, x0 = sd.scalar("x"), sd.scalar("x0")
    tangent = sd.linearize(sd.sin(x), x).at(x0, x - x0)
    assert tangent is sd.simplify(sd.sin(x0) + (x - x0) * sd.cos(x0))


# Refused ------------------------------------------------------------------------------------------

X, x, s = sd.matrix("X", "n", "m"), sd.vector("x", "n"), sd.scalar("s")
k, flags = sd.scalar("k", dtype="int"), sd.vector("flags", "n", dtype="bool")
w = sd.vector("w", "m")
NO_DIRECTION = "the direction in which `x` of shape (n,) moves has that shape, not "
NO_COTANGENT = "a cotangent of `sin(x)` of shape (n,) has that shape, not "
NOT_BY_K = (
    "`k` is of kind int, so nothing can be differentiated by it; "
    "declare it with dtype='float' if it varies continuously"
)
NOT_OF_FLAGS = (
    "the target `x > 0` is of kind bool, which does not vary continuously; "
    "only float expressions have derivatives"
)
NO_SCALAR = (
    "the target `sin(x)` of shape (n,) is not a scalar; take the gradient of its sum, "
    "sd.grad(sd.sum(target), wrt), or its Jacobian, sd.jacobian(target, wrt)"
)
NO_ORDER = "the order of a derivative is a whole number above 0, not "

REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: sd.jvp(sd.sin(x), x, w), sd.ShapeError, NO_DIRECTION + "(m,)"),
    (lambda: sd.jvp(sd.sin(x), x, 1.0), sd.ShapeError, NO_DIRECTION + "()"),
    (lambda: sd.jvp(x, x, sd.matrix("V", 3, "n")), sd.ShapeError, NO_DIRECTION + "(3, n)"),
    (lambda: sd.jvp(s * x, [s, x], [s, w]), sd.ShapeError, NO_DIRECTION + "(m,)"),
    (lambda: sd.hvp(sd.sum(x), x, w), sd.ShapeError, NO_DIRECTION + "(m,)"),
    (lambda: sd.directional(x, x, w), sd.ShapeError, NO_DIRECTION + "(m,)"),
    (lambda: sd.linearize(x, x)(w), sd.ShapeError, NO_DIRECTION + "(m,)"),
    (
        lambda: sd.jvp(x, [x, s], [x]),
        sd.ArgumentError,
        "for a list of 2 variables, give a list of directions",
    ),
    (
        lambda: sd.jvp(x, [x], x),
        sd.ArgumentError,
        "for a list of 1 variables, give a list of directions",
    ),
    (lambda: sd.vjp(sd.sin(x), x, w), sd.ShapeError, NO_COTANGENT + "(m,)"),
    (lambda: sd.vjp(sd.sin(x), x, 1.0), sd.ShapeError, NO_COTANGENT + "()"),
    (lambda: sd.vjp(sd.sin(x), x, X), sd.ShapeError, NO_COTANGENT + "(n, m)"),
    (lambda: sd.backprop(sd.sin(x), x, w), sd.ShapeError, NO_COTANGENT + "(m,)"),
    (lambda: sd.linearize(sd.sin(x), x).transpose(w), sd.ShapeError, NO_COTANGENT + "(m,)"),
    (
        lambda: sd.derivative(sd.sin(x), x),
        sd.DerivativeError,
        "`x` of shape (n,) is no scalar; sd.jacobian differentiates by arrays, "
        "sd.directional along one direction",
    ),
    (
        lambda: sd.jacobian(x, x, mode="fwd"),
        sd.ArgumentError,
        "mode must be one of 'auto', 'reverse', 'forward', 'mixed', not 'fwd'",
    ),
    (
        lambda: sd.jacobian(x, x, layout="rows"),
        sd.ArgumentError,
        "layout must be one of 'gradient', 'numerator', 'denominator', not 'rows'",
    ),
    *[
        (lambda n=n: sd.derivative(s**2, s, n), sd.ArgumentError, NO_ORDER + repr(n))
        for n in (0, -1, 1.5, True, "2", None)
    ],
    (lambda: sd.directional(x, x, x, order=0), sd.ArgumentError, NO_ORDER + "0"),
    (lambda: sd.grad(s, s, order=0), sd.ArgumentError, NO_ORDER + "0"),
    *[
        (attempt, sd.DerivativeError, NOT_BY_K)
        for attempt in (
            *(lambda mode=mode: sd.jacobian(k * x, k, mode) for mode in MODES),
            lambda: sd.jvp(k * x, k, 1),
            lambda: sd.vjp(k * x, k, x),
            lambda: sd.derivative(k * x, k),
            lambda: sd.hessian(k * s, [s, k]),
            lambda: sd.hvp(k * s, [s, k], [1, 1]),
            lambda: sd.linearize(k * x, k),
        )
    ],
    *[
        (attempt, sd.DerivativeError, NOT_OF_FLAGS)
        for attempt in (
            *(lambda mode=mode: sd.jacobian(x > 0, x, mode) for mode in MODES),
            lambda: sd.jvp(x > 0, x, x),
            lambda: sd.vjp(x > 0, x, x),
            lambda: sd.linearize(x > 0, x),
        )
    ],
    (
        lambda: sd.jacobian(x, flags),
        sd.DerivativeError,
        "`flags` is of kind bool, so nothing can be differentiated by it; "
        "declare it with dtype='float' if it varies continuously",
    ),
    (
        lambda: sd.jacobian(k**2, x),
        sd.DerivativeError,
        "the target `k**2` is of kind int, which does not vary continuously; "
        "only float expressions have derivatives",
    ),
    (lambda: sd.hessian(sd.sin(x), x), sd.DerivativeError, NO_SCALAR),
    (lambda: sd.hvp(sd.sin(x), x, x), sd.DerivativeError, NO_SCALAR),
    (lambda: sd.jacobian(3, x), sd.ArgumentError, "the target must be an expression, not 3"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    REFUSED,
    ids=[f"{place}-{r[2][:30]}" for place, r in enumerate(REFUSED)],
)
def test_refused(attempt: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        attempt()
    assert str(caught.value) == message


@pytest.mark.parametrize("mode", MODES)
def test_an_op_without_derivative_is_refused_in_every_mode(mode: str) -> None:
    with pytest.raises(sd.DerivativeError, match=r"`floor` has no derivative.*`floor\(x\)`"):
        sd.jacobian(sd.floor(x) * x, x, mode)
    with pytest.raises(sd.DerivativeError, match="`floor` has no derivative"):
        sd.jvp(sd.floor(x), x, x)


def test_a_jacobian_is_not_built_where_only_a_product_is_asked_for() -> None:
    """No node of a product with a direction has more axes than the formula."""
    W, v = sd.matrix("W", "n", "n"), sd.vector("v", "n")
    y = sd.tanh(W @ sd.tanh(W @ x))
    for product in (sd.jvp(y, x, v), sd.vjp(y, x, v), sd.hvp(sd.sum(y**2), x, v)):
        assert all(node.ndim < 2 or node is W for node in topological([product]))


def test_a_tolerance_is_not_met_by_chance() -> None:
    """The differences see an error of one part in a million."""
    x = {"x": np.array([0.7], np.longdouble)}
    found = differences(lambda at: np.sin(at["x"]), x, "x")
    assert abs(found[0, 0] - np.cos(x["x"][0])) < TOLERANCE < 1e-6


@pytest.mark.parametrize(
    "attempt",
    [
        lambda x: sd.jacobian(x, 3),
        lambda x: sd.hessian(3, x),
        lambda x: sd.derivative(sd.sum(x), 3),
        lambda x: sd.jvp(3, x, x),
        lambda x: sd.vjp(3, x, x),
        lambda x: sd.hessian(sd.sum(x), [], form="operator"),
        lambda x: sd.linearize(x, [x]),
        lambda x: sd.jvp(x, [x, x], [x, x]),
        lambda x: sd.simplify("x"),
        lambda x: sd.simplify([x, 3]),
        lambda x: sd.compile([x, 3]),
    ],
)
def test_what_is_no_expression_is_refused(attempt: Any) -> None:
    with pytest.raises(sd.ArgumentError):
        attempt(sd.vector("x", "n"))


@pytest.mark.parametrize(
    "derive",
    [
        lambda y, x: sd.jacobian(y, x),
        lambda y, x: sd.jvp(y, x, sd.vector("v", "n")),
        lambda y, x: sd.vjp(sd.sum(y), x, 1.0),
        lambda y, x: sd.grad(sd.sum(y), x),
        lambda y, x: sd.hessian(sd.sum(y), x),
        lambda y, x: sd.hvp(sd.sum(y), x, sd.vector("v", "n")),
        lambda y, x: sd.directional(y, x, sd.vector("v", "n")),
    ],
)
def test_derivatives_by_a_namesake_are_refused(derive: Callable[[Node, Node], object]) -> None:
    with pytest.raises(sd.DerivativeError) as error:
        derive(sd.sin(sd.matrix("x", "n", "d")), sd.vector("x", "n"))
    assert str(error.value) == (
        "the target has `x` of shape (n, d) and kind float, not `x` of shape (n,) and kind float; "
        "sd.inputs(target) has its variables"
    )
