"""What is derived and compiled of a loss: each part when it is first needed, once for all data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.derive.grad import grad
from symdiff.derive.jacobian import hessian
from symdiff.node import Node
from symdiff.optimise.curvature import Products


class Formulas:
    """A loss, its gradient, its Hessian, and products with this, as functions of all inputs."""

    def __init__(self, loss: Node, wrt: Sequence[Node]) -> None:
        self.loss, self.wrt = loss, tuple(wrt)

    @cached_property
    def gradients(self) -> list[Node]:
        """The gradient by each variable, as expressions."""
        return grad(self.loss, list(self.wrt))

    @cached_property
    def value(self) -> Compiled:
        """The loss alone."""
        return compile([self.loss])

    @cached_property
    def both(self) -> Compiled:
        """The loss and its gradients, which share what they have in common."""
        return compile([self.loss, *self.gradients])

    @cached_property
    def blocks(self) -> tuple[list[tuple[int, int]], Compiled]:
        """The blocks of the Hessian on and above the diagonal: their places, and their values."""
        table = hessian(self.loss, list(self.wrt))
        places = [(i, j) for i in range(len(table)) for j in range(i, len(table))]
        return places, compile([table[i][j] for i, j in places])

    @cached_property
    def products(self) -> Products:
        """Products with the Hessian."""
        return Products(self.loss, self.wrt)
