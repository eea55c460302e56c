"""Lesson 1: the chain rule for numbers, for vectors, and for arrays with any number of axes."""

from __future__ import annotations

from collections.abc import Iterator

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
    nabla,
    part,
    partial,
    polynomial,
    show,
    transposed,
)
from symdiff.explain.derivation import Derivation
from symdiff.show.compose import beside, formula
from symdiff.show.document import Math, Section
from symdiff.show.values import array_math

TIMES = Math(" · ", " \\cdot ")


def numbers(say: Teller) -> Section:
    """One number after the other: z = sin y, y = x²."""
    x = sd.scalar("x")
    y = x**2
    z = sd.sin(y)
    board = Blackboard(z, {"y": y, "z": z})
    inner = Blackboard(y, {"y": y})
    at = 0.5
    outer_value = float(sd.evaluate(sd.grad(z, y), x=at))
    inner_value = float(sd.evaluate(sd.grad(y, x), x=at))
    product = float(sd.evaluate(sd.grad(z, x), x=at))
    claim(np.isclose(outer_value * inner_value, product), "dz/dx = dz/dy · dy/dx")
    values = beside(
        array_math(outer_value), array_math(inner_value), between=TIMES
    ) + " = " + array_math(product)  # fmt: skip
    return say.section(
        "numbers",
        ("Numbers", "标量的链式法则"),
        say.says(
            "Let {y} and {z}. A small change of {x} changes {name_y}, and that changes {name_z}: "
            "the two rates multiply.",
            "设 {y}，{z}。{x} 的微小变化先引起 {name_y} 的变化，{name_y} 的变化再引起 {name_z} "
            "的变化，两个变化率相乘：",
            y=board.states(y), z=board.states(z), x=x, name_y=board.name(y), name_z=board.name(z),
        ),
        show(
            beside(board.by(x), beside(board.by(y), inner.by(x), between=TIMES)),
            beside(board.by(x), beside(board.writes(sd.grad(z, y)), sd.grad(y, x), between=TIMES)),
            beside(board.by(x), values),
            remarks=(
                (),
                say("each factor is the derivative of one step", "每个因子是一步的导数"),
                say("at {x}", "当 {x} 时", x=beside(x, array_math(at))),
            ),
        ),
        say.figure(
            sd.draw(z, x, at={x: at}, names=board.given, lang=say.language),
            caption=(
                "Left, the steps of the function from the bottom up. Right, what back-propagation "
                "appends: it starts with {one} at the top and multiplies by one local derivative "
                "for each step down.",
                "左：函数的各步，自下而上。右：反向传播添加的结点，从顶端的 {one} 开始，"
                "每向下一步乘以一个局部导数。",
            ),
            one=beside(board.by(z), "1"),
        ),
    )  # fmt: skip


def vectors(say: Teller) -> Section:
    """A vector in between: the Jacobian, transposed, times the gradient."""
    W, x, t = sd.matrix("W", "n", "m"), sd.vector("x", "m"), sd.vector("t", "n")
    y = sd.tanh(W @ x)
    z = sd.sum((y - t) ** 2) / 2
    board = Blackboard(z, {"y": y, "z": z})
    J, g = sd.jacobian(y, x), sd.grad(z, y)
    claim(sd.same(J.T @ g, sd.grad(z, x)), "∇ₓz = Jᵀ ∇ᵧz")

    at = {W: [[1.0, -1.0], [0.5, 2.0]], x: [0.3, 0.1], t: [1.0, -1.0]}
    jacobian, outer, gradient = sd.evaluate([J, g, sd.grad(z, x)], at)
    claim(np.allclose(jacobian.T @ outer, gradient), "the sum over j")
    misprint = len(outer) * jacobian.diagonal() * outer  # no term of the sum depends on j
    claim(not np.allclose(misprint, gradient), "the misprint gives something else")
    name_z, name_y, name_x = board.name(z), board.name(y), letter("x")
    entry_x, entry_y, entry_z = (
        partial(top, below)
        for top, below in (
            (name_z, entry(name_x, "i")),
            (entry(name_y, "j"), entry(name_x, "i")),
            (name_z, entry(name_y, "j")),
        )
    )
    return say.section(
        "vectors",
        ("Vectors", "向量的链式法则"),
        say.says(
            "Now {x} has {m} entries and {name} has {n}: {y} and {z}. Each {entry} acts on "
            "{name_z} by way of every {through}, and the contributions of all paths are added.",
            "现在 {x} 有 {m} 个分量，{name} 有 {n} 个分量：{y}，{z}。每个 {entry} 通过所有的 "
            "{through} 影响 {name_z}，各条路径的贡献相加。",
            x=x, m=letter("m"), n=letter("n"), name=name_y, y=board.states(y), z=board.states(z),
            entry=entry(name_x, "i"), through=entry(name_y, "j"), name_z=name_z,
        ),
        show(
            formula("{x} = Σⱼ {z} · {y}", r"{x} = \sum_j {z} \, {y}",
                    x=entry_x, y=entry_y, z=entry_z),
            beside(nabla(name_x, name_z), transposed(partial(name_y, name_x)) + " "
                   + nabla(name_y, name_z)),
            remarks=(
                say("one entry", "一个分量"),
                say(
                    "all entries: the Jacobian has shape {shape}, so only its transpose can be "
                    "multiplied by a vector with {n} entries",
                    "全部分量：雅可比矩阵的形状为 {shape}，只有它的转置能与 {n} 维向量相乘",
                    shape="(n, m)", n=letter("n"),
                ),
            ),
        ),
        say.says(
            "Both factors, and their product, are expressions that can be derived:",
            "两个因子以及它们的乘积都可以推导出来：",
        ),
        show(
            beside(partial(name_y, name_x), board.writes(J)),
            beside(nabla(name_y, name_z), board.writes(g)),
            beside(nabla(name_x, name_z), board.writes(sd.grad(z, x))),
            remarks=(say("the Jacobian", "雅可比矩阵"), say("from above", "上游梯度"),
                     say("their product, as `sd.grad` finds it", "二者之积，即 `sd.grad` 的结果")),
        ),
        say.says(
            "With numbers: at {W}, {x} and {t} the Jacobian, the gradient from above and their "
            "product are",
            "代入数值：当 {W}，{x}，{t} 时，雅可比矩阵、上游梯度以及二者之积为",
            W=beside(W, array_math(at[W])), x=beside(x, array_math(at[x])),
            t=beside(t, array_math(at[t])),
        ),
        show(
            beside(transposed(array_math(jacobian)) + " " + array_math(outer[:, None]),
                   array_math(gradient[:, None])),
        ),
        say.says(
            "Some notes print {wrong} behind the sum, where {right} belongs. Then nothing in it "
            "depends on {j}, only the diagonal of the Jacobian is used, and the numbers become "
            "{misprint} instead of {gradient}: an index is worth a second look.",
            "有的笔记在求和号后面误写成 {wrong}，正确的是 {right}。照误写的式子，求和的各项与 {j} "
            "无关，只用到雅可比矩阵的对角线，算出的是 {misprint} 而不是 {gradient}。"
            "下标值得再看一眼。",
            wrong=_product(partial(name_z, entry(name_y, "i")),
                           partial(entry(name_y, "i"), entry(name_x, "i"))),
            right=_product(entry_z, entry_y), j=letter("j"), misprint=misprint,
            gradient=gradient,
        ),
    )  # fmt: skip


def tensors(say: Teller) -> Section:
    """Arrays with more axes: the same sum, over tuples of indices."""
    X, W = sd.matrix("X", "n", "d"), sd.matrix("W", "d", "k")
    Y = X @ W
    z = sd.sum(Y**2) / 2
    board = Blackboard(z, {"Y": Y, "z": z})
    J, G = sd.jacobian(Y, X), sd.grad(z, Y)
    at = {X: [[1.0, 2.0], [0.0, -1.0]], W: [[1.0, 0.0, 2.0], [3.0, 1.0, -1.0]]}
    jacobian, outer, gradient = sd.evaluate([J, G, sd.grad(z, X)], at)
    flat = jacobian.reshape(outer.size, gradient.size)
    claim(np.allclose((flat.T @ outer.ravel()).reshape(gradient.shape), gradient), "flattening")
    G_ = sd.matrix("G", "n", "k")
    claim(sd.same(sd.vjp(Y, X, G_), G_ @ W.T), "G Wᵀ")
    B = sd.tensor("B", "b", "n", "d")
    G_of_B = sd.tensor("G", "b", "n", "k")
    claim(sd.same(sd.vjp(B @ W, B, G_of_B), G_of_B @ W.T), "G Wᵀ for stacks")
    name_X, name_Y, name_z = letter("X"), board.name(Y), board.name(z)
    one_Y = entry(name_Y, "j")
    by_X = nabla(name_X, name_z)
    return say.section(
        "tensors",
        ("Tensors", "张量的链式法则"),
        say.says(
            "A tensor is a vector whose entries are laid out on a grid. Let {j} stand for a whole "
            "tuple of indices; then the rule is the same sum.",
            "张量不过是把分量排成网格的向量。用 {j} 表示整个下标元组，法则仍是同一个求和式：",
            j=letter("j"),
        ),
        show(
            formula("{whole} = Σⱼ ({inner}) {outer}",
                    r"{whole} = \sum_j \left({inner}\right) {outer}",
                    whole=by_X, inner=nabla(name_X, one_Y), outer=partial(name_z, one_Y)),
        ),
        say.says(
            "Take a batch {X} and a layer {Y}, with {z}. The Jacobian of a matrix by a matrix has "
            "four axes, {shape}. symdiff finds {jacobian}, in which the factor {eye} says that a "
            "row of {name} depends on the same row of {X} alone.",
            "取一批样本 {X} 和一层 {Y}，再令 {z}。矩阵对矩阵的雅可比有四个轴，形状为 {shape}。"
            "symdiff 求得 {jacobian}，其中的因子 {eye} 表示 {name} 的每一行只依赖 {X} 的同一行。",
            X=X, Y=board.states(Y), z=board.states(z), shape=str(J.shape).replace("'", ""),
            jacobian=beside(partial(name_Y, name_X), J), eye=letter("I"), name=name_Y,
        ),
        say.says(
            "Nobody builds it. Back-propagation contracts it with the gradient from above, and "
            "what is left is a product of two matrices:",
            "但是谁也不会真的把它造出来。反向传播把它与上游梯度缩并，剩下的只是两个矩阵的乘积：",
        ),
        show(
            formula("{whole} = ({outer}) {inner}", r"{whole} = \left({outer}\right) \, {inner}",
                    whole=by_X, outer=nabla(name_Y, name_z), inner=W.T),
            beside(by_X, board.writes(sd.grad(z, X))),
        ),
        say.says(
            "The definition agrees: for {X} and {W}, with both arrays flattened, the Jacobian is a "
            "matrix of {rows} rows and {columns} columns, and its transpose times the flattened "
            "gradient, put back into the shape of {name}, is",
            "这与定义一致：取 {X}，{W}，把两个数组都展平，雅可比就是 {rows} 行 {columns} 列的矩阵，"
            "它的转置乘以展平的梯度，再排回 {name} 的形状，得",
            X=beside(X, array_math(at[X])), W=beside(W, array_math(at[W])), rows=flat.shape[0],
            columns=flat.shape[1], name=X,
        ),
        show(beside(by_X, array_math(gradient))),
        say.says(
            "More axes change nothing. For a stack of batches {B} of shape {shape} and a gradient "
            "{G} from above, the gradient of {BW} is {batch}.",
            "轴再多也一样。设 {B} 是形状为 {shape} 的一叠样本，上游梯度为 {G}，则 {BW} "
            "对应的梯度为 {batch}。",
            B=B, shape="(b, n, d)", G=letter("G"), BW=B @ W, batch=G_of_B @ W.T,
        ),
    )  # fmt: skip


def order(say: Teller) -> Section:
    """The order in which the pass multiplies, and what it saves."""
    A, B = sd.matrix("A", "k", "n"), sd.matrix("B", "n", "m")
    g = sd.vector("g", "k")
    inward, outward = B.T @ (A.T @ g), (A @ B).T @ g
    claim(sd.same(inward, outward), "both orders give one result")
    x = sd.vector("x", "m")
    u = sd.tanh(B @ x)
    z = sd.sum(sd.tanh(A @ u) * g)
    derivation = sd.explain(
        z, x, names={"z": z, "u": u, "p": B @ x, "q": A @ u}, lang=say.language, detail="short",
        without=["simplification", "preparation", "network"],
    )  # fmt: skip
    return say.section(
        "order",
        ("Back-propagation is this rule, in one order", "反向传播就是按特定次序使用链式法则"),
        say.says(
            "Of a chain of steps with Jacobians {A} and {B} the gradient is {whole}. The product "
            "can be taken from either side. From the gradient inward there are only products of a "
            "matrix and a vector:",
            "若两步的雅可比矩阵为 {A} 和 {B}，则梯度为 {whole}。乘积可以从任一端算起。"
            "从梯度一端算起，每次都只是矩阵乘向量：",
            A=A, B=B, whole=inward,
        ),
        say.grid(
            [("order", "次序"), ("operations", "运算次数")],
            [[inward, polynomial(sd.cost(inward).operations)],
             [outward, polynomial(sd.cost(outward).operations)]],
        ),
        say.says(
            "That is why the pass runs backward. As a table, for {z} with {u}:",
            "所以要从后往前传。以 {z}，{u} 为例，梯度表如下：",
            z=Blackboard(z, {"z": z, "u": u}).states(z),
            u=Blackboard(z, {"z": z, "u": u}).states(u),
        ),
        part(derivation, "gradients"),
    )  # fmt: skip


def _product(first: Math, second: Math) -> Math:
    return beside(first, second, between=Math(" ", " \\, "))


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield numbers(say)
    yield vectors(say)
    yield tensors(say)
    yield order(say)
    x, y = sd.scalar("x"), sd.scalar("y")
    f = sd.exp(x * y)
    A, b, v = sd.matrix("A", "m", "n"), sd.vector("b", "m"), sd.vector("x", "n")
    square = sd.sum((A @ v - b) ** 2) / 2
    Z = sd.matrix("Z", 3, 4) @ sd.matrix("W", 4, 2)
    yield say.exercises(
        say.says(
            "{f} is a chain of two steps, {u} and its exponential. The local derivatives are "
            "{local} of the exponential and {inner} of the product by {x}, so that {df}.",
            "{f} 由两步组成：乘积 {u} 和指数函数。指数函数的局部导数是 {local}，乘积对 {x} "
            "的局部导数是 {inner}，所以 {df}。",
            f=f, u=x * y, local=say.blank(sd.grad(f, x * y)), inner=say.blank(sd.grad(x * y, x)),
            x=x, df=(Blackboard(f, {}).by(x), " = ", say.blank(sd.grad(f, x))),
        ),
        say.says(
            "The gradient of {f} by {x} is the transpose of the Jacobian {jacobian} times "
            "{above}, which is {whole}.",
            "{f} 对 {x} 的梯度等于雅可比矩阵 {jacobian} 的转置乘以 {above}，即 {whole}。",
            f=square, x=v, jacobian=say.blank(sd.jacobian(A @ v, v)),
            above=say.blank(sd.grad(square, A @ v)), whole=say.blank(sd.grad(square, v)),
        ),
        say.says(
            "A matrix of shape {first} is multiplied by one of shape {second}. The Jacobian of the "
            "product by the first matrix has the shape {shape}; flattened, it has {rows} rows and "
            "{columns} columns.",
            "形状为 {first} 的矩阵乘以形状为 {second} 的矩阵。乘积对第一个矩阵的雅可比，形状为 "
            "{shape}；展平以后是 {rows} 行、{columns} 列。",
            first="(3, 4)", second="(4, 2)",
            shape=say.blank(str(sd.jacobian(Z, Z.args[0]).shape)),
            rows=say.blank(len(Z) * 2), columns=say.blank(12),
        ),
    )  # fmt: skip
    yield say.program("chain_rule")


def walk_numbers(language: str) -> Derivation:
    """The chain of two numbers, with values."""
    x = sd.scalar("x")
    names = {"y": x**2, "z": sd.sin(x**2)}
    return sd.explain(names["z"], x, at={x: 0.5}, names=names, lang=language)


def walk_vectors(language: str) -> Derivation:
    """The squared error of a layer, in symbols."""
    W, x, t = sd.matrix("W", "n", "m"), sd.vector("x", "m"), sd.vector("t", "n")
    y = sd.tanh(W @ x)
    z = sd.sum((y - t) ** 2) / 2
    return sd.explain(z, x, names={"y": y, "z": z}, lang=language, without=["network"])


WALKS = (
    Walk("numbers", ("Numbers: z = sin(x²)", "标量：z = sin(x²)"), walk_numbers),
    Walk("vectors", ("Vectors: one tanh layer", "向量：一层 tanh"), walk_vectors),
)


LESSON = Lesson(
    "chain-rule",
    ("The chain rule: numbers, vectors, tensors", "链式法则：标量、向量与张量"),
    (
        "You can write the chain rule for numbers, vectors and arrays with any number of axes, and "
        "you see back-propagation as this rule, applied in one order.",
        "会写标量、向量和任意多轴数组的链式法则，并理解反向传播就是按特定次序使用链式法则。",
    ),
    tell,
    WALKS,
)
