"""The contraction: one op for matmul, dot, outer, transpose, trace, diagonal and sums over axes.

A contraction multiplies its arguments entry by entry along named indices and sums over the indices
that the result does not have (Einstein's notation; Laue, Mitterreiter and Giesen, "A Simple and
Efficient Tensor Calculus", AAAI 2020). One rule gives its derivatives: replace the argument by the
cotangent, and let the result have the argument's indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from symdiff.dims import Shape, Size
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.intervals import ANYTHING, NONNEGATIVE, NUMBER, POSITIVE, Interval
from symdiff.node import Node, intern
from symdiff.ops import contraction_cost
from symdiff.ops import contraction_forms as forms
from symdiff.ops.batching import is_mapped
from symdiff.ops.choices import where as choose
from symdiff.ops.declare import promoted
from symdiff.ops.elementwise import add, multiply
from symdiff.ops.leaves import EYE, INEXACT, as_node, eye
from symdiff.ops.masks import initial_of, mask_of, masked, refuse_dtype
from symdiff.ops.reads import contracted
from symdiff.ops.structure import EXPAND_DIMS, broadcast_to, expand_dims, normalize_axes
from symdiff.registry import FUNCTIONS, Fold, Linear, Op, Sample, function

__all__ = [
    "dot",
    "einsum",
    "matmul",
    "outer",
    "sum",
    "transpose",
    "vdot",
]

Indices = tuple[int, ...]
Factor = tuple[Node, Indices]


class Spec(NamedTuple):
    """Which indices each argument has, and which the result has; numbered by first appearance."""

    inputs: tuple[Indices, ...]
    output: Indices

    @property
    def summed(self) -> frozenset[int]:
        """The indices that are summed over."""
        return frozenset(i for indices in self.inputs for i in indices) - frozenset(self.output)

    def letters(self) -> str:
        """The specification in `einsum`'s letters.

        >>> Spec(((0, 1), (1,)), (0,)).letters()
        'ij,j->i'
        """
        alphabet = "ijklmnopqrstuvwxyzabcdefghABCDEFGHIJKLMNOPQRSTUVWXYZ"
        words = ["".join(alphabet[i] for i in indices) for indices in (*self.inputs, self.output)]
        return ",".join(words[:-1]) + "->" + words[-1]


def _values(node: Node, arguments: Sequence[Interval]) -> Interval:
    """A sum has the sign of its terms; that of a square is known."""
    squares = len(node.args) == 2 and node.args[0] is node.args[1]
    if squares and node.attrs.inputs[0] == node.attrs.inputs[1]:
        term = arguments[0].whole_power(2)
    else:
        term = reduce(Interval.__mul__, arguments, NUMBER(1))
    if not node.attrs.summed:
        return term
    if term.low >= 0:
        return POSITIVE if term.low > 0 or term.open_low else NONNEGATIVE
    if term.high <= 0:
        return -POSITIVE if term.is_negative else -NONNEGATIVE
    return ANYTHING


def _infer(args: tuple[Node, ...], spec: Spec) -> tuple[Shape, str]:
    sizes = index_sizes(args, spec.inputs)
    kind = promoted(args)
    counts = kind == "bool" and bool(spec.summed)
    return tuple(sizes[i] for i in spec.output), "int" if counts else kind


def index_sizes(args: Sequence[Node], inputs: Sequence[Indices]) -> dict[int, Size]:
    """The size of each index; a clash names the arguments."""
    sizes: dict[int, Size] = {}
    owner: dict[int, Node] = {}
    for arg, indices in zip(args, inputs, strict=True):
        for index, size in zip(indices, arg.shape, strict=True):
            if sizes.setdefault(index, size) != size:
                raise ShapeError(
                    f"sizes {sizes[index]} and {size} are summed or matched together, but differ: "
                    f"{describe(owner[index])} and {describe(arg)}",
                    (sizes[index], size),
                )
            owner.setdefault(index, arg)
    return sizes


# Construction ---------------------------------------------------------------------------------


def contract(args: Sequence[Node], inputs: Sequence[Indices], output: Indices) -> Node:
    """Return the contraction, in its simplest equal form that costs no more.

    Transposed arguments are read through, scalars become factors, unit matrices whose index is
    summed are substituted, diagonal matrices scale, and a product without a sum that one argument
    spans is elementwise.
    """
    index_sizes(args, inputs)
    if len(args) > 1 and promoted(tuple(args)) == "bool":
        args = [choose(arg, 1, 0) for arg in args]
    factors = list(zip(args, inputs, strict=True))
    factors = [_read_through(*factor) for factor in factors]
    factors = _apart_from_scaling(factors, output)
    factors = _substitute_units(_opened(factors), output)
    scalars = [arg for arg, indices in factors if not indices]
    arrays = [factor for factor in factors if factor[1]]
    result = _contract_arrays(arrays, output) if arrays else None
    for scalar in reversed(scalars):
        result = scalar if result is None else multiply(scalar, result)
    assert result is not None
    return result


def summed_product(args: Sequence[Node], inputs: Sequence[Indices], output: Indices) -> Node:
    """The contraction as NumPy's products are: of several booleans, whether any term holds."""
    result = contract(args, inputs, output)
    booleans = len(args) > 1 and promoted(tuple(args)) == "bool"
    return FUNCTIONS["not_equal"](result, 0) if booleans else result


def _read_through(arg: Node, indices: Indices) -> Factor:
    """The argument of a transposition, with the indices in its own order."""
    if not is_transpose(arg):
        return arg, indices
    return arg.args[0], _renamed(arg.attrs.inputs[0], arg.attrs.output, indices)


def _renamed(own: Indices, names: Indices, new: Indices) -> Indices:
    """The indices `own`, where those in `names` are called as in `new`."""
    called = dict(zip(names, new, strict=True))
    return tuple(called[i] for i in own)


def has_unit(node: Node) -> bool:
    """True for a unit matrix, and for a contraction with one, such as a diagonal matrix."""
    return node.op is EYE or (node.op is CONTRACT and any(arg.op is EYE for arg in node.args))


def _opened(factors: list[Factor]) -> list[Factor]:
    """Replace by its factors what need not be built: a diagonal matrix, a product in a trace."""
    fresh = 1 + max((i for _, indices in factors for i in indices), default=-1)
    opened: list[Factor] = []
    for arg, indices in factors:
        traced = arg.op is CONTRACT and len(set(indices)) < len(indices)
        if arg.op is EYE or not (traced or has_unit(arg)):
            opened.append((arg, indices))
            continue
        parts = inside(arg, indices, fresh)
        fresh = 1 + max(fresh, *(i for _, own in parts for i in own))
        opened += parts
    return opened


def inside(node: Node, indices: Indices, fresh: int) -> list[Factor]:
    """The factors of a contraction whose result has `indices`; what it sums is new from `fresh`."""
    spec: Spec = node.attrs
    called = dict(zip(spec.output, indices, strict=True))
    for own in (i for ix in spec.inputs for i in ix):
        called.setdefault(own, fresh + own)
    parts = zip(node.args, spec.inputs, strict=True)
    return [(part, tuple(called[i] for i in own)) for part, own in parts]


def _substitute_units(factors: list[Factor], output: Indices) -> list[Factor]:
    """Give the two indices of a unit matrix one name; it stays only if the result has both."""
    k = 0
    while k < len(factors):
        fewer = _substituted(factors[k], factors[:k] + factors[k + 1 :], output)
        factors, k = (factors, k + 1) if fewer is None else (fewer, 0)
    return factors


def _substituted(unit: Factor, others: list[Factor], output: Indices) -> list[Factor] | None:
    arg, pair = unit
    if arg.op is not EYE:
        return None
    elsewhere = {i for _, indices in others for i in indices}
    if pair[0] == pair[1]:  # ones
        return others if pair[0] in elsewhere else None
    gone = [i for i in pair if i not in output]
    kept: list[Factor] = []
    if gone and elsewhere & set(pair):
        drop = next((i for i in gone if i in elsewhere), gone[0])
    elif not gone and (drop := max(pair, key=output.index)) in elsewhere:
        kept = [unit]
    else:
        return None
    keep = pair[0] if drop == pair[1] else pair[1]
    renamed = [(node, tuple(keep if i == drop else i for i in ix)) for node, ix in others]
    return renamed + kept


def _apart_from_scaling(factors: list[Factor], output: Indices) -> list[Factor]:
    """`A @ (s[:, None] * B)` keeps `s` by itself: it is `A @ diag(s) @ B`, or `A @ (s * b)`."""
    if len(factors) != 2:
        return factors
    for place, (arg, indices) in enumerate(factors):
        (other, facing) = factors[1 - place]
        found = _scaling(arg, indices)
        if found is None:
            continue
        (scale, index), rest = found
        if index[0] in output or index[0] not in facing or len(set(facing)) < len(facing):
            continue
        if other.ndim == 1:
            return _ordered(place, _read_through(*rest), (multiply(scale, other), index))
        if other.ndim == 2 and set(indices) & set(facing) == set(index):
            first, last = _ordered(place, _read_through(*rest), (other, facing))
            return [first, (scale, index), last]
    return factors


def _ordered(place: int, own: Factor, other: Factor) -> list[Factor]:
    return [own, other] if place == 0 else [other, own]


def _scaling(arg: Node, indices: Indices) -> tuple[Factor, Factor] | None:
    """The vector and the matrix of a matrix whose rows or columns are scaled."""
    if arg.op.name != "multiply" or arg.ndim != 2 or arg.dtype not in INEXACT:
        return None
    for scale, matrix in (arg.args, arg.args[::-1]):
        if matrix.shape != arg.shape or not {matrix.dtype, scale.dtype} <= {*INEXACT}:
            continue
        if scale.ndim == 1 and scale.shape == arg.shape[1:]:
            return (scale, indices[1:]), (matrix, indices)
        if scale.op is EXPAND_DIMS and scale.attrs == (1,) and scale.shape[0] == arg.shape[0]:
            return (scale.args[0], indices[:1]), (matrix, indices)
    return None


def _contract_arrays(arrays: Sequence[tuple[Node, Indices]], output: Indices) -> Node:
    if len(arrays) == 1 and arrays[0][1] == output:
        return arrays[0][0]
    summed = {i for _, indices in arrays for i in indices} - set(output)
    if len(arrays) > 1 and not summed and _one_spans(arrays, output):
        return _elementwise_product(arrays, output)
    number: dict[int, int] = {}
    for _, indices in arrays:
        for index in indices:
            number.setdefault(index, len(number))
    if len(number) > 52:
        raise ArgumentError(f"a contraction has at most 52 indices, as in NumPy, not {len(number)}")
    spec = Spec(
        tuple(tuple(number[i] for i in indices) for _, indices in arrays),
        tuple(number[i] for i in output),
    )
    return intern(CONTRACT, tuple(arg for arg, _ in arrays), spec)


def _one_spans(arrays: Sequence[tuple[Node, Indices]], output: Indices) -> bool:
    distinct = all(len(set(indices)) == len(indices) for _, indices in arrays)
    # a unit matrix stays in the contraction, where it is known as a diagonal
    units = any(arg.op is EYE for arg, _ in arrays)
    return distinct and not units and any(set(output) == set(indices) for _, indices in arrays)


def _elementwise_product(arrays: Sequence[tuple[Node, Indices]], output: Indices) -> Node:
    product: Node | None = None
    for arg, indices in sorted(arrays, key=lambda factor: len(factor[1])):
        ordered = tuple(i for i in output if i in indices)
        aligned = _contract_arrays([(arg, indices)], ordered)
        first = output.index(ordered[0])
        missing = tuple(k for k, i in enumerate(output) if k > first and i not in indices)
        aligned = expand_dims(aligned, tuple(k - first for k in missing)) if missing else aligned
        product = aligned if product is None else multiply(product, aligned)
    assert product is not None
    return product


def is_transpose(node: Node) -> bool:
    """True for a contraction that only permutes axes."""
    if node.op is not CONTRACT or len(node.args) != 1:
        return False
    spec: Spec = node.attrs
    return len(set(spec.inputs[0])) == len(spec.inputs[0]) == len(spec.output)


# Derivative -----------------------------------------------------------------------------------


def _cotangent(node: Node, k: int, g: Node) -> Node:
    spec: Spec = node.attrs
    sizes = index_sizes(node.args, spec.inputs)
    fresh = len(sizes)
    lead = tuple(range(fresh, fresh + g.ndim - node.ndim))
    fresh += len(lead)
    operands = [g if j == k else arg for j, arg in enumerate(node.args)]
    inputs = [(*lead, *spec.output) if j == k else ix for j, ix in enumerate(spec.inputs)]
    wanted = list(spec.inputs[k])
    for place, index in enumerate(wanted):
        if index in wanted[:place]:  # a diagonal: zero off it
            operands.append(eye(sizes[index]))
            inputs.append((index, fresh))
            wanted[place] = fresh
            fresh += 1
    present = {i for indices in inputs for i in indices}
    result = contract(operands, inputs, (*lead, *(i for i in wanted if i in present)))
    missing = tuple(len(lead) + j for j, i in enumerate(wanted) if i not in present)
    if missing:  # an index summed in this argument alone: the cotangent is the same all along it
        shape = (*g.shape[: len(lead)], *node.args[k].shape)
        in_front = missing == tuple(range(len(missing)))  # where stretching puts axes by itself
        result = broadcast_to(result if in_front else expand_dims(result, missing), shape)
    return result


# Public functions -------------------------------------------------------------------------------


@function
def sum(
    x: object,
    axis: object = None,
    keepdims: bool = False,
    initial: object = None,
    where: object = None,
    dtype: None = None,
) -> Node:
    """Return the sum over `axis` (an int, a tuple of ints, or None for all).

    `initial` is a further term. With the condition `where`, only entries where it holds are added.

    Raises ArgumentError for an axis that `x` does not have, and for a `dtype`.

    >>> import symdiff as sd
    >>> sd.sum(sd.matrix("X", "n", "d"), axis=0)
    <sum(X, axis=0) : (d,) float>
    """
    x = as_node(x)
    refuse_dtype("sum", dtype)
    x = masked(x, mask_of("sum", x, where), 0)
    axes = normalize_axes(x, axis)
    if x.dtype == "bool" and not axes:
        x = choose(x, 1, 0)
    kept = tuple(i for i in range(x.ndim) if i not in axes)
    total = contract([x], [tuple(range(x.ndim))], kept)
    total = expand_dims(total, axes) if keepdims and axes else total
    return total if initial is None else add(total, initial_of("sum", total, initial))


@function
def transpose(x: object, axes: Sequence[int] | None = None) -> Node:
    """Return `x` with its axes permuted, reversed by default.

    >>> import symdiff as sd
    >>> sd.transpose(sd.tensor("K", 2, 3, 4), (0, 2, 1)).shape
    (2, 4, 3)
    """
    x = as_node(x)
    order = tuple(range(x.ndim))[::-1] if axes is None else normalize_axes(x, axes, False)
    if len(order) != x.ndim:
        raise ArgumentError(f"axes {axes} must name each of the {x.ndim} axes of {describe(x)}")
    return contract([x], [tuple(range(x.ndim))], order)


@function
def matmul(a: object, b: object) -> Node:
    """Return the matrix product `a @ b`, batched over leading axes as in NumPy.

    Raises ShapeError where the sizes differ, ArgumentError for a scalar.

    >>> import symdiff as sd
    >>> sd.matmul(sd.matrix("X", "n", "d"), sd.vector("w", "d"))
    <X w : (n,) float>
    """
    a, b = as_node(a), as_node(b)
    for operand in (a, b):
        if not operand.ndim:
            raise ArgumentError(f"`@` needs vectors or matrices, not {describe(operand)}; use `*`")
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ShapeError(
            f"`@` cannot multiply {describe(a)} by {describe(b)}: "
            f"size {a.shape[-1]} differs from size {b.shape[-2 if b.ndim > 1 else 0]}"
            + _transpose_hint(a, b),
            (a.shape[-1], b.shape[-2 if b.ndim > 1 else 0]),
        )
    row, inner, column = 0, 1, 2
    left = (row, inner) if a.ndim > 1 else (inner,)
    right = (inner, column) if b.ndim > 1 else (inner,)
    batch_a, batch_b, batch = _align(a, a.shape[:-2], b, b.shape[:-2], first=3)
    output = (*batch, *left[:-1], *right[1:])
    return summed_product([a, b], [(*batch_a, *left), (*batch_b, *right)], output)


def _transpose_hint(a: Node, b: Node) -> str:
    if a.ndim == 2 and a.shape[0] == b.shape[0]:
        return "; the transpose of the first fits"
    if b.ndim == 2 and a.shape[-1] == b.shape[1]:
        return "; the transpose of the second fits"
    return ""


def _align(
    a: Node, left: Shape, b: Node, right: Shape, first: int
) -> tuple[Indices, Indices, Indices]:
    """Indices for two groups of axes that broadcast together, numbered from `first`.

    An axis of size 1 beside a longer one gets an index of its own, over which the sum is trivial.
    """
    rank = max(len(left), len(right))
    output = tuple(range(first, first + rank))
    fresh = first + rank
    groups: list[Indices] = []
    for shape, other in ((left, right), (right, left)):
        indices: list[int] = []
        for axis, size in enumerate(shape):
            place = rank - len(shape) + axis
            across = place - (rank - len(other))
            facing = other[across] if across >= 0 else size
            if size not in (1, facing) and facing != 1:
                raise ShapeError(
                    f"`@` cannot broadcast the leading axes of {describe(a)} and {describe(b)}: "
                    f"size {size} differs from size {facing}",
                    (size, facing),
                )
            alone = size == 1 and facing != 1
            indices.append(fresh if alone else output[place])
            fresh += alone
        groups.append(tuple(indices))
    return groups[0], groups[1], output


@function
def dot(a: object, b: object) -> Node:
    """Return NumPy's `dot`: the sum over the last axis of `a` and the second to last of `b`.

    >>> import symdiff as sd
    >>> sd.dot(sd.vector("x", "n"), sd.vector("y", "n"))
    <xᵀ y : () float>
    """
    a, b = as_node(a), as_node(b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul(a, b)
    inner = a.ndim - 1
    right = tuple(range(a.ndim, a.ndim + b.ndim))
    place = max(b.ndim - 2, 0)
    summed = (*right[:place], inner, *right[place + 1 :])
    output = (*range(inner), *(i for i in summed if i != inner))
    return summed_product([a, b], [tuple(range(a.ndim)), summed], output)


@function
def vdot(a: object, b: object) -> Node:
    """Return the sum of products of all entries of two arrays of one shape, `sum(conj(a) * b)`.

    >>> import symdiff as sd
    >>> sd.vdot(sd.matrix("A", "n", "m"), sd.matrix("B", "n", "m"))
    <tr(Aᵀ B) : () float>
    """
    a, b = as_node(a), as_node(b)
    if a.ndim != b.ndim:
        raise ShapeError(f"`vdot` needs arrays of one shape, not {describe(a)} and {describe(b)}")
    a = FUNCTIONS["conj"](a)
    indices = tuple(range(a.ndim))
    return summed_product([a, b], [indices, indices], ())


@function
def outer(a: object, b: object) -> Node:
    """Return all products of an entry of `a` and an entry of `b`, for vectors.

    >>> import symdiff as sd
    >>> sd.outer(sd.vector("x", "n"), sd.vector("y", "m"))
    <x yᵀ : (n, m) float>
    """
    a, b = as_node(a), as_node(b)
    for operand in (a, b):
        if operand.ndim != 1:
            raise ArgumentError(f"`outer` needs vectors, not {describe(operand)}; reshape it first")
    return summed_product([a, b], [(0,), (1,)], (0, 1))


def diag(x: Node) -> Node:
    """The diagonal of a square matrix, or the diagonal matrix of a vector."""
    if x.ndim == 1:
        return contract([x, eye(x.shape[0])], [(0,), (0, 1)], (0, 1))
    return contract([x], [(0, 0)], (0,))


@function
def einsum(spec: str, *operands: object) -> Node:
    """Return a contraction written in NumPy's `einsum` letters, with `...` and implicit output.

    Raises ArgumentError for a specification that does not fit the operands, ShapeError where one
    letter stands for two sizes.

    >>> import symdiff as sd
    >>> sd.einsum("ij,jk->ik", sd.matrix("A", "n", "m"), sd.matrix("B", "m", "k"))
    <A B : (n, k) float>
    """
    nodes = [as_node(operand) for operand in operands]
    words, output = _read_einsum(spec, nodes)
    index: dict[str, int] = {}
    for letter in (c for word in words for c in word):
        index.setdefault(letter, len(index))
    fresh = len(index)
    longest: dict[str, bool] = {}
    for word, node in zip(words, nodes, strict=True):
        for letter, size in zip(word, node.shape, strict=True):
            longest[letter] = longest.get(letter, False) or size != 1
    inputs: list[Indices] = []
    for word, node in zip(words, nodes, strict=True):
        indices: list[int] = []
        for letter, size in zip(word, node.shape, strict=True):
            alone = size == 1 and longest[letter]
            indices.append(fresh if alone else index[letter])
            fresh += alone
        inputs.append(tuple(indices))
    return summed_product(nodes, inputs, tuple(index[c] for c in output))


def _read_einsum(spec: str, nodes: Sequence[Node]) -> tuple[list[str], str]:
    """Expand `...` and the implicit output; letters for `...` are taken from private use."""
    if not isinstance(spec, str):
        raise ArgumentError(
            f"the first argument of einsum is a text such as 'ij,jk->ik', not {spec!r}"
        )
    compact = spec.replace(" ", "")
    left, arrow, output = compact.partition("->")
    words = left.split(",")
    if len(words) != len(nodes):
        raise ArgumentError(
            f"einsum '{spec}' names {len(words)} operands, but {len(nodes)} are given"
        )
    extra = [
        node.ndim - len(word.replace("...", "")) for word, node in zip(words, nodes, strict=True)
    ]
    rank = max((e for e, word in zip(extra, words, strict=True) if "..." in word), default=0)
    ellipsis = "".join(chr(0xE000 + i) for i in range(max(rank, 0)))
    expanded: list[str] = []
    for word, surplus, node in zip(words, extra, nodes, strict=True):
        plain = word.replace("...", "", 1)
        if surplus < 0 or ("..." not in word and surplus) or not (plain.isalpha() or not plain):
            raise ArgumentError(f"einsum '{spec}': '{word}' does not fit {describe(node)}")
        expanded.append(word.replace("...", ellipsis[len(ellipsis) - surplus :] if surplus else ""))
    if not arrow:
        letters = "".join(expanded)
        single = sorted(c for c in set(letters) if letters.count(c) == 1 and c not in ellipsis)
        return expanded, ellipsis + "".join(single)
    result = output.replace("...", ellipsis, 1)
    unknown = [c for c in result if all(c not in word for word in expanded)]
    if unknown or len(set(result)) != len(result):
        raise ArgumentError(
            f"einsum '{spec}': the output '{output}' must name indices of the operands, each once"
        )
    return expanded, result


# Declaration ------------------------------------------------------------------------------------


def _rows(node: Node, axes: tuple[int | None, ...]) -> int | Fold | None:
    """Rows are along an index that no other argument has: a sum over it adds up parts."""
    spec: Spec = node.attrs
    having = zip(spec.inputs, axes, strict=True)
    found = {indices[axis] for indices, axis in having if axis is not None}
    index = found.pop()
    counts = (1 if axis is not None else 0 for axis in axes)
    if found or any(ix.count(index) != n for ix, n in zip(spec.inputs, counts, strict=True)):
        return None
    return spec.output.index(index) if index in spec.output else Fold.ADD


def _batch(node: Node, args: tuple[Node, ...]) -> Node:
    """One index more, which all mapped arguments have and the result."""
    spec: Spec = node.attrs
    case = 1 + max((i for indices in spec.inputs for i in indices), default=-1)
    inputs = [
        (case, *indices) if is_mapped(own, arg) else indices
        for own, arg, indices in zip(node.args, args, spec.inputs, strict=True)
    ]
    return contract(args, inputs, (case, *spec.output))


CONTRACT = Op(
    "contract",
    infer=_infer,
    attrs=Spec,
    derivative=Linear(_cotangent),
    complex=True,
    view=lambda node: len(node.args) == 1 and not node.attrs.summed,
    operations=contraction_cost.operations,
    numpy=forms.numpy,
    text=forms.text,
    pretty=forms.pretty,
    latex=forms.latex,
    title=forms.title,
    values=_values,
    rows=_rows,
    reads=contracted,
    batch=_batch,
    samples=(
        Sample("sum(X)", {"X": "n m"}),
        Sample("sum(X, axis=0) + sum(X, axis=-1, keepdims=True)", {"X": "n m"}),
        Sample("sum(K, axis=(0, 2))", {"K": "2 n 3"}),
        Sample("sum(X, axis=0, initial=2, where=X > 0)", {"X": "n m"}),
        Sample("mean(X, axis=1) + mean(X)", {"X": "n m"}),
        Sample("X.T", {"X": "n m"}),
        Sample("transpose(K, (1, 2, 0))", {"K": "2 n 3"}),
        Sample("X @ w", {"X": "n m", "w": "m"}),
        Sample("w @ X", {"X": "n m", "w": "n"}),
        Sample("X.T @ w", {"X": "n m", "w": "n"}),
        Sample("matmul(A, B)", {"A": "n m", "B": "m 2"}),
        Sample("A.T @ B.T", {"A": "n m", "B": "2 n"}),
        Sample("A @ B.T + (B @ A.T).T", {"A": "n m", "B": "2 m"}),
        Sample("A @ B", {"A": "2 1 n m", "B": "3 m 2"}),
        Sample("A @ w", {"A": "2 n m", "w": "m"}),
        Sample("dot(x, y) * x + (x @ y)", {"x": "n", "y": "n"}),
        Sample("dot(A, B)", {"A": "2 n m", "B": "3 m 2"}),
        Sample("outer(x, y)", {"x": "n", "y": "m"}),
        Sample("trace(A) * diag(A)", {"A": "n n"}),
        Sample("diag(x) @ A + diag(x)", {"A": "n n", "x": "n"}),
        Sample("vdot(A, B)", {"A": "n m", "B": "n m"}),
        Sample("einsum('ij,jk,ik->i', A, B, C)", {"A": "n m", "B": "m 2", "C": "n 2"}),
        Sample("einsum('...i,i', A, x)", {"A": "2 n m", "x": "m"}),
        Sample("einsum('i,ij->ij', x, A)", {"A": "n m", "x": "n"}),
        Sample("einsum('ijk->ki', K)", {"K": "2 n 3"}),
        Sample("einsum('bij,bjk->bik', A, B)", {"A": "2 n m", "B": "2 m 3"}),
        Sample("einsum('ij,kl->iklj', A, B)", {"A": "n 2", "B": "3 m"}),
    ),
)
