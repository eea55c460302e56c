"""Lesson 5: a three-layer network in numbers, and the update of a single weight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

import symdiff as sd
from lessons.lesson import (
    Blackboard,
    Lesson,
    Teller,
    Walk,
    claim,
    entry,
    letter,
    part,
    partial,
    show,
    times,
)
from symdiff.explain.derivation import Derivation
from symdiff.explain.formulas import written
from symdiff.show.compose import beside, formula
from symdiff.show.document import Code, Math, Section
from symdiff.show.naming import numbered
from symdiff.show.values import array_math

RATE = 0.5


class Network(NamedTuple):
    """Input, sigmoid hidden layer, sigmoid output layer; half the squared error."""

    x: sd.Node
    t: sd.Node
    W1: sd.Node
    W2: sd.Node
    n1: sd.Node
    y: sd.Node
    n2: sd.Node
    z: sd.Node
    J: sd.Node

    @classmethod
    def of(cls, inputs: int, hidden: int, outputs: int) -> Network:
        """A network with so many units."""
        x, t = sd.vector("x", inputs), sd.vector("t", outputs)
        W1, W2 = sd.matrix("W1", hidden, inputs), sd.matrix("W2", outputs, hidden)
        n1 = W1 @ x
        y = sd.sigmoid(n1)
        n2 = W2 @ y
        z = sd.sigmoid(n2)
        return cls(x, t, W1, W2, n1, y, n2, z, sd.sum((t - z) ** 2) / 2)

    @property
    def names(self) -> dict[str, sd.Node]:
        """What parts of the network are called."""
        return {"n1": self.n1, "y": self.y, "n2": self.n2, "z": self.z, "J": self.J}


NET = Network.of(2, 2, 2)
AT = {
    NET.x: np.array([1.0, 0.5]),
    NET.t: np.array([1.0, 0.0]),
    NET.W1: np.array([[0.1, 0.2], [0.3, 0.4]]),
    NET.W2: np.array([[0.5, -0.6], [0.7, 0.8]]),
}


def value(node: sd.Node) -> np.ndarray:
    """The value of a node at the point of the lesson."""
    return np.asarray(sd.evaluate(node, {v: AT[v] for v in sd.inputs(node)}))


def with_entry(weight: sd.Node, place: tuple[int, int], number: float) -> float:
    """The loss with another number in one place of a weight."""
    changed = AT[weight].copy()
    changed[place] = number
    return float(sd.evaluate(NET.J, AT | {weight: changed}))


def network(say: Teller) -> Section:
    """The formulas and the forward pass."""
    board = Blackboard(NET.J, NET.names)
    derivation = sd.explain(
        NET.J, [NET.W1, NET.W2], at=AT, names=NET.names, lang=say.language,
        without=["network", "differentials", "reasons", "textbook"],
    )  # fmt: skip
    return say.section(
        "network",
        ("The network", "网络"),
        say.says(
            "Two inputs, two hidden units, two outputs, no biases:",
            "两个输入、两个隐藏单元、两个输出，不设偏置：",
        ),
        show(
            beside(board.states(NET.n1), board.states(NET.y), between=",  "),
            beside(board.states(NET.n2), board.states(NET.z), between=",  "),
            board.states(NET.J),
            remarks=(say("hidden layer", "隐藏层"), say("output layer", "输出层"),
                     say("the loss", "损失函数")),
        ),
        say.says(
            "The input is {x}, the targets are {t}, and the weights are {W1} and {W2}.",
            "输入 {x}，目标 {t}，权重 {W1}，{W2}。",
            **{v.attrs[0]: beside(v, array_math(AT[v])) for v in (NET.x, NET.t, NET.W1, NET.W2)},
        ),
        part(derivation, "forward"),
    )  # fmt: skip


def both_passes(say: Teller) -> Section:
    """Values on the nodes, gradients under them."""
    picture = sd.draw(
        NET.J, [NET.W1, NET.W2], at=AT, names=NET.names, view="flow", lang=say.language
    )
    board = Blackboard(NET.J, NET.names)
    return say.section(
        "passes",
        ("Forward and backward, in numbers", "前向与反向，用数字来看"),
        say.says(
            "Forward, from the bottom up, each node gets its value. Backward, from the top down, "
            "each node gets the derivative of {J} by it. The sensitivity of a unit, {delta}, is "
            "the derivative by what enters its sigmoid:",
            "前向自下而上，每个结点得到它的值；反向自上而下，每个结点得到 {J} 对它的导数。"
            "单元的敏感度 {delta} 是对 sigmoid 的输入的导数：",
            J=board.name(NET.J), delta=letter("δ"),
        ),
        show(board.derivative(NET.n2), beside(board.by(NET.n1), _hidden_sensitivity(board))),
        say.figure(
            picture,
            caption=(
                "In each node: its name, its value, and the derivative of the loss by it.",
                "每个结点中依次是：名字、值、损失对它的导数。",
            ),
        ),
    )  # fmt: skip


def _hidden_sensitivity(board: Blackboard) -> Math:
    """The sensitivity of the hidden layer, by that of the output layer."""
    above = sd.grad(NET.J, NET.n2)
    found = (NET.W2.T @ above) * NET.y * (1 - NET.y)
    claim(sd.same(found, sd.grad(NET.J, NET.n1)), "δ of the hidden layer")
    return written(found, {**board.known, above: board.names.cotangent(NET.n2)})


def one_weight(say: Teller) -> Section:
    """A weight of the output layer, and its update."""
    k, j = 0, 1
    delta, y = value(sd.grad(NET.J, NET.n2)), value(NET.y)
    slope, error = value(NET.z * (1 - NET.z)), value(NET.z - NET.t)
    gradient = value(sd.grad(NET.J, NET.W2))
    claim(np.isclose(error[k] * slope[k], delta[k]), "δ is error times slope")
    claim(np.isclose(delta[k] * y[j], gradient[k, j]), "∂J/∂w = δ y")
    old = AT[NET.W2][k, j]
    new = old - RATE * gradient[k, j]
    before, after = with_entry(NET.W2, (k, j), old), with_entry(NET.W2, (k, j), new)
    claim(after < before, "the step goes down")
    w = _weight(2, k, j)
    return say.section(
        "output-weight",
        ("One weight of the output layer", "输出层的一个权重"),
        say.says(
            "Take {w}, which leads from hidden unit {j} to output {k}. Its derivative is the "
            "sensitivity where it ends times the value where it begins:",
            "取从第 {j} 个隐藏单元到第 {k} 个输出的权重 {w}。"
            "它的导数等于终点的敏感度乘以起点的值：",
            w=beside(w, array_math(old)), j=j + 1, k=k + 1,
        ),
        show(
            formula("{d} = ({z} − {t}) {z} (1 − {z}) = {product} = {v}",
                    r"{d} = ({z} - {t}) \, {z} \, (1 - {z}) = {product} = {v}",
                    d=_at("δ", k), z=_at("z", k), t=_at("t", k), product=times(error[k], slope[k]),
                    v=array_math(delta[k])),
            formula("{by} = {d} {y} = {product} = {v}",
                    r"{by} = {d} \, {y} = {product} = {v}",
                    by=partial(letter("J"), w), d=_at("δ", k), y=_at("y", j),
                    product=times(delta[k], y[j]), v=array_math(gradient[k, j])),
            _update(w, old, gradient[k, j], new),
            remarks=(
                say("the sensitivity of the output", "输出单元的敏感度"),
                say("the derivative by the weight", "对权重的导数"),
                say("the step, with rate {rate}", "更新一步，学习率 {rate}", rate=RATE),
            ),
        ),
        say.says(
            "With this weight alone changed, the loss goes from {before:6} to {after:6}.",
            "只改这一个权重，损失就从 {before:6} 变为 {after:6}。",
            before=before, after=after,
        ),
    )  # fmt: skip


def hidden_weight(say: Teller) -> Section:
    """A weight of the hidden layer, which acts on every output."""
    j, i = 1, 0
    delta, y, x = value(sd.grad(NET.J, NET.n2)), value(NET.y), AT[NET.x]
    hidden, gradient = value(sd.grad(NET.J, NET.n1)), value(sd.grad(NET.J, NET.W1))
    back = delta * AT[NET.W2][:, j]
    slope = y[j] * (1 - y[j])
    claim(np.isclose(back.sum() * slope, hidden[j]), "δ_j sums over the outputs")
    claim(np.isclose(hidden[j] * x[i], gradient[j, i]), "∂J/∂w = δ x")
    old = AT[NET.W1][j, i]
    new = old - RATE * gradient[j, i]
    step = 1e-6
    measured = (with_entry(NET.W1, (j, i), old + step) - with_entry(NET.W1, (j, i), old)) / step
    claim(np.isclose(measured, gradient[j, i], rtol=1e-4), "finite difference")
    claim(with_entry(NET.W1, (j, i), new) < with_entry(NET.W1, (j, i), old), "down again")
    w = _weight(1, j, i)
    terms = beside(*(times(delta[k], AT[NET.W2][k, j]) for k in range(len(delta))), between=" + ")
    return say.section(
        "hidden-weight",
        ("One weight of the hidden layer", "隐藏层的一个权重"),
        say.says(
            "{w} leads from input {i} to hidden unit {j}, and that acts on both outputs. So both "
            "send something back, and it is added:",
            "{w} 从第 {i} 个输入通向第 {j} 个隐藏单元，而这个单元影响两个输出。"
            "所以两个输出都要传回敏感度，再相加：",
            w=beside(w, array_math(old)), i=i + 1, j=j + 1,
        ),
        show(
            formula("Σₖ {d} w⁽²⁾ₖ{j} = {terms} = {v}",
                    r"\sum_k {d} \, w^{{(2)}}_{{k{j}}} = {terms} = {v}", j=letter(str(j + 1)),
                    d=entry(letter("δ"), "k"), terms=terms, v=array_math(back.sum())),
            formula("{d} = {s} · {y} (1 − {y}) = {sv} · {slope} = {v}",
                    r"{d} = {sv} \cdot {y} \, (1 - {y}) = {sv} \cdot {slope} = {v}",
                    d=_at("δ", j), s=array_math(back.sum()), sv=array_math(back.sum()),
                    y=_at("y", j), slope=array_math(slope), v=array_math(hidden[j])),
            formula("{by} = {d} {x} = {product} = {v}",
                    r"{by} = {d} \, {x} = {product} = {v}",
                    by=partial(letter("J"), w), d=_at("δ", j), x=_at("x", i),
                    product=times(hidden[j], x[i]), v=array_math(gradient[j, i])),
            _update(w, old, gradient[j, i], new),
            remarks=(
                say("what both outputs send back", "两个输出传回的敏感度之和"),
                say("through the slope of the sigmoid", "再乘以 sigmoid 的导数"),
                say("the derivative by the weight", "对权重的导数"),
                say("the step", "更新一步"),
            ),
        ),
        say.says(
            "To check: add {step} to this weight alone, compute the loss again, and divide the "
            "change by {step}. That gives {measured:5}, and the derivative is {gradient:5}.",
            "检验：只把这个权重加上 {step}，重新计算损失，用损失的变化除以 {step}，得 "
            "{measured:5}；"
            "导数为 {gradient:5}。",
            step=step, measured=measured, gradient=gradient[j, i],
        ),
    )  # fmt: skip


def whole_step(say: Teller) -> Section:
    """All weights at once, again and again."""
    gradient = sd.compile([NET.J, *sd.grad(NET.J, [NET.W1, NET.W2])],
                          inputs=[NET.x, NET.t, NET.W1, NET.W2])  # fmt: skip
    W1, W2 = AT[NET.W1], AT[NET.W2]
    shown = (0, 1, 2, 10, 100, 1000)
    rows = []
    for count in range(max(shown) + 1):
        loss, by_W1, by_W2 = gradient(AT[NET.x], AT[NET.t], W1, W2)
        if count in shown:
            rows.append((count, loss, W1, W2))
        W1, W2 = W1 - RATE * by_W1, W2 - RATE * by_W2
    losses = [row[1] for row in rows]
    claim(losses == sorted(losses, reverse=True), "the loss falls")
    return say.section(
        "steps",
        ("All weights, step after step", "所有权重，一步接一步"),
        say.says(
            "Every weight takes such a step at the same time. Then both passes are run again:",
            "每个权重同时走这样一步，然后重新做前向和反向传播：",
        ),
        say.grid([("steps", "步数"), ("loss", "损失"), NET.W1, NET.W2], rows),
    )  # fmt: skip


def pitfalls(say: Teller) -> Section:
    """Zero weights, equal weights, a lost factor."""
    zero = {**AT, NET.W2: np.zeros((2, 2))}
    by_W1, by_W2 = (np.asarray(sd.evaluate(sd.grad(NET.J, W), zero)) for W in (NET.W1, NET.W2))
    by_W1 = by_W1 + 0.0  # no minus before zero
    claim(not by_W1.any() and by_W2.any(), "zero weights")
    ones = {**AT, NET.W1: np.ones((2, 2)), NET.W2: np.ones((2, 2))}
    equal = np.asarray(sd.evaluate(sd.grad(NET.J, NET.W1), ones))
    claim(np.array_equal(equal[0], equal[1]), "equal rows")
    T, Z = sd.matrix("T", "n", "c"), sd.matrix("Z", "n", "c")
    loss = sd.sum((T - Z) ** 2) / sd.size("n")
    verdict = sd.same((Z - T) / sd.size("n"), sd.grad(loss, Z))
    assert verdict.mistake is not None
    claim(verdict.mistake.kind == "factor" and "2" in verdict.mistake.sentence, "a factor 2")
    return say.section(
        "pitfalls",
        ("What goes wrong", "容易出错的地方"),
        say.says(
            "**All zero.** If {W2} is zero, nothing comes back through it: the gradient by {W1} "
            "is {by_W1}. The gradient by {W2} itself is not zero, so the hidden layer begins to "
            "learn one step later.",
            "**全为零。**若 {W2} 为零，就没有任何敏感度能穿过它传回来，对 {W1} 的梯度是 {by_W1}。"
            "但对 {W2} 本身的梯度不为零，所以隐藏层只是晚一步才开始学习。",
            W1=NET.W1, W2=NET.W2, by_W1=by_W1,
        ),
        say.says(
            "**All equal.** If all weights are one, the hidden units are alike, and their "
            "gradients, the rows of {equal}, are too: they stay alike forever, and are worth one "
            "unit. That is why weights start at random.",
            "**全相等。**若权重全为 1，各隐藏单元便完全一样，它们的梯度（{equal} 的各行）也一样，"
            "于是永远一样，只相当于一个单元。所以权重要随机初始化。",
            equal=equal,
        ),
        say.says(
            "**A lost factor.** The code of one note computes the loss {loss} and takes {stated} "
            "for its gradient by {Z}. It is {right}; `sd.same` says: {verdict}",
            "**丢了因子。**有一篇笔记的代码计算的损失是 {loss}，却取 {stated} 作为对 {Z} 的梯度。"
            "正确的是 {right}。`sd.same` 的判断是：{verdict}",
            loss=loss, Z=Z, stated=(Z - T) / sd.size("n"), right=sd.grad(loss, Z),
            verdict=Code(verdict.mistake.sentence),
        ),
    )  # fmt: skip


def exercises(say: Teller) -> Section:
    """The same with other numbers."""
    k, j = 1, 0
    delta, y = value(sd.grad(NET.J, NET.n2)), value(NET.y)
    gradient = value(sd.grad(NET.J, NET.W2))
    unit = sd.scalar("z")
    return say.exercises(
        say.says(
            "For {w}, from hidden unit {j} to output {k}: the sensitivity of the output is "
            "{delta}, the hidden value is {y}, and the derivative is {gradient}.",
            "对从第 {j} 个隐藏单元到第 {k} 个输出的权重 {w}：输出单元的敏感度是 {delta}，"
            "隐藏单元的值是 {y}，导数是 {gradient}。",
            w=_weight(2, k, j), j=j + 1, k=k + 1, delta=say.blank(delta[k]), y=say.blank(y[j]),
            gradient=say.blank(gradient[k, j]),
        ),
        say.says(
            "With rate {rate} this weight goes from {old} to {new}.",
            "学习率为 {rate} 时，这个权重从 {old} 变为 {new}。",
            rate=RATE, old=AT[NET.W2][k, j],
            new=say.blank(AT[NET.W2][k, j] - RATE * gradient[k, j]),
        ),
        say.says(
            "The slope of a sigmoid unit with value {z} is {slope}; it is largest for {best}, and "
            "then {most}.",
            "值为 {z} 的 sigmoid 单元的导数是 {slope}；当 {best} 时最大，等于 {most}。",
            z=unit, slope=say.blank(unit * (1 - unit)), best=(beside(unit, ""), say.blank(0.5)),
            most=say.blank(float(sd.evaluate(unit * (1 - unit), z=0.5))),
        ),
    )  # fmt: skip


def _weight(layer: int, row: int, column: int) -> Math:
    """A single weight, `w₁,₂₁`, its places counted from one."""
    digits = f"{row + 1}{column + 1}"
    small = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    return Math(f"w⁽{'⁰¹²³'[layer]}⁾{digits.translate(small)}", f"w^{{({layer})}}_{{{digits}}}")


def _at(name: str, place: int) -> Math:
    """An entry of a vector, its place counted from one."""
    found = numbered(name, place + 1)
    return Math(found.pretty, found.latex.replace("δ", "\\delta "))


def _update(w: Math, old: float, gradient: float, new: float) -> Math:
    return formula(
        "{w} ← {old} − {product} = {new}",
        r"{w} \leftarrow {old} - {product} = {new}",
        w=w, old=array_math(old), product=times(RATE, gradient),
        new=array_math(new, 6),
    )  # fmt: skip


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield network(say)
    yield both_passes(say)
    yield one_weight(say)
    yield hidden_weight(say)
    yield whole_step(say)
    yield pitfalls(say)
    yield exercises(say)
    yield say.program("three_layers")


def walk(language: str) -> Derivation:
    """Both passes with their values."""
    return sd.explain(NET.J, [NET.W1, NET.W2], at=AT, names=NET.names, lang=language)


WALKS = (Walk("numbers", ("Both passes, with values", "前向与反向，带数值"), walk),)


LESSON = Lesson(
    "three-layers",
    ("A three-layer network, and one weight in numbers", "三层网络：用数字更新一个权重"),
    (
        "You can carry numbers forward and backward through a small network by hand, and update "
        "any single weight.",
        "能手算数值在小网络中的前向与反向传播，并更新任何一个权重。",
    ),
    tell,
    WALKS,
)
