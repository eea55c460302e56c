"""Lessons as HTML files that need nothing else: no network, no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

from lessons.lesson import LANGUAGES, Lesson, Walk
from symdiff.show.document import Document, Paragraph
from symdiff.show.writers.html import as_html, line_html, stylesheet
from symdiff.show.writers.key import KEY
from symdiff.show.writers.text import plain

HERE = Path(__file__).parent
COURSE = ("Back-propagation, step by step", "反向传播：一步一步来")
TONGUES = ("English", "中文")
STEPS = ("Step by step", "逐步演示")
"""Over the links to pages that have a slider through the steps of a derivation."""
ALL = ("All lessons", "全部课程")
BEFORE, NEXT = ("Before: {title}", "上一课：{title}"), ("Next: {title}", "下一课：{title}")


class Link(NamedTuple):
    """Where a link leads, what it says, and what it is for."""

    address: str
    words: str
    role: str


def file_name(key: str, language: str, walk: str = "") -> str:
    """The file of a page: of a lesson, or of a derivation in it that can be walked through."""
    return f"{key}{walk and f'.{walk}'}.{language}.html"


def lesson_page(
    lesson: Lesson, course: Sequence[Lesson], languages: Sequence[str], language: str
) -> str:
    """A lesson, with links to its neighbours among the lessons that are built."""
    place, tongue = course.index(lesson), LANGUAGES.index(language)
    links = [Link(file_name("index", language), ALL[tongue], "all")]
    for other, words, role in ((place - 1, BEFORE, "prev"), (place + 1, NEXT, "next")):
        if 0 <= other < len(course):
            found = course[other]
            title = words[tongue].format(title=found.title[tongue])
            links.append(Link(file_name(found.key, language), title, role))
    links += _tongues(lesson.key, languages, language)
    return page(lesson.document(language), links, _walks(lesson, language))


def walk_page(walk: Walk, language: str) -> str:
    """A derivation of a lesson, with a slider through its steps."""
    return walk.derive(language).page


def _walks(lesson: Lesson, language: str) -> str:
    """Links to the derivations that have pages of their own."""
    if not lesson.walks:
        return ""
    tongue = LANGUAGES.index(language)
    items = []
    for walk in lesson.walks:
        address = file_name(lesson.key, language, walk.key)
        items.append(f'<li><a href="{address}">{escape(walk.title[tongue])}</a></li>')
    return "\n".join([f'<nav class="walks"><h2>{STEPS[tongue]}</h2><ul>', *items, "</ul></nav>"])


def index_page(course: Sequence[Lesson], languages: Sequence[str], language: str) -> str:
    """The list of the lessons."""
    tongue = LANGUAGES.index(language)
    opening = (
        "Every formula, number, table and picture in these lessons was computed by symdiff when "
        "the pages were built; where a sentence claims something, the build has checked it.",
        "课程中的公式、数字、表格和图都是在生成页面时由 symdiff 算出的；"
        "文中的论断也都在生成时检验过。",
    )
    document = Document((COURSE[tongue],), (Paragraph((opening[tongue],)),), (), language)
    items = [
        f'<li><a href="{file_name(each.key, language)}">{escape(each.title[tongue])}</a>'
        f"<p>{escape(each.goal[tongue])}</p></li>"
        for each in course
    ]
    contents = "\n".join(['<ol class="course">', *items, "</ol>"])
    return page(document, _tongues("index", languages, language), after=contents)


def _tongues(key: str, languages: Sequence[str], language: str) -> list[Link]:
    """Links to the same page in the other languages."""
    return [
        Link(file_name(key, other), TONGUES[LANGUAGES.index(other)], other)
        for other in languages
        if other != language
    ]


def page(document: Document, links: Sequence[Link], beside: str = "", after: str = "") -> str:
    """A document as a page of its own, with links above, beside and below it."""
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        language=document.language,
        title=escape(plain(document.title)),
        style=stylesheet() + (HERE / "page.css").read_text(encoding="utf-8"),
        above=_navigation([link for link in links if link.role not in {"prev", "next"}]),
        contents=_contents(document) + beside,
        article=_article(document),
        after=after,
        below=_navigation([link for link in links if link.role in {"prev", "next"}]),
    )


def _navigation(links: Sequence[Link]) -> str:
    """Links in a row; nothing where there are none."""
    if not links:
        return ""
    anchors = [
        f'<a class="{link.role}" href="{link.address}"{_language(link)}>{escape(link.words)}</a>'
        for link in links
    ]
    return "\n".join(["<nav>", *anchors, "</nav>"])


def _language(link: Link) -> str:
    return f' lang="{link.role}" hreflang="{link.role}"' if link.role in LANGUAGES else ""


def _contents(document: Document) -> str:
    """Links to the sections, where there are several."""
    if len(document.sections) < 2:
        return ""
    items = [
        f'<li><a href="#{section.key}">{line_html(section.title)}</a></li>'
        for section in document.sections
    ]
    return "\n".join(['<nav class="contents"><ol>', *items, "</ol></nav>"])


def _article(document: Document) -> str:
    """The text, its sections with ids; the answers are folded away."""
    told = replace(document, sections=tuple(s for s in document.sections if s.key != KEY))
    written = as_html(told)
    for section in told.sections:
        opening = f'<section data-section="{section.key}"'
        written = written.replace(opening, f'{opening} id="{section.key}"', 1)
    for section in document.sections:
        if section.key == KEY:
            answers = as_html(Document((), section.blocks, (), document.language))
            title = f"<summary>{line_html(section.title)}</summary>"
            written += f'\n<details id="{KEY}">{title}\n{answers}\n</details>'
    return written
