"""A picture that is filled step by step: one HTML page that stands alone."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files

from symdiff.show.wording import Wording


def animation(svg: str, title: str, steps: int, language: str) -> str:
    """A page with a slider through the steps of the pass, and a button that plays them."""
    say = Wording(language).text
    counted = [say("picture.step", step=str(k), steps=str(steps)) for k in range(1, steps + 1)]
    words = {
        "play": say("picture.play"),
        "pause": say("picture.pause"),
        "steps": [say("picture.start"), *counted],
    }
    filling = {
        "language": language,
        "title": escape(title),
        "play": escape(say("picture.play")),
        "slider": escape(say("picture.slider")),
        "steps": str(steps),
        "svg": svg,
        "words": json.dumps(words, ensure_ascii=False).replace("<", "\\u003c"),
    }
    page = files("symdiff.draw").joinpath("animation.html").read_text(encoding="utf-8")
    pieces = page.split("{")
    return pieces[0] + "".join(_filled(piece, filling) for piece in pieces[1:])


def _filled(piece: str, filling: dict[str, str]) -> str:
    """What follows an opening brace: a slot, or a brace of the page's own."""
    name, brace, rest = piece.partition("}")
    return filling[name] + rest if brace and name in filling else "{" + piece
