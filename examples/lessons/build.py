"""Write the lessons as web pages: one file for each lesson and language, and an index.

    python examples/lessons/build.py [--lang en|zh|both] [-o folder] [lesson …]

Every formula, number and picture is computed while this runs. The pages need no network.
Needs latex2mathml for the formulas: pip install symdiff[html]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `lessons`, and the other examples

from lessons.course import COURSE
from lessons.lesson import LANGUAGES, Lesson
from lessons.pages import file_name, index_page, lesson_page, walk_page


def build(course: Sequence[Lesson], languages: Sequence[str], folder: Path) -> None:
    """Write the pages, and say on a terminal how far it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        for lesson in course:
            for name, make in pages(lesson, course, languages, language):
                report(f"{name} …", "\r")
                start = time.perf_counter()
                page = make()
                (folder / name).write_text(page, encoding="utf-8")
                took = time.perf_counter() - start
                report(f"{name:52} {len(page) // 1000:4} kB {took:6.1f} s", "\n")
        index = file_name("index", language)
        (folder / index).write_text(index_page(course, languages, language), encoding="utf-8")
    print(f"begin with {folder / file_name('index', languages[0])}")


def pages(
    lesson: Lesson, course: Sequence[Lesson], languages: Sequence[str], language: str
) -> Iterator[tuple[str, Callable[[], str]]]:
    """The files of a lesson, each with what writes it."""
    own = file_name(lesson.key, language)
    yield own, partial(lesson_page, lesson, course, languages, language)
    for walk in lesson.walks:
        name = file_name(lesson.key, language, walk.key)
        yield name, partial(walk_page, walk, language)


def report(words: str, end: str) -> None:
    r"""Say something on a terminal; what comes after `\r` is written over it."""
    if end == "\n" or sys.stdout.isatty():
        print(f"{words:76}", end=end, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build what the command line asks for."""
    keys = [lesson.key for lesson in COURSE]
    parser = argparse.ArgumentParser(description="write the lessons as web pages")
    parser.add_argument("lessons", nargs="*", metavar="lesson", help=f"of {', '.join(keys)}")
    parser.add_argument("--lang", choices=[*LANGUAGES, "both"], default="both")
    parser.add_argument("-o", "--output", type=Path, default=Path("lessons"), metavar="folder")
    options = parser.parse_args(arguments)
    unknown = [key for key in options.lessons if key not in keys]
    if unknown:
        parser.error(f"there is no lesson {unknown[0]!r}; there are {', '.join(keys)}")
    wanted = [lesson for lesson in COURSE if not options.lessons or lesson.key in options.lessons]
    languages = LANGUAGES if options.lang == "both" else (options.lang,)
    build(wanted, languages, options.output)


if __name__ == "__main__":
    main()
