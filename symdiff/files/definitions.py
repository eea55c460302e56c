"""Functions that users have declared, as JSON documents hold them.

    "definitions": {
    "cube": {"signature": "cube(x)", "entries": "x**3"}}

One that is given by a formula stands there whole; it is read without making its name known, and is
the very function that this process has under that name, if the two agree. What calls Python has
its signature alone, and must be declared before the file is read: no code is in files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from symdiff.errors import ArgumentError, FileError, SymdiffError
from symdiff.files.attributes import Json, check_keys, refuse
from symdiff.frontends.declared import KINDS
from symdiff.node import Node, topological
from symdiff.ops.equation import Equation
from symdiff.own.body import Body, Formula, Procedure, Written, is_elementwise, read_formula
from symdiff.own.define import scalars_of
from symdiff.own.definition import Definition
from symdiff.own.parameters import Parameter, declared_parameters, size_words
from symdiff.own.signature import Signature, read_signature
from symdiff.registry import OPS, Op
from symdiff.show.text import text

Keys = dict[Op, str]
"""The functions of a document, by the names that they have there."""

_OPTIONAL = ("shapes", "derivative", "uses", "called", "between")


def write_definitions(nodes: Iterable[Node]) -> tuple[Keys, dict[str, Json]]:
    """The functions of users in some expressions, each behind those that it uses.

    Raises ArgumentError for one that no file can hold.
    """
    keys: Keys = {}
    written: dict[str, Json] = {}
    waiting = _own_ops(nodes)[::-1]
    while waiting:
        op = waiting[-1]
        inner = [each for each in _used(op.own) if each not in keys]
        if op in keys:
            waiting.pop()
        elif inner:
            waiting += inner
        else:
            keys[op] = _new(op.name, written)
            written[keys[op]] = _written(op, keys)
            waiting.pop()
    return keys, written


def read_definitions(data: Json) -> dict[str, Op]:
    """The functions of a document. Raises FileError that names the place."""
    if not isinstance(data, dict):
        refuse("definitions", "an object", data)
    found: dict[str, Op] = {}
    for key, each in data.items():
        place = f"definitions.{key}"
        if key in OPS and OPS[key].own is None:
            raise FileError(f"{place}: symdiff has a function of that name")
        try:
            found[key] = _read(each, found, place)
        except FileError:
            raise
        except SymdiffError as error:
            raise FileError(f"{place}: {' '.join(str(error).split())}") from error
    return found


# Writing ----------------------------------------------------------------------------------------


def _new(name: str, taken: Mapping[str, Json]) -> str:
    while name in taken:
        name += "_"
    return name


def _own_ops(nodes: Iterable[Node]) -> list[Op]:
    """The functions of users that nodes have as ops, here and inside equations."""
    found: dict[Op, None] = {}
    known: dict[Node, None] = dict.fromkeys(nodes)
    fresh = list(known)
    while fresh:
        found.update((node.op, None) for node in fresh if node.op.own is not None)
        bodies = [b for n in fresh if isinstance(n.attrs, Equation) for b in n.attrs.bodies]
        fresh = [n for n in topological(bodies, known=known) if n not in known]
        known.update(dict.fromkeys(fresh))
    return list(found)


def _used(own: Any) -> list[Op]:
    """The functions of users that a definition calls."""
    bodies = [own.body, *own.partials] if isinstance(own, Definition) else []
    found: dict[Op, None] = {}
    for body in bodies:
        if isinstance(body, Formula):
            found.update((op, None) for _, op in body.uses)
        elif isinstance(body, Written):
            found.update(dict.fromkeys(_own_ops(topological([body.value]))))
    return list(found)


def _written(op: Op, keys: Keys) -> Json:
    own = op.own
    assert own is not None
    data: dict[str, Json] = {"signature": str(own.signature)}
    if not isinstance(own, Definition) or _calls_python(own):
        return data
    data["entries" if own.elementwise else "formula"] = _text(own.body)
    shapes = {p.name: said for p in own.parameters if (said := _shape_said(p)) is not None}
    uses = {each.name: keys[each] for each in _used(own)}
    if len(uses) < len(_used(own)):
        raise ArgumentError(f"`{own.signature}` uses two functions of one name; no text can say it")
    optional = {
        "shapes": shapes,
        "derivative": list(map(_text, own.partials)),
        "uses": uses,
        "called": own.kept,
        "between": [] if own.between == (-2.0, 2.0) else list(own.between),
    }
    return data | {name: value for name, value in optional.items() if value}


def _calls_python(own: Definition) -> bool:
    return any(isinstance(body, Procedure) for body in (own.body, *own.partials))


def _text(body: Body) -> str:
    assert not isinstance(body, Procedure)
    return body.text if isinstance(body, Formula) else text(body.value)


def _shape_said(parameter: Parameter) -> str | None:
    shape, dtype = parameter.shape, parameter.dtype
    if shape is None:
        return None
    ranks = {rank: word for word, rank in KINDS.items()}
    said = ranks[shape] if isinstance(shape, int) else " ".join(map(str, shape))
    return said if dtype in (None, "float") else f"{said} {dtype}".strip()


# Reading ----------------------------------------------------------------------------------------


def _read(data: Json, known: Mapping[str, Op], place: str) -> Op:
    if not isinstance(data, dict):
        refuse(place, "an object", data)
    if not isinstance(data.get("signature"), str):
        refuse(f"{place}.signature", "text", data.get("signature"))
    signature = read_signature(data["signature"])
    here = OPS.get(signature.name)
    if {*data} == {"signature"}:
        if here is None or here.own is None or here.own.signature != signature:
            raise FileError(
                f"{place}: files hold no functions of Python; declare `{signature}` with sd.op or "
                "sd.define, then read the file"
            )
        return here
    body = "entries" if "entries" in data else "formula"
    given = {key: 0 for key in _OPTIONAL if key in data}
    check_keys(data, {"signature": 0, body: 0} | given, place)
    definition = _definition(signature, data, body, known, place)
    own = None if here is None else here.own
    if isinstance(own, Definition) and replace(own, pretty="", latex="") == definition:
        return own.op
    return definition.op


def _definition(
    signature: Signature, data: Json, body: str, known: Mapping[str, Op], place: str
) -> Definition:
    shapes = _texts(data.get("shapes", {}), f"{place}.shapes")
    parameters = declared_parameters(signature, shapes)
    uses = _uses(data.get("uses", {}), known, f"{place}.uses")
    words = (*signature.parameters, *size_words(parameters))
    formula = _formula(data[body], words, uses, f"{place}.{body}")
    partials = _partials(signature, data.get("derivative", []), uses, f"{place}.derivative")
    between = _between(data.get("between", [-2.0, 2.0]), f"{place}.between")
    called = data.get("called", False)
    if type(called) is not bool:
        refuse(f"{place}.called", "true or false", called)
    read: Body = formula
    scalars = scalars_of(parameters)
    if body == "entries":
        if not is_elementwise(formula, signature.parameters, scalars):
            raise FileError(f"{place}.entries: this is no formula for each entry")
        stands = dict(zip(signature.parameters, scalars, strict=True))
        read = Written(tuple(scalars), formula.run(stands, signature.parameters))
    return Definition(signature, parameters, read, partials, called, between)


def _texts(data: Json, place: str) -> dict[str, str]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        refuse(place, "an object of texts", data)
    return dict(data)


def _uses(data: Json, known: Mapping[str, Op], place: str) -> dict[str, Op]:
    found: dict[str, Op] = {}
    for word, key in _texts(data, place).items():
        if key not in known or known[key].name != word:
            refuse(f"{place}.{word}", f"a definition of {word!r} before this one", key)
        found[word] = known[key]
    return found


def _formula(data: Json, words: Sequence[str], uses: Mapping[str, Op], place: str) -> Formula:
    if not isinstance(data, str):
        refuse(place, "text", data)
    return read_formula(data, words, uses)


def _partials(
    signature: Signature, data: Json, uses: Mapping[str, Op], place: str
) -> tuple[Body, ...]:
    if not isinstance(data, list) or len(data) not in (0, len(signature.parameters)):
        refuse(place, f"{len(signature.parameters)} texts", data)
    words = (*signature.parameters, signature.name)
    return tuple(_formula(each, words, uses, f"{place}[{k}]") for k, each in enumerate(data))


def _between(data: Json, place: str) -> tuple[float, float]:
    match data:
        case [float() as low, float() as high] if low < high:
            return low, high
    refuse(place, "two decimal numbers in order", data)
