"""Mistakes inside an answer: one part of it is replaced by another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from symdiff.answers.correction import (
    Case,
    Correction,
    Corrections,
    built,
    is_function,
    partial,
    parts,
)
from symdiff.answers.terms import terms
from symdiff.errors import SymdiffError
from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, contract
from symdiff.ops.elementwise import multiply, sigmoid, tanh
from symdiff.rewrite.engine import rebuild, substitute
from symdiff.rewrite.simplify import simplify


def transposes(case: Case) -> Corrections:
    """The transpose of one square factor of one product, or of a square variable throughout."""
    for node, place, arg in _square_arguments(case.mine):
        args = (*node.args[:place], arg.T, *node.args[place + 1 :])
        yield from _replaced(case, "transpose", node, built(rebuild, node, args))
    for part in parts(case.mine):
        if not part.args and _is_square(part):
            yield from _replaced(case, "transpose", part, part.T)


def symmetries(case: Case) -> Corrections:
    """The part of a matrix that is not symmetric, and the transposes of all matrices at once."""
    square = [part for part in parts(case.mine) if not part.args and _is_square(part)]
    for part in square:
        other = substitute(case.mine, {part: part.T})
        sentence = f"right only if {case.quoted(part)} is symmetric"
        yield Correction("transpose", (case.mine + other) / 2, sentence)
    if len(square) > 1:
        names = ", ".join(map(case.quoted, square))
        corrected = substitute(case.mine, {part: part.T for part in square})
        yield Correction("transpose", corrected, f"the transposes of {names} are missing")


def orders(case: Case) -> Corrections:
    """A product of two matrices in the other order."""
    for node in parts(case.mine):
        if node.op is CONTRACT and [arg.ndim for arg in node.args] == [2, 2]:
            spec, args = node.attrs, node.args[::-1]
            swapped = built(contract, args, spec.inputs, spec.output)
            yield from _replaced(case, "order", node, swapped)


def activations(case: Case) -> Corrections:
    """The derivative of another function, or that of the right one in the wrong place."""
    for unit in parts(case.mine, case.theirs):
        right = partial(unit) if unit.op.name in _DERIVATIVES else None
        if right is None:
            continue
        belongs = f"{case.quoted(unit)} is a {unit.op.name} unit, with {case.quoted(right)}"
        for claimed, words in _confused(unit, case.quoted):
            ratio = simplify(right / claimed)
            for part in parts(case.mine):
                changed = built(multiply, part, ratio)
                if changed is not None and changed.shape == part.shape:
                    corrected = substitute(case.mine, {part: changed})
                    sentence = f"the derivative: {words}, but {belongs}"
                    yield Correction("activation", corrected, sentence)
        for part in parts(case.mine):
            if part.op.name in _STEPS and part.shape == right.shape:
                corrected = substitute(case.mine, {part: right})
                sentence = f"the derivative: {case.quoted(part)} is that of relu, but {belongs}"
                yield Correction("activation", corrected, sentence)


def chain_steps(case: Case) -> Corrections:
    """A function of one argument whose derivative was left out, or entered twice."""
    for node in parts(case.theirs, case.mine):
        if not is_function(node):
            continue
        for part in parts(case.mine):
            if part.shape != node.shape:
                continue
            through = _through(node, part)
            if through is not None and through.shape == part.shape:
                corrected = substitute(case.mine, {part: through})
                yield Correction(
                    "chain rule", corrected, _chain_sentence(case, node, part, through)
                )


def other_parts(case: Case) -> Corrections:
    """A part of the right answer that belongs where another part stands."""
    rights = [part for part in parts(case.theirs) if part is not case.theirs]
    for part in parts(case.mine):
        for right in rights:
            if part is not case.mine and right is not part:
                yield from _replaced(case, "part", part, right)


def _through(node: Node, cotangent: Node) -> Node | None:
    try:
        sent = node.op.derivative.cotangent(node, 0, cotangent)
        return None if sent is None or sent is cotangent else simplify(sent)
    except SymdiffError:
        return None


def _chain_sentence(case: Case, node: Node, part: Node, through: Node) -> str:
    instead = f"{case.quoted(through)} belongs where {case.quoted(part)} stands"
    if node.op.name == "softmax" and node in terms(part):
        return (
            f"the Jacobian of softmax: {case.quoted(part)} is right for the cross-entropy; "
            f"for this loss {instead}"
        )
    return f"the chain rule: the derivative of {case.quoted(node)} is left out; {instead}"


def _replaced(case: Case, kind: str, part: Node, changed: Node | None) -> Corrections:
    if changed is None or changed is part or changed.shape != part.shape:
        return
    name = {"transpose": "a transpose", "order": "the order of a product", "part": "a part"}[kind]
    instead = f"{case.quoted(changed)} belongs where {case.quoted(part)} stands"
    yield Correction(kind, substitute(case.mine, {part: changed}), f"{name}: {instead}")


def _square_arguments(expression: Node) -> Iterator[tuple[Node, int, Node]]:
    for node in topological([expression]):
        for place, arg in enumerate(node.args):
            if _is_square(arg) and arg.dtype == "float":
                yield node, place, arg


def _is_square(node: Node) -> bool:
    return node.ndim == 2 and node.shape[0] == node.shape[1]


# Activations ------------------------------------------------------------------------------------

_DERIVATIVES: dict[str, Callable[[Node], Node] | None] = {
    "sigmoid": lambda h: h * (1 - h),
    "tanh": lambda h: 1 - h**2,
    "softplus": None,  # these are functions of the argument, not of the output
    "relu": None,
}
_OF_ARGUMENT: dict[str, Callable[[Node], Node]] = {
    "sigmoid": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "tanh": lambda z: 1 - tanh(z) ** 2,
    "softplus": sigmoid,
}
_STEPS = ("heaviside", "where")


def _confused(unit: Node, quoted: Callable[[Node], str]) -> Iterator[tuple[Node, str]]:
    """Derivatives that people write for that of a unit, and what they are."""
    (argument,) = unit.args
    for name, derivative in _DERIVATIVES.items():
        if derivative is not None and name != unit.op.name:
            claimed = derivative(unit)
            yield claimed, f"{quoted(claimed)} is that of {name}"
    for name, derivative in _OF_ARGUMENT.items():
        if name != unit.op.name:
            claimed = derivative(argument)
            yield claimed, f"{quoted(claimed)} is that of {name}"
    own = _DERIVATIVES[unit.op.name]
    if own is not None:
        yield own(argument), f"{quoted(own(argument))} takes the argument for the output"
    own = _OF_ARGUMENT.get(unit.op.name)
    if own is not None:
        yield own(unit), f"{quoted(own(unit))} takes the output for the argument"
