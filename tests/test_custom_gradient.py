"""Derivatives that are overridden: `sd.custom_gradient`."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import symdiff as sd

x, w = sd.vector("x", "n"), sd.vector("w", "n")
STRAIGHT = sd.custom_gradient(sd.rint(x), {x: lambda g: g}, name="rounded")
NUMBERS = {"x": [0.2, 1.7], "w": [2.0, 3.0]}


def test_a_straight_through_estimator():
    assert (str(STRAIGHT), sd.text(STRAIGHT)) == ("rounded(x)", "rounded(x)")
    assert sd.latex(STRAIGHT) == "\\operatorname{rounded}\\left(x\\right)"
    loss = sd.sum(w * STRAIGHT**2)
    gradient = sd.grad(loss, x)
    assert str(gradient) == "2 w ⊙ rounded(x)"
    assert str(sd.hessian(loss, x)) == "2 diag(w)"
    assert str(sd.jacobian(STRAIGHT, x)) == "I"
    assert str(sd.jvp(STRAIGHT, x, w)) == "w"
    outputs = [STRAIGHT, gradient]
    namespace: dict = {}
    exec(sd.emit(outputs), namespace)
    for found in (
        sd.evaluate(outputs, **NUMBERS),
        sd.compile(outputs)(**NUMBERS),
        namespace["function"](**NUMBERS),
    ):
        assert [each.tolist() for each in found] == [[0.0, 2.0], [0.0, 12.0]]
    assert "rint(x)" in sd.emit(outputs) and "stop_gradient" not in sd.emit(outputs)


def test_what_the_rules_do_not_name_has_its_own_derivative():
    node = sd.custom_gradient(sd.sin(x) * w, {x: lambda g: g * w})
    assert str(node) == "custom_gradient(sin(stop_gradient(x)) ⊙ w, x)"
    gradients = sd.grad(sd.sum(node), [x, w])
    expected = [w, sd.sin(x)]
    for found, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(
            *(
                sd.evaluate(each, {v: NUMBERS[str(v)] for v in sd.inputs(each)})
                for each in (found, other)
            )
        )


@pytest.mark.parametrize(
    "rule, expected", [(None, [0, 0]), (-1, [-2, -3]), (w, [4, 9]), (lambda g: g * 0.5, [1, 1.5])]
)
def test_forms_of_rules(rule, expected):
    node = sd.custom_gradient(sd.exp(x), {x: rule})
    found = sd.grad(sd.sum(w * node), x)
    given = {v: NUMBERS[str(v)] for v in sd.inputs(found)}
    sizes = {} if given else {"n": 2}
    np.testing.assert_allclose(sd.evaluate(found, given, **sizes), expected)


def test_an_inner_expression_and_the_second_derivative_of_a_rule():
    inner = x * w
    node = sd.custom_gradient(sd.exp(inner), {inner: lambda g: g * sd.exp(inner)})
    assert sd.same(sd.grad(sd.sum(node), x), w * sd.exp(x * w))
    assert sd.same(sd.hessian(sd.sum(node), x), sd.diag(w**2 * sd.exp(x * w)))


def test_rules_follow_where_arguments_are_replaced():
    scaled = sd.define("scaled(u)", lambda u: sd.custom_gradient(u**2, {u: lambda g: g * u}))
    assert str(sd.grad(sd.sum(scaled(3 * w)), w)) == "9 w"


def test_rules_that_are_not_linear_serve_gradients_alone():
    clipped = sd.custom_gradient(x, {x: lambda g: sd.clip(g, -1, 1)}, name="clipped")
    loss = sd.sum(3 * clipped**2)
    assert sd.evaluate(sd.grad(loss, x), x=[0.1, 4.0]).tolist() == [0.6000000000000001, 1.0]
    shifted = sd.custom_gradient(x, {x: lambda g: g + w}, name="shifted")
    for derive in (
        lambda: sd.jacobian(clipped, x),
        lambda: sd.hessian(loss, x),
        lambda: sd.jvp(loss, x, w),
        lambda: sd.jvp(shifted, x, w),
    ):
        with pytest.raises(sd.DerivativeError, match="by `x` is not linear in the cotangent, so"):
            derive()


def test_as_a_decorator_of_functions_of_arrays():
    @sd.custom_gradient
    def soft_clip(u, scale):
        return np.clip(u, -1, 1), lambda g: (g * scale, None)

    assert soft_clip(np.array([0.5, 3.0]), 2).tolist() == [0.5, 1.0]
    node = soft_clip(x, w)
    assert str(node) == "soft_clip(x, w)" and node is soft_clip(x, w)
    assert str(sd.grad(sd.sum(node), x)) == "w"
    function = sd.from_function(lambda x, w: np.sum(soft_clip(x, w)), x="n", w="n")
    assert function is sd.sum(node)
    assert soft_clip.__name__ == "soft_clip"


def test_arguments_by_keyword_have_their_rules():
    @sd.custom_gradient
    def scaled(u, v, *, k=2):
        return k * u * v, lambda g: (-g, None)

    node = scaled(x, w)
    assert scaled(x, v=w) is scaled(v=w, u=x) is node
    assert str(sd.grad(sd.sum(scaled(x, w, k=3)), x)) == "broadcast_to(−1.0, n)"
    assert scaled(2.0, v=3.0) == 12.0
    for call, said in {
        lambda: scaled(x, w, k=x): "`scaled` has no rule for k, which is given by keyword alone; "
        "its rule is for arguments in their order, so give it there",
        lambda: scaled(x): "missing a required argument: 'v'; the function is "
        "`scaled(u, v, *, k=2)`",
        lambda: in_dictionary({"a": x}): "no argument of `in_dictionary` is an expression, but "
        "its value `x**2` is; its rule is for arguments that are expressions themselves, not in "
        "lists or dictionaries",
    }.items():
        with pytest.raises(sd.ArgumentError) as error:
            call()
        assert str(error.value) == said


@sd.custom_gradient
def in_dictionary(p):
    return p["a"] ** 2, lambda g: {"a": g}


def test_print_has_no_name_that_text_reads_otherwise():
    @sd.custom_gradient
    def relu(u):
        return np.maximum(u, 0), lambda g: g

    assert str(relu(x)) == "relu_(x)"
    lambda_ = sd.custom_gradient(lambda u: (u, lambda g: -g))
    assert str(lambda_(x)) == "custom_gradient(stop_gradient(x), x)"


def test_copies_pickles_and_derivations():
    assert copy.deepcopy(STRAIGHT) is STRAIGHT is pickle.loads(pickle.dumps(STRAIGHT))
    said = str(sd.explain(sd.sum(STRAIGHT * w), x))
    assert "rounded.bprop" in said and "overridden: not compared" in said
    assert sd.cost(STRAIGHT).operations.value({"n": 5}) == 5
    assert sd.separable(sd.sum(STRAIGHT * w), "n")


def no_pair(u):
    return u


def test_what_is_refused():
    once = sd.custom_gradient(lambda u, v: (u + v, lambda g: g))
    for make, said in {
        lambda: sd.custom_gradient(x, {w: 1}): "`w` is no part of `x`, so no rule can be for it",
        lambda: sd.custom_gradient(x, {"x": 1}): "'x' is no part of `x`, so no rule can be for it",
        lambda: sd.custom_gradient(x, {x: lambda: 1}): "the rule for `x` is called with (g), but "
        "takes ()",
        lambda: sd.custom_gradient(x, {x: 1}, name="sin"): "'sin' is a function already; give "
        "another `name` for print",
        lambda: sd.custom_gradient(x, {x: 1}, name="a name"): "`name` is what the result is called "
        "in print, not 'a name'",
        lambda: sd.custom_gradient(x, {}): "`custom_gradient` takes a rule for some parts of the "
        "expression, {x: lambda g: …}, not {}",
        lambda: sd.custom_gradient(sd.sum(x), {x: lambda g: g}): "the rule for `x` of shape (n,) "
        "gives `the cotangent` of shape (); what is received has the shape of what receives it",
        lambda: sd.custom_gradient(x > 0, {x: 1}): "`x > 0` is of kind bool, which has no "
        "derivative; make it 1.0 times as much first",
        lambda: sd.custom_gradient(no_pair)(x): "`no_pair` returns its value and a rule, `return "
        "value, lambda g: …`, for sd.custom_gradient",
        lambda: once(x, w): "the rule of `<lambda>` returns 1 results for 2 arguments",
        lambda: sd.to_json(STRAIGHT): "files hold no rules such as that of `rounded(x)`; keep the "
        "expression without sd.custom_gradient, and apply that again",
    }.items():
        with pytest.raises(sd.SymdiffError) as error:
            make()
        assert str(error.value) == said
