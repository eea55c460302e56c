"""Compiled functions, and how errors reach their callers."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from symdiff import runtime
from symdiff.errors import InputError


class Compiled:
    """A function compiled from expressions. Call it with arrays, by position or by name.

    source   the text of the module that runs
    inputs   the names of the arguments, in order; sizes that no array tells are keywords
    """

    def __init__(
        self,
        function: Callable[..., Any],
        source: str,
        inputs: tuple[str, ...],
        as_tuple: bool = False,
    ) -> None:
        self._function = function
        self._as_tuple = as_tuple
        self.source = source
        self.inputs = inputs
        self.__doc__ = function.__doc__

    def __call__(self, *args: object, **named: object) -> Any:
        """Compute. Raises InputError for arguments that are missing, unknown or do not fit."""
        try:
            result = self._function(*args, **named)
        except IndexError as error:
            raise InputError(f"{error}, in `{self._line(error)}`") from error
        except ValueError as error:
            raise InputError(str(error)) from error
        except TypeError as error:
            raise InputError(f"{error}; the inputs are: {', '.join(self.inputs)}") from error
        return (result,) if self._as_tuple else result

    def _line(self, error: Exception) -> str:
        """The innermost line in which an error arose, helpers aside, without its comment."""
        own = self._function.__code__.co_filename
        numbers = [
            number
            for frame, number in traceback.walk_tb(error.__traceback__)
            if frame.f_code.co_filename == own
            and not hasattr(runtime, frame.f_code.co_qualname.partition(".")[0])
        ]
        return self.source.splitlines()[numbers[-1] - 1].partition("  #")[0].strip()

    def __repr__(self) -> str:
        return f"<compiled function of {', '.join(self.inputs) or 'nothing'}>"
