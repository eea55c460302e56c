"""Which of NumPy's functions take expressions, and why others do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from symdiff.frontends.numpy_calls import canonical, function_named
from symdiff.frontends.numpy_refusals import REASONS, missing

_APART = """
    bartlett base_repr binary_repr blackman broadcast_shapes datetime_data diag_indices
    format_float_positional format_float_scientific from_dlpack frombuffer fromfile fromfunction
    fromiter frompyfunc fromregex fromstring genfromtxt get_include get_printoptions getbufsize
    geterr geterrcall hamming hanning indices info isdtype isfortran isscalar issubdtype iterable
    kaiser load loadtxt mask_indices mintypecode nested_iters printoptions promote_types
    set_printoptions setbufsize seterr seterrcall show_config show_runtime test tril_indices
    triu_indices typename
"""
"""Functions of settings, types, files and text, and of numbers that are no variables."""


@dataclass(frozen=True)
class NumpyCoverage:
    """NumPy's public functions by what they do with expressions.

    covered  those that take expressions, and the names of symdiff's functions
    refused  those that do not, and why
    apart    those of settings, types, files and places, to which no expression is given
    """

    covered: Mapping[str, str]
    refused: Mapping[str, str]
    apart: tuple[str, ...]

    def __str__(self) -> str:
        counts = (
            f"{len(self.covered)} of NumPy's functions take expressions, {len(self.refused)} are "
            f"refused, {len(self.apart)} are apart from them"
        )
        lines = [f"np.{name}: {reason}" for name, reason in self.refused.items()]
        return "\n".join([counts, "", *lines])


def numpy_coverage() -> NumpyCoverage:
    """Sort the public functions of the installed NumPy, of `np`, `np.linalg` and `np.fft`.

    >>> coverage = numpy_coverage()
    >>> coverage.covered["linalg.solve"], coverage.refused["gcd"]
    ('solve', 'it is defined for whole numbers alone, and has no derivative')
    """
    covered: dict[str, str] = {}
    refused: dict[str, str] = {}
    apart: list[str] = []
    for name in public_functions():
        ours = function_named(canonical(name))
        if ours is not None:
            covered[name] = ours.__name__.strip("_")
        elif name in _APART.split():
            apart.append(name)
        else:
            refused[name] = REASONS.get(canonical(name)) or missing(name)
    return NumpyCoverage(covered, refused, tuple(apart))


def public_functions() -> list[str]:
    """The names, below `np`, of NumPy's public functions."""
    homes = {"": np, "linalg.": np.linalg, "fft.": np.fft}
    return sorted(
        f"{home}{name}"
        for home, module in homes.items()
        for name in module.__all__
        if callable(getattr(module, name)) and not isinstance(getattr(module, name), type)
    )
