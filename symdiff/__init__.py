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
from symdiff.check_gradient import GradientReport, Measurement, check_gradient
from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile, emit
from symdiff.conventions import Conventions, conventions
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
from symdiff.domain import Domain, Exclusion, domain
from symdiff.errors import (
    ArgumentError,
    DerivativeError,
    InputError,
    MissingDependencyError,
    ParseError,
    ShapeError,
    StructureError,
    SymdiffError,
)
from symdiff.evaluate import evaluate
from symdiff.frontends.text import parse
from symdiff.node import Node
from symdiff.nonfinite import NonFiniteError
from symdiff.ops import *
from symdiff.ops import __all__ as _functions
from symdiff.registry import FUNCTIONS
from symdiff.rewrite.simplify import Trace, simplify
from symdiff.rewrite.stabilise import stabilise
from symdiff.separable import Separation, separable
from symdiff.show.catalogue import Catalogue, ops
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


__all__ = list(_functions)
__all__ += [
    "ArgumentError",
    "Catalogue",
    "Comparison",
    "Compiled",
    "Contribution",
    "Conventions",
    "Cost",
    "DerivativeCosts",
    "DerivativeError",
    "Dim",
    "Domain",
    "Exclusion",
    "GradientReport",
    "GradientTable",
    "InputError",
    "LinearMap",
    "Linearization",
    "Measurement",
    "MissingDependencyError",
    "Mistake",
    "Node",
    "NonFiniteError",
    "ParseError",
    "Separation",
    "ShapeError",
    "StructureError",
    "SymdiffError",
    "Table",
    "Trace",
    "Verdict",
    "backprop",
    "check",
    "check_gradient",
    "compile",
    "conventions",
    "cost",
    "derivative",
    "directional",
    "domain",
    "emit",
    "evaluate",
    "grad",
    "hessian",
    "hvp",
    "inputs",
    "jacobian",
    "jvp",
    "latex",
    "linearize",
    "ops",
    "parse",
    "pretty",
    "same",
    "separable",
    "simplify",
    "stabilise",
    "table",
    "text",
    "vjp",
]
