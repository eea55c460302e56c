"""Discrete Fourier transforms, as in `np.fft`.

The matrix of `fft` is symmetric, so the transform is its own transpose; so is `ifft`. The
transposes of the real ones are each other, but for a scale and the weights of half a spectrum: all
but its first entry, and its last for even n, stand for two of the whole (see `rfft_weights`). They
are plain transposes, see `symdiff.ops.complex`; what a real argument receives is the real part.

The kernels transform one axis and keep its length; options and several axes are made of them, as
NumPy does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from symdiff.dims import Dim, Shape, Size, product, spaced
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import unchanged
from symdiff.ops.complex import conj
from symdiff.ops.elementwise import divide, multiply
from symdiff.ops.leaves import LEAF, as_node, size_of
from symdiff.ops.lengths import cut_or_pad, with_size
from symdiff.ops.rows import beside
from symdiff.ops.structure import expand_dims, normalize_axis
from symdiff.registry import Linear, Op, Requirement, Sample, composite, function, no_operations
from symdiff.template import Template, call, literal

__all__ = [
    "fft",
    "hfft",
    "ifft",
    "ihfft",
    "irfft",
    "rfft",
    "rfft_weights",
]

_OPPOSITE = {"backward": "forward", "ortho": "ortho", "forward": "backward"}
"""The norm with which the inverse has the scale of the transform."""


class Along(NamedTuple):
    """How an axis is transformed.

    axis  counted from the end, so that leading axes of cotangents do not matter
    norm  "backward", "ortho" or "forward", as in NumPy
    n     the length of the result, where the argument does not tell
    """

    axis: int
    norm: str
    n: Size = -1

    @property
    def opposite(self) -> Along:
        """The same axis with the scale of the inverse."""
        return self._replace(norm=_OPPOSITE[self.norm])


# Kernels --------------------------------------------------------------------------------------


def _options(node: Node, size: str) -> str:
    """The keywords that are not NumPy's defaults."""
    axis, norm, _ = node.attrs
    words = [f"n={size}"] * bool(size) + [f"axis={axis}"] * (axis != -1)
    return "".join(f", {word}" for word in [*words, *[f'norm="{norm}"'] * (norm != "backward")])


def _length(node: Node, write: Callable[[Size], str]) -> str:
    """The length of an `irfft`, unless it is the default."""
    n, (axis, *_) = node.attrs.n, node.attrs
    return "" if n == -1 or n == 2 * (node.args[0].shape[axis] - 1) else write(n)


def _latex(node: Node) -> Template:
    axis, norm, _ = node.attrs
    marks = [f"\\mathrm{{{{axis}}}}\\,{axis}"] * (axis != -1)
    marks += [f"\\mathrm{{{{{norm}}}}}"] * (norm != "backward")
    subscript = f"_{{{{{', '.join(marks)}}}}}" if marks else ""
    return Template(f"\\operatorname{{{{{node.op.name}}}}}{subscript}\\left({{0}}\\right)")


def _operations(node: Node) -> Size:
    """5 n log₂ n for n complex numbers, half of that for real ones; named sizes count as 1000."""
    real = node.op.name in ("rfft", "irfft")
    shape = node.shape if node.op.name == "irfft" else node.args[0].shape
    n = shape[len(shape) + node.attrs.axis]
    log = 10 if isinstance(n, Dim) else max(1, (n - 1).bit_length())
    return product((5 * log // 2 if real else 5 * log, *shape))


def _requires(node: Node) -> tuple[Requirement, ...]:
    longer = node if node.op.name == "irfft" else node.args[0]
    size = longer.shape[longer.ndim + node.attrs.axis]
    return (Requirement(size, 1, f"`{node.op.name}` of no entries"),)


def _kernel(
    name: str,
    infer: Callable[[tuple[Node, ...], Along], tuple[Shape, str]],
    transpose: Callable[[Node, int, Node], Node],
    samples: tuple[Sample, ...],
    complex: bool = True,
) -> Op:
    def form(prefix: str, write: Callable[[Size], str]) -> Callable[[Node], Template]:
        return lambda node: call(f"{prefix}{name}", 1, _options(node, _length(node, write)))

    return Op(
        name,
        infer=infer,
        attrs=Along,
        derivative=Linear(transpose),
        complex=complex,
        numpy=form("np.fft.", spaced),
        text=form("", str),
        pretty=form("", str),
        latex=_latex,
        requires=_requires,
        operations=_operations,
        rows=beside(lambda node: (node.ndim + node.attrs.axis,)),
        batch=unchanged,
        samples=samples,
    )


def _weights_along(node: Node, n: Size) -> Node:
    """The weights of half a spectrum, along the axis that a node transforms."""
    trailing = -1 - node.attrs.axis
    weights = rfft_weights(n)
    return expand_dims(weights, tuple(range(1, 1 + trailing))) if trailing else weights


def _rfft_transpose(node: Node, k: int, g: Node) -> Node:
    n = node.args[0].shape[node.attrs.axis]
    half = divide(conj(g), _weights_along(node, n))
    return intern(IRFFT, (half,), node.attrs.opposite._replace(n=n))


def _irfft_transpose(node: Node, k: int, g: Node) -> Node:
    spectrum = intern(RFFT, (g,), node.attrs.opposite._replace(n=-1))
    return multiply(_weights_along(node, node.attrs.n), conj(spectrum))


def _itself(node: Node, k: int, g: Node) -> Node:
    return intern(node.op, (g,), node.attrs)


def _infer_fft(args: tuple[Node, ...], along: Along) -> tuple[Shape, str]:
    return args[0].shape, "complex"


def _infer_rfft(args: tuple[Node, ...], along: Along) -> tuple[Shape, str]:
    return with_size(args[0].shape, along.axis, args[0].shape[along.axis] // 2 + 1), "complex"


def _infer_irfft(args: tuple[Node, ...], along: Along) -> tuple[Shape, str]:
    return with_size(args[0].shape, along.axis, along.n), "float"


FFT = _kernel(
    "fft",
    _infer_fft,
    _itself,
    samples=(
        Sample("real(fft(x * (1 + 2j)))", {"x": "n"}),
        Sample("abs(fft(X, axis=0, norm='ortho') + 0.1j)**2", {"X": "n m"}),
        Sample("imag(fft(x + 1j*y, n=5) * fft(y, n=2, norm='forward')[0])", {"x": "3", "y": "3"}),
    ),
)
IFFT = _kernel(
    "ifft",
    _infer_fft,
    _itself,
    samples=(
        Sample("real(ifft(fft(x) * fft(y)))", {"x": "n", "y": "n"}),
        Sample("imag(ifft(K, axis=1, norm='forward') * (1 + 1j))", {"K": "2 n 3"}),
    ),
)
RFFT = _kernel(
    "rfft",
    _infer_rfft,
    _rfft_transpose,
    complex=False,
    samples=(
        Sample("abs(rfft(x) + 0.1j)**2", {"x": "n"}),
        Sample("real(rfft(X, axis=0, norm='ortho') * (1 + 2j))", {"X": "n m"}),
        Sample("imag(rfft(x, n=4) * (1 + 2j) + rfft(x, n=7)[:3])", {"x": "5"}),
    ),
)
IRFFT = _kernel(
    "irfft",
    _infer_irfft,
    _irfft_transpose,
    samples=(
        Sample("irfft(rfft(x) * rfft(y), n=n)", {"x": "n", "y": "n"}),
        Sample("irfft(x * exp(1j*y), norm='forward') ** 2", {"x": "6", "y": "6"}),
        Sample("irfft(X * (1 + 2j), n=7, axis=0)", {"X": "4 m"}),
        Sample("irfft(x * (1 + 2j) * x, n=9, norm='ortho')", {"x": "4"}),
        Sample("irfft(x * (1 + 2j))", {"x": "n"}),
        Sample("irfft(rfft(x, n=n+m-1) * rfft(y, n=n+m-1), n=n+m-1)", {"x": "n", "y": "m"}),
    ),
)


# Weights ----------------------------------------------------------------------------------------


RFFT_WEIGHTS = Op(
    "rfft_weights",
    infer=lambda args, n: ((n // 2 + 1,), "float"),
    attrs=Size,
    derivative=LEAF,
    numpy=lambda node: literal(f"_rfft_weights({spaced(node.attrs)}, dtype)"),
    text=lambda node: literal(f"rfft_weights({node.attrs})"),
    pretty=lambda node: literal(f"rfft_weights({node.attrs})"),
    latex=lambda node: literal("w_{\\mathrm{rfft}}"),
    requires=lambda node: (Requirement(node.attrs, 1, "`rfft_weights` of no entries"),),
    operations=no_operations,
    samples=(Sample("sum(rfft_weights(n) * abs(rfft(x) + 0.1j)**2)", {"x": "n"}),),
)


@function
def rfft_weights(n: object) -> Node:
    """Return how often each entry of `rfft` of `n` numbers stands in `fft` of them.

    That is 1 for the first, and for the last if `n` is even; 2 for the others.

    >>> import symdiff as sd
    >>> sd.evaluate(rfft_weights(6)), sd.evaluate(rfft_weights("n"), n=5)
    (array([1., 2., 2., 1.]), array([1., 2., 2.]))
    """
    return intern(RFFT_WEIGHTS, (), _asked("rfft_weights", n, 1))


# The public functions -------------------------------------------------------------


def _opposite(norm: str | None) -> str | None:
    """The norm of the inverse; one that there is not is refused where it is used."""
    return _OPPOSITE.get(norm or "backward", norm) if isinstance(norm, str | None) else norm


def _along(name: str, x: Node, axis: int, norm: object) -> Along:
    if not x.ndim:
        raise ArgumentError(f"`{name}` needs an axis to transform, and {describe(x)} has none")
    norm = "backward" if norm is None else norm
    if not isinstance(norm, str) or norm not in _OPPOSITE:
        known = ", ".join(map(repr, _OPPOSITE))
        raise ArgumentError(f"the norm of `{name}` must be one of {known}, not {norm!r}")
    place = normalize_axis(x, axis)
    return Along(place - x.ndim, str(norm))


def _asked(name: str, n: object, default: Size) -> Size:
    size = default if n is None else size_of(n)
    if isinstance(size, int) and size < 1:
        raise ArgumentError(f"`{name}` needs at least one entry, not n = {size}")
    return size


@function
def fft(x: object, n: object = None, axis: int = -1, norm: str | None = None) -> Node:
    """Return the discrete Fourier transform along an axis: the sum of x[j] exp(−2πi j k/n).

    The axis is first cut to `n` entries, or filled up with zeros. `norm` "backward", the default,
    does not scale; "ortho" divides by √n, "forward" by n.

    Raises ArgumentError for a bad axis, norm or n.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> fft(x)
    <fft(x) : (n,) complex>
    """
    node = as_node(x)
    along = _along("fft", node, axis, norm)
    size = _asked("fft", n, node.shape[along.axis])
    return intern(FFT, (cut_or_pad(node, size, along.axis),), along)


@function
def ifft(x: object, n: object = None, axis: int = -1, norm: str | None = None) -> Node:
    """Return the inverse of `fft` along an axis: the mean of x[k] exp(2πi j k/n).

    Options and errors are those of `fft`.

    >>> import symdiff as sd
    >>> print(sd.simplify(ifft(sd.fft(sd.vector("z", "n", dtype="complex")))))
    z
    """
    node = as_node(x)
    along = _along("ifft", node, axis, norm)
    size = _asked("ifft", n, node.shape[along.axis])
    return intern(IFFT, (cut_or_pad(node, size, along.axis),), along)


@function
def rfft(x: object, n: object = None, axis: int = -1, norm: str | None = None) -> Node:
    """Return the first `n//2 + 1` entries of `fft` of what is real; the others are conjugates.

    Options and errors are those of `fft`; complex arguments are refused.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> rfft(x)
    <rfft(x) : ((n//2) + 1,) complex>
    """
    node = as_node(x)
    along = _along("rfft", node, axis, norm)
    size = _asked("rfft", n, node.shape[along.axis])
    return intern(RFFT, (cut_or_pad(node, size, along.axis),), along)


@function
def irfft(x: object, n: object = None, axis: int = -1, norm: str | None = None) -> Node:
    """Return the `n` real numbers whose `rfft` begins with `n//2 + 1` given entries.

    Without `n`, it is 2 (m − 1) for m entries. As in NumPy, imaginary parts of the first entry,
    and for even n of the last, are ignored. Options and errors are those of `fft`.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> irfft(rfft(x), n="n"), irfft(sd.vector("z", "m", dtype="complex"))
    (<irfft(rfft(x), n=n) : (n,) float>, <irfft(z) : (2*m - 2,) float>)
    """
    node = as_node(x)
    along = _along("irfft", node, axis, norm)
    size = _asked("irfft", n, 2 * (node.shape[along.axis] - 1))
    half = cut_or_pad(node, size // 2 + 1, along.axis)
    return intern(IRFFT, (half,), along._replace(n=size))


@composite(
    Sample("hfft(x * (1 + 2j)) * 2", {"x": "n"}),
    Sample("hfft(X * (1 + 2j), n=5, axis=0, norm='ortho')", {"X": "3 m"}),
)
def hfft(x: object, n: object = None, axis: int = -1, norm: str | None = None) -> Node:
    """Return the transform of what has conjugate symmetry, given its first half: real numbers.

    Options and errors are those of `irfft`.

    >>> import symdiff as sd
    >>> print(hfft(sd.vector("z", 4, dtype="complex")))
    irfft(conj(z), norm="forward")
    """
    return irfft(conj(x), n, axis, _opposite(norm))


@composite(
    Sample("real(ihfft(x) * (1 + 2j))", {"x": "n"}),
    Sample("abs(ihfft(X, n=4, axis=0, norm='ortho') + 1j)", {"X": "3 m"}),
)
def ihfft(x: object, n: object = None, axis: int = -1, norm: str | None = None) -> Node:
    """Return the inverse of `hfft`. Options and errors are those of `rfft`.

    >>> import symdiff as sd
    >>> print(ihfft(sd.vector("x", "n")))
    conj(rfft(x, norm="forward"))
    """
    return conj(rfft(x, n, axis, _opposite(norm)))
