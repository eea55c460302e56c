"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    activations,
    arithmetic,
    contraction,
    elementwise,
    exponentials,
    leaves,
    linear_algebra,
    logic,
    reduction,
    rounding,
    structure,
    triangles,
)
from symdiff.ops.activations import *
from symdiff.ops.arithmetic import *
from symdiff.ops.contraction import *
from symdiff.ops.elementwise import *
from symdiff.ops.exponentials import *
from symdiff.ops.leaves import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.logic import *
from symdiff.ops.reduction import *
from symdiff.ops.rounding import *
from symdiff.ops.structure import *
from symdiff.ops.triangles import *

__all__: list[str] = []
__all__ += contraction.__all__
__all__ += elementwise.__all__
__all__ += leaves.__all__
__all__ += linear_algebra.__all__
__all__ += reduction.__all__
__all__ += structure.__all__
__all__ += activations.__all__
__all__ += arithmetic.__all__
__all__ += exponentials.__all__
__all__ += logic.__all__
__all__ += rounding.__all__
__all__ += triangles.__all__
