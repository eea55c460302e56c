"""Arguments and results with structure: dicts, lists, tuples, dataclasses, and their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

IsLeaf: TypeAlias = "Callable[[object], bool]"
Parts: TypeAlias = "list[tuple[Any, object]] | None"


def _never(tree: object) -> bool:
    return False


def leaves(
    tree: object, name: str, is_leaf: IsLeaf = _never, objects: str = ""
) -> Iterator[tuple[str, object]]:
    """All values that a structure holds, each named after the whole and the keys on the way.

    `is_leaf` says what counts as a value though it has parts; `objects` is as for `mapped`.

    >>> list(leaves({"W": 1, "b": [2, 3]}, "p"))
    [('p_W', 1), ('p_b_0', 2), ('p_b_1', 3)]
    """
    inside = None if is_leaf(tree) else parts(tree, objects)
    if inside is None:
        yield name, tree
    else:
        for key, part in inside:
            yield from leaves(part, f"{name}_{key}", is_leaf, objects)


def mapped(
    leaf: Callable[[str, object], object],
    tree: Any,
    name: str,
    is_leaf: IsLeaf = _never,
    objects: str = "",
) -> Any:
    """The same structure, with `leaf(name, value)` for every value; names are those of `leaves`.

    Objects of other classes of a package are structures of their attributes, if `objects` names it.

    >>> mapped(lambda name, value: f"{name}={value}", {"W": 1, "b": [2, 3]}, "p")
    {'W': 'p_W=1', 'b': ['p_b_0=2', 'p_b_1=3']}
    """
    inside = None if is_leaf(tree) else parts(tree, objects)
    if inside is None:
        return leaf(name, tree)
    values = [mapped(leaf, part, f"{name}_{key}", is_leaf, objects) for key, part in inside]
    keys = [key for key, _ in inside]
    if isinstance(tree, dict):
        return dict(zip(keys, values, strict=True))
    if isinstance(tree, tuple) and hasattr(tree, "_make"):
        return tree._make(values)
    if isinstance(tree, (list, tuple)):
        return type(tree)(values)
    if dataclasses.is_dataclass(tree):
        return dataclasses.replace(tree, **dict(zip(keys, values, strict=True)))  # type: ignore[type-var]
    other = object.__new__(type(tree))
    other.__dict__.update(zip(keys, values, strict=True))
    return other


def refilled(tree: Any, is_leaf: IsLeaf) -> Callable[[Iterator[Any]], Any]:
    """What makes the same structure again and again, with other values in the place of leaves.

    >>> make = refilled({"W": 1, "b": [2, "x"]}, lambda value: isinstance(value, int))
    >>> make(iter([5, 6]))
    {'W': 5, 'b': [6, 'x']}
    """
    if is_leaf(tree):
        return next
    inside = parts(tree)
    if inside is None:
        return lambda values: tree
    makers = [refilled(part, is_leaf) for _, part in inside]
    kind = type(tree)
    if kind is tuple or kind is list:
        return lambda values: kind([make(values) for make in makers])
    if kind is dict:
        keys = [*tree]
        return lambda values: dict(zip(keys, [make(values) for make in makers], strict=True))
    return lambda values: mapped(
        lambda _, leaf: next(values) if is_leaf(leaf) else leaf, tree, "", is_leaf
    )


def parts(tree: object, objects: str = "") -> Parts:
    """The parts of a structure, with their keys, fields or places; None for a value.

    The attributes of an object are its parts if its class is of the package named by `objects`.
    """
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(zip(tree._fields, tree, strict=True))
    if isinstance(tree, (list, tuple)):
        return list(enumerate(tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(field.name, getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    if objects and package_of(tree) == objects and _is_ordinary(tree):
        return list(vars(tree).items())
    return None


def package_of(tree: object) -> str:
    """The package of an object's class; "" for symdiff itself, whose objects are wholes."""
    package = type(tree).__module__.partition(".")[0]
    return "" if package == __name__.partition(".")[0] else package


class _Ordinary:
    """An object that is all in its attributes."""


def _is_ordinary(tree: object) -> bool:
    """Whether an object is all in its attributes: nothing is in slots, nor hidden by code in C."""
    kind = type(tree)
    return (
        kind.__basicsize__ == _Ordinary.__basicsize__
        and bool(kind.__flags__ & _HEAP_TYPE)
        and hasattr(tree, "__dict__")
        and not hasattr(tree, "shape")  # somebody's arrays
    )


_HEAP_TYPE = 1 << 9
"""The flag of classes that are made while a program runs."""
