"""The ways in together: each with what the others make, and with all that reads expressions."""

import numpy as np
import pytest

import symdiff as sd
from symdiff.rewrite.engine import replaced

a, b = sd.scalar("a"), sd.scalar("b")
x, y = sd.vector("x", "n"), sd.vector("y", "n")


def equation_within_another():
    """A solution whose equation has another, both of scalars."""
    E, F = sd.scalar("E"), sd.scalar("F")
    inner = sd.solve_for(F - a * sd.sin(F) * 0.5 - E, F, start=E)
    return sd.solve_for(E - inner * 0.3 - a, E, start=a)


def test_equations_within_equations_keep_their_unknowns_apart():
    whole = equation_within_another()
    mapped = sd.vmap(whole, over=a, size="k")
    many = np.array([0.7, 0.77])
    expected = [sd.evaluate(whole, a=each) for each in many]
    np.testing.assert_allclose(sd.evaluate(mapped, a=many), expected, rtol=1e-14)
    moved = replaced([whole], {a: b * b})[0]
    np.testing.assert_allclose(sd.evaluate(moved, b=0.7**0.5), expected[0], rtol=1e-14)
    slopes = sd.vmap(sd.grad(whole, a), over=a, size="k")
    measured = (sd.evaluate(mapped, a=many + 1e-6) - sd.evaluate(mapped, a=many - 1e-6)) / 2e-6
    np.testing.assert_allclose(sd.evaluate(slopes, a=many), measured, rtol=1e-8)


def kepler():
    """Kepler's equation for a vector of anomalies."""
    z = sd.vector("z", "n")
    return sd.solve_for(z - a * sd.sin(z) - x, z, start=x)


def test_variables_of_equations_stay_in_them_where_an_argument_is_stretched():
    mapped = sd.vmap(kepler(), over=a, size="k")
    assert [v.attrs[0] for v in sd.inputs(mapped)] == ["x", "a"]
    values = sd.evaluate(mapped, a=[0.1, 0.6], x=[1.0, 2.0, 3.0])
    expected = [sd.evaluate(kepler(), a=each, x=[1.0, 2.0, 3.0]) for each in (0.1, 0.6)]
    np.testing.assert_allclose(values, expected, rtol=1e-14)


@pytest.mark.filterwarnings("error")
def test_derivations_measure_real_solutions_by_real_numbers():
    """A solution of a real unknown is no analytic function that the complex step could measure."""
    told = sd.explain(sd.sum(kepler() * y), [x, a])
    assert "solve_for" in told.text
