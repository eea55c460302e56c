"""An op declared in one place is at once a function, text, derivative, source and print."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import numpy as np
import symdiff as sd
from symdiff.ops.declare import unary
from symdiff.template import ADD, Template

form = Template("1 - np.cos({0})", ADD)
unary("versine", lambda y, x: sd.sin(x), "Return `1 - cos(x)`.", numpy=form, low=0.2)
x = sd.vector("x", "n")
e = sd.versine(x)
assert sd.parse(sd.text(e), x="n") is e
assert sd.compile(e)([0.0, np.pi]).tolist() == [0.0, 2.0]
assert all(comparison.ok for comparison in sd.check(sd.sum(e)))
print(sd.grad(sd.sum(e), x), sd.latex(e))
"""


def test_one_declaration_is_enough() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "sin(x) \\operatorname{versine}\\left(x\\right)\n"
