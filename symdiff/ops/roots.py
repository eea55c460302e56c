"""Solutions of equations: roots, fixed points and minimizers, which derivatives go through.

An expression has no name for "the x with F(x, p) = 0", so a node of the op `solve_for` holds F as
its attribute, with variables of its own in place of x and of p. Its arguments are the starts of the
iteration and the p, which are the largest parts of F that do not change with x: these are computed
once, and not in every step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symdiff.dims import Shape, Size, named, product
from symdiff.errors import ShapeError, describe, shape_text
from symdiff.names import RESERVED
from symdiff.node import Node, intern, topological
from symdiff.ops.batching import batch_size, is_mapped, mapped, stretched, with_batch
from symdiff.ops.choices import equal
from symdiff.ops.contraction import sum as sum_all
from symdiff.ops.equation import Equation, apart, sum_of
from symdiff.ops.joining import concatenate
from symdiff.ops.leaves import VARIABLE, numpy_type
from symdiff.ops.reads import Known, Links, by_rows
from symdiff.ops.rows import followed
from symdiff.ops.structure import broadcast_to, reshape
from symdiff.registry import STEEP, Edge, Op, Pullback, Requirement
from symdiff.template import Template

if TYPE_CHECKING:
    from symdiff.functions import GraphFunction

__all__: list[str] = []

# Making them ------------------------------------------------------------------------------------


def bound(letter: str, place: int, like: Node) -> Node:
    """A variable that stands for something in an equation; nobody's variable has such a name."""
    return intern(VARIABLE, (), (f"_{letter}{place}", like.shape, like.dtype))


def root(
    kind: str,
    method: str,
    names: Sequence[str],
    unknowns: Sequence[Node],
    bodies: Sequence[Node],
    starts: Sequence[Node],
) -> Node:
    """The solution for bodies in which the unknowns are variables as any other.

    It is the node, unless it has a closed form.
    """
    from symdiff.derive.implicit import closed_form
    from symdiff.rewrite.engine import replaced

    stands = {x: bound("x", k, x) for k, x in enumerate(unknowns)}
    parts = _unchanging(bodies, unknowns)
    stands |= {part: bound("p", k, part) for k, part in enumerate(parts)}
    inner = tuple(stands[x] for x in unknowns)
    given = tuple(stands[part] for part in parts)
    closed = tuple(replaced(bodies, stands))
    equation = Equation(kind, method, _apart_from(closed, names), inner, given, closed)
    return closed_form(intern(ROOT, (*starts, *parts), equation))


def _apart_from(bodies: Sequence[Node], names: Sequence[str]) -> tuple[str, ...]:
    """Names that no equation within the bodies has, so that text can say them."""
    within = [node.attrs.all_names for node in topological(bodies) if node.op is ROOT]
    taken: set[str] = set().union(*within)
    found: list[str] = []
    for name in names:
        while name in taken:
            name += "_"
        taken.add(name)
        found.append(name)
    return tuple(found)


def _unchanging(bodies: Sequence[Node], unknowns: Sequence[Node]) -> list[Node]:
    """The largest parts of bodies that do not change with the unknowns, numbers apart."""
    from symdiff.derive.backprop import dependents

    order = topological(bodies)
    changing = dependents(order, unknowns)
    varying = dependents(order, [node for node in order if node.op is VARIABLE])
    used = [arg for node in order if node in changing for arg in node.args]
    return [part for part in dict.fromkeys([*used, *bodies]) if part in varying - changing]


def _rebuilt(node: Node, args: tuple[Node, ...]) -> Node:
    """The equation for other arguments: what they make a number is one in it.

    Other arguments are not looked into.
    """
    from symdiff.rewrite.engine import replaced

    equation: Equation = node.attrs
    count = len(equation.unknowns)
    unknowns = [bound("y", k, x) for k, x in enumerate(equation.unknowns)]
    closed = _closed(args[count:])
    inner = [closed.get(arg, arg) for arg in args[count:]]
    stands = dict(zip((*equation.unknowns, *equation.given), (*unknowns, *inner), strict=True))
    return _opened(equation, unknowns, replaced(equation.bodies, stands), args[:count], closed)


def _batch(node: Node, args: tuple[Node, ...]) -> Node:
    """One equation for all cases, which have nothing in common."""
    from symdiff.rewrite.engine import replaced

    equation: Equation = node.attrs
    count, size = len(equation.unknowns), batch_size(node, args)
    cases = [broadcast_to(x, (size, *x.shape)) for x in equation.unknowns]
    unknowns = [bound("y", k, x) for k, x in enumerate(cases)]
    closed = _closed(args[count:])
    given = dict(zip(equation.given, [closed.get(a, a) for a in args[count:]], strict=True))
    mapped_ = {own: arg for own, arg in given.items() if is_mapped(own, arg)}
    found = mapped(equation.bodies, dict(zip(equation.unknowns, unknowns, strict=True)) | mapped_)
    bodies = replaced([with_batch(body, found, size) for body in equation.bodies], given)
    if equation.kind == "minimizer":
        bodies = [sum_all(body) for body in bodies]
    starts = stretched(node, args)[:count]
    whole = _opened(equation, unknowns, bodies, starts, closed)
    if whole.ndim == node.ndim + 1:
        return whole
    parts = apart(whole, [x.shape for x in unknowns])
    rows = [reshape(part, (size, product(part.shape[1:]))) for part in parts]
    return concatenate(rows, axis=1)


def _closed(args: Sequence[Node]) -> dict[Node, Node]:
    """Variables that stand for arguments, which may be those of an equation around this one."""
    open_ = [arg for arg in args if arg.args or arg.op is VARIABLE]
    return {arg: bound("q", k, arg) for k, arg in enumerate(open_)}


def _opened(
    equation: Equation,
    unknowns: Sequence[Node],
    bodies: Sequence[Node],
    starts: Sequence[Node],
    closed: Mapping[Node, Node],
) -> Node:
    """The solution for other bodies, with arguments in place of variables that stand for them."""
    from symdiff.rewrite.engine import replaced

    kind, method, names = equation.parts[:3]
    found = root(kind, method, names, unknowns, bodies, starts)
    opened = {stand: arg for arg, stand in closed.items()}
    if found.op is not ROOT:
        return replaced([found], opened)[0]
    given = replaced(found.args[len(starts) :], opened)
    return intern(ROOT, (*starts, *given), found.attrs)


def _infer(args: tuple[Node, ...], equation: Equation) -> tuple[Shape, str]:
    for arg, stands in zip(args, (*equation.unknowns, *equation.given), strict=True):
        if arg.shape != stands.shape:
            raise ShapeError(
                f"{describe(arg)} stands in an equation for {shape_text(stands.shape)}"
            )
    return equation.shape, equation.unknowns[0].dtype


# What it says to passes -------------------------------------------------------------------------


def _cotangent(node: Node, k: int, g: Node) -> Node | None:
    """By the implicit function theorem; where the iteration starts changes nothing."""
    if k < len(node.attrs.unknowns):
        return None
    from symdiff.derive.implicit import cotangent

    return cotangent(node, k, g)


def _functions(node: Node) -> tuple[GraphFunction, ...]:
    """Their arguments are named as the variables are, if nothing else has their names."""
    equation: Equation = node.attrs
    first = "_".join(equation.names)
    taken, names = {first, *RESERVED, *equation.solving.sizes}, [first]
    for k, arg in enumerate(node.args[len(equation.unknowns) :], 1):
        plain = arg.op is VARIABLE and arg.attrs[0].isidentifier() and arg.attrs[0][0] != "_"
        name = arg.attrs[0] if plain else f"p{k}"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return equation.solving.functions(names)


def _sizes(node: Node) -> tuple[Size, ...]:
    return tuple([named(name) for name in _functions(node)[0].sizes])


def _rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Where systems that have nothing in common are solved each by itself."""
    by_itself = node.attrs.kind != "minimizer" and node.attrs.method == "newton"
    return _rows_apart(node, axes) if by_itself else None


def _reads(node: Node, places: Sequence[int], known: Known) -> Links:
    return by_rows(node, places, known, _rows_apart)


def _rows_apart(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Along which axis systems have nothing in common, even if they are solved together."""
    equation: Equation = node.attrs
    starts, given = axes[: len(equation.unknowns)], axes[len(equation.unknowns) :]
    place = starts[0]
    if place is None or {*starts} != {place} or len({x.shape for x in equation.unknowns}) > 1:
        return None
    if place in equation.solving.coupled:
        return None
    own = dict.fromkeys(equation.unknowns, place) | dict(zip(equation.given, given, strict=True))
    found = followed(equation.solving.residuals, own)
    return place if found is not None and {*found} == {place} else None


def _requires(node: Node) -> tuple[Requirement, ...]:
    inner = topological(node.attrs.bodies)
    return tuple([required for each in inner for required in each.op.requires(each)])


_NOMINAL_STEPS = 8


def _operations(node: Node) -> Size:
    """As if there were a few steps, for which all functions are called once."""
    once = [n.op.operations(n) for f in _functions(node) for n in topological(f.outputs)]
    return sum_of(once) * _NOMINAL_STEPS


def _singular(node: Node, *args: Node) -> Node | None:
    from symdiff.derive.implicit import determinant

    found = determinant(node)
    return equal(found, 0)


# Writing it -------------------------------------------------------------------------------------


def _numpy(node: Node) -> Template:
    equation: Equation = node.attrs
    count, end = len(equation.unknowns), len(node.args)
    start = "{0}"
    if count > 1:
        starts = ", ".join(f"{{{k}}}" for k in range(count))
        alike = len({x.shape for x in equation.unknowns}) == 1
        start = f"np.stack(({starts}), axis=-1)" if alike else f"_in_a_row({starts})"
    functions = _functions(node)
    slots = ", ".join(f"{{{end + k}}}" for k in range(len(functions)))
    given = [*(f"{{{k}}}" for k in range(count, end)), *functions[0].sizes]
    arguments = f"({', '.join(given)}{',' if len(given) == 1 else ''})"
    name, dtype = " ".join(equation.names), numpy_type(node.dtype)
    if equation.method == "iterate":
        called, last = "_iterated", dtype
    elif equation.kind == "minimizer":
        called, last = "_minimum", dtype
    else:
        called, last = "_root", f"{equation.solving.coupled}, {dtype}"
    return Template(f'{called}("{name}", {slots}, {start}, {arguments}, {last})')


def _written(notation: Callable[[Op], Any], latex: bool) -> Callable[[Node], Template]:
    def write(node: Node) -> Template:
        from symdiff.show.bound import written

        return written(node, notation, latex)

    return write


ROOT = Op(
    "solve_for",
    infer=_infer,
    attrs=Equation,
    derivative=Pullback(_cotangent),
    reference="implicit function theorem",
    remark="edge.implicit",
    numpy=_numpy,
    text=_written(lambda op: op.text, latex=False),
    pretty=_written(lambda op: op.pretty, latex=False),
    latex=_written(lambda op: op.latex, latex=True),
    title=lambda node: node.attrs.kind,
    complex=True,
    rows=_rows,
    reads=_reads,
    rebuilt=_rebuilt,
    batch=_batch,
    sizes=_sizes,
    requires=_requires,
    functions=_functions,
    operations=_operations,
    edges=(Edge(_singular, STEEP),),
)
