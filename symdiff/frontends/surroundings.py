"""What a function finds around itself: variables of its module, and of functions it stands in.

Their values are constants of what is compiled, so a call has to see whether they are still the
same: rebound names, and arrays, lists and objects that were changed in place.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from symdiff.binding import inputs, size_names
from symdiff.conventions import choice_at_kinks
from symdiff.errors import ArgumentError
from symdiff.frontends.reachable import Place, Reachable, contents, is_wrapper
from symdiff.node import Node, topological

Value = Any


class Surroundings:
    """The values that a function, and what it calls, find around themselves, as they were.

    What comes with the arguments of a call is looked at as by `Reachable`.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        arguments: Iterable[object] = (),
        held: Iterable[tuple[str, object]] = (),
    ) -> None:
        reached = Reachable(f, arguments, held)
        reached.places.append(Place("sd.conventions", choice_at_kinks))  # derivatives depend on it
        self._package = reached.package
        self._found = [
            (name, read, _kept(read(), self._package, ())) for name, read in reached.places
        ]
        self._states = [(each, _state(each)) for each in (*_GLOBAL_GENERATORS, *reached.generators)]
        nodes = [node for _, _, node in self._found if isinstance(node, Node)]
        self.words = {str(v) for v in inputs(nodes)} | {*size_names(topological(nodes))}
        """The names of variables and sizes in expressions that it finds."""

    def check_untouched(self, name: str) -> None:
        """Refuse a function that has changed what stands around it, or has drawn random numbers.

        Only its run did that; what is compiled would not do it.
        """
        for generator, state in self._states:
            if _state(generator) != state:
                raise ArgumentError(
                    f"`{name}` draws random numbers, which would be the same in every call; draw "
                    "them outside, and pass them as an argument"
                )

        changed = self.changed()
        if changed:
            raise ArgumentError(
                f"`{name}` changes `{changed}`, which stands around it, and a compiled function "
                "would not; return the new value instead"
            )

    def changed(self) -> str | None:
        """The name of something that is not what it was; None if all is."""
        for name, read, kept in self._found:
            try:
                same = _is_same(kept, read(), self._package)
            except (KeyError, ValueError):  # the name is not bound any more
                same = False
            if not same:
                return name
        return None


# Random numbers ---------------------------------------------------------------------------------

_GLOBAL_GENERATORS: tuple[Any, ...] = (np.random.random.__self__, random.random.__self__)  # type: ignore[attr-defined]


def _state(generator: Any) -> str | tuple[Any, ...]:
    """What tells whether a generator of random numbers has been used."""
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.Generator):
        return repr(generator.bit_generator.state)
    return repr([part if np.ndim(part) == 0 else part.tobytes() for part in generator.get_state()])


# Values as they were ------------------------------------------------------------------------------


class _Copy(NamedTuple):
    """The entries of an array that may be written to."""

    entries: np.ndarray[Any, Any]


class _Structure(NamedTuple):
    """A structure with what its parts were."""

    kind: type
    parts: list[tuple[Any, Any]]


def _kept(value: Value, package: str, outside: tuple[int, ...]) -> Any:
    """What is needed to see whether a value has changed; objects of a package are looked into.

    `outside` are the structures of which it is a part: it may hold one of them again.
    """
    if isinstance(value, np.ndarray):
        return _Copy(value.copy()) if value.flags.writeable else value
    inside = None if is_wrapper(value) else contents(value, package)
    if inside is None or id(value) in outside:
        return value
    outside = (*outside, id(value))
    return _Structure(type(value), [(key, _kept(part, package, outside)) for key, part in inside])


def _is_same(kept: Any, value: Value, package: str) -> bool:
    """Whether a value is what it was."""
    if kept is value:
        return True
    if isinstance(kept, _Copy):
        return isinstance(value, np.ndarray) and _are_same_bits(kept.entries, value)
    if isinstance(kept, _Structure):
        inside = contents(value, package) if type(value) is kept.kind else None
        return (
            inside is not None
            and [key for key, _ in inside] == [key for key, _ in kept.parts]
            and all(
                _is_same(old, new, package)
                for (_, old), (_, new) in zip(kept.parts, inside, strict=True)
            )
        )
    if isinstance(kept, (float, complex)):
        return type(kept) is type(value) and repr(kept) == repr(value)
    return isinstance(kept, (int, str, bytes)) and type(kept) is type(value) and kept == value


def _are_same_bits(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind == "c":
        return _are_same_bits(one.real, other.real) and _are_same_bits(one.imag, other.imag)
    if one.dtype.kind == "f" and one.dtype.itemsize <= 8:  # NaN is equal to itself, 0 not to -0
        bits = f"u{one.dtype.itemsize}"
        return np.array_equal(one.view(bits), other.view(bits))
    return np.array_equal(one, other)
