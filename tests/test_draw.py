"""Pictures of graphs: what they show, from which step on, and what is refused."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import EXAMPLES, SVG, drawn, elements, fff, flow, least_squares, network, words
from samples import SAMPLES, declared

import symdiff as sd
from symdiff.draw.picture import FORMATS, Picture
from symdiff.node import topological
from symdiff.rewrite.stabilise import prepared
from symdiff.show.naming import Names

LOSS = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
X, W, Y = sd.inputs(LOSS)


# What is drawn ------------------------------------------------------------------------------------


def test_every_node_of_the_pass_is_drawn_once() -> None:
    picture = least_squares()
    table = sd.backprop(prepared([LOSS], [W])[0], W)
    nodes = topological([LOSS, *table.cotangents.values()])
    assert set(picture.ids) == set(nodes)
    vertices = drawn(picture.svg)
    written = {name for v in vertices.values() for name in (v.get("data-written") or "").split()}
    assert set(picture.ids.values()) == vertices.keys() | written
    assert not written & vertices.keys()
    assert {str(n) for n in nodes if picture.ids[n] in written} == {"2"}


def test_the_simplified_gradient_is_that_of_the_table() -> None:
    picture = least_squares(simplify=True)
    assert set(picture.ids) == {row.node for row in sd.table(LOSS, W)}
    assert not any(element.get("data-step") for element in elements(picture.svg))
    assert len(picture.frames) == 1


def test_forward_vertices_have_no_step_and_others_that_which_makes_them() -> None:
    picture = least_squares()
    table = sd.backprop(LOSS, W)
    vertices = drawn(picture.svg)
    for node in topological([LOSS]):
        if picture.ids[node] in vertices:
            assert vertices[picture.ids[node]].get("data-step") is None
    for place, step in enumerate(table.steps):
        assert step.sent is not None
        assert int(vertices[picture.ids[step.sent]].get("data-step", "-1")) <= place
    assert vertices[picture.ids[table.cotangents[LOSS]]].get("data-step") == "0"
    assert vertices[picture.ids[table.cotangents[W]]].get("data-step") == "3"


def test_a_sum_over_paths_is_there_when_the_last_path_is() -> None:
    x = sd.scalar("x")
    target = sd.sin(x) + sd.cos(x) + sd.exp(x)
    picture = sd.draw(target, x)
    table = sd.backprop(target, x)
    last = max(k for k, step in enumerate(table.steps) if step.receiver is x)
    vertices = drawn(picture.svg)
    gradient = table.cotangents[x]
    assert vertices[picture.ids[gradient]].get("data-step") == str(last)
    [partial] = [arg for arg in gradient.args if arg.op.name == "add"]
    assert int(vertices[picture.ids[partial]].get("data-step", "")) < last


def test_frames_fill_the_picture_step_by_step() -> None:
    picture = least_squares()
    steps = sd.backprop(LOSS, W).steps
    assert len(picture.frames) == len(steps) + 1
    counts = [len(drawn(frame)) for frame in picture.frames]
    assert counts == sorted(counts)
    assert drawn(picture.frames[0]).keys() < drawn(picture.svg).keys()
    assert drawn(picture.frames[-1]).keys() == drawn(picture.svg).keys()
    for k, frame in enumerate(picture.frames):
        found = [int(e.get("data-step", "-1")) for e in elements(frame)]
        assert max(found) == k - 1
        assert all((e.get("data-new") is not None) == (e.get("data-step") == str(k - 1))
                   for e in elements(frame) if e.get("data-step"))  # fmt: skip


def test_edges_name_their_ends() -> None:
    for picture in (least_squares(), flow(), network()):
        vertices = drawn(picture.svg)
        edges = [e for e in elements(picture.svg) if e.get("data-tail")]
        assert edges
        assert {e.get("data-tail") for e in edges} | {e.get("data-head") for e in edges} <= set(
            vertices
        )


def test_a_node_used_twice_has_two_edges() -> None:
    x = sd.scalar("x")
    picture = sd.draw(x * x)
    assert len(drawn(picture.svg)) == 2
    assert len([e for e in elements(picture.svg) if e.get("data-tail")]) == 2


def test_several_targets_share_one_graph() -> None:
    x, w = sd.vector("x", "d"), sd.vector("w", "d")
    picture = sd.draw([x @ w, sd.sum(w**2)])
    outputs = [e for e in drawn(picture.svg).values() if "output" in (e.get("class") or "")]
    assert len(outputs) == 2
    assert [words(e)[0] for e in outputs] == ["L", "u₂"]


def test_values_and_names_may_be_given_as_text() -> None:
    w, prediction = sd.inputs(LOSS)[1], sd.parse("X @ w", X="n d", w="d")
    by_name = sd.draw(LOSS, W, at={"w": [1.0, 2.0]}, names={"p": "X @ w"}, groups={"p": prediction})
    same = sd.draw(LOSS, W, at={w: [1.0, 2.0]}, names={"p": prediction}, groups={"p": [prediction]})
    assert by_name.svg == same.svg
    assert "1, 2" in by_name.svg


def test_what_has_no_path_has_a_gradient_of_zero() -> None:
    x, y = sd.scalar("x"), sd.scalar("y")
    picture = sd.draw(sd.sin(x), [x, y])
    [zero] = [n for n in picture.ids if str(n) == "0.0"]
    assert words(drawn(picture.svg)[picture.ids[zero]]) == ["∂L/∂y = 0"]
    assert y in picture.ids


def test_a_target_without_a_graph() -> None:
    x = sd.scalar("x")
    assert list(drawn(sd.draw(x).svg)) == ["n1"]
    assert set(sd.draw(x, x).ids.values()) == {"n1", "d1"}
    assert drawn(sd.draw(sd.constant(2.0)).svg).keys() == {"n1"}


# What is written ----------------------------------------------------------------------------------


def test_vertices_say_their_name_and_how_they_are_computed() -> None:
    picture = least_squares()
    said = {name: words(v) for name, v in drawn(picture.svg).items()}
    assert said[picture.ids[X @ W]] == ["u₁", "matmul"]
    assert said[picture.ids[(X @ W - Y) ** 2]] == ["u₃", "(·)²"]
    assert said[picture.ids[LOSS]] == ["L", "sum"]
    gradient = sd.backprop(LOSS, W).cotangents[W]
    assert said[picture.ids[gradient]] == ["∂L/∂w", "Xᵀ ∂L/∂u₂"]


def test_names_of_the_user_and_of_a_derivation() -> None:
    assert words(drawn(least_squares(names={"z": X @ W}).svg)["n3"])[0] == "z"
    names = Names(LOSS, {"q": X @ W})
    assert words(drawn(least_squares(names=names).svg)["n3"])[0] == "q"
    with pytest.raises(sd.ArgumentError, match="'y' already is a variable"):
        least_squares(names={"y": X @ W})


def test_tooltips_have_the_expression_and_the_shape() -> None:
    title = drawn(least_squares().svg)["n3"].find(SVG + "title")
    assert title is not None
    assert title.text == "X w   (n,)"


def test_values_are_those_of_the_evaluator() -> None:
    picture = flow()
    at = {X: [[1.0, 2.0], [3.0, 4.0]], W: [1.0, -1.0], Y: [0.0, 1.0]}
    said = {name: words(v) for name, v in drawn(picture.svg).items()}
    assert said[picture.ids[LOSS]][:2] == ["L", f"{sd.evaluate(LOSS, at):.3g}"]
    gradient = sd.evaluate(sd.grad(LOSS, W), at)
    assert said[picture.ids[W]][
        2
    ] == f"∂L/∂w = [{', '.join(f'{g:.3g}' for g in gradient)}]".replace("-", "−")
    assert said[picture.ids[X]] == ["X", "2×2: 1, 2, …"]


def test_values_that_are_not_given_are_drawn_from_the_seed() -> None:
    given = {W: [1.0, 2.0, 3.0, 4.0]}
    first, again, other = (least_squares(at=given, seed=s).svg for s in (0, 0, 1))
    assert first == again != other
    assert "[1, 2, 3, 4]" in first


def test_what_is_sent_back_stands_at_the_edges() -> None:
    picture = flow()
    labels = {
        (e.get("data-head"), e.get("data-tail")): (words(e), e.get("data-step"))
        for e in elements(picture.svg)
        if e.get("class") == "edge back"
    }
    ids = picture.ids
    assert labels[ids[LOSS], ids[(X @ W - Y) ** 2]] == (["∂L/∂u₃"], "0")
    assert labels[ids[X @ W], ids[W]] == (["∂L/∂w"], "3")
    assert len(labels) == len(sd.backprop(LOSS, W).steps)


def test_sums_are_labelled_by_their_parts() -> None:
    a, b = sd.scalar("a"), sd.scalar("b")
    svg = sd.draw((a + b) * a, a, view="flow").svg
    labels = [words(e)[0] for e in elements(svg) if e.get("class") == "edge back"]
    assert sorted(labels) == ["∂L/∂L u₁", "∂L/∂u₁", "∂L/∂u₁"]


def test_argument_places_are_said_where_the_picture_does_not_show_them() -> None:
    x, y = sd.scalar("x"), sd.scalar("y")
    assert not re.search('class="order"', sd.draw(x / y).svg)
    both = sd.draw([x / y, y / x])
    assert len(re.findall('class="order"', both.svg)) == 2


def test_words_in_chinese() -> None:
    svg = sd.draw(LOSS, W, lang="zh").svg
    assert "反向传播添加" in svg
    assert "appended" not in re.sub('class="[^"]*"|<style>.*?</style>', "", svg, flags=re.S)


def test_names_are_escaped() -> None:
    x = sd.vector("x_long_name", "n")
    picture = sd.draw(sd.sum(sd.where(x < 1, x, 0)), groups={'<a> & "b"': [x]})
    texts = [text for element in elements(picture.svg) for text in words(element)]
    assert '<a> & "b"' in texts
    assert "< 1" in texts


def test_light_and_dark() -> None:
    svg = least_squares().svg
    assert "@media (prefers-color-scheme:dark)" in svg
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == (
        "The graph of sum((X w − y)²), with what back-propagation by w appends"
    )


# Side by side, groups -----------------------------------------------------------------------------


def test_side_by_side() -> None:
    picture = fff()
    assert {name.split("_")[0] for name in drawn(picture.svg)} >= {"b", "n1"}
    assert len(drawn(picture.svg)) == 4 + 4 + 7
    texts = [t for e in elements(picture.svg) for t in words(e)]
    assert {"before", "after"} <= set(texts)
    x = sd.scalar("x")
    with pytest.raises(sd.ArgumentError, match=r"^2 pictures need as many captions, not 1$"):
        sd.draw(x).beside(sd.draw(sd.sin(x)), captions=["one"])


def test_groups_that_do_not_fit() -> None:
    other = sd.scalar("other")
    with pytest.raises(
        sd.ArgumentError, match=r"^`other`, in group 'g', is no part of the target$"
    ):
        sd.draw(LOSS, groups={"g": [other]})
    with pytest.raises(sd.ArgumentError, match=r"^`w` is in two groups, 'g' and 'h'$"):
        sd.draw(LOSS, groups={"g": [W], "h": [W, X]})


# Large graphs -------------------------------------------------------------------------------------


def boxes(picture: Picture) -> list[str]:
    return [words(v)[0] for name, v in drawn(picture.svg).items() if name.startswith("box")]


@pytest.mark.parametrize("depth", [190, 250, 100_000])
def test_a_chain(depth: int) -> None:
    x = sd.scalar("x")
    node = x
    for _ in range(depth):
        node = sd.sin(node)
    began = time.perf_counter()
    picture = sd.draw(node)
    assert len(picture.ids) == depth + 1
    if depth < 200:
        assert boxes(picture) == []
        assert len(drawn(picture.svg)) == depth + 1
    else:
        assert boxes(picture) == [f"… {depth + 1 - 24:,} nodes …"]
        assert len(drawn(picture.svg)) == 25
    assert picture.dot and picture.mermaid and picture.tikz
    assert time.perf_counter() - began < 60


def test_the_pass_over_a_chain_that_shares_a_variable() -> None:
    x = sd.scalar("x")
    node = x
    for _ in range(3000):
        node = sd.sin(node) * x
    picture = sd.draw(node, x)
    vertices = drawn(picture.svg)
    assert 40 < len(vertices) < 130
    assert len(boxes(picture)) == 2
    gradient = sd.backprop(node, x).cotangents[x]
    assert words(vertices[picture.ids[gradient]])[0] == "∂L/∂x"


def test_wide_graphs() -> None:
    parts = [sd.scalar(f"x{k}") for k in range(2000)]
    stacked = sd.draw(sd.sum(sd.stack([sd.sin(p) for p in parts])), parts[:3])
    assert len(drawn(stacked.svg)) < 60
    added = parts[0]
    for p in parts[1:]:
        added = added + p**2
    assert len(drawn(sd.draw(added).svg)) < 60


def test_groups_of_a_large_graph_are_boxes() -> None:
    h = sd.matrix("X", "n", "n")
    groups: dict[str, list[sd.Node]] = {}
    for k in range(40):
        W = sd.matrix(f"W{k}", "n", "n")
        groups[f"layer {k}"] = [W, h @ W, sd.tanh(h @ W)]
        h = sd.tanh(h @ W)
    first = groups["layer 0"][0]
    plain = sd.draw(sd.sum(h), groups=groups)
    assert boxes(plain) == [] and plain.svg.count('class="frame"') == 40
    picture = sd.draw(sd.sum(h), first, groups=groups)
    found = boxes(picture)
    assert found[:2] == ["layer 0: 3 nodes", "layer 1: 3 nodes"]
    assert len(found) == 80
    assert set(found[2:]) > {"layer 39: 3 nodes", "layer 34, backward: 4 nodes"}


def test_boxes_hold_what_is_left_out() -> None:
    x = sd.scalar("x")
    node = x
    for _ in range(400):
        node = sd.sin(node) * x
    picture = sd.draw(node, x)
    counts = [int(re.sub(r"\D", "", text)) for text in boxes(picture)]
    hidden = [name for name in picture.ids.values() if name.startswith("box")]
    assert sum(counts) == len(hidden)


# Options, files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "tree"}, "view must be 'graph' or 'flow', not 'tree'"),
        ({"direction": "down"}, "direction must be 'up' or 'right', not 'down'"),
        ({"view": "flow"}, "view='flow' shows a derivative: say by what, with wrt"),
        ({"simplify": True}, "simplify=True shows a derivative: say by what, with wrt"),
        ({"lang": "fr"}, "lang must be one of 'en', 'zh', not 'fr'"),
        (
            {"wrt": W, "view": "flow", "simplify": True},
            "view='flow' shows the pass, which simplify=True does not",
        ),
        ({"at": {"q": 1.0}}, "at has a value for 'q'; the variables here are X, w, y"),
        (
            {"at": {sd.scalar("q"): 1.0}},
            "at has a value for `q`; the variables here are X, w, y",
        ),
    ],
)
def test_options_that_do_not_fit(options: dict[str, object], message: str) -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        sd.draw(LOSS, **options)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_targets_that_do_not_fit() -> None:
    with pytest.raises(sd.ArgumentError, match="there is nothing to draw"):
        sd.draw([])
    with pytest.raises(sd.ArgumentError, match="the derivatives of 2 targets are 2 passes"):
        sd.draw([LOSS, LOSS * 2], W)
    with pytest.raises(sd.ArgumentError, match="expected an expression"):
        sd.draw("x")  # type: ignore[arg-type]
    with pytest.raises(sd.DerivativeError, match="is not a scalar"):
        sd.draw(X @ W, W)


def test_values_that_do_not_fit() -> None:
    with pytest.raises(sd.InputError):
        sd.draw(LOSS, at={W: np.ones(3), X: np.ones((2, 4))})


@pytest.mark.parametrize("suffix", FORMATS)
def test_files(suffix: str, tmp_path: Path) -> None:
    picture = least_squares()
    path = tmp_path / f"picture{suffix}"
    picture.save(path)
    assert path.read_text(encoding="utf-8") == getattr(picture, FORMATS[suffix])


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        least_squares().save("picture.png")
    assert str(caught.value) == (
        "a picture is saved as one of .svg, .dot, .gv, .mmd, .tex, .html, not as 'picture.png'"
    )


def test_notebooks() -> None:
    picture = least_squares()
    assert picture._repr_svg_() == picture.svg
    assert picture._repr_mimebundle_() == {
        "image/svg+xml": picture.svg,
        "text/plain": repr(picture),
    }


def test_the_animation_stands_alone() -> None:
    page = least_squares(lang="zh").animation
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert 'lang="zh"' in page
    assert "第 4 步，共 4 步" in page
    assert page.count("data-step=") > 5


# All ops ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, samples in SAMPLES.items() if samples])
def test_every_op_can_be_drawn(name: str) -> None:
    sample = SAMPLES[name][0]
    node = sd.parse(sample.formula, **declared(sample))
    total = sd.sum(sd.real(node)) if node.dtype in ("float", "complex") else None
    pictures = [sd.draw(node)]
    if total is not None and any(v.dtype == "float" for v in sd.inputs(total)):
        try:
            pictures.append(sd.draw(total, [v for v in sd.inputs(total) if v.dtype == "float"]))
        except sd.DerivativeError:  # of what is piecewise constant, or not declared smooth
            assert node.op.name  # it was drawn forward all the same
    for picture in pictures:
        vertices = drawn(picture.svg)
        written = " ".join(v.get("data-written") or "" for v in vertices.values()).split()
        assert vertices.keys() | set(written) == set(picture.ids.values())
        assert picture.dot and picture.mermaid and picture.tikz


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_say_what_they_show(name: str) -> None:
    picture = EXAMPLES[name]()
    assert picture.title in repr(picture)


def test_a_part_of_a_sum_is_never_labelled_as_the_sum() -> None:
    C = sd.matrix("C", "n", "n")
    target = sd.sum(sd.sin(C.T @ sd.abs(C - 1)))
    picture = sd.draw(target, C, view="flow")
    labels = [
        e.label.pretty for e in picture._sheets[0].diagram.edges if e.tail == "n1" and e.label
    ]
    assert labels == ["∂L/∂u₁", "…"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ["a"]}, "names gives expressions by name, {'z': X @ w}, not ['a']"),
        ({"groups": {"a": 3}}, "groups gives lists of nodes by label, {'layer 1': [z, a]}"),
        ({"groups": {"a": ["x"]}}, "'x', in group 'a', is no part of the target"),
        ({"at": [1]}, "at gives values by variable or name, {x: …}, not [1]"),
        ({"at": {}, "seed": -1}, "seed must be a whole number from 0 on, not -1"),
        ({"at": {}, "sizes": {"q": 3}}, "there is no named size 'q'; the target has 'n'"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    x = sd.vector("x", "n")
    with pytest.raises(sd.ArgumentError, match=re.escape(message)):
        sd.draw(sd.sum(x * x), x, **options)


def test_values_by_name() -> None:
    x = sd.vector("x", "n")
    by_name = sd.draw(sd.sum(x * x), x, at={"x": [1.0, 2.0]}).svg
    assert by_name == sd.draw(sd.sum(x * x), x, at={x: [1.0, 2.0]}).svg
