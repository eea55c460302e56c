"""A derivation: what was done, as data, and the document that says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from symdiff.errors import ArgumentError
from symdiff.explain.passes import Pass
from symdiff.explain.result import Result
from symdiff.explain.steps import AnyStep
from symdiff.node import Node
from symdiff.show.document import Document
from symdiff.show.values import Array
from symdiff.show.writers.html import as_html, styled
from symdiff.show.writers.latex import as_latex, latex_document
from symdiff.show.writers.text import as_text


@dataclass(frozen=True, slots=True)
class Explained:
    """A pass with its steps, in the order in which they were taken.

    `values` are those of the nodes at the point that was given; None without one.
    """

    taken: Pass
    steps: tuple[AnyStep, ...]
    values: Mapping[Node, Array] | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Derivation:
    """How a derivative was found: `print` it, or write it with `save`.

    passes    the passes of back-propagation, one for each order
    results   the derivatives, in the order of `wrt`, by rows for second derivatives
    document  what is said, apart from how it is written
    """

    target: Node
    wrt: tuple[Node, ...]
    passes: tuple[Explained, ...]
    results: tuple[Result, ...]
    document: Document

    @property
    def steps(self) -> tuple[AnyStep, ...]:
        """Every step of every pass, in order."""
        return tuple(step for each in self.passes for step in each.steps)

    @property
    def text(self) -> str:
        """The derivation for a terminal."""
        return as_text(self.document)

    @property
    def latex(self) -> str:
        r"""The derivation as LaTeX that a document can \input."""
        return as_latex(self.document)

    @property
    def html(self) -> str:
        """The derivation as a part of a page, its formulas in MathML."""
        return as_html(self.document)

    @property
    def page(self) -> str:
        """The derivation as a page of its own, with pictures to step through and the NumPy source.

        Raises MissingDependencyError where latex2mathml is not installed.
        """
        from symdiff.web.lesson.page import lesson_page

        return lesson_page(self)

    def save(self, path: str | Path) -> None:
        """Write a file; its suffix says what: .txt, .tex (complete) or .html (a page).

        Raises ArgumentError for another suffix.
        """
        written = Path(path)
        writers: Mapping[str, Callable[[], str]] = {
            ".txt": lambda: self.text + "\n",
            ".tex": lambda: latex_document(self.document),
            ".html": lambda: self.page,
        }
        if written.suffix not in writers:
            raise ArgumentError(
                f"the suffix of {written.name!r} must be one of {', '.join(writers)}"
            )
        written.write_text(writers[written.suffix](), encoding="utf-8")

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str | None:
        """The derivation in a notebook; text alone where latex2mathml is not installed."""
        return styled(self.document)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        written = self._repr_html_()
        return {"text/plain": self.text} | ({"text/html": written} if written else {})
