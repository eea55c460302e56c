"""A value that is used twice, and a chain that computes values again."""

import symdiff as sd

w = sd.scalar("w")
z = sd.sin(sd.sin(sd.sin(w)))
print(sd.grad(z, w))
print(sd.table(z, w))  # sin(w) is one node, used twice

v = sd.vector("v", "n")
u = v
for _ in range(30):
    u = sd.sin(sd.roll(u, 1))
print(sd.compile(sd.grad(sd.sum(u**2), v), memory="min").report(n=10**6))
