"""Documents written as text, LaTeX and HTML, and formulas as MathML."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from documents import IDS, LOSS, document
from samples import SAMPLES, declared, each_op

import symdiff as sd
from symdiff.registry import Sample
from symdiff.show.document import (
    Blank,
    Code,
    Display,
    Document,
    Grid,
    Math,
    Paragraph,
    Row,
    Section,
)
from symdiff.show.values import array_math
from symdiff.show.writers.html import as_html, stylesheet
from symdiff.show.writers.key import with_key
from symdiff.show.writers.latex import as_latex, latex_document
from symdiff.show.writers.layout import width
from symdiff.show.writers.mathml import mathml
from symdiff.show.writers.tex_formulas import fitted, parted
from symdiff.show.writers.text import WIDTH, as_text

WRITERS: dict[str, Callable[[Document], str]] = {
    "txt": as_text,
    "tex": latex_document,
    "html": lambda each: as_html(each, IDS),
}


def of(*blocks: Paragraph | Grid | Display | Section) -> Document:
    """A document of some blocks alone."""
    return Document((), blocks, ())


@pytest.mark.parametrize("suffix", WRITERS)
def test_golden(suffix: str, golden: Callable[[str, str], None]) -> None:
    write = WRITERS[suffix]
    written = [write(with_key(document(language))) for language in ("en", "zh")]
    golden(f"document.{suffix}", "\n\n".join(written) + "\n")


# Text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lines_of_text_are_not_too_long(language: str) -> None:
    assert max(map(width, as_text(with_key(document(language))).splitlines())) <= WIDTH


def test_columns_of_a_table_stand_below_each_other_in_any_script() -> None:
    rows = (Row((("梯度",), ("a",))), Row((("x̄",), ("b",))), Row((("plain",), ("c",))))
    assert as_text(of(Grid((("名字",), ("v",)), rows))).splitlines() == [
        "名字   v",
        "─────  ─",
        "梯度   a",
        "x̄      b",
        "plain  c",
    ]


def test_a_table_that_is_too_wide_has_cells_of_several_lines() -> None:
    words = " ".join(["word"] * 30)
    written = as_text(of(Grid((("a",), ("b",)), (Row(((words,), (words,))),)))).splitlines()
    assert max(map(width, written)) <= WIDTH
    assert "\n".join(written).count("word") == 60
    assert len(written) == 5


def test_chinese_lines_do_not_begin_with_punctuation() -> None:
    written = as_text(of(Paragraph(("反向传播，" * 40,))))
    assert written.replace("\n", "") == "反向传播，" * 40
    assert not [line for line in written.splitlines() if line.startswith("，")]


def test_short_formulas_are_not_torn_apart() -> None:
    formula = Math("a + b + c", "a + b + c")
    written = as_text(of(Paragraph(("x" * (WIDTH - 4) + " ", formula))))
    assert written.splitlines() == ["x" * (WIDTH - 4), "a + b + c"]


def test_a_remark_stands_beside_a_narrow_formula_and_below_a_wide_one() -> None:
    wide = Math(" + ".join(["abc"] * 12), "")
    display = Display(((Math("a", "a"), ("here",)), (wide, ("there",)), (Math("bb", "bb"), ("x",))))
    lines = as_text(of(display)).splitlines()
    assert lines == ["    a   here", f"    {wide.pretty}", "        there", "    bb  x"]


# The key ----------------------------------------------------------------------------------------


def test_the_key_has_every_blank_once_in_order() -> None:
    twice = Blank(2, (Math("2 x", "2 \\, x"),))
    asked = of(Paragraph((twice, " and ", Blank(1, ("one",)), " and again ", twice)))
    assert as_text(with_key(asked)).endswith("Answers\n-------\n\n(1) one\n\n(2) 2 x")


def test_a_document_without_blanks_has_no_key() -> None:
    asked = of(Paragraph(("words",)))
    assert with_key(asked) is asked


def test_an_answer_stands_in_the_key_alone() -> None:
    asked = of(Paragraph((Blank(1, ("secret",)),)))
    for write in WRITERS.values():
        assert "secret" not in write(asked)
        assert write(with_key(asked)).count("secret") == 1


# LaTeX ------------------------------------------------------------------------------------------


def test_what_means_something_to_tex_is_escaped() -> None:
    words = "#_%&{}~^\\$ <|> 'a' --"
    assert as_latex(of(Paragraph((words,)))) == (
        "\\#\\_\\%\\&\\{\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{}\\$ "
        "\\textless{}\\textbar{}\\textgreater{} 'a' --"
    )
    assert as_latex(of(Paragraph((Code("a_b -- 'c'"),)))) == (
        "\\texttt{a\\_\\allowbreak{}b -{}-{} \\textquotesingle{}c\\textquotesingle{}}"
    )


def test_chinese_words_ask_for_xelatex() -> None:
    assert "{article}" in latex_document(of(Paragraph(("words",))))
    assert "{ctexart}" in latex_document(of(Paragraph(("文字",))))
    assert "{ctexart}" in latex_document(Document(("words",), (), (), "zh"))


SLIGHTLY = re.compile(r"Overfull .hbox \([0-2]\.\d+pt")


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("X \\, \\frac{a+b}{c+d}", "X \\, ((a+b)/(c+d))"),
        ("\\frac{a+b}{c+d} \\odot e", "((a+b)/(c+d)) \\odot e"),
        ("-\\frac{a+b}{c+d} + e", "-(a+b)/(c+d) + e"),
        ("{\\left(\\frac{a+b}{c+d}\\right)}^{2}", "((a+b)/(c+d))^{2}"),
        ("\\left\\|x \\leftarrow y\\right\\|", "\\lVert x \\leftarrow y\\rVert "),
        ("\\frac{\\frac{a+b}{c}}{n}", "((a+b)/c)/n"),
    ],
)
def test_wide_fractions_become_quotients_that_mean_the_same(whole: str, broken: str) -> None:
    wide = Math("." * 50, whole)
    assert fitted(wide, 4).replace("\\allowbreak ", "") == f"${broken}$"
    assert "".join(parted(wide, 4)).replace(" ", "") == broken.replace(" ", "")
    assert fitted(wide, 50) == f"${whole}$"


LOGS = re.compile(r"^(?:! .*|Overfull .*|Missing character.*|LaTeX Warning: .*undefined.*)$", re.M)


def typeset(source: str, folder: Path) -> str:
    """Run TeX on a file; what it complains about, and the file that it leaves, are looked at."""
    program = re.match(r"% !TeX program = (\w+)", source)[1]  # type: ignore[index]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    (folder / "document.tex").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "document.tex"],
        cwd=folder,
        capture_output=True,
        timeout=300,
    )
    log = (folder / "document.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert (folder / "document.pdf").stat().st_size > 1000
    return "\n".join(line for line in LOGS.findall(log) if not SLIGHTLY.match(line))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_latex_compiles_and_fits(language: str, tmp_path: Path) -> None:
    assert typeset(latex_document(with_key(document(language))), tmp_path) == ""


@pytest.mark.slow
def test_latex_of_all_functions_compiles_and_fits(tmp_path: Path) -> None:
    rows = tuple(
        Row(((Code(sample.formula),), (Math(sd.pretty(node), sd.latex(node)),)))
        for samples in SAMPLES.values()
        for sample in samples[:1]
        for node in [value(sample)]
    )
    grid = Grid((("formula",), ("expression",)), rows)
    assert typeset(latex_document(of(grid)), tmp_path) == ""


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("formula", ["network", "logistic", "second"])
def test_latex_of_derivations_compiles_and_fits(
    formula: str, language: str, tmp_path: Path
) -> None:
    x, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    z, λ = sd.vector("y", "n"), sd.scalar("λ")
    target, wrt, order = {
        "network": (LOSS, sd.inputs(LOSS)[:3], 1),
        "logistic": (sd.mean(sd.softplus(-z * (x @ w))) + λ * sd.sum(w**2), [w], 1),
        "second": (sd.logsumexp(x @ w), [w], 2),
    }[formula]
    found = sd.explain(target, wrt, order=order, lang=language, blanks=0.3)
    assert typeset(latex_document(found.document), tmp_path) == ""


# HTML and MathML --------------------------------------------------------------------------------


def value(sample: Sample) -> sd.Node:
    """The expression that a sample stands for."""
    return sd.parse(sample.formula, **declared(sample))


@each_op
def test_mathml_of_every_function(name: str) -> None:
    for sample in SAMPLES[name]:
        for display in (False, True):
            written = mathml(sd.latex(value(sample)), display)
            tree = ElementTree.fromstring(written)
            assert tree.tag == "math", written
            words = "".join(tree.itertext())
            assert "\\" not in words, (sample.formula, words)
            assert "{}" not in words, (sample.formula, words)
            assert not [e for e in tree.iter() if e.tag in {"mi", "mo", "mn"} and not e.text]


def test_html_is_well_formed_and_names_nodes_and_steps() -> None:
    written = as_html(document("en"), IDS).replace("&nbsp;", " ").replace("<wbr>", "<wbr/>")
    tree = ElementTree.fromstring(written)
    assert tree.find(f".//p[@data-node='{IDS[LOSS]}']") is not None
    assert [row.get("data-step") for row in tree.iterfind(".//tr[@data-step]")] == list("012345")
    assert tree.find(".//span[@data-node][@class='line']") is not None
    keys = [section.get("data-section") for section in tree.iterfind(".//section")]
    assert keys == ["forward", "gradient", "wide", "code", "nested"]


def test_html_has_no_style_or_script_of_its_own() -> None:
    written = as_html(document("en"), IDS)
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", written)
    assert "https://" not in stylesheet()


def test_html_is_escaped() -> None:
    hostile = '<script>alert("x")</script>'
    for piece in (hostile, Code(hostile), Blank(1, (hostile,)), Math(hostile, hostile)):
        written = as_html(with_key(of(Paragraph((piece,)))))
        assert "<script" not in written


def test_upright_words_stay_whole() -> None:
    words = [sd.latex(sd.log1p(sd.scalar("x"))), "\\mathrm{rate}_{\\mathrm{b\\_c}}", "\\arg x"]
    assert [re.findall(r"<mi[^>]*>(\w{2,})</mi>", mathml(each)) for each in words] == [
        ["log1p"],
        ["rate", "b_c"],
        ["arg"],
    ]


def test_a_command_that_is_not_known_is_refused() -> None:
    with pytest.raises(sd.ArgumentError) as raised:
        mathml("a \\nonsense b")
    assert str(raised.value) == (
        "MathML is not made of '\\\\nonsense', in the formula a \\nonsense b"
    )


def test_what_is_nested_too_deep_is_given_as_source() -> None:
    deep = "\\sqrt{" * 500 + "x" + "}" * 500
    assert mathml(deep) == f'<code class="tex">{deep}</code>'


def test_without_latex2mathml_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    with pytest.raises(sd.MissingDependencyError) as raised:
        mathml("x")
    assert str(raised.value) == (
        "formulas in HTML need latex2mathml, which is not installed: pip install 'symdiff[html]'"
    )


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (True, "\\mathrm{True}"),
        (np.array([False]), "\\begin{bmatrix}\\mathrm{False}\\end{bmatrix}"),
        (1e-9 + 2j, "1 \\cdot 10^{-9} + 2 \\, i"),
        (-1 - 2e150j, "-1 - 2 \\cdot 10^{150} \\, i"),
        (complex("nan+infj"), "\\mathrm{NaN} + \\infty \\, i"),
    ],
)
def test_values_in_latex(value: object, latex: str) -> None:
    assert array_math(value).latex == latex
