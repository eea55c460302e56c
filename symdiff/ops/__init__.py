"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    bessel,
    contraction,
    elementwise,
    error_functions,
    gamma_functions,
    hypergeometric,
    information,
    integrals,
    leaves,
    linear_algebra,
    reduction,
    structure,
)
from symdiff.ops.bessel import *
from symdiff.ops.contraction import *
from symdiff.ops.elementwise import *
from symdiff.ops.error_functions import *
from symdiff.ops.gamma_functions import *
from symdiff.ops.hypergeometric import *
from symdiff.ops.information import *
from symdiff.ops.integrals import *
from symdiff.ops.leaves import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.reduction import *
from symdiff.ops.structure import *

__all__: list[str] = []
__all__ += contraction.__all__
__all__ += elementwise.__all__
__all__ += leaves.__all__
__all__ += linear_algebra.__all__
__all__ += reduction.__all__
__all__ += structure.__all__
__all__ += bessel.__all__
__all__ += error_functions.__all__
__all__ += gamma_functions.__all__
__all__ += hypergeometric.__all__
__all__ += information.__all__
__all__ += integrals.__all__
