"""Second and higher derivatives: the pass runs on its own result.

A gradient is an expression of the same graph, so it can be differentiated again, to any order.
SymPy differentiates the same formulas by its own rules, and both are compared at random points:
functions of one variable to fourth order, mixed partials, and a Hessian, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import mpmath
import numpy as np
import sympy

import symdiff as sd

Formula: TypeAlias = Callable[..., Any]
"""A function written once for both libraries: `m` in it is symdiff or SymPy."""

TOLERANCE = 1e-10
POINTS = np.random.default_rng(0).uniform(0.3, 1.8, size=(20, 2))


def agree(ours: sd.Node, theirs: sympy.Expr) -> float:
    """The largest difference at the random points, relative to the value where it exceeds 1.

    Raises AssertionError if it is more than the tolerance.
    """
    compute = sd.compile(ours)
    exact = sympy.lambdify(sympy.symbols(compute.inputs), theirs, "mpmath")
    worst = 0.0
    for point in POINTS:
        values = [float(point["xy".index(name)]) for name in compute.inputs]
        with mpmath.workdps(30):
            expected = float(exact(*values))
        worst = max(worst, abs(float(compute(*values)) - expected) / max(1.0, abs(expected)))
    if not worst <= TOLERANCE:
        raise AssertionError(f"{ours} differs from {theirs} by {worst}")
    return worst


def closed_form(expression: sd.Node, width: int = 52) -> str:
    """The expression, if it is short enough to read."""
    written = str(expression)
    size = len(sd.table(expression))
    return written if len(written) <= width else f"(an expression of {size} nodes)"


# One variable, orders 1 to 4 ----------------------------------------------------------------------

OF_ONE: dict[str, Formula] = {
    "x⁵": lambda m, x: x**5,
    "x³ log x": lambda m, x: x**3 * m.log(x),
    "eˣ sin x": lambda m, x: m.exp(x) * m.sin(x),
    "exp(−x²/2)": lambda m, x: m.exp(-(x**2) / 2),
    "√(1 + x²)": lambda m, x: m.sqrt(1 + x**2),
    "1/(1 + x²)": lambda m, x: 1 / (1 + x**2),
    "tanh x": lambda m, x: m.tanh(x),
    "cosh(sin x)": lambda m, x: m.cosh(m.sin(x)),
    "log(1 + eˣ)": lambda m, x: m.log(1 + m.exp(x)),
    "sin(x)/x": lambda m, x: m.sin(x) / x,
    "xˣ": lambda m, x: x**x,
}


def derivatives(f: sd.Node, x: sd.Node, order: int) -> list[sd.Node]:
    """The derivatives of orders 1 to `order`, each the gradient of the one before."""
    found = [f]
    for _ in range(order):
        found.append(sd.grad(found[-1], x))
    return found[1:]


def show_orders() -> None:
    """Compare four derivatives of each function, and print the second."""
    print("1. Derivatives of derivatives of f(x), and how far each is from SymPy's\n")
    print("   f(x)            f′      f″      f‴      f⁗    f″, as derived")
    x, symbol = sd.scalar("x"), sympy.Symbol("x")
    for name, formula in OF_ONE.items():
        ours = derivatives(formula(sd, x), x, 4)
        theirs = [sympy.diff(formula(sympy, symbol), symbol, k) for k in range(1, 5)]
        errors = [agree(*pair) for pair in zip(ours, theirs, strict=True)]
        cells = "".join(f"{error:8.1g}" for error in errors)
        print(f"   {name:12}{cells}    {closed_form(ours[1])}")
    print(f"\n   Largest difference at {len(POINTS)} random points, relative where |f| > 1.\n")


# Two variables ------------------------------------------------------------------------------------

OF_TWO: dict[str, Formula] = {
    "exp(x y)": lambda m, x, y: m.exp(x * y),
    "x² sin(x y)": lambda m, x, y: x**2 * m.sin(x * y),
    "x/(x + y)": lambda m, x, y: x / (x + y),
    "log(x² + y²)": lambda m, x, y: m.log(x**2 + y**2),
}


def show_mixed_partials() -> None:
    """Differentiate by x then y, and by y then x."""
    print("2. Mixed partials: the order does not matter\n")
    print("   f(x, y)        ∂y ∂x f   ∂x ∂y f    ∂y ∂x f, as derived")
    x, y = sd.scalar("x"), sd.scalar("y")
    symbols = sympy.symbols("x y")
    for name, formula in OF_TWO.items():
        f = formula(sd, x, y)
        theirs = sympy.diff(formula(sympy, *symbols), *symbols)
        first, second = sd.grad(sd.grad(f, x), y), sd.grad(sd.grad(f, y), x)
        errors = f"{agree(first, theirs):7.1g}   {agree(second, theirs):7.1g}"
        print(f"   {name:14} {errors}    {closed_form(first)}")
    print()


# A Hessian ----------------------------------------------------------------------------------------


def valley(x: Any) -> Any:
    """Rosenbrock's function of three variables, whose minimum lies in a curved valley."""
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(2))


def hessian_rows(f: sd.Node, x: sd.Node) -> list[sd.Node]:
    """Row i of the Hessian is the gradient of entry i of the gradient."""
    gradient = sd.grad(f, x)
    return [sd.grad(gradient[i], x) for i in range(len(x))]


def show_hessian(point: Sequence[float] = (0.5, -1.0, 2.0)) -> None:
    """Compute a Hessian from its rows, and its product with a vector without it."""
    x, v = sd.vector("x", 3), sd.vector("v", 3)
    symbols = sympy.symbols("x:3")
    f = valley(x)
    hessian = np.array(sd.evaluate(hessian_rows(f, x), x=point))
    at = dict(zip(symbols, point, strict=True))
    exact = np.array(sympy.hessian(valley(symbols), symbols).subs(at), dtype=float)
    print("3. A Hessian, row by row: row i is the gradient of entry i of the gradient\n")
    print("   f(x) = 100 (x₁ − x₀²)² + (1 − x₀)² + 100 (x₂ − x₁²)² + (1 − x₁)²")
    print(f"   has at x = {point} the rows\n".replace("-", "−"))
    for row in hessian:
        print("   " + "".join(f"{entry:9.1f}" for entry in row).replace("-", "−"))
    if not np.allclose(hessian, exact, rtol=TOLERANCE, atol=TOLERANCE):
        raise AssertionError("the Hessian differs from SymPy's")
    print(f"\n   It differs from SymPy's by {np.abs(hessian - exact).max():.1g}", end="")
    print(f" and from its own transpose by {np.abs(hessian - hessian.T).max():.1g}.")
    product = sd.grad(sd.vdot(sd.grad(f, x), v), x)
    direction = np.array([1.0, -2.0, 3.0])
    difference = sd.evaluate(product, x=point, v=direction) - hessian @ direction
    print("   Its product with a vector v needs no Hessian: it is the gradient of ∇fᵀ v;", end="")
    print(f" they differ by {np.abs(difference).max():.1g}.")


def main() -> None:
    """Show higher orders, mixed partials and a Hessian."""
    show_orders()
    show_mixed_partials()
    show_hessian()
    print(f"\nAll of them agree with SymPy to {TOLERANCE:.0e}.")


if __name__ == "__main__":
    main()
