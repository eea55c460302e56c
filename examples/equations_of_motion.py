"""Equations of motion from an energy: derivatives of ordinary functions, taken inside one another.

Lagrange's equations say that d/dt ∂L/∂v = ∂L/∂q. With the chain rule that is a linear system for
the acceleration: (∂²L/∂v²) a = ∂L/∂q − (∂²L/∂v∂q) v. The Lagrangian is a NumPy function of any
number of rods; the three derivatives are functions made of it, and one compiled function moves a
chain of two rods or of five.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import symdiff as sd

GRAVITY = 9.81
STEP, STEPS = 1e-3, 200


def energies(q: Any, v: Any) -> tuple[Any, Any]:
    """The kinetic and the potential energy of rods of length 1 with a mass of 1 at each end."""
    x_speed = np.cumsum(np.cos(q) * v)
    y_speed = np.cumsum(np.sin(q) * v)
    height = np.cumsum(-np.cos(q))
    return 0.5 * np.sum(x_speed**2 + y_speed**2), GRAVITY * np.sum(height)


def lagrangian(q: Any, v: Any) -> Any:
    """Kinetic minus potential energy, of the angles of the rods and their speeds."""
    kinetic, potential = energies(q, v)
    return kinetic - potential


@sd.function
def acceleration(q: Any, v: Any) -> Any:
    """The acceleration of the angles."""
    mass = sd.hessian_of(lagrangian, argnums="v")(q, v)
    force = sd.grad_of(lagrangian, argnums="q")(q, v)
    turning = sd.jacobian_of(sd.grad_of(lagrangian, argnums="v"), argnums="q")(q, v)
    return np.linalg.solve(mass, force - turning @ v)


def moved(q: Any, v: Any) -> tuple[Any, Any]:
    """The angles and speeds after a step by the classical method of Runge and Kutta."""
    v1, a1 = v, acceleration(q, v)
    v2, a2 = v + STEP / 2 * a1, acceleration(q + STEP / 2 * v1, v + STEP / 2 * a1)
    v3, a3 = v + STEP / 2 * a2, acceleration(q + STEP / 2 * v2, v + STEP / 2 * a2)
    v4, a4 = v + STEP * a3, acceleration(q + STEP * v3, v + STEP * a3)
    return q + STEP / 6 * (v1 + 2 * v2 + 2 * v3 + v4), v + STEP / 6 * (a1 + 2 * a2 + 2 * a3 + a4)


def main() -> None:
    """Let chains of rods fall, and see that they keep their energy."""
    angle, speed = np.array([0.3]), np.array([0.0])
    print(f"one rod at 0.3 rad: {acceleration(angle, speed)[0]:.6f}")
    print(f"a pendulum's −g sin(q): {-GRAVITY * np.sin(0.3):.6f}")
    for rods in (2, 5):
        q, v = np.linspace(1.0, 2.0, rods), np.zeros(rods)
        before = sum(energies(q, v))
        for _ in range(STEPS):
            q, v = moved(q, v)
        drift = abs(sum(energies(q, v)) / before - 1)
        print(f"{rods} rods: energy {'kept to 1e-9' if drift < 1e-9 else f'LOST, {drift:.1e}'}")
    print(f"compiled {acceleration.traces} times: for one rod, as 1 stretches, and for all others")


if __name__ == "__main__":
    main()
