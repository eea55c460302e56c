"""Names for formulas: `sd.define`."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.own.declared import DECLARED
from symdiff.registry import FUNCTIONS, OPS

HUBER = "where(abs(r) <= k, r**2/2, k*(abs(r) - k/2))"
x, X, w, y = sd.vector("x", "n"), sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
DATA = {
    "X": np.arange(6.0).reshape(3, 2) / 3,
    "w": np.array([1.0, -1.0]),
    "y": np.array([0.0, 0.6, 4.0]),
}


@pytest.fixture
def huber():
    return sd.define("huber(r, k)", HUBER)


def test_the_name_survives_in_print_and_is_read_again(huber):
    loss = sd.sum(huber(X @ w - y, 1.5))
    assert str(loss) == "sum(huber(X w − y, 1.5))"
    assert sd.text(loss) == "sum(huber(X @ w - y, 1.5))"
    assert sd.latex(huber(x, 2)) == "\\operatorname{huber}\\left(x, 2\\right)"
    assert sd.parse(sd.text(loss), X="n d", w="d", y="n") is loss
    assert sd.huber is huber and repr(huber) == "<declared huber(r, k)>"
    assert str(sd.explain(loss, w)).count("huber") > 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_derivatives_are_those_of_the_formula(huber, dtype):
    loss = sd.sum(huber(X @ w - y, 0.5))
    plain = sd.sum(sd.parse(HUBER, r=X @ w - y, k=sd.constant(0.5)))
    named = [loss, sd.grad(loss, w), sd.hessian(loss, w), sd.hvp(loss, w, w)]
    without = [plain, sd.grad(plain, w), sd.hessian(plain, w), sd.hvp(plain, w, w)]
    data = {name: value.astype(dtype) for name, value in DATA.items()}
    expected = sd.evaluate(without, **data)
    namespace: dict = {}
    exec(sd.emit(named), namespace)
    for found in (
        sd.evaluate(named, **data),
        sd.compile(named)(**data),
        namespace["function"](**data),
    ):
        for one, other in zip(found, expected, strict=True):
            assert one.dtype == dtype
            np.testing.assert_allclose(one, other, rtol=1e-5)
    assert str(sd.grad(loss, w)) == "Xᵀ where(|X w − y| ≤ 0.5, X w − y, 0.5 sign(X w − y))"


def test_code_has_the_formula_and_shares_it_with_the_gradient(huber):
    source = sd.emit(sd.sum(huber(x, 2)), wrt=x, check=False)
    assert source.count("np.abs(x)") == 1
    assert "huber(x, 2)" in source and "def huber" not in source


def test_check_gradient_agrees(huber):
    report = sd.check_gradient(sd.sum(huber(X @ w - y, 0.5)), at=DATA)
    assert report.ok


def test_arrays_are_computed(huber):
    assert huber([0.5, 3.0], 1.0).tolist() == [0.125, 2.5]
    assert huber(3, k=1) == 2.5
    assert huber(np.zeros((0, 2)), 1.0).shape == (0, 2)
    assert sd.from_function(lambda r: np.sum(huber(r, 1.0)), r="n") is sd.sum(
        huber(sd.vector("r", "n"), 1.0)
    )


def test_arguments_broadcast_and_numbers_are_written_in(huber):
    node = huber(sd.matrix("A", "n", 1), x)
    assert node.shape == (sd.Dim._interned["n"], sd.Dim._interned["n"])
    assert str(sd.grad(sd.sum(sd.define("pw(u, p)", "u**p")(x, 2)), x)) == "2 x"


def test_a_formula_of_whole_arrays_has_the_shape_that_follows():
    loss = sd.define("soft(X, w)", "sum(logsumexp(X @ w, axis=1)) / n", X="n d", w="d k")
    A, W = sd.matrix("A", "m", 3), sd.matrix("W", 3, "c")
    node = loss(A, W)
    assert (str(node), node.shape) == ("soft(A, W)", ())
    assert str(sd.grad(node, W)) == "Aᵀ softmax(A W, axis=1)/m"
    values = {"A": np.arange(6.0).reshape(2, 3), "W": np.eye(3)}
    expected = np.mean(np.log(np.sum(np.exp(values["A"]), axis=1)))
    assert np.isclose(sd.evaluate(node, **values), expected)
    assert sd.check_gradient(node, sizes={"m": 2, "c": 2}).ok
    assert sd.compile(node).stream(rows=1, over="m", **values) == pytest.approx(expected)
    rows = sd.define("centred(v)", "v - mean(v)")
    assert str(rows(x)) == "centred(x)" and rows(x).shape == x.shape
    assert sd.jacobian(rows(x), x) is sd.jacobian(x - sd.mean(x), x)


def test_names_can_be_used_in_further_names_and_opened_for_sympy_and_domains():
    sd.define("square_of(u)", "u*u")
    quartic = sd.define("quartic(u)", "square_of(square_of(u)) + log(u)")
    assert str(sd.grad(sd.sum(quartic(x)), x)) == "4 x³ + x^(−1)" or sd.same(
        sd.grad(sd.sum(quartic(x)), x), 4 * x**3 + 1 / x
    )
    assert str(sd.to_sympy(quartic(sd.scalar("a")))) == "a**4 + log(a)"
    assert str(sd.domain(sd.sum(quartic(x)))) == "x ≤ 0: log(x) has no finite value"
    assert sd.cost(quartic(x)).operations.value({"n": 10}) == 40


def test_functions_of_python_and_forms_for_people():
    gap = sd.define(
        "gap_of(a, b)", lambda a, b: np.abs(a - b), pretty="⟨{a}, {b}⟩", latex="d({a}, {b})"
    )
    node = gap(x + 1, y)
    assert str(node) == "⟨x + 1, y⟩"
    assert sd.latex(node) == "d(x + 1, y)"
    assert sd.text(node) == "gap_of(x + 1, y)"


def test_numbers_are_kept_where_a_rule_reaches_across_the_name():
    share = sd.define("share(u)", "1/(1 + exp(-u))")
    assert str(sd.grad(sd.sum(sd.log(share(x))), x)) == "σ(−x)"
    assert "share(x)" in str(sd.grad(sd.sum(share(x) ** 2), x))
    root = sd.define("root(u)", "sqrt(u)")
    guarded = sd.grad(sd.sum(sd.where(x > 0, root(x), 0)), x)
    with np.errstate(all="raise"):
        assert sd.evaluate(guarded, x=[-1.0, 0.0, 4.0]).tolist() == [0.0, 0.0, 0.25]


def test_complex_arguments_go_back_through_the_formula():
    z = sd.vector("z", "n", dtype="complex")
    energy = sd.define("energy_of(u)", "abs(u)**2")
    assert sd.grad(sd.sum(energy(z)), z) is sd.grad(sd.sum(sd.abs(z) ** 2), z)
    cube = sd.define("cube_of(u)", "u**3")
    total = sd.sum(cube(z))
    assert sd.same(sd.grad(total, z, holomorphic=True), 3 * z**2)
    with pytest.raises(sd.DerivativeError, match="`abs` is not holomorphic"):
        sd.grad(sd.sum(energy(z) * z), z, holomorphic=True)


def test_a_formula_that_conjugates_does_so_for_complex_arguments():
    inner = sd.define("inner_of(u, v)", "u * conj(v)")
    norm = sd.define("norm_of(u)", lambda u: sd.real(u * sd.conj(u)))
    z, c = sd.vector("z", "n", dtype="complex"), sd.vector("c", "n", dtype="complex")
    at = {"z": [1 + 2j, 3j], "c": [0.5 - 1j, 2.0]}
    for named, plain in ((inner(z, c), z * sd.conj(c)), (norm(z), sd.real(z * sd.conj(z)))):
        outputs = [
            (node, *sd.grad(sd.sum(sd.real(node**2 * c)), [z, c])) for node in (named, plain)
        ]
        for one, other in zip(*(sd.evaluate(list(each), **at) for each in outputs), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14)
    rounded = sd.define("rounded_of(u)", "round(u)")
    assert rounded(np.array([3])).dtype == int and rounded(2.6) == 3.0
    assert inner(2.0, 3.0) == 6.0 and str(inner(x, y)) == "inner_of(x, y)"


def test_what_is_declared_anew_replaces_the_name_alone(huber):
    old = huber(x, 1)
    assert sd.define("huber(r, k)", HUBER) is huber
    new = sd.define("huber(r, k)", "abs(r)")
    assert sd.huber is new and sd.parse("huber(x, 1)", x="n") is new(x, 1) is not old
    assert sd.evaluate([old, new(x, 1)], x=[3.0])[0].tolist() == [2.5]
    assert sd.text(old + new(x, 1)) == (
        "where(abs(x) <= 1, x**2/2, 1*(abs(x) - 1/2)) + huber(x, 1)"
    )
    assert sd.from_json(sd.to_json(old + new(x, 1))) is old + new(x, 1)
    assert sd.define("twice(u)", "huber(u, 1)")(-2.0) == 2.0
    sd.define("huber(r, k)", HUBER)
    assert sd.twice(-2.0) == 2.0  # it means what it meant when it was read
    sd.forget("huber")
    assert not {"huber"} & {*OPS, *FUNCTIONS, *DECLARED} and not hasattr(sd, "huber")
    assert sd.evaluate(old, x=[3.0]).tolist() == [2.5]


@pytest.mark.slow
def test_the_catalogue_lists_them(huber):
    (entry,) = [e for e in sd.ops() if e.name == "huber"]
    assert entry.signature == "(r, k)" and entry.family == "your own"
    assert entry.varies_in == ("r", "k") and entry.rule == "that of its formula"


REFUSED = {
    ("f(x", "x"): "expected ',' or ')', found the end of the text\n  f(x\n     ^",
    ("f(x,, y)", "x"): "expected the name of a parameter, found ','\n  f(x,, y)\n      ^",
    ("3(x)", "x"): "expected the name of a function, as in 'huber(r, k)', found '3'\n  3(x)\n  ^",
    ("f(x) y", "x"): "expected the end of the text, found 'y'\n  f(x) y\n       ^",
    ("f()", "1"): "expected the name of a parameter, found ')'\n  f()\n    ^",
    ("f", "x"): "expected '(' and the names of parameters, as in 'huber(r, k)', found the end of "
    "the text\n  f\n   ^",
    ("f(x, x)", "x"): "the parameter 'x' stands there twice\n  f(x, x)\n       ^",
    ("f(f)", "f"): "'f' names both the function and a parameter\n  f(f)\n    ^",
    (
        "f(sin)",
        "1",
    ): "'sin' cannot name a variable: it is a function of the grammar; try 'sin1'\n  f(sin)\n    ^",
    ("sin(x)", "x"): "symdiff has 'sin' already; choose another name, such as 'my_sin'\n"
    "  sin(x)\n  ^",
    ("grad(x)", "x"): "symdiff has 'grad' already; choose another name, such as 'my_grad'\n"
    "  grad(x)\n  ^",
    ("pi(x)", "x"): "symdiff has 'pi' already; choose another name, such as 'my_pi'\n  pi(x)\n  ^",
    ("f(x)", "x + q"): "unknown name 'q'; declared are x\n  x + q\n      ^",
    ("f(x)", "sin(x, 2)"): "too many positional arguments; the function is sin(x, /), in the body "
    "of `f(x)`",
    ("f(x)", 3): "the body of `f(x)` is a formula in text or a function, not 3",
}


@pytest.mark.parametrize("signature, body", REFUSED, ids=str)
def test_errors_of_signatures_and_bodies(signature, body):
    with pytest.raises(sd.SymdiffError) as error:
        sd.define(signature, body)
    assert str(error.value) == REFUSED[signature, body]
    assert not DECLARED


def test_errors_of_parameters_and_arguments(huber):
    q = sd.scalar("q")
    loss = sd.define("along(a, b)", "a @ b", a="n", b="n")
    counts = sd.define("picked(v, c)", "sum(v[c])", v="vector", c="n int")
    for make, expected in {
        lambda: sd.define("f(x)", lambda x: x * q): "`q` is no parameter, but the result of the "
        "function depends on it; make it a parameter, in the body of `f(x)`",
        lambda: sd.define("huber(r)", "huber(r)"): "`huber(r)` cannot be given by itself: "
        "'huber(r)'",
        lambda: sd.define("f(x)", "x", y="n"): "`f(x)` has no parameter 'y' whose shape could be "
        "declared",
        lambda: sd.define("f(n)", "n", n="n"): "'n' names both a parameter and a size",
        lambda: sd.define("f(a)", "a", a="2*n"): "the shape of 'a' is made of names and whole "
        "numbers, not 2*n",
        lambda: sd.define("f(a)", "a", latex="q"): "`latex` of `f(a)` does not write {a}: 'q'",
        lambda: loss(X, w): "`along(a, b)` takes a of shape (n,), not `X` of shape (n, d)",
        lambda: loss(w, y): "`along(a, b)` takes b of shape (n,) where n = d, not `y` of shape "
        "(n,)",
        lambda: counts(X, [0]): "`picked(v, c)` takes v with one axis, not `X` of shape (n, d)",
        lambda: counts(y, w): "`picked(v, c)` takes c of kind int, not `w` of shape (d,) of kind "
        "float",
        lambda: huber(x): "missing a required argument: 'k'; the function is `huber(r, k)`",
        lambda: huber("a", 1): "`huber(r, k)` takes numbers, not 'a' for r",
        lambda: sd.forget("f"): "no function 'f' was declared with sd.op or sd.define",
    }.items():
        with pytest.raises(sd.SymdiffError) as error:
            make()
        assert str(error.value) == expected


def test_many_functions_inside_each_other():
    last = sd.define("link_0(x)", "sin(x)")
    for k in range(1, 300):
        last = sd.define(f"link_{k}(x)", f"sin(link_{k - 1}(x) * 1.01)")
    node, value, slope = last(y), np.array([0.5, 2.0]), 1.0
    for _ in range(300):
        slope, value = slope * np.cos(value), np.sin(value)
        slope, value = 1.01 * slope, 1.01 * value
    found = sd.evaluate([node, sd.grad(sd.sum(node), y)], y=[0.5, 2.0])
    np.testing.assert_allclose(found, [value / 1.01, slope / 1.01], rtol=1e-12)
    assert str(node) == "link_299(y)" and sd.from_json(sd.to_json(node)) is node
    inner = sd.define("sum_0(v)", "sum(v) + v")
    for k in range(1, 16):
        inner = sd.define(f"sum_{k}(v)", f"sum_{k - 1}(v) / 2")
    assert sd.evaluate(inner(y), y=[1.0]) == [2.0 / 2**15]
    with pytest.raises(sd.ArgumentError) as error:
        sd.define("sum_16(v)", "sum_15(v)")
    assert str(error.value) == (
        "`sum_16(v)` is given by functions of your own that are given by others, more than 16 "
        "deep; write some of them out"
    )
