"""The four equations for any layer l, written as the network at hand has its examples."""

from __future__ import annotations

from symdiff.explain.affine import Batch, back_through, by_bias, by_weight
from symdiff.explain.board import in_brackets, sigma_prime
from symdiff.explain.by_entries import partial
from symdiff.explain.formulas import as_math, written
from symdiff.explain.letters import layered, letter
from symdiff.explain.network import Network
from symdiff.node import Node
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names

_BELOW, _UNITS, _ABOVE, _EXAMPLES = 2, 3, 5, 7  # sizes that nobody sees


def is_turned(network: Network) -> bool:
    """True if all weight matrices are stored the other way than the products are written."""
    matrices = [layer.affine.turned for layer in network.layers if layer.weight.ndim == 2]
    return bool(matrices) and all(matrices)


def general_map(network: Network) -> Math:
    """The affine map of any layer l, as the network at hand has its examples."""
    rows = network.batch is Batch.ROWS
    below, W, b = (layered(word, place) for word, place in (("a", "l-1"), ("W", "l"), ("b", "l")))
    turned = is_turned(network)
    weight = letter("W", (_UNITS, _BELOW) if turned == rows else (_BELOW, _UNITS))
    a = letter("a", (_EXAMPLES, _BELOW) if rows else (_BELOW,))
    used = weight.T if turned else weight
    product = written(a @ used if rows else used @ a, {weight: W, a: below})
    if all(layer.bias is None for layer in network.layers):
        return as_math(layered("z", "l")) + " = " + product
    return as_math(layered("z", "l")) + " = " + product + " + " + as_math(b)


def general_equations(network: Network, names: Names) -> dict[str, Math]:
    """BP1 to BP4 by their names, with z, a, W, b and δ of the layers l, l + 1 and L.

    >>> import symdiff as sd
    >>> from symdiff.explain.network import layers_of
    >>> X, W = sd.matrix("X", "n", "d"), sd.matrix("W", "d", "h")
    >>> network = layers_of(sd.sum(sd.tanh(X @ W) ** 2), [W])
    >>> for equation in general_equations(network, Names(network.target)).values():
    ...     print(equation.pretty)
    δ⁽ᴸ⁾ = ∂L/∂a⁽ᴸ⁾ ⊙ σ′(z⁽ᴸ⁾)
    δ⁽ˡ⁾ = (δ⁽ˡ⁺¹⁾ (W⁽ˡ⁺¹⁾)ᵀ) ⊙ σ′(z⁽ˡ⁾)
    ∂L/∂b⁽ˡ⁾ = sum(δ⁽ˡ⁾, axis=0)
    ∂L/∂W⁽ˡ⁾ = (a⁽ˡ⁻¹⁾)ᵀ δ⁽ˡ⁾
    """
    batch, turned = network.batch, is_turned(network)
    cost = as_math(names.of(network.target))

    def array(word: str, units: int) -> Node:
        shape = {
            Batch.SINGLE: (units,),
            Batch.ROWS: (_EXAMPLES, units),
            Batch.COLUMNS: (units, _EXAMPLES),
        }
        return letter(word, shape[batch])

    above, delta, slope, a, g = (
        array(word, units)
        for word, units in (
            ("above", _ABOVE), ("delta", _UNITS), ("slope", _UNITS), ("a", _BELOW), ("g", _UNITS)
        )
    )  # fmt: skip
    W = letter("W", (_UNITS, _ABOVE) if turned != (batch is Batch.ROWS) else (_ABOVE, _UNITS))
    known = {
        above: layered("δ", "l+1", "\\delta"),
        delta: layered("δ", "l", "\\delta"),
        slope: sigma_prime(layered("z", "l")),
        a: layered("a", "l-1"),
        W: layered("W", "l+1"),
    }
    back = back_through(W, above, batch, turned)
    known[back] = in_brackets(written(back, known))
    top = partial(cost, as_math(layered("a", "L")))
    last = {g: Name(*top), slope: sigma_prime(layered("z", "L"))}
    term = (_UNITS, 1) if batch is Batch.COLUMNS else (_UNITS,)

    def stated(left: Math, right: Node, names: dict[Node, Name]) -> Math:
        return left + " = " + written(right, names)

    by_b, by_W = (partial(cost, as_math(layered(letter, "l"))) for letter in "bW")
    return {
        "BP1": stated(as_math(layered("δ", "L", "\\delta")), g * slope, last),
        "BP2": stated(as_math(layered("δ", "l", "\\delta")), back * slope, known),
        "BP3": stated(by_b, by_bias(delta, (_UNITS,), term), known),
        "BP4": stated(by_W, by_weight(a, delta, batch, turned, False), known),
    }
