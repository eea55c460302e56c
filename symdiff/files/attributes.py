"""Attributes of nodes as JSON: one form for each type, in both directions.

`Op.attrs` declares the type. A tuple is a list and a named tuple an object, field by field; what
stands at the end of these is in `_FORMS`. Reading accepts nothing that writing does not write.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, NoReturn, TypeAlias, get_args, get_origin, get_type_hints

import numpy as np

from symdiff.dims import Dim, Size, named, parts_of_quotient, terms
from symdiff.errors import ArgumentError, FileError, SymdiffError
from symdiff.ops.leaves import Literal, constant

Json: TypeAlias = Any
"""What `json` makes of a document: None, bool, int, float, str, list and dict."""

LARGEST = 2**63 - 1
"""The largest whole number that NumPy counts with."""
MOST_AXES = 64
"""The most axes that arrays of NumPy have."""
_DEEPEST_SIZE = 8
_LONGEST_SHOWN = 40


def refuse(place: str, expected: str, data: object) -> NoReturn:
    """Say what was expected at a place of a document, and what stands there."""
    shown = repr(data)
    shown = shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…"
    raise FileError(f"{place}: expected {expected}, not {shown}")


def write(value: Any, kind: Any) -> Json:
    """An attribute of some type as JSON. Raises ArgumentError for what files cannot hold."""
    if get_origin(kind) is UnionType:
        return write(value, next(each for each in get_args(kind) if _is(value, each)))
    if get_origin(kind) is tuple:
        return [write(*pair) for pair in zip(value, _entries(kind, len(value)), strict=True)]
    if _is_record(kind):
        return {name: write(getattr(value, name), of) for name, of in _fields(kind).items()}
    return _FORMS[kind].write(value)


def read(data: Json, kind: Any, place: str) -> Any:
    """The attribute of some type that JSON says. Raises FileError that names the place."""
    if get_origin(kind) is UnionType:
        fitting = [each for each in get_args(kind) if type(data) in _json_types(each)]
        if not fitting:
            refuse(place, _said(kind), data)
        return read(data, fitting[0], place)
    if type(data) not in _json_types(kind):
        refuse(place, _said(kind), data)
    if get_origin(kind) is tuple:
        kinds = _entries(kind, len(data))
        if len(kinds) != len(data):
            refuse(place, f"{len(kinds)} entries", data)
        each = enumerate(zip(data, kinds, strict=True))
        return tuple([read(entry, of, f"{place}[{i}]") for i, (entry, of) in each])
    if _is_record(kind):
        fields = _fields(kind)
        check_keys(data, fields, place)
        return kind(*(read(data[name], of, f"{place}.{name}") for name, of in fields.items()))
    return _FORMS[kind].read(data, place)


def check_keys(data: Json, keys: Mapping[str, Any], place: str) -> None:
    """Refuse an object that lacks a key, or has one too many."""
    if not isinstance(data, dict):
        refuse(place, "an object", data)
    for key in keys:
        if key not in data:
            raise FileError(f"{place}: {key!r} is missing")
    for key in data:
        if key not in keys:
            raise FileError(f"{place}: nothing is called {key[:_LONGEST_SHOWN]!r} here")


# Types ------------------------------------------------------------------------------------------


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple)


@lru_cache
def _fields(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _entries(kind: Any, count: int) -> tuple[Any, ...]:
    kinds = get_args(kind)
    return (kinds[0],) * count if kinds[-1] is Ellipsis else kinds


def _is(value: object, kind: Any) -> bool:
    """True for a value of exactly this type: a bool is no int here."""
    return type(value) is (get_origin(kind) or kind)


def _json_types(kind: Any) -> tuple[type, ...]:
    if get_origin(kind) is tuple:
        return (list,)
    return (dict,) if _is_record(kind) else _FORMS[kind].types


def _said(kind: Any) -> str:
    if get_origin(kind) is UnionType:
        return " or ".join(map(_said, get_args(kind)))
    if get_origin(kind) is tuple:
        return "a list"
    return f"an object ({kind.__name__})" if _is_record(kind) else _FORMS[kind].said


# What attributes are made of --------------------------------------------------------------------


class _Form(NamedTuple):
    """How values of a type stand in JSON: as which of its types, and what people call them."""

    types: tuple[type, ...]
    said: str
    write: Callable[[Any], Json]
    read: Callable[[Json, str], Any]


def _as_it_is(value: Any) -> Json:
    return value


def _is_read(data: Json, place: str) -> Any:
    return data


def _write_whole(value: int) -> Json:
    if not -LARGEST - 1 <= value <= LARGEST:
        raise ArgumentError(f"the whole number {value} is too large for a file")
    return value


def read_whole(data: Json, place: str, least: int = -LARGEST - 1, most: int = LARGEST) -> int:
    """A whole number between bounds. Raises FileError for anything else."""
    if type(data) is not int:
        refuse(place, "a whole number", data)
    if not least <= data <= most:
        refuse(place, f"a whole number from {least} to {most}", data)
    return data


def _read_word(data: Json, place: str) -> str:
    if not data.isidentifier():
        refuse(place, "a word", data)
    return str(data)


def _write_float(value: float) -> Json:
    return value if math.isfinite(value) else repr(value)


def _read_float(data: Json, place: str) -> float:
    if isinstance(data, float):
        return data
    if data not in _NOT_FINITE:
        refuse(place, 'a decimal number, "inf", "-inf" or "nan"', data)
    return _NOT_FINITE[data]


_NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


# Sizes ------------------------------------------------------------------------------------------


def _write_size(size: Size) -> Json:
    return _write_whole(size) if isinstance(size, int) else _write_dim(size)


@lru_cache(maxsize=4096)
def _write_dim(dim: Dim) -> Json:
    """A name, or a sum of products: a factor, and names or quotients."""
    if dim.is_name:
        return str(dim)
    parts = parts_of_quotient(dim)
    if parts is not None:
        data: Json = {"quotient": [_write_size(part) for part in parts]}
    else:
        data = {"sum": [[c, *map(_write_dim, factors)] for factors, c in terms(dim).items()]}
    try:
        assert _read_dim(data, "") is dim
    except FileError as error:
        raise ArgumentError(f"the size {dim} is too long for a file{error}") from None
    return data


def _read_dim(data: Json, place: str) -> Dim:
    size = _read_size(data, place, 0)
    if not isinstance(size, Dim):
        refuse(place, "a size that is not a number", data)
    return size


def _read_size(data: Json, place: str, depth: int) -> Size:
    if depth > _DEEPEST_SIZE:
        raise FileError(f"{place}: sizes are nested more than {_DEEPEST_SIZE} deep")
    match data:
        case int():
            return read_whole(data, place)
        case str():
            try:
                return named(_read_word(data, place))
            except ArgumentError as error:
                raise FileError(f"{place}: {error}") from None
        case {"quotient": [dividend, divisor], **rest} if not rest:
            below = _read_size(divisor, f"{place}.quotient[1]", depth + 1)
            if below == 0:
                raise FileError(f"{place}: a size is divided by 0")
            return _read_size(dividend, f"{place}.quotient[0]", depth + 1) // below  # type: ignore
        case {"sum": list(addends), **rest} if not rest and len(addends) <= _MOST_TERMS:
            total: Size = 0
            for i, addend in enumerate(addends):
                total = total + _read_term(addend, f"{place}.sum[{i}]", depth + 1)
            return total
    refuse(place, _SIZE_SAID, data)


def _read_term(data: Json, place: str, depth: int) -> Size:
    if not isinstance(data, list) or not 1 <= len(data) <= _MOST_TERMS:
        refuse(place, "a list of a whole number and sizes", data)
    term: Size = read_whole(data[0], f"{place}[0]")
    for i, factor in enumerate(data[1:], 1):
        if isinstance(factor, dict) and "sum" in factor:
            refuse(f"{place}[{i}]", "a name or a quotient", factor)
        term = term * _read_size(factor, f"{place}[{i}]", depth)
    return term


_MOST_TERMS = 50
_SIZE_SAID = "the name of a size, a sum or a quotient"


# Constants --------------------------------------------------------------------------------------


def _write_constant(literal: Literal) -> Json:
    match literal.value:
        case np.ndarray() as array:
            plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
            data = base64.b64encode(plain.tobytes()).decode()
            return {"array": plain.dtype.str, "shape": list(array.shape), "data": data}
        case complex() as number:
            return {"complex": [number.real, number.imag]}
        case float() as number:
            return {"float": _write_float(number)}
        case number:
            return {type(number).__name__: number}


def _read_constant(data: Json, place: str) -> Literal:
    try:
        attrs: Literal = constant(_constant_value(data, place)).attrs
    except FileError:
        raise
    except SymdiffError as error:
        raise FileError(f"{place}: {error}") from None
    return attrs


def _constant_value(data: Json, place: str) -> Any:
    match data:
        case {"bool": bool(value), **rest} if not rest:
            return value
        case {"int": int(value), **rest} if not rest:
            return read_whole(value, f"{place}.int")
        case {"float": float() | str() as value, **rest} if not rest:
            return _read_float(value, f"{place}.float")
        case {"complex": [float(real), float(imag)], **rest} if not rest:
            return complex(real, imag)
        case {"array": str(dtype), "shape": list(shape), "data": str(text), **rest} if not rest:
            return _read_array(dtype, shape, text, place)
    refuse(place, _CONSTANT_SAID, data)


def _read_array(dtype: str, shape: list[Json], text: str, place: str) -> np.ndarray[Any, Any]:
    if dtype not in _ARRAYS:
        refuse(f"{place}.array", f"one of {', '.join(_ARRAYS)}", dtype)
    if not 1 <= len(shape) <= MOST_AXES:
        refuse(f"{place}.shape", f"1 to {MOST_AXES} sizes", shape)
    sizes = [read_whole(s, f"{place}.shape[{i}]", least=0) for i, s in enumerate(shape)]
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FileError(f"{place}.data: this is not base64") from None
    needed = np.dtype(dtype).itemsize * math.prod(sizes)
    if len(data) != needed or math.prod(max(size, 1) for size in sizes) > LARGEST:
        raise FileError(f"{place}.data: {len(data)} bytes where shape and type need {needed}")
    if dtype == "|b1" and not {*data} <= {0, 1}:
        raise FileError(f"{place}.data: a boolean is a byte 0 or 1")
    return np.frombuffer(data, dtype).reshape(sizes)


_ARRAYS = ("<f8", "<i8", "|b1", "<c16")
"""The types of array constants: 64 bits, little end first."""
_CONSTANT_SAID = "a constant: bool, int, float, complex, or array with shape and data"


_FORMS: dict[Any, _Form] = {
    NoneType: _Form((NoneType,), "null", _as_it_is, _is_read),
    bool: _Form((bool,), "true or false", _as_it_is, _is_read),
    int: _Form((int,), "a whole number", _write_whole, read_whole),
    float: _Form((float, str), "a decimal number", _write_float, _read_float),
    str: _Form((str,), "a word", _as_it_is, _read_word),
    Dim: _Form((str, dict), _SIZE_SAID, _write_dim, _read_dim),
    Literal: _Form((dict,), _CONSTANT_SAID, _write_constant, _read_constant),
}
