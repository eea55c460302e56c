"""The program form: straight-line statements between a graph and what runs it.

A graph says what each value is; a program says when it is computed, and where. Passes
(`codegen.passes`) rearrange programs; printers such as `codegen.numpy_source` write them. Nothing
here knows which language is printed last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from symdiff.codegen.lowering import is_python_number
from symdiff.dims import Shape, Size
from symdiff.node import Node
from symdiff.registry import Fold, Requirement


@dataclass(eq=False, slots=True, repr=False)
class Step:
    """The computation of one value, which is the meaning of a node.

    node    the operation, with its attributes; what it says of shape and kind holds for the value
    args    the steps whose values it takes
    number  the value is a Python number, which adapts to the float type of arrays

    The same node may be computed by several steps, where that is cheaper than to remember.
    """

    node: Node
    args: tuple[Step, ...] = ()
    number: bool = False

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return self.node.shape

    @property
    def is_leaf(self) -> bool:
        """True for what needs no statement: variables, constants, sizes, arrays from nothing."""
        return not self.node.args

    @property
    def is_view(self) -> bool:
        """True if the value shows the memory of the first argument."""
        return bool(self.args) and self.node.op.view(self.node)


@dataclass(eq=False, slots=True, repr=False)
class Blocks:
    """Steps that are computed for some rows at a time, so that what they share stays in the cache.

    size     how many rows there are in all
    steps    what is computed in each block, in order
    axes     the axis along which the rows lie, of each value of or for the steps that has rows
    stored   the steps whose values are needed for all rows afterwards
    folds    the steps that fold the rows, with the ufunc that combines the results of blocks
    like     blocks of which these compute a part, with as many rows at a time, so that values are
             the same to the last bit
    """

    size: Size
    steps: list[Step]
    axes: dict[Step, int]
    stored: tuple[Step, ...]
    folds: dict[Step, Fold]
    like: Blocks | None = None

    def inputs(self) -> list[Step]:
        """The values from outside, each once."""
        own = set(self.steps)
        return list(dict.fromkeys(arg for s in self.steps for arg in s.args if arg not in own))

    def block_shape(self, step: Step) -> BlockShape:
        """The shape of a value within a block."""
        axis = self.axes.get(step)
        return tuple([None if k == axis else size for k, size in enumerate(step.shape)])


BlockShape: TypeAlias = "tuple[Size | None, ...]"
"""A shape in which None stands for the number of rows of a block."""

Statement: TypeAlias = "Step | Blocks"


@dataclass(slots=True)
class Program:
    """Straight-line code for some expressions.

    variables   the inputs, in the order of positional arguments
    sizes       the named sizes that the code mentions
    required    sizes that must not be too small
    statements  the statements, in order, and the leaves among them
    results     the outputs
    buffers     for a step, an earlier one whose memory it may write into
    placed      steps to compute where they stand, though only one later step takes their values;
                others of that kind are written inside the step that takes them
    freed       the steps whose memory is given back as soon as nothing needs it
    keeps       large arrays are computed in memory that is kept from call to call
    """

    variables: list[Node]
    sizes: tuple[str, ...]
    required: list[Requirement]
    statements: list[Statement]
    results: list[Step]
    buffers: dict[Step, Step] = field(default_factory=dict)
    placed: frozenset[Step] = frozenset()
    freed: frozenset[Step] = frozenset()
    keeps: bool = False


def steps_of(order: Iterable[Node]) -> dict[Node, Step]:
    """A step for each node of `order`, in which arguments come first."""
    steps: dict[Node, Step] = {}
    numbers: set[Node] = set()
    for node in order:
        number = is_python_number(node, numbers)
        if number:
            numbers.add(node)
        steps[node] = Step(node, tuple([steps[arg] for arg in node.args]), number)
    return steps


# Reading programs -------------------------------------------------------------------------------


def reads(statement: Statement) -> Sequence[Step]:
    """The values that a statement takes from outside."""
    return statement.args if isinstance(statement, Step) else statement.inputs()


def gives(statement: Statement) -> Iterator[Step]:
    """The values that a statement leaves."""
    if isinstance(statement, Step):
        yield statement
    else:
        yield from statement.stored
        yield from statement.folds


def all_steps(program: Program) -> Iterator[Step]:
    """Every step, also those within blocks."""
    for statement in program.statements:
        if isinstance(statement, Step):
            yield statement
        else:
            yield from statement.steps


def use_counts(program: Program) -> dict[Step, int]:
    """How often each value is used: once per argument place, and once as a result."""
    counts = dict.fromkeys(all_steps(program), 0)
    for step in counts:
        for arg in step.args:
            counts[arg] += 1
    for step in program.results:
        counts[step] += 1
    return counts


def copied(program: Program) -> Program:
    """The same program made of new steps."""
    new: dict[Step, Step] = {}
    for step in all_steps(program):
        new[step] = Step(step.node, tuple([new[arg] for arg in step.args]), step.number)
    return replace(
        program, statements=list(new.values()), results=[new[s] for s in program.results]
    )


def view_base(step: Step) -> Step:
    """The step whose memory the value shows: itself, unless it is a view."""
    while step.is_view:
        step = step.args[0]
    return step
