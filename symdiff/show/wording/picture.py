"""What pictures say."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    "picture.of": ("The graph of {target}", "{target} 的计算图"),
    "picture.with": (
        "The graph of {target}, with what back-propagation by {wrt} appends",
        "{target} 的计算图，以及对 {wrt} 反向传播所添加的结点",
    ),
    "picture.box": ("… {count} nodes …", "… {count} 个结点 …"),
    "picture.group": ("{label}: {count} nodes", "{label}：{count} 个结点"),
    "picture.group_backward": (
        "{label}, backward: {count} nodes",
        "{label}，反向：{count} 个结点",
    ),
    "picture.forward": ("forward", "前向"),
    "picture.backward": ("appended by back-propagation", "反向传播添加"),
    "picture.simplified": ("the gradient, simplified", "化简后的梯度"),
    "picture.sent": ("sent back", "反向传递"),
    "picture.step": ("step {step} of {steps}", "第 {step} 步，共 {steps} 步"),
    "picture.start": ("before the pass", "反向传播之前"),
    "picture.slider": ("steps of the pass", "反向传播的步骤"),
    "picture.play": ("play", "播放"),
    "picture.pause": ("pause", "暂停"),
}
