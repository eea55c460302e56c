"""The catalogue of phrases: both languages are complete, say the same, and are used."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import symdiff as sd
from symdiff.rewrite import simplify, stability
from symdiff.show.document import Math
from symdiff.show.wording import PHRASES, Wording
from symdiff.show.wording.rules import CHINESE

SOURCES = Path(sd.__file__).parent
HAN = "\u4e00-\u9fff"


def slots(phrase: str) -> set[str]:
    """The names of what is filled in."""
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


def test_both_languages_fill_in_the_same() -> None:
    for key, (english, chinese) in PHRASES.items():
        assert slots(english) == slots(chinese), key


def test_chinese_has_chinese_punctuation() -> None:
    for key, (_, chinese) in PHRASES.items():
        found = re.search(f"[{HAN}}}][,;:?!](?!\\w)|[,;:?!](?=[{HAN}])", chinese)
        assert not found, (key, chinese)


def test_each_phrase_is_used() -> None:
    """By its key, or by the beginning of its key with the rest filled in."""
    files = [p for p in SOURCES.rglob("*") if p.suffix in {".py", ".html", ".js"}]
    files = [p for p in files if "wording" not in p.parts]
    text = "\n".join(p.read_text(encoding="utf-8") for p in files)
    built = set(re.findall(r'[f ]"([a-z_.]{4,})\{', text)) | set(
        re.findall(r'"([a-z_.]+\.)"', text)
    )
    unused = [
        key
        for key in PHRASES
        if f'"{key}"' not in text and not any(key.startswith(start) for start in built)
    ]
    assert unused == []


def test_a_line_is_filled_in_the_order_of_the_language() -> None:
    line = Wording("en")("gradients.index", forward=Math("a", "a"), backward=Math("b", "b"))
    assert line == ("by entries, ", Math("a", "a"), ", so ", Math("b", "b"))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        Wording("fr")
    assert str(caught.value) == "lang must be one of 'en', 'zh', not 'fr'"


def test_each_rule_has_a_chinese_name() -> None:
    rules = {rule.name for rule in (*simplify.RULES, *stability.RULES)}
    assert rules <= CHINESE.keys()
