"""The option that rewrites golden files, and long double for the functions of `np.linalg`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from oracles_linear_algebra import LongLinalg


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--update-golden`."""
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden/ anew from this code"
    )


@pytest.fixture(autouse=True, scope="session")
def long_double_in_linalg() -> Iterator[None]:
    """Let `np.linalg` take long double, so that derivatives can be compared with differences."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (n for n in vars(LongLinalg) if not n.startswith("_")):
            chosen = by_precision(getattr(np.linalg, name), getattr(LongLinalg, name))
            patch.setattr(np.linalg, name, chosen)
        yield


def by_precision(usual: Callable[..., Any], long: Callable[..., Any]) -> Callable[..., Any]:
    """The one function, but for long double the other."""

    def choose(*arrays: Any, **options: Any) -> Any:
        return (long if np.result_type(*arrays).char == "g" else usual)(*arrays, **options)

    return choose
