"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    complex,
    contraction,
    elementwise,
    fourier,
    fourier_axes,
    leaves,
    lengths,
    linear_algebra,
    reduction,
    structure,
)
from symdiff.ops.complex import *
from symdiff.ops.contraction import *
from symdiff.ops.elementwise import *
from symdiff.ops.fourier import *
from symdiff.ops.fourier_axes import *
from symdiff.ops.leaves import *
from symdiff.ops.lengths import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.reduction import *
from symdiff.ops.structure import *

__all__: list[str] = []
__all__ += complex.__all__
__all__ += contraction.__all__
__all__ += elementwise.__all__
__all__ += fourier.__all__
__all__ += fourier_axes.__all__
__all__ += leaves.__all__
__all__ += lengths.__all__
__all__ += linear_algebra.__all__
__all__ += reduction.__all__
__all__ += structure.__all__
