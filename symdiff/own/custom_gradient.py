"""Derivatives that are overridden: `sd.custom_gradient`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeAlias, overload

from symdiff.derive.declared_rules import DeclaredRule
from symdiff.dims import Shape
from symdiff.errors import ArgumentError, ShapeError, describe, quote, shape_text
from symdiff.node import Node, intern, topological
from symdiff.ops.batching import batch_size, is_mapped, mapped, stretched, with_batch
from symdiff.ops.contraction import sum as sum_of
from symdiff.ops.leaves import INEXACT, VARIABLE, as_node
from symdiff.ops.steps import stop_gradient
from symdiff.registry import Op, always, no_operations
from symdiff.rewrite.engine import replaced
from symdiff.template import Template

Rule: TypeAlias = Callable[[Node], object] | Node | float | None


class CustomRules(NamedTuple):
    """What the arguments of an overridden expression receive.

    The arguments of the node are the expression; the arguments that receive something; and what
    else the rules mention. Rules are expressions over variables that stand for the cotangent and
    for these arguments, so that the rules follow where arguments are replaced.

    name       what the node is called in print; "" for the expression with its arguments
    cotangent  what stands for the cotangent
    arguments  what stands for the arguments behind the first
    rules      what each of the first of them receives, None for nothing
    """

    name: str
    cotangent: Node
    arguments: tuple[Node, ...]
    rules: tuple[Node | None, ...]


@overload
def custom_gradient(value: Node, rules: Mapping[Node, Rule], name: str = "") -> Node: ...
@overload
def custom_gradient(value: Callable[..., Any]) -> Callable[..., Any]: ...
def custom_gradient(
    value: Node | Callable[..., Any],
    rules: Mapping[Node, Rule] | None = None,
    name: str = "",
) -> Node | Callable[..., Any]:
    """Return an expression with other derivatives by some of its parts.

    `rules` say what each part receives: a function of the cotangent `g`, None for nothing, or, for
    a part of the same shape, the factor of `g`. By all else the derivative is as it was. The
    second derivative is that of the rule. Forward mode and Jacobians follow rules that are linear
    in `g`, and are refused for others. Print shows `name` of the parts, if one is given.

    As a decorator of a function of arrays that returns its value and a rule: the rule takes the
    cotangent, and returns what each argument receives.

    Raises ArgumentError for what is no part of the expression, ShapeError for a rule that gives
    another shape than that of the part.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> straight_through = sd.custom_gradient(sd.round(x), {x: lambda g: g}, name="rounded")
    >>> print(straight_through, "|", sd.grad(sd.sum(x * straight_through), x))
    rounded(x) | x + rounded(x)
    >>> @sd.custom_gradient
    ... def reversed_gradient(x):
    ...     return x, lambda g: -g
    >>> print(sd.grad(sd.sum(reversed_gradient(x) ** 2), x))
    −2 reversed_gradient(x)
    """
    if not isinstance(value, Node) and callable(value) and rules is None:
        return _decorated(value)
    expression = as_node(value)
    if not isinstance(rules, Mapping) or not rules:
        raise ArgumentError(
            "`custom_gradient` takes a rule for some parts of the expression, {x: lambda g: …}, "
            f"not {rules!r}"
        )
    inside = set(topological([expression]))
    for part in rules:
        if not isinstance(part, Node) or part not in inside:
            said = quote(part) if isinstance(part, Node) else repr(part)
            raise ArgumentError(
                f"{said} is no part of {quote(expression)}, so no rule can be for it"
            )
        if part.dtype not in INEXACT:
            raise ArgumentError(f"{quote(part)} is of kind {part.dtype}, and receives nothing")
    g = _cotangent(expression)
    received = [_received(part, _applied(rule, g)) for part, rule in rules.items()]
    return _overridden(expression, list(rules), received, g, name)


def _cotangent(expression: Node) -> Node:
    if expression.dtype not in INEXACT:
        raise ArgumentError(
            f"{quote(expression)} is of kind {expression.dtype}, which has no derivative; make it "
            "1.0 times as much first"
        )
    return intern(VARIABLE, (), ("the cotangent", expression.shape, expression.dtype))


def _applied(rule: Rule, g: Node) -> object:
    """What a rule says of the cotangent `g`; a factor of it stands by itself."""
    if rule is None or (callable(rule) and not isinstance(rule, Node)):
        return None if rule is None else rule(g)
    return g * as_node(rule)


def _received(part: Node, found: object) -> Node | None:
    """What a part receives, in its shape."""
    if found is None:
        return None
    sent = as_node(found)
    if sent.shape != part.shape:
        raise ShapeError(
            f"the rule for {describe(part)} gives {describe(sent)}; what is received has the "
            "shape of what receives it"
        )
    return sent


def _overridden(
    expression: Node, parts: Sequence[Node], received: Sequence[Node | None], g: Node, name: str
) -> Node:
    """The node, whose rules are written over stand-ins."""
    held = replaced([expression], {part: stop_gradient(part) for part in parts})[0]
    stands = {part: _stand_in(k, part) for k, part in enumerate(parts)}
    sent = [each for each in received if each is not None]
    over = dict(zip(sent, replaced(sent, stands), strict=True))
    others = _frontier(list(over.values()), {g, *stands.values()})
    places = {node: _stand_in(len(parts) + k, node) for k, node in enumerate(others)}
    rules = [None if each is None else replaced([over[each]], places)[0] for each in received]
    arguments = (*(_stand_in(k, part) for k, part in enumerate(parts)), *places.values())
    attrs = CustomRules(name, g, arguments, tuple(rules))
    return intern(CUSTOM_GRADIENT, (held, *parts, *others), attrs)


def _stand_in(k: int, node: Node) -> Node:
    return intern(VARIABLE, (), (f"argument {k + 1}", node.shape, node.dtype))


def _frontier(rules: Sequence[Node], stand_ins: set[Node]) -> list[Node]:
    """The largest expressions in some rules that depend on variables, but on no stand-in."""
    order = topological(rules)
    above, varying = set(stand_ins), set()
    for node in order:
        if any(arg in above for arg in node.args):
            above.add(node)
        if node.op is VARIABLE or any(arg in varying for arg in node.args):
            varying.add(node)
    inner = [arg for node in order if node in above for arg in node.args]
    found = dict.fromkeys([*inner, *rules])
    return [node for node in found if node in varying and node not in above]


# Functions --------------------------------------------------------------------------------------


def _decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose results on expressions have its rule."""
    name = function.__name__

    @wraps(function)
    def apply(*operands: Any, **named: Any) -> Any:
        if not any(isinstance(x, Node) for x in operands):
            return _both(name, function(*operands, **named))[0]
        nodes = [as_node(x) for x in operands]
        value, rule = _both(name, function(*nodes, **named))
        expression = as_node(value)
        g = _cotangent(expression)
        found = rule(g)
        several = found if isinstance(found, (list, tuple)) else [found]
        if len(several) != len(nodes):
            raise ArgumentError(
                f"the rule of `{name}` returns {len(several)} results for {len(nodes)} arguments"
            )
        pairs = zip(nodes, several, strict=True)
        received = [_received(x, found) for x, found in pairs]
        return _overridden(expression, nodes, received, g, name)

    return apply


def _both(name: str, result: Any) -> tuple[Any, Callable[[Node], Any]]:
    if not isinstance(result, tuple) or len(result) != 2 or not callable(result[1]):
        raise ArgumentError(
            f"`{name}` returns its value and a rule, `return value, lambda g: …`, for "
            "sd.custom_gradient"
        )
    value, rule = result
    return value, rule


# The op -----------------------------------------------------------------------------------------


def _infer(args: tuple[Node, ...], attrs: CustomRules) -> tuple[Shape, str]:
    shapes = [arg.shape for arg in attrs.arguments]
    found = [arg.shape for arg in args[1:]]
    if args[0].shape != attrs.cotangent.shape or found != shapes:
        raise ShapeError(
            f"the rules of {describe(args[0])} are for arguments of shapes "
            f"{', '.join(map(shape_text, shapes))}, not {', '.join(map(shape_text, found))}"
        )
    return args[0].shape, args[0].dtype


def _rule(node: Node, k: int, g: Node) -> Node | None:
    attrs: CustomRules = node.attrs
    if k == 0:
        return g
    rule = attrs.rules[k - 1] if k <= len(attrs.rules) else None
    if rule is None:
        return None
    return replaced(
        [rule], dict(zip(attrs.arguments, node.args[1:], strict=True)) | {attrs.cotangent: g}
    )[0]


def _batch(node: Node, args: tuple[Node, ...]) -> Node:
    """The batch: each case by the rules. What is the same for all receives the sum over them."""
    attrs: CustomRules = node.attrs
    size = batch_size(node, args)
    one = attrs.cotangent
    g = intern(VARIABLE, (), (one.attrs[0], (size, *one.shape), one.dtype))
    stands = [_stand_in(k, arg) for k, arg in enumerate(args[1:])]
    pairs = list(zip(attrs.arguments, stands, strict=True))
    cases = {own: stand for own, stand in pairs if is_mapped(own, stand)}
    found = mapped([rule for rule in attrs.rules if rule is not None], {one: g, **cases})

    def received(rule: Node | None, own: Node, stand: Node) -> Node | None:
        if rule is None:
            return None
        of_cases = with_batch(rule, found, size)
        return of_cases if is_mapped(own, stand) else sum_of(of_cases, axis=0)

    rules = [received(rule, *pair) for rule, pair in zip(attrs.rules, pairs, strict=False)]
    value = stretched(node, args)[0]
    mine = CustomRules(attrs.name, g, tuple(stands), tuple(rules))
    return intern(CUSTOM_GRADIENT, (value, *args[1:]), mine)


def _form(node: Node) -> Template:
    parts = ", ".join(f"{{{k + 1}}}" for k in range(len(node.attrs.rules)))
    if node.attrs.name:
        return Template(f"{node.attrs.name}({parts})")
    return Template(f"custom_gradient({{0}}, {parts})")


def _latex(node: Node) -> Template:
    from symdiff.own.facts import latex_function

    parts = ", ".join(f"{{{k + 1}}}" for k in range(len(node.attrs.rules)))
    name = latex_function(node.attrs.name or "custom_gradient")
    first = "" if node.attrs.name else "{0}, "
    return Template(f"{name}\\left({first}{parts}\\right)")


CUSTOM_GRADIENT = Op(
    "custom_gradient",
    infer=_infer,
    derivative=DeclaredRule(_rule, overrides=True),
    numpy=Template("{0:atom}"),
    text=_form,
    pretty=_form,
    latex=_latex,
    title=lambda node: node.attrs.name or "custom_gradient",
    complex=True,
    view=always,
    batch=_batch,
    body=lambda node: node.args[0],
    operations=no_operations,
)
