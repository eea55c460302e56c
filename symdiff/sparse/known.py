"""What is known of a graph at given sizes, before anything that varies has a value.

That is shapes, values of whole numbers that are given and of what follows from them and from
constants, and where zeros stand at all points: beside the diagonal of `diag(x)`, say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product as choices
from math import prod
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import size_names
from symdiff.codegen.lowering import is_python_number, numpy_template
from symdiff.dims import size_value
from symdiff.errors import InputError, describe
from symdiff.evaluate import evaluate
from symdiff.intervals import ANYTHING, NUMBER
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT, EYE, SIZE, VARIABLE
from symdiff.ops.reads import contracted, contraction_places, moved
from symdiff.plan import template_function

Array: TypeAlias = "np.ndarray[Any, Any]"

_LARGEST = 1 << 22
"""Constants and masks with more entries are not looked into."""


class KnownAt:
    """What is known of some nodes, which come in order, at some sizes.

    `given` has values of variables that are whole numbers or booleans.
    """

    def __init__(
        self, order: Sequence[Node], sizes: Mapping[str, int], given: Mapping[Node, Array]
    ) -> None:
        self.sizes = dict(sizes)
        self._names = tuple(self.sizes)
        self._shapes: dict[Node, tuple[int, ...]] = {}
        self._values: dict[Node, Array | None] = {}
        self._nonzero: dict[Node, Array | None] = {}
        self._given = given
        self._numbers: set[Node] = set()
        self._learn(order)

    def _learn(self, order: Sequence[Node]) -> None:
        for node in order:
            if is_python_number(node, self._numbers):
                self._numbers.add(node)
            self._values[node] = self._valued(node)
            self._nonzero[node] = self._supported(node)

    def shape(self, node: Node) -> tuple[int, ...]:
        """The shape of a node."""
        found = self._shapes.get(node)
        if found is None:
            found = self._shapes[node] = tuple([size_value(n, self.sizes) for n in node.shape])
        return found

    def value(self, node: Node) -> Array | None:
        """The value of a node that is the same at all points, None for any other."""
        return self._values.get(node)

    def nonzero(self, node: Node) -> Array | None:
        """The entries of a node that need not be zero, in order; None if that may be any."""
        if node not in self._nonzero:
            self._learn(
                [
                    each
                    for each in topological([node], known=self._values)
                    if each not in self._values
                ]
            )
        return self._nonzero[node]

    def applied(self, node: Node, arguments: Sequence[Array]) -> Array:
        """What the op of a node makes of other arguments of the same shapes.

        Raises InputError where NumPy refuses them, such as a place that does not exist.
        """
        if node.op is CONSTANT:
            return np.asarray(node.attrs.value)
        if node.op is SIZE:
            return np.asarray(size_value(node.attrs, self.sizes))
        template = numpy_template(node, self._numbers)
        function = template_function(template, len(node.args), self._names)
        arrays = [
            argument.item() if arg in self._numbers else argument[()]
            for arg, argument in zip(node.args, arguments, strict=True)
        ]
        try:
            with np.errstate(all="ignore"):
                return np.asarray(function(np.dtype(float), *self.sizes.values(), *arrays))
        except (IndexError, ValueError) as error:
            raise InputError(f"{error}, in {describe(node)}") from error

    def evaluated(self, node: Node, values: Mapping[Node, Array]) -> Array:
        """The value of an expression in which some variables have values."""
        given = {each: value for each, value in values.items() if each.op is not CONSTANT}
        names = size_names(topological([node], known=given))
        told = {str(size) for each in given for size in each.shape}
        sizes: dict[str, Any] = {n: self.sizes[n] for n in names if n not in told}
        return np.asarray(evaluate(node, given, **sizes))

    # Values -------------------------------------------------------------------------------------

    def _valued(self, node: Node) -> Array | None:
        """The value, where those of all arguments are known and it is not too large."""
        if node.op is VARIABLE:
            return self._given.get(node)
        values = [value for arg in node.args if (value := self._values[arg]) is not None]
        if len(values) < len(node.args) or prod(self.shape(node)) > _LARGEST:
            return None
        return self.applied(node, values)

    # Zeros --------------------------------------------------------------------------------------

    def _supported(self, node: Node) -> Array | None:
        """The entries that need not be zero, by the family of the op."""
        value = self._values[node]
        if value is not None:
            return self._listed(np.ravel(value != 0))
        if node.op is EYE:
            return np.arange(self.shape(node)[0]) * (self.shape(node)[0] + 1)
        zeros = any(self._nonzero[arg] is not None for arg in node.args)
        if not node.args or node.dtype == "complex" or prod(self.shape(node)) > _LARGEST:
            return None
        if node.op.elementwise:
            return self._of_elementwise(node) if zeros else None
        if node.op.reads is contracted:
            return self._of_contraction(node) if zeros else None
        if node.op.reads is moved and (zeros or prod(self.shape(node)) > 1):
            return self._of_moves(node)
        return None

    def _listed(self, mask: Array) -> Array | None:
        return None if mask.all() else np.flatnonzero(mask)

    def _mask(self, node: Node) -> Array:
        """True where an entry need not be zero."""
        entries = self._nonzero[node]
        mask = np.full(prod(self.shape(node)), entries is None)
        if entries is not None:
            mask[entries] = True
        return mask.reshape(self.shape(node))

    def _of_elementwise(self, node: Node) -> Array | None:
        """For each choice of arguments that are zero: whether the op proves that it is, too."""
        shape = self.shape(node)
        masks = [np.broadcast_to(self._mask(arg), shape) for arg in node.args]
        result = np.ones(shape, bool)
        for zero in choices((False, True), repeat=len(masks)):
            agree = [mask != is_zero for mask, is_zero in zip(masks, zero, strict=True)]
            here = np.logical_and.reduce(agree)
            if any(zero) and here.any() and self._vanishes(node, zero):
                result &= ~here
        return self._listed(result.ravel())

    def _vanishes(self, node: Node, zero: Sequence[bool]) -> bool:
        """Whether a result is zero where these arguments are."""
        if all(zero):
            zeros = [np.zeros((), arg.dtype) for arg in node.args]
            return bool(self.applied(node, zeros) == 0)
        values = node.op.values(node, [NUMBER(0) if is_zero else ANYTHING for is_zero in zero])
        return values.low == values.high == 0

    def _of_contraction(self, node: Node) -> Array | None:
        mask = np.zeros(prod(self.shape(node)), bool)
        mask[contraction_places(node, self)] = True
        return self._listed(mask)

    def _of_moves(self, node: Node) -> Array | None:
        first = len(node.args) - len(node.op.indices(node))
        indices = [value for arg in node.args[first:] if (value := self._values[arg]) is not None]
        if len(indices) < len(node.args) - first:
            return None
        masks = [self._mask(arg).astype(float) for arg in node.args[:first]]
        return self._listed(np.ravel(self.applied(node, [*masks, *indices]) != 0))
