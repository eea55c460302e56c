"""The pattern of a Jacobian at given sizes: where it may have entries other than zero.

One walk over the graph. Each node gets a boolean sparse matrix, its entries by those of `wrt`; what
it reads of its arguments (`Op.reads`) is another, and the product of both goes on. What the pattern
leaves out is zero at all points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np

from symdiff.derive.backprop import dependents, held, sent_back
from symdiff.errors import InputError, describe
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import INEXACT, VARIABLE
from symdiff.ops.tables import TooManyPlaces, check_number
from symdiff.optional import OptionalModule
from symdiff.registry import Held, Partials, Pullback
from symdiff.sparse.known import KnownAt

Array: TypeAlias = "np.ndarray[Any, Any]"
Matrix: TypeAlias = Any
"""A `scipy.sparse.csr_array`."""

sparse = OptionalModule("scipy", "sparse", "SciPy", "scipy")


def pattern_of(targets: Sequence[Node], wrt: Sequence[Node], known: KnownAt) -> Matrix:
    """The entries of all `targets` by those of all `wrt`, one after the other; a `csr_array`."""
    order = topological(targets)
    depends = dependents(order, wrt)
    moving = depends - held(order, depends, wrt)
    columns = sum(prod(known.shape(x)) for x in wrt)
    uses = Counter(arg for node in order for arg in set(node.args))
    uses.update(targets)
    found = _own_columns(wrt, known, columns)
    for node in order:
        if node in moving and node.dtype in INEXACT:
            try:
                _visit(node, found, known)
            except TooManyPlaces as too_many:
                raise _refusal(node, too_many.count, known) from None
        for arg in set(node.args):
            uses[arg] -= 1
            if not uses[arg]:
                found.pop(arg, None)
    rows = [found[y] if y in found else _empty(prod(known.shape(y)), columns) for y in targets]
    whole = rows[0] if len(rows) == 1 else sparse.vstack(rows, format="csr")
    whole.sort_indices()
    return whole


def _own_columns(wrt: Sequence[Node], known: KnownAt, columns: int) -> dict[Node, Matrix]:
    """What each of `wrt` depends on: itself, entry by entry."""
    found: dict[Node, Matrix] = {}
    start = 0
    for x in wrt:
        size = prod(known.shape(x))
        links = np.arange(size)
        found[x] = matrix(links, links + start, (size, columns))
        start += size
    return found


def _visit(node: Node, found: dict[Node, Matrix], known: KnownAt) -> None:
    """What a node depends on, from what its arguments do."""
    if isinstance(node.op.derivative, Held):
        return
    places = [k for k, arg in enumerate(node.args) if arg in found and _flows(node, k)]
    if not places:
        return
    check_number(prod(known.shape(node)))
    if node.op.elementwise:
        parts = [_elementwise(node, k, found[node.args[k]], known) for k in places]
    else:
        links = node.op.reads(node, places, known)
        below = [found[node.args[k]] for k in places]
        whole = below[0] if len(below) == 1 else sparse.vstack(below, format="csr")
        parts = [_through(matrix(*links, (prod(known.shape(node)), whole.shape[0])), whole)]
    if node in found:
        parts.append(found[node])
    found[node] = union(parts)


def _flows(node: Node, k: int) -> bool:
    """False where the rule of an op has proven that its derivative by an argument is zero."""
    if not isinstance(node.op.derivative, Pullback):
        return True
    g = intern(VARIABLE, (), ("cotangent of the node", node.shape, node.dtype))
    return sent_back(node, k, g) is not None


def _elementwise(node: Node, k: int, below: Matrix, known: KnownAt) -> Matrix:
    """What a node depends on by argument `k`: nothing where the partial derivative is zero."""
    shape, own = known.shape(node), known.shape(node.args[k])
    moving = _partial_nonzero(node, k, known)
    if moving is None and shape == own:
        return below
    stretched = np.broadcast_to(np.arange(prod(own)).reshape(own), shape).ravel()
    result = np.arange(stretched.size) if moving is None else moving
    return _through(matrix(result, stretched[result], (stretched.size, prod(own))), below)


def _through(links: Matrix, below: Matrix) -> Matrix:
    """What a result depends on, from its links with arguments and what these depend on."""
    pairs = int(np.diff(below.indptr)[links.indices].sum(dtype=np.int64))
    check_number(min(pairs, links.shape[0] * below.shape[1]))
    return links @ below


def _refusal(node: Node, count: int, known: KnownAt) -> InputError:
    sizes = ", ".join(f"{name} = {size}" for name, size in known.sizes.items())
    at = f" at {sizes}" if sizes else ""
    return InputError(
        f"the pattern has up to {count:.2g} entries{at} in {describe(node)}, which is too many for "
        "a sparse matrix; products with directions need no matrix: sd.jvp, sd.vjp, sd.hvp"
    )


def _partial_nonzero(node: Node, k: int, known: KnownAt) -> Array | None:
    """The entries where a partial derivative need not be zero; None if that may be any."""
    if not isinstance(node.op.derivative, Partials):
        return None
    partial = node.op.derivative.functions[k](node, *node.args)
    if not isinstance(partial, Node):
        return np.zeros(0, int) if partial == 0 else None
    if all(known.nonzero(arg) is None for arg in node.args):
        return None
    entries = known.nonzero(partial)
    if entries is None or partial.shape == node.shape:
        return entries
    mask = np.zeros(prod(known.shape(partial)), bool)
    mask[entries] = True
    return np.flatnonzero(np.broadcast_to(mask.reshape(known.shape(partial)), known.shape(node)))


def union(parts: Sequence[Matrix]) -> Matrix:
    """Where any of some patterns has an entry; one of them itself, if it has them all."""
    total = parts[0]
    for part in parts[1:]:
        if part is not total:
            both = total + part
            total = next((each for each in (total, part) if each.nnz == both.nnz), both)
    return total


def matrix(rows: Array, columns: Array, shape: tuple[int, int]) -> Matrix:
    """A pattern with entries in these places, which may repeat."""
    return sparse.coo_array((np.ones(rows.size, bool), (rows, columns)), shape=shape).tocsr()


def _empty(rows: int, columns: int) -> Matrix:
    return sparse.csr_array((rows, columns), dtype=bool)
