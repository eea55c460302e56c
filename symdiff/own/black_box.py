"""Ops that a function of NumPy computes, of which nothing is known but what is declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

import numpy as np

from symdiff.derive.declared_rules import DeclaredRule
from symdiff.dims import Shape, product, spaced_shape
from symdiff.errors import ArgumentError, quote
from symdiff.functions import PythonFunction
from symdiff.node import Node, intern
from symdiff.ops import rows
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.leaves import CONSTANT, INEXACT, VARIABLE, numpy_type
from symdiff.own.body import Body, Procedure
from symdiff.own.facts import forms, samples_of
from symdiff.own.partials import declared_partials
from symdiff.own.pickles import reduced
from symdiff.own.shape_rule import ComputedShape, ShapeRule, WrittenShapes
from symdiff.own.signature import Signature
from symdiff.own.trial import check_partial
from symdiff.registry import Derivative, Op, Sample, Undefined, rows_mix
from symdiff.template import Template

Rules = tuple[Body | None, ...] | Procedure
"""What each argument receives, or a function that says it of all of them."""


@dataclass(frozen=True)
class BlackBox:
    """What a user declares of an op that a function of NumPy computes.

    signature  its name and the names of its parameters
    function   the function, of arrays
    statement  the line that imports it into a module; "" where its source is carried
    shape      its shape rule; None if it acts on each entry
    kind       the kind of its results
    partials   if it acts on each entry, the derivatives that are declared
    cotangent  if it does not, what its arguments receive; None if it has no derivative
    between    the interval in which it can be tried
    """

    signature: Signature
    function: Callable[..., Any]
    statement: str = ""
    shape: ShapeRule | None = None
    kind: str = "float"
    partials: tuple[Body, ...] = ()
    cotangent: Rules | None = None
    between: tuple[float, float] = (-2.0, 2.0)
    pretty: str = ""
    latex: str = ""

    @property
    def op(self) -> Op:
        """The op; equal declarations have the same."""
        return _op_of(self)

    @property
    def elementwise(self) -> bool:
        """Whether it acts on each entry."""
        return self.shape is None

    @property
    def called(self) -> PythonFunction:
        """The function as code calls it."""
        name = self.signature.name
        return PythonFunction(name, guarded(self.function), self.statement)

    def __reduce__(self) -> tuple[Any, ...]:
        rules = self.cotangent if isinstance(self.cotangent, tuple) else (self.cotangent,)
        shape = self.shape.function if isinstance(self.shape, ComputedShape) else None
        return reduced(self, (self.function, shape, *self.partials, *rules))


@cache
def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which cannot write into its arguments: others need them, too."""
    if isinstance(function, np.ufunc):
        return function

    @wraps(function)
    def call(*arrays: Any) -> Any:
        return function(*map(_read_only, arrays))

    return call


def _read_only(array: Any) -> Any:
    if not isinstance(array, np.ndarray):
        return array
    view = array.view()
    view.flags.writeable = False
    return view


@cache
def _op_of(of: BlackBox) -> Op:
    return Op(
        of.signature.name,
        infer=lambda args, attrs: (_shape(of, args), of.kind),
        derivative=_derivative(of),
        numpy=lambda node: _numpy(of, node),
        elementwise=of.elementwise,
        rows=rows.elementwise if of.elementwise else rows_mix,
        functions=lambda node: (of.called,),
        own=of,
        operations=lambda node: product(node.shape),
        samples=_samples(of),
        **forms(of.signature, of.pretty, of.latex),
    )


def _shape(of: BlackBox, args: tuple[Node, ...]) -> Shape:
    return broadcast_shape(of.signature.name, args) if of.shape is None else of.shape.of(args)


def _numpy(of: BlackBox, node: Node) -> Template:
    """A call, whose result is checked where it may not be what is declared."""
    arguments = ", ".join(f"{{{k}}}" for k in range(len(node.args)))
    name, dtype = f"{{{len(node.args)}}}", numpy_type(node.dtype)
    if isinstance(of.function, np.ufunc):
        plain = _keeps_type(of.function) and not any(map(_widens, node.args))
        return Template(f"{name}({arguments})" + ("" if plain else f".astype({dtype})"))
    if of.shape is None:
        return Template(f"_entries({name}, {dtype}, {arguments})")
    shape = spaced_shape(node.shape)
    return Template(f'_result("{of.signature.name}", {name}({arguments}), {shape}, {dtype})')


def _keeps_type(function: np.ufunc) -> bool:
    """True for a function that makes single precision of single precision."""
    return f"{'f' * function.nin}->f" in function.types


def _widens(arg: Node) -> bool:
    """True for an argument with which single precision may become double."""
    return arg.dtype not in INEXACT or (arg.op is CONSTANT and not arg.shape)


# Derivatives ------------------------------------------------------------------------------------


def _derivative(of: BlackBox) -> Derivative:
    if of.partials:
        return declared_partials(of.signature, of.partials, lambda k: _check_partial(of, k))
    if of.cotangent is None:
        way = "derivative=…" if of.elementwise else "cotangent=…"
        return Undefined(
            "its declaration gives none",
            f"sd.op with {way} to declare it, or sd.stop_gradient to hold it constant",
        )
    return DeclaredRule(lambda node, k, g: _received(of, node, k, g))


def _check_partial(of: BlackBox, k: int) -> None:
    check_partial(of.signature, k, of.partials[k], of.called.call, of.between)


def _received(of: BlackBox, node: Node, k: int, g: Node) -> object:
    """What the rule says that an argument receives."""
    names = of.signature.parameters
    if isinstance(of.cotangent, tuple):
        rule = of.cotangent[k]
        if isinstance(rule, Procedure):
            return rule.function(g, *node.args)
        if rule is None:
            return None
        stands = dict(zip(names, node.args, strict=True))
        return rule.run({**stands, of.signature.name: node, "g": g}, names)
    assert of.cotangent is not None
    found = of.cotangent.function(g, *node.args)
    if len(names) == 1 and not isinstance(found, (list, tuple)):
        return found
    if not isinstance(found, (list, tuple)) or len(found) != len(names):
        raise ArgumentError(
            f"the cotangent rule of `{of.signature}` returns what each argument receives, in a "
            f"tuple of {len(names)}, not {_said(found)}"
        )
    return found[k]


def _said(value: object) -> str:
    return quote(value) if isinstance(value, Node) else repr(value)


def _samples(of: BlackBox) -> tuple[Sample, ...]:
    if of.shape is None:
        return samples_of(of.signature, dict.fromkeys(of.signature.parameters, "n"), of.between)
    if not isinstance(of.shape, WrittenShapes):
        return ()
    shapes = [" ".join(map(str, shape)) for shape in of.shape.shapes[:-1]]
    return samples_of(
        of.signature, dict(zip(of.signature.parameters, shapes, strict=True)), of.between
    )


def check_elementwise(of: BlackBox, arguments: Sequence[Any]) -> None:
    """Refuse a function that fails for arrays, or does not act on each entry."""
    whole = _tried(of, arguments)
    matrix = _tried(of, [np.reshape(x, (2, -1)) for x in arguments])
    first = _tried(of, [x[:3] for x in arguments])
    shapes = [found.shape for found in (whole, matrix, first)]
    expected = [arguments[0].shape, (2, len(arguments[0]) // 2), (3,)]
    same = shapes == expected and np.allclose(whole[:3], first, rtol=1e-6, equal_nan=True)
    if not same or not np.array_equal(matrix.ravel(), whole, equal_nan=True):
        raise ArgumentError(
            f"`{of.signature}` does not act on each entry: what it makes of one depends on others, "
            "or on their shape; declare its shape rule with `shape`"
        )


def _tried(of: BlackBox, arguments: Sequence[Any]) -> Any:
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(of.called.call(*arguments))
    except Exception as error:  # whatever a function of the user's raises
        low, high = of.between
        raise ArgumentError(
            f"`{of.signature}` fails for arrays of numbers between {low:g} and {high:g}: "
            f"{type(error).__name__}: {error}; wrap a function of single numbers in one that "
            "applies np.vectorize, or give `between` for another interval"
        ) from error
    if found.dtype.kind not in "biuf":
        raise ArgumentError(f"`{of.signature}` makes {found.dtype} of float64, not real numbers")
    return found


def check_rules(of: BlackBox) -> None:
    """Refuse formulas for cotangents that do not fit the shapes of the arguments."""
    if not isinstance(of.shape, WrittenShapes) or not isinstance(of.cotangent, tuple):
        return
    shapes = zip(of.signature.parameters, of.shape.shapes, strict=False)
    args = tuple(intern(VARIABLE, (), (name, shape, "float")) for name, shape in shapes)
    node = intern(of.op, args)
    g = intern(VARIABLE, (), ("g", node.shape, "float"))
    for k, rule in enumerate(of.cotangent):
        if not isinstance(rule, Procedure):
            of.op.derivative.cotangent(node, k, g)
