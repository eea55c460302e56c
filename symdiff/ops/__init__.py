"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    axes,
    contraction,
    elementwise,
    joining,
    leaves,
    linear_algebra,
    reduction,
    splitting,
    structure,
)
from symdiff.ops.axes import *
from symdiff.ops.contraction import *
from symdiff.ops.elementwise import *
from symdiff.ops.joining import *
from symdiff.ops.leaves import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.reduction import *
from symdiff.ops.splitting import *
from symdiff.ops.structure import *

__all__: list[str] = []
__all__ += axes.__all__
__all__ += contraction.__all__
__all__ += elementwise.__all__
__all__ += joining.__all__
__all__ += leaves.__all__
__all__ += linear_algebra.__all__
__all__ += reduction.__all__
__all__ += splitting.__all__
__all__ += structure.__all__
