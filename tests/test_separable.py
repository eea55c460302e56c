"""Which formulas can be computed from parts of the rows, and what is said of those that cannot."""

from __future__ import annotations

import pytest

import symdiff as sd
from symdiff.registry import Fold

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
A, t, c = sd.matrix("A", "n", "n"), sd.vector("t", "n+1"), sd.vector("c", "d")
z = X @ w


def test_a_loss_with_its_derivatives() -> None:
    loss = sd.mean(sd.softplus(z) - y * z) + sd.scalar("lam") * sd.sum(w**2)
    assert str(sd.separable([loss, sd.grad(loss, w), sd.hessian(loss, w)], "n")) == (
        "separable over n\n"
        "each row of X, y  softplus(X w) − y ⊙ X w; σ(X w) − y; σ(X w) ⊙ (1 − σ(X w))\n"
        "sum over n        part1 = sum(softplus(X w) − y ⊙ X w)\n"
        "sum over n        part2 = Xᵀ(σ(X w) − y)\n"
        "sum over n        part3 = Xᵀ diag(σ(X w) ⊙ (1 − σ(X w))) X\n"
        "then              value1 = part1/n + lam sum(w²)\n"
        "then              value2 = part2/n + 2 lam w\n"
        "then              value3 = part3/n + 2 lam I"
    )


def test_what_is_a_fold_has_the_name_of_the_output() -> None:
    assert str(sd.separable([sd.max(y), sd.any(y > 0), sd.prod(y) / 2], "n")) == (
        "separable over n\n"
        "each row of y   y > 0\n"
        "maximum over n  value1 = max(y)\n"
        "any over n      value2 = any(y > 0)\n"
        "product over n  part1 = prod(y)\n"
        "then            value3 = part1/2"
    )


def test_names_of_parts_are_not_those_of_variables() -> None:
    part1 = sd.vector("part1", "n")
    assert "part2 = sum(part1)" in str(sd.separable(sd.sum(part1) + 1, "n"))


def test_another_size_of_the_same_formula() -> None:
    found = sd.separable(sd.sum((z - y) ** 2), "d")
    assert found
    assert found.variables == [X, w]
    assert dict(found.folds) == {z: Fold.ADD}
    assert "value = sum((part1 − y)²)" in str(found)


@pytest.mark.parametrize("size", ["n", sd.vector("q", "n").shape[0], sd.size("n")])
def test_a_size_is_given_as_elsewhere(size: object) -> None:
    assert sd.separable(sd.sum(y), size)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formula", "folds"),
    [
        (sd.sum(X), {Fold.ADD}),
        (X.T @ X, {Fold.ADD}),
        (sd.einsum("ni,nj,n->ij", X, X, y), {Fold.ADD}),
        (sd.max(X, axis=0) - sd.min(X), {Fold.MAXIMUM, Fold.MINIMUM}),
        (sd.all(X > 0), {Fold.AND}),
        (sd.sum(sd.logsumexp(X[:, None] - sd.matrix("mu", "k", "d"), axis=2)), {Fold.ADD}),
        (sd.sum(sd.softmax(X, axis=1)[:, 0] * y), {Fold.ADD}),
        (sd.sum(sd.sort(X, axis=1)[:, ::2]), {Fold.ADD}),
        (sd.log(sd.sum(sd.exp(y))), {Fold.ADD}),
        (sd.sum(sd.ones("n") * y) + sd.size("n"), {Fold.ADD}),
        (sd.sum(X @ X.T), {Fold.ADD}),  # which is simplified to the square of a sum
        (sd.grad(sd.sum(w[sd.vector("i", "n", dtype="int")] * y), w), {Fold.ADD}),
        (sd.max(y, initial=0.5), {Fold.MAXIMUM}),
        (sd.sum(sd.eye("n") @ sd.exp(y[:, None] * c)), {Fold.ADD}),  # so is a unit matrix
    ],
)
def test_what_is_separable(formula: sd.Node, folds: set[Fold]) -> None:
    found = sd.separable(formula, "n")
    assert found, found.reason
    assert set(found.folds.values()) == folds


def test_a_factor_that_needs_the_number_of_rows_is_taken_out() -> None:
    raw = sd.backprop(sd.mean((z - y) ** 2), [w]).gradients[0]
    found = sd.separable(raw, "n")
    assert not found.counts
    assert str(found).endswith("then              value = 2 part1/n")


def test_rows_that_need_their_number() -> None:
    found = sd.separable(sd.sum(sd.exp(y / sd.size("n"))), "n")
    assert found.counts == (sd.size("n"),)
    assert "known beforehand  n, the number of rows" in str(found)


TWO_PASSES = (
    "`{0}` needs `{1}`, which takes all rows, before its own rows: that is two passes. Compute "
    "`{1}` in the first, and make it a variable in the second"
)
MEETING = (
    "{0} has n twice: each row meets every other. What has each row once, such as X.T @ X, is "
    "separable"
)
TOGETHER = (
    "`{0}` takes all rows together, and what it is for parts of them does not combine; sums, "
    "products, extrema, any and all do"
)
SEVERAL = "each row of {0} comes from several rows of {1}"
OTHER = "{0} has a size that depends on n and is another: rows are not alone"
PLACES = (
    "the rows of {0} come from their places, not from a variable. Make it one; what takes an "
    "entry of each row at an index is sd.take_along_axis"
)
KEPT = (
    "the result {0} has all the rows, which no fold makes fewer. Sum over n, or call the "
    "compiled function for one part of the rows after the other"
)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (sd.sum((y - sd.mean(y)) ** 2), TWO_PASSES.format("y - sum(y)/n", "sum(y)/n")),
        (
            sd.sum(sd.where(sd.equal(y, sd.max(y)), z, 0)),
            TWO_PASSES.format("y == max(y)", "max(y)"),
        ),
        (sd.sum(sd.exp(X @ X.T)), MEETING.format("`X @ X.T` of shape (n, n)")),
        (sd.sum(A), MEETING.format("`A` of shape (n, n)")),
        (sd.outer(y, y)[0, 0] * y[0], MEETING.format("`outer(y, y)` of shape (n, n)")),
        (sd.median(y), TOGETHER.format("median(y)")),
        (sd.norm(y), TOGETHER.format("norm(y)")),
        (y[0], TOGETHER.format("y[0]")),
        (sd.det(X.T @ A @ X), MEETING.format("`A` of shape (n, n)")),
        (sd.sort(y)[0], SEVERAL.format("`sort(y, axis=0)` of shape (n,)", "`y`")),
        (
            sd.sum(sd.cumsum(X, axis=0)),
            SEVERAL.format("`cumsum(X, axis=0)` of shape (n, d)", "`X`"),
        ),
        (sd.var(y), SEVERAL.format("`centered(y)` of shape (n,)", "`y`")),
        (sd.sum(y[1:]), OTHER.format("`y[1:]` of shape (n - 1,)")),
        (sd.sum(sd.reshape(X, -1)), OTHER.format("`reshape(X, d*n)` of shape (d*n,)")),
        (sd.sum(t) * sd.sum(y), OTHER.format("`t` of shape (n + 1,)")),
        (sd.sum(sd.arange("n") * y), PLACES.format("`arange(n)` of shape (n,)")),
        (z, KEPT.format("`X @ w` of shape (n,)")),
        (sd.grad(sd.sum(y**3), y), KEPT.format("`3*y**2` of shape (n,)")),
    ],
)
def test_what_is_not_separable(formula: sd.Node, reason: str) -> None:
    found = sd.separable(formula, "n")
    assert not found
    assert str(found) == f"not separable over n: {reason}"


def test_the_first_reason_of_several_expressions() -> None:
    found = sd.separable([sd.sum(y), sd.sum(sd.sort(y)), sd.sum(y - sd.mean(y))], "n")
    assert "`sort(y, axis=0)`" in found.reason


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ("m", "no variable has an axis of size m; the named sizes of axes are: n"),
        (3, "rows are counted by a named size, such as 'n', not by 3"),
        ("2*n", r"rows are counted by a named size, such as 'n', not by 2\*n"),
    ],
)
def test_what_is_no_size_of_rows(size: object, message: str) -> None:
    with pytest.raises(sd.ArgumentError, match=f"^{message}$"):
        sd.separable(sd.sum(y), size)  # type: ignore[arg-type]


def test_a_long_chain_takes_one_walk() -> None:
    node = y
    for _ in range(20_000):
        node = sd.sin(node)
    assert sd.separable(sd.sum(node), "n")
