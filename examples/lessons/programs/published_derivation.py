"""A claimed gradient compared with that of two losses."""

import symdiff as sd

h, t = sd.vector("h", "m"), sd.vector("t", "k")
W = sd.matrix("W", "k", "m")
o = sd.softmax(W @ h)
squared_error = sd.sum((o - t) ** 2) / 2
claimed = sd.outer(o - t, h)
print(sd.same(claimed, sd.grad(squared_error, W)))
print()
cross_entropy = sd.logsumexp(W @ h) - t @ (W @ h)
print(sd.same(claimed, sd.grad(cross_entropy, W)))
