"""Definitions: a name for a formula of parameters, and what it is for arguments of some shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeAlias

from symdiff.dims import Shape, named, names_in
from symdiff.errors import ArgumentError, SymdiffError
from symdiff.functions import GraphFunction
from symdiff.node import Node, intern, topological
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.leaves import CONSTANT, VARIABLE, size
from symdiff.ops.structure import broadcast_to
from symdiff.own.body import Body, Formula, Procedure, Written
from symdiff.own.parameters import Parameter, matched
from symdiff.own.pickles import reduced
from symdiff.own.signature import Signature
from symdiff.registry import Op
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.opened import opened

Key: TypeAlias = "tuple[Node | tuple[Shape, str], ...]"
"""For each argument its shape and kind, or the number that it is."""

_DEEPEST = 16
"""The most functions inside each other that are looked into one by one."""


@dataclass(frozen=True)
class Definition:
    """What a user declares of a function that is given by a formula.

    signature   its name and the names of its parameters
    parameters  what is declared of these
    body        the formula; a `Written` one means the same for each entry of arrays
    partials    the derivatives by the parameters, where they are declared apart from the formula
    kept        source that is to be read has a function of that name
    between     the interval in which it can be tried
    pretty, latex  how it is written for people, with parameters in braces; "" for a plain call
    """

    signature: Signature
    parameters: tuple[Parameter, ...]
    body: Body
    partials: tuple[Body, ...] = ()
    kept: bool = False
    between: tuple[float, float] = (-2.0, 2.0)
    pretty: str = ""
    latex: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self, (self.body, *self.partials))

    @property
    def op(self) -> Op:
        """The op of this definition; equal ones have the same."""
        from symdiff.own.facts import op_of

        return op_of(self)

    @cached_property
    def tried(self) -> dict[str, str]:
        """Shapes of arguments for which the formula has a value, by parameter."""
        from symdiff.own.define import shapes_that_fit

        args = shapes_that_fit(self)
        names = self.signature.parameters
        return {
            name: " ".join([*map(str, arg.shape), *([arg.dtype] if arg.dtype != "float" else [])])
            for name, arg in zip(names, args, strict=True)
        }

    @cached_property
    def elementwise(self) -> bool:
        """Whether the formula applies to each entry."""
        return isinstance(self.body, Written)

    @cached_property
    def depth(self) -> int:
        """How many functions are inside each other in it; 0 if all of them are opened for that.

        Raises ArgumentError for too many in a formula that is not for each entry.
        """
        depth = 1 + max((each.depth for each in self._inner()), default=0)
        if depth > _DEEPEST and not self.elementwise:
            raise ArgumentError(
                f"`{self.signature}` is given by functions of your own that are given by others, "
                f"more than {_DEEPEST} deep; write some of them out"
            )
        return depth % (_DEEPEST + 1)

    def _inner(self) -> list[Definition]:
        """The functions of users that the formula calls by name."""
        if isinstance(self.body, Formula):
            found = [op.own for _, op in self.body.uses]
        elif isinstance(self.body, Written):
            found = [node.op.own for node in topological([self.body.value])]
        else:
            found = []
        return [own for own in found if isinstance(own, Definition)]

    @cached_property
    def plain(self) -> Body:
        """The body, which many functions inside each other make no deeper: see `depth`."""
        if self.depth or not isinstance(self.body, Written):
            return self.body
        return Written(self.body.variables, opened([self.body.value])[0])

    def instance(self, args: Sequence[Node]) -> Instance:
        """The formula for arguments of these shapes and kinds.

        Raises ShapeError or ArgumentError where they do not fit.
        """
        matched(self.signature, self.parameters, args)
        return _instance(self, key_of(args, self.elementwise))

    def opened(self, args: tuple[Node, ...]) -> Node:
        """The formula of these arguments, in the shape that a call of them has."""
        value = self.instance(args).at(args)
        shape = broadcast_shape(self.signature.name, args) if self.elementwise else value.shape
        return value if value.shape == shape else broadcast_to(value, shape)

    def function(self, args: Sequence[Node]) -> GraphFunction:
        """The function that source has for arguments of these shapes and kinds.

        Its parameters are those that no number stands for, if the formula needs to know numbers.
        """
        if not isinstance(self.body, Procedure):
            try:
                return _function(self, key_of(args, scalars=False, numbers=False))
            except SymdiffError:  # a number that is an axis, say, cannot be a variable
                pass
        return _function(self, key_of(args, scalars=False))


class Instance(NamedTuple):
    """A formula for arguments of some shapes: over variables, and the numbers among these."""

    arguments: tuple[Node, ...]
    value: Node

    def at(self, args: Sequence[Node]) -> Node:
        """The formula of some arguments."""
        return replaced([self.value], dict(zip(self.arguments, args, strict=True)))[0]


def key_of(args: Sequence[Node], scalars: bool, numbers: bool = True) -> Key:
    """By what formulas for arguments differ: kinds, shapes unless `scalars` do, and numbers."""
    return tuple(
        arg
        if numbers and arg.op is CONSTANT and not arg.shape
        else (() if scalars else arg.shape, arg.dtype)
        for arg in args
    )


@lru_cache(maxsize=1024)
def _instance(of: Definition, key: Key) -> Instance:
    name, parameters = of.signature
    form = "{}" if isinstance(of.body, Formula | Written) else f"{{}} of {name}"
    arguments = tuple(
        each if isinstance(each, Node) else intern(VARIABLE, (), (form.format(parameter), *each))
        for parameter, each in zip(parameters, key, strict=True)
    )
    return Instance(arguments, run(of, arguments))


def run(of: Definition, arguments: Sequence[Node]) -> Node:
    """The body of the definition, for arguments that stand for its parameters."""
    sizes = matched(of.signature, of.parameters, arguments)
    stands = {word: size(value) for word, value in sizes.items()}
    stands |= zip(of.signature.parameters, arguments, strict=True)
    body = of.plain
    try:
        return body.run(stands, of.signature.parameters)
    except SymdiffError as error:
        said = str(error).partition("\n")[0]
        error.args = (f"{said}, in the body of `{of.signature}`",)
        raise


@lru_cache(maxsize=1024)
def _function(of: Definition, key: Key) -> GraphFunction:
    shapes = _plain_shapes(of, key) if of.elementwise else [_shape(each) for each in key]
    taken = {*names_in(s for shape in shapes for s in shape)}
    arguments: list[Node] = []
    for name, each, shape in zip(of.signature.parameters, key, shapes, strict=True):
        name = f"{name}_" if name in taken else name
        new = each if isinstance(each, Node) else intern(VARIABLE, (), (name, shape, each[1]))
        arguments.append(new)
    inputs = tuple(arg for arg, each in zip(arguments, key, strict=True) if arg is not each)
    return GraphFunction(of.signature.name, inputs, (of.opened(tuple(arguments)),))


def _shape(each: Node | tuple[Shape, str]) -> Shape:
    return each.shape if isinstance(each, Node) else each[0]


def _plain_shapes(of: Definition, key: Key) -> list[Shape]:
    """Shapes for which the source is the same: one axis where arrays have the same shape."""
    shapes = [_shape(each) for each in key]
    if len({shape for shape in shapes if shape}) > 1:
        return shapes
    letter = next(name for name in "nmkdpqrst" if name not in of.signature.parameters)
    return [(named(letter),) if shape else () for shape in shapes]
