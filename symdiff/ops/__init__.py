"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    contraction,
    elementwise,
    leaves,
    linear_algebra,
    reduction,
    structure,
    update,
)
from symdiff.ops.contraction import *
from symdiff.ops.elementwise import *
from symdiff.ops.leaves import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.reduction import *
from symdiff.ops.structure import *
from symdiff.ops.update import *

__all__: list[str] = []
__all__ += contraction.__all__
__all__ += elementwise.__all__
__all__ += leaves.__all__
__all__ += linear_algebra.__all__
__all__ += reduction.__all__
__all__ += structure.__all__
__all__ += update.__all__
