"""A document made by hand that has every kind of piece in it, in English and in Chinese."""

from __future__ import annotations

import symdiff as sd
from symdiff.node import Node, topological
from symdiff.show.document import (
    Blank,
    Code,
    Display,
    Document,
    Grid,
    Inline,
    Line,
    Listing,
    Math,
    Paragraph,
    Row,
    Section,
    Strong,
)

LOSS = sd.parse(
    "sum((softmax(tanh(X @ W1 + b_1) @ W_2) - Y)**2)/n + lam*sum(W1**2)",
    X="n d", W1="d h", b_1="h", W_2="h k", Y="n k", lam="",
)  # fmt: skip


def math(node: Node) -> Math:
    """An expression in both notations."""
    return Math(sd.pretty(node), sd.latex(node))


GRADIENT = sd.grad(LOSS, sd.inputs(LOSS)[1])
ENGLISH = {
    "title": "A document with everything",
    "opening": "Words may have 100% of TeX's own characters: # _ % & { } ~ ^ \\ $ < > |, and "
    "symbols: ∂L/∂u₁ → δ, x², Xᵀ, α ≤ β. The table that fills is ",
    "and": " and ",
    "forward": "The forward pass",
    "node": "node",
    "operation": "operation",
    "expression": "expression",
    "shape": "shape",
    "gradient": "The gradient table",
    "sum": "two paths lead to it, so its contributions are added",
    "upstream": "upstream",
    "verdict": "ok",
    "wide": "Wide formulas",
    "code": "The program",
    "nested": "What stands in a section may be a section",
}
CHINESE = {
    "title": "一份样样俱全的文档",
    "opening": "文字里可以有 TeX 自己的符号：# _ % & { } ~ ^ \\ $ < > |，也可以有数学符号："
    "∂L/∂u₁ → δ，x²，Xᵀ，α ≤ β。按照链式法则，上游梯度乘以局部导数得到这条边的贡献，"
    "各条路径的贡献相加就得到梯度。正在填写的梯度表是 ",
    "and": " 和 ",
    "forward": "前向传播",
    "node": "节点",
    "operation": "运算",
    "expression": "表达式",
    "shape": "形状",
    "gradient": "梯度表",
    "sum": "有两条路径通向它，所以把两份贡献相加",
    "upstream": "上游梯度",
    "verdict": "正确",
    "wide": "很宽的公式",
    "code": "程序",
    "nested": "一节之中还可以有小节",
}


def document(language: str) -> Document:
    """The document in a language."""
    said = CHINESE if language == "zh" else ENGLISH
    order = topological([LOSS])
    steps = tuple(_step(k, node, said) for k, node in enumerate(order[:6]))
    forward = Grid(
        _heads(said["node"], said["operation"], said["expression"], said["shape"]),
        tuple(_forward(k, node) for k, node in enumerate(order, 1)),
    )
    gradient = Grid(
        _heads(said["node"], said["upstream"], said["expression"], said["verdict"]), steps
    )
    wide = Display(
        (
            (Math("dL = G : dW₁", "\\mathrm{d}L = G : \\mathrm{d}W_{1}"), (said["sum"],)),
            (math(GRADIENT), ()),
            (Blank(3, (Math("2 x", "2 \\, x"),)), (said["sum"],)),
        ),
        GRADIENT,
    )
    lines = ("def grad(x):", f"    u1 = f'{{x}}'  # {said['sum']}", "", "    return -(-u1)")
    listing = Listing(tuple((line, (LOSS,) if "u1" in line else ()) for line in lines), "python")
    nested = Section("nested", (said["nested"],), (Paragraph((Strong(said["verdict"]),)),))
    opening: tuple[Inline, ...] = (said["opening"], Code("grad_table"), said["and"], math(LOSS))
    return Document(
        (said["title"], ": ", Math("L(W₁)", "L(W_{1})")),
        (Paragraph((*opening, "."), LOSS),),
        (
            Section("forward", (said["forward"],), (forward,)),
            Section("gradient", (said["gradient"],), (gradient,)),
            Section("wide", (said["wide"],), (wide,)),
            Section("code", (said["code"], " ", Code("grad_W1")), (listing, nested)),
        ),
        language,
    )


def _heads(*words: str) -> tuple[Line, ...]:
    return tuple((word,) for word in words)


def _forward(number: int, node: Node) -> Row:
    shape = sd.errors.shape_text(node.shape)
    label = Math(f"u{number}", f"u_{{{number}}}")
    return Row(((label,), (Code(node.op.name),), (math(node),), (shape,)), (node,))


def _step(step: int, node: Node, said: dict[str, str]) -> Row:
    cotangent = Math(f"∂L/∂u{step}", f"\\frac{{\\partial L}}{{\\partial u_{{{step}}}}}")
    third: Line = (
        (said["sum"],) if step % 2 else (math(node), " = ", Blank(step + 4, (math(node),)))
    )
    return Row(
        ((math(node),), (cotangent,), third, (Strong(said["verdict"]), " 3e-16")), (node,), step
    )


IDS = {node: f"n{place}" for place, node in enumerate(topological([LOSS]), 1)}
