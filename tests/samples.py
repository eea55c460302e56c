"""The sample formulas that ops and composite functions declare, as the tests read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Protocol, TypeVar

import pytest

from symdiff.node import Node
from symdiff.ops.leaves import variable
from symdiff.registry import COMPOSITES, OPS, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    **{name: op.samples for name, op in OPS.items()},
    **{f"{name} (composite)": each.samples for name, each in COMPOSITES.items()},
}
"""By the name of what declares them."""


class HasSample(Protocol):
    """What is made of a sample."""

    @property
    def sample(self) -> Sample:
        """The sample."""


CaseType = TypeVar("CaseType", bound=HasSample)
Test = Callable[[str], None]


def parametrized(names: Iterable[str]) -> pytest.MarkDecorator:
    """A test for each op, if it has samples.

    By its scope, all those of a file with the same op run in a row, and so in one process, which
    derives once what they share.
    """
    return pytest.mark.parametrize("name", [n for n in names if SAMPLES[n]], scope="module")


each_op = parametrized(SAMPLES)


def for_every_op(
    cases: Callable[[str], Iterable[CaseType]], names: Iterable[str]
) -> Callable[[Callable[[CaseType], None]], Test]:
    """Make a check of one case a test of an op, which checks all its cases, naming one that fails.

    A test for each sample would cost more than most checks do.
    """

    def decorate(check: Callable[[CaseType], None]) -> Test:
        def test(name: str) -> None:
            for each in cases(name):
                with about(each.sample):
                    check(each)

        update_wrapper(test, check)
        del test.__wrapped__  # whose arguments pytest would look for
        return parametrized(names)(test)

    return decorate


@contextmanager
def about(sample: Sample) -> Iterator[None]:
    """Name the sample in any failure within."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the sample {sample.formula}")
        raise


def declared(sample: Sample) -> dict[str, Node]:
    """The variables of a sample, used or not, as `parse` takes them."""
    kinds = sample.kinds
    return {
        name: variable(name, shape, kinds.get(name, "float"))
        for name, shape in sample.shapes.items()
    }
