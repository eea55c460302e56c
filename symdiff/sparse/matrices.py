"""Sparse Jacobians and Hessians: functions of arrays that return `scipy.sparse` matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import (
    Bound,
    bind,
    check_requirements,
    inputs,
    requirements,
    size_names,
    split_names,
)
from symdiff.derive.backprop import as_list, check_kinds
from symdiff.derive.forward import flow
from symdiff.derive.grad import grad
from symdiff.derive.linear_map import names_of
from symdiff.errors import ArgumentError, InputError, quote
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, VARIABLE
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.opened import is_derived, opened
from symdiff.sparse.alike import with_vectors
from symdiff.sparse.known import KnownAt
from symdiff.sparse.packs import in_packs, stacked
from symdiff.sparse.pattern import pattern_of, sparse
from symdiff.sparse.prepared import Prepared
from symdiff.sparse.products import Products

Array: TypeAlias = "np.ndarray[Any, Any]"
Matrix: TypeAlias = Any
"""A `scipy.sparse.csr_array`."""

_KEPT = 8
"""The patterns that a matrix keeps, for so many choices of sizes and indices."""


class SparseMatrix:
    """A Jacobian or Hessian that is computed where it is not zero. Call it with arrays.

    `sd.sparse_jacobian(y, x)` and `sd.sparse_hessian(f, x)` make one. Called with the values of
    all inputs, by position or by name, it returns a `scipy.sparse.csr_array`: a row for each entry
    of `y` (of all of them, for a list), a column for each entry of `x`, in C order. Pattern and
    colours are found once for given sizes and given indices, and kept. Where a derivative is
    infinite or NaN at some point, others that are computed with it may be NaN there.

    inputs  the names of the arguments, in order; sizes that no array tells are keywords
    """

    def __init__(self, kind: str, of: Sequence[Node], wrt: Sequence[Node]) -> None:
        sparse.load()
        self.kind, self._of, self._by = kind, tuple(of), tuple(wrt)
        self._variables = inputs(of, wrt)
        self._packs = in_packs(wrt, names_of([*of, *wrt]))
        self.targets, self.wrt = self._prepare()
        self._order = topological(self.targets)
        everything = topological([*of, *wrt, *self.targets])
        self._sizes = size_names(everything)
        self._requirements = requirements(everything)
        self._indices = _index_variables(self._order)
        flow(self.targets, self.wrt)  # refuses what has no derivative, before anything is computed
        self._products = Products(self.targets, self.wrt)
        self._prepared: dict[object, Prepared] = {}

    def _prepare(self) -> tuple[list[Node], list[Node]]:
        """What is differentiated, by what: with vectors for scalars, where there are many."""
        wrt = list(self._by)
        entries: dict[Node, Node] = {}
        for pack, members in self._packs.items():
            entries.update((x, pack[k]) for k, x in enumerate(members))
            start = wrt.index(members[0])
            wrt[start : start + len(members)] = [pack]
        plain = opened(self._of, is_derived)
        targets = stacked(replaced(plain, entries) if entries else plain)
        targets = with_vectors(targets)
        if self.kind == "Hessian":
            targets = with_vectors(grad(targets[0], wrt))
        return targets, wrt

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the arguments, in order."""
        return tuple(v.attrs[0] for v in self._variables)

    def __call__(self, *args: object, **named: object) -> Matrix:
        """The matrix, with the float type of the arrays.

        Raises InputError for values that are missing, unknown, or do not fit together.
        """
        bound = self._bound(args, named, self._variables)
        prepared = self._at(bound)
        values = {v.attrs[0]: array for v, array in bound.values.items()}
        for pack, members in self._packs.items():
            values[pack.attrs[0]] = np.array([bound.values[v] for v in members], bound.dtype)
        data = prepared.data(self._products, {**values, **bound.sizes}, bound.dtype)
        pattern = prepared.pattern
        parts = (data, pattern.indices.copy(), pattern.indptr.copy())
        return sparse.csr_array(parts, shape=pattern.shape)

    def pattern(self, *args: object, **named: object) -> Matrix:
        """Where entries may be other than zero: a boolean `csr_array`.

        All other entries are zero whatever the values of floats. Sizes are given by name, or by
        arrays that have them; of the arrays only indices matter otherwise.

        Raises InputError where a size or the places of an index are not told.
        """
        return self._told(args, named).pattern.copy()

    def report(self, *args: object, **named: object) -> Prepared:
        """What is computed for such sizes: the pattern, the passes, and how many products each has.

        It takes what `pattern` takes.
        """
        return self._told(args, named)

    def __repr__(self) -> str:
        return f"<sparse {self.kind} of {_listed(self._of)} by {_listed(self._by)}>"

    # Parts

    def _told(self, args: Sequence[object], named: Mapping[str, object]) -> Prepared:
        given = {*self.inputs[: len(args)], *named}
        missing = [v.attrs[0] for v in self._indices if v.attrs[0] not in given]
        if missing:
            names = ", ".join(missing)
            raise InputError(f"the pattern depends on the indices {names}; give their values")
        return self._at(self._bound(args, named, self._indices))

    def _bound(
        self, args: Sequence[object], named: Mapping[str, object], needed: Sequence[Node]
    ) -> Bound:
        """The arrays and sizes that are given; those of all `needed` variables must be there."""
        if len(args) > len(self._variables):
            raise InputError(
                f"{len(args)} values are given, but the inputs are: {', '.join(self.inputs)}"
            )
        for v, _ in zip(self._variables, args, strict=False):
            if v.attrs[0] in named:
                raise InputError(f"{v.attrs[0]} is given twice, by position and by name")
        values, sizes = split_names(self._variables, self._sizes, named)
        values.update(zip(self._variables, args, strict=False))
        bound = bind([v for v in self._variables if v in values or v in needed], values, sizes)
        missing = [name for name in self._sizes if name not in bound.sizes]
        if missing:
            raise InputError(f"no array tells the size {', '.join(missing)}; give it by name")
        check_requirements(self._requirements, bound.sizes)
        return bound

    def _at(self, bound: Bound) -> Prepared:
        """What is prepared for the sizes and indices of a call."""
        indices = {v: bound.values[v] for v in self._indices}
        key = (
            tuple(bound.sizes[name] for name in self._sizes),
            tuple(_digest(array) for array in indices.values()),
        )
        found = self._prepared.pop(key, None)
        if found is None:
            known = KnownAt(self._order, bound.sizes, indices)
            pattern = pattern_of(self.targets, self.wrt, known)
            found = Prepared(pattern, known, self.targets, self.wrt, self.kind == "Hessian")
        self._prepared[key] = found
        if len(self._prepared) > _KEPT:
            del self._prepared[next(iter(self._prepared))]
        return found


def _listed(nodes: Sequence[Node]) -> str:
    shown = ", ".join(quote(node) for node in nodes[:4])
    return shown if len(nodes) <= 4 else f"{shown} and {len(nodes) - 4} more"


def _digest(array: Array) -> bytes:
    return blake2b(np.ascontiguousarray(array).tobytes()).digest()


def _index_variables(order: Sequence[Node]) -> list[Node]:
    """The variables, whole numbers or booleans, from which places are computed."""
    places = [arg for node in order for arg in node.args[len(node.args) - _indexed(node) :]]
    exact = (node for node in topological(places) if node.dtype not in INEXACT)
    return [node for node in exact if node.op is VARIABLE]


def _indexed(node: Node) -> int:
    return len(node.op.indices(node))


def sparse_jacobian(y: Node | Sequence[Node], x: Node | Sequence[Node]) -> SparseMatrix:
    """Return the Jacobian of `y` by `x` as a function of arrays that gives a sparse matrix.

    `y` and `x` are expressions of any shape, or lists of them. The matrix has a row for each entry
    of `y` and a column for each entry of `x`, in C order, those of a list one after the other.
    Where it may be other than zero is found from the graph, and columns that no row shares, or
    rows that no column shares, are computed together, so that few products with the Jacobian
    give all of it. What is not known to be zero is stored, even if it happens to be.

    Raises DerivativeError where there is no derivative, ArgumentError for complex expressions and
    for a variable that is named twice, MissingDependencyError without SciPy.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> J = sd.sparse_jacobian(x[1:] - x[:-1] ** 2, x)
    >>> J(x=[1.0, 2.0, 3.0]).toarray()
    array([[-2.,  1.,  0.],
           [ 0., -4.,  1.]])
    >>> J.pattern(n=100_000).nnz, J.report(n=100_000).colours
    (199998, 2)
    """
    targets, wanted = _targets(y), _wanted(x)
    for target in targets:
        check_kinds(target, wanted)
    _refuse_complex([*targets, *wanted], "Jacobian")
    return SparseMatrix("Jacobian", targets, wanted)


def sparse_hessian(f: Node, x: Node | Sequence[Node]) -> SparseMatrix:
    """Return the Hessian of the scalar `f` by `x` as a function that gives a sparse matrix.

    The pattern is that of the Jacobian of the gradient. Since the matrix is symmetric, an entry
    may be found in its row or in its column, which often takes fewer products yet.

    Raises what `sparse_jacobian` raises.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> H = sd.sparse_hessian(sd.sum((x[1:] - x[:-1] ** 2) ** 2), x)
    >>> H(x=[1.0, 2.0, 3.0]).toarray()
    array([[ 4., -4.,  0.],
           [-4., 38., -8.],
           [ 0., -8.,  2.]])
    """
    wanted = _wanted(x)
    check_kinds(f, wanted)
    _refuse_complex([f, *wanted], "Hessian")
    return SparseMatrix("Hessian", [f], wanted)


def sparsity(y: Node | Sequence[Node], x: Node | Sequence[Node], **values: object) -> Matrix:
    """Return where the Jacobian of `y` by `x` may be other than zero: a boolean sparse matrix.

    Sizes are given by name, such as `n=100`, or by arrays that have them; indices that are
    variables need their values. All other entries are zero, whatever the values of floats.

    Raises InputError where a size or an index is not told, and what `sparse_jacobian` raises.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> sd.sparsity(sd.cumsum(x), x, n=3).astype(int).toarray()
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
    """
    return sparse_jacobian(y, x).pattern(**values)


def _targets(y: Node | Sequence[Node]) -> list[Node]:
    targets = [y] if isinstance(y, Node) else y
    if not isinstance(targets, (list, tuple)) or not all(isinstance(t, Node) for t in targets):
        raise ArgumentError(
            f"what is differentiated must be an expression or a list of these, not {y!r}"
        )
    if not targets:
        raise ArgumentError("there is nothing to differentiate: the list is empty")
    return list(targets)


def _wanted(x: Node | Sequence[Node]) -> list[Node]:
    wanted = as_list(x)
    if not wanted:
        raise ArgumentError("there is nothing to differentiate by: the list is empty")
    if len(set(wanted)) < len(wanted):
        raise ArgumentError("a variable is named twice; its columns would be there twice")
    return wanted


def _refuse_complex(nodes: Sequence[Node], kind: str) -> None:
    for node in nodes:
        if node.dtype == "complex":
            raise ArgumentError(
                f"a sparse {kind} is real, but {quote(node)} is complex; take sd.real and sd.imag "
                "of it, or make it x + 1j*y of real x and y"
            )
