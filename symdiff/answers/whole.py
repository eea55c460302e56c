"""Mistakes that one step undoes at the outside: the layout, a factor, a constant, a term."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symdiff.answers.bench import Factor
from symdiff.answers.correction import (
    LAYOUT,
    Case,
    Correction,
    Corrections,
    built,
    factor_sentence,
    inner_derivatives,
    parts,
)
from symdiff.answers.terms import terms
from symdiff.node import Node, topological
from symdiff.ops.contraction import sum
from symdiff.ops.elementwise import divide, exp, multiply
from symdiff.ops.leaves import constant
from symdiff.rewrite.simplify import simplify


def layouts(case: Case) -> Corrections:
    """The transpose, of a square answer."""
    if case.mine.ndim == 2 and case.mine.shape[0] == case.mine.shape[1]:
        yield Correction("layout", case.mine.T, LAYOUT)


def constant_factors(case: Case) -> Corrections:
    """A number or named sizes by which the answer is to be multiplied."""
    factor = case.bench.factor(case.mine)
    if factor is not None:
        kind = "sign" if factor == Factor(Fraction(-1)) else "factor"
        yield Correction(kind, factor.times(case.mine), factor_sentence(factor))


def expression_factors(case: Case) -> Corrections:
    """A factor that is a derivative inside the formula, or any part of it."""
    slopes = inner_derivatives(case.theirs, case.mine)
    for slope, node in slopes.items():
        reason = f", the derivative of {case.quoted(node)}"
        yield from _with_factor(case, case.mine, slope, "chain rule", "", reason)
    for part in (*parts(case.theirs, case.mine), *_normalisers(case.theirs)):
        yield from _with_factor(case, case.mine, part, "factor", "", "")


def _normalisers(expression: Node) -> list[Node]:
    """The sums by which exponentials are divided in a softmax."""
    found = (node for node in topological([expression]) if node.op.name == "softmax")
    return [sum(exp(node.args[0]), node.attrs, keepdims=bool(node.ndim > 1)) for node in found]


def _with_factor(
    case: Case, term: Node, factor: Node, kind: str, place: str, reason: str
) -> Corrections:
    """The answer with one of its terms, or all of it, multiplied or divided by a factor."""
    options = (("is missing", multiply), ("too many", divide))
    for what, operation in options:
        changed = built(operation, term, factor)
        if changed is None or changed.shape != term.shape:
            continue
        corrected = changed if term is case.mine else case.mine - term + changed
        sentence = f"{place}a factor {case.quoted(factor)} {what}{reason}"
        yield Correction(kind, corrected, sentence)


def offsets(case: Case) -> Corrections:
    """A number that is to be added to every entry."""
    number = case.bench.minus(case.mine).number()
    if number is not None:
        corrected = case.mine + Factor(number).times(constant(1.0))
        words = f"plus {number}" if number > 0 else f"minus {-number}"
        yield Correction("constant", corrected, f"a constant: right is yours {words}")


def missing_terms(case: Case) -> Corrections:
    """A term of the right answer that this one lacks."""
    for term in _all_terms(case.theirs):
        yield Correction(
            "term", case.mine + term, f"a term is missing: {case.quoted(simplify(term))}"
        )


def wrong_terms(case: Case) -> Corrections:
    """A term that is too many, or has a wrong sign or factor."""
    for term in _all_terms(case.mine):
        if term is case.mine:
            continue
        name, rest = case.quoted(simplify(term)), case.mine - term
        yield Correction("term", rest, f"a term is too many: {name}")
        factor = case.bench.minus(rest).factor(term)
        if factor is not None:
            sign = factor == Factor(Fraction(-1))
            words = f"the sign of the term {name}" if sign else _in_term(name, factor)
            corrected = rest + factor.times(term)
            yield Correction("sign" if sign else "factor", corrected, words)


def factors_of_terms(case: Case) -> Corrections:
    """One term that lacks a factor, or has one too many."""
    for term in _all_terms(case.mine):
        if term is not case.mine:
            place = f"in the term {case.quoted(simplify(term))} "
            for part in parts(case.theirs, case.mine):
                yield from _with_factor(case, term, part, "factor", place, "")


def _in_term(name: str, factor: Factor) -> str:
    return f"in the term {name} {factor_sentence(factor).replace('yours', 'that term')}"


def _all_terms(expression: Node) -> Iterator[Node]:
    shallow = terms(expression)
    yield from shallow
    yield from (t for t in terms(expression, multiplied_out=True) if t not in shallow)
