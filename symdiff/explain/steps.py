"""The steps of a derivation as data."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from symdiff.derive.backprop import Contribution
from symdiff.explain.edges import Edge
from symdiff.explain.verdict import StepCheck
from symdiff.node import Node
from symdiff.rewrite.engine import Step
from symdiff.show.values import Array


class ForwardStep(NamedTuple):
    """A node of the forward pass; `value` is None unless a point was given."""

    name: str
    node: Node
    value: Array | None


class BackwardStep(NamedTuple):
    """An edge of the backward pass, how it is written, and what its check found."""

    number: int
    contribution: Contribution
    edge: Edge
    check: StepCheck | None


class RuleStep(NamedTuple):
    """A rule that was applied before (`preparing`) or after the pass, and what its check found."""

    step: Step
    preparing: bool
    check: StepCheck | None


AnyStep: TypeAlias = "ForwardStep | BackwardStep | RuleStep"
