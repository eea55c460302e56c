"""What pages say around a derivation."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    "page.contents": ("Contents", "目录"),
    # the pictures and their steps
    "page.picture": ("Picture of the graph", "计算图"),
    "page.passes": ("Passes", "各遍反向传播"),
    "page.pass": ("Pass {number}", "第 {number} 遍"),
    "page.back": ("One step back", "后退一步"),
    "page.play": ("Play", "播放"),
    "page.pause": ("Pause", "暂停"),
    "page.forward": ("One step on", "前进一步"),
    "page.slider": ("Steps of the backward pass", "反向传播的步骤"),
    "page.zoom": ("Actual size", "原始大小"),
    "page.splitter": ("Width of the picture", "计算图的宽度"),
    "page.before": (
        "Before the backward pass: the graph of {target} alone.",
        "反向传播之前：只有 {target} 的计算图。",
    ),
    "page.step": ("Step {number} of {steps}: {edge}", "第 {number} 步（共 {steps} 步）：{edge}"),
    "page.local": ("local derivative {local}", "局部导数 {local}"),
    "page.silent": ("Nothing flows along this edge.", "这条边上没有梯度流过。"),
    "page.hint": (
        "Point at a node, a row or a line of code: what belongs to it lights up. "
        "The arrow keys ← and → step through the pass.",
        "把指针移到结点、表格的行或代码行上，与之对应的部分就会亮起。"
        "用 ← 与 → 键逐步走过反向传播。",
    ),
    # the program
    "page.program": ("The same in NumPy", "生成的 NumPy 代码"),
    "page.program.intro": (
        "Generated from the simplified graph. Each line is linked with the nodes whose values it "
        "computes.",
        "由化简后的计算图生成；每一行代码与它所计算的结点相对应。",
    ),
    "page.program.whole": ("The whole module", "完整的模块"),
    "page.program.none": (
        "There is no source here: the array constants of the formula are too large for a file.",
        "此处没有源代码：公式中的常数数组太大，不宜写进文件。",
    ),
    "page.latex": ("This derivation in LaTeX", "本推导的 LaTeX 源码"),
    "page.copy": ("Copy", "复制"),
    "page.copied": ("Copied", "已复制"),
    # exercises
    "page.blank": ("Blank {number}", "第 {number} 空"),
    "page.show": ("Show the answer", "显示答案"),
    "page.hide": ("Hide the answer", "隐藏答案"),
    "page.show-all": ("Show all answers", "显示全部答案"),
    "page.hide-all": ("Hide all answers", "隐藏全部答案"),
}
