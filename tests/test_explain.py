"""`sd.explain`: what a derivation says, what it leaves out, what it refuses, and its checks."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from broken_rules import broken

import symdiff as sd
from symdiff.differences import Point
from symdiff.errors import ArgumentError, ExplanationError, InputError
from symdiff.explain.course import PARTS, Course, Options
from symdiff.explain.passes import take
from symdiff.explain.steps import BackwardStep, ForwardStep, RuleStep
from symdiff.registry import OPS, Partials
from symdiff.show.document import Blank, Grid, Math, Section
from symdiff.show.wording import Wording
from symdiff.show.writers.key import blanks

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
A, v = sd.matrix("A", "n", "n"), sd.vector("v", "n")
a, b, x = sd.scalar("a"), sd.scalar("b"), sd.scalar("x")
LEAST_SQUARES = sd.sum((X @ w - y) ** 2)

Golden = Callable[[str, str], None]


def sections(derivation: sd.Derivation) -> dict[str, Section]:
    """All sections by their keys, inner ones too."""
    found = derivation.document.blocks()
    return {block.key: block for block in found if isinstance(block, Section)}


def grid(section: Section) -> Grid:
    """The table of a section."""
    return next(block for block in section.blocks if isinstance(block, Grid))


def column(table: Grid, name: str) -> list[str]:
    """What stands in a column, as plain text."""
    place = table.columns.index(name)
    return ["".join(getattr(p, "pretty", p) for p in row.cells[place]) for row in table.rows]


def told(*arguments: Any, **options: Any) -> sd.Derivation:
    """A derivation without the errors of its checks, whose last digits depend on the machine."""
    return sd.explain(*arguments, without="check", **options)


# What is said -------------------------------------------------------------------------------------

DERIVATIONS: dict[str, Callable[[], sd.Derivation]] = {
    "least_squares": lambda: told(LEAST_SQUARES, [w, X]),
    "least_squares_zh": lambda: told(LEAST_SQUARES, w, lang="zh"),
    "least_squares_short": lambda: told(LEAST_SQUARES, w, names={"r": "X @ w - y"}, detail="short"),
    "chain_of_three": lambda: told(sd.sin(sd.sin(sd.sin(x))), x, at={"x": 0.5}),
    "two_paths": lambda: told(sd.sin(x) * sd.exp(x) + a, [x, a, b]),
    "cross_entropy": lambda: told(-sd.sum(y * sd.log(sd.softmax(X @ w))), w),
    "hessian": lambda: told(LEAST_SQUARES, w, order=2),
    "jacobian": lambda: told(sd.softmax(A @ v), v),
    "exercise": lambda: told(LEAST_SQUARES, w, blanks="local"),
}


@pytest.mark.parametrize("name", DERIVATIONS)
@pytest.mark.parametrize("notation", ["text", "latex"])
def test_golden(name: str, notation: str, golden: Golden) -> None:
    written: str = getattr(DERIVATIONS[name](), notation)
    golden(f"derivations/{name}.{'txt' if notation == 'text' else 'tex'}", written + "\n")


# It is the computation ----------------------------------------------------------------------------


def test_the_steps_are_those_of_the_pass() -> None:
    derivation = sd.explain(LEAST_SQUARES, w)
    [explained] = derivation.passes
    edges = [step.contribution for step in derivation.steps if isinstance(step, BackwardStep)]
    assert edges == sd.backprop(LEAST_SQUARES, w).steps
    assert explained.taken.gradients == (sd.grad(LEAST_SQUARES, w),)
    assert derivation.results[0].derivative is sd.grad(LEAST_SQUARES, w)


def test_rules_are_listed_in_order() -> None:
    loss = -sd.sum(y * sd.log(sd.softmax(X @ w)))
    rules = [step for step in sd.explain(loss, w).steps if isinstance(step, RuleStep)]
    assert [step.step.rule for step in rules if step.preparing] == ["logarithm of a softmax"]
    assert rules[-1].step.after is sd.grad(loss, w).args[-1] or rules[-1].check.ok


def test_values_are_those_of_evaluate() -> None:
    at = {"X": np.eye(2), "w": [1.0, 2.0], "y": [0.0, 0.5]}
    steps = sd.explain(LEAST_SQUARES, w, at=at).steps
    for step in steps:
        if isinstance(step, ForwardStep):
            names = {u.attrs[0] for u in sd.inputs(step.node)}
            given = {name: value for name, value in at.items() if name in names}
            assert np.array_equal(step.value, sd.evaluate(step.node, **given))


def test_the_gradient_table_shows_the_values_of_cotangents() -> None:
    table = grid(sections(sd.explain(sd.sin(sd.sin(x)), x, at={"x": 0.5}))["gradients"])
    assert column(table, "value") == ["1", "0.8873", "0.7786"]


def test_sums_over_paths_are_shown_as_sums() -> None:
    table = grid(sections(sd.explain(sd.sin(x) * sd.exp(x), x))["gradients"])
    assert column(table, "entry")[-1] == "∂L/∂x = (3) + (4)"


def test_a_second_derivative_is_that_of_hessian() -> None:
    f = v @ A @ v + x**3 * sd.sum(v)
    results = sd.explain(f, [v, x], order=2).results
    table = sd.hessian(f, [v, x])
    assert [each.derivative for each in results] == [block for row in table for block in row]
    names = [each.name.pretty for each in results]
    assert names == ["∂²L/∂v∂v", "∂²L/∂v∂x", "∂²L/∂x∂v", "∂²L/∂x²"]


def test_a_third_derivative() -> None:
    [result] = sd.explain(x**4, x, order=3).results
    assert result.derivative is sd.grad(x**4, x, order=3)
    assert result.name.pretty == "∂³L/∂x³"


def test_a_jacobian_is_that_of_jacobian() -> None:
    F = sd.tanh(X @ w)
    results = sd.explain(F, [w, X]).results
    assert [each.derivative for each in results] == sd.jacobian(F, [w, X])


# Names --------------------------------------------------------------------------------------------


def test_names_of_the_user() -> None:
    derivation = sd.explain(LEAST_SQUARES, w, names={"z": X @ w, "r": "z - y"})
    names = column(grid(sections(derivation)["forward"]), "name")
    assert names == ["X", "w", "z", "y", "r", "u₁", "L"]


def test_letters_of_variables_are_not_used_again() -> None:
    u1, L = sd.scalar("u1"), sd.scalar("L")
    derivation = sd.explain(sd.sin(u1 * L) ** 2, u1)
    names = column(grid(sections(derivation)["forward"]), "name")
    assert names == ["u1", "L", "v₁", "v₂", "J"]


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        sd.explain(LEAST_SQUARES, w, names={"d": X @ w})
    assert str(caught.value) == "'d' already is a variable or a size of the formula"


# Parts --------------------------------------------------------------------------------------------


def test_each_part_can_be_left_out() -> None:
    loss = -sd.sum(y * sd.log(sd.softmax(X @ w)))
    whole = sections(sd.explain(loss, w))
    for part in set(PARTS) - {"check", "network"}:
        assert part in whole
        assert part not in sections(sd.explain(loss, w, without=[part]))


def test_without_checks_nothing_is_computed() -> None:
    derivation = sd.explain(sd.gamma(x) * 2, x, without="check")
    checks = [s.check for s in derivation.steps if not isinstance(s, ForwardStep)]
    assert checks == [None] * len(checks)
    assert "check" not in grid(sections(derivation)["gradients"]).columns


def test_short_is_shorter() -> None:
    short, full = (sd.explain(LEAST_SQUARES, w, detail=d).text for d in ("short", "full"))
    assert len(short.splitlines()) < len(full.splitlines()) / 2


def test_both_languages_say_the_same() -> None:
    english, chinese = (sd.explain(LEAST_SQUARES, w, lang=lang).document for lang in ("en", "zh"))
    assert [type(b) for b in english.blocks()] == [type(b) for b in chinese.blocks()]


# Exercises ----------------------------------------------------------------------------------------


def test_a_column_of_blanks() -> None:
    document = sd.explain(LEAST_SQUARES, w, blanks="contribution").document
    asked = list(blanks(document))
    assert len(asked) == 4
    assert [blank.number for blank in asked] == [1, 2, 3, 4]
    assert document.sections[-1].key == "key"
    answer = document.sections[-1].blocks[-1].line[1]
    assert answer.pretty == "Xᵀ ∂L/∂u₁"


def test_some_blanks_at_random() -> None:
    def asked(part: float, seed: int = 0) -> list[Blank]:
        return list(blanks(sd.explain(LEAST_SQUARES, w, blanks=part, seed=seed).document))

    assert asked(0) == []
    assert 0 < len(asked(0.3)) < len(asked(1))
    assert asked(0.3) == asked(0.3)
    assert asked(0.3) != asked(0.3, seed=1)


# Notebooks ----------------------------------------------------------------------------------------


def test_a_notebook_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = sd.explain(LEAST_SQUARES, w)._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Derivative of L by w")
    assert bundle["text/html"].startswith("<style>")
    assert '<article class="symdiff" lang="en">' in bundle["text/html"]
    monkeypatch.setitem(sys.modules, "latex2mathml", None)
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert set(sd.explain(LEAST_SQUARES, w, detail="short")._repr_mimebundle_()) == {"text/plain"}


# Refusals -----------------------------------------------------------------------------------------

REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"detail": "long"}, "detail must be one of 'short', 'full', not 'long'"),
    ({"lang": "de"}, "lang must be one of 'en', 'zh', not 'de'"),
    (
        {"without": ["forwards"]},
        "there is no part 'forwards' to leave out; there are 'preparation', 'forward', 'network', "
        "'gradients', 'reasons', 'textbook', 'differentials', 'simplification', 'result', 'check'",
    ),
    (
        {"blanks": "rule"},
        "blanks must be one of 'local', 'contribution', 'entry', 'shape', 'formula' or a number "
        "between 0 and 1, not 'rule'",
    ),
    ({"blanks": 2}, "blanks must be a column or a number between 0 and 1, not 2"),
    (
        {"at": {"z": 1.0}},
        "at has a value for 'z'; the variables here are X, w, y",
    ),
    ({"order": 0}, "the order of a derivative is a whole number above 0, not 0"),
]


@pytest.mark.parametrize(("options", "message"), REFUSALS)
def test_options_that_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        sd.explain(LEAST_SQUARES, w, **options)
    assert str(caught.value) == message


def test_higher_orders_of_arrays_are_refused() -> None:
    with pytest.raises(sd.DerivativeError) as caught:
        sd.explain(X @ w, w, order=2)
    assert str(caught.value) == (
        "derivatives of order 2 are explained for scalars, not for `X @ w` of shape (n,); "
        "take one entry of it, or its sum"
    )


# Errors of the program ----------------------------------------------------------------------------


def test_a_broken_rule_is_never_printed() -> None:
    wrong = Partials((lambda out, u: -sd.cos(u),))
    with broken(OPS["sin"], wrong), pytest.raises(sd.ExplanationError) as caught:
        sd.explain(sd.sin(x * 2.5), x)
    assert str(caught.value).startswith(
        "what `sin` sends from `sin(x*2.5)` to `x*2.5` differs from what was measured by 2.0e+00"
    )
    assert str(caught.value).endswith("this is an error of symdiff, please report it")


def test_sums_that_vanish_are_no_error() -> None:
    for axis in (0, 1):
        A = sd.matrix("A", "n", "m")
        for seed in range(3):
            text = sd.explain(sd.sum(sd.softmax(A, axis)), A, seed=seed).text
            assert "ok" in text


def test_a_matrix_that_is_nearly_singular_is_no_error() -> None:
    A = sd.matrix("A", "n", "n")
    at = {A: np.ones((3, 3)) + 1e-9 * np.eye(3)}
    text = sd.explain(sd.sum(sd.inv(A)), A, at=at).text
    assert "lost in rounding" in text


def test_what_is_left_of_a_rule_by_rounding_has_no_error() -> None:
    s = sd.scalar("s")
    target = sd.cos(sd.arcsin(sd.tanh(s) / 2))
    for step in sd.explain(target, s, order=2).steps:
        check = getattr(step, "check", None)
        assert check is None or not check.compared or check.error < 1e-8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": {"q": 3}}, "there is no named size 'q'; the target has 'n'"),
        ({"sizes": {"n": -3}}, "size n must be a whole number from 0 on, not -3"),
        ({"sizes": {"n": 2.5}}, "size n must be a whole number from 0 on, not 2.5"),
        ({"sizes": [3]}, "sizes gives numbers by name, {'n': 3}, not [3]"),
        ({"at": [1, 2]}, "at gives values by variable or name, {x: …}, not [1, 2]"),
        ({"seed": -1}, "seed must be a whole number from 0 on, not -1"),
        ({"without": [["check"]]}, "there is no part ['check'] to leave out"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, object], message: str) -> None:
    x = sd.vector("x", "n")
    with pytest.raises(ArgumentError, match=re.escape(message)):
        sd.explain(sd.sum(x * x), x, **options)  # type: ignore[arg-type]


def test_values_that_are_no_numbers() -> None:
    x = sd.vector("x", "n")
    for value in ("hello", [[1, 2], [3]]):
        with pytest.raises(InputError, match=r"the value for `x` of shape \(n,\) is no array"):
            sd.explain(sd.sum(x * x), x, at={"x": value})


def test_what_is_asked_twice_is_answered_once() -> None:
    x = sd.vector("x", "n")
    derivation = sd.explain(sd.sum(sd.sin(x)), [x, x])
    assert derivation.wrt == (x,)
    assert "dL = (cos(x)) : dx\n" in derivation.text


def test_a_variable_that_is_called_as_a_differential() -> None:
    x, dx = sd.vector("x", "n"), sd.vector("dx", "n")
    text = sd.explain(sd.sum(sd.sin(x) * dx), [x, dx]).text
    assert "dL = (dx ⊙ cos(x)) : (d(x)) + (sin(x)) : ddx" in text


def test_a_variable_that_is_called_as_kroneckers_delta() -> None:
    for name in ("δ", "delta"):
        error, W = sd.matrix(name, "n", "d"), sd.matrix("W", "d", "m")
        steps = sd.explain(sd.sum((error @ W) ** 2), W).steps
        last = [step for step in steps if isinstance(step, BackwardStep)][-1]
        assert last.edge.local.math.pretty == f"∂(u₁)ᵢⱼ/∂Wₗₚ = [j = p] {name}ᵢₗ"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"x": "sin(x)"}, "'x' already is a variable or a size of the formula"),
        ({"q": "cos(x)"}, "'q' names `cos(x)`, which is no part of the target"),
        ({"q": "x"}, "'q' names `x`, a variable, which needs no name"),
        ({"q": 2}, "'q' names `2`, a constant, which needs no name"),
        ({"q": "sin(x)", "r": "sin(x)"}, "`sin(x)` has two names, 'q' and 'r'"),
        (["q"], "names gives parts by name, {'z': X @ w}, not ['q']"),
    ],
)
def test_names_that_name_nothing(names: Any, message: str) -> None:
    x = sd.vector("x", "n")
    with pytest.raises(ArgumentError, match=re.escape(message)):
        sd.explain(sd.sum(sd.sin(x) ** 2), x, names=names)


def test_blanks_where_there_are_no_tables() -> None:
    s = sd.scalar("s")
    with pytest.raises(ArgumentError, match="nothing here can be left blank"):
        sd.explain(sd.sin(s), s, detail="short", without=["forward"], blanks="local")


def test_very_many_variables_are_compared_together() -> None:
    many = [sd.scalar(f"x{k}") for k in range(30)]
    unused = sd.scalar("z")
    target = sd.sin(many[0]) + many[3] * many[4]
    for v in many[1:]:
        target = target + sd.tanh(v)
    table = sections(sd.explain(target, [*many, unused]))["result"].blocks[-1]
    assert isinstance(table, Grid)
    first, last = ([c.pretty for c in row.cells[0] if isinstance(c, Math)] for row in table.rows)
    assert first == ["∂L/∂x0, ∂L/∂x1, …, ∂L/∂x29"]
    assert last == ["∂L/∂z"]


def test_a_wrong_gradient_among_very_many_is_named() -> None:
    many = [sd.scalar(f"x{k}") for k in range(30)]
    target = sd.sin(many[0])
    for v in many[1:]:
        target = target + sd.tanh(v)
    point = Point.draw(target, {}, {}, np.random.default_rng(0))
    course = Course(
        take(target, many, {}), point, Options(Wording("en"), frozenset(PARTS), False, False)
    )
    course.taken.table.cotangents[many[7]] = sd.constant(0.5)
    with pytest.raises(ExplanationError, match="the derivative by `x7` differs"):
        Course(course.taken, point, course._options).final_checks()
