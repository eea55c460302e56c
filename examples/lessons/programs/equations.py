"""BP2, BP3 and BP4 as nodes of the pass."""

import symdiff as sd

x, t = sd.vector("x", "m"), sd.vector("t", "k")
W1, b1 = sd.matrix("W1", "p", "m"), sd.vector("b1", "p")
W2, b2 = sd.matrix("W2", "k", "p"), sd.vector("b2", "k")
a1 = sd.sigmoid(W1 @ x + b1)
a2 = sd.sigmoid(W2 @ a1 + b2)
C = sd.sum((a2 - t) ** 2) / 2

table = sd.backprop(C, [W1, b1, W2, b2])  # the pass itself
d1, d2 = table.cotangents[W1 @ x + b1], table.cotangents[W2 @ a1 + b2]
print("BP2", d1 is (W2.T @ d2) * (a1 * (1 - a1)))
print("BP3", table.cotangents[b1] is d1)
print("BP4", table.cotangents[W1] is sd.outer(d1, x))
