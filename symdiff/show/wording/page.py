"""What pages say around a derivation."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {}
