"""Conjugate gradients with products by a Hessian that is never built."""

import numpy as np

import symdiff as sd

M, b, lam = sd.matrix("M", "m", "n"), sd.vector("b", "m"), sd.scalar("lam")
x, v = sd.vector("x", "n"), sd.vector("v", "n")
f = sd.sum((M @ x - b) ** 2) / 2 + lam * (x @ x) / 2
print(sd.hvp(f, x, v))  # H v; H itself would be
print(sd.hessian(f, x, form="operator"))

gradient = sd.compile(sd.grad(f, x), inputs=[M, b, lam, x])
product = sd.compile(sd.hvp(f, x, v), inputs=[M, lam, v])
A = np.array([[1.0, 1.0], [0.0, 1.0]])
point = np.zeros(2)
p = r = -gradient(A, [1.0, 2.0], 1.0, point)
for _ in range(2):  # conjugate gradients
    Hp = product(A, 1.0, p)
    alpha = r @ r / (p @ Hp)
    point, before, r = point + alpha * p, r @ r, r - alpha * Hp
    p = r + (r @ r / before) * p
    print(point, np.linalg.norm(r))
