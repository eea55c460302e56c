"""The names of rewrite rules in Chinese; in English, a rule's own name is what it is called."""

CHINESE = {
    # sums, products, functions
    "collect equal factors": "合并相同因子",
    "collect like terms": "合并同类项",
    "exponents that add up to the same": "合并指数和相同的幂",
    "exponential of a logarithm": "对数的指数",
    "logarithm of an exponential": "指数的对数",
    "logarithm of an exponential less one": "指数减一的对数",
    "logarithm of two exponentials": "两个指数之和的对数",
    "logarithm of a sum of exponentials": "指数和的对数 (logsumexp)",
    "logarithm over a sum of exponentials": "除以指数和的对数",
    "logarithm of chosen entries": "所选分量的对数",
    "logarithm of a normal distribution": "正态分布函数的对数",
    "logarithm of a tail": "尾概率的对数",
    "root of a square": "平方的平方根",
    "root of a sum of squares": "平方和的平方根",
    "root of an exponential": "指数的平方根",
    "root of a positive part": "正部的平方根",
    "square of a hypotenuse": "斜边的平方",
    "even power of a root": "平方根的偶次幂",
    "sine over its angle": "正弦除以其角",
    "hyperbolic cotangent": "双曲余切",
    "hyperbolic secant": "双曲正割",
    "hyperbolic tangent": "双曲正切",
    "variance": "方差",
    # choices and kinks
    "absolute value as a maximum": "绝对值即最大值",
    "absolute value by cases": "分情形的绝对值",
    "absolute value of a conjugate": "共轭的绝对值",
    "absolute value of an opposite": "相反数的绝对值",
    "absolute value twice": "重复的绝对值",
    "even function of an absolute value": "绝对值的偶函数",
    "choice between equals": "两支相同的选择",
    "choice turned round": "调换选择的两支",
    "larger of one": "自身的最大值",
    "one choice for two": "两个选择合并为一个",
    "smaller of one": "自身的最小值",
    "minimum as a mean": "以均值写最小值",
    "minimum by cases": "分情形的最小值",
    "relu as a mean": "以均值写 relu",
    "relu by cases": "分情形的 relu",
    "relu twice": "重复的 relu",
    # sigmoid, softplus, softmax
    "sigmoid": "sigmoid 函数",
    "sigmoid of a logit": "logit 的 sigmoid",
    "sigmoid's complement": "1 减 sigmoid",
    "slope of a sigmoid": "sigmoid 的斜率",
    "logit of a sigmoid": "sigmoid 的 logit",
    "logarithm of a sigmoid": "sigmoid 的对数",
    "logarithm of a sigmoid's complement": "1 减 sigmoid 的对数",
    "logarithm over a sigmoid": "除以 sigmoid 的对数",
    "softplus": "softplus 函数",
    "softplus by parts": "分部写出的 softplus",
    "softmax": "softmax 函数",
    "shift of a softmax": "softmax 的平移",
    "share of two exponentials": "两个指数中一个所占的比例",
    "sum of a softmax": "softmax 各分量之和",
    "logarithm of a softmax": "softmax 的对数",
    "logarithm over a softmax": "除以 softmax 的对数",
    # contractions
    "contraction in normal form": "缩并的标准形",
    "factors in reading order": "因子按书写顺序排列",
    "factors that cancel": "约去因子",
    "order of the legs": "直角边的次序",
    "product by entries as a contraction": "逐元素乘积写成缩并",
    "products in the cheapest order": "按计算量最小的次序相乘",
    "scalars out of a contraction": "标量提到缩并之外",
    "transpose of a product": "乘积的转置",
    "transpose of the parts": "各部分的转置",
    "deviations of a unit matrix": "单位矩阵的离差",
    "deviations of deviations": "离差的离差",
    "deviations of equal entries": "相同分量的离差",
    "unit matrix at places": "取单位矩阵的若干处",
    "unit matrix substituted": "代入单位矩阵",
    "unit matrix multiplied out": "单位矩阵乘开",
    "rows of a unit matrix, transposed": "单位矩阵若干行的转置",
    # shapes and entries
    "stretch late": "推迟广播",
    "stretch once": "只广播一次",
    "expand a stretched scalar": "广播标量的增维",
    "expand once": "只增维一次",
    "no new axes in front": "不在前面增维",
    "index a stretched scalar": "广播标量的下标",
    "index by a number": "用数作下标",
    "reshape a stretched scalar": "广播标量的变形",
    "reshape a unit matrix": "单位矩阵的变形",
    "reshape after transposing": "转置后的变形",
    "reshape once": "只变形一次",
    "scalars out of moved entries": "标量提到移动的分量之外",
    "entries that are all equal": "全部相等的分量",
    "diagonal at places": "若干处的对角线",
    "sum over places": "对写入之处求和",
    "every place in order": "依次写入每一处",
    "gap from a number": "与一个数之差",
    "part of what is joined": "拼接结果的一部分",
    "part of what is joined first": "拼接结果的前一部分",
    "one matrix for a stack": "一叠矩阵共用一个",
    "triangle of a triangle": "三角部分的三角部分",
    "written into zeros": "写入零中",
    "zeros added to zeros": "零与零相加",
    # complex numbers and transforms
    "real factors and terms outside": "实因子与实项提到外面",
    "real part of a conjugate": "共轭的实部",
    "imaginary part of a conjugate": "共轭的虚部",
    "inverse transform": "逆变换",
    "scalars out of a transform": "标量提到变换之外",
    # linear algebra
    "Kronecker product with split axes": "拆开轴的 Kronecker 积",
    "contraction of Kronecker products": "Kronecker 积的缩并",
    "inverse of a Kronecker product": "Kronecker 积的逆",
    "inverse of a diagonal matrix": "对角矩阵的逆",
    "inverse of a scalar multiple": "数乘矩阵的逆",
    "inverse of a transpose": "转置的逆",
    "inverse of a unit matrix": "单位矩阵的逆",
    "inverse of an inverse": "逆的逆",
    "logarithm of a determinant": "行列式的对数",
}
"""By a rule's own name. Those of determinants are put together of two parts."""

_DETERMINANTS = {
    "determinant": "行列式",
    "logarithm of the determinant": "行列式绝对值的对数",
    "sign of the determinant": "行列式的符号",
}
_OF = {
    "a Kronecker product": "Kronecker 积",
    "a diagonal matrix": "对角矩阵",
    "a power": "幂",
    "a product": "乘积",
    "a scalar multiple": "数乘矩阵",
    "a transpose": "转置",
    "a unit matrix": "单位矩阵",
    "an inverse": "逆",
}
CHINESE |= {
    f"{what} of {of}": f"{whose}的{whole}"
    for what, whole in _DETERMINANTS.items()
    for of, whose in _OF.items()
}


def rule_name(rule: str, language: str) -> str:
    """What a rule is called.

    >>> rule_name("collect like terms", "zh"), rule_name("collect like terms", "en")
    ('合并同类项', 'collect like terms')
    """
    return CHINESE.get(rule, rule) if language == "zh" else rule
