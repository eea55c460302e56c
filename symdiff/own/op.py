"""Ops of users: `sd.op`."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symdiff.codegen.functions import loaded
from symdiff.errors import ArgumentError
from symdiff.frontends.text import names_used
from symdiff.node import Node
from symdiff.ops.leaves import KINDS
from symdiff.own.black_box import BlackBox, Rules, check_elementwise, check_rules
from symdiff.own.body import Body, Procedure, Written, is_elementwise, read_formula
from symdiff.own.declared import Declared, declare
from symdiff.own.define import read_body, scalars_of
from symdiff.own.definition import Definition
from symdiff.own.facts import check_form
from symdiff.own.parameters import declared_parameters
from symdiff.own.partials import read_partials
from symdiff.own.shape_rule import read_shape
from symdiff.own.signature import Signature, check_takes, read_signature
from symdiff.own.trial import check_partials, check_range, points


def op(
    signature: str,
    formula: object = None,
    /,
    *,
    derivative: object = None,
    numpy: Callable[..., Any] | None = None,
    shape: object = None,
    kind: str = "float",
    cotangent: object = None,
    import_from: str = "",
    between: tuple[float, float] = (-2.0, 2.0),
    pretty: str = "",
    latex: str = "",
) -> Declared:
    """Declare an op: a function for each entry by a `formula`, or any function of `numpy` arrays.

    A formula is text, an expression or a function of SymPy, or a function of Python that is run on
    expressions. Its derivatives follow, unless `derivative` gives them, one for each parameter: in
    text, where the name of the op stands for its value, or as functions of the parameters. They
    are compared with the slope of the function at points `between` two numbers. Source that is to
    be read has a function of that name; fast code has the formula in its place.

    A function of `numpy` arrays acts on each entry, or has a `shape` rule: text such as
    "(n, d), (d) -> (n)", or a function of the arguments. Its `cotangent` rule is a function of the
    cotangent `g` and the arguments that returns what each of these receives, or formulas over `g`,
    the parameters, and the name of the op for its value, by parameter. Rules are expressions, so
    they have derivatives in turn. Without a rule there is no derivative. Modules carry the source
    of the function, or import it where `import_from` names a module.

    Raises ParseError, ArgumentError or ShapeError for what does not fit together, and for
    a derivative that is not the slope of the function.

    >>> import symdiff as sd
    >>> soft_step = sd.op("soft_step(x)", "x/sqrt(1 + x**2)", derivative="(1 + x**2)**-1.5")
    >>> x = sd.vector("x", "n")
    >>> print(sd.grad(sd.sum(soft_step(x)), x))
    (1 + x²)^(−1.5)
    >>> soft_step(0.75)
    np.float64(0.6)
    """
    if (formula is None) == (numpy is None):
        raise ArgumentError("`op` takes either a formula or a function for `numpy`")
    told = _signature(signature, formula, numpy)
    check_form(pretty, "pretty", told)
    check_form(latex, "latex", told)
    interval = check_range(told, between)
    if numpy is None:
        for name, given in (
            ("shape", shape),
            ("cotangent", cotangent),
            ("import_from", import_from),
        ):
            if given:
                raise ArgumentError(
                    f"`{name}` is for a function of `numpy`; `{told}` has a formula"
                )
        made: BlackBox | Definition = _of_formula(
            told, formula, derivative, interval, pretty, latex
        )
        return declare(Declared(made, f"`{told}`, for each entry."))
    made = BlackBox(
        told,
        _checked_function(told, numpy),
        _statement(told, numpy, import_from),
        None if shape is None else read_shape(told, shape),
        _checked_kind(told, kind),
        () if derivative is None else read_partials(told, derivative),
        None if cotangent is None else _read_rules(told, cotangent, shape),
        interval,
        pretty,
        latex,
    )
    _check(made)
    return declare(Declared(made, getattr(numpy, "__doc__", None) or f"`{told}`"))


# Formulas ---------------------------------------------------------------------------------------


def _of_formula(
    told: Signature,
    formula: object,
    derivative: object,
    between: tuple[float, float],
    pretty: str,
    latex: str,
) -> Definition:
    parameters = declared_parameters(told, {})
    scalars = scalars_of(parameters)
    body = _body(told, formula, scalars)
    if not is_elementwise(body, told.parameters, scalars):
        raise ArgumentError(
            f"{_said(formula)} is not the same formula for each entry of whatever arguments "
            f"`{told}` may have; sd.define names formulas of any kind"
        )
    value = body.run(dict(zip(told.parameters, scalars, strict=True)), told.parameters)
    written = Written(tuple(scalars), value)
    partials = () if derivative is None else read_partials(told, derivative)
    made = Definition(told, parameters, written, partials, True, between, pretty, latex)
    check_partials(told, partials, loaded(made.function(scalars)), between)
    return made


def _body(told: Signature, formula: object, scalars: list[Node]) -> Body:
    if isinstance(formula, str) or (callable(formula) and not _is_sympy(formula)):
        return read_body(told, formula, declared_parameters(told, {}))
    from symdiff.frontends.sympy.reading import from_sympy

    names = dict(zip(told.parameters, scalars, strict=True))
    expression = _applied(formula, told)
    strange = sorted(str(s) for s in expression.free_symbols if str(s) not in names)
    if strange:
        raise ArgumentError(
            f"`{told}` has no parameter {', '.join(strange)}, which stands in {expression}"
        )
    return Written(tuple(scalars), from_sympy(expression, **names))


def _said(formula: object) -> str:
    if isinstance(formula, str):
        return repr(formula)
    return str(getattr(formula, "__name__", formula))


def _is_sympy(formula: object) -> bool:
    return any(base.__module__.startswith("sympy.") for base in (type(formula), *_bases(formula)))


def _bases(formula: object) -> tuple[type, ...]:
    return formula.__mro__ if isinstance(formula, type) else ()


def _applied(formula: Any, told: Signature) -> Any:
    """An expression of SymPy; a function of SymPy, applied to symbols."""
    import sympy

    if isinstance(formula, (type, sympy.Lambda)):
        try:
            return sympy.sympify(formula(*map(sympy.Symbol, told.parameters)))
        except TypeError as error:
            raise ArgumentError(f"`{told}` does not fit {formula}: {error}") from None
    if not isinstance(formula, sympy.Expr):
        raise ArgumentError(
            f"the formula of `{told}` is text, a scalar or a function of SymPy, or a function of "
            f"Python, not {formula!r}"
        )
    return formula


# Functions of NumPy -----------------------------------------------------------------------------


def _checked_function(told: Signature, function: object) -> Callable[..., Any]:
    if isinstance(function, Node) or not callable(function):
        raise ArgumentError(f"`numpy` of `{told}` is a function of arrays, not {function!r}")
    if not hasattr(function, "__name__"):
        raise ArgumentError(
            f"`numpy` of `{told}` has no name by which source could call it: {function!r}; wrap it "
            "in a function of yours"
        )
    if isinstance(function, np.ufunc) and (function.nin, function.nout) != (
        len(told.parameters),
        1,
    ):
        raise ArgumentError(
            f"`{function.__name__}` has {function.nin} arguments and {function.nout} results, so "
            f"`{told}` does not fit it"
        )
    check_takes(function, told.parameters, f"`numpy` of `{told}`")
    return function


def _statement(told: Signature, function: Any, module: str) -> str:
    if not module:
        return ""
    for part in (*str(module).split("."), function.__name__):
        if not part.isidentifier() or keyword.iskeyword(part):
            raise ArgumentError(f"{function.__name__!r} cannot be imported from {module!r}")
    return f"from {module} import {function.__name__}"


def _checked_kind(told: Signature, kind: object) -> str:
    if kind not in KINDS:
        raise ArgumentError(
            f"`kind` of `{told}` is one of {', '.join(map(repr, KINDS))}, not {kind!r}"
        )
    return str(kind)


def _read_rules(told: Signature, given: object, shape: object) -> Rules:
    """The cotangent rules, by parameter or all in one function."""
    if isinstance(given, str) and len(told.parameters) == 1:
        given = {told.parameters[0]: given}
    if isinstance(given, Mapping):
        for name in given:
            if name not in told.parameters:
                raise ArgumentError(f"`{told}` has no parameter {name!r} that could receive")
        return tuple(_rule(told, given.get(name), shape) for name in told.parameters)
    if callable(given):
        return _procedure(told, given)
    raise ArgumentError(
        f"`cotangent` of `{told}` is a function of the cotangent and the arguments, or a formula "
        f"for each parameter, {{{told.parameters[0]!r}: …}}, not {given!r}"
    )


def _procedure(told: Signature, rule: Callable[..., Any]) -> Procedure:
    check_takes(rule, ("g", *told.parameters), f"the cotangent rule of `{told}`")
    return Procedure(rule)


def _rule(told: Signature, given: object, shape: object) -> Body | None:
    if given is None:
        return None
    if callable(given):
        return _procedure(told, given)
    if not isinstance(given, str):
        raise ArgumentError(f"a cotangent rule of `{told}` is text or a function, not {given!r}")
    if "g" in told.parameters:
        raise ArgumentError(
            f"`{told}` has a parameter 'g', which is the cotangent in formulas; rename it, or give "
            "the rule as a function"
        )
    return read_formula(given, (*told.parameters, told.name, "g"))


def _check(made: BlackBox) -> None:
    """Refuse declarations that contradict themselves, and what is no function of entries."""
    told = made.signature
    if made.shape is None:
        if made.cotangent is not None:
            raise ArgumentError(
                f"`{told}` acts on each entry, so it has a `derivative`, or else a `shape` rule"
            )
        check_elementwise(made, points(told, made.between))
        check_partials(told, made.partials, made.called.call, made.between)
    elif made.partials:
        raise ArgumentError(
            f"`{told}` has a `shape` rule, so it has a `cotangent` rule and no `derivative`"
        )
    check_rules(made)


# Signatures -------------------------------------------------------------------------------------


def _signature(signature: str, formula: object, function: object) -> Signature:
    """A signature; of a name alone, where there is but one parameter."""
    if not isinstance(signature, str) or not signature.strip().isidentifier():
        return read_signature(signature, "soft_step(x)")
    names = _parameter_names(formula, function)
    if len(names) != 1:
        raise ArgumentError(
            f"write the parameters of {signature!r} in their order, as in '{signature}(x, k)'"
        )
    return read_signature(f"{signature}({names[0]})")


def _parameter_names(formula: object, function: object) -> list[str]:
    if isinstance(formula, str):
        return names_used(formula)
    if isinstance(function, np.ufunc):
        return ["x"] * function.nin
    if hasattr(formula, "free_symbols") and not isinstance(formula, type):
        return sorted(map(str, getattr(formula, "variables", formula.free_symbols)))
    given = formula if function is None else function
    if _is_sympy(given) and isinstance(given, type):
        count = getattr(given, "nargs", ())
        return ["x"] if 1 in count else []
    try:
        return list(inspect.signature(given).parameters) if callable(given) else []
    except ValueError:
        return []
