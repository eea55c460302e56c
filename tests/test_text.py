"""Reading formulas: grammar, matrix notation, inference of shapes, messages, limits."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SAMPLES, declared, each_op

from symdiff.dims import named
from symdiff.errors import ArgumentError, ParseError, ShapeError, SymdiffError
from symdiff.frontends.lexer import LONGEST
from symdiff.frontends.text import declare, parse
from symdiff.node import Node, topological
from symdiff.ops.choices import equal, less, logical_and, where
from symdiff.ops.contraction import einsum, matmul, outer, sum, transpose
from symdiff.ops.elementwise import add, exp, multiply, negative, power, sigmoid
from symdiff.ops.kinks import abs, maximum
from symdiff.ops.leaves import array, as_node, constant, eye, number_of, size, variable
from symdiff.ops.norms import norm
from symdiff.ops.rounding import floor_divide
from symdiff.ops.structure import broadcast_to, expand_dims, reshape, zeros
from symdiff.registry import FUNCTIONS
from symdiff.rewrite.simplify import simplify
from symdiff.rewrite.spelled_out import spelled_out
from symdiff.show.text import pretty, text

SHAPES = {"X": "n d", "Y": "d n", "w": "d", "v": "d", "y": "n", "lam": "", "λ": ""}
X, Y, w, v, y, lam, λ = (variable(name, shape) for name, shape in SHAPES.items())
n, d = size("n"), size("d")


def shapes_in(node: Node) -> dict[str, str]:
    """The variables of a formula with their shapes, by name."""
    leaves = [leaf for leaf in topological([node]) if leaf.op.name == "variable"]
    return {leaf.attrs[0]: " ".join(map(str, leaf.shape)) for leaf in leaves}


# Operators, literals, precedence ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sum((X @ w - y)**2)/n + lam*sum(w**2)", sum((X @ w - y) ** 2) / n + lam * sum(w**2)),
        ("lam - y - lam", (lam - y) - lam),
        ("lam / y / lam", (lam / y) / lam),
        ("lam / y * lam", (lam / y) * lam),
        ("lam ** y ** 2", lam ** (y**2)),
        ("lam ^ y ^ 2", lam ** (y**2)),
        ("-y**2", -(y**2)),
        ("-y*lam", (-y) * lam),
        ("y**-lam", y ** (-lam)),
        ("y**-lam**2", y ** (-(lam**2))),
        ("y**-lam*2", (y ** (-lam)) * 2),
        ("y - -y", y - (-y)),
        ("--y", negative(negative(y))),
        ("+y", y),
        ("y < lam + 1", less(y, lam + 1)),
        ("y == lam", equal(y, lam)),
        ("y = lam", equal(y, lam)),
        ("y * 2 @ X", matmul(y * 2, X)),
        ("X.T @ y", transpose(X) @ y),
        ("X' @ y", transpose(X) @ y),
        ("Xᵀ @ y", transpose(X) @ y),
        ("X''", X),
        ("y**2'", y**2),
        ("X.T[0]", transpose(X)[0]),
        ("y²", y**2),
        ("-y²", -(y**2)),
        ("y¹⁰", y**10),
        ("y⁻¹", power(y, -1)),
        ("2**3", power(2, 3)),
        ("2.0**-1", power(2.0, -1)),
        ("-2**2", negative(power(2, 2))),
        ("(-2)**2", power(-2, 2)),
        ("y // 2", floor_divide(y, 2)),
        ("1 + 2", add(1, 2)),
        ("d*n", d * n),
    ],
)
def test_operators(formula: str, expected: Node) -> None:
    assert parse(formula, **SHAPES) is expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1", 1),
        ("007", 7),
        ("2.5", 2.5),
        ("1e-3", 1e-3),
        (".5", 0.5),
        ("3.", 3.0),
        ("2E5", 2e5),
        ("-1", -1),
        ("-(2)", -2),
        ("+3", 3),
        ("−0.5", -0.5),
        ("-0.0", -0.0),
        ("True", True),
        ("False", False),
        ("inf", math.inf),
        ("-∞", -math.inf),
        ("pi", math.pi),
    ],
)
def test_numbers(formula: str, expected: float) -> None:
    assert parse(formula) is constant(expected)


def test_not_a_number() -> None:
    assert math.isnan(float(number_of(parse("nan")) or 0))


# Indexing, calls, arguments -----------------------------------------------------------------------

K = variable("K", "2 n 4")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("K[0]", K[0]),
        ("K[-1]", K[-1]),
        ("K[1, 2:, ::2]", K[1, 2:, ::2]),
        ("K[..., 0]", K[..., 0]),
        ("K[..., ::-1]", K[..., ::-1]),
        ("K[:, None, 1:-1:2]", K[:, None, 1:-1:2]),
        ("K[:, newaxis]", K[:, None]),
        ("K[:]", K),
        ("K[0,]", K[0]),
        ("K[0][1:][0]", K[0][1:][0]),
        ("(K + 1) [0]", (K + 1)[0]),
    ],
)
def test_indexing(formula: str, expected: Node) -> None:
    assert parse(formula, K="2 n 4") is expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sum(X, axis=0)", sum(X, axis=0)),
        ("sum(X, axis=-1, keepdims=True)", sum(X, axis=-1, keepdims=True)),
        ("sum(X, (0, 1))", sum(X, (0, 1))),
        ("sum(X, axis=(0,),)", sum(X, axis=(0,))),
        ("sum(X, axis=None)", sum(X)),
        ("sum(X, axis=())", X),
        ("expand_dims(y, 0)", expand_dims(y, 0)),
        ("reshape(X, (d, n))", reshape(X, ("d", "n"))),
        ("reshape(X, (-1,))", reshape(X, -1)),
        ("reshape(lam, ())", lam),
        ("zeros((n, 2))", zeros(("n", 2))),
        ("zeros(((n), 2))", zeros(("n", 2))),
        ("eye(n)", eye("n")),
        ("maximum(y, 0)", maximum(y, 0)),
        ("clip(y, -1, None)", maximum(y, -1)),
        ("clip(y, lower=-1)", maximum(y, -1)),
        ("transpose(K, (0, 2, 1))", transpose(K, (0, 2, 1))),
        ("array([[1.0, 2], [-3, .5],])", array([[1.0, 2.0], [-3.0, 0.5]])),
        ("array([True, False])", array([True, False])),
        ("array([])", array([])),
        ("array(2)", constant(2)),
        ("einsum('ij,j->i', X, w)", einsum("ij,j->i", X, w)),
        ('einsum("ij,j", X, w)', einsum("ij,j", X, w)),
        ("einsum('ij,ij', X, Y')", einsum("ij,ij", X, transpose(Y))),
        ("where(y > 0, y, 0)", where(y > 0, y, 0)),
        ("where(y = 0, y, 0)", where(equal(y, 0), y, 0)),
        ("exp (y)", exp(y)),
        ("zeros((n,)).at[1:].set(y[1:])", None),
        ("y.at[[0, 2], ].set(1)", y.at[[0, 2]].set(1)),
        ("y.at[0].get()", y[0]),
        ("y[[0, -1, 0]] + y[[[1], [2]]]", y[[0, -1, 0]] + y[[[1], [2]]]),
        ("y[array([1, 0])]", y[[1, 0]]),
        ("(y + 1).at[y > 0].add(2)", where(y > 0, y + 1 + 2, y + 1)),
    ],
)
def test_calls(formula: str, expected: Node | None) -> None:
    node = parse(formula, **SHAPES, K="2 n 4")
    assert node is expected if expected is not None else text(node) == formula


def test_every_function_can_be_called() -> None:
    for name in FUNCTIONS.keys() - {"getitem"}:
        with pytest.raises(SymdiffError, match=rf"\n  {name}\(\)\n"):
            parse(f"{name}()")


def test_an_option_is_told_from_a_comparison() -> None:
    assert parse("sum(x, axis=0)", x="n") is sum(variable("x", "n"), axis=0)
    assert parse("sum(axis, axis=0)", axis="n") is sum(variable("axis", "n"), axis=0)
    x = variable("x", "")
    assert parse("where(x = 1, x, 0)", x="") is where(equal(x, 1), x, 0)


# Matrix notation ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("2 Xᵀ(X w − y)", multiply(2, matmul(transpose(X), X @ w - y))),
        ("2 λ w", multiply(multiply(2, λ), w)),
        ("2 λ X w", multiply(multiply(2, λ), X @ w)),
        ("X Y y", matmul(matmul(X, Y), y)),
        ("wᵀ v", matmul(w, v)),
        ("w vᵀ", outer(w, v)),
        ("yᵀ X", matmul(y, X)),
        ("yᵀ X w", matmul(matmul(y, X), w)),
        ("(yᵀ X)ᵀ w", matmul(matmul(y, X), w)),
        ("y.T X w.T.T", matmul(matmul(y, X), w)),
        ("y' y y'", multiply(matmul(y, y), y)),
        ("X w λ", multiply(X @ w, λ)),
        ("λ (wᵀ v) w", multiply(multiply(λ, matmul(w, v)), w)),
        ("y yᵀ X", matmul(outer(y, y), X)),
        ("−2 X w", multiply(-2, X @ w)),
        ("−λ w", -multiply(λ, w)),
        ("y − 2 X w", y - multiply(2, X @ w)),
        ("2λ", multiply(2, λ)),
        ("2(λ)", multiply(2, λ)),
        ("2 λ²", multiply(2, λ**2)),
        ("2 λ^2 w", multiply(multiply(2, λ**2), w)),
        ("λ^−λ w", multiply(λ ** (-λ), w)),
        ("exp(λ) 2^λ", multiply(exp(λ), power(2, λ))),
        ("w ⊙ 2 v", multiply(w, multiply(2, v))),
        ("w · 2", multiply(w, 2)),
        ("1/2 λ", 1 / multiply(2, λ)),
        ("w ≤ 2", FUNCTIONS["less_equal"](w, 2)),
        ("w ≥ 2", FUNCTIONS["greater_equal"](w, 2)),
        ("w ≠ 2", FUNCTIONS["not_equal"](w, 2)),
        ("σ(w)", sigmoid(w)),
        ("|w|", abs(w)),
        ("|λ| |w|²", multiply(abs(λ), abs(w) ** 2)),
        ("||w| − 1|", abs(abs(w) - 1)),
        ("|2 |w||", abs(multiply(2, abs(w)))),
        ("|λ |λ| λ|", abs(multiply(multiply(λ, abs(λ)), λ))),
        ("‖w‖²", norm(w) ** 2),
        ("2 ‖X‖", multiply(2, norm(X))),
    ],
)
def test_matrix_notation(formula: str, expected: Node) -> None:
    assert parse(formula, **SHAPES) is expected


@pytest.mark.parametrize(("formula", "reason"), [
    ("w v", "the first is a column"),
    ("X wᵀ", "the second is a row"),
    ("w X", "the first is a column"),
    ("wᵀ vᵀ", "the second is a row"),
    ("(wᵀ) v", "the first is a column"),
])  # fmt: skip
def test_rows_and_columns_must_fit(formula: str, reason: str) -> None:
    with pytest.raises(ArgumentError, match=reason):
        parse(formula, **SHAPES)


def test_a_declared_name_goes_before_a_spoken_function() -> None:
    assert parse("σ (σ + 1)", σ="") is multiply(variable("σ", ""), variable("σ", "") + 1)


def test_names_are_read_as_python_reads_them() -> None:
    assert parse("µ + 1", μ="") is variable("μ", "") + 1  # the micro sign is the Greek letter
    assert parse("x₁²", x1="") is variable("x1", "") ** 2


# Reading back what is printed ---------------------------------------------------------------------

LOSSY = set("I𝟎𝟏…")
COLUMNS = {"w @ X", "vecmat(x, A)"}
"""Printed as the columns `Xᵀ w` and `Aᵀ x`, and read as the products that these are."""


@each_op
def test_printed_text_is_read_back(name: str) -> None:
    for sample in SAMPLES[name]:
        words = declared(sample)
        node = parse(sample.formula, **words)
        assert parse(text(node), **words) is node
        notation = pretty(node)
        if not LOSSY & set(notation):
            # sides of triangles are printed as the roots that they are
            alike = simplify if sample.formula in COLUMNS else spelled_out
            assert alike(parse(notation, **words)) is alike(node)


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        ("x @ A", "Aᵀ x"),
        ("x @ A.T", "A x"),
        ("x @ A @ x", "xᵀ A x"),
        ("(x + y) @ inv(A).T @ B @ x", "(x + y)ᵀ A⁻ᵀ B x"),
        ("x @ (A @ x)", "xᵀ(A x)"),
        ("x @ A + A @ y", "Aᵀ x + A y"),
        ("x @ stack([A, B])", "xᵀ stack((A, B))"),
    ],
)
def test_vectors_are_columns(formula: str, printed: str) -> None:
    node = parse(formula, x="n", y="n", A="n n", B="n n")
    assert pretty(node) == printed
    assert simplify(parse(printed, x="n", y="n", A="n n", B="n n")) is simplify(node)


@pytest.mark.parametrize("shape", ["3*n", "n + 1", "2*n - m + 1", "m*n", "n**2 + n"])
def test_compound_sizes_are_read_back(shape: str) -> None:
    node = broadcast_to(variable("x", ""), parse(f"zeros({shape})", x="n m").shape)
    assert parse(text(node), x="", y="n m") is node


def test_rounded_sizes_are_read_back() -> None:
    node = broadcast_to(variable("x", ""), variable("y", "n")[::2].shape)
    assert parse(text(node), x="", y="n") is node


NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.booleans())
LEAVES = st.one_of(NUMBERS.map(as_node), st.sampled_from([y, lam, λ, n]))
BINARY = [add, FUNCTIONS["subtract"], multiply, FUNCTIONS["divide"], less, logical_and]
UNARY = [negative, exp, abs, norm]


def combined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Formulas one level deeper; what the functions refuse is replaced by its first part."""

    def build(function: Any, *args: Node) -> Node:
        try:
            result: Node = function(*args)
        except SymdiffError:
            return args[0]
        return result

    two = st.tuples(st.sampled_from([*BINARY, power]), parts, parts)
    one = st.tuples(st.sampled_from(UNARY), parts)
    return st.one_of(two, one).map(lambda call: build(*call))


@given(st.recursive(LEAVES, combined, max_leaves=20))
def test_any_formula_is_read_back(node: Node) -> None:
    assert parse(text(node), y="n", lam="", λ="") is node


# Names and shapes ---------------------------------------------------------------------------------


def test_shapes_are_given_in_many_ways() -> None:
    x = variable("x", ("n", 2))
    for shape in ("n 2", "n, 2", ("n", 2), [named("n"), 2]):
        assert parse("x", x=shape) is x
    assert parse("x", x=3) is variable("x", (3,))
    assert parse("text + names", text="", names="").shape == ()


def test_a_name_can_stand_for_an_expression() -> None:
    residual = X @ w - y
    assert parse("sum(r**2)/n", r=residual) is sum(residual**2) / n


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"n": "n"}, "'n' names both a variable and a size"),
        ({"d": "", "r": X}, "'d' names both a variable and a size"),
        ({"sum": "n"}, "'sum' cannot name a variable: it is a function of the grammar; try 'sum1'"),
        ({"inf": "n"}, "'inf' cannot name a variable: it is a constant of the grammar; try 'inf1'"),
        ({"a b": "n"}, "'a b' cannot name a variable: it must be a Python identifier"),
        (
            {"x": "n!"},
            "the shape of 'x': 'n!' is not a size; write an int, a name, or e.g. '2*n + 1'",
        ),
        ({"x": None}, "the shape of 'x': a size must be an int, a name or a named size, not None"),
    ],
)
def test_bad_declarations(names: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse("1", **names)
    assert str(caught.value) == message


def test_text_must_be_text() -> None:
    with pytest.raises(ArgumentError, match="a formula must be text, not 3"):
        parse(3)  # type: ignore[arg-type]


# Inference ----------------------------------------------------------------------------------------

M, V, S = "matrix", "vector", "scalar"


@pytest.mark.parametrize(
    ("formula", "kinds", "found"),
    [
        ("sum((X @ w - y)**2)", {"X": M, "w": V, "y": V}, {"X": "n d", "w": "d", "y": "n"}),
        ("a*x", {"a": S, "x": V}, {"a": "", "x": "n"}),
        ("X @ w", {"X": M, "w": "p"}, {"X": "n p", "w": "p"}),
        ("X @ w", {"X": M, "w": 3}, {"X": "n 3", "w": "3"}),
        ("A @ B", {"A": M, "B": M}, {"A": "n d", "B": "d m"}),
        ("A @ B + A", {"A": M, "B": M}, {"A": "n d", "B": "d d"}),
        ("trace(A) * b @ A", {"A": M, "b": V}, {"A": "n n", "b": "n"}),
        ("x[1:] - z", {"x": V, "z": V}, {"x": "n", "z": "n - 1"}),
        (
            "(x[1:] - z) @ w + sum(x + q)",
            {"x": V, "z": V, "w": V, "q": "7"},
            {"x": "7", "z": "6", "w": "6", "q": "7"},
        ),
        ("xᵀ A x", {"x": V, "A": M}, {"x": "n", "A": "n n"}),
        ("sum(x)*sum(d)", {"x": V, "d": V}, {"x": "n", "d": "m"}),
        ("x + unknown1", {"x": V, "unknown1": V}, {"x": "n", "unknown1": "n"}),
    ],
)
def test_inference(formula: str, kinds: dict[str, object], found: dict[str, str]) -> None:
    assert shapes_in(parse(formula, **kinds)) == found


def test_inference_of_many_sizes() -> None:
    names = [f"x{i}" for i in range(12)]
    node = parse(" * ".join(f"sum({name})" for name in names), **dict.fromkeys(names, V))
    assert list(shapes_in(node).values()) == [*"ndmkpqrs", "n1", "n2", "n3", "n4"]


def test_inferred_sizes_avoid_names_inside_expressions() -> None:
    inner = variable("n", "q") + variable("d", "q")
    assert shapes_in(parse("sum(r) * sum(x)", r=inner, x=V))["x"] == "m"


def test_messages_name_inferred_sizes_as_people_do() -> None:
    assert message("x[1:] + x", x=V) == (
        "`add` cannot broadcast `x[1:]` of shape (n - 1,) with `x` of shape (n,): "
        "size n - 1 differs from size n\n"
        "  x[1:] + x\n"
        "        ^"
    )
    assert message("sum(X, axis=2)", X=M) == (
        "axis 2 does not exist in `X` of shape (n, d)\n  sum(X, axis=2)\n  ^"
    )


# Declarations on the command line -----------------------------------------------------------------


@pytest.mark.parametrize("words", ["n int", "n,int", "vector int"])
def test_a_shape_in_words_may_end_with_a_dtype(words: str) -> None:
    [declared] = declare([f"c:{words}"]).values()
    loss = parse("-sum(log_softmax(Z, axis=1)[arange(n), c])", Z="n k", c=declared)
    assert loss is parse(text(loss), Z="n k", c=variable("c", "n", "int"))


def test_a_dtype_alone_is_that_of_a_scalar() -> None:
    assert declare(["i:int", "f:bool", "x:float"]) == {"i": "int", "f": "bool", "x": ""}
    assert parse("x[i]", x="n", i="int") is parse("x[i]", x="n", i=variable("i", "", "int"))


def test_declare() -> None:
    shapes = ["X:n,d", "w : d", "lam:", "A:matrix", "z:2*n+1, 3"]
    found = declare(shapes)
    assert found == {"X": "n d", "w": "d", "lam": "", "A": "matrix", "z": "2*n+1 3"}


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        (["X"], "'X' declares no shape; write 'X:n,d', 'w:d' or 'lam:'"),
        (["X:n", "X:d"], "'X' is declared twice"),
        ([":n"], "'' cannot name a variable: it must be a Python identifier"),
        (["X:n?"], "the shape of 'X': 'n?' is not a size; write an int, a name, or e.g. '2*n + 1'"),
        (["sum:n"], "'sum' cannot name a variable: it is a function of the grammar; try 'sum1'"),
    ],
)  # fmt: skip
def test_declare_refuses(shapes: list[str], expected: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        declare(shapes)
    assert str(caught.value) == expected


# Messages -----------------------------------------------------------------------------------------


def message(formula: str, **names: object) -> str:
    """The message with which a formula is refused."""
    with pytest.raises(SymdiffError) as caught:
        parse(formula, **names)
    return str(caught.value)


DECLARED = "declared are X, Y, w, v, y, lam, λ, n, d"


@pytest.mark.parametrize(
    ("formula", "reason", "column"),
    [
        ("sum((X @ w - )**2)", "expected an operand, found ')'", 13),
        ("X @", "expected an operand, found the end of the text", 3),
        ("* X", "expected an operand, found '*'", 0),
        ("X ** / w", "expected an operand, found '/'", 5),
        ("()", "expected an operand, found ')'", 1),
        ("X[]", "expected an operand, found ']'", 2),
        ("X[,0]", "expected an operand, found ','", 2),
        ("sum(,)", "expected an operand, found ','", 4),
        ("sum(X, axis=)", "expected an operand, found ')'", 12),
        ("X[1:2:3:4]", "a slice has at most two colons", 7),
        ("1:2", "expected an operator, found ':'", 1),
        ("y 2", "expected an operator, found '2'", 2),
        ("1 2", "expected an operator, found '2'", 2),
        ("y 'a'", "expected an operator, found ''a''", 2),
        ("sum(X + w", "this '(' is never closed", 3),
        ("sum((X + w)", "this '(' is never closed", 3),
        ("X[0", "this '[' is never closed", 1),
        ("(X]", "this '(' is closed by ']'", 0),
        ("|X)", "this '|' is closed by ')'", 0),
        ("X)", "this ')' closes nothing", 1),
        ("(y>0) | (y<1)", "this '|' is never closed; for 'or' write logical_or(a, b)", 6),
        ("'ij", "this quote is never closed", 0),
        ("W", f"unknown name 'W'; did you mean 'w'? {DECLARED}", 0),
        ("lamb + 1", f"unknown name 'lamb'; did you mean 'lam'? {DECLARED}", 0),
        ("zzz", f"unknown name 'zzz'; {DECLARED}", 0),
        ("y and y", "unknown name 'and'; write logical_and(a, b)", 2),
        ("y if y", "unknown name 'if'; write where(condition, a, b)", 2),
        ("sum + 1", "'sum' is a function; write sum(…), or 'sum1' for a variable", 0),
        ("y.foo", "unknown attribute '.foo'; a transpose is '.T'", 1),
        ("y $ 1", "'$' is not part of the grammar", 2),
        ("y & y", "'&' is not part of the grammar; write logical_and(a, b)", 2),
        ("y；", "'；' (U+FF1B) is not part of the grammar", 1),
        ("yⁿ", "'ⁿ' (U+207F) is not part of the grammar", 1),
        ("𝟏", "'𝟏' (U+1D7CF) is not part of the grammar", 0),
        ("y < y < y", "comparisons cannot be chained; write logical_and(a < b, b < c)", 6),
        ("(1, 2)", "a tuple can only be an argument of a function", 2),
        ("X[(0, 1)]", "a tuple can only be an argument of a function", 4),
        ("[1, 2]", "a list can only be an argument of a function", 0),
        ("exp(1 + [2])", "a list can only be an argument of a function", 8),
        ("'ij'", "a text can only be an argument of a function", 0),
        ("sum(X, (0, 1)*2)", "expected ',' or ')', found '*'", 13),
        ("sum(X, (0, 1).T)", "expected ',' or ')', found '.T'", 13),
        ("sum(X, axis=0, 1)", "an argument without a name cannot follow one with a name", 15),
        ("sum(X, axis=0, axis=1)", "'axis' is given twice", 15),
        (
            "zeros(n).at[1:] + 1",
            "expected one of .set, .add, .subtract, .multiply, .divide, .min, .max, .get, "
            "found '+'",
            16,
        ),
        ("y.at[0].get(1)", "`.get` takes no value", 11),
        ("y[1 + [2]]", "a list can only be an argument of a function", 6),
        ("zeros(n).at[0].set(y, y)", "`.set` takes one value", 18),
        ("9" * 5000, "a whole number of 5000 digits is too long; write it as a float", None),
    ],
)
def test_parse_errors(formula: str, reason: str, column: int | None) -> None:
    with pytest.raises(ParseError) as caught:
        parse(formula, **SHAPES)
    if column is None:
        assert str(caught.value).startswith(reason + "\n")
    else:
        assert str(caught.value) == f"{reason}\n  {formula}\n  {' ' * column}^"


def test_unknown_functions_are_told_the_nearest_or_where_all_are() -> None:
    reason, *shown = message("1 + sun(x)", x="n").split("\n")
    assert reason == "unknown function 'sun'; did you mean 'sum'?"
    assert shown == ["  1 + sun(x)", "      ^"]
    reason = message("zzzz(x)", x="n").split("\n")[0]
    assert re.fullmatch(
        r"unknown function 'zzzz'; print\(sd.ops\(\)\) lists the \d+ that there are", reason
    )


@pytest.mark.parametrize("formula", ["", "  \n"])
def test_empty_text(formula: str) -> None:
    assert message(formula) == "expected a formula, found an empty text"


@pytest.mark.parametrize(
    ("formula", "kind", "expected"),
    [
        (
            "lam + X @ y",
            ShapeError,
            "`@` cannot multiply `X` of shape (n, d) by `y` of shape (n,): "
            "size d differs from size n; the transpose of the first fits\n"
            "  lam + X @ y\n"
            "          ^",
        ),
        (
            "sum(X, axs=0)",
            ArgumentError,
            "got an unexpected keyword argument 'axs'; "
            "the function is sum(x, axis=None, keepdims=False, initial=None, where=None, "
            "dtype=None)\n"
            "  sum(X, axs=0)\n"
            "  ^",
        ),
        (
            "2*sum()",
            ArgumentError,
            "missing a required argument: 'x'; the function is sum(x, axis=None, keepdims=False, "
            "initial=None, where=None, dtype=None)\n"
            "  2*sum()\n"
            "    ^",
        ),
        (
            "X[0, 0, 0]",
            ArgumentError,
            "3 indices are too many for `X` of shape (n, d)\n  X[0, 0, 0]\n   ^",
        ),
        (
            "None",
            ArgumentError,
            "expected an expression, a number or an array, not None\n  None\n  ^",
        ),
    ],
)
def test_errors_of_functions_show_the_place(
    formula: str, kind: type[Exception], expected: str
) -> None:
    with pytest.raises(kind) as caught:
        parse(formula, **SHAPES)
    assert str(caught.value) == expected


def test_the_clash_of_a_shape_error_is_kept() -> None:
    with pytest.raises(ShapeError) as caught:
        parse("X @ y", **SHAPES)
    assert caught.value.clash == (named("d"), named("n"))


def test_errors_of_numpy_become_argument_errors() -> None:
    assert message("array([[1], [2, 3]])").startswith("`array` cannot take these arguments: ")


def test_long_text_is_shown_through_a_window() -> None:
    long = "y" + " + y" * 100
    for formula, place, shown in [
        ("q + " + long, 0, ("q + " + long)[:69] + "…"),
        (long + " + q + " + long, 35, "…" + (long + " + q + " + long)[370:438] + "…"),
        (long + " + q", 69, "…" + (long + " + q")[-69:]),
        (long + " +", 70, "…" + (long + " +")[-69:]),
    ]:
        assert message(formula, y="").split("\n")[1:] == [f"  {shown}", f"  {' ' * place}^"]


def test_line_breaks_are_shown_as_spaces() -> None:
    assert message("y +\n\ty )", y="n") == "this ')' closes nothing\n  y +  y )\n         ^"


# Size ---------------------------------------------------------------------------------------------


def test_a_long_sum() -> None:
    node = parse(" + ".join(["x"] * 10_000), x="n")
    assert len(topological([node])) == 10_000


def test_deep_nesting() -> None:
    assert parse("(" * 900 + "x" + ")" * 900, x="n") is variable("x", "n")
    assert len(topological([parse("exp(" * 900 + "x" + ")" * 900, x="n")])) == 901
    assert len(topological([parse("-" * 10_000 + "x", x="n")])) == 10_001
    assert len(topological([parse("x" + "**x" * 10_000, x="n")])) == 10_001
    assert len(topological([parse("x " * 10_000, x="")])) == 10_000


@pytest.mark.parametrize("bracket", ["(", "[", "exp(", "|"])
def test_too_deep_nesting(bracket: str) -> None:
    opening = "array(" if bracket == "[" else ""
    reason = message(opening + bracket * 1_001).split("\n")[0]
    assert reason == "brackets are nested too deep; the limit is 1000"


def test_too_long_text() -> None:
    expected = f"the text has {LONGEST + 1} characters; the limit is {LONGEST}"
    assert message("(" * (LONGEST + 1)) == expected
    assert message("(" * LONGEST).startswith("brackets are nested too deep; the limit is 1000\n")


# Fuzz ---------------------------------------------------------------------------------------------

WORDS = [
    *"xyXn()[],:=.'\"|‖ᵀ²⁻¹⊗∞+-*/@^<> 0123",
    *("**", "//", "<=", "==", "!=", "≤", "−", "⊙", "·", "...", ".T", ".at", ".set", ".5", "1e3"),
    *("sum(", "exp(", "where(", "reshape(", "einsum('ij,jk', ", "axis=", "keepdims=", "array("),
    *("None", "True", "pi", "σ(", "zeros(", "eye(", "sum", "q", "λ", "\n", "$", "₁", "𝟏", "…"),
]
NAMES = {"x": "vector", "y": "n", "X": "n d", "λ": ""}


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
@settings(max_examples=1_000)
def test_any_text_is_read_or_refused(formula: str) -> None:
    try:
        assert isinstance(parse(formula, **NAMES), Node)
    except SymdiffError as error:
        if isinstance(error, ParseError) and formula.strip():
            reason, shown, caret = str(error).split("\n")
            assert reason
            assert shown.startswith("  ")
            assert caret.strip() == "^"


@given(st.text(max_size=30))
@settings(max_examples=500)
def test_any_characters_are_read_or_refused(formula: str) -> None:
    with suppress(SymdiffError):
        assert isinstance(parse(formula, **NAMES), Node)
