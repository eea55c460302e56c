"""The ops, by family. Importing this package declares them all."""

from symdiff.ops import (
    contraction,
    elementwise,
    indexing,
    leaves,
    linear_algebra,
    reduction,
    structure,
)

__all__ = [
    "contraction",
    "elementwise",
    "indexing",
    "leaves",
    "linear_algebra",
    "reduction",
    "structure",
]
