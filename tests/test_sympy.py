"""SymPy both ways: values against lambdify, derivatives against SymPy's own."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Matrix, MatrixSymbol, Piecewise, Product, Rational, Sum

import symdiff as sd

x, y, z = sympy.symbols("x y z", real=True)
n, m, i, j, k = sympy.symbols("n m i j k", integer=True)
a, b, M = sympy.IndexedBase("a"), sympy.IndexedBase("b"), sympy.IndexedBase("M")
A, B, v = MatrixSymbol("A", n, n), MatrixSymbol("B", n, m), MatrixSymbol("v", n, 1)
POINT = {"x": 0.7, "y": 1.3, "z": 0.4}

SCALARS = [
    x**2 * y - 3 * x / y + Rational(2, 3),
    sympy.sqrt(x) * sympy.exp(-(y**2) / 2) / sympy.sqrt(2 * sympy.pi),
    sympy.sin(x) ** 2 * sympy.tan(y) - sympy.asin(z) + sympy.atan2(y, x),
    sympy.log(1 + x**2, 2) + sympy.cosh(x) * sympy.atanh(z) + sympy.asinh(x),
    Piecewise((x**2, x < y), (y, sympy.And(x > 2, y > 2)), (sympy.sin(x), True)),
    sympy.Max(x, y, z) * sympy.Min(x, y) + sympy.Abs(x - y) * sympy.sign(z),
    x ** Rational(3, 2) + x ** Rational(-1, 3) + y**-2 + 2**x + x**y,
    sympy.erf(x) + sympy.gamma(y) + sympy.loggamma(y) + sympy.besselj(2, x),
    sympy.sinc(x) + sympy.sec(x) + sympy.coth(y) + sympy.factorial(y) + sympy.Heaviside(x),
    sympy.Float("0.333333333333333333333333333333333", 33) * x + sympy.EulerGamma * sympy.E,
    Sum(x**k / (k + 1), (k, 1, 5)) * Product(x + k, (k, 0, 3)),
    sympy.LambertW(x) * sympy.floor(5 * x) + sympy.Mod(y, x),
    -x - y,
    -2 * x * y / (3 * z),
    sympy.Integer(7),
]


@pytest.mark.parametrize("expression", SCALARS, ids=str)
def test_scalars_have_the_values_and_derivatives_that_sympy_gives(expression: Any) -> None:
    node = sd.from_sympy(expression)
    given = {v.attrs[0]: POINT[v.attrs[0]] for v in sd.inputs(node)}
    exact = {symbol: POINT[symbol.name] for symbol in expression.free_symbols}
    value = expression.subs(exact).doit().evalf()
    assert math.isclose(sd.evaluate(node, **given), value, rel_tol=1e-12)
    for symbol in sd.inputs(node):
        if expression.has(sympy.floor, sympy.Mod, sympy.factorial):
            continue  # of which SymPy's derivatives stay as they are
        slope = sympy.diff(expression.doit(), sympy.Symbol(symbol.attrs[0], real=True))
        gradient = sd.grad(node, symbol)
        mine = sd.evaluate(gradient, **{v.attrs[0]: given[v.attrs[0]] for v in sd.inputs(gradient)})
        assert math.isclose(mine, slope.subs(exact).evalf(), rel_tol=1e-9), symbol


@pytest.mark.parametrize("expression", SCALARS, ids=str)
def test_scalars_go_back_and_forth(expression: Any) -> None:
    node = sd.from_sympy(expression.doit())
    again = sd.from_sympy(sd.to_sympy(node))
    given = {v.attrs[0]: POINT[v.attrs[0]] for v in sd.inputs(node)}
    assert math.isclose(sd.evaluate(again, **given), sd.evaluate(node, **given), rel_tol=1e-12)


N, D = 4, 3
RNG = np.random.default_rng(0)
ARRAYS: dict[str, Any] = {
    "A": RNG.normal(size=(N, N)) + 4 * np.eye(N),
    "B": RNG.normal(size=(N, D)),
    "v": RNG.normal(size=(N, 1)),
    "x": 0.7,
}

MATRICES = [
    A * B + 2 * B,
    A.T * A - sympy.Identity(n),
    A.inv() * B - sympy.OneMatrix(n, m) + sympy.ZeroMatrix(n, m),
    v.T * A * v,
    (v.T * A * v)[0, 0] + sympy.Trace(A * A) * x,
    sympy.Determinant(A) * x + A[0, 1] * B[2, 0],
    sympy.HadamardProduct(B, B) + sympy.HadamardPower(B, 2),
    sympy.KroneckerProduct(A, B),
    A**3 + A**-2,
    sympy.DiagMatrix(v) * B,
    B[1:3, :],
    A[:2, ::2],
    B.applyfunc(sympy.sin) * x,
    sympy.Adjoint(A) * v,
]


@pytest.mark.parametrize("expression", MATRICES, ids=str)
def test_matrices_have_the_values_that_sympy_gives(expression: Any) -> None:
    """SymPy is asked for explicit matrices of numbers."""
    node = sd.from_sympy(expression)
    symbols = {A: "A", B: "B", v: "v"}
    numbers = {symbol: Matrix(ARRAYS[name].tolist()) for symbol, name in symbols.items()}
    here = sympy.sympify(expression).subs({n: N, m: D, x: 0.7})
    concrete = {MatrixSymbol(s.name, *map(int, value.shape)): value for s, value in numbers.items()}
    expected = here.subs(concrete).doit()
    expected = expected.as_explicit() if hasattr(expected, "as_explicit") else expected
    given = {v.attrs[0]: ARRAYS[v.attrs[0]] for v in sd.inputs(node)}
    sizes = {name: size for name, size in (("n", N), ("m", D)) if name in sd.compile(node).inputs}
    found = sd.evaluate(node, **given, **sizes)
    np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("expression", "text", "shapes"),
    [
        (Sum(a[i] * b[i], (i, 0, n - 1)), "a @ b", {"a": "n", "b": "n"}),
        (Sum((a[i + 1] - a[i]) ** 2, (i, 0, n - 2)), "sum((a[1:] - a[:-1])**2)", {"a": "n"}),
        (
            Sum(M[i, j] * a[i] * b[j], (i, 0, n - 1), (j, 0, m - 1)),
            "a @ M @ b",
            {"a": "n", "M": "n m", "b": "m"},
        ),
        (Sum(M[i, i], (i, 0, n - 1)), "trace(M)", {"M": "n n"}),
        (Sum(M[j, i] * M[i, j], (i, 0, n - 1), (j, 0, n - 1)), "trace(M @ M)", {"M": "n n"}),
        (Product(1 + a[i], (i, 0, n - 1)), "prod(1 + a)", {"a": "n"}),
        (sympy.log(Sum(sympy.exp(a[k]), (k, 0, n - 1))), "log(sum(exp(a)))", {"a": "n"}),
        (Sum(k * a[k], (k, 0, n - 1)), "sum(arange(n) * a)", {"a": "n"}),
        (Sum(x, (i, 1, n)), "x*n", {"x": "", "n": "size"}),
        (
            Sum(Sum(M[i, j], (j, 0, m - 1)) ** 2, (i, 0, n - 1)),
            "sum(sum(M, axis=1)**2)",
            {"M": "n m"},
        ),
        (Sum(A[i, j] * a[j], (i, 0, n - 1), (j, 0, n - 1)), "sum(A @ a)", {"A": "n n", "a": "n"}),
        (Sum(a[i], (i, 0, n - 1)) / n, "sum(a)/n", {"a": "n"}),
        (Sum(a[n - 1 - i] * a[i], (i, 0, n - 1)), "a @ a[::-1]", {"a": "n"}),
        (Sum(a[2 * i + 1], (i, 0, n - 1)), "sum(a[1::2])", {"a": "2*n"}),
        (Sum(a[5 - 2 * i] * b[i], (i, 0, 2)), "a[::-2] @ b", {"a": "6", "b": "3"}),
        (Sum(a[i] + b[i] * x, (i, 0, n - 1)), "sum(a) + x*sum(b)", {"a": "n", "b": "n", "x": ""}),
    ],
    ids=str,
)
def test_sums_over_indices_are_contractions(
    expression: Any, text: str, shapes: dict[str, Any]
) -> None:
    if shapes.pop("n", None):
        shapes["sizes_of"] = "n"
    assert sd.same(sd.from_sympy(expression), sd.parse(text, **shapes))


def test_a_contraction_is_one() -> None:
    node = sd.from_sympy(Sum(a[i] * b[i], (i, 0, n - 1)))
    assert node is sd.parse("a @ b", a="n", b="n")


def test_declared_shapes() -> None:
    w = sd.vector("w", "d")
    assert sd.from_sympy(sympy.sin(x) ** 2, x="n") is sd.parse("sin(x)**2", x="n")
    assert sd.from_sympy(x * y, x=w, y="") is sd.parse("w*y", w="d", y="")
    assert sd.from_sympy(A * v, v="n").shape == (sd.Dim("n", ("n",), None), 1)
    based = sympy.IndexedBase("q", shape=(n, 3))
    (q,) = sd.inputs(sd.from_sympy(Sum(based[i, 1], (i, 0, n - 1))))
    assert str(q.shape) == "(n, 3)"


def test_a_vector_that_is_declared_stands_for_a_column() -> None:
    given = sd.vector("w", "n")
    for what in ("n", given):
        assert sd.from_sympy(v + 2 * v, v=what).shape == (sd.Dim("n", ("n",), None), 1)
    with pytest.raises(sd.ArgumentError, match=r"'v' is declared to have shape \(n, n\), but"):
        sd.from_sympy(v, v=sd.matrix("W", "n", "n"))


def test_explicit_matrices_and_complex_numbers() -> None:
    assert sd.from_sympy(Matrix([[1, 2], [3, 4]])) is sd.constant([[1.0, 2.0], [3.0, 4.0]])
    found = sd.evaluate(sd.from_sympy(Matrix([[x, 1], [x * y, sympy.pi]])), x=2.0, y=3.0)
    np.testing.assert_array_equal(found, [[2, 1], [6, math.pi]])
    wave = sd.from_sympy(sympy.exp(sympy.I * x))
    assert np.isclose(sd.evaluate(wave, x=0.5), np.exp(0.5j))


def test_deep_expressions_are_read_and_written() -> None:
    deep = x
    for _ in range(3000):
        deep = sympy.Mul(sympy.Add(deep, 1, evaluate=False), y, evaluate=False)
    node = sd.from_sympy(deep)
    assert math.isfinite(sd.evaluate(node, x=0.5, y=0.5))
    assert sd.from_sympy(sd.to_sympy(sd.from_sympy(sympy.sin(x)))) is sd.from_sympy(sympy.sin(x))


# From here to SymPy -----------------------------------------------------------------------------

FORMULAS = [
    ("A @ x + 2*x", {"A": "n n", "x": "n"}),
    ("sum((X @ w - y)**2)/n", {"X": "n d", "w": "d", "y": "n"}),
    ("B/2 - 3*B - inv(B @ B.T) @ B", {"B": "n n"}),
    ("outer(x, y) + B", {"x": "n", "y": "m", "B": "n m"}),
    ("trace(A @ A.T)*x", {"A": "n n", "x": ""}),
    ("exp(B) + x", {"B": "n m", "x": ""}),
    ("solve(A, x)/2 - x", {"A": "n n", "x": "n"}),
    ("x[1:]*2 + x[:-1]", {"x": "n"}),
    ("x[0]*x[-1] + B[1, 2]", {"x": "n", "B": "3 4"}),
    ("A[:, 0] + A[0, :]", {"A": "n n"}),
    ("x / y", {"x": "n", "y": "n"}),
    ("log(det(A))", {"A": "n n"}),
    ("kron(A, B)", {"A": "n n", "B": "n m"}),
    ("kron(x, A) + kron(A, x)", {"A": "n n", "x": "n"}),
    ("einsum('i,ij,j->', x, A, x)", {"A": "n n", "x": "n"}),
    ("A.T @ x + x @ A", {"A": "n n", "x": "n"}),
    ("sum(B, axis=0)", {"B": "n m"}),
    ("x[:, None]*B + B*y", {"x": "n", "B": "n m", "y": "m"}),
    ("array([[1.0, 2.0], [3.0, 4.0]]) @ x", {"x": "2"}),
    ("relu(x) + sigmoid(y) + where(x > y, hypot(x, y), log1p(x))", {"x": "", "y": ""}),
]


@pytest.mark.parametrize(("text", "shapes"), FORMULAS, ids=lambda each: str(each)[:30])
def test_formulas_come_back_from_sympy(text: str, shapes: dict[str, str]) -> None:
    node = sd.parse(text, **shapes)
    vectors = {name: shape for name, shape in shapes.items() if len(shape.split()) == 1}
    back = sd.from_sympy(sd.to_sympy(node), **vectors)
    if back.ndim > node.ndim:
        back = sd.reshape(back, node.shape)
    assert sd.same(back, node)


def test_gradients_go_to_sympy() -> None:
    loss = sd.parse("sin(x)*exp(y*x)", x="", y="")
    difference = sd.to_sympy(sd.grad(loss, sd.inputs(loss)[0])) - sympy.diff(sd.to_sympy(loss), x)
    assert sympy.simplify(difference) == 0


# Refusals ---------------------------------------------------------------------------------------

f = sympy.Function("f")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (f(x), "cannot read `f(x)` from SymPy: nothing says what this function is; "),
        (1 + sympy.sin(f(x)), "cannot read `f(x)` from SymPy: "),
        (
            sympy.Integral(x, x),
            "cannot read `Integral(x, x)` from SymPy: write it out ",
        ),
        (sympy.Derivative(f(x), x), "cannot read `Derivative(f(x), x)` from SymPy: write it out"),
        (sympy.zoo * x, "cannot read `zoo` from SymPy: it is infinite in no direction"),
        (Sum(a[i * j], (i, 0, n), (j, 0, n)), "cannot read `a[i*j]` from SymPy: "),
        (
            Sum(a[i**2], (i, 0, n - 1)),
            "cannot read `a[i**2]` from SymPy: an index is a number, or a multiple of an index ",
        ),
        (
            Sum(M[i, j], (j, 0, i), (i, 0, n)),
            "cannot read `Sum(M[i, j], (j, 0, i), (i, 0, n))` from SymPy: the range of an index "
            "cannot depend on another index",
        ),
        (
            Sum(a[i], (i, 0, n)) + Sum(a[j], (j, 0, m)),
            "the size of axis 0 of 'a' is not clear, from SymPy: indices need ",
        ),
        (Sum(a[i], (i, 0, n / 2)), "cannot read "),
        (sympy.Symbol("a b"), "cannot read `a b` from SymPy: 'a b' cannot name a variable"),
        (sympy.Symbol("lambda") ** 2, "cannot read `lambda` from SymPy: 'lambda' cannot name"),
        (A[k, 0], "cannot read `A[k, 0]` from SymPy: the place k is not a number; "),
        ("x + 1", "expected an expression of SymPy, not 'x + 1'; see sd.parse"),
        ("__import__('os').abort()", "expected an expression of SymPy, not "),
        (object, "expected an expression of SymPy, not <class 'object'>"),
        (sympy.Function("g")(A), "cannot read "),
    ],
    ids=str,
)
def test_what_has_no_counterpart_is_refused(expression: Any, message: str) -> None:
    with pytest.raises(sd.ArgumentError) as error:
        sd.from_sympy(expression)
    assert str(error.value).startswith(message), str(error.value)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(sd.ShapeError, match=r"(?s)size m differs from size n.*from SymPy"):
        sd.from_sympy(sympy.sin(x) * y, x="n", y="m")
    with pytest.raises(
        sd.ArgumentError,
        match="i runs from 1 to n, of n entries",
    ):
        sd.from_sympy(Sum(a[i], (i, 1, n)), a="n")
    with pytest.raises(sd.ArgumentError, match=r"'A' is declared to have shape \(3,\), but SymPy"):
        sd.from_sympy(A, A="3")


@pytest.mark.parametrize(
    ("text", "shapes", "message"),
    [
        ("cumsum(x)", {"x": "n"}, "SymPy cannot say `cumsum(x)`: it has no `cumsum`"),
        ("K + 1", {"K": "2 n m"}, "SymPy cannot say `K`: SymPy has no matrices of shape (2, n, m)"),
        ("x[::-1]", {"x": "n"}, "SymPy cannot say `x[::-1]`: IndexError"),
        ("maximum(x, y)", {"x": "n", "y": "n"}, "SymPy cannot say `maximum(x, y)`: it has "),
        (
            "where(x > 0, x, 1)",
            {"x": "n"},
            "SymPy cannot say `where(x > 0, x, 1)`: ",
        ),
        ("stop_gradient(x)", {"x": ""}, "SymPy cannot say `stop_gradient(x)`: it has no constants"),
    ],
)
def test_what_sympy_cannot_say_is_refused(text: str, shapes: dict[str, str], message: str) -> None:
    with pytest.raises(sd.ArgumentError) as error:
        sd.to_sympy(sd.parse(text, **shapes))
    assert str(error.value).startswith(message), str(error.value)


def test_what_is_no_expression() -> None:
    with pytest.raises(sd.ArgumentError, match="expected an expression, not 3"):
        sd.to_sympy(3)  # type: ignore[arg-type]


# LaTeX ------------------------------------------------------------------------------------------


def test_latex_needs_a_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lark", None)
    with pytest.raises(sd.MissingDependencyError, match=r"pip install 'symdiff\[latex\]'"):
        sd.from_latex("x")
    with pytest.raises(sd.ArgumentError, match="a formula must be text, not 3"):
        sd.from_latex(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{x^2}{2} + \sin(y)", "x**2/2 + sin(y)"),
        (r"\sqrt{x^2 + 1}", "sqrt(x**2 + 1)"),
        (r"\frac{1}{1 + e^{-x}}", "1/(1 + exp(-x))"),
        (r"\theta_{1} x", "theta_1*x"),
        (r"\sum_{k=0}^{3} k x", "6*x"),
        (r"|x|", "abs(x)"),
    ],
)
def test_latex_is_read(latex: str, text: str) -> None:
    pytest.importorskip("lark", reason="SymPy's LaTeX parser needs lark")
    scalars = {name: "" for name in ("x", "y", "theta_1") if name in text}
    node, expected = sd.from_latex(latex), sd.parse(text, **scalars)
    point = {v.attrs[0]: 0.7 for v in sd.inputs(node)}
    assert sd.inputs(node) and {*sd.inputs(node)} == {*sd.inputs(expected)}
    assert math.isclose(sd.evaluate(node, **point), sd.evaluate(expected, **point))


@pytest.mark.parametrize("latex", [r"\log(x", r"x + "])
def test_latex_that_is_none(latex: str) -> None:
    pytest.importorskip("lark", reason="SymPy's LaTeX parser needs lark")
    with pytest.raises(sd.ParseError, match="SymPy's LaTeX parser does not read"):
        sd.from_latex(latex)


# Entry by entry -----------------------------------------------------------------------------------

BY_ENTRIES = [
    ("sum(where(x > 0, x * y, 3 * x))", {"x": "n", "y": "n"}),
    ("sum(maximum(x, y)**2) / n", {"x": "n", "y": "n"}),
    ("sum(exp(-K), axis=(0, 2)) @ x", {"K": "2 n 3", "x": "n"}),
    ("logsumexp(X @ w) + norm(X[:, 0])", {"X": "n m", "w": "m"}),
    ("sum((X - mean(X, axis=0))**2)", {"X": "n m"}),
    ("einsum('ij,jk,ki->', X, Y, Z)", {"X": "n m", "Y": "m n", "Z": "n n"}),
    ("sum((x[:, None] - y)**2 * (eye(n) @ X))", {"x": "n", "y": "m", "X": "n m"}),
    ("sum(softsign(x[::-1]) * y)", {"x": "n", "y": "n"}),
]
ENTRIES = [
    *BY_ENTRIES,
    ("softmax(X, axis=1)", {"X": "n m"}),
    ("log_softmax(X, axis=0) + x", {"X": "n m", "x": "m"}),
    ("cumsum(X, axis=1)[:, 1:] * prod(X, axis=0)[0]", {"X": "n m"}),
    ("tril(X, 1) + triu(X)", {"X": "n m"}),
    ("stack((x, 2*y, x*y), axis=1)", {"x": "n", "y": "n"}),
    ("concatenate((x, y, [1.0]))[i0:]", {"x": "n", "y": "m"}),
    ("roll(x, 2) - arange(n)", {"x": "n"}),
    ("x / X", {"x": "n 1", "X": "n m"}),
    ("cumsum(x) + x[0]", {"x": "n"}),
]


@pytest.mark.parametrize(("text", "shapes"), ENTRIES, ids=lambda value: str(value))
def test_entries_have_the_values_of_the_array(text: str, shapes: dict[str, str]) -> None:
    """SymPy adds up the entries at some indices, with numbers for those of the variables."""
    node = sd.parse(text.replace("i0", "0").replace(", [1.0]", ", ones(1)"), **shapes)
    sizes = {"n": 3, "m": 3}
    given = {
        name: RNG.normal(size=[sizes.get(s, s) if s in sizes else int(s) for s in shape.split()])
        for name, shape in shapes.items()
    }
    value = np.asarray(sd.evaluate(node, **given))
    letters = sympy.symbols([f"o{axis}" for axis in range(node.ndim)], integer=True)
    entry = sd.to_sympy(node, letters)
    for place in [(0,) * node.ndim, tuple(size - 1 for size in value.shape)]:
        at = {"n": 3, "m": 3, **dict(zip(map(str, letters), place, strict=True))}
        here = {s: at[s.name] for s in entry.free_symbols if getattr(s, "name", None) in at}
        numbers = entry.subs(here).doit()
        found = numbers.replace(
            lambda e: isinstance(e, sympy.Indexed),
            lambda e: given[e.base.label.name][tuple(map(int, e.indices))],
        )
        assert math.isclose(
            sympy.sympify(found).evalf(), value[place], rel_tol=1e-9, abs_tol=1e-12
        ), place


@pytest.mark.parametrize(("text", "shapes"), BY_ENTRIES, ids=lambda value: str(value))
def test_scalars_without_matrices_go_there_and_back(text: str, shapes: dict[str, str]) -> None:
    node = sd.parse(text, **shapes)
    assert sd.same(sd.from_sympy(sd.to_sympy(node)), node)


def test_what_is_no_matrix_and_has_no_indices_is_refused() -> None:
    K = sd.parse("K + 1", K="2 n 3")
    with pytest.raises(sd.ArgumentError) as error:
        sd.to_sympy(K)
    assert str(error.value) == (
        "SymPy cannot say `K`: SymPy has no matrices of shape (2, n, 3); for one entry, see "
        "indices='i j k'"
    )
    assert str(sd.to_sympy(K, "i j k")) == "K[i, j, k] + 1"
    assert str(sd.to_sympy(K, ["i", 0, 2])) == "K[i, 0, 2] + 1"
    with pytest.raises(sd.ArgumentError) as error:
        sd.to_sympy(K, "i j")
    assert str(error.value) == "`K + 1` of shape (2, n, 3) has 3 axes, but indices are 'i j'"


def test_letters_of_sums_are_apart_from_names() -> None:
    found = sd.to_sympy(sd.parse("i * sum(where(j > 0, j, 0)) + k", i="", j="l", k=""))
    assert str(found) == "i*Sum(Piecewise((j[p], j[p] > 0), (0, True)), (p, 0, l - 1)) + k"


def test_sums_over_vectors_name_no_columns() -> None:
    loss = sd.parse("mean(logaddexp(0, -y * (X @ w)))", X="n d", w="d", y="n")
    assert str(sd.to_sympy(loss)) == (
        "Sum(log(1 + exp(-y[i]*Sum(X[i, j]*w[j], (j, 0, d - 1)))), (i, 0, n - 1))/n"
    )
    both = sd.to_sympy(sd.parse("sum(exp(X @ w)) * det(A)", X="n d", w="d", A="m m"))
    assert both.has(sympy.Determinant) and both.has(sympy.Sum)
