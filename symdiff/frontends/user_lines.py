"""Where in the user's code an error came up, written into its message."""

from __future__ import annotations

import linecache
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from traceback import walk_tb
from types import CodeType, TracebackType

from symdiff.errors import SymdiffError


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


def is_users(code: CodeType) -> bool:
    """Whether code is no library's."""
    return not code.co_filename.startswith(_libraries())


_WITHOUT_FILES = ("<__array_function__", "numpy/", "scipy/")


@cache
def _libraries() -> tuple[str, ...]:
    """The folders of symdiff and of what it calls, and what Python calls frames without a file.

    Compiled modules tell the paths of their sources as they were, such as `numpy/random/….pyx`.
    """
    specs = (find_spec(name) for name in ("symdiff", "numpy", "scipy"))
    origins = (spec.origin for spec in specs if spec is not None and spec.origin is not None)
    return (*(str(Path(origin).parent) + os.sep for origin in origins), *_WITHOUT_FILES)
