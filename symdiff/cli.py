"""The command line, `symdiff`: derivatives of formulas, source, tables, costs, checks."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import get_args

from symdiff import cli_explain
from symdiff.answers.same import define, judge, shortened
from symdiff.binding import inputs
from symdiff.check import check
from symdiff.codegen.generate import Style, emit
from symdiff.cost import cost
from symdiff.derive.grad import grad
from symdiff.derive.jacobian import LAYOUTS, MODES, hessian, jacobian
from symdiff.draw.draw import Direction, View, draw
from symdiff.draw.picture import FORMATS
from symdiff.errors import ArgumentError, SymdiffError, shape_text
from symdiff.frontends.question import read_question
from symdiff.frontends.text import declare, names_used, parse
from symdiff.node import Node
from symdiff.show.latex import latex
from symdiff.show.table import table
from symdiff.show.text import pretty, text
from symdiff.show.wording import LANGUAGES

EXAMPLE = 'symdiff grad "sum((X @ w - y)**2)" --wrt w --shape X:n,d w:d y:n'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 1 if a check fails, 2 for bad input."""
    options = _parser().parse_args(_with_formula(sys.argv[1:] if arguments is None else arguments))
    try:
        status: int = options.run(options)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (SymdiffError, OSError) as error:
        said = _refused_file(error) if isinstance(error, OSError) else error
        print(f"symdiff: {said}", file=sys.stderr)
        return 2
    return status


def _refused_file(error: OSError) -> str:
    """What the operating system says of a file, and which folder is missing."""
    if not error.filename or not error.strerror:
        return str(error)
    folder = Path(os.fsdecode(error.filename)).parent
    if isinstance(error, FileNotFoundError) and not folder.exists():
        return f"{error.filename}: there is no folder {str(folder)!r}; create it first"
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}"


def _with_formula(arguments: Sequence[str]) -> list[str]:
    """Let a formula or an answer begin with a minus: with a space before it, it is no option."""
    words = list(arguments)
    for place, word in enumerate(words[:-1]):
        if word == "--answer" and words[place + 1].startswith("-"):
            words[place + 1] = " " + words[place + 1]
    if len(words) > 1 and words[1].startswith("-") and not words[1].startswith("--"):
        words[1] = words[1] if words[1] in ("-h", "-o") else " " + words[1]
    return words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symdiff",
        description="Derivatives of formulas: closed forms, NumPy source, tables, checks.",
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument("--version", action="version", version=f"symdiff {version('symdiff')}")
    commands = parser.add_subparsers(required=True, metavar="command")
    _with_notation(_command(commands, "grad", _grad, "print the gradient in closed form"))
    jacobians = _command(commands, "jacobian", _jacobian, "print the Jacobian in closed form")
    jacobians.add_argument("--mode", choices=MODES, default="auto", help="how it is found")
    jacobians.add_argument(
        "--layout", choices=tuple(LAYOUTS), default=None,
        help="the order of the axes, which is then stated; gradient if left out",
    )  # fmt: skip
    _with_notation(jacobians)
    _with_notation(_command(commands, "hessian", _hessian, "print second derivatives"))
    emitting = _command(commands, "emit", _emit, "write a standalone NumPy module")
    emitting.add_argument("-o", "--output", type=Path, help="the file; standard output otherwise")
    emitting.add_argument("--name", default=None, help="the name of the function")
    emitting.add_argument(
        "--style", choices=get_args(Style), default="readable",
        help="fast: large arrays in blocks that stay in the cache, on all cores",
    )  # fmt: skip
    emitting.add_argument(
        "--no-check", action="store_true",
        help="leave out what `python FILE --check` runs: a comparison with finite differences",
    )  # fmt: skip
    explaining = _command(commands, "explain", _explain, "derive step by step, and check each step")
    cli_explain.add_options(explaining)
    _command(commands, "table", _table, "list the graph, forward rows and appended rows")
    _command(commands, "cost", _cost, "count operations and memory, with --wrt of derivatives too")
    checking = _command(commands, "check", _check, "compare with finite differences")
    checking.add_argument("--size", nargs="+", default=[], metavar="n=5", help="named sizes")
    checking.add_argument("--seed", type=int, default=0, help="seed of the random values")
    _with_picture(
        _command(commands, "draw", _draw, "draw the graph, with --wrt its derivative too")
    )
    answering = _command(commands, "check-answer", _check_answer, "check a gradient of yours")
    answering.add_argument("--answer", required=True, help='such as "2*X.T @ (X @ w - y)"')
    answering.add_argument(
        "--define", nargs="+", default=[], metavar="h=FORMULA",
        help="names of intermediates, which formula and answer may use",
    )  # fmt: skip
    serving = commands.add_parser("serve", help="open the playground, a page on this machine")
    serving.add_argument("--host", default="127.0.0.1", help="the address; this machine alone")
    serving.add_argument("--port", type=int, default=None, help="8000 or the next that is free")
    serving.add_argument("--no-browser", action="store_true", help="only print the address")
    serving.set_defaults(run=_serve)
    demo = commands.add_parser("demo", help="the whole story on one screen")
    demo.set_defaults(run=_demo)
    return parser


def _with_picture(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-o", "--output", type=Path,
        help=f"the file, whose suffix says the format: {', '.join(FORMATS)}; else standard output",
    )  # fmt: skip
    command.add_argument(
        "--as", dest="format", choices=("svg", "dot", "mermaid", "tikz"), default="svg",
        help="the format on standard output",
    )  # fmt: skip
    command.add_argument(
        "--view", choices=get_args(View), default="graph",
        help="graph: with the derivative nodes; flow: with what is sent back along the edges",
    )  # fmt: skip
    command.add_argument(
        "--define", nargs="+", default=[], metavar="z=FORMULA", help="names for parts"
    )
    command.add_argument(
        "--direction", choices=get_args(Direction), default="up", help="where the results are"
    )
    command.add_argument("--simplify", action="store_true", help="the simplified gradients")
    command.add_argument("--values", action="store_true", help="with values at a random point")
    command.add_argument(
        "--at", nargs="+", default=[], metavar="x=[1,2]",
        help="with values at this point, random ones for variables that it leaves out",
    )  # fmt: skip
    command.add_argument("--size", nargs="+", default=[], metavar="n=5", help="named sizes")
    command.add_argument("--seed", type=int, default=0, help="seed of the random values")
    command.add_argument("--lang", choices=LANGUAGES, default="en", help="the language of words")


def _with_notation(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--as", dest="notation", choices=("pretty", "text", "latex"), default="pretty",
        help="the notation; pretty (Unicode) becomes text where the terminal cannot show it",
    )  # fmt: skip


_MORE = {
    "emit": " -o least_squares.py",
    "explain": " -o lesson.html",
    "draw": " -o graph.svg",
    "check-answer": ' --answer "2*X.T @ (X @ w - y)"',
}
"""What the example of a command says beside the usual."""


def _command(commands: object, name: str, run: object, summary: str) -> argparse.ArgumentParser:
    assert isinstance(commands, argparse._SubParsersAction)
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example: {EXAMPLE.replace('grad', name, 1)}{_MORE.get(name, '')}",
    )  # fmt: skip
    command.add_argument("formula", help='such as "sum((X @ w - y)**2)"')
    command.add_argument(
        "--shape", nargs="+", default=[], metavar="X:n,d",
        help="the shape of each variable: w:d, lam: for a scalar, A:matrix to infer sizes, "
        "c:n,int for whole numbers such as class labels; with no shapes at all, every variable "
        "is a scalar",
    )  # fmt: skip
    otherwise = "none" if name in ("draw", "cost") else "all"
    command.add_argument(
        "--wrt", nargs="+", default=None, help=f"variables; {otherwise} if left out"
    )
    command.set_defaults(run=run)
    return command


def _read(options: argparse.Namespace) -> tuple[Node, list[Node]]:
    """The formula, and the variables by which to differentiate it."""
    declared = declare(options.shape)
    if not declared:
        declared = dict.fromkeys(names_used(options.formula), "")
    question = read_question(options.formula.strip(), declared, options.wrt)
    return question.target, question.wrt


def _grad(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    _print_each(options, [(f"d/d{x}", g) for x, g in zip(wrt, grad(target, wrt), strict=True)])
    return 0


def _jacobian(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    layout = options.layout or "gradient"
    found = jacobian(target, wrt, mode=options.mode, layout=layout)
    _print_each(options, [(f"d/d{x}", j) for x, j in zip(wrt, found, strict=True)])
    if options.layout is not None:
        shapes = ", ".join(shape_text(j.shape) for j in found)
        print(f"layout: {layout}, {LAYOUTS[layout]}; shape {shapes}")
    return 0


def _hessian(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    blocks = hessian(target, wrt)
    labelled = [
        (f"d²/d{a} d{b}", block)
        for a, row in zip(wrt, blocks, strict=True)
        for b, block in zip(wrt, row, strict=True)
    ]
    _print_each(options, labelled)
    return 0


def _print_each(options: argparse.Namespace, labelled: Sequence[tuple[str, Node]]) -> None:
    """Print expressions, with their labels if there are several."""
    write = {"pretty": _shown, "text": text, "latex": latex}[options.notation]
    for label, node in labelled:
        print(write(node) if len(labelled) == 1 else f"{label} = {write(node)}")


def _shown(node: Node) -> str:
    """Matrix notation, or the ASCII form where the output cannot encode it."""
    written = pretty(node)
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return text(node)
    return written


def _emit(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    stem = options.output.stem if options.output and options.output.stem.isidentifier() else None
    name = options.name or stem or "value_and_grad"
    source = emit(target, wrt=wrt, name=name, style=options.style, check=not options.no_check)
    if options.output is None:
        print(source, end="")
    else:
        options.output.write_text(source, encoding="utf-8")
        print(f"wrote {name}({', '.join(str(v) for v in inputs(target))}) to {options.output}")
    return 0


def _explain(options: argparse.Namespace) -> int:
    from symdiff.explain.explain import explain

    target, wrt = _read(options)
    derivation = explain(
        target,
        wrt,
        order=options.order,
        at=cli_explain.values_given(options.at),
        names=_definitions(options.define),
        detail=options.detail,
        without=options.without,
        blanks=cli_explain.blanks_asked(options.blanks),
        lang=options.lang,
        sizes=_sizes(options.size),
        seed=options.seed,
    )
    cli_explain.deliver(derivation, options.notation, options.output)
    return 0


def _table(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    print(table(target, wrt if not target.ndim else None))
    return 0


def _draw(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    picture = draw(
        target, None if options.wrt is None else wrt,
        at=cli_explain.values_given(options.at) or ({} if options.values else None),
        sizes=_sizes(options.size), seed=options.seed, names=_definitions(options.define),
        view=options.view, lang=options.lang, direction=options.direction,
        simplify=options.simplify,
    )  # fmt: skip
    if options.output is None:
        print(getattr(picture, options.format), end="")
    else:
        picture.save(options.output)
        print(f"wrote {options.output}: {picture.title}")
    return 0


def _cost(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    print(cost(target) if options.wrt is None else cost(target, wrt))
    return 0


def _check(options: argparse.Namespace) -> int:
    target, wrt = _read(options)
    comparisons = check(target, wrt, sizes=_sizes(options.size), seed=options.seed)
    for comparison in comparisons:
        print(comparison)
    return 0 if all(comparison.ok for comparison in comparisons) else 1


def _check_answer(options: argparse.Namespace) -> int:
    definitions = _definitions(options.define)
    texts = [options.formula, options.answer, *definitions.values()]
    known: dict[str, Node | str] = {**declare(options.shape)}
    if not known:
        words = dict.fromkeys(word for text in texts for word in names_used(text))
        known = {word: "" for word in words if word not in definitions}
    meaning = define(definitions, known)
    target = parse(options.formula.strip(), **(known | meaning))
    known |= {v.attrs[0]: v for v in inputs(target, *meaning.values())}
    answer = parse(options.answer.strip(), **(known | meaning))
    name, x = _answered(options.wrt, target, meaning)
    gradient = grad(target, x)
    verdict = judge(answer, gradient, meaning)
    print(f"d/d{name} = {_shown(shortened(gradient, meaning))}\n{verdict}")
    return 0 if verdict else 1


def _answered(
    wrt: Sequence[str] | None, target: Node, meaning: Mapping[str, Node]
) -> tuple[str, Node]:
    """The one variable, or defined part of the formula, by which an answer is the derivative."""
    variables = {v.attrs[0]: v for v in inputs(target) if v.dtype == "float"}
    names = list(variables) if wrt is None else list(wrt)
    known = variables | dict(meaning)
    if len(names) != 1 or names[0] not in known:
        raise ArgumentError(
            f"an answer is the derivative by one of {', '.join(known)}; say which with --wrt"
        )
    return names[0], known[names[0]]


def _definitions(entries: Sequence[str]) -> dict[str, str]:
    definitions: dict[str, str] = {}
    for entry in entries:
        name, equals, formula = entry.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ArgumentError(f"{entry!r} defines nothing; write 'h=sigmoid(W @ x)'")
        definitions[name.strip()] = formula.strip()
    return definitions


def _sizes(entries: Sequence[str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or not value.isdecimal():
            raise ArgumentError(f"{entry!r} gives no size; write n=5")
        sizes[name] = int(value)
    return sizes


def _serve(options: argparse.Namespace) -> int:
    from symdiff.web.serve import serve  # which the other commands do without

    serve(options.host, options.port, browser=not options.no_browser)
    return 0


def _demo(options: argparse.Namespace) -> int:
    formula = "sum((X @ w - y)**2)/n + lam*sum(w**2)"
    shapes = {"X": "n d", "w": "d", "y": "n", "lam": ""}
    loss = parse(formula, **shapes)
    w = inputs(loss)[1]
    gradient = grad(loss, w)
    declared = ", ".join(f'{name}="{shape}"' for name, shape in shapes.items())
    print(f'A formula:   sd.parse("{formula}", {declared})')
    print(f"is read as   {_shown(loss)}\n")
    print(f"Its gradient by w is an expression of the same graph:\n    {_shown(gradient)}")
    print(f"and in LaTeX:\n    {latex(gradient)}\n")
    print(f"The graph, with the rows that differentiation appended:\n{table(loss, w)}\n")
    print("As a NumPy function that stands alone (helpers left out here):\n")
    source = emit(loss, wrt=w, name="ridge", check=False)
    print(source[source.index("def ridge") :])
    print("Checked against finite differences at random values:")
    comparisons = check(loss)
    for comparison in comparisons:
        print(f"    {comparison}")
    return 0 if all(comparison.ok for comparison in comparisons) else 1
