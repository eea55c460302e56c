"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    contraction,
    counting,
    cumulative,
    differences,
    elementwise,
    leaves,
    linear_algebra,
    missing,
    norms,
    reduction,
    soft_maximum,
    statistics,
    structure,
)
from symdiff.ops.contraction import *
from symdiff.ops.counting import *
from symdiff.ops.cumulative import *
from symdiff.ops.differences import *
from symdiff.ops.elementwise import *
from symdiff.ops.leaves import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.missing import *
from symdiff.ops.norms import *
from symdiff.ops.reduction import *
from symdiff.ops.soft_maximum import *
from symdiff.ops.statistics import *
from symdiff.ops.structure import *

__all__: list[str] = []
__all__ += contraction.__all__
__all__ += counting.__all__
__all__ += cumulative.__all__
__all__ += differences.__all__
__all__ += elementwise.__all__
__all__ += leaves.__all__
__all__ += linear_algebra.__all__
__all__ += missing.__all__
__all__ += norms.__all__
__all__ += reduction.__all__
__all__ += soft_maximum.__all__
__all__ += statistics.__all__
__all__ += structure.__all__
