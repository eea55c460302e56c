"""Scalar programs as Python computes them: plain floats and `math`, without NumPy's scalars.

Where `math` raises an error, NumPy has an infinity or NaN. The function of floats then calls the
function of arrays, which the module has too; so do arguments that are no Python numbers.
"""

from __future__ import annotations

import builtins
import math
from collections import Counter

from symdiff.codegen.expressions import Expressions
from symdiff.codegen.layout import fitted
from symdiff.codegen.program import Program, Step, all_steps
from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT, VARIABLE
from symdiff.registry import form
from symdiff.template import ATOM, UNARY, Template, literal


def is_scalar(program: Program) -> bool:
    """True for a program that floats can compute: all its values are floats, or their comparisons.

    >>> import symdiff as sd
    >>> from symdiff.codegen.program import build
    >>> x = sd.scalar("x")
    >>> is_scalar(build([x * sd.sin(x)], [x])), is_scalar(build([sd.vector("x", 2)], []))
    (True, False)
    """
    named = {v.attrs[0] for v in program.variables}
    shadows = any(name == "math" or hasattr(builtins, name) for name in named)
    floats = all(v.dtype == "float" and not v.shape for v in program.variables)
    return (
        floats
        and bool(program.variables)
        and not (program.sizes or shadows)
        and all(_is_float(step.node) for step in all_steps(program))
        and any(step.args for step in all_steps(program))
    )


def _is_float(node: Node) -> bool:
    """True for what has no axes and is a float, a number, or the answer to a question on floats."""
    if node.shape or node.op in (CONSTANT, VARIABLE):
        return not node.shape and node.dtype != "complex"
    if not node.op.elementwise or node.dtype not in ("float", "bool"):
        return False
    # of booleans, Python's arithmetic would make integers
    return node.dtype == "float" or not node.op.polymorphic(node)


def float_template(node: Node) -> Template:
    """How a node is written for Python's floats.

    >>> import symdiff as sd
    >>> float_template(sd.scalar("x") ** 2).render([("x", ATOM), ("2", ATOM)])
    'x * x'
    """
    if node.op is CONSTANT:
        return _literal(node.attrs.value)
    if node.op.python is not None:
        return form(node.op.python, node)
    template = form(node.op.numpy, node)
    wrapped = "bool" if node.dtype == "bool" else "float"
    result = Template("")
    result.parts = (f"{wrapped}(", *template.parts, ")")
    return result


def _literal(value: bool | float) -> Template:
    """A number as a float, with which Python computes faster than with integers."""
    if isinstance(value, bool):
        return literal(str(value))
    number = float(value)
    text = repr(number).replace("inf", "math.inf").replace("nan", "math.nan")
    return literal(text, UNARY if text.startswith("-") else ATOM)


class FloatExpressions(Expressions):
    """Writes the steps of a scalar program as expressions of Python's floats."""

    indent = 8

    def add(self, step: Step) -> None:
        """Write the next step. What its template says twice needs a name."""
        slots = Counter(self.template(step).slots)
        for k, times in slots.items():
            if times > 1 and self.depths[step.args[k]]:
                self.assign(step.args[k])
        super().add(step)

    def template(self, step: Step) -> Template:
        """The template of a step for Python's floats."""
        return float_template(step.node)

    def results(self) -> list[str]:
        """The text of each output."""
        return [self.texts[step][0] for step in self.outputs]


def guard(parameters: list[str], name: str, general: str) -> list[str]:
    """The lines that leave all arguments but Python's floats to others."""
    wrong = [f"type({p}) is not float" for p in parameters]
    call = fitted(f"        return _with_floats({name}, {general}, ", parameters, ")", "        ")
    condition = " or ".join(wrong)
    if len(condition) <= 78:
        return [f"    if {condition}:", *call]
    return [
        "    if (",
        *(f"        {'or ' * (k > 0)}{each}" for k, each in enumerate(wrong)),
        "    ):",
        *call,
    ]


def rescue(parameters: list[str], general: str) -> list[str]:
    """The lines behind the computation, for points at which `math` refuses to compute."""
    call = fitted(f"        return _python_numbers({general}(", parameters, "))", "        ")
    return ["    except (ArithmeticError, ValueError):  # NumPy has infinities and NaN there", *call]


__all__ = ["FloatExpressions", "float_template", "guard", "is_scalar", "math", "rescue"]
