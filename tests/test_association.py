"""The order of products at the sizes of a call, against all orders there are."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import combinations
from math import prod

import numpy as np
import pytest

import symdiff as sd
from symdiff.node import topological
from symdiff.rewrite.association import LONGEST_CHAIN, Association, reassociated


def chain(count: int, vector: bool = False) -> tuple[sd.Node, list[str]]:
    """A product of matrices from the left, of which the last may be a vector."""
    names = [f"n{k}" for k in range(count + 1)]
    product = sd.matrix("A0", names[0], names[1])
    for k in range(1, count):
        last = vector and k == count - 1
        factor = sd.vector("v", names[k]) if last else sd.matrix(f"A{k}", names[k], names[k + 1])
        product = product @ factor
    return product, names[:-1] if vector else names


def all_costs(lengths: tuple[int, ...]) -> Iterator[int]:
    """The operations of every order of a chain of matrices."""
    if len(lengths) == 2:
        yield 0
    for k in range(1, len(lengths) - 1):
        for left in all_costs(lengths[: k + 1]):
            for right in all_costs(lengths[k:]):
                yield left + right + 2 * lengths[0] * lengths[k] * lengths[-1]


def operations(node: sd.Node, sizes: dict[str, int]) -> int:
    cost = sd.cost(node)
    return cost.at(**{name: sizes[name] for name in cost.sizes}).operations


@pytest.mark.parametrize("count", range(2, 9))
@pytest.mark.parametrize("vector", [False, True])
def test_a_chain_is_as_cheap_as_the_best_of_all_orders(count: int, vector: bool) -> None:
    product, names = chain(count, vector)
    association = Association([product])
    rng = random.Random(count)
    for _ in range(4):
        sizes = {name: rng.choice([1, 2, 3, 10, 50, 200]) for name in names}
        lengths = (*sizes.values(), *([1] if vector else []))
        (found,) = association.written(association.choice(sizes))
        assert operations(found, sizes) == min(all_costs(lengths))
        assert found.shape == product.shape


@pytest.mark.parametrize(
    ("formula", "shapes"),
    [
        ("A @ B @ C @ v", {"A": "n m", "B": "m k", "C": "k p", "v": "p"}),
        ("(A @ B).T @ C @ D.T", {"A": "n m", "B": "m k", "C": "n p", "D": "k p"}),
        ("trace(A @ B @ C)", {"A": "n m", "B": "m k", "C": "k n"}),
        ("u @ A @ B @ v", {"u": "n", "A": "n m", "B": "m k", "v": "k"}),
        ("outer(u, v) @ A @ B", {"u": "n", "v": "m", "A": "m k", "B": "k p"}),
        ("A @ B @ C", {"A": "b n m", "B": "b m k", "C": "b k p"}),
        ("A @ B @ C", {"A": "b n m", "B": "m k", "C": "b k p"}),
        ("einsum('ij,jk,il->kl', A, B, C)", {"A": "n m", "B": "m k", "C": "n p"}),
        ("sin(A @ B @ v) @ C @ D", {"A": "n m", "B": "m k", "v": "k", "C": "n p", "D": "p k"}),
    ],
)
def test_values_stay_and_work_does_not_grow(formula: str, shapes: dict[str, str]) -> None:
    node = sd.simplify(sd.parse(formula, **shapes))
    rng = np.random.default_rng(7)
    for turn in range(6):
        sizes = {n: int(s) for n, s in zip("bnmkp", rng.permutation([1, 2, 3, 5, 7]), strict=True)}
        sizes = sizes if turn else dict.fromkeys(sizes, 3)
        given = {n: rng.normal(size=[sizes[s] for s in s.split()]) for n, s in shapes.items()}
        (found,) = reassociated([node], sizes)
        assert operations(found, sizes) <= operations(node, sizes)
        np.testing.assert_allclose(
            sd.evaluate(found, **given), sd.evaluate(node, **given), rtol=1e-11, atol=1e-12
        )


def cheapest(factors: list[str], output: str, sizes: dict[str, int]) -> int:
    """The fewest operations of a network of factors in `einsum`'s letters, trying every pair."""
    if len(factors) == 1:
        return 0
    costs = []
    for a, b in combinations(range(len(factors)), 2):
        rest = [f for k, f in enumerate(factors) if k not in (a, b)]
        letters = {*factors[a], *factors[b]}
        kept = {i for i in letters if i in output or any(i in f for f in rest)}
        work = (1 + (kept != letters)) * prod(sizes[i] for i in letters)
        costs.append(work + cheapest(["".join(sorted(kept)), *rest], output, sizes))
    return min(costs)


@pytest.mark.parametrize("spec", ["ij,jk,jl,lm->ikm", "ij,jk,kl,l,i->", "ab,bc,cd,da,e->e"])
def test_networks_that_are_no_chains_are_best_of_all_orders(spec: str) -> None:
    factors, output = spec.split("->")[0].split(","), spec.split("->")[1]
    arrays = [sd.tensor(f"A{k}", *factor) for k, factor in enumerate(factors)]
    product, letters = arrays[0], factors[0]
    for k, factor in enumerate(factors[1:], 1):  # one by one from the left
        rest = "".join(factors[k + 1 :]) + output
        kept = "".join(i for i in dict.fromkeys(letters + factor) if i in rest)
        kept = output if k == len(factors) - 1 else kept
        product = sd.einsum(f"{letters},{factor}->{kept}", product, arrays[k])
        letters = kept
    rng = random.Random(spec)
    for _ in range(5):
        sizes = {i: rng.choice([2, 3, 10, 40]) for i in "abcdeijklm"}
        (found,) = reassociated([product], sizes)
        assert operations(found, sizes) == cheapest(factors, output, sizes)


def test_what_is_shared_is_computed_once() -> None:
    X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    loss = sd.sum((X @ w - y) ** 2)
    outputs = sd.simplify([loss, sd.grad(loss, w)])
    for sizes in ({"n": 2, "d": 1000}, {"n": 1000, "d": 2}):
        assert Association(outputs).choice(sizes) == ()
    A, B = sd.matrix("A", "n", "d"), sd.matrix("B", "d", "k")
    product = A @ B
    outputs = [sd.exp(product), product @ sd.vector("v", "k")]
    found = reassociated(outputs, {"n": 100, "d": 100, "k": 100})
    assert found == outputs


def test_sizes_with_one_answer_share_a_key() -> None:
    product, names = chain(3)
    association = Association([product])
    wide, wider, narrow = (
        association.choice(dict(zip(names, lengths, strict=True)))
        for lengths in ((9, 9, 9, 1), (90, 70, 80, 1), (1, 9, 9, 9))
    )
    assert wide == wider != narrow == ()
    assert {wide: 1}[wider] == 1
    assert association and not Association([sd.exp(sd.vector("x", "n"))])


def test_empty_axes_have_an_order() -> None:
    product, names = chain(4)
    for empty in names:
        sizes = {name: 0 if name == empty else 3 for name in names}
        (found,) = reassociated([product], sizes)
        assert found.shape == product.shape
    product, names = chain(LONGEST_CHAIN + 5)
    reassociated([product], dict.fromkeys(names, 0))


def test_long_chains_take_linear_time_and_are_nearly_best() -> None:
    rng = random.Random(3)
    for count in (LONGEST_CHAIN, LONGEST_CHAIN + 1):
        product, names = chain(count)
        sizes = {name: rng.randint(1, 300) for name in names}
        (found,) = reassociated([product], sizes)
        lengths = list(sizes.values())
        best = [[0] * (count + 1) for _ in range(count + 1)]
        for span in range(2, count + 1):
            for i in range(count + 1 - span):
                best[i][i + span] = min(
                    best[i][k] + best[k][i + span]
                    + 2 * prod((lengths[i], lengths[k], lengths[i + span]))
                    for k in range(i + 1, i + span)
                )  # fmt: skip
        limit = 1.155 if count > LONGEST_CHAIN else 1
        assert best[0][count] <= operations(found, sizes) <= limit * best[0][count]
    product, names = chain(3000, vector=True)
    association = Association([product])
    start = time.perf_counter()
    choice = association.choice(dict.fromkeys(names, 10))
    (found,) = association.written(choice)
    assert time.perf_counter() - start < 10
    assert hash(choice) is not None
    assert max(node.ndim for node in topological([found]) if node.args) == 1
