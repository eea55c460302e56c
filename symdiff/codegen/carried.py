"""What generated modules carry or import: runtime functions as they stand, optional modules."""

from __future__ import annotations

import builtins
import inspect
import linecache
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from symdiff import runtime
from symdiff.optional import OptionalModule


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


def optional_modules(text: str) -> list[OptionalModule]:
    """The optional modules that source text calls by the names that `runtime` gives them."""
    known = {key: m for key, m in vars(runtime).items() if isinstance(m, OptionalModule)}
    named = {key: module for key, module in known.items() if f"{key}." in text}
    return [module for key, module in named.items() if re.search(rf"\b{key}\.\w+\(", text)]


def helpers_of(body: str) -> list[Callable[..., object]]:
    """The runtime functions that the code calls, and those that they call, in their own order."""
    known = {key: value for key, value in vars(runtime).items() if inspect.isfunction(value)}
    wanted: dict[str, None] = {}
    texts = [body]
    while texts:
        for word in set(re.findall(r"\b_\w+", texts.pop())):
            if word in known and word not in wanted:
                wanted[word] = None
                texts.append(source_of(known[word]).partition("\n")[2])
    return [value for key, value in known.items() if key in wanted]


def run(text: str, own: str, more: Mapping[str, object]) -> dict[str, Any]:
    """Run a module, and return all its names.

    What it carries, so that it is in `text` but not in its `own`, is there already, and compiled;
    so are the values of `more`.
    """
    for module in optional_modules(text):
        module.load()
    carried = {key: each for key, each in vars(runtime).items() if inspect.isfunction(each)}
    namespace: dict[str, Any] = dict(carried)
    exec(builtins.compile(own, "<symdiff>", "exec"), namespace)
    namespace.update(more)
    return namespace
