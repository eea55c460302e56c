"""Arguments and results with structure: dicts, lists, tuples, dataclasses, and their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

IsLeaf: TypeAlias = "Callable[[object], bool]"


def _never(tree: object) -> bool:
    return False


def leaves(tree: object, name: str, is_leaf: IsLeaf = _never) -> Iterator[tuple[str, object]]:
    """All values that a structure holds, each named after the whole and the keys on the way.

    `is_leaf` says what counts as a value though it has parts.

    >>> list(leaves({"W": 1, "b": [2, 3]}, "p"))
    [('p_W', 1), ('p_b_0', 2), ('p_b_1', 3)]
    """
    inside = None if is_leaf(tree) else parts(tree)
    if inside is None:
        yield name, tree
    else:
        for key, part in inside:
            yield from leaves(part, f"{name}_{key}", is_leaf)


def mapped(
    leaf: Callable[[str, object], object], tree: Any, name: str, is_leaf: IsLeaf = _never
) -> Any:
    """The same structure, with `leaf(name, value)` for every value; names are those of `leaves`.

    >>> mapped(lambda name, value: f"{name}={value}", {"W": 1, "b": [2, 3]}, "p")
    {'W': 'p_W=1', 'b': ['p_b_0=2', 'p_b_1=3']}
    """
    inside = None if is_leaf(tree) else parts(tree)
    if inside is None:
        return leaf(name, tree)
    values = [mapped(leaf, part, f"{name}_{key}", is_leaf) for key, part in inside]
    keys = [key for key, _ in inside]
    if isinstance(tree, dict):
        return dict(zip(keys, values, strict=True))
    if isinstance(tree, tuple) and hasattr(tree, "_make"):
        return tree._make(values)
    if isinstance(tree, (list, tuple)):
        return type(tree)(values)
    return dataclasses.replace(tree, **dict(zip(keys, values, strict=True)))


def parts(tree: object) -> list[tuple[Any, object]] | None:
    """The parts of a structure, with their keys, fields or places; None for a value."""
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(zip(tree._fields, tree, strict=True))
    if isinstance(tree, (list, tuple)):
        return list(enumerate(tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(field.name, getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None
