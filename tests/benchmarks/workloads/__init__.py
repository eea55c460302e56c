"""What `generated.py` times: one file for each formula, with its derivatives written by hand."""

from . import (
    black_scholes,
    factorization,
    gaussian_mixture,
    ladder,
    logistic,
    perceptron,
    rosenbrock,
    ten_variables,
)
from .workload import Case as Case
from .workload import Task as Task
from .workload import Workload as Workload

WORKLOADS = (
    rosenbrock.WORKLOAD,
    ten_variables.VALLEY,
    ten_variables.CHAIN,
    black_scholes.WORKLOAD,
    logistic.GRADIENT,
    logistic.HESSIAN,
    perceptron.WORKLOAD,
    gaussian_mixture.WORKLOAD,
    factorization.WORKLOAD,
    ladder.WORKLOAD,
)


def find(name: str, place: int) -> tuple[Workload, Case]:
    """A workload of a name, and one of its cases."""
    workload = next(each for each in WORKLOADS if each.name == name)
    return workload, workload.cases[place]
