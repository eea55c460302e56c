"""The errors that users see. Each names what they wrote, what was expected, and what would work."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from symdiff.dims import Size
    from symdiff.node import Node


class SymdiffError(Exception):
    """Base class of every error that symdiff raises on purpose.

    `position` is the index in a formula's text at which its reading failed; None for other errors.
    """

    position: int | None = None

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        raised = RAISED.get()
        if raised is not None:
            raised.append(self)


RAISED: ContextVar[list[SymdiffError] | None] = ContextVar("raised", default=None)
"""All errors since a function of the user's runs on expressions, as it may catch some."""


class ShapeError(SymdiffError, ValueError):
    """Shapes that do not fit together.

    `clash` holds the two sizes that should have been equal, when there are two such sizes.
    """

    def __init__(self, message: str, clash: tuple[Size, Size] | None = None) -> None:
        super().__init__(message)
        self.clash = clash


class ArgumentError(SymdiffError, TypeError):
    """An argument of the wrong type or value: a bad name, axis, dtype or option.

    `asked` is the expression whose value Python asked for, where that is what is wrong.
    """

    asked: Node | None = None


class ParseError(SymdiffError, ValueError):
    """Text that the grammar does not accept. The message shows the text with a caret."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class DerivativeError(SymdiffError, ValueError):
    """A derivative that does not exist or that was asked of the wrong thing."""


class StructureError(SymdiffError, ValueError):
    """Something that the structure of a linear map does not allow, such as solving."""


class ExplanationError(SymdiffError, AssertionError):
    """A step of a derivation that does not agree with its check: an error of symdiff itself."""


class MissingDependencyError(SymdiffError, ImportError):
    """An optional dependency that an op needs when it is computed, and that is not installed."""


class FileError(SymdiffError, ValueError):
    """A file that symdiff did not write, or that was changed. The message names the place."""


class InputError(SymdiffError, ValueError):
    """Values given for variables that do not fit the formula."""


def describe(node: Node) -> str:
    """Name a node in a message: its expression, abridged, with its shape."""
    return f"{quote(node)} of shape {shape_text(node.shape)}"


def quote(node: Node) -> str:
    """Write a node's expression, abridged to what a message can hold, in backquotes."""
    from symdiff.show.text import text  # only when an error is being written

    return f"`{text(node, width=60)}`"


def refuse_value(node: Node, why: str) -> NoReturn:
    """Say that an expression has no value that Python could go by."""
    error = ArgumentError(why)
    error.asked = node
    raise error


def refuse_complex(name: str, node: Node) -> NoReturn:
    """Say that an op is not defined for complex numbers, and what takes their real parts."""
    raise ArgumentError(
        f"`{name}` is not defined for complex numbers such as {quote(node)}; "
        "take sd.real, sd.imag, sd.abs or sd.angle of it first"
    )


def shape_text(shape: tuple[Size, ...]) -> str:
    """Write a shape as Python does.

    >>> shape_text((3,)), shape_text(())
    ('(3,)', '()')
    """
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
