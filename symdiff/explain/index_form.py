"""One step of the pass entry by entry: forward, backward, and the local derivative with δ.

Contractions have their indices already; of elementwise functions and of broadcasting, an entry of
the result comes from one entry of each argument. Other ops have no index form here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from symdiff.derive.backprop import Contribution, real_for
from symdiff.errors import SymdiffError
from symdiff.explain.entries import Labels, Scalars, entry, equated, free_letters, quotient
from symdiff.node import Node, intern
from symdiff.ops.contraction import CONTRACT, Indices, Spec
from symdiff.ops.leaves import CONSTANT, EYE, constant
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names

_LONGEST = 24
"""What has a longer name than this, such as an array of numbers, has no entries to write."""


class IndexForm(NamedTuple):
    """A step entry by entry.

    forward      `(u₁)ᵢ = Σⱼ Xᵢⱼ wⱼ`
    backward     `(∂L/∂w)ⱼ = Σᵢ (∂L/∂u₁)ᵢ Xᵢⱼ`
    local        `∂(u₁)ᵢ/∂wₖ = Xᵢₖ`
    local_value  its right side
    """

    forward: Math
    backward: Math
    local: Math
    local_value: Math


def index_form(step: Contribution, names: Names) -> IndexForm | None:
    """The index form of a step; None where there is none, or nothing has an index."""
    consumer = step.consumer
    if step.sent is None or step.cotangent.ndim != consumer.ndim:
        return None
    if not consumer.shape and not step.receiver.shape:
        return None
    if len(free_letters(consumer, names)) < consumer.ndim + step.receiver.ndim:
        return None
    named = (arg for arg in consumer.args if arg.op is not EYE and arg.shape)
    if any(len(names.of(arg).pretty) > _LONGEST for arg in named):
        return None
    if consumer.op is CONTRACT:
        return _Product(step, names).form()
    if consumer.op.elementwise or consumer.op in (BROADCAST_TO, EXPAND_DIMS):
        try:
            return _Entrywise(step, names).form()
        except SymdiffError:  # an op that is not defined on single entries
            return None
    return None


# Contractions -------------------------------------------------------------------------------------


class _Product:
    """A sum of products: its own specification tells all."""

    def __init__(self, step: Contribution, names: Names) -> None:
        self._step, self._names = step, names
        self._scalars = Scalars(names.of(n) for n in (step.consumer, *step.consumer.args))
        spec: Spec = step.consumer.attrs
        self._spec = spec
        letters = iter(free_letters(step.consumer, names))
        indices = dict.fromkeys(i for part in (spec.output, *spec.inputs) for i in part)
        self._letter = dict(zip(indices, letters, strict=False))
        self._fresh = list(letters)

    def form(self) -> IndexForm | None:
        """All three, if there are letters enough."""
        wanted = self._spec.inputs[self._step.place]
        if len(self._letter) < len({*self._spec.output, *sum(self._spec.inputs, ())}):
            return None
        if len(self._fresh) < len(wanted):
            return None
        return IndexForm(self._forward(), self._backward(), *self._local())

    def _labels(self, indices: Indices, letter: dict[int, str] | None = None) -> Labels:
        known = self._letter if letter is None else letter
        return tuple(known[i] for i in indices)

    def _factors(self, letter: dict[int, str], without: int | None = None) -> list[Node]:
        """The entries of the arguments, with some letters for the indices."""
        found: list[Node] = []
        for place, (arg, own) in enumerate(
            zip(self._step.consumer.args, self._spec.inputs, strict=True)
        ):
            if place != without:
                labels = self._labels(own, letter)
                found.append(
                    self._scalars.delta(*labels)
                    if arg.op is EYE
                    else self._scalars.entry(self._names.of(arg), labels, arg.dtype)
                )
        return found

    def _summed(self, indices: Iterable[int], fixed: Iterable[int]) -> list[str]:
        kept = set(fixed)
        return [self._letter[i] for i in dict.fromkeys(indices) if i not in kept]

    def _forward(self) -> Math:
        spec, consumer = self._spec, self._step.consumer
        over = self._summed((i for own in spec.inputs for i in own), spec.output)
        left = entry(self._names.of(consumer), self._labels(spec.output))
        body = self._scalars.product(self._factors(self._letter))
        return equated(left, self._scalars.sum(over, body))

    def _backward(self) -> Math:
        spec, place, names = self._spec, self._step.place, self._names
        wanted = spec.inputs[place]
        upstream = self._scalars.entry(
            names.cotangent(self._step.consumer),
            self._labels(spec.output),
            self._step.cotangent.dtype,
        )
        others = [own for k, own in enumerate(spec.inputs) if k != place]
        labels, deltas = self._distinct(wanted)
        factors = [*deltas, upstream, *self._factors(self._letter, without=place)]
        over = self._summed((i for own in (spec.output, *others) for i in own), wanted)
        left = entry(names.cotangent(self._step.receiver), labels)
        return equated(left, self._scalars.sum(over, self._scalars.product(factors)))

    def _distinct(self, wanted: Indices) -> tuple[Labels, list[Node]]:
        """A letter for each axis; where an index stands twice, δ of the two letters."""
        fresh = iter(self._fresh)
        labels: list[str] = []
        deltas: list[Node] = []
        for place, index in enumerate(wanted):
            letter = self._letter[index]
            if index in wanted[:place]:
                again = next(fresh)
                deltas.append(self._scalars.delta(letter, again))
                letter = again
            labels.append(letter)
        return tuple(labels), deltas

    def _local(self) -> tuple[Math, Math]:
        """By an entry with letters of its own: they replace those that are summed."""
        spec, place, names = self._spec, self._step.place, self._names
        wanted, fresh = spec.inputs[place], iter(self._fresh)
        renamed = dict(self._letter)
        labels: list[str] = []
        deltas: list[Node] = []
        for axis, index in enumerate(wanted):
            letter = next(fresh)
            labels.append(letter)
            if index in spec.output or index in wanted[:axis]:
                deltas.append(self._scalars.delta(renamed[index], letter))
            else:
                renamed[index] = letter
        others = [own for k, own in enumerate(spec.inputs) if k != place]
        left = self._summed((i for own in others for i in own), (*spec.output, *wanted))
        above = entry(names.of(self._step.consumer), self._labels(spec.output))
        below = entry(names.of(self._step.receiver), tuple(labels))
        body = self._scalars.product([*deltas, *self._factors(renamed, without=place)])
        value = self._scalars.sum(left, body)
        return equated(quotient(above, below), value), value


# Entry by entry -----------------------------------------------------------------------------------


class _Entrywise:
    """An elementwise function, or broadcasting: the same formula for numbers."""

    def __init__(self, step: Contribution, names: Names) -> None:
        self._step, self._names = step, names
        self._scalars = Scalars(names.of(n) for n in (step.consumer, *step.consumer.args))
        self._letters = iter(free_letters(step.consumer, names))
        consumer = step.consumer
        self._labels = tuple("1" if size == 1 else next(self._letters) for size in consumer.shape)
        self._args = [self._own(arg) for arg in consumer.args]
        self._entries = [
            arg if arg.op is CONSTANT and not arg.shape else self._entry(arg, labels)
            for arg, labels in zip(consumer.args, self._args, strict=True)
        ]
        self._value = (
            intern(consumer.op, tuple(self._entries), consumer.attrs)
            if consumer.op.elementwise
            else self._entries[0]
        )

    def _entry(self, arg: Node, labels: Labels) -> Node:
        return self._scalars.entry(self._names.of(arg), labels, arg.dtype)

    def _own(self, arg: Node) -> Labels:
        """The letters of an argument's axes; where it is stretched, it has one entry."""
        consumer = self._step.consumer
        if consumer.op is EXPAND_DIMS:
            places = (k for k in range(consumer.ndim) if k not in consumer.attrs)
            return tuple(self._labels[k] for k in places)
        missing = consumer.ndim - arg.ndim
        return tuple(
            "1" if size == 1 else self._labels[missing + axis]
            for axis, size in enumerate(arg.shape)
        )

    def form(self) -> IndexForm | None:
        """All three, if the rule has a formula for numbers."""
        consumer, names, place = self._step.consumer, self._names, self._step.place
        above = entry(names.of(consumer), self._labels)
        forward = equated(above, self._scalars.sum((), self._value))
        g = self._scalars.entry(names.cotangent(consumer), self._labels, self._step.cotangent.dtype)
        sent = self._pulled(g)
        if sent is None:
            return None
        own = self._args[place]
        over = [letter for letter in self._labels if letter not in own and letter != "1"]
        left = entry(names.cotangent(self._step.receiver), own)
        backward = equated(left, self._scalars.sum(over, self._scalars.product([sent])))
        return IndexForm(forward, backward, *self._local(above, own))

    def _pulled(self, g: Node) -> Node | None:
        """What an entry of the argument receives from one entry of the result."""
        consumer, place = self._step.consumer, self._step.place
        if not consumer.op.elementwise:
            return g
        value = self._value
        self._scalars.call(value, entry(self._names.of(consumer), self._labels))
        sent = consumer.op.derivative.cotangent(value, place, g)
        return None if sent is None else real_for(self._entries[place], sent)

    def _simplified(self, factor: Node) -> Node:
        value = self._scalars.entry(
            self._names.of(self._step.consumer), self._labels, self._value.dtype
        )
        return simplify(replaced([factor], {self._value: value})[0])

    def _local(self, above: Name, own: Labels) -> tuple[Math, Math]:
        """By an entry with letters of its own, each with a δ."""
        fresh = [label if label == "1" else next(self._letters) for label in own]
        below = entry(self._names.of(self._step.receiver), tuple(fresh))
        deltas = [self._scalars.delta(a, b) for a, b in zip(own, fresh, strict=True) if a != "1"]
        one = constant(1)
        factor = self._pulled(one)
        assert factor is not None
        factor = self._simplified(factor)
        number = [] if factor.op is CONSTANT and factor.attrs.value == 1 and deltas else [factor]
        body = self._scalars.product([*deltas, *number])
        value = self._scalars.sum((), body)
        return equated(quotient(above, below), value), value
