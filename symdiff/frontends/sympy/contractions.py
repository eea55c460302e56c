"""Contractions as products of matrices, or as sums over indices."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

import sympy

from symdiff.dims import Dim, Size
from symdiff.errors import ArgumentError, quote
from symdiff.node import Node

Inputs: TypeAlias = tuple[tuple[int, ...], ...]
Said: TypeAlias = Any
"""A SymPy expression; SymPy has no types."""


def refuse_to_say(node: Node, reason: str) -> NoReturn:
    """Refuse a node that SymPy has no words for."""
    raise ArgumentError(f"SymPy cannot say {quote(node)}: {reason}")


def size_to_say(size: Size) -> Said:
    """A size as a SymPy expression."""
    return size.expression if isinstance(size, Dim) else sympy.Integer(size)


def rows_and_columns(node: Node) -> tuple[Said, Said]:
    """Rows and columns: a vector has one column."""
    rows, *columns = map(size_to_say, node.shape)
    return rows, (columns[0] if columns else sympy.Integer(1))


def contraction(node: Node, args: list[Said]) -> Said:
    """A product of two matrices, or of one with ones; a sum over indices for any other number."""
    spec = node.attrs
    if len(args) == 1:
        found = _of_one(node, args[0])
    else:
        scaled, inputs = _scaled(args, spec.inputs) if spec.output else (args, spec.inputs)
        found = _of_two(inputs, spec.output, scaled) if len(scaled) == 2 else None
    if found is not None:
        return found
    if node.ndim:
        refuse_to_say(node, f"it has no product {spec.letters()}")
    letters = [sympy.Dummy(f"i{k}", integer=True) for k in range(52)]
    sizes: dict[int, Size] = {}
    factors = []
    for arg, said, indices in zip(node.args, args, spec.inputs, strict=True):
        sizes.update(zip(indices, arg.shape, strict=True))
        place = [letters[i] for i in indices]
        factors.append(said[(*place, 0) if len(place) == 1 else tuple(place)])
    limits = [(letters[i], 0, size_to_say(size) - 1) for i, size in sizes.items()]
    return sympy.Sum(sympy.Mul(*factors), *limits)


def _ones(size: Said) -> Said:
    return sympy.OneMatrix(size, 1)


def _of_one(node: Node, said: Said) -> Said | None:
    arg, ((indices,), output) = node.args[0], node.attrs
    rows, columns = rows_and_columns(arg)
    match indices, output:
        case (0, 1), (1, 0):
            return said.T
        case (0, 0), ():
            return sympy.Trace(said)
        case (0, 0), (0,):
            return sympy.HadamardProduct(said, sympy.Identity(rows)) * _ones(rows)
        case (0,), ():
            return (_ones(rows).T * said)[0, 0]
        case (0, 1), (0,):
            return said * _ones(columns)
        case (0, 1), (1,):
            return said.T * _ones(rows)
        case (0, 1), ():
            return (_ones(rows).T * said * _ones(columns))[0, 0]
    return None


def _scaled(args: list[Said], inputs: Inputs) -> tuple[list[Said], Inputs]:
    """More than two factors with vectors multiplied into matrices that have their index."""
    factors = list(zip(args, inputs, strict=True))
    for vector in [factor for factor in factors if len(factor[1]) == 1]:
        (index,) = vector[1]
        matrices = (f for f in factors if len({*f[1]}) == len(f[1]) == 2 and index in f[1])
        matrix = next(matrices, None)
        if matrix is None or len(factors) < 3:
            continue
        scale, (said, indices) = sympy.DiagMatrix(vector[0]), matrix
        product = scale * said if indices[0] == index else said * scale
        factors[factors.index(matrix)] = product, indices
        factors.remove(vector)
    return [said for said, _ in factors], tuple(indices for _, indices in factors)


def _of_two(inputs: Inputs, output: tuple[int, ...], args: list[Said]) -> Said | None:
    """A product of matrices, each transposed or not, whose inner index is summed."""
    one, other = inputs
    a, b = args
    if {len(one), len(other)} <= {1, 2} and len({*one}) == len(one) and len({*other}) == len(other):
        shared = {*one} & {*other}
        if len(one) == len(other) == 2 and shared == {*one} and not output:
            return sympy.Trace((a.T if one == other else a) * b)
        if not shared and len(one) == len(other) == 1:
            return a * b.T if output == (*one, *other) else b * a.T
        if len(shared) == 1 and not shared & {*output}:
            (inner,) = shared
            left = a if one[-1] == inner and len(one) == 2 else a.T
            right = b if other[0] == inner else b.T
            product = left * right
            kept = tuple(i for i in (*one, *other) if i != inner)
            if not output:
                return product[0, 0] if not kept else None
            if len(kept) == len(output):
                turned = kept != output or (len(one) == 1 and len(other) == 2)
                return product.T if turned else product
        if len(one) == 1 and len(other) == 2 and output == other and shared:
            scale = sympy.DiagMatrix(a)
            return scale * b if one[0] == other[0] else b * scale
    return None
