"""Rules for Fourier transforms: what cancels its inverse, and numbers that stand outside."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.rewrite.engine import Rewriter, Rule, rebuild
from symdiff.rewrite.polynomial import Product, factor, read_product, write_product

_INVERSE_OF = {
    "fft": "ifft",
    "ifft": "fft",
    "irfft": "rfft",
    "fftshift": "ifftshift",
    "ifftshift": "fftshift",
}
"""What cancels beside the transform that it follows. `rfft` of `irfft` loses what that ignores."""


def _inverse(node: Node, rewriter: Rewriter) -> Node | None:
    inner = node.args[0]
    if inner.op.name != _INVERSE_OF[node.op.name]:
        return None
    same = inner.attrs == node.attrs
    if node.op.name == "irfft":
        same = inner.attrs[:2] == node.attrs[:2] and inner.args[0].shape == node.shape
    return inner.args[0] if same else None


def _scalars_outside(node: Node, rewriter: Rewriter) -> Node | None:
    """Scale afterwards; only `irfft`, which takes real parts, keeps complex numbers inside."""
    arg = node.args[0]
    if arg.op.name not in ("multiply", "divide", "negative") or not rewriter.single(arg):
        return None
    product = read_product(arg, rewriter.single)
    scalars = {
        part: e
        for part, e in product.powers.items()
        if not part.ndim and (part.dtype != "complex" or node.op.name != "irfft")
    }
    inner = write_product(Product(1, product.without(scalars).powers))
    if inner is arg or (inner.shape, inner.dtype) != (arg.shape, arg.dtype):
        return None
    scale = Product(product.number, scalars)
    return write_product(scale.times(factor(rebuild(node, (inner,)))))


RULES = (
    Rule("inverse transform", tuple(_INVERSE_OF), _inverse, complex=True),
    Rule(
        "scalars out of a transform",
        (*_INVERSE_OF, "rfft"),
        _scalars_outside,
        complex=True,
    ),
)
