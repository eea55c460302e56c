"""The column of a table that says how a step was checked, and with what error."""

from __future__ import annotations

from symdiff.explain.verdict import StepCheck
from symdiff.show.document import Line, Strong
from symdiff.show.wording import Wording


def check_cell(check: StepCheck | None, say: Wording) -> Line:
    """`ok 1.2e−14`, or why there is nothing to compare; nothing where nothing was checked."""
    if check is None:
        return ()
    if not check.compared:
        return say(f"check.{check.how}")
    return (Strong(say.text("check.ok")), f" {error_text(check.error)}")


def error_text(error: float) -> str:
    """A relative error, of which only the magnitude matters.

    >>> error_text(1.23e-14)
    '1e−14'
    """
    return f"{error:.0e}".replace("-", "−") if error else "0"
