"""The ops, by family. Importing this package declares them all."""

from symdiff.ops import contraction, elementwise, indexing, leaves, reduction, structure

__all__ = ["contraction", "elementwise", "indexing", "leaves", "reduction", "structure"]
