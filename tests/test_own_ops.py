"""Ops that users declare: `sd.op`."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import sympy
from scipy.special import _ufuncs

import symdiff as sd
from symdiff.own.declared import DECLARED
from symdiff.own.facts import op_of

x, X, w = sd.vector("x", "n"), sd.matrix("X", "n", "d"), sd.vector("w", "d")
VALUES = np.linspace(-1.5, 1.5, 6)


def nearest(values, points):
    order = np.argsort(np.abs(values[:, None] - points), axis=1)
    return points[order[:, 0]]


def product(X, w):
    return X @ w


def plus_one(x):
    return np.add(x, 1.0)


def same(x):
    return x


def scaled(x):
    return x * math.pi


class Scale:
    def apply(self, x):
        return x * 2


RULES = {"X": "outer(g, w)", "w": "X.T @ g"}


@pytest.fixture
def soft():
    return sd.op("soft_sign(x)", "x/(1 + abs(x))", derivative="1/(1 + abs(x))**2")


@pytest.fixture
def times():
    return sd.op("times(X, w)", numpy=product, shape="(n, d), (d) -> (n)", cotangent=RULES)


# Formulas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (6,), (2, 3)])
def test_a_formula_everywhere(soft, dtype, shape):
    v = sd.tensor("v", *shape)
    node = sd.sum(soft(v) * v)
    outputs = [soft(v), node, sd.grad(node, v)]
    value = np.resize(VALUES, shape).astype(dtype)
    slope = value / (1 + abs(value)) + value / (1 + abs(value)) ** 2
    expected = [value / (1 + abs(value)), np.sum(value**2 / (1 + abs(value))), slope]
    namespace: dict = {}
    exec(sd.emit(outputs), namespace)
    for found in (
        sd.evaluate(outputs, v=value),
        sd.compile(outputs)(value),
        namespace["function"](value),
    ):
        for one, other in zip(found, expected, strict=True):
            assert np.asarray(one).dtype == dtype
            np.testing.assert_allclose(one, other, rtol=1e-5)


def test_source_to_be_read_has_the_function_and_fast_code_the_formula(soft, golden):
    node = sd.sum(soft(X @ w) ** 2)
    source = sd.emit(node, wrt=w, check=False)
    golden("own/op.py", source)
    assert sd.same(sd.load_source(source)["value"], node)
    compiled = sd.compile([node, sd.grad(node, w)])
    assert "soft_sign(" not in compiled.source.partition('"""')[2].split('"""')[-1]
    assert "def soft_sign" not in sd.emit(node, wrt=w, check=False, style="fast")


def test_blocks_and_threads_give_the_same(soft):
    many = np.linspace(-3, 3, 200_000)
    f = sd.compile([soft(x), sd.sum(soft(x))], threads=2)
    np.testing.assert_allclose(f(many)[0], many / (1 + abs(many)))


def test_derivatives_follow_or_are_declared(soft):
    assert str(sd.grad(sd.sum(soft(x)), x)) == "1/(1 + |x|)²"
    node = sd.sum(soft(x) ** 2)
    assert str(sd.grad(node, x)) == "2 soft_sign(x)/(1 + |x|)²"
    assert sd.check_gradient(node, at={"x": VALUES}).ok
    plain = sd.op("soft_too", "x/(1 + abs(x))")
    assert sd.same(sd.grad(sd.sum(plain(x)), x), 1 / (1 + sd.abs(x)) ** 2)
    two = sd.op(
        "ratio_of(a, b)",
        "a/(1 + b**2)",
        derivative=["1/(1 + b**2)", lambda a, b: -2 * a * b / (1 + b**2) ** 2],
    )
    assert sd.check_gradient(sd.sum(two(x, 2 * x)), at={"x": VALUES}).ok


def test_formulas_of_sympy_and_python():
    s, t = sympy.symbols("s t")
    bell = sd.op("bell", sympy.exp(-(s**2)))
    assert str(bell.signature) == "bell(s)" and bell(0.0) == 1.0
    ordered = sd.op("ordered(u, v)", sympy.Lambda((t, s), t / (1 + s**2)))
    assert ordered(2.0, 1.0) == 1.0
    bump = sd.op("bump(u)", lambda u: np.exp(-np.abs(u)))
    assert sd.check_gradient(sd.sum(bump(x) * bell(x)), at={"x": VALUES}).ok
    assert sd.op("card", sympy.sinc)(0.0) == 1.0


# Functions of NumPy -----------------------------------------------------------------------------


def test_an_elementwise_function_with_a_derivative():
    bessel = sd.op("bessel(x)", numpy=_ufuncs.j0, derivative="-j1(x)", import_from="scipy.special")
    node = sd.sum(bessel(x))
    assert (str(node), str(sd.grad(node, x))) == ("sum(bessel(x))", "−j1(x)")
    assert sd.check_gradient(node, at={"x": VALUES}).ok
    source = sd.emit(node, wrt=x, check=False)
    assert "from scipy.special import j0 as bessel\n" in source
    assert source.startswith('"""function, written by symdiff. Needs NumPy and SciPy."""')
    tanh = sd.op("my_tanh(x)", numpy=np.tanh, derivative="1 - my_tanh**2", import_from="numpy")
    assert str(sd.grad(sd.sum(tanh(x)), x)) == "1 − my_tanh(x)²"
    assert sd.compile(tanh(x))(VALUES.astype(np.float32)).dtype == np.float32
    gamma = sd.op(
        "big_gamma(x)",
        numpy=np.vectorize(math.gamma, otypes=[float]),
        derivative="big_gamma*digamma(x)",
        between=(0.5, 3),
    )
    assert gamma(4.0) == 6.0


def test_a_black_box_with_a_rule_made_of_expressions(times):
    node = sd.sum(times(X, w) ** 2)
    data = {"X": np.arange(6.0).reshape(3, 2), "w": [1.0, -2.0]}
    assert [str(g) for g in sd.grad(node, [X, w])] == ["2 times(X, w) wᵀ", "2 Xᵀ times(X, w)"]
    assert sd.hessian(node, w) is 2 * X.T @ X or str(sd.hessian(node, w)) == "2 Xᵀ X"
    assert str(sd.jacobian(times(X, w), w)) == "X"
    assert sd.check_gradient(node, at=data).ok
    outputs = [node, *sd.grad(node, [X, w])]
    plain = sd.sum((X @ w) ** 2)
    expected = sd.evaluate([plain, *sd.grad(plain, [X, w])], **data)
    namespace: dict = {}
    exec(sd.emit(outputs), namespace)
    for found in (
        sd.evaluate(outputs, **data),
        sd.compile(outputs)(**data),
        namespace["function"](**data),
    ):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other)


def test_a_rule_in_one_function_and_the_rule_of_another_black_box():
    solve = sd.op(
        "ordered_of(v)", numpy=np.sort, shape="(n) -> (n)", cotangent=lambda g, v: places(g, v)
    )
    places = sd.op(
        "placed(g, v)",
        numpy=lambda g, v: g[np.argsort(np.argsort(v))],
        shape=lambda g, v: v.shape,
    )
    node = sd.sum(solve(x) * sd.size("n") * solve(x))
    data = np.array([3.0, -1.0, 2.0])
    np.testing.assert_allclose(sd.evaluate(sd.grad(node, x), x=data), 6 * data)
    with pytest.raises(sd.DerivativeError, match="`placed` has no derivative"):
        sd.hessian(node, x)
    pair = sd.op(
        "pair(X, w)",
        numpy=product,
        shape="(n, d), (d) -> (n)",
        cotangent=lambda g, X, w: (None, X.T @ g),
    )
    gradients = sd.grad(sd.sum(pair(X, w)), [X, w])
    assert [str(g) for g in gradients] == ["broadcast_to(0.0, (n, d))", "sum(X, axis=0)"]


def test_kinds_and_empty_arrays():
    rank = sd.op("rank_of(v)", numpy=np.argsort, shape="(n) -> (n)", kind="int")
    assert rank(x).dtype == "int"
    assert sd.evaluate(x[rank(x)], x=[3.0, 1.0]).tolist() == [1.0, 3.0]
    assert sd.compile(rank(x))([]).tolist() == []
    counted = sd.op("counted(v)", numpy=lambda v: np.sum(v > 0), shape="(n) -> ()", kind="int")
    assert sd.compile(counted(x) + 0.5)(VALUES) == 3.5


def test_modules_carry_the_function_or_import_it():
    near = sd.op("near(values, points)", numpy=nearest, shape="(n), (m) -> (n)")
    source = sd.emit(near(x, w), check=False)
    assert "\n\n\ndef near(values, points):\n    order = np.argsort(" in source
    namespace: dict = {}
    exec(source, namespace)
    assert namespace["function"]([0.1, 0.9], [0.0, 1.0]).tolist() == [0.0, 1.0]
    other = sd.op("other(X, w)", numpy=product, shape="(n, d), (d) -> (n)", import_from=__name__)
    assert f"from {__name__} import product as other\n" in sd.emit(other(X, w), check=False)
    for function, said in {
        scaled: "no module can carry the source of `f`, which uses math from outside; of such "
        "names it may have `np` alone, so take them in as arguments or import them inside, or say "
        "where it is imported from",
        eval("lambda x: x"): "the source of `f` is not known, so no module can carry it; define "
        "it with `def` in a file, or say where it is imported from",
        Scale().apply: "the source of `f` is not known, so no module can carry it; define it with "
        "`def` in a file, or say where it is imported from",
    }.items():
        node = sd.op("f(x)", numpy=function)(x)
        assert sd.compile(node)([1.0]).shape == (1,)
        with pytest.raises(sd.ArgumentError) as error:
            sd.emit(node)
        assert str(error.value) == said


def test_arguments_are_not_written_to_and_results_are_not_shared():
    alias = sd.op("alias(x)", numpy=same, derivative=1)
    array = np.ones(3)
    first, second = sd.compile([alias(x), sd.exp(alias(x))])(array)
    first[:] = 5
    assert array.tolist() == [1.0] * 3 and second[0] == np.e
    big = np.ones(200_000)
    sd.compile(sd.sum(sd.exp(alias(x)) * 3 + alias(x)))(big)
    assert big.max() == 1.0

    def writes(v):
        v += 1
        return v

    node = sd.op("writes(v)", numpy=writes, shape="(n) -> (n)")(x)
    for compute in (lambda: sd.evaluate(node, x=array), lambda: sd.compile(node)(array)):
        with pytest.raises(sd.InputError, match="read-only"):
            compute()
    assert array.tolist() == [1.0] * 3


def test_what_a_function_returns_is_checked():
    node = sd.op("cut(v)", numpy=lambda v: v[:-1], shape="(n) -> (n)")(x)
    said = "`cut` returned an array of shape (1,), not (2,)"
    with pytest.raises(sd.InputError) as error:
        sd.evaluate(node, x=[1.0, 2.0])
    assert str(error.value) == f"{said}, in `cut(x)` of shape (n,)"
    with pytest.raises(sd.InputError) as error:
        sd.compile(node)([1.0, 2.0])
    assert str(error.value) == said
    with pytest.raises(sd.InputError, match="`im` returned an array of complex128, not float64"):
        sd.evaluate(sd.op("im(v)", numpy=lambda v: v * 1j, shape="(n) -> (n)")(x), x=[1.0])
    with pytest.raises(sd.DerivativeError) as refused:
        sd.grad(sd.sum(node), x)
    assert str(refused.value) == (
        "`cut` has no derivative: its declaration gives none. It stands in `cut(x)`. Use sd.op "
        "with cotangent=… to declare it, or sd.stop_gradient to hold it constant."
    )


def test_rules_that_are_not_linear_serve_gradients_alone():
    held = sd.op("held(v)", numpy=same, shape="(n) -> (n)", cotangent="clip(g, -1, 1)")
    assert sd.evaluate(sd.grad(sd.sum(3 * held(x)), x), n=2).tolist() == [1.0, 1.0]
    for derive in (sd.jacobian, lambda y, v: sd.jvp(y, v, v)):
        with pytest.raises(sd.DerivativeError) as error:
            derive(held(x), x)
        assert str(error.value) == (
            "the cotangent rule of `held` by `x` is not linear in the cotangent, so forward mode "
            "and Jacobians cannot follow it; the gradient of a scalar, sd.grad, can"
        )


def test_pickles_carry_formulas_and_functions_of_modules(soft, times):
    near = sd.op("near(values, points)", numpy=nearest, shape="(n), (m) -> (n)")
    sd.define("named_in(u)", "u**2 + soft_sign(u)")
    local = sd.op("local(v)", numpy=lambda v: v, shape="(n) -> (n)")
    nodes = [soft(x), times(X, w), near(x, w), local(x), sd.named_in(x)]
    assert all(a is b for a, b in zip(pickle.loads(pickle.dumps(nodes)), nodes, strict=True))
    data = pickle.dumps([sd.compile(sd.sum(sd.named_in(x))), near(x, w), soft])
    without = pickle.dumps(local(x))
    for name in list(DECLARED):
        sd.forget(name)
    op_of.cache_clear()  # as in a process that knows none of them
    function, node, declared = pickle.loads(data)
    assert function([1.0, 3.0]) == 11.25 and declared(1.0) == 0.5
    assert sd.evaluate(node, x=[0.1, 0.9], w=[0.0, 1.0]).tolist() == [0.0, 1.0]
    with pytest.raises(sd.ArgumentError) as error:
        pickle.loads(without)
    assert str(error.value) == (
        "the pickle has the op `local(v)`, whose function no module has by name; declare it with "
        "sd.op or sd.define before the pickle is read"
    )


REFUSED = {
    "a wrong derivative": (
        lambda: sd.op("f(x)", "x**2", derivative="x"),
        "the derivative of `f(x)` by x is 1.00076 at x = 0.500382, but the one declared gives "
        "0.500382",
    ),
    "of NumPy": (
        lambda: sd.op("f(x)", numpy=np.sin, derivative=0),
        "the derivative of `f(x)` by x is 0.877399 at x = 0.500382, but the one declared gives 0",
    ),
    "a wrong function": (
        lambda: sd.op("f(x)", "x**2", derivative=lambda x: x),
        "the derivative of `f(x)` by x is 1.00076 at x = 0.500382, but the one declared gives "
        "0.500382",
    ),
    "not a number": (
        lambda: sd.op("f(x)", "x**2", derivative="2*x + 0*log(-1 - x**2)"),
        "the derivative of `f(x)` by x is 1.00076 at x = 0.500382, but the one declared gives nan",
    ),
    "nothing to compare": (
        lambda: sd.op("f(x)", "log(x - 10)", derivative="3"),
        "`f(x)` has a finite slope by x nowhere between -2 and 2, so its derivative cannot be "
        "tried there; give `between` for another interval",
    ),
    "a body of too few": (
        lambda: sd.op("f(x, y)", lambda x: x),
        "the body of `f(x, y)` is called with (x, y), but takes (x)",
    ),
    "a function of too few": (
        lambda: sd.op("f(x, y)", numpy=same, shape="(n), (n) -> (n)"),
        "`numpy` of `f(x, y)` is called with (x, y), but takes (x)",
    ),
    "a derivative of too many": (
        lambda: sd.op("f(x)", "x**2", derivative=lambda x, y: 2 * x),
        "a derivative of `f(x)` is called with (x), but takes (x, y)",
    ),
    "a shape rule of none": (
        lambda: sd.op("f(x)", numpy=same, shape=lambda: ()),
        "the shape rule of `f(x)` is called with (x), but takes ()",
    ),
    "a rule without the cotangent": (
        lambda: sd.op("f(x)", numpy=same, shape="(n) -> (n)", cotangent=lambda x: x),
        "the cotangent rule of `f(x)` is called with (g, x), but takes (x)",
    ),
    "too few derivatives": (
        lambda: sd.op("f(x, y)", "x*y", derivative="y"),
        "`f(x, y)` has 2 parameters, so `derivative` gives 2, not 1: one for each, in order",
    ),
    "a strange name": (
        lambda: sd.op("f(x)", "x**2", derivative="2*z"),
        "unknown name 'z'; declared are x, f\n  2*z\n    ^",
    ),
    "a call of itself": (
        lambda: sd.op("f(x)", "exp(x)", derivative="f(x)"),
        "'f' stands for the value here; it takes no arguments\n  f(x)\n  ^",
    ),
    "a sum": (
        lambda: sd.op("f(x)", "sum(x)"),
        "'sum(x)' is not the same formula for each entry of whatever arguments `f(x)` may have; "
        "sd.define names formulas of any kind",
    ),
    "a formula of real numbers alone": (
        lambda: sd.op("f(x)", "conj(x)*x"),
        "'conj(x)*x' is not the same formula for each entry of whatever arguments `f(x)` may "
        "have; sd.define names formulas of any kind",
    ),
    "nothing": (lambda: sd.op("f(x)"), "`op` takes either a formula or a function for `numpy`"),
    "both": (
        lambda: sd.op("f(x)", "x", numpy=np.sin),
        "`op` takes either a formula or a function for `numpy`",
    ),
    "no function": (
        lambda: sd.op("f(x)", numpy=3),
        "`numpy` of `f(x)` is a function of arrays, not 3",
    ),
    "no entries": (
        lambda: sd.op("f(x)", numpy=np.sort),
        "`f(x)` does not act on each entry: what it makes of one depends on others, or on their "
        "shape; declare its shape rule with `shape`",
    ),
    "no arrays": (
        lambda: sd.op("f(x)", numpy=math.sqrt),
        "`f(x)` fails for arrays of numbers between -2 and 2: TypeError: only 0-dimensional "
        "arrays can be converted to Python scalars; wrap a function of single numbers in one that "
        "applies np.vectorize, or give `between` for another interval",
    ),
    "a ufunc of two": (
        lambda: sd.op("f(x)", numpy=np.add),
        "`add` has 2 arguments and 1 results, so `f(x)` does not fit it",
    ),
    "a name of two": (
        lambda: sd.op("f", "x*y"),
        "write the parameters of 'f' in their order, as in 'f(x, k)'",
    ),
    "a free symbol": (
        lambda: sd.op("f(x)", sympy.Symbol("z") * 2),
        "`f(x)` has no parameter z, which stands in 2*z",
    ),
    "an interval": (
        lambda: sd.op("f(x)", "x", between=(3, 1)),
        "`between` of `f(x)` gives the two ends of an interval in which it can be tried, not "
        "(3, 1)",
    ),
    "a shape with a formula": (
        lambda: sd.op("f(x)", "x", shape="(n) -> (n)"),
        "`shape` is for a function of `numpy`; `f(x)` has a formula",
    ),
    "a shape rule": (
        lambda: sd.op("f(x)", numpy=np.sort, shape="(n) (n)"),
        "expected ',' or '->', found '('\n  (n) (n)\n      ^",
    ),
    "an unknown size": (
        lambda: sd.op("f(x)", numpy=np.sort, shape="(n) -> (k)"),
        "no argument has the size k of the result\n  (n) -> (k)\n      ^",
    ),
    "too many shapes": (
        lambda: sd.op("f(x)", numpy=np.sort, shape="(n), (m) -> (n)"),
        "`shape` of `f(x)` has 2 before '->', where it has 1 parameters: '(n), (m) -> (n)'",
    ),
    "a rule of another shape": (
        lambda: sd.op("f(x)", numpy=np.sort, shape="(n) -> (n)", cotangent="sum(g)"),
        "the cotangent rule of `f` gives `sum(g)` of shape () for `x` of shape (n,); a cotangent "
        "has the shape of what receives it",
    ),
    "a rule for entries": (
        lambda: sd.op("f(x)", numpy=np.sin, cotangent="g"),
        "`f(x)` acts on each entry, so it has a `derivative`, or else a `shape` rule",
    ),
    "a derivative with a shape": (
        lambda: sd.op("f(x)", numpy=np.sort, shape="(n) -> (n)", derivative="1"),
        "`f(x)` has a `shape` rule, so it has a `cotangent` rule and no `derivative`",
    ),
    "a rule for none": (
        lambda: sd.op("f(x)", numpy=np.sort, shape="(n) -> (n)", cotangent={"y": "g"}),
        "`f(x)` has no parameter 'y' that could receive",
    ),
    "a kind": (
        lambda: sd.op("f(x)", numpy=np.sort, shape="(n) -> (n)", kind="real"),
        "`kind` of `f(x)` is one of 'bool', 'int', 'float', 'complex', not 'real'",
    ),
    "a module": (
        lambda: sd.op("f(x)", numpy=np.sin, import_from="a-b"),
        "'sin' cannot be imported from 'a-b'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    make, said = REFUSED[case]
    with pytest.raises(sd.SymdiffError) as error:
        make()
    assert str(error.value) == said
    assert not DECLARED


def test_a_derivative_that_calls_what_is_declared_later_is_tried_at_its_first_use():
    sine = sd.op("my_sine(x)", numpy=np.sin, derivative=lambda x: sd.my_cosine(x))
    wrong = sd.op("wrong_sine(x)", "sin(x)", derivative=lambda x: -sd.my_cosine(x))
    sd.op("my_cosine(x)", numpy=np.cos, derivative=lambda x: -sine(x))
    assert str(sd.grad(sd.sum(sine(x)), x)) == "my_cosine(x)"
    with pytest.raises(sd.ArgumentError) as error:
        sd.grad(sd.sum(wrong(x)), x)
    assert str(error.value) == (
        "the derivative of `wrong_sine(x)` by x is 0.877399 at x = 0.500382, but the one declared "
        "gives -0.877399"
    )


def test_arguments_that_do_not_fit(times):
    with pytest.raises(sd.ShapeError) as error:
        times(w, w)
    assert str(error.value) == "`times(X, w)` takes X of shape (n, d), not `w` of shape (d,)"
    wrong = sd.op(
        "wrong(X, w)", numpy=product, shape="(n, d), (d) -> (n)", cotangent=lambda g, X, w: g
    )
    with pytest.raises(sd.ArgumentError) as refused:
        sd.grad(sd.sum(wrong(X, w)), w)
    assert str(refused.value) == (
        "the cotangent rule of `wrong(X, w)` returns what each argument receives, in a tuple of "
        "2, not `broadcast_to(1.0, n)`"
    )
