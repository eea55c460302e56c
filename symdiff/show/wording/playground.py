"""What the playground says."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    "play.title": ("symdiff playground", "symdiff 演练场"),
    "play.tagline": (
        "Type a formula and see its derivatives.",
        "输入公式，查看它的导数。",
    ),
    "play.examples": ("Examples", "示例"),
    "play.formula": ("Formula", "公式"),
    "play.formula.hint": (
        "NumPy’s operators and functions: @ multiplies matrices, * by entries, ** is a power.",
        "使用 NumPy 的运算符和函数：@ 为矩阵乘法，* 为逐元素乘法，** 为乘方。",
    ),
    "play.empty": (
        "Type a formula, or take an example.",
        "请输入公式，或选择一个示例。",
    ),
    "play.reading": ("Read as", "读作"),
    "play.shapes": ("Shapes", "形状"),
    "play.shapes.hint": (
        "Sizes such as “n d” or “3”; nothing for a scalar; “vector” or “matrix” to have "
        "the sizes found; “n int” for class labels.",
        "填写尺寸，如 “n d” 或 “3”；标量留空；填 “vector” 或 “matrix” 则自动推断尺寸；"
        "类别标签填 “n int”。",
    ),
    "play.shape.of": ("Shape of {name}", "{name} 的形状"),
    "play.scalar": ("scalar", "标量"),
    "play.see": ("See", "求"),
    "play.kind.gradient": ("Gradient", "梯度"),
    "play.kind.hessian": ("Hessian", "黑塞矩阵"),
    "play.kind.jacobian": ("Jacobian", "雅可比矩阵"),
    "play.by": ("by", "对变量"),
    "play.views": ("Views", "视图"),
    "play.view.closed": ("Closed form", "闭式"),
    "play.view.derivation": ("Derivation", "推导"),
    "play.view.picture": ("Picture", "计算图"),
    "play.view.numpy": ("NumPy", "NumPy"),
    "play.view.latex": ("LaTeX", "LaTeX"),
    "play.view.check": ("Check", "数值检验"),
    "play.view.table": ("Graph table", "结点表"),
    "play.copy": ("Copy", "复制"),
    "play.copy.pretty": ("Unicode", "Unicode"),
    "play.copy.text": ("Python", "Python"),
    "play.copy.latex": ("LaTeX", "LaTeX"),
    "play.copy.svg": ("SVG", "SVG"),
    "play.copy.dot": ("Graphviz", "Graphviz"),
    "play.copy.mermaid": ("Mermaid", "Mermaid"),
    "play.copy.tikz": ("TikZ", "TikZ"),
    "play.copy.link": ("Copy link", "复制链接"),
    "play.copied": ("Copied", "已复制"),
    "play.not_copied": ("Could not copy; select the text instead", "复制失败，请手动选择文本"),
    "play.shape": ("shape {shape}", "形状 {shape}"),
    "play.language": ("Language", "语言"),
    "play.answer": ("Answer", "结果"),
    "play.stale": (
        "This is still the answer to the last formula that could be read.",
        "下面仍是上一个可读公式的结果。",
    ),
    "play.too_long": (
        "The formula has {count} characters; the playground takes {most}.",
        "公式有 {count} 个字符；演练场最多接受 {most} 个。",
    ),
    "play.unreachable": (
        "The playground does not answer. Is “symdiff serve” still running?",
        "演练场没有响应。“symdiff serve” 还在运行吗？",
    ),
    "play.retry": ("Try again", "重试"),
    "play.abridged": (
        "Too long to typeset, so it stands here as text; copying gives all of it.",
        "公式过长，无法排版，此处以文本显示；复制可得到全文。",
    ),
    "play.stopped.seconds": (
        "Stopped: this takes longer than {seconds} seconds. Try fewer variables, smaller sizes, "
        "or another view.",
        "已停止：计算超过 {seconds} 秒。请减少变量、缩小尺寸，或换一个视图。",
    ),
    "play.stopped.memory": (
        "Stopped: this needs more than {memory} MiB of memory. Try smaller sizes, or named ones "
        "such as n.",
        "已停止：所需内存超过 {memory} MiB。请缩小尺寸，或使用 n 之类的符号尺寸。",
    ),
    "play.stopped.answer": (
        "The answer has more than {answer} MiB, too much for a page. Try fewer variables, or "
        "another view; the command line has no such limit.",
        "结果超过 {answer} MiB，页面无法显示。请减少变量或换一个视图；命令行没有这一限制。",
    ),
    "play.stopped.waiting": (
        "The playground is busy with other questions. Try again in a moment.",
        "演练场正忙于其他计算，请稍后再试。",
    ),
    "play.stopped.crash": (
        "The process that worked on this has ended unexpectedly, and a new one has been started. "
        "Try a smaller formula.",
        "处理该公式的进程意外终止，现已重新启动。请尝试更小的公式。",
    ),
    "play.stopped.defect": (
        "symdiff failed on this formula. That is a defect of symdiff, not of the formula; the "
        "terminal that serves this page says where.",
        "symdiff 未能处理该公式。这是 symdiff 的缺陷，而非公式有误；运行本页面的终端中有详细信息。",
    ),
    "play.column.id": ("id", "编号"),
    "play.column.op": ("op", "运算"),
    "play.column.arguments": ("arguments", "参数"),
    "play.column.shape": ("shape", "形状"),
    "play.column.expression": ("expression", "表达式"),
    "play.column.by": ("by", "变量"),
    "play.column.order": ("order", "阶"),
    "play.column.mode": ("mode", "模式"),
    "play.column.method": ("method", "方法"),
    "play.column.tried": ("tried", "次数"),
    "play.column.derived": ("worst: derived", "最差：推导值"),
    "play.column.measured": ("measured", "测量值"),
    "play.column.error": ("relative error", "相对误差"),
    "play.column.verdict": ("verdict", "结论"),
    "play.mode.reverse": ("reverse", "反向"),
    "play.mode.forward": ("forward", "前向"),
    "play.method.complex step": ("complex step", "复步长"),
    "play.method.differences": ("differences", "差分"),
    "play.ok": ("ok", "正确"),
    "play.wrong": ("WRONG", "错误"),
    "play.checked": (
        "All {count} derivatives that were measured at random values agree with the derived ones.",
        "在随机点测得的 {count} 个导数均与推导结果一致。",
    ),
    "play.refuted": (
        "Of {count} derivatives that were measured at random values, some differ from the "
        "derived ones.",
        "在随机点测得的 {count} 个导数中，有些与推导结果不一致。",
    ),
    "play.at_this_point": (
        "At this very point, {exclusion}.",
        "恰在此点：{exclusion}。",
    ),
    "play.pass": ("The graph, with what back-propagation appends", "计算图与反向传播添加的结点"),
    "play.simplified": (
        "The graph, with the gradient after simplification",
        "计算图与化简后的梯度",
    ),
    "play.graph": ("The graph of the derivatives", "导数的计算图"),
    "play.step": ("Step {step} of {steps}", "第 {step} 步，共 {steps} 步"),
    "play.function": ("The function", "函数"),
    "play.file": ("The whole file", "完整文件"),
    "play.forward": ("The formula", "公式本身"),
    "play.appended": ("Appended by differentiation", "求导添加的结点"),
    "play.example.least_squares": ("Least squares", "最小二乘"),
    "play.example.logistic": ("Logistic regression", "逻辑回归"),
    "play.example.softmax": ("Softmax cross-entropy", "softmax 交叉熵"),
    "play.example.chain": ("f(f(f(w)))", "f(f(f(w)))"),
    "play.example.relu": ("ReLU layer", "ReLU 层"),
    "play.example.weight_decay": ("Weight decay", "权重衰减"),
    "play.example.rosenbrock": ("Rosenbrock", "Rosenbrock 函数"),
    "play.example.perceptron": ("Multilayer perceptron", "多层感知机"),
    "play.example.mixture": ("Gaussian mixture", "高斯混合模型"),
    "play.example.determinant": ("Log-determinant", "行列式的对数"),
    "play.example.softmax_jacobian": ("Softmax", "softmax"),
    "play.example.quotient": ("Rayleigh quotient", "瑞利商"),
    "play.example.attention": ("Attention", "注意力"),
}
