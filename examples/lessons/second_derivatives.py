"""Lesson 7: Hessians, their products with vectors, and a Krylov method that needs no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import symdiff as sd
from lessons.lesson import Blackboard, Lesson, Teller, Walk, claim, letter, part, polynomial, show
from symdiff.show.compose import Filling, beside, formula
from symdiff.show.document import Math, Section
from symdiff.show.values import array_math

Vector = Any
"""A NumPy vector."""

M, b, x, v = sd.matrix("M", "m", "n"), sd.vector("b", "m"), sd.vector("x", "n"), sd.vector("v", "n")
lam = sd.scalar("lam")
f = sd.sum((M @ x - b) ** 2) / 2 + lam * (x @ x) / 2
GRADIENT = sd.grad(f, x)
PRODUCT = sd.hvp(f, x, v)

SMALL = {M: np.array([[1.0, 1.0], [0.0, 1.0]]), b: np.array([1.0, 2.0]), lam: 1.0}


class CGStep(NamedTuple):
    """One step of conjugate gradients: the direction p, H p, the step α, and what they lead to."""

    p: Vector
    Hp: Vector
    alpha: float
    x: Vector
    r: Vector
    beta: float


def conjugate_gradients(
    product: Callable[[Vector], Vector], right: Vector, steps: int, enough: float = 0.0
) -> Iterator[CGStep]:
    """Solve H x = right from x = 0, with no more than products H p."""
    x, r = np.zeros_like(right), right
    p = r
    for _ in range(steps):
        Hp = product(p)
        alpha = (r @ r) / (p @ Hp)
        x, below = x + alpha * p, r @ r
        r = r - alpha * Hp
        beta = (r @ r) / below
        yield CGStep(p, Hp, float(alpha), x, r, float(beta))
        if np.linalg.norm(r) <= enough:
            return
        p = r + beta * p


def second_pass(say: Teller) -> Section:
    """The gradient is an expression, and is differentiated again."""
    H = sd.hessian(f, x)
    claim(sd.same(PRODUCT, H @ v), "the product with the Hessian")
    claim(sd.same(sd.grad(sd.vdot(GRADIENT, v), x), PRODUCT), "the gradient of ∇fᵀ v")
    board = Blackboard(f, {"f": f})
    derivation = sd.explain(
        f, x, order=2, names={"f": f}, lang=say.language, detail="short",
        without=["network", "differentials", "check", "simplification"],
    )  # fmt: skip
    n = letter("n")
    nabla_f, squared = Math("∇f", "\\nabla f"), Math("∇²f", "\\nabla^{2} f")
    return say.section(
        "second-pass",
        ("The second pass", "第二遍反向传播"),
        say.says(
            "A gradient is an expression of the same graph, so it can be differentiated again. "
            "Take least squares with a ridge:",
            "梯度是同一张图里的表达式，所以可以再次求导。以岭回归的目标函数为例：",
        ),
        show(
            board.states(f),
            beside(nabla_f, GRADIENT),
            beside(squared, H),
            remarks=(
                say("a scalar", "标量"),
                say("the gradient has {n} entries", "梯度有 {n} 个分量", n=n),
                say("the Hessian has {n} rows and columns", "黑塞矩阵有 {n} 行 {n} 列", n=n),
            ),
        ),
        say.says(
            "Back-propagation starts from a scalar, and {nabla} is none. So multiply it by a "
            "vector {v} that does not depend on {x}, and differentiate the scalar. What comes out "
            "is the Hessian times {v}; the Hessian itself is never built:",
            "反向传播从标量出发，而 {nabla} 不是标量。于是任取一个与 {x} 无关的向量 {v}，"
            "与它作内积得到标量，再求导。得到的就是黑塞矩阵乘以 {v}，而黑塞矩阵本身从未构造：",
            nabla=nabla_f, v=v, x=x,
        ),
        show(
            formula("{H} {v} = ∇({g}ᵀ {v}) = {product}",
                    r"{H} \, {v} = \nabla \left( {g}^{{\top}} {v} \right) = {product}",
                    H=squared, v=v, g=nabla_f, product=PRODUCT),
        ),
        say.figure(
            sd.draw(sd.vdot(GRADIENT, v), x, lang=say.language),
            caption=(
                "Left, the first gradient times {v}: a forward graph that holds what the first "
                "pass appended. Right, what the second pass appends.",
                "左：第一遍得到的梯度与 {v} 的内积，第一遍添加的结点现在属于前向图。"
                "右：第二遍添加的结点。",
            ),
            v=v,
        ),
        part(derivation, "pass 2", say("The second pass, line by line", "第二遍，逐行写出")),
    )  # fmt: skip


def price(say: Teller) -> Section:
    """What the product costs, and what the matrix does."""
    H = sd.hessian(f, x)
    sizes = {"m": 10_000, "n": 1000}
    costs = [
        (say("the gradient", "梯度"), sd.cost(GRADIENT)),
        (say("a product with the Hessian", "黑塞矩阵与向量之积"), sd.cost(PRODUCT)),
        (say("the Hessian, built", "构造出黑塞矩阵"), sd.cost(H)),
    ]
    rows = [
        (name, polynomial(cost.operations), f"{cost.operations.value(sizes) / 1e6:,.0f}")
        for name, cost in costs
    ]
    one, matrix = costs[1][1].operations.value(sizes), costs[2][1].operations.value(sizes)
    claim(400 < matrix / one < 600, "the matrix costs some n/2 products")
    return say.section(
        "price",
        ("What a product costs", "一次乘积的代价"),
        say.grid(
            [("what", "求什么"), ("operations", "运算次数"),
             (*say("millions, for {m} and {n}", "百万次，{m}，{n}", m=beside(letter("m"), "10000"),
                  n=beside(letter("n"), "1000")),)],
            rows,
        ),
        say.says(
            "A product costs about as much as a gradient. The matrix costs as much as {count} "
            "products, and has to be stored.",
            "一次乘积的代价与一次梯度相当；构造整个矩阵相当于 {count} 次乘积，还要占用存储。",
            count=round(matrix / one),
        ),
    )  # fmt: skip


def by_hand(say: Teller) -> Section:
    """Conjugate gradients with numbers that can be followed."""
    compute = sd.compile(PRODUCT, inputs=[M, lam, v])

    def product(p: Vector) -> Vector:
        return np.asarray(compute(SMALL[M], SMALL[lam], p))

    start = np.zeros(2)
    g = np.asarray(sd.evaluate(GRADIENT, SMALL | {x: start}))
    H = np.asarray(sd.evaluate(sd.hessian(f, x), SMALL | {x: start}))
    first, second = conjugate_gradients(product, -g, 2)
    claim(np.allclose(second.r, 0), "two steps are enough")
    claim(np.allclose(H @ second.x, -g), "it solves the system")
    claim(np.isclose(first.p @ H @ second.p, 0), "directions are conjugate")
    claim(is_best_in_krylov_space(), "the best point in the Krylov space")
    r_, p_, H_ = (letter(name) for name in "rpH")
    alpha, beta = Math("α", "\\alpha"), Math("β", "\\beta")
    rr = float(first.p @ first.p)
    pHp = float(first.p @ first.Hp)
    return say.section(
        "by-hand",
        ("One step of conjugate gradients, by hand", "手算一步共轭梯度法"),
        say.says(
            "Where is the gradient zero? At {x} with {system}: a linear system whose matrix we "
            "can only multiply by. Conjugate gradients need no more. Take {M}, {b}, {lam}, and "
            "start from {start}, where the gradient is {g}.",
            "梯度在哪里为零？在满足 {system} 的 {x} 处。这是一个线性方程组，"
            "我们只会用它的矩阵乘向量，"
            "而共轭梯度法也只需要这个。取 {M}，{b}，{lam}，从 {start} 出发，此处梯度为 {g}。",
            x=x, system=formula("{H} {x} = −{g}", r"{H} \, {x} = -{g}", H=H_, x=x,
                                g=Math("∇f(0)", "\\nabla f(0)")),
            M=beside(M, array_math(SMALL[M])), b=beside(b, array_math(SMALL[b])),
            lam=beside(lam, array_math(SMALL[lam])), start=beside(x, array_math(start)), g=g,
        ),
        show(
            formula("{p} = {r} = −{g} = {v}", "{p} = {r} = -{g} = {v}", p=p_, r=r_,
                    g=Math("∇f", "\\nabla f"), v=array_math(first.p)),
            formula("{H} {p} = {v}", r"{H} \, {p} = {v}", H=H_, p=p_, v=array_math(first.Hp)),
            formula("{a} = {r}ᵀ{r} / {p}ᵀ{H}{p} = {rr}/{php} = {v}",
                    r"{a} = \frac{{{r}^{{\top}} {r}}}{{{p}^{{\top}} {H} {p}}} = "
                    r"\frac{{{rr}}}{{{php}}} = {v}",
                    a=alpha, r=r_, p=p_, H=H_, rr=array_math(rr), php=array_math(pHp),
                    v=array_math(first.alpha)),
            formula("{x} ← {x} + {a} {p} = {v}", r"{x} \leftarrow {x} + {a} \, {p} = {v}",
                    x=x, a=alpha, p=p_, v=array_math(first.x)),
            formula("{r} ← {r} − {a} {H} {p} = {v}", r"{r} \leftarrow {r} - {a} \, {H} {p} = {v}",
                    r=r_, a=alpha, H=H_, p=p_, v=array_math(first.r)),
            formula("{p} ← {r} + {b} {p} = {v}", r"{p} \leftarrow {r} + {b} \, {p} = {v}",
                    r=r_, b=beta, p=p_, v=array_math(second.p)),
            remarks=(
                say("begin downhill", "从最速下降方向开始"),
                say("one product with the Hessian, by way of {M} and its transpose",
                    "与黑塞矩阵作一次乘积，只用到 {M} 及其转置", M=M),
                say("the step that is best along {p}", "沿 {p} 的最优步长", p=p_),
                say("the step", "走一步"),
                say("what is left of the gradient", "剩余的残差"),
                say("the next direction, with {b}", "下一个方向，{b}",
                    b=beside(beta, array_math(first.beta))),
            ),
        ),
        say.says(
            "The second step leads to {x}, where the residual is zero: with {n} unknowns, {n} "
            "steps are enough. Had we built the matrix, it would have been {H}, and the new "
            "direction is conjugate to the old one in it.",
            "第二步到达 {x}，残差为零：有 {n} 个未知数，{n} 步就够了。假如把矩阵构造出来，它是 "
            "{H}，"
            "新旧两个方向关于它共轭。",
            x=np.round(second.x, 12) + 0.0, n=2, H=H,
        ),
        say.says(
            "With more unknowns one stops earlier. After {k} steps {x} is the best point among all "
            "sums of {powers}; they span what is called a Krylov space.",
            "未知数很多时可以提前停止。走 {k} 步之后，{x} 是 {powers} 的所有线性组合中最好的一点；"
            "这些向量张成的空间称为 Krylov 子空间。",
            k=letter("k"), x=x,
            powers=formula("{r}, {H} {r}, …, {H}ᵏ⁻¹ {r}",
                           r"{r}, {H} {r}, \dots, {H}^{{k-1}} {r}", r=r_, H=H_),
        ),
    )  # fmt: skip


def is_best_in_krylov_space(steps: int = 3, size: int = 8) -> bool:
    """After some steps x minimises ½ xᵀ H x − rᵀ x over all sums of r, H r, H² r, …"""
    rng = np.random.default_rng(0)
    half, r = rng.normal(size=(size, size)), rng.normal(size=size)
    H = half @ half.T + np.eye(size)
    *_, last = conjugate_gradients(lambda p: H @ p, r, steps)
    space = np.stack([np.linalg.matrix_power(H, k) @ r for k in range(steps)], axis=1)
    best = space @ np.linalg.solve(space.T @ H @ space, space.T @ r)
    return bool(np.allclose(last.x, best))


def krylov(say: Teller) -> Section:
    """More unknowns than steps: a Newton method for logistic regression."""
    X, w, y, u = (
        sd.matrix("X", "n", "d"),
        sd.vector("w", "d"),
        sd.vector("y", "n"),
        sd.vector("v", "d"),
    )
    loss = sd.sum(sd.softplus(-y * (X @ w))) + lam * sd.sum(w**2) / 2
    evaluate = sd.compile([loss, sd.grad(loss, w)], inputs=[X, y, lam, w])
    times_H = sd.compile(sd.hvp(loss, w, u), inputs=[X, y, lam, w, u])
    rng = np.random.default_rng(0)
    samples, unknowns = 500, 40
    features = rng.normal(size=(samples, unknowns)) / np.sqrt(unknowns)
    labels = np.sign(features @ rng.normal(size=unknowns) * 4 + rng.logistic(size=samples))
    data = (features, labels, 0.01)
    point, lengths = np.zeros(unknowns), [0.0]
    rows: list[tuple[Filling, ...]] = []
    dense = sd.compile(sd.hessian(loss, w), inputs=[X, y, lam, w])
    for step in range(12):
        value, g = evaluate(*data, point)
        lengths.append(float(np.linalg.norm(g)))
        if lengths[-1] < 1e-9:
            rows.append((step, value, lengths[-1], ""))
            break
        product = partial(times_H, *data, point)
        *_, last = taken = list(conjugate_gradients(product, -g, 4 * unknowns, 1e-10 * lengths[-1]))
        claim(np.allclose(dense(*data, point) @ last.x, -g, atol=1e-6), "the Newton step")
        claim(len(taken) <= unknowns, "no more products than unknowns")
        rows.append((step, value, lengths[-1], len(taken)))
        point = point + last.x
    claim(lengths[-1] < 1e-9, "Newton's method arrives")
    return say.section(
        "krylov",
        ("The same for Newton's method", "用于牛顿法"),
        say.says(
            "Where the loss is not quadratic, the Hessian changes from point to point, but "
            "nothing else does. Logistic regression, {loss}, with {samples} examples and "
            "{unknowns} weights: each Newton step solves its system by conjugate gradients, with "
            "nothing but products:",
            "当损失函数不是二次函数时，黑塞矩阵随点而变，其余照旧。以逻辑回归 {loss} 为例，"
            "取 {samples} 个样本、{unknowns} 个权重：牛顿法的每一步都用共轭梯度法解方程组，"
            "只用到乘积：",
            loss=loss, samples=samples, unknowns=unknowns,
        ),
        show(formula("{H} {v} = {product}", r"{H} \, {v} = {product}",
                     H=letter("H"), v=u, product=sd.hvp(loss, w, u))),
        say.grid(
            [("Newton step", "牛顿步"), ("loss", "损失"), ("norm of the gradient", "梯度的范数"),
             ("products with the Hessian", "与黑塞矩阵的乘积次数")],
            rows,
        ),
        say.says(
            "The build has compared each step with that of the dense matrix: they agree.",
            "生成页面时已将每一步与用稠密矩阵求得的结果比较，二者一致。",
        ),
    )  # fmt: skip


def exercises(say: Teller) -> Section:
    """Products with Hessians, derived and counted."""
    s = sd.vector("x", "n")
    quartic = sd.sum(s**4)
    A = sd.matrix("A", "n", "n")
    form = s @ A @ s
    (first,) = conjugate_gradients(lambda p: np.array([3.0, 1.0]) * p, np.ones(2), 1)
    return say.exercises(
        say.says(
            "For {f} the gradient is {g}, and the Hessian times {v} is {product}.",
            "对 {f}，梯度为 {g}，黑塞矩阵乘以 {v} 为 {product}。",
            f=quartic, g=say.blank(sd.grad(quartic, s)), v=v,
            product=say.blank(sd.hvp(quartic, s, v)),
        ),
        say.says(
            "The Hessian of {f} is {H}. It is {twice} only if {A} is symmetric.",
            "{f} 的黑塞矩阵是 {H}，只有当 {A} 对称时才等于 {twice}。",
            f=form, H=say.blank(sd.hessian(form, s)), twice=2 * A, A=A,
        ),
        say.says(
            "For {H} and {r} one step from zero has the length {alpha}.",
            "取 {H}，{r}，从零出发的一步，步长是 {alpha}。",
            H=beside(letter("H"), array_math(np.diag([3, 1]))),
            r=beside(letter("r"), array_math([1, 1])), alpha=say.blank(first.alpha),
        ),
    )  # fmt: skip


def tell(say: Teller) -> Iterator[Section]:
    """The lesson, section by section."""
    yield second_pass(say)
    yield price(say)
    yield by_hand(say)
    yield krylov(say)
    yield exercises(say)
    yield say.program("second_derivatives")


WALKS = (
    Walk(
        "hessian",
        ("Both passes", "两遍反向传播"),
        lambda lang: sd.explain(f, x, order=2, names={"f": f}, lang=lang),
    ),
)


LESSON = Lesson(
    "second-derivatives",
    (
        "Hessians, products with them, and a Krylov method",
        "黑塞矩阵、它与向量的乘积，以及 Krylov 方法",
    ),
    (
        "You can run back-propagation on its own result, multiply by a Hessian that is never "
        "built, and take a Newton step with it.",
        "能对反向传播的结果再作反向传播，能在不构造黑塞矩阵的情况下用它乘向量，"
        "并以此走一步牛顿法。",
    ),
    tell,
    WALKS,
)
