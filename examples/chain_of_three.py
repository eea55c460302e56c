"""`z = f(f(f(w)))`: the derivative as nodes of the same graph, stored or recomputed.

Back-propagation appends `f'(f(f(w))) f'(f(w)) f'(w)` to the graph and finds `f(w)` and `f(f(w))`
already there: each is computed once and stored until its last use. The same derivative can be had
without storing them, by computing each again wherever it occurs. Both ways are written out as
tapes, one operation a line, executed, and counted: operations against storage.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import symdiff as sd

Function = Callable[[sd.Node], sd.Node]


class Step(NamedTuple):
    """One operation on a tape. `inputs` are the steps that computed its operands, in order."""

    node: sd.Node
    inputs: tuple[int, ...]


class Cost(NamedTuple):
    """How many operations a tape executes, and how many results it holds at once at most."""

    operations: int
    storage: int


def chain(f: Function, w: sd.Node, length: int) -> sd.Node:
    """Apply `f` to `w`, `length` times."""
    z = w
    for _ in range(length):
        z = f(z)
    return z


def slope(f: Function, x: sd.Node) -> sd.Node:
    """Return `f'(x)`, where `x` is any expression."""
    return sd.grad(f(x), x)


def chain_rule(f: Function, w: sd.Node, length: int) -> sd.Node:
    """Return `f'(f(…(w))) … f'(f(w)) f'(w)`, multiplied from the outside in, as the pass does."""
    product = slope(f, chain(f, w, length - 1))
    for inner in reversed(range(length - 1)):
        product = product * slope(f, chain(f, w, inner))
    return product


def operands(node: sd.Node) -> list[sd.Node]:
    """Return the arguments that are results of operations, not variables or constants."""
    return [arg for arg in node.args if arg.args]


def storing_tape(expression: sd.Node) -> list[Step]:
    """Compute every node of the graph once."""
    computed_at: dict[sd.Node, int] = {}
    tape: list[Step] = []
    for row in sd.table(expression):
        if row.node.args:
            computed_at[row.node] = len(tape)
            tape.append(Step(row.node, tuple(computed_at[arg] for arg in operands(row.node))))
    return tape


def recomputing_tape(expression: sd.Node) -> list[Step]:
    """Compute every occurrence afresh: the expression as a tree, in which nothing is shared."""
    tape: list[Step] = []
    waiting: list[int] = []  # results that nothing has used yet
    todo = [(expression, False)]
    while todo:
        node, ready = todo.pop()
        if ready:
            split = len(waiting) - len(operands(node))
            tape.append(Step(node, tuple(waiting[split:])))
            waiting[split:] = [len(tape) - 1]
        else:
            todo.append((node, True))
            todo.extend((arg, False) for arg in reversed(operands(node)))
    return tape


def cost(tape: list[Step]) -> Cost:
    """Count operations, and results alive: from the step that computes one to its last use."""
    last_use = {place: now for now, step in enumerate(tape) for place in step.inputs}
    alive: set[int] = set()
    most = 0
    for now, step in enumerate(tape):
        alive.add(now)
        most = max(most, len(alive))
        alive -= {place for place in step.inputs if last_use[place] == now}
    return Cost(len(tape), most)


def run(tape: list[Step], w: sd.Node, value: float) -> float:
    """Execute a tape, one operation at a time, and return its last result."""
    results: list[float] = []
    for node, inputs in tape:
        known = {arg: results[place] for arg, place in zip(operands(node), inputs, strict=True)}
        if w in node.args:
            known[w] = value
        results.append(float(sd.evaluate(node, known)))
    return results[-1]


def show_graphs(z: sd.Node, w: sd.Node) -> None:
    """Print the graph of `z`, and the graph with its derivative."""
    heading("The graph before")
    print(sd.table(z))
    heading("The graph after: back-propagation appended nodes, and used those that were there")
    print(sd.table(z, w))


def show_derivative(f: Function, w: sd.Node) -> None:
    """Print the derivative, and compare it with the product that the chain rule states."""
    heading("The derivative is an expression")
    derivative = sd.grad(chain(f, w, 3), w)
    product = chain_rule(f, w, 3)
    print(f"dz/dw = f'(f(f(w))) f'(f(w)) f'(w)\n      = {derivative}")
    same = "is" if sd.simplify(product) is derivative else "is NOT"
    print(f"This product, once simplified, {same} the very node that back-propagation made.")
    print("Simplification writes its factors in one order, whatever order they were found in.")


def show_tape(title: str, tape: list[Step], f: Function, w: sd.Node, value: float) -> None:
    """Print a tape line by line, its result and its cost."""
    heading(title)
    for place, (node, inputs) in enumerate(tape, 1):
        names = dict(zip(operands(node), (f"t{k + 1}" for k in inputs), strict=True))
        call = f"{node.op.name}({', '.join(names.get(arg, str(arg)) for arg in node.args)})"
        print(f"t{place:<2} = {call:<16}  {node}")
    operations, storage = cost(tape)
    print(f"At w = {value}: dz/dw = {run(tape, w, value):.12f}")
    times = sum(step.node is f(w) for step in tape)
    print(f"{operations} operations, at most {storage} results held at once; {f(w)} computed "
          f"{'once' if times == 1 else f'{times} times'}")  # fmt: skip


def show_growth(f: Function, w: sd.Node, lengths: Iterable[int]) -> None:
    """Print how operations and storage grow with the length of the chain."""
    heading("Longer chains: the derivative of f applied n times")
    print("              stored                 recomputed")
    print("    n   operations   storage   operations   storage")
    for n in lengths:
        derivative = chain_rule(f, w, n)
        stored, recomputed = cost(storing_tape(derivative)), cost(recomputing_tape(derivative))
        print(f"{n:5}{stored.operations:13}{stored.storage:10}"
              f"{recomputed.operations:13}{recomputed.storage:10}")  # fmt: skip


def heading(title: str) -> None:
    """Print a heading."""
    print(f"\n{title}\n{'-' * len(title)}")


def demonstrate(f: Function, value: float = 0.5) -> None:
    """Show the graph, the derivative, and both ways to compute it, for one function `f`."""
    w = sd.scalar("w")
    print(f"z = f(f(f(w))) with f = {f.__name__}")
    z = chain(f, w, 3)
    derivative = chain_rule(f, w, 3)
    show_graphs(z, w)
    show_derivative(f, w)
    show_tape("Stored: every node computed once", storing_tape(derivative), f, w, value)
    show_tape("Recomputed: every occurrence again", recomputing_tape(derivative), f, w, value)
    show_growth(f, w, lengths=(3, 10, 30, 100, 300))


def main() -> None:
    """Show the chain of three for the sine; `demonstrate` takes other functions too."""
    demonstrate(sd.sin)
    print("Stored: 3n − 2 operations, and up to n results are held.")
    print("Recomputed: about n²/2 operations, and never more than 3 results.")
    print("A chain of three is too short for the exchange to pay.")


if __name__ == "__main__":
    main()
