"""Tables: typed rows, the forward ones first; long ones are abridged."""

from __future__ import annotations

import pytest

import symdiff as sd
from symdiff.node import topological
from symdiff.show.table import LONGEST

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
x, z = sd.scalar("x"), sd.scalar("z")
loss = sd.sum((X @ w - y) ** 2)

PRINTED = """\
id  op        arguments  shape   expression
#1  variable             (n, d)  X
#2  variable             (d,)    w
#3  matmul    #1 #2      (n,)    X w
#4  variable             (n,)    y
#5  subtract  #3 #4      (n,)    X w − y
#6  constant             ()      2
#7  power     #5 #6      (n,)    (X w − y)²
#8  sum       #7         ()      sum((X w − y)²)
-- appended by differentiation ------------------------------
#9  matmul    #1 #5      (d,)    Xᵀ(X w − y)
#10  multiply  #6 #9      (d,)    2 Xᵀ(X w − y)
target = #8
d/dw = #10"""


def test_printed() -> None:
    found = sd.table(loss, w)
    assert [line.split() for line in str(found).splitlines()] == [
        line.split() for line in PRINTED.splitlines()
    ]
    assert repr(found) == str(found)


def test_columns_are_aligned() -> None:
    lines = [line for line in str(sd.table(loss, w)).splitlines() if line.startswith(("#", "id"))]
    assert len({line.index(word) for line, word in zip(lines[1:3], ("X", "w"), strict=True)}) == 1
    start = lines[0].index("op")
    assert all(line[start - 1] == " " != line[start] for line in lines)


def test_rows_are_typed() -> None:
    first, *_, last = sd.table(loss, w)
    assert first == (1, "variable", (), "(n, d)", "float", "X", X)
    assert (last.op, last.shape, last.dtype) == ("multiply", "(d,)", "float")
    assert last.node is sd.grad(loss, w)


def test_each_row_comes_after_its_arguments() -> None:
    rows = list(sd.table(loss, [X, w, y]))
    assert [row.id for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        assert all(argument < row.id for argument in row.args)
        assert [rows[a - 1].node for a in row.args] == list(row.node.args)


def test_forward_rows_are_those_of_the_target() -> None:
    found = sd.table(loss, w)
    assert [row.node for row in found.forward] == topological([loss])
    assert not {row.node for row in found.appended} & set(topological([loss]))
    assert len(found) == len(found.forward) + len(found.appended) == len(list(found))


def test_without_derivatives() -> None:
    found = sd.table([x * z, x + z])
    assert found.appended == []
    assert found.outputs == [("target 1", 3), ("target 2", 4)]
    assert "appended" not in str(found)


def test_before_any_rule() -> None:
    found = sd.table(x * z, [x, z], simplify=False)
    assert [row.expression for row in found.appended] == ["1.0", "1.0 z", "1.0 x"]
    assert found.outputs == [("target", 3), ("d/dx", 5), ("d/dz", 6)]


def test_kinds() -> None:
    flags = sd.vector("flags", "n", dtype="bool")
    kinds = [row.dtype for row in sd.table(sd.sum(sd.where(flags, 1, y)))]
    assert kinds == ["bool", "int", "float", "float", "float"]


@pytest.mark.parametrize(("length", "abridged"), [(LONGEST - 1, False), (5000, True)])
def test_long_tables_are_abridged(length: int, abridged: bool) -> None:
    node = x
    for _ in range(length):
        node = sd.sin(node)
    found = sd.table(node)
    lines = str(found).splitlines()
    assert len(found) == length + 1
    assert any(line.startswith("…") for line in lines) == abridged
    assert len(lines) == min(length + 1, LONGEST + 1) + 2
    assert lines[1].split()[0] == "#1"
    assert lines[-2].split()[0] == f"#{length + 1}"


def test_long_expressions_are_abridged() -> None:
    node = x
    for _ in range(30):
        node = sd.sin(node) + z
    assert max(len(row.expression) for row in sd.table(node)) <= 60
