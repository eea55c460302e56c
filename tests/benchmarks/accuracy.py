"""How many digits do elementwise functions and their derivatives have? A table, worst first.

Run `python tests/benchmarks/accuracy.py [name ...]`; without names, every elementwise function
that symdiff declares is measured. It needs mpmath.

Values, first and second derivatives are computed in float64, as `sd.compile` gives them, at points
spread over the whole domain: magnitudes from 1e-300 to 1e300 of both signs, dense around 0, 1 and
the numbers of every day, and the floats next to -1, 0 and 1. They are compared with mpmath at 50
digits. The columns `value`, `first`, `second` give the largest error in units in the last place of
the exact result (of the smallest normal number, where the result is smaller than that), with the
point. Behind `/` stands the largest error in units of what moving the arguments by one unit in
their last place would change: a result near one of its zeros cannot have all its digits, and then
the second figure is small. `inf` is an overflow or NaN where the exact result is finite.

All errors above 10 units are explained, or marked as unexplained; the exit status counts these.
Functions without oracle are listed, as are points where differences in mpmath did not settle.
"""

from __future__ import annotations

import inspect
import itertools
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import mpmath
import numpy as np

import symdiff as sd
from symdiff.node import topological
from symdiff.registry import FUNCTIONS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from accuracy_oracles import ORACLES, exact

Point = tuple[float, ...]

BOUND = 10.0
"""Errors of more units in the last place are explained."""
TINY = float(np.finfo(float).tiny)
LARGEST = mpmath.mpf(float(np.finfo(float).max))

NOT_MEASURED = {
    "stop_gradient": "its derivative is 0 by what it means",
    "transpose": "not elementwise",
}
MODERATE = {
    *("beta", "betaln", "binom", "gamma_density", "gammainc", "gammaincc"),
    *("iv", "jv", "kv", "yv", "zeta"),
}
"""Functions of two arguments that are measured at those of every day."""
LARGEST_ARGUMENT = {"exprel": 1e5}
"""Where SciPy, which computes a derivative, takes longer the larger an argument is."""
_SQUARES = "squares of arguments below 1e-154 or beyond 1e154 under- or overflow"
_HYPERGEOMETRIC = "SciPy's hyp2f1, in this derivative, overflows or loses digits at large arguments"
_AMPLIFIED = "a factor exp(u) turns the last place of u into abs(u) of its own"
_UNDERFLOW = "SciPy gives 0, inf or NaN where argument or result is near 1e-308 or below"
_NEIGHBOURS = "SciPy's value; a derivative is the sum of two neighbours, which may both be infinite"
_TAIL = "the square of x overflows where the result is 0; half of it is exponentiated in the tail"
_POLYGAMMAS = "SciPy's value near a pole, or polygammas that cancel"
EXPLANATIONS: dict[str, str] = {
    "arccosh": "`leg(x, 1)**3` overflows beyond 1e102, where the result, below 1e-204, becomes 0",
    "arctan2": _SQUARES,
    "direction_cosine": _SQUARES,
    "divide": _SQUARES,
    "leg": "the second derivative by x, -y**2/leg**3, is computed as 1/leg - x**2/leg**3",
    "power": "y - 1 is rounded, which counts log(x) times; x**y overflows before x**(y - 1) does",
    # special functions
    "beta": _POLYGAMMAS,
    "betaln": _POLYGAMMAS,
    "binom": "SciPy's value, by products of ratios; its derivatives are multiples of it",
    "ellipb": _HYPERGEOMETRIC,
    "ellipc": _HYPERGEOMETRIC,
    "ellipd": _HYPERGEOMETRIC,
    "erfcinv": "SciPy gives inf at 5e-324; derivatives have the factor exp(erfcinv**2): "
    + _AMPLIFIED,
    "erfcx": "the square of x is exponentiated, and each derivative adds a step of a recurrence",
    "expi": "the second derivative at 5e-324 is the difference of two infinities",
    "gammaln": _UNDERFLOW,
    "gamma_density": "where x is whole, -n or 1, the second derivative is 0*digamma(-n), NaN",
    "gelu": _TAIL,
    "i0": _UNDERFLOW,
    "i0e": _UNDERFLOW,
    "i1": _UNDERFLOW,
    "i1e": _UNDERFLOW,
    "lambertw": "the derivative has the factor exp(-W): " + _AMPLIFIED,
    "iv": _NEIGHBOURS,
    "j1": "SciPy's jv at huge and at tiny arguments",
    "jv": _NEIGHBOURS,
    "k0": _UNDERFLOW,
    "k1": _UNDERFLOW,
    "kl_div": "x/y underflows in SciPy's value; " + _SQUARES,
    "kv": _NEIGHBOURS,
    "log_ndtr": _TAIL,
    "log_quotient": _HYPERGEOMETRIC,
    "log_quotient_slope": _HYPERGEOMETRIC,
    "mills_excess": "its derivative 1 - hazard*excess cancels far in the lower tail",
    "ndtri": "the derivative has the factor exp(ndtri**2/2): " + _AMPLIFIED,
    "normal_hazard": "its second derivative has 1 - hazard*excess, which cancels in the lower tail",
    "rel_entr": _SQUARES,
    "sinint": "SciPy's spherical_jn(1, x) is 0 or NaN where x is near the smallest normal number",
    "xlog1py": _SQUARES,
    "xlogy": _SQUARES,
    "y1": _UNDERFLOW,
    "yv": _NEIGHBOURS,
}
"""By function, why errors are above the bound."""


# Functions --------------------------------------------------------------------------------------


def measured_functions() -> dict[str, int]:
    """The elementwise functions of one or two float arguments, with how many they take.

    Of several names for one function, that of its op is taken, or else the first.
    """
    found: dict[sd.Node, str] = {}
    import_module("symdiff.ops")  # which declares them
    for name in sorted(FUNCTIONS):
        count = required_arguments(name)
        if count in (1, 2) and name not in NOT_MEASURED:
            result = elementwise_result(name, count)
            if result is not None and (result not in found or result.op.name == name):
                found[result] = name
    return {name: required_arguments(name) for name in sorted(found.values())}


def required_arguments(name: str) -> int:
    """How many arguments a function cannot do without."""
    parameters = inspect.signature(FUNCTIONS[name]).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.default is p.empty and p.kind in kinds for p in parameters)


def variables(count: int) -> list[sd.Node]:
    """As many vectors."""
    return [sd.vector(name, "n") for name in ("x", "y")[:count]]


def elementwise_result(name: str, count: int) -> sd.Node | None:
    """What a function makes of float vectors, if that is a float vector, entry by entry."""
    try:
        result = FUNCTIONS[name](*variables(count))
    except sd.SymdiffError:
        return None
    inner = [node for node in topological([result]) if node.args]
    shaped = isinstance(result, sd.Node) and result.shape == variables(1)[0].shape
    floats = shaped and result.dtype == "float"
    return result if floats and inner and all(n.op.elementwise for n in inner) else None


# Points -----------------------------------------------------------------------------------------


def points(name: str, few: bool = False) -> list[Point]:
    """The arguments at which a function is measured."""
    rng = np.random.default_rng(20)
    count = required_arguments(name)
    if count == 1:
        magnitudes = few_magnitudes() if few else many_magnitudes(rng)
    elif name in MODERATE:
        magnitudes = [0.3, 2.5, 31.0] if few else [1e-3, 0.3, 1.0, 2.5, 7.6, 31.0, 120.0]
    else:
        decades = [1e-3, 1e5] if few else [1e-300, 1e-3, 1e5, 1e300]
        magnitudes = [1.0, *decades] if few else [1.0, *decades, *rng.uniform(0.05, 6, 2)]
    largest = LARGEST_ARGUMENT.get(name, math.inf)
    signed = [s * float(x) for x in sorted(set(magnitudes)) if x <= largest for s in (1, -1)]
    return list(itertools.product(signed, repeat=count))


def few_magnitudes() -> list[float]:
    """A few, for tests."""
    return [1e-300, 1e-9, 0.01, 0.3, 0.8, 1.3, 2.7, 7.5, 31.0, 1e5, 1e200]


def many_magnitudes(rng: np.random.Generator) -> list[float]:
    """Over the whole domain, and dense where most things happen."""
    decades = [10.0**k * rng.uniform(1, 3) for k in range(-300, 301, 20)]
    near_zero = [10.0**-k * rng.uniform(1, 9) for k in range(1, 21)]
    near_one = [1 + s * 10.0**-k for k in range(1, 16, 2) for s in (1, -1)]
    neighbours = [np.nextafter(1, 0), np.nextafter(1, 2), 5e-324, TINY]
    everyday = [*rng.uniform(0, 5, 40), *rng.uniform(5, 40, 20), *rng.uniform(40, 800, 8)]
    return [*decades, *near_zero, *near_one, *neighbours, *everyday, 1.0, 0.5, 2.0, 3.0]


# Measuring --------------------------------------------------------------------------------------


class Error(NamedTuple):
    """The error at a point: in units in the last place, and of what one unit of `x` changes."""

    units: float
    conditioned: float
    point: Point


@dataclass
class Measured:
    """What is known of a function: the worst error of each order, and where nothing is known."""

    name: str
    worst: dict[int, Error] = field(default_factory=dict)
    beyond: dict[int, Error] = field(default_factory=dict)
    unsettled: int = 0
    refused: str = ""

    @property
    def units(self) -> float:
        """The largest of all errors."""
        return max((error.units for error in self.worst.values()), default=0.0)

    @property
    def conditioned(self) -> float:
        """The largest of all errors, in units of what the arguments' last places change."""
        return max((error.conditioned for error in self.beyond.values()), default=0.0)

    def note(self, total: int, error: Error) -> None:
        """Remember the worst errors of the derivatives of a total order."""
        if total not in self.worst or error.units > self.worst[total].units:
            self.worst[total] = error
        if total not in self.beyond or error.conditioned > self.beyond[total].conditioned:
            self.beyond[total] = error


def orders(count: int, total: int) -> list[tuple[int, ...]]:
    """The partial derivatives of a total order."""
    return [o for o in itertools.product(range(total + 1), repeat=count) if sum(o) == total]


def derivatives(name: str, count: int) -> tuple[dict[tuple[int, ...], sd.Node], str]:
    """The value and the partial derivatives by their orders, and why some are refused."""
    inputs = variables(count)
    found: dict[tuple[int, ...], sd.Node] = {}
    refused = ""
    try:
        found[(0,) * count] = FUNCTIONS[name](*inputs)
    except sd.SymdiffError as error:
        return found, str(error)
    for order in (*orders(count, 1), *orders(count, 2)):
        place = next(k for k, n in enumerate(order) if n)
        lower = tuple(n - (k == place) for k, n in enumerate(order))
        if lower in found:
            try:
                found[order] = sd.grad(sd.sum(found[lower]), inputs[place])
            except sd.DerivativeError as error:
                refused = str(error)
    return found, refused


def measure(name: str, at: Sequence[Point]) -> Measured:
    """The errors of a function at many points."""
    count = len(at[0])
    result = Measured(name)
    nodes, result.refused = derivatives(name, count)
    if not nodes:
        return result
    columns = dict(zip("xy", np.array(at).T, strict=False))
    with np.errstate(all="ignore"):
        computed = values_at(list(nodes.values()), columns)
    for order, values in zip(nodes, computed, strict=True):
        for error in errors(name, order, at, np.broadcast_to(values, len(at)), result):
            result.note(sum(order), error)
    return result


def values_at(nodes: list[sd.Node], columns: Mapping[str, Any]) -> list[Any]:
    """The values of expressions as compiled code gives them, of those arrays that they use."""
    used = [v.attrs[0] for v in sd.inputs(nodes)]
    sizes = {} if used else {"n": len(columns["x"])}
    return list(sd.compile(nodes)(**{name: columns[name] for name in used}, **sizes))


def errors(
    name: str, order: tuple[int, ...], at: Sequence[Point], values: Any, result: Measured
) -> Iterator[Error]:
    """The errors of one derivative, where the function is defined."""
    for point, value in zip(at, values, strict=True):
        wanted = exact(name, point, order)
        if wanted is None:
            result.unsettled += any(order) and exact(name, point, (0,) * len(point)) is not None
        elif mpmath.isfinite(wanted):
            found = units(float(value), wanted)
            easy = found <= BOUND or math.isinf(found)
            yield Error(found, found if easy else found / leeway(name, point, order, wanted), point)


def units(found: float, wanted: Any) -> float:
    """The distance of a float from an exact number, in units in the last place of the latter."""
    if abs(wanted) >= LARGEST:
        return 0.0 if math.isinf(found) or abs(found) > 1e308 else math.inf
    if not math.isfinite(found):
        return math.inf
    return float(abs(mpmath.mpf(found) - wanted) / unit(wanted))


def unit(number: Any) -> Any:
    """The unit in the last place of a number, as of float64."""
    if abs(number) < TINY:
        return mpmath.mpf(TINY)
    return mpmath.ldexp(1, int(mpmath.floor(mpmath.log(abs(number), 2))) - 52)


def leeway(name: str, point: Point, order: tuple[int, ...], wanted: Any) -> float:
    """What moving the arguments by a unit in the last place changes, in such units of the result.

    One unit is added, so that an error is never larger in these terms.
    """
    change = unit(wanted)
    for place, x in enumerate(point):
        higher = tuple(n + (k == place) for k, n in enumerate(order))
        slope = exact(name, point, higher)
        change += 0 if slope is None else abs(slope) * unit(mpmath.mpf(x))
    return float(change / unit(wanted))


# The table --------------------------------------------------------------------------------------


def figures(measured: Measured) -> Iterable[str]:
    """The largest errors of value, first and second derivative, with their points."""
    for total in (0, 1, 2):
        if total not in measured.worst:
            yield "-"
            continue
        error, beyond = measured.worst[total], measured.beyond[total]
        text = f"{error.units:.3g}"
        if error.units > BOUND:
            text += f" /{beyond.conditioned:.2g}"
            error = beyond if beyond.conditioned > BOUND else error
        yield text + f" at {', '.join(f'{x:.6g}' for x in error.point)}"


def at_infinity(name: str) -> str:
    """Which of value, first and second derivative are NaN at infinities though not nearby."""
    nodes, _ = derivatives(name, 1)
    with np.errstate(all="ignore"):
        ends = values_at(list(nodes.values()), {"x": np.array([-np.inf, np.inf])})
        near = values_at(list(nodes.values()), {"x": np.array([-1e300, 1e300])})
    marks = []
    for mark, end, close in zip(("f", "f'", "f''"), ends, near, strict=False):
        lost = np.isnan(np.broadcast_to(end, 2)) & ~np.isnan(np.broadcast_to(close, 2))
        marks += [f"{mark}({sign}∞)" for sign, gone in zip("-+", lost, strict=True) if gone]
    return " ".join(marks)


def main(names: Sequence[str]) -> int:
    """Measure, and print the table; return how many large errors nobody has explained."""
    known = measured_functions()
    chosen = list(names) or list(known)
    missing = [name for name in chosen if name not in ORACLES]
    rows = []
    for name in chosen:
        if name in ORACLES:
            print(f"measuring {name} …", file=sys.stderr)
            rows.append(measure(name, points(name)))
    rows.sort(key=lambda row: -row.units)
    print(f"{'function':18} {'value':34} {'first derivative':34} {'second derivative':34}")
    for row in rows:
        print(f"{row.name:18} " + " ".join(f"{text:34}" for text in figures(row)).rstrip())
    print_notes(rows, known, missing)
    return sum(explanation(row) == "UNEXPLAINED" for row in rows) + len(missing)


def explanation(row: Measured) -> str:
    """Why a function has errors above the bound."""
    if row.conditioned <= BOUND:
        return "near zeros of the exact result; no larger than what a few last places of x change"
    return EXPLANATIONS.get(row.name, "UNEXPLAINED")


def print_count(title: str, pairs: Sequence[tuple[float, float]]) -> None:
    """How many errors are within the bound, in both units."""
    small = sum(units <= BOUND for units, _ in pairs)
    fair = sum(conditioned <= BOUND for _, conditioned in pairs)
    print(f"\n{title}: {len(pairs)}, of which {small} have errors of at most {BOUND:g} units,")
    print(f"  and {fair} of at most {BOUND:g} units of what the last places of arguments change")


def print_notes(rows: Sequence[Measured], known: dict[str, int], missing: Sequence[str]) -> None:
    """What stands below the table."""
    print_count("functions", [(row.units, row.conditioned) for row in rows])
    orders = [(e.units, row.beyond[k].conditioned) for row in rows for k, e in row.worst.items()]
    print_count("values, first and second derivatives", orders)
    print(f"\nerrors above {BOUND:g} units:")
    for row in rows:
        if row.units > BOUND:
            print(f"  {row.name}: {explanation(row)}")
    print("\nNaN at infinity, and not at 1e300:")
    for row in rows:
        asked = known[row.name] == 1 and row.name not in {*MODERATE, *LARGEST_ARGUMENT}
        lost = at_infinity(row.name) if asked else ""
        if lost:
            print(f"  {row.name}: {lost}")
    print("\nno derivative:")
    for row in rows:
        if row.refused:
            print(f"  {row.name}: {row.refused.partition('. ')[0]}")
    print("\npoints with a value where derivatives in mpmath did not settle:")
    print("  " + ", ".join(f"{r.name} {r.unsettled}" for r in rows if r.unsettled))
    print(f"\nno oracle: {', '.join(missing) or 'none is missing'}")
    print(f"not measured: {', '.join(NOT_MEASURED)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
