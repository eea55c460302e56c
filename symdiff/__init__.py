"""symdiff: formulas in; derivatives as graphs, closed forms and readable NumPy out.

>>> import symdiff as sd
>>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
>>> X, w, y = sd.inputs(loss)
>>> print(sd.grad(loss, w))
2 Xᵀ(X w − y)
"""

from symdiff.binding import inputs
from symdiff.codegen.generate import Compiled, compile, emit
from symdiff.derive.backprop import Contribution, GradientTable, backprop
from symdiff.derive.grad import grad
from symdiff.dims import Dim
from symdiff.errors import (
    ArgumentError,
    DerivativeError,
    InputError,
    ParseError,
    ShapeError,
    SymdiffError,
)
from symdiff.evaluate import evaluate
from symdiff.frontends.text import parse
from symdiff.node import Node
from symdiff.ops.contraction import (
    diag,
    dot,
    einsum,
    matmul,
    mean,
    outer,
    sum,
    trace,
    transpose,
    vdot,
)
from symdiff.ops.elementwise import (
    abs,
    add,
    arccos,
    arcsin,
    arctan,
    ceil,
    clip,
    cos,
    cosh,
    divide,
    equal,
    exp,
    expm1,
    floor,
    greater,
    greater_equal,
    heaviside,
    less,
    less_equal,
    log,
    log1p,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    power,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    square,
    stop_gradient,
    subtract,
    tan,
    tanh,
    where,
)
from symdiff.ops.leaves import array, constant, eye, matrix, scalar, size, tensor, vector
from symdiff.ops.reduction import (
    log_softmax,
    logsumexp,
    max,
    min,
    norm,
    prod,
    product_of_others,
    softmax,
)
from symdiff.ops.structure import broadcast_to, expand_dims, ones, reshape, zeros
from symdiff.rewrite.simplify import simplify
from symdiff.show.latex import latex
from symdiff.show.text import pretty, text
