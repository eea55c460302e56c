"""Comparisons, logic, and the choice between two expressions by a condition."""

from __future__ import annotations

from collections.abc import Callable

from symdiff.errors import ArgumentError
from symdiff.node import Node
from symdiff.ops.declare import Apply, elementwise, fixed_kind, promoted
from symdiff.ops.leaves import as_node, number_of
from symdiff.registry import BRANCH, FUNCTIONS, Edge, Linear, PythonForm, Sample, Undefined
from symdiff.template import ADD, ANY, COMPARE, Template

__all__ = [
    "equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "not_equal",
    "where",
]


def _comparison(
    name: str, symbol: str, pretty: str, latex: str, doc: str, **facts: bool
) -> Callable[..., Node]:
    def form(sign: str) -> Template:
        return Template(f"{{0:add}} {sign} {{1:add}}", COMPARE)

    return elementwise(
        name,
        doc=doc,
        arity=2,
        derivative=Undefined(
            "a comparison is true or false",
            "sd.where(condition, a, b), whose derivative is that of the branch taken, "
            "or sd.stop_gradient to hold it constant",
        ),
        numpy=form(symbol),
        python=form(symbol),
        text=form(symbol),
        pretty=form(pretty),
        latex=form(latex),
        kind=fixed_kind("bool"),
        samples=(Sample(f"where(x {symbol} y, x * y, 3 * x)", {"x": "n 1", "y": "m"}),),
        **facts,
    )


less: Apply = _comparison("less", "<", "<", "<", "Return where `x < y`.")
less_equal: Apply = _comparison("less_equal", "<=", "≤", "\\le", "Return where `x <= y`.")
greater: Apply = _comparison("greater", ">", ">", ">", "Return where `x > y`.")
greater_equal: Apply = _comparison("greater_equal", ">=", "≥", "\\ge", "Return where `x >= y`.")
equal: Apply = _comparison(
    "equal", "==", "=", "=", "Return where `x` equals `y`, entry by entry.", complex=True
)
not_equal: Apply = _comparison(
    "not_equal", "!=", "≠", "\\ne", "Return where `x` differs from `y`.", complex=True
)


def logical(
    name: str, arity: int, sample: str, doc: str, python: PythonForm | None = None
) -> Callable[..., Node]:
    """Declare an op whose result is true or false."""
    return elementwise(
        name,
        doc=doc,
        arity=arity,
        derivative=Undefined("its result is true or false", "sd.where(condition, a, b)"),
        kind=fixed_kind("bool"),
        python=python,
        samples=(Sample(f"where({sample}, x, 2 * x)", {"x": "n"}),),
    )


logical_not: Apply = logical(
    "logical_not",
    1,
    "logical_not(x > 0)",
    "Return where `x` is false.",
    Template("(not {0:compare})"),
)
logical_and: Apply = logical(
    "logical_and",
    2,
    "logical_and(x > 0, x < 1)",
    "Return where `x` and `y` are both true.",
    Template("bool({0:compare} and {1:compare})"),
)
logical_or: Apply = logical(
    "logical_or",
    2,
    "logical_or(x > 1, x < 0)",
    "Return where `x` or `y` is true.",
    Template("bool({0:compare} or {1:compare})"),
)


def masked_product(g: Node, partial: Node | float) -> Node:
    """Multiply a cotangent that a `where` has masked, keeping the mask outside the product.

    Where the other branch was taken the cotangent is 0, whatever the partial is, even infinite.
    """
    condition, chosen, other = g.args
    if number_of(other) == 0:
        return WHERE(condition, chosen * partial, 0.0)
    if number_of(chosen) == 0:
        return WHERE(condition, 0.0, other * partial)
    return g * partial


def masked_sum(a: Node, b: Node) -> Node:
    """Add two cotangents; what one condition masks in both, it masks in their sum."""
    if a.op.name == b.op.name == "where" and a.args[0] is b.args[0] and a.shape == b.shape:
        condition, chosen, other = a.args
        if number_of(other) == 0 and number_of(b.args[2]) == 0:
            return WHERE(condition, chosen + b.args[1], 0.0)
        if number_of(chosen) == 0 and number_of(b.args[1]) == 0:
            return WHERE(condition, 0.0, other + b.args[2])
    return a + b


def _boundary(y: Node, condition: Node, a: Node, b: Node) -> Node | None:
    """Where the sides of a comparison meet: there the derivative is that of the branch taken."""
    ordered = condition.op.name in ("less", "less_equal", "greater", "greater_equal")
    return equal(*condition.args) if ordered else None


def _where_transpose(node: Node, k: int, g: Node) -> Node | None:
    if k == 0:
        return None
    return WHERE(node.args[0], g, 0.0) if k == 1 else WHERE(node.args[0], 0.0, g)


WHERE: Apply = elementwise(
    "where",
    arity=3,
    doc="Choose entries by a condition.",
    python=Template("{1:compare} if {0:compare} else {2}", ANY),
    condition=0,
    derivative=Linear(_where_transpose),
    latex=Template(
        "\\begin{{cases}} {1} & \\text{{if }} {0} \\\\ {2} & \\text{{otherwise}} \\end{{cases}}",
        ADD,
    ),
    kind=lambda name, args: promoted(args[1:]),
    complex=True,
    samples=(
        Sample("where(x > 0, x, y)", {"x": "n 1", "y": "m"}),
        Sample("where(x > 0, 1, 0.5) * x", {"x": "n"}),
    ),
    values=lambda node, x: x[1].union(x[2]),
    edges=(Edge(_boundary, BRANCH),),
)


def where(condition: object, x: object, y: object) -> Node:
    """Return `x` where the condition holds and `y` elsewhere, with NumPy broadcasting.

    The derivative is that of the branch taken; nothing flows into the condition.

    Raises ArgumentError for a condition that is not boolean.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(sd.where(x > 0, x, 0))
    where(x > 0, x, 0)
    """
    chosen = as_node(condition)
    if chosen.dtype != "bool" or number_of(chosen) is not None:
        raise ArgumentError(
            f"the condition of `where` must be a boolean expression, not {chosen}; compare with "
            "<, <=, >, >=, sd.equal or sd.not_equal (`==` on expressions asks for identity)"
        )
    return WHERE(chosen, x, y)


FUNCTIONS["where"] = where
