"""What pictures say."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {}
