"""Is an answer the right one? The comparison with the right expression, and the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.answers.compare import check_comparable, compared, proved_equal, trials
from symdiff.answers.diagnosis import diagnose, diagnose_shape
from symdiff.answers.verdict import Verdict
from symdiff.binding import inputs, size_names
from symdiff.dims import names_in
from symdiff.errors import ArgumentError, describe, quote
from symdiff.frontends.text import parse
from symdiff.node import Node, topological
from symdiff.ops.leaves import as_node, variable
from symdiff.ops.leaves import size as size_node
from symdiff.rewrite.engine import substitute


def same(mine: object, theirs: object, where: Mapping[str, object] | None = None) -> Verdict:
    """Say whether an expression of yours equals the right one, and if not, what is wrong with it.

    `mine` may be text over the variables of `theirs`. `where` gives names of intermediates, as
    text or as expressions; each may use those before it, and both sides may use them all.

    Normal forms that meet are a proof. Otherwise both are evaluated at random points for several
    sizes, exactly if they are rational. If they differ, the mistakes that people make are tried
    one by one, and the first whose correction is right is named.

    Raises ParseError and ShapeError for text that makes no sense, ArgumentError for names that
    stand for two things, InputError if there are no points at which both have values.

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> w = sd.inputs(loss)[1]
    >>> print(same("2*X.T @ r", sd.grad(loss, w), where={"r": "X @ w - y"}))
    Right, proved: both have the same normal form.
    >>> print(same("X.T @ (X @ w - y)", sd.grad(loss, w)).mistake)
    a factor 2 is missing
    """
    right = as_node(theirs)
    known = _words([e for e in (mine, right) if isinstance(e, Node)])
    meaning = define(where or {}, known)
    stands = _bindings(meaning, known)
    answer = (
        parse(mine, **(known | meaning))
        if isinstance(mine, str)
        else substitute(as_node(mine), stands)
    )
    return judge(answer, substitute(right, stands), meaning)


def define(where: Mapping[str, object], known: Mapping[str, Node | str]) -> dict[str, Node]:
    """What each defined name stands for, in terms of names that are not defined.

    Raises ArgumentError for a definition whose shape is not that of the variable of its name.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> define({"z": "2*x", "h": "sigmoid(z)"}, {"x": x})["h"]
    <σ(2 x) : (n,) float>
    """
    meaning: dict[str, Node] = {}
    words = {word: what for word, what in known.items() if word not in where}
    for name, definition in where.items():
        if isinstance(definition, str):
            node = parse(definition, **(words | meaning))
        else:
            node = substitute(as_node(definition), _bindings(meaning, known))
        stood = known.get(name)
        if isinstance(stood, Node) and (stood.shape, stood.dtype) != (node.shape, node.dtype):
            raise ArgumentError(
                f"{name!r} is declared as {describe(stood)}, but defined as {describe(node)}"
            )
        meaning[name] = node
    return meaning


def _words(expressions: list[Node]) -> dict[str, Node]:
    """What text may use: the variables of expressions, and sizes that none of these has."""
    variables = inputs(*expressions)
    told = names_in(size for v in variables for size in v.shape)
    sizes = [name for name in size_names(topological(expressions)) if name not in told]
    return {v.attrs[0]: v for v in variables} | {name: size_node(name) for name in sizes}


def _bindings(meaning: Mapping[str, Node], known: Mapping[str, Node | str]) -> dict[Node, Node]:
    """What replaces the variables that have the names of definitions."""
    variables = {name: known.get(name) for name in meaning}
    return {v: meaning[name] for name, v in variables.items() if isinstance(v, Node)}


def judge(mine: Node, theirs: Node, meaning: Mapping[str, Node]) -> Verdict:
    """The verdict on an answer in which no name is defined; `meaning` shortens what is quoted."""
    check_comparable(mine, theirs)
    notes = _notes(mine, theirs)

    def quoted(expression: Node) -> str:
        return quote(shortened(expression, meaning))

    if mine.shape != theirs.shape:
        unfit = diagnose_shape(mine, theirs, tuple(trials(mine, theirs)), quoted)
        return Verdict(False, "shapes", mistake=unfit, notes=notes)
    if proved_equal(mine, theirs):
        return Verdict(True, "proved")
    found = compared(mine, theirs)
    if found.disagreement is None:
        return Verdict(True, found.how, found.points)
    samples = found.trials or tuple(trials(mine, theirs))
    mistake = diagnose(mine, theirs, samples, quoted)
    return Verdict(False, found.how, found.points, mistake, found.disagreement, notes)


def _notes(mine: Node, theirs: Node) -> tuple[str, ...]:
    """The variables that only one side has."""
    sides = [{v.attrs[0]: v for v in inputs(side)} for side in (mine, theirs)]
    inputs(mine, theirs)  # refuses two variables of one name
    extra = [name for name in sides[0] if name not in sides[1]]
    lacking = [name for name in sides[1] if name not in sides[0]]
    notes = [f"Only yours has {', '.join(extra)}."] * bool(extra)
    return (*notes, *[f"Yours has no {', '.join(lacking)}."] * bool(lacking))


def shortened(expression: Node, meaning: Mapping[str, Node]) -> Node:
    """The expression with names for the parts that they were defined to stand for.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> print(shortened(1 - sd.tanh(x) ** 2, {"h": sd.tanh(x)}))
    1 − h²
    """
    parts = {name: node for name, node in meaning.items() if node.args}
    named = {node: variable(name, node.shape, node.dtype) for name, node in parts.items()}
    return substitute(expression, named)
