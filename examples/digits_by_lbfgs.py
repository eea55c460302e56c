"""A network learns handwritten digits by L-BFGS, all images at once.

The loss is the cross-entropy of a softmax behind one hidden layer, with a penalty on the weights.
`sd.minimize` derives its gradient, compiles both as one function, and hands it to SciPy. The result
has the weights by name, ready for the function that predicts.

Needs scikit-learn for the digits: pip install symdiff[examples]
"""

from __future__ import annotations

import numpy as np

import symdiff as sd

HIDDEN, CLASSES, TEST = 32, 10, 397

X, T = sd.matrix("X", "n", "d"), sd.matrix("T", "n", "c")
W1, b1 = sd.matrix("W1", "d", "h"), sd.vector("b1", "h")
W2, b2 = sd.matrix("W2", "h", "c"), sd.vector("b2", "c")
lam = sd.scalar("lam")

scores = sd.tanh(X @ W1 + b1) @ W2 + b2
LOSS = (
    -sd.sum(T * sd.log_softmax(scores, axis=1)) / sd.size("n")
    + lam * (sd.sum(W1**2) + sd.sum(W2**2)) / 2
)


def load() -> tuple[np.ndarray, np.ndarray]:
    """Images of 8 x 8 pixels in [0, 1] and the digits that they show, in random order."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    return images[order] / 16, labels[order]


def start(inputs: int, seed: int = 0) -> dict[str, np.ndarray | float]:
    """Small random weights, so that no two hidden units are alike, and biases of 0."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs)
    second = rng.normal(size=(HIDDEN, CLASSES)) / np.sqrt(HIDDEN)
    return {"W1": first, "b1": 0.0, "W2": second, "b2": 0.0}


def main() -> None:
    """Train, and test on images that the training has not seen."""
    images, labels = load()
    training, test = slice(TEST, None), slice(TEST)
    data = {"X": images[training], "T": np.eye(CLASSES)[labels[training]], "lam": 1e-3}
    found = sd.minimize(
        LOSS, [W1, b1, W2, b2], data, start=start(images.shape[1]), method="L-BFGS-B", gtol=1e-3
    )
    print(found)
    predict = sd.compile(sd.argmax(scores, axis=1))
    for name, rows in (("training", training), ("test", test)):
        right = np.mean(predict(X=images[rows], **found.values) == labels[rows])
        print(f"{name}: {right:.1%} of {len(labels[rows])} images are told rightly")


if __name__ == "__main__":
    main()
