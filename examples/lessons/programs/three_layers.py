"""A few steps of gradient descent in a small network."""

import numpy as np

import symdiff as sd

x, t = sd.vector("x", 2), sd.vector("t", 2)
W1, W2 = sd.matrix("W1", 2, 2), sd.matrix("W2", 2, 2)
y = sd.sigmoid(W1 @ x)
z = sd.sigmoid(W2 @ y)
J = sd.sum((t - z) ** 2) / 2

step = sd.compile([J, *sd.grad(J, [W1, W2])], inputs=[W1, W2, x, t])
first, second = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[0.5, -0.6], [0.7, 0.8]])
for _ in range(3):
    loss, by_first, by_second = step(first, second, [1.0, 0.5], [1.0, 0.0])
    print(f"{loss:.6f}", by_second[0, 1])
    first, second = first - 0.5 * by_first, second - 0.5 * by_second
