"""A process that answers questions, one after the other, within its limits.

It is started as `python -m symdiff.web.worker`, with the limits as its argument. Questions and
answers are frames on standard input and output: a header with a length, and JSON. What comes in is
never run: a formula is parsed, and the worst that it can do is to end this process.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
import traceback
import warnings
from dataclasses import asdict
from typing import BinaryIO

from symdiff.web.answer import answer
from symdiff.web.asked import Asked
from symdiff.web.limits import Limits
from symdiff.web.stopped import Reason, told

QUESTION = struct.Struct(">I")
"""Before a question: its length."""
ANSWER = struct.Struct(">?I")
"""Before an answer: whether the worker goes on, and the length."""


def main() -> None:
    """Answer until there are no more questions, or no more memory."""
    limits = Limits(**json.loads(sys.argv[1]))
    questions, answers = _channels()
    warnings.simplefilter("ignore")  # an overflow shows in the numbers; nobody reads it here
    _warm_up()
    _bind(limits)
    goes_on = _send(answers, b"", True)
    while goes_on and (header := questions.read(QUESTION.size)):
        question = Asked(**json.loads(questions.read(*QUESTION.unpack(header))))
        _allow_seconds(limits.seconds)
        goes_on = _send(answers, *_answered(question, limits))


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Where questions come from and answers go to; what others print goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, answers


def _send(answers: BinaryIO, text: bytes, goes_on: bool) -> bool:
    answers.write(ANSWER.pack(goes_on, len(text)) + text)
    answers.flush()
    return goes_on


def _answered(question: Asked, limits: Limits) -> tuple[bytes, bool]:
    """The answer to a question, and whether the process is fit for another."""
    try:
        text = json.dumps(answer(question), separators=(",", ":")).encode()
        stopped = Reason.ANSWER if len(text) > limits.answer else None
    except MemoryError:
        stopped = Reason.MEMORY
    except Exception:  # a defect of symdiff: who runs the server sees where, the page says so
        traceback.print_exc()
        stopped = Reason.DEFECT
    if stopped is None:
        return text, True
    return told(stopped, limits, question.language), stopped is not Reason.MEMORY


def _warm_up() -> None:
    """Answer a question of every kind, so that what they need is imported and set up."""
    from symdiff.web.inquiry import KINDS
    from symdiff.web.views import VIEWS

    shapes = {"X": "n d", "w": "d", "y": "n"}
    for view in VIEWS:
        answer(Asked("sum((X @ w - y)**2)", shapes, ["w"], "gradient", view, "en"))
    for kind in KINDS:
        answer(Asked("sum(log(1 + exp(-y*(X @ w))))", shapes, ["w"], kind, "closed", "en"))


def _bind(limits: Limits) -> None:
    """Bound memory, and forbid files to be written, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows: the server still stops what takes too long
        return
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_seconds(seconds: float) -> None:
    """Bound the time on the processor, should the server be gone that watches the clock."""
    try:
        import resource
    except ImportError:
        return
    spent = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent + 2 * seconds) + 2, hard))


def arguments(limits: Limits) -> list[str]:
    """The command that starts a worker."""
    # -P: a file in the current directory is not taken for a module
    return [sys.executable, "-P", "-m", "symdiff.web.worker", json.dumps(asdict(limits))]


def environment() -> dict[str, str]:
    """The environment of a worker: one thread, the modules of this process, no files written."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.pathsep.join(part for part in sys.path if part)
    return kept | threads | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    main()
