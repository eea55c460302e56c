"""What an op declares, and the tables of all ops and of all functions by name.

An op is declared once, in `symdiff.ops`: its shape and kind, its derivative, how each printer
writes it, what it costs, and the sample formulas on which the tests try it. Passes and printers
read the declaration; none of them lists ops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, TypeVar

from symdiff.dims import product
from symdiff.intervals import ANYTHING, Interval
from symdiff.template import Template

if TYPE_CHECKING:
    from symdiff.dims import Shape, Size
    from symdiff.functions import OwnFunction
    from symdiff.node import Node
    from symdiff.ops.reads import Known, Links
    from symdiff.own.signature import Signature

Infer: TypeAlias = "Callable[[tuple[Node, ...], Any], tuple[Shape, str]]"
Form: TypeAlias = "Template | Callable[[Node], Template]"
PythonForm: TypeAlias = "Template | Callable[[Node], Template | None]"
Rows: TypeAlias = "Callable[[Node, tuple[int | None, ...]], int | Fold | None]"
Reads: TypeAlias = "Callable[[Node, Sequence[int], Known], Links]"
Batch: TypeAlias = "Callable[[Node, tuple[Node, ...]], Node]"


class Derivative(Protocol):
    """How a cotangent flows back through an op."""

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """What argument `k` of `node` receives when `node` has the cotangent `g`.

        `g` may carry leading axes in front of the shape of `node`. None means that the
        contribution is zero, which the rule has proven.
        """


class Partials(NamedTuple):
    """Elementwise: one partial derivative per argument, given the output and the arguments."""

    functions: tuple[Callable[..., Node | float], ...]

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """Multiply by the partial; 1, -1 and 0 need no product."""
        partial = self.functions[k](node, *node.args)
        if isinstance(partial, (int, float)):
            if partial == 1:
                return g
            if partial == -1 and g.op.name != "where":
                return -g
            if partial == 0:
                return None
        if g.op.name == "where":
            from symdiff.ops.choices import masked_product

            return masked_product(g, partial)
        return g * partial


class Declaration(Protocol):
    """What a user has declared of an op. Equal declarations have the same op."""

    @property
    def op(self) -> Op:
        """The op."""

    @property
    def signature(self) -> Signature:
        """Its name, and the names of its parameters."""


class Linear(NamedTuple):
    """Linear in each argument that it does not prove constant: the transposed map."""

    transpose: Callable[[Node, int, Node], Node | None]

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """Apply the transposed map."""
        return self.transpose(node, k, g)


class Pullback(NamedTuple):
    """Anything else: the cotangent rule itself."""

    rule: Callable[[Node, int, Node], Node | None]

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """Apply the rule."""
        return self.rule(node, k, g)


class Held:
    """The argument is held constant by every derivative; the pass does not go past it."""

    __slots__ = ()

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """Nothing flows."""
        return None


class Undefined(NamedTuple):
    """No derivative: the reason, and what to use instead."""

    reason: str
    instead: str

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """Refuse, naming the op and where it stands."""
        from symdiff.errors import DerivativeError, quote

        raise DerivativeError(
            f"`{node.op.name}` has no derivative: {self.reason}. "
            f"It stands in {quote(node)}. Use {self.instead}."
        )


_NO_KINDS: Mapping[str, str] = MappingProxyType({})


class Sample(NamedTuple):
    """A formula on which an op is tried, readable by `parse` and, with NumPy's names, by Python.

    `shapes` declares its variables; their entries are drawn from [low, high]. Those in `kinds`
    are "int", "bool" or "complex" instead of float.
    """

    formula: str
    shapes: dict[str, str]
    low: float = -2.0
    high: float = 2.0
    kinds: Mapping[str, str] = _NO_KINDS


class Requirement(NamedTuple):
    """A size that must reach a minimum for a node to mean what its shape says."""

    size: Size
    minimum: int
    reason: str


class Edge(NamedTuple):
    """Where an op is not what it is elsewhere; `symdiff.domain` collects these.

    where   the condition, of the output and the arguments: a boolean expression, or None for never
    effect  what happens there, one of the four below
    """

    where: Callable[..., Node | None]
    effect: str


UNDEFINED = "undefined"
"""There is no finite value."""
STEEP = "steep"
"""There is a value, but no finite derivative."""
CONVENTION = "convention"
"""There is a value, and the derivative is a convention: `symdiff.conventions` says which."""
BRANCH = "branch"
"""There is a value, and the derivative is that of the branch taken."""


def nothing_known(node: Node, arguments: Sequence[Interval]) -> Interval:
    """The numbers that a view of an argument holds are the argument's; others may be any."""
    return arguments[0] if len(arguments) == 1 and node.op.view(node) else ANYTHING


def first_argument(node: Node, arguments: Sequence[Interval]) -> Interval:
    """The numbers of the first argument."""
    return arguments[0]


class Part(NamedTuple):
    """One of the results that a NumPy function returns together, such as those of `eigh`.

    whole  how NumPy source writes the call that returns them all
    name   the name of this one among them

    Where several parts of one whole are needed, it is computed once.
    """

    whole: Form
    name: str


class Fold(Enum):
    """How the results for some rows and for the others become that for all: NumPy's ufunc."""

    ADD = "add"
    MULTIPLY = "multiply"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    AND = "logical_and"
    OR = "logical_or"


def rows_mix(node: Node, axes: tuple[int | None, ...]) -> None:
    """None: no row of the result comes from one row of the arguments alone."""


def read_by_rows(node: Node, places: Sequence[int], known: Known) -> Links:
    """What `rows` tells: an entry reads its own rows, and along all other axes everything."""
    from symdiff.ops.reads import by_rows

    return by_rows(node, places, known)


def batch_by_broadcasting(node: Node, args: tuple[Node, ...]) -> Node:
    """The batch of an elementwise op. Another one that does not say how to map it is refused."""
    from symdiff.errors import ArgumentError, quote
    from symdiff.ops.batching import elementwise

    if node.op.elementwise:
        return elementwise(node, args)
    way = "write what it does in other ops"
    if node.op.own is not None:
        way = "declare with sd.op a function of arrays that have the axis of the batch"
    raise ArgumentError(
        f"`{node.op.name}` declares no rule for batches, so sd.vmap cannot map {quote(node)}; "
        f"map what stands before and behind it, or {way}"
    )


def nothing_required(node: Node) -> tuple[Requirement, ...]:
    """No requirement: the op means what it says for all sizes."""
    return ()


def no_sizes(node: Node) -> tuple[Size, ...]:
    """None: the shape of the result tells all sizes that the op mentions."""
    return ()


def no_indices(node: Node) -> Shape:
    """None: no argument is an index."""
    return ()


def one_per_entry(node: Node) -> Size:
    """One operation per entry of the result; a leaf or a view needs none."""
    return product(node.shape) if node.args and not node.op.view(node) else 0


def no_operations(node: Node) -> Size:
    """None: the op moves entries, or makes them from nothing."""
    return 0


def no_functions(node: Node) -> tuple[OwnFunction, ...]:
    """None: what the NumPy form calls is NumPy's, or in `symdiff.runtime`."""
    return ()


def op_name(node: Node) -> str:
    """The name of a node's op."""
    return node.op.name


def never(node: Node) -> bool:
    """False, for whatever node."""
    return False


def always(node: Node) -> bool:
    """True, for whatever node."""
    return True


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """The declaration of an operation. See `symdiff.ops` for the families.

    name        the name in tables and messages
    infer       shape and kind of the result from arguments and attrs; refuses what does not fit
    derivative  Partials, Linear, Pullback, Held or Undefined
    attrs       the type of the attribute, by which files hold it; None if there is none
    numpy       how NumPy source writes it, also used by the evaluator
    python      how source writes it for Python's own floats, or lists of these, if it can
    text        how the ASCII grammar writes it
    pretty      how Unicode matrix notation writes it
    latex       how LaTeX writes it
    title       the name that people know a node by, where one op has several
    elementwise acts on each entry alone, with broadcasting
    polymorphic makes Python numbers of Python numbers, which adapt to an array's precision
    numbers     its NumPy form takes Python numbers as they are, where others need arrays
    complex     takes complex arguments, which other ops refuse when a node is made
    commutative gives the same bits when its two arguments change places
    indices     for each of the last arguments that is an index, the size of the axis it indexes
    part        which result it is of a NumPy function that returns several, if it is one
    condition   the place of an argument that is a condition, and stays boolean among floats
    view        NumPy gives a view of the argument, not a new array
    rows        along which axis of the result rows lie, given where those of each argument lie, or
                None for an argument that is the same for all rows. Row i of the result then comes
                from row i of these arguments alone. It is a Fold if the result has no rows, but
                comes from the results for parts of the rows, none of them empty; None otherwise
    reads       which entries of its arguments each entry of the result depends on, at given sizes:
                no other entry may change it. Acting on each entry alone needs no rule
    batch       the node for many cases at once: from a node and its arguments, some of which have a
                leading axis more, what holds the results of all cases along a leading axis.
                Elementwise ops need not say it
    rebuilt     the node for other arguments, where it is more than these and the attribute
    requires    sizes that must not be too small
    sizes       sizes that its source mentions, though its shape may not
    functions   functions of its own that its NumPy form calls: slots behind those of the arguments
                stand for their names
    body        the expression of its arguments that it stands for, if it is a name for one
    derived     its derivative is that of its body
    kept        source that is to be read calls it by its name, where fast code has its body
    own         the declaration of a user from which it was made; None for those of `symdiff.ops`
    operations  how many operations on numbers one node needs; `symdiff.cost` has the convention
    edges       where it or its derivative is not what it is elsewhere
    values      what numbers its entries can be, from those of the arguments
    samples     formulas on which the tests try value, derivatives, printing and emitted code
    reference   where the derivative rule comes from, if it is not elementary
    remark      what derivations say of the rule, if it is not that: a key of `show.wording`
    """

    name: str
    infer: Infer
    derivative: Derivative
    numpy: Form
    text: Form
    pretty: Form
    latex: Form
    python: PythonForm | None = None
    attrs: Any = None
    title: Callable[[Node], str] = op_name
    elementwise: bool = False
    polymorphic: Callable[[Node], bool] = never
    numbers: bool = False
    complex: bool = False
    commutative: bool = False
    indices: Callable[[Node], Shape] = no_indices
    part: Part | None = None
    condition: int | None = None
    view: Callable[[Node], bool] = never
    rows: Rows = rows_mix
    reads: Reads = read_by_rows
    batch: Batch = batch_by_broadcasting
    rebuilt: Callable[[Node, tuple[Node, ...]], Node] | None = None
    requires: Callable[[Node], tuple[Requirement, ...]] = nothing_required
    sizes: Callable[[Node], tuple[Size, ...]] = no_sizes
    functions: Callable[[Node], tuple[OwnFunction, ...]] = no_functions
    body: Callable[[Node], Node] | None = None
    derived: bool = False
    kept: bool = False
    own: Declaration | None = None
    operations: Callable[[Node], Size] = one_per_entry
    edges: tuple[Edge, ...] = ()
    values: Callable[[Node, Sequence[Interval]], Interval] = nothing_known
    samples: tuple[Sample, ...] = ()
    reference: str = ""
    remark: str = ""

    def __post_init__(self) -> None:
        if self.own is None:
            assert self.name not in OPS, f"two ops are named {self.name}"
            OPS[self.name] = self

    def __reduce__(self) -> tuple[Any, ...]:
        if self.own is None:
            return op_named, (self.name,)
        return attrgetter("op"), (self.own,)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def op_named(name: str) -> Op:
    """The op of `symdiff.ops` with a name."""
    return OPS[name]


class Composite(NamedTuple):
    """What is declared of a function that is made of other ops: the same facts as of an op."""

    samples: tuple[Sample, ...]
    reference: str = ""


OPS: dict[str, Op] = {}
FUNCTIONS: dict[str, Callable[..., Node]] = {}
COMPOSITES: dict[str, Composite] = {}

F = TypeVar("F", bound="Callable[..., Any]")


def function(public: F) -> F:
    """Make a function known by its name to operators and to the text grammar."""
    name = public.__name__.rstrip("_")
    assert name not in FUNCTIONS, f"two functions are named {name}"
    FUNCTIONS[name] = public
    return public


def composite(*samples: Sample, reference: str = "") -> Callable[[F], F]:
    """Make a function known that is made of other ops; the tests try it on its samples.

    `reference` says where its formula comes from, if it is not elementary.
    """

    def declare(public: F) -> F:
        known = function(public)
        COMPOSITES[public.__name__.rstrip("_")] = Composite(samples, reference)
        return known

    return declare


def form(of: Form, node: Node) -> Template:
    """The template by which a node is written, where it depends on the node."""
    return of if isinstance(of, Template) else of(node)
