"""Solutions of equations: values, derivatives against closed forms, text, files, errors."""

from __future__ import annotations

import pickle
import subprocess
import sys

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.node import Node, topological
from symdiff.rewrite.engine import substitute

x, a, b = sd.scalar("x"), sd.scalar("a"), sd.scalar("b")
E, e, M = sd.scalar("E"), sd.scalar("e"), sd.scalar("M")
v, w = sd.vector("v", "n"), sd.vector("w", "n")
A = sd.matrix("A", "n", "n")
z = sd.scalar("z", dtype="complex")
CUBIC = sd.solve_for(x**3 + b * x - a, x, start=1.0)
KEPLER = sd.solve_for(E - e * sd.sin(E) - M, E, start=M)
SYSTEM = sd.solve_for(A @ sd.tanh(v) + v - w, v, start=0.0)
STACK = sd.solve_for(v**3 + v - w, v, start=w)
RNG = np.random.default_rng(0)
W = RNG.normal(size=4)
MATRIX = 0.3 * RNG.normal(size=(4, 4))


def is_root(node: Node) -> bool:
    return any(each.op.name == "solve_for" for each in topological([node]))


# Values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_evaluated_compiled_and_emitted_agree(dtype):
    at = {"A": MATRIX.astype(dtype), "w": W.astype(dtype)}
    loss = sd.sum(SYSTEM**2)
    found = [loss, sd.grad(loss, w), SYSTEM]
    namespace: dict = {}
    exec(sd.emit(found), namespace)
    expected = sd.evaluate(found, **at)
    root = expected[2].astype(np.float64)
    assert np.max(np.abs(MATRIX @ np.tanh(root) + root - W)) < 20 * np.finfo(dtype).eps
    for results in (sd.compile(found)(**at), namespace["function"](**at)):
        for ours, theirs in zip(results, expected, strict=True):
            assert ours.dtype == dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_each_entry_of_a_stack_converges_by_itself():
    far = np.array([0.0, 1e-12, 2.0, 1e9])
    found = sd.evaluate(STACK, w=far)
    np.testing.assert_allclose(found**3 + found, far, rtol=1e-14)
    assert found[2] == 1.0


def test_a_stack_of_systems_is_solved_system_by_system():
    X, C = sd.matrix("X", "b", "n"), sd.matrix("C", "b", "n")
    found = sd.solve_for(X + sd.tanh(X @ A) - C, X, start=C)
    assert found.attrs.solving.coupled == (1,)
    rows = RNG.normal(size=(3, 4))
    together = sd.evaluate(found, A=MATRIX, C=rows)
    for row, alone in zip(rows, together, strict=True):
        np.testing.assert_allclose(sd.evaluate(found, A=MATRIX, C=row[None])[0], alone, rtol=1e-13)


@pytest.mark.parametrize("shape", ["n", ""])
def test_unknowns_of_one_shape_are_a_small_system_for_each_entry(shape):
    p, q, r, s = (sd.tensor(name, *shape) for name in "pqrs")
    found = sd.solve_for([p + q**3 - r, p**3 - 2 * q + s], [p, q], start=[r, s])
    given = np.array([0.1, 0.2, 0.3]) if shape else 0.1
    p0, q0 = sd.evaluate(found, r=given, s=2 * given)
    np.testing.assert_allclose([p0 + q0**3 - given, p0**3 - 2 * q0 + 2 * given], 0, atol=1e-15)
    whole = found[0].args[0]
    assert whole.attrs.solving.coupled == ((1,) if shape else (0,))


def test_unknowns_of_several_shapes():
    u, B = sd.vector("u", "m"), sd.matrix("B", "n", "m")
    first, second = sd.solve_for(
        [v - sd.tanh(B @ u) / 4 - w, u**3 + u - B.T @ v], [v, u], start=[0.0, 0.0]
    )
    matrix = RNG.uniform(-0.5, 0.5, (4, 2))
    v0, u0 = sd.evaluate([first, second], B=matrix, w=W)
    np.testing.assert_allclose(v0, np.tanh(matrix @ u0) / 4 + W, atol=1e-15)
    np.testing.assert_allclose(u0**3 + u0, matrix.T @ v0, atol=1e-15)
    report = sd.check_gradient(sd.sum(first * first) + sd.sum(sd.sin(second)), w)
    assert report.ok, report


def test_a_start_left_out_is_an_input_that_changes_nothing():
    found = sd.solve_for(x**2 - a, x)
    assert [sd.evaluate(found, a=4.0, x=start) for start in (1.0, -1.0)] == [2.0, -2.0]
    assert str(sd.grad(found, x)) == "0.0"


def test_whole_numbers_stay_whole_in_equations():
    i, u = sd.vector("i", "n", dtype="int"), sd.vector("u", "m")
    found = sd.solve_for(v**3 + u[i] * v - w, v, start=w)
    at = {"i": [0, 1, 1], "u": [1.0, 2.0], "w": [2.0, 3.0, 12.0]}
    assert sd.evaluate(found, **at).tolist() == [1.0, 1.0, 2.0]
    _, slope = sd.compile([found, sd.grad(sd.sum(found), u)])(**at)
    np.testing.assert_allclose(slope, [-1 / 4, -1 / 5 - 2 / 14])


def test_sizes_are_numbers_in_equations():
    found = sd.solve_for(sd.size("n") * x**3 + x - a, x, start=0.0)
    assert sd.evaluate(found, a=1.0, n=4) == sd.compile(found)(1.0, n=4) == 0.5


@pytest.mark.parametrize("node", [SYSTEM, STACK, sd.jacobian(SYSTEM, w), sd.jacobian(STACK, w)])
def test_empty_arrays(node):
    at = {"A": np.zeros((0, 0)), "w": np.zeros(0)}
    found = sd.evaluate(node, **{y.attrs[0]: at[y.attrs[0]] for y in sd.inputs(node)})
    assert found.size == 0


def test_complex_equations():
    c = sd.scalar("c", dtype="complex")
    found = sd.solve_for(z**3 + z - c, z, start=c)
    at, slope = sd.evaluate([found, sd.grad(found, c, holomorphic=True)], c=1 + 2j)
    assert abs(at**3 + at - (1 + 2j)) < 1e-15
    assert abs(slope - 1 / (3 * at**2 + 1)) < 1e-15


def test_what_does_not_change_with_the_unknown_is_computed_once():
    found = sd.solve_for(x**3 + x * sd.exp(b + a) - sd.sum(w), x, start=1.0)
    source = sd.emit(found, check=False)
    assert "def x_equation(x, p1, p2):\n    return x**3 + p1 * x - p2\n" in source
    assert (
        "def x_correction(x, residual, p1, p2):\n    return residual / (3 * x**2 + p1)\n" in source
    )


# Closed forms -------------------------------------------------------------------------------------


def test_linear_equations_are_solved_in_closed_form():
    assert str(sd.solve_for(A @ v - w, v)) == "A⁻¹ w"
    assert str(sd.solve_for(a * x - b, x)) == "b/a"
    assert str(sd.fixed_point(A @ v + w, v)) == "(I − A)⁻¹ w"
    assert not any(map(is_root, sd.solve_for([a * x + M - 1, x - M], [x, M])))


@pytest.mark.parametrize(
    "jump",
    [
        sd.sign(x),
        sd.where(x > 0, 1.0, 2.0),
        sd.heaviside(x, 0.5),
        sd.mod(x, 2.0),
        sd.argmax(sd.stack([x, a])) * 1.0,
        sd.stop_gradient(sd.tanh(x)),
        sd.custom_gradient(sd.tanh(x), {x: 0.0}),
    ],
)
def test_what_jumps_or_is_held_is_not_taken_for_linear(jump):
    found = sd.solve_for(2 * x + jump - a, x, start=1.0)
    assert is_root(found)
    r = sd.evaluate(found, a=7.5)
    np.testing.assert_allclose(sd.evaluate(2 * x + jump - a, x=r, a=7.5), 0, atol=1e-6)


def test_a_minimizer_with_a_kink_is_not_taken_for_a_quadratic():
    hinge = sd.sum(sd.maximum(0, 1 - v * w)) + sd.sum(v**2) / 10
    assert is_root(sd.minimizer(hinge, v, start=0.0))
    absolute = sd.minimizer(sd.abs(x - a) + x**2 / 100, x, start=0.0)
    with pytest.raises(sd.InputError, match="no minimum `x` is found"):
        sd.evaluate(absolute, a=3.0)
    named = sd.define("step_of(u)", "where(u > 0, 1.0, 2.0)")
    assert is_root(sd.solve_for(x + named(x) - a, x, start=1.0))
    masked = sd.solve_for(sd.where(w > 0, v, 2 * v) - w, v)
    assert not is_root(masked)


def test_an_equation_that_becomes_linear_gets_a_closed_form():
    found = substitute(sd.solve_for(b * x**2 + x - a, x, start=1.0), {b: sd.constant(0.0)})
    assert sd.evaluate(found, a=3.0) == 3.0


def test_quadratics_are_minimized_in_closed_form_where_they_are_proven_convex():
    X, y, lam = sd.matrix("X", "m", "n"), sd.vector("y", "m"), sd.scalar("lam")
    loss = sd.sum((X @ v - y) ** 2)
    assert str(sd.minimizer(loss + sd.sum(v**2), v)) == "2 (2 Xᵀ X + 2 I)⁻¹ (Xᵀ y)"
    assert is_root(sd.minimizer(loss + lam * sd.sum(v**2), v, start=0.0))


# Derivatives --------------------------------------------------------------------------------------


def test_keplers_equation_by_its_closed_forms():
    for variable, slope in {M: "1/(1 − e cos(E))", e: "sin(E)/(1 − e cos(E))"}.items():
        assert str(sd.grad(KEPLER, variable)).replace(str(KEPLER), "E") == slope


def test_third_derivatives_against_mpmath():
    point = {"a": 2.0, "b": 0.5}
    with mpmath.workdps(50):

        def exact(p, q):
            return mpmath.findroot(lambda t: t**3 + q * t - p, 0.9)

        for by in ((3, 0), (1, 1), (0, 2), (2, 1)):
            ours = CUBIC
            for variable, order in zip((a, b), by, strict=True):
                ours = sd.derivative(ours, variable, order) if order else ours
            theirs = float(mpmath.diff(exact, (2.0, 0.5), by))
            assert sd.evaluate(ours, **point) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("node", [SYSTEM, STACK, sd.fixed_point(sd.sin(A @ v) / 9 + w, v, start=w)])
def test_derivatives_against_differences_in_both_modes(node):
    report = sd.check_gradient(sd.sum(node * node * w), w)
    assert report.ok, report


def test_a_jacobian_is_written_with_the_inverse():
    written = str(sd.jacobian(SYSTEM, w)).replace(str(SYSTEM), "r")
    assert written == "(diag(1 − tanh(r)²) Aᵀ + I)⁻ᵀ"
    assert str(sd.jacobian(STACK, w)).replace(str(STACK), "r") == "diag(1/(1 + 3 r²))"


def test_the_square_root_of_a_matrix():
    X = sd.matrix("X", "n", "n")
    ours, known = sd.solve_for(X @ X - A, X, start=sd.eye("n")), sd.sqrtm(A)
    at = MATRIX @ MATRIX.T + np.eye(4)
    pairs = [(ours, known), *((sd.grad(sd.sum(o * o), A) for o in (ours, known)),)]
    for one, other in pairs:
        np.testing.assert_allclose(sd.evaluate(one, A=at), sd.evaluate(other, A=at), atol=1e-12)


def test_the_penalty_of_a_fit_by_its_closed_form():
    X, y = sd.matrix("X", "m", "n"), sd.vector("y", "m")
    ours = sd.minimizer(sd.sum((X @ v - y) ** 2) + a * sd.sum(v**2), v, start=0.0)
    known = sd.solve(X.T @ X + a * sd.eye("n"), X.T @ y)
    at = {"X": RNG.normal(size=(6, 3)), "y": RNG.normal(size=6), "a": 0.7}
    for order in (1, 2):
        one, other = (sd.derivative(node, a, order) for node in (ours, known))
        np.testing.assert_allclose(sd.evaluate(one, **at), sd.evaluate(other, **at), rtol=1e-12)


def test_equations_within_equations():
    inner = sd.solve_for(x**3 + x - b, x, start=0.0)
    outer = sd.solve_for(b * b + inner - a, b, start=1.0)
    found, slope = sd.evaluate([outer, sd.grad(outer, a)], a=6.0)
    root = float(sd.evaluate(inner, b=found))
    assert found**2 + root == pytest.approx(6.0, rel=1e-15)
    assert slope == pytest.approx(1 / (2 * found + 1 / (3 * root**2 + 1)), rel=1e-14)
    assert sd.evaluate(substitute(outer, {a: 2 * a}), a=3.0) == found
    many = sd.vmap(outer, over=a, size="k")
    assert sd.evaluate(many, a=[6.0, 6.0]).tolist() == pytest.approx([found, found], rel=1e-15)


def test_iteration_finds_the_fixed_point_with_the_same_derivatives():
    newton, iterated = (
        sd.fixed_point(sd.cos(a * x), x, start=1.0, method=method)
        for method in ("newton", "iterate")
    )
    for one, other in zip(
        [newton, sd.grad(newton, a)], [iterated, sd.grad(iterated, a)], strict=True
    ):
        assert sd.evaluate(one, a=0.8) == pytest.approx(sd.evaluate(other, a=0.8), rel=1e-14)


@pytest.mark.parametrize(
    ("f", "start", "expected"),
    [
        (sd.cosh(x - a), 0.0, 30.0),
        (
            (1 - x) ** 2 + 100 * (a - x**2) ** 2,
            3.0,
            np.sqrt(30 - 1 / 200 + 1 / (200 * np.sqrt(30))),
        ),
        (x - a * sd.log(x), 1.0, 30.0),
        (x**4 - a * x**2, 1.0, np.sqrt(15)),
    ],
)
def test_minimizers(f, start, expected):
    assert sd.evaluate(sd.minimizer(f, x, start=start), a=30.0) == pytest.approx(expected, rel=1e-4)


def test_minimizers_of_stacks():
    f = sd.sum(sd.exp(v) - v * sd.exp(w))
    found = sd.minimizer(f, v, start=0.0)
    np.testing.assert_allclose(sd.evaluate(found, w=W), W, rtol=1e-12)
    np.testing.assert_allclose(sd.evaluate(sd.grad(sd.sum(found), w), w=W), np.ones(4), rtol=1e-12)


def test_singular_derivatives_are_in_the_domain():
    found = sd.solve_for(x**2 - a, x, start=1.0)
    assert str(sd.domain(found)).replace(str(found), "r") == "2 r = 0: r has no finite derivative"
    assert len(sd.domain(STACK)) == 0


# Batches ------------------------------------------------------------------------------------------

B, u, y = sd.matrix("B", "n", "m"), sd.vector("u", "m"), sd.scalar("y")
OF_SHAPES = sd.solve_for([v - sd.tanh(B @ u) / 4 - w, u**3 + u - B.T @ v], [v, u], start=[0.0, 0.0])
OF_SCALARS = sd.solve_for([x + y**3 - a, x**3 - 2 * y + b], [x, y], start=[a, b])
RIDGE = sd.minimizer(sd.sum((A @ v - w) ** 2) + sd.sum(sd.cosh(v)) * a, v, start=0.0)
CASES = {
    "A": 0.2 * RNG.normal(size=(5, 3, 3)),
    "B": 0.3 * RNG.normal(size=(5, 3, 2)),
    **{"a": RNG.uniform(0.1, 0.3, 5), "b": RNG.uniform(0.1, 0.3, 5), "w": RNG.normal(size=(5, 3))},
}


@pytest.mark.parametrize(
    ("node", "over", "coupled"),
    [
        (CUBIC, "a", ()),
        (SYSTEM, "w", (1,)),
        (SYSTEM, "A", (1,)),
        (OF_SHAPES[1], "B", (0,)),
        (OF_SCALARS[0], "a", (1,)),
        (RIDGE, "a", (1,)),
        (sd.fixed_point(sd.sin(A @ v) / 9 + w, v, start=w, method="iterate"), "w", (1,)),
    ],
)
def test_batches(node, over, coupled):
    variable = next(v for v in sd.inputs(node) if v.attrs[0] == over)
    for one in (node, sd.grad(sd.sum(node * node), variable)):
        many = sd.vmap(one, over=over, size="k")
        whole = next(each for each in topological([many]) if each.op.name == "solve_for")
        assert whole.attrs.solving.coupled == coupled
        same = {v.attrs[0]: CASES[v.attrs[0]][0] for v in sd.inputs(one)}
        found = sd.evaluate(many, **same | {over: CASES[over]})
        for case, value in zip(CASES[over], found, strict=True):
            np.testing.assert_allclose(value, sd.evaluate(one, **same | {over: case}), atol=1e-13)


# Text and files -----------------------------------------------------------------------------------

FORMULAS = [
    ("solve_for(E=M, E - e*sin(E) - M)", {"e": "", "M": ""}),
    ("solve_for(x=1.0, y=b, x**2 + sum(y) - a, y**3 + y*x - b)[1:]", {"a": "", "b": "n"}),
    ("solve_for(x=y, y=x, x + y**3 - a, y + x**3 - b)[0]", dict.fromkeys("abxy", "")),
    ("minimizer(x=x, (x - a)**4 + x**2*a)", {"a": "", "x": ""}),
    ("fixed_point(x=0.5, cos(a*x), method='iterate')", {"a": ""}),
    ("2*solve_for(v=b, A @ tanh(v) + v - exp(b + A @ b))", {"A": "n n", "b": "n"}),
    ("solve_for(y=a, y - exp(-y*solve_for(x=y, x**3 + x - y)))", {"a": "n"}),
]


@pytest.mark.parametrize(("formula", "shapes"), FORMULAS)
def test_text_and_files_give_the_very_nodes(formula, shapes):
    node = sd.parse(formula, **shapes)
    assert sd.text(node) == formula
    for each in (node, *sd.grad(sd.sum(node), sd.inputs(node))):
        assert sd.parse(sd.text(each), **{y.attrs[0]: y for y in sd.inputs(node)}) is each
        assert pickle.loads(pickle.dumps(each)) is each
        assert sd.from_json(sd.to_json(each)) is each


def test_files_hold_equations_that_text_abridges():
    node = x
    for _ in range(40):
        node = sd.sin(node) * a + node / 8
    found = sd.solve_for(node - 2 * x - b, x, start=0.1)
    assert sd.from_json(sd.to_json(found)) is found


def test_latex():
    assert sd.latex(KEPLER) == (
        r"\operatorname*{root}_{E \approx M} \left(E - e \, \sin\left(E\right) - M = 0\right)"
    )


def test_bound_names_give_way_to_others():
    moved = substitute(CUBIC, {a: 2 * x})
    assert sd.text(moved) == "solve_for(x_=1.0, x_**3 + b*x_ - 2*x)"
    inside = sd.solve_for(x * x - moved, x, start=1.0)
    assert sd.text(inside) == "solve_for(x_=1.0, x_*x_ - solve_for(x=1.0, x**3 + b*x - 2*x_))"
    found = sd.evaluate(inside, b=0.5)
    assert sd.evaluate(moved, x=found, b=0.5) == pytest.approx(found**2, rel=1e-15)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("solve_for(x=1, 3)", "`3` does not contain `x`; it contains no variable"),
        ("solve_for(x=1)", "for `x`, one equation holds, not 0"),
        ("solve_for(x=1, x=2, x - a)", "'x' is given twice"),
        (
            "solve_for(x=1, x**2 - a, foo=2)",
            "`solve_for` has no option 'foo' behind its equations",
        ),
        (
            "solve_for(pi=1, pi - a)",
            "'pi' cannot name a variable: it is a constant of the grammar; try 'pi1'",
        ),
        ("solve_for(x=1, x**2 - a) + x", "unknown name 'x'; declared are a"),
        ("solve_for(x=x, x**2 - a)", "unknown name 'x'; declared are a"),
    ],
)
def test_text_that_is_refused(formula, message):
    with pytest.raises(sd.SymdiffError) as error:
        sd.parse(formula, a="")
    assert str(error.value).splitlines()[0] == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"given": [', '"given": [3, ', "nodes[2].attrs.given[0]: expected a list, not 3"),
        (
            '"kind": "solve_for"',
            '"kind": "fsolve"',
            "nodes[2]: no function makes `solve_for` with",
        ),
        ('"bodies": [7]', '"bodies": [70]', "nodes[2].attrs.bodies[0]: there is no node 70"),
        ('"names": ["x"]', '"names": ["_x"]', "nodes[2]: no function makes `solve_for` with"),
        ('"op": "power"', '"op": "powder"', "nodes[2].attrs.nodes[1].op: expected the name of an"),
    ],
)
def test_files_that_are_refused(old, new, message):
    document = sd.to_json(sd.solve_for(x**3 + b * x - a, x, start=a))
    assert old in document
    with pytest.raises(sd.FileError) as error:
        sd.from_json(document.replace(old, new))
    assert str(error.value).startswith(message)


def test_an_emitted_file_runs_alone(tmp_path):
    path = tmp_path / "kepler.py"
    path.write_text(sd.emit(KEPLER, wrt=[e, M], name="kepler"), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", str(path), "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count(": OK") == 2


def test_a_derivation_names_the_theorem():
    for lang, words in {
        "en": "by the implicit function theorem: when e ",
        "zh": "根据隐函数定理",
    }.items():
        assert words in sd.explain(KEPLER**2, e, lang=lang).text


def test_equalities_stand_for_differences():
    assert sd.solve_for(sd.equal(x**3, a - x), x) is sd.solve_for(x**3 - (a - x), x)
    assert sd.solve_for(sd.equal(v**2, 4.0), v) is sd.solve_for(v**2 - 4.0, v)
    assert sd.parse("solve_for(x=1, x**3 == a - x)", a="") is sd.solve_for(
        x**3 - (a - x), x, start=1
    )


# What is refused ----------------------------------------------------------------------------------

u, k = sd.vector("u", "m"), sd.scalar("k", dtype="int")
REFUSED = [
    (lambda: sd.solve_for(a - 1, x), "`a - 1` does not contain `x`; it contains `a`"),
    (
        lambda: sd.solve_for(x**2 - a, x + 1),
        "`x + 1` is no variable, so nothing can be solved for it; make a variable of its shape, "
        "write the equation with that, and solve for it",
    ),
    (
        lambda: sd.solve_for(k * x - a, k),
        "`k` is of kind int, so nothing can be solved for it; declare it with dtype='float' if it "
        "varies continuously",
    ),
    (
        lambda: sd.solve_for(sd.sum(v) - a, v),
        "for `v` of shape (n,), as many equations are needed, n, not 1 as in `sum(v) - a` of "
        "shape ()",
    ),
    (
        lambda: sd.solve_for(x > a, x),
        "`x > a` is of kind bool, so it is no equation; for a = b give a - b",
    ),
    (
        lambda: sd.solve_for(x**2 == a, x),
        "`==` of two expressions asks Python whether they are the same one; for a = b give a - b "
        "or sd.equal(a, b)",
    ),
    (
        lambda: sd.solve_for(z * x - 1, x),
        "`z*x - 1` is complex, but `x` is real; take sd.real and sd.imag, or declare the unknown "
        "with dtype='complex'",
    ),
    (
        lambda: sd.solve_for(sd.abs(z) - a, z),
        "`abs(z) - a` is real, but `z` is complex; for one real equation, make it x + 1j*y of real "
        "x and y, of which one is given",
    ),
    (
        lambda: sd.solve_for(sd.conj(z) * z * z - a, z),
        "`conj` is not holomorphic, and stands in `conj(z)`; differentiate sd.real and sd.imag of "
        "the target apart by `z`",
    ),
    (
        lambda: sd.solve_for(v**2 - w, v, start=u),
        "the start `u` of shape (m,) does not fit `v` of shape (n,)",
    ),
    (lambda: sd.solve_for(x**2 - a, x, start=1j), "the start `1j` is complex, but `x` is real"),
    (
        lambda: sd.solve_for([x - a, x - b], [x]),
        "for `x`, one equation holds, not 2",
    ),
    (
        lambda: sd.solve_for([x**2 - a], x),
        "for a list of equations, give a list of unknowns",
    ),
    (
        lambda: sd.solve_for([x - a, x + a], [x, x]),
        "give each unknown once, and at least one",
    ),
    (
        lambda: sd.solve_for(sd.stop_gradient(x) - a, x),
        "`stop_gradient(x) - a` does not change with `x`, so there is nothing to solve",
    ),
    (
        lambda: sd.minimizer(v - w, v),
        "only a scalar is minimized, not `v - w` of shape (n,); take a sum of it",
    ),
    (
        lambda: sd.minimizer(a * x, x),
        "`a*x` has no minimum by `x` that its second derivatives prove: they are zero",
    ),
    (
        lambda: sd.fixed_point(sd.cos(x), x, method="anderson"),
        "method must be 'newton' or 'iterate', not 'anderson'",
    ),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_refused(make, message):
    with pytest.raises(sd.SymdiffError) as error:
        make()
    assert str(error.value) == message


SQUARE = sd.solve_for(x**2 - a, x, start=1.0)
SQUARES = sd.solve_for(v**2 - w, v, start=1.0)
NOT_FOUND = [
    (
        SQUARE,
        {"a": -1.0},
        "no `x` is found: the Jacobian is singular at step 2 of Newton's method, where the "
        "residual is 1; try another start",
    ),
    (
        SQUARES,
        {"w": [4.0, -1.0, 9.0]},
        "no `v` is found in 1 of 3 systems: the Jacobian is singular at step 2 of Newton's "
        "method, where the residual is 1; try another start",
    ),
    (
        sd.solve_for(sd.abs(x) + a, x, start=0.3),
        {"a": 1.0},
        "no `x` is found: step 24 of Newton's method makes nothing better, where "
        "the residual is 1; try another start",
    ),
    (SQUARE, {"a": np.nan}, "the equation for `x` is not finite at its start; try another"),
    (
        SYSTEM - SYSTEM + sd.solve_for(A @ v + v**3 - w, v, start=0.0),
        {"A": np.zeros((2, 2)), "w": [1.0, 2.0]},
        "no `v` is found: the Jacobian is singular at step 1 of Newton's method, where the "
        "residual is 2; try another start",
    ),
    (
        sd.fixed_point(a * sd.cosh(x), x, start=1.0, method="iterate"),
        {"a": 2.0},
        "no fixed point `x` is found: the last of its iterations changes it by inf; try another "
        "start, or method='newton'",
    ),
    (
        sd.minimizer(a * x**2, x, start=0.0),
        {"a": -1.0},
        "the point that is found for `x` is not proven to be a minimum: the least eigenvalue of "
        "the Hessian there is -2; try another start",
    ),
    (
        sd.minimizer(a * sd.exp(-x), x, start=0.0),
        {"a": 1.0},
        "no minimum `x` is found: after 200 steps of Newton's method the gradient is still "
        "1.38e-87, where the largest entry is 200; try another start",
    ),
]


@pytest.mark.parametrize(("node", "at", "message"), NOT_FOUND)
def test_what_is_not_found_is_an_error(node, at, message):
    with pytest.raises(sd.InputError) as error:
        sd.compile(node)(**at)
    assert str(error.value) == message
