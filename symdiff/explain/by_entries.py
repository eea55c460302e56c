"""A single weight: what it meets going forward, and what it receives, with indices.

i counts examples, j the units of a layer, k those of the layer below.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.errors import ExplanationError
from symdiff.explain.affine import Batch
from symdiff.explain.agreement import agreement
from symdiff.explain.board import Board
from symdiff.explain.formulas import as_math
from symdiff.explain.letters import letter
from symdiff.explain.network import Layer
from symdiff.ops.contraction import einsum
from symdiff.show.document import Math
from symdiff.show.naming import Name


class SingleWeight(NamedTuple):
    """One entry of a layer's weight.

    meets     ∂z/∂w, which is an activation of the layer below
    receives  ∂C/∂w, as far as it comes through this layer
    """

    layer: Layer
    meets: Math
    receives: Math


class Places(NamedTuple):
    """The indices of the arrays of a layer, in the order of their axes."""

    weight: str
    z: str
    below: str


def places(layer: Layer) -> Places:
    """Which axis of which array counts what.

    >>> import symdiff as sd
    >>> from symdiff.explain.network import layers_of
    >>> X, W = sd.matrix("X", "n", "d"), sd.matrix("W", "d", "h")
    >>> places(layers_of(sd.sum(sd.tanh(X @ W) ** 2), [W]).last)
    Places(weight='kj', z='ij', below='ik')
    """
    affine = layer.affine
    unit = "" if layer.weight.ndim == 1 else "j"
    unit_first = affine.turned == (affine.batch is Batch.ROWS)
    weight = unit + "k" if unit_first else "k" + unit
    match affine.batch:
        case Batch.SINGLE:
            return Places(weight, unit, "k")
        case Batch.ROWS:
            return Places(weight, "i" + unit, "ik")
        case Batch.COLUMNS:
            return Places(weight, unit + "i", "ki")


def single_weight(board: Board, layer: Layer) -> SingleWeight:
    """One entry of a weight; the sum with indices is compared with the product of matrices.

    Raises ExplanationError if they differ.
    """
    weight, z, below = places(layer)
    d, a = letter("delta", layer.z.shape), letter("a", layer.below.shape)
    spelled = einsum(f"{z},{below}->{weight}", d, a)
    if agreement(layer.affine.by_weight(d, a), spelled, {}) is None:
        raise ExplanationError(
            f"the sum with indices {z},{below}->{weight} is not what the weight of layer "
            f"{layer.index} receives; this is an error of symdiff, please report it"
        )
    names = board.names
    w = entry(names.of(layer.weight), weight)
    cost = as_math(names.of(board.network.target))
    a_entry = entry(names.of(layer.below), below)
    total = Math("Σᵢ ", "\\sum_{i} ") if "i" in z else Math("", "")
    product = entry(board.delta_name(layer), z) + Math(" ", " \\, ") + a_entry
    meets = partial(entry(names.of(layer.z), z), w) + " = " + a_entry
    return SingleWeight(layer, meets, partial(cost, w) + " = " + total + product)


def entry(name: Name, indices: str) -> Math:
    """An entry of an array: its name with indices below."""
    ends = name.pretty[-1].isdigit() and bool(indices)
    pretty = f"({name.pretty})" if ends else name.pretty
    latex = f"\\left({name.latex}\\right)" if "_" in name.latex and indices else name.latex
    below = f"_{{{indices}}}" if indices else ""
    return Math(pretty + indices.translate(_BELOW), latex + below)


def partial(above: Math, below: Math) -> Math:
    """A partial derivative."""
    return Math(
        f"∂{above.pretty}/∂{below.pretty}",
        f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}",
    )


_BELOW = str.maketrans("ijk", "ᵢⱼₖ")
