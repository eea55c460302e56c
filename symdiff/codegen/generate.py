"""From expressions to functions: `emit` writes a module, `compile` runs the same text."""

from __future__ import annotations

import builtins
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, TypeAlias

from symdiff.binding import as_nodes, size_names, variables_of
from symdiff.binding import inputs as inputs_of
from symdiff.codegen import numpy_source
from symdiff.codegen.budget import Memory, budget_of
from symdiff.codegen.carried import run
from symdiff.codegen.compiled import Compiled, Formula, Loaded, compiled
from symdiff.codegen.passes import PASSES_FOR_SPEED, Programs, programs_of
from symdiff.codegen.pickling import Recipe
from symdiff.codegen.program import Program
from symdiff.codegen.self_check import self_check
from symdiff.derive.grad import grad
from symdiff.errors import ArgumentError
from symdiff.names import check_name
from symdiff.node import Node, topological
from symdiff.rewrite.association import Choice
from symdiff.show.text import text

EMITTED_ENTRIES = 10_000
"""The most entries that array constants may have in an emitted file."""


Style: TypeAlias = Literal["readable", "fast"]


def emit(
    target: Node | Sequence[Node],
    wrt: Node | Sequence[Node] | None = None,
    name: str = "function",
    inputs: Sequence[Node] | None = None,
    *,
    style: Style = "readable",
    check: bool = True,
) -> str:
    """Return a standalone Python module, importing numpy alone, that computes expressions.

    It imports `scipy.special` too where the expressions have special functions.

    With `wrt`, the target must be one scalar, and the function returns its value followed by its
    gradients. Arguments come in the order of `inputs`, by default that of first appearance in
    the target; a size that no array has is a keyword argument. In style "fast", large arrays are
    computed in blocks that stay in the cache, on all cores, as `compile` does.

    A file with gradients by variables can check itself: `python energy.py --check` compares them
    with finite differences at random inputs, and in style "fast" blocks with the same code without
    them. The lines that do so come last; `check=False` leaves them out.

    Raises ArgumentError for a bad name or style or for array constants too large for a file,
    DerivativeError where a gradient does not exist.

    >>> import symdiff as sd
    >>> source = emit(sd.parse("sum((X @ w)**2)", X="n d", w="d"), name="energy")
    >>> print(source[source.index("    X, w") :])
        X, w = _floats(X=X, w=w)
        if X.ndim != 2:
            raise ValueError(f"X must have shape (n, d), not {X.shape}")
        d = X.shape[1]
        _check_shape("w", w, "(d,)", (d,))
        t1 = X @ w  # (n,)
        return t1 @ t1
    <BLANKLINE>
    """
    return module(target, wrt, name, inputs, style=style, check=check).text


def module(
    target: Node | Sequence[Node],
    wrt: Node | Sequence[Node] | None = None,
    name: str = "function",
    inputs: Sequence[Node] | None = None,
    *,
    style: Style = "readable",
    check: bool = True,
) -> numpy_source.Source:
    """Write the module whose text `emit` returns, which see."""
    _check_function_name(name)
    if style not in ("readable", "fast"):
        raise ArgumentError(f"style must be 'readable' or 'fast', not {style!r}")
    outputs, names = _outputs(target, wrt)
    arguments = _ordered(outputs, target, inputs)
    names = _apart(names, [*arguments, *outputs])
    programs = programs_of(outputs, arguments, without=() if style == "fast" else PASSES_FOR_SPEED)
    _refuse_clash(name, programs.plain)
    doc = _docstring(outputs, names, programs.plain, wrt is not None)
    script = []
    if check and wrt is not None:
        script = self_check(name, outputs[0], as_nodes(wrt), programs)
    written = numpy_source.source(programs, name, doc, names, EMITTED_ENTRIES, script=script)
    for function in written.foreign.values():
        function.check_source()
    entries = sum(constant.size for constant in written.constants.values())
    if entries > EMITTED_ENTRIES:
        raise ArgumentError(
            f"the formula holds {entries} numbers in array constants, more than a file should; "
            "make them variables, or use sd.compile"
        )
    return written


def compile(
    outputs: Node | Sequence[Node],
    inputs: Sequence[Node] | None = None,
    name: str | None = None,
    *,
    threads: int | None = None,
    without: Collection[str] = (),
    memory: Memory = "fast",
    sizes: Mapping[str, int] | None = None,
) -> Compiled:
    """Return a function that computes expressions, which share all that they have in common.

    It takes arrays by position or by name, in the order of `inputs`, by default that of first
    appearance in the outputs (see `symdiff.inputs`). It returns one array, or a tuple for a
    sequence of outputs. One compiled function serves all sizes and float types. Where all inputs
    are scalars, Python's own floats are computed with and come out, if such or doubles come in.

    Large arrays are computed on so many `threads`, by default on all cores; results do not depend
    on their number. `without` names passes that are left out (see `symdiff.codegen.passes`).

    With `memory` "min", as little is alive at once as can be: values are computed again instead of
    stored where that helps, for at most twice the operations. A number is a budget in bytes,
    inputs apart, in float64 and for the values of the named `sizes`; the function with the fewest
    operations is made that keeps to it. Results are the same to the last bit, whatever `memory`.

    Raises ArgumentError for inputs that leave out a variable, for a number of threads below 1, a
    pass that does not exist, or a budget that cannot be kept; MissingDependencyError where the
    function needs SciPy and that is not installed.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> value = sd.sum(sd.sin(x) ** 2)
    >>> f = sd.compile([value, sd.grad(value, x)])
    >>> f([0.0, 1.0])
    (np.float64(0.7080734182735712), array([0.        , 0.90929743]))
    """
    if name is not None:
        _check_function_name(name)
    if threads is not None and (type(threads) is not int or threads < 1):
        raise ArgumentError(f"threads must be a whole number from 1 on, not {threads!r}")
    many = not isinstance(outputs, Node)
    wanted = _as_list(outputs)
    names = [f"value{i}" for i in range(1, len(wanted) + 1)]
    arguments = _ordered(wanted, wanted, inputs)
    names = _apart(names, [*arguments, *wanted])
    name = _apart(["function"], [*arguments, *wanted])[0] if name is None else name
    budget = budget_of(memory, sizes, size_names(topological(wanted)))
    programs = programs_of(wanted, arguments, without, budget)
    _refuse_clash(name, programs.plain)
    doc = _docstring(wanted, names, programs.plain, many)
    cores = _cores() if threads is None else threads

    def load(programs: Programs) -> Loaded:
        return _loaded(
            numpy_source.source(programs, name, doc, names, EMITTED_ENTRIES, cores), name
        )

    def reordered(choice: Choice) -> Loaded:
        return load(programs_of(wanted, arguments, without, budget, choice))

    options = {"threads": threads, "without": tuple(without)}
    formula = Formula(tuple(wanted), tuple(programs.plain.variables), not many, options, budget)
    told = {**options, "memory": memory, "sizes": sizes}
    recipe = Recipe(tuple(wanted), not many, tuple(arguments), name, told)
    return compiled(load(programs), formula, programs.orders, reordered, recipe)


def _loaded(source: numpy_source.Source, name: str) -> Loaded:
    """Run the text of a module; what it carries is there already, and compiled."""
    foreign = {name: each.call for name, each in source.foreign.items()}
    namespace = run(source.text, source.own, {**source.constants, **foreign})
    return Loaded(namespace[name], namespace.get(f"_{name}_of_arrays"), source.text)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_function_name(name: str) -> None:
    check_name(name, "function")
    if hasattr(builtins, name):
        raise ArgumentError(f"{name!r} is a function of Python itself; give yours another name")


def _outputs(
    target: Node | Sequence[Node], wrt: Node | Sequence[Node] | None
) -> tuple[list[Node], list[str]]:
    outputs = _as_list(target)
    if wrt is None:
        return outputs, [f"value{i}" for i in range(1, len(outputs) + 1)]
    if len(outputs) != 1:
        raise ArgumentError("with `wrt`, give one scalar target")
    wanted = [wrt] if isinstance(wrt, Node) else list(wrt)
    names = [_gradient_name(x, i) for i, x in enumerate(wanted, 1)]
    return [outputs[0], *grad(outputs[0], wanted)], ["value", *names]


def _as_list(outputs: Node | Sequence[Node]) -> list[Node]:
    wanted = as_nodes(outputs)
    if not wanted:
        raise ArgumentError("there is nothing to compute: no expressions are given")
    return wanted


def _gradient_name(x: Node, place: int) -> str:
    return f"grad_{x.attrs[0]}" if x.op.name == "variable" else f"grad_{place}"


def _apart(names: Sequence[str], nodes: Sequence[Node]) -> list[str]:
    """The names of outputs, changed where an input or a size has the same."""
    order = topological(nodes)
    taken = {*(v.attrs[0] for v in variables_of(order)), *size_names(order)}
    result: list[str] = []
    for name in names:
        while name in taken:
            name += "_"
        result.append(name)
    return result


def _ordered(
    outputs: Sequence[Node], target: Node | Sequence[Node], inputs: Sequence[Node] | None
) -> list[Node]:
    needed = inputs_of(target, outputs)
    if inputs is None:
        return needed
    missing = [v.attrs[0] for v in needed if v not in inputs]
    if missing:
        raise ArgumentError(f"`inputs` leaves out {', '.join(missing)}")
    return list(inputs)


def _refuse_clash(name: str, program: Program) -> None:
    if name in {v.attrs[0] for v in program.variables} | set(program.sizes):
        raise ArgumentError(f"{name!r} is the name of an input; give the function another")


def _docstring(
    outputs: Sequence[Node], names: Sequence[str], program: Program, several: bool
) -> list[str]:
    first = text(outputs[0], width=70)
    gradients = [name[5:] for name in names if name.startswith("grad_")]
    if gradients:
        summary = f"Return {first} and its gradient by {', '.join(gradients)}."
    else:
        summary = "Return " + ", ".join(text(node, width=60) for node in outputs[:1])
        summary += f" and {len(outputs) - 1} more." if len(outputs) > 1 else "."
    if len(summary) > 80:
        summary = summary.replace(first, "the value") if gradients else "Return the value."
    if len(summary) > 80:
        summary = "Return the value and its gradients."
    lines = [summary]
    if program.variables:
        lines += ["", "Parameters", "----------", *numpy_source.input_lines(program.variables)]
    if several:
        lines += ["", "Returns", "-------", *numpy_source.output_lines(names, outputs)]
    return lines
