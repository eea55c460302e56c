"""Pages of derivations, as text: well-formed, closed to the network, and linked throughout."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from lesson_derivations import LESSONS, derive, least_squares, logistic

import symdiff as sd
from symdiff.codegen.generate import module
from symdiff.codegen.listing import listing
from symdiff.explain.derivation import Derivation
from symdiff.explain.program import linked
from symdiff.node import Node, topological
from symdiff.show.wording import Wording
from symdiff.web.lesson.pictures import ids_of, pictures_of
from symdiff.web.lesson.source import program_of

VOID = {"meta", "input", "link", "br", "wbr", "mspace"}


class Tree(HTMLParser):
    """Every element of a page with its attributes; fails where tags do not match."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}, tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}, tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def names(self, within: str) -> set[str]:
        """What `data-node` names within elements of a kind."""
        found = [a.get("data-node", "") for _, a, open_ in self.elements if within in open_]
        return {name for names in found for name in names.split()}


@cache
def lesson_of(name: str) -> Derivation:
    """A derivation, made once."""
    return LESSONS[name]()


@pytest.fixture(scope="module", params=LESSONS)
def page(request: pytest.FixtureRequest) -> str:
    """The page of each lesson."""
    return lesson_of(request.param).page


def test_pages_are_well_formed_and_small(page: str) -> None:
    tree = Tree(page)
    tags = [tag for tag, _, _ in tree.elements]
    assert tags[:3] == ["html", "head", "meta"]
    assert tags.count("h1") == tags.count("main") == tags.count("header") == 1
    assert page.index("<title>") < page.index("</head>")
    assert len(page) < 400_000


def test_pages_ask_nothing_of_the_network(page: str) -> None:
    addresses = set(re.findall(r"https?://[^\"' <)]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    for _, attributes, _ in Tree(page).elements:
        assert not attributes.keys() & {"src", "href", "style", "action", "srcset"}
        assert not any(name.startswith("on") for name in attributes)
    assert "@import" not in page
    assert "url(" not in page


def test_the_policy_allows_the_styles_and_scripts_of_the_page_alone(page: str) -> None:
    stated = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert stated is not None
    rules = dict(rule.split(" ", 1) for rule in stated[1].split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for element in ("style", "script"):
        texts = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digests = {base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in texts}
        assert set(rules[f"{element}-src"].split()) == {f"'sha256-{each}'" for each in digests}
    assert rules.keys() == {"default-src", "style-src", "script-src", "base-uri", "form-action"}


def test_what_the_text_names_is_in_the_pictures(page: str) -> None:
    tree = Tree(page)
    drawn = tree.names("svg")
    assert drawn
    assert tree.names("main") <= drawn
    for _, attributes, _ in tree.elements:
        ends = {attributes[end] for end in ("data-tail", "data-head") if end in attributes}
        assert ends <= drawn
    assert 'data-node=""' not in page


def test_steps_are_those_of_the_pass(page: str) -> None:
    tree = Tree(page)
    sliders = [int(a["max"]) for t, a, _ in tree.elements if t == "input" and "max" in a]
    assert sliders
    for tag, attributes, open_ in tree.elements:
        if "data-step" in attributes and (tag == "tr" or "svg" in open_):
            assert 0 <= int(attributes["data-step"]) < max(sliders)


@pytest.mark.parametrize("lesson", [name for name in LESSONS if name != "short"])
def test_every_forward_node_has_a_row_in_the_table_of_its_pass(lesson: str) -> None:
    derivation = lesson_of(lesson)
    ids = ids_of(pictures_of(derivation.passes, Wording()))
    told = Tree(derivation.page).names("tbody")
    for explained in derivation.passes:
        for node in topological([explained.taken.prepared]):
            if node.args:
                assert set(ids[node].split()) <= told


def test_lines_of_numpy_are_linked_with_what_they_compute() -> None:
    found = {
        line.split("  #")[0].strip(): sorted(map(str, nodes))
        for line, nodes in program_of(least_squares(), Wording()).section.blocks[1].lines
        if nodes
    }
    assert found["t1 = X @ w - y"] == ["X w", "X w − y"]
    assert found["value = t1 @ t1"] == ["(X w − y)²", "sum((X w − y)²)"]
    assert "2 (X w − y)" in found["grad_w = 2 * (X.T @ t1)"]
    assert set(found) == {"t1 = X @ w - y", "value = t1 @ t1", "grad_w = 2 * (X.T @ t1)"}


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_cotangent_that_varies_is_computed_on_some_line(lesson: str) -> None:
    derivation = lesson_of(lesson)
    lines = program_of(derivation, Wording()).section.blocks[1].lines
    computed = {node for _, nodes in lines for node in nodes}
    for explained in derivation.passes:
        table = explained.taken.table
        for x in table.wrt if not explained.taken.directions else ():
            gradient = table.cotangents[x]
            if any(v.op.name == "variable" for v in topological([gradient])):
                assert gradient in computed or not gradient.args


def lines_of(*nodes: Node) -> dict[Node, list[str]]:
    """The lines on which each node of a graph is computed, by what is left of `=`."""
    source = module([*nodes], check=False)
    found: dict[Node, list[str]] = {}
    for line, computed in linked(listing(source, "function"), nodes):
        for node in computed:
            found.setdefault(node, []).append(line.split("=")[0].strip())
    return found


def test_values_that_agree_for_positive_numbers_alone_are_kept_apart() -> None:
    x = sd.scalar("x")
    found = lines_of(sd.abs(x), sd.relu(x))
    assert found == {sd.abs(x): ["value1"], sd.relu(x): ["value2"]}


def test_lines_are_linked_where_values_are_rarely_finite() -> None:
    x = sd.scalar("x")
    values = [sd.log(x), sd.sqrt(0.5 - x)]
    assert lines_of(*values) == {values[0]: ["value1"], values[1]: ["value2"], 0.5 - x: ["value2"]}


def test_what_is_not_computed_as_it_stands_belongs_to_the_lines_that_use_it() -> None:
    x, y = sd.vector("x", "n"), sd.vector("y", "n")
    found = lines_of(sd.sum((x - y) ** 2), sd.sum(sd.exp(y)))
    assert found[(x - y) ** 2] == ["value1"]


def test_a_statement_on_several_lines_is_linked_as_a_whole() -> None:
    a, b, c = (sd.vector(f"{letter}_{'long' * 8}", "n") for letter in "abc")
    where = sd.where(a < b, b, c)
    lines = listing(module([where, sd.sum(where)], check=False), "function")
    assert [line.strip()[:7] for line, nodes in lines if where in nodes] == [
        "value1 ",
        "t1, b_l",
        ")",
    ]


def test_large_graphs_are_not_linked() -> None:
    x = sd.vector("x", "n")
    graph = [sd.sin(x + k) for k in range(1500)]
    lines = [("t1 = x + 1", (x + 1,))]
    assert linked(lines, graph) == [("t1 = x + 1", ())]


def test_an_exercise_does_not_tell_its_answers_in_captions() -> None:
    page = least_squares(blanks="contribution").page
    captions = re.findall(r'<div class="said".*?</div>', page)
    assert len(captions) == 5
    assert all(caption.count("<p>") == 1 for caption in captions)
    answers = re.findall(r'<span data-answer="(\d)"', page)
    assert answers == ["1", "2", "3", "4"]
    assert page.index('data-section="key"') > page.index('data-section="program"')


def test_captions_are_the_steps_with_sums_of_several_paths() -> None:
    page = derive("sin(x*y)**2 + exp(x)", "x y", {"x": "", "y": ""}).page
    captions = re.findall(r'<div class="said".*?</div>', page)
    assert len(captions) == 8
    assert [caption.count("<mo>=</mo>") for caption in captions[3:4]] == [2]
    assert sum("<mo>+</mo>" in caption for caption in captions) == 1


def test_pages_speak_chinese() -> None:
    page = least_squares(lang="zh").page
    assert page.startswith('<!doctype html>\n<html lang="zh">')
    assert "<title>L 对 w 的导数</title>" in page
    words = re.sub(r"<script>.*?</script>|<style>.*?</style>|<pre>.*?</pre>", "", page, flags=re.S)
    assert not re.search(r'aria-label="[A-Z][a-z]', words)
    assert "生成的 NumPy 代码" in words


def test_a_pass_for_each_order_has_its_own_picture() -> None:
    page = logistic().page
    tree = Tree(page)
    prefixes = {name.split("-")[0] for name in tree.names("svg")}
    assert prefixes == {"p1", "p2"}
    assert page.count('role="tab"') == page.count('class="pass"') == 2
    assert 'data-section="pass 2"' in page


def test_signs_that_mean_something_in_html_are_escaped() -> None:
    page = lesson_of("comparisons").page
    assert "t1 = x &lt; y" in page
    assert "x < y" not in page


def test_constants_too_large_for_a_file_leave_the_source_out() -> None:
    x = sd.vector("x", 101)
    target = sd.sum((sd.constant(np.arange(101.0 * 101).reshape(101, 101)) @ x) ** 2)
    page = sd.explain(target, x, without=["check"]).page
    assert "too large for a file" in page
    assert page.count("<details") == 1


def test_the_inputs_of_a_formula_may_have_the_name_of_the_function() -> None:
    page = derive("sum(function**2)", "function", {"function": "n"}).page
    assert "def function_(function):" in page


def test_large_graphs_are_abridged_and_collapsed() -> None:
    x = sd.vector("x", "n")
    target = x
    for _ in range(150):
        target = sd.sin(target)
    page = sd.explain(sd.sum(target), x, without=["check"]).page
    Tree(page)
    assert len(page) < 4_000_000
    assert "nodes …" in page


def test_a_page_is_saved(tmp_path: Path) -> None:
    derivation = least_squares()
    derivation.save(tmp_path / "lesson.html")
    assert (tmp_path / "lesson.html").read_text(encoding="utf-8") == derivation.page
