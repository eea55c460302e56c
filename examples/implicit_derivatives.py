"""Derivatives of what only an equation says: roots, fixed points and minimizers.

What `sd.solve_for`, `sd.fixed_point` and `sd.minimizer` return are expressions as any other. They
are found by Newton's method when they are evaluated, and derivatives go through them by the
implicit function theorem: not one iteration is differentiated. Each derivative here is compared
with one that is known.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import symdiff as sd

TOLERANCE = 1e-11


def compare(what: str, ours: Any, known: Any) -> None:
    """Print how far two results are apart.

    Raises AssertionError if it is more than the tolerance.
    """
    worst = float(np.max(np.abs(np.subtract(ours, known)) / np.maximum(1, np.abs(known))))
    if not worst <= TOLERANCE:
        raise AssertionError(f"{what}: off by {worst}")
    print(f"   {what:42} agrees to {worst:.0e}".replace("-", "−"))


def kepler() -> None:
    """Where a planet is: an equation for each time, solved for all at once."""
    print("1. Kepler's equation E − e sin E = M, for 1000 times\n")
    e, (E, M) = sd.scalar("e"), (sd.vector(name, "n") for name in "EM")
    anomaly = sd.solve_for(E - e * sd.sin(E) - M, E, start=M)
    by_time = sd.jvp(anomaly, M, sd.ones("n"))
    compute = sd.compile(
        [anomaly, sd.jvp(anomaly, e, 1.0), by_time, sd.jvp(by_time, M, sd.ones("n"))]
    )
    times = np.linspace(0, 2 * np.pi, 1000)
    found, by_e, speed, acceleration = compute(e=0.7, M=times)
    radius = 1 - 0.7 * np.cos(found)
    print(f"   ∂E/∂e, applied to 1, is {sd.jvp(anomaly, e, 1.0)}\n".replace(str(anomaly), "E"))
    compare("∂E/∂e = sin E/(1 − e cos E)", by_e, np.sin(found) / radius)
    compare("∂E/∂M = 1/(1 − e cos E)", speed, 1 / radius)
    compare("∂²E/∂M² = −e sin E/(1 − e cos E)³", acceleration, -0.7 * np.sin(found) / radius**3)


def volatility() -> None:
    """The volatility at which the formula of Black and Scholes gives the price of an option."""
    print("\n2. Implied volatility, for options of 5 strikes that end in a year\n")
    s, v = sd.scalar("s"), sd.vector("v", "n")
    strike, price = sd.vector("strike", "n"), sd.vector("price", "n")
    d = sd.log(s / strike) / v + v / 2
    value = s * sd.ndtr(d) - strike * sd.ndtr(d - v)
    implied = sd.solve_for(value - price, v, start=0.5)
    strikes, true = np.linspace(80, 120, 5), np.linspace(0.1, 0.4, 5)
    prices, ds = sd.evaluate([value, d], s=100.0, strike=strikes, v=true)
    vega = 100 * np.exp(-(ds**2) / 2) / np.sqrt(2 * np.pi)
    at = {"s": 100.0, "strike": strikes, "price": prices}
    slope = sd.grad(sd.sum(implied), price)
    compare("the volatilities behind the prices", sd.evaluate(implied, **at), true)
    compare("∂v/∂price = 1/vega", sd.evaluate(slope, **at), 1 / vega)


def reactions() -> None:
    """A steady state of A ⇌ B, 2 B → C, with A flowing in."""
    print("\n3. The steady state of reactions: k₁ a − k₂ b = inflow, and 2 k₃ b² = inflow\n")
    a, b, flow = sd.scalar("a"), sd.scalar("b"), sd.scalar("flow")
    k = sd.vector("k", 3)
    balances = [flow - k[0] * a + k[1] * b, k[0] * a - k[1] * b - 2 * k[2] * b**2]
    steady = sd.solve_for(balances, [a, b], start=[1.0, 1.0])
    rates, inflow = np.array([2.0, 0.5, 0.3]), 1.2
    level = np.sqrt(inflow / (2 * rates[2]))
    compute = sd.compile([*steady, sd.grad(steady[0], k), sd.grad(steady[1], flow)])
    found_a, found_b, by_rates, by_flow = compute(flow=inflow, k=rates)
    first = (inflow + rates[1] * level) / rates[0]
    by_k = [-first / rates[0], level / rates[0], -rates[1] * level / (2 * rates[2] * rates[0])]
    compare("a and b", [found_a, found_b], [first, level])
    compare("∂a/∂k", by_rates, by_k)
    compare("∂b/∂inflow = b/(2 inflow)", by_flow, level / (2 * inflow))


def ridge() -> None:
    """How the error on other data changes with the penalty of a fit."""
    print("\n4. The penalty of a fit: the gradient of the validation loss by log λ\n")
    X, w, y, t = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n"), sd.scalar("t")
    Z, u = sd.matrix("Z", "m", "d"), sd.vector("u", "m")
    penalized = sd.sum((X @ w - y) ** 2) / 2 + sd.exp(t) * sd.sum(w**2) / 2
    fitted = sd.minimizer(penalized, w, start=0.0)
    solved = sd.solve(X.T @ X + sd.exp(t) * sd.eye("d"), X.T @ y)
    rng = np.random.default_rng(0)
    data = {"X": (20, 4), "y": 20, "Z": (15, 4), "u": 15}
    at = {name: rng.normal(size=size) for name, size in data.items()} | {"t": 0.3}
    orders = {1: "gradient", 2: "second derivative"}
    losses = [sd.mean((Z @ weights - u) ** 2) for weights in (fitted, solved)]
    for order, name in orders.items():
        ours, known = (sd.evaluate(sd.derivative(loss, t, order), **at) for loss in losses)
        compare(f"{name}, against the closed form", ours, known)


def layer() -> None:
    """A layer of infinite depth: h = tanh(h W + x U), for a batch of examples."""
    print("\n5. A deep equilibrium layer h = tanh(h W + x U), for 8 examples\n")
    h, x = sd.matrix("h", "n", "d"), sd.matrix("x", "n", "m")
    W, U = sd.matrix("W", "d", "d"), sd.matrix("U", "m", "d")
    rng = np.random.default_rng(0)
    at = {
        "x": rng.normal(size=(8, 3)),
        "U": rng.normal(size=(3, 4)),
        "W": rng.normal(size=(4, 4)) / 9,
    }
    state = sd.fixed_point(sd.tanh(h @ W + x @ U), h, start=0.0)
    unrolled = sd.zeros_like(x @ U)
    for _ in range(60):
        unrolled = sd.tanh(unrolled @ W + x @ U)
    for each in (W, U):
        ours, known = (sd.evaluate(sd.grad(sd.sum(s**2), each), **at) for s in (state, unrolled))
        compare(f"∂L/∂{each}, against 60 layers unrolled", ours, known)


def main() -> None:
    """Compare all of them with what is known."""
    for show in (kepler, volatility, reactions, ridge, layer):
        show()
    print(f"\nAll of them agree to {TOLERANCE:.0e}.".replace("-", "−"))


if __name__ == "__main__":
    main()
