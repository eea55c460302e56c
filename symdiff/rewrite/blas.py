"""Contractions as the calls that compute them fastest: matrix products over merged axes.

A contraction of two arrays has indices of four kinds: those of both that the result keeps (batch),
those of both that are summed (inner), and those of the left or the right alone. Without batch
indices it is one product of two matrices, whose axes are merged ones; with them, a stack of
products; where nothing else is left, a sum of products along the last axis. What BLAS cannot read
in place, because a batch index lies last in memory, is left to `einsum`.

| contraction           | call                                          |
|-----------------------|-----------------------------------------------|
| `ni,kji->nkj`         | `(X @ W.reshape(k*j, i).T).reshape(n, k, j)`  |
| `nki,nj->kij`         | `(A.reshape(n, k*i).T @ X).reshape(k, i, j)`  |
| `nki,kij->nkj`        | `transpose(transpose(A, (1, 0, 2)) @ Q, …)`   |
| `kij,kj->ki`          | `(Q @ s[:, :, None]).reshape(k, i)`           |
| `nki,nki->nk`         | `vecdot(A, B)`                                |
| `ij,kl->ikjl`         | `transpose(outer(A, B).reshape(i, j, k, l))`  |
| `ijk,jl->ijkl`        | `A[:, :, :, None] * B[:, None]`               |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symdiff.dims import nominal_entries, product
from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, contract
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import EYE, INEXACT
from symdiff.ops.lowered_products import matmul, vecdot
from symdiff.ops.structure import expand_dims, reshape
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.network import Indices, never, read_network
from symdiff.rewrite.planning import aligned, write_network


class Factor(NamedTuple):
    """An array and the indices of its axes."""

    node: Node
    indices: Indices

    def permuted(self, order: Indices) -> Factor:
        """The array with its axes in another order, as a view."""
        return Factor(contract([self.node], [self.indices], order), order)

    def merged(self, *groups: Indices) -> Node:
        """The array with one axis for each group of indices; a view where they lie together."""
        order = tuple(i for group in groups for i in group)
        moved = self.permuted(order)
        sizes = dict(zip(order, moved.node.shape, strict=True))
        shape = tuple(product([sizes[i] for i in group]) for group in groups if group)
        none = tuple(place for place, group in enumerate(groups) if not group)
        return expand_dims(reshape(moved.node, shape), none)


def as_calls(outputs: Sequence[Node]) -> list[Node]:
    """Write contractions that have no name of their own as matrix products.

    >>> import symdiff as sd
    >>> A, x = sd.tensor("A", "k", "n", "m"), sd.matrix("x", "k", "m")
    >>> print(sd.compile(sd.einsum("kij,kj->ki", A, x)).source.splitlines()[-1].strip())
    return (A @ x[:, :, None]).reshape((k, n))
    """
    new: dict[Node, Node] = {}
    for node in topological(outputs):
        result = rebuild(node, tuple([new[arg] for arg in node.args]))
        new[node] = _call(result) if result.op is CONTRACT and result.dtype in INEXACT else result
    return [new[output] for output in outputs]


def _call(node: Node) -> Node:
    if len(node.args) < 2 or any(arg.op is EYE for arg in node.args):
        return node
    named = recognise(node)
    if named is not None and (named.kind != "tensor product" or not _interleaved(node)):
        return node
    if len(node.args) == 2:
        return _pair(node)
    pairs = write_network(read_network(node, never))
    return node if pairs is node else as_calls([pairs])[0]


def _interleaved(node: Node) -> bool:
    """True for a product of all pairs of entries that `tensordot` would not give in this order."""
    left, right = node.attrs.inputs
    return bool(node.attrs.output != (*left, *right))


def _pair(node: Node) -> Node:
    """The product of two arrays by the call that fits."""
    inputs, output = node.attrs
    left, right = (
        _prepared(Factor(arg, own), set(other), output)
        for arg, own, other in zip(node.args, inputs, inputs[::-1], strict=True)
    )
    common = [i for i in left.indices if i in right.indices]
    batch = tuple(i for i in output if i in common)
    inner = tuple(i for i in common if i not in output)
    if not inner:
        return _by_entries(left, right, output)
    if not batch:
        return _matrix_product(left, right, output)
    if len(batch) == len(output):
        return _along_last_axis(left, right, batch, node)
    if any(factor.indices[-1] in batch for factor in (left, right)):
        return node
    return _stacked(left, right, batch, inner, output)


def _prepared(factor: Factor, elsewhere: set[int], output: Indices) -> Factor:
    """A diagonal taken where an index stands twice, and summed over what nothing else has."""
    node, indices = factor
    kept = tuple(i for i in dict.fromkeys(indices) if i in elsewhere or i in output)
    return factor if kept == indices else Factor(contract([node], [indices], kept), kept)


def _by_entries(left: Factor, right: Factor, output: Indices) -> Node:
    """Products without a sum: of all pairs of entries, or of arrays that NumPy stretches."""
    if set(left.indices).isdisjoint(right.indices):
        flat = contract(
            [left.merged(left.indices), right.merged(right.indices)], [(0,), (1,)], (0, 1)
        )
        order = (*left.indices, *right.indices)
        full = reshape(flat, (*left.node.shape, *right.node.shape))
        return contract([full], [order], output)
    first, second = (aligned(factor.node, factor.indices, output) for factor in (left, right))
    return multiply(first, second)


def _along_last_axis(left: Factor, right: Factor, batch: Indices, node: Node) -> Node:
    """One number for each pair of rows, if the rows of both lie together in memory."""
    same = left.indices == right.indices and left.indices[: len(batch)] == batch
    if not same or node.dtype == "complex":
        return node
    inner = left.indices[len(batch) :]
    if len(inner) == 1:
        return vecdot(left.node, right.node)
    groups = (*((i,) for i in batch), inner)
    return vecdot(left.merged(*groups), right.merged(*groups))


# Matrix products ---------------------------------------------------------------------------------


def _matrix_product(left: Factor, right: Factor, output: Indices) -> Node:
    """One product of two matrices; the result's axes are moved if they must be."""
    if _begins_with(right, left, output):
        left, right = right, left
    inner = _inner_order(left, right)
    rows = tuple(i for i in left.indices if i not in inner)
    columns = tuple(i for i in right.indices if i not in inner)
    flat = matmul(_matrix(left, rows, inner), _matrix(right, inner, columns))
    sizes = _sizes(left, right)
    full = reshape(flat, tuple(sizes[i] for i in (*rows, *columns)))
    return contract([full], [(*rows, *columns)], output)


def _begins_with(second: Factor, first: Factor, output: Indices) -> bool:
    """True if the result begins with the indices of `second`, or else if it is the smaller."""
    own, others = (tuple(i for i in f.indices if i in output) for f in (second, first))
    if output in ((*own, *others), (*others, *own)):
        return output[: len(own)] == own and bool(own)
    return nominal_entries(second.node.shape) < nominal_entries(first.node.shape)


def _inner_order(left: Factor, right: Factor) -> Indices:
    """The order in which the larger array holds the indices that are summed."""
    larger = max(left, right, key=lambda factor: nominal_entries(factor.node.shape))
    other = right if larger is left else left
    return tuple(i for i in larger.indices if i in other.indices)


def _matrix(factor: Factor, rows: Indices, columns: Indices) -> Node:
    """The array as a matrix; the transpose of one, where its axes lie in that order."""
    if factor.indices == (*columns, *rows):
        return Factor(factor.merged(columns, rows), (0, 1)).permuted((1, 0)).node
    return factor.merged(rows, columns)


def _stacked(left: Factor, right: Factor, batch: Indices, inner: Indices, output: Indices) -> Node:
    """A stack of matrix products, one for each entry along the batch indices."""
    single = tuple((i,) for i in batch)
    rows = tuple(i for i in output if i in left.indices and i not in batch)
    columns = tuple(i for i in output if i in right.indices and i not in batch)
    vector_first = not rows and right.indices[-1] in inner
    if vector_first or (rows and columns and output.index(columns[0]) < output.index(rows[0])):
        left, right, rows, columns = right, left, columns, rows
    stack = matmul(left.merged(*single, rows, inner), right.merged(*single, inner, columns))
    sizes, order = _sizes(left, right), (*batch, *rows, *columns)
    full = reshape(stack, tuple(sizes[i] for i in order))
    return contract([full], [order], output)


def _sizes(*factors: Factor) -> dict[int, object]:
    return {
        i: size
        for factor in factors
        for i, size in zip(factor.indices, factor.node.shape, strict=True)
    }
