"""Text files, read and written as a whole."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from symdiff.errors import ArgumentError, FileError


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of a file. Raises FileError for what is no text, OSError if it cannot be read."""
    with open(_path(path), encoding="utf-8") as file:
        try:
            return file.read()
        except UnicodeDecodeError as error:
            raise FileError(f"{os.fspath(path)} is not text: {error}") from None


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write a file beside the old one and put it in its place, so that no half is ever there.

    Links stay, as do permissions. What is no ordinary file, such as a pipe, is written as it is.
    """
    place = Path(os.path.realpath(_path(path)))
    if place.exists() and not (place.is_file() or place.is_dir()):
        place.write_text(text, encoding="utf-8", newline="\n")
        return
    if place.exists():
        with open(place, "a", encoding="utf-8"):
            pass  # refused here if nobody may write it
    beside = place.with_name(f".{place.name[:80]}.{secrets.token_hex(8)}")
    try:
        with open(beside, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if place.exists():
            shutil.copymode(place, beside)
        os.replace(beside, place)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise


def _path(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentError(f"a path is text or a pathlib.Path, not {path!r}")
    return path
