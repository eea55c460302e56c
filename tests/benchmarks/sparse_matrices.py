"""Sparse Jacobians and Hessians beside other tools: how many times as long as symdiff?

Run `python tests/benchmarks/sparse_matrices.py`; it needs symdiff and SciPy, and times JAX and
CasADi where they are installed. `--only` picks problems by a part of their name, `--largest` the
largest size, `--rounds` how often each is timed.

bundle adjustment  the Jacobian of `n` observations, two residuals each, by the cameras (a rotation
                   vector, a translation and a focal length each) and the points they see
chain              the Hessian of Rosenbrock's function of `n` variables

casadi        finds patterns and colours from its own graph; reads and writes given arrays; the
              bundle adjustment is one function of an observation, mapped over all
jax, colours  has neither, and gets symdiff's: directions in a `vmap` of `jvp`, compiled
jax, dense    `jacfwd` or `hessian`, compiled, where the matrix has at most 10⁷ entries
differences   SciPy's, of compiled residuals or gradients, with symdiff's pattern and SciPy's groups

A figure is the median over interleaved rounds of the time of one evaluation at a new point, divided
by that of symdiff in the same round, whose milliseconds the first column gives. The second table
has the seconds spent once, before the second evaluation: graph, pattern, colours and compilation.

What was expected before the first run. Bundle adjustment: CasADi within a factor of 2 either way,
since it interprets scalars where NumPy moves large arrays; JAX with our colours faster by some 1.5,
since it fuses all of it; differences a third slower, at 10 evaluations of the residuals against 9
products, and right to 8 digits. Chain: CasADi twice as fast at 10³, where NumPy's calls cost most,
and equal at 10⁵; differences 5 times slower; dense ones out of the question from 10⁴ on.

What came out (two busy cores). Bundle adjustment: CasADi 5 times slower from 10⁴ on, and JAX with
our colours 1.5 to 2.3 times, since each variable has lanes of its own here: what only translations
move is not computed for rotations. Differences 5 to 7 times slower, for SciPy goes through groups
one by one. Chain: CasADi as fast at 10³ and 1.5 to 2 times slower beyond, JAX about as fast.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from measure import settings
from scipy import sparse
from scipy.optimize._numdiff import approx_derivative, group_columns

import symdiff as sd

Array = np.ndarray[Any, Any]
Values = Mapping[str, Array]
Matrix = Any
Evaluation = Callable[[Values], Matrix]

DENSE = 10**7
"""A matrix with more entries is not tried as a dense one."""
PATIENCE = 5.0
"""The seconds that all rounds of a tool should last."""


class UnableError(Exception):
    """A tool that cannot do this, and why."""


# Problems -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """What is differentiated, for any namespace of functions, and by which inputs.

    function  of a namespace and the inputs by name: residuals, or a scalar for a Hessian
    """

    name: str
    function: Callable[[Any, Any], Any]
    shapes: Mapping[str, str]
    wrt: tuple[str, ...]
    hessian: bool
    values: Callable[[int, np.random.Generator], dict[str, Array]]

    def variables(self) -> dict[str, sd.Node]:
        """The inputs as expressions."""
        kinds = {name: "int" if name in ("camera", "point") else "float" for name in self.shapes}
        return {n: sd.tensor(n, *s.split(), dtype=kinds[n]) for n, s in self.shapes.items()}


def reprojection(xp: Any, v: Any) -> Any:
    """Where cameras see points, less where they were seen; rotated by Rodrigues' formula."""
    rotation, point = v["rotation"][v["camera"]], v["points"][v["point"]]
    angle = xp.sqrt(xp.sum(rotation**2, axis=1, keepdims=True))
    axis = rotation / angle
    along = xp.sum(axis * point, axis=1, keepdims=True) * (1 - xp.cos(angle))
    turned = point * xp.cos(angle) + xp.cross(axis, point) * xp.sin(angle) + axis * along
    seen = turned + v["translation"][v["camera"]]
    return v["focal"][v["camera"]][:, None] * seen[:, :2] / seen[:, 2:] - v["observed"]


def observations(n: int, rng: np.random.Generator) -> dict[str, Array]:
    """A camera for 200 observations, a point for five."""
    cameras, points = max(n // 200, 2), max(n // 5, 4)
    return {
        "rotation": rng.normal(size=(cameras, 3)) / 10,
        "translation": rng.normal(size=(cameras, 3)) / 10 + [0, 0, 5],
        "focal": rng.uniform(1, 2, cameras),
        "points": rng.normal(size=(points, 3)),
        "camera": rng.integers(0, cameras, n),
        "point": rng.integers(0, points, n),
        "observed": rng.normal(size=(n, 2)) / 10,
    }


def rosenbrock(xp: Any, v: Any) -> Any:
    """The chain of couplings."""
    x = v["x"]
    return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


PROBLEMS = [
    Problem(
        "bundle adjustment",
        reprojection,
        {
            "rotation": "c 3",
            "translation": "c 3",
            "focal": "c",
            "points": "p 3",
            "camera": "n",
            "point": "n",
            "observed": "n 2",
        },
        ("rotation", "translation", "focal", "points"),
        False,
        observations,
    ),
    Problem(
        "chain", rosenbrock, {"x": "n"}, ("x",), True, lambda n, rng: {"x": rng.normal(size=n)}
    ),
]


# Tools --------------------------------------------------------------------------------------------


def with_symdiff(problem: Problem, values: Values) -> Evaluation:
    """By name, since arguments come in the order of the formula."""
    found = symdiff_matrix(problem)
    return lambda at: found(**at)


def symdiff_matrix(problem: Problem) -> sd.SparseMatrix:
    """The matrix as symdiff has it."""
    variables = problem.variables()
    make = sd.sparse_hessian if problem.hessian else sd.sparse_jacobian
    return make(problem.function(sd, variables), [variables[name] for name in problem.wrt])


def flat(problem: Problem, values: Values) -> Array:
    """All that is differentiated by, in one vector."""
    return np.concatenate([values[name].ravel() for name in problem.wrt])


def unflat(problem: Problem, x: Any, values: Values) -> dict[str, Any]:
    """The inputs, with those of a vector in their places."""
    found: dict[str, Any] = dict(values)
    start = 0
    for name in problem.wrt:
        size = values[name].size
        found[name] = x[start : start + size].reshape(values[name].shape)
        start += size
    return found


def with_differences(problem: Problem, values: Values) -> Evaluation:
    """SciPy's two-point differences, by groups of columns."""
    variables = problem.variables()
    wrt = [variables[name] for name in problem.wrt]
    y = problem.function(sd, variables)
    outputs = sd.grad(y, wrt) if problem.hessian else [y]
    function = sd.compile(outputs)
    known = symdiff_matrix(problem).pattern(**values).astype(float)
    groups = group_columns(known)

    def residuals(x: Array, at: Values) -> Array:
        there = unflat(problem, x, at)
        return np.concatenate([r.ravel() for r in function(*[there[n] for n in function.inputs])])

    def evaluation(at: Values) -> Matrix:
        x = flat(problem, at)
        return approx_derivative(
            partial(residuals, at=at), x, method="2-point", sparsity=(known, groups)
        )

    return evaluation


def with_jax(problem: Problem, values: Values) -> tuple[Any, Any, Callable[[Any, Any], Any]]:
    """JAX in float64, its numpy, and the residuals or the gradient of a vector and the inputs."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def scalar(x: Any, at: Any) -> Any:
        return problem.function(jax.numpy, unflat(problem, x, at))

    def residuals(x: Any, at: Any) -> Any:
        return scalar(x, at).ravel()

    return jax, jax.numpy, jax.grad(scalar) if problem.hessian else residuals


def with_jax_dense(problem: Problem, values: Values) -> Evaluation:
    """The whole matrix."""
    columns = flat(problem, values).size
    rows = columns if problem.hessian else 2 * values["observed"].shape[0]
    if rows * columns > DENSE:
        raise UnableError("too large")
    jax, _, function = with_jax(problem, values)
    whole = jax.jit(jax.jacfwd(function))
    return lambda at: np.asarray(whole(flat(problem, at), dict(at)))


def with_jax_colours(problem: Problem, values: Values) -> Evaluation:
    """Products with the directions of symdiff's columns, and its pattern."""
    from symdiff.sparse.colouring import column_colours

    jax, xp, function = with_jax(problem, values)
    known = symdiff_matrix(problem).pattern(**values)
    colours = column_colours(known)
    seeds = xp.asarray((np.arange(colours.max() + 1)[:, None] == colours).astype(float))
    rows = np.repeat(np.arange(known.shape[0]), np.diff(known.indptr))
    where = xp.asarray(colours[known.indices] * known.shape[0] + rows)

    @jax.jit
    def data(x: Any, at: Any) -> Any:
        def product(seed: Any) -> Any:
            return jax.jvp(lambda x: function(x, at), (x,), (seed,))[1]

        return jax.vmap(product)(seeds).ravel()[where]

    def evaluation(at: Values) -> Matrix:
        found = np.asarray(data(flat(problem, at), dict(at)))
        return sparse.csr_array((found, known.indices, known.indptr), shape=known.shape)

    return evaluation


def with_casadi(problem: Problem, values: Values) -> Evaluation:
    """CasADi's own sparse derivatives."""
    import casadi

    x = casadi.MX.sym("x", flat(problem, values).size)
    if problem.hessian:
        scalars = casadi.SX.sym("x", x.numel())
        first, last = scalars[:-1], scalars[1:]
        value = casadi.sum1(100 * (last - first**2) ** 2 + (1 - first) ** 2)
        found = casadi.Function("hessian", [scalars], [casadi.hessian(value, scalars)[0]])
        return _casadi_evaluation(found, lambda at: [at["x"]])
    parts: dict[str, Any] = {}
    start = 0
    for name in problem.wrt:
        size = values[name].size
        width = values[name].size // len(values[name])
        parts[name] = casadi.reshape(x[start : start + size], width, size // width)
        start += size
    camera, point = values["camera"].tolist(), values["point"].tolist()
    observed = casadi.MX.sym("observed", 2, len(camera))
    one = _casadi_observation(casadi).map(len(camera))
    arguments = [parts[name][:, camera] for name in ("rotation", "translation", "focal")]
    residuals = casadi.vec(one(*arguments, parts["points"][:, point], observed))
    found = casadi.Function("jacobian", [x, observed], [casadi.jacobian(residuals, x)])
    return _casadi_evaluation(found, lambda at: [flat(problem, at), at["observed"].ravel()])


def _casadi_evaluation(function: Any, arguments: Callable[[Values], list[Array]]) -> Evaluation:
    """A function that reads and writes arrays, with the pattern that its result always has."""
    known = function.sparsity_out(0)
    indices, starts = np.array(known.row()), np.array(known.colind())

    def evaluation(at: Values) -> Matrix:
        buffer, trigger = function.buffer()
        data, given = np.empty(known.nnz()), arguments(at)
        for place, array in enumerate(given):
            buffer.set_arg(place, memoryview(np.ascontiguousarray(array)))
        buffer.set_res(0, memoryview(data))
        trigger()
        return sparse.csc_array((data, indices, starts), shape=known.shape)

    return evaluation


def _casadi_observation(casadi: Any) -> Any:
    """The residuals of one observation."""
    rotation, translation, point = (casadi.SX.sym(name, 3) for name in "rtp")
    focal, observed = casadi.SX.sym("f"), casadi.SX.sym("o", 2)
    angle = casadi.sqrt(casadi.sumsqr(rotation))
    axis = rotation / angle
    along = casadi.dot(axis, point) * (1 - casadi.cos(angle))
    turned = point * casadi.cos(angle) + casadi.cross(axis, point) * casadi.sin(angle)
    seen = turned + axis * along + translation
    inputs = [rotation, translation, focal, point, observed]
    return casadi.Function("seen", inputs, [focal * seen[:2] / seen[2] - observed])


TOOLS: dict[str, tuple[str, Callable[[Problem, Values], Evaluation]]] = {
    "symdiff": ("numpy", with_symdiff),
    "casadi": ("casadi", with_casadi),
    "jax, colours": ("jax", with_jax_colours),
    "jax, dense": ("jax", with_jax_dense),
    "differences": ("scipy", with_differences),
}


# Timing -------------------------------------------------------------------------------------------


def points(problem: Problem, size: int, count: int) -> list[dict[str, Array]]:
    """Points with the same indices, and other values."""
    rng = np.random.default_rng(size)
    first = problem.values(size, rng)
    moved = [{n: first[n] + rng.normal(size=first[n].shape) / 100 for n in problem.wrt}
             for _ in range(count)]  # fmt: skip
    return [{**first, **move} for move in moved]


def prepared(problem: Problem, size: int) -> tuple[dict[str, Evaluation], dict[str, float]]:
    """The tools at hand that give the right matrix, and the seconds until they first do."""
    at = points(problem, size, 1)[0]
    ready: dict[str, Evaluation] = {}
    spent: dict[str, float] = {}
    right: Matrix = None
    for name, (module, tool) in TOOLS.items():
        if importlib.util.find_spec(module) is None:
            continue
        start = time.perf_counter()
        try:
            evaluation = tool(problem, at)
        except UnableError:
            continue
        found = evaluation(at)
        spent[name] = time.perf_counter() - start
        right = found if right is None else right
        check(found, right, 1e-5 if name == "differences" else 1e-9)
        ready[name] = evaluation
    return ready, spent


def check(found: Matrix, right: Matrix, tolerance: float) -> None:
    """Refuse to time wrong answers."""
    error = abs(sparse.csr_array(found) - right).max() / abs(right).max()
    assert error < tolerance, f"wrong by {error:.1e}"


def timed(evaluation: Evaluation, at: Values) -> float:
    """Seconds of one evaluation."""
    start = time.perf_counter()
    evaluation(at)
    return time.perf_counter() - start


def ratios(
    ready: Mapping[str, Evaluation], problem: Problem, size: int, rounds: int
) -> dict[str, float]:
    """The median time of symdiff, and of others relative to it in the same round."""
    times: dict[str, list[float]] = {name: [] for name in ready}
    for at in points(problem, size, rounds):
        for name, evaluation in ready.items():
            if sum(times[name]) < PATIENCE:
                times[name].append(timed(evaluation, at))
    own = times["symdiff"]
    found = {"symdiff": statistics.median(own)}
    for name in ready:
        if name != "symdiff":
            pairs = zip(times[name], own, strict=False)
            found[name] = statistics.median([other / mine for other, mine in pairs])
    return found


def main(arguments: list[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="a part of a problem's name")
    parser.add_argument("--largest", type=int, default=10**5, help="the largest size")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is timed")
    options = parser.parse_args(arguments)
    packages = [m for m in ("numpy", "scipy", "jax", "casadi") if importlib.util.find_spec(m)]
    print(settings(packages))
    others = [name for name in TOOLS if name != "symdiff"]
    print(f"\n{'':18} {'n':>7} {'ms':>9}  " + "  ".join(f"{name:>12}" for name in others))
    once: list[str] = []
    for problem in (p for p in PROBLEMS if options.only in p.name):
        size = 1000 if options.largest >= 1000 else options.largest
        while size <= options.largest:
            ready, spent = prepared(problem, size)
            found = ratios(ready, problem, size, options.rounds)
            cells = [f"{found[n]:12.2f}" if n in found else f"{'-':>12}" for n in others]
            row = f"{problem.name:18} {size:>7}"
            print(f"{row} {found['symdiff'] * 1e3:9.2f}  " + "  ".join(cells), flush=True)
            cells = [f"{spent[n]:12.2f}" if n in spent else f"{'-':>12}" for n in TOOLS]
            once.append(f"{row}  " + "  ".join(cells))
            size *= 10
    print(f"\nseconds once{'':14}  " + "  ".join(f"{name:>12}" for name in TOOLS), *once, sep="\n")


if __name__ == "__main__":
    main()
