"""What the playground answers is what the library gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

import symdiff as sd
from symdiff.show.document import Math
from symdiff.show.wording import LANGUAGES, PHRASES
from symdiff.web.answer import answer
from symdiff.web.asked import Asked
from symdiff.web.examples import EXAMPLES
from symdiff.web.inquiry import KINDS
from symdiff.web.limits import Limits
from symdiff.web.page import assets
from symdiff.web.tree import tree, typeset
from symdiff.web.views import VIEWS

SHAPES = {"X": "n d", "w": "d", "y": "n"}
X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
LOSS = sd.sum((X @ w - y) ** 2)
_GROW = assets()["grow.js"][0].decode()
FORMULA = "sum((X @ w - y)**2)"


def asked(formula: str = FORMULA, **changed: Any) -> dict[str, Any]:
    """The answer, as it comes out of JSON."""
    usual: dict[str, Any] = {
        "shapes": SHAPES, "wrt": ["w"], "kind": "gradient", "view": "closed", "language": "en",
    }  # fmt: skip
    found: dict[str, Any] = json.loads(json.dumps(answer(Asked(formula, **(usual | changed)))))
    return found


GROWN = set(re.findall(r"[\w-]+", " ".join(re.findall(r"words\(\s*`(.*?)`", _GROW, re.DOTALL))))
"""The tags and attributes that the page shows; it refuses others."""


# Views ------------------------------------------------------------------------------------------


def test_closed_form() -> None:
    found = asked()
    gradient = sd.grad(LOSS, w)
    (card,) = found["cards"]
    copies = {"pretty": sd.pretty(gradient), "text": sd.text(gradient), "latex": sd.latex(gradient)}
    assert card["card"] == "formula"
    assert card["copies"] == copies
    assert card["plain"] == "∂L/∂w = 2 Xᵀ(X w − y)"
    assert card["math"] == typeset(
        Math(
            "∂L/∂w = 2 Xᵀ(X w − y)", f"\\frac{{\\partial L}}{{\\partial w}} = {sd.latex(gradient)}"
        )
    )
    assert card["note"] == "shape (d,)"
    assert found["reading"]["plain"] == "L = sum((X w − y)²)"
    assert found["reading"]["note"] == "scalar"
    assert found["names"] == [
        {"name": "X", "shape": "(n, d)", "derivable": True, "asked": False},
        {"name": "w", "shape": "(d,)", "derivable": True, "asked": True},
        {"name": "y", "shape": "(n,)", "derivable": True, "asked": False},
    ]
    assert "error" not in found


def test_each_kind_by_each_variable() -> None:
    gradients = asked(wrt=["y", "X"])["cards"]
    assert [card["plain"] for card in gradients] == [
        "∂L/∂X = 2 (X w − y) wᵀ",
        "∂L/∂y = −2 (X w − y)",
    ]
    hessians = asked(wrt=["w", "y"], kind="hessian")["cards"]
    assert [card["plain"] for card in hessians] == [
        "∂²L/∂w² = 2 Xᵀ X",
        "∂²L/∂w∂y = −2 Xᵀ",
        "∂²L/∂y∂w = −2 X",
        "∂²L/∂y² = 2 I",
    ]
    (jacobian,) = asked("X @ w", kind="jacobian")["cards"]
    assert (jacobian["plain"], jacobian["note"]) == ("∂y/∂w = X", "shape (n, d)")


def test_derivation() -> None:
    (card,) = asked(view="derivation")["cards"]
    expected = sd.explain(LOSS, [w])
    assert card["tree"] == json.loads(json.dumps(tree(expected.html)))
    (card,) = asked(view="derivation", kind="hessian", language="zh")["cards"]
    assert card["tree"] == tree(sd.explain(LOSS, [w], order=2, lang="zh").html)
    assert card["tree"][1]["lang"] == "zh"


def test_picture() -> None:
    whole, simplified = asked(view="picture")["cards"]
    assert whole["copies"]["svg"] == sd.draw(LOSS, [w]).svg
    assert whole["tree"] == tree(whole["copies"]["svg"])
    assert whole["steps"] == sd.draw(LOSS, [w]).steps == 4
    assert simplified["copies"]["svg"] == sd.draw(LOSS, [w], simplify=True).svg
    (card,) = asked(view="picture", kind="hessian")["cards"]
    assert card["copies"]["svg"] == sd.draw([sd.hessian(LOSS, w)]).svg
    assert "style" not in {part[0] for part in card["tree"][2:]}


def test_numpy() -> None:
    function, file = asked(view="numpy")["cards"]
    source = sd.emit(LOSS, wrt=[w], name="value_and_grad", check=False)
    assert (file["text"], file["folded"]) == (source, True)
    assert function["text"] == source[source.index("def value_and_grad(") :]
    _, file = asked(view="numpy", kind="hessian")["cards"]
    assert file["text"] == sd.emit([sd.hessian(LOSS, w)], name="hessian")


def test_latex() -> None:
    (card,) = asked(view="latex")["cards"]
    expected = f"\\frac{{\\partial L}}{{\\partial w}} = {sd.latex(sd.grad(LOSS, w))}"
    assert card["text"] == expected


@pytest.mark.parametrize("kind", ["gradient", "hessian"])
def test_check(kind: str) -> None:
    remark, grid = asked(view="check", kind=kind)["cards"]
    report = sd.check_gradient(LOSS, [w], order=2 if kind == "hessian" else 1)
    measured = len(report.measurements)
    assert remark["text"] == (
        f"All {measured} derivatives that were measured at random values agree with the derived "
        "ones."
    )
    assert grid["ok"] == [True] * len(report.summaries) == [True] * (4 if kind == "hessian" else 2)
    assert [int(row[4]) for row in grid["rows"]] == [each.tried for each in report.summaries]


def test_check_says_where_a_derivative_is_a_convention() -> None:
    remark, note, _ = asked("sum(relu(x - x))", shapes={"x": "n"}, wrt=[], view="check")["cards"]
    assert remark["text"].startswith(("All", "Of"))
    assert note["text"].startswith("At this very point, ")


def test_table() -> None:
    forward, appended, results = asked(view="table")["cards"]
    rows = [*sd.table([LOSS, sd.grad(LOSS, w)])]
    assert [row[1] for row in forward["rows"]] == [row.op for row in rows[:8]]
    assert forward["rows"][-1] == ["#8", "sum", "#7", "()", "sum((X w − y)²)"]
    assert [row[4] for row in appended["rows"]] == [row.expression for row in rows[8:]]
    assert results["text"] == "L = #8; ∂L/∂w = #10"


def test_a_long_table_is_abridged() -> None:
    formula = "+".join(f"sin({k}*x)" for k in range(2, 300))
    forward, appended, _ = asked(formula, wrt=["x"], view="table")["cards"]
    assert len(forward["rows"]) == 401
    assert forward["rows"][200] == ["…"] * 5
    assert appended["rows"]


# What is asked ----------------------------------------------------------------------------------


def test_names_without_a_shape_are_scalars_and_sizes_are_no_variables() -> None:
    found = asked("sum(x)/n + lam", shapes={"x": "n"}, wrt=["lam"])
    shapes = {each["name"]: each["shape"] for each in found["names"]}
    assert shapes == {"x": "(n,)", "lam": "()"}
    assert found["cards"][0]["plain"] == "∂L/∂lam = 1.0"


def test_sizes_are_inferred() -> None:
    found = asked("A @ x", shapes={"A": "matrix", "x": "vector"}, wrt=["x"], kind="jacobian")
    assert [each["shape"] for each in found["names"]] == ["(n, d)", "(d,)"]


def test_unknown_variables_do_not_count() -> None:
    found = asked(wrt=["gone", "y"])
    assert [each["asked"] for each in found["names"]] == [False, False, True]
    found = asked(wrt=["gone"])
    assert [each["asked"] for each in found["names"]] == [True, False, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_of_every_example(language: str) -> None:
    for example in EXAMPLES:
        for view in VIEWS:
            found = asked(
                example.formula, shapes=dict(example.shapes), wrt=list(example.wrt),
                kind=example.kind, view=view, language=language,
            )  # fmt: skip
            assert found["cards"], (example.key, view)
            assert "error" not in found
            assert all(all(card.get("ok") or [True]) for card in found["cards"])
            assert _words(found) <= GROWN, (example.key, view)
            assert [e["name"] for e in found["names"] if e["asked"]] == [
                name for name in _in_order(found) if name in example.wrt
            ]


def _words(found: Any) -> set[str]:
    """The tags and attributes of all trees in an answer."""
    if isinstance(found, dict):
        return set().union(*map(_words, found.values()))
    if not isinstance(found, list):
        return set()
    inner: set[str] = set().union(*map(_words, found))
    is_tree = len(found) > 1 and isinstance(found[0], str) and isinstance(found[1], dict)
    return inner | {found[0], *found[1]} if is_tree else inner


def _in_order(found: dict[str, Any]) -> list[str]:
    return [each["name"] for each in found["names"]]


def test_the_catalogue_has_a_title_for_everything() -> None:
    assert {f"play.view.{view}" for view in VIEWS} <= PHRASES.keys()
    assert {f"play.kind.{kind}" for kind in KINDS} <= PHRASES.keys()
    assert {f"play.example.{example.key}" for example in EXAMPLES} <= PHRASES.keys()


# Errors -----------------------------------------------------------------------------------------


def test_errors_have_the_librarys_text_and_their_position() -> None:
    found = asked("sum((X @ w - q)**2")
    with pytest.raises(sd.ParseError) as caught:
        sd.parse("sum((X @ w - q)**2", **SHAPES, q="")
    assert found["error"] == {
        "kind": "ParseError",
        "text": str(caught.value),
        "position": 3,
        "shape": None,
    }
    assert str(caught.value).endswith("\n  sum((X @ w - q)**2\n     ^")
    assert [each["name"] for each in found["names"]] == ["X", "w", "q"]
    assert "cards" not in found


@pytest.mark.parametrize(
    ("formula", "position"),
    [("x +", 3), ("x + $", 4), ("𝒙 + §", 4), ("'x", 0), ("foo(x)", 0), ("x + sum(x", 7)],
)
def test_positions_count_characters(formula: str, position: int) -> None:
    found = asked(formula, shapes={})
    assert found["error"]["position"] == position
    *_, line, caret = found["error"]["text"].split("\n")
    assert line == f"  {formula}"
    assert caret == " " * (position + 2) + "^"


def test_a_wrong_shape_is_told_from_a_wrong_formula() -> None:
    found = asked("sum(x)", shapes={"x": "n d-"})
    assert found["error"]["shape"] == "x"
    assert found["error"]["position"] is None
    assert "shape of 'x'" in found["error"]["text"]
    assert found["names"] == [{"name": "x"}]
    found = asked("X @ y")
    assert found["error"]["kind"] == "ShapeError"
    assert (found["error"]["shape"], found["error"]["position"]) == (None, 2)


def test_a_misspelt_function_is_no_product() -> None:
    found = asked("sum(sofmax(x))", shapes={"x": "n"})
    assert "unknown function 'sofmax'; did you mean 'softmax'?" in found["error"]["text"]
    assert [each["name"] for each in found["names"]] == ["x"]
    found = asked("w(2 + X)", shapes={"w": "", "X": "n"}, kind="jacobian", wrt=["X"])
    assert found["reading"]["plain"] == "y = w (2 + X)"


def test_an_error_of_a_view_leaves_the_reading() -> None:
    found = asked("X @ w")
    assert found["reading"]["plain"] == "y = X w"
    assert found["error"]["kind"] == "DerivativeError"
    assert "not a scalar" in found["error"]["text"]
    found = asked("1 + 2", shapes={})
    assert found["error"]["text"] == "the formula has no variable to differentiate by, such as x"


# Formulas as trees ------------------------------------------------------------------------------


def test_what_is_typeset_holds_no_markup() -> None:
    found = typeset(Math("a < b", r"a < b \& \mathrm{<b>\&amp;</b>}"))
    assert "".join(_texts(found)) == "a<b&<b>&amp;</b>"
    assert tree("<p>&lt;i&gt; &amp;amp; <style>p{}</style><wbr>&nbsp;</p>") == [
        "p", {}, "<i> &amp; ", ["wbr", {}], "\N{NO-BREAK SPACE}",
    ]  # fmt: skip


def test_wide_formulas_are_set_in_parts() -> None:
    (card,) = asked("sum(tanh(X @ w + y)**2*cos(X @ w - y)**3)")["cards"]
    assert card["math"][:2] == ["span", {"class": "parted"}]
    kinds = {part[0] for part in card["math"][2:]}
    assert kinds == {"math", "wbr"}


def test_too_long_or_deep_a_formula_is_not_typeset() -> None:
    assert typeset(Math("x", "x" * 3001)) is None
    assert typeset(Math("x", "{" * 99 + "x" + "}" * 99)) is None
    found = asked("+".join(f"sin({k}*x)" for k in range(2, 400)), shapes={}, wrt=[])
    assert found["reading"]["math"] is None
    assert len(found["reading"]["plain"]) < 5000
    whole = sd.parse(found["reading"]["copies"]["text"], x="")
    assert sd.pretty(whole) == found["reading"]["copies"]["pretty"]


def _texts(node: Any) -> Iterator[str]:
    for child in node[2:]:
        yield from [child] if isinstance(child, str) else _texts(child)


def test_limits_are_what_the_page_is_told() -> None:
    from symdiff.web.page import opening

    told = json.loads(opening(Limits(characters=7)))
    assert told["limits"]["characters"] == 7
    assert told["views"] == list(VIEWS)
    assert told["kinds"] == list(KINDS)
    assert set(told["phrases"]) == {key for key in PHRASES if key.startswith("play.")}
