"""Parts of complex numbers, and what derivatives by complex variables mean.

Convention, that of JAX and autograd: the gradient of a real function f of z = x + iy is
∂f/∂x − i ∂f/∂y, so that of |z|² is 2 z̄. It is the conjugate of the direction of steepest ascent:
descend with `z - rate*sd.conj(g)`. A cotangent g of y = f(z) goes back through a holomorphic f as
g f'(z), without conjugation; so transposes of linear maps are plain transposes here, and the
derivative of a holomorphic function is the one of calculus. What a real argument receives is the
real part, which back-propagation takes in one place.

In general a derivative is linear over the real numbers, dy = a dz + b dz̄. The cotangent of z is
then a g + b̄ ḡ, and the transpose of that is dy again, as forward mode needs it.
"""

from __future__ import annotations

import math

from symdiff.node import Node
from symdiff.ops.choices import equal
from symdiff.ops.declare import elementwise, fixed_kind
from symdiff.ops.elementwise import divide, multiply
from symdiff.ops.leaves import CONSTANT, as_node, constant
from symdiff.ops.structure import BROADCAST_TO, broadcast_to, zeros
from symdiff.registry import CONVENTION, FUNCTIONS, Edge, Linear, Sample, always, composite
from symdiff.template import POSTFIX, Template, latex_call

__all__ = [
    "angle",
    "conj",
    "conjugate",
    "imag",
    "real",
]


def as_complex(x: Node) -> Node:
    """The same numbers, of kind complex."""
    if x.dtype == "complex":
        return x
    if x.op is CONSTANT and not x.shape:
        return constant(complex(x.attrs.value))
    if x.op is BROADCAST_TO:
        return broadcast_to(as_complex(x.args[0]), x.shape)
    return x + 0j


# Parts ----------------------------------------------------------------------------------------

_TURNED = "x * exp({} * y)"  # complex numbers of real variables

REAL = elementwise(
    "real",
    doc="Return the real part.",
    derivative=Linear(lambda node, k, g: g),
    arity=1,
    complex=True,
    view=always,
    numpy=Template("{0:postfix}.real", POSTFIX),
    latex=latex_call("\\operatorname{{Re}}"),
    kind=fixed_kind("float"),
    samples=(
        Sample(f"real({_TURNED.format('1j')})", {"x": "n", "y": "n"}),
        Sample("real((x + 2j)**2 / (y - 1j))", {"x": "", "y": "n"}),
    ),
)
IMAG = elementwise(
    "imag",
    doc="Return the imaginary part.",
    derivative=Linear(lambda node, k, g: multiply(constant(-1j), g)),
    arity=1,
    complex=True,
    view=always,
    numpy=Template("{0:postfix}.imag", POSTFIX),
    latex=latex_call("\\operatorname{{Im}}"),
    kind=fixed_kind("float"),
    samples=(
        Sample(f"imag({_TURNED.format('(1+2j)')})", {"x": "n", "y": "n"}),
        Sample("imag(sqrt(x + 1j)) * x", {"x": "n"}),
    ),
)
CONJ = elementwise(
    "conj",
    doc="Return the complex conjugate.",
    derivative=Linear(lambda node, k, g: conj(g)),
    arity=1,
    complex=True,
    kind=lambda name, args: args[0].dtype,
    pretty=Template("conj({0})"),
    latex=Template("\\overline{{{0}}}"),
    samples=(
        Sample("real(conj(x + 1j*y) * (y + 3j) * x)", {"x": "n", "y": "n"}),
        Sample("imag(conj(array([1j, 2.0, 1+2j]) * x) ** 3)", {"x": "3"}),
    ),
)


def _angle_partial(y: Node, x: Node) -> Node | float:
    return divide(constant(-1j), x) if x.dtype == "complex" else 0.0


ANGLE = elementwise(
    "angle",
    _angle_partial,
    doc="Return the angle of complex numbers, in radians.",
    complex=True,
    latex=latex_call("\\arg"),
    kind=fixed_kind("float"),
    samples=(Sample("angle(x + 1j*y)", {"x": "n", "y": "n"}, 0.3, 2),),
    edges=(Edge(lambda a, z: equal(z, 0), CONVENTION),),
)


def real(x: object) -> Node:
    """Return the real part; of what is real, `x` itself.

    >>> import symdiff as sd
    >>> z = sd.vector("z", "n", dtype="complex")
    >>> real(z), real(sd.vector("x", "n"))
    (<real(z) : (n,) float>, <x : (n,) float>)
    """
    node = as_node(x)
    if node.op is CONSTANT and not node.shape:
        return constant(node.attrs.value.real)
    return REAL(node) if node.dtype == "complex" else node


def imag(x: object) -> Node:
    """Return the imaginary part; of what is real, zeros.

    >>> import symdiff as sd
    >>> imag(sd.vector("z", "n", dtype="complex"))
    <imag(z) : (n,) float>
    """
    node = as_node(x)
    if node.op is CONSTANT and not node.shape:
        return constant(node.attrs.value.imag)
    return IMAG(node) if node.dtype == "complex" else zeros(node.shape)


def conj(x: object) -> Node:
    """Return the complex conjugate; of what is real, `x` itself.

    >>> import symdiff as sd
    >>> z = sd.scalar("z", dtype="complex")
    >>> print(sd.grad(sd.real(z * conj(z)), z))
    2 conj(z)
    """
    node = as_node(x)
    if node.dtype != "complex":
        return node
    if node.op.name == "conj":
        return node.args[0]
    if node.op is CONSTANT and not node.shape:
        return constant(node.attrs.value.conjugate())
    return CONJ(node)


@composite(Sample("real(conjugate(x + 1j) * (x + y*1j))", {"x": "n", "y": "n"}))
def conjugate(x: object) -> Node:
    """Return the complex conjugate, as `conj` does.

    >>> import symdiff as sd
    >>> print(conjugate(sd.scalar("z", dtype="complex")))
    conj(z)
    """
    return conj(x)


def angle(z: object, deg: bool = False) -> Node:
    """Return the angle of `z` in radians, in (−π, π]; in degrees, if `deg`.

    It has no derivative at 0. Of what is real it is 0 or π, with derivative 0.

    >>> import symdiff as sd
    >>> print(angle(sd.scalar("z", dtype="complex")))
    angle(z)
    """
    found = ANGLE(z)
    return found * math.degrees(1) if deg else found


FUNCTIONS.update(real=real, imag=imag, conj=conj, angle=angle)
