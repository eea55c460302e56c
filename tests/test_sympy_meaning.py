"""What SymPy says is read as it is meant, or refused: names, kinds, ranges, blocks, LaTeX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct

import symdiff as sd

x, y, n, m, i = sympy.symbols("x y n m i")
A, B = sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("B", n, m)
v, w = sympy.MatrixSymbol("v", n, 1), sympy.MatrixSymbol("w", n, 1)
RNG = np.random.default_rng(0)
ARRAYS = {
    "A": RNG.normal(size=(3, 3)),
    "B": RNG.normal(size=(3, 2)),
    "v": RNG.normal(size=(3, 1)),
    "w": RNG.normal(size=(3, 1)),
}


def value(node: sd.Node, **more: Any) -> Any:
    """The value of an expression at the arrays above."""
    given = ARRAYS | more
    return sd.evaluate(node, **{str(each): given[str(each)] for each in sd.inputs(node)})


# Names and kinds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        sympy.Dummy("x") + sympy.Dummy("x"),
        sympy.Dummy("x") * x,
        sympy.Symbol("x", positive=True) - x,
        x * sympy.Trace(sympy.MatrixSymbol("x", n, n)),
        x + sympy.Sum(sympy.IndexedBase("x")[i], (i, 0, n)),
    ],
)
def test_different_symbols_of_one_name_are_refused(expression: Any) -> None:
    message = "two different symbols are named 'x'; rename one with .subs"
    with pytest.raises(sd.ArgumentError, match=message):
        sd.from_sympy(expression)


def test_bound_symbols_may_have_any_name() -> None:
    total = sympy.Sum(sympy.IndexedBase("a")[x], (x, 0, n - 1)) * sympy.Dummy("x")
    assert {str(each) for each in sd.inputs(sd.from_sympy(total))} == {"a", "x"}


def test_symbols_that_do_not_commute_are_refused() -> None:
    P, Q = sympy.symbols("P Q", commutative=False)
    message = "cannot read `P` from SymPy: its products have an order; say matrices by MatrixSymbol"
    with pytest.raises(sd.ArgumentError) as error:
        sd.from_sympy(P * Q - Q * P)
    assert str(error.value) == message


def test_complex_symbols_are_complex() -> None:
    z = sd.scalar("z", dtype="complex")
    formula = sd.conj(z) * z + sd.real(z)
    assert sd.from_sympy(sd.to_sympy(sd.conj(z) * 3)) is sd.from_sympy(
        3 * sympy.conjugate(sympy.Symbol("z", complex=True))
    )
    back = sd.from_sympy(sd.to_sympy(formula))
    np.testing.assert_allclose(value(back, z=1 + 2j), 6.0)
    assert sd.from_sympy(sympy.Symbol("x", real=True)).dtype == "float"
    assert sd.from_sympy(x).dtype == "float"


def test_declared_kinds_are_those_of_parse() -> None:
    assert sd.from_sympy(x, x="n int") is sd.vector("x", "n", dtype="int")
    assert sd.from_sympy(x, x="complex") is sd.scalar("x", dtype="complex")
    with pytest.raises(sd.ArgumentError) as error:
        sd.from_sympy(x, x="matrix")
    assert str(error.value) == "declare the sizes of 'x', such as x='n m'"


def test_words_of_python_need_another_name() -> None:
    expression = sympy.Symbol("lambda") * x
    with pytest.raises(sd.ArgumentError) as error:
        sd.from_sympy(expression)
    assert str(error.value) == (
        "cannot read `lambda` from SymPy: 'lambda' cannot name a variable: it is a word of Python "
        "itself; try 'lam'; rename it with .subs, or say what it is: "
        "from_sympy(…, **{'lambda': sd.scalar('other')})"
    )
    assert str(sd.from_sympy(expression, **{"lambda": sd.scalar("other")})) == "other x"


# Ranges and numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            sympy.Sum(v[i, 0], (i, 3, 1)),
            "cannot read `Sum(v[i, 0], (i, 3, 1))` from SymPy: i runs backwards; write it out "
            "with .doit()",
        ),
        (
            sympy.Product(x, (i, 5, 2)),
            "cannot read `Product(x, (i, 5, 2))` from SymPy: i runs backwards; write it out with "
            ".doit()",
        ),
        (
            sympy.Integer(10) ** 400 * x,
            f"cannot read `1{'0' * 58}…` from SymPy: it is larger than all floats",
        ),
        (
            A**m,
            "cannot read `A**m` from SymPy: the exponent of a matrix is a whole number or 1/2",
        ),
        (
            sympy.Lambda(x, x**2),
            "cannot read `Lambda(x, x**2)` from SymPy: it is a function; read its .expr",
        ),
        (
            sympy.Function("f")(x),
            "cannot read `f(x)` from SymPy: nothing says what this function is; put an expression "
            "in its place by .subs",
        ),
        (
            sympy.sin(x) + sympy.O(x**2),
            "cannot read `O(x**2)` from SymPy: it is no number; leave it out with .removeO()",
        ),
        (
            sympy.Derivative(sympy.sin(x), x),
            "cannot read `Derivative(sin(x), x)` from SymPy: write it out with .doit(), if SymPy "
            "can",
        ),
        (
            sympy.Tuple(x, y),
            "cannot read `(x, y)` from SymPy: read its entries one by one, or make it a Matrix",
        ),
    ],
    ids=str,
)
def test_what_is_refused_says_what_to_do(expression: Any, message: str) -> None:
    with pytest.raises(sd.ArgumentError) as error:
        sd.from_sympy(expression)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "expression",
    [
        sympy.acot(x),
        sympy.asec(x + 1),
        sympy.acsch(x),
        sympy.zeta(x + 1),
        sympy.harmonic(x),
        sympy.erf2(x, 2 * x),
        sympy.li(x + 1),
        sympy.UnevaluatedExpr(x) * 2,
        sympy.Piecewise((x, sympy.Implies(x < 0, x < -1)), (1, True)),
        sympy.Piecewise((x, sympy.Equivalent(x < 0, x < 2)), (1, True)),
    ],
    ids=str,
)
def test_functions_of_other_functions(expression: Any) -> None:
    at = expression.subs(x, sympy.Rational(7, 10)).rewrite(sympy.erf).doit()
    exact = float(sympy.N(at, 15))
    np.testing.assert_allclose(value(sd.from_sympy(expression), x=0.7), exact, rtol=1e-12)


# Blocks and explicit matrices ---------------------------------------------------------------------

BLOCKS = [
    (
        sympy.BlockMatrix([[A, B], [B.T, sympy.Identity(m)]]),
        lambda a: np.block([[a["A"], a["B"]], [a["B"].T, np.eye(2)]]),
    ),
    (
        sympy.BlockDiagMatrix(A, B),
        lambda a: np.block([[a["A"], np.zeros((3, 2))], [np.zeros((3, 3)), a["B"]]]),
    ),
    (DiagonalMatrix(A) * v, lambda a: np.diag(np.diag(a["A"])) @ a["v"]),
    (DiagonalOf(A) + v, lambda a: np.diag(a["A"])[:, None] + a["v"]),
    (DotProduct(v, w), lambda a: float((a["v"].T @ a["w"])[0, 0])),
]


@pytest.mark.parametrize(("expression", "numbers"), BLOCKS, ids=[str(block) for block, _ in BLOCKS])
def test_blocks_and_diagonals(expression: Any, numbers: Any) -> None:
    node = sd.from_sympy(expression)
    np.testing.assert_allclose(value(node), numbers(ARRAYS), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("reshape(stack((x, y, 1, x*y)), (2, 2))", {"x": "", "y": ""}),
        ("stack((x, sin(y), 2))", {"x": "", "y": ""}),
        ("stack((v, w), axis=1)", {"v": "n", "w": "n"}),
        ("stack((v, w))", {"v": "n", "w": "n"}),
        ("concatenate((v, w))", {"v": "n", "w": "m"}),
        ("concatenate((A, B), axis=1)", {"A": "n n", "B": "n m"}),
        ("concatenate((A, B.T)) @ v", {"A": "n n", "B": "n m", "v": "n"}),
        ("where(x > 0, A, A.T)", {"x": "", "A": "n n"}),
        ("einsum('ij,i,ik->jk', B, v, B)", {"B": "n m", "v": "n"}),
        ("einsum('ij,i,j,jk,j->ik', A, v, v, B, w)", {"A": "n n", "B": "n m", "v": "n", "w": "n"}),
    ],
)
def test_arrays_that_are_put_together_go_to_sympy_and_back(text: str, shapes: Any) -> None:
    node = sd.parse(text, **shapes)
    sizes = {"n": 3, "m": 2}
    given = {
        name: RNG.normal(size=[sizes[size] for size in shape.split()])
        for name, shape in shapes.items()
    }
    vectors = {name: shape for name, shape in shapes.items() if len(shape.split()) == 1}
    back = sd.from_sympy(sd.to_sympy(node), **vectors)
    found = np.asarray(sd.evaluate(back, **given))
    np.testing.assert_allclose(
        found.reshape(np.shape(sd.evaluate(node, **given))), sd.evaluate(node, **given)
    )
    assert node.ndim == 1 or found.shape == np.shape(sd.evaluate(node, **given))


def test_a_symbolic_matrix_has_no_other_shape() -> None:
    with pytest.raises(sd.ArgumentError) as error:
        sd.to_sympy(sd.parse("reshape(B, (2, n))", B="n 2"))
    assert str(error.value) == (
        "SymPy cannot say `reshape(B, (2, n))`: it has no other shape for matrices of shape "
        "(n, 2); for one entry, see indices='i j'"
    )


def test_the_trace_as_sympy_writes_it() -> None:
    node = sd.from_sympy(sympy.Sum(A[i, i], (i, 0, n - 1)))
    np.testing.assert_allclose(value(sd.from_sympy(sd.to_sympy(node))), np.trace(ARRAYS["A"]))


# LaTeX --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{1}{\sigma \sqrt{2\pi}} e^{-x^2/2}", "sqrt(2)*exp(-(x**2/2))/(2*sqrt(pi)*sigma)"),
        (r"\pi \upsilon_1", "pi*upsilon_1"),
        (r"\lambda x", "lamda*x"),
    ],
)
def test_greek_letters(latex: str, text: str) -> None:
    pytest.importorskip("lark", reason="SymPy's LaTeX parser needs lark")
    node = sd.from_latex(latex)
    expected = sd.parse(text, **{str(each): "" for each in sd.inputs(node)})
    point = {str(each): 0.7 for each in sd.inputs(node)}
    np.testing.assert_allclose(sd.evaluate(node, **point), sd.evaluate(expected, **point))


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (
            r"\varphi + \phi",
            r"'\\varphi + \\phi': SymPy's parser reads \phi and \varphi as one symbol",
        ),
        ("2.5e3 x", r"'2.5e3 x': '2.5e3' is a product with e; write \cdot 10^{…}"),
    ],
)
def test_latex_that_would_be_misread(latex: str, message: str) -> None:
    pytest.importorskip("lark", reason="SymPy's LaTeX parser needs lark")
    with pytest.raises(sd.ParseError) as error:
        sd.from_latex(latex)
    assert str(error.value) == message
