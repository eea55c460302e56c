"""Convolutions, with the conventions of NumPy in one dimension and of neural networks in more.

`convolve` and `correlate` are NumPy's. `conv1d` and `conv2d` take arrays of shape (batch, channels,
…) and kernels of shape (output channels, input channels, …), which they do not turn round.
"""

from __future__ import annotations

from symdiff.dims import Dim, Shape, Size, exact_quotient, is_at_least_zero
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.arranging import flip
from symdiff.ops.contraction import contract
from symdiff.ops.declare import numeric_kind
from symdiff.ops.indexing import getitem
from symdiff.ops.joining import concatenate
from symdiff.ops.leaves import as_node, whole_number
from symdiff.ops.padding import pad
from symdiff.ops.structure import expand_dims
from symdiff.ops.windows import positive_ints, sliding_window_view
from symdiff.registry import FUNCTIONS, Linear, Op, Requirement, Sample, composite
from symdiff.template import Template

__all__ = [
    "conv1d",
    "conv2d",
    "convolve",
    "correlate",
]


# As NumPy convolves -----------------------------------------------------------------------------


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


CONVOLVE = Op(
    "convolve",
    infer=_infer_convolve,
    derivative=Linear(_convolve_transpose),
    operations=_convolve_operations,
    numpy=lambda node: _convolve_form(node, "np."),
    text=_convolve_form,
    pretty=_convolve_form,
    latex=_convolve_latex,
    requires=_convolve_requires,
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


# As neural networks convolve --------------------------------------------------------------------


@composite(
    Sample("conv1d(x, w)", {"x": "2 2 n", "w": "3 2 2"}),
    Sample("conv1d(x, w, stride=2, padding=(1, 2), dilation=2)", {"x": "2 n", "w": "1 2 2"}),
    Sample("conv1d(x, w, padding='same') * x[:1]", {"x": "2 n", "w": "1 2 2"}),
    Sample("conv1d(x, w, padding=1, groups=2)", {"x": "4 n", "w": "2 2 2"}),
    Sample("conv1d(x, w) + sum(y)", {"x": "2 n+m", "w": "1 2 m", "y": "n"}),
)
def conv1d(
    x: object,
    w: object,
    stride: object = 1,
    padding: object = 0,
    dilation: object = 1,
    groups: int = 1,
) -> Node:
    """Return the sliding products of `x` with the kernels `w`, summed over channels.

    `x` has the shape (…, channels, n), `w` (outputs, channels, k), and the result (…, outputs, …).
    `padding` puts zeros before and behind: a number, a pair, "valid" for none, or "same" for a
    result with n entries, or n divided by the stride and rounded up. With `groups`, each of as many
    equal parts of the channels meets its own kernels. The kernels are not turned round.

    Raises ShapeError for channels that differ, ArgumentError for options of another form.

    >>> import symdiff as sd
    >>> sd.conv1d(sd.tensor("x", "b", 3, "n"), sd.tensor("w", 16, 3, 5)).shape
    (b, 16, n - 4)
    """
    return _convolution("conv1d", 1, x, w, stride, padding, dilation, groups)


@composite(
    Sample("conv2d(x, w)", {"x": "2 2 n 3", "w": "2 2 2 2"}),
    Sample("conv2d(x, w, stride=(1, 2), padding=((1, 0), (0, 2)))", {"x": "1 n 4", "w": "2 1 2 3"}),
    Sample("conv2d(x, w, padding='same', dilation=(2, 1)) * x", {"x": "1 3 n", "w": "1 1 2 2"}),
    Sample("conv2d(x, w, padding='same', stride=2)", {"x": "1 4 3", "w": "2 1 3 2"}),
    Sample("conv2d(x, w, padding='valid', groups=2)", {"x": "2 2 n", "w": "4 1 1 2"}),
)
def conv2d(
    x: object,
    w: object,
    stride: object = 1,
    padding: object = 0,
    dilation: object = 1,
    groups: int = 1,
) -> Node:
    """Return the sliding products of images `x` with the kernels `w`, summed over channels.

    `x` has the shape (…, channels, height, width), `w` (outputs, channels, height, width). Options
    are as for `conv1d`, one for both axes or a pair; `padding` may be a pair of pairs.

    Raises ShapeError for channels that differ, ArgumentError for options of another form.

    >>> import symdiff as sd
    >>> sd.conv2d(sd.tensor("x", "b", 3, 32, 32), sd.tensor("w", 16, 3, 3, 3), padding=1).shape
    (b, 16, 32, 32)
    """
    return _convolution("conv2d", 2, x, w, stride, padding, dilation, groups)


def _convolution(
    name: str,
    count: int,
    x: object,
    w: object,
    stride: object,
    padding: object,
    dilation: object,
    groups: int,
) -> Node:
    x, w = as_node(x), as_node(w)
    if x.ndim < count + 1 or w.ndim != count + 2:
        raise ArgumentError(
            f"`{name}` needs an array with channels and {count} more axes, and kernels with "
            f"{count + 2} axes, not {describe(x)} and {describe(w)}"
        )
    kernel = w.shape[2:]
    strides = positive_ints("stride", stride, count)
    dilations = positive_ints("dilation", dilation, count)
    margins = margins_of(padding, x.shape[-count:], kernel, strides, dilations)
    x = pad(x, ((0, 0),) * (x.ndim - count) + margins)
    axes = tuple(range(x.ndim - count, x.ndim))
    parts = _parts(name, x, w, x.ndim - count - 1, groups)
    results = [
        _products(sliding_window_view(part, kernel, axes, stride=strides, dilation=dilations), own)
        for part, own in parts
    ]
    return concatenate(results, x.ndim - count - 1)


def _parts(name: str, x: Node, w: Node, axis: int, groups: int) -> list[tuple[Node, Node]]:
    """The channels of each group, with its kernels."""
    (groups,) = positive_ints("groups", groups, 1)
    each, channels = w.shape[1], w.shape[1] * groups
    if x.shape[axis] != channels:
        raise ShapeError(
            f"`{name}` needs as many channels on axis {axis} of {describe(x)} as {describe(w)} has "
            f"on axis 1{f', times {groups}' if groups > 1 else ''}: "
            f"size {x.shape[axis]} differs from size {channels}",
            (x.shape[axis], channels),
        )
    outputs = exact_quotient(w.shape[0], groups)
    if outputs is None:
        raise ShapeError(
            f"`{name}` needs a multiple of {groups} kernels, as many as groups, not {describe(w)}"
        )
    if groups == 1:
        return [(x, w)]
    before = (slice(None),) * axis
    return [
        (
            getitem(x, (*before, slice(each * k, each * (k + 1)))),
            getitem(w, slice(outputs * k, outputs * (k + 1))),
        )
        for k in range(groups)
    ]


def _products(windows: Node, w: Node) -> Node:
    """Sum over the channels and the entries of each window."""
    count = w.ndim - 2
    *batch, channel = range(windows.ndim - 2 * count)
    places = range(len(batch) + 1, len(batch) + 1 + count)
    entries = range(windows.ndim - count, windows.ndim)
    output = windows.ndim
    return contract(
        [windows, w],
        [(*batch, channel, *places, *entries), (output, channel, *entries)],
        (*batch, output, *places),
    )


def margins_of(
    padding: object,
    lengths: Shape,
    sizes: Shape,
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
) -> tuple[tuple[Size, Size], ...]:
    """How much is put before and behind each axis.

    Raises ArgumentError for what is no number, pair or pairs, nor "valid" or "same".
    """
    if padding == "valid":
        return ((0, 0),) * len(lengths)
    if padding == "same":
        spans = [(k - 1) * d for k, d in zip(sizes, dilations, strict=True)]
        totals = map(_margin_for_same, lengths, spans, strides)
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str):
        raise ArgumentError(f"`padding` is a number, a pair, 'valid' or 'same', not {padding!r}")
    if len(lengths) == 1 and isinstance(padding, (tuple, list)) and len(padding) == 2:
        padding = (padding,)
    each = padding if isinstance(padding, (tuple, list)) else (padding,) * len(lengths)
    pairs = [p if isinstance(p, (tuple, list)) else (p, p) for p in each]
    if len(pairs) != len(lengths) or any(len(pair) != 2 for pair in pairs):
        raise ArgumentError(
            f"`padding` must be a number, or a number or a pair for each of {len(lengths)} axes"
        )
    return tuple((whole_number(before), whole_number(behind)) for before, behind in pairs)


def _margin_for_same(length: Size, span: Size, stride: int) -> Size:
    """How much both margins have together so that a window begins at every `stride`-th entry."""
    if stride == 1:
        return span
    if isinstance(length, int) and isinstance(span, int):
        return max((-(-length // stride) - 1) * stride + span + 1 - length, 0)
    raise ArgumentError(
        f"padding 'same' with a stride of {stride} needs numbers as sizes, not {length}; "
        "give the padding as numbers"
    )
