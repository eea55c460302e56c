"""How one node becomes one NumPy expression, with the conversions that keep one float type.

A call has one float type (see `binding`). Python numbers adapt to it by themselves under NumPy's
promotion rules; integers in arrays, and operations on Python numbers alone, need a conversion.
"""

from __future__ import annotations

from collections.abc import Container

from symdiff.node import Node
from symdiff.ops.elementwise import WHERE
from symdiff.registry import form
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
    if node.dtype != "float" or all(a.dtype == "float" and a not in numbers for a in node.args):
        return template
    if all(arg in numbers for arg in node.args) and node.op.polymorphic(node):
        return template
    return _converted(node, template, numbers)


def _converted(node: Node, template: Template, numbers: Container[Node]) -> Template:
    values = [k for k in template.slots if not (k == 0 and node.op.name == _CHOICE)]
    is_float = any(node.args[k].dtype == "float" and node.args[k] not in numbers for k in values)
    for k in values:
        arg = node.args[k]
        if arg in numbers or not (arg.dtype == "int" or (arg.dtype == "bool" and not is_float)):
            continue
        template = template.wrapping(k, "", ".astype(dtype)", POSTFIX)
        is_float = True
    if not is_float and not _takes_dtype(template):
        last = max(k for k in values if node.args[k] in numbers)
        template = template.wrapping(last, "dtype.type(", ")", ANY)
    return template


def _takes_dtype(template: Template) -> bool:
    return any(isinstance(part, str) and "dtype=" in part for part in template.parts)


_CHOICE = WHERE.__name__
