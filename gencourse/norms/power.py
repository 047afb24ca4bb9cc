"""Power iteration: the gain of a vector that turns, round by round, towards the direction of the largest gain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from .inputs import Matrix, Vector, checked, rescaled
from .matrices import vector_norm


def power_iteration(
    A: Matrix, x0: Vector | None = None, steps: Any = 100, generator: torch.Generator | None = None
) -> Iterator[Float[Tensor, "*batch"]]:
    r"""Yield `steps` lower bounds of the spectral norm, each at least the one before, that converge to it.

    .. math:: \hat\sigma_k = \|A x_k\|_2, \qquad x_{k+1} = A^* A x_k / \|A^* A x_k\|_2, \qquad \|x_k\|_2 = 1

    The relative error falls like (sigma_2 / sigma_1)^(4k) in the end. A start x0 with no part along v_1 need
    not find sigma_1; the default start, standard normal from `generator`, has one with probability 1. The
    gradient of an estimate holds x_k fixed: exact in the limit.
    Shapes: A (*batch, m, n), x0 (n,) or (*batch, n); each estimate (*batch). Source: [golub2013, sec. 7.3].
    ValueError, at the call: A as `induced`; x0 of another shape, zero or not finite; steps not a whole number
    of at least 1.

    >>> [round(s.item(), 3) for s in power_iteration([[2.0, 0.0], [0.0, 1.0]], x0=[1.0, 1.0], steps=4)]
    [1.581, 1.955, 1.997, 2.0]
    """
    A = checked(A, "A", 2)
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
        raise ValueError(f"steps: expected a whole number >= 1, got {steps!r}")
    shape = (*A.shape[:-2], A.shape[-1])
    if x0 is None:
        device = generator.device if generator else A.device  # where a generator lives, its numbers are drawn
        x = torch.randn(shape, dtype=A.dtype, generator=generator, device=device)
    else:
        x = checked(x0, "x0", 1).detach()
        if x.shape[-1] != shape[-1] or x.shape not in (shape, shape[-1:]):
            raise ValueError(f"x0: expected shape ({shape[-1]},) or {shape}, got {tuple(x.shape)}")
        if (vector_norm(x, 2) == 0).any():
            raise ValueError("x0: expected vectors that are not zero")
    return climb(A, x.to(A.device).expand(shape), steps)


def climb(A: Tensor, x: Tensor, steps: int) -> Iterator[Tensor]:
    A, scale = rescaled(A, (-2, -1))
    dtype = A.dtype.to_complex() if x.is_complex() else A.dtype
    A, x = A.to(dtype), x.to(dtype)
    best = torch.zeros_like(scale)
    for _ in range(steps):
        x = rescaled(x, (-1,))[0]
        x = x / vector_norm(x, 2)[..., None].clamp(min=0.5)  # 0 stays 0: it is what A^* A makes of its null space
        y = (A @ x[..., None])[..., 0]
        best = torch.maximum(best, vector_norm(y, 2))  # each is a lower bound, so the largest is the best one
        yield scale * best
        x = (A.detach().mH @ y.detach()[..., None])[..., 0]
