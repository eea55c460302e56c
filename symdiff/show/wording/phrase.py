"""An entry of the catalogue."""

from typing import TypeAlias

Phrase: TypeAlias = tuple[str, str]
"""What it is in English and in Chinese; slots stand in braces."""
