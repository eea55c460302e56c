"""`draw`: the graph of a formula as a picture, before and after differentiation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from symdiff.answers.same import define
from symdiff.binding import as_nodes, inputs, size_names
from symdiff.derive.backprop import as_list
from symdiff.differences import At, Point, check_numbers
from symdiff.draw.graph import Style, diagram_of
from symdiff.draw.picture import Picture, Sheet
from symdiff.draw.tape import Tape, forward_tape, pass_tape, simplified_tape
from symdiff.errors import ArgumentError, quote
from symdiff.evaluate import evaluate
from symdiff.node import Node, topological
from symdiff.show.naming import Names
from symdiff.show.values import array_text, number
from symdiff.show.wording import Wording

View = Literal["graph", "flow"]
Direction = Literal["up", "right"]


def draw(
    target: Node | Sequence[Node],
    wrt: Node | Sequence[Node] | None = None,
    *,
    at: At | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
    names: Mapping[str, object] | Names | None = None,
    groups: Mapping[str, Node | Iterable[Node]] | None = None,
    view: View = "graph",
    lang: str = "en",
    direction: Direction = "up",
    simplify: bool = False,
) -> Picture:
    """Draw the graph of an expression, or of several, and with `wrt` what its derivative appends.

    The derivative nodes are those of the pass that `grad` takes, each cotangent beside the node
    that it belongs to; with `simplify`, those of the simplified gradients. The view "flow" shows
    the forward graph alone, with what the pass sends back along its edges.

    at         shows values at a point: arrays for variables or their names, as for `check`;
               random ones, from `seed`, for those that it leaves out, so `at={}` is random
    sizes      numbers for named sizes that no array tells
    names      names for parts of the graph, as text or as expressions, `{"z": "X @ w"}`; others
               are u₁, u₂, …; or those of a derivation
    groups     a node, or several, to put into a frame, by its label
    view       "graph" or "flow"
    lang       the language of words in the picture, "en" or "zh"
    direction  where the results are, "up" or "right"

    Graphs with more than some hundred nodes are abridged: parts of them are drawn as one box.

    Raises ArgumentError for options that do not fit; DerivativeError where there is no derivative,
    see `backprop`; InputError for values that do not fit.

    >>> import symdiff as sd
    >>> x, y = sd.scalar("x"), sd.scalar("y")
    >>> picture = draw(x * y, [x, y])
    >>> picture
    <picture of 6 nodes, 2 steps: The graph of x y, with what back-propagation by x, y appends>
    >>> picture.ids[x]
    'n1'
    """
    targets = as_nodes(target)
    _check_options(targets, wrt, at, view, direction, simplify)
    wording = Wording(lang)
    tape = _tape(targets, wrt, simplify)
    style = Style(
        names if isinstance(names, Names) else _names(tape, targets, names),
        _values(tape, at, sizes, seed),
        _members(tape, targets, groups or {}),
        wording,
        flow=view == "flow",
    )
    diagram, ids = diagram_of(tape, style)
    return Picture([Sheet(diagram, ids, direction)])


def _check_options(
    targets: Sequence[Node],
    wrt: Node | Sequence[Node] | None,
    at: At | None,
    view: str,
    direction: str,
    simplify: bool,
) -> None:
    for word, given, known in (("view", view, View), ("direction", direction, Direction)):
        if given not in get_args(known):
            expected = " or ".join(map(repr, get_args(known)))
            raise ArgumentError(f"{word} must be {expected}, not {given!r}")
    if not targets:
        raise ArgumentError("there is nothing to draw: give an expression or several")
    if wrt is None:
        for word, given_ in (("view='flow'", view == "flow"), ("simplify=True", simplify)):
            if given_:
                raise ArgumentError(f"{word} shows a derivative: say by what, with wrt")
    elif len(targets) > 1:
        raise ArgumentError(
            f"the derivatives of {len(targets)} targets are {len(targets)} passes; draw each, and "
            "put the pictures side by side: sd.draw(a, x).beside(sd.draw(b, x))"
        )
    if view == "flow" and simplify:
        raise ArgumentError("view='flow' shows the pass, which simplify=True does not")


def _names(tape: Tape, targets: list[Node], given: Mapping[str, object] | None) -> Names:
    if given is not None and not isinstance(given, Mapping):
        raise ArgumentError(f"names gives expressions by name, {{'z': X @ w}}, not {given!r}")
    first, *more = tape.targets
    defined = define(given or {}, {v.attrs[0]: v for v in inputs(tape.targets)})
    return Names(first, defined, more, stated=targets[0])


def _tape(targets: list[Node], wrt: Node | Sequence[Node] | None, simplify: bool) -> Tape:
    if wrt is None:
        return forward_tape(targets)
    wanted = as_list(wrt)
    return simplified_tape(targets[0], wanted) if simplify else pass_tape(targets[0], wanted)


def _values(
    tape: Tape,
    at: At | None,
    sizes: Mapping[str, int] | None,
    seed: int,
) -> Callable[[Sequence[Node]], Mapping[Node, str]]:
    """What to write as the values of nodes; nothing without a point."""
    if at is None:
        return lambda nodes: {}
    of = [*tape.targets, *tape.wrt]
    check_numbers(of, sizes or {}, seed)
    point = Point.draw(of, at, sizes or {}, np.random.default_rng(seed))

    def values(nodes: Sequence[Node]) -> Mapping[Node, str]:
        names = size_names(topological(nodes))
        numbers: dict[str, Any] = {name: point.sizes[name] for name in names}
        found = evaluate(nodes, point.values, **numbers)
        return {n: _abridged(v) for n, v in zip(nodes, found, strict=True)}

    return values


_DIGITS = 3
_IN_FULL = 4


def _abridged(value: object) -> str:
    """A number, a short vector, or the shape of an array and its first entries.

    >>> _abridged([1.0, 2.5]), _abridged([[0.12345, 2.0], [3.0, 4.0]]), _abridged(np.zeros((0, 2)))
    ('[1, 2.5]', '2×2: 0.123, 2, …', '0×2')
    """
    array = np.asarray(value)
    if array.ndim < 2 and array.size <= _IN_FULL:
        return array_text(array, _DIGITS)
    shape = "×".join(map(str, array.shape))
    first = [number(entry, _DIGITS) for entry in array.flat[:2]]
    return f"{shape}: {', '.join(first)}, …" if first else shape


def _members(
    tape: Tape, targets: Sequence[Node], groups: Mapping[str, Node | Iterable[Node]]
) -> dict[str, frozenset[Node]]:
    """The nodes of each group; those that do not belong here are refused."""
    lists = groups.values() if isinstance(groups, Mapping) else [None]
    if any(isinstance(each, str) or not isinstance(each, (Node, Iterable)) for each in lists):
        raise ArgumentError(
            f"groups gives lists of nodes by label, {{'layer 1': [z, a]}}, not {groups!r}"
        )
    known = {*tape.forward, *topological(targets)}
    owner: dict[Node, str] = {}
    for label, nodes in groups.items():
        for node in (nodes,) if isinstance(nodes, Node) else nodes:
            if not isinstance(node, Node) or node not in known:
                what = quote(node) if isinstance(node, Node) else repr(node)
                raise ArgumentError(f"{what}, in group {label!r}, is no part of the target")
            if owner.setdefault(node, label) != label:
                raise ArgumentError(
                    f"{quote(node)} is in two groups, {owner[node]!r} and {label!r}"
                )
    return {label: frozenset(n for n in owner if owner[n] == label) for label in groups}
