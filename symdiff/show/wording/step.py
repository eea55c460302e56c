"""What is said of one step of the pass."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    # why a contribution has its form
    "edge.only": (
        "{upstream} has shape {shape} and {other} has {its}; {gradient} must have {wanted}: "
        "of their products, only {formula} has this shape",
        "{upstream} 的形状是 {shape}，{other} 的形状是 {its}，而 {gradient} 的形状必须是 {wanted}："
        "两者的各种乘积中，只有 {formula} 的形状符合",
    ),
    "edge.several": (
        "{upstream} has shape {shape} and {other} has {its}: several of their products have the "
        "shape {wanted} of {gradient}, so shapes do not decide; the entries do: {entries}",
        "{upstream} 的形状是 {shape}，{other} 的形状是 {its}：两者有不止一种乘积的形状与 "
        "{gradient} 的形状 {wanted} 相同，所以单看形状不能确定，要看各元素：{entries}",
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
    "edge.place": (
        "{argument} stands at several places of {value}; here only place {place} moves",
        "{argument} 在 {value} 中出现多次；这里只让第 {place} 处变动",
    ),
    "edge.reference": ("the rule of {rule}: {source}", "{rule} 的求导法则：{source}"),
    "edge.implicit": (
        "by the implicit function theorem: when {argument} changes, {value} changes so that what "
        "it solves stays solved",
        "根据隐函数定理：{argument} 变化时，{value} 随之变化，使它所满足的方程仍然成立",
    ),
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
    # the derivation in differentials
    "differentials.title": ("The same in differentials", "用微分推导同样的结果"),
    "differentials.intro": (
        "A differential is the change of an array to first order. {colon}",
        "微分是数组的一阶变化。{colon}",
    ),
    "differentials.colon": (
        "For two arrays of one shape, {pair} stands for {sum}; for numbers it is their product.",
        "对形状相同的两个数组，{pair} 表示 {sum}；如果是两个数，就是普通的乘积。",
    ),
    "differentials.colon.complex": (
        "For two arrays of one shape, {pair} stands for {real}; for numbers it is the real part of "
        "their product.",
        "对形状相同的两个数组，{pair} 表示 {real}；如果是两个数，就是乘积的实部。",
    ),
    "differentials.forward": (
        "Forward: each differential in those of the arguments.",
        "前向：每个微分用自变量的微分表示。",
    ),
    "differentials.backward": (
        "Backward: each line takes one term, puts the differential in, and moves what multiplies "
        "it to the other side of the colon. Terms of one node are added before it is its turn.",
        "反向：每一行取出一项，代入微分，再把乘在微分上的东西移到冒号的另一边。"
        "轮到某个结点之前，先把它的各项相加。",
    ),
    "differentials.term": ("term", "项"),
    "differentials.put": ("differential put in", "代入微分"),
    "differentials.moved": ("moved over", "移项"),
    "differentials.check": ("check", "检验"),
}
