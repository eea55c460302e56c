"""Documents with functions that users have declared."""

from __future__ import annotations

import json

import numpy as np
import pytest

import symdiff as sd
from symdiff.own.declared import DECLARED
from symdiff.own.facts import op_of

x = sd.vector("x", "n")


def forget_all() -> None:
    """As in a process that knows no declaration."""
    for name in list(DECLARED):
        sd.forget(name)
    op_of.cache_clear()


def document() -> str:
    """A document with functions of all kinds that are given by formulas."""
    sd.define("halved(u)", "u/2")
    sd.define("gauss(u, s)", "exp(-halved(u**2)/s)", latex="G({u}, {s})")
    sd.define("spread(v, c)", "sum(halved(v[c])) / n", v="n", c="k int")
    sd.op("steep(u)", "u*abs(u)", derivative="2*abs(u)", between=(0.5, 1.5))
    node = sd.spread(sd.gauss(x, 2) + sd.steep(x), sd.vector("c", "k", "int"))
    return sd.to_json({"value": node, "gradient": sd.grad(node, x)})


def test_documents_give_the_very_nodes_back():
    told = document()
    found = sd.from_json(told)
    assert found["value"] is sd.spread(sd.gauss(x, 2) + sd.steep(x), sd.vector("c", "k", "int"))
    assert sd.to_json(found) == told
    assert json.loads(told)["definitions"] == {
        "halved": {"signature": "halved(u)", "entries": "u/2"},
        "gauss": {
            "signature": "gauss(u, s)",
            "entries": "exp(-halved(u**2)/s)",
            "uses": {"halved": "halved"},
        },
        "steep": {
            "signature": "steep(u)",
            "entries": "u*abs(u)",
            "derivative": ["2*abs(u)"],
            "called": True,
            "between": [0.5, 1.5],
        },
        "spread": {
            "signature": "spread(v, c)",
            "formula": "sum(halved(v[c])) / n",
            "shapes": {"v": "n", "c": "k int"},
            "uses": {"halved": "halved"},
        },
    }


def test_another_process_reads_them_without_learning_their_names():
    values = {"x": np.array([0.5, -1.0, 2.0]), "c": [0, 2]}
    told = document()
    expected = sd.evaluate(list(sd.from_json(told).values()), **values)
    forget_all()
    found = sd.from_json(told)
    assert not DECLARED and str(found["value"]).startswith("spread(gauss(x, 2)")
    for one, other in zip(sd.evaluate(list(found.values()), **values), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert sd.from_json(told)["value"] is found["value"]
    assert sd.to_json(found) == told


def test_two_functions_of_one_name_stay_apart():
    first = sd.define("f(u)", "u + 1")(x)
    second = sd.define("f(u)", "u + 2")(x)
    told = sd.to_json([first, second])
    assert [*json.loads(told)["definitions"]] == ["f", "f_"]
    assert sd.from_json(told) == [first, second]


def test_what_calls_python_must_be_declared_first():
    node = sd.op("ordered_by(v)", numpy=np.sort, shape="(n) -> (n)")(x)
    told = sd.to_json(node)
    assert json.loads(told)["definitions"] == {"ordered_by": {"signature": "ordered_by(v)"}}
    assert sd.from_json(told) is node
    forget_all()
    with pytest.raises(sd.FileError) as error:
        sd.from_json(told)
    assert str(error.value) == (
        "definitions.ordered_by: files hold no functions of Python; declare `ordered_by(v)` with "
        "sd.op or sd.define, then read the file"
    )


NODES = (
    '"nodes": [{"op": "variable", "args": [], "attrs": ["x", ["n"], "float"]}, '
    '{"op": "f", "args": [0]}], "outputs": 1'
)
HOSTILE = {
    '"f": 3': "definitions.f: expected an object, not 3",
    '"f": {}': "definitions.f.signature: expected text, not None",
    '"f": {"signature": "f(x)"}': "definitions.f: files hold no functions of Python; declare "
    "`f(x)` with sd.op or sd.define, then read the file",
    '"f": {"signature": "f(x", "entries": "x"}': "definitions.f: expected ',' or ')', found the "
    "end of the text f(x ^",
    '"f": {"signature": "sin(x)", "entries": "x"}': "definitions.f: symdiff has 'sin' already; "
    "choose another name, such as 'my_sin' sin(x) ^",
    '"sin": {"signature": "f(x)", "entries": "x"}': "definitions.sin: symdiff has a function of "
    "that name",
    '"f": {"signature": "f(x)", "entries": 3}': "definitions.f.entries: expected text, not 3",
    '"f": {"signature": "f(x)", "entries": "sum(x)"}': "definitions.f.entries: this is no formula "
    "for each entry",
    '"f": {"signature": "f(x)", "entries": "y"}': "definitions.f: unknown name 'y'; declared are "
    "x y ^",
    '"f": {"signature": "f(x)", "entries": "f(x)"}': "definitions.f: unknown function 'f'; "
    "print(sd.ops()) lists the",
    '"f": {"signature": "f(x)", "entries": "x", "code": "x"}': "definitions.f: nothing is called "
    "'code' here",
    '"f": {"signature": "f(x)", "entries": "x", "uses": {"g": "g"}}': "definitions.f.uses.g: "
    "expected a definition of 'g' before this one, not 'g'",
    '"f": {"signature": "f(x)", "entries": "x", "shapes": {"x": 3}}': "definitions.f.shapes: "
    "expected an object of texts, not {'x': 3}",
    '"f": {"signature": "f(x)", "entries": "x", "derivative": ["x", "x"]}': "definitions.f."
    "derivative: expected 1 texts, not ['x', 'x']",
    '"f": {"signature": "f(x)", "entries": "x", "called": 1}': "definitions.f.called: expected "
    "true or false, not 1",
    '"f": {"signature": "f(x)", "entries": "x", "between": [1.0]}': "definitions.f.between: "
    "expected two decimal numbers in order, not [1.0]",
    "": "nodes[1].op: expected the name of an op, not 'f'",
}


@pytest.mark.parametrize("definitions", HOSTILE)
def test_hostile_definitions_are_refused(definitions):
    told = '{"format": "symdiff graph", "version": 1, "definitions": {%s}, %s}'
    with pytest.raises(sd.FileError) as error:
        sd.from_json(told % (definitions, NODES))
    assert str(error.value).startswith(HOSTILE[definitions])
    assert not DECLARED


def test_names_known_here_mean_nothing_to_a_document():
    sd.define("f(x)", "x + 1")
    told = '{"format": "symdiff graph", "version": 1, ' + NODES + "}"
    with pytest.raises(sd.FileError, match=r"nodes\[1\].op: expected the name of an op, not 'f'"):
        sd.from_json(told)
    inner = '"g": {"signature": "g(x)", "entries": "f(x)"}'
    whole = (
        '{"format": "symdiff graph", "version": 1, "definitions": {%s}, "nodes": [], "outputs": []}'
    )
    with pytest.raises(sd.FileError, match=r"definitions[.]g: the function 'f' is not known here"):
        sd.from_json(whole % inner)
