"""Curves fitted to measurements, against certified values.

The data sets, starts and certified values are from the Statistical Reference Datasets of the
National Institute of Standards and Technology, which are meant for testing such programs:
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml. Each is fitted from the start that is
farther away. Compared are the parameters, their standard errors, and the sum of squares.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import symdiff as sd

x, y = sd.vector("x", "n"), sd.vector("y", "n")
b1, b2, b3 = sd.scalar("b1"), sd.scalar("b2"), sd.scalar("b3")


class Certified(NamedTuple):
    """A curve, measurements, and what is certified of the fit."""

    curve: sd.Node
    x: str
    y: str
    start: list[float]
    parameters: list[float]
    errors: list[float]
    squares: float


DATASETS = {
    "Misra1a": Certified(  # adsorption of water, Misra, 1978
        b1 * (1 - sd.exp(-b2 * x)),
        "77.6 114.9 141.1 190.8 239.9 289.0 332.8 378.4 434.8 477.3 536.8 593.1 689.1 760.0",
        "10.07 14.73 17.94 23.93 29.61 35.18 40.02 44.82 50.76 55.05 61.01 66.40 75.47 81.78",
        [500, 0.0001],
        [2.3894212918e02, 5.5015643181e-04],
        [2.7070075241e00, 7.2668688436e-06],
        1.2455138894e-01,
    ),
    "DanWood": Certified(  # radiated energy of a lamp, Daniel and Wood, 1980
        b1 * x**b2,
        "1.309 1.471 1.490 1.565 1.611 1.680",
        "2.138 3.421 3.597 4.340 4.882 5.660",
        [1, 5],
        [7.6886226176e-01, 3.8604055871e00],
        [1.8281973860e-02, 5.1726610913e-02],
        4.3173084083e-03,
    ),
    "Rat42": Certified(  # growth of pasture, Ratkowsky, 1983
        b1 / (1 + sd.exp(b2 - b3 * x)),
        "9 14 21 28 42 57 63 70 79",
        "8.930 10.800 18.590 22.330 39.350 56.110 61.730 64.620 67.080",
        [100, 1, 0.1],
        [7.2462237576e01, 2.6180768402e00, 6.7359200066e-02],
        [1.7340283401e00, 8.8295217536e-02, 3.4465663377e-03],
        8.0565229338e00,
    ),
    "BoxBOD": Certified(  # oxygen that bacteria need, Box, Hunter and Hunter, 1978
        b1 * (1 - sd.exp(-b2 * x)),
        "1 2 3 5 7 10",
        "109 149 149 191 213 224",
        [1, 1],
        [2.1380940889e02, 5.4723748542e-01],
        [1.2354515176e01, 1.0455993237e-01],
        1.1680088766e03,
    ),
}


def fit(dataset: Certified) -> sd.Fit:
    """The parameters with the least squares, as exactly as rounding allows."""
    wrt = [b1, b2, b3][: len(dataset.start)]
    data = {"x": np.fromstring(dataset.x, sep=" "), "y": np.fromstring(dataset.y, sep=" ")}
    return sd.least_squares(
        y - dataset.curve,
        wrt,
        data,
        start=dict(zip(wrt, dataset.start, strict=True)),
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )


def digits(found: list[float], certified: list[float]) -> float:
    """In how many digits numbers agree, at least."""
    off = np.abs(np.subtract(found, certified) / certified)
    return float(-np.log10(max(np.max(off), 1e-16)))


def main() -> None:
    """Fit each, and say how far the results agree with the certified ones."""
    worst = np.inf
    for name, dataset in DATASETS.items():
        found = fit(dataset)
        agreements = (
            digits(list(found.values.values()), dataset.parameters),
            digits(list(found.standard_errors.values()), dataset.errors),
            digits([2 * found.loss], [dataset.squares]),
        )
        worst = min(worst, *agreements)
        print(f"{name}: y = {dataset.curve}\n{found}")
        said = "digits agree: parameters {:.1f}, standard errors {:.1f}, squares {:.1f}"
        print(said.format(*agreements), end="\n\n")
    claim = "All agree" if worst >= 8 else "NOT ALL AGREE"
    print(f"{claim} with the certified values in 8 digits or more.")


if __name__ == "__main__":
    main()
