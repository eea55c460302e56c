"""Lesson 3: z = f(f(f(w))), whose derivative needs the same values again: store or recompute."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from chain_of_three import (
    Step,
    chain,
    chain_rule,
    cost,
    operands,
    recomputing_tape,
    run,
    storing_tape,
)

import symdiff as sd
from lessons.lesson import Blackboard, Lesson, Teller, Walk, claim, show
from symdiff.explain.derivation import Derivation
from symdiff.explain.formulas import as_math, written
from symdiff.show.compose import beside
from symdiff.show.document import Code, Grid, Math, Section
from symdiff.show.naming import numbered
from symdiff.show.values import array_math

F = sd.sin
AT = 0.5
LENGTHS = (3, 10, 30, 100)
STEPS, ENTRIES = 30, 10**6


def graphs(say: Teller) -> Section:
    """The graph before and after."""
    w = sd.scalar("w")
    x = F(w)
    y = F(x)
    z = F(y)
    names = {"x": x, "y": y, "z": z}
    board = Blackboard(z, names)
    derivative = sd.grad(z, w)
    claim(sd.simplify(chain_rule(F, w, 3)) is derivative, "the product of the chain rule")
    before = sd.draw(z, names=names, lang=say.language)
    after = sd.draw(z, w, names=names, lang=say.language)
    captions = [say.one(("before", "之前")), say.one(("after", "之后"))]
    return say.section(
        "graphs",
        ("Before and after", "求导之前与之后"),
        say.says(
            "Apply one function three times, here the sine: {x}, {y}, {z}. By the chain rule",
            "把同一个函数作用三次，这里取正弦：{x}，{y}，{z}。由链式法则，",
            x=board.states(x), y=board.states(y), z=board.states(z),
        ),
        show(
            board.derivative(w),
            beside(board.by(w), derivative),
            remarks=(
                say("with the names of the intermediate values", "用中间变量的名字写出"),
                say("with everything written out: {x} occurs twice",
                    "全部写开：{x} 出现了两次", x=x),
            ),
        ),
        say.figure(
            before.beside(after, captions=captions),
            caption=(
                "Back-propagation does not compute numbers. It appends nodes that say how the "
                "derivative is computed; they point back to {x} and {y}, which the graph has.",
                "反向传播并不计算数值，而是在图中添加结点，说明导数怎样计算；"
                "这些结点引用图中已有的 "
                "{x} 和 {y}。",
            ),
            x=board.name(x), y=board.name(y),
        ),
    )  # fmt: skip


def tape_grid(say: Teller, tape: list[Step]) -> Grid:
    """A tape, one operation a line."""
    rows = []
    for place, (node, inputs) in enumerate(tape, 1):
        known = {arg: numbered("t", k + 1) for arg, k in zip(operands(node), inputs, strict=True)}
        rows.append((as_math(numbered("t", place)), written(node, known), node))
    return say.grid([("result", "结果"), ("operation", "运算"), ("which is", "即")], rows)


def tapes(say: Teller) -> Section:
    """Both ways, written out as they are executed."""
    w = sd.scalar("w")
    derivative = chain_rule(F, w, 3)
    stored, again = storing_tape(derivative), recomputing_tape(derivative)
    first, second = cost(stored), cost(again)
    value = run(stored, w, AT)
    claim(value == run(again, w, AT), "both ways give the same number")
    times = sum(step.node is F(w) for step in again)
    claim(sum(step.node is F(w) for step in stored) == 1 and times == 2, "computed twice")
    return say.section(
        "tapes",
        ("Two ways to compute it", "两种计算方法"),
        say.says(
            "The first way computes every node once and keeps it until its last use:",
            "第一种方法：每个结点只算一次，存到最后一次使用为止。",
        ),
        tape_grid(say, stored),
        say.says(
            "The second way keeps nothing that it can compute again:",
            "第二种方法：凡是能重新计算的都不存。",
        ),
        tape_grid(say, again),
        say.says(
            "At {w} both give {value:8}. The first takes {first} operations, the second {second}, "
            "since it computes {x} {times} times. Some notes say of the second way that it is "
            "faster; it is the first that saves time, and the second that can save storage.",
            "当 {w} 时，两种方法都得到 {value:8}。第一种需要 {first} 次运算，第二种需要 {second} "
            "次，"
            "因为 {x} 算了 {times} 遍。有的笔记说第二种方法运行时间更短，这说反了："
            "省时间的是第一种，第二种能省的是存储。",
            w=beside(w, str(AT)), value=value, first=first.operations, second=second.operations,
            x=F(w), times=times,
        ),
    )  # fmt: skip


def growth(say: Teller) -> Section:
    """Operations and storage of longer chains."""
    w = sd.scalar("w")
    rows = []
    for n in LENGTHS:
        derivative = chain_rule(F, w, n)
        stored, again = cost(storing_tape(derivative)), cost(recomputing_tape(derivative))
        claim(stored.operations == 3 * n - 2 and stored.storage == n, "3n − 2 operations")
        claim(again.storage == 3, "never more than three results")
        rows.append((n, stored.operations, stored.storage, again.operations, again.storage))
    n = sd.scalar("n")
    return say.section(
        "growth",
        ("Longer chains", "更长的链"),
        say.says(
            "A chain of three is too short for the exchange to pay. For {n} applications of the "
            "function:",
            "只有三步时，这种交换不划算。作用 {n} 次时：",
            n=n,
        ),
        say.grid(
            [n, ("stored: operations", "存储：运算"), ("results held", "同时保留的结果"),
             ("recomputed: operations", "重算：运算"), ("results held", "同时保留的结果")],
            rows,
        ),
        say.says(
            "Storing takes {stored} operations and holds {n} results at once. Recomputing "
            "everything holds {three} at most, but its operations grow like the square of {n}.",
            "存储的方法需要 {stored} 次运算，同时保留 {n} 个结果。全部重算最多只保留 {three} "
            "个结果，"
            "但运算次数随 {n} 的平方增长。",
            stored=3 * n - 2, n=n, three=3,
        ),
    )  # fmt: skip


def in_millions(*counts: int) -> tuple[Math, ...]:
    """Counts in millions."""
    return tuple(array_math(round(count / 1e6)) for count in counts)


class Measured(NamedTuple):
    """What a compiled chain takes: operations and bytes, storing and recomputing."""

    stored: int
    stored_bytes: int
    again: int
    again_bytes: int


@cache
def measured() -> Measured:
    """The gradient of a long chain of large arrays, with both ways to use memory."""
    v = sd.vector("v", "n")
    u = v
    for _ in range(STEPS):
        u = sd.sin(sd.roll(u, 1))
    gradient = sd.grad(sd.sum(u**2), v)
    numbers = np.random.default_rng(0).normal(size=1000)
    fast, least = (sd.compile(gradient, memory=how) for how in ("fast", "min"))
    claim(np.array_equal(fast(numbers), least(numbers)), "the same to the last bit")
    report = fast.report(n=ENTRIES)
    counts = [each for way in (report.fast, report.least) for each in (way.operations, way.peak)]
    found = Measured(*(count.value({"n": ENTRIES}) for count in counts))
    claim(found.again_bytes < found.stored_bytes / 2, "less than half of the memory")
    claim(found.again <= 2 * found.stored, "at most twice the operations")
    return found


def compiled(say: Teller) -> Section:
    """What a compiled function does for long chains of large arrays."""
    v = sd.vector("v", "n")
    found = measured()
    stored, again = (found.stored, found.stored_bytes), (found.again, found.again_bytes)
    rows = [
        (Code('memory="fast"'), say("store", "存储"), *in_millions(*stored)),
        (Code('memory="min"'), say("recompute", "重算"), *in_millions(*again)),
    ]
    return say.section(
        "compiled",
        ("Between the two: checkpoints", "折中：检查点"),
        say.says(
            "Between storing all and storing nothing there is a middle: keep every few values, and "
            "compute those between them again when they are needed. `sd.compile` does this for "
            "`memory=\"min\"`. For a chain of {steps} steps, {f}, on arrays of {n} numbers:",
            "在全部存储与全不存储之间有折中的办法：每隔几步保留一个值，其间的值用到时再重新计算。"
            "`sd.compile` 的选项 `memory=\"min\"` 就是这样做的。设链有 {steps} 步，每步为 {f}，"
            "数组有 {n} 个数：",
            steps=STEPS, f=sd.sin(sd.roll(v, 1)), n=f"{ENTRIES:,}",
        ),
        say.grid(
            [("option", "选项"), ("the values are", "中间值"),
             ("million operations", "运算（百万次）"), ("peak memory in MB", "内存峰值（MB）")],
            rows,
        ),
        say.says(
            "For {more:2} times the operations it takes {part} of the memory. "
            "The results are the same to the last bit.",
            "运算变为 {more:2} 倍，内存降到 {part}，结果逐位相同。",
            more=found.again / found.stored, part=f"{found.again_bytes / found.stored_bytes:.0%}",
        ),
    )  # fmt: skip


def exercises(say: Teller) -> Section:
    """Count operations for other chains."""
    w = sd.scalar("w")
    n = 5
    derivative = chain_rule(sd.exp, w, n)
    four = chain_rule(F, w, 4)
    return say.exercises(
        say.says(
            "For a chain of {n} sines, storing takes {stored} operations, and recomputing "
            "everything takes {again}.",
            "{n} 个正弦组成的链：存储需要 {stored} 次运算，全部重算需要 {again} 次。",
            n=4, stored=say.blank(cost(storing_tape(four)).operations),
            again=say.blank(cost(recomputing_tape(four)).operations),
        ),
        say.says(
            "The exponential is its own derivative. So a chain of {n} exponentials needs only "
            "{stored} operations when values are stored: {n} exponentials and {products} products.",
            "指数函数的导数就是它自己。所以 {n} 个指数函数组成的链，存储中间值时只需 {stored} "
            "次运算："
            "{n} 次指数和 {products} 次乘法。",
            n=n, stored=say.blank(cost(storing_tape(derivative)).operations),
            products=say.blank(cost(storing_tape(derivative)).operations - n),
        ),
        say.says(
            "In the derivative of {z}, with nothing stored, {w_once} is computed {times} times.",
            "对 {z} 求导，什么都不存时，{w_once} 要计算 {times} 次。",
            z=chain(F, w, 4), w_once=F(w),
            times=say.blank(sum(step.node is F(w) for step in recomputing_tape(four))),
        ),
    )  # fmt: skip


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield graphs(say)
    yield tapes(say)
    yield growth(say)
    yield compiled(say)
    yield exercises(say)
    yield say.program("store_or_recompute")


def walk(language: str) -> Derivation:
    """The chain of three, with values."""
    w = sd.scalar("w")
    x = F(w)
    names = {"x": x, "y": F(x), "z": F(F(x))}
    return sd.explain(names["z"], w, at={w: AT}, names=names, lang=language)


WALKS = (Walk("chain", ("The chain of three", "三步的链"), walk),)


LESSON = Lesson(
    "store-or-recompute",
    ("f(f(f(w))): store or recompute", "f(f(f(w)))：存储还是重新计算"),
    (
        "You can say which values the backward pass needs again, and what it costs to store them "
        "or to compute them again.",
        "能说出反向传播会再次用到哪些中间值，以及存储它们和重新计算它们各要付出什么代价。",
    ),
    tell,
    WALKS,
)
