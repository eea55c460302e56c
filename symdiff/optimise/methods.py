"""What each of the methods of `scipy.optimize.minimize` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from symdiff.errors import ArgumentError


class Method(NamedTuple):
    """A method: whether it takes the gradient, bounds and constraints, and how the Hessian.

    `second` is "product" for products with vectors, "matrix", or None.
    """

    name: str
    gradient: bool = True
    second: str | None = None
    bounds: bool = False
    constraints: bool = False


METHODS = (
    Method("Nelder-Mead", gradient=False, bounds=True),
    Method("Powell", gradient=False, bounds=True),
    Method("CG"),
    Method("BFGS"),
    Method("Newton-CG", second="product"),
    Method("L-BFGS-B", bounds=True),
    Method("TNC", bounds=True),
    Method("COBYLA", gradient=False, bounds=True, constraints=True),
    Method("COBYQA", gradient=False, bounds=True, constraints=True),
    Method("SLSQP", bounds=True, constraints=True),
    Method("trust-constr", second="product", bounds=True, constraints=True),
    Method("dogleg", second="matrix"),
    Method("trust-ncg", second="product"),
    Method("trust-exact", second="matrix"),
    Method("trust-krylov", second="product"),
)


def chosen(name: str | None, bounds: bool, constraints: bool) -> Method:
    """The method of a name, in whatever case, or the one that suits.

    Raises ArgumentError for an unknown one, and for one that does not take what is given.
    """
    if name is None:
        name = "SLSQP" if constraints else "L-BFGS-B"
    found = [m for m in METHODS if isinstance(name, str) and m.name.lower() == name.lower()]
    if not found:
        raise ArgumentError(f"there is no method {name!r}; there are {_listed(lambda m: True)}")
    method = found[0]
    if constraints and not method.constraints:
        raise ArgumentError(
            f"the method {method.name} takes no constraints; {_listed(lambda m: m.constraints)} do"
        )
    if bounds and not method.bounds:
        raise ArgumentError(
            f"the method {method.name} takes no bounds; {_listed(lambda m: m.bounds)} do"
        )
    return method


_ELSEWHERE = {
    "x0": "the point to start from is `start`",
    "args": "values are given with the data",
    "options": "the options of a method are keywords, such as maxiter=100",
    **dict.fromkeys(("jac", "hess", "hessp", "jac_sparsity"), "derivatives are found, not given"),
}


def refuse_names_of_scipy(given: Iterable[str]) -> None:
    """Raises ArgumentError for arguments of SciPy that are not ours, and says what is."""
    for name in given:
        if name in _ELSEWHERE:
            raise ArgumentError(f"there is no argument {name}: {_ELSEWHERE[name]}")


def _listed(wanted: Callable[[Method], bool]) -> str:
    names = [method.name for method in METHODS if wanted(method)]
    return f"{', '.join(names[:-1])} and {names[-1]}"
