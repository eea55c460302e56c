"""What programs cost: statements, operations, bytes moved, and the peak of the bytes alive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symdiff.codegen.program import Program, Statement, Step, all_steps, gives, reads
from symdiff.codegen.timeline import BYTES, Timeline, costs_nothing
from symdiff.dims import Size, nominal_entries, product, terms
from symdiff.memory import Moment, peak_along
from symdiff.polynomial import Largest, Monomial, Polynomial, Terms, total


@dataclass(frozen=True, slots=True)
class Measures:
    """What running a program once costs, for all sizes, with floats of 8 bytes.

    statements  how many steps do work: variables, constants and views do none
    operations  how many additions, products, comparisons and functions of one entry
    moved       the bytes that statements read and write; of blocks, those that enter and leave
    peak        the most bytes alive at once, results among them, but not inputs

    What has a name in the code is alive to the end of the function unless the program frees it.
    The buffers of blocks stay in the cache, and are not counted.
    """

    statements: int
    operations: Polynomial
    moved: Polynomial
    peak: Largest


def measure(program: Program) -> Measures:
    """Measure a program.

    >>> import symdiff as sd
    >>> from symdiff.codegen.passes import laid_out
    >>> e = sd.parse("exp(x) + 1", x="n")
    >>> measure(laid_out([e], [e], [])).moved
    Polynomial(terms=(((n,), 32),))
    """
    work = [step for step in all_steps(program) if not step.is_leaf and not step.is_view]
    moved: Counter[Size] = Counter()
    for statement in program.statements:
        for step in _touched(statement):
            moved[product(step.shape)] += BYTES[step.node.dtype]
    return Measures(
        len(work),
        total(Counter(step.node.op.operations(step.node) for step in work), program.sizes),
        total(moved, program.sizes),
        _peak(program),
    )


def _touched(statement: Statement) -> Iterator[Step]:
    """What a statement reads and writes; of a view that stretches, what is stretched."""
    if isinstance(statement, Step) and costs_nothing(statement):
        return
    for step in dict.fromkeys([*reads(statement), *gives(statement)]):
        if not step.number:
            yield min(_shown(step), key=lambda shown: nominal_entries(shown.shape))


def _shown(step: Step) -> Iterator[Step]:
    yield step
    while step.is_view:
        step = step.args[0]
        yield step


def _peak(program: Program) -> Largest:
    timeline = Timeline(program)
    owner = _owners(program, timeline)
    sizes = [_bytes([step]) for step in timeline.values]
    moments = [
        Moment(
            [owner[value] for value in read] + [owner[value] for value in made],
            [(value, sizes[value]) for value in made if owner[value] == value],
            _bytes(inside),
        )
        for read, made, inside in zip(timeline.reads, timeline.gives, timeline.inside, strict=True)
    ]
    stays = (v for v in timeline.named if timeline.values[v] not in program.freed)
    kept = {owner[value] for value in (*timeline.results, *stays)}
    return peak_along(moments, kept).largest(program.sizes)


def _owners(program: Program, timeline: Timeline) -> list[int]:
    """For each value the one whose memory it has: its own, but for what is written over another."""
    numbers = {step: value for value, step in enumerate(timeline.values)}
    owner = list(range(len(timeline.values)))
    for value, step in enumerate(timeline.values):
        if step in program.buffers:
            owner[value] = owner[numbers[program.buffers[step]]]
    return owner


def _bytes(steps: Iterable[Step]) -> Terms:
    counts: Counter[Monomial] = Counter()
    for step in steps:
        for factors, count in terms(product(step.shape)).items():
            counts[factors] += BYTES[step.node.dtype] * count
    return counts
