"""Derivatives of functions that are given by formulas: those of their bodies."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from symdiff.derive.backprop import dependents, held, pull_back
from symdiff.dims import Shape
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import CONSTANT, INEXACT, VARIABLE, constant, number_of
from symdiff.own.definition import Definition, Instance, Key, key_of
from symdiff.registry import Partials
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.simplify import simplify
from symdiff.rewrite.stabilise import prepared


class PartialsOfFormula(Partials):
    """The partial derivatives of a formula for each entry, derived from it.

    Those of complex numbers are no factors: there the cotangent goes back through the formula.
    """

    of: Definition

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """Multiply by the partial derivative."""
        if "complex" not in (node.dtype, *(arg.dtype for arg in node.args)):
            return super().cotangent(node, k, g)
        shapes = [node.shape if arg.shape else () for arg in node.args]
        return back(self.of, node, shapes, k, g)


def partials_of(of: Definition) -> PartialsOfFormula:
    """The partial derivatives of an elementwise definition."""
    count = len(of.signature.parameters)
    found = PartialsOfFormula(tuple(_partial(of, k) for k in range(count)))
    found.of = of
    return found


def _partial(of: Definition, k: int) -> Callable[..., Node | float]:
    def partial(y: Node, *args: Node) -> Node | float:
        instance = derived(of, key_of(args, scalars=True), k)
        number = number_of(instance.value)
        return instance.at(args) if number is None else number

    return partial


@lru_cache(maxsize=1024)
def derived(of: Definition, key: Key, k: int) -> Instance:
    """The derivative of the formula by a parameter, of scalars."""
    instance = of.instance(_stand_ins(of, key))
    found = _pulled_back(instance.value, instance.arguments[k], constant(1.0))
    return Instance(instance.arguments, constant(0.0) if found is None else found)


def _stand_ins(of: Definition, key: Key) -> list[Node]:
    return [
        each if isinstance(each, Node) else intern(VARIABLE, (), (name, *each))
        for name, each in zip(of.signature.parameters, key, strict=True)
    ]


def back(of: Definition, node: Node, shapes: list[Shape], k: int, g: Node) -> Node | None:
    """What an argument receives: the cotangent pulled back through the formula.

    `shapes` are those of the arguments in which the formula is read.
    """
    key = tuple(
        arg if arg.op is CONSTANT and not arg.shape else (shape, arg.dtype)
        for arg, shape in zip(node.args, shapes, strict=True)
    )
    found = _pullback(of, key, k, (g.shape, g.dtype))
    if found is None:
        return None
    (*arguments, seed), value = found
    return replaced([value], dict(zip([*arguments, seed], [*node.args, g], strict=True)))[0]


@lru_cache(maxsize=1024)
def _pullback(of: Definition, key: Key, k: int, seed: tuple[Shape, str]) -> Instance | None:
    instance = of.instance(_stand_ins(of, key))
    g = intern(VARIABLE, (), (f"the cotangent of {of.signature.name}", *seed))
    found = _pulled_back(instance.value, instance.arguments[k], g)
    return None if found is None else Instance((*instance.arguments, g), found)


def _pulled_back(value: Node, x: Node, g: Node) -> Node | None:
    """The cotangent of a variable, simplified; None where nothing flows."""
    if x.dtype not in INEXACT:
        return None
    target = prepared([value], [x])[0]
    order = topological([target])
    depends = dependents(order, [x])
    cotangents = {target: g}
    if target in depends:
        pull_back(order, depends, cotangents, [], held(order, depends, [x]))
    if x not in cotangents:
        return None
    return simplify(unprotected([cotangents[x]])[0])
