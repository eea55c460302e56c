"""The scalar algorithm of back-propagation: one visit per edge, from u(n) down to u(1).

Forward, each node is computed from the nodes that it uses. Backward, a table is filled:

    grad_table[u(n)] ← 1
    grad_table[u(j)] ← Σ grad_table[u(i)] · ∂u(i)/∂u(j)    over all i that use u(j)

First on a small graph, step by step, as the record of `sd.backprop` tells it. Then on a ladder in
which every rung doubles the number of paths: the chain rule written out path by path takes
exponential time, the table takes one visit per edge.
"""

from collections.abc import Callable
from typing import NamedTuple

import symdiff as sd

Operation = Callable[..., sd.Node]

INPUTS = {1: 2.0, 2: 0.5}
OPERATIONS: dict[int, tuple[Operation, tuple[int, ...]]] = {
    3: (sd.multiply, (1, 2)),
    4: (sd.sin, (3,)),
    5: (sd.add, (3, 2)),
    6: (sd.multiply, (4, 5)),
}


class SmallGraph(NamedTuple):
    """The nodes u(1) … u(n) by number, and letters u1, u2, … in which one operation is written."""

    nodes: dict[int, sd.Node]
    letters: dict[int, sd.Node]

    def operation(self, i: int) -> sd.Node:
        """Return what makes u(i), written in the letters of its arguments."""
        function, arguments = OPERATIONS[i]
        return function(*(self.letters[j] for j in arguments))

    def number(self, node: sd.Node) -> int:
        """Return the i of a node u(i)."""
        return next(i for i, each in self.nodes.items() if each is node)


def small_graph() -> SmallGraph:
    """Build the graph that `OPERATIONS` describes."""
    letters = {i: sd.scalar(f"u{i}") for i in [*INPUTS, *OPERATIONS]}
    nodes = {i: letters[i] for i in INPUTS}
    for i, (function, arguments) in OPERATIONS.items():
        nodes[i] = function(*(nodes[j] for j in arguments))
    return SmallGraph(nodes, letters)


def show_forward(graph: SmallGraph, values: dict[sd.Node, float]) -> None:
    """Print the forward pass: for i = 1 … n, compute u(i) from the nodes that it uses."""
    heading("Forward: u(i) from the nodes that it uses, i = 1 … n")
    for i, node in graph.nodes.items():
        how = f"u{i} = {graph.operation(i)}" if i in OPERATIONS else f"u{i}, an input"
        print(f"  {how:<14} = {sd.evaluate(node, values):.6f}")


def show_backward(graph: SmallGraph, values: dict[sd.Node, float]) -> None:
    """Print the backward pass as `sd.backprop` recorded it: one line per edge."""
    heading("Backward: from u(n) down, one visit per edge")
    n = max(graph.nodes)
    table = sd.backprop(graph.nodes[n], [graph.nodes[j] for j in INPUTS])
    print(f"  {'':9} grad_table[u{n}] ← 1")
    entries: dict[int, float] = {}
    for step in table.steps:
        i, j = graph.number(step.consumer), graph.number(step.receiver)
        local = sd.grad(graph.operation(i), graph.letters[j])
        term = float(sd.evaluate(step.sent, values))
        arrow = "+=" if j in entries else "← "
        entries[j] = entries.get(j, 0.0) + term
        print(f"  u{i} → u{j}:  grad_table[u{j}] {arrow} grad_table[u{i}] · {local!s:<8} "
              f"adds {term:9.6f}, now {entries[j]:9.6f}")  # fmt: skip
    edges = count_edges(sd.table(graph.nodes[n]))
    print(f"The graph has {edges} edges, and the pass made {len(table.steps)} visits.")


def show_table(graph: SmallGraph, values: dict[sd.Node, float]) -> None:
    """Print the finished table. Its entries are expressions, nodes of the same graph."""
    heading("The table holds expressions, nodes of the same graph")
    n = max(graph.nodes)
    table = sd.backprop(graph.nodes[n], [graph.nodes[j] for j in INPUTS])
    for j in reversed(graph.nodes):
        entry = table.cotangents[graph.nodes[j]]
        print(f"  ∂u{n}/∂u{j} = {sd.evaluate(entry, values):9.6f} = {sd.simplify(entry)}")


def ladder(x: sd.Node, rungs: int) -> sd.Node:
    """Return u(rungs), where u ← u · sin(u) at every rung: two paths lead from u to the next u."""
    u = x
    for _ in range(rungs):
        u = u * sd.sin(u)
    return u


def count_edges(table: sd.Table) -> int:
    """Count the edges of a graph, without those that differentiation appended."""
    return sum(len(row.args) for row in table.forward)


def count_paths(table: sd.Table, x: sd.Node) -> int:
    """Count the paths from the target, the last forward row, to `x`, without walking them."""
    paths: dict[sd.Node, int] = {}
    for row in table.forward:
        paths[row.node] = 1 if row.node is x else sum(paths[arg] for arg in row.node.args)
    return paths[table.forward[-1].node]


def local_derivatives(
    target: sd.Node, x: sd.Node, value: float
) -> dict[sd.Node, list[tuple[sd.Node, float]]]:
    """For each node, its arguments with the derivative along that edge alone."""
    local: dict[sd.Node, list[tuple[sd.Node, float]]] = {}
    for node in (row.node for row in sd.table(target) if row.node.args):
        steps = [s for s in sd.backprop(node, node.args).steps if s.consumer is node]
        values = sd.evaluate([s.sent for s in steps], {x: value})
        local[node] = [(s.receiver, float(v)) for s, v in zip(steps, values, strict=True)]
    return local


def path_by_path(
    node: sd.Node, x: sd.Node, local: dict[sd.Node, list[tuple[sd.Node, float]]]
) -> tuple[float, int]:
    """Apply the chain rule without a table. Returns the derivative, and how many edges it took."""
    if node is x:
        return 1.0, 0
    derivative, walked = 0.0, 0
    for arg, slope in local[node]:
        below, further = path_by_path(arg, x, local)
        derivative += slope * below
        walked += 1 + further
    return derivative, walked


def show_naive(rungs: int, value: float = 2.0) -> None:
    """Run the chain rule path by path, and compare with the table."""
    heading(f"A ladder, u ← u · sin(u), of {rungs} rungs")
    x = sd.scalar("x")
    target = ladder(x, rungs)
    naive, walked = path_by_path(target, x, local_derivatives(target, x, value))
    pass_ = sd.backprop(target, x)
    gradient = float(sd.evaluate(pass_.gradients[0], {x: value}))
    print(f"Path by path: derivative {naive:.12f}, edges walked   {walked:6}")
    print(f"By the table: derivative {gradient:.12f}, edges visited  {len(pass_.steps):6}")


def show_growth(lengths: tuple[int, ...]) -> None:
    """Print what grows with the edges, and what with the paths."""
    heading("Growth with the number of rungs")
    print("rungs   nodes   edges   edges visited   nodes appended      paths")
    x = sd.scalar("x")
    for rungs in lengths:
        target = ladder(x, rungs)
        table = sd.table(target, x)
        visited = len(sd.backprop(target, x).steps)
        print(f"{rungs:5}{len(table.forward):8}{count_edges(table):8}{visited:16}"
              f"{len(table.appended):17}{count_paths(table, x):11.3g}")  # fmt: skip
    print("Every edge is visited once; the paths double with every rung.")


def heading(title: str) -> None:
    """Print a heading."""
    print(f"\n{title}\n{'-' * len(title)}")


def main() -> None:
    """Show the algorithm on a small graph, and its cost on a ladder."""
    graph = small_graph()
    values = {graph.nodes[j]: value for j, value in INPUTS.items()}
    print(f"The scalar algorithm on u{max(graph.nodes)} = {graph.nodes[max(graph.nodes)]}")
    show_forward(graph, values)
    show_backward(graph, values)
    show_table(graph, values)
    show_naive(rungs=12)
    show_growth(lengths=(1, 2, 4, 8, 16, 32, 64, 128, 256))


if __name__ == "__main__":
    main()
