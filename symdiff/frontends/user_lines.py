"""Where in the user's code an error came up, written into its message."""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from traceback import walk_tb
from types import CodeType, TracebackType

from symdiff.array_methods import as_arrays
from symdiff.errors import RAISED, ArgumentError, SymdiffError


def add_line(error: SymdiffError, traceback: TracebackType | None) -> None:
    """Add the file, the line and its text: the innermost of a traceback that is no library's."""
    found = None
    for frame, line in walk_tb(traceback):
        code = frame.f_code
        if is_users(code):
            found = code.co_filename, line, code.co_name
    if found is None:
        return
    file, line, function = found
    place = f"\n  {file}:{line}, in {function}"
    source = linecache.getline(file, line).strip()
    if place not in str(error):
        error.args = (str(error) + place + (f"\n    {source}" if source else ""), *error.args[1:])


@contextmanager
def catching(name: str, allowed: Callable[[SymdiffError], bool]) -> Iterator[None]:
    """Raise an error that a function of the user's has caught, unless it is `allowed`.

    On arrays there would have been none, and the function would have gone another way.
    """
    raised: list[SymdiffError] = []
    token = RAISED.set(raised)
    try:
        yield
    finally:
        RAISED.reset(token)
    for error in raised:
        traceback = error.__traceback__  # which begins where it was caught
        if traceback is not None and is_users(traceback.tb_frame.f_code) and not allowed(error):
            note = f"; `{name}` catches this error, which it would not meet with numbers"
            error.args = (f"{error}{note}", *error.args[1:])
            raise error


def is_users(code: CodeType) -> bool:
    """Whether code is no library's: not symdiff's, nor of what it calls, nor Python's own."""
    file = code.co_filename
    return not file.startswith(libraries()) and (
        not file.startswith((_PYTHON, "<frozen ")) or file.startswith(_INSTALLED)
    )


@contextmanager
def running(name: str) -> Iterator[None]:
    """Run a function of the user's on expressions: our errors get its line, NumPy's become ours.

    What it writes as `a == b` compares entries.
    """
    try:
        with as_arrays():
            yield
    except SymdiffError as error:
        add_line(error, error.__traceback__)
        raise
    except (TypeError, ValueError) as error:  # NumPy may put an error of its own before ours
        refused = error.__cause__
        if not isinstance(refused, SymdiffError):
            if isinstance(error, ValueError):
                raise
            refused = ArgumentError(
                f"`{name}` does not run on expressions: {error}; `from symdiff import numpy as np` "
                "has functions for named sizes and for lists of expressions"
            )
        add_line(refused, error.__traceback__)
        raise refused from error


_PYTHON = os.path.dirname(os.__file__) + os.sep
_INSTALLED = tuple(f"{_PYTHON}{name}-packages" for name in ("site", "dist"))
_WITHOUT_FILES = ("<__array_function__", "numpy/", "scipy/")


@cache
def libraries() -> tuple[str, ...]:
    """The folders of symdiff and of what it calls, and what Python calls frames without a file.

    Compiled modules tell the paths of their sources as they were, such as `numpy/random/….pyx`.
    """
    specs = (find_spec(name) for name in ("symdiff", "numpy", "scipy"))
    origins = (spec.origin for spec in specs if spec is not None and spec.origin is not None)
    return (*(str(Path(origin).parent) + os.sep for origin in origins), *_WITHOUT_FILES)
