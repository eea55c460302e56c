"""What the playground says."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {}
