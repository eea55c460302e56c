"""The README's code runs in order, as a reader would run it, and prints what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from symdiff.registry import FUNCTIONS, OPS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    (code, said)
    for code, said in re.findall(r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?", README, re.S)
    if not code.startswith(" ")  # the body of a function that is shown
]
_ERRORS = re.compile(r" +\d\.\de-\d\d")
"""Measured errors, which are others on other machines."""


def test_code_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    reader: dict[str, Any] = {}
    try:
        for code, said in BLOCKS:
            printed = _printed(code, reader, capsys)
            if said:
                assert _ERRORS.sub(" …", printed) == _ERRORS.sub(" …", said), code
    finally:
        for table in (OPS, FUNCTIONS):
            table.pop("versine", None)


def _printed(code: str, reader: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    """What a block prints, with the error in which it may end."""
    try:
        exec(code, reader)
    except Exception as error:
        if f"{type(error).__name__}: {error}" not in README:
            raise
        return f"{capsys.readouterr().out}{type(error).__name__}: {error}\n"
    return capsys.readouterr().out


def test_all_blocks_are_found() -> None:
    assert len(BLOCKS) == README.count("```python\n") - README.count("```python\n ") > 10
