"""symdiff: formulas in; derivatives as graphs, closed forms and readable NumPy out.

>>> import symdiff as sd
>>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
>>> X, w, y = sd.inputs(loss)
>>> print(sd.grad(loss, w))
2 Xᵀ(X w − y)

Importing the package loads nothing. A public name is looked up when it is first used, in the module
that `_HOMES` gives, or else among the functions of `symdiff.ops`.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names, for who reads types; the tests compare
    from symdiff.answers.same import same as same
    from symdiff.answers.verdict import Mistake as Mistake
    from symdiff.answers.verdict import Verdict as Verdict
    from symdiff.binding import inputs as inputs
    from symdiff.check import Comparison as Comparison
    from symdiff.check import check as check
    from symdiff.check_gradient import GradientReport as GradientReport
    from symdiff.check_gradient import Measurement as Measurement
    from symdiff.check_gradient import check_gradient as check_gradient
    from symdiff.codegen.compiled import Compiled as Compiled
    from symdiff.codegen.generate import compile as compile
    from symdiff.codegen.generate import emit as emit
    from symdiff.conventions import Conventions as Conventions
    from symdiff.conventions import conventions as conventions
    from symdiff.cost import Cost as Cost
    from symdiff.cost import cost as cost
    from symdiff.derive.backprop import Contribution as Contribution
    from symdiff.derive.backprop import GradientTable as GradientTable
    from symdiff.derive.backprop import backprop as backprop
    from symdiff.derive.grad import grad as grad
    from symdiff.derive.jacobian import hessian as hessian
    from symdiff.derive.jacobian import jacobian as jacobian
    from symdiff.derive.linear_map import LinearMap as LinearMap
    from symdiff.derive.products import Linearization as Linearization
    from symdiff.derive.products import derivative as derivative
    from symdiff.derive.products import directional as directional
    from symdiff.derive.products import hvp as hvp
    from symdiff.derive.products import jvp as jvp
    from symdiff.derive.products import linearize as linearize
    from symdiff.derive.products import vjp as vjp
    from symdiff.dims import Dim as Dim
    from symdiff.domain import Domain as Domain
    from symdiff.domain import Exclusion as Exclusion
    from symdiff.domain import domain as domain
    from symdiff.draw.draw import draw as draw
    from symdiff.draw.picture import Picture as Picture
    from symdiff.errors import ArgumentError as ArgumentError
    from symdiff.errors import DerivativeError as DerivativeError
    from symdiff.errors import ExplanationError as ExplanationError
    from symdiff.errors import FileError as FileError
    from symdiff.errors import InputError as InputError
    from symdiff.errors import MissingDependencyError as MissingDependencyError
    from symdiff.errors import ParseError as ParseError
    from symdiff.errors import ShapeError as ShapeError
    from symdiff.errors import StructureError as StructureError
    from symdiff.errors import SymdiffError as SymdiffError
    from symdiff.evaluate import evaluate as evaluate
    from symdiff.explain.derivation import Derivation as Derivation
    from symdiff.explain.explain import explain as explain
    from symdiff.files.document import from_json as from_json
    from symdiff.files.document import load as load
    from symdiff.files.document import save as save
    from symdiff.files.document import to_json as to_json
    from symdiff.files.source import load_source as load_source
    from symdiff.frontends.derivatives import grad_of as grad_of
    from symdiff.frontends.derivatives import hessian_of as hessian_of
    from symdiff.frontends.derivatives import jacobian_of as jacobian_of
    from symdiff.frontends.derivatives import value_and_grad as value_and_grad
    from symdiff.frontends.equations import fixed_point as fixed_point
    from symdiff.frontends.equations import minimizer as minimizer
    from symdiff.frontends.equations import solve_for as solve_for
    from symdiff.frontends.functions import Function as Function
    from symdiff.frontends.functions import function as function
    from symdiff.frontends.latex import from_latex as from_latex
    from symdiff.frontends.numpy_coverage import NumpyCoverage as NumpyCoverage
    from symdiff.frontends.numpy_coverage import numpy_coverage as numpy_coverage
    from symdiff.frontends.numpy_functions import from_function as from_function
    from symdiff.frontends.sympy.reading import from_sympy as from_sympy
    from symdiff.frontends.sympy.writing import to_sympy as to_sympy
    from symdiff.frontends.text import parse as parse
    from symdiff.node import Node as Node
    from symdiff.nonfinite import NonFiniteError as NonFiniteError
    from symdiff.ops import *
    from symdiff.optimise.least_squares import Fit as Fit
    from symdiff.optimise.least_squares import least_squares as least_squares
    from symdiff.optimise.minimise import minimize as minimize
    from symdiff.optimise.objective import Objective as Objective
    from symdiff.optimise.objective import objective as objective
    from symdiff.optimise.result import Interrupted as Interrupted
    from symdiff.optimise.result import Optimum as Optimum
    from symdiff.own.custom_gradient import custom_gradient as custom_gradient
    from symdiff.own.declared import forget as forget
    from symdiff.own.define import define as define
    from symdiff.own.op import op as op
    from symdiff.rewrite.simplify import Trace as Trace
    from symdiff.rewrite.simplify import simplify as simplify
    from symdiff.rewrite.stabilise import stabilise as stabilise
    from symdiff.separable import Separation as Separation
    from symdiff.separable import separable as separable
    from symdiff.show.catalogue import Catalogue as Catalogue
    from symdiff.show.catalogue import ops as ops
    from symdiff.show.derivative_costs import DerivativeCosts as DerivativeCosts
    from symdiff.show.latex import latex as latex
    from symdiff.show.table import Table as Table
    from symdiff.show.table import table as table
    from symdiff.show.text import pretty as pretty
    from symdiff.show.text import text as text
    from symdiff.sparse.matrices import SparseMatrix as SparseMatrix
    from symdiff.sparse.matrices import sparse_hessian as sparse_hessian
    from symdiff.sparse.matrices import sparse_jacobian as sparse_jacobian
    from symdiff.sparse.matrices import sparsity as sparsity
    from symdiff.vmap import vmap as vmap

__version__ = "0.1.0"

_PUBLIC = {
    "answers.same": "same",
    "answers.verdict": "Mistake Verdict",
    "binding": "inputs",
    "check": "Comparison check",
    "check_gradient": "GradientReport Measurement check_gradient",
    "codegen.compiled": "Compiled",
    "codegen.generate": "compile emit",
    "conventions": "Conventions conventions",
    "cost": "Cost cost",
    "derive.backprop": "Contribution GradientTable backprop",
    "derive.grad": "grad",
    "derive.jacobian": "hessian jacobian",
    "derive.linear_map": "LinearMap",
    "derive.products": "Linearization derivative directional hvp jvp linearize vjp",
    "dims": "Dim",
    "domain": "Domain Exclusion domain",
    "draw.draw": "draw",
    "draw.picture": "Picture",
    "errors": "ArgumentError DerivativeError ExplanationError FileError InputError "
    "MissingDependencyError ParseError ShapeError StructureError SymdiffError",
    "evaluate": "evaluate",
    "explain.derivation": "Derivation",
    "explain.explain": "explain",
    "files.document": "from_json load save to_json",
    "files.source": "load_source",
    "frontends.derivatives": "grad_of hessian_of jacobian_of value_and_grad",
    "frontends.functions": "Function function",
    "frontends.equations": "fixed_point minimizer solve_for",
    "frontends.latex": "from_latex",
    "frontends.sympy.reading": "from_sympy",
    "frontends.sympy.writing": "to_sympy",
    "frontends.numpy_coverage": "NumpyCoverage numpy_coverage",
    "frontends.numpy_functions": "from_function",
    "frontends.text": "parse",
    "node": "Node",
    "nonfinite": "NonFiniteError",
    "optimise.least_squares": "Fit least_squares",
    "optimise.minimise": "minimize",
    "optimise.objective": "Objective objective",
    "optimise.result": "Interrupted Optimum",
    "own.custom_gradient": "custom_gradient",
    "own.declared": "forget",
    "own.define": "define",
    "own.op": "op",
    "rewrite.simplify": "Trace simplify",
    "rewrite.stabilise": "stabilise",
    "separable": "Separation separable",
    "show.catalogue": "Catalogue ops",
    "show.derivative_costs": "DerivativeCosts",
    "show.latex": "latex",
    "show.table": "Table table",
    "show.text": "pretty text",
    "sparse.matrices": "SparseMatrix sparse_hessian sparse_jacobian sparsity",
    "vmap": "vmap",
}
_HOMES = {name: f"symdiff.{module}" for module, names in _PUBLIC.items() for name in names.split()}


class _Package(ModuleType):
    """A package that finds a name when it is first used, and has it from then on."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":  # what Python asks of every module
            raise AttributeError(f"symdiff has no {name!r}")
        value = _found(name)
        if not _is_own(name):  # which may be declared anew
            self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        """Let no module hide a public name: `symdiff.cost` is the function, not its module."""
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__all__})


def _is_own(name: str) -> bool:
    """True for a function that `op` or `define` has declared."""
    declared = sys.modules.get("symdiff.own.declared")
    return declared is not None and name in declared.DECLARED


def is_public(name: str) -> bool:
    """True for a name of the package that is no function of formulas."""
    return name in _HOMES


def _found(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    ops, functions = import_module("symdiff.ops"), import_module("symdiff.registry").FUNCTIONS
    if name == "__all__":
        return [*ops.__all__, *_HOMES]
    if _is_own(name):
        return import_module("symdiff.own.declared").DECLARED[name]
    if name in ops.__all__ or name in functions:  # ops may be declared elsewhere, and later
        return getattr(ops, name, None) or functions[name]
    if find_spec(f"symdiff.{name}") is None:
        raise AttributeError(f"symdiff has no {name!r}")
    return import_module(f"symdiff.{name}")


sys.modules[__name__].__class__ = _Package
