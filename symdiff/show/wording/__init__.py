"""The one catalogue of what explanations, pictures and pages say, in every language.

`say("forward.title")` is a line of a document. Slots stand in braces and are filled with words or
formulas, in the order that each language wants: `say("shape.of", name=…, shape=…)`.
The catalogue is one table, `PHRASES`, English beside Chinese; it is written in the modules of this
package, one for each part that speaks.
"""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.errors import ArgumentError
from symdiff.show.compose import prose
from symdiff.show.document import Inline, Line
from symdiff.show.wording import derivation, network, page, picture, playground, step, writing
from symdiff.show.wording.phrase import Phrase

LANGUAGES = ("en", "zh")


def _catalogue(*parts: Mapping[str, Phrase]) -> dict[str, Phrase]:
    """The phrases of all parts; a key stands for one phrase."""
    found: dict[str, Phrase] = {}
    for part in parts:
        twice = found.keys() & part.keys()
        assert not twice, f"phrases are given twice: {sorted(twice)}"
        found.update(part)
    return found


PHRASES = _catalogue(
    derivation.PHRASES,
    step.PHRASES,
    network.PHRASES,
    picture.PHRASES,
    page.PHRASES,
    playground.PHRASES,
    writing.PHRASES,
)


class Wording:
    """The phrases of one language.

    Raises ArgumentError for a language that is not in the catalogue.
    """

    def __init__(self, language: str = "en") -> None:
        if language not in LANGUAGES:
            known = ", ".join(map(repr, LANGUAGES))
            raise ArgumentError(f"lang must be one of {known}, not {language!r}")
        self.language = language
        self._place = LANGUAGES.index(language)

    def __call__(self, key: str, **slots: Inline | Line) -> Line:
        """The phrase as a line, its slots filled."""
        return prose(PHRASES[key][self._place], **slots)

    def text(self, key: str, **slots: str) -> str:
        """The phrase as a string, its slots filled with strings."""
        return PHRASES[key][self._place].format(**slots)
