"""Equations that nodes solve, as JSON: graphs of their own, inside an attribute.

The first places are those of the variables of the equation, which the rows of `nodes` follow.
"""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.dims import Shape
from symdiff.errors import ArgumentError, FileError
from symdiff.files.attributes import Json, check_keys, read, refuse, write
from symdiff.files.definitions import Keys
from symdiff.files.document import nodes_of, output_of, rows_of
from symdiff.node import Node, intern, topological
from symdiff.ops.equation import Equation
from symdiff.ops.leaves import KINDS, VARIABLE
from symdiff.ops.roots import ROOT
from symdiff.registry import Op

_DEEPEST = 8
"""The most equations inside each other."""
_KEYS = ("kind", "method", "names", "unknowns", "given", "nodes", "bodies")


def write_equation(equation: Equation, keys: Keys) -> Json:
    """An equation as JSON, with the names that the document has for functions of users.

    Raises ArgumentError for one that is nested too deeply.
    """
    _check_depth(equation)
    own = [*equation.unknowns, *equation.given]
    order = [node for node in topological(equation.bodies) if node not in {*own}]
    place = {node: i for i, node in enumerate([*own, *order])}
    return {
        "kind": equation.kind,
        "method": equation.method,
        "names": list(equation.names),
        "unknowns": [_write_variable(x) for x in equation.unknowns],
        "given": [_write_variable(x) for x in equation.given],
        "nodes": rows_of(order, place, keys),
        "bodies": [place[body] for body in equation.bodies],
    }


def read_equation(data: Json, place: str, own: Mapping[str, Op]) -> Equation:
    """The equation that JSON says, in a document that defines the ops `own`.

    Raises FileError that names the place.
    """
    if place.count(".nodes[") >= _DEEPEST:
        raise FileError(f"{place}: equations are nested more than {_DEEPEST} deep")
    check_keys(data, dict.fromkeys(_KEYS), place)
    kind, method = (read(data[key], str, f"{place}.{key}") for key in ("kind", "method"))
    names = read(data["names"], tuple[str, ...], f"{place}.names")
    unknowns = _read_variables(data["unknowns"], "x", f"{place}.unknowns")
    given = _read_variables(data["given"], "p", f"{place}.given")
    nodes = nodes_of(data["nodes"], [*unknowns, *given], f"{place}.nodes", own)
    if not isinstance(data["bodies"], list):
        refuse(f"{place}.bodies", "a list", data["bodies"])
    bodies = [output_of(i, nodes, f"{place}.bodies[{k}]") for k, i in enumerate(data["bodies"])]
    return Equation(kind, method, names, unknowns, given, tuple(bodies))


def _check_depth(equation: Equation) -> None:
    level, depth = [equation], 0
    while level:
        if depth == _DEEPEST:
            raise ArgumentError(
                f"equations are nested more than {_DEEPEST} deep, so no file has them"
            )
        inner = topological([body for each in level for body in each.bodies])
        level, depth = [node.attrs for node in inner if node.op is ROOT], depth + 1


def _write_variable(x: Node) -> Json:
    return write(x.attrs[1:], tuple[Shape, str])


def _read_variables(data: Json, letter: str, place: str) -> tuple[Node, ...]:
    if not isinstance(data, list):
        refuse(place, "a list", data)
    return tuple([_read_variable(each, letter, k, f"{place}[{k}]") for k, each in enumerate(data)])


def _read_variable(data: Json, letter: str, k: int, place: str) -> Node:
    shape, kind = read(data, tuple[Shape, str], place)
    if kind not in KINDS:
        refuse(f"{place}[1]", f"one of {', '.join(KINDS)}", kind)
    return intern(VARIABLE, (), (f"_{letter}{k}", shape, kind))
