"""Reports: the text of small ones, and the rows as data."""
# ruff: noqa: E501 the tables are wide

from itertools import pairwise
from pathlib import Path

import pytest
from deep_formulas import shifted

import symdiff as sd
from symdiff.codegen.report import _in_units

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
LOSS = sd.sum((X @ w - y) ** 2)

TABLE = """\
pass        statements     operations       bytes moved               peak in bytes     what it does
as written  6              4 n d + 3 n + d  16 n d + 64 n + 32 d + 8  ≥ 8 n + 16 d + 8
simplify    nothing to do                                                               rewrite into the shortest equal expressions
lower       5              4 n d + 3 n + d  16 n d + 48 n + 32 d + 8  ≥ 8 n + 16 d + 8  rewrite into what NumPy computes in the fewest passes
fuse        5              4 n d + 3 n + d  8 n d + 8 n + 32 d + 8    16 d + 8          compute in blocks of rows that fit the cache
free        nothing to do                                                               give arrays back after their last use
schedule    nothing to do                                                               compute in an order in which little is alive at once
recompute   nothing to do                                                               compute again instead of storing, unless memory="fast"
reuse       nothing to do                                                               write blocks over arrays that nothing needs any longer
keep        5              4 n d + 3 n + d  8 n d + 8 n + 32 d + 8    16 d + 8          keep memory for the next call

memory  statements  operations       bytes moved             peak in bytes
"fast"  5           4 n d + 3 n + d  8 n d + 8 n + 32 d + 8  16 d + 8
"min"   5           4 n d + 3 n + d  8 n d + 8 n + 32 d + 8  16 d + 8"""

TABLE_AT_SIZES = """\
pass        statements     operations   moved    peak     what it does
as written  6              403 million  1.66 GB  16.0 MB
simplify    left out                                      rewrite into the shortest equal expressions
lower       5              403 million  1.65 GB  16.0 MB  rewrite into what NumPy computes in the fewest passes
fuse        5              403 million  808 MB   1.61 kB  compute in blocks of rows that fit the cache
free        nothing to do                                 give arrays back after their last use
schedule    left out                                      compute in an order in which little is alive at once
recompute   nothing to do                                 compute again instead of storing, unless memory="fast"
reuse       nothing to do                                 write blocks over arrays that nothing needs any longer
keep        5              403 million  808 MB   1.61 kB  keep memory for the next call

memory  statements  operations   moved   peak
"fast"  5           403 million  808 MB  1.61 kB
"min"   5           403 million  808 MB  1.61 kB

for n = 1,000,000, d = 100, in float64"""


def test_text():
    f = sd.compile([LOSS, sd.grad(LOSS, w)])
    assert str(f.report()) == repr(f.report()) == TABLE


def test_text_at_sizes():
    f = sd.compile([LOSS, sd.grad(LOSS, w)], without=["simplify", "schedule"])
    assert str(f.report(n=10**6, d=100)) == TABLE_AT_SIZES


def test_the_readme_shows_a_report():
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    table, _, sizes = str(sd.compile(shifted(10)).report(n=10**6)).rpartition("\n\n")
    assert sizes == "for n = 1,000,000, in float64"
    assert f"{table}\n```" in readme


def test_rows_are_data():
    f = sd.compile(shifted(6), memory="min", without=["simplify"])
    report = f.report()
    assert [row.name for row in report.rows] == [
        "simplify", "lower", "fuse", "free", "schedule", "recompute", "reuse",
    ]  # fmt: skip
    simplify, lower, fuse, free, schedule, recompute, reuse = report.rows
    assert simplify.after is None and simplify.before == lower.before == report.asked
    assert fuse.after.moved.nominal() < fuse.before.moved.nominal()
    assert free.after.peak.nominal() < free.before.peak.nominal()
    assert schedule.after.peak.nominal() <= schedule.before.peak.nominal()
    assert recompute.after.peak.nominal() < recompute.before.peak.nominal()
    assert recompute.after.operations.nominal() > recompute.before.operations.nominal()
    assert reuse.after.peak.nominal() <= reuse.before.peak.nominal()
    assert report.least == reuse.after
    assert report.fast.operations == recompute.before.operations
    assert all(row.before == last.after for last, row in pairwise(report.rows[1:]))


def test_a_call_is_no_slower_for_it():
    """Nothing is measured before it is asked for."""
    from symdiff.codegen import report

    calls = []
    measure = report.measure
    try:
        report.measure = lambda program: calls.append(program) or measure(program)
        f = sd.compile(LOSS)
        assert not calls
        f.report()
        assert calls
    finally:
        report.measure = measure


@pytest.mark.parametrize(
    "sizes, message",
    [
        ({"n": 3}, "no value for the size d; write report(n=3, d=1000)"),
        ({"n": 3, "d": 2, "k": 1}, "'k' is not a size of these expressions; their sizes are: n, d"),
        ({"n": 3.5, "d": 2}, "the size n must be a whole number, not 3.5"),
    ],
)
def test_refused(sizes, message):
    with pytest.raises(sd.InputError) as caught:
        sd.compile(LOSS).report(**sizes)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "count, text",
    [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (12_345, "12.3 kB"), (999_999, "1,000 kB"),
     (5 * 10**9, "5.00 GB")],
)  # fmt: skip
def test_units(count, text):
    assert _in_units(count, (" B", " kB", " MB", " GB")) == text


def test_help_says_it_all():
    f = sd.compile(LOSS)
    assert "statements, operations, bytes moved" in f.report.__doc__
    assert "in one pass, with memory for one chunk" in f.stream.__doc__
