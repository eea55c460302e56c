"""The lessons: both languages say the same, every claim holds, every link leads somewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "examples"))

from lessons import build
from lessons.course import COURSE
from lessons.lesson import LANGUAGES, PROGRAMS, Lesson, Teller, claim
from lessons.pages import file_name, index_page, lesson_page

from symdiff.show.document import (
    Block,
    Document,
    Figure,
    Line,
    Listing,
    Math,
    Paragraph,
    Section,
)
from symdiff.show.writers.key import KEY, blanks, lines
from symdiff.show.writers.latex import as_latex
from symdiff.show.writers.text import as_text

CHINESE = re.compile(r"[\u3400-\u9fff]")
ENGLISH_WORDS = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z']{2,}){2,}")
HALF_WIDTH = re.compile(r"[\u3400-\u9fff][,;:?!.()]|[,;:?!()][\u3400-\u9fff]")
LESSONS = pytest.mark.parametrize("lesson", COURSE, ids=lambda lesson: lesson.key)
IN_BOTH = pytest.mark.parametrize("language", LANGUAGES)


def words(found: Document) -> Iterator[str]:
    """What the document says in words: formulas, code and listings apart."""
    yield from (piece for piece in found.title if isinstance(piece, str))
    for block in found.blocks():
        if not isinstance(block, Listing):
            for line in lines(block):
                yield from (piece for piece in line if isinstance(piece, str))


def shape(block: Block) -> tuple[object, ...]:
    """What two languages must have in common: the kind of a block, and the formulas in it."""
    formulas = {piece for line in lines(block) for piece in line if isinstance(piece, Math)}
    return type(block).__name__, formulas


@LESSONS
@IN_BOTH
def test_a_lesson_is_complete(lesson: Lesson, language: str) -> None:
    found = lesson.document(language)
    keys = [section.key for section in found.sections]
    assert len(keys) == len(set(keys))
    assert keys[-3:] == ["exercises", "program", KEY]
    assert len(keys) >= 6
    assert isinstance(found.opening[0], Paragraph)
    assert lesson.goal[LANGUAGES.index(language)] in found.opening[0].line


@LESSONS
@IN_BOTH
def test_a_lesson_can_be_written(lesson: Lesson, language: str) -> None:
    found = lesson.document(language)
    assert len(as_text(found)) > 3000
    assert "\\section" in as_latex(found) or "\\subsection" in as_latex(found)


@LESSONS
def test_both_languages_say_the_same(lesson: Lesson) -> None:
    english, chinese = (list(lesson.document(each).blocks()) for each in LANGUAGES)
    assert [shape(block) for block in english] == [shape(block) for block in chinese]


@LESSONS
def test_nothing_is_left_in_the_other_language(lesson: Lesson) -> None:
    for piece in words(lesson.document("en")):
        assert not CHINESE.search(piece), piece
    for piece in words(lesson.document("zh")):
        assert not ENGLISH_WORDS.search(piece), piece
        assert not HALF_WIDTH.search(piece), piece


@LESSONS
def test_chinese_paragraphs_are_chinese(lesson: Lesson) -> None:
    for block in lesson.document("zh").blocks():
        if isinstance(block, (Paragraph, Section)):
            line: Line = block.line if isinstance(block, Paragraph) else block.title
            said = "".join(piece for piece in line if isinstance(piece, str))
            letters = re.findall(r"[A-Za-z]{3,}", said)
            assert CHINESE.search(said) or not letters, said


@LESSONS
def test_exercises_have_keys(lesson: Lesson) -> None:
    found = lesson.document("en")
    asked = list(blanks(found))
    exercises, key = (
        next(section for section in found.sections if section.key == name)
        for name in ("exercises", KEY)
    )
    assert 2 <= len(exercises.blocks) <= 8
    assert [blank.number for blank in asked] == list(range(1, len(asked) + 1))
    assert len(key.blocks) == len(asked) >= 3
    assert all(blank.answer for blank in asked)


@LESSONS
def test_lessons_have_pictures(lesson: Lesson) -> None:
    figures = [b for b in lesson.document("zh").blocks() if isinstance(b, Figure)]
    assert figures or lesson.key == "published-derivation"


@LESSONS
def test_walks_can_be_derived(lesson: Lesson) -> None:
    assert len({walk.key for walk in lesson.walks}) == len(lesson.walks)
    for walk in lesson.walks:
        assert walk.derive("zh").document.language == "zh"


def test_every_lesson_has_its_program() -> None:
    assert len(list(PROGRAMS.glob("*.py"))) == len(COURSE)
    assert len({lesson.key for lesson in COURSE}) == len(COURSE)


def test_a_claim_that_does_not_hold_stops_the_build() -> None:
    claim(1 + 1 == 2, "sums")
    with pytest.raises(AssertionError, match="claims what does not hold: sums"):
        claim(1 + 1 == 3, "sums")


def test_blanks_are_numbered() -> None:
    say = Teller("en")
    first, second = say.blank(1.0), say.blank("two")
    assert (first.number, second.number) == (1, 2)
    assert second.answer == ("two",)


# Pages --------------------------------------------------------------------------------------------


class Links(HTMLParser):
    """The addresses that a page links to, and the ids that it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value is not None:
                self.addresses.append(value)
            if name == "id" and value is not None:
                self.ids.append(value)


def test_every_link_leads_to_a_page_or_a_place() -> None:
    pages = {
        file_name(lesson.key, language): lesson_page(lesson, COURSE, LANGUAGES, language)
        for lesson in COURSE
        for language in LANGUAGES
    }
    pages |= {
        file_name("index", language): index_page(COURSE, LANGUAGES, language)
        for language in LANGUAGES
    }
    files = set(pages)
    for lesson in COURSE:
        for walk in lesson.walks:
            files |= {file_name(lesson.key, each, walk.key) for each in LANGUAGES}
    assert all(file_name(lesson.key, "en") in pages["index.en.html"] for lesson in COURSE)
    for name, page in pages.items():
        found = Links(page)
        places = {f"#{each}" for each in found.ids} | {"data:,"}
        assert set(found.addresses) <= files | places, name
        for tongue in set(LANGUAGES) - {name.split(".")[-2]}:
            assert f"{name.split('.')[0]}.{tongue}.html" in found.addresses


def test_the_first_and_the_last_lesson_have_one_neighbour() -> None:
    pages = [lesson_page(lesson, COURSE[:3], ("en",), "en") for lesson in COURSE[:3]]
    assert [page.count('class="prev"') for page in pages] == [0, 1, 1]
    assert [page.count('class="next"') for page in pages] == [1, 1, 0]
    assert "中文" not in pages[0]


def test_the_command_writes_what_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build.main(["--lang", "zh", "-o", str(tmp_path / "out"), "first-graphs"])
    lesson = next(lesson for lesson in COURSE if lesson.key == "first-graphs")
    walks = {file_name(lesson.key, "zh", walk.key) for walk in lesson.walks}
    expected = {"index.zh.html", "first-graphs.zh.html"} | walks
    assert {path.name for path in (tmp_path / "out").iterdir()} == expected
    assert "index.zh.html" in capsys.readouterr().out


def test_a_lesson_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build.main(["calculus"])
    assert "there is no lesson 'calculus'; there are chain-rule, " in capsys.readouterr().err


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all pages."""
    folder = tmp_path_factory.mktemp("lessons")
    build.main(["-o", str(folder)])
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_pages_open_in_a_browser(size: tuple[int, int], built: Path, browser: Any) -> None:
    """No console messages, no requests, and nothing wider than the window."""
    width, height = size
    for path in sorted(built.glob("*.html")):
        page = browser.new_page(viewport={"width": width, "height": height})
        heard: list[str] = []
        page.on("console", lambda message, heard=heard: heard.append(message.text))
        page.on("pageerror", lambda error, heard=heard: heard.append(str(error)))
        page.on("request", lambda request, heard=heard: heard.append(request.url))
        page.goto(path.as_uri())
        outside = [each for each in heard if each not in (path.as_uri(), "data:,")]
        assert not outside, path.name
        scrolls = page.evaluate("document.documentElement.scrollWidth")
        assert scrolls <= width, f"{path.name} is {scrolls} wide in a window of {width}"
        page.close()
