"""What is declared of parameters: shapes, against which arguments are matched, and kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symdiff.dims import Dim, Shape, Size
from symdiff.errors import ArgumentError, ShapeError, describe, shape_text
from symdiff.frontends.declared import KINDS, shape_and_dtype, shape_of
from symdiff.node import Node
from symdiff.ops.leaves import KINDS as DTYPES
from symdiff.own.signature import Signature


class Parameter(NamedTuple):
    """A parameter of a function.

    shape  its axes, a number of axes, or None if it may have any
    dtype  the widest kind of numbers that it takes
    """

    name: str
    shape: Shape | int | None = None
    dtype: str | None = None

    def match(self, of: Signature, arg: Node, sizes: dict[str, Size]) -> None:
        """Note the sizes that an argument tells. Raises ShapeError where it does not fit."""
        if self.dtype is not None and DTYPES.index(arg.dtype) > DTYPES.index(self.dtype):
            raise ArgumentError(
                f"`{of}` takes {self.name} of kind {self.dtype}, not {describe(arg)} "
                f"of kind {arg.dtype}"
            )
        if isinstance(self.shape, int) and arg.ndim != self.shape:
            raise ShapeError(
                f"`{of}` takes {self.name} with {_axes(self.shape)}, not {describe(arg)}"
            )
        if not isinstance(self.shape, tuple):
            return
        if len(self.shape) != arg.ndim:
            raise ShapeError(
                f"`{of}` takes {self.name} of shape {shape_text(self.shape)}, not {describe(arg)}"
            )
        for declared, size in zip(self.shape, arg.shape, strict=True):
            known = sizes.setdefault(str(declared), size) if _named(declared) else declared
            if known != size:
                means = "" if known == declared else f" where {declared} = {known}"
                raise ShapeError(
                    f"`{of}` takes {self.name} of shape {shape_text(self.shape)}{means}, "
                    f"not {describe(arg)}",
                    (known, size),
                )


def _named(size: Size) -> bool:
    return isinstance(size, Dim)


def _axes(count: int) -> str:
    return {0: "no axes", 1: "one axis"}.get(count, f"{count} axes")


def declared_parameters(
    signature: Signature, shapes: Mapping[str, object]
) -> tuple[Parameter, ...]:
    """The parameters of a signature, with the shapes and kinds declared for some of them.

    Raises ArgumentError for a name that is no parameter, and for what is no shape.
    """
    for name in shapes:
        if name not in signature.parameters:
            raise ArgumentError(
                f"`{signature}` has no parameter {name!r} whose shape could be declared"
            )
    return tuple(_parameter(name, shapes.get(name)) for name in signature.parameters)


def _parameter(name: str, declared: object) -> Parameter:
    if declared is None:
        return Parameter(name)
    dtype = "float"
    if isinstance(declared, str):
        declared, dtype = shape_and_dtype(declared)
        if declared in KINDS:
            return Parameter(name, KINDS[declared], dtype)
    shape = shape_of(name, declared)
    for size in shape:
        if isinstance(size, Dim) and not size.is_name:
            raise ArgumentError(
                f"the shape of {name!r} is made of names and whole numbers, not {size}"
            )
    return Parameter(name, shape, dtype)


def size_words(parameters: Sequence[Parameter]) -> tuple[str, ...]:
    """The names of sizes in the declared shapes. Raises ArgumentError where one is a parameter."""
    shapes = [p.shape for p in parameters if isinstance(p.shape, tuple)]
    words = tuple(dict.fromkeys(str(s) for shape in shapes for s in shape if _named(s)))
    names = {p.name for p in parameters}
    for word in words:
        if word in names:
            raise ArgumentError(f"{word!r} names both a parameter and a size")
    return words


def matched(
    signature: Signature, parameters: Sequence[Parameter], args: Sequence[Node]
) -> dict[str, Size]:
    """The named sizes of the declared shapes, as arguments tell them.

    Raises ShapeError or ArgumentError for arguments that do not fit.
    """
    sizes: dict[str, Size] = {}
    for parameter, arg in zip(parameters, args, strict=True):
        parameter.match(signature, arg, sizes)
    return sizes
