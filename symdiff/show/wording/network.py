"""What is said of layered networks."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    "network.title": ("Layer by layer: BP1 to BP4", "逐层推导：BP1 至 BP4"),
    "network.intro": (
        "The formula is a network of {count}: {affine}, {activation}, where {input}.",
        "这个式子是一个{count}网络：{affine}，{activation}，其中 {input}。",
    ),
    "network.layer": ("one layer", "单层"),
    "network.layers": ("{number} layers", " {number} 层"),
    "network.single": (
        "It is applied to a single example, {input}, which is a column.",
        "网络作用于单个样本 {input}，样本写作列向量。",
    ),
    "network.rows": (
        "The rows of {input} are the examples of a batch, so weights stand on the right, and what "
        "weights and biases receive is summed over the rows.",
        "{input} 的每一行是批中的一个样本，因此权重写在右边，权重和偏置得到的梯度要对各行求和。",
    ),
    "network.columns": (
        "The columns of {input} are the examples of a batch, so weights stand on the left, and "
        "what weights and biases receive is summed over the columns.",
        "{input} 的每一列是批中的一个样本，因此权重写在左边，权重和偏置得到的梯度要对各列求和。",
    ),
    "network.turned": (
        "Layer {layers}: the weight is stored as (units below, units), so transposed in the "
        "forward pass.",
        "第 {layers} 层：权重按（下层单元，本层单元）存放，因此前向传播中要转置。",
    ),
    "network.turned.rows": (
        "Layer {layers}: the weight is stored as (units, units below), so transposed in the "
        "forward pass.",
        "第 {layers} 层：权重按（本层单元，下层单元）存放，因此前向传播中要转置。",
    ),
    "network.shared": (
        "{weight} is the weight of layers {layers}; what it receives from each is added.",
        "{weight} 是第 {layers} 层共用的权重，各层送来的梯度相加。",
    ),
    "network.penalty": (
        "The last term of {name} comes from the loss itself, which contains {parameter}.",
        "{name} 的最后一项直接来自损失函数，其中含有 {parameter}。",
    ),
    "network.open": (
        "What feeds the first layer, {input}, is no such chain. The pass goes on from "
        "{cotangent}; the gradient table has the rest.",
        "第 1 层的输入 {input} 不再是这样的层。反向传播从 {cotangent} 继续，其余见梯度表。",
    ),
    "network.ends": (
        "The pass ends at layer {layer}: nothing below it was asked for.",
        "反向传播到第 {layer} 层为止：其下没有要求的导数。",
    ),
    # the layers
    "network.column.layer": ("layer", "层"),
    "network.column.weight": ("weight", "权重"),
    "network.column.shape": ("shape", "形状"),
    "network.column.bias": ("bias", "偏置"),
    "network.column.z": ("weighted input", "加权输入"),
    "network.column.a": ("activation", "激活值"),
    "network.column.slope": ("slope {slope}", "导数 {slope}"),
    "network.linear": ("linear", "线性"),
    "network.mixes": ("mixes the units", "各单元相互影响"),
    # forward
    "network.forward.title": ("Forward: what the weights meet", "前向传播：权重遇到什么"),
    "network.forward.intro": (
        "Each weight is multiplied by one activation of the layer below. So the derivative of the "
        "weighted input by a weight is that activation, and the forward pass already has it.",
        "每个权重只与下层的一个激活值相乘，所以加权输入对权重的导数就是这个激活值，"
        "前向传播已经把它算好了。",
    ),
    "network.forward.indices": (
        "Here {i} counts examples, {j} the units of the layer, {k} those of the layer below.",
        "其中 {i} 为样本的下标，{j} 为本层单元的下标，{k} 为下层单元的下标。",
    ),
    "network.forward.indices.single": (
        "Here {j} counts the units of the layer, {k} those of the layer below.",
        "其中 {j} 为本层单元的下标，{k} 为下层单元的下标。",
    ),
    "network.column.meets": ("∂z/∂w", "∂z/∂w"),
    # backward
    "network.backward.title": ("Backward: the four equations", "反向传播：四个基本方程"),
    "network.backward.intro": (
        "Call {delta} the error of layer l; {product} multiplies entry by entry. Then for every "
        "network of this kind",
        "记 {delta} 为第 l 层的误差，{product} 表示逐元素相乘。则凡此类网络都有",
    ),
    "network.BP1": ("BP1: the error of the output", "BP1：输出层的误差"),
    "network.BP2": ("BP2: from layer l + 1 to layer l", "BP2：由第 l + 1 层到第 l 层"),
    "network.BP3": ("BP3: by a bias", "BP3：对偏置"),
    "network.BP4": ("BP4: by a weight", "BP4：对权重"),
    "network.instance": (
        "For this network, from the output down. Each equation was compared with what "
        "back-propagation put into its table.",
        "对于这个网络，从输出层往下依次为下表。每个方程都与反向传播填入梯度表的结点核对过。",
    ),
    "network.column.rule": ("rule", "编号"),
    "network.column.equation": ("equation", "方程"),
    "network.column.how": ("in the gradient table", "在梯度表中"),
    "network.rule.input": ("input", "输入"),
    "network.how.identical": ("the very node", "就是那个结点"),
    "network.how.normal form": ("the same, simplified", "化简后相同"),
    "network.how.proved": ("proved equal", "已证相等"),
    "network.how.points": ("equal at random points", "在随机点处相等"),
    "network.output": ("Multiplied out, the error of the output is", "代入后，输出层的误差为"),
    "network.output.merged": (
        "Loss and activation are differentiated together, as one function of {z}. With {a} the "
        "error of the output is",
        "损失与激活函数合在一起，作为 {z} 的函数求导。记 {a}，则输出层的误差为",
    ),
    "network.output.softmax": (
        "A softmax mixes the units of an example, so in place of the slope stands its Jacobian, "
        "{jacobian}, for each example.",
        "softmax 使同一样本的各单元相互影响，因此代替导数的是它的雅可比矩阵 {jacobian}，"
        "逐样本相乘。",
    ),
    "network.output.probabilities": (
        "where {total} = 1, as for probabilities",
        "当 {total} = 1（概率之和）时",
    ),
    # one weight
    "network.weight.title": ("A single weight", "单个权重"),
    "network.weight.intro": (
        "The derivative by one weight is a product of two numbers: the activation where its edge "
        "begins, from the forward pass, and the error where it ends, from the backward pass.",
        "对单个权重的导数是两个数之积：边的起点处的激活值（来自前向传播）与"
        "边的终点处的误差（来自反向传播）。",
    ),
    "network.weight.intro.batch": (
        "For each example, the derivative by one weight is a product of two numbers: the "
        "activation where its edge begins, from the forward pass, and the error where it ends, "
        "from the backward pass. The examples are added.",
        "对每个样本，单个权重的导数是两个数之积：边的起点处的激活值（来自前向传播）与"
        "边的终点处的误差（来自反向传播）；再对样本求和。",
    ),
    "network.weight.more": (
        "The dots {dots} are what the weight receives elsewhere: BP4 has the whole.",
        "其中 {dots} 表示该权重从别处得到的部分，完整的式子见 BP4。",
    ),
    # the reversed network
    "network.reversed.title": (
        "The backward pass as a network run in reverse",
        "把反向传播看作一个反向的网络",
    ),
    "network.reversed.intro": (
        "The backward pass is a network too. It has the same edges with the same weights, run from "
        "right to left, and where the forward pass applied σ it multiplies by the number {slope}, "
        "as an amplifier with that gain. The forward pass has fixed all gains, so it is linear.",
        "反向传播本身也是一个网络：边和权重不变，方向自右向左；前向传播中作用 σ 的地方，"
        "现在乘以常数 {slope}，好比放大系数为 {slope} 的放大器。"
        "这些系数在前向传播之后都已确定，所以这个网络是线性的。",
    ),
    "network.column.enters": ("what enters", "输入"),
    "network.column.through": ("goes through", "经过"),
    "network.column.gain": ("is amplified by", "放大系数"),
    "network.column.leaves": ("and is", "得到"),
    "network.nothing": ("—", "—"),
    # the picture
    "network.picture.caption": (
        "Above, the forward pass, from left to right. Below, the backward pass, from right to "
        "left: the same edges, and amplifiers in place of the activations.",
        "上：前向传播，自左向右。下：反向传播，自右向左，边相同，激活函数换成放大器。",
    ),
    "network.picture.forward": ("forward pass", "前向传播"),
    "network.picture.backward": ("backward pass", "反向传播"),
    "network.picture.input": ("input", "输入层"),
    "network.picture.layer": ("layer {number}", "第 {number} 层"),
    "network.picture.loss": ("loss", "损失"),
    # groups of nodes
    "network.group.input": ("input", "输入"),
    "network.group.layer": ("layer {number}", "第 {number} 层"),
    "network.group.loss": ("loss", "损失"),
}
