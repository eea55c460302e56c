"""symdiff: formulas in; derivatives as graphs, closed forms and readable NumPy out.

>>> import symdiff as sd
>>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
>>> X, w, y = sd.inputs(loss)
>>> print(sd.grad(loss, w))
2 Xᵀ(X w − y)
"""

from collections.abc import Callable

from symdiff.answers.same import same
from symdiff.answers.verdict import Mistake, Verdict
from symdiff.binding import inputs
from symdiff.check import Comparison, check
from symdiff.codegen.generate import Compiled, compile, emit
from symdiff.cost import Cost, cost
from symdiff.derive.backprop import Contribution, GradientTable, backprop
from symdiff.derive.grad import grad
from symdiff.derive.jacobian import hessian, jacobian
from symdiff.derive.linear_map import LinearMap
from symdiff.derive.products import (
    Linearization,
    derivative,
    directional,
    hvp,
    jvp,
    linearize,
    vjp,
)
from symdiff.dims import Dim
from symdiff.errors import (
    ArgumentError,
    DerivativeError,
    InputError,
    ParseError,
    ShapeError,
    StructureError,
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
from symdiff.ops.linear_algebra import (
    det,
    inv,
    kron,
    logabsdet,
    matrix_power,
    signdet,
    slogdet,
    solve,
)
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
from symdiff.registry import FUNCTIONS
from symdiff.rewrite.simplify import Trace, simplify
from symdiff.show.derivative_costs import DerivativeCosts
from symdiff.show.latex import latex
from symdiff.show.table import Table, table
from symdiff.show.text import pretty, text

__version__ = "0.1.0"


def __getattr__(name: str) -> Callable[..., Node]:
    """Find functions of ops that were declared elsewhere, or after this list was written."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise AttributeError(f"symdiff has no {name!r}")


__all__ = [
    "ArgumentError",
    "Comparison",
    "Compiled",
    "Contribution",
    "Cost",
    "DerivativeCosts",
    "DerivativeError",
    "Dim",
    "GradientTable",
    "InputError",
    "LinearMap",
    "Linearization",
    "Mistake",
    "Node",
    "ParseError",
    "ShapeError",
    "StructureError",
    "SymdiffError",
    "Table",
    "Trace",
    "Verdict",
    "abs",
    "add",
    "arccos",
    "arcsin",
    "arctan",
    "array",
    "backprop",
    "broadcast_to",
    "ceil",
    "check",
    "clip",
    "compile",
    "constant",
    "cos",
    "cosh",
    "cost",
    "derivative",
    "det",
    "diag",
    "directional",
    "divide",
    "dot",
    "einsum",
    "emit",
    "equal",
    "evaluate",
    "exp",
    "expand_dims",
    "expm1",
    "eye",
    "floor",
    "grad",
    "greater",
    "greater_equal",
    "heaviside",
    "hessian",
    "hvp",
    "inputs",
    "inv",
    "jacobian",
    "jvp",
    "kron",
    "latex",
    "less",
    "less_equal",
    "linearize",
    "log",
    "log1p",
    "log_softmax",
    "logabsdet",
    "logical_and",
    "logical_not",
    "logical_or",
    "logsumexp",
    "matmul",
    "matrix",
    "matrix_power",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "multiply",
    "negative",
    "norm",
    "not_equal",
    "ones",
    "outer",
    "parse",
    "power",
    "pretty",
    "prod",
    "product_of_others",
    "relu",
    "reshape",
    "same",
    "scalar",
    "sigmoid",
    "sign",
    "signdet",
    "simplify",
    "sin",
    "sinh",
    "size",
    "slogdet",
    "softmax",
    "softplus",
    "solve",
    "sqrt",
    "square",
    "stop_gradient",
    "subtract",
    "sum",
    "table",
    "tan",
    "tanh",
    "tensor",
    "text",
    "trace",
    "transpose",
    "vdot",
    "vector",
    "vjp",
    "where",
    "zeros",
]
