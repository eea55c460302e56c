"""The digits of elementwise functions and their first two derivatives, at a few points each.

`tests/benchmarks/accuracy.py` measures them at many. Here, an error counts in units of what the
last places of the arguments change, so that results near a zero are no exception.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
from accuracy import EXPLANATIONS, NOT_MEASURED, measure, measured_functions, points, units
from accuracy_oracles import ORACLES, SMOOTH, difference, exact
from mpmath import mp, mpf

BOUND = 64
FUNCTIONS = measured_functions()
MEASURED = sorted(FUNCTIONS.keys() & ORACLES.keys())
PARAMETERS = {"gammainc", "gammaincc", "iv", "jv", "kv", "yv", "zeta"}
"""Functions whose oracles have no derivative by the first argument."""


@pytest.mark.parametrize("name", MEASURED)
def test_errors_are_small(name: str) -> None:
    """Those of values always, those of derivatives unless the table explains larger ones."""
    measured = measure(name, points(name, few=True))
    if not measured.worst:
        assert measured.refused
    for total, error in measured.beyond.items():
        if total == 0 or name not in EXPLANATIONS:
            assert error.conditioned <= BOUND, (total, error)


def test_every_function_has_an_oracle() -> None:
    assert not FUNCTIONS.keys() - ORACLES.keys() - NOT_MEASURED.keys()


def test_what_is_explained_is_measured() -> None:
    assert EXPLANATIONS.keys() <= FUNCTIONS.keys()


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        (1.0, mpf(1), 0),
        (1 + 2**-52, mpf(1), 1),
        (1e-320, mpf(0), 0.5e-12),
        (float("inf"), mpf(10) ** 400, 0),
        (float("inf"), mpf(1), float("inf")),
        (float("nan"), mpf(1), float("inf")),
    ],
)
def test_units_in_the_last_place(found: float, wanted: mpf, expected: float) -> None:
    assert units(found, wanted) == pytest.approx(expected, rel=1)


@pytest.mark.parametrize("name", SMOOTH)
def test_rules_of_oracles_agree_with_differences(name: str) -> None:
    """Where a function is defined for some of these numbers, so is each first derivative."""
    count = FUNCTIONS[name]
    at = [(0.7, 0.2), (2.3, 0.6)] if count == 2 else [(0.3,), (1.6,)]
    settled = 0
    for order in [(1,), (1, 0), (0, 1)]:
        for point in at:
            found = exact(name, point, order) if len(order) == count else None
            if found is not None and not (order[0] and name in PARAMETERS):
                with mp.workdps(40):
                    wanted = difference(SMOOTH[name], tuple(mpf(x) for x in point), order)
                    assert abs(found - wanted) < mpf(10) ** -30 * max(1, abs(wanted))
                settled += 1
    assert settled


def test_oracles() -> None:
    assert exact("exp", (1.0,), (2,)) == pytest.approx(float(exact("exp", (1.0,), (0,))), rel=1e-16)
    assert float(exact("sin", (1e-300,), (2,))) == pytest.approx(-1e-300, rel=1e-16)
    assert float(exact("expm1", (-300.0,), (1,))) == pytest.approx(
        5.148200222412013e-131, rel=1e-15
    )
    assert exact("log", (-1.0,), (0,)) is None
    assert exact("abs", (0.0,), (1,)) == 0
    assert exact("abs", (0.0,), (2,)) is None
