"""Derivatives of ordinary functions, as functions: the conventional names, on our expressions.

Each runs the function on variables, differentiates what comes out, and is compiled as `function`
compiles. Where an expression is among the arguments it builds instead, so that they nest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

from symdiff.derive.grad import grad
from symdiff.derive.jacobian import hessian, jacobian
from symdiff.dims import CALL
from symdiff.errors import ArgumentError, DerivativeError, shape_text
from symdiff.frontends.functions import Function
from symdiff.frontends.pytrees import mapped
from symdiff.node import Node, intern
from symdiff.ops.leaves import INEXACT, VARIABLE, as_node
from symdiff.rewrite.engine import replaced

Argument = int | str
Arguments = Argument | Sequence[Argument]


def grad_of(
    f: Callable[..., Any],
    argnums: Arguments = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Function:
    """Return the function that computes the gradient of a function written with NumPy.

    It takes the arguments of `f`, which returns one number, and gives the gradient by the argument
    in place `argnums`, in the structure of that argument; for several places a tuple. Places may be
    told by the names of parameters. With `has_aux`, `f` returns a pair, of which the first is
    differentiated, and so does the gradient. It compiles as `function` does, whose attributes it
    has; on expressions it builds the gradient, so derivatives nest to any order.

    By a complex z = x + iy the gradient of a real f is ∂f/∂x − i ∂f/∂y, as with JAX and autograd;
    `holomorphic` is for complex f, as `grad` has it.

    Raises ArgumentError for an argument that is not of floats, DerivativeError for a result that is
    no number, and what `function` raises.

    >>> import numpy as np
    >>> def loss(w, X, y):
    ...     return np.sum((X @ w - y) ** 2)
    >>> slope = grad_of(loss)
    >>> slope(np.ones(2), np.eye(2), np.zeros(2))
    array([2., 2.])
    >>> print(slope.node(np.ones(2), np.ones((3, 2)), np.ones(3)))
    2 Xᵀ(X w − y)
    """
    return Derivative(f, _gradient, argnums, has_aux, holomorphic, "grad_of")


def value_and_grad(
    f: Callable[..., Any],
    argnums: Arguments = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Function:
    """Return the function that computes a pair: the value of `f`, and its gradient as `grad_of`.

    What they have in common is computed once. With `has_aux`, the value is the pair `f` returns.

    >>> import numpy as np
    >>> value_and_grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    (np.float64(9.0), array([ 3., 12.]))
    """
    return Derivative(f, _value_and_gradient, argnums, has_aux, holomorphic, "value_and_grad")


def hessian_of(f: Callable[..., Any], argnums: Arguments = 0, has_aux: bool = False) -> Function:
    """Return the function that computes the second derivatives of `f`, which returns one number.

    For one array the shape is its own, twice. For arguments with structure, and for several places,
    each part of the structure holds the structure of the derivatives of its gradient.

    >>> import numpy as np
    >>> hessian_of(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    >>> hessian_of(lambda a, b: a * b**2, argnums=("a", "b"))(2.0, 3.0)
    ((0.0, 6.0), (6.0, 4.0))
    """
    return Derivative(f, _hessian, argnums, has_aux, False, "hessian_of")


def jacobian_of(
    f: Callable[..., Any],
    argnums: Arguments = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Function:
    """Return the function that computes the derivatives of all entries that `f` returns.

    In the structure of what `f` returns, each array y is replaced by the derivatives by the
    arguments in places `argnums`, of shape `y.shape + x.shape`. The mode is the cheaper one.

    >>> import numpy as np
    >>> jacobian_of(lambda x: x[1:] * x[:-1])(np.array([1.0, 2.0, 3.0]))
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """
    return Derivative(f, _jacobian, argnums, has_aux, holomorphic, "jacobian_of")


class Wanted(NamedTuple):
    """The arguments by which is differentiated: variables, and how they are arranged."""

    variables: list[Node]
    trees: list[Any]
    single: bool

    def arranged(self, results: Sequence[Any]) -> Any:
        """One result for each variable, in the structure of the arguments."""
        rest = iter(results)
        parts = [
            mapped(lambda _, leaf: None if leaf is None else next(rest), t, "") for t in self.trees
        ]
        return parts[0] if self.single else tuple(parts)


Derive = Callable[["Derivative", Any, Wanted], Any]


class Derivative(Function):
    """A function that computes a derivative of another one."""

    def __init__(
        self,
        f: Callable[..., Any],
        derive: Derive,
        argnums: Arguments,
        has_aux: bool,
        holomorphic: bool,
        kind: str,
    ) -> None:
        static, options = (f.static, f.options) if isinstance(f, Function) else ((), {})
        super().__init__(f, static, options)
        self.kind, self.has_aux, self.holomorphic = kind, has_aux, holomorphic
        self.inner = self.__name__
        self.__name__ = self.__qualname__ = f"{kind}({self.inner})"
        self._derive = derive
        self._told = derive, argnums, has_aux, holomorphic, kind
        self._single = isinstance(argnums, (int, str))
        self._argnums = self._places(argnums)

    def _places(self, argnums: object) -> list[Argument]:
        """Where the arguments stand by which is differentiated, by place or as named."""
        wanted = [argnums] if self._single else argnums
        if not isinstance(wanted, (list, tuple)) or not wanted:
            raise ArgumentError(f"argnums is a place, a name, or a tuple of such, not {argnums!r}")
        first, names = len(self.owner), self.parameters.by_place
        places: list[Argument] = []
        for each in wanted:
            if type(each) not in (int, str):
                raise ArgumentError(
                    f"argnums is a place, a name, or a tuple of such, not {argnums!r}"
                )
            place = each if isinstance(each, str) or each < 0 else each + first
            if not self.parameters.has(place):
                raise ArgumentError(
                    f"`{self.inner}` has no argument {each!r} to differentiate by; it has "
                    f"{self.parameters.words}"
                )
            if isinstance(place, str):
                places.append(names.index(place) if place in names else place)
            else:
                places.append(place + len(names) if place < 0 else place)
        return places

    def _recipe(self) -> tuple[Any, ...]:
        return Derivative, (self.made_from, *self._told)

    # Building

    def _build(self, /, *args: Any, **named: Any) -> Any:
        """Build on any expressions: on variables of its own, which these then replace."""
        given, inner = list(args), dict(named)
        own: dict[Node, Node] = {}

        def fresh(name: str, leaf: object) -> Node | None:
            if leaf is None:
                return None
            node = as_node(leaf)
            attributes = (f"{name} {next(_FRESH)}", node.shape, node.dtype)
            variable = intern(VARIABLE, (), attributes)
            own[variable] = node
            return variable

        for place, name in self._chosen(args, named):
            where: Any = given if isinstance(place, int) else inner
            where[place] = mapped(fresh, where[place], name)
        built = self._run(*given, **inner)
        nodes: list[Node] = []
        mapped(lambda _, leaf: nodes.append(leaf) if isinstance(leaf, Node) else None, built, "")
        rest = iter(replaced(nodes, own))
        return mapped(lambda _, leaf: next(rest) if isinstance(leaf, Node) else leaf, built, "")

    def _run(self, /, *args: Any, **named: Any) -> Any:
        """Build on variables that nothing else depends on."""
        chosen = list(self._chosen(args, named))
        trees = [args[p] if isinstance(p, int) else named[p] for p, _ in chosen]
        variables: list[Node] = []

        def leaf(name: str, value: object) -> None:
            if value is None:
                return
            if not isinstance(value, Node) or value.dtype not in INEXACT:
                kind = value.dtype if isinstance(value, Node) else type(value).__name__
                raise ArgumentError(
                    f"`{self.kind}` differentiates `{self.inner}` by `{name}`, which is of kind "
                    f"{kind}; give floats, such as 3.0, or choose others by argnums"
                )
            variables.append(value)

        for tree, (_, name) in zip(trees, chosen, strict=True):
            mapped(leaf, tree, name)
        returned = self.__wrapped__(*args, **named)
        call = CALL.get()
        if call is not None:
            call.settle()
        target, aux = self._target_and_aux(returned)
        found = self._derive(self, target, Wanted(variables, trees, self._single))
        if not self.has_aux:
            return found
        return ((found[0], aux), found[1]) if self._derive is _value_and_gradient else (found, aux)

    def _chosen(self, args: Sequence[Any], named: dict[str, Any]) -> Iterator[tuple[Argument, str]]:
        """The places of this call by which is differentiated, and their names."""
        names = self.parameters.by_place
        for place in self._argnums:
            if isinstance(place, str):
                given, name = place in named, place
            else:
                given = place < len(args)
                name = names[place] if place < len(names) else f"args_{place - len(names)}"
            if not given:
                what = f"argument {place}" if name.startswith("args_") else f"`{name}`"
                raise ArgumentError(
                    f"`{self.kind}` differentiates `{self.inner}` by {what}, which this call does "
                    "not give"
                )
            yield place, name

    def _target_and_aux(self, returned: Any) -> tuple[Any, Any]:
        if not self.has_aux:
            return returned, None
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise ArgumentError(
                f"with has_aux=True, `{self.inner}` returns a pair: what is differentiated, and "
                f"what else it computes; it returns {_described(returned)}"
            )
        return returned

    def number(self, target: Any) -> Node:
        """The number that the function returns. Raises DerivativeError for anything else."""
        node = _as_expression(target)
        if node is None or node.shape:
            instead = "take np.sum of it, or sd.jacobian_of"
            if node is None:
                instead = "return one number, or with has_aux=True a pair that it begins"
            raise DerivativeError(
                f"`{self.kind}` differentiates one number, but `{self.inner}` returns "
                f"{_described(target)}; {instead}"
            )
        return node


_FRESH = count(1)


def _as_expression(value: Any) -> Node | None:
    """What is returned as an expression; None for a structure."""
    return None if isinstance(value, (tuple, list, dict, str, type(None))) else as_node(value)


def _described(returned: Any) -> str:
    if returned is None:
        return "None"
    node = _as_expression(returned)
    return f"a {type(returned).__name__}" if node is None else f"shape {shape_text(node.shape)}"


def _gradient(self: Derivative, target: Any, wanted: Wanted) -> Any:
    number = self.number(target)
    return wanted.arranged(grad(number, wanted.variables, holomorphic=self.holomorphic))


def _value_and_gradient(self: Derivative, target: Any, wanted: Wanted) -> Any:
    return self.number(target), _gradient(self, target, wanted)


def _hessian(self: Derivative, target: Any, wanted: Wanted) -> Any:
    number = self.number(target)
    if len(wanted.variables) == 1:
        return wanted.arranged([wanted.arranged([hessian(number, wanted.variables[0])])])
    return wanted.arranged([wanted.arranged(row) for row in hessian(number, wanted.variables)])


def _jacobian(self: Derivative, target: Any, wanted: Wanted) -> Any:
    def leaf(_: str, value: Any) -> Any:
        if value is None:
            return None
        found = jacobian(as_node(value), wanted.variables, holomorphic=self.holomorphic)
        return wanted.arranged(found)

    return mapped(leaf, target, self.inner)
