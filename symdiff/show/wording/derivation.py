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
    "derivation.wanted": ("Wanted: {derivatives}, where", "求 {derivatives}，其中"),
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
    "gradients.names": (
        "In the words of the textbook: {table} holds the entries, {build} fills one of them, and "
        "{bprop} is what one op sends to its argument X, given the upstream cotangent G.",
        "用教科书的话说：{table} 存放各项，{build} 填写其中一项，"
        "{bprop} 是运算在上游梯度 G 之下送给其参数 X 的贡献。",
    ),
    "gradients.step": ("step", "步"),
    "gradients.edge": ("edge", "边"),
    "gradients.bprop": ("op.bprop", "op.bprop"),
    "gradients.local": ("local derivative", "局部导数"),
    "gradients.contribution": ("contribution", "贡献"),
    "gradients.entry": ("grad_table", "grad_table"),
    "gradients.shape": ("shape", "形状"),
    "gradients.value": ("value", "值"),
    "gradients.check": ("check", "检验"),
    "gradients.index": ("By entries: {index}.", "按分量：{index}。"),
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
    "check.differences do not settle": ("differences do not settle", "差分不收敛"),
    "check.no path": ("no path", "无路径"),
    # why a contribution has its form
    "edge.only": (
        "{upstream} has shape {shape} and {other} has {its}; {gradient} must have {wanted}: "
        "of their products, only {formula} has this shape",
        "{upstream} 的形状是 {shape}，{other} 的形状是 {its}，而 {gradient} 的形状必须是 {wanted}："
        "两者的各种乘积中，只有 {formula} 的形状符合",
    ),
    "edge.several": (
        "{upstream} has shape {shape} and {other} has {its}: several of their products have the "
        "shape {wanted} of {gradient}, so shapes do not decide; the index form does",
        "{upstream} 的形状是 {shape}，{other} 的形状是 {its}：两者有不止一种乘积的形状与 "
        "{gradient} 的形状 {wanted} 相同，所以单看形状不能确定，要看下标形式",
    ),
    "edge.transposed": (
        "{value} holds the entries of {argument} in another order; the gradient brings them back",
        "{value} 只是 {argument} 的元素换了位置；梯度把它们换回原处",
    ),
    "edge.diagonal": (
        "{value} takes the entries of {argument} on a diagonal; off it the gradient is 0",
        "{value} 只取 {argument} 对角线上的元素；对角线以外梯度为 0",
    ),
    "edge.summed": (
        "each entry of {argument} is added once, so the gradient is the same for all that were "
        "added together: it is stretched to {shape}",
        "{argument} 的每个元素都恰好被加了一次，所以相加的各元素梯度相同：把它扩展成形状 {shape}",
    ),
    "edge.stretched": (
        "{argument} of shape {shape} was stretched to {whole}; its entries were used several "
        "times, so the gradient sums over the axes along which it was stretched",
        "形状为 {shape} 的 {argument} 被扩展成 {whole}；它的每个元素用了多次，"
        "所以梯度要沿扩展的那些轴求和",
    ),
    "edge.one_number": (
        "{argument} is one number, used in all entries of an array of shape {whole}, so its "
        "gradient sums over them",
        "{argument} 是一个数，用在形状为 {whole} 的数组的每个元素里，所以它的梯度是对所有元素求和",
    ),
    # where nothing flows, or a derivative is an exception
    "edge.held": (
        "nothing is sent: {argument} depends on the variables only through stop_gradient",
        "不传任何东西：{argument} 只通过 stop_gradient 依赖于这些变量",
    ),
    "edge.holds": (
        "nothing is sent: the derivative holds {value} constant",
        "不传任何东西：求导时把 {value} 当作常数",
    ),
    "edge.discrete": (
        "no path: {argument} does not vary continuously",
        "没有路径：{argument} 不是连续变化的量",
    ),
    "edge.reference": ("the rule of {rule}: {source}", "{rule} 的求导法则：{source}"),
    "edge.flat": (
        "no path: {value} does not change when {argument} changes a little",
        "没有路径：{argument} 的微小变化不改变 {value}",
    ),
    "edge.undefined": (
        "where {where}, {value} has no finite value",
        "当 {where} 时，{value} 没有有限的值",
    ),
    "edge.steep": (
        "where {where}, the derivative of {value} is undefined: it is not finite",
        "当 {where} 时，{value} 的导数没有定义：它不是有限的",
    ),
    "edge.convention": (
        "where {where}, the derivative of {value} is undefined, and a convention is used",
        "当 {where} 时，{value} 的导数没有定义，这里采用约定",
    ),
    "edge.branch": (
        "where {where}, the derivative of {value} is that of the branch taken",
        "当 {where} 时，{value} 的导数取所选分支的导数",
    ),
    "edge.at_kinks.half": (": the mean of both sides", "：取两侧导数的平均值"),
    "edge.at_kinks.zero": (": 0", "：取 0"),
    "edge.at_kinks.left": (": that from the left", "：取左导数"),
    "edge.at_kinks.right": (": that from the right", "：取右导数"),
    "edge.at_kinks.nan": (": NaN", "：记为 NaN"),
    "edge.at_kinks.raise": (": an error is raised", "：报错"),
    "edge.here": (
        "derivative undefined here: {where} in {count} of {of} entries",
        "此处导数没有定义：{of} 个元素中有 {count} 个满足 {where}",
    ),
    "edge.here.scalar": ("derivative undefined here: {where}", "此处导数没有定义：{where}"),
}
