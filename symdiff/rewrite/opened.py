"""Names that stand for formulas, opened: the formulas in their places.

An op with a `body` is a name. It survives where expressions are printed and differentiated; what
is computed has the formulas, so that they share what they have in common with all else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import CONSTANT, VARIABLE
from symdiff.registry import OPS, Op
from symdiff.rewrite.engine import READABLE, Rewriter, Rules, Step, rebuild


def is_name(op: Op) -> bool:
    """True for an op that stands for a formula."""
    return op.body is not None


def is_plain_name(op: Op) -> bool:
    """True for a name that source to be read has no function for."""
    return op.body is not None and not op.kept


def is_derived(op: Op) -> bool:
    """True for a name whose derivative is that of the formula for which it stands."""
    return op.body is not None and op.derived


def is_outdated(op: Op) -> bool:
    """True for a name that a user has declared, and that no longer means this formula."""
    return op.own is not None and op.body is not None and OPS.get(op.name) is not op


def opened(outputs: Sequence[Node], where: Callable[[Op], bool] = is_name) -> list[Node]:
    """Expressions with formulas in place of the ops `where` they are wanted.

    >>> import symdiff as sd
    >>> cube = sd.define("cube_of(x)", "x**3")
    >>> print(*opened([2 * cube(sd.scalar("a"))]))
    2 a³
    """
    found = list(outputs)
    while True:  # the formula of a name may have names in it
        order = topological(found)
        wanted = {op for op in {node.op for node in order} if op.body is not None and where(op)}
        if not wanted:
            return found
        new: dict[Node, Node] = {}
        for node in order:
            each = rebuild(node, tuple([new[arg] for arg in node.args]))
            new[node] = each.op.body(each) if each.op in wanted and each.op.body else each
        found = [new[output] for output in found]


def opened_across(outputs: Sequence[Node], rules: Rules, where: Callable[[Op], bool]) -> list[Node]:
    """Expressions with formulas opened if a rule reaches across one and what surrounds it.

    Otherwise names stay, if somebody can read them. With `exp_of(x)` for `exp(x)`, `log(exp_of(x))`
    is such a case, and `exp_of(log(x) + 1)` is not.
    """
    order = topological(outputs)
    names = [node for node in order if node.op.body is not None and where(node.op)]
    if not names:
        return list(outputs)
    inside = opened(outputs, where)
    if len(order) > READABLE:
        return inside
    apart = _steps(outputs, rules)
    known: dict[Node, int] = {}
    for node in names:
        form = _with_stand_ins(node)
        if form not in known:
            known[form] = _steps(opened([form], where), rules)
        apart += known[form]
    return inside if _steps(inside, rules) > apart else list(outputs)


def _with_stand_ins(node: Node) -> Node:
    """The same operation on variables like its arguments."""
    args = tuple(
        arg if arg.op is CONSTANT else intern(VARIABLE, (), (f"argument {k}", arg.shape, arg.dtype))
        for k, arg in enumerate(node.args)
    )
    return rebuild(node, args)


def _steps(outputs: Sequence[Node], rules: Rules) -> int:
    log: list[Step] = []
    Rewriter(rules, outputs, {}, log).run()
    return len(log)
