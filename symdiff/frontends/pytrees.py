"""Arguments and results with structure: dicts, lists, tuples, dataclasses, and their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


def mapped(
    leaf: Callable[[str, object], object],
    tree: Any,
    name: str,
    is_leaf: Callable[[object], bool] = lambda tree: False,
) -> Any:
    """The same structure, with `leaf(name, value)` for every value that it holds.

    The name of a value is made of that of the whole and of the keys, places or fields on the way.

    >>> mapped(lambda name, value: f"{name}={value}", {"W": 1, "b": [2, 3]}, "p")
    {'W': 'p_W=1', 'b': ['p_b_0=2', 'p_b_1=3']}
    """

    def inside(key: object, value: object) -> object:
        return mapped(leaf, value, f"{name}_{key}", is_leaf)

    if is_leaf(tree):
        return leaf(name, tree)
    if isinstance(tree, dict):
        return {key: inside(key, value) for key, value in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return tree._make(map(inside, tree._fields, tree))  # type: ignore[attr-defined]
    if isinstance(tree, (list, tuple)):
        return type(tree)(inside(place, value) for place, value in enumerate(tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        fields = [field.name for field in dataclasses.fields(tree)]
        return dataclasses.replace(tree, **{f: inside(f, getattr(tree, f)) for f in fields})
    return leaf(name, tree)
