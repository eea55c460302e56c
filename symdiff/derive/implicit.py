"""Derivatives of solutions of equations, by the implicit function theorem.

Where F(x, p) = 0 with J = ∂F/∂x, x changes with p by −J⁻¹ ∂F/∂p. For the cotangent g of x, that of
p is −λᵀ ∂F/∂p with Jᵀ λ = g. All is written with the variables of the equation, in whose place the
solution and the arguments are put then, so that it can be differentiated again.

The structure of J that is proven is used: of equations of one unknown each, one is divided by the
other, and a stack of small systems is solved one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, reduce

from symdiff.binding import size_names
from symdiff.derive.backprop import dependents
from symdiff.derive.grad import grad
from symdiff.derive.jacobian import jacobian
from symdiff.derive.linear_map import structure_of
from symdiff.derive.passes import pulled_back
from symdiff.derive.solving import solution
from symdiff.derive.structure import (
    BlockDiagonal,
    Dense,
    Diagonal,
    Gram,
    Kronecker,
    LowRank,
    Structure,
    Zero,
)
from symdiff.dims import Shape, product
from symdiff.functions import GraphFunction
from symdiff.intervals import NONNEGATIVE
from symdiff.node import Node, intern, topological
from symdiff.ops.contraction import contract, transpose
from symdiff.ops.elementwise import add
from symdiff.ops.equation import Equation, apart, together
from symdiff.ops.joining import concatenate, stack
from symdiff.ops.leaves import INEXACT, VARIABLE, number_of, variable
from symdiff.ops.linear_algebra import det, inv
from symdiff.ops.roots import bound
from symdiff.ops.structure import broadcast_to, reshape, zeros
from symdiff.registry import CONVENTION, Linear, Partials, Pullback
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.opened import opened
from symdiff.rewrite.ranges import values_of
from symdiff.rewrite.simplify import simplify


class Solving:
    """What it takes to solve an equation, and to differentiate the solution."""

    def __init__(self, equation: Equation) -> None:
        self.equation = equation
        self._functions: dict[tuple[str, ...], tuple[GraphFunction, ...]] = {}
        self._cotangents: dict[tuple[int, Shape, str], Node] = {}

    @cached_property
    def unknown(self) -> Node:
        """The only unknown; for several, all their entries in a row."""
        first, *others = self.equation.unknowns
        row = ("_x", self.equation.shape, first.dtype)
        return intern(VARIABLE, (), row) if others else first

    @cached_property
    def residuals(self) -> list[Node]:
        """What is zero at the solution, one expression for each unknown."""
        _, _, _, unknowns, _, bodies = self.equation.parts
        match self.equation.kind:
            case "fixed_point":
                return [x - body for x, body in zip(unknowns, bodies, strict=True)]
            case "minimizer":
                return grad(bodies[0], list(unknowns))
        return list(bodies)

    @cached_property
    def table(self) -> list[list[Node]]:
        """The derivative of each residual by each unknown."""
        unknowns = list(self.equation.unknowns)
        complex_ = self.unknown.dtype == "complex"
        return [jacobian(r, unknowns, holomorphic=complex_) for r in self.residuals]

    @cached_property
    def matrix(self) -> Node:
        """The derivative of the residuals by the unknown, of its shape twice."""
        shapes = [x.shape for x in self.equation.unknowns]
        if len(shapes) == 1:
            return self.table[0][0]
        if len({*shapes}) == 1:
            rows = [stack(row, axis=-1) for row in self.table]
            return stack(rows, axis=len(shapes[0]))
        sizes = [product(shape) for shape in shapes]
        blocks = [
            concatenate([reshape(j, (n, m)) for j, m in zip(row, sizes, strict=True)], axis=1)
            for row, n in zip(self.table, sizes, strict=True)
        ]
        return concatenate(blocks)

    @cached_property
    def transposed(self) -> Node:
        """The transposed matrix."""
        rank = len(self.equation.shape)
        axes = (*range(rank, 2 * rank), *range(rank))
        return simplify(transpose(self.matrix, axes)) if rank else self.matrix

    @cached_property
    def structure(self) -> Structure:
        """What is proven of the matrix."""
        return self._structure(self.matrix, self.table)

    @cached_property
    def transposed_structure(self) -> Structure:
        """What is proven of the transposed matrix."""
        return self._structure(self.transposed, list(zip(*self.table, strict=True)))

    def _structure(self, matrix: Node, table: Sequence[Sequence[Node]]) -> Structure:
        shape = self.equation.unknowns[0].shape
        rank = len(shape)
        if matrix.ndim == 0:
            return Zero() if number_of(matrix) == 0 else Diagonal(matrix)
        if len(table) == 1:
            return structure_of(matrix, rank)
        if not rank or len(self.equation.shape) != rank + 1:
            return Dense()
        rows: list[Node] = []
        for row in table:
            entries = [_diagonal(structure_of(j, rank), shape) for j in row]
            proven = [each for each in entries if each is not None]
            if len(proven) < len(row):
                return Dense()
            rows.append(stack(proven, axis=-1))
        return BlockDiagonal(tuple(range(rank)), (rank,), stack(rows, axis=rank))

    @property
    def coupled(self) -> tuple[int, ...]:
        """The axes along which entries of the unknown are one system."""
        match self.structure:
            case Diagonal():
                return ()
            case BlockDiagonal(_, inner, _):
                return inner
        return tuple(range(len(self.equation.shape)))

    @property
    def is_linear(self) -> bool:
        """True if the residuals are proven to be linear: no slope changes, and nothing jumps."""
        unknowns = self.equation.unknowns
        return not {*unknowns}.intersection(topological([self.matrix])) and not _jumps(
            self.residuals, unknowns
        )

    def apart(self, whole: Node) -> list[Node]:
        """The values of the unknowns in a value of the unknown; it may have leading axes."""
        return apart(whole, [x.shape for x in self.equation.unknowns])

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The named sizes that it takes to solve it."""
        needed = [self.unknown, *self.equation.given, *self.equation.bodies]
        if self.equation.method == "newton":
            needed += [*self.residuals, self.matrix]
        return size_names(topological(needed))

    # What is called at run time

    def functions(self, names: Sequence[str]) -> tuple[GraphFunction, ...]:
        """The functions of the unknown and all that is given, called `names` in source."""
        key = tuple(names)
        if key not in self._functions:
            self._functions[key] = self._made_functions(key)
        return self._functions[key]

    def _made_functions(self, names: tuple[str, ...]) -> tuple[GraphFunction, ...]:
        equation, x = self.equation, self.unknown
        like = [x, *equation.given]
        inputs = [variable(n, v.shape, v.dtype) for n, v in zip(names, like, strict=True)]
        stands = dict(zip(like, inputs, strict=True))
        inner = dict(zip(equation.unknowns, self.apart(inputs[0]), strict=True))
        residual = bound("r", 0, x)
        first, second = f"{names[0]}_equation", f"{names[0]}_correction"
        more: list[Node] = []
        if equation.method == "iterate":
            outputs = [[together(equation.bodies)], []]
        elif equation.kind == "minimizer":
            outputs = [[equation.bodies[0]], self._slopes()]
            first, second = f"{names[0]}_objective", f"{names[0]}_slopes"
        else:
            outputs = [[together(self.residuals)], [self._correction(residual)]]
            more = [variable("residual" + "_" * ("residual" in names), x.shape, x.dtype)]
            stands[residual] = more[0]
        found = [replaced(each, stands | inner) for each in outputs if each]
        own = [inputs, [inputs[0], *more, *inputs[1:]]]
        return tuple(
            GraphFunction(name, tuple(arguments), tuple(each), self.sizes)
            for name, arguments, each in zip((first, second), own, found, strict=False)
        )

    def _correction(self, residual: Node) -> Node:
        return simplify(_solved(self.structure, self.matrix, residual, self.equation.shape))

    def _slopes(self) -> list[Node]:
        """Gradient and Hessian as stacks of vectors and matrices that have nothing in common."""
        slope = together(self.residuals)
        shape = slope.shape
        match self.structure:
            case Diagonal(entries):
                n = product(shape)
                hessian = reshape(broadcast_to(entries, shape), (n, 1, 1))
                return simplify([reshape(slope, (n, 1)), hessian])
            case BlockDiagonal(axes, _, blocks) if axes == tuple(range(len(axes))):
                n, m = product(shape[: len(axes)]), product(shape[len(axes) :])
                return simplify([reshape(slope, (n, m)), reshape(blocks, (n, m, m))])
        n = product(shape)
        return simplify([reshape(slope, (1, n)), reshape(self.matrix, (1, n, n))])

    # Derivatives

    @property
    def has_closed_form(self) -> bool:
        """True for what is linear; for a minimizer, also the Hessian must be proven to suit."""
        if not self.is_linear or isinstance(self.structure, Zero):
            return False
        return self.equation.kind != "minimizer" or self._is_convex()

    def closed_form(self) -> Node:
        """The solution of an equation that is linear in its unknown."""
        at_zero = replaced(self.residuals, {x: x * 0 for x in self.equation.unknowns})
        right = simplify(-together(at_zero))
        return simplify(_solved(self.structure, self.matrix, right, self.equation.shape))

    def _is_convex(self) -> bool:
        """True for a Hessian that is proven not to have negative eigenvalues."""
        if isinstance(self.structure, Gram):
            terms, diagonal = self.structure.terms, self.structure.diagonal
            weights = [each for term in terms for each in (term.scale, term.weights)]
            return _never_negative([*weights, diagonal.entries if diagonal else None])
        return isinstance(self.structure, Diagonal) and _never_negative([self.structure.entries])

    def cotangent(self, place: int, g: Node) -> Node:
        """What a given variable receives for the cotangent `g` of the unknown."""
        key = (place, g.shape, g.dtype)
        if key not in self._cotangents:
            of = self.equation.given[place]
            shape = self.equation.shape
            solved = _solved(self.transposed_structure, self.transposed, g, shape)
            parts = zip(self.residuals, self.apart(-solved), strict=True)
            self._cotangents[key] = reduce(add, [pulled_back(r, [of], b)[0] for r, b in parts])
        return self._cotangents[key]


def cotangent(node: Node, k: int, g: Node) -> Node:
    """What argument `k` of a solution receives for its cotangent `g`, with leading axes or not."""
    solving, equation = node.attrs.solving, node.attrs
    count = len(equation.unknowns)
    stands_for_g = bound("g", 0, g)
    found = solving.cotangent(k - count, stands_for_g)
    return replaced([found], {stands_for_g: g, **_at(node)})[0]


def _at(node: Node) -> dict[Node, Node]:
    """The solution and the arguments in place of the variables of an equation."""
    equation = node.attrs
    count = len(equation.unknowns)
    values = [*equation.solving.apart(node), *node.args[count:]]
    return dict(zip((*equation.unknowns, *equation.given), values, strict=True))


def closed_form(node: Node) -> Node:
    """The solution in closed form, if it has one; else the node."""
    equation = node.attrs
    if not equation.solving.has_closed_form:
        return node
    given = dict(zip(equation.given, node.args[len(equation.unknowns) :], strict=True))
    return replaced([equation.solving.closed_form()], given)[0]


def _jumps(residuals: Sequence[Node], unknowns: Sequence[Node]) -> bool:
    """True unless it is proven that what changes with the unknowns nowhere jumps or is held."""
    order = topological(opened(residuals))
    changing = dependents(order, unknowns)
    return any(_may_jump(node) for node in order if node in changing and node.args)


def _may_jump(node: Node) -> bool:
    """True unless the value of a node follows its arguments as its derivative says."""
    match node.op.derivative:
        case Linear():
            return node.dtype not in INEXACT
        case Partials() | Pullback() if node.op.own is None:
            return any(edge.effect == CONVENTION for edge in node.op.edges)
    return True


def _diagonal(structure: Structure, shape: Shape) -> Node | None:
    """The entries on the diagonal, if there are no others."""
    match structure:
        case Zero():
            return zeros(shape)
        case Diagonal(entries):
            return broadcast_to(entries, shape)
    return None


def _never_negative(nodes: Sequence[Node | None]) -> bool:
    known = values_of([node for node in nodes if node is not None])
    return all(known[node].is_within(NONNEGATIVE) for node in nodes if node is not None)


def determinant(node: Node) -> Node:
    """The determinant at a solution, of each system."""
    solving: Solving = node.attrs.solving
    match solving.structure:
        case Diagonal(entries):
            found = entries
        case BlockDiagonal(axes, inner, blocks):
            m = product(blocks.shape[k] for k in range(len(axes), len(axes) + len(inner)))
            found = det(reshape(blocks, (*blocks.shape[: len(axes)], m, m)))
        case _:
            n = product(solving.equation.shape)
            found = det(reshape(solving.matrix, (n, n)))
    return replaced([found], _at(node))[0]


def _solved(structure: Structure, matrix: Node, b: Node, shape: Shape) -> Node:
    """The solution z of `matrix z = b`, where `b` may have axes in front of `shape`."""
    rank, leading = len(shape), b.ndim - len(shape)
    match structure:
        case Diagonal(entries):
            return b / entries
        case BlockDiagonal() | Kronecker() | LowRank(_, Diagonal()) if not leading:
            return solution(structure, matrix, b)
        case BlockDiagonal(axes, inner, blocks):
            return _solved_in_blocks(axes, inner, blocks, b, leading)
    n = product(shape)
    lead = tuple(range(2, 2 + leading))
    right = reshape(b, (*b.shape[:leading], n)) if rank != 1 else b
    square = reshape(matrix, (n, n)) if rank != 1 else matrix
    found = contract([inv(square), right], [(0, 1), (*lead, 1)], (*lead, 0))
    return reshape(found, b.shape) if rank != 1 else found


def _solved_in_blocks(
    axes: tuple[int, ...], inner: tuple[int, ...], blocks: Node, b: Node, leading: int
) -> Node:
    """Solve with each block of a stack, which has the axes of the stack, rows and columns."""
    shape = b.shape[leading:]
    order = (*range(leading), *(leading + k for k in (*axes, *inner)))
    turned = transpose(b, order)
    m = product(shape[k] for k in inner)
    stack = tuple(shape[k] for k in axes)
    square = reshape(blocks, (*stack, m, m))
    right = reshape(turned, (*b.shape[:leading], *stack, m))
    lead = tuple(range(2, 2 + leading))
    along = tuple(range(2 + leading, 2 + leading + len(axes)))
    places = [(*along, 0, 1), (*lead, *along, 1)]
    found = contract([inv(square), right], places, (*lead, *along, 0))
    back = tuple(order.index(k) for k in range(b.ndim))
    return transpose(reshape(found, turned.shape), back)
