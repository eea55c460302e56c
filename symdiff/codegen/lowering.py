"""How one node becomes one NumPy expression, with the conversions that keep one float type.

A call has one float type (see `binding`). Python numbers adapt to it by themselves under NumPy's
promotion rules; integers in arrays, and operations on Python numbers alone, need a conversion.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from symdiff.node import Node
from symdiff.ops.leaves import INEXACT, numpy_type
from symdiff.registry import form, no_functions
from symdiff.template import ANY, POSTFIX, Template


def is_python_number(node: Node, numbers: Container[Node]) -> bool:
    """True if the node's value is a Python number, given which of its arguments are."""
    return not node.ndim and all(arg in numbers for arg in node.args) and node.op.polymorphic(node)


def view_base(node: Node) -> Node:
    """The node whose memory NumPy gives for `node`: itself, unless it is a view."""
    while node.args and node.op.view(node):
        node = node.args[0]
    return node


def numpy_template(node: Node, numbers: Container[Node]) -> Template:
    """The NumPy template of a node; `numbers` holds the nodes whose values are Python numbers."""
    template = form(node.op.numpy, node)
    if node.op.functions is not no_functions or not node.op.elementwise:
        return _of_arrays(node, template, numbers)
    if node.dtype not in INEXACT:
        return template
    if all(a.dtype in INEXACT and a not in numbers for a in node.args):
        return template
    if all(arg in numbers for arg in node.args) and node.op.polymorphic(node):
        return template
    for k in _to_convert(node, template, numbers):
        if node.args[k].ndim:
            template = template.wrapping(k, "", ".astype(dtype)", POSTFIX)
        else:
            kind = node.args[k].dtype if node.args[k].dtype in INEXACT else "float"
            template = template.wrapping(k, f"{numpy_type(kind)}.type(", ")", ANY)
    return template


def calling(node: Node, template: Template, names: Sequence[str]) -> Template:
    """The template of a node with names for the functions of its own that it calls."""
    return template.filled({len(node.args) + k: name for k, name in enumerate(names)})


def _of_arrays(node: Node, template: Template, numbers: Container[Node]) -> Template:
    """Methods such as `.reshape` need arrays; `np.full` takes numbers as they are.

    Indices stay integers.
    """
    for k, arg in enumerate(node.args[: len(node.args) - len(node.op.indices(node))]):
        if k == node.op.condition:
            continue
        exact = arg.dtype not in INEXACT
        own = node.op.functions is not no_functions  # which take what they are given
        if node.dtype in INEXACT and exact and arg.ndim and k in template.slots and not own:
            template = template.wrapping(k, "", ".astype(dtype)", POSTFIX)
        elif arg in numbers and not node.op.numbers:
            dtype = ")" if exact else f", dtype={numpy_type(arg.dtype)})"
            template = template.wrapping(k, "np.asarray(", dtype, ANY)
    return template


def _to_convert(node: Node, template: Template, numbers: Container[Node]) -> list[int]:
    """The arguments without which the result would not be of the call's float type."""
    values = [k for k in template.slots if k != node.op.condition and k < len(node.args)]
    computed = [k for k in values if node.args[k] not in numbers]
    exact = ("int",) if node.op.polymorphic(node) else ("int", "bool")
    integers = [k for k in computed if node.args[k].dtype in exact]
    if integers or any(node.args[k].dtype in INEXACT for k in computed):
        return integers
    return computed or values[-1:]
