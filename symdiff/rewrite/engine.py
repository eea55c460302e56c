"""The rewrite engine: applies named rules from the leaves up until none applies.

Rules come in two kinds. A pattern is two ordinary expressions over wildcards. A procedure is a
function for what no pattern can say, such as collecting like terms. Either has a name, and every
application is logged under it.

The engine uses a stack of its own, visits each node once, and knows how often each is used, so
that a rule can leave shared nodes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from symdiff.node import Node, intern, topological, use_counts
from symdiff.ops.complex import as_complex
from symdiff.ops.contraction import CONTRACT, contract
from symdiff.ops.leaves import CONSTANT, INEXACT, VARIABLE, number_of
from symdiff.ops.structure import broadcast_to
from symdiff.registry import Op

Bindings: TypeAlias = "dict[Node, Node]"
Procedure: TypeAlias = "Callable[[Node, Rewriter], Node | None]"
T = TypeVar("T")


ELEMENTWISE = "elementwise"
"""Among the ops of a rule: every elementwise op."""


LARGEST_REGION = 32
"""The most products of two matrices that are read and written as one."""

READABLE = 2000
"""Graphs of so many nodes are rewritten until they are in normal form; larger ones, less often."""


def is_plain_product(node: Node) -> bool:
    """True for a product of two arrays that no rule but that of products looks at."""
    return (
        node.op is CONTRACT
        and len(node.args) == 2
        and node.dtype in INEXACT
        and not any(arg.op.name in ("kron", "eye") for arg in node.args)
    )


def is_among_complex(node: Node) -> bool:
    """True for what is complex, or made of something complex."""
    return node.dtype == "complex" or any(arg.dtype == "complex" for arg in node.args)


class Step(NamedTuple):
    """One application of a rule."""

    rule: str
    before: Node
    after: Node


class Rule(NamedTuple):
    """A named rewrite, tried on nodes of the ops that it lists.

    A `final` rule returns a normal form: nothing that it built needs another look. Only a rule
    that says `complex` is tried where complex numbers are; the others may hold for real ones alone.
    `needs` are sets of ops: a graph must have all of one of these to give the rule anything to do.
    A rule for `arrays` does nothing to scalars.
    """

    name: str
    ops: tuple[str, ...]
    apply: Procedure
    final: bool = False
    complex: bool = False
    needs: tuple[frozenset[str], ...] = ()
    arrays: bool = False

    def is_of_use(self, present: set[str]) -> bool:
        """False if a graph of the ops that are `present` gives the rule nothing to do."""
        return not self.needs or any(needed <= present for needed in self.needs)


def any_of(*ops: str) -> tuple[frozenset[str], ...]:
    """What a rule needs that looks for one of some ops."""
    return tuple(frozenset({op}) for op in ops)


class Rules(tuple[Rule, ...]):
    """Rules in the order in which they are tried, with an index by op."""

    _of: dict[Op, list[Rule]]
    settled_in_large: tuple[tuple[Rules, None], ...]
    """The note on nodes for which there was nothing to do in a graph too large to be read."""

    def __new__(cls, rules: Iterable[Rule]) -> Rules:
        """The index is filled as ops are met."""
        made = super().__new__(cls, rules)
        made._of = {}
        made.settled_in_large = ((made, None),)
        return made

    def of(self, op: Op) -> list[Rule]:
        """The rules that are tried on nodes of an op."""
        found = self._of.get(op)
        if found is None:
            names = {op.name, ELEMENTWISE} if op.elementwise else {op.name}
            found = self._of[op] = [rule for rule in self if names.intersection(rule.ops)]
        return found


def pattern(name: str, before: Node, after: Node, complex: bool = False) -> Rule:
    """A rule given by two elementwise expressions. Scalar variables in them are wildcards.

    A number matches an equal number, whatever its type; sums and products match in either order.
    A wildcard for a number takes a truth value only where the rule returns it as it is.
    """
    numeric = [a for a in topological([after]) if a.op is VARIABLE and a.dtype != "bool"]
    computed = numeric if after.args else []
    templates: list[Node] = []

    def apply(node: Node, rewriter: Rewriter) -> Node | None:
        if not templates:  # most rules are never tried
            templates.extend(commuted(before))
        for template in templates:
            bindings = match(template, node) if _may_match(template, node) else None
            if bindings is not None and all(bindings[a].dtype != "bool" for a in computed):
                return substitute(after, bindings)
        return None

    inner = frozenset(node.op.name for node in topological([before]) if node.args)
    return Rule(name, (before.op.name,), apply, complex=complex, needs=(inner,))


def _may_match(template: Node, node: Node) -> bool:
    """False if an argument is another operation than the template's: what most nodes fail by."""
    for wanted, found in zip(template.args, node.args, strict=True):
        if wanted.op is not found.op and wanted.args:
            return False
    return True


def commuted(template: Node) -> list[Node]:
    """A template in every order of the terms of its sums and the factors of its products.

    >>> import symdiff as sd
    >>> print(*commuted(sd.log(1 + sd.exp(sd.scalar("a")))), sep=", ")
    log(1 + exp(a)), log(exp(a) + 1)
    """
    orders = product(*(commuted(arg) for arg in template.args))
    found = [rebuild(template, args) for args in orders]
    if template.op.name in ("add", "multiply"):
        found += [rebuild(each, each.args[::-1]) for each in found]
    return list(dict.fromkeys(found))


def match(template: Node, node: Node) -> Bindings | None:
    """Bind the wildcards of an elementwise template so that it equals `node`, if possible."""
    bindings: Bindings = {}
    stack = [(template, node)]
    while stack:
        wanted, found = stack.pop()
        if wanted.op is VARIABLE:
            if bindings.setdefault(wanted, found) is not found:
                return None
        elif wanted.op is CONSTANT:
            value = number_of(found)
            if value is None or value != wanted.attrs.value:
                return None
        elif wanted.op is found.op and wanted.attrs == found.attrs:
            stack.extend(zip(wanted.args, found.args, strict=True))
        else:
            return None
    return bindings


def substitute(expression: Node, bindings: Mapping[Node, Node]) -> Node:
    """Return `expression` with nodes replaced; everything above them is built anew."""
    new: dict[Node, Node] = {}
    for node in topological([expression]):
        bound = bindings.get(node)
        if bound is None:
            bound = rebuild(node, tuple(new[arg] for arg in node.args))
        new[node] = bound
    return new[expression]


def leaving(
    kept: Iterable[Node],
    outputs: Sequence[Node],
    rewriting: Callable[[Sequence[Node]], Sequence[Node]],
) -> list[Node]:
    """Rewrite expressions as if some nodes in them were variables.

    What lies inside those is not looked at, and no rule looks through them.
    """
    inner = [node for node in dict.fromkeys(kept) if node.args]
    if not inner:
        return list(rewriting(outputs))
    names = [(f"kept {k}", node.shape, node.dtype) for k, node in enumerate(inner)]
    stand_ins = {node: intern(VARIABLE, (), name) for node, name in zip(inner, names, strict=True)}
    results = rewriting(replaced(outputs, stand_ins))
    return replaced(results, {stand_in: node for node, stand_in in stand_ins.items()})


def replaced(outputs: Sequence[Node], bindings: Mapping[Node, Node]) -> list[Node]:
    """Expressions with nodes replaced, all of them in one pass; see `substitute`."""
    new: dict[Node, Node] = {}
    for node in topological(outputs, known=bindings):
        found = bindings.get(node)
        new[node] = rebuild(node, tuple(new[arg] for arg in node.args)) if found is None else found
    return [new[output] for output in outputs]


def is_readable(outputs: Iterable[Node]) -> bool:
    """False for expressions of so many nodes that nobody reads them."""
    return len(topological(outputs)) <= READABLE


def rebuild(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operation on other arguments."""
    if args == node.args:
        return node
    if node.op is CONTRACT:
        return contract(args, node.attrs.inputs, node.attrs.output)
    if node.op.rebuilt is not None:
        return node.op.rebuilt(node, args)
    return intern(node.op, args, node.attrs)


class Uses:
    """How often each node is used, kept up to date while rules replace nodes."""

    def __init__(self, order: list[Node], outputs: Sequence[Node]) -> None:
        self.counts = use_counts(order, outputs)
        self._known = set(order)
        self.ops = {op.name for op in {node.op for node in order}}
        """The ops that the graph has, or had."""

    def of(self, node: Node) -> int:
        """The number of uses; a node that nobody has counted yet is used once."""
        return self.counts.get(node, 1)

    def rebuilt(self, old: Node, new: Node) -> None:
        """Note that what used `old` now uses `new`, the same operation on new arguments."""
        self.counts[new] = self.counts.get(new, 0) + self.of(old)
        if new.op is not old.op:  # the operation is written by others now
            self.ops.update(node.op.name for node in topological([new], known=self._known))
        self._known.add(new)

    def replaced(self, old: Node, new: Node) -> None:
        """Note that what used `old` now uses `new`, so that `old` uses its arguments no more."""
        self.counts[new] = self.counts.get(new, 0) + self.of(old)
        for arg in old.args:
            self.counts[arg] = self.of(arg) - 1
        stack = [new]
        while stack:
            node = stack.pop()
            if node not in self._known:
                self._known.add(node)
                self.ops.add(node.op.name)
                for arg in node.args:
                    self.counts[arg] = self.counts.get(arg, 0) + 1
                stack.extend(node.args)


class Rewriter:
    """One run of the engine over the graph of `outputs`."""

    def __init__(
        self,
        rules: Iterable[Rule],
        outputs: Sequence[Node],
        regions: Mapping[str, str],
        log: list[Step] | None = None,
    ) -> None:
        """`regions` names, for ops that one procedure handles together, their common region.

        `scratch` is for procedures that remember something about the graph during the run, and
        `applied` is for one that has a better name for what it did than its rule has. Where the
        graph is not `readable`, procedures leave be what only reads better in its normal form.
        `ops` names those that the graph has, or had during the run.
        """
        self.scratch: dict[Any, Any] = {}
        self.applied = ""
        self._rules = rules if isinstance(rules, Rules) else Rules(rules)
        self._outputs = outputs
        self._log = log
        self._order = order = topological(outputs)
        self.readable = len(order) <= READABLE
        self._kinds = {(node.op, bool(node.shape)) for node in order}
        self._has_complex = any(dtype == "complex" for dtype in {node.dtype for node in order})
        self._uses = Uses(order, outputs)
        self.ops = self._uses.ops
        self._done: dict[Node, Node] = {}
        self._chosen: dict[tuple[Op, bool], list[Rule]] = {}
        self._ops_chosen_for = len(self.ops)
        self._inner = self._inner_nodes(order, regions)
        self._asked: dict[Node, bool] = {}

    def _inner_nodes(self, order: list[Node], regions: Mapping[str, str]) -> set[Node]:
        """Nodes used once, by one of their own region, whose root rewrites the region whole.

        A region of products of matrices is cut where it has grown as large as a root reads.
        """
        inner: set[Node] = set()
        products: dict[Node, int] = {}
        for node in order:
            region = regions.get(node.op.name)
            chained = region is None and is_plain_product(node)
            for arg in node.args if region is not None or chained else ():
                if self._uses.of(arg) != 1:
                    continue
                if region is not None and regions.get(arg.op.name) == region:
                    inner.add(arg)
                elif chained and products.get(arg, LARGEST_REGION) < LARGEST_REGION:
                    products[node] = products.get(node, 1) + products[arg]
                    inner.add(arg)
            if chained:
                products.setdefault(node, 1)
        return inner

    def single(self, node: Node) -> bool:
        """True if at most one node uses `node`, so that it may be taken apart."""
        found = self._uses.counts.get(node, 1) <= 1
        if self.readable:
            self._asked[node] = found
        return found

    def remembered(self, key: object, found: Callable[[], T]) -> T:
        """Something that is found once in the run, with what was asked about uses for it."""
        known = self.scratch.get(key)
        if known is None:
            around, self._asked = self._asked, {}
            known = self.scratch[key] = found(), self._asked
            self._asked = around
        value, asked = known
        self._asked.update(asked)
        return cast("T", value)

    def _is_settled(self, node: Node) -> bool:
        """True if these rules had nothing to do for a node before, and would see the same now.

        What they see, besides the node, is which nodes are used once. For large graphs it is
        enough that there was nothing to do in another large graph.
        """
        if not self.readable:
            return node.settled is self._rules.settled_in_large
        counts = self._uses.counts
        for rules, asked in node.settled:
            if rules is self._rules and asked is not None:
                return all((counts.get(n, 1) <= 1) is single for n, single in asked.items())
        return False

    def _note_settled(self, node: Node) -> None:
        if not self.readable:
            node.remember_settled(node.settled or self._rules.settled_in_large)
            return
        others = [note for note in node.settled if note[0] is not self._rules]
        node.remember_settled((*others, (self._rules, self._asked)))

    def done(self, node: Node) -> Node:
        """What a node became; itself, if the run did not meet it."""
        return self._done.get(node, node)

    def run(self) -> list[Node]:
        """Rewrite, and return the outputs' normal forms."""
        done, inner = self._done, self._inner
        if not any(self._choose(op, is_array) for op, is_array in self._kinds):
            return list(self._outputs)
        for node in self._order:
            if node in done:
                continue
            idle = node in inner or not self._rules_for(node) or self._is_settled(node)
            if idle and _is_kept(node, done):
                done[node] = node
                continue
            result, settled = self._rewrite(node)
            if settled:
                self._finish(node, result)
            else:
                self._reach(node, result)
        return [done[output] for output in self._outputs]

    def _reach(self, wanted: Node, begun: Node) -> None:
        """Rewrite what a node has become, until it is settled."""
        done = self._done
        pending = {wanted: begun}
        stack = [wanted, begun]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
            elif node in pending:
                stack.pop()
                self._finish(node, done.get(pending[node], pending[node]))
            else:
                waiting = [arg for arg in node.args if arg not in done]
                if waiting:
                    stack.extend(waiting)
                    continue
                result, settled = self._rewrite(node)
                if settled or result in pending:
                    stack.pop()
                    self._finish(node, result)
                else:
                    pending[node] = result
                    stack.append(result)

    def _rewrite(self, node: Node) -> tuple[Node, bool]:
        """One step at the root: the result, and whether it is settled."""
        rebuilt = rebuild(node, tuple([self._done[arg] for arg in node.args]))
        if rebuilt is not node:
            self._uses.rebuilt(node, rebuilt)
        if node in self._inner:
            return rebuilt, True
        if rebuilt is not node and (rebuilt.op is not node.op or rebuilt in self._done):
            return rebuilt, rebuilt in self._done
        if self._is_settled(rebuilt):
            return rebuilt, True
        self._asked = {}
        for rule in self._rules_for(rebuilt):
            self.applied = rule.name
            try:
                result = rule.apply(rebuilt, self)
            except OverflowError:  # its numbers cannot be folded; the node stays as it is
                continue
            if result is None or result is rebuilt:
                continue
            result = _fitted(result, rebuilt)
            if result is None or result is rebuilt:
                continue
            self._uses.replaced(rebuilt, result)
            if self._log is not None:
                self._log.append(Step(self.applied, rebuilt, result))
            if not rule.final:
                return result, False
            self._settle(result)
            return result, not self._matches_pattern(result)
        self._note_settled(rebuilt)
        return rebuilt, True

    def _matches_pattern(self, node: Node) -> bool:
        """A normal form may be what another rule waits for."""
        rules = (rule for rule in self._rules_for(node) if not rule.final)
        if any(rule.apply(node, self) is not None for rule in rules):
            del self._done[node]
            return True
        return False

    def _rules_for(self, node: Node) -> list[Rule]:
        """The rules that may have something to do for a node, in this graph."""
        if len(self.ops) != self._ops_chosen_for:  # rules have brought new ones
            self._ops_chosen_for = len(self.ops)
            self._chosen.clear()
        rules = self._chosen.get((node.op, bool(node.shape)))
        if rules is None:
            rules = self._choose(node.op, bool(node.shape))
        if self._has_complex and is_among_complex(node):
            return [rule for rule in rules if rule.complex]
        return rules

    def _choose(self, op: Op, is_array: bool) -> list[Rule]:
        chosen = self._chosen[op, is_array] = [
            rule
            for rule in self._rules.of(op)
            if rule.is_of_use(self.ops) and (is_array or not rule.arrays)
        ]
        return chosen

    def _finish(self, node: Node, result: Node) -> None:
        self._done[node] = result
        if result is not node:
            self._done.setdefault(result, result)

    def _settle(self, result: Node) -> None:
        stack = [result]
        while stack:
            node = stack.pop()
            if node not in self._done:
                self._done[node] = node
                stack.extend(node.args)


def _is_kept(node: Node, done: Mapping[Node, Node]) -> bool:
    """True if no argument has become another."""
    args = node.args
    return args == tuple(map(done.__getitem__, args))


def _fitted(result: Node, like: Node) -> Node | None:
    """Give a rule's result the shape of what it replaces; refuse one of another kind.

    Where complex numbers cancel, what is left is still of kind complex.
    """
    if like.dtype == "complex":
        result = as_complex(result)
    if result.dtype != like.dtype:
        return None
    return result if result.shape == like.shape else broadcast_to(result, like.shape)
