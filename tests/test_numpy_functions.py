"""Ordinary NumPy functions as formulas: the same values, true derivatives, errors that teach."""

from __future__ import annotations

import dataclasses
import inspect
import types
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy_examples import EXAMPLES, SIZES, Example
from samples import SAMPLES, declared
from scipy import special

import symdiff as sd
import symdiff.numpy as snp
from symdiff.dims import as_shape, size_value
from symdiff.frontends import numpy_calls
from symdiff.frontends.declared import Declared
from symdiff.frontends.numpy_calls import call, canonical
from symdiff.frontends.numpy_coverage import public_functions
from symdiff.registry import FUNCTIONS, Sample

x, w = sd.vector("x", "n"), sd.vector("w", "n")
X = sd.matrix("X", "n", "d")


pytestmark = pytest.mark.usefixtures("libraries_as_they_are")


def refusal(what: Callable[[], object], kind: type[Exception] = sd.ArgumentError) -> str:
    """The message with which something is refused."""
    with pytest.raises(kind) as caught:
        what()
    return str(caught.value)


# Ordinary functions -------------------------------------------------------------------------------


BEYOND_AUTOGRAD = {"huber", "smallest_eigenvalue", "discounted", "pairs"}
BEYOND_AUTOGRAD |= {"clipped_ratio", "polynomial", "patches"}
"""Examples with a function that autograd lacks; `check_gradient` measures their derivatives."""


def point(each: Example) -> dict[str, Any]:
    """Arguments of an example."""
    rng = np.random.default_rng(zlib.crc32(each.f.__name__.encode()))
    low = 0.5 if each.positive else -1.0
    shapes = {name: as_shape(shape) for name, shape in each.shapes.items()}
    return {
        name: rng.uniform(low, 1.5, tuple(size_value(size, SIZES) for size in shape))
        for name, shape in shapes.items()
    }


@pytest.mark.parametrize("each", EXAMPLES, ids=lambda each: each.f.__name__)
def test_ordinary_functions(each: Example) -> None:
    """One formula for all sizes, where the function itself leaves them open."""
    import autograd.numpy as anp
    from autograd import grad as autograd_grad

    named = each.f.__code__.co_names
    fixed = bool({"eye", "identity", "zeros", "arange"} & {*named})
    values = point(each)
    shapes: Any = {name: value.shape for name, value in values.items()} if fixed else each.shapes
    formula = sd.from_function(each.f, **shapes)
    expected = each.f(**values)
    numbers = {str(v): values[str(v)] for v in sd.inputs(formula)}
    np.testing.assert_allclose(sd.evaluate(formula, **numbers), expected, rtol=1e-12, atol=1e-14)

    weights = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(expected))
    weighed = sd.sum(formula * sd.tensor("weights", *formula.shape))
    if each.f.__name__ in BEYOND_AUTOGRAD:
        at = {v: (numbers | {"weights": weights})[str(v)] for v in sd.inputs(weighed)}
        assert sd.check_gradient(weighed, at=at, order=1).ok
        return
    theirs = with_autograd(each.f)
    variables = sd.inputs(formula)
    gradients = sd.grad(weighed, variables)
    order = [name for name in each.shapes if name in numbers]

    def target(*arguments: Any) -> Any:
        return anp.sum(theirs(**dict(zip(order, arguments, strict=True))) * weights)

    slope_of = dict(zip(map(str, variables), evaluated(gradients, numbers, weights), strict=True))
    slopes = autograd_grad(target, tuple(range(len(order))))(*(numbers[name] for name in order))
    for name, slope in zip(order, slopes, strict=True):
        np.testing.assert_allclose(slope_of[name], slope, rtol=1e-8, atol=1e-10)


def with_autograd(f: Callable[..., Any]) -> Any:
    """The same function, with autograd's NumPy."""
    import autograd.numpy as anp

    return types.FunctionType(f.__code__, {**f.__globals__, "np": anp}, None, f.__defaults__)


def evaluated(nodes: list[sd.Node], numbers: dict[str, Any], weights: Any) -> list[Any]:
    """Values at a point, of which not everything may be needed."""
    needed = {str(v) for v in sd.inputs(nodes)}
    given = {name: v for name, v in (numbers | {"weights": weights}).items() if name in needed}
    return sd.evaluate(nodes, **given)


def test_kinds_whose_sizes_are_inferred() -> None:
    def loss(w, X, y):
        return np.sum((X @ w - y) ** 2)

    formula = sd.from_function(loss, w="vector", X="matrix", y="vector")
    assert formula is sd.parse("sum((X @ w - y)**2)", X="d n", w="n", y="d")


def test_labels_choose_entries() -> None:
    def cross_entropy(z, labels):
        rows = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
        return -np.mean(np.take_along_axis(rows, labels[:, None], axis=1))

    formula = sd.from_function(cross_entropy, z="n k", labels="n int")
    at = {"z": np.array([[1.0, 2.0, 0.0], [0.5, 0.0, 3.0]]), "labels": np.array([0, 2])}
    np.testing.assert_allclose(sd.evaluate(formula, **at), cross_entropy(**at), rtol=1e-14)
    assert sd.check_gradient(formula, at=at, order=1).ok


def test_the_result_has_the_structure_that_is_returned() -> None:
    def several(a):
        return {"twice": 2 * a, "both": (a, [1.5, a.shape[0]])}

    found = sd.from_function(several, a="n")
    a = sd.vector("a", "n")
    assert found["twice"] is 2 * a
    assert found["both"] == (a, [sd.constant(1.5), sd.size("n")])


class Pair(NamedTuple):
    """An argument with structure."""

    a: Any
    b: Any


@dataclasses.dataclass
class Layer:
    """Another."""

    W: Any
    b: Any


def test_arguments_with_structure() -> None:
    def network(layers, pair, options):
        for layer in layers:
            pair = Pair(np.tanh(layer.W @ pair.a + layer.b), pair.b)
        return pair.a * options["scale"] + pair.b

    found = sd.from_function(
        network,
        layers=[Layer("m n", "m")],
        pair=Pair("n", sd.vector("c", "m")),
        options={"scale": ""},
    )
    assert str(found) == "tanh(layers_0_W pair_a + layers_0_b) · options_scale + c"


def test_tuples_of_shapes_are_structures_and_tuples_of_sizes_are_shapes() -> None:
    def network(layers, x):
        for W, b in layers:
            x = np.tanh(W @ x + b)
        return x

    found = sd.from_function(network, layers=[("m n", "m"), ("k m", "k")], x=("n",))
    shapes = {str(v): str(v.shape) for v in sd.inputs(found)}
    assert shapes == {
        "layers_0_0": "(m, n)",
        "layers_0_1": "(m,)",
        "layers_1_0": "(k, m)",
        "layers_1_1": "(k,)",
        "x": "(n,)",
    }
    assert sd.from_function(lambda p: p[0] * p[1], p=("n", "")).shape == sd.vector("x", "n").shape
    assert str(sd.from_function(lambda x: x, x=("2*n + 1", 3)).shape) == "(2*n + 1, 3)"


def test_defaults_keywords_and_positional_only() -> None:
    def f(a, /, b, *rest, c=2.0, flag=True, **more):
        assert not rest
        return a + b * c + (more["extra"] if flag else 0)

    assert str(sd.from_function(f, a="n", b="", extra="")) == "a + b · 2.0 + extra"
    assert str(sd.from_function(f, a="n", b="", c="", extra="")) == "a + b c + extra"


def test_branches_on_sizes_and_ranks_are_taken() -> None:
    def f(v):
        if v.ndim == 1 and len(v) == 3 and v.shape == (3,) and v.dtype == "float":
            return v[0]
        return v

    assert sd.from_function(f, v="3").ndim == 0


# NumPy's functions --------------------------------------------------------------------------------

NEVER_ASKED = {"arange", "eye", "full", "identity", "linspace", "ones", "tri", "zeros"}
NEVER_ASKED |= {"fftfreq", "rfftfreq"}
"""Functions of NumPy that do not ask their arguments: the namespace asks in their place."""
OWN_OPTIONS = ("stride=", "exclusive=", "reverse=")
"""Options that NumPy's function of the name has not."""


def of_numpy(name: str) -> Callable[..., Any] | None:
    """NumPy's own function of a name, or what stands for it where it does not ask."""
    homes = {"": np, "linalg.": np.linalg, "fft.": np.fft, "lib.stride_tricks.": None}
    homes["lib.stride_tricks."] = np.lib.stride_tricks
    for home, module in homes.items():
        function = getattr(module, name, None)
        if name in NEVER_ASKED and function is not None:
            full = canonical(home + name)
            return lambda *args, **options: call(full, args, options)
        if callable(function):
            return function
    return None


def by_numpy(sample: Sample) -> tuple[Any, set[str]]:
    """A sample as NumPy's own functions build it, and the names that it took from NumPy."""
    variables = declared(sample)
    meaning = Declared(dict(variables))
    code = compile(sample.formula, "<sample>", "eval")
    theirs = {n: of_numpy(n) for n in code.co_names if n in FUNCTIONS and n not in variables}
    names = {name: function or FUNCTIONS[name] for name, function in theirs.items()}
    constants = {"pi": np.pi, "inf": np.inf, "nan": np.nan}
    known = names | constants | meaning.environment({})
    result = eval(code, {"__builtins__": {"bool": bool}}, known)
    return result, {name for name, function in theirs.items() if function is not None}


def test_samples_by_numpy_are_the_samples() -> None:
    """All functions that both have, on all their samples: the very same nodes."""
    taken: set[str] = set()
    count = 0
    for sample in (sample for samples in SAMPLES.values() for sample in samples):
        if any(word in sample.formula for word in (*OWN_OPTIONS, "==", "!=")):
            continue
        built, names = by_numpy(sample)
        assert built is sd.parse(sample.formula, **declared(sample)), sample.formula
        taken |= names
        count += 1
    assert count > 800
    assert len(taken) > 215


def test_ufuncs_of_scipy() -> None:
    built = 0
    for name, ufunc in vars(special).items():
        if not isinstance(ufunc, np.ufunc) or name.startswith("_"):
            continue
        operands = [sd.scalar(letter) for letter in "abcdefgh"[: ufunc.nin]]
        if ufunc.__name__ in FUNCTIONS:
            assert ufunc(*operands) is FUNCTIONS[ufunc.__name__](*operands)
            built += 1
        else:
            assert refusal(partial(ufunc, *operands)).startswith("symdiff has no `special."), name
    assert built > 40


def test_names_that_differ() -> None:
    z = sd.vector("z", "n", dtype="complex")
    k = sd.vector("k", "n", dtype="int")
    A = sd.matrix("A", 3, 3)
    made = {
        np.acos(x): sd.arccos(x),
        np.pow(x, 3): x**3,
        np.amax(X, 1): sd.max(X, axis=1),
        np.around(x, 2): sd.round(x, 2),
        np.true_divide(x, 2): x / 2,
        np.bitwise_and(x > 0, x < 1): (x > 0) & (x < 1),
        np.invert(x > 0): ~(x > 0),
        np.copy(x): x,
        np.empty_like(x): sd.zeros_like(x),
        np.astype(k, float): 1.0 * k,
        np.astype(x > 0, int): sd.where(x > 0, 1, 0),
        np.isreal(z): sd.equal(sd.imag(z), 0),
        np.allclose(x, w): sd.all(sd.isclose(x, w)),
        np.nancumsum(x): sd.cumsum(sd.where(sd.isnan(x), 0, x)),
        np.ediff1d(X): sd.diff(sd.ravel(X)),
        np.clip(x, 0, None): sd.clip(x, 0, None),
        np.clip(x, min=0, max=1): sd.clip(x, 0, 1),
        np.outer(X, x): sd.outer(sd.ravel(X), x),
        np.linalg.vector_norm(A): sd.norm(sd.ravel(A), 2),
        np.linalg.matrix_norm(A, ord=1): sd.norm(A, 1, (-2, -1)),
        np.linalg.trace(A): sd.trace(A),
        np.linalg.pinv(A, rtol=1e-3): sd.pinv(A, 1e-3),
        np.sum(X, 0, keepdims=True): sd.sum(X, 0, True),
        np.mean(X, 0, None, None, True): sd.mean(X, 0, True),
        np.sort(x, kind="stable"): sd.sort(x),
        np.take_along_axis(x, np.argsort(x, axis=-1), axis=-1): sd.take_along_axis(
            x, sd.argsort(x), -1
        ),
        np.take_along_axis(X, np.argsort(X)): sd.take_along_axis(X, sd.argsort(X), -1),
        np.linalg.slogdet(A).logabsdet: sd.slogdet(A).logabsdet,
        np.linalg.svd(A)[1]: sd.svd(A).S,
        np.linalg.lstsq(A, A)[0]: sd.lstsq(A, A)[0],
        np.piecewise(x, [x < 0, x > 1], [0.0, np.sqrt, np.square]): sd.where(
            x > 1, sd.sqrt(x), sd.where(x < 0, 0.0, sd.square(x))
        ),
        np.polyval([1.0, 0.0, 2.0], x): ((sd.zeros_like(x) * x + 1.0) * x + 0.0) * x + 2.0,
        np.ldexp(x, 3): x * sd.exp2(3),
        np.modf(x)[0]: x - sd.trunc(x),
        np.divmod(x, 2)[1]: sd.mod(x, 2),
    }
    for place, (found, expected) in enumerate(made.items()):
        assert found is expected, place


def test_methods_of_ufuncs() -> None:
    assert np.add.reduce(X) is sd.sum(X, 0)
    assert np.multiply.reduce(X, axis=None, keepdims=True) is sd.prod(X, None, True)
    assert np.maximum.reduce(X, axis=(0, 1)) is sd.max(X)
    assert np.logaddexp.reduce(x) is sd.logsumexp(x, 0)
    assert np.add.accumulate(X, axis=1) is sd.cumsum(X, 1)
    assert np.subtract.outer(X, w) is X[..., None] - w
    message = "`np.maximum.accumulate` cannot take expressions; write it with whole arrays"
    assert refusal(lambda: np.maximum.accumulate(x)) == message
    message = "`np.add.at` cannot take expressions; write x.at[index].add(v)"
    assert refusal(lambda: np.add.at(x, 0, 1.0)) == message


def test_methods_of_arrays() -> None:
    assert X.sum(axis=0) is X.sum(0) is sd.sum(X, axis=0)
    assert X.mean(0, keepdims=True) is sd.mean(X, 0, True)
    assert X.reshape(-1) is X.ravel() is X.flatten() is X.reshape((-1,)) is sd.ravel(X)
    assert X.reshape(1, "n", -1) is sd.reshape(X, (1, "n", -1))
    assert X.transpose() is X.T is X.transpose(1, 0) is X.transpose((1, 0)) is X.mT
    assert X.std(ddof=1) is sd.std(X, ddof=1)
    assert X.dot(X.T).trace() is sd.trace(X @ X.T)
    assert x.clip(0, 1).round(2) is sd.round(sd.clip(x, 0, 1), 2)
    assert (x > 0).any() is sd.any(x > 0)
    assert x.astype(float) is x.astype("float64") is x.copy() is x.conj() is x
    assert x.take([0, 1]) is sd.take(x, [0, 1])
    assert (X.size, x.size, X.ndim, np.shape(X)) == (X.shape[0] * X.shape[1], *x.shape, 2, X.shape)
    assert (np.ndim(X), np.size(X, 0), np.iscomplexobj(X)) == (2, X.shape[0], False)
    assert np.result_type(X, np.float32) == np.float64


def test_arrays_and_expressions_mix() -> None:
    a = np.array([1.0, 2.0])
    v = sd.vector("v", 2)
    assert a * v is sd.constant(a) * v
    assert a @ v is sd.constant(a) @ v
    assert np.float64(2) ** v is 2.0**v
    assert np.equal(a, v) is sd.equal(a, v)
    b = v
    b += a
    assert b is v + a
    message = refusal(lambda: a.__iadd__(v))
    assert message.startswith("`np.add` takes no out= with expressions: expressions are immutable")


# What is refused ----------------------------------------------------------------------------------


def branches(x):
    y = np.exp(x)
    if y > 0:
        return y
    return -y


def loops(X):
    total = 0.0
    for row in X:
        total = total + row
    return total


def ranges(X):
    return sum(X[i] for i in range(X.shape[0]))


def assigns(x):
    x[0] = 1.0
    return x


def fills(x):
    a = np.zeros(3)
    a[0] = x[0]
    return a


def joins(x):
    return np.array([x, x])


def by_math(x):
    import math

    return math.exp(x)


def chooses(x):
    return x[np.nonzero(x)]


def allocates(X):
    return np.zeros(X.shape) + X


def allocates_one_axis(x):
    return np.ones(len(x)) if x.shape == (3,) else np.zeros(x.shape[0])


def forgets(x):
    np.exp(x)


def multiplies(X):
    return X @ X


def vectorized(x):
    return np.vectorize(lambda t: t + 1)(x)


NO_VALUE = (
    "the size n has no value here, so no loop can run over it and NumPy can make no array of it: "
    "use functions of whole arrays, np.zeros_like(x) rather than np.zeros(shape), or declare the "
    "size as a number; `from symdiff import numpy as np` has zeros, ones, eye and arange of such "
    "sizes"
)
NO_NUMBERS = (
    "NumPy asked for the numbers in `x`, which is an expression without values: join expressions "
    "by np.stack([a, b]) rather than np.array([a, b]), change entries by x.at[index].set(a) rather "
    "than x[index] = a, or take functions that know expressions, np.array too: `from symdiff "
    "import numpy as np`"
)
NO_FLOAT = (
    "`{}` is an expression without a value, so a float cannot be made of it: use NumPy's functions "
    "rather than math's, np.take(a, i) rather than a[i], np.stack([a, b]) rather than entries of "
    "an array, and sd.evaluate for values"
)


@pytest.mark.parametrize(
    ("f", "shape", "message", "line"),
    [
        (
            branches,
            "n",
            "an expression has no truth value, so `if`, `and`, `not`, `while` and Python's `max` "
            "cannot ask it; use sd.where(condition, a, b), np.where, np.maximum, or & | ~ between "
            "conditions",
            "if y > 0:",
        ),
        (
            loops,
            "n d",
            "the length of an expression of shape (n, d) is not a number, so no loop can run over "
            "it; use functions of whole arrays, x.shape[0] where its number is meant, or declare "
            "the size as a number",
            "for row in X:",
        ),
        (ranges, "n d", NO_VALUE, "return sum(X[i] for i in range(X.shape[0]))"),
        (allocates, "n d", NO_VALUE, "return np.zeros(X.shape) + X"),
        (
            allocates_one_axis,
            "n",
            "`allocates_one_axis` does not run on expressions: expected a sequence of integers or "
            "a single integer, got 'n'; `from symdiff import numpy as np` has functions for named "
            "sizes and for lists of expressions",
            "return np.ones(len(x)) if x.shape == (3,) else np.zeros(x.shape[0])",
        ),
        (
            assigns,
            "n",
            "expressions are immutable; for a copy with other entries write "
            "`x = x.at[index].set(value)`, or `.add(value)` to add",
            "x[0] = 1.0",
        ),
        (fills, "3", NO_FLOAT.format("x[0]"), "a[0] = x[0]"),
        (joins, "3", NO_NUMBERS, "return np.array([x, x])"),
        (by_math, "", NO_FLOAT.format("x"), "return math.exp(x)"),
        (
            chooses,
            "n",
            "`np.nonzero` cannot take expressions: the shape of its result depends on values, and "
            "shapes are known before values; use np.where(condition, x, y) or a sum with where=",
            "return x[np.nonzero(x)]",
        ),
        (
            multiplies,
            "n d",
            "`@` cannot multiply `X` of shape (n, d) by `X` of shape (n, d): size d differs from "
            "size n; the transpose of the first fits",
            "return X @ X",
        ),
        (vectorized, "n", NO_NUMBERS, "return np.vectorize(lambda t: t + 1)(x)"),
    ],
)
def test_errors_name_the_line(f: Any, shape: str, message: str, line: str) -> None:
    (parameter,) = f.__code__.co_varnames[: f.__code__.co_argcount]
    found = refusal(lambda: sd.from_function(f, **{parameter: shape}), sd.SymdiffError)
    source = Path(__file__).read_text().splitlines()
    number = next(i for i, text in enumerate(source, 1) if text.strip() == line)
    assert found == f"{message}\n  {__file__}:{number}, in {f.__name__}\n    {line}"


def test_errors_of_calls() -> None:
    def f(a, b, c=1):
        return a

    assert refusal(lambda: sd.from_function(f, a="n")) == (
        '`f` needs a shape for b: such as sd.from_function(f, b="n"), or "" for a scalar'
    )
    assert refusal(lambda: sd.from_function(f, a="n", b="", z="")) == (
        "`f` has no parameter z; it has a, b, c"
    )
    assert refusal(lambda: sd.from_function(forgets, x="n")) == (
        "`forgets` is None; a function must return what it computes"
    )
    assert refusal(lambda: sd.from_function(f, a="n n", b="a")) == (
        "'a' names both a variable and a size"
    )
    clash = refusal(lambda: sd.from_function(lambda a, a_b: a, a={"b": ""}, a_b=""))
    assert clash == "two arguments of `<lambda>` would be named 'a_b'"


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda: np.where(x > 0),
            "`np.where(condition)` gives places, whose number depends on values, while shapes are "
            "known before values; write np.where(condition, x, y)",
        ),
        (
            lambda: np.polyfit(x, w, 2),
            "`np.polyfit` cannot take expressions: it works on lists of coefficients; np.polyval "
            "evaluates a polynomial, and np.vander with np.linalg.solve fits one",
        ),
        (
            lambda: np.exp(x, where=x > 0),
            "`np.exp` takes no where= with expressions: what stands elsewhere is left to chance; "
            "use np.where(condition, x, y)",
        ),
        (
            lambda: np.quantile(x, 0.5, weights=w),
            "`np.quantile` takes no weights= with expressions: symdiff has "
            "quantile(x, q, axis=None, method='linear', keepdims=False)",
        ),
        (
            lambda: np.sum(x, dtype=np.float32),
            "dtype must be bool, int, float or complex, not <class 'numpy.float32'>; the precision "
            "of float is that of the arrays given at each call",
        ),
        (
            lambda: x.astype(int),
            "`x` of kind float cannot be made int without losing part of it; write np.floor(x) or "
            "np.trunc(x), which stay of kind float",
        ),
        (
            lambda: np.bitwise_and(x, 1),
            "`&` combines booleans, such as (x > 0) & (x < 1) with its parentheses, not `x` of "
            "kind float",
        ),
        (
            lambda: x.sort(),
            "an expression has no method `sort`: expressions are immutable; write np.sort(x)",
        ),
        (
            lambda: x.item(),
            "an expression has no method `item`: its entries have no values yet; "
            "sd.evaluate(x, …) gives them",
        ),
        (
            lambda: np.fill_diagonal(X, 0.0),
            "`np.fill_diagonal` cannot take expressions: it writes into its argument, and "
            "expressions are immutable; write x.at[index].set(value)",
        ),
        (
            lambda: np.unique(x),
            "`np.unique` cannot take expressions: the shape of its result depends on values, and "
            "shapes are known before values; sets of numbers have no derivative",
        ),
        (
            lambda: np.frompyfunc(abs, 1, 1)(x),
            "`abs (vectorized)` is a ufunc of neither NumPy nor scipy.special",
        ),
        (
            lambda: np.emath.sqrt(x),
            "symdiff has no `np.lib.scimath.sqrt`; the nearest names are sd.sqrt, sd.sqrtm, "
            "sd.sort",
        ),
        (
            lambda: np.testing.assert_allclose(x, w),
            NO_NUMBERS,
        ),
        (
            lambda: x.sum(0, 1, 2, 3, 4, 5, 6, 7),
            "`np.sum`: too many positional arguments; it is np.sum(a, axis=None, dtype=None, "
            "out=None, keepdims=<no value>, initial=<no value>, where=<no value>)",
        ),
    ],
)
def test_calls_refused(use: Callable[[], object], message: str) -> None:
    assert refusal(use) == message


def test_functions_of_others_may_answer_for_themselves() -> None:
    from symdiff.frontends.numpy_calls import apply_function

    assert apply_function(refusal, (x,), {}) is NotImplemented


def test_every_public_function_of_numpy_is_covered_or_refused_with_a_reason() -> None:
    coverage = sd.numpy_coverage()
    sorted_ = [*coverage.covered, *coverage.refused, *coverage.apart]
    assert sorted(sorted_) == sorted({*public_functions()})
    assert len(coverage.covered) > 280
    assert not [n for n, why in coverage.refused.items() if why.startswith("symdiff has no")]
    assert str(coverage).startswith(
        f"{len(coverage.covered)} of NumPy's functions take expressions"
    )


def test_defaults_agree() -> None:
    """What is not given means the same to NumPy and here."""
    compared = 0
    for name, function in (
        (n, numpy_calls.function_named(canonical(n))) for n in public_functions()
    ):
        theirs = numpy_calls._numpy_signature(canonical(name))
        if function is None or theirs is None:
            continue
        for option, mine in inspect.signature(function).parameters.items():
            other = theirs.parameters.get(option)
            if other is None or mine.default is mine.empty or other.default is other.empty:
                continue
            compared += 1
            unset = (None, False, np._NoValue, True if option == "where" else None)
            same = mine.default == other.default or {mine.default, other.default} <= {*unset}
            last_of_each = (name, option) == ("linalg.cross", "axis")
            assert same or last_of_each or option == "dtype", (name, option)
    assert compared > 200


# The namespace ------------------------------------------------------------------------------------


def test_the_namespace_on_expressions() -> None:
    n, d = X.shape
    a = sd.scalar("a")
    assert snp.sum(X, axis=0) is sd.sum(X, axis=0)
    assert snp.zeros((n, d)) is sd.zeros((n, d))
    assert snp.ones(n, dtype=int) is sd.ones(n, "int")
    assert snp.eye(n) is snp.identity(n) is sd.eye("n")
    assert snp.arange(n) is sd.arange("n")
    assert snp.full((n, 2), a) is sd.full(("n", 2), a)
    assert snp.array([[a, 1.0], [0.0, a]]) is sd.stack([sd.stack([a, 1.0]), sd.stack([0.0, a])])
    assert snp.asarray(x) is x
    assert snp.linalg.norm(x) is sd.norm(x)
    assert snp.fft.fft(x) is sd.fft(x)
    assert snp.softmax(x) is sd.softmax(x)
    assert snp.concat([x, w]) is snp.concatenate((x, w)) is sd.concatenate((x, w))
    assert snp.permute_dims(X, (1, 0)) is X.T
    assert (snp.pi, snp.newaxis, snp.float64) == (np.pi, None, np.float64)


def test_the_namespace_on_numbers() -> None:
    a = np.array([[1.0, 2.0], [3.0, 5.0]])
    for name in ("sum", "transpose", "linalg.inv", "linalg.eigvalsh", "fft.rfft", "acos", "cumsum"):
        mine, theirs = snp, np
        for part in name.split("."):
            mine, theirs = getattr(mine, part), getattr(theirs, part)
        np.testing.assert_array_equal(mine(a / 9), theirs(a / 9))
    assert type(snp.zeros((2, 3))) is np.ndarray
    np.testing.assert_allclose(snp.softmax(a, axis=1), special.softmax(a, axis=1), rtol=1e-14)
    assert snp.sigmoid(np.float32(0.5)).dtype == np.float32


def test_the_namespace_is_complete() -> None:
    """Every registered function has a place, and each name of the Array API that NumPy has."""
    names = {*dir(snp), *dir(snp.linalg), *dir(snp.fft), "sliding_window_view"}
    assert {*FUNCTIONS} - names == set()
    for name in ("acos", "atan2", "bitwise_invert", "concat", "matrix_transpose", "pow", "vecdot"):
        assert callable(getattr(snp, name))
    with pytest.raises(AttributeError, match=r"symdiff\.numpy has no 'nothing'"):
        _ = snp.nothing
    assert {*snp.__all__} <= {*dir(snp)}


def test_what_is_used_of_the_namespace_hides_nothing_in_it() -> None:
    assert callable(snp.any) and callable(snp.sum)
    assert "softmax" in dir(snp)


def test_one_function_for_both() -> None:
    np = snp

    def rotation(angle, points):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return np.zeros(points.shape) + points @ turn.T

    formula = sd.from_function(rotation, angle="", points="n 2")
    at = {"angle": 0.3, "points": [[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]]}
    expected = rotation(at["angle"], np.asarray(at["points"]))
    np.testing.assert_allclose(sd.evaluate(formula, **at), expected, rtol=1e-14)
