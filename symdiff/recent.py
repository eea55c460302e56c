"""The latest results for groups of nodes, kept without keeping the nodes alive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeAlias, TypeVar
from weakref import ref

from symdiff.node import Node

T = TypeVar("T")
_Key: TypeAlias = "tuple[tuple[int, ...], ...]"


class Recent(Generic[T]):
    """A table of at most `size` entries; the one not used for longest makes room for a new one.

    An entry goes when one of its nodes does, so what it holds must not hold them.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[_Key, tuple[tuple[ref[Node], ...], T]] = OrderedDict()

    def get(self, *groups: Sequence[Node]) -> T | None:
        """What was put for these groups of nodes, if it is still there."""
        key = _key(groups)
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self._entries[key] = entry
        return entry[1]

    def put(self, value: T, *groups: Sequence[Node]) -> None:
        """Keep a value for groups of nodes."""
        key = _key(groups)

        def forget(gone: ref[Node]) -> None:
            self._entries.pop(key, None)

        self._entries[key] = tuple(ref(node, forget) for nodes in groups for node in nodes), value
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)


def _key(groups: Sequence[Sequence[Node]]) -> _Key:
    return tuple([tuple(map(id, nodes)) for nodes in groups])
