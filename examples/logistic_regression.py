"""Logistic regression on real data by Newton-CG: the loss is written, the rest is derived.

Each measurement of a tumour is a feature; the label says whether it was benign. Newton's method
needs products of the Hessian with vectors, which are found without the Hessian, and what they have
in common at one point is computed once. scikit-learn solves the same problem by its own code.

Needs scikit-learn for the data and the comparison: pip install symdiff[examples]
"""

from __future__ import annotations

import numpy as np

import symdiff as sd

X, y = sd.matrix("X", "n", "d"), sd.vector("y", "n")
w, b = sd.vector("w", "d"), sd.scalar("b")
margin = y * (X @ w + b)  # labels are −1 and 1
LOSS = sd.sum(sd.log(1 + sd.exp(-margin))) + sd.sum(w**2) / 2

TEST = 169


def load() -> tuple[np.ndarray, np.ndarray]:
    """Features with mean 0 and variance 1, and labels, in random order."""
    from sklearn.datasets import load_breast_cancer

    features, labels = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    features, labels = features[order], 2.0 * labels[order] - 1
    return (features - features.mean(axis=0)) / features.std(axis=0), labels


def fit(features: np.ndarray, labels: np.ndarray) -> sd.Optimum:
    """The weights with the least loss."""
    data = {"X": features, "y": labels}
    return sd.minimize(LOSS, [w, b], data, start=0, method="Newton-CG", xtol=1e-10)


def by_scikit_learn(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The same weights, found by scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12)
    model.fit(features, labels)
    return np.append(model.coef_[0], model.intercept_)


def main() -> None:
    """Fit, test, and compare."""
    features, labels = load()
    train, test = slice(TEST, None), slice(TEST)
    print(f"loss      {LOSS}")
    print(f"gradient  {sd.grad(LOSS, w)}\n")
    found = fit(features[train], labels[train])
    print(f"{found}\n")
    scores = features[test] @ found["w"] + found["b"]
    print(
        f"{np.mean(np.sign(scores) == labels[test]):.1%} of {TEST} other tumours are told rightly."
    )
    ours = np.append(found["w"], found["b"])
    error = np.max(np.abs(ours - by_scikit_learn(features[train], labels[train])))
    agrees = "agree to" if error < 1e-6 else "DISAGREE by"
    print(f"The weights of scikit-learn {agrees} {error:.0e}.")


if __name__ == "__main__":
    main()
