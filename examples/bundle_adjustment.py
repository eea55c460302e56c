"""Bundle adjustment by Gauss and Newton, with a Jacobian of which only the nonzeros are computed.

Cameras see points; from where they see them, cameras and points are found. A residual depends on
one camera and one point, so that the Jacobian is nearly empty. Its pattern follows from the graph
and from who sees whom; its columns are found by nine products, however many observations there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import eye_array
from scipy.sparse.linalg import spsolve

import symdiff as sd

CAMERAS, POINTS, NOISE = 8, 60, 1e-3
UNKNOWN = ("rotation", "translation", "focal", "points")


def residuals(v: Any) -> sd.Node:
    """Where points are seen by the formulas, less where they were seen."""
    rotation, point = v["rotation"][v["camera"]], v["points"][v["point"]]
    angle = sd.norm(rotation, axis=1, keepdims=True)
    axis = rotation / angle
    along = axis * sd.sum(axis * point, axis=1, keepdims=True)
    turned = point * sd.cos(angle) + sd.cross(axis, point) * sd.sin(angle)
    place = turned + along * (1 - sd.cos(angle)) + v["translation"][v["camera"]]
    return v["focal"][v["camera"]][:, None] * place[:, :2] / place[:, 2:] - v["seen"]


def variables() -> dict[str, sd.Node]:
    """The unknowns, and the observations: which camera saw which point, and where."""
    shapes = {"rotation": "c 3", "translation": "c 3", "focal": "c", "points": "p 3", "seen": "n 2"}
    found = {name: sd.tensor(name, *shape.split()) for name, shape in shapes.items()}
    return found | {name: sd.vector(name, "n", dtype="int") for name in ("camera", "point")}


def observed(r: sd.Node, seed: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """A scene and what is seen of it, each point by about half of the cameras."""
    rng = np.random.default_rng(seed)
    camera, point = np.nonzero(rng.random((CAMERAS, POINTS)) < 0.5)
    scene = {
        "rotation": rng.normal(size=(CAMERAS, 3)) / 5,
        "translation": rng.normal(size=(CAMERAS, 3)) / 5 + [0, 0, 5],
        "focal": rng.uniform(1, 1.5, CAMERAS),
        "points": rng.normal(size=(POINTS, 3)),
    }
    known = {"camera": camera, "point": point, "seen": np.zeros((camera.size, 2))}
    known["seen"] = sd.evaluate(r, **scene, **known) + NOISE * rng.normal(size=(camera.size, 2))
    return {name: x + 0.05 * rng.normal(size=x.shape) for name, x in scene.items()}, known


def main() -> None:
    """Print what is computed, and the steps."""
    v = variables()
    r = residuals(v)
    value, J = sd.compile(r), sd.sparse_jacobian(r, [v[name] for name in UNKNOWN])
    at, known = observed(r)
    print("1. The Jacobian\n")
    print(J.report(**at, **known))
    print("\n2. Gauss–Newton steps, damped as by Levenberg and Marquardt\n")
    print("   step   root mean square of the residuals   damping")
    damping, step = 1e-3, 0
    residual = value(**at, **known).ravel()
    while step < 12:
        print(f"   {step:4}   {rms(residual):33.6f}   {damping:7.0e}")
        jacobian = J(**at, **known)
        normal = jacobian.T @ jacobian + damping * eye_array(jacobian.shape[1])
        moved = shifted(at, spsolve(normal.tocsc(), -jacobian.T @ residual))
        error = value(**moved, **known).ravel()
        if rms(error) > rms(residual):
            damping *= 10
            continue
        done = rms(error) > (1 - 1e-6) * rms(residual)
        at, residual, damping, step = moved, error, damping / 10, step + 1
        if done:
            break
    expected = NOISE * np.sqrt(1 - (jacobian.shape[1] - 7) / residual.size)  # 7 that nothing tells
    print(f"\n   in the end {rms(residual):.6f}; noise leaves about {expected:.6f}")


def rms(x: np.ndarray) -> float:
    """The root mean square."""
    return float(np.sqrt(np.mean(x**2)))


def shifted(at: dict[str, Any], by: np.ndarray) -> dict[str, Any]:
    """The unknowns, moved by the entries of one vector."""
    ends = np.cumsum([x.size for x in at.values()])[:-1]
    parts = zip(at.items(), np.split(by, ends), strict=True)
    return {name: x + part.reshape(x.shape) for (name, x), part in parts}


if __name__ == "__main__":
    main()
