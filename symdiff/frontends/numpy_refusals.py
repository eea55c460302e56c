"""Why some of NumPy's functions cannot take expressions, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NoReturn

from symdiff.errors import ArgumentError
from symdiff.registry import FUNCTIONS

_DATA = "the shape of its result depends on values, and shapes are known before values"
_MASK = f"{_DATA}; use np.where(condition, x, y) or a sum with where="
_IN_PLACE = (
    "it writes into its argument, and expressions are immutable; write x.at[index].set(value)"
)
_BITS = "it works on the bits of numbers, which have no derivative"
_WHOLE = "it is defined for whole numbers alone, and has no derivative"
_CALLBACK = (
    "it calls a function with parts that are arrays of numbers; call the function with whole "
    "arrays, or stack its results in a Python loop over an axis whose size is a number"
)
_BINS = "it counts entries in bins, and has no derivative; use np.searchsorted and sd.one_hot"
_COEFFICIENTS = (
    "it works on lists of coefficients; np.polyval evaluates a polynomial, and np.vander with "
    "np.linalg.solve fits one"
)
_SETS = f"{_DATA}; sets of numbers have no derivative"
_MISSING = "it is not there with NaN left out; choose what counts by where="
_INDICES = "places come from numbers; call it with shapes or arrays of numbers"
_NUMBERS = "it writes the entries themselves; print the expression, or sd.evaluate it first"
_MEMORY = "an expression has no memory"
_TRUTH = "it answers by a Python bool, which depends on values; use np.all(np.isclose(a, b))"
_DATES = "expressions hold numbers, not dates"
_ORDER = "np.argsort and np.take_along_axis sort by one key"

_REASONS: Mapping[str, str] = {
    _MASK: "argwhere compress extract flatnonzero nonzero trim_zeros",
    _SETS: "intersect1d isin setdiff1d setxor1d union1d unique unique_all unique_counts "
    "unique_inverse unique_values",
    f"{_DATA}; use sd.add_along_axis or sd.one_hot": "bincount",
    _IN_PLACE: "copyto fill_diagonal place put put_along_axis putmask",
    _BITS: "bitwise_count frexp left_shift nextafter packbits right_shift spacing unpackbits",
    _WHOLE: "gcd lcm",
    _CALLBACK: "apply_along_axis apply_over_axes",
    _BINS: "histogram histogram2d histogram_bin_edges histogramdd",
    _COEFFICIENTS: "poly polyadd polyder polydiv polyfit polyint polymul polysub roots",
    _MISSING: "nanargmax nanargmin nanmedian nanpercentile nanquantile",
    _INDICES: "diag_indices_from ix_ ravel_multi_index tril_indices_from triu_indices_from "
    "unravel_index",
    _NUMBERS: "array2string array_repr array_str save savetxt savez savez_compressed",
    _MEMORY: "may_share_memory require shares_memory",
    _TRUTH: "array_equal array_equiv",
    _DATES: "busday_count busday_offset datetime_as_string is_busday isnat",
    _ORDER: "lexsort sort_complex",
    "NumPy chooses the type by the values; use np.real": "real_if_close",
    "it repeats or cuts until the entries fill the shape; use np.tile, np.pad or a slice": "resize",
    "it chooses by numbers; use np.select or np.where": "choose",
    "it answers a question about types of numbers": "can_cast common_type min_scalar_type",
    "it adds steps where values jump; it is np.cumsum of differences taken modulo a period": (
        "unwrap"
    ),
    "it looks at values, which are not there yet; sd.evaluate has check=": "asarray_chkfinite",
    "it is a plan for arrays; symdiff chooses the order of products itself": "einsum_path",
    "a matrix of expressions is an array with two axes; use np.block": "asmatrix bmat",
}
REASONS = {name: reason for reason, names in _REASONS.items() for name in names.split()}
"""By NumPy's name: why expressions are refused."""


def refuse(name: str) -> NoReturn:
    """Say why a function of NumPy, named as below `np`, cannot take expressions.

    A function of SciPy is named `special.name`.
    """
    reason = REASONS.get(name)
    if reason is None:
        raise ArgumentError(missing(name))
    raise ArgumentError(f"`np.{name}` cannot take expressions: {reason}")


def missing(name: str) -> str:
    """That symdiff has no function of a name, and which ones have the nearest names."""
    full = name if name.startswith("special.") else f"np.{name}"
    near = get_close_matches(name.rpartition(".")[2], FUNCTIONS, 3, 0.6)
    nearest = f"; the nearest names are {', '.join(f'sd.{other}' for other in near)}"
    return f"symdiff has no `{full}`" + (nearest if near else "")
