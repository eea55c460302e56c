"""Sliding windows as a view, and their transpose: windows added where they overlap.

Convolutions and pooling are contractions and maxima of windows, so these two ops, each the other's
transpose, give them derivatives of all orders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from symdiff.dims import Dim, Shape, Size, is_at_least_zero, product, spaced_shape
from symdiff.errors import ArgumentError, ShapeError, describe, shape_text
from symdiff.node import Node, intern
from symdiff.ops.batching import with_attrs
from symdiff.ops.leaves import as_node, size_of
from symdiff.ops.reads import gathered, moved
from symdiff.ops.rows import beside
from symdiff.ops.sizes import sizes_text, symbolic
from symdiff.ops.structure import axes_within, latex_sizes, normalize_axes
from symdiff.registry import FUNCTIONS, Linear, Op, Requirement, Sample, always
from symdiff.template import Template

__all__ = [
    "overlap_add",
    "sliding_window_view",
]


class Sliding(NamedTuple):
    """How windows lie along axes.

    sizes      how many entries a window has along each axis
    strides    how far apart the first entries of neighbouring windows are
    dilations  how far apart neighbouring entries of a window are
    """

    axes: tuple[int, ...]
    sizes: tuple[Size, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]

    def spans(self) -> tuple[Size, ...]:
        """From the first entry of a window to behind its last."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.sizes, self.dilations, strict=True))

    def counts(self, lengths: Shape) -> tuple[Size, ...]:
        """How many windows lie along axes of some lengths."""
        gaps = (n - span for n, span in zip(lengths, self.spans(), strict=True))
        return tuple(
            gap // stride + 1 if stride != 1 else gap + 1
            for gap, stride in zip(gaps, self.strides, strict=True)
        )

    def behind(self, lead: int) -> Sliding:
        """The same windows in an array with leading axes."""
        return self._replace(axes=tuple(lead + axis for axis in self.axes))

    def options(self, write: Callable[[Shape], str]) -> str:
        """The stride and the dilation as keywords, where they are not 1."""
        named = (("stride", self.strides), ("dilation", self.dilations))
        return "".join(f", {name}={write(v)}" for name, v in named if {*v} != {1})


def _window_requirements(sliding: Sliding, lengths: Shape) -> tuple[Requirement, ...]:
    required: list[Requirement] = []
    for size, span, length in zip(sliding.sizes, sliding.spans(), lengths, strict=True):
        reason = f"a window of {size} entries"
        if isinstance(size, Dim):
            required.append(Requirement(size, 1, reason))
        if isinstance(length, Dim) and isinstance(span, int):
            if not is_at_least_zero(length - span):
                required.append(Requirement(length, span, reason))
        elif isinstance(gap := length - span, Dim) and not is_at_least_zero(gap):
            required.append(Requirement(gap, 0, reason))
    return tuple(required)


# Taking windows ---------------------------------------------------------------------------------


def _lengths(x: Node, sliding: Sliding) -> Shape:
    return tuple(x.shape[axis] for axis in sliding.axes)


def _infer_windows(args: tuple[Node, ...], sliding: Sliding) -> tuple[Shape, str]:
    shape = list(args[0].shape)
    for axis, count in zip(sliding.axes, sliding.counts(_lengths(args[0], sliding)), strict=True):
        shape[axis] = count
    return (*shape, *sliding.sizes), args[0].dtype


def _windows_transpose(node: Node, k: int, g: Node) -> Node:
    sliding: Sliding = node.attrs
    lengths = _lengths(node.args[0], sliding)
    return intern(OVERLAP_ADD, (g,), Overlap(sliding.behind(g.ndim - node.ndim), lengths))


def _windows_numpy(node: Node) -> Template:
    """NumPy's own function where windows lie one entry apart and have no gaps."""
    sliding: Sliding = node.attrs
    options = sliding.options(spaced_shape)
    if options:
        axes = spaced_shape(sliding.axes)
        return Template(f"_windows({{0}}, {spaced_shape(sliding.sizes)}, axis={axes}{options})")
    sizes, axes = sizes_text(sliding.sizes, spaces=True), sizes_text(sliding.axes)
    return Template(f"np.lib.stride_tricks.sliding_window_view({{0}}, {sizes}, axis={axes})")


def _windows_text(node: Node) -> Template:
    sliding: Sliding = node.attrs
    sizes, axes = sizes_text(sliding.sizes), sizes_text(sliding.axes)
    options = sliding.options(sizes_text)
    return Template(f"sliding_window_view({{0}}, {sizes}, axis={axes}{options})")


def _latex(name: str) -> Callable[[Node], Template]:
    def form(node: Node) -> Template:
        sliding = node.attrs if name == "windows" else node.attrs.sliding
        sizes = latex_sizes(shape_text(sliding.sizes))
        return Template(f"\\operatorname{{{{{name}}}}}_{{{{{sizes}}}}}\\left({{0}}\\right)")

    return form


WINDOWS = Op(
    "sliding_window_view",
    infer=_infer_windows,
    attrs=Sliding,
    derivative=Linear(_windows_transpose),
    view=always,
    numpy=_windows_numpy,
    text=_windows_text,
    pretty=_windows_text,
    latex=_latex("windows"),
    requires=lambda node: _window_requirements(node.attrs, _lengths(node.args[0], node.attrs)),
    sizes=lambda node: symbolic(node.attrs.sizes),
    complex=True,
    rows=beside(lambda node: node.attrs.axes),
    reads=moved,
    batch=with_attrs(lambda sliding: sliding.behind(1)),
    samples=(
        Sample("sliding_window_view(x, 2) * sliding_window_view(x, (2,), axis=0)", {"x": "n"}),
        Sample("sliding_window_view(X, (2, 3))", {"X": "4 n"}),
        Sample("sliding_window_view(X, 2, axis=-1, stride=2) * y", {"X": "n 5", "y": "n 2 2"}),
        Sample(
            "sliding_window_view(X, (2, 2), axis=(1, 0), stride=(1, 2), dilation=(2, 1))",
            {"X": "n 4"},
        ),
        Sample("sliding_window_view(x, m) @ y * sum(z)", {"x": "n+m", "y": "m", "z": "n"}),
    ),
)


def sliding_window_view(
    x: object,
    window_shape: object,
    axis: object = None,
    *,
    stride: object = 1,
    dilation: object = 1,
) -> Node:
    """Return all windows of some shape in `x`: one axis for each of theirs, behind those of `x`.

    As `np.lib.stride_tricks.sliding_window_view`, whose windows lie one entry apart and have no
    gaps. Here neighbouring windows may be `stride` apart, and neighbouring entries of a window
    `dilation`. Without `axis`, there is a size for each axis of `x`.

    Raises ShapeError for a window that is longer than its axis, ArgumentError for sizes, strides or
    dilations that are not positive, or not as many as axes.

    >>> import symdiff as sd
    >>> sd.sliding_window_view(sd.vector("x", "n"), 3).shape
    (n - 2, 3)
    """
    x = as_node(x)
    axes = normalize_axes(x, axis, ordered=False)
    sizes = window_sizes(window_shape)
    if len(sizes) != len(axes):
        raise ArgumentError(
            f"`sliding_window_view` needs a size for each of {len(axes)} axes of {describe(x)}, "
            f"not {len(sizes)}"
        )
    steps, gaps = (
        positive_ints("stride", stride, len(axes)),
        positive_ints("dilation", dilation, len(axes)),
    )
    sliding = Sliding(axes, sizes, steps, gaps)
    for place, span in zip(axes, sliding.spans(), strict=True):
        left = x.shape[place] - span
        if isinstance(left, int) and left < 0:
            raise ShapeError(
                f"a window that spans {span} entries does not fit axis {place} of {describe(x)}"
            )
    return intern(WINDOWS, (x,), sliding) if axes else x


FUNCTIONS["sliding_window_view"] = sliding_window_view


def window_sizes(shape: object) -> tuple[Size, ...]:
    """The sizes of a window, given as one or as several.

    Raises ArgumentError for a size that is 0.
    """
    sizes = tuple(size_of(s) for s in (shape if isinstance(shape, (tuple, list)) else (shape,)))
    if any(isinstance(size, int) and size < 1 for size in sizes):
        raise ArgumentError(f"a window has at least one entry along each axis, unlike {sizes}")
    return sizes


def positive_ints(name: str, value: object, count: int) -> tuple[int, ...]:
    """A positive int for each axis: one for all, or one for each.

    Raises ArgumentError for any other.
    """
    values = value if isinstance(value, (tuple, list)) else [value] * count
    ints = [v for v in values if isinstance(v, int) and not isinstance(v, bool) and v > 0]
    if len(values) != count or len(ints) != count:
        raise ArgumentError(f"`{name}` must be a positive int, or one for each of {count} axes")
    return tuple(ints)


# Adding windows up ------------------------------------------------------------------------------


class Overlap(NamedTuple):
    """Where windows lie, and how long the axes are along which they lie."""

    sliding: Sliding
    lengths: tuple[Size, ...]


def _infer_overlap(args: tuple[Node, ...], overlap: Overlap) -> tuple[Shape, str]:
    sliding, lengths = overlap
    shape = list(args[0].shape[: args[0].ndim - len(sliding.sizes)])
    for axis, length in zip(sliding.axes, lengths, strict=True):
        shape[axis] = length
    return tuple(shape), args[0].dtype


def _overlap_transpose(node: Node, k: int, g: Node) -> Node:
    return intern(WINDOWS, (g,), node.attrs.sliding.behind(g.ndim - node.ndim))


def _overlap_form(prefix: str, write: Callable[[Shape], str]) -> Callable[[Node], Template]:
    def form(node: Node) -> Template:
        sliding, lengths = node.attrs
        options = f"axis={write(sliding.axes)}{sliding.options(write)}"
        return Template(f"{prefix}overlap_add({{0}}, {write(lengths)}, {options})")

    return form


def _overlapping(node: Node) -> tuple[int, ...]:
    """The axes along which windows lie, and those of one window."""
    return (*node.attrs.sliding.axes, *range(node.ndim, node.args[0].ndim))


OVERLAP_ADD = Op(
    "overlap_add",
    infer=_infer_overlap,
    attrs=Overlap,
    derivative=Linear(_overlap_transpose),
    operations=lambda node: product(node.args[0].shape),
    numpy=_overlap_form("_", spaced_shape),
    text=_overlap_form("", sizes_text),
    pretty=_overlap_form("", sizes_text),
    latex=_latex("overlap"),
    requires=lambda node: _window_requirements(*node.attrs),
    complex=True,
    rows=beside(_overlapping),
    reads=gathered,
    batch=with_attrs(lambda overlap: overlap._replace(sliding=overlap.sliding.behind(1))),
    samples=(
        Sample("overlap_add(W, n + 1, axis=0) * a", {"W": "n 2", "a": ""}),
        Sample(
            "overlap_add(W, (5, n + 2), axis=(1, 0), stride=(2, 1), dilation=(1, 2))",
            {"W": "n 2 2 2"},
        ),
        Sample("overlap_add(W, n + m - 1, axis=1)", {"W": "2 n m"}),
    ),
)


def overlap_add(
    windows: object,
    length: object,
    axis: object = None,
    *,
    stride: object = 1,
    dilation: object = 1,
) -> Node:
    """Return the sum of windows where they lie along axes of some lengths.

    It is the transpose of `sliding_window_view`: the last axes of `windows` are those of one
    window, one for each length, and `axis` says along which of the others the windows slide.

    Raises ShapeError where another number of windows lies along an axis, ArgumentError for what
    `sliding_window_view` refuses.

    >>> import symdiff as sd
    >>> sd.overlap_add(sd.matrix("W", "n", 2), "n+1", axis=0).shape
    (n + 1,)
    """
    x = as_node(windows)
    lengths = tuple(
        size_of(n) for n in (length if isinstance(length, (tuple, list)) else (length,))
    )
    rank = x.ndim - len(lengths)
    if rank < len(lengths) or x.dtype == "bool":
        raise ArgumentError(
            f"`overlap_add` needs numbers with {len(lengths)} axes of windows and as many along "
            f"which they slide, not {describe(x)} of kind {x.dtype}"
        )
    whole = range(rank) if axis is None else axis if isinstance(axis, (tuple, list)) else [axis]
    axes = axes_within(whole, rank, x, ordered=False)
    count = len(lengths)
    if len(axes) != count:
        raise ArgumentError(f"`overlap_add` needs an axis for each of {count} lengths")
    steps = positive_ints("stride", stride, count)
    gaps = positive_ints("dilation", dilation, count)
    sliding = Sliding(axes, x.shape[rank:], steps, gaps)
    for place, expected in zip(axes, sliding.counts(lengths), strict=True):
        if x.shape[place] != expected:
            raise ShapeError(
                f"`overlap_add` needs {expected} windows along axis {place}, but {describe(x)} "
                f"has {x.shape[place]}",
                (expected, x.shape[place]),
            )
    return intern(OVERLAP_ADD, (x,), Overlap(sliding, lengths))


FUNCTIONS["overlap_add"] = overlap_add
