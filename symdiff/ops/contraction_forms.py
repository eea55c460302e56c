"""How a contraction is written: the form that a person would write, `einsum` when there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from symdiff.dims import nominal, nominal_entries, spaced_shape
from symdiff.ops.leaves import EYE
from symdiff.ops.structure import axis_keyword, axis_subscript
from symdiff.template import JUXTAPOSE, MULTIPLY, POSTFIX, Template

if TYPE_CHECKING:
    from symdiff.node import Node
    from symdiff.ops.contraction import Spec


class Named(NamedTuple):
    """A contraction recognised as something with a name.

    kind     sum, transpose, permute, trace, diagonal, diag, vdot, dot, outer, matmul,
             scaled matmul (a diagonal matrix between two), tensor product (of two matrices)
    flipped  for each of two matrices, whether it is to be transposed
    axes     the axes of a sum or permutation
    """

    kind: str
    flipped: tuple[bool, bool] = (False, False)
    axes: tuple[int, ...] = ()


def recognise(node: Node) -> Named | None:
    """The name that a contraction has, if it has one."""
    inputs, output = node.attrs
    if len(inputs) == 1:
        return _recognise_unary(inputs[0], output)
    if len(inputs) == 2:
        return _recognise_binary(node, inputs[0], inputs[1], output)
    if len(inputs) == 3 and [len(indices) for indices in inputs] == [2, 1, 2]:
        left, scale, right = inputs
        return _recognise_scaled(left, scale, right, output)
    return None


def _recognise_scaled(
    left: tuple[int, ...], scale: tuple[int, ...], right: tuple[int, ...], output: tuple[int, ...]
) -> Named | None:
    """Find (row, inner) @ diag(inner) @ (inner, column)."""
    inner = scale[0]
    if left.count(inner) != 1 or right.count(inner) != 1:
        return None
    row, column = (next(i for i in pair if i != inner) for pair in (left, right))
    if output != (row, column) or row == column:
        return None
    return Named("scaled matmul", (left[0] == inner, right[1] == inner))


def _recognise_unary(indices: tuple[int, ...], output: tuple[int, ...]) -> Named | None:
    if len(set(indices)) == len(indices):
        kept = tuple(i for i in indices if i in output)
        if kept == output:
            return Named("sum", axes=tuple(k for k, i in enumerate(indices) if i not in output))
        if len(indices) == len(output):
            order = tuple(indices.index(i) for i in output)
            plain = order == tuple(range(len(order)))[::-1]
            return Named("transpose" if plain else "permute", axes=order)
    elif indices[0] == indices[1] and len(set(indices)) == len(indices) - 1:
        if output == indices[2:]:
            return Named("trace")
        if output == indices[1:] and len(indices) == 2:
            return Named("diagonal")
    return None


def _recognise_binary(
    node: Node, left: tuple[int, ...], right: tuple[int, ...], output: tuple[int, ...]
) -> Named | None:
    if node.args[1].op is EYE and len(left) == 1 and left[0] == right[0] and output == right:
        return Named("diag")
    if len(set(left)) < len(left) or len(set(right)) < len(right):
        return None
    if left == right and not output:
        return Named("dot" if len(left) == 1 else "vdot")
    if left == right[::-1] and not output and len(left) == 2:
        return Named("vdot", (False, True))
    if len(left) == len(right) == 1 and output == left + right:
        return Named("outer")
    if len(left) == len(right) == 2 and sorted(output[::2]) == sorted(left) and len(output) == 4:
        return Named("tensor product", (output[0] != left[0], output[1] != right[0]))
    return _recognise_matmul(left, right, output)


def _recognise_matmul(
    left: tuple[int, ...], right: tuple[int, ...], output: tuple[int, ...]
) -> Named | None:
    """Find (batch, row, inner) @ (batch, inner, column), with the last two axes in any order."""
    inner = [i for i in left if i in right and i not in output]
    if len(inner) != 1 or max(len(left), len(right)) < 2:
        return None
    own_left = [i for i in left[-2:] if i != inner[0]]
    own_right = [i for i in right[-2:] if i != inner[0]]
    if inner[0] not in left[-2:] or inner[0] not in right[-2:]:
        return None
    if len(left) == 1 or len(right) == 1:  # a vector: the other may carry leading axes
        matrix, flips = (left, False) if len(right) == 1 else (right, True)
        rest = tuple(i for i in matrix if i != inner[0])
        turned = (matrix[-1] != inner[0]) != flips
        if len(matrix) > 2 and turned:
            return None
        if output != rest:
            return None
        return Named("matmul", (turned and not flips, turned and flips))
    batch = left[:-2]
    if right[:-2] != batch or output != (*batch, *own_left, *own_right):
        return None
    if own_left[0] in right or own_right[0] in left:
        return None
    flipped = (left[-1] != inner[0], right[-1] == inner[0])
    if batch and any(flipped):
        return None
    return Named("matmul", flipped)


def title(node: Node) -> str:
    """The name of the function that people would call."""
    found = recognise(node)
    names = {"permute": "transpose", "diagonal": "diag"}
    return "einsum" if found is None else names.get(found.kind, found.kind)


def text(node: Node) -> Template:
    """The ASCII form, which the grammar reads back as the same node."""
    return _plain(node, "", _einsum)


def numpy(node: Node) -> Template:
    """NumPy source: a plain form where there is one, else `tensordot` or `einsum`."""
    return _plain(node, "np.", _general_numpy)


def _plain(node: Node, prefix: str, otherwise: Callable[[Node], Template]) -> Template:
    """The form that a person would write, which text and NumPy share."""
    found = recognise(node)
    if found is None:
        return otherwise(node)
    match found.kind:
        case "sum":
            axes = axis_keyword(found.axes, node.args[0].ndim)
            if prefix:  # the method is much faster than the function
                return Template(f"{{0:postfix}}.sum({axes.removeprefix(', ')})", POSTFIX)
            return Template(f"sum({{0}}{axes})")
        case "transpose":
            return Template("{0:postfix}.T", POSTFIX)
        case "permute":
            return Template(f"{prefix}transpose({{0}}, {found.axes})")
        case "trace":
            return Template(f"{prefix}trace({{0}})")
        case "diagonal" | "diag":
            return Template(f"{prefix}diag({{0}})")
        case "vdot" if found.flipped[1] and not prefix:
            return Template("trace({0:multiply} @ {1:unary})")
        case "vdot" if node.args[0].dtype == "complex":  # which `vdot` would conjugate
            return otherwise(node)
        case "vdot" | "outer" as name:
            return Template(f"{prefix}{name}({{0}}, {_maybe_flipped(found)})")
        case "tensor product":
            return otherwise(node)
        case "scaled matmul" if prefix:
            return _numpy_scaled(node, found)
        case "scaled matmul":
            left, right = _sides(node, found.flipped, ".T", _chained(node), "unary")
            return Template(f"{left} @ diag({{1}}) @ {right}", MULTIPLY)
    return _at(node, found)


def _chained(node: Node) -> str:
    """A product of matrices continues to the left without parentheses."""
    return "multiply" if node.args[0].op is node.op else "unary"


def _numpy_scaled(node: Node, found: Named) -> Template:
    """Scale the smaller of the two matrices; the right one if they are alike."""
    rows = node.args[0].shape[1 if found.flipped[0] else 0]
    columns = node.args[2].shape[0 if found.flipped[1] else 1]
    left, right = _sides(node, found.flipped, ".T", "unary", "unary")
    if nominal(rows) < nominal(columns):
        return Template(f"({left} * {{1:unary}}) @ {right}", MULTIPLY)
    return Template(f"{left} @ ({{1:postfix}}[:, None] * {right})", MULTIPLY)


def _einsum(node: Node) -> Template:
    slots = ", ".join(f"{{{k}}}" for k in range(len(node.args)))
    return Template(f'einsum("{node.attrs.letters()}", {slots})')


def _maybe_flipped(found: Named) -> str:
    return "{1:postfix}.T" if found.flipped[1] else "{1}"


def _at(node: Node, found: Named) -> Template:
    left, right = _sides(node, found.flipped, ".T", _chained(node), "unary")
    return Template(f"{left} @ {right}", MULTIPLY)


def _general_numpy(node: Node) -> Template:
    """`tensordot` for two arguments where it fits; `einsum` for the rest."""
    on_diagonal = _numpy_on_diagonal(node) if any(arg.op is EYE for arg in node.args) else None
    if on_diagonal is not None:
        return on_diagonal
    pairwise = _tensordot(node)
    if pairwise is not None:
        return pairwise
    spec = node.attrs
    slots = ", ".join(f"{{{k}}}" for k in range(len(node.args)))
    optimize = ", optimize=True" if len(node.args) > 2 else ""
    return Template(f'np.einsum("{spec.letters()}", {slots}{optimize})')


def _tensordot(node: Node) -> Template | None:
    """The product of two matrices to which reshaping leads; the result's axes may have to move.

    The last axes of the result should lie close in memory: those of the larger array, if need be.
    """
    inputs, output = node.attrs
    if len(inputs) != 2 or any(len(set(indices)) < len(indices) for indices in inputs):
        return None
    inner = [i for i in inputs[0] if i in inputs[1]]
    own = [tuple(i for i in indices if i not in inner) for indices in inputs]
    if not set(inner).isdisjoint(output) or len(own[0] + own[1]) != len(output):
        return None
    if not inner:
        return Template("np.tensordot({0}, {1}, axes=0)") if own[0] + own[1] == output else None
    larger = nominal_entries(node.args[0].shape) > nominal_entries(node.args[1].shape)
    swapped = own[0] + own[1] != output and (own[1] + own[0] == output or larger)
    first, second = (1, 0) if swapped else (0, 1)
    axes = [[inputs[k].index(i) for i in inner] for k in (first, second)]
    free = own[first] + own[second]
    moved = "" if free == output else f".transpose{tuple(free.index(i) for i in output)}"
    product = f"np.tensordot({{{first}}}, {{{second}}}, axes={axes})"
    return Template(product + moved, POSTFIX)


def _numpy_on_diagonal(node: Node) -> Template | None:
    """Write the other factors where the indices of each unit matrix agree; zeros elsewhere."""
    spec = node.attrs
    same = {i: i for i in spec.output}
    rest: list[tuple[str, tuple[int, ...]]] = []
    for k, (arg, indices) in enumerate(zip(node.args, spec.inputs, strict=True)):
        if arg.op is not EYE:
            rest.append((f"{{{k}}}", indices))
        elif indices[0] == indices[1] or not set(indices) <= set(spec.output):
            return None
        else:
            first, second = sorted(indices, key=spec.output.index)
            same[second] = same[first]
    inner = tuple(i for i in spec.output if same[i] == i and any(i in ix for _, ix in rest))
    alone = tuple(i for i in spec.output if same[i] == i and i not in inner)
    view = type(spec)((tuple(same[i] for i in spec.output),), (*alone, *inner)).letters()
    values = "np.ones((), dtype=dtype)"
    if rest:
        values = rest[0][0]
        if len(rest) > 1 or rest[0][1] != inner:
            values = _among_units(type(spec)(tuple(ix for _, ix in rest), inner), rest)
    return Template(f'_on_diagonal({values}, "{view}", {spaced_shape(node.shape)})')


def _among_units(spec: Spec, rest: list[tuple[str, tuple[int, ...]]]) -> str:
    """The product of the factors that are no unit matrices."""
    if len(rest) == 1 and sorted(rest[0][1]) == sorted(spec.output):
        return f"np.transpose({rest[0][0]}, {tuple(rest[0][1].index(i) for i in spec.output)})"
    return f'np.einsum("{spec.letters()}", {", ".join(slot for slot, _ in rest)})'


class Notation(NamedTuple):
    """How matrix notation writes what is not a product: marks, spaces, names."""

    top: str
    space: str
    times: str
    entries: str
    diag: str
    trace: str


_UNICODE = Notation("ᵀ", " ", " ⊗ ", " ⊙ ", "diag({})", "tr({})")
_LATEX = Notation(
    "^{{\\top}}",
    " \\, ",
    " \\otimes ",
    " \\odot ",
    "\\operatorname{{{{diag}}}}\\left({}\\right)",
    "\\operatorname{{{{tr}}}}\\left({}\\right)",
)


def pretty(node: Node) -> Template:
    """Matrix notation in Unicode: `Xᵀ r`, `aᵀb`, `a bᵀ`."""
    return _matrix_notation(node, _UNICODE) or text(node)


def latex(node: Node) -> Template:
    """Matrix notation in LaTeX."""
    return _matrix_notation(node, _LATEX) or _latex_call(node)


def _matrix_notation(node: Node, notation: Notation) -> Template | None:
    found = recognise(node)
    top, space = notation.top, notation.space
    match found.kind if found else "":
        case "transpose":
            return Template(_transposed(node, 0, top), POSTFIX)
        case "dot":
            factors = _row_product(node.args[0], top)
            if factors:  # a quadratic form
                return Template(f"{space.join(factors)}{space}{{1:power}}", JUXTAPOSE)
            return Template(f"{{0:postfix}}{top}{space}{{1:postfix}}", JUXTAPOSE)
        case "outer":
            return Template(f"{{0:power}}{space}{{1:postfix}}{top}", JUXTAPOSE)
        case "trace":
            return Template(notation.trace.format("{0}"))
        case "vdot" if node.args[0].ndim == 2:
            assert found is not None
            left, right = _sides(node, (not found.flipped[1], False), top, _chain(node), "power")
            return Template(notation.trace.format(f"{left}{space}{right}"))
        case "scaled matmul":
            assert found is not None
            return _scaled(node, found, notation)
        case "tensor product":
            assert found is not None
            left, right = _sides(node, found.flipped, top, "juxtapose", "juxtapose")
            return Template(f"{left}{notation.times}{right}", MULTIPLY)
        case "matmul":
            assert found is not None
            if _is_row(node, found):  # vectors are columns, so that sums of them read well
                left = "{1:power}" if found.flipped[1] else _transposed(node, 1, top)
                return Template(f"{left}{space}{{0:power}}", JUXTAPOSE)
            flipped = (found.flipped[0] or node.args[0].ndim == 1, found.flipped[1])
            left, right = _sides(node, flipped, top, _chain(node), "power")
            return Template(f"{left}{space}{right}", JUXTAPOSE)
    scaled = _diagonal_tensor(node)
    if scaled is not None:
        units = notation.times.join(["I"] * (node.ndim // 2))
        return Template(f"{{{scaled}:multiply}}{notation.entries}({units})", MULTIPLY)
    return None


def _is_row(node: Node, found: Named) -> bool:
    """True for a vector times a matrix."""
    return found.kind == "matmul" and node.args[0].ndim == 1 and node.args[1].ndim == 2


def _row_product(node: Node, top: str) -> list[str]:
    """The slots of the factors of `xᵀ A B …`, the first argument of a product; else none."""
    path, factors = "0", list[str]()
    while node.op.pretty is pretty and (found := recognise(node)) and _is_row(node, found):
        mark = top if found.flipped[1] else ""
        loose = not mark or node.args[1].op.name == "inv"
        factors.append(f"{{{path}.1:{'power' if loose else 'postfix'}}}{mark}")
        node, path = node.args[0], f"{path}.0"
    return [f"{{{path}:postfix}}{top}", *reversed(factors)] if factors else []


def _diagonal_tensor(node: Node) -> int | None:
    """The place of the array whose entries stand where each axis agrees with its twin."""
    inputs, output = node.attrs
    half = len(output) // 2
    pairs = [(output[k], output[half + k]) for k in range(half)] if len(output) % 2 == 0 else []
    arrays = [k for k, arg in enumerate(node.args) if arg.op is not EYE]
    units = [inputs[k] for k, arg in enumerate(node.args) if arg.op is EYE]
    if half < 2 or len(arrays) != 1 or sorted(units) != sorted(pairs):
        return None
    return arrays[0] if inputs[arrays[0]] == output[:half] else None


def _sides(
    node: Node, flipped: tuple[bool, bool], top: str, left: str, right: str
) -> tuple[str, str]:
    """The slots of the first and the last argument, transposed or binding as they must."""
    places = zip((0, len(node.args) - 1), flipped, (left, right), strict=True)
    first, second = (
        _transposed(node, k, top) if turned else f"{{{k}:{level}}}" for k, turned, level in places
    )
    return first, second


def _scaled(node: Node, found: Named, notation: Notation) -> Template:
    """`A diag(s) B`."""
    left, right = _sides(node, found.flipped, notation.top, _chain(node), "power")
    parts = (left, notation.diag.format("{1}"), right)
    return Template(notation.space.join(parts), JUXTAPOSE)


def _transposed(node: Node, k: int, top: str) -> str:
    """A transposed argument. The `⁻¹ᵀ` of an inverse is made one superscript, `⁻ᵀ`, in the end."""
    inverse = node.args[k].op.name == "inv" and top != ".T"
    level = "power" if inverse else "postfix"
    return f"{{{k}:{level}}}{top}"


def _chain(node: Node) -> str:
    """The same in matrix notation, where only matrices continue."""
    first = node.args[0]
    if first.op is not node.op:
        return "power"
    inner = recognise(first)
    matrix = inner is not None and inner.kind in ("matmul", "scaled matmul")
    continues = matrix and first.ndim == 2
    return "juxtapose" if continues else "power"


def _latex_call(node: Node) -> Template:
    slots = ", ".join(f"{{{k}}}" for k in range(len(node.args)))
    found = recognise(node)
    if found is None:
        letters = node.attrs.letters().replace("->", " \\to ")
        return Template(f"\\operatorname{{{{einsum}}}}_{{{{{letters}}}}}\\left({slots}\\right)")
    match found.kind:
        case "sum":
            axes = axis_subscript(found.axes, node.args[0].ndim)
            return Template(f"\\operatorname{{{{sum}}}}{axes}\\left({{0}}\\right)")
        case "permute":
            order = ", ".join(map(str, found.axes))
            return Template(f"{{0:postfix}}^{{{{\\top({order})}}}}", POSTFIX)
        case "vdot":
            return Template("\\left\\langle {0}, {1} \\right\\rangle")
    return Template("\\operatorname{{diag}}\\left({0}\\right)")
