"""Which nodes belong to which layer, for pictures of the graph."""

from __future__ import annotations

from symdiff.derive.backprop import GradientTable
from symdiff.explain.network import Network
from symdiff.node import Node, topological
from symdiff.show.wording import Wording


def layer_groups(
    network: Network, say: Wording | None = None, table: GradientTable | None = None
) -> dict[str, list[Node]]:
    """The nodes of the input, of each layer, and of the loss, each node once.

    With the `table` of a pass, what it appended for a node belongs to the group of that node.

    >>> import symdiff as sd
    >>> from symdiff.explain.network import layers_of
    >>> W, x = sd.matrix("W", "h", "d"), sd.vector("x", "d")
    >>> groups = layer_groups(layers_of(sd.sum(sd.tanh(W @ x) ** 2), [W]))
    >>> for name, nodes in groups.items():
    ...     print(name, *nodes, sep=" | ")
    input | x
    layer 1 | W | W x | tanh(W x)
    loss | 2 | tanh(W x)² | sum(tanh(W x)²)
    """
    words = Wording() if say is None else say
    order = topological([network.target])
    forward = set(order)
    place: dict[Node, str] = {}
    groups: dict[str, list[Node]] = {}

    def put(name: str, node: Node) -> None:
        if node not in place:
            place[node] = name
            groups.setdefault(name, []).append(node)

    for node in topological([network.input]):
        put(words.text("network.group.input"), node)
    for layer in network.layers:
        top = layer.a if layer.a in forward else layer.z
        for node in topological([top], known=place):
            put(words.text("network.group.layer", number=str(layer.index)), node)
    for node in order:
        put(words.text("network.group.loss"), node)
    if table is not None:
        for node, cotangent in table.cotangents.items():
            put(place[node], cotangent)
        for step in table.steps:
            if step.sent is not None:
                for node in topological([step.sent], known=place):
                    put(place[step.receiver], node)
    return groups
