"""The option that rewrites golden files, and long double for `np.linalg` and `scipy.special`."""

from __future__ import annotations

import difflib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import oracles_special
import pytest
from oracles_indexing import interp
from oracles_linear_algebra import LongLinalg
from scipy import special

from symdiff.frontends import numpy_calls

hypothesis.settings.register_profile("untimed", deadline=None)  # machines may be busy
hypothesis.settings.load_profile("untimed")

collect_ignore_glob = ["benchmarks/*"]
"""Benchmarks import other tools, which need not be there; `test_benchmarks.py` tries them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--update-golden`."""
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden/ anew from this code"
    )


class Forgetting:
    """Nothing that a test declares with `sd.op` or `sd.define` is known to the next one."""

    def pytest_runtest_teardown(self) -> None:
        """Forget what was declared, in tests and in the examples of docstrings."""
        declared = sys.modules.get("symdiff.own.declared")
        for name in list(declared.DECLARED) if declared else ():
            declared.forget(name)


def pytest_configure(config: pytest.Config) -> None:
    """Let the above see all tests, wherever they are."""
    config.pluginmanager.register(Forgetting())


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the file of that name in tests/golden/, or write it anew."""

    def compare(name: str, found: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(found, encoding="utf-8")
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = difflib.unified_diff(
            kept.splitlines(), found.splitlines(), f"golden/{name}", "found", lineterm=""
        )
        if found != kept:
            pytest.fail("\n".join([*lines, "pytest --update-golden accepts this"]))

    return compare


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window, which asks nobody for anything by itself."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs chromium")
    quiet = ("disable-gpu", "disable-background-networking", "disable-component-update",
             "disable-sync", "no-first-run", "no-sandbox")  # fmt: skip
    with api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=[f"--{each}" for each in quiet])
        yield found
        found.close()


@pytest.fixture(autouse=True, scope="session")
def long_double_in_linalg() -> Iterator[None]:
    """Let `np.linalg` and `np.interp` take long double, for fine differences."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (n for n in vars(LongLinalg) if not n.startswith("_")):
            chosen = by_precision(getattr(np.linalg, name), getattr(LongLinalg, name))
            patch.setattr(np.linalg, name, chosen)
        patch.setattr(np, "interp", by_precision(np.interp, interp))
        yield


@pytest.fixture(autouse=True, scope="session")
def long_double_in_special() -> Iterator[None]:
    """Let `scipy.special` take long double, by way of mpmath, for the same end."""
    with pytest.MonkeyPatch.context() as patch:
        for name, exact in oracles_special.OF_SCIPY.items():
            patch.setattr(special, name, by_precision(getattr(special, name), exact))
        yield


@pytest.fixture
def libraries_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what the two above put in the place of some functions."""
    for name, function in LINALG.items():
        monkeypatch.setattr(np.linalg, name, function)
    for name, ufunc in UFUNCS.items():
        monkeypatch.setattr(special, name, ufunc)
    monkeypatch.setattr(np, "interp", INTERP)
    for remembers in (numpy_calls.canonical, numpy_calls._numpy_signature):
        remembers.cache_clear()


LINALG = {name: f for name, f in vars(np.linalg).items() if not name.startswith("_")}
UFUNCS = {n: f for n, f in vars(special).items() if isinstance(f, np.ufunc) and n[0] != "_"}
INTERP = np.interp


def by_precision(usual: Callable[..., Any], long: Callable[..., Any]) -> Callable[..., Any]:
    """The one function, but for long double the other."""

    def choose(*arrays: Any, **options: Any) -> Any:
        return (long if np.result_type(*arrays).char in "gG" else usual)(*arrays, **options)

    return choose
