"""The text of runtime functions, which generated modules carry as it stands."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import cache


@cache
def source_of(function: Callable[..., object]) -> str:
    """The text of a function of a module, which ends where its indentation ends.

    `inspect.getsource` reads the same text token by token, which takes longer than all else that
    generating a short function does.
    """
    code = function.__code__
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    end = next((k for k, line in enumerate(lines) if k and line[0] not in " \n)"), len(lines))
    return "".join(lines[:end]).rstrip()
