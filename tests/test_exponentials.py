"""Products of exponentials whose exponents add up to the same: closed forms, numbers, edges."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import symdiff as sd
from symdiff.derive.passes import pulled_back
from symdiff.node import Node, topological
from symdiff.rewrite import exponentials
from symdiff.rewrite.exponentials import NAME, with_equal_exponentials
from symdiff.rewrite.exponents import Expander

pytest.importorskip("scipy")

S, K, v, T, r, q = (sd.scalar(name) for name in "SKvTrq")
x, y, a, b = (sd.scalar(name) for name in "xyab")


def priced(
    d1: Node, d2: Node, asset: Node, cash: Node, normal: Callable[[Node], Node] = sd.ndtr
) -> Node:
    return asset * normal(d1) - cash * normal(d2)


def numerator(drift: Any) -> Node:
    return sd.log(S / K) + (drift + v**2 / 2) * T


def black_scholes(normal: Callable[[Node], Node] = sd.ndtr) -> Node:
    d1 = numerator(r) / (v * sd.sqrt(T))
    return priced(d1, d1 - v * sd.sqrt(T), S, K * sd.exp(-r * T), normal)


def put() -> Node:
    d1 = numerator(r) / (v * sd.sqrt(T))
    d2 = d1 - v * sd.sqrt(T)
    return K * sd.exp(-r * T) * sd.ndtr(-d2) - S * sd.ndtr(-d1)


def both_spelled_out() -> Node:
    d1 = numerator(r) / (v * sd.sqrt(T))
    d2 = (sd.log(S / K) + (r - v**2 / 2) * T) / (v * sd.sqrt(T))
    return priced(d1, d2, S, K * sd.exp(-r * T))


def logarithms_apart() -> Node:
    d1 = (sd.log(S) - sd.log(K) + (r + 0.5 * v * v) * T) / v / T**0.5
    return priced(d1, d1 - v * T**0.5, S, K * sd.exp(-r * T))


def dividends() -> Node:
    d1 = numerator(r - q) / (v * sd.sqrt(T))
    return priced(d1, d1 - v * sd.sqrt(T), S * sd.exp(-q * T), K * sd.exp(-r * T))


def forward() -> Node:
    F = S * sd.exp((r - q) * T)
    d1 = (sd.log(F / K) + v**2 / 2 * T) / (v * sd.sqrt(T))
    return sd.exp(-r * T) * priced(d1, d1 - v * sd.sqrt(T), F, K)


def black_76() -> Node:
    d1 = numerator(0) / (v * sd.sqrt(T))
    return priced(d1, d1 - v * sd.sqrt(T), S, K)


def total_variance() -> Node:
    w = v**2 * T
    d1 = sd.log(S / K) / sd.sqrt(w) + sd.sqrt(w) / 2
    return priced(d1, d1 - sd.sqrt(w), S, K)


def numbers() -> Node:
    s = 0.2345 * math.sqrt(0.7)
    d1 = (sd.log(S / K) + (0.03 + 0.2345**2 / 2) * 0.7) / s
    return priced(d1, d1 - s, S, K * math.exp(-0.03 * 0.7))


def bachelier() -> Node:
    s = v * sd.sqrt(T)
    d = (S - K) / s
    return (S - K) * sd.ndtr(d) + s * sd.exp(-(d**2) / 2) / math.sqrt(2 * math.pi)


NORMALS: dict[str, Callable[[Node], Node]] = {
    "erf over a root": lambda z: (1 + sd.erf(z / sd.sqrt(2))) / 2,
    "erf over a number": lambda z: 0.5 * (1 + sd.erf(z / 2**0.5)),
    "erf times a number": lambda z: 0.5 + 0.5 * sd.erf(z * 0.7071067811865475),
    "erfc": lambda z: 0.5 * sd.erfc(-z * 0.7071067811865475),
}
FORMULAS: dict[str, Callable[[], Node]] = {
    "Black-Scholes": black_scholes,
    "put": put,
    "both spelled out": both_spelled_out,
    "logarithms apart": logarithms_apart,
    "dividends": dividends,
    "forward": forward,
    "Black 76": black_76,
    "total variance": total_variance,
    "numbers": numbers,
    "Bachelier": bachelier,
    **{name: lambda n=n: black_scholes(n) for name, n in NORMALS.items()},
}


def exponentials_of(outputs: list[Node]) -> int:
    return sum(node.op.name == "exp" for node in topological(outputs))


# Closed forms -----------------------------------------------------------------------------------

D1 = "(log(S/K) + (r + v²/2) T)/(v sqrt(T))"


def test_greeks_are_those_of_the_books() -> None:
    delta, by_strike, vega = sd.grad(black_scholes(), [S, K, v])
    assert str(delta) == f"ndtr({D1})"
    assert str(by_strike) == f"−exp((−r) T) ndtr({D1} − v sqrt(T))"
    assert str(vega) == f"0.3989422804014327 S sqrt(T) exp(−0.5 ({D1})²)"


@pytest.mark.parametrize("name", FORMULAS)
def test_the_price_is_linear_in_its_normal_distributions(name: str) -> None:
    """Delta and the derivative by the strike have no density, however the price is spelled."""
    gradients = sd.grad(FORMULAS[name](), [S, K])
    for each in gradients:
        normal = [n for n in topological([each]) if n.op.name in ("ndtr", "erf", "erfc")]
        squares = [n for n in topological([each]) if n.op.name == "exp" and n.args[0].args[-1:]]
        assert len(normal) == 1
        assert not any("²" in str(n.args[0]) and "log" in str(n.args[0]) for n in squares)


@pytest.mark.parametrize("name", FORMULAS)
def test_greeks_of_arrays(name: str) -> None:
    """Entry by entry, and with strikes along another axis, fewer exponentials are left."""
    arrays = [sd.vector(n, "n") for n in "SKvT"]
    price = sd.rewrite.engine.substitute(
        FORMULAS[name](), dict(zip([S, K, v, T], arrays, strict=True))
    )
    used = [array for array in arrays if array in topological([price])]
    plain = pulled_back(sd.sum(price), used)
    assert exponentials_of(sd.simplify(plain)) < exponentials_of(plain)


def test_the_step_has_a_name() -> None:
    trace = sd.simplify(pulled_back(black_76(), [S]), trace=True)
    assert NAME == "exponents that add up to the same"
    assert NAME in {step.rule for step in trace.steps}
    assert NAME + ": " in str(trace)


# Numbers ----------------------------------------------------------------------------------------

POINT = {"S": 101.5, "K": 93.25, "v": 0.3125, "T": 0.75, "r": 0.046875, "q": 0.015625}


def precise(node: Node, values: dict[str, Any]) -> Any:
    """The value at the present precision of mpmath."""
    functions = {
        "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "negative": lambda a: -a,
        "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b, "power": mp.power,
        "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt, "ndtr": mp.ncdf, "erf": mp.erf,
        "erfc": mp.erfc,
    }  # fmt: skip
    known: dict[Node, Any] = {}
    for each in topological([node]):
        if each.op.name == "variable":
            known[each] = values[each.attrs[0]]
        elif each.op.name == "constant":
            known[each] = mp.mpf(each.attrs.value)
        else:
            known[each] = functions[each.op.name](*(known[arg] for arg in each.args))
    return known[node]


def true_derivative(formula: Node, names: tuple[str, ...], point: dict[str, float]) -> float:
    """The derivative by differences at 50 digits."""
    inputs = sorted(set(names))
    orders = tuple(names.count(name) for name in inputs)

    def f(*given: Any) -> Any:
        return precise(formula, {**point, **dict(zip(inputs, given, strict=True))})

    with mp.workdps(50):
        return float(mp.diff(f, tuple(mp.mpf(point[name]) for name in inputs), orders))


@pytest.mark.parametrize("name", FORMULAS)
def test_first_and_second_derivatives_are_right(name: str) -> None:
    """Delta, vega and the like; gamma, vanna and volga."""
    price = FORMULAS[name]()
    present = {node.attrs[0]: node for node in topological([price]) if node.op.name == "variable"}
    rng = np.random.default_rng(3)
    for _ in range(2):
        point = {n: value * rng.uniform(0.8, 1.25) for n, value in POINT.items() if n in present}
        wrt = [n for n in "SKvT" if n in present]
        gradients = dict(zip(wrt, sd.grad(price, [present[n] for n in wrt]), strict=True))
        for n, gradient in gradients.items():
            close(gradient, point, true_derivative(price, (n,), point))
        for pair in {("S", "S"), ("S", "v"), ("v", "v")}:
            if set(pair) <= present.keys():
                second = sd.grad(gradients[pair[0]], present[pair[1]])
                close(second, point, true_derivative(price, pair, point), 1e-11)


def close(found: Node, point: dict[str, float], wanted: float, tolerance: float = 2e-13) -> None:
    needed = {n.attrs[0] for n in topological([found]) if n.op.name == "variable"}
    given = {name: value for name, value in point.items() if name in needed}
    assert sd.evaluate(found, **given) == pytest.approx(wanted, rel=tolerance)


def test_delta_keeps_its_digits_close_to_expiry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two densities that cancel are far larger than what is left of them."""
    point = {"S": 1.5, "K": 1.5, "v": 0.01, "T": 1e-12, "r": 0.05}
    wanted = true_derivative(black_scholes(), ("S",), point)
    assert sd.evaluate(sd.grad(black_scholes(), S), **point) == pytest.approx(wanted, rel=1e-15)
    monkeypatch.setattr(exponentials, "LARGEST_GRAPH", 0)
    before = sd.evaluate(sd.grad(black_scholes(), S), **point)
    assert before != pytest.approx(wanted, rel=1e-10)


# Edges ------------------------------------------------------------------------------------------

EDGES = {
    "S": [0.0, 1e-300, 1.0, 2.0, 1e200, np.inf, -1.0],
    "K": [0.0, 1e-300, 1.0, 2.0, 1e200, np.inf, -1.0],
    "v": [0.0, 1e-9, 0.2, -0.2, 5.0],
    "T": [0.0, 1e-12, 1.0, 40.0, -1.0],
    "r": [0.05, -0.3],
    "q": [0.02],
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.filterwarnings("ignore")
def test_no_edge_gets_worse(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the derivatives were numbers, they still are, the same ones; many more now are."""
    price = FORMULAS[name]()
    present = {node.attrs[0]: node for node in topological([price]) if node.op.name == "variable"}
    wrt = [present[n] for n in "SKvT" if n in present]
    points = np.array(list(itertools.product(*(EDGES[n] for n in present)))).T
    given = dict(zip(present, points, strict=True))
    after = values(sd.grad(price, wrt), given)
    monkeypatch.setattr(exponentials, "LARGEST_GRAPH", 0)
    before = values(sd.grad(price, wrt), given)
    assert not np.any(np.isnan(after) & ~np.isnan(before))
    assert not np.any(np.isinf(after) & np.isfinite(before))
    assert np.isnan(after).sum() < np.isnan(before).sum()


def values(outputs: list[Node], given: dict[str, Any]) -> Any:
    function = sd.compile(outputs)
    columns = [function(*point) for point in zip(*(given[n] for n in function.inputs), strict=True)]
    return np.array(columns).T


def simplified(*outputs: Node) -> list[str]:
    return [str(each) for each in with_equal_exponentials(list(outputs))]


def test_equal_exponents_spelled_differently() -> None:
    first, second = sd.exp(-((x - y) ** 2) / 2), sd.exp(x * y - x**2 / 2 - y**2 / 2)
    assert simplified(first, a * second) == ["exp(−(x − y)²/2)", "a exp(−(x − y)²/2)"]


def test_products_of_two_gaussians() -> None:
    """Completing the square: the product of two densities is a density times a number."""
    both = sd.exp(-((x - a) ** 2)) * sd.exp(-((x - b) ** 2))
    one = sd.exp(-2 * (x - (a + b) / 2) ** 2) * sd.exp(-((a - b) ** 2) / 2)
    assert str(sd.simplify(both - one)) == "0.0"


def test_exponentials_that_cancel() -> None:
    inner = sd.log(x) / y
    gone = simplified(sd.exp((inner + y) ** 2 / 2) * sd.exp(-((inner - y) ** 2) / 2))
    assert gone == ["x²"]


def test_constants_become_factors() -> None:
    density = sd.exp(-(x**2) / 2 - 0.5)
    assert simplified(sd.exp(-(x**2) / 2), density) == [
        "exp(−x²/2)",
        "0.6065306597126334 exp(−x²/2)",
    ]


def test_no_new_denominator() -> None:
    """With `K` at 0 the exponential is 0, and `S/K` times it would be NaN."""
    first, second = sd.exp(sd.log(S / K) * y), sd.exp(sd.log(S / K) * (y - 1))
    assert simplified(first, second) == [str(first), str(second)]
    assert simplified(first + S * second) == [f"{first} + K {first}"]


def test_no_new_logarithm_root_or_division() -> None:
    plain, same = sd.exp(x), sd.exp(sd.log(y) - sd.log(y) + x)
    assert simplified(plain, same) == ["exp(x)", "exp(x)"]
    for spelled in (sd.sqrt(y) ** 2 * x / y, (x / y) * y):
        assert simplified(a * sd.exp(spelled), x * sd.sin(sd.exp(x)))[1] == "x sin(exp(x))"


def test_no_new_overflow() -> None:
    """Of `exp(x)` and `y*exp(x - log(y))`, the second may be finite where the first is not."""
    large, small = sd.exp(x), sd.exp(x - a * sd.log(y) + (a + 1) * sd.log(y))
    assert simplified(large, small) == [str(large), str(small)]


def test_a_constant_does_not_bring_overflow() -> None:
    """`exp(x - 20)` is finite where `exp(x)` is not, and `exp(x - 700)` where that is 0."""
    for constant in (20, 700):
        outputs = sd.exp(x), sd.exp(x - constant)
        assert simplified(*outputs) == [str(each) for each in outputs]
    outputs = sd.exp(-(x**2)), sd.exp(700 - x**2)
    assert simplified(*outputs) == [str(each) for each in outputs]


def test_the_kind_and_the_shape_stay() -> None:
    """What cancels is 1.0 in each entry, and never a whole number."""
    u, n = sd.vector("u", "n"), sd.scalar("k", dtype="int")
    (one,) = with_equal_exponentials([sd.exp(u) * sd.exp(-u)])
    assert (one.dtype, one.shape) == ("float", u.shape)
    (logarithm,) = with_equal_exponentials([sd.exp(sd.log(n) + x) * sd.exp(-x)])
    assert logarithm.dtype == "float"
    assert sd.evaluate(logarithm, k=3, x=0.5) == pytest.approx(3.0)


def test_choices_keep_what_may_overflow_apart() -> None:
    E = sd.exp(a) * sd.exp(-x)
    F = sd.exp(a + sd.log(y)) * sd.exp(-x)
    chosen = sd.where(x > 0, E, 0) + sd.where(x <= 0, F, 0)
    assert with_equal_exponentials([chosen]) == [chosen]


def test_an_exponential_inside_another_is_left_alone() -> None:
    """Written by each other, each would need the other first."""
    inner = y * sd.exp(x - 1) * sd.exp(1 - x + a)
    outer = sd.exp(a + 0 * inner)
    found = with_equal_exponentials([inner, outer])
    given = {"x": 0.3, "y": 1.7, "a": 0.4}
    assert sd.evaluate(found, **given) == pytest.approx(sd.evaluate([inner, outer], **given))


def test_values_that_are_not_rounding_are_kept() -> None:
    """A coefficient that is no rounded half is no half."""
    first, second = sd.exp(-0.5 * x**2), sd.exp(-0.4999999999 * x**2)
    assert simplified(first, second) == [str(first), str(second)]


def test_other_graphs_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exponentials, "_Graph", None)
    outputs = [sd.sin(x) * sd.exp(y), x]
    assert with_equal_exponentials(outputs) is outputs
    chain = sd.exp(x)
    for _ in range(exponentials.LARGEST_GRAPH):
        chain = sd.exp(chain)
    outputs = [chain]
    assert with_equal_exponentials(outputs) is outputs


def test_large_sums_in_exponents_are_left_whole() -> None:
    letters = [sd.scalar(f"x{k}") for k in range(12)]
    total = sum(letters[1:], letters[0])
    expanded = Expander([total**4]).expanded(total**4)
    assert [str(node) for monomial in expanded.terms for node, _ in monomial] == [str(total**4)]


# At random --------------------------------------------------------------------------------------


def random_exponent(rng: np.random.Generator, depth: int) -> Node:
    if depth == 0:
        leaves = [x, y, a, sd.log(x), sd.log(x / y), sd.sqrt(y), y**0.5, sd.sqrt(x * y), x**2]
        return leaves[rng.integers(len(leaves))]
    first, second = (random_exponent(rng, depth - 1) for _ in range(2))
    match rng.integers(6):
        case 0:
            return first + second
        case 1:
            return first - second
        case 2:
            return first * second
        case 3:
            return first / sd.sqrt(y)
        case 4:
            return (first - 0.5 * second) ** 2
        case _:
            return -first


@pytest.mark.parametrize("seed", range(60))
def test_products_keep_their_values(seed: int) -> None:
    """Exponents taken apart at random and put together otherwise."""
    rng = np.random.default_rng(seed)
    u, w = random_exponent(rng, 2), random_exponent(rng, 2)
    E, F = sd.exp(u), sd.exp(w)
    outputs = [
        x * E,
        y * sd.exp(u - w) * F,
        sd.exp((u + w) ** 2 / 4) * sd.exp(-((u - w) ** 2) / 4) * a,
        sd.exp(u * w) * x**2 / y,
        sd.exp(u + sd.log(x)) + sd.sin(E),
        -sd.exp(-u) * sd.exp(2 * u + 0.25),
    ]
    for point in ({"x": 1.25, "y": 0.75, "a": 0.5}, {"x": 0.5, "y": 1.5, "a": -0.25}):
        with mp.workdps(30):
            wanted = [float(precise_or_large(each, point)) for each in outputs]
        found = sd.evaluate(with_equal_exponentials(outputs), **point)
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def precise_or_large(node: Node, point: dict[str, float]) -> Any:
    known = {name: mp.mpf(value) for name, value in point.items()}
    if "sin" in {each.op.name for each in topological([node])}:
        first, second = node.args
        return precise(first, known) + mp.sin(precise(second.args[0], known))
    return precise(node, known)
