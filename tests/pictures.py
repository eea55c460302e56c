"""The formulas whose pictures are tested, and what is read out of an SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import symdiff as sd
from symdiff.draw.picture import Picture

SVG = "{http://www.w3.org/2000/svg}"


def fff() -> Picture:
    """Figure 6.10 of Deep Learning: f(f(f(w))) before and after back-propagation."""
    w = sd.scalar("w")
    x = sd.sin(w)
    y = sd.sin(x)
    z = sd.sin(y)
    names = {"x": x, "y": y, "z": z}
    before, after = sd.draw(z, names=names), sd.draw(z, w, names=names)
    return before.beside(after, captions=["before", "after"])


def logistic() -> Picture:
    """Figure 6.8 (b), with its gradients."""
    x, w, b = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("b")
    y = sd.sigmoid(x @ w + b)
    return sd.draw(y, [w, b], names={"ŷ": y})


def relu_layer() -> Picture:
    """Figure 6.8 (c)."""
    X, W, b = sd.matrix("X", "n", "d"), sd.matrix("W", "d", "k"), sd.vector("b", "k")
    H = sd.relu(X @ W + b)
    return sd.draw(H, names={"H": H})


def weight_decay() -> Picture:
    """Figure 6.8 (d): two outputs in one graph."""
    x, w, lam = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("lam")
    return sd.draw([x @ w, lam * sd.sum(w**2)], names={"ŷ": x @ w})


def least_squares(**options: object) -> Picture:
    """The sum of squares, by w."""
    loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    return sd.draw(loss, sd.inputs(loss)[1], **options)  # type: ignore[arg-type]


def flow() -> Picture:
    """The same as a flow, with values."""
    loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    X, w, y = sd.inputs(loss)
    at = {X: [[1, 2], [3, 4]], w: [1, -1], y: [0, 1]}
    return sd.draw(loss, w, view="flow", at=at)


def network(**options: object) -> Picture:
    """Three layers in frames, by all weights."""
    h, Y = sd.matrix("X", "n", "d0"), sd.matrix("Y", "n", "d3")
    groups: dict[str, list[sd.Node]] = {}
    weights: list[sd.Node] = []
    for k in (1, 2, 3):
        W, b = sd.matrix(f"W{k}", f"d{k - 1}", f"d{k}"), sd.vector(f"b{k}", f"d{k}")
        z = h @ W + b
        a = sd.tanh(z) if k < 3 else z
        groups[f"layer {k}"] = [W, b, h @ W, z, a]
        weights += [W, b]
        h = a
    return sd.draw(sd.sum((h - Y) ** 2), weights, groups=groups, **options)  # type: ignore


def cross_entropy() -> Picture:
    """Softmax regression, in Chinese."""
    X, W, b, T = (sd.matrix("X", "n", "d"), sd.matrix("W", "d", "k"), sd.vector("b", "k"),
                  sd.matrix("T", "n", "k"))  # fmt: skip
    loss = -sd.sum(T * sd.log_softmax(X @ W + b, axis=1))
    return sd.draw(loss, [W, b], lang="zh")


EXAMPLES: dict[str, Callable[[], Picture]] = {
    "fff": fff,
    "logistic": logistic,
    "relu_layer": relu_layer,
    "weight_decay": weight_decay,
    "least_squares": least_squares,
    "least_squares_simplified": lambda: least_squares(simplify=True),
    "flow": flow,
    "network": network,
    "cross_entropy": cross_entropy,
}


def elements(svg: str) -> Iterator[ET.Element]:
    """All elements of an SVG."""
    return ET.fromstring(svg).iter()


def drawn(svg: str) -> dict[str, ET.Element]:
    """The vertices of an SVG by their ids; an id that is there twice is an error."""
    found: dict[str, ET.Element] = {}
    for element in elements(svg):
        name = element.get("data-node")
        if name is not None:
            assert name not in found, f"{name} is drawn twice"
            found[name] = element
    return found


def words(element: ET.Element) -> list[str]:
    """The lines of text in an element."""
    return ["".join(each.itertext()) for each in element.iter(SVG + "text")]
