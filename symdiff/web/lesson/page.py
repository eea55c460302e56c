"""A derivation as one HTML file: text, pictures to step through, and source, all linked.

Nothing is fetched when it is opened; formulas are MathML, and without scripts the page still reads.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from symdiff.explain.derivation import Derivation
from symdiff.show.document import Document
from symdiff.show.wording import Wording
from symdiff.show.writers.html import as_html, line_html, stylesheet
from symdiff.show.writers.key import KEY, blanks
from symdiff.show.writers.text import plain
from symdiff.web.lesson.pictures import ids_of, pictures_of
from symdiff.web.lesson.policy import policy
from symdiff.web.lesson.source import program_of
from symdiff.web.lesson.stage import stage


def lesson_page(derivation: Derivation) -> str:
    """Write a derivation as a page of its own.

    Raises MissingDependencyError where latex2mathml is not installed.
    """
    document = derivation.document
    say = Wording(document.language)
    pictures = pictures_of(derivation.passes, say)
    ids = ids_of(pictures)
    program = program_of(derivation, say)
    opening = replace(document, sections=())
    key = [section for section in document.sections if section.key == KEY]
    told = [section for section in document.sections if section.key != KEY]
    page = Template(_asset("page.html")).safe_substitute(  # the policy needs the rest
        language=escape(document.language),
        title=escape(plain(document.title)),
        style=f"\n{stylesheet()}{_asset('page.css')}",
        heading=as_html(opening, ids),
        contents=escape(say.text("page.contents")),
        picture=escape(say.text("page.picture")),
        splitter=escape(say.text("page.splitter")),
        stage=stage(derivation.passes, pictures, say, any(blanks(document))),
        derivation=as_html(
            replace(document, title=(), opening=(), sections=(*told, program.section, *key)), ids
        ),
        sources="\n".join(
            [*_sources(program.text, derivation.latex, say), *_answers(document, say)]
        ),
        script=_script(),
    )
    return page.replace("$policy", policy(page), 1)


def _script() -> str:
    """The scripts as one, in a block of their own."""
    parts = "\n".join(map(_asset, ("stage.js", "links.js", "reading.js")))
    return f'\n"use strict";\n{{\n{parts}}}\n'


@cache
def _asset(name: str) -> str:
    return files("symdiff.web.lesson").joinpath(name).read_text(encoding="utf-8")


def _sources(program: str, latex: str, say: Wording) -> list[str]:
    """What can be copied: the module, and the derivation in LaTeX."""
    found = [("page.program.whole", program)] if program else []
    return [_source(key, text, say) for key, text in [*found, ("page.latex", latex)]]


def _source(key: str, text: str, say: Wording) -> str:
    copy, copied = escape(say.text("page.copy")), escape(say.text("page.copied"))
    return (
        f'<details class="source"><summary>{escape(say.text(key))}</summary>'
        f'<button type="button" class="copy scripted" data-copied="{copied}">{copy}</button>'
        f"<pre><code>{escape(text)}</code></pre></details>"
    )


def _answers(document: Document, say: Wording) -> list[str]:
    """The answers to the blanks, for the script; the key at the end of the text has them too."""
    found = {blank.number: blank.answer for blank in blanks(document)}
    if not found:
        return []
    keys = ("show", "hide", "show-all", "hide-all")
    words = "".join(f' data-{key}="{escape(say.text(f"page.{key}"))}"' for key in keys)
    labels = {number: escape(say.text("page.blank", number=str(number))) for number in found}
    answers = [
        f'<span data-answer="{number}" data-label="{labels[number]}">{line_html(answer)}</span>'
        for number, answer in found.items()
    ]
    return [f'<div class="answers" hidden{words}>', *answers, "</div>"]
