"""Convolution and correlation of vectors, as NumPy has them."""

from __future__ import annotations

from symdiff.dims import Dim, Shape, Size, is_at_least_zero
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.arranging import flip
from symdiff.ops.batching import composed
from symdiff.ops.contraction import contract
from symdiff.ops.declare import numeric_kind
from symdiff.ops.leaves import as_node
from symdiff.ops.padding import pad
from symdiff.ops.reads import convolved
from symdiff.ops.structure import expand_dims
from symdiff.ops.windows import sliding_window_view
from symdiff.registry import FUNCTIONS, Linear, Op, Requirement, Sample, composite
from symdiff.template import Template

__all__ = [
    "convolve",
    "correlate",
]


def _infer_convolve(args: tuple[Node, ...], mode: str) -> tuple[Shape, str]:
    (n,), (m,) = args[0].shape, args[1].shape
    length = {"full": n + m - 1, "same": n, "valid": n - m + 1}[mode]
    return (length,), numeric_kind("convolve", args)


def _convolve_transpose(node: Node, k: int, g: Node) -> Node:
    """Convolve the cotangent with the other argument turned round, in the other mode."""
    a, v = node.args
    if node.attrs == "valid":
        return _convolved(g, flip(v), "full") if k == 0 else _meeting(g, a, v.shape[0])
    if node.attrs == "same":
        g = _as_full(g, v.shape[0])
    return _convolved(g, flip(node.args[1 - k]), "valid")


def _as_full(g: Node, m: Size) -> Node:
    """The cotangent of all places where the arguments meet, from that of those in the middle."""
    before = (m - 1) // 2
    return pad(g, ((0, 0),) * (g.ndim - 1) + ((before, m - 1 - before),))


def _convolved(g: Node, v: Node, mode: str) -> Node:
    """The convolution along the last axis of what may have leading axes."""
    if g.ndim == 1:
        return intern(CONVOLVE, (g, v), mode)
    m = v.shape[0]
    if mode == "full":
        g = pad(g, ((0, 0),) * (g.ndim - 1) + ((m - 1, m - 1),))
    windows = sliding_window_view(g, m, -1)
    indices = tuple(range(windows.ndim))
    return contract([windows, flip(v)], [indices, indices[-1:]], indices[:-1])


def _meeting(g: Node, a: Node, m: Size) -> Node:
    """For each of `m` entries the sum of the entries of `a` that it meets, times their cotangents.

    They meet in the opposite order.
    """
    if g.ndim == 1:
        return intern(CONVOLVE, (flip(a), g), "valid")
    *lead, k, entry = range(g.ndim + 1)
    total = contract([g, sliding_window_view(a, m)], [(*lead, k), (k, entry)], (*lead, entry))
    return flip(total, -1)


def _convolve_requires(node: Node) -> tuple[Requirement, ...]:
    (n,), (m,) = node.args[0].shape, node.args[1].shape
    required = [Requirement(size, 1, "`convolve` of no entries") for size in (n, m)]
    if node.attrs != "full" and not is_at_least_zero(n - m):
        reason = f"`convolve` in mode '{node.attrs}' with the longer array first"
        required.append(Requirement(n - m, 0, reason))
    return tuple(r for r in required if isinstance(r.size, Dim))


def _convolve_operations(node: Node) -> Size:
    """A product and a sum for each pair of entries that meet, or would meet in a border."""
    shorter = node.args[1].shape[0]
    return 2 * shorter * (node.args[0].shape[0] if node.attrs == "full" else node.shape[0])


def _convolve_form(node: Node, prefix: str = "") -> Template:
    mode = "" if node.attrs == "full" else f', "{node.attrs}"'
    return Template(f"{prefix}convolve({{0}}, {{1}}{mode})")


def _convolve_latex(node: Node) -> Template:
    mode = "" if node.attrs == "full" else f"_{{{{\\mathrm{{{{{node.attrs}}}}}}}}}"
    return Template(f"\\operatorname{{{{convolve}}}}{mode}\\left({{0}}, {{1}}\\right)")


def _as_windows(node: Node) -> Node:
    """Sums over windows of the first argument, with zeros around it as the mode wants them."""
    (a, v), mode = node.args, node.attrs
    n, m = a.shape[0], v.shape[0]
    if mode != "valid":
        a = pad(a, m - 1)
    full = contract([sliding_window_view(a, m), flip(v)], [(0, 1), (1,)], (0,))
    before = (m - 1) // 2
    return full[before : before + n] if mode == "same" else full


CONVOLVE = Op(
    "convolve",
    infer=_infer_convolve,
    attrs=str,
    derivative=Linear(_convolve_transpose),
    operations=_convolve_operations,
    numpy=lambda node: _convolve_form(node, "np."),
    text=_convolve_form,
    pretty=_convolve_form,
    latex=_convolve_latex,
    requires=_convolve_requires,
    reads=convolved,
    batch=composed(_as_windows),
    samples=(
        Sample("convolve(x, y)", {"x": "n", "y": "m"}),
        Sample("convolve(x, y, mode='valid') * convolve(x, y)[:-2]", {"x": "n", "y": "2"}),
        Sample("convolve(x, y, 'valid') + convolve(y, x, 'valid')", {"x": "2", "y": "5"}),
        Sample(
            "convolve(x, y, 'same') * x + convolve(x, k, 'same')",
            {"x": "n", "y": "2", "k": "1"},
            kinds={"k": "int"},
        ),
        Sample("convolve(concatenate((x, y)), y, 'same') + sum(x)", {"x": "n", "y": "m"}),
        Sample("convolve(x, y, 'same')[1:] + convolve(x, a)", {"x": "3", "y": "4", "a": ""}),
    ),
)


def convolve(a: object, v: object, mode: str = "full") -> Node:
    """Return the convolution of two vectors, as NumPy does in its modes "full", "same" and "valid".

    In the other modes than "full" the result depends on which vector is longer. Where their sizes
    do not tell, it is the first, and a call in which it is shorter is refused.

    Raises ArgumentError for another mode, for booleans, and for what is no vector.

    >>> import symdiff as sd
    >>> sd.convolve(sd.vector("a", "n"), sd.vector("v", 3))
    <convolve(a, v) : (n + 2,) float>
    """
    if mode not in ("full", "same", "valid"):
        raise ArgumentError(f"the mode of a convolution is 'full', 'same' or 'valid', not {mode!r}")
    first, second = _vector(a), _vector(v)
    if mode != "full" and _is_longer(second, first):
        first, second = second, first
    return intern(CONVOLVE, (first, second), mode)


FUNCTIONS["convolve"] = convolve


def _is_longer(v: Node, a: Node) -> bool:
    """True where the sizes prove that `v` has more entries than `a`."""
    return is_at_least_zero(v.shape[0] - a.shape[0] - 1)


def _vector(value: object) -> Node:
    x = as_node(value)
    if x.ndim > 1 or x.shape == (0,):
        raise ArgumentError(
            f"`convolve` needs vectors with entries, not {describe(x)}; see sd.conv1d and sd.conv2d"
        )
    return x if x.ndim else expand_dims(x, 0)


@composite(
    Sample("correlate(x, y)", {"x": "n", "y": "2"}),
    Sample("correlate(x, y, 'full') * 2", {"x": "n", "y": "m"}),
    Sample(
        "correlate(x, y, 'same') * x[0] + correlate(y, x, mode='valid')[0]", {"x": "3", "y": "5"}
    ),
)
def correlate(a: object, v: object, mode: str = "valid") -> Node:
    """Return the correlation of two vectors: a convolution with the second turned round.

    >>> import symdiff as sd
    >>> sd.correlate(sd.vector("a", "n"), sd.vector("v", 3))
    <convolve(a, v[::-1], "valid") : (n - 2,) float>
    """
    first, second = _vector(a), _vector(v)
    if mode != "full" and _is_longer(second, first):  # NumPy's "same" is off centre by one then
        return flip(convolve(second, flip(first), mode))
    return convolve(first, flip(second), mode)
