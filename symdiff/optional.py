"""Modules that generated code may use beside NumPy, imported only when they are first needed."""

from __future__ import annotations

import importlib
from typing import Any

from symdiff.errors import MissingDependencyError


class OptionalModule:
    """Stands for a module of an optional dependency, and imports it at the first use.

    home   the package that it comes from
    name   what NumPy templates and helpers call it, such as `special` in `special.erf(x)`
    title  what people call the package
    extra  the extra of symdiff that installs it
    """

    def __init__(self, home: str, name: str, title: str, extra: str) -> None:
        self._home, self._name, self._extra = home, name, extra
        self.title = title

    @property
    def statement(self) -> str:
        """The line by which generated code imports the module."""
        return f"from {self._home} import {self._name}"

    def load(self) -> Any:
        """Import the module. Raises MissingDependencyError, which names the extra."""
        try:
            return importlib.import_module(f"{self._home}.{self._name}")
        except ModuleNotFoundError as error:
            raise MissingDependencyError(
                f"this needs {self.title}, which is not installed: "
                f"pip install 'symdiff[{self._extra}]'"
            ) from error

    def __getattr__(self, function: str) -> Any:
        if function.startswith("__"):
            raise AttributeError(function)
        return getattr(self.load(), function)
