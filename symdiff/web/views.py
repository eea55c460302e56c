"""The views of an answer: one table, in the order of the page's tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symdiff.check_gradient import check_gradient
from symdiff.codegen.generate import emit
from symdiff.draw.draw import draw
from symdiff.draw.picture import Picture as Drawing
from symdiff.explain.explain import explain
from symdiff.node import topological
from symdiff.show.latex import latex
from symdiff.show.parts import LONGEST
from symdiff.show.table import Row, table
from symdiff.web.cards import Article, Card, Code, Grid, Picture, Remark, formula
from symdiff.web.inquiry import Inquiry
from symdiff.web.tree import tree


def closed_form(inquiry: Inquiry) -> list[Card]:
    """Each derivative, typeset."""
    return [formula(node, name, inquiry.say) for name, node in inquiry.derivatives]


def derivation(inquiry: Inquiry) -> list[Card]:
    """The pass that found the derivatives, step by step."""
    wanted = inquiry.derivatives  # where there are none, this says why
    order = 2 if inquiry.kind == "hessian" else 1
    found = explain(inquiry.target, inquiry.wrt, order=order, lang=inquiry.say.language)
    return [Article(tree(found.html))] if wanted else []


def picture(inquiry: Inquiry) -> list[Card]:
    """The graph with what the pass appended, and as it was simplified."""
    if inquiry.kind == "gradient":
        wanted = {
            "play.pass": draw(inquiry.target, inquiry.wrt, lang=inquiry.say.language),
            "play.simplified": draw(
                inquiry.target, inquiry.wrt, lang=inquiry.say.language, simplify=True
            ),
        }
    else:
        nodes = [each.node for each in inquiry.derivatives]
        wanted = {"play.graph": draw(nodes, lang=inquiry.say.language)}
    return [_drawn(each, inquiry.say.text(key)) for key, each in wanted.items()]


def _drawn(picture: Drawing, heading: str) -> Picture:
    formats = {"svg": picture.svg, "dot": picture.dot}
    formats |= {"mermaid": picture.mermaid, "tikz": picture.tikz}
    return Picture(tree(picture.svg), picture.steps, heading, formats)


def numpy_source(inquiry: Inquiry) -> list[Card]:
    """The module that computes the derivatives, as `symdiff emit` writes it."""
    if inquiry.kind == "gradient":
        name = "value_and_grad"
        source = emit(inquiry.target, wrt=inquiry.wrt, name=name, check=False)
    else:
        name = inquiry.kind
        source = emit([each.node for each in inquiry.derivatives], name=name)
    function = source[source.index(f"def {name}(") :]
    return [
        Code(function, "python", inquiry.say.text("play.function")),
        Code(source, "python", inquiry.say.text("play.file"), folded=True),
    ]


def latex_source(inquiry: Inquiry) -> list[Card]:
    """Each derivative in LaTeX, to be copied."""
    lines = [f"{name.latex} = {latex(node)}" for name, node in inquiry.derivatives]
    return [
        Code(line, "latex", name.pretty)
        for line, (name, _) in zip(lines, inquiry.derivatives, strict=True)
    ]


def checked(inquiry: Inquiry) -> list[Card]:
    """The derivatives, measured at random values; of what is no scalar, in a random direction."""
    say = inquiry.say.text
    order = 2 if inquiry.kind == "hessian" else 1
    report = check_gradient(inquiry.target, inquiry.wrt, order=order)
    found = report.summaries
    rows = [
        [
            str(worst.wrt),
            str(worst.order),
            say(f"play.mode.{worst.mode}"),
            say(f"play.method.{worst.method}"),
            str(tried),
            f"{worst.derived:.8g}",
            f"{worst.measured:.8g}",
            f"{worst.error:.1e}",
            say("play.ok" if ok else "play.wrong"),
        ]
        for worst, tried, ok in found
    ]
    columns = ["by", "order", "mode", "method", "tried", "derived", "measured", "error", "verdict"]
    head = [say(f"play.column.{column}") for column in columns]
    verdict = say(
        "play.checked" if report.ok else "play.refuted", count=str(len(report.measurements))
    )
    notes = [Remark(say("play.at_this_point", exclusion=str(each))) for each in report.exclusions]
    return [Remark(verdict), *notes, Grid(head, rows, [each.ok for each in found])]


def graph_table(inquiry: Inquiry) -> list[Card]:
    """The graph as typed rows: forward rows, and those that differentiation appended."""
    say = inquiry.say.text
    forward = len(topological([inquiry.target]))
    rows = list(table([inquiry.target, *(each.node for each in inquiry.derivatives)]))
    head = [say(f"play.column.{name}") for name in ("id", "op", "arguments", "shape", "expression")]
    ids = {row.node: row.id for row in rows}
    results = [
        f"{name.pretty} = #{ids[node]}"
        for name, node in [(inquiry.names.of(inquiry.target), inquiry.target), *inquiry.derivatives]
    ]
    return [
        Grid(head, _rows(rows[:forward]), caption=say("play.forward")),
        Grid(head, _rows(rows[forward:]), caption=say("play.appended")),
        Remark("; ".join(results)),
    ]


def _rows(rows: Sequence[Row]) -> list[list[str]]:
    """The cells of rows; the middle of a long table is left out."""
    cells = [
        [f"#{row.id}", row.op, " ".join(f"#{i}" for i in row.args), row.shape, row.expression]
        for row in rows
    ]
    if len(cells) > LONGEST:
        cells[LONGEST // 2 : -LONGEST // 2] = [["…"] * 5]
    return cells


VIEWS: dict[str, Callable[[Inquiry], list[Card]]] = {
    "closed": closed_form,
    "derivation": derivation,
    "picture": picture,
    "numpy": numpy_source,
    "latex": latex_source,
    "check": checked,
    "table": graph_table,
}
"""What can be seen; the catalogue has the titles, under `play.view.`."""
