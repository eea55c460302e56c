"""What derivations say."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    # the opening
    "derivation.title": ("Derivative of {target} by {wrt}", "{target} 对 {wrt} 的导数"),
    "derivation.second": ("Second derivative of {target} by {wrt}", "{target} 对 {wrt} 的二阶导数"),
    "derivation.nth": (
        "Derivative of order {order} of {target} by {wrt}",
        "{target} 对 {wrt} 的 {order} 阶导数",
    ),
    "derivation.shapes": ("Shapes: {shapes}.", "形状：{shapes}。"),
    "derivation.random": (
        "The checks use random values with {sizes} (seed {seed}).",
        "数值检验取随机值，{sizes}（种子 {seed}）。",
    ),
    "derivation.random.scalars": (
        "The checks use random values (seed {seed}).",
        "数值检验取随机值（种子 {seed}）。",
    ),
    "derivation.at": (
        "Values are those given; what was not given is random (seed {seed}).",
        "数值取给定的值，未给定者取随机值（种子 {seed}）。",
    ),
    "derivation.pass": ("Pass {number}: {scalar}", "第 {number} 遍：{scalar}"),
    "derivation.directed": (
        "Only a scalar can be back-propagated. So let {direction} be arbitrary, and differentiate "
        "{scalar}. What multiplies {direction} in the result is the derivative wanted.",
        "反向传播只对标量进行。因此任取 {direction}，对标量 {scalar} 求导；"
        "结果中与 {direction} 相乘的量就是所求的导数。",
    ),
    # preparation
    "preparation.title": ("Before differentiating", "求导之前"),
    "preparation.intro": (
        "These rules keep numbers safe: what they write has the same value, but neither overflows "
        "nor cancels, and its derivatives are finite.",
        "以下规则保证数值安全：改写后的值不变，但不会溢出，也不会相消，且导数有限。",
    ),
    "preparation.guarded": (
        "What a choice does not take is kept away from functions that are not finite there.",
        "条件选择未取的分支，其自变量被换成无害的值，以免出现无穷。",
    ),
    # the forward pass
    "forward.title": ("Forward pass", "前向传播"),
    "forward.intro": (
        "Every node of the graph, each after its arguments.",
        "计算图的每个结点，依次排列，参数在前。",
    ),
    "forward.name": ("node", "结点"),
    "forward.op": ("op", "运算"),
    "forward.formula": ("expression", "表达式"),
    "forward.whole": ("written out", "完整写出"),
    "forward.shape": ("shape", "形状"),
    "forward.value": ("value", "值"),
    # the gradient table
    "gradients.title": ("Backward pass: the gradient table", "反向传播：梯度表"),
    "gradients.intro": (
        "From the target down, each edge is visited once. A node's entry is complete before the "
        "node sends anything on: it is the sum of what all its consumers sent.",
        "从目标出发，每条边恰好访问一次。一个结点先收齐所有后继送来的贡献并求和，然后才继续向下传。",
    ),
    "gradients.step": ("step", "步"),
    "gradients.edge": ("edge", "边"),
    "gradients.upstream": ("upstream", "上游梯度"),
    "gradients.local": ("local derivative", "局部导数"),
    "gradients.contribution": ("contribution", "贡献"),
    "gradients.entry": ("grad_table", "grad_table"),
    "gradients.shape": ("shape", "形状"),
    "gradients.value": ("value", "值"),
    "gradients.check": ("check", "检验"),
    "gradients.index": (
        "by entries, {forward}, so {backward}",
        "按分量写，{forward}，故 {backward}",
    ),
    "gradients.no_path": (
        "No path leads from {x} to {target}, so {entry} = 0. That is proven by the graph.",
        "从 {x} 到 {target} 没有路径，故 {entry} = 0；这由计算图得证。",
    ),
    "gradients.flat": (
        "There is a path from {x} to {target}, but every rule on it proves that nothing flows: "
        "{entry} = 0.",
        "从 {x} 到 {target} 虽有路径，但其上的规则证明没有梯度流过：{entry} = 0。",
    ),
    "reasons.title": ("Why", "理由"),
    "reasons.join": ("; ", "；"),
    # the words of the textbook
    "textbook.title": ("In the words of the textbook", "用教科书的话说"),
    "textbook.intro": (
        "{build} asks each consumer of V, whose own entry D is built first, for {bprop}, adds up "
        "what it gets, and stores the sum in {table}, so that nothing is built twice "
        "(Deep Learning, section 6.5.6).",
        "{build} 先求出 V 的每个后继的梯度 D，再向它索取 {bprop}，把所得相加，并存入 {table}，"
        "因此没有任何一项会重复计算（《深度学习》6.5.6 节）。",
    ),
    # rules
    "simplification.title": ("Simplification", "化简"),
    "simplification.intro": (
        "The pass leaves an expression; these rules make it the closed form.",
        "反向传播留下一个表达式；下列规则把它化为闭式。",
    ),
    "simplification.none": (
        "What the pass left is the closed form already.",
        "反向传播留下的表达式已经是闭式。",
    ),
    "rule.rule": ("rule", "规则"),
    "rule.before": ("before", "之前"),
    "rule.after": ("after", "之后"),
    "rule.check": ("check", "检验"),
    # the result
    "result.title": ("Result", "结果"),
    "result.shape": ("shape {shape}", "形状 {shape}"),
    "result.derivative": ("derivative", "导数"),
    "result.check": ("check", "检验"),
    "result.checked": (
        "The derivatives themselves, compared with how the target changes as one variable moves:",
        "让每个变量单独变动，把整个导数与目标的变化相比较：",
    ),
    "result.directed": (
        "This holds for every {direction}, so",
        "上式对任意 {direction} 成立，故",
    ),
    "layout.scalar": (
        "Layout: the derivative of a scalar has the shape of what it is taken by (gradient "
        "layout); numerator layout would transpose it.",
        "布局约定：标量的导数与自变量形状相同（梯度布局）；若用分子布局，则为其转置。",
    ),
    "layout.second": (
        "Layout: the axes of the first variable, then those of the second: entry [i, j] is the "
        "derivative by entries i and j.",
        "布局约定：先是第一个变量的轴，再是第二个变量的轴，即 [i,j] 处为对第 i、j 个分量求导。",
    ),
    "layout.gradient": (
        "Layout: the axes of {target}, then those of {wrt}; for vectors this is numerator layout, "
        "and denominator layout is its transpose.",
        "布局约定：先是 {target} 的轴，再是 {wrt} 的轴；对向量即分子布局，分母布局为其转置。",
    ),
    # checks
    "check.ok": ("ok", "正确"),
    "check.held": ("held constant", "视为常数"),
    "check.does not vary": ("does not vary", "不连续变化"),
    "check.not finite here": ("not finite here", "此处非有限值"),
    "check.on an edge": ("not differentiable here", "此处不可导"),
    "check.overridden": ("overridden: not compared", "导数另有规定，不作比较"),
    "check.differences do not settle": ("differences do not settle", "差分不收敛"),
    "check.rounding hides it": ("lost in rounding", "淹没在舍入误差中"),
    "check.no path": ("no path", "无路径"),
}
