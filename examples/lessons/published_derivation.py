"""Lesson 8: a published derivation is checked line by line, until its mistake is found."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from typing import NamedTuple

from check_answers import EXERCISES, NOTES, PUT_RIGHT, Claim, verdict

import symdiff as sd
from lessons.lesson import Both, Lesson, Teller, claim, letter, listing
from symdiff.cli import main as command_line
from symdiff.show.compose import beside, formula
from symdiff.show.document import Code, Math, Paragraph, Section, Strong
from symdiff.show.document import Line as Words
from symdiff.show.naming import in_both, symbol

KINDS: dict[str, Both] = {
    "chain rule": ("a step of the chain rule", "链式法则缺一环"),
    "activation": ("the derivative of another activation", "用了别的激活函数的导数"),
    "factor": ("a factor", "因子不对"),
    "sign": ("a sign", "符号不对"),
    "term": ("a term", "缺项"),
    "layout": ("the layout", "布局约定不同"),
    "shape": ("the shape", "形状不对"),
    "transpose": ("a transpose", "转置不对"),
    "constant": ("a constant", "常数不对"),
    "part": ("a part of the formula", "公式的一部分不对"),
    "order": ("the order of factors", "因子的次序不对"),
}
"""Kinds of mistakes, as `sd.same` names them."""


class Line(NamedTuple):
    """A line of the note: what it is about, what it states, and whether that is right."""

    name: Math
    stated: sd.Node
    verdict: sd.Verdict


SHAPES = {"x": "d", "t": "k", "V": "m d", "W": "k m", "h": "m", "o": "k"}
MEANING = {
    "h": sd.parse("sigmoid(V @ x)", **SHAPES),
    "o": sd.parse("softmax(W @ sigmoid(V @ x))", **SHAPES),
}
x, t, V, W = (sd.parse(name, **SHAPES) for name in "xtVW")
h, o = MEANING.values()
L = sd.sum((o - t) ** 2) / 2
"""The network of the note: input x, hidden units h, outputs o, targets t."""


def line(name: str, stated: str, right: sd.Node) -> Line:
    """A line, in the symbols of the note, compared with what is derived."""
    found = sd.same(stated, right, where=MEANING)
    return Line(_fraction(name), sd.parse(stated, **SHAPES), found)


@cache
def lines() -> tuple[Line, ...]:
    """The lines of its derivation, and the two rules for learning that it states before."""
    through = "(o*(o - t) - o*(o @ (o - t)))"
    return (
        line("∂L/∂o", "o - t", sd.grad(L, o)),
        line("∂o/∂a", "diag(o) - outer(o, o)", sd.jacobian(o, W @ h)),
        line("∂L/∂a", through, sd.grad(L, W @ h)),
        line("∂L/∂W", f"outer({through}, h)", sd.grad(L, W)),
        line("∇W", "outer(o - t, h)", sd.grad(L, W)),
        line("∇V", "outer((W.T @ (o - t))*(1 + h)*(1 - h), x)", sd.grad(L, V)),
    )


def _fraction(name: str) -> Math:
    above, slash, below = name.partition("/")
    if not slash:
        return Math(name, name.replace("∇", "\\nabla "))
    top, bottom = (each.replace("∂", "\\partial ") for each in (above, below))
    return Math(name, f"\\frac{{{top}}}{{{bottom}}}")


def line_by_line(say: Teller) -> Section:
    """Each line of the derivation, with a verdict."""
    found = lines()
    right = [bool(each.verdict) for each in found]
    claim(right == [True, True, True, True, False, False], "four lines are right, two are wrong")
    rows = [
        (place, beside(each.name, each.stated), _mark(say, each.verdict))
        for place, each in enumerate(found, 1)
    ]
    entropy = sd.logsumexp(W @ h) - t @ (W @ h)
    claim(line("", "outer(o - t, h)", sd.grad(entropy, W)).verdict, "right for cross-entropy")
    still = line("", "outer((W.T @ (o - t))*(1 + h)*(1 - h), x)", sd.grad(entropy, V)).verdict
    claim(still.mistake is not None and still.mistake.kind == "activation", "tanh for σ")
    return say.section(
        "line-by-line",
        ("Line by line", "逐行检查"),
        say.says(
            "The note trains a network with hidden units {h} and outputs {o}, and says that it "
            "minimises {L}. It gives learning rules first and derives them later. Each of its "
            "formulas is compared with what symdiff derives:",
            "这篇笔记训练一个网络，隐藏单元为 {h}，输出为 {o}，并说明要最小化的是 {L}。"
            "它先给出学习规则，后面再推导。把它的每个公式与 symdiff 推导的结果比较：",
            h=beside(letter("h"), h), o=formula("o = {o}", "o = {o}", o=_in_h(o)),
            L=beside(letter("L"), _in_o(L)),
        ),
        say.grid(
            [("line", "行"), ("what the note states", "笔记中的公式"), ("verdict", "判断")],
            rows,
        ),
        say.says(
            "So the derivation itself is right; line {five} contradicts line {four}, although both "
            "claim to be the same derivative. The rules for learning were not taken from the "
            "derivation. A single wrong result does not say where the mistake is. Checking every "
            "line does: look for the first line that is wrong.",
            "可见推导本身没有错；第 {five} 行与第 {four} 行本应是同一个导数，却互相矛盾，"
            "说明学习规则并不是由推导得来的。只看最终结果是错的，并不能知道错在哪里；"
            "逐行检查才能知道：找出第一处错误的行。",
            four=4, five=5,
        ),
        say.says(
            "About line {five} `sd.same` says:",
            "对第 {five} 行，`sd.same` 的说明是：",
            five=5,
        ),
        listing(_sentence(found[4].verdict)),
        say.says(
            "So it would be right for the cross-entropy. But even then line {six} is wrong:",
            "也就是说，若损失是交叉熵，它就是对的。但即便如此，第 {six} 行仍然不对：",
            six=6,
        ),
        listing(_sentence(still)),
    )  # fmt: skip


def _sentence(verdict: sd.Verdict) -> str:
    """What the mistake is, in the words of the program."""
    assert verdict.mistake is not None
    return textwrap.fill(verdict.mistake.sentence, 88)


def _in_h(expression: sd.Node) -> Math:
    return Math(*in_both(expression, {h: symbol("h")}))


def _in_o(expression: sd.Node) -> Math:
    return Math(*in_both(expression, {o: symbol("o")}))


def _mark(say: Teller, found: sd.Verdict) -> Words:
    if found:
        claim(found.how == "proved", "a proof")
        return (Strong(say.one(("right", "正确"))), say.one((", proved", "，已证明")))
    assert found.mistake is not None
    kind = say.one(KINDS[found.mistake.kind])
    return (Strong(say.one(("wrong", "错误"))), say.one((": ", "：")), kind)


def put_right(say: Teller) -> Section:
    """What the notes claim, and what they should."""
    rows = []
    for wrong, right in zip(NOTES, PUT_RIGHT, strict=True):
        bad, good = verdict(wrong), verdict(right)
        claim(not bad and good, f"{wrong.answer} is wrong, {right.answer} is right")
        rows.append((Code(wrong.formula), Code(wrong.answer), _mark(say, bad)))
        rows.append((Code(right.formula), Code(right.answer), _mark(say, good)))
    return say.section(
        "put-right",
        ("Three claims, put right", "三个论断及其更正"),
        say.says(
            "Often a wrong formula is the right answer to another question. {error} times {h} is "
            "the gradient of the cross-entropy; {tanh} belongs to tanh units; half the gradient "
            "belongs to half the loss. Each claim below is followed by one that holds:",
            "错误的公式往往是另一个问题的正确答案。{error} 与 {h} 的外积是交叉熵的梯度；"
            "{tanh} 属于 tanh 单元；一半的梯度属于一半的损失。"
            "下表中每个错误论断之后是一个成立的论断：",
            error=beside(sd.vector("o", "k") - sd.vector("t", "k")), h=letter("h"),
            tanh=(1 + sd.vector("h", "k")) * (1 - sd.vector("h", "k")),
        ),
        say.grid([("loss", "损失"), ("claimed gradient", "所称的梯度"), ("verdict", "判断")], rows),
    )  # fmt: skip


def how(say: Teller) -> Section:
    """How it is decided, and the same from a shell."""
    arguments = [
        "check-answer", "sum((t - h)**2)", "--wrt", "W", "--shape", "W:k,d", "x:d", "t:k",
        "--define", "h=sigmoid(W @ x)", "--answer", "2*outer((h - t)*(1 + h)*(1 - h), x)",
    ]  # fmt: skip
    printed = command(*arguments)
    claim("Wrong" in printed, "the command finds the mistake")
    typed = " ".join(f'"{each}"' if set(each) & set(" *()") else each for each in arguments)
    typed = typed.replace(" --define", " \\\n    --define").replace(
        " --answer", " \\\n    --answer"
    )
    return say.section(
        "how",
        ("How it is decided", "怎样判断"),
        say.says(
            "Both formulas are brought to a normal form; where these are the same, equality is "
            "**proved**. Otherwise both are evaluated at random points, for several sizes. If they "
            "differ, known mistakes are undone one by one, and the one that makes the answer right "
            "is named. From a shell:",
            "先把两个公式化为标准形，若二者相同，则相等**得证**。"
            "否则在若干随机点、取若干种尺寸分别求值。"
            "若不相等，就逐一撤销各种常见错误，哪一种使答案变为正确，就指出哪一种。"
            "也可以在命令行使用：",
        ),
        listing(f"symdiff {typed}", "sh"),
        listing(printed),
    )  # fmt: skip


@cache
def command(*arguments: str) -> str:
    """What the command line prints."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        command_line(list(arguments))
    return printed.getvalue()


ASKED = (0, 1, 3, 6, 8, 9)


def exercises(say: Teller) -> Section:
    """Wrong gradients, whose mistakes are to be named."""
    asked = [EXERCISES[place] for place in ASKED]
    return say.exercises(
        *(_asked(say, each) for each in asked),
        intro=say.says(
            "Each of these gradients is wrong. What is the mistake?",
            "下列梯度都是错的，错在哪里？",
        ),
    )


def _asked(say: Teller, each: Claim) -> Paragraph:
    found = verdict(each)
    claim(not found and found.mistake is not None, f"{each.answer} is wrong")
    assert found.mistake is not None
    target = sd.parse(each.formula, **each.shapes)
    wrt = next(v for v in sd.inputs(target) if str(v) == each.wrt)
    derived = beside(sd.grad(target, wrt))
    kind = say.one(KINDS[found.mistake.kind])
    answer = say(
        "{kind}: right is {derived}", "{kind}；正确的是 {derived}", kind=kind, derived=derived
    )
    return say.says(
        "The gradient of {f} by {x} is said to be {claimed}. The mistake: {blank}",
        "有人说 {f} 对 {x} 的梯度是 {claimed}。错在：{blank}",
        f=target, x=wrt, claimed=sd.parse(each.answer, **each.shapes), blank=say.blank(answer),
    )  # fmt: skip


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield line_by_line(say)
    yield put_right(say)
    yield how(say)
    yield exercises(say)
    yield say.program("published_derivation")


LESSON = Lesson(
    "published-derivation",
    ("Checking a published derivation", "检查一篇发表的推导"),
    (
        "You can check a derivation line by line, find the first line that is wrong, and name the "
        "mistake.",
        "会逐行检查别人的推导，找出第一处错误，并说出错误的种类。",
    ),
    tell,
)
