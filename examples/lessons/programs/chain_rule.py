"""The chain rule by hand, and the same as a derivation."""

import symdiff as sd

W, x, t = sd.matrix("W", "n", "m"), sd.vector("x", "m"), sd.vector("t", "n")
y = sd.tanh(W @ x)
z = sd.sum((y - t) ** 2) / 2

J = sd.jacobian(y, x)  # the chain rule by hand: Jᵀ times the gradient by y
print(sd.same(J.T @ sd.grad(z, y), sd.grad(z, x)))
print(sd.explain(z, x, names={"y": y, "z": z}, detail="short", without=["forward", "network"]))
