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
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn, cast

from symdiff.dims import CALL, product
from symdiff.errors import ArgumentError, quote, refuse_value

if TYPE_CHECKING:
    from types import CodeType, FrameType

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


def _in_place(name: str, sign: str) -> Method:
    """What `a += b` does for an operator: `a = a + b`, if nothing else stands for the array a."""

    def method(self: ArrayMethods, other: object) -> Any:
        if self.shape and CALL.get() is not None:
            _check_alone(cast("Node", self), sign, sys._getframe(1))
        return getattr(self, f"__{name}__")(other)

    method.__name__ = method.__qualname__ = f"__i{name}__"
    method.__doc__ = f"The same as `x = x {sign} other`."
    return method


def _check_alone(node: Node, sign: str, frame: FrameType) -> None:
    """Refuse a change in place of an argument, or of what has another name, which NumPy changes."""
    from symdiff.frontends.user_lines import is_users
    from symdiff.ops.leaves import VARIABLE

    whole = node
    while whole.args and whole.op.view(whole):
        whole = whole.args[0]
    names: list[str] = []
    where: FrameType | None = frame
    while where is not None:
        if is_users(where.f_code):
            names += [name for name, value in where.f_locals.items() if value is node]
        where = where.f_back
    if whole.op is VARIABLE:
        why = f"would write into the argument {quote(whole)} of the caller"
    elif len(names) > 1:
        why = f"would change what `{names[1]}` stands for, too"
    else:
        return
    raise ArgumentError(
        f"`{names[0] if names else 'x'} {sign}= …` {why}, and expressions are immutable: write "
        f"`{names[0] if names else 'x'} = {names[0] if names else 'x'} {sign} …`"
    )


# What `==` asks -----------------------------------------------------------------------------------

_AS_ARRAYS: ContextVar[bool] = ContextVar("_AS_ARRAYS", default=False)


@contextmanager
def as_arrays() -> Iterator[None]:
    """Run a function of arrays on expressions: what it writes as `a == b` compares entries.

    Elsewhere it asks whether two expressions are the same, as symdiff itself does all the time.
    """
    token = _AS_ARRAYS.set(True)
    try:
        with _hashes_looked_at():
            yield
    finally:
        _AS_ARRAYS.reset(token)


_LOOKING = [0]
_LOCK = Lock()


@contextmanager
def _hashes_looked_at() -> Iterator[None]:
    """See to it that a function of arrays looks for no expression in a table or a set of numbers.

    Only while one runs, since a method in Python is slower than the one in C.
    """
    from symdiff.node import Node

    with _LOCK:
        _LOOKING[0] += 1
        Node.__hash__ = _hash_unless_asked  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        with _LOCK:
            _LOOKING[0] -= 1
            if not _LOOKING[0]:
                Node.__hash__ = object.__hash__  # type: ignore[method-assign, assignment]


def _hash_unless_asked(self: Node) -> int:
    if not self.shape and _is_asked(1):
        refuse_value(
            self, f"{quote(self)} is an expression without a value, so no table or set has it"
        )
    return object.__hash__(self)


def refuse_digits(node: Node) -> None:
    """Refuse the text of a whole number to a function of arrays, which may look something up by it.

    Other numbers print as expressions.
    """
    if node.dtype == "int" and not node.shape and _is_asked(2):
        refuse_value(node, f"{quote(node)} is an expression without a value, so it has no digits")


def compares_entries(other: object) -> bool:
    """Whether the line that compares an expression with another value is one of such a function."""
    return other is not None and _is_asked(2)


def _is_asked(frames: int) -> bool:
    """Whether a function of arrays asks, so many frames above the caller's."""
    if not _AS_ARRAYS.get():
        return False
    from symdiff.frontends.user_lines import is_users

    asking = sys._getframe(frames + 1)
    module = str(asking.f_globals.get("__name__"))  # methods that Python writes have no file
    return module.partition(".")[0] != __name__.partition(".")[0] and is_users(asking.f_code)


def _class_for_user(node: Node, asking: CodeType) -> type | None:
    """The class that a function of arrays is told if it asks what it was given."""
    import numpy as np

    from symdiff.frontends.user_lines import is_users

    if asking is not np.isscalar.__code__ and not is_users(asking):
        return None
    if node.shape:
        return np.ndarray
    if node.dtype == "int":  # NumPy's or Python's, which differ
        refuse_value(node, f"{quote(node)} is an expression, so it has no type of whole numbers")
    return {"float": np.float64, "complex": np.complex128}.get(node.dtype, np.bool_)


# Conversions and changes --------------------------------------------------------------------------

_IN_PLACE = "expressions are immutable; write "
_NUMBERS = "its entries have no values yet; sd.evaluate(x, …) gives them"
_VALUES_DECIDE = "the shape of the result would depend on values; use np.where with three arguments"


class ArrayMethods:
    """The attributes and methods of arrays that expressions have."""

    __slots__ = ()

    if TYPE_CHECKING:
        shape: Shape

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What `isinstance` asks; functions of arrays are told the class of arrays or numbers."""
        if not _AS_ARRAYS.get():
            return type(self)
        frame: Any = sys._getframe(1)
        if frame.f_code.co_name == "__instancecheck__":  # of an abstract class
            frame = frame.f_back
        return _class_for_user(cast("Node", self), frame.f_code) or type(self)

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
        refuse_digits(cast("Node", self))
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

    # Changes in place: the name stands for a new expression, if nothing else stands for the old one

    __iadd__ = _in_place("add", "+")
    __isub__ = _in_place("sub", "-")
    __imul__ = _in_place("mul", "*")
    __itruediv__ = _in_place("truediv", "/")
    __ifloordiv__ = _in_place("floordiv", "//")
    __imod__ = _in_place("mod", "%")
    __ipow__ = _in_place("pow", "**")
    __imatmul__ = _in_place("matmul", "@")
    __iand__ = _in_place("and", "&")
    __ior__ = _in_place("or", "|")
    __ixor__ = _in_place("xor", "^")

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
