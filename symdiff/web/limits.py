"""What a question to the playground may cost."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is asked, on the time and memory that it takes, and on the answer.

    characters  of a formula
    names       with a shape
    shape       characters of one shape
    body        bytes of a request
    seconds     from when a worker takes a question to its answer
    memory      bytes of a worker's address space
    answer      bytes of an answer
    workers     processes that answer
    waiting     questions that wait for one
    questions   after which a worker is replaced
    """

    characters: int = 4000
    names: int = 50
    shape: int = 200
    body: int = 64 * 1024
    seconds: float = 8.0
    memory: int = 1024 * MEBIBYTE
    answer: int = 2 * MEBIBYTE
    workers: int = 3
    waiting: int = 16
    questions: int = 1000
