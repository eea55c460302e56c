"""Lesson 4: softmax with two losses, and the wrong numbers of a text put right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from softmax_two_losses import (
    HIDDEN,
    INPUT,
    NETWORKS,
    OUTPUTS,
    TARGET,
    WEIGHTS,
    cross_entropy,
    gradients,
    squared_error,
)

import symdiff as sd
from lessons.lesson import Blackboard, Lesson, Teller, Walk, claim, entry, letter, partial, show
from symdiff.show.compose import Filling, beside, formula
from symdiff.show.document import Math, Section
from symdiff.show.values import array_math

a, t = sd.vector("a", "k"), sd.vector("t", "k")
p = sd.softmax(a)


LOSSES = (("squared error", "平方误差"), ("cross-entropy", "交叉熵"))


def jacobian(say: Teller) -> Section:
    """diag(p) − p pᵀ."""
    board = Blackboard(p, {"p": p})
    J = sd.jacobian(p, a)
    logits = [0.5, -1.0, 2.0]
    outputs, matrix = sd.evaluate([p, J], {a: logits})
    by_cases = np.where(np.eye(3) == 1, outputs * (1 - outputs), -np.outer(outputs, outputs))
    claim(np.allclose(matrix, by_cases), "the two cases")
    claim(np.allclose(matrix.sum(axis=0), 0) and np.allclose(matrix, matrix.T), "rows sum to 0")
    p_i, p_j = entry(letter("p"), "i"), entry(letter("p"), "j")
    slope = partial(p_j, entry(letter("a"), "i"))
    return say.section(
        "jacobian",
        ("The Jacobian of softmax", "softmax 的雅可比矩阵"),
        say.says(
            "Softmax turns scores {a} into probabilities {p}: each output depends on every score, "
            "since all share one sum. So its derivative is a matrix, and symdiff finds",
            "softmax 把得分 {a} 变成概率 {p}。因为分母是公共的，每个输出都依赖所有的得分，"
            "所以它的导数是一个矩阵。symdiff 求得",
            a=a, p=beside(letter("p"), p),
        ),
        show(
            beside(board.by(a), board.writes(J)),
            formula("{slope} = {p}ⱼ (1 − {p}ⱼ)", r"{slope} = {p}_j \, (1 - {p}_j)",
                    slope=slope, p=letter("p")),
            formula("{slope} = −{i} {j}", r"{slope} = -{i} \, {j}", slope=slope, i=p_i, j=p_j),
            remarks=(
                say("as a matrix", "矩阵形式"),
                say("on the diagonal, {case}", "对角线上，{case}", case=letter("i = j")),
                say("elsewhere", "其余各处"),
            ),
        ),
        say.says(
            "With numbers: for {a} the outputs are {p}, and",
            "代入数值：当 {a} 时，输出为 {p}，且",
            a=beside(a, array_math(logits)), p=outputs,
        ),
        show(beside(board.by(a), array_math(matrix))),
        say.says(
            "The matrix is symmetric and each row sums to zero: adding the same number to all "
            "scores changes nothing.",
            "矩阵是对称的，每行之和为零：所有得分加上同一个数，输出不变。",
        ),
    )  # fmt: skip


def losses(say: Teller) -> Section:
    """The Jacobian stays in one gradient and cancels in the other."""
    squares, entropy = squared_error(a, t), cross_entropy(a, t)
    by_squares, by_entropy = sd.grad(squares, a), sd.grad(entropy, a)
    claim(sd.same(by_squares, sd.jacobian(p, a) @ (p - t)), "the Jacobian times p − t")
    claim(sd.same(by_entropy, sd.sum(t) * p - t), "sum(t) p − t")
    stated = (squares, -sd.sum(t * sd.log(p)))
    boards = [Blackboard(loss, {"p": p, "L": loss}) for loss in stated]
    names = {"p": p}
    return say.section(
        "losses",
        ("Two losses", "两种损失函数"),
        say.says(
            "Compare the squared error with the cross-entropy, both by the scores:",
            "比较平方误差与交叉熵，都对得分求导：",
        ),
        say.grid(
            [("loss", "损失"), ("formula", "公式"), ("gradient by the scores", "对得分的梯度")],
            [
                (say(*words), board.states(board.target), board.derivative(a))
                for words, board in zip(LOSSES, boards, strict=True)
            ],
        ),
        say.says(
            "In the first the Jacobian of softmax is still there: {first} is that matrix times "
            "{error}. In the second it has cancelled against the slope of the logarithm, and for "
            "targets that sum to one what is left is {error}: prediction minus target.",
            "第一个梯度里还留着 softmax 的雅可比矩阵：{first} 就是这个矩阵乘以 {error}。"
            "第二个梯度里，它与对数的导数抵消了；当目标之和为 1 时，只剩下 {error}，"
            "即预测值减目标值。",
            first=boards[0].writes(by_squares), error=boards[0].writes(p - t),
        ),
        say.figure(
            sd.draw(squares, a, names=names, lang=say.language),
            caption=(
                "Squared error: what comes down from the error has to pass softmax.",
                "平方误差：从误差传下来的梯度必须穿过 softmax。",
            ),
        ),
    )  # fmt: skip


def saturation(say: Teller) -> Section:
    """How strongly each loss corrects an output that is wrong and sure."""
    scores = [0.0, 2.0, 4.0, 8.0, 16.0]
    by_squares, by_entropy = (sd.grad(loss(a, t), a) for loss in (squared_error, cross_entropy))
    rows = []
    for score in scores:
        at = {a: [score, 0.0], t: [0.0, 1.0]}
        outputs, first, second = sd.evaluate([p, by_squares, by_entropy], at)
        rows.append((score, outputs[1], first[1], second[1]))
    claim(abs(rows[-1][2]) < 1e-6 and abs(rows[-1][3]) > 0.99, "saturation")
    return say.section(
        "saturation",
        ("Why it matters", "为什么这很重要"),
        say.says(
            "Let the target be {t} and the scores {a}. The larger {s}, the surer and the more "
            "wrong the network is. What does each loss send to the second score?",
            "设目标为 {t}，得分为 {a}。{s} 越大，网络就越确信，也错得越厉害。"
            "两种损失各传给第二个得分多大的梯度？",
            t=array_math([0, 1]), s=letter("s"),
            a=formula("[{s}, 0]", r"\begin{{bmatrix}} {s} & 0 \end{{bmatrix}}", s=letter("s")),
        ),
        say.grid(
            [letter("s"), ("probability of the right class", "正确类别的概率"),
             ("squared error", "平方误差"), ("cross-entropy", "交叉熵")],
            rows,
        ),
        say.says(
            "The squared error falls silent where it is needed most, since the slope of softmax "
            "goes to zero. The cross-entropy goes on saying that the score should rise.",
            "在最需要纠正的地方，平方误差几乎不再给出梯度，因为 softmax 的导数趋于零；"
            "交叉熵则始终要求提高这个得分。",
        ),
    )  # fmt: skip


def numbers(say: Teller) -> Section:
    """Three updates of a text, stated and right."""
    found = {network.name: gradients(network) for network in NETWORKS}
    kinds = ["cross-entropy, tanh", "squared error, tanh", "squared error, logistic"]
    rows: list[tuple[Filling, ...]] = []
    updates: list[tuple[Filling, ...]] = []
    for place, weight in enumerate(WEIGHTS):
        values = [found[kind][place] for kind in kinds]
        called = Math(weight.name, "{}_{{{}}}".format(*weight.name.split("_")))
        rows.append((called, weight.value, letter(weight.gradient), *values))
        after = [weight.value - weight.rate * value for value in values]
        before = (weight.value, weight.rate, letter(weight.updated))
        updates.append((called, *before, *(array_math(number, 5) for number in after)))
    stated = [float(weight.gradient.replace("−", "-")) for weight in WEIGHTS]
    tanh, _, squared = (found[kind] for kind in kinds)
    claim(np.allclose(stated, tanh, atol=1e-3), "the text computes cross-entropy with tanh")
    claim(np.all(np.abs(np.subtract(stated, squared)) > 3e-3), "and not the squared error")
    # what the text would have to state for the loss and the unit that it names
    slope_tanh, slope = (1 + HIDDEN) * (1 - HIDDEN), HIDDEN * (1 - HIDDEN)
    d1, d2 = OUTPUTS - TARGET
    unclosed = INPUT * (d1 * WEIGHTS[0].value + d2 * WEIGHTS[1].value * slope_tanh)
    cut = HIDDEN * d2
    h = sd.scalar("h")
    losses = [
        ("stated", "原文"),
        ("cross-entropy, tanh", "交叉熵，tanh"),
        ("squared error, tanh", "平方误差，tanh"),
        ("squared error, σ", "平方误差，σ"),
    ]
    return say.section(
        "numbers",
        ("A text's numbers, corrected", "更正一篇笔记中的数字"),
        say.says(
            "One published note updates three weights by hand. Its hidden unit has the value {h}, "
            "its outputs are {o}, the targets {t}, and it says that it minimises the squared "
            "error. "
            "These are its gradients, beside the true ones:",
            "有一篇笔记手算了三个权重的更新。其中隐藏单元的值是 {h}，输出是 {o}，目标是 {t}，"
            "并且说明损失函数是平方误差。下表列出它给出的梯度和正确的梯度：",
            h=HIDDEN, o=OUTPUTS, t=TARGET,
        ),
        say.grid([("weight", "权重"), ("value", "当前值"), *losses], rows),
        say.says(
            "The note's numbers are those of cross-entropy with a tanh unit. With {squares} its "
            "first gradient would be {right}, not {wrong}: in {formula} it forgot the Jacobian of "
            "softmax.",
            "笔记里的数字其实对应交叉熵和 tanh 单元。若损失真是{squares}，第一个梯度应为 {right}，"
            "而不是 {wrong}：公式 {formula} 漏掉了 softmax 的雅可比矩阵。",
            squares=say("the squared error", "平方误差"), right=squared[0], wrong=stated[0],
            formula=formula("h (o − t)", "h \\, (o - t)"),
        ),
        say.says(
            "The updates, weight minus rate times gradient:",
            "更新，即权重减去学习率乘以梯度：",
        ),
        say.grid(
            [("weight", "权重"), ("value", "当前值"), ("rate", "学习率"), *losses],
            updates,
        ),
        say.says(
            "The rest of what is wrong with it: {first} rounds to {rounded}, but was cut off to "
            "{cut}; the slope {tanh} is that of tanh, here {slope_tanh}, while a sigmoid unit has "
            "{logistic}, here {slope}; and in the third formula a bracket is missing: read as it "
            "stands, it gives {unclosed}. The first update uses another learning rate than the two "
            "others.",
            "其余的错误：{first} 四舍五入应为 {rounded}，原文截断成 {cut}；{tanh} 是 tanh 的导数，"
            "此处为 {slope_tanh}，而 sigmoid 单元的导数是 {logistic}，此处为 {slope}；"
            "第三个式子少了一个括号，照字面算得 {unclosed}。另外，"
            "第一次更新用的学习率与后两次不同。",
            first=array_math(cut, 5), rounded=array_math(cut, 3), cut=letter(WEIGHTS[1].gradient),
            tanh=(1 + h) * (1 - h), slope_tanh=slope_tanh, logistic=h * (1 - h), slope=slope,
            unclosed=unclosed,
        ),
        say.says(
            "All gradients in the tables agree with finite differences; the build checks that.",
            "表中的梯度都与有限差分相符，生成页面时已检验。",
        ),
    )  # fmt: skip


def exercises(say: Teller) -> Section:
    """Small cases of what was shown."""
    sigma = sd.sigmoid(sd.scalar("a"))
    J, outputs = sd.evaluate([sd.jacobian(p, a), p], {a: [0.0, 0.0]})
    h = 0.84
    return say.exercises(
        say.says(
            "For scores {a} softmax gives {p}. The diagonal of its Jacobian is {diagonal}, and "
            "what stands off the diagonal is {rest}.",
            "得分为 {a} 时，softmax 的输出是 {p}。雅可比矩阵的对角元是 {diagonal}，非对角元是 "
            "{rest}。",
            a=array_math([0, 0]), p=say.blank(outputs), diagonal=say.blank(J[0, 0]),
            rest=say.blank(J[0, 1]),
        ),
        say.says(
            "With two classes and scores {a} the first output is {p}, so softmax becomes the "
            "sigmoid of a difference.",
            "两个类别、得分为 {a} 时，第一个输出是 {p}，softmax 退化为对差值作用的 sigmoid。",
            a=formula("[a, 0]", r"\begin{{bmatrix}} a & 0 \end{{bmatrix}}"), p=say.blank(sigma),
        ),
        say.says(
            "A hidden unit has the value {h}. As a tanh unit its slope is {tanh}, as a sigmoid "
            "unit it is {logistic}.",
            "隐藏单元的值是 {h}。若它是 tanh 单元，导数为 {tanh}；若是 sigmoid 单元，导数为 "
            "{logistic}。",
            h=h, tanh=say.blank(1 - h**2), logistic=say.blank(h * (1 - h)),
        ),
    )  # fmt: skip


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield jacobian(say)
    yield losses(say)
    yield saturation(say)
    yield numbers(say)
    yield exercises(say)
    yield say.program("softmax")


WALKS = (
    Walk(
        "squared-error",
        ("The squared error", "平方误差"),
        lambda lang: sd.explain(squared_error(a, t), a, names={"p": p}, lang=lang),
    ),
    Walk(
        "cross-entropy",
        ("The cross-entropy", "交叉熵"),
        lambda lang: sd.explain(-sd.sum(t * sd.log(p)), a, names={"p": p}, lang=lang),
    ),
)


LESSON = Lesson(
    "softmax",
    ("Softmax and cross-entropy", "softmax 与交叉熵"),
    (
        "You can derive the Jacobian of softmax, you know which loss makes it cancel, and you have "
        "found the mistakes of a published example.",
        "会推导 softmax 的雅可比矩阵，知道哪种损失函数会使它抵消，并能找出一篇笔记的例题错在哪里。",
    ),
    tell,
    WALKS,
)
