"""An order of statements in which repetition shows: what repeats is computed at like moments."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.codegen.program import Step


def deepest_first(steps: Sequence[Step], results: Sequence[Step]) -> list[Step]:
    """The same statements, where of the arguments of each the one that takes longest comes first.

    Others then come right before they are needed. How long one takes is counted anew for each
    result, by what is still to be done for it.
    """
    return _Ordering(steps).of(results)


class _Ordering:
    """Works with the places of steps, which are faster to look up than steps.

    args    the places of the arguments of each step, without leaves
    depths  how many steps are still to be done for one, on the longest way; 0 when it is done
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._places = {step: place for place, step in enumerate(steps)}
        places = self._places
        self._args = [[places[a] for a in step.args if a in places] for step in steps]
        self._depths = [0] * len(steps)
        self._done = bytearray(len(steps))

    def of(self, results: Sequence[Step]) -> list[Step]:
        """The steps in order."""
        order: list[int] = []
        for result in results:
            if result in self._places:
                self._measure(self._places[result])
                self._compute(self._places[result], order)
        return [self._steps[place] for place in order]

    def _measure(self, result: int) -> None:
        """Count how long all takes that is still to be done for a result."""
        args, depths, done = self._args, self._depths, self._done
        found: set[int] = set()
        waiting = [result]
        while waiting:
            place = waiting.pop()
            if not done[place] and place not in found:
                found.add(place)
                waiting += args[place]
        for place in sorted(found):
            depth = 0
            for arg in args[place]:
                if depths[arg] > depth:
                    depth = depths[arg]
            depths[place] = depth + 1

    def _compute(self, result: int, order: list[int]) -> None:
        args, depths, done = self._args, self._depths, self._done
        waiting = [result]
        while waiting:
            place = waiting[-1]
            undone = [] if done[place] else [arg for arg in args[place] if not done[arg]]
            if undone:
                waiting += undone if len(undone) == 1 else self._last_first(undone, place)
                continue
            waiting.pop()
            if not done[place]:
                done[place], depths[place] = 1, 0
                order.append(place)

    def _last_first(self, args: list[int], place: int) -> list[int]:
        """Arguments of a step in the order opposite to that in which they are computed.

        A sum that goes on comes before what is added to it, so that both grow together.
        """
        op, steps, depths = self._steps[place].node.op, self._steps, self._depths
        if op.commutative:
            goes_on = [steps[arg].node.op is op for arg in args]
            if goes_on[0] != goes_on[-1]:
                return args[::-1] if goes_on[0] else args
        if len(args) == 2 and depths[args[0]] != depths[args[1]]:
            return args if depths[args[0]] < depths[args[1]] else args[::-1]
        return sorted(args, key=lambda arg: (depths[arg], _look(steps[arg])))


def _look(step: Step, levels: int = 3) -> str:
    """What a step computes, seen from near: the same in each round of a repetition."""
    if not levels or not step.args:
        return step.node.op.name
    parts = [_look(arg, levels - 1) for arg in step.args]
    if step.node.op.commutative:
        parts.sort()
    return f"{step.node.op.name} {step.node.attrs} ({', '.join(parts)})"
