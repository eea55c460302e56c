"""What makes an expression look like an array: NumPy's protocols, and the methods of arrays.

NumPy's functions ask their arguments first (NEP 13 for ufuncs, NEP 18 for other functions), so
`np.sum(np.exp(x))` builds nodes. A method is the NumPy function of its name: `x.sum(axis=0)` is
`np.sum(x, axis=0)`. What would need numbers is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn, cast

from symdiff.dims import product
from symdiff.errors import ArgumentError, quote, refuse_value

if TYPE_CHECKING:
    from symdiff.dims import Shape, Size
    from symdiff.node import Node

Method = Callable[..., "Node"]


def _method(name: str) -> Method:
    """The NumPy function of a name, as a method."""

    def method(self: ArrayMethods, *args: object, **options: object) -> Any:
        from symdiff.frontends.numpy_calls import call

        return call(name, (self, *args), options)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The same as `np.{name}(x, …)`."
    return method


def _refused(name: str, instead: str) -> Callable[..., NoReturn]:
    """A method of arrays that expressions cannot have, and what to write instead."""

    def method(self: ArrayMethods, *args: object, **options: object) -> NoReturn:
        raise ArgumentError(f"an expression has no method `{name}`: {instead}")

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Refused: {instead}."
    return method


# What `==` asks -----------------------------------------------------------------------------------

_AS_ARRAYS: ContextVar[bool] = ContextVar("_AS_ARRAYS", default=False)


@contextmanager
def as_arrays() -> Iterator[None]:
    """Run a function of arrays on expressions: what it writes as `a == b` compares entries.

    Elsewhere it asks whether two expressions are the same, as symdiff itself does all the time.
    """
    token = _AS_ARRAYS.set(True)
    try:
        yield
    finally:
        _AS_ARRAYS.reset(token)


def compares_entries(other: object) -> bool:
    """Whether the line that compares an expression with another value is one of such a function."""
    if other is None or not _AS_ARRAYS.get():
        return False
    from symdiff.frontends.user_lines import is_users

    return is_users(sys._getframe(2).f_code)


# Conversions and changes --------------------------------------------------------------------------

_IN_PLACE = "expressions are immutable; write "
_NUMBERS = "its entries have no values yet; sd.evaluate(x, …) gives them"
_VALUES_DECIDE = "the shape of the result would depend on values; use np.where with three arguments"


class ArrayMethods:
    """The attributes and methods of arrays that expressions have."""

    __slots__ = ()

    if TYPE_CHECKING:
        shape: Shape

    # NumPy's protocols

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: object, **options: object
    ) -> object:
        from symdiff.frontends.numpy_calls import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Any, types: object, args: tuple[Any, ...], options: Mapping[str, Any]
    ) -> object:
        from symdiff.frontends.numpy_calls import apply_function

        return apply_function(function, args, options)

    def __array__(self, dtype: object = None, copy: object = None) -> NoReturn:
        raise ArgumentError(
            f"NumPy asked for the numbers in {quote(cast('Node', self))}, which is an expression "
            "without values: join expressions by np.stack([a, b]) rather than np.array([a, b]), "
            "change entries by x.at[index].set(a) rather than x[index] = a, or take functions that "
            "know expressions, np.array too: `from symdiff import numpy as np`"
        )

    # Conversions to numbers

    def __float__(self) -> NoReturn:
        self._refuse_number("a float")

    def __int__(self) -> NoReturn:
        self._refuse_number("an int")

    def __complex__(self) -> NoReturn:
        self._refuse_number("a complex number")

    def __index__(self) -> NoReturn:
        self._refuse_number("an index or a number of repetitions")

    def __round__(self, ndigits: int | None = None) -> Node:
        return self._round(ndigits or 0)

    def __format__(self, spec: str) -> str:
        try:
            return format(str(self), spec)
        except ValueError:
            self._refuse_number(f"a number in the format {spec!r}")

    def _refuse_number(self, what: str) -> NoReturn:
        node = cast("Node", self)
        refuse_value(
            node,
            f"{quote(node)} is an expression without a value, so {what} cannot be "
            "made of it: use NumPy's functions rather than math's, np.take(a, i) rather than a[i], "
            "np.stack([a, b]) rather than entries of an array, and sd.evaluate for values",
        )

    # Attributes

    @property
    def size(self) -> Size:
        """The number of entries."""
        return product(self.shape)

    @property
    def mT(self) -> Node:
        """The transpose of each matrix: the last two axes swapped."""
        return self._matrix_transpose()

    _matrix_transpose = _method("matrix_transpose")

    @property
    def flat(self) -> Node:
        """All entries in a row."""
        return self.ravel()

    # Methods

    all = _method("all")
    any = _method("any")
    argmax = _method("argmax")
    argmin = _method("argmin")
    argpartition = _method("argpartition")
    argsort = _method("argsort")
    astype = _method("astype")
    clip = _method("clip")
    conj = _method("conj")
    conjugate = _method("conjugate")
    copy = _method("copy")
    cumprod = _method("cumprod")
    cumsum = _method("cumsum")
    diagonal = _method("diagonal")
    dot = _method("dot")
    flatten = _method("ravel")
    max = _method("max")
    mean = _method("mean")
    min = _method("min")
    prod = _method("prod")
    ravel = _method("ravel")
    repeat = _method("repeat")
    round = _method("round")
    searchsorted = _method("searchsorted")
    squeeze = _method("squeeze")
    std = _method("std")
    sum = _method("sum")
    swapaxes = _method("swapaxes")
    take = _method("take")
    trace = _method("trace")
    var = _method("var")

    def reshape(self, *shape: Any, order: str = "C") -> Node:
        """The same as `np.reshape(x, shape)`, whose sizes may be given one by one."""
        return self._reshape(shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Node:
        """The same as `np.transpose(x, axes)`, whose axes may be given one by one."""
        return self._transpose(axes[0] if len(axes) == 1 else axes or None)

    _reshape = _method("reshape")
    _round = _method("round")
    _transpose = _method("transpose")

    compress = _refused("compress", _VALUES_DECIDE)
    fill = _refused("fill", _IN_PLACE + "np.full_like(x, value)")
    item = _refused("item", _NUMBERS)
    itemset = _refused("itemset", _IN_PLACE + "x.at[index].set(value)")
    nonzero = _refused("nonzero", _VALUES_DECIDE)
    partition = _refused("partition", _IN_PLACE + "np.partition(x, kth)")
    put = _refused("put", _IN_PLACE + "x.at[index].set(value)")
    resize = _refused("resize", _IN_PLACE + "np.reshape(x, shape)")
    sort = _refused("sort", _IN_PLACE + "np.sort(x)")
    tolist = _refused("tolist", _NUMBERS)
    view = _refused("view", "the bits of numbers stay as they are; use x.astype(kind)")
