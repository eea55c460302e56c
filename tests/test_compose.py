"""Sentences with slots: what fills them, how numbers are written, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import ArgumentError
from symdiff.show.compose import as_line, beside, formula, prose
from symdiff.show.document import Blank, Code, Math, Strong
from symdiff.show.writers.text import plain

X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")


def test_slots_are_filled_in_the_order_of_the_sentence() -> None:
    line = prose("{b} 与 {a}", a=X @ w, b="w")
    assert line == ("w", " 与 ", Math("X w", "X \\, w"))


def test_words_may_have_code_and_stress() -> None:
    line = prose("**Goal.** Use `sd.grad`, not {it}.", it=Code("grad"))
    assert line == (Strong("Goal."), " Use ", Code("sd.grad"), ", not ", Code("grad"), ".")


def test_doubled_braces_stand_for_themselves() -> None:
    assert plain(prose("{{1, 2}} has {n} members", n=2)) == "{1, 2} has 2 members"


@pytest.mark.parametrize(
    "filling, written",
    [
        (0.123456, "0.1235"),
        (3, "3"),
        (np.float64(-1.5), "−1.5"),
        ([1.0, 2.5], "[1, 2.5]"),
        (np.eye(2), "[[1, 0], [0, 1]]"),
        ("words", "words"),
        (("a ", Code("line")), "a line"),
        (Blank(3, ("x",)), "________(3)"),
        (Math("√x", "\\sqrt{x}"), "√x"),
        (2 * (X @ w), "2 X w"),
    ],
)
def test_what_can_fill_a_slot(filling: object, written: str) -> None:
    assert plain(prose("{it}", it=filling)) == written  # type: ignore[arg-type]


def test_a_slot_says_how_many_digits_its_numbers_have() -> None:
    assert plain(prose("{it:7} or {it:2}", it=np.pi)) == "3.141593 or 3.1"
    assert as_line(np.pi, 3) == (Math("3.14", "3.14"),)


def test_a_slot_that_nothing_fills_is_refused() -> None:
    with pytest.raises(ArgumentError) as caught:
        prose("by {x}, {y}", x=w)
    assert str(caught.value) == "nothing fills the slot 'y' of 'by {x}, {y}'; given: 'x'"


def test_formulas_side_by_side() -> None:
    assert beside(w, X @ w, "1") == Math("w = X w = 1", "w = X \\, w = 1")
    times = Math(" · ", " \\cdot ")
    assert beside(w, w, between=times) == Math("w · w", "w \\cdot w")


def test_a_formula_is_filled_in_both_notations() -> None:
    found = formula("Σⱼ {x}ⱼ", r"\sum_{{j}} {x}_{{j}}", x=w)
    assert found == Math("Σⱼ wⱼ", r"\sum_{j} w_{j}")
