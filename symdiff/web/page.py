"""The page's own files, and what it is told when it is opened."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from symdiff.draw.svg import STYLE
from symdiff.show.wording import LANGUAGES, PHRASES
from symdiff.show.writers.html import stylesheet
from symdiff.web.examples import EXAMPLES
from symdiff.web.inquiry import KINDS
from symdiff.web.limits import Limits
from symdiff.web.views import VIEWS

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""The files that a page has, by their endings."""


@cache
def assets() -> dict[str, tuple[bytes, str]]:
    """Each file of the page with its media type. No other file is ever read for a request."""
    found = {
        "document.css": (stylesheet().encode(), TYPES[".css"]),
        "picture.css": (STYLE.encode(), TYPES[".css"]),
    }
    for file in files("symdiff.web").joinpath("assets").iterdir():
        ending = file.name[file.name.rfind(".") :]
        if ending in TYPES:
            found[file.name] = (file.read_bytes(), TYPES[ending])
    return found


def opening(limits: Limits) -> bytes:
    """What the page needs to know: phrases, examples, kinds, views, and the limits on texts."""
    words = {key: phrases for key, phrases in PHRASES.items() if key.startswith("play.")}
    return json.dumps(
        {
            "languages": LANGUAGES,
            "phrases": words,
            "examples": [example._asdict() for example in EXAMPLES],
            "kinds": list(KINDS),
            "views": list(VIEWS),
            "limits": {"characters": limits.characters, "shape": limits.shape},
        }
    ).encode()
