"""Layouts: nothing lies on anything else, in all examples and in random graphs."""

from __future__ import annotations

import itertools
import random
from typing import Any, TypeAlias

import numpy as np
import pytest
from pictures import EXAMPLES, network

import symdiff as sd
from symdiff.draw.diagram import Role
from symdiff.draw.geometry import Curve, Shape
from symdiff.draw.layout import lay_out
from symdiff.draw.levels import levels
from symdiff.draw.picture import Picture
from symdiff.draw.placing import is_square

Array: TypeAlias = "np.ndarray[Any, Any]"


def samples(curve: Curve) -> Array:
    """Points along a curve, close together."""
    t = np.linspace(0, 1, 33)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3])
    found, here = [], curve.start
    for piece in curve.pieces:
        a, b, end = piece if len(piece) == 3 else (here, piece[0], piece[0])
        found.append(weights @ np.array([here, a, b, end]))
        here = end
    return np.concatenate(found)


def depth_in(points: Array, s: Shape, square: bool) -> float:
    """How deep the deepest of some points lies in a shape with round corners."""
    radius = 5.0 if square else min(s.width, s.height) / 2
    dx = np.abs(points[:, 0] - s.x) - (s.width / 2 - radius)
    dy = np.abs(points[:, 1] - s.y) - (s.height / 2 - radius)
    beyond = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
    return float(np.max(radius - beyond))


def check(picture: Picture, direction: str) -> None:
    """Nothing overlaps, no edge runs through a vertex, all is on the paper."""
    for sheet in picture._sheets:
        diagram = sheet.diagram
        layout = lay_out(diagram, direction)
        for a, b in itertools.combinations(layout.shapes.values(), 2):
            apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2
            assert apart_x or abs(a.y - b.y) >= (a.height + b.height) / 2
        for edge, curve in zip(diagram.edges, layout.curves, strict=True):
            ways = [curve] if curve.back is None else [curve, curve.back]
            points = np.concatenate([samples(way) for way in ways])
            assert points.min() >= 0
            assert (points <= (layout.width, layout.height)).all()
            for v in diagram.vertices:
                deep = depth_in(points, layout.shapes[v.id], is_square(v))
                allowed = 1.0 if v.id in (edge.tail, edge.head) else 0.1
                assert deep <= allowed, (edge, v)
        left = [layout.shapes[v.id] for v in diagram.vertices if not v.appended]
        right = [layout.shapes[v.id] for v in diagram.vertices if v.appended]
        side = 0 if direction == "up" else 1
        if left and right:
            assert max(s[side] for s in left) < min(s[side] for s in right)


@pytest.mark.parametrize("direction", ["up", "right"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str, direction: str) -> None:
    check(EXAMPLES[name](), direction)


def formula(seed: int, count: int) -> tuple[sd.Node, list[sd.Node]]:
    """A random scalar formula with shared parts, and its variables."""
    rng = random.Random(seed)
    variables = [sd.scalar(name) for name in "abcd"]
    nodes = list(variables)
    for _ in range(count):
        x, y = rng.choice(nodes), rng.choice(nodes[-6:])
        nodes.append(rng.choice([x + y, x * y, x - y, sd.sin(x), sd.exp(y), x**2]))
    return nodes[-1] + nodes[-2] * nodes[-3], variables


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("options", [{}, {"view": "flow"}, {"simplify": True}, {"at": {}}])
def test_random_graphs(seed: int, options: dict[str, object]) -> None:
    target, variables = formula(seed, 4 + 2 * seed)
    picture = sd.draw(target, variables, **options)  # type: ignore[arg-type]
    check(picture, "up" if seed % 2 else "right")


def test_large_random_graphs() -> None:
    target, variables = formula(3, 600)
    check(sd.draw(target, variables), "up")
    check(sd.draw(target), "up")


def test_cotangents_stand_at_the_level_of_their_nodes() -> None:
    for picture in (EXAMPLES["fff"](), EXAMPLES["network"]()):
        diagram = picture._sheets[-1].diagram
        level = levels(diagram)
        assert len(diagram.anchors) > 3
        assert all(level[a] == level[b] for a, b in diagram.anchors.items())
        for edge in diagram.edges:
            if edge.role is Role.ARGUMENT:
                assert level[edge.tail] < level[edge.head]
            elif edge.role is Role.CHAIN and diagram.beside.get(edge.tail) != edge.head:
                assert level[edge.tail] > level[edge.head]


def test_the_forward_half_is_in_the_same_order_before_and_after() -> None:
    target, _ = formula(5, 12)

    def order(picture: Picture) -> dict[float, list[str]]:
        [sheet] = picture._sheets
        shapes = sheet.layout.shapes
        names = [v.id for v in sheet.diagram.vertices if not v.appended]
        level = levels(sheet.diagram)
        return {k: sorted((n for n in names if level[n] == k), key=lambda n: shapes[n].x)
                for k in set(level.values())}  # fmt: skip

    plain = order(sd.draw(target, names={"z": target}))
    assert plain == order(sd.draw(target, names={"z": target}))
    tree = sd.parse("sin(a*b) + exp(c/d)", a="", b="", c="", d="")
    before, after = sd.draw(tree), sd.draw(tree, sd.inputs(tree))
    rows = [[n for _, row in sorted(order(p).items()) for n in row] for p in (before, after)]
    assert rows[0] == rows[1]


def test_frames_hold_their_members_and_nothing_else() -> None:
    for options in ({}, {"view": "flow"}, {"direction": "right"}):
        [sheet] = network(**options)._sheets
        assert [len(outlines) for outlines in sheet.layout.frames] == [1, 1, 1]
        for group, [outline] in zip(sheet.diagram.groups, sheet.layout.frames, strict=True):
            xs, ys = [p.x for p in outline], [p.y for p in outline]
            for name, s in sheet.layout.shapes.items():
                within = (
                    min(xs) < s.x + s.width / 2 and s.x - s.width / 2 < max(xs)
                    and min(ys) < s.y + s.height / 2 and s.y - s.height / 2 < max(ys)
                )  # fmt: skip
                assert within == (name in group.members)
