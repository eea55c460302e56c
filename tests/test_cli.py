"""The command line: what each command prints, its errors, and its exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symdiff as sd
from symdiff.cli import main

LEAST_SQUARES = ["sum((X @ w - y)**2)", "--shape", "X:n,d", "w:d", "y:n"]
Captured = pytest.CaptureFixture[str]


def run(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    """The exit status, standard output and standard error of a command."""
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


# grad ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        ([*LEAST_SQUARES, "--wrt", "w"], "2 Xᵀ(X w − y)\n"),
        ([*LEAST_SQUARES, "--wrt", "w", "--as", "pretty"], "2 Xᵀ(X w − y)\n"),
        ([*LEAST_SQUARES, "--wrt", "w", "--as", "text"], "2*(X.T @ (X @ w - y))\n"),
        (
            [*LEAST_SQUARES, "--wrt", "w", "--as", "latex"],
            "2 \\, X^{\\top} \\, \\left(X \\, w - y\\right)\n",
        ),
        (
            LEAST_SQUARES,
            "d/dX = 2 (X w − y) wᵀ\nd/dw = 2 Xᵀ(X w − y)\nd/dy = −2 (X w − y)\n",
        ),
        ([*LEAST_SQUARES, "--wrt", "y", "w"], "d/dy = −2 (X w − y)\nd/dw = 2 Xᵀ(X w − y)\n"),
        (["lam*x", "--shape", "lam:", "x:", "--wrt", "lam"], "x\n"),
        (["sum(A @ x)", "--shape", "A:matrix", "x:vector", "--wrt", "x"], "sum(A, axis=0)\n"),
    ],
    ids=["default", "pretty", "text", "latex", "all", "two", "scalars", "inferred"],
)
def test_grad(capsys: Captured, arguments: list[str], printed: str) -> None:
    assert run(capsys, "grad", *arguments) == (0, printed, "")


def test_grad_prints_text_where_unicode_cannot_be_shown(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ascii:
        encoding = "ascii"

        def __init__(self, inner: object) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

    monkeypatch.setattr(sys, "stdout", Ascii(sys.stdout))
    main(["grad", *LEAST_SQUARES, "--wrt", "w"])
    monkeypatch.undo()
    assert capsys.readouterr().out == "2*(X.T @ (X @ w - y))\n"


# emit ---------------------------------------------------------------------------------------------


def test_emit_to_standard_output(capsys: Captured) -> None:
    status, out, err = run(capsys, "emit", *LEAST_SQUARES, "--wrt", "w")
    X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    assert (status, err) == (0, "")
    assert out == sd.emit(sd.sum((X @ w - y) ** 2), wrt=[w], name="value_and_grad")


def test_emit_to_a_file(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "loss_grad.py"
    status, out, err = run(capsys, "emit", *LEAST_SQUARES, "--wrt", "w", "-o", str(path))
    assert (status, out, err) == (0, f"wrote loss_grad(X, w, y) to {path}\n", "")
    namespace: dict[str, object] = {}
    exec(path.read_text(encoding="utf-8"), namespace)
    function = namespace["loss_grad"]
    assert callable(function)
    value, gradient = function(np.eye(2), [1, 2], [0, 0])
    assert value == 5
    np.testing.assert_array_equal(gradient, [2, 4])


def test_emit_under_a_name(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "not-a-name.py"
    assert "wrote value_and_grad(" in run(capsys, "emit", *LEAST_SQUARES, "-o", str(path))[1]
    assert (
        "wrote energy("
        in run(capsys, "emit", *LEAST_SQUARES, "-o", str(path), "--name", "energy")[1]
    )
    assert "def energy(X, w, y):" in path.read_text(encoding="utf-8")


# table and check ----------------------------------------------------------------------------------


def test_table(capsys: Captured) -> None:
    status, out, err = run(capsys, "table", "x*y", "--shape", "x:", "y:")
    assert (status, err) == (0, "")
    assert out == (
        "id  op        arguments  shape  expression\n"
        "#1  variable             ()     x\n"
        "#2  variable             ()     y\n"
        "#3  multiply  #1 #2      ()     x y\n"
        "target = #3\n"
        "d/dx = #2\n"
        "d/dy = #1\n"
    )


def test_table_of_what_is_no_scalar(capsys: Captured) -> None:
    status, out, _ = run(capsys, "table", "x*2", "--shape", "x:n")
    assert status == 0
    assert out.splitlines()[-1] == "target = #3"


def test_draw(capsys: Captured, tmp_path: Path) -> None:
    formats = {
        "svg": "<svg ",
        "dot": "digraph {",
        "mermaid": "flowchart BT",
        "tikz": "\\definecolor",
    }
    for notation, beginning in formats.items():
        arguments = ["draw", *LEAST_SQUARES, "--wrt", "w", "--as", notation]
        status, out, _ = run(capsys, *arguments)
        assert status == 0 and out.startswith(beginning)
    path = tmp_path / "picture.svg"
    status, out, _ = run(
        capsys, "draw", *LEAST_SQUARES, "--wrt", "w", "--view", "flow", "--values", "--size", "n=2",
        "--direction", "right", "--seed", "3", "--lang", "zh", "-o", str(path),
    )  # fmt: skip
    assert (status, out) == (
        0, f"wrote {path}: sum((X w − y)²) 的计算图，以及对 w 反向传播所添加的结点\n"
    )  # fmt: skip
    loss = sd.parse(LEAST_SQUARES[0], X="n d", w="d", y="n")
    expected = sd.draw(
        loss, [sd.inputs(loss)[1]], view="flow", at={}, sizes={"n": 2}, direction="right", seed=3,
        lang="zh",
    )  # fmt: skip
    assert path.read_text(encoding="utf-8") == expected.svg
    _, out, _ = run(capsys, "draw", *LEAST_SQUARES)
    assert out.rstrip() == sd.draw(loss).svg


def test_draw_to_an_unknown_format(capsys: Captured, tmp_path: Path) -> None:
    status, _, err = run(capsys, "draw", "x*y", "-o", str(tmp_path / "picture.png"))
    assert status == 2
    assert err.startswith(
        "symdiff: a picture is saved as one of .svg, .dot, .gv, .mmd, .tex, .html"
    )


def test_cost(capsys: Captured) -> None:
    assert run(capsys, "cost", *LEAST_SQUARES) == (
        0,
        "operations  2 n d + 3 n\nmemory      2 n\ninputs      n d + n + d\n",
        "",
    )


def test_cost_of_derivatives(capsys: Captured) -> None:
    status, out, err = run(capsys, "cost", *LEAST_SQUARES, "--wrt", "w")
    X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    assert (status, err) == (0, "")
    assert out == f"{sd.cost(sd.sum((X @ w - y) ** 2), w)}\n"


def test_check(capsys: Captured) -> None:
    status, out, err = run(capsys, "check", *LEAST_SQUARES, "--size", "n=4", "d=2", "--seed", "3")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["d/dX: ok", "d/dw: ok", "d/dy: ok"]


def test_check_of_a_gradient_that_differs(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = sd.Comparison(sd.scalar("x"), derived=1.0, measured=2.0, error=0.5)
    monkeypatch.setattr("symdiff.cli.check", lambda *args, **options: [wrong])
    status, out, _ = run(capsys, "check", "x", "--shape", "x:")
    assert status == 1
    assert out == "d/dx: WRONG, derived 1, measured 2, relative error 5.0e-01\n"


def test_check_holds_constant_what_the_formula_does(capsys: Captured) -> None:
    status, out, _ = run(capsys, "check", "x * stop_gradient(x**2)", "--shape", "x:")
    assert (status, out[:9]) == (0, "d/dx: ok,")


def test_a_formula_may_begin_with_a_minus(capsys: Captured) -> None:
    negative = run(capsys, "grad", "-sum(t*log(softmax(z)))", "--wrt", "z", "--shape", "t:k", "z:k")
    assert negative[:2] == (0, "sum(t) softmax(z) − t\n")


def test_without_shapes_every_variable_is_a_scalar(capsys: Captured) -> None:
    assert run(capsys, "grad", "sin(x)*y", "--wrt", "x")[:2] == (0, "y cos(x)\n")


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [
        (
            [*LEAST_SQUARES, "--wrt", "w", "--answer", "2*X.T@(X@w-y)"],
            0,
            "d/dw = 2 Xᵀ(X w − y)\nRight, proved: both have the same normal form.\n",
        ),
        (
            [*LEAST_SQUARES, "--wrt", "w", "--answer", "-2*X.T@r", "--define", "r=X@w-y"],
            1,
            "d/dw = 2 Xᵀ r\nWrong: a sign: right is minus yours.\nAt a random point with "
            "n = 2, d = 3, entry [0] of yours is 1.82885; right is -1.82885.\n",
        ),
        (
            ["a*x**2", "--wrt", "x", "--answer", "a*x"],
            1,
            "d/dx = 2 a x\nWrong: a factor 2 is missing.\nAt a random point with "
            "a = 1.73043, x = 1.34589, the value of yours is 2.32896; right is 4.65792.\n",
        ),
        (
            ["x**2", "--answer", "2*x"],
            0,
            "d/dx = 2 x\nRight, proved: both have the same normal form.\n",
        ),
    ],
    ids=["right", "minus", "scalars", "one variable"],
)
def test_check_answer(capsys: Captured, arguments: list[str], status: int, printed: str) -> None:
    assert run(capsys, "check-answer", *arguments) == (status, printed, "")


def test_an_answer_by_a_defined_name(capsys: Captured) -> None:
    command = ["check-answer", "sum((t-o)**2)/2", "--wrt", "z", "--answer", "o*(o-t-(o-t)@o)"]
    command += ["--shape", "W:matrix", "h:vector", "t:vector", "--define", "z=W@h", "o=softmax(z)"]
    status, out, err = run(capsys, *command)
    assert (status, err) == (0, "")
    assert out.startswith("d/dz = o ⊙ (oᵀ(t − o) − (t − o))\nRight")


def test_the_seed_of_a_check_matters(capsys: Captured) -> None:
    outs = [run(capsys, "check", *LEAST_SQUARES, "--seed", seed)[1] for seed in ("1", "1", "2")]
    assert outs[0] == outs[1] != outs[2]


def test_demo(capsys: Captured) -> None:
    status, out, err = run(capsys, "demo")
    assert (status, err) == (0, "")
    for part in (
        'sd.parse("sum((X @ w - y)**2)/n + lam*sum(w**2)", X="n d", w="d", y="n", lam="")',
        "2 Xᵀ(X w − y)/n + 2 lam w",
        "\\frac{2 \\, X^{\\top}",
        "-- appended by differentiation",
        "def ridge(X, w, y, lam):",
        "d/dlam: ok",
    ):
        assert part in out


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["grad", "X @ w", "--shape", "X:n,d", "w:d"],
            "symdiff: the target `X @ w` of shape (n,) is not a scalar; take the gradient of its "
            "sum, sd.grad(sd.sum(target), wrt), or its Jacobian, sd.jacobian(target, wrt)\n",
        ),
        (
            ["grad", "sum(x", "--shape", "x:n"],
            "symdiff: this '(' is never closed\n  sum(x\n     ^\n",
        ),
        (
            ["grad", "sum(x)", "--shape", "x:n", "--wrt", "z", "u"],
            "symdiff: the formula has no variable z, u; it has x\n",
        ),
        (
            ["grad", "sum(x)", "--shape", "x"],
            "symdiff: 'x' declares no shape; write 'X:n,d', 'w:d' or 'lam:'\n",
        ),
        (
            ["grad", "floor(x)", "--shape", "x:"],
            "symdiff: `floor` has no derivative: it is a staircase, with derivative 0 on each step "
            "and none between. It stands in `floor(x)`. Use sd.stop_gradient(sd.floor(x)) if it is "
            "to be held constant, or x + sd.stop_gradient(sd.floor(x) - x) for a straight-through "
            "derivative of 1.\n",
        ),
        (
            ["check", "sum(x)", "--shape", "x:n", "--size", "n=a"],
            "symdiff: 'n=a' gives no size; write n=5\n",
        ),
        (
            ["check", "sum(x)", "--shape", "x:n", "--size", "3"],
            "symdiff: '3' gives no size; write n=5\n",
        ),
        (
            ["check-answer", "a*x**2", "--answer", "2*x"],
            "symdiff: an answer is the derivative by one of a, x; say which with --wrt\n",
        ),
        (
            ["check-answer", "x**2", "--answer", "2*x", "--define", "3"],
            "symdiff: '3' defines nothing; write 'h=sigmoid(W @ x)'\n",
        ),
        (
            ["check-answer", "x**2", "--answer", "u*x", "--shape", "x:"],
            "symdiff: unknown name 'u'; declared are x\n  u*x\n  ^\n",
        ),
        (
            ["emit", "sum(x)", "--shape", "x:n", "--name", "x"],
            "symdiff: 'x' is the name of an input; give the function another\n",
        ),
    ],
    ids=lambda e: " ".join(e[:2]) if isinstance(e, list) else "",
)
def test_bad_input(capsys: Captured, arguments: list[str], message: str) -> None:
    assert run(capsys, *arguments) == (2, "", message)


def test_a_file_that_cannot_be_written(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "module.py"
    status, out, err = run(capsys, "emit", *LEAST_SQUARES, "-o", str(path))
    assert (status, out) == (2, "")
    assert err.startswith("symdiff: ")
    assert str(path) in err


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_target_without_a_value(capsys: Captured) -> None:
    status, _, err = run(capsys, "check", "sum(log(x - 5))", "--shape", "x:n")
    assert status == 2
    assert err == "symdiff: the target is not finite near the point; give other values with `at`\n"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["grad"], ["grad", "x", "--as", "html"]])
def test_usage_errors(capsys: Captured, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: symdiff" in capsys.readouterr().err


def test_help(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    commands = ("grad", "emit", "table", "cost", "check", "check-answer", "demo")
    assert all(command in out for command in commands)


def test_as_a_module() -> None:
    command = [sys.executable, "-X", "utf8", "-m", "symdiff", "grad", *LEAST_SQUARES, "--wrt", "w"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8").strip() == "2 Xᵀ(X w − y)"
    refused = subprocess.run([*command[:5], "grad", "1 +"], capture_output=True, check=False)
    assert refused.returncode == 2
    assert b"Traceback" not in refused.stderr


# explain ------------------------------------------------------------------------------------------


def test_explain_prints_the_derivation(capsys: Captured) -> None:
    loss = sd.parse(LEAST_SQUARES[0], X="n d", w="d", y="n")
    expected = sd.explain(loss, sd.inputs(loss)[1], lang="zh", detail="short")
    options = ["--wrt", "w", "--lang", "zh", "--detail", "short"]
    assert run(capsys, "explain", *LEAST_SQUARES, *options) == (0, f"{expected.text}\n", "")


def test_explain_takes_values_names_sizes_and_parts(capsys: Captured) -> None:
    x, y = sd.scalar("x"), sd.scalar("y")
    expected = sd.explain(
        sd.sin(x * y), x, at={"x": 1.5}, names={"u": x * y}, order=2, seed=3, blanks=0.5,
        without=["check", "differentials"],
    )  # fmt: skip
    options = ["--wrt", "x", "--at", "x=1.5", "--define", "u=x*y", "--order", "2", "--seed", "3"]
    options += ["--blanks", "0.5", "--without", "check", "differentials", "--as", "latex"]
    assert run(capsys, "explain", "sin(x*y)", *options) == (0, f"{expected.latex}\n", "")


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [("txt", "Derivative of"), ("tex", "% !TeX program = pdflatex"), ("html", "<")],
)
def test_explain_writes_what_the_suffix_says(
    capsys: Captured, tmp_path: Path, suffix: str, begins: str
) -> None:
    path = tmp_path / f"lesson.{suffix}"
    assert run(capsys, "explain", "x*y", "-o", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8").startswith(begins)


def test_explain_writes_what_is_asked_for_whatever_the_suffix(
    capsys: Captured, tmp_path: Path
) -> None:
    path = tmp_path / "part.inc"
    assert run(capsys, "explain", "x*y", "-o", str(path), "--as", "latex") == (0, "", "")
    assert path.read_text(encoding="utf-8").startswith("\\section*{Derivative of")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--at", "x=1+"], "'x=1+' gives no value; write x=1.5 or 'w=[1, 2]'"),
        (["--at", "z=1"], "at has a value for 'z'; the variables here are x, y"),
        (["-o", "lesson.pdf"], "the suffix of 'lesson.pdf' must be one of .txt, .tex, .html"),
        (["--detail", "some"], "detail must be one of 'short', 'full', not 'some'"),
    ],
)
def test_explain_refuses(capsys: Captured, options: list[str], message: str) -> None:
    assert run(capsys, "explain", "x*y", *options) == (2, "", f"symdiff: {message}\n")


def test_explain_says_what_the_terminal_cannot_show(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sys.stdout), "encoding", "ascii", raising=False)
    status, _, err = run(capsys, "explain", "x*y")
    assert status == 2
    assert err.endswith("write the derivation to a file by -o\n")


def test_files_that_cannot_be_written(capsys: Captured, tmp_path: Path) -> None:
    for command in ("draw", "explain", "emit"):
        place = tmp_path / "no" / f"{command}.{'py' if command == 'emit' else 'svg'}"
        place = place.with_suffix(".html") if command == "explain" else place
        status, _, err = run(capsys, command, *LEAST_SQUARES, "--wrt", "w", "-o", str(place))
        folder = str(tmp_path / "no")
        message = f"symdiff: {place}: there is no folder {folder!r}; create it first\n"
        assert (status, err) == (2, message)
    status, _, err = run(capsys, "emit", *LEAST_SQUARES, "-o", str(tmp_path))
    assert (status, err) == (2, f"symdiff: {tmp_path}: is a directory\n")
