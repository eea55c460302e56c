"""Importing the package: what it loads, and that names are found whoever asks first."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symdiff as sd

HOMES: dict[str, str] = sd._HOMES


def in_new_process(code: str) -> str:
    """What a program prints that runs in a Python of its own."""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_importing_loads_nothing():
    code = "import sys, symdiff; print(sorted(m for m in sys.modules if m.startswith({!r})))"
    assert in_new_process(code.format(("symdiff", "numpy", "sympy", "scipy"))) == "['symdiff']"


def test_a_formula_needs_numpy_alone():
    code = """
import sys
import symdiff as sd
loss = sd.parse("sum(log(1 + exp(-y * (X @ w))))", X="n d", w="d", y="n")
X, w, y = sd.inputs(loss)
f = sd.compile([loss, sd.grad(loss, w)])
f([1.0], [[1.0]], [1.0])
print([m for m in ("sympy", "scipy", "symdiff.answers", "symdiff.cli") if m in sys.modules])
"""
    assert in_new_process(code) == "[]"


def test_types_are_read_from_where_names_are_found():
    """The imports that type checkers read say the same as the table that Python reads."""
    tree = ast.parse(Path(sd.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    named = {name.name: node.module for node in imports for name in node.names}
    assert named.pop("*") == "symdiff.ops"
    assert named == HOMES


def test_every_name_is_found():
    assert len(set(sd.__all__)) == len(sd.__all__)
    for name in sd.__all__:
        assert callable(getattr(sd, name)), name
    assert set(sd.__all__) <= set(dir(sd))
    found: dict[str, object] = {}
    exec("from symdiff import *", found)
    assert found.keys() >= set(sd.__all__)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_modules_can_be_loaded_in_any_order(step):
    code = f"""
import sys
from importlib import import_module
import numpy
from symdiff import _HOMES
for home in sorted({{*_HOMES.values(), "symdiff.ops", "symdiff.cli"}})[::{step}]:
    for module in [m for m in sys.modules if m.startswith("symdiff")]:
        del sys.modules[module]
    import_module(home)
"""
    assert in_new_process(code) == ""


def test_no_module_hides_a_public_name():
    code = """
import symdiff.cost, symdiff.ops, symdiff as sd
print(sd.cost.__name__, sd.ops.__name__, sd.cost.__module__, sd.ops.__module__)
"""
    assert in_new_process(code) == "cost ops symdiff.cost symdiff.show.catalogue"


def test_modules_are_found_as_attributes():
    assert in_new_process("import symdiff as sd; print(sd.errors.__name__)") == "symdiff.errors"


@pytest.mark.parametrize("name", ["foo", "__foo__", "_foo"])
def test_unknown_names(name):
    with pytest.raises(AttributeError, match=f"symdiff has no {name!r}"):
        getattr(sd, name)
