"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    along,
    contraction,
    elementwise,
    interpolation,
    leaves,
    linear_algebra,
    quantiles,
    reduction,
    sorting,
    structure,
    update,
)
from symdiff.ops.along import *
from symdiff.ops.contraction import *
from symdiff.ops.elementwise import *
from symdiff.ops.interpolation import *
from symdiff.ops.leaves import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.quantiles import *
from symdiff.ops.reduction import *
from symdiff.ops.sorting import *
from symdiff.ops.structure import *
from symdiff.ops.update import *

__all__: list[str] = []
__all__ += along.__all__
__all__ += contraction.__all__
__all__ += elementwise.__all__
__all__ += interpolation.__all__
__all__ += leaves.__all__
__all__ += linear_algebra.__all__
__all__ += quantiles.__all__
__all__ += reduction.__all__
__all__ += sorting.__all__
__all__ += structure.__all__
__all__ += update.__all__
