"""An op declared in one place is at once a function, text, derivative, source and print."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import math
import symdiff as sd
from symdiff.ops.declare import unary

unary("log2", lambda y, x: 1 / (x * math.log(2)), "Return the base-2 logarithm.", low=0.2)
x = sd.vector("x", "n")
e = sd.log2(x)
assert sd.parse(sd.text(e), x="n") is e
assert sd.compile(e)([1.0, 8.0]).tolist() == [0.0, 3.0]
assert all(comparison.ok for comparison in sd.check(sd.sum(e)))
print(sd.grad(sd.sum(e), x), sd.latex(e))
"""


def test_one_declaration_is_enough() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1.4426950408889634/x \\operatorname{log2}\\left(x\\right)\n"
