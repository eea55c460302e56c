"""Lesson 6: BP1 to BP4, found in the pass itself, and the network run in reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from backprop_equations import W1, WEIGHTS, b1, b2, cost, u3

import symdiff as sd
from lessons.lesson import Lesson, Teller, Walk, claim, letter, listing, part, show
from symdiff.explain.derivation import Derivation
from symdiff.show.compose import beside, formula
from symdiff.show.document import Code, Math, Section

LEFT_OUT = ["forward", "gradients", "simplification", "textbook", "differentials", "reasons"]


def explained(say: Teller, target: sd.Node, wrt: list[sd.Node]) -> Derivation:
    """The explanation of a network, of which the lesson shows the part on its layers."""
    return sd.explain(target, wrt, lang=say.language, without=LEFT_OUT)


def one_example(say: Teller) -> Section:
    """Three sigmoid layers, one example as a column."""
    found = explained(say, cost(sd.sigmoid(u3)), WEIGHTS)
    return part(found, "network", say("One example: the four equations", "单个样本：四个基本方程"))


def batch(say: Teller) -> Section:
    """The same with the examples of a batch as rows."""
    X, T = sd.matrix("X", "n", "m"), sd.matrix("T", "n", "k")
    W1, c1 = sd.matrix("W1", "m", "p"), sd.vector("b1", "p")
    W2, c2 = sd.matrix("W2", "p", "k"), sd.vector("b2", "k")
    Z = sd.tanh(X @ W1 + c1) @ W2 + c2
    found = explained(say, sd.sum((Z - T) ** 2) / 2, [W1, c1, W2, c2])
    return say.section(
        "batch",
        ("A batch: the same with rows", "一批样本：按行排列"),
        say.says(
            "In programs the examples of a batch are the rows of {X}. Then the weights stand on "
            "the right, every transpose changes its side, and what the bias receives is summed "
            "over the rows. Here for two layers, the last of them linear:",
            "程序中通常把一批样本排成 {X} 的各行。这时权重写在右边，转置都换到另一侧，"
            "偏置得到的梯度要对各行求和。以两层网络为例，最后一层是线性的：",
            X=X,
        ),
        part(found, "network backward"),
    )  # fmt: skip


def price(say: Teller) -> Section:
    """What a gradient costs, and what finite differences would."""
    costs = sd.cost(cost(u3), wrt=WEIGHTS)
    rows = []
    for width in (4, 16, 64, 256):
        sizes = {"m": 8, "p": width, "q": width, "k": 4}
        weights = sum(_entries(w, sizes) for w in WEIGHTS)
        value = costs["value"].operations.value(sizes)
        both = costs["value and gradient"].operations.value(sizes)
        claim(both < 3 * value, "a gradient costs less than three evaluations")
        rows.append((weights, weights + 1, both / value))
    n = letter("n")
    return say.section(
        "price",
        ("What it costs", "代价有多大"),
        say.says(
            "A gradient can be had without any of this: change one weight at a time and compute "
            "the loss again. For {n} weights that takes {more} evaluations. Back-propagation needs "
            "one pass, which costs a fixed number of evaluations, however many weights there are:",
            "不用这些公式也能求梯度：每次改动一个权重，重新计算损失。{n} 个权重需要计算 {more} 次。"
            "反向传播只要一遍，其代价始终相当于不到三次计算，与权重个数无关：",
            n=n, more=formula("{n} + 1", "{n} + 1", n=n),
        ),
        say.grid(
            [("weights", "权重个数"),
             ("differences: evaluations", "有限差分：计算次数"),
             ("back-propagation: worth so many evaluations", "反向传播：相当于计算次数")],
            rows,
        ),
    )  # fmt: skip


def _entries(w: sd.Node, sizes: dict[str, int]) -> int:
    count = 1
    for size in w.shape:
        count *= sizes[str(size)]
    return count


def misprints(say: Teller) -> Section:
    """Two formulas of notes, and what symdiff says of them."""
    v, delta = sd.vector("v", "p"), sd.vector("δ", "q")
    refused = refusal(lambda: v @ delta)
    W, d = sd.matrix("W", "n", "n"), sd.vector("δ", "n")
    verdict = sd.same(W @ d, W.T @ d)
    assert verdict.mistake is not None
    claim(verdict.mistake.kind == "transpose", "Wᵀ")
    return say.section(
        "misprints",
        ("Misprints to look out for", "当心笔误"),
        say.says(
            "**BP4.** Some notes write {wrong} for the gradient by {W}, with the remark that it is "
            "really a matrix. Taken as a product of two columns it is nothing at all:",
            "**BP4。**有的笔记把对 {W} 的梯度写成 {wrong}，再注明“其实是矩阵形式”。"
            "若当作两个列向量的乘积，它根本没有意义：",
            wrong=beside(v, delta, between=Math(" ", " \\, ")), W=letter("W"),
        ),
        listing(refused),
        say.says(
            "What is meant is the outer product, the error times the transposed activation:",
            "所指的是外积，即误差乘以激活值的转置：",
        ),
        show(beside(sd.outer(delta, v))),
        say.says(
            "**BP2.** The sum over the units above reads {right}, over the first index of the "
            "weight. Written with {wrong} it takes the matrix without its transpose. `sd.same` "
            "says of {product}: {verdict}",
            "**BP2。**对上层单元求和应当是 {right}，即对权重的第一个下标求和。若写成 {wrong}，"
            "矩阵就少了转置。对 {product}，`sd.same` 的判断是：{verdict}",
            right=formula("Σₖ δₖ wₖⱼ", r"\sum_k \delta_k \, w_{{kj}}"),
            wrong=formula("wⱼₖ", "w_{{jk}}"), product=W @ d,
            verdict=Code(verdict.mistake.sentence),
        ),
    )  # fmt: skip


def refusal(make: Callable[[], sd.Node]) -> str:
    """What symdiff says of an expression that does not fit together."""
    try:
        made = make()
    except sd.SymdiffError as error:
        return str(error)
    raise AssertionError(f"a lesson expects a refusal, but {made} was made")


def exercises(say: Teller) -> Section:
    """The equations applied."""
    table = sd.backprop(cost(u3), WEIGHTS)
    by_W1 = table.gradients[0]
    a = sd.scalar("a")
    claim(sd.same(sd.grad(sd.tanh(a), a), 1 - sd.tanh(a) ** 2), "the slope of tanh")
    claim(by_W1.shape == W1.shape, "BP4 has the shape of W")
    names = {layer: f"δ⁽{sign}⁾" for layer, sign in ((1, "¹"), (2, "²"), (3, "³"))}
    d1, d2 = (Math(names[k], f"\\delta^{{({k})}}") for k in (1, 2))
    claim(table.cotangents[b1].shape == b1.shape, "BP3")
    return say.exercises(
        say.says(
            "In the network of the first section, {W1} has the shape {shape}. So {d1} has the "
            "shape {first}, and {d2} has {second}.",
            "在第一节的网络中，{W1} 的形状是 {shape}。所以 {d1} 的形状是 {first}，{d2} 的形状是 "
            "{second}。",
            W1=W1, shape=_shape(W1), d1=d1, d2=d2, first=say.blank(_shape(b1)),
            second=say.blank(_shape(b2)),
        ),
        say.says(
            "With tanh units in place of sigmoid units the gain of a unit with activation {a} is "
            "{slope}.",
            "若用 tanh 单元代替 sigmoid 单元，激活值为 {a} 的单元，放大系数是 {slope}。",
            a=a, slope=say.blank(1 - a**2),
        ),
        say.says(
            "With a linear output and half the squared error, BP1 becomes {delta} = {answer}, "
            "where {z} is the output.",
            "输出层为线性、损失为平方误差之半时，BP1 变为 {delta} = {answer}，其中 {z} 是输出。",
            delta=Math(names[3], "\\delta^{(3)}"), z=letter("z"),
            answer=say.blank(sd.grad(cost(sd.vector("z", "k")), sd.vector("z", "k"))),
        ),
    )  # fmt: skip


def _shape(node: sd.Node) -> str:
    inside = ", ".join(map(str, node.shape))
    return f"({inside},)" if node.ndim == 1 else f"({inside})"


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield one_example(say)
    yield batch(say)
    yield price(say)
    yield misprints(say)
    yield exercises(say)
    yield say.program("equations")


WALKS = (
    Walk(
        "network",
        ("Three sigmoid layers", "三个 sigmoid 层"),
        lambda lang: sd.explain(cost(sd.sigmoid(u3)), WEIGHTS, lang=lang),
    ),
)


LESSON = Lesson(
    "equations",
    ("BP1 to BP4, and the network run in reverse", "BP1 至 BP4，以及反向运行的网络"),
    (
        "You can state the four equations of back-propagation for your own network, and draw its "
        "backward pass as a network with gains.",
        "能对自己的网络写出反向传播的四个基本方程，并把反向传播画成带放大系数的网络。",
    ),
    tell,
    WALKS,
)
