"""The function written by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from workloads import Task


def prepared(task: Task) -> Callable[[], Any]:
    """The function with its inputs."""
    return partial(task.workload.by_hand, *task.arrays, **task.keywords)
