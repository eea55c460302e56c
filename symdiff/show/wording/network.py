"""What is said of layered networks."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {}
