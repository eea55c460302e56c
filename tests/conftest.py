"""The option that rewrites golden files, and settings for random tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--update-golden`."""
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden/ anew from this code"
    )
