"""Layered networks: what is recognised, BP1 to BP4 against the pass, and how they are drawn."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import numpy as np
import pytest
from broken_rules import broken

import symdiff as sd
from symdiff.explain.affine import Batch
from symdiff.explain.equations import Equations, equations_of
from symdiff.explain.layer_groups import layer_groups
from symdiff.explain.network import Network, layers_of
from symdiff.explain.network_picture import network_picture
from symdiff.explain.network_section import network_sections
from symdiff.registry import OPS, Derivative, Linear, Partials, Pullback
from symdiff.show.document import Document, Section
from symdiff.show.naming import Names
from symdiff.show.wording import Wording
from symdiff.show.writers.latex import latex_document
from symdiff.show.writers.text import as_text

# One example, x and t; a batch by rows, X and T; a batch by columns, XC and TC
x, t = sd.vector("x", "d"), sd.vector("t", "c")
X, T = sd.matrix("X", "n", "d"), sd.matrix("T", "n", "c")
XC, TC = sd.matrix("X", "d", "n"), sd.matrix("T", "c", "n")
# Weights before columns, (units, units below), and behind rows
V1, V2 = sd.matrix("V1", "h", "d"), sd.matrix("V2", "c", "h")
W1, W2 = sd.matrix("W1", "d", "h"), sd.matrix("W2", "h", "c")
b1, b2 = sd.vector("b1", "h"), sd.vector("b2", "c")
w, b, y = sd.vector("w", "d"), sd.scalar("b"), sd.vector("y", "n")
lam, n = sd.scalar("lam"), sd.size("n")


def squares(error: sd.Node) -> sd.Node:
    """The sum of squares."""
    return sd.sum(error**2)


def cross_entropy(scores: sd.Node, axis: int) -> sd.Node:
    """Of the softmax of scores, with targets of their shape."""
    targets = {1: t, 2: T if axis else TC}[scores.ndim]
    return -sd.sum(targets * sd.log(sd.softmax(scores, axis=axis)))


def mahalanobis(error: sd.Node) -> sd.Node:
    """A squared length by a matrix."""
    return error @ sd.matrix("M", "c", "c") @ error


def rows(f: Callable[[sd.Node], sd.Node] = sd.tanh) -> sd.Node:
    """Scores of two layers, examples by rows."""
    return f(X @ W1 + b1) @ W2 + b2


def found(target: sd.Node, wrt: Sequence[sd.Node] = ()) -> Network:
    """The network that a target is; it is an error of the test if there is none."""
    network = layers_of(target, wrt)
    assert network is not None
    return network


def equations(target: sd.Node, wrt: Sequence[sd.Node]) -> Equations:
    """The equations of a network, verified."""
    network = found(target, wrt)
    table = sd.backprop(network.target, list(wrt))
    return equations_of(network, table, Names(network.target, made=network.names()))


def stated(target: sd.Node, wrt: Sequence[sd.Node]) -> list[str]:
    """The equations in one line each."""
    return [
        f"{e.rule} {e.left.pretty} = {e.right.pretty} [{e.how}]"
        for e in equations(target, wrt).found
    ]


# What is recognised -------------------------------------------------------------------------------

TWO = (V1, b1, V2, b2)
SPELLINGS: dict[str, tuple[sd.Node, Sequence[sd.Node], str]] = {
    "one example": (
        squares(sd.sigmoid(V2 @ sd.sigmoid(V1 @ x + b1) + b2) - t) / 2,
        TWO,
        "single | x | V1 b1 sigmoid | V2 b2 sigmoid",
    ),
    "weights transposed": (
        squares(sd.tanh(W2.T @ sd.tanh(W1.T @ x + b1) + b2) - t),
        (W1, W2),
        "single | x | W1ᵀ b1 tanh | W2ᵀ b2 tanh",
    ),
    "a row": (
        squares(sd.relu(x @ W1 + b1) @ W2 - t),
        (W1, W2, b1),
        "single | x | W1ᵀ b1 relu | W2ᵀ - linear",
    ),
    "rows": (
        squares(rows() - T) / (2 * n),
        (W1, b1, W2, b2),
        "rows | X | W1 b1 tanh | W2 b2 linear",
    ),
    "rows, weights transposed": (
        squares(sd.tanh(X @ V1.T + b1) @ V2.T + b2 - T),
        TWO,
        "rows | X | V1ᵀ b1 tanh | V2ᵀ b2 linear",
    ),
    "columns": (
        cross_entropy(V2 @ sd.gelu(V1 @ XC + b1[:, None]) + b2[:, None], 0),
        TWO,
        "columns | X | V1 b1 gelu | V2 b2 (softmax)",
    ),
    "columns, a bias reshaped": (
        squares(sd.tanh(V1 @ XC + sd.reshape(b1, (-1, 1)))),
        (V1, b1),
        "columns | X | V1 b1 tanh",
    ),
    "columns of data by rows": (
        squares(sd.tanh(V1 @ X.T + b1[:, None])),
        (V1, b1),
        "columns | Xᵀ | V1 b1 tanh",
    ),
    "a bias with two axes": (
        squares(sd.tanh(X @ W1 + sd.matrix("B", 1, "h"))),
        (W1,),
        "rows | X | W1 B tanh",
    ),
    "the bias first": (squares(sd.sin(b1 + V1 @ x)), (V1, b1), "single | x | V1 b1 sin"),
    "a threshold": (squares(sd.sigmoid(V1 @ x - b1)), (V1, b1), "single | x | V1 −b1 sigmoid"),
    "softmax and squares": (
        squares(sd.softmax(rows(), axis=1) - T),
        (W1, W2),
        "rows | X | W1 b1 tanh | W2 b2 softmax",
    ),
    "log softmax": (
        -sd.mean(sd.sum(T * sd.log_softmax(rows(), axis=1), axis=1)),
        (W1, W2),
        "rows | X | W1 b1 tanh | W2 b2 (softmax)",
    ),
    "softmax spelled out": (
        -sd.sum(T * sd.log(sd.exp(rows()) / sd.sum(sd.exp(rows()), axis=1, keepdims=True))),
        (W1, W2),
        "rows | X | W1 b1 tanh | W2 b2 (softmax)",
    ),
    "log sum of exponentials": (
        sd.mean(sd.logsumexp(rows(), axis=1) - sd.sum(T * rows(), axis=1)),
        (W1, W2),
        "rows | X | W1 b1 tanh | W2 b2 (softmax)",
    ),
    "cross-entropy of one example": (
        -t @ sd.log(sd.softmax(V2 @ sd.tanh(V1 @ x))),
        (V1, V2),
        "single | x | V1 - tanh | V2 - (softmax)",
    ),
    "logistic regression": (
        -sd.mean(y * sd.log(sd.sigmoid(X @ w + b)) + (1 - y) * sd.log(1 - sd.sigmoid(X @ w + b))),
        (w, b),
        "rows | X | w b (sigmoid)",
    ),
    "logistic regression without a bias": (
        sd.mean(sd.softplus(X @ w) - y * (X @ w)),
        (w,),
        "rows | X | w - (sigmoid)",
    ),
    "one unit": (squares(sd.tanh(w @ x + b)), (w, b), "single | x | w b tanh"),
    "linear regression": (squares(X @ w + b - y), (w, b), "rows | X | w b linear"),
    "the swish spelled out": (
        squares(rows(lambda z: z * sd.sigmoid(z)) - T),
        (W1, W2),
        "rows | X | W1 b1 silu | W2 b2 linear",
    ),
    "the sigmoid spelled out": (
        squares(rows(lambda z: 1 / (1 + sd.exp(-z))) - T),
        (W1, W2),
        "rows | X | W1 b1 sigmoid | W2 b2 linear",
    ),
    "a leaky unit by a choice": (
        squares(rows(lambda z: sd.where(z > 0, z, 0.1 * z)) - T),
        (W1, W2),
        "rows | X | W1 b1 where(z > 0, z, 0.1 z) | W2 b2 linear",
    ),
    "a leaky unit with a learned slope": (
        squares(sd.leaky_relu(V1 @ x, b) - b1),
        (V1, b),
        "single | x | V1 - relu(z) + b minimum(z, 0)",
    ),
    "a linear hidden layer": (
        squares(V2 @ (V1 @ x) - t),
        (V1, V2),
        "single | x | V1 - linear | V2 - linear",
    ),
    "tied weights": (
        squares(W1 @ sd.tanh(W1.T @ x + b1) - x),
        (W1, b1),
        "single | x | W1ᵀ b1 tanh | W1 - linear",
    ),
    "weights that are penalised": (
        squares(rows() - T) + lam * (squares(W1) + sd.sum(sd.abs(W2))),
        (W1, W2),
        "rows | X | W1 b1 tanh | W2 b2 linear",
    ),
    "a loss with a matrix of its own": (
        mahalanobis(sd.tanh(V2 @ sd.tanh(V1 @ x)) - t),
        (V1, V2),
        "single | x | V1 - tanh | V2 - tanh",
    ),
    "by the input alone": (squares(sd.tanh(V1 @ x + b1)), (x,), "single | x | V1 b1 tanh"),
    "by the first weights alone": (
        squares(rows() - T),
        (W1,),
        "rows | X | W1 b1 tanh | W2 b2 linear",
    ),
    "numbers as inputs": (
        squares(sd.tanh(V1 @ sd.vector("k", "d", dtype="int"))),
        (V1,),
        "single | k | V1 - tanh",
    ),
}  # fmt: skip


def summary(network: Network) -> str:
    """Batch, input, and for each layer weight, bias, activation; in brackets if merged."""
    words = [network.batch.value, str(network.input)]
    for layer in network.layers:
        matrix = layer.weight.ndim == 2
        weight = str(layer.weight) + "ᵀ" * (layer.affine.turned and matrix)
        bias = "-" if layer.bias is None else "−" * layer.bias.minus + str(layer.bias.node)
        if layer.activation is None:
            name = "linear"
        else:
            z = sd.tensor("z", *layer.z.shape)
            name = layer.activation.name or str(layer.activation.of(z))
        words.append(f"{weight} {bias} " + (f"({name})" if layer.merged else name))
    return " | ".join(words)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings(spelling: str) -> None:
    target, wrt, expected = SPELLINGS[spelling]
    assert summary(found(target, wrt)) == expected
    proven = equations(target, wrt)
    asked = {p for layer in proven.board.reached for p in layer.parameters} & set(wrt)
    assert len(proven.of("BP3")) + len(proven.of("BP4")) == len(asked)


@pytest.mark.parametrize(
    ("target", "wrt"),
    [
        (squares(X @ w - y), [w]),  # a product alone
        (squares(X @ w + y), [w]),  # with what is to be met, not a bias
        (x @ sd.matrix("A", "d", "d") @ x, [x]),  # x on both sides
        (squares(sd.tanh(V1 @ x)) + squares(sd.sin(V1 @ x)), [V1]),  # two activations of one sum
        (squares(sd.tanh(V1 @ x)) + squares(sd.tanh(V2 @ b1)), [V1, V2]),  # two branches
        (squares(rows()) + squares(sd.tanh(X @ W1 + b1)), [W1, W2]),  # the hidden layer penalised
        (squares(sd.sigmoid(X @ W1)), [X, W1]),  # either may be the weight
        (squares(sd.sigmoid(X @ W1)), []),
        (-b1 @ sd.log(sd.softmax(V1 @ x)), [x]),  # nobody asks about V1
        ((1 - b) ** 2, [b]),
        (sd.tanh(V1 @ x), [V1]),  # not a scalar
        (sd.real(sd.sum(sd.matrix("Z", "h", "d", dtype="complex") @ x)), [x]),
    ],
)
def test_what_is_no_network(target: sd.Node, wrt: list[sd.Node]) -> None:
    assert layers_of(target, wrt) is None


def test_a_skip_connection_ends_the_chain() -> None:
    S, R = sd.matrix("S", "d", "d"), sd.matrix("R", "d", "d")
    first = sd.relu(S @ x)
    target = squares(sd.sigmoid(V1 @ (sd.relu(R @ first) + first)))
    network = found(target, [S, R, V1])
    assert network.open
    assert summary(network) == "single | relu(R relu(S x)) + relu(S x) | V1 - sigmoid"
    assert stated(target, [S, R, V1])[-2:] == [
        "BP4 ∂C/∂V1 = δ⁽¹⁾ (a⁽⁰⁾)ᵀ [identical]",
        "input ∂C/∂a⁽⁰⁾ = V1ᵀ δ⁽¹⁾ [identical]",
    ]


def test_an_attention_is_no_layer() -> None:
    scores = sd.softmax((X @ W1) @ (X @ W1).T, axis=1)
    network = layers_of(squares(sd.tanh(scores @ X @ W1)), [W1])
    assert network is None or network.open


def test_a_prepared_target_is_read_the_same() -> None:
    target, wrt, expected = SPELLINGS["logistic regression"]
    assert summary(found(found(target, wrt).target, wrt)) == expected


def deep(depth: int) -> tuple[sd.Node, list[sd.Node]]:
    """A network with a layer of a size of its own after the other."""
    weights = [sd.matrix(f"W{k}", f"n{k}", f"n{k - 1}") for k in range(1, depth + 1)]
    h = sd.vector("x", "n0")
    for W in weights:
        h = sd.tanh(W @ h)
    return squares(h - sd.vector("t", f"n{depth}")) / 2, weights


def test_a_hundred_layers() -> None:
    target, weights = deep(100)
    proven = equations(target, weights)
    assert len(proven.found) == 1 + 99 + 100
    assert {equation.how for equation in proven.found} == {"identical"}


# What is stated -----------------------------------------------------------------------------------


def test_equations_of_one_example() -> None:
    target, wrt, _ = SPELLINGS["one example"]
    assert stated(target, wrt) == [
        "BP1 δ⁽²⁾ = ∂C/∂a⁽²⁾ ⊙ σ′(z⁽²⁾) [identical]",
        "BP2 δ⁽¹⁾ = (V2ᵀ δ⁽²⁾) ⊙ σ′(z⁽¹⁾) [identical]",
        "BP3 ∂C/∂b2 = δ⁽²⁾ [identical]",
        "BP3 ∂C/∂b1 = δ⁽¹⁾ [identical]",
        "BP4 ∂C/∂V2 = δ⁽²⁾ (a⁽¹⁾)ᵀ [identical]",
        "BP4 ∂C/∂V1 = δ⁽¹⁾ xᵀ [identical]",
    ]


def test_equations_of_rows() -> None:
    target, wrt, _ = SPELLINGS["weights that are penalised"]
    assert stated(target, [*wrt, b1, b2, X]) == [
        "BP1 δ⁽²⁾ = ∂C/∂z⁽²⁾ = 2 (z⁽²⁾ − T) [normal form]",
        "BP2 δ⁽¹⁾ = (δ⁽²⁾ W2ᵀ) ⊙ σ′(z⁽¹⁾) [identical]",
        "BP3 ∂C/∂b2 = sum(δ⁽²⁾, axis=0) [identical]",
        "BP3 ∂C/∂b1 = sum(δ⁽¹⁾, axis=0) [identical]",
        "BP4 ∂C/∂W2 = (a⁽¹⁾)ᵀ δ⁽²⁾ + lam sign(W2) [normal form]",
        "BP4 ∂C/∂W1 = Xᵀ δ⁽¹⁾ + 2 lam W1 [normal form]",
        "input ∂C/∂X = δ⁽¹⁾ W1ᵀ [identical]",
    ]


def test_equations_of_columns() -> None:
    target, wrt, _ = SPELLINGS["columns"]
    assert stated(target, wrt) == [
        "BP1 δ⁽²⁾ = ∂C/∂z⁽²⁾ = a⁽²⁾ diag(sum(T, axis=0)) − T [normal form]",
        "BP2 δ⁽¹⁾ = (V2ᵀ δ⁽²⁾) ⊙ σ′(z⁽¹⁾) [normal form]",
        "BP3 ∂C/∂b2 = sum(δ⁽²⁾, axis=1) [normal form]",
        "BP3 ∂C/∂b1 = sum(δ⁽¹⁾, axis=1) [normal form]",
        "BP4 ∂C/∂V2 = δ⁽²⁾ (a⁽¹⁾)ᵀ [identical]",
        "BP4 ∂C/∂V1 = δ⁽¹⁾ Xᵀ [identical]",
    ]


def test_shared_weights_receive_from_all_their_layers() -> None:
    S = sd.matrix("S", "d", "d")
    target = squares(sd.tanh(S @ sd.tanh(S @ x)))
    assert stated(target, [S])[-1] == "BP4 ∂C/∂S = δ⁽²⁾ (a⁽¹⁾)ᵀ + δ⁽¹⁾ xᵀ [normal form]"
    target, wrt, _ = SPELLINGS["tied weights"]
    assert stated(target, wrt)[-1] == "BP4 ∂C/∂W1 = δ⁽²⁾ (a⁽¹⁾)ᵀ + x (δ⁽¹⁾)ᵀ [normal form]"


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("log softmax", "(a⁽²⁾ − T)/n"),
        ("softmax spelled out", "a⁽²⁾ − T"),
        ("columns", "a⁽²⁾ − T"),
        ("cross-entropy of one example", "a⁽²⁾ − t"),
    ],
)
def test_softmax_and_cross_entropy_where_targets_sum_to_1(spelling: str, expected: str) -> None:
    output = equations(*SPELLINGS[spelling][:2]).output
    assert output is not None
    assert output.simpler is not None
    assert output.simpler.pretty == expected


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("log sum of exponentials", "(a⁽²⁾ − T)/n"),
        ("logistic regression", "(a⁽¹⁾ − y)/n"),
        ("one example", "a⁽²⁾ ⊙ (1 − a⁽²⁾) ⊙ (a⁽²⁾ − t)"),
        ("linear regression", "2 (z⁽¹⁾ − y)"),
        (
            "softmax and squares",
            "2 a⁽²⁾ ⊙ (a⁽²⁾ − T − sum(a⁽²⁾ ⊙ (a⁽²⁾ − T), axis=1)[:, None])",
        ),
    ],
)
def test_the_error_of_the_output(spelling: str, expected: str) -> None:
    output = equations(*SPELLINGS[spelling][:2]).output
    assert output is not None
    assert output.by_z is not None
    assert output.by_z.pretty == expected
    assert output.simpler is None


def test_the_pass_may_end_above_the_first_layer() -> None:
    target, wrt = squares(rows() - T), [W2, b2]
    assert [line[:3] for line in stated(target, wrt)] == ["BP1", "BP3", "BP4"]


def test_names_of_the_user_are_kept() -> None:
    target, wrt, _ = SPELLINGS["one example"]
    network = found(target, wrt)
    names = Names(network.target, {"o": network.last.a}, made=network.names(["o"]))
    table = sd.backprop(network.target, list(wrt))
    first = equations_of(network, table, names).found[0]
    assert first.right.pretty == "∂C/∂o ⊙ σ′(z⁽²⁾)"


def test_letters_of_variables_are_not_used_again() -> None:
    z, a, C = sd.vector("z", "d"), sd.vector("a1", "h"), sd.vector("C", "h")
    network = found(squares(sd.tanh(V1 @ z + a) - C), [V1, a])
    names = [name.pretty for name in network.names().values()]
    assert names == ["E", "s⁽¹⁾", "o⁽¹⁾"]  # h is a size


# Never false --------------------------------------------------------------------------------------


def halved_product(node: sd.Node, k: int, g: sd.Node) -> sd.Node | None:
    """What products send back, but half of it."""
    sent = CONTRACT_RULE.cotangent(node, k, g)
    return sent if sent is None or len(node.args) == 1 else 0.5 * sent


CONTRACT_RULE = OPS["contract"].derivative
BROKEN: dict[str, tuple[str, Derivative, str]] = {
    "the slope of an activation": (
        "tanh",
        Partials((lambda y, x: 1 + y * y,)),
        "the slope of the activation tanh(z ): d/dz : WRONG, ",
    ),
    "a loss": (
        "power",
        Partials((lambda y, x, k: k * x, lambda y, x, k: 0.0)),
        "the derivative of the loss by layer 2 is not what differences say: ",
    ),
    "a product": ("contract", Linear(halved_product), "BP2 does not hold for layer 1: "),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_never_printed(rule: str) -> None:
    name, derivative, message = BROKEN[rule]
    target = squares(sd.tanh(V2 @ sd.tanh(V1 @ x)) - t) ** 1.5
    with (
        broken(OPS[name], derivative),
        pytest.raises(sd.ExplanationError) as caught,
    ):
        equations(target, [V1, V2])
    assert str(caught.value).startswith(message)


def test_a_broken_softmax_is_never_printed() -> None:
    target, wrt, _ = SPELLINGS["log softmax"]
    wrong = Pullback(lambda node, k, g: g - sd.softmax(node.args[0], node.attrs) * g)
    with (
        broken(OPS["log_softmax"], wrong),
        pytest.raises(sd.ExplanationError, match="the derivative of the loss by layer 2"),
    ):
        equations(target, wrt)


# Sections -----------------------------------------------------------------------------------------

DOCUMENTED = ("one example", "weights that are penalised", "log softmax", "softmax and squares")


def document(target: sd.Node, wrt: Sequence[sd.Node], language: str) -> Document:
    """The section on a network as a document."""
    network = found(target, wrt)
    names = Names(network.target, made=network.names())
    table = sd.backprop(network.target, list(wrt))
    return Document((), (), network_sections(table, names, Wording(language), network), language)


@pytest.mark.parametrize(
    "spelling", [*DOCUMENTED, "logistic regression", "columns", "tied weights"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_golden(spelling: str, language: str, golden: Callable[[str, str], None]) -> None:
    target, wrt, _ = SPELLINGS[spelling]
    name = spelling.replace(",", "").replace(" ", "_")
    golden(f"network/{name}_{language}.txt", as_text(document(target, wrt, language)) + "\n")


def test_deep_networks_are_abridged() -> None:
    text = as_text(document(*deep(100), "en"))
    assert "⋮" in text
    assert len(text.splitlines()) < 200


def test_a_pass_of_something_else_has_no_section() -> None:
    target, wrt, _ = SPELLINGS["one example"]
    network = found(target, wrt)
    names, say = Names(network.target), Wording()
    assert network_sections(sd.backprop(target + 1, V1), names, say, network) == ()
    assert network_sections(sd.backprop(network.target, t), names, say, network) == ()


def test_every_part_is_there() -> None:
    target, wrt, _ = SPELLINGS["one example"]
    blocks = document(target, wrt, "en").blocks()
    keys = [block.key for block in blocks if isinstance(block, Section)]
    parts = ("forward", "backward", "weight", "reversed")
    assert keys == ["network", *(f"network {part}" for part in parts)]


@pytest.mark.slow
@pytest.mark.parametrize("spelling", DOCUMENTED)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_latex_compiles(spelling: str, language: str, tmp_path: Path) -> None:
    program = "xelatex" if language == "zh" else "pdflatex"
    if which(program) is None:
        pytest.skip(f"{program} is not installed")
    path = tmp_path / "network.tex"
    target, wrt, _ = SPELLINGS[spelling]
    path.write_text(latex_document(document(target, wrt, language)), encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


# Indices ------------------------------------------------------------------------------------------


def test_a_single_weight_is_what_its_indices_say() -> None:
    target = squares(rows() - T)
    rng = np.random.default_rng(0)
    shapes = {X: (5, 3), W1: (3, 4), b1: (4,), W2: (4, 2), b2: (2,), T: (5, 2)}
    point = {v: rng.normal(size=shape) for v, shape in shapes.items()}
    network = found(target, [W1, W2])
    table = sd.backprop(network.target, [W1, W2])
    nodes = [network.layers[0].a, table.cotangents[network.last.z], table.cotangents[W2]]
    a, delta, by_weight = sd.evaluate(nodes, point)
    for k, j in np.ndindex(4, 2):
        assert np.isclose(by_weight[k, j], sum(delta[i, j] * a[i, k] for i in range(5)))
    text = as_text(document(target, [W1, W2], "en"))
    assert "∂C/∂(W2)ₖⱼ = Σᵢ δ⁽²⁾ᵢⱼ a⁽¹⁾ᵢₖ" in text


# Pictures -----------------------------------------------------------------------------------------


def drawn(spelling: str, language: str = "en") -> ElementTree.Element:
    """The picture of a network, parsed."""
    target, wrt, _ = SPELLINGS[spelling]
    return ElementTree.fromstring(network_picture(found(target, wrt), Wording(language)).svg)


def count(picture: ElementTree.Element, element: str, style: str) -> int:
    """How many elements of a style there are, inner ones too."""
    found = picture.iter(f"{{http://www.w3.org/2000/svg}}{element}")
    return sum(each.get("class") == style for each in found)


def test_the_picture_has_an_amplifier_for_each_activation() -> None:
    picture = drawn("one example")
    assert count(picture, "polygon", "shape") == 6  # three units of each layer are drawn
    assert count(picture, "circle", "shape") == 3 * 3 + 2 * 3
    assert count(picture, "circle", "dot") == 3 * (1 + 2 + 2 + 2 + 2)
    assert count(picture, "line", "wire") == 9 + 3 + 9 + 3 + 3
    assert count(picture, "line", "wire back") == 3 + 9 + 3 + 3


def test_small_layers_are_drawn_whole() -> None:
    W, u = sd.matrix("W", 2, 4), sd.vector("u", 4)
    picture = ElementTree.fromstring(network_picture(found(squares(sd.tanh(W @ u)), [W])).svg)
    assert count(picture, "circle", "shape") == 4 + 2 + 2
    assert count(picture, "circle", "dot") == 0


def test_pictures_speak_chinese() -> None:
    text = "".join(drawn("one example", "zh").itertext())
    for word in ("前向传播", "反向传播", "输入层", "第 2 层", "损失"):
        assert word in text


def test_a_pass_by_the_input_is_drawn_down_to_it() -> None:
    picture = drawn("by the input alone")
    assert count(picture, "line", "wire back") == 3 + 9 + 3
    assert "∂x" in "".join(picture.itertext())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_network_is_drawn(spelling: str) -> None:
    target, wrt, _ = SPELLINGS[spelling]
    picture = network_picture(found(target, wrt))
    assert picture._repr_svg_() == picture.svg
    ElementTree.fromstring(picture.svg)
    assert picture.tikz.count("{") == picture.tikz.count("}")


def test_deep_networks_leave_layers_out() -> None:
    target, weights = deep(20)
    text = "".join(ElementTree.fromstring(network_picture(found(target, weights)).svg).itertext())
    assert "layer 3" in text
    assert "layer 4" not in text
    assert "layer 20" in text
    assert text.count("⋯") == 2


# Groups -------------------------------------------------------------------------------------------


def test_groups_have_every_node_once() -> None:
    target, wrt, _ = SPELLINGS["one example"]
    network = found(target, wrt)
    table = sd.backprop(network.target, list(wrt))
    groups = layer_groups(network, Wording(), table)
    assert list(groups) == ["input", "layer 1", "layer 2", "loss"]
    nodes = [node for group in groups.values() for node in group]
    assert len(nodes) == len(set(nodes))
    assert {*nodes} >= {*table.cotangents, *table.cotangents.values()}
    assert table.cotangents[network.last.z] in groups["layer 2"]
    assert table.cotangents[V1] in groups["layer 1"]
    assert list(layer_groups(network, Wording("zh"))) == ["输入", "第 1 层", "第 2 层", "损失"]


def test_batches_have_three_kinds() -> None:
    assert [batch.value for batch in Batch] == ["single", "rows", "columns"]
