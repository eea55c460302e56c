"""Factors that several products have in common are multiplied once."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.node import Node, topological
from symdiff.rewrite.common_factors import with_common_factors

a, b, c, d = (sd.vector(name, "n") for name in "abcd")
s, t = sd.scalar("s"), sd.scalar("t")


def shared(*outputs: Node) -> list[str]:
    return [str(each) for each in with_common_factors(list(outputs))]


def passes(outputs: list[Node]) -> int:
    return sum(node.op.name in ("multiply", "divide") for node in topological(outputs))


def test_the_pair_of_most_products_comes_first() -> None:
    outputs = [a * b * c, d * b * c, a * (d * c) * b]
    assert shared(*outputs) == ["a ⊙ (b ⊙ c)", "d ⊙ (b ⊙ c)", "d ⊙ (a ⊙ (b ⊙ c))"]


def test_pairs_below_the_line() -> None:
    assert shared(a / (b * c), (d / c) / b) == ["a/(b ⊙ c)", "d/(b ⊙ c)"]


def test_a_product_of_scalars_first_is_as_good() -> None:
    """`(s t) a` is one pass over an array, and so is `s a`; sharing `s a` would save none."""
    outputs = [s * t * a, s * a]
    assert with_common_factors(outputs) == outputs


def test_what_has_no_common_pair_stays() -> None:
    outputs = [a * b, c * d, a / b, a * c]
    assert with_common_factors(outputs) == outputs
    assert with_common_factors([a * b * c]) == [a * b * c]


def test_products_inside_shared_products() -> None:
    """A factor that is made of products itself is the changed one in the result."""
    inner = sd.exp(a * b * c) + sd.exp(a * b * d)
    outputs = with_common_factors([inner * c * s, inner * c * t, inner * d])
    assert passes(outputs) == 7
    given = {name: np.array([0.5, -1.25]) for name in "abcd"} | {"s": 1.5, "t": -0.5}
    wanted = sd.evaluate([inner * c * s, inner * c * t, inner * d], **given)
    np.testing.assert_allclose(sd.evaluate(outputs, **given), wanted, rtol=1e-15)


def test_other_kinds_and_shapes_are_left_alone() -> None:
    k, m = sd.vector("k", "n", dtype="int"), sd.matrix("M", "m", "n")
    for outputs in ([k * k * k, k * k], [m * a * b, m * a * c], [k * a * b, k * a * c]):
        assert with_common_factors(outputs) == outputs


@pytest.mark.parametrize("seed", range(20))
def test_at_random_values_stay_and_passes_fall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = [a, b, c, d, s, t, sd.sin(a), sd.exp(b)]
    outputs = [a + b + c + d + s + t]
    for _ in range(6):
        chosen = rng.permutation(8)[: rng.integers(2, 7)]
        product: Node = 2.5 * factors[chosen[0]]
        for k in chosen[1:]:
            product = product * factors[k] if rng.random() < 0.7 else product / factors[k]
        outputs.append(a + product)
    found = with_common_factors(outputs)
    assert passes(found) <= passes(outputs)
    given = {name: rng.uniform(0.5, 2, 3) for name in "abcd"} | {"s": 1.5, "t": -0.5}
    for new, old in zip(sd.evaluate(found, **given), sd.evaluate(outputs, **given), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-14)


def test_many_products_share_one_pair_and_very_many_are_left_alone() -> None:
    for count, wanted in ((1500, 1501), (4000, 8000)):
        letters = [sd.scalar(f"x{k}") for k in range(count)]
        outputs = with_common_factors([s * (t * letter) for letter in letters])
        assert passes(outputs) == wanted
