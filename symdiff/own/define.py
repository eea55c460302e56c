"""Names for formulas: `sd.define`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from symdiff.dims import Shape, named
from symdiff.errors import ArgumentError, SymdiffError
from symdiff.node import Node, intern
from symdiff.ops.leaves import VARIABLE
from symdiff.own.body import (
    Body,
    Procedure,
    Written,
    is_elementwise,
    read_formula,
)
from symdiff.own.declared import Declared, declare
from symdiff.own.definition import Definition
from symdiff.own.facts import check_form
from symdiff.own.parameters import Parameter, declared_parameters, size_words
from symdiff.own.signature import Signature, check_takes, read_signature


def define(
    signature: str,
    body: str | Callable[..., object],
    /,
    *,
    pretty: str = "",
    latex: str = "",
    **shapes: object,
) -> Declared:
    """Give a formula a name, which then stands for it in text, in print and in derivations.

    `body` is a formula over the parameters of the `signature`, in text or as a function of Python
    that is run on expressions. Where it applies to each entry, arguments broadcast; otherwise its
    shape follows from theirs. `shapes` may declare those of parameters, as for `parse`; their named
    sizes can be used in the body. `pretty` and `latex` say how a call is written for people, with
    parameters in braces, such as "H_{k}({r})".

    Derivatives are those of the body. What is computed has the body in place of the name.

    Raises ParseError or ArgumentError for a bad signature or body, with the place; ShapeError for
    a body that does not fit the declared shapes.

    >>> import symdiff as sd
    >>> huber = sd.define("huber(r, k)", "where(abs(r) <= k, r**2/2, k*(abs(r) - k/2))")
    >>> loss = sd.parse("sum(huber(X @ w - y, 1))", X="n d", w="d", y="n")
    >>> print(loss)
    sum(huber(X w − y, 1))
    >>> print(sd.grad(loss, sd.inputs(loss)[1]))
    Xᵀ where(|X w − y| ≤ 1, X w − y, sign(X w − y))
    >>> huber([0.5, 3.0], 1.0)
    array([0.125, 2.5  ])
    """
    told = read_signature(signature)
    definition = defined(told, body, declared_parameters(told, shapes), pretty, latex)
    return declare(Declared(definition, _doc(definition, body)))


def defined(
    signature: Signature,
    body: str | Callable[..., object],
    parameters: tuple[Parameter, ...],
    pretty: str = "",
    latex: str = "",
) -> Definition:
    """The definition of a name for a formula, tried on arguments that it may have."""
    check_form(pretty, "pretty", signature)
    check_form(latex, "latex", signature)
    read = read_body(signature, body, parameters)
    scalars = scalars_of(parameters)
    any_shape = all(p.shape is None or p.shape in ((), 0) for p in parameters)
    if any_shape and is_elementwise(read, signature.parameters, scalars):
        stands = dict(zip(signature.parameters, scalars, strict=True))
        read = Written(tuple(scalars), read.run(stands, signature.parameters))
    definition = Definition(signature, parameters, read, pretty=pretty, latex=latex)
    shapes_that_fit(definition)
    return definition


def read_body(
    signature: Signature, body: str | Callable[..., object], parameters: tuple[Parameter, ...]
) -> Body:
    """The body that a user gives, in text or as a function."""
    if isinstance(body, str):
        read = read_formula(body, (*signature.parameters, *size_words(parameters)))
        if signature.name in dict(read.uses):
            raise ArgumentError(f"`{signature}` cannot be given by itself: {body!r}")
        return read
    if isinstance(body, Node) or not callable(body):
        raise ArgumentError(
            f"the body of `{signature}` is a formula in text or a function, not {body!r}"
        )
    check_takes(body, signature.parameters, f"the body of `{signature}`")
    return Procedure(body)


def scalars_of(parameters: Sequence[Parameter]) -> list[Node]:
    """A scalar variable for each parameter, of the kind declared."""
    return [intern(VARIABLE, (), (p.name, (), p.dtype or "float")) for p in parameters]


_MOST_TRIED = 4
"""Of so many parameters, all combinations of ranks are tried."""


def shapes_that_fit(definition: Definition) -> list[Node]:
    """Arguments for which a definition has a value; the error of the first try, if none has."""
    first: SymdiffError | None = None
    for shapes in _shapes_to_try(definition.parameters):
        kinds = [p.dtype or "float" for p in definition.parameters]
        names = definition.signature.parameters
        args = [intern(VARIABLE, (), each) for each in zip(names, shapes, kinds, strict=True)]
        try:
            definition.instance(args)
        except SymdiffError as error:
            first = first or error
        else:
            return args
    assert first is not None
    raise first


def _shapes_to_try(parameters: Sequence[Parameter]) -> list[tuple[Shape, ...]]:
    """Shapes for all arguments together. Squares fit what is declared in most ways."""
    n = named("n")
    ranks: list[list[Shape]] = []
    for p in parameters:
        if isinstance(p.shape, tuple):
            ranks.append([p.shape])
        elif isinstance(p.shape, int):
            ranks.append([(n,) * p.shape])
        else:
            ranks.append([(), (n,), (n, n)])
    if len(parameters) > _MOST_TRIED:
        return list(zip(*(each * (3 // len(each)) for each in ranks), strict=True))
    return list(product(*ranks))


def _doc(definition: Definition, body: object) -> str:
    said = body if isinstance(body, str) else getattr(body, "__doc__", None) or "a function"
    return f"`{definition.signature}`: {said}"
