"""Fourier transforms of several axes, and what goes with them: shifts and frequencies.

Transforms of several axes are those of one axis, one after the other, as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symdiff.dims import Size, spaced
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import unchanged
from symdiff.ops.fourier import fft, ifft, irfft, rfft
from symdiff.ops.leaves import LEAF, as_node, number_of, size_of
from symdiff.ops.reads import moved
from symdiff.ops.rows import beside
from symdiff.ops.structure import normalize_axes
from symdiff.registry import Linear, Op, Requirement, Sample, composite, function, no_operations
from symdiff.template import Template, call, literal

__all__ = [
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "ifft2",
    "ifftn",
    "ifftshift",
    "irfft2",
    "irfftn",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

Transform = Callable[..., Node]
Lengths = Sequence[object] | None
Axes = Sequence[int] | None


# Several axes ---------------------------------------------------------------------------------


def _pairs(name: str, x: Node, s: Lengths, axes: Axes) -> list[tuple[object, int]]:
    """The length, or None, and the place of each axis to transform, in the order given."""
    if s is not None and not isinstance(s, (tuple, list)):
        raise ArgumentError(f"the lengths `s` of `{name}` must be a tuple of ints, not {s!r}")
    if axes is None:
        count = x.ndim if s is None else len(s)
        if count > x.ndim:
            raise ArgumentError(f"`{name}` has {count} lengths for the axes of {describe(x)}")
        axes = tuple(range(x.ndim - count, x.ndim))
    places = normalize_axes(x, axes, ordered=False)
    lengths = [None] * len(places) if s is None else [None if n == -1 else n for n in s]
    if len(lengths) != len(places):
        raise ArgumentError(f"`{name}` has {len(lengths)} lengths for {len(places)} axes")
    return [(n, place - x.ndim) for n, place in zip(lengths, places, strict=True)]


def _each(
    transform: Transform, x: Node, pairs: Sequence[tuple[object, int]], norm: str | None
) -> Node:
    for n, axis in pairs:
        x = transform(x, n, axis, norm)
    return x


@composite(
    Sample("real(fftn(X) * (1 + 2j))", {"X": "n m"}),
    Sample("abs(fftn(K, s=(3, 4), axes=(0, 2), norm='ortho') + 1j)", {"K": "2 n 3"}),
)
def fftn(x: object, s: Lengths = None, axes: Axes = None, norm: str | None = None) -> Node:
    """Return `fft` along several axes, all by default, with the lengths `s`; -1 keeps a length.

    Raises what `fft` raises, and ArgumentError where lengths and axes are not equally many.

    >>> import symdiff as sd
    >>> print(fftn(sd.matrix("X", "n", "m")))
    fft(fft(X), axis=-2)
    """
    node = as_node(x)
    return _each(fft, node, _pairs("fftn", node, s, axes)[::-1], norm)


@composite(Sample("imag(ifftn(X * (1 + 2j), axes=(0, 1)))", {"X": "n m"}))
def ifftn(x: object, s: Lengths = None, axes: Axes = None, norm: str | None = None) -> Node:
    """Return the inverse of `fftn`; options and errors are those of `fftn`.

    >>> import symdiff as sd
    >>> print(ifftn(sd.tensor("K", 2, 3, 4), axes=(0, 2)))
    ifft(ifft(K), axis=-3)
    """
    node = as_node(x)
    return _each(ifft, node, _pairs("ifftn", node, s, axes)[::-1], norm)


@composite(
    Sample("abs(rfftn(X) + 0.1j)**2", {"X": "n m"}),
    Sample("real(rfftn(K, axes=(2, 0)) * (1 + 2j))", {"K": "2 n 3"}),
)
def rfftn(x: object, s: Lengths = None, axes: Axes = None, norm: str | None = None) -> Node:
    """Return `rfft` along the last of several axes, and `fft` along the others.

    Options and errors are those of `fftn`; complex arguments are refused.

    >>> import symdiff as sd
    >>> print(rfftn(sd.matrix("X", "n", "m")))
    fft(rfft(X), axis=-2)
    """
    node = as_node(x)
    *others, last = _some("rfftn", node, s, axes)
    return _each(fft, _each(rfft, node, [last], norm), others[::-1], norm)


@composite(
    Sample("irfftn(X * (1 + 2j))", {"X": "n m"}),
    Sample("irfftn(K * (1 + 2j), s=(2, 5), axes=(0, 2), norm='ortho')", {"K": "2 n 3"}),
)
def irfftn(x: object, s: Lengths = None, axes: Axes = None, norm: str | None = None) -> Node:
    """Return the inverse of `rfftn`: `irfft` along the last of several axes, after `ifft`.

    Options and errors are those of `fftn`; without `s` the last axis comes out with even length.

    >>> import symdiff as sd
    >>> print(irfftn(sd.matrix("X", 4, 5)))
    irfft(ifft(X, axis=-2))
    """
    node = as_node(x)
    *others, last = _some("irfftn", node, s, axes)
    return _each(irfft, _each(ifft, node, others, norm), [last], norm)


def _some(name: str, x: Node, s: Lengths, axes: Axes) -> list[tuple[object, int]]:
    pairs = _pairs(name, x, s, axes)
    if not pairs:
        raise ArgumentError(f"`{name}` needs an axis to transform; {describe(x)} has none of these")
    return pairs


def _of_two(name: str, several: Transform, sample: str) -> Transform:
    """The transform of two axes, the last ones by default."""

    def transform(
        x: object, s: Lengths = None, axes: Axes = (-2, -1), norm: str | None = None
    ) -> Node:
        return several(x, s, axes, norm)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"Return `{several.__name__}` along two axes, by default the last ones."
    return composite(Sample(sample, {"K": "2 n m"}))(transform)


fft2 = _of_two("fft2", fftn, "real(fft2(K) * (1 + 2j))")
ifft2 = _of_two("ifft2", ifftn, "imag(ifft2(K * (1 + 2j), axes=(0, 2)))")
rfft2 = _of_two("rfft2", rfftn, "real(rfft2(K) * (1 + 2j))")
irfft2 = _of_two("irfft2", irfftn, "irfft2(K * (1 + 2j))")


# Shifts ---------------------------------------------------------------------------------------


def _shift(name: str, opposite: str, doc: str, samples: tuple[Sample, ...]) -> Transform:
    """Declare a shift, which is transposed by the opposite one."""

    def transpose(node: Node, k: int, g: Node) -> Node:
        return intern(_SHIFTS[opposite], (g,), node.attrs)

    def form(prefix: str) -> Callable[[Node], Template]:
        def template(node: Node) -> Template:
            axes = node.attrs[0] if len(node.attrs) == 1 else node.attrs
            return call(f"{prefix}{name}", 1, f", axes={axes}" * (len(node.attrs) < node.ndim))

        return template

    _SHIFTS[name] = op = Op(
        name,
        infer=lambda args, axes: (args[0].shape, args[0].dtype),
        attrs=tuple[int, ...],
        derivative=Linear(transpose),
        complex=True,
        operations=no_operations,
        numpy=form("np.fft."),
        text=form(""),
        pretty=form(""),
        latex=lambda node: Template(f"\\operatorname{{{{{name}}}}}\\left({{0}}\\right)"),
        rows=beside(lambda node: [node.ndim + axis for axis in node.attrs]),
        reads=moved,
        batch=unchanged,
        samples=samples,
    )

    def shift(x: object, axes: Any = None) -> Node:
        node = as_node(x)
        places = normalize_axes(node, axes)
        return intern(op, (node,), tuple(p - node.ndim for p in places)) if places else node

    shift.__name__ = shift.__qualname__ = name
    shift.__doc__ = f"{doc}\n\n`axes` is an int, a tuple of ints, or None for all."
    return function(shift)


_SHIFTS: dict[str, Op] = {}
fftshift = _shift(
    "fftshift",
    "ifftshift",
    "Return `x` rolled by half its length, so that frequency 0 comes to the middle.",
    (Sample("fftshift(X) * X", {"X": "n m"}), Sample("fftshift(K, axes=(0, 2))", {"K": "2 n 3"})),
)
ifftshift = _shift(
    "ifftshift",
    "fftshift",
    "Return `x` as it was before `fftshift`, which differs from it for odd lengths.",
    (Sample("ifftshift(X, axes=0) * X", {"X": "n m"}),),
)


# Frequencies ----------------------------------------------------------------------------------


def _frequencies(name: str, shape: Callable[[Any], Any], doc: str) -> Transform:
    op = Op(
        name,
        infer=lambda args, n: ((shape(n),), "float"),
        attrs=Size,
        derivative=LEAF,
        numpy=lambda node: literal(f"np.fft.{name}({spaced(node.attrs)}).astype(dtype)"),
        text=lambda node: literal(f"{name}({node.attrs})"),
        pretty=lambda node: literal(f"{name}({node.attrs})"),
        latex=lambda node: literal("f"),
        requires=lambda node: (Requirement(node.attrs, 1, f"`{name}` of no entries"),),
        operations=no_operations,
        samples=(Sample(f"sum({name}(n, d=0.5)**2) * x", {"x": "n"}),),
    )

    def frequencies(n: object, d: object = 1.0) -> Node:
        size = size_of(n)
        if isinstance(size, int) and size < 1:
            raise ArgumentError(f"`{name}` needs at least one entry, not n = {size}")
        found, spacing = intern(op, (), size), as_node(d)
        return found if number_of(spacing) == 1 else found / spacing

    frequencies.__name__ = frequencies.__qualname__ = name
    frequencies.__doc__ = f"{doc}\n\n`d` is the distance between samples."
    return function(frequencies)


fftfreq = _frequencies(
    "fftfreq", lambda n: n, "Return the frequencies of the entries of `fft` of `n` samples."
)
rfftfreq = _frequencies(
    "rfftfreq",
    lambda n: n // 2 + 1,
    "Return the frequencies of the entries of `rfft` of `n` samples.",
)
