"""Hessians beside other tools: how many times as long as good NumPy written by hand?

Run `python tests/benchmarks/hessians.py`; it needs symdiff and NumPy, and times JAX, PyTensor,
autograd, CasADi and torch where they are installed. `--only` picks problems by a part of their
name, `--tools` the tools, `--rounds` how often each is timed.

A figure is the median, over rounds interleaved in one process, of the time of a tool divided by
the time of a NumPy function written by hand in the same round. 1.00 is as fast as that; below is
faster. The column `numpy` gives the latter's median in milliseconds. Before anything is timed,
all answers are compared with NumPy's, and a tool that exceeds the time or memory allowed for the
first answer is left out, with a note. Each tool is given its arrays in its own form beforehand, in
float64, and answers in its own form. Threads are as each tool chooses, and printed. On a machine
with other work, threads wait for each other and figures are worth little; there, put
`OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 XLA_FLAGS=--xla_cpu_multi_thread_eigen=false` in front.

A second table gives milliseconds spent once, before the first answer: symdiff builds,
differentiates, simplifies and compiles; the others trace and compile, where they do (the first
call of a Hessian in JAX compiles for its sizes, so that counts).
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from measure import Call, seconds, settings
from workloads import factorization

import symdiff as sd

Array = np.ndarray[Any, Any]
Arrays = Mapping[str, Array]

BUDGET = 20.0
"""The seconds that a tool may take to prepare and answer once."""
MEMORY = 16 * 2**30
"""The bytes of address space that it may take for that."""
BLOCK = 0.01
"""The seconds that one timing should last, by repetition where a call is shorter."""
PATIENCE = 4.0
"""The seconds that all rounds of one tool should last; slower tools take part in fewer."""


@dataclass(frozen=True)
class Problem:
    """A scalar to differentiate twice by `wrt`, and its second derivatives written by hand.

    `loss` gets a namespace of functions, `sum`, `dot`, `softplus` and `logsumexp`, and the inputs.
    `product` is the Hessian times the input `D`, of the shape of `wrt`.
    """

    name: str
    shapes: Mapping[str, tuple[str, ...]]
    wrt: str
    sizes: tuple[Mapping[str, int], ...]
    loss: Callable[[Any, Mapping[str, Any]], Any]
    hessian: Callable[[Arrays], Array]
    product: Callable[[Arrays], Array]


@dataclass(frozen=True)
class Case:
    """A problem of certain sizes: its Hessian, or the product of that with a direction."""

    problem: Problem
    sizes: Mapping[str, int]
    product: bool

    @property
    def name(self) -> str:
        """The problem's name, with the word hvp for a product."""
        return self.problem.name + " hvp" * self.product

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an input."""
        names = self.problem.shapes[self.problem.wrt if name == "D" else name]
        return tuple(self.sizes[size] for size in names)

    def arrays(self) -> dict[str, Array]:
        """Random inputs, the same whenever asked for; sums of n products are of moderate size."""
        rng = np.random.default_rng(1)
        names = [*self.problem.shapes, "D"]
        drawn = {name: rng.standard_normal(self.shape(name)) for name in names}
        return {name: x / x.shape[-1] ** 0.5 for name, x in drawn.items()}

    def by_hand(self, arrays: Arrays) -> Array:
        """The answer in NumPy."""
        return (self.problem.product if self.product else self.problem.hessian)(arrays)


# The answers by hand.


def sigmoid(x: Array) -> Array:
    """The logistic function, without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def softmax(x: Array) -> Array:
    """Exponentials divided by their sum, without overflow."""
    e = np.exp(x - x.max())
    return e / e.sum()


def factorization_hessian(a: Arrays) -> Array:
    """2 (I ⊗ VᵀV): equal blocks on a diagonal, zeros elsewhere."""
    return factorization.by_hand(a["T"], a["U"], a["V"])


def factorization_product(a: Arrays) -> Array:
    """2 P (VᵀV), without the n×n matrix P Vᵀ."""
    return a["D"] @ (2 * (a["V"].T @ a["V"]))


def logistic_hessian(a: Arrays) -> Array:
    """Xᵀ diag(s) X as WᵀW, for which NumPy computes one triangle only."""
    p = sigmoid(a["X"] @ a["w"])
    scaled = np.sqrt(p * (1 - p))[:, None] * a["X"]
    return scaled.T @ scaled


def logistic_product(a: Arrays) -> Array:
    """Xᵀ(s ⊙ X v)."""
    p = sigmoid(a["X"] @ a["w"])
    return a["X"].T @ (p * (1 - p) * (a["X"] @ a["D"]))


def cross_entropy_hessian(a: Arrays) -> Array:
    """diag(p) − p pᵀ, in one array."""
    p = softmax(a["z"])
    result = np.multiply.outer(-p, p)
    result.reshape(-1)[:: p.size + 1] += p
    return result


def cross_entropy_product(a: Arrays) -> Array:
    """The Hessian diag(p) − p pᵀ times v, as p ⊙ (v − pᵀv)."""
    p = softmax(a["z"])
    return p * (a["D"] - p @ a["D"])


def quadratic_hessian(a: Arrays) -> Array:
    """A + Aᵀ."""
    return a["A"] + a["A"].T


def quadratic_product(a: Arrays) -> Array:
    """A v + Aᵀ v."""
    return a["A"] @ a["D"] + a["D"] @ a["A"]


def squares_hessian(a: Arrays) -> Array:
    """2 XᵀX."""
    result = a["X"].T @ a["X"]
    result *= 2
    return result


def squares_product(a: Arrays) -> Array:
    """2 Xᵀ(X v)."""
    return a["X"].T @ (2 * (a["X"] @ a["D"]))


PROBLEMS = (
    Problem(
        "factorization",
        {"T": ("n", "n"), "U": ("n", "k"), "V": ("n", "k")},
        "U",
        tuple({"n": n, "k": 5} for n in (100, 200, 300)),
        lambda m, a: m.sum((a["T"] - a["U"] @ a["V"].T) ** 2),
        factorization_hessian,
        factorization_product,
    ),
    Problem(
        "logistic",
        {"X": ("n", "d"), "w": ("d",), "y": ("n",)},
        "w",
        ({"n": 1_000, "d": 500}, {"n": 10_000, "d": 100}),
        lambda m, a: m.sum(m.softplus(a["X"] @ a["w"]) - a["y"] * (a["X"] @ a["w"])),
        logistic_hessian,
        logistic_product,
    ),
    Problem(
        "cross-entropy",
        {"z": ("n",), "t": ("n",)},
        "z",
        ({"n": 100}, {"n": 1_000}),
        lambda m, a: m.logsumexp(a["z"]) - m.dot(a["t"], a["z"]),
        cross_entropy_hessian,
        cross_entropy_product,
    ),
    Problem(
        "quadratic",
        {"A": ("d", "d"), "x": ("d",)},
        "x",
        ({"d": 100}, {"d": 1_000}),
        lambda m, a: m.dot(a["x"], a["A"] @ a["x"]),
        quadratic_hessian,
        quadratic_product,
    ),
    Problem(
        "least squares",
        {"X": ("n", "d"), "w": ("d",), "y": ("n",)},
        "w",
        ({"n": 1_000, "d": 10}, {"n": 10_000, "d": 100}),
        lambda m, a: m.sum((a["X"] @ a["w"] - a["y"]) ** 2),
        squares_hessian,
        squares_product,
    ),
)
CASES = [
    Case(problem, sizes, product)
    for product in (False, True)
    for problem in PROBLEMS
    for sizes in problem.sizes
]


# The tools. Each prepares a case: it returns a call without arguments, and the once-off seconds.


@dataclass(frozen=True)
class Functions:
    """The functions of a tool that a loss calls."""

    sum: Callable[[Any], Any]
    dot: Callable[[Any, Any], Any]
    softplus: Callable[[Any], Any]
    logsumexp: Callable[[Any], Any]


def split(case: Case, arrays: Mapping[str, Any]) -> tuple[Any, Any, Callable[[Any], Any]]:
    """The point and the direction, and how the inputs look with another point."""
    wrt = case.problem.wrt
    return arrays[wrt], arrays["D"], lambda x: {**arrays, wrt: x}


def with_symdiff(case: Case) -> tuple[Call, float]:
    """A compiled function of the inputs that the answer depends on; sizes stay names."""
    start = time.perf_counter()
    problem = case.problem
    shapes = {**problem.shapes, "D": problem.shapes[problem.wrt]}
    inputs = {name: sd.tensor(name, *shape) for name, shape in shapes.items()}
    functions = Functions(sd.sum, lambda u, v: u @ v, sd.softplus, sd.logsumexp)
    loss, x = problem.loss(functions, inputs), inputs[problem.wrt]
    answer = sd.hvp(loss, x, inputs["D"]) if case.product else sd.hessian(loss, x)
    compiled = sd.compile(answer)
    once = time.perf_counter() - start
    arrays = case.arrays()
    return partial(compiled, *(arrays[name] for name in compiled.inputs)), once


def with_jax(case: Case) -> tuple[Call, float]:
    """`jax.jit` of `jax.hessian`, or of forward mode over the gradient."""
    import jax

    jax.config.update("jax_enable_x64", True)
    np_ = jax.numpy
    functions = Functions(np_.sum, np_.dot, jax.nn.softplus, jax.nn.logsumexp)
    arrays = {name: np_.asarray(x) for name, x in case.arrays().items()}

    def answer(arrays: Mapping[str, Any]) -> Any:
        x, v, moved = split(case, arrays)

        def loss(x: Any) -> Any:
            return case.problem.loss(functions, moved(x))

        return jax.jvp(jax.grad(loss), (x,), (v,))[1] if case.product else jax.hessian(loss)(x)

    start = time.perf_counter()
    compiled = jax.jit(answer)
    compiled(arrays).block_until_ready()
    return lambda: compiled(arrays).block_until_ready(), time.perf_counter() - start


def with_pytensor(case: Case) -> tuple[Call, float]:
    """A function of the vectorized Jacobian of the gradient, or of forward mode over it."""
    import pytensor
    import pytensor.tensor as pt

    start = time.perf_counter()
    functions = Functions(pt.sum, pt.dot, pt.softplus, pt.logsumexp)
    values = case.arrays()
    inputs = {name: pt.tensor(name, shape=x.shape, dtype=x.dtype) for name, x in values.items()}
    wrt, direction = case.problem.wrt, inputs["D"]
    flat = pt.tensor("flat", shape=(values[wrt].size,), dtype="float64")
    point = flat.reshape(values[wrt].shape)
    gradient = pt.grad(case.problem.loss(functions, {**inputs, wrt: point}), flat)
    if case.product:
        push = getattr(pytensor.gradient, "pushforward", pytensor.gradient.Rop)  # Rop: before 3.0
        answer = push(gradient, flat, direction.reshape((values[wrt].size,)))
    else:
        answer = pytensor.gradient.jacobian(gradient, flat, vectorize=True)
    given = {inputs[name]: x for name, x in values.items() if name != wrt}
    given[flat] = values[wrt].reshape(-1)
    compiled = pytensor.function(list(given), answer, on_unused_input="ignore", trust_input=True)
    compiled(*given.values())  # the first call compiles too
    return partial(compiled, *given.values()), time.perf_counter() - start


def with_autograd(case: Case) -> tuple[Call, float]:
    """`autograd.hessian`, or its product; nothing is compiled."""
    import autograd
    import autograd.numpy as anp

    def logsumexp(x: Any) -> Any:
        top = anp.max(x)
        return top + anp.log(anp.sum(anp.exp(x - top)))

    functions = Functions(anp.sum, anp.dot, partial(anp.logaddexp, 0.0), logsumexp)
    x, v, moved = split(case, case.arrays())

    def loss(x: Any) -> Any:
        return case.problem.loss(functions, moved(x))

    if case.product:
        return partial(autograd.hessian_vector_product(loss), x, v), 0.0
    return partial(autograd.hessian(loss), x), 0.0


def with_casadi(case: Case) -> tuple[Call, float]:
    """A function of matrix expressions, `casadi.hessian` or `jtimes`; answers may be sparse."""
    import casadi

    def logsumexp(x: Any) -> Any:
        top = casadi.mmax(x)
        return top + casadi.log(casadi.sum1(casadi.exp(x - top)))

    def softplus(x: Any) -> Any:
        return casadi.log1p(casadi.exp(-casadi.fabs(x))) + casadi.fmax(x, 0)

    start = time.perf_counter()
    functions = Functions(lambda x: casadi.sum1(casadi.sum2(x)), casadi.dot, softplus, logsumexp)
    values = {name: casadi.DM(x) for name, x in case.arrays().items()}
    inputs = {name: casadi.MX.sym(name, *x.shape) for name, x in values.items()}
    rows, columns = inputs[case.problem.wrt].shape
    flat, direction = casadi.MX.sym("flat", rows * columns), inputs["D"]
    point = casadi.reshape(flat, columns, rows).T
    loss = case.problem.loss(functions, {**inputs, case.problem.wrt: point})
    if case.product:
        gradient = casadi.gradient(loss, flat)
        answer = casadi.jtimes(gradient, flat, casadi.reshape(direction.T, -1, 1))
    else:
        answer = casadi.hessian(loss, flat)[0]
    values[case.problem.wrt] = casadi.reshape(values[case.problem.wrt].T, -1, 1)
    inputs[case.problem.wrt] = flat
    compiled = casadi.Function("answer", list(inputs.values()), [answer])
    once = time.perf_counter() - start
    return partial(compiled, *values.values()), once


def with_torch(case: Case) -> tuple[Call, float]:
    """`torch.func`, without `torch.compile`: nothing is compiled."""
    import torch

    def softplus(x: Any) -> Any:
        return torch.nn.functional.softplus(x, threshold=40.0)

    functions = Functions(torch.sum, torch.dot, softplus, partial(torch.logsumexp, dim=0))
    arrays = {name: torch.from_numpy(x) for name, x in case.arrays().items()}
    x, v, moved = split(case, arrays)

    def loss(x: Any) -> Any:
        return case.problem.loss(functions, moved(x))

    if case.product:
        return lambda: torch.func.jvp(torch.func.grad(loss), (x,), (v,))[1], 0.0
    return partial(torch.func.hessian(loss), x), 0.0


TOOLS: dict[str, Callable[[Case], tuple[Call, float]]] = {
    "symdiff": with_symdiff,
    "jax": with_jax,
    "pytensor": with_pytensor,
    "autograd": with_autograd,
    "casadi": with_casadi,
    "torch": with_torch,
}


# Whether a tool answers, rightly and within the budget.


def difference(case: Case, answer: object) -> float:
    """The largest difference from the answer by hand, relative to its largest entry."""
    right = case.by_hand(case.arrays())
    full = answer.full() if hasattr(answer, "full") else answer
    return float(np.max(np.abs(np.asarray(full).reshape(right.shape) - right)) / np.max(abs(right)))


def probe(tool: str, place: int, verdict: Any) -> None:
    """Answer a case once in a process of its own, and say what is wrong, if anything."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        call, _ = TOOLS[tool](CASES[place])
        error = difference(CASES[place], call())
        verdict.put("" if error < 1e-8 else f"is wrong by {error:.1e}")
    except Exception as problem:
        verdict.put(f"raises {type(problem).__name__}: {str(problem).splitlines()[0][:70]}")


def trouble(tool: str, case: Case) -> str:
    """Why a tool is left out of a case, or nothing."""
    if tool == "symdiff":
        error = difference(case, with_symdiff(case)[0]())
        return "" if error < 1e-8 else f"is wrong by {error:.1e}"
    context = multiprocessing.get_context("spawn")
    verdict = context.SimpleQueue()
    process = context.Process(target=probe, args=(tool, CASES.index(case), verdict))
    process.start()
    process.join(BUDGET)
    if process.is_alive():
        process.kill()
        process.join()
        return f"takes more than {BUDGET:.0f} s"
    return "ends without an answer" if verdict.empty() else verdict.get()


# Timing.


def race(calls: Mapping[str, Call], rounds: int) -> tuple[float, dict[str, float]]:
    """The median seconds of NumPy by hand, and the median ratio of each tool to it.

    The order turns from round to round. Each tool is timed next to a timing of its own of NumPy.
    """
    first = {name: seconds(call, 1) for name, call in calls.items()}
    repetitions = {name: max(1, int(BLOCK / each)) for name, each in first.items()}
    share = {name: min(1.0, PATIENCE / rounds / max(each, BLOCK)) for name, each in first.items()}
    tools = [name for name in calls if name != "numpy"]
    numpy: list[float] = []
    ratios: dict[str, list[float]] = {name: [] for name in tools}
    for turn in range(rounds):
        at = turn % max(1, len(tools))
        for name in tools[at:] + tools[:at]:
            if turn >= max(3, rounds * share[name]):
                continue
            numpy.append(seconds(calls["numpy"], repetitions["numpy"]))
            ratios[name].append(seconds(calls[name], repetitions[name]) / numpy[-1])
    return statistics.median(numpy), {n: statistics.median(each) for n, each in ratios.items()}


def prepared(case: Case, tools: list[str]) -> tuple[dict[str, Call], dict[str, float], list[str]]:
    """The calls of a case, the once-off seconds, and notes on tools that are left out."""
    arrays = case.arrays()
    calls: dict[str, Call] = {"numpy": lambda: case.by_hand(arrays)}
    once: dict[str, float] = {}
    notes = []
    for tool in tools:
        problem = trouble(tool, case)
        if problem:
            notes.append(f"{case.name}, {described(case.sizes)}: {tool} {problem}")
        else:
            calls[tool], once[tool] = TOOLS[tool](case)
    return calls, once, notes


# Printing.


def described(sizes: Mapping[str, int]) -> str:
    """Sizes in words."""
    return " ".join(f"{name}={size}" for name, size in sizes.items())


def row(case: Case, cells: list[str]) -> str:
    """A line of a table."""
    return f"{case.name:<18} {described(case.sizes):<14}" + "".join(f"{c:>10}" for c in cells)


def header(title: str, columns: list[str]) -> str:
    """The title and the first line of a table."""
    return f"\n{title}\n{'problem':<18} {'sizes':<14}" + "".join(f"{c:>10}" for c in columns)


def cell(values: Mapping[str, float], tool: str, scale: float, digits: int) -> str:
    """A figure, or a dash where there is none."""
    if tool not in values:
        return "-"
    value = values[tool] * scale
    return f"{value:.{digits if value < 100 else 0}f}"


def run(cases: list[Case], tools: list[str], rounds: int) -> None:
    """Print the ratios as they are found, then what was spent once, then the notes."""
    print(settings([name for name in ("numpy", *tools) if name != "symdiff"]), flush=True)
    print(header("time / time of NumPy by hand (numpy: ms)", ["numpy", *tools]), flush=True)
    spent, notes = [], []
    for case in cases:
        calls, once, left_out = prepared(case, tools)
        gc.collect()
        by_hand, ratios = race(calls, rounds)
        cells = [f"{by_hand * 1e3:.3f}", *(cell(ratios, tool, 1, 2) for tool in tools)]
        print(row(case, cells), flush=True)
        spent.append(row(case, [cell(once, tool, 1e3, 1) for tool in tools]))
        notes += left_out
    print(header("ms spent once", tools), *spent, sep="\n")
    print(*(f"left out: {note}" for note in notes), sep="\n")


def installed(tools: list[str]) -> list[str]:
    """The tools that can be imported."""
    return [tool for tool in tools if importlib.util.find_spec(tool) is not None]


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="PROBLEM", help="part of a problem's name")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    options = parser.parse_args()
    cases = [case for case in CASES if options.only in case.name]
    if not cases:
        parser.error(f"no problem has {options.only!r} in its name")
    run(cases, installed(options.tools), options.rounds)


if __name__ == "__main__":
    main()
