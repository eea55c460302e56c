"""Complex numbers: conventions of derivatives, precision, text, simplification, refusals."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd

Z = sd.scalar("z", dtype="complex")
W = sd.scalar("w", dtype="complex")
V = sd.vector("v", 3, dtype="complex")
VN = sd.vector("v", "n", dtype="complex")
A = sd.matrix("A", 3, 3, dtype="complex")
X = sd.vector("x", "n")
WORDS = {"z": Z, "w": W, "v": V, "A": A, "x": sd.vector("x", 3), "y": sd.vector("y", 6)}
POINT: dict[str, Any] = {
    "z": 1.3 - 0.7j,
    "w": 0.4 + 0.9j,
    "v": np.array([1 + 2j, -0.5 + 0.3j, 0.7 - 1.1j]),
    "A": np.array([[1 + 1j, 0.5, -0.2j], [0.3, 2 - 1j, 0.1], [0.4j, -0.6, 1.5]]),
    "x": np.array([0.5, -1.2, 0.8]),
    "y": np.array([0.5, -1.2, 0.8, 2.0, -0.3, 1.1]),
}


def at_point(node: sd.Node) -> Any:
    """The value of an expression at the point of these tests."""
    return sd.evaluate(node, **{v.attrs[0]: POINT[v.attrs[0]] for v in sd.inputs(node)})


# The convention of JAX ----------------------------------------------------------------------------

JAX = [  # what jax.grad gives for the formula at POINT, in float64
    ("abs(z)**2", "z", 2.6 + 1.4j),
    ("abs(z)", "z", 0.8804710999221753 + 0.4740998230350174j),
    ("real(exp(z))", "z", 2.8064328890575876 - 2.363825813002636j),
    ("imag(log(z))", "z", 0.3211009174311926 - 0.5963302752293578j),
    ("angle(z)", "z", 0.3211009174311926 - 0.5963302752293578j),
    ("real(conj(z)*w**2/(z+w))", "z", 0.08175284511176589 - 0.7286503046045965j),
    ("real(z**w)", "w", 0.8393229223625038 - 0.7815194210259279j),
    (
        "norm(v)",
        "v",
        [
            0.37688918072220456 - 0.7537783614444091j,
            -0.18844459036110228 - 0.11306675421666136j,
            0.26382242650554316 + 0.41457809879442503j,
        ],
    ),
    ("real(vdot(v, A @ v))", "v", [0.94 - 3.82j, -1.55 - 3.35j, 1.15 + 2.85j]),
    (
        "real(det(A))",
        "A",
        [
            [3.06 - 1.5j, -0.45 + 0.04j, -0.58 - 0.8j],
            [-0.75 + 0.12j, 1.42 + 1.5j, 0.6 + 0.8j],
            [0.25 + 0.4j, -0.1 - 0.16j, 2.85 + 1j],
        ],
    ),
    ("imag(prod(v))", "v", [0.76 + 0.02j, 0.3 - 2.9j, -0.7 + 1.1j]),
    (
        "sum(real(x*v*exp(1j*x)))",  # by a real variable: the real part
        "x",
        [-1.1985638465105075, 0.7881050917437693, 1.4881688898542638],
    ),
    (
        "sum(abs(fft(v))**3)",
        "v",
        [
            30.379221222840158 - 53.45301200094645j,
            -37.15423599650225 - 5.722518489685143j,
            25.103222542017406 + 40.84732272227629j,
        ],
    ),
    ("sum(abs(rfft(y))**2)", "y", [5.0, -3.4, 6.8, 15.8, 0.2, 10.4]),
    ("sum(irfft(v)**3)", "v", [0.406875, -0.6375 - 0.0675j, 0.3225]),
    ("sum(irfft(v, 5)**3)", "v", [0.6096, -0.7392 - 0.6768j, 0.3648 + 0.9648j]),
]


@pytest.mark.parametrize(("formula", "name", "gradient"), JAX)
def test_gradients_are_those_of_jax(formula: str, name: str, gradient: object) -> None:
    target = sd.parse(formula, **WORDS)
    found = sd.grad(target, WORDS[name])
    assert found.dtype == WORDS[name].dtype
    np.testing.assert_allclose(at_point(found), gradient, rtol=1e-13, atol=1e-14)


def test_products_with_derivatives_are_those_of_jax() -> None:
    """jax.vjp and jax.jvp of conj(v)*v[0] + abs(v)*1j, which is not holomorphic."""
    y = sd.conj(V) * V[0] + sd.abs(V) * 1j
    u = np.array([0.3 - 1j, 2 + 0.1j, -0.4 + 0.6j])
    pulled = [
        -0.8627864045000422 - 2.764427190999916j,
        1.8857492925712545 - 4.048550424457247j,
        -1.9221252953158956 - 0.30619689263926453j,
    ]
    pushed = [
        -3.4 - 0.7602631123499285j,
        1.75 + 2.6464637241176634j,
        2.11 - 2.490947089516528j,
    ]
    np.testing.assert_allclose(at_point(sd.vjp(y, V, u)), pulled, rtol=1e-14)
    np.testing.assert_allclose(at_point(sd.jvp(y, V, u)), pushed, rtol=1e-14)


def test_closed_forms() -> None:
    n = sd.vector("z", "n", dtype="complex")
    m = sd.matrix("A", "n", "n", dtype="complex")
    assert str(sd.grad(sd.sum(sd.abs(n) ** 2), n)) == "2 conj(z)"
    assert str(sd.grad(sd.norm(n) ** 2, n)) == "2 conj(z)"
    assert str(sd.grad(sd.real(sd.vdot(n, m @ n)), n)) == "Aᵀ conj(z) + conj(A z)"
    assert str(sd.grad(sd.logabsdet(m), m)) == "A⁻ᵀ"
    assert str(sd.grad(sd.sum(sd.abs(sd.rfft(X)) ** 2), X)) == (
        '2 irfft(rfft(x)/rfft_weights(n), n=n, norm="forward")'
    )


def test_a_gradient_that_does_not_depend_is_complex() -> None:
    gradient, zero = sd.grad(sd.sum(sd.real(VN)), [VN, Z])
    assert gradient.dtype == zero.dtype == "complex"
    assert sd.evaluate(zero) == 0
    np.testing.assert_array_equal(sd.evaluate(gradient, n=2), [1 + 0j, 1 + 0j])


def test_magnitudes_have_derivative_0_at_0() -> None:
    for target in (sd.sum(sd.abs(VN)), sd.norm(VN), sd.sum(sd.abs(VN) ** 3)):
        np.testing.assert_array_equal(sd.evaluate(sd.grad(target, VN), v=[0j, 0j]), [0, 0])


def test_angles() -> None:
    values = POINT["v"]
    np.testing.assert_allclose(
        sd.evaluate(sd.angle(VN, deg=True), v=values), np.angle(values, deg=True)
    )
    t = sd.vector("t", "n")
    np.testing.assert_array_equal(sd.evaluate(sd.angle(t), t=[-1.0, 2.0]), [np.pi, 0])
    assert sd.evaluate(sd.grad(sd.sum(sd.angle(t) * t), t), t=[-1.0])[0] == np.pi
    assert sd.imag(t) is sd.zeros("n")


# Holomorphic functions ----------------------------------------------------------------------------

HOLOMORPHIC: list[tuple[str, Callable[[Any], Any]]] = [
    ("z*z", lambda z: z * z),
    ("exp(z)*z", lambda z: mpmath.exp(z) * z),
    ("log(z)/sqrt(z)", lambda z: mpmath.log(z) / mpmath.sqrt(z)),
    ("tanh(z) + tan(z)", lambda z: mpmath.tanh(z) + mpmath.tan(z)),
    ("arcsin(z)*arctan(z)", lambda z: mpmath.asin(z) * mpmath.atan(z)),
    ("arccos(z) - cosh(z)", lambda z: mpmath.acos(z) - mpmath.cosh(z)),
    ("sin(z)**2 / (z + 2j)", lambda z: mpmath.sin(z) ** 2 / (z + 2j)),
    ("(1+2j)**z + z**(0.5+1j)", lambda z: (1 + 2j) ** z + z ** mpmath.mpc(0.5, 1)),
    ("expm1(z) * log1p(z)", lambda z: mpmath.expm1(z) * mpmath.log(1 + z)),
    ("(-2.0)**z", lambda z: mpmath.power(-2, z)),
    ("sinh(z*1j)", lambda z: mpmath.sinh(1j * z)),
]


@pytest.mark.parametrize(("formula", "function"), HOLOMORPHIC)
def test_holomorphic_derivatives(formula: str, function: Callable[[Any], Any]) -> None:
    target = sd.parse(formula, z=Z)
    for order in (1, 2):
        found = at_point(sd.grad(target, Z, order=order, holomorphic=True))
        exact = complex(mpmath.diff(function, mpmath.mpc(POINT["z"]), order))
        np.testing.assert_allclose(found, exact, rtol=1e-9)
    np.testing.assert_allclose(at_point(sd.derivative(target, Z, order=2)), exact, rtol=1e-9)


def test_jacobians() -> None:
    """Of complex by real forwards, of real by complex backwards, of complex where holomorphic."""
    t = sd.vector("t", "n")
    assert str(sd.jacobian(sd.exp(1j * t), t)) == "1j diag(exp(1j t))"
    assert str(sd.jacobian(sd.abs(VN) ** 2, VN)) == "2 diag(conj(v))"
    for mode in ("auto", "reverse", "forward"):
        assert str(sd.jacobian(sd.exp(VN), VN, mode=mode, holomorphic=True)) == "diag(exp(v))"
    m = sd.matrix("M", "k", "n", dtype="complex")
    assert sd.jacobian(m @ VN, VN, holomorphic=True) is m
    filtered = sd.irfft(sd.rfft(t) * (1 + 2j) ** 2, n="n")
    matrix = np.stack([sd.evaluate(filtered, t=column) for column in np.eye(5)], axis=1)
    for mode in ("forward", "reverse"):
        found = sd.evaluate(sd.jacobian(filtered, t, mode=mode), n=5)
        np.testing.assert_allclose(found, matrix, atol=1e-14)


def test_a_bottleneck_that_is_complex_keeps_both_parts() -> None:
    x = sd.vector("x", 3)
    y = sd.real(sd.sum(x * (1 + 2j)) * (3 - 1j)) * x
    forward, auto = (sd.jacobian(y, x, mode=mode) for mode in ("forward", "auto"))
    values = {"x": [1.0, 2.0, 3.0]}
    np.testing.assert_allclose(sd.evaluate(auto, **values), sd.evaluate(forward, **values))


def test_products_with_the_hessian_of_a_real_function() -> None:
    """Against differences of the gradient; the Hessian itself is no one array."""
    f = sd.sum(sd.abs(V) ** 3) + sd.real(V[0] * sd.conj(V[1]) ** 2)
    direction = np.array([0.3 - 1j, 2 + 0.1j, -0.4 + 0.6j])
    gradient = sd.compile(sd.grad(f, V))
    step = 1e-5
    wanted = gradient(POINT["v"] + step * direction) - gradient(POINT["v"] - step * direction)
    found = sd.evaluate(sd.hvp(f, V, direction), v=POINT["v"])
    np.testing.assert_allclose(found, wanted / (2 * step), rtol=1e-8)


def test_descent_along_the_conjugate() -> None:
    """What the convention means: z − rate * conj(g) goes downhill."""
    loss = sd.sum(sd.abs(A @ V - sd.constant([1j, 2.0, -1.0])) ** 2)
    f = sd.compile([loss, sd.grad(loss, V)], inputs=[A, V])
    v = POINT["v"]
    before, g = f(POINT["A"], v)
    for _ in range(500):
        v = v - 0.05 * np.conj(f(POINT["A"], v)[1])
    after = f(POINT["A"], v)[0]
    assert after < 1e-6 * before
    assert np.abs(g).max() > 1


# Refusals -----------------------------------------------------------------------------------------

REAL_T = sd.vector("t", "n")
REFUSED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (
        lambda: sd.grad(Z * Z, Z),
        sd.DerivativeError,
        "the target `z*z` is complex, and only real functions have gradients; take sd.real, "
        "sd.imag or sd.abs of it, or, where it is holomorphic in complex variables, say "
        "holomorphic=True",
    ),
    (
        lambda: sd.grad(sd.conj(Z) * 2, Z, holomorphic=True),
        sd.DerivativeError,
        "`conj` is not holomorphic, and stands in `conj(z)`; differentiate sd.real and sd.imag of "
        "the target apart by `z`",
    ),
    (
        lambda: sd.grad(sd.abs(Z) * Z, Z, holomorphic=True),
        sd.DerivativeError,
        "`abs` is not holomorphic, and stands in `abs(z)`; differentiate sd.real and sd.imag of "
        "the target apart by `z`",
    ),
    (
        lambda: sd.grad(sd.abs(Z), Z, holomorphic=True),
        sd.DerivativeError,
        "a holomorphic function maps complex numbers to complex ones, but `abs(z)` is float; a "
        "real function has a gradient, sd.grad, and any function a change along a direction, "
        "sd.jvp",
    ),
    (
        lambda: sd.hessian(sd.abs(Z) ** 2, Z),
        sd.DerivativeError,
        "second derivatives of a real function by the complex `z` are not given by one array; use "
        "sd.hvp for their products with vectors, or make it x + 1j*y of real x and y; if the "
        "target is holomorphic, say sd.grad(…, holomorphic=True)",
    ),
    (
        lambda: sd.jacobian(VN * VN, VN),
        sd.DerivativeError,
        "the derivative of the complex `v*v` by the complex `v` is one array only where it is "
        "holomorphic: then say holomorphic=True; else differentiate sd.real and sd.imag of it, or "
        "use sd.jvp and sd.vjp",
    ),
    (
        lambda: sd.jacobian(sd.exp(1j * REAL_T), REAL_T, mode="reverse"),
        sd.ArgumentError,
        "the Jacobian of `exp(1j*t)`, which is complex, by `t`, which is float, is found in "
        "forward mode alone, not 'reverse'",
    ),
    (
        lambda: sd.jacobian(VN * VN, VN, form="operator", holomorphic=True),
        sd.ArgumentError,
        "an operator is real; use form='dense', sd.jvp or sd.vjp",
    ),
    (
        lambda: sd.jvp(REAL_T**2, REAL_T, VN),
        sd.DerivativeError,
        "the direction of `t`, which is real, is real too, not `v`; take sd.real or sd.imag of it",
    ),
    (
        lambda: sd.vjp(REAL_T**2, REAL_T, VN),
        sd.DerivativeError,
        "the cotangent of `t**2`, which is real, is real too, not `v`; take sd.real or sd.imag of "
        "it",
    ),
    (
        lambda: sd.derivative(sd.abs(Z), Z),
        sd.DerivativeError,
        "a holomorphic function maps complex numbers to complex ones, but `abs(z)` is float; a "
        "real function has a gradient, sd.grad, and any function a change along a direction, "
        "sd.jvp",
    ),
    (
        lambda: VN < 1,
        sd.ArgumentError,
        "`less` is not defined for complex numbers such as `v`; take sd.real, sd.imag, sd.abs or "
        "sd.angle of it first",
    ),
    (
        lambda: sd.rfft(VN),
        sd.ArgumentError,
        "`rfft` is not defined for complex numbers such as `v`; take sd.real, sd.imag, sd.abs or "
        "sd.angle of it first",
    ),
    (
        lambda: sd.constant([1j, complex("nan")]),
        sd.ArgumentError,
        "a complex constant must be finite; text cannot say another",
    ),
    (
        lambda: sd.evaluate(REAL_T * 1j, t=[1j]),
        sd.InputError,
        "t must hold real numbers, not complex128",
    ),
    (
        lambda: sd.evaluate(REAL_T * VN, t=[1j], v=[1j]),
        sd.InputError,
        "t must hold real numbers, not complex128",
    ),
    (
        lambda: sd.evaluate(VN * 2, v=["a"]),
        sd.InputError,
        "v must hold numbers, not <U1",
    ),
    (
        lambda: sd.parse("2j*j", j=""),
        sd.ParseError,
        "'2j' is an imaginary number, but 'j' is declared; write 2*j, or rename it\n  2j*j\n  ^",
    ),
]


@pytest.mark.parametrize(("attempt", "error", "message"), REFUSED)
def test_refusals(attempt: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        attempt()
    assert str(caught.value) == message


# Kinds and precision ------------------------------------------------------------------------------


def test_kinds() -> None:
    t = sd.vector("t", "n")
    whole, truth = sd.vector("k", "n", dtype="int"), t > 0
    assert (t * 1j).dtype == (whole * 1j).dtype == (t + VN).dtype == sd.sum(VN).dtype == "complex"
    assert sd.exp(VN).dtype == sd.where(truth, t, VN).dtype == (VN @ t).dtype == "complex"
    assert {f(VN).dtype for f in (sd.abs, sd.real, sd.imag, sd.angle, sd.norm)} == {"float"}
    assert sd.equal(VN, 1j).dtype == "bool"
    assert sd.real(t) is sd.conj(t) is t.real is t
    assert (VN.real, VN.imag, t.imag) == (sd.real(VN), sd.imag(VN), sd.zeros("n"))
    assert sd.conj(sd.conj(VN)) is VN
    assert repr(sd.constant(2 - 1j)) == "<(2-1j) : () complex>"
    assert sd.real(2 - 1j) is sd.constant(2.0)


@pytest.mark.parametrize("precision", [np.complex64, np.complex128, np.clongdouble])
def test_one_precision_in_a_call(precision: Any) -> None:
    single = np.zeros((), precision).real.dtype
    k = sd.vector("k", 3, dtype="int")
    outputs = [
        V * 2j + sd.exp(sd.constant(1j)),
        sd.abs(V) + X3,
        sd.zeros(3) * 1j + k,
        sd.where(X3 > 0, 1j, k),
        sd.constant([1j, 2, 3]) * X3,
        sd.fft(k) + sd.ifft(X3) + sd.rfft(X3)[0],
        sd.irfft(V) * 1.5,
        sd.constant(1j) / 3,
    ]
    values: dict[str, Any] = {
        "v": POINT["v"].astype(precision),
        "x": POINT["x"].astype(single),
        "k": np.array([1, 2, 3]),
    }
    double = {"v": POINT["v"], "x": POINT["x"], "k": values["k"]}
    f = sd.compile(outputs)
    exact = sd.evaluate(outputs, **double)
    for results in (sd.evaluate(outputs, **values), f(**{name: values[name] for name in f.inputs})):
        for node, result, wanted in zip(outputs, results, exact, strict=True):
            assert np.asarray(result).dtype == (precision if node.dtype == "complex" else single)
            np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-6)


X3 = sd.vector("x", 3)


def test_numbers_and_lists_adapt_to_the_arrays_of_a_call() -> None:
    total = sd.sum(V * Z) + sd.sum(X3)
    f = sd.compile(total)
    v = POINT["v"].astype(np.complex64)
    for given in (1 + 2j, 3, 2.5):
        values = {"v": v, "z": given, "x": np.ones(3, np.float32)}
        assert f(**values).dtype == sd.evaluate(total, **values).dtype == np.complex64
    real = sd.evaluate(total, v=[1.0, 2.0, 3.0], z=1, x=[0, 0, 1])
    assert real.dtype == np.complex128
    assert real == 7


def test_results_do_not_share_memory_with_arguments() -> None:
    v = POINT["v"].copy()
    for node in (sd.real(V), sd.imag(V), sd.conj(V), sd.real(V)[1:]):
        for result in (sd.evaluate(node, v=v), sd.compile(node)(v)):
            assert not np.shares_memory(result, v)
            result += 1
    np.testing.assert_array_equal(v, POINT["v"])
    assert isinstance(sd.compile(sd.real(Z))(1 + 2j), np.float64)


def test_emitted_source() -> None:
    target = sd.sum(sd.abs(sd.exp(1j * X) * VN) ** 2)
    source = sd.emit(target, wrt=[X, VN], name="power", check=False)
    assert source[source.index("    x, v = ") :] == EMITTED
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    value, by_x, by_v = namespace["power"](POINT["x"], POINT["v"])
    np.testing.assert_allclose(value, np.sum(np.abs(POINT["v"]) ** 2))
    np.testing.assert_allclose(by_x, 0, atol=1e-14)
    np.testing.assert_allclose(by_v, 2 * np.conj(POINT["v"]))


EMITTED = """\
    x, v = _complexes(("x",), x=x, v=v)
    if x.ndim != 1:
        raise ValueError(f"x must have shape (n,), not {x.shape}")
    (n,) = x.shape
    _check_shape("v", v, "(n,)", (n,))
    t1 = np.exp(1j * x)  # (n,)
    t2 = v * t1  # (n,)  v*exp(1j*x)
    t3 = np.abs(t2)  # (n,)  abs(v*exp(1j*x))
    value = t3 @ t3  # scalar  abs(v*exp(1j*x)) @ abs(v*exp(1j*x))
    t4 = 2 * np.conj(t2)  # (n,)  2*conj(v*exp(1j*x))
    grad_x = -(v * t4 * t1).imag  # (n,)
    grad_v = t4 * t1  # (n,)  2*conj(v*exp(1j*x))*exp(1j*x)
    return value, grad_x, grad_v
"""


def test_pickles() -> None:
    node = sd.fft(VN * (1 + 2j), norm="ortho")
    assert pickle.loads(pickle.dumps(node)) is node


# Text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        "1j",
        "2j*z",
        "(1+2j)*z",
        "z**-2j",
        "-2j",
        "(-1.5+2j)*v",
        "(-1-2j) + z",
        "1e-05j*z",
        "(1e+20-1e-30j)*z",
        "array([(1+2j), 3j, -1j])*v",
        "add(1, 2j)",
        "subtract(1, 2j)",
        "z - 1j",
        "exp((1+2j))",
        "conj(z)*real(w)*imag(w)",
        'irfft(v, n=5, norm="ortho")',
        "fft(A, axis=-2)",
        "fftshift(A, axes=-1)",
        "rfft(x)[1]/rfftfreq(3)[1]",
    ],
)
def test_text_round_trip(formula: str) -> None:
    node = sd.parse(formula, **WORDS)
    assert sd.text(node) == formula
    assert sd.parse(sd.text(node), **WORDS) is node
    assert sd.pretty(node)
    assert sd.latex(node)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2j", 1 + 2j),
        ("2-3.5j", 2 - 3.5j),
        ("-1 - 2J", -1 - 2j),
        ("(1 + 2j)", 1 + 2j),
        ("array([1 + 2j, 3])[0]", 1 + 2j),
    ],
)
def test_complex_numbers_are_read(formula: str, value: complex) -> None:
    node = sd.parse(formula)
    assert sd.evaluate(node) == value


@pytest.mark.parametrize(
    ("formula", "pretty", "latex"),
    [
        ("2j*z", "2j z", "2\\mathrm{i} \\, z"),
        ("(1+2j)*z", "(1+2j) z", "\\left(1+2\\mathrm{i}\\right) \\, z"),
        ("z + 1j", "z + 1j", "z + \\mathrm{i}"),
        ("conj(z)**2", "conj(z)²", "{\\overline{z}}^{2}"),
        ("real(z)", "real(z)", "\\operatorname{Re}\\left(z\\right)"),
        ("1e-05j", "1e-05j", "1 \\cdot 10^{-5}\\mathrm{i}"),
        ("z + 0.1j", "z + 0.1j", "z + 0.1\\mathrm{i}"),
        ("z + 21j", "z + 21j", "z + 21\\mathrm{i}"),
    ],
)
def test_notations(formula: str, pretty: str, latex: str) -> None:
    node = sd.parse(formula, **WORDS)
    assert (sd.pretty(node), sd.latex(node)) == (pretty, latex)


# Simplification -----------------------------------------------------------------------------------

UNCHANGED = [  # where a rule for real numbers would change the value
    "sqrt(z**2)",
    "log(exp(3*z))",
    "log(1 + exp(z))",
    "1/(1 + exp(-z))",
    "exp(z)/(1 + exp(z))",
    "sqrt(sum(v**2))",
    "(z**2)**0.5",
    "sqrt(z)*sqrt(w) - sqrt(z*w)",
    "log(z*w) - log(z) - log(w)",
    "log(det(A))",
    "conj(z)*z - z**2",
    "abs(z)*abs(w) - z*w",
    "vdot(v, A @ v) - v @ A @ v",
    "sum(conj(v)*v) - sum(v*v)",
]


@pytest.mark.parametrize("formula", UNCHANGED)
def test_rules_for_real_numbers_are_not_applied(formula: str) -> None:
    node = sd.parse(formula, **WORDS)
    simple = sd.simplify(node)
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = {
            v.attrs[0]: rng.normal(size=v.shape) * 3 + 3j * rng.normal(size=v.shape)
            for v in sd.inputs(node)
        }
        wanted = sd.evaluate(node, **values)
        found = sd.evaluate(simple, **{v.attrs[0]: values[v.attrs[0]] for v in sd.inputs(simple)})
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("formula", "simple"),
    [
        ("1j*1j*z", "-z"),
        ("z*2j/(3j)", "2*z/3"),
        ("z + 2j*z - 2j*z", "z"),
        ("1 + 2j + 3 - 2j + z", "4 + z"),
        ("add(1, 2j)", "(1+2j)"),
        ("(1+2j)*z*(3-1j)*2j", "2*(-5+5j)*z"),
        ("z - z", "0j"),
        ("z*conj(z)/conj(z)", "z"),
        ("exp(log(z))", "z"),
        ("sqrt(z)**2", "z"),
        ("abs(-z) + abs(conj(z))", "2*abs(z)"),
        ("real(2*x*v[0])", "2*real(v[0])*x"),
        ("real(x + 1j*x)", "x"),
        ("imag(1j*z)", "real(z)"),
        ("real(1j*z)", "-imag(z)"),
        ("conj(2j*conj(z))", "-2j*z"),
        ("ifft(fft(v))", "v"),
        ("fftshift(ifftshift(v))", "v"),
        ("irfft(rfft(x), n=3)", "x"),
        ("fft(2j*v)", "2j*fft(v)"),
        ("inv(A) @ A @ v", "v"),
        ("A @ v + A @ v", "2*(A @ v)"),
    ],
)
def test_normal_forms(formula: str, simple: str) -> None:
    assert sd.text(sd.simplify(sd.parse(formula, **WORDS))) == simple


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ("conj(z)", "z", "Wrong: the two differ."),
        ("log(exp(z))", "z", "Wrong: the two differ."),
        (
            "abs(z)**2",
            "real(z)**2 + imag(z)**2",
            "Right: equal at 12 random points, up to rounding.",
        ),
        ("z*(w + 1j)", "w*z + 1j*z", "Right, proved: both have the same normal form."),
        ("irfft(conj(rfft(x)), n=3)", "x", "Wrong: the two differ."),
    ],
)
def test_answers(mine: str, theirs: str, verdict: str) -> None:
    assert str(sd.same(mine, sd.parse(theirs, **WORDS), where=None)).startswith(verdict)


def test_gradients_are_checked_by_differences() -> None:
    target = sd.sum(sd.abs(A @ V) ** 3) + sd.real(sd.det(A)) * sd.angle(Z)
    assert all(comparison.ok for comparison in sd.check(target))
    wrong = sd.check(sd.sum(sd.abs(V) ** 2), V, gradients=[2 * V])
    assert not wrong[0].ok


def test_costs_count_complex_entries_twice() -> None:
    real, imaginary = sd.cost(X + 1), sd.cost(X + 1j)
    assert str(real.memory) == "n"
    assert str(imaginary.memory) == "2 n"
    assert str(sd.cost(VN + 1).inputs) == "2 n"
    assert "Hessian" not in str(sd.cost(sd.norm(VN), wrt=VN))
    with pytest.raises(sd.ArgumentError, match="modes are compared for real numbers, and `fft"):
        sd.cost(sd.fft(X), wrt=X)
