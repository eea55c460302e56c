"""The ops, by family. Importing this package declares them all and gives their functions."""

from symdiff.ops import (
    activations,
    along,
    angles,
    arithmetic,
    arranging,
    axes,
    bessel,
    channels,
    choices,
    complex,
    contraction,
    convolution,
    copying,
    counting,
    creation,
    cumulative,
    diagonals,
    differences,
    elementwise,
    error_functions,
    exponentials,
    factorizations,
    fourier,
    fourier_axes,
    gamma_functions,
    hypergeometric,
    information,
    integrals,
    interpolation,
    joining,
    kinks,
    least_squares,
    leaves,
    lengths,
    linear_algebra,
    logic,
    matrix_functions,
    missing,
    norms,
    padding,
    pooling,
    products,
    quantiles,
    ranges,
    reduction,
    roots,
    rounding,
    singular_values,
    soft_maximum,
    sorting,
    spectral,
    splitting,
    stacking,
    statistics,
    steps,
    structure,
    triangles,
    triangular,
    update,
    windows,
)
from symdiff.ops.activations import *
from symdiff.ops.along import *
from symdiff.ops.angles import *
from symdiff.ops.arithmetic import *
from symdiff.ops.arranging import *
from symdiff.ops.axes import *
from symdiff.ops.bessel import *
from symdiff.ops.channels import *
from symdiff.ops.choices import *
from symdiff.ops.complex import *
from symdiff.ops.contraction import *
from symdiff.ops.convolution import *
from symdiff.ops.copying import *
from symdiff.ops.counting import *
from symdiff.ops.creation import *
from symdiff.ops.cumulative import *
from symdiff.ops.diagonals import *
from symdiff.ops.differences import *
from symdiff.ops.elementwise import *
from symdiff.ops.error_functions import *
from symdiff.ops.exponentials import *
from symdiff.ops.factorizations import *
from symdiff.ops.fourier import *
from symdiff.ops.fourier_axes import *
from symdiff.ops.gamma_functions import *
from symdiff.ops.hypergeometric import *
from symdiff.ops.information import *
from symdiff.ops.integrals import *
from symdiff.ops.interpolation import *
from symdiff.ops.joining import *
from symdiff.ops.kinks import *
from symdiff.ops.least_squares import *
from symdiff.ops.leaves import *
from symdiff.ops.lengths import *
from symdiff.ops.linear_algebra import *
from symdiff.ops.logic import *
from symdiff.ops.matrix_functions import *
from symdiff.ops.missing import *
from symdiff.ops.norms import *
from symdiff.ops.padding import *
from symdiff.ops.pooling import *
from symdiff.ops.products import *
from symdiff.ops.quantiles import *
from symdiff.ops.ranges import *
from symdiff.ops.reduction import *
from symdiff.ops.roots import *
from symdiff.ops.rounding import *
from symdiff.ops.singular_values import *
from symdiff.ops.soft_maximum import *
from symdiff.ops.sorting import *
from symdiff.ops.spectral import *
from symdiff.ops.splitting import *
from symdiff.ops.stacking import *
from symdiff.ops.statistics import *
from symdiff.ops.steps import *
from symdiff.ops.structure import *
from symdiff.ops.triangles import *
from symdiff.ops.triangular import *
from symdiff.ops.update import *
from symdiff.ops.windows import *

__all__: list[str] = []
__all__ += activations.__all__
__all__ += along.__all__
__all__ += angles.__all__
__all__ += arithmetic.__all__
__all__ += arranging.__all__
__all__ += axes.__all__
__all__ += bessel.__all__
__all__ += channels.__all__
__all__ += choices.__all__
__all__ += complex.__all__
__all__ += contraction.__all__
__all__ += convolution.__all__
__all__ += copying.__all__
__all__ += counting.__all__
__all__ += creation.__all__
__all__ += cumulative.__all__
__all__ += diagonals.__all__
__all__ += differences.__all__
__all__ += elementwise.__all__
__all__ += error_functions.__all__
__all__ += exponentials.__all__
__all__ += factorizations.__all__
__all__ += fourier.__all__
__all__ += fourier_axes.__all__
__all__ += gamma_functions.__all__
__all__ += hypergeometric.__all__
__all__ += information.__all__
__all__ += integrals.__all__
__all__ += interpolation.__all__
__all__ += joining.__all__
__all__ += kinks.__all__
__all__ += least_squares.__all__
__all__ += leaves.__all__
__all__ += lengths.__all__
__all__ += linear_algebra.__all__
__all__ += logic.__all__
__all__ += matrix_functions.__all__
__all__ += missing.__all__
__all__ += norms.__all__
__all__ += padding.__all__
__all__ += pooling.__all__
__all__ += products.__all__
__all__ += quantiles.__all__
__all__ += ranges.__all__
__all__ += reduction.__all__
__all__ += roots.__all__
__all__ += rounding.__all__
__all__ += singular_values.__all__
__all__ += soft_maximum.__all__
__all__ += sorting.__all__
__all__ += spectral.__all__
__all__ += splitting.__all__
__all__ += stacking.__all__
__all__ += statistics.__all__
__all__ += steps.__all__
__all__ += structure.__all__
__all__ += triangles.__all__
__all__ += triangular.__all__
__all__ += update.__all__
__all__ += windows.__all__

FAMILIES = {
    "elementwise": (
        elementwise,
        kinks,
        steps,
        choices,
        arithmetic,
        exponentials,
        angles,
        rounding,
        logic,
        activations,
    ),
    "special functions": (
        error_functions,
        gamma_functions,
        bessel,
        hypergeometric,
        integrals,
        information,
    ),
    "products and sums": (contraction, products),
    "reductions": (reduction, soft_maximum, norms, statistics, counting, missing),
    "along an axis": (cumulative, differences, sorting, quantiles, interpolation),
    "structure": (
        structure,
        axes,
        joining,
        stacking,
        splitting,
        arranging,
        copying,
        padding,
        triangles,
        diagonals,
    ),
    "creation": (leaves, creation, ranges),
    "indexing": (along, update),
    "linear algebra": (
        linear_algebra,
        triangular,
        factorizations,
        spectral,
        singular_values,
        least_squares,
        matrix_functions,
    ),
    "signal": (convolution, channels, pooling, windows, fourier, fourier_axes, lengths),
    "complex numbers": (complex,),
}
"""The modules that declare functions, by what people look for."""
