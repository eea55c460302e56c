"""Whether a function makes a node: the check on what a file says.

Shapes and kinds follow from `Op.infer`, but not every attribute fits every argument. What the
functions accept is what text can say: the node, written over variables of the same shapes and read
again, must be that very node. Of an equation, which text may abridge, the function itself is asked.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import Any

from symdiff.dims import names_in
from symdiff.errors import FileError, SymdiffError, shape_text
from symdiff.frontends.equations import solved_again
from symdiff.frontends.text import parse
from symdiff.node import Node, intern
from symdiff.ops.equation import Equation
from symdiff.ops.leaves import CONSTANT, VARIABLE, variable
from symdiff.registry import Op
from symdiff.show.text import text

_LONGEST_REASON = 300


class Maker:
    """Makes nodes of what a file says, and refuses what no function makes.

    Nodes that differ only in which arguments of some shapes they have are checked once.
    """

    def __init__(self) -> None:
        self._known: set[Hashable] = set()

    def node(self, op: Op, args: tuple[Node, ...], attrs: Any, place: str) -> Node:
        """The node for an op. Raises FileError that names the place if no function makes it."""
        try:
            node = intern(op, args, attrs)
        except SymdiffError as error:
            raise FileError(f"{place}: {_in_short(error)}") from error
        except Exception as error:  # an op may fail in any way on attributes that no function makes
            raise FileError(f"{place}: {_no_function(op, args)}") from error
        self.check(node, place)
        return node

    def check(self, node: Node, place: str) -> None:
        """Raise FileError that names the place if no function makes the node."""
        alike = (node.op, node.attrs, *((arg.shape, arg.dtype) for arg in node.args))
        if (node.op is CONSTANT and not node.args) or alike in self._known:
            return
        if node.op.own is not None:  # any arguments that fit will do
            return
        if _made(node, exactly=False):
            self._known.add(alike)
            return
        alike = (
            node.op,
            node.attrs,
            *((a if _is_told(a) else a.shape, a.dtype) for a in node.args),
        )
        if alike in self._known:
            return
        if not _made(node, exactly=True):
            raise FileError(f"{place}: {_no_function(node.op, node.args)}")
        self._known.add(alike)


def _made(node: Node, exactly: bool) -> bool:
    """True if functions make this of variables; `exactly`, if arguments that text can tell stay."""
    try:
        if node.op is VARIABLE:
            return variable(*node.attrs) is node
        sizes = names_in(
            size for each in (node, *node.args) for size in (*each.shape, *each.op.sizes(each))
        )
        prefix = next(p for p in (f"arg{i}_" for i in count()) if not _starts_any(p, sizes))
        args = tuple(
            arg if exactly and _is_told(arg) else variable(f"{prefix}{k}", arg.shape, arg.dtype)
            for k, arg in enumerate(node.args)
        )
        stands = intern(node.op, args, node.attrs)
        if isinstance(node.attrs, Equation):
            return solved_again(stands) is stands
        names = {arg.attrs[0]: arg for arg in args if arg.op is VARIABLE}
        return parse(text(stands), **names, **{f"{prefix}sizes": sizes}) is stands
    except Exception:  # as above: it is not made, in whatever way it fails
        return False


def _is_told(arg: Node) -> bool:
    """True for a leaf that text tells in a few words: not for variables and arrays."""
    return not arg.args and arg.op is not VARIABLE and not (arg.op is CONSTANT and arg.shape)


def _starts_any(prefix: str, names: tuple[str, ...]) -> bool:
    return any(name.startswith(prefix) for name in names)


def _no_function(op: Op, args: tuple[Node, ...]) -> str:
    shapes = ", ".join(shape_text(arg.shape) for arg in args[:5]) + ", …" * (len(args) > 5)
    of = f"arguments of shapes {shapes}" if args else "no arguments"
    return f"no function makes `{op.name}` with these attributes of {of}"


def _in_short(error: Exception) -> str:
    message = " ".join(str(error).split())
    return message if len(message) <= _LONGEST_REASON else message[:_LONGEST_REASON] + "…"
