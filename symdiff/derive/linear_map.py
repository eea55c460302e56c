"""Jacobians and Hessians as linear maps: applied, solved and evaluated without being built.

A map is a table of blocks, one for each target and each `wrt`; most have one block. What a block
does follows from the terms of its closed form. Where these have no structure, the product with a
vector is also derived by forward or reverse mode, and the cheaper of the two is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from typing import TYPE_CHECKING, TypeAlias

from symdiff.binding import inputs, size_names
from symdiff.cost import cost_of
from symdiff.derive.products import jvp, vjp
from symdiff.derive.solving import solution
from symdiff.derive.structure import Dense, Kronecker, KroneckerFactor, Structure, recognise
from symdiff.derive.structure_text import formula
from symdiff.derive.terms import Term, multiplied_out, read_terms
from symdiff.dims import Shape, Size, product
from symdiff.errors import ArgumentError, ShapeError, StructureError, describe, shape_text
from symdiff.node import Node, topological
from symdiff.ops.contraction import contract
from symdiff.ops.elementwise import add, multiply
from symdiff.ops.leaves import as_node, variable
from symdiff.ops.structure import zeros
from symdiff.rewrite.simplify import simplify
from symdiff.show.text import pretty
from symdiff.shown import Part, Shown

if TYPE_CHECKING:
    from symdiff.codegen.point_map import Functions, PointMap

Given: TypeAlias = "object | Sequence[object] | None"
"""A vector: a node or an array, a list of these for a list of `wrt`, or None for a new variable."""


class Block:
    """The derivative of one target by one `wrt`.

    matrix     the closed form, of shape `y.shape + x.shape`
    structure  what is known of it
    """

    def __init__(self, y: Node, x: Node, matrix: Node) -> None:
        self.y, self.x, self.matrix = y, x, matrix
        self.structure, self._terms = _read(matrix, y.ndim)

    def times(self, v: Node) -> Node:
        """The product with `v`, of the shape of `x`."""
        if isinstance(self.structure, Kronecker):
            return _applied(self.structure, v, transposed=False)
        found = self._total([term.times(v) for term in self._terms], self.y.shape)
        if not isinstance(self.structure, Dense):
            return found
        return cheaper([found], [jvp(self.y, self.x, v)], [self])[0]

    def transposed_times(self, u: Node) -> Node:
        """The product of the transposed matrix with `u`, of the shape of `y`."""
        if isinstance(self.structure, Kronecker):
            return _applied(self.structure, u, transposed=True)
        found = self._total([term.transposed_times(u) for term in self._terms], self.x.shape)
        if not isinstance(self.structure, Dense):
            return found
        return cheaper([found], [vjp(self.y, self.x, u)], [self])[0]

    def diagonal(self) -> Node:
        """The entries on the diagonal of a square matrix."""
        return self._total([term.diagonal() for term in self._terms], self.y.shape)

    def solve(self, b: Node) -> Node:
        """The solution of `matrix z = b`."""
        return solution(self.structure, self.matrix, b)

    @property
    def size(self) -> Size:
        """The number of entries of the matrix."""
        return product(self.matrix.shape)

    def _total(self, products: Sequence[Node], shape: Shape) -> Node:
        return reduce(add, products) if products else zeros(shape)


def _read(matrix: Node, rank: int) -> tuple[Structure, list[Term]]:
    """The structure and the terms in which it shows: if need be, those of the sum multiplied out.

    A term that cannot be read is a matrix like any other.
    """
    try:
        terms = read_terms(matrix, rank)
        structure = recognise(terms)
        if isinstance(structure, Dense):
            more = multiplied_out(matrix, terms)
            found = Dense() if more is None else recognise(more)
            if more is not None and not isinstance(found, Dense):
                return found, more
    except OverflowError:  # its numbers cannot be folded
        return Dense(), [Term.of_matrix(matrix, rank)]
    return structure, terms


def structure_of(matrix: Node, rank: int) -> Structure:
    """What is proven of a matrix, of which `rank` axes are rows."""
    return _read(matrix, rank)[0]


def _applied(structure: Kronecker, v: Node, transposed: bool) -> Node:
    """Apply each factor along its axes, so that the factors are computed once for all vectors."""
    for axes, matrix in structure.factors:
        v = v if matrix is None else _along(KroneckerFactor(axes, matrix), matrix, v, transposed)
    return multiply(structure.scale, v)


def _along(factor: KroneckerFactor, matrix: Node, v: Node, transposed: bool) -> Node:
    output = list(range(v.ndim))
    summed = list(output)
    for k, axis in enumerate(factor.axes):
        summed[axis] = v.ndim + k
    sides = [tuple(side[axis] for axis in factor.axes) for side in (output, summed)]
    rows, columns = sides[::-1] if transposed else sides
    return contract([matrix, v], [(*rows, *columns), tuple(summed)], tuple(output))


def cheaper(
    by_terms: Sequence[Node], by_derivative: Sequence[Node], blocks: Sequence[Block]
) -> list[Node]:
    """The cheaper of two ways to compute the same, simplified; rather one that builds no matrix."""
    sizes = [block.size for block in blocks if block.y.ndim and block.x.ndim]

    def key(outputs: list[Node]) -> tuple[int, float]:
        built = {product(node.shape) for node in topological(outputs) if _is_computed(node)}
        return sum(size in built for size in sizes), cost_of(outputs).operations.nominal()

    return min(simplify(list(by_terms)), simplify(list(by_derivative)), key=key)


def _is_computed(node: Node) -> bool:
    return bool(node.args) and not node.op.view(node)


class LinearMap(Shown):
    """A Jacobian or Hessian as a linear map, which need not be built to be used.

    `sd.hessian(f, x, form="operator")` and `sd.jacobian(y, x, form="operator")` make one. What it
    returns are ordinary expressions; `at` gives the map at a point, in numbers. For a Hessian by
    a list, vectors are lists, one array for each.

    structure  "zero", "scaled identity", "diagonal", "low rank", "low rank plus diagonal", "Gram",
               "Gram plus diagonal", "Kronecker", "block diagonal" or "dense"
    shape      the axes of the result, then those of the argument; for a list, all entries in a row

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> X, w, y = sd.inputs(loss)
    >>> H = sd.hessian(loss, w, form="operator")
    >>> print(H, "|", H @ w, "|", H.diagonal(), "|", H.solve())
    <Hessian by w of shape (d, d): Gram, 2 Xᵀ X> | 2 Xᵀ(X w) | 2 sum(X², axis=0) | (Xᵀ X)⁻¹ b/2
    """

    __array_ufunc__ = None  # so that `array @ map` is refused rather than tried entry by entry

    def __init__(
        self,
        kind: str,
        targets: Sequence[Node],
        wrt: Sequence[Node],
        table: Sequence[Sequence[Node]],
        known: Sequence[Node] = (),
        listed: bool = False,
    ) -> None:
        """`known` are expressions whose variables `at` accepts, even those the map lacks."""
        self.kind, self.targets, self.wrt = kind, tuple(targets), tuple(wrt)
        self.listed = listed
        self.known = (*known, *targets, *wrt)
        self._blocks = [
            [Block(y, x, matrix) for x, matrix in zip(wrt, row, strict=True)]
            for y, row in zip(targets, table, strict=True)
        ]

    # What it is

    @property
    def structure(self) -> str:
        """The name of the structure that is proven."""
        if len(self._blocks) == 1 == len(self._blocks[0]):
            return self._blocks[0][0].structure.name
        apart = all(b.structure.name == "zero" for b in self._off_diagonal())
        return "block diagonal" if self._is_square() and apart else "dense"

    @property
    def shape(self) -> Shape:
        """The axes of the results, then those of the arguments."""
        if not self.listed:
            return (*self.targets[0].shape, *self.wrt[0].shape)
        return (_entries(self.targets), _entries(self.wrt))

    @property
    def dense(self) -> Node | list[list[Node]]:
        """The closed form, of shape `y.shape + x.shape`; for a list, a table of blocks."""
        table = [[block.matrix for block in row] for row in self._blocks]
        return table if self.listed else table[0][0]

    @property
    def is_coupled(self) -> bool:
        """True for a table with a block off the diagonal that is not zero."""
        return len(self._all_blocks()) > 1 and self.structure == "dense"

    # What it does

    def matvec(self, v: Given = None) -> Node | list[Node]:
        """The product with `v`, of the shape of `x`; by default with a new variable `v`.

        Raises ShapeError for a `v` that does not fit.
        """
        return self._given_back(simplify(self.products(self._vectors(v, "v", self.wrt))))

    def rmatvec(self, u: Given = None) -> Node | list[Node]:
        """The product of the transposed map with `u`, of the shape of the result.

        Raises ShapeError for a `u` that does not fit.
        """
        given = self._vectors(u, "u", self.targets)
        return self._given_back(simplify(self.transposed_products(given)))

    def __matmul__(self, v: object) -> Node | list[Node]:
        """The product with `v`."""
        return self.matvec(v)

    def diagonal(self) -> Node | list[Node]:
        """The diagonal, of the shape of `x`, without the matrix that it is of.

        Raises StructureError for a map that is not square.
        """
        return self._given_back(simplify(self.diagonals()))

    def solve(self, b: Given = None) -> Node | list[Node]:
        """The solution z of `map @ z = b`, by default for a new variable `b`.

        A diagonal divides; a diagonal plus a few outer products is solved by the identity of
        Sherman, Morrison and Woodbury; a Kronecker product and blocks are solved part by part;
        other maps with `sd.solve`.

        Raises StructureError for a map that is not square, that is singular by its structure, or
        that is a table whose blocks off the diagonal are not zero; ShapeError for a `b` that does
        not fit.
        """
        return self._given_back(simplify(self.solutions(self._vectors(b, "b", self.targets))))

    def at(self, values: Mapping[Node, object] | None = None, /, **named: object) -> PointMap:
        """The map in numbers, with values given by variable or by name, as for `sd.evaluate`.

        It works on flat vectors (all entries in a row, those of a list one after the other), and
        is a `scipy.sparse.linalg.LinearOperator` where SciPy is installed. What does not depend
        on the vector is computed once. The functions behind it are compiled once for all points.

        Raises InputError for values that are missing, unknown, or do not fit together.

        >>> import symdiff as sd
        >>> x = sd.vector("x", "n")
        >>> H = sd.hessian(sd.sum(x**3), x, form="operator").at(x=[1.0, 2.0])
        >>> H.matvec([1.0, 1.0]), H.solve([6.0, 6.0])
        (array([ 6., 12.]), array([1. , 0.5]))
        """
        return self._functions.at(dict(values or {}), named)

    # The same, of lists and not simplified

    def products(self, vectors: Sequence[Node]) -> list[Node]:
        """The product with vectors, one for each of `wrt`."""
        pairs = [[b.times(v) for b, v in zip(row, vectors, strict=True)] for row in self._blocks]
        found = [reduce(add, row) for row in pairs]
        if not self.is_coupled:
            return found
        by_derivative = jvp(list(self.targets), list(self.wrt), list(vectors))
        return cheaper(found, by_derivative, self._all_blocks())

    def transposed_products(self, vectors: Sequence[Node]) -> list[Node]:
        """The product of the transposed map with vectors, one for each target."""
        columns = zip(*self._blocks, strict=True)
        found = [
            reduce(add, [b.transposed_times(u) for b, u in zip(column, vectors, strict=True)])
            for column in columns
        ]
        if not self.is_coupled:
            return found
        pairs = zip(self.targets, vectors, strict=True)
        back = [vjp(y, list(self.wrt), u) for y, u in pairs]
        summed = [reduce(add, parts) for parts in zip(*back, strict=True)]
        return cheaper(found, summed, self._all_blocks())

    def diagonals(self) -> list[Node]:
        """The diagonal of each block on the diagonal."""
        self._check_square("a diagonal")
        return [row[k].diagonal() for k, row in enumerate(self._blocks)]

    def solutions(self, vectors: Sequence[Node]) -> list[Node]:
        """The solution for vectors, one for each target."""
        self._check_square("an inverse")
        if self.is_coupled:
            block = next(b for b in self._off_diagonal() if b.structure.name != "zero")
            raise StructureError(
                f"the {self.kind} by {self._names} is not solved block by block, since "
                f"{describe(block.matrix)} is not zero; solve with one matrix made of the blocks "
                "in .dense, or at a point with .at(...).solve(b)"
            )
        return [self._blocks[k][k].solve(b) for k, b in enumerate(vectors)]

    @property
    def matrices(self) -> list[Node]:
        """All blocks, row by row."""
        return [block.matrix for block in self._all_blocks()]

    @cached_property
    def vectors(self) -> dict[str, list[Node]]:
        """New variables for vectors: `v` for arguments, `u` and `b` for results."""
        likes = {"v": self.wrt, "u": self.targets, "b": self.targets}
        return {name: self._new(name, like) for name, like in likes.items()}

    # Parts

    @cached_property
    def _functions(self) -> Functions:
        from symdiff.codegen.point_map import Functions  # code generation is a way out

        return Functions(self)

    def _all_blocks(self) -> list[Block]:
        return [block for row in self._blocks for block in row]

    def _off_diagonal(self) -> list[Block]:
        return [b for i, row in enumerate(self._blocks) for j, b in enumerate(row) if i != j]

    def _is_square(self) -> bool:
        return [y.shape for y in self.targets] == [x.shape for x in self.wrt]

    def _check_square(self, what: str) -> None:
        if not self._is_square():
            raise StructureError(
                f"only a square map has {what}; {self} maps {shape_text(self.wrt[0].shape)} to "
                f"{shape_text(self.targets[0].shape)}; use .dense, .matvec and .rmatvec"
            )

    def _given_back(self, found: list[Node]) -> Node | list[Node]:
        return found if self.listed else found[0]

    def _vectors(self, given: Given, name: str, like: Sequence[Node]) -> list[Node]:
        if given is None:
            return self.vectors[name]
        if self.listed and (not isinstance(given, (list, tuple)) or len(given) != len(like)):
            raise ArgumentError(f"for a list of {len(like)} variables, give a list of arrays")
        vectors = [as_node(each) for each in (given if self.listed else [given])]  # type: ignore
        for vector, each in zip(vectors, like, strict=True):
            if vector.shape != each.shape:
                raise ShapeError(
                    f"{self} needs a vector of the shape of {describe(each)}, "
                    f"not {describe(vector)}"
                )
        return vectors

    def _new(self, name: str, like: Sequence[Node]) -> list[Node]:
        expressions = [*self.known, *self.matrices]
        taken = names_of(expressions)
        found: list[Node] = []
        for each in like:
            own = fresh(name, taken)
            taken.add(own)
            found.append(variable(own, each.shape))
        return found

    @property
    def _names(self) -> str:
        return ", ".join(pretty(x, width=30) for x in self.wrt)

    def __str__(self) -> str:
        return f"<{self._said}>"

    def _parts_(self) -> list[Part]:
        return [(self._said,)]

    @property
    def _said(self) -> str:
        """The map with its structure, and the closed form where that is short."""
        head = f"{self.kind} by {self._names} of shape {shape_text(self.shape)}"
        block = self._blocks[0][0]
        written = None
        if not self.listed:
            taken = names_of([*self.known, block.matrix])
            written = formula(block.structure, block.matrix, taken)
        return f"{head}: {self.structure}{f', {written}' if written else ''}"


def _entries(nodes: Sequence[Node]) -> Size:
    total: Size = 0
    for node in nodes:
        total = total + product(node.shape)
    return total


def names_of(expressions: Sequence[Node]) -> set[str]:
    """The names of variables and of sizes in some expressions."""
    return {*(v.attrs[0] for v in inputs(expressions)), *size_names(topological(expressions))}


def fresh(name: str, taken: set[str]) -> str:
    """The name, with a number behind it if it is taken."""
    if name not in taken:
        return name
    return next(f"{name}{k}" for k in range(1, len(taken) + 2) if f"{name}{k}" not in taken)
