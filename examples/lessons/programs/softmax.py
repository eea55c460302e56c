"""Softmax under two losses."""

import symdiff as sd

a, t = sd.vector("a", "k"), sd.vector("t", "k")
p = sd.softmax(a)
print(sd.jacobian(p, a))
print(sd.grad(sd.sum((p - t) ** 2) / 2, a))  # the Jacobian stays
print(sd.grad(-sd.sum(t * sd.log(p)), a))  # and cancels: sum(t) is 1
print(sd.evaluate(sd.jacobian(p, a), a=[0.5, -1.0, 2.0]))
