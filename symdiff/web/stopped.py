"""Why a question has no answer: which limit it met, and what may help."""

from __future__ import annotations

import json
from enum import StrEnum

from symdiff.show.wording import Wording
from symdiff.web.limits import MEBIBYTE, Limits


class Reason(StrEnum):
    """What stopped a question; the catalogue says it, under `play.stopped.`."""

    SECONDS = "seconds"
    MEMORY = "memory"
    ANSWER = "answer"
    WAITING = "waiting"
    CRASH = "crash"
    DEFECT = "defect"


class Stopped(Exception):
    """A question that was stopped."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def told(reason: Reason, limits: Limits, language: str) -> bytes:
    """The answer in place of an answer."""
    sentence = Wording(language).text(
        f"play.stopped.{reason}",
        seconds=f"{limits.seconds:g}",
        memory=str(limits.memory // MEBIBYTE),
        answer=f"{limits.answer / MEBIBYTE:g}",
    )
    return json.dumps({"stopped": {"reason": reason, "text": sentence}}).encode()
