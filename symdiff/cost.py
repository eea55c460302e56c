"""What expressions cost to evaluate: operations and memory, as polynomials in the named sizes.

The convention, as people count for numerical algorithms: an addition, a product, a comparison and
a function such as `exp` are one operation each.

| for                                     | operations                                             |
|-----------------------------------------|--------------------------------------------------------|
| an elementwise function                 | 1 per entry of the result                              |
| a contraction: matmul, dot, einsum …    | per step of the loop over all its indices, 1 for each  |
|                                         | product and 1 for the sum: `X @ w` is 2 n d, `outer`   |
|                                         | n m; three or more arguments are taken in pairs        |
| a sum, a maximum, a product of entries  | 1 per entry of the argument                            |
| `norm`                                  | 2 per entry                                            |
| `norm` of another order                 | 3 per entry                                            |
| `product_of_others`                     | 3 per entry                                            |
| `centered`, `normalized`                | 4 per entry                                            |
| `linear_recurrence`                     | 2 per entry                                            |
| `logsumexp`                             | 4 per entry                                            |
| `softmax`, `log_softmax`                | 5 per entry                                            |
| `inv`                                   | 2 n³                                                   |
| `det`, `logabsdet`, `signdet`           | n³, for 2/3 n³                                         |
| `matrix_power`                          | 2 n³ for each product of repeated squaring             |
| `fft`, `ifft` of n numbers              | 5 n log₂ n, where a named size counts as 1000          |
| `rfft`, `irfft`                         | half of that                                           |
| sorts, partitions, medians, quantiles   | 1 per entry of the argument: n log n is no polynomial  |
| `scatter_add`, `add_along_axis`         | 1 per value that is added                              |
| `cholesky`, `solve_triangular`          | n³, for 1/3 n³; n² per column                          |
| `qr_r`, `qr_q`; `svdvals`, `svd_u` …    | 2, 4; 4 and 14 m n², with n the smaller size           |
| `eigvalsh`, `eigh_vectors`              | 4 and 9 n³                                             |
| `eigvals`, `eig_vectors`                | 10 and 26 n³                                           |
| `expm`, `sqrtm`, `logm`                 | 20, 40 and 100 n³; 8 times that for their derivatives  |
| `convolve`                              | 2 for each pair of entries that meet                   |
| `overlap_add`                           | 1 per entry of the windows                             |
| transposes, views, broadcasts, `x[i]`,  | none                                                   |
| `x.at[i].set(v)`, unit matrices,        |                                                        |
| products with them, and                 |                                                        |
| what joins, pads, repeats or moves      |                                                        |

An operation on complex numbers is one operation; a complex entry takes the memory of two.

Expressions are counted as they stand and as `sd.evaluate` runs them, each shared part once;
results that one call gives together, such as those of `eigh`, count as the most costly of them.
`sd.compile` simplifies first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from symdiff.binding import as_nodes, size_names, sizes_by_name
from symdiff.dims import Size, nominal
from symdiff.errors import ArgumentError
from symdiff.memory import peak, size_in_floats
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT, VARIABLE
from symdiff.ops.several import computed_together
from symdiff.polynomial import Largest, Polynomial, total
from symdiff.shown import Part, Rows, Shown

if TYPE_CHECKING:
    from symdiff.show.derivative_costs import DerivativeCosts


@dataclass(frozen=True, slots=True, repr=False)
class Numbers(Shown):
    """A cost at given sizes.

    operations  the number of operations
    memory      the number of entries that are alive at the peak, apart from the inputs
    inputs      the number of entries of the inputs
    """

    operations: int
    memory: int
    inputs: int

    def bytes(self, dtype: str = "float64") -> int:
        """The bytes of memory and inputs together, in "float64" or "float32".

        Raises ArgumentError for any other type.

        >>> Numbers(operations=5, memory=2, inputs=1).bytes("float32")
        12
        """
        if dtype not in ("float64", "float32"):
            raise ArgumentError(f"dtype must be 'float64' or 'float32', not {dtype!r}")
        return (self.memory + self.inputs) * np.dtype(dtype).itemsize

    def _parts_(self) -> list[Part]:
        together = f"{self.bytes():,} bytes in float64, {self.bytes('float32'):,} in float32"
        rows = [
            ("operations", f"{self.operations:,}"),
            ("memory", f"{self.memory:,} entries"),
            ("inputs", f"{self.inputs:,} entries"),
            ("together", together),
        ]
        return [Rows((), rows)]


@dataclass(frozen=True, slots=True, repr=False)
class Cost(Shown):
    """What evaluating some expressions costs, for all sizes.

    operations  how many additions, products, comparisons and functions of one entry
    memory      the most entries alive at once, apart from the inputs; views have none, and what
                NumPy needs inside one call is not counted; named sizes are at least 1
    inputs      the entries of the variables and of array constants
    sizes       the names of the named sizes
    """

    operations: Polynomial
    memory: Largest
    inputs: Polynomial
    sizes: tuple[str, ...]

    def at(self, **sizes: int) -> Numbers:
        """Return the cost in numbers, for sizes given by name.

        Raises InputError for a size that is missing, unknown or not a whole number.

        >>> import symdiff as sd
        >>> print(sd.cost(sd.parse("X @ w", X="n d", w="d")).at(n=1000, d=100))
        operations  200,000
        memory      1,000 entries
        inputs      100,100 entries
        together    808,800 bytes in float64, 404,400 in float32
        """
        counts = (self.operations, self.memory, self.inputs)
        needed = {name for count in counts for name in count.names}
        given = sizes_by_name(self.sizes, needed, sizes, "at({})")
        return Numbers(*(count.value(given) for count in counts))

    def _parts_(self) -> list[Part]:
        rows = [
            ("operations", str(self.operations)),
            ("memory", str(self.memory)),
            ("inputs", str(self.inputs)),
        ]
        return [Rows((), rows)]


@overload
def cost(target: Node | Sequence[Node], wrt: None = None) -> Cost: ...
@overload
def cost(target: Node | Sequence[Node], wrt: Node | Sequence[Node]) -> DerivativeCosts: ...
def cost(
    target: Node | Sequence[Node], wrt: Node | Sequence[Node] | None = None
) -> Cost | DerivativeCosts:
    """Return what expressions cost to evaluate together, or with `wrt` what derivatives cost.

    With `wrt`, the report compares a scalar with its gradient and Hessian, and any other target
    with its Jacobian by reverse and by forward mode. Sizes have no units; memory counts entries,
    and `Cost.at` gives numbers and bytes. The module says what counts as an operation.

    Raises ArgumentError for what is no expression and, with `wrt`, for several targets;
    DerivativeError where there is no derivative.

    >>> import symdiff as sd
    >>> print(cost(sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")))
    operations  2 n d + 3 n
    memory      2 n
    inputs      n d + n + d
    """
    outputs = _as_list(target)
    if wrt is None:
        return cost_of(outputs)
    from symdiff.show.derivative_costs import derivative_costs

    if len(outputs) != 1:
        raise ArgumentError(f"with `wrt`, give one target, not {len(outputs)}")
    return derivative_costs(outputs[0], _as_list(wrt))


def cost_of(outputs: Sequence[Node], first: Sequence[str] = ()) -> Cost:
    """What evaluating `outputs` together costs; sizes in `first` are written first."""
    order = topological(outputs)
    names = tuple(dict.fromkeys([*first, *size_names(order)]))
    done = _done_with_others(order)
    operations: Counter[Size] = Counter(n.op.operations(n) for n in order if n not in done)
    inputs: Counter[Size] = Counter(
        size_in_floats(node)
        for node in order
        if node.op is VARIABLE or (node.op is CONSTANT and node.ndim)
    )
    return Cost(
        total(operations, names), peak(order, outputs).largest(names), total(inputs, names), names
    )


def _done_with_others(order: Sequence[Node]) -> set[Node]:
    """What comes with something else from one call, which counts as its most costly result."""
    return {
        node
        for group in computed_together(order)
        for node in sorted(group, key=lambda node: nominal(node.op.operations(node)))[:-1]
    }


def _as_list(expressions: object) -> list[Node]:
    listed = as_nodes(expressions)
    if not listed:
        raise ArgumentError("there is nothing to count: no expressions are given")
    return listed
