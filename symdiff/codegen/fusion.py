"""Fusion: what works on each row alone is computed for a block of rows at a time.

Values within a block never leave the cache. Steps join a block where their op says what becomes of
rows (`Op.rows`): each row by itself, or all folded by a ufunc such as `np.add`, in which case the
results of the blocks are combined. What needs a fold, or rows that are mixed, comes after the
block, and may be in a later one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from symdiff.codegen.program import Blocks, Program, Statement, Step, gives, reads
from symdiff.dims import Size, nominal_entries
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import INEXACT
from symdiff.ops.several import PART, WHOLE
from symdiff.registry import Fold

_MOST_SIZES = 4
"""Along so many sizes blocks are made: those along which most entries are computed."""

_LEAST_STEPS = 2
"""A block of fewer steps has nothing to keep in the cache."""


def fused(program: Program) -> Program:
    """The same program with blocks, along each of the sizes that most work is done along."""
    program = _with_own_views(program)
    weights: Counter[Size] = Counter()
    for statement in program.statements:
        if isinstance(statement, Step) and statement.node.op.elementwise and statement.node.ndim:
            weights[statement.shape[0]] += int(nominal_entries(statement.shape))
    statements = program.statements
    for size, _ in weights.most_common(_MOST_SIZES):
        if size != 1:
            statements = _Fusion(statements, program.results, size).run()
    return replace(program, statements=statements)


def has_blocks(program: Program) -> bool:
    """True if something is computed in blocks."""
    return any(isinstance(statement, Blocks) for statement in program.statements)


def _with_own_views(program: Program) -> Program:
    """The same program, in which each step that takes a view has it to itself.

    Views cost nothing, and each user's own can be taken where the user is, within a block or not.
    """
    statements: list[Statement] = []

    def own(step: Step) -> Step:
        chain = []
        while step.is_view:
            chain.append(step)
            step = step.args[0]
        for view in reversed(chain):
            step = Step(view.node, (step, *view.args[1:]))
            statements.append(step)
        return step

    for statement in program.statements:
        if isinstance(statement, Step) and not statement.is_view:
            statement.args = tuple([own(arg) for arg in statement.args])
            statements.append(statement)
        elif not isinstance(statement, Step):
            statements.append(statement)
    results = [own(step) for step in program.results]
    return replace(program, statements=statements, results=results)


class _Fusion:
    """Fuses steps along one size.

    A level is a block, and what comes before it. `level` has that of each step; `axes` the axis of
    rows of what is computed in blocks, and `folds` what folds rows there; `outside` the axis of
    rows of what the block of a level takes from outside, None for what it takes whole.
    """

    def __init__(
        self, statements: Iterable[Statement], results: Iterable[Step], size: Size
    ) -> None:
        self._statements = statements
        self._results = set(results)
        self._size = size
        self._level: dict[Step, int] = {}
        self._axes: dict[Step, int] = {}
        self._folds: dict[Step, Fold] = {}
        self._outside: dict[int, dict[Step, int | None]] = defaultdict(dict)

    def run(self) -> list[Statement]:
        """The statements, with blocks among them."""
        before: dict[int, list[Statement]] = defaultdict(list)
        inside: dict[int, list[Step]] = defaultdict(list)
        views: list[Step] = []
        for statement in self._statements:
            if isinstance(statement, Step) and statement.is_view:
                views.append(statement)
                continue
            within = self._join_with_views(statement, views)
            for step in within:
                inside[self._level[step]].append(step)
            for each in (*views, statement):
                if each not in within:
                    before[self._stays(each)].append(each)
            views.clear()
        for each in views:
            before[self._stays(each)].append(each)
        needed = self._needed_elsewhere(before, inside)
        ordered: list[Statement] = []
        for level in range(max([*before, *inside], default=-1) + 1):
            ordered += before[level]
            for steps in self._connected(inside[level]):
                if _is_worthwhile(steps):
                    ordered.append(self._blocks(steps, needed))
                else:
                    ordered += steps
        return ordered

    # Who joins -----------------------------------------------------------------------------------

    def _join_with_views(self, statement: Statement, views: list[Step]) -> list[Step]:
        """Put a step into a block, if it may join, with those of its views that are taken there."""
        if not isinstance(statement, Step):
            return []
        for view in views:
            if not self._joins(view):
                self._stays(view)
        within = [statement] if self._joins(statement) else []
        taken = set(statement.args) if within else set()
        for view in reversed(views):
            joined = view in taken and view in self._axes
            if joined and self._level[view] == self._level[statement]:
                within.insert(0, view)
                taken.update(view.args)
            else:
                self._axes.pop(view, None)
        return within

    def _stays(self, statement: Statement) -> int:
        """The level of a statement that is in no block: after all blocks whose values it needs."""
        after = (
            self._level[arg] + (arg in self._axes or arg in self._folds) for arg in reads(statement)
        )
        level = max(after, default=0)
        for step in gives(statement):
            self._level[step] = level
        return level

    def _joins(self, step: Step) -> bool:
        """Put a step into a block, if its op says what becomes of rows and that pays."""
        if not _may_join(step):
            return False
        level = max(self._level[arg] + (arg in self._folds) for arg in step.args)
        rows = {a: self._axes[a] for a in step.args if a in self._axes and self._level[a] == level}
        if step.is_view and not rows:
            return False
        axes = self._axes_of_arguments(step, rows)
        found = {**self._outside[level], **rows}
        if all(axis is None for axis in axes) or any(
            found.get(arg, axis) != axis for arg, axis in zip(step.args, axes, strict=True)
        ):
            return False
        flow = step.node.op.rows(step.node, tuple(axes))
        if isinstance(flow, Fold):
            self._folds[step] = flow
        elif flow == 0 or (flow is not None and step.is_view):
            self._axes[step] = flow
        else:
            return False
        self._level[step] = level
        pairs = zip(step.args, axes, strict=True)
        self._outside[level].update((arg, axis) for arg, axis in pairs if arg not in rows)
        return True

    def _axes_of_arguments(self, step: Step, rows: dict[Step, int]) -> list[int | None]:
        """The axis of rows of each argument, None for what is taken whole."""
        if not step.node.op.elementwise:
            return [rows[arg] if arg in rows else self._first_axis(arg) for arg in step.args]
        stretched = (axis + step.node.ndim - arg.node.ndim for arg, axis in rows.items())
        result = next(stretched, self._first_axis(step))
        if result is None:
            return [None] * len(step.args)
        places = [result - step.node.ndim + arg.node.ndim for arg in step.args]
        return [
            place if place >= 0 and arg.shape[place] == self._size else None
            for place, arg in zip(places, step.args, strict=True)
        ]

    def _first_axis(self, step: Step) -> int | None:
        """Where rows of a value from outside lie: in front, but for views such as transposes."""
        axes = range(step.node.ndim if step.is_view else min(step.node.ndim, 1))
        return next((axis for axis in axes if step.shape[axis] == self._size), None)

    # What the blocks are -------------------------------------------------------------------------

    def _connected(self, steps: list[Step]) -> Iterable[list[Step]]:
        """The steps of one level in groups that share values with rows."""
        leader: dict[Step, Step] = {}

        def find(step: Step) -> Step:
            while leader.setdefault(step, step) is not step:
                leader[step] = step = leader[leader[step]]
            return step

        for step in steps:
            for arg in step.args:
                outside = self._outside[self._level[step]]
                has_rows = outside[arg] is not None if arg in outside else arg in self._axes
                if has_rows:
                    leader[find(arg)] = find(step)
        groups: dict[Step, list[Step]] = defaultdict(list)
        for step in steps:
            groups[find(step)].append(step)
        return groups.values()

    def _needed_elsewhere(
        self, before: dict[int, list[Statement]], inside: dict[int, list[Step]]
    ) -> set[Step]:
        """The values that are needed outside the block that computes them."""
        needed = set(self._results)
        for statements in before.values():
            needed.update(arg for statement in statements for arg in reads(statement))
        for level, steps in inside.items():
            needed.update(a for step in steps for a in step.args if self._level[a] != level)
        return needed

    def _blocks(self, steps: list[Step], needed: set[Step]) -> Blocks:
        level = self._level[steps[0]]
        own = set(steps)
        outside = {a for step in steps for a in step.args if a not in own}
        axes = {arg: axis for arg, axis in self._outside[level].items() if axis is not None}
        return Blocks(
            self._size,
            steps,
            {
                **{arg: axis for arg, axis in axes.items() if arg in outside},
                **{step: self._axes[step] for step in steps if step in self._axes},
            },
            tuple(step for step in steps if step in self._axes and step in needed),
            {step: self._folds[step] for step in steps if step in self._folds},
        )


def _may_join(step: Step) -> bool:
    """Arrays of floats and conditions; of contractions those that are bound by memory."""
    node = step.node
    if step.is_leaf or step.number or node.op in (WHOLE, PART):
        return False
    if node.op.rebuilt is not None:  # its attribute is for all rows
        return False
    if node.dtype not in INEXACT and not (node.dtype == "bool" and node.op.elementwise):
        return False
    if node.op is CONTRACT:
        return len({index for indices in node.attrs.inputs for index in indices}) <= 2
    return True


def _is_worthwhile(steps: list[Step]) -> bool:
    return sum(not step.is_view for step in steps) >= _LEAST_STEPS
