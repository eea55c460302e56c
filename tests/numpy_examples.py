"""Ordinary functions, written with NumPy as users write them, and the shapes of their arguments.

Nothing here knows symdiff: `EXAMPLES` is a list of functions with shapes by parameter, for sizes
such as n = 4. Each returns a number or an array of floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any


class Example(NamedTuple):
    """A function, the shapes of its arguments, and whether these have to be positive."""

    f: Callable[..., Array]
    shapes: dict[str, str]
    positive: bool = False


EXAMPLES: list[Example] = []
SIZES = {"n": 4, "m": 3, "d": 2, "k": 3}


def example(positive: bool = False, **shapes: str) -> Callable[[Callable[..., Array]], Any]:
    """List a function."""

    def listed(f: Callable[..., Array]) -> Callable[..., Array]:
        EXAMPLES.append(Example(f, shapes, positive))
        return f

    return listed


# Regression -------------------------------------------------------------------------------------


@example(w="d", X="n d", y="n")
def logistic_loss(w, X, y):
    return np.sum(np.log1p(np.exp(-y * (X @ w))))


@example(w="d", X="n d", y="n")
def ridge(w, X, y, lam=0.1):
    n, d = X.shape
    residual = X @ w - y
    return (residual**2).sum() / n + lam * np.dot(w, w) / d


@example(w="d", X="n d", y="n")
def huber(w, X, y, delta=0.5):
    r = y - X.dot(w)
    quadratic = np.abs(r) <= delta
    return np.where(quadratic, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)).mean()


@example(X="n d", y="n")
def least_squares_fit(X, y):
    gram = X.T @ X + 1e-2 * np.eye(2)
    return np.linalg.solve(gram, X.T @ y)


@example(beta="d", X="n d", y="n")
def poisson_deviance(beta, X, y):
    eta = np.matmul(X, beta)
    return np.sum(np.exp(eta) - y * eta)


@example(W="d k", X="n d", labels="n k")
def softmax_regression(W, X, labels):
    scores = X @ W
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(np.sum(labels * logp, axis=-1))


@example(p="4", x="n")
def polynomial(p, x):
    return np.polyval(p, x)


# Test functions of optimisers -------------------------------------------------------------------


@example(x="n")
def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@example(x="n")
def rastrigin(x, A=10):
    return A * x.size + np.sum(x**2 - A * np.cos(2 * np.pi * x))


@example(x="n")
def ackley(x):
    first = -0.2 * np.sqrt(np.mean(np.square(x)))
    return -20 * np.exp(first) - np.exp(np.cos(2 * np.pi * x).mean()) + 20 + np.e


@example(x="", y="")
def himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@example(x="n")
def griewank(x):
    index = np.arange(1, 5)
    return 1 + np.sum(x**2) / 4000 - np.prod(np.cos(x / np.sqrt(index)))


# Networks ---------------------------------------------------------------------------------------


@example(W1="m d", b1="m", W2="k m", b2="k", x="d")
def perceptron(W1, b1, W2, b2, x):
    hidden = np.tanh(W1 @ x + b1)
    return W2 @ hidden + b2


@example(x="n d", gain="d", bias="d")
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(var + eps) + bias


@example(Q="n d", K="m d", V="m k")
def attention(Q, K, V):
    scores = np.einsum("id,jd->ij", Q, K) / np.sqrt(K.shape[-1])
    weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("ij,jk->ik", weights, V)


@example(x="6", kernel="3")
def convolution_by_slices(x, kernel):
    out = 0.0
    for i in range(3):
        out = out + kernel[i] * x[i : i + 4]
    return out


@example(X="5 5", K="2 2")
def convolution_2d(X, K):
    rows = [[np.sum(X[i : i + 2, j : j + 2] * K) for j in range(4)] for i in range(4)]
    return np.stack([np.stack(row) for row in rows])


@example(x="n", W="n n", U="n n")
def recurrent(x, W, U):
    h = np.zeros(4)
    for _ in range(3):
        h = np.tanh(W @ h + U @ x)
    return h


@example(x="n")
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


# Statistics -------------------------------------------------------------------------------------


@example(X="n d", means="k d", logits="k")
def mixture_log_likelihood(X, means, logits):
    squared = ((X[:, None, :] - means[None, :, :]) ** 2).sum(-1)
    log_weights = logits - np.log(np.sum(np.exp(logits)))
    joint = log_weights - 0.5 * squared - np.log(2 * np.pi)
    top = joint.max(axis=1)
    return np.sum(top + np.log(np.sum(np.exp(joint - top[:, np.newaxis]), axis=1)))


@example(x="d", mu="d", A="d d")
def gaussian_log_density(x, mu, A):
    cov = A @ A.T + np.eye(2)
    _, logdet = np.linalg.slogdet(cov)
    diff = x - mu
    return -0.5 * (logdet + diff @ np.linalg.inv(cov) @ diff + 2 * np.log(2 * np.pi))


@example(X="n d")
def covariance(X):
    centred = X - X.mean(axis=0)
    return centred.T @ centred / (X.shape[0] - 1)


@example(x="n", y="n")
def correlation(x, y):
    xc, yc = x - np.mean(x), y - np.mean(y)
    return np.sum(xc * yc) / np.sqrt(np.sum(xc**2) * np.sum(yc**2))


@example(p="k", q="k", positive=True)
def kl_divergence(p, q):
    p, q = p / p.sum(), q / q.sum()
    return np.sum(p * np.log(p / q))


@example(X="n d", Y="m d")
def rbf_kernel(X, Y, scale=1.3):
    squares = np.sum(X**2, 1)[:, None] + np.sum(Y**2, 1)[None, :] - 2 * np.dot(X, Y.T)
    return np.exp(-squares / (2 * scale**2))


@example(x="n d")
def log_sum_exp(x):
    return np.logaddexp(x[:, 0], x[:, 1]).sum()


# Linear algebra ---------------------------------------------------------------------------------


@example(A="3 3")
def gram_schmidt(A):
    basis = []
    for column in A.T:
        for b in basis:
            column = column - np.dot(b, column) * b
        basis.append(column / np.linalg.norm(column))
    return np.stack(basis, axis=1)


@example(A="n n", b="n")
def power_iteration(A, b):
    S = A + A.T
    for _ in range(4):
        b = S @ b
        b = b / np.linalg.norm(b)
    return b @ S @ b


@example(A="3 3")
def determinant_by_cofactors(A):
    return (
        A[0, 0] * (A[1, 1] * A[2, 2] - A[1, 2] * A[2, 1])
        - A[0, 1] * (A[1, 0] * A[2, 2] - A[1, 2] * A[2, 0])
        + A[0, 2] * (A[1, 0] * A[2, 1] - A[1, 1] * A[2, 0])
    )


@example(A="3 3")
def smallest_eigenvalue(A):
    return np.linalg.eigvalsh(A + A.T)[0] + np.trace(A) ** 2


@example(A="n d", B="d n")
def trace_of_product(A, B):
    return np.trace(A @ B) + np.linalg.det(B @ A + 3 * np.identity(2))


@example(a="3", b="3", c="3")
def triple_product(a, b, c):
    return np.dot(a, np.cross(b, c)) + np.inner(a, b) * np.outer(a, c).sum()


# Dynamics ---------------------------------------------------------------------------------------


@example(x="2", P="2 2", z="")
def kalman_step(x, P, z, dt=0.1, r=0.5):
    F = np.array([[1.0, dt], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    x = F @ x
    P = F @ (P @ P.T) @ F.T + 0.01 * np.eye(2)
    S = H @ P @ H.T + r
    K = P @ H.T @ np.linalg.inv(S)
    x = x + K @ (z - H @ x)
    P = (np.eye(2) - K @ H) @ P
    return np.concatenate([x, P.ravel()])


@example(x="", positive=True)
def newton_square_root(x):
    y = 1.0 + 0 * x
    for _ in range(5):
        y = y - (y**2 - x) / (2 * y)
    return y


@example(state="2", theta="")
def pendulum(state, theta, steps=5, h=0.1):
    angle, speed = state
    for _ in range(steps):
        speed = speed - h * theta * np.sin(angle)
        angle = angle + h * speed
    return angle**2 + speed**2


@example(y="3", sigma="")
def runge_kutta(y, sigma, h=0.02):
    def lorenz(u):
        a, b, c = u[0], u[1], u[2]
        return np.stack([sigma * (b - a), a * (28.0 - c) - b, a * b - 8.0 / 3.0 * c])

    k1 = lorenz(y)
    k2 = lorenz(y + h / 2 * k1)
    k3 = lorenz(y + h / 2 * k2)
    k4 = lorenz(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@example(u="6")
def heat_step(u, r=0.2):
    inner = u[1:-1] + r * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.hstack((u[:1], inner, u[-1:]))


@example(rates="n", positive=True)
def discounted(rates):
    return np.sum(1.0 / np.cumprod(1 + rates)) + np.cumsum(rates)[-1]


@example(spot="", vol="", positive=True)
def monte_carlo_call(spot, vol, strike=0.5, rate=0.03):
    draws = np.linspace(-2, 2, 9)
    final = spot * np.exp((rate - 0.5 * vol**2) + vol * draws)
    return np.exp(-rate) * np.maximum(final - strike, 0.0).mean()


# Guards and shapes ------------------------------------------------------------------------------


@example(x="n")
def guarded_logarithm(x):
    safe = np.where(x > 0, x, 1.0)
    return np.where(x > 0, np.log(safe), x - 1).sum()


@example(x="n", y="n")
def clipped_ratio(x, y):
    return np.clip(x / (1 + np.abs(y)), -0.4, 0.4) + np.sign(x) * np.minimum(x, y)


@example(X="n 6")
def patches(X):
    return np.sqrt(1 + X.reshape(-1, 2, 3).transpose(0, 2, 1).swapaxes(1, 2).sum(axis=-1) ** 2)


@example(x="n", X="n n")
def masked_quadratic(x, X):
    upper = np.triu(X, 1)
    return x.T @ (upper + upper.T + np.diag(x)) @ x


@example(x="6")
def pairs(x):
    evens, odds = x[::2], x[1::2]
    return np.mean((evens * odds[::-1]) ** 2) + np.std(x) + np.ptp(np.sort(x))
