"""Convolutions as neural networks have them, over images and signals with channels.

Arrays have the shape (batch, channels, …) and kernels (output channels, input channels, …). The
kernels are not turned round, which makes it a correlation.
"""

from __future__ import annotations

from symdiff.dims import Shape, Size, exact_quotient
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node
from symdiff.ops.contraction import contract
from symdiff.ops.indexing import getitem
from symdiff.ops.joining import concatenate
from symdiff.ops.leaves import as_node, whole_number
from symdiff.ops.padding import pad
from symdiff.ops.windows import positive_ints, sliding_window_view
from symdiff.registry import Sample, composite

__all__ = [
    "conv1d",
    "conv2d",
]


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
