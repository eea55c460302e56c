"""Graphs as JSON: what is written, and how it is read without being trusted.

    {"format": "symdiff graph", "version": 1, "nodes": [
    {"op": "variable", "args": [], "attrs": ["x", ["n"], "float"]},
    {"op": "sin", "args": [0]}],
    "outputs": 1}

Nodes come after their arguments, which are given by their places. `outputs` is a place, a list of
places, or an object that gives names to places. Functions that users have declared stand in front
of the nodes (see `files.definitions`).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from symdiff.derive.declared_rules import overrides
from symdiff.errors import ArgumentError, FileError, quote
from symdiff.files.attributes import Json, check_keys, read, read_whole, refuse, write
from symdiff.files.definitions import Keys, read_definitions, write_definitions
from symdiff.files.made import Maker
from symdiff.files.whole import read_text, write_whole
from symdiff.node import Node, topological
from symdiff.ops.equation import Equation
from symdiff.registry import OPS, Op

Graph: TypeAlias = "Node | Sequence[Node] | Mapping[str, Node]"
Loaded: TypeAlias = "Node | list[Node] | dict[str, Node]"

FORMAT = "symdiff graph"
VERSION = 1
_LONGEST_NUMBER = 40
"""The most characters that a number has; any float needs fewer."""


def save(path: str | os.PathLike[str], nodes: Graph) -> None:
    """Write expressions to a JSON file, from which `load` reads them; see `to_json`.

    The file is written whole or not at all: what stood there before stays until then.

    Raises ArgumentError for what is not made of expressions; OSError if the file cannot be written.

    >>> import symdiff as sd, tempfile
    >>> x = sd.vector("x", "n")
    >>> loss = sd.sum(sd.sin(x) ** 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/loss.json", {"loss": loss, "gradient": sd.grad(loss, x)})
    ...     load(f"{folder}/loss.json")["loss"] is loss
    True
    """
    write_whole(path, to_json(nodes))


def load(path: str | os.PathLike[str]) -> Loaded:
    """Read expressions from a file that `save` has written; see `from_json`.

    Raises FileError for any other file; OSError if it cannot be read.
    """
    return from_json(read_text(path))


def to_json(nodes: Graph) -> str:
    """Return expressions as a JSON document: one, a sequence of them, or a mapping from names.

    What they share stands there once, and numbers are exact. `from_json` gives the very nodes
    back, in this process or any other.

    Raises ArgumentError for what is not made of expressions, and for nodes that only generated
    code has.

    >>> import symdiff as sd
    >>> print(to_json(sd.sin(sd.vector("x", "n"))))
    {"format": "symdiff graph", "version": 1, "nodes": [
    {"op": "variable", "args": [], "attrs": ["x", ["n"], "float"]},
    {"op": "sin", "args": [0]}],
    "outputs": 1}
    """
    outputs = _outputs(nodes)
    order = topological(outputs)
    place = {node: i for i, node in enumerate(order)}
    places: Json = [place[node] for node in outputs]
    if isinstance(nodes, Node):
        (places,) = places
    elif isinstance(nodes, Mapping):
        places = dict(zip(nodes, places, strict=True))
    keys, definitions = write_definitions(order)
    rows = ",\n".join(map(json.dumps, rows_of(order, place, keys)))
    head = json.dumps({"format": FORMAT, "version": VERSION})[:-1]
    if definitions:
        lines = [f"{json.dumps(key)}: {json.dumps(each)}" for key, each in definitions.items()]
        head += ', "definitions": {\n' + ",\n".join(lines) + "}"
    return f'{head}, "nodes": [\n{rows}],\n"outputs": {json.dumps(places)}}}\n'


def from_json(text: str) -> Loaded:
    """Return the expressions of a document that `to_json` has written, as they were given.

    Nothing in it is trusted or evaluated: each node is one that the functions make, with the
    shape that they give it.

    Raises FileError for any other text, with the place where it goes wrong.

    >>> from_json('{"format": "symdiff graph", "version": 1, "nodes": [], "outputs": 0}')
    Traceback (most recent call last):
        ...
    symdiff.errors.FileError: outputs: there is no node 0
    """
    document = _parsed(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FileError(f'this is no graph of symdiff: "format" is not {FORMAT!r}')
    version = read_whole(document.get("version"), "version", least=1)
    if version > VERSION:
        raise FileError(f"version: this symdiff reads version {VERSION}, not {version}: update it")
    keys = {"format": 0, "version": 0, "nodes": 0, "outputs": 0}
    own = {"definitions": 0} if "definitions" in document else {}
    check_keys(document, keys | own, "the document")
    definitions = read_definitions(document.get("definitions", {}))
    nodes = nodes_of(document["nodes"], [], "nodes", definitions)
    match document["outputs"]:
        case dict() as named:
            return {name: output_of(i, nodes, f"outputs.{name}") for name, i in named.items()}
        case list() as places:
            return [output_of(i, nodes, f"outputs[{k}]") for k, i in enumerate(places)]
        case place:
            return output_of(place, nodes, "outputs")


# Writing ----------------------------------------------------------------------------------------


def _outputs(nodes: Graph) -> list[Node]:
    if isinstance(nodes, Mapping):
        for name in nodes:
            if not isinstance(name, str):
                raise ArgumentError(f"the name of an expression is text, not {name!r}")
        nodes = list(nodes.values())
    outputs = [nodes] if isinstance(nodes, Node) else nodes
    if isinstance(outputs, str) or not isinstance(outputs, Iterable):
        raise ArgumentError(f"a file holds expressions, not {outputs!r}")
    outputs = list(outputs)
    for node in outputs:
        if not isinstance(node, Node):
            raise ArgumentError(f"a file holds expressions, not {node!r}")
    return outputs


def rows_of(order: Sequence[Node], place: Mapping[Node, int], keys: Keys) -> list[Json]:
    """A row for each node, checked to be one that can be read again; `place` has that of all.

    `keys` are the names of the ops that the document defines.
    """
    maker = Maker()
    rows: list[Json] = []
    for node in order:
        name = keys.get(node.op, node.op.name)
        row: dict[str, Json] = {"op": name, "args": [place[arg] for arg in node.args]}
        if node.attrs is not None:
            if overrides(node):
                raise ArgumentError(
                    f"files hold no rules such as that of {quote(node)}; keep the expression "
                    "without sd.custom_gradient, and apply that again"
                )
            if node.op.attrs is None:
                raise ArgumentError(f"`{node.op.name}` is in generated code alone, not in files")
            row["attrs"] = _written_attrs(node, keys)
        try:
            maker.check(node, "the graph")
        except FileError as error:
            raise ArgumentError(f"{error}; generated code alone has such nodes") from None
        rows.append(row)
    return rows


def _written_attrs(node: Node, keys: Keys) -> Json:
    if node.op.attrs is not Equation:
        return write(node.attrs, node.op.attrs)
    from symdiff.files.equations import write_equation

    return write_equation(node.attrs, keys)


# Reading ----------------------------------------------------------------------------------------


def _parsed(text: str) -> Json:
    if not isinstance(text, str):
        raise ArgumentError(f"a document is text, not {type(text).__name__}")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        instead = "" if text.lstrip().startswith("{") else _INSTEAD
        raise FileError(f"this is not JSON: {error.msg} in {where}{instead}") from None
    except RecursionError:
        raise FileError("this is no graph of symdiff: it is nested too deeply") from None


_INSTEAD = "; sd.load reads the file at a path, sd.load_source an emitted module"


def _object(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise FileError(f"an object has the key {twice[:_LONGEST_NUMBER]!r} twice")
    return found


def _int(digits: str) -> int:
    return int(_short(digits))


def _float(digits: str) -> float:
    number = float(_short(digits))
    if not math.isfinite(number):
        raise FileError(f"{digits} is larger than all floats")
    return number


def _short(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER:
        raise FileError(f"the number {digits[:10]}… has {len(digits)} characters")
    return digits


def _no_constant(word: str) -> NoReturn:
    raise FileError(f'{word} is not JSON; the float stands as "{word.lower()[:4]}"')


def nodes_of(rows: Json, known: Sequence[Node], where: str, own: Mapping[str, Op]) -> list[Node]:
    """The nodes of rows at a place of a document, behind those that are known.

    `own` are the ops that the document defines.
    """
    if not isinstance(rows, list):
        refuse(where, "a list", rows)
    maker = Maker()
    nodes = list(known)
    for i, row in enumerate(rows):
        nodes.append(_node(row, nodes, own, maker, f"{where}[{i}]"))
    return nodes


def _node(row: Json, nodes: list[Node], own: Mapping[str, Op], maker: Maker, place: str) -> Node:
    if not isinstance(row, dict):
        refuse(place, "an object", row)
    check_keys(row, {"op": 0, "args": 0} | ({"attrs": 0} if "attrs" in row else {}), place)
    name, positions = row["op"], row["args"]
    op = (own.get(name) or OPS.get(name)) if isinstance(name, str) else None
    if op is None or (op.own is not None and name not in own):
        refuse(f"{place}.op", "the name of an op", name)
    if not isinstance(positions, list):
        refuse(f"{place}.args", "a list", positions)
    for k, i in enumerate(positions):
        if type(i) is not int or not 0 <= i < len(nodes):
            refuse(f"{place}.args[{k}]", f"the place of a node before {place}", i)
    args = tuple([nodes[i] for i in positions])
    if op.attrs is None:
        if "attrs" in row:
            raise FileError(f"{place}.attrs: `{name}` has none")
        return maker.node(op, args, None, place)
    return maker.node(op, args, _read_attrs(row.get("attrs"), op, own, f"{place}.attrs"), place)


def _read_attrs(data: Json, op: Op, own: Mapping[str, Op], place: str) -> Any:
    if op.attrs is not Equation:
        return read(data, op.attrs, place)
    from symdiff.files.equations import read_equation

    return read_equation(data, place, own)


def output_of(data: Json, nodes: list[Node], place: str) -> Node:
    if type(data) is not int:
        refuse(place, "the place of a node", data)
    if not 0 <= data < len(nodes):
        raise FileError(f"{place}: there is no node {data}")
    return nodes[data]
