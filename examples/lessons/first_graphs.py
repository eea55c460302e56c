"""Lesson 2: the four first graphs, each beside what back-propagation makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import first_graphs
import numpy as np
from first_graphs import Graph

import symdiff as sd
from lessons.lesson import Blackboard, Both, Lesson, Teller, Walk, claim, part, show
from symdiff.explain.derivation import Derivation
from symdiff.show.compose import beside
from symdiff.show.document import Block, Figure, Math, Section

BEFORE: Both = ("the graph", "计算图")
AFTER: Both = ("the graph with its gradients", "加上梯度之后")


def pair(say: Teller, graph: Graph, caption: Both, **fillings: Math) -> Figure:
    """The graph, and beside it the same with what back-propagation appends."""
    names = {name: node for name, node in graph.names.items() if name.isidentifier()}
    before = sd.draw(graph.target, names=names, lang=say.language)
    after = sd.draw(graph.target, graph.wrt, names=names, lang=say.language)
    both = before.beside(after, captions=[say.one(BEFORE), say.one(AFTER)])
    return say.figure(both, caption=caption, **fillings)


def gradients(graph: Graph) -> tuple[Blackboard, Block]:
    """The gradients as closed forms, in the names of the graph."""
    names = {name: node for name, node in graph.names.items() if name.isidentifier()}
    board = Blackboard(graph.target, names)
    claim(all(each.ok for each in sd.check(graph.target, graph.wrt, at=graph.at)), graph.title)
    return board, show(*(board.derivative(x) for x in graph.wrt))


def product(say: Teller) -> Section:
    """Z = x y."""
    graph = first_graphs.product()
    board, found = gradients(graph)
    x, y = graph.wrt
    claim(len(sd.table(graph.target, graph.wrt).appended) == 0, "nothing is appended")
    return say.section(
        "product",
        ("A product", "乘积"),
        say.says(
            "{formula}: two variables, one operation. Each factor is the derivative by the other:",
            "{formula}：两个变量，一次运算。每个因子恰好是对另一个因子的导数：",
            formula=board.states(graph.target),
        ),
        found,
        pair(
            say, graph,
            (
                "Back-propagation multiplies {one} by the local derivatives {y} and {x}; once "
                "that is simplified, the two gradients are nodes that the graph had already.",
                "反向传播把 {one} 乘以局部导数 {y} 和 {x}；化简之后，两个梯度就是图中已有的结点。",
            ),
            one=beside(board.by(graph.target), "1"), x=_math(x), y=_math(y),
        ),
    )  # fmt: skip


def logistic(say: Teller) -> Section:
    """ŷ = σ(xᵀ w + b)."""
    graph = first_graphs.logistic_prediction()
    board, found = gradients(graph)
    w, b = graph.wrt
    z, prediction = graph.names["z"], graph.target
    x = next(v for v in sd.inputs(prediction) if v not in graph.wrt)
    slope = sd.grad(prediction, z)
    claim(sd.grad(prediction, b) is slope, "one slope for both")
    claim(sd.same(sd.grad(prediction, w), slope * x), "∂ŷ/∂w")
    return say.section(
        "logistic",
        ("A logistic prediction", "逻辑回归的预测"),
        say.says(
            "{formula} is the probability that logistic regression predicts. Its graph needs names "
            "for what the formula leaves without: {z}, and {dot} inside it.",
            "{formula} 是逻辑回归预测的概率。公式里没有名字的中间量，在图中要有名字：{z}，"
            "以及其中的 {dot}。",
            formula=beside(board.name(prediction), prediction), z=board.states(z), dot=z.args[0],
        ),
        found,
        say.says(
            "Both gradients contain {slope}, the slope of the sigmoid. In the graph it is one "
            "node, used twice: by {z} it is sent on to {b} as it is, and to {w} it is multiplied "
            "by {x}.",
            "两个梯度都含有 sigmoid 的导数 {slope}。它在图中只是一个结点，用了两次：经过 {z} 之后，"
            "原样传给 {b}，乘以 {x} 之后传给 {w}。",
            slope=board.writes(slope), z=board.name(z), b=b, w=w, x=x,
        ),
        pair(
            say, graph,
            (
                "What {z} receives is the gradient by {b}, too: the picture says so in the node.",
                "{z} 得到的梯度同时也是 {b} 的梯度，图中的结点上已注明。",
            ),
            z=board.name(z), b=_math(b),
        ),
    )  # fmt: skip


def relu(say: Teller) -> Section:
    """H = max(0, X W + b)."""
    graph = first_graphs.relu_layer()
    board, found = gradients(graph)
    W, b = graph.wrt
    X = next(v for v in sd.inputs(graph.target) if v not in graph.wrt)
    U, H = graph.names["U"], graph.names["H"]
    mask = sd.grad(graph.target, U)
    claim(sd.same(sd.grad(graph.target, W), X.T @ mask), "Xᵀ mask")
    a = sd.vector("a", 3)
    kink = sd.evaluate(sd.grad(sd.sum(sd.maximum(0, a)), a), {a: [-1.0, 0.0, 1.0]})
    claim(np.array_equal(kink, [0, 0.5, 1]), "the mean of both sides")
    return say.section(
        "relu",
        ("A ReLU layer on a minibatch", "小批量上的 ReLU 层"),
        say.says(
            "The rows of {X} are the examples of a minibatch; the layer is {H} with {U}. An array "
            "has no gradient of its own, so we differentiate the sum of its entries.",
            "{X} 的每一行是小批量中的一个样本，这一层是 {H}，其中 {U}。数组本身没有梯度，"
            "所以这里对它的所有分量之和求导。",
            X=X, H=board.states(H), U=board.states(U),
        ),
        found,
        say.says(
            "The factor {mask} is a mask: it passes the gradient where a unit is active and stops "
            "it where it is not. At {points} the derivative of {relu} is {values}: at the kink "
            "there is no derivative, and symdiff takes the mean of both sides, unless you write "
            "the layer with `where`, which takes the side of the branch.",
            "因子 {mask} 是一个掩码：单元激活处让梯度通过，未激活处把梯度挡住。在 {points} 处，"
            "{relu} 的导数为 {values}。在折点处导数不存在，symdiff 取两侧的平均值；"
            "若用 `where` 写这一层，则取所选分支一侧的导数。",
            mask=board.writes(mask), points=[-1.0, 0.0, 1.0], relu=sd.maximum(0, a), values=kink,
        ),
        say.says(
            "Shapes say where the transpose goes. {W} has shape {shape_W}, so its gradient must "
            "have it too; of {X} with shape {shape_X} and the mask with shape {shape_U}, only "
            "{product} has it. The bias was added to every row, so its gradient is summed over "
            "the rows.",
            "转置放在哪里由形状决定。{W} 的形状是 {shape_W}，它的梯度也必须是这个形状；{X} "
            "的形状是 "
            "{shape_X}，掩码的形状是 {shape_U}，二者的乘积中只有 {product} 符合。"
            "偏置加到了每一行上，所以它的梯度要对各行求和。",
            W=W, X=X, shape_W=_shape(W), shape_X=_shape(X), shape_U=_shape(U),
            product=board.writes(sd.grad(graph.target, W)),
        ),
        pair(
            say, graph,
            (
                "The gradient that reaches {U} goes to {W} by way of {X}, and to {b} as a sum.",
                "传到 {U} 的梯度，与 {X} 相乘得到 {W} 的梯度，对各行求和得到 {b} 的梯度。",
            ),
            U=board.name(U), W=_math(W), X=_math(X), b=_math(b),
        ),
    )  # fmt: skip


def decay(say: Teller) -> Section:
    """Two ops use w."""
    graph = first_graphs.weight_decay()
    board, found = gradients(graph)
    (w,) = graph.wrt
    sent = [
        sd.simplify(step.sent) for step in sd.backprop(graph.target, w).steps if step.receiver is w
    ]
    claim(len(sent) == 2 and sd.same(sent[0] + sent[1], sd.grad(graph.target, w)), "two paths")
    derivation = sd.explain(
        graph.target, w, names=graph.names, lang=say.language,
        without=["reasons", "textbook", "differentials", "network"],
    )  # fmt: skip
    return say.section(
        "decay",
        ("Weight decay: one variable, two paths", "权重衰减：一个变量，两条路径"),
        say.says(
            "The objective is {J}, with the error {E} of the prediction {prediction} and the "
            "penalty {R}. Two operations use {w}: the prediction and the penalty. Two edges leave "
            "it, so two contributions come back, {first} and {second}, and back-propagation adds "
            "them.",
            "目标函数为 {J}，其中 {E} 是预测 {prediction} 的误差，{R} 是惩罚项。{w} 用在两处："
            "预测和惩罚项。从 {w} 出发有两条边，所以传回来的有两份贡献，{first} 与 {second}，"
            "反向传播把它们相加。",
            J=board.states(graph.target), prediction=board.states(graph.names["ŷ"]), w=w,
            E=board.states(graph.names["E"]), R=board.states(graph.names["R"]),
            first=board.writes(sent[0]), second=board.writes(sent[1]),
        ),
        found,
        pair(
            say, graph,
            (
                "The two paths meet again in the sum at the bottom.",
                "两条路径在最下面的加法处汇合。",
            ),
        ),
        part(derivation, "gradients"),
    )  # fmt: skip


def exercises(say: Teller) -> Section:
    """Questions on the four graphs, with variations."""
    x, y, b = sd.scalar("x"), sd.scalar("y"), sd.scalar("b")
    v, w, lam = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("λ")
    prediction = sd.tanh(v @ w + b)
    board = Blackboard(prediction, {"ŷ": prediction})
    both = x * x * y
    sent = sd.backprop(both, x).steps[-1].sent
    assert sent is not None
    decayed = sd.sum(sd.abs(w)) * lam
    return say.exercises(
        say.says(
            "In {f} two edges lead from {x} to the inner product. Each sends {one} to {x}, and "
            "the sum is {sum}.",
            "在 {f} 中，从 {x} 到里面的乘积有两条边。每条边给 {x} 送来 {one}，和为 {sum}。",
            f=both, x=x, one=say.blank(sd.simplify(sent)),
            sum=say.blank(sd.grad(both, x)),
        ),
        say.says(
            "Put tanh in place of the sigmoid: for {formula}, {by_b} is {slope} (write {name} for "
            "the prediction), and {by_w} is that times {x}.",
            "把 sigmoid 换成 tanh：对 {formula}，{by_b} 等于 {slope}（预测值写作 {name}），"
            "{by_w} 等于它乘以 {x}。",
            formula=beside(board.name(prediction), prediction), by_b=board.by(b),
            slope=say.blank(board.writes(sd.grad(prediction, b))), name=board.name(prediction),
            by_w=board.by(w), x=say.blank(v),
        ),
        say.says(
            "With the penalty {penalty} in place of the squares, the contribution of the penalty "
            "to the gradient is {sent}.",
            "若惩罚项改为 {penalty}，它对梯度的贡献是 {sent}。",
            penalty=decayed, sent=say.blank(sd.grad(decayed, w)),
        ),
    )  # fmt: skip


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield product(say)
    yield logistic(say)
    yield relu(say)
    yield decay(say)
    yield exercises(say)
    yield say.program("first_graphs")


def _math(node: sd.Node) -> Math:
    return beside(node)


def _shape(node: sd.Node) -> str:
    return f"({', '.join(map(str, node.shape))})"


def walk(graph: Graph, language: str) -> Derivation:
    """A graph with its gradients, to step through."""
    names = {name: node for name, node in graph.names.items() if name.isidentifier()}
    return sd.explain(graph.target, graph.wrt, names=names, lang=language, without=["network"])


TITLES: dict[str, Both] = {
    "product": ("The product", "乘积"),
    "logistic_prediction": ("The logistic prediction", "逻辑回归的预测"),
    "relu_layer": ("The ReLU layer", "ReLU 层"),
    "weight_decay": ("Weight decay", "权重衰减"),
}
"""The four graphs, by the functions of the example that make them."""

WALKS = tuple(
    Walk(name.replace("_", "-"), title, partial(walk, getattr(first_graphs, name)()))
    for name, title in TITLES.items()
)


LESSON = Lesson(
    "first-graphs",
    ("The four first graphs", "最初的四个计算图"),
    (
        "You can draw the graph of a formula, and beside it what back-propagation appends for its "
        "gradients.",
        "会画公式的计算图，并在旁边画出反向传播为求梯度而添加的结点。",
    ),
    tell,
    WALKS,
)
