"""Pictures in other formats: golden files, and the tools that read them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pictures import EXAMPLES, drawn, flow, least_squares

import symdiff as sd
from symdiff.draw.picture import Picture

Golden = Callable[[str, str], None]
FORMATS = {"dot": "dot", "mermaid": "mmd", "tikz": "tex"}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", ["fff", "logistic", "relu_layer", "weight_decay", "flow"])
def test_golden(name: str, kind: str, golden: Golden) -> None:
    golden(f"pictures/{name}.{FORMATS[kind]}", getattr(EXAMPLES[name](), kind))


def odd() -> Picture:
    """Names and labels that every format must escape."""
    x = sd.vector("W_hidden", "n")
    y, z = sd.scalar("ŷ"), sd.scalar("end")
    total = sd.sum(sd.where(x < 1, x, 0)) * y + z % 3
    return sd.draw(
        total, [x, y], names={"损失": total}, at={},
        groups={'100% <of> "A & B"; #1 {x} $y$ \\z_1^2 ~ [link](http://x)\nnext': [x, x < 1]},
    )  # fmt: skip


ALL: dict[str, Callable[[], Picture]] = {**EXAMPLES, "odd": odd}


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", ALL)
def test_graphviz_reads_dot(name: str) -> None:
    picture = ALL[name]()
    result = subprocess.run(
        ["dot", "-Tsvg"], input=picture.dot, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert not [line for line in result.stderr.splitlines() if "font" not in line.lower()]
    titles = set(re.findall(r"<title>(\w+)</title>", result.stdout))
    assert drawn(picture.svg).keys() <= titles


LINE = re.compile(
    r"flowchart (BT|LR)|subgraph \w+ \[\"[^\"]*\"\]|end|classDef \w+ [\w:#,.-]+"
    r"|\w+(\(\(|\(\[|\[\[|\[)\"[^\"]*\"(\)\)|\]\)|\]\]|\]):::\w+"
    r"|\w+ (-->|-\.->|-\. \"[^\"]*\" \.->) \w+"
)


@pytest.mark.parametrize("name", ALL)
def test_mermaid_has_the_shape_of_a_flowchart(name: str) -> None:
    picture = ALL[name]()
    lines = [line.strip() for line in picture.mermaid.splitlines()]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    opened = sum(line.startswith("subgraph ") for line in lines)
    assert opened == lines.count("end")
    vertices = {found[1] for line in lines if (found := re.match(r"(\w+)[(\[]", line))}
    assert vertices == set(drawn(picture.svg))
    ends = {word for line in lines if " --> " in line for word in line.split(" --> ")}
    assert ends <= vertices
    for label in re.findall(r'"([^"]*)"', picture.mermaid):
        assert not re.sub(r"#\d+;|<br/>", "", label).strip("").count("<")


def test_mermaid_escapes_what_it_would_read() -> None:
    x = sd.scalar("W_hidden")
    assert 'n1(("W#95;hidden")):::variable' in sd.draw(sd.sin(x)).mermaid


def test_groups_are_frames_in_all_formats() -> None:
    picture = EXAMPLES["network"]()
    assert picture.svg.count('class="frame"') == 3
    assert picture.dot.count('label="layer ') == 3
    assert picture.mermaid.count('["layer ') == 3
    assert picture.tikz.count("\\draw[sd frame]") == 3


def test_tikz_writes_letters_as_every_tex_knows_them() -> None:
    x, y = sd.scalar("ŷ"), sd.scalar("λ")
    picture = sd.draw(x * y)
    assert "{$\\hat{y}$}" in picture.tikz and "{$\\lambda$}" in picture.tikz
    assert picture.tikz_document.isascii()
    assert least_squares().tikz_document.isascii()
    assert flow().tikz_document.isascii()


def test_documents_with_other_letters_say_what_compiles_them() -> None:
    document = odd().tikz_document
    assert document.startswith("% compile with xelatex\n")
    assert "ctex" in document


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_tex_compiles(name: str, tmp_path: Path) -> None:
    document = ALL[name]().tikz_document
    program = "pdflatex" if document.isascii() else "xelatex"
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    (tmp_path / "picture.tex").write_text(document, encoding="utf-8")
    result = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "picture.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False, errors="replace",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-3000:]
    assert "Missing character" not in (tmp_path / "picture.log").read_text(errors="replace")


@pytest.mark.slow
def test_the_animation_plays_in_a_browser(tmp_path: Path, browser: Any) -> None:
    page_path = tmp_path / "picture.html"
    least_squares().save(page_path)
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(page_path.as_uri())
    seen = []
    for _ in range(5):
        seen.append((page.inner_text("#where"), page.locator("[data-later]").count()))
        page.locator("#step").press("ArrowRight")
    page.close()
    assert said == [page_path.as_uri()]
    assert [words for words, _ in seen] == [
        "before the pass", *(f"step {k} of 4" for k in (1, 2, 3, 4))
    ]  # fmt: skip
    counts = [count for _, count in seen]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 8 and counts[-1] == 0
