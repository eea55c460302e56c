"""Derivatives that are overridden: `sd.custom_gradient`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeAlias, overload

from symdiff.derive.declared_rules import DeclaredRule
from symdiff.dims import Shape
from symdiff.errors import ArgumentError, ShapeError, describe, quote, shape_text
from symdiff.node import Node, intern, topological
from symdiff.ops.batching import batch_size, is_mapped, mapped, with_batch
from symdiff.ops.contraction import sum as sum_all
from symdiff.ops.leaves import INEXACT, VARIABLE, as_node
from symdiff.ops.rows import followed
from symdiff.ops.steps import stop_gradient
from symdiff.ops.structure import broadcast_to
from symdiff.own.signature import check_takes, is_taken
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
    _check_name(name)
    g = _cotangent(expression)
    received = [_received(part, _applied(part, rule, g)) for part, rule in rules.items()]
    return _overridden(expression, list(rules), received, g, name)


def _check_name(name: object) -> None:
    """Refuse a name with which text would mean another function."""
    if not isinstance(name, str) or (name and not name.isidentifier()):
        raise ArgumentError(f"`name` is what the result is called in print, not {name!r}")
    if is_taken(name):
        raise ArgumentError(f"{name!r} is a function already; give another `name` for print")


def _cotangent(expression: Node) -> Node:
    if expression.dtype not in INEXACT:
        raise ArgumentError(
            f"{quote(expression)} is of kind {expression.dtype}, which has no derivative; make it "
            "1.0 times as much first"
        )
    return intern(VARIABLE, (), ("the cotangent", expression.shape, expression.dtype))


def _applied(part: Node, rule: Rule, g: Node) -> object:
    """What a rule says of the cotangent `g`; a factor of it stands by itself."""
    if rule is None:
        return None
    if callable(rule) and not isinstance(rule, Node):
        check_takes(rule, ("g",), f"the rule for {quote(part)}")
        return rule(g)
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
    printed = name if name.isidentifier() else ""
    while is_taken(printed):
        printed += "_"
    signature = inspect.signature(function)

    @wraps(function)
    def apply(*operands: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*operands, **named)
        except TypeError as error:
            raise ArgumentError(f"{error}; the function is `{name}{signature}`") from None
        _check_positional(name, bound.kwargs)
        if not any(isinstance(x, Node) for x in bound.args):
            value = _both(name, function(*bound.args, **bound.kwargs))[0]
            _check_computed(name, value)
            return value
        nodes = [as_node(x) for x in bound.args]
        value, rule = _both(name, function(*nodes, **bound.kwargs))
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
        return _overridden(expression, nodes, received, g, printed)

    return apply


def _check_positional(name: str, keywords: Mapping[str, object]) -> None:
    """Refuse an expression that the rule could not say anything of."""
    for word, value in keywords.items():
        if isinstance(value, Node):
            raise ArgumentError(
                f"`{name}` has no rule for {word}, which is given by keyword alone; its rule is "
                "for arguments in their order, so give it there"
            )


def _check_computed(name: str, value: object) -> None:
    """Refuse an expression that is made of no argument: it would be without its rule."""
    if isinstance(value, Node):
        raise ArgumentError(
            f"no argument of `{name}` is an expression, but its value {quote(value)} is; its rule "
            "is for arguments that are expressions themselves, not in lists or dictionaries"
        )


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


def _rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Those of the expression, if what its parts receive comes from these rows, too."""
    attrs: CustomRules = node.attrs
    own = {attrs.cotangent: axes[0], **dict(zip(attrs.arguments, axes[1:], strict=True))}
    for rule, place in zip(attrs.rules, axes[1:], strict=False):
        if rule is not None and followed([rule], own) != [place]:
            return None
    return axes[0]


def _batch(node: Node, args: tuple[Node, ...]) -> Node:
    """The expression and its rules, mapped; what is the same for all cases receives their sum."""
    attrs: CustomRules = node.attrs
    size = batch_size(node, args)
    held, *others = args
    if not is_mapped(node.args[0], held):
        held = broadcast_to(held, (size, *held.shape))
    g = _cotangent(held)
    stand_ins = tuple(_stand_in(k, arg) for k, arg in enumerate(others))
    pairs = zip(attrs.arguments, stand_ins, strict=True)
    cases = {attrs.cotangent: g, **{own: new for own, new in pairs if is_mapped(own, new)}}
    found = mapped([rule for rule in attrs.rules if rule is not None], cases)
    rules: list[Node | None] = []
    for rule, own, new in zip(attrs.rules, attrs.arguments, stand_ins, strict=False):
        sent = None if rule is None else with_batch(rule, found, size)
        rules.append(sent if sent is None or is_mapped(own, new) else sum_all(sent, axis=0))
    attrs = CustomRules(attrs.name, g, stand_ins, tuple(rules))
    return intern(CUSTOM_GRADIENT, (held, *others), attrs)


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
    rows=_rows,
    batch=_batch,
    view=always,
    body=lambda node: node.args[0],
    operations=no_operations,
)
