"""The facts of ops that stand for formulas, as declarations of ops give them: from the formula."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from symdiff.binding import requirements
from symdiff.dims import Shape, Size, named, product
from symdiff.errors import ArgumentError
from symdiff.names import latex_name
from symdiff.node import Node, topological
from symdiff.ops import rows
from symdiff.ops.batching import composed, elementwise
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.leaves import CONSTANT
from symdiff.own.definition import Definition
from symdiff.own.derivatives import back, partials_of
from symdiff.own.partials import declared_partials
from symdiff.own.signature import Signature
from symdiff.own.trial import check_partial
from symdiff.registry import Derivative, Op, Pullback, Requirement, Sample, rows_mix
from symdiff.template import Template, call, latex_call


@cache
def op_of(of: Definition) -> Op:
    """The op of a definition."""
    return Op(
        of.signature.name,
        infer=lambda args, attrs: _infer(of, args),
        derivative=_derivative(of),
        numpy=lambda node: _numpy(of, node),
        elementwise=of.elementwise,
        complex=not of.partials,
        rows=rows.elementwise if of.elementwise else rows_mix,
        batch=elementwise if of.elementwise else composed(lambda node: of.opened(node.args)),
        requires=lambda node: _requires(of, node),
        sizes=lambda node: tuple(map(named, of.function(node.args).sizes)),
        functions=lambda node: (of.function(node.args),),
        body=lambda node: of.opened(node.args),
        derived=not of.partials,
        kept=of.kept,
        own=of,
        operations=lambda node: _operations(of, node),
        samples=samples_of(of.signature, of.tried, of.between),
        **forms(of.signature, of.pretty, of.latex),
    )


def forms(signature: Signature, pretty: str, latex: str) -> dict[str, Any]:
    """How a function is written, plainly unless people are to read it otherwise."""
    name, count = signature.name, len(signature.parameters)
    return {
        "text": call(name, count),
        "pretty": written(pretty, signature) or call(name, count),
        "latex": written(latex, signature) or latex_call(latex_function(name), count),
    }


def samples_of(
    signature: Signature, shapes: Mapping[str, str], between: tuple[float, float]
) -> tuple[Sample, ...]:
    """The call of a function of variables of some shapes."""
    return (Sample(str(signature), dict(shapes), *between),) if shapes else ()


def latex_function(name: str) -> str:
    """The name of a function in LaTeX, in a template: one letter as it is, words upright."""
    word = latex_name(name) if len(name) == 1 else f"\\operatorname{{{name.replace('_', '-')}}}"
    return word.replace("{", "{{").replace("}", "}}")


def _infer(of: Definition, args: tuple[Node, ...]) -> tuple[Shape, str]:
    value = of.instance(args).value
    if not of.elementwise:
        return value.shape, value.dtype
    return broadcast_shape(of.signature.name, args), value.dtype


def _derivative(of: Definition) -> Derivative:
    if of.partials:
        return declared_partials(of.signature, of.partials, lambda k: _check_partial(of, k))
    if of.elementwise:
        return partials_of(of)
    return Pullback(lambda node, k, g: back(of, node, [arg.shape for arg in node.args], k, g))


def _check_partial(of: Definition, k: int) -> None:
    from symdiff.own.define import scalars_of

    function = of.function(scalars_of(of.parameters)).call
    check_partial(of.signature, k, of.partials[k], function, of.between)


def _numpy(of: Definition, node: Node) -> Template:
    """A call of the function; what it knows already as a number is no argument."""
    function = of.function(node.args)
    places = [k for k, arg in enumerate(node.args) if not (arg.op is CONSTANT and not arg.shape)]
    if len(function.inputs) == len(node.args):
        places = list(range(len(node.args)))
    arguments = [*(f"{{{k}}}" for k in places), *function.sizes]
    return Template(f"{{{len(node.args)}}}({', '.join(arguments)})")


def _requires(of: Definition, node: Node) -> tuple[Requirement, ...]:
    return tuple(requirements(topological([of.instance(node.args).value])))


def _operations(of: Definition, node: Node) -> Size:
    order = topological([of.instance(node.args).value])
    each: Size = 0
    for part in order:
        each = each + part.op.operations(part)
    return each * product(node.shape) if of.elementwise else each


def written(form: str, signature: Signature) -> Template | None:
    """The template of a form such as `|{x}|_h`, with parameters in braces."""
    if not form:
        return None
    places = {name: str(k) for k, name in enumerate(signature.parameters)}
    plain = form.replace("{", "{{").replace("}", "}}")
    return Template(re.sub(r"\{\{(\w+)\}\}", lambda m: _slot(m, places), plain))


def _slot(match: re.Match[str], places: dict[str, str]) -> str:
    return f"{{{places[match[1]]}}}" if match[1] in places else match[0]


def check_form(form: str, what: str, signature: Signature) -> None:
    """Refuse a form in which not every parameter stands in braces."""
    if not isinstance(form, str):
        raise ArgumentError(f"`{what}` of `{signature}` is text, not {form!r}")
    for name in signature.parameters if form else ():
        if f"{{{name}}}" not in form:
            raise ArgumentError(f"`{what}` of `{signature}` does not write {{{name}}}: {form!r}")
