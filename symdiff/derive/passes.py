"""The passes as derivatives take them: through targets that are prepared for the sake of numbers.

`backprop` and `push_forward` take a graph as it is given. Here it is stabilised first, and what
that has masked for the sake of the pass alone is unmasked again.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.derive.backprop import backprop, check_kinds, seed_of
from symdiff.derive.forward import push_forward
from symdiff.node import Node
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.stabilise import prepared


def pulled_back(
    y: Node, wrt: Sequence[Node], cotangent: Node | None = None, holomorphic: bool = False
) -> list[Node]:
    """The derivatives of `y` by `wrt`, for its cotangent. Raises what `backprop` raises."""
    check_kinds(y, wrt)
    seed = seed_of(y, wrt, cotangent, holomorphic)
    return unprotected(backprop(prepared([y], wrt)[0], wrt, seed, holomorphic).gradients)


def pushed_forward(
    targets: Sequence[Node], wrt: Sequence[Node], tangents: Sequence[Node]
) -> list[Node]:
    """The tangents of `targets` when those of `wrt` are given."""
    return unprotected(push_forward(prepared(targets, wrt), wrt, tangents))
