"""Named arrays as one flat vector of real numbers, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np

from symdiff.errors import InputError
from symdiff.node import Node

Array: TypeAlias = "np.ndarray[Any, Any]"


class Packing:
    """Where the entries of variables lie in a flat vector: one variable after the other, by rows.

    A complex variable lies there as its real parts, followed by its imaginary parts.

    variables  the variables, in order
    shapes     their shapes, in numbers
    dtype      the float type in which they are computed with; the flat vector has float64
    size       the number of entries of the flat vector
    """

    def __init__(
        self,
        variables: Sequence[Node],
        shapes: Sequence[tuple[int, ...]],
        dtype: np.dtype[Any],
    ) -> None:
        self.variables, self.shapes, self.dtype = tuple(variables), tuple(shapes), dtype
        self._counts = [prod(shape) for shape in shapes]
        widths = [
            count * (1 + _is_complex(v)) for v, count in zip(variables, self._counts, strict=True)
        ]
        ends = np.cumsum([0, *widths]).tolist()
        self.slices = tuple(map(slice, ends[:-1], ends[1:]))
        self.size: int = ends[-1]
        self._plain = dtype == np.float64 and not any(map(_is_complex, variables))

    def ravel(self, arrays: Sequence[Array]) -> Array:
        """One array for each variable, of its shape, as a flat vector."""
        return self._joined(arrays, 1.0)

    def ravel_gradient(self, arrays: Sequence[Array]) -> Array:
        """Derivatives by each variable as the derivative by the flat vector.

        The gradient by z = x + iy is ∂f/∂x − i ∂f/∂y.
        """
        return self._joined(arrays, -1.0)

    def ravel_rows(self, arrays: Sequence[Array | None], rows: int) -> Array:
        """Jacobians by each variable, of shape (rows, *shape), side by side; None is zero."""
        found = np.zeros((rows, self.size))
        for place, array in zip(self.slices, arrays, strict=True):
            if array is not None and rows:
                flat = np.reshape(array, (rows, -1))
                parts = [flat.real, -flat.imag] if np.iscomplexobj(flat) else [flat]
                found[:, place] = np.concatenate(parts, axis=1)
        return found

    def unravel(self, x: Array) -> list[Array]:
        """A flat vector as an array for each variable; these may be views of it."""
        if self._plain:
            return [
                x[place].reshape(shape) if shape else x[place.start]
                for place, shape in zip(self.slices, self.shapes, strict=True)
            ]
        return [self._part(x, k) for k in range(len(self.variables))]

    def labels(self) -> list[str]:
        """The name of each entry: `w[0]`, or `real(z[0])` for a part of a complex one."""
        return [label for k in range(len(self.variables)) for label in self._labels(k)]

    def label(self, place: int) -> str:
        """The name of one entry."""
        k = next(k for k, each in enumerate(self.slices) if place < each.stop)
        labels = self._labels(k)
        return labels[place - int(self.slices[k].start)]

    def checked(self, x: object) -> Array:
        """A flat vector of float64. Raises InputError for another shape, or no real numbers."""
        vector = np.asarray(x)
        if vector.shape != (self.size,) or vector.dtype.kind not in "fiub":
            what = "complex numbers" if vector.dtype.kind == "c" else f"shape {vector.shape}"
            raise InputError(f"the flat vector must be real, of shape ({self.size},), not {what}")
        return vector.astype(np.float64, copy=False)

    def _joined(self, arrays: Sequence[Array], sign: float) -> Array:
        flat = np.empty(self.size)
        for v, place, array in zip(self.variables, self.slices, arrays, strict=True):
            if _is_complex(v):
                parts = (np.real(array), sign * np.imag(array))
                flat[place] = np.concatenate([np.ravel(part) for part in parts])
            else:
                flat[place] = np.ravel(array)
        return flat

    def _part(self, x: Array, k: int) -> Array:
        part, count = x[self.slices[k]].astype(self.dtype), self._counts[k]
        if _is_complex(self.variables[k]):
            kind = np.result_type(self.dtype, np.complex64)
            part = part[:count].astype(kind) + 1j * part[count:]
        return part.reshape(self.shapes[k])

    def _labels(self, k: int) -> list[str]:
        name = str(self.variables[k].attrs[0])
        forms = ("real({})", "imag({})") if _is_complex(self.variables[k]) else ("{}",)
        indices = list(np.ndindex(self.shapes[k]))
        return [form.format(_entry(name, index)) for form in forms for index in indices]


def _entry(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def by_name(variables: Sequence[Node], arrays: Sequence[Array]) -> dict[str, Any]:
    """Arrays by the names of their variables; a scalar is a number, and no memory is shared."""
    copies = (np.array(array)[()] for array in arrays)
    return {str(v.attrs[0]): copy for v, copy in zip(variables, copies, strict=True)}


def named_values(variables: Sequence[Node], given: object, what: str) -> dict[Node, object]:
    """Values by variable, where they are given by name or by variable.

    One number is the value of all; where there is one variable alone, its value may be given as it
    is.

    Raises InputError for a value of something else; `what` names the argument.
    """
    known = {str(v.attrs[0]): v for v in variables}
    if not isinstance(given, Mapping):
        if len(known) == 1 or _is_number(given):
            return dict.fromkeys(variables, given)
        names = ", ".join(f"{name!r}: …" for name in known)
        raise InputError(f"{what} gives values by name, {what}={{{names}}}, not {given!r}")
    found: dict[Node, object] = {}
    for key, value in given.items():
        variable = known.get(key) if isinstance(key, str) else key
        if not isinstance(variable, Node) or variable not in known.values():
            raise InputError(
                f"{what} has {_quoted(key)}, but what is optimised over is: {', '.join(known)}"
            )
        found[variable] = value
    return found


def _is_number(given: object) -> bool:
    kinds = (int, float, complex, np.number, np.ndarray)
    return isinstance(given, kinds) and np.ndim(given) == 0


def _quoted(key: object) -> str:
    return f"`{key}`" if isinstance(key, Node) else repr(key)


def _is_complex(variable: Node) -> bool:
    return variable.dtype == "complex"
