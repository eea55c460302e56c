"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    contraction,
    elementwise,
    factorizations,
    least_squares,
    leaves,
    linear_algebra,
    matrix_functions,
    products,
    reduction,
    singular_values,
    spectral,
    structure,
    triangular,
)
from symdiff.ops.contraction import *
from symdiff.ops.elementwise import *
from symdiff.ops.factorizations import *
from symdiff.ops.least_squares import *
from symdiff.ops.leaves import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.matrix_functions import *
from symdiff.ops.products import *
from symdiff.ops.reduction import *
from symdiff.ops.singular_values import *
from symdiff.ops.spectral import *
from symdiff.ops.structure import *
from symdiff.ops.triangular import *

__all__: list[str] = []
__all__ += contraction.__all__
__all__ += elementwise.__all__
__all__ += factorizations.__all__
__all__ += least_squares.__all__
__all__ += leaves.__all__
__all__ += linear_algebra.__all__
__all__ += matrix_functions.__all__
__all__ += products.__all__
__all__ += reduction.__all__
__all__ += singular_values.__all__
__all__ += spectral.__all__
__all__ += structure.__all__
__all__ += triangular.__all__
