"""What norms say together: how sensitive a matrix is, and how two easy norms enclose one that is hard to compute."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from .inputs import Matrix, Order, checked, order, rescaled
from .matrices import induced, vector_norm


class Bounds(NamedTuple):
    """Two numbers with a norm between them; they may be equal."""

    lower: Tensor
    upper: Tensor


def condition_number(A: Matrix, p: Order = 2) -> Float[Tensor, "*batch"]:
    r"""The condition number: how much a relative change of b can grow in the solution of Ax = b, for p in {1, 2, inf}.

    .. math:: \kappa_p(A) = \|A\|_p \, \|A^{-1}\|_p, \qquad \kappa_2(A) = \sigma_{\max} / \sigma_{\min}

    At least 1, and inf for a singular matrix; where rounding hides that, of order 1/eps. For p = 2 the matrix may
    be rectangular.
    Shapes: A (*batch, m, n) -> (*batch). Source: [golub2013, sec. 2.6].
    ValueError: A as `induced`, or not square for p = 1 or inf; another p.

    >>> condition_number([[2.0, 0.0], [0.0, -0.5]]), condition_number([[1.0, 1.0], [1.0, 1.0]], 1)
    (tensor(4.), tensor(inf))
    """
    p = order(p, (1, 2, math.inf))
    A, _ = rescaled(checked(A, "A", 2), (-2, -1))
    if p != 2 and A.shape[-1] != A.shape[-2]:
        raise ValueError(f"A: expected a square matrix for p = {p:g}, got shape {tuple(A.shape)}; p = 2 takes any")
    kappa = torch.linalg.cond(A, 2 if p == 2 else p)
    return torch.where(kappa.isnan(), math.inf, kappa)  # of zero: 0 / 0


def interpolation_bounds(A: Matrix, p: Order) -> Bounds:
    r"""A lower and an upper bound of the induced p-norm for any 1 <= p <= inf, in one pass over the entries.

    .. math:: \max\Big(\max_j \|A e_j\|_p, \; \max_i \|A^* e_i\|_q\Big) \;\le\; \|A\|_p \;\le\;
        \|A\|_1^{1/p} \, \|A\|_\infty^{1 - 1/p}, \qquad \frac1p + \frac1q = 1

    The upper bound is the Riesz-Thorin theorem between p = 1 and inf, where both bounds are equal. The lower one
    is the largest gain at a coordinate vector, of A and of A^*, whose q-norm is the p-norm of A.
    Shapes: A (*batch, m, n) -> (*batch) each. Source: [higham2002, sec. 6.3].
    ValueError: A as `induced`; p not in [1, inf].

    >>> interpolation_bounds([[1.0, 1.0], [1.0, 1.0]], 2)
    Bounds(lower=tensor(1.4142), upper=tensor(2.0000))
    """
    p = order(p)
    q = math.inf if p == 1 else 1.0 if p == math.inf else p / (p - 1)
    A, scale = rescaled(checked(A, "A", 2), (-2, -1))
    columns, rows = vector_norm(A.mT, p).amax(-1), vector_norm(A, q).amax(-1)
    upper = induced(A, 1) ** (1 / p) * induced(A, math.inf) ** (1 - 1 / p)
    return Bounds(scale * torch.maximum(columns, rows), scale * upper)
