"""What notebooks show, and what prints the same as text."""

from __future__ import annotations

import re
import sys
import time
from functools import cache
from xml.etree import ElementTree

import pytest

import symdiff as sd
from symdiff.show.parts import LONGEST
from symdiff.shown import Shown

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
LOSS = sd.sum((X @ w - y) ** 2)


@cache
def shown(name: str) -> Shown:
    """An object of each kind that people look at."""
    gradient = sd.grad(LOSS, w)
    x = sd.vector("x", "n")
    return {
        "table": lambda: sd.table(LOSS, w),
        "trace": lambda: sd.simplify(sd.backprop(LOSS, w).gradients, trace=True),
        "gradient table": lambda: sd.backprop(LOSS, w),
        "linear map": lambda: sd.jacobian(sd.tanh(x), x, form="operator"),
        "costs": lambda: sd.cost(LOSS, w),
        "cost": lambda: sd.cost(LOSS),
        "numbers": lambda: sd.cost(LOSS).at(n=1000, d=10),
        "comparison": lambda: sd.check(LOSS, w)[0],
        "gradient report": lambda: sd.check_gradient(LOSS, w),
        "verdict": lambda: sd.same(gradient / 2, gradient),
        "domain": lambda: sd.domain(sd.sum(sd.log(x)) / sd.norm(x)),
        "exclusion": lambda: next(iter(sd.domain(sd.sum(sd.log(x))))),
        "report": lambda: sd.compile([LOSS, gradient]).report(),
        "conventions": sd.conventions,
        "separation": lambda: sd.separable([LOSS, gradient], "n"),
        "catalogue": sd.ops,
    }[name]()


NAMES = (
    *("table", "trace", "gradient table", "linear map", "costs", "cost", "numbers", "comparison"),
    *("gradient report", "verdict", "domain", "exclusion", "report", "conventions", "separation"),
    "catalogue",
)

WITH_FORMULAS = {
    *("table", "trace", "gradient table", "comparison", "gradient report", "domain", "exclusion"),
}


@pytest.mark.parametrize("name", NAMES)
def test_html_is_well_formed_and_says_what_the_text_says(name: str) -> None:
    bundle = shown(name)._repr_mimebundle_()
    assert bundle["text/plain"] == str(shown(name)) == repr(shown(name))
    tree = ElementTree.fromstring(f"<div>{bundle['text/html']}</div>")
    said = " ".join("".join(tree.find("article").itertext()).split())  # type: ignore[union-attr]
    words = re.findall(r"[a-z]{3,}", str(shown(name)))
    assert words
    assert {word for word in words if word not in said} <= {"dims"}  # of `expand_dims`, a formula


@pytest.mark.parametrize("name", [name for name in NAMES if name != "catalogue"])
def test_latex_is_formulas_alone(name: str) -> None:
    written = shown(name)._repr_mimebundle_()["text/latex"]
    for each in written.split("\n\n"):
        assert re.fullmatch(r"\$\\displaystyle [^$]+\$", each), each
    assert set(re.findall(r"\\begin\{(\w+)\}", written)) <= {"array", "cases", "bmatrix"}
    assert written.count("{") == written.count("}")


def test_a_table_that_is_longer_than_a_page_has_no_latex() -> None:
    bundle = shown("catalogue")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}


@pytest.mark.parametrize("name", NAMES)
def test_without_latex2mathml_there_are_text_and_latex(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    bundle = shown(name)._repr_mimebundle_()
    assert "<math" not in bundle.get("text/html", "")
    assert ("text/html" in bundle) == (name not in WITH_FORMULAS)


def test_latex_of_a_cost() -> None:
    assert shown("cost")._repr_latex_() == (
        "$\\displaystyle \\begin{array}{ll}\n"
        "\\mathrm{operations} & \\mathrm{2\\ n\\ d\\ +\\ 3\\ n} \\\\\n"
        "\\mathrm{memory} & \\mathrm{2\\ n} \\\\\n"
        "\\mathrm{inputs} & \\mathrm{n\\ d\\ +\\ n\\ +\\ d}\n"
        "\\end{array}$"
    )


def test_gradient_table() -> None:
    x, z = sd.scalar("x"), sd.scalar("z")
    assert str(sd.backprop(x * z + sd.stop_gradient(x), [x, z])).splitlines() == [
        "step  op        from                    to                upstream  contribution",
        "1     add       x z + stop_gradient(x)  x z               1.0       1.0",
        "2     add       x z + stop_gradient(x)  stop_gradient(x)  1.0       0",
        "3     multiply  x z                     x                 1.0       1.0 z",
        "4     multiply  x z                     z                 1.0       1.0 x",
        "d/dx = 1.0 z",
        "d/dz = 1.0 x",
    ]


def test_expressions_are_formulas() -> None:
    assert LOSS._repr_mimebundle_() == {
        "text/plain": "<sum((X w − y)²) : () float>",
        "text/latex": "$\\displaystyle \\operatorname{sum}\\left({\\left(X \\, w - y\\right)}^{2}"
        "\\right)$",
    }


def test_deep_expressions_are_shown_whole_if_they_are_short() -> None:
    e = sd.scalar("x")
    for _ in range(50):
        e = sd.sin(e)
    assert e._repr_latex_().count("\\sin") == 50


def test_huge_expressions_are_abridged_at_once() -> None:
    e = x = sd.scalar("x")
    for _ in range(30_000):
        e = e * x + 1
    began = time.perf_counter()
    bundle = e._repr_mimebundle_()
    assert time.perf_counter() - began < 2
    assert all(len(written) < 4000 for written in bundle.values())
    assert "…" in bundle["text/plain"]
    assert "\\ldots" in bundle["text/latex"]


def test_a_long_pass_is_shown_without_its_middle() -> None:
    e = x = sd.scalar("x")
    for _ in range(2000):
        e = sd.sin(e) + x
    found = sd.backprop(e, x)
    lines = str(found).splitlines()
    assert len(lines) == LONGEST + 3
    assert len(found._repr_html_() or "") < 5_000_000
    assert found._repr_latex_() is None
