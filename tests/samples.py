"""The sample formulas that ops and composite functions declare, as the tests read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from symdiff.node import Node
from symdiff.ops.leaves import variable
from symdiff.registry import COMPOSITES, OPS, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    **{name: op.samples for name, op in OPS.items()},
    **{f"{name} (composite)": each.samples for name, each in COMPOSITES.items()},
}
"""By the name of what declares them."""


def declared(sample: Sample) -> dict[str, Node]:
    """The variables of a sample, used or not, as `parse` takes them."""
    kinds = sample.kinds
    return {
        name: variable(name, shape, kinds.get(name, "float"))
        for name, shape in sample.shapes.items()
    }


@contextmanager
def about(sample: Sample) -> Iterator[None]:
    """Name the sample in any failure within."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the sample {sample.formula}")
        raise
