"""Scalar programs as Python computes them: plain floats and `math`, without NumPy's scalars.

Where `math` raises an error, NumPy has an infinity or NaN. The function of floats then calls the
function of arrays, which the module has too; so do arguments that are no Python numbers.
"""

from __future__ import annotations

import builtins
from collections import Counter

from symdiff.codegen.expressions import Expressions
from symdiff.codegen.program import Program, Step, all_steps
from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT, VARIABLE
from symdiff.registry import form, no_functions
from symdiff.template import ANY, ATOM, UNARY, Template, literal


def is_scalar(program: Program) -> bool:
    """True for a program that floats can compute: all its values are floats, or their comparisons.

    Results may be arrays that are made of floats at the end.

    >>> import symdiff as sd
    >>> from symdiff.codegen.passes import laid_out
    >>> x, v = sd.scalar("x"), sd.vector("v", 2)
    >>> [is_scalar(laid_out([y], [y], [])) for y in (x * sd.sin(x), sd.stack([x, 1]), v)]
    [True, True, False]
    """
    if not program.variables or program.sizes:
        return False
    names = {v.attrs[0] for v in program.variables}
    if any(name == "math" or hasattr(builtins, name) for name in names):
        return False  # the code needs these names itself
    if any(v.shape or v.dtype != "float" for v in program.variables):
        return False
    return all(_is_float(step.node) for step in all_steps(program))


def _is_float(node: Node) -> bool:
    """True for a float, a number, the answer to a question on floats, and a list of such."""
    if node.op.functions is not no_functions:
        return False  # these are written for arrays
    if node.dtype == "complex" or not node.args:
        return not node.shape and node.op in (CONSTANT, VARIABLE) and node.dtype != "complex"
    if node.dtype not in ("float", "bool"):
        return False
    if node.shape:
        return not node.op.elementwise and python_template(node) is not None
    if not node.op.elementwise or any(arg.shape for arg in node.args):
        return False
    # of booleans, Python's arithmetic would make integers
    return node.dtype == "float" or not node.op.polymorphic(node)


# Expressions ------------------------------------------------------------------------------------


def float_template(node: Node) -> Template:
    """How a node is written for Python's floats.

    >>> import symdiff as sd
    >>> float_template(sd.scalar("x") ** 2).render([("x", ATOM), ("2", ATOM)])
    'x * x'
    """
    if node.op is CONSTANT:
        return _number(node.attrs.value)
    template = python_template(node)
    if template is not None:
        return _of_numbers(template, node)
    template = form(node.op.numpy, node)
    if not node.args:
        return template
    kind = "bool" if node.dtype == "bool" else "float"
    return template.within(f"{kind}(", ")")


def _of_numbers(template: Template, node: Node) -> Template:
    """The template of a float with booleans made floats, which it might give back as they are."""
    if node.dtype == "float" and not node.op.polymorphic(node):
        for k, arg in enumerate(node.args):
            if arg.dtype == "bool" and k != node.op.condition:
                template = template.wrapping(k, "float(", ")", ANY)
    return template


def python_template(node: Node) -> Template | None:
    """The template that an op declares for Python's floats, if it has one for this node."""
    declared = node.op.python
    return declared if declared is None or isinstance(declared, Template) else declared(node)


def _number(value: bool | float) -> Template:
    """A number as a float, with which Python computes faster than with integers."""
    if isinstance(value, bool):
        return literal(str(value))
    text = repr(float(value)).replace("inf", "math.inf").replace("nan", "math.nan")
    return literal(text, UNARY if text.startswith("-") else ATOM)


class FloatExpressions(Expressions):
    """Writes the steps of a scalar program as expressions of Python's floats."""

    indent = 8

    def add(self, step: Step) -> None:
        """Write the next step. What its template says twice needs a name."""
        slots = Counter(self.template(step.node).slots)
        for k, times in slots.items():
            if times > 1 and self.depths[step.args[k]]:
                self.assign(step.args[k])
        super().add(step)

    def template(self, node: Node) -> Template:
        """The template of the node of a step for Python's floats."""
        return float_template(node)

    def results(self) -> list[str]:
        """The text of each output; lists become arrays."""
        texts = [self.texts[step][0] for step in self.outputs]
        shaped = [bool(step.shape) for step in self.outputs]
        return [f"np.array({t})" if s else t for t, s in zip(texts, shaped, strict=True)]
