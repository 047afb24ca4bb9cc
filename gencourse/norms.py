"""Norms of vectors and matrices: how large a vector is, and how much a matrix can enlarge one.

Every function takes a tensor, a NumPy array or a nested list, real or complex, with any number of leading
batch axes. Norms are real tensors; float64 stays float64, integers and half precision become torch's default
dtype. Every function first divides by the largest entry, so that no square overflows or underflows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Inexact
from torch import Tensor

# Inputs are Any on purpose: a wrong one must meet the ValueErrors below, not the tests' type checker.
Vector = Any  # (*batch, n)
Matrix = Any  # (*batch, m, n)
Order = Any  # a number p with 1 <= p <= inf


def vector(x: Vector, p: Order) -> Float[Tensor, "*batch"]:
    r"""The p-norm of each vector along the last axis, for 1 <= p <= inf.

    .. math:: \|x\|_p = \Big(\sum_i |x_i|^p\Big)^{1/p}, \qquad \|x\|_\infty = \max_i |x_i|

    Shapes: x (*batch, n) -> (*batch). Source: [golub2013, sec. 2.2].
    ValueError: x without an axis, empty, not finite or not numeric; p not in [1, inf].

    >>> vector([3.0, -4.0], 2), vector([3.0, -4.0], 1), vector([3.0, -4.0], torch.inf)
    (tensor(5.), tensor(7.), tensor(4.))
    """
    return _vector(_checked(x, "x", 1), _order(p))


def induced(A: Matrix, p: Order) -> Float[Tensor, "*batch"]:
    r"""The induced p-norm, the largest gain of x -> Ax measured by the vector p-norm, for p in {1, 2, inf}.

    .. math:: \|A\|_p = \max_{x \ne 0} \|Ax\|_p / \|x\|_p: \quad
        \|A\|_1 = \max_j \sum_i |a_{ij}|, \; \|A\|_2 = \sigma_1(A), \; \|A\|_\infty = \max_i \sum_j |a_{ij}|

    For every other rational p it is NP-hard to approximate to arbitrary precision [hendrickx2010].
    Shapes: A (*batch, m, n) -> (*batch). Source: [golub2013, sec. 2.3].
    ValueError: A with fewer than two axes, empty, not finite or not numeric; another p.

    >>> induced([[1.0, 2.0], [3.0, -4.0]], 1), induced([[1.0, 2.0], [3.0, -4.0]], torch.inf)
    (tensor(6.), tensor(7.))
    """
    p = _order(p, (1, 2, math.inf))
    A, scale = _rescaled(_checked(A, "A", 2), (-2, -1))
    if p == 2:
        return scale * torch.linalg.svdvals(A)[..., 0]
    added, compared = (-2, -1) if p == 1 else (-1, -1)  # p = 1: columns are added up; p = inf: rows
    return scale * A.abs().sum(added).amax(compared)


def spectral(A: Matrix) -> Float[Tensor, "*batch"]:
    r"""The spectral norm, another name of the induced 2-norm: the largest singular value.

    .. math:: \|A\|_2 = \sigma_1(A)

    Shapes, errors and source: as `induced`.

    >>> spectral([[3.0, 0.0], [0.0, -5.0]])
    tensor(5.)
    """
    return induced(A, 2)


def frobenius(A: Matrix) -> Float[Tensor, "*batch"]:
    r"""The Frobenius norm: the 2-norm of all entries read as one long vector; no vector norm induces it.

    .. math:: \|A\|_F = \Big(\sum_{ij} |a_{ij}|^2\Big)^{1/2} = \Big(\sum_i \sigma_i^2\Big)^{1/2}

    Shapes: A (*batch, m, n) -> (*batch). ValueError: as `induced`. Source: [golub2013, sec. 2.3].

    >>> frobenius([[1.0, 2.0], [2.0, 4.0]])
    tensor(5.)
    """
    return _vector(_checked(A, "A", 2).flatten(-2), 2)


def schatten(A: Matrix, p: Order) -> Float[Tensor, "*batch"]:
    r"""The Schatten p-norm: the p-norm of the singular values, for 1 <= p <= inf.

    .. math:: \|A\|_{S_p} = \Big(\sum_i \sigma_i^p\Big)^{1/p}

    p = 1 is the nuclear, p = 2 the Frobenius and p = inf the spectral norm.
    Shapes: A (*batch, m, n) -> (*batch). Source: [hornjohnson2013, sec. 7.4].
    ValueError: A as `induced`; p not in [1, inf].

    >>> schatten([[3.0, 0.0], [0.0, -4.0]], 1), schatten([[3.0, 0.0], [0.0, -4.0]], 2)
    (tensor(7.), tensor(5.))
    """
    p = _order(p)
    A, scale = _rescaled(_checked(A, "A", 2), (-2, -1))
    return scale * _vector(torch.linalg.svdvals(A), p)


def nuclear(A: Matrix) -> Float[Tensor, "*batch"]:
    r"""The nuclear norm, the sum of the singular values; the dual of the spectral norm.

    .. math:: \|A\|_* = \sum_i \sigma_i(A)

    Shapes: A (*batch, m, n) -> (*batch). ValueError: as `induced`. Source: [hornjohnson2013, sec. 7.4].

    >>> nuclear([[3.0, 0.0], [0.0, -4.0]])
    tensor(7.)
    """
    return schatten(A, 1)


def maximizer(A: Matrix, p: Order) -> Inexact[Tensor, "*batch n"]:
    r"""A vector of p-norm 1 whose image is as long as the induced norm allows, for p in {1, 2, inf}.

    .. math:: \|x\|_p = 1, \quad \|Ax\|_p = \|A\|_p: \qquad
        x = e_j \;(p = 1), \quad x = v_1 \;(p = 2), \quad x_k = \overline{a_{ik}} / |a_{ik}| \;(p = \infty)

    j is the column with the largest sum of moduli, i such a row, v_1 the first right singular vector; where
    a_ik = 0, x_k = 1. Other vectors attain it too, at least every multiple by a phase. The result has A's
    dtype and carries no gradient.
    Shapes: A (*batch, m, n) -> (*batch, n). ValueError: as `induced`. Source: [golub2013, sec. 2.3].

    >>> maximizer([[1.0, 2.0], [3.0, -4.0]], 1), maximizer([[1.0, 2.0], [3.0, -4.0]], torch.inf)
    (tensor([0., 1.]), tensor([ 1., -1.]))
    """
    p = _order(p, (1, 2, math.inf))
    A, _ = _rescaled(_checked(A, "A", 2).detach(), (-2, -1))
    if p == 2:
        return torch.linalg.svd(A, full_matrices=False).Vh[..., 0, :].conj().resolve_conj()
    if p == 1:
        j = A.abs().sum(-2).argmax(-1)
        return torch.nn.functional.one_hot(j, A.shape[-1]).to(A.dtype)
    i = A.abs().sum(-1).argmax(-1)
    row = A.take_along_dim(i[..., None, None], -2).squeeze(-2)
    if not A.is_complex():
        return torch.where(row < 0, -1, 1).to(A.dtype)
    # by the angle: dividing by a subnormal |a_ik| is inexact
    return torch.polar(torch.ones_like(row.real), -row.angle())


def power_iteration(
    A: Matrix, x0: Vector | None = None, steps: Any = 100, generator: torch.Generator | None = None
) -> Iterator[Float[Tensor, "*batch"]]:
    r"""Yield `steps` lower bounds of the spectral norm, each at least the one before, that converge to it.

    .. math:: \hat\sigma_k = \|A x_k\|_2, \qquad x_{k+1} = A^H A x_k / \|A^H A x_k\|_2, \qquad \|x_k\|_2 = 1

    The relative error falls like (sigma_2 / sigma_1)^(4k) in the end. A start x0 with no part along v_1 need
    not find sigma_1; the default start, standard normal from `generator`, has one with probability 1. The
    gradient of an estimate holds x_k fixed: exact in the limit.
    Shapes: A (*batch, m, n), x0 (n,) or (*batch, n); each estimate (*batch). Source: [golub2013, sec. 7.3].
    ValueError, at the call: A as `induced`; x0 of another shape, zero or not finite; steps not a whole number
    of at least 1.

    >>> [round(s.item(), 3) for s in power_iteration([[2.0, 0.0], [0.0, 1.0]], x0=[1.0, 1.0], steps=4)]
    [1.581, 1.955, 1.997, 2.0]
    """
    A = _checked(A, "A", 2)
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
        raise ValueError(f"steps: expected a whole number >= 1, got {steps!r}")
    shape = (*A.shape[:-2], A.shape[-1])
    if x0 is None:
        device = generator.device if generator else A.device  # where a generator lives, its numbers are drawn
        x = torch.randn(shape, dtype=A.dtype, generator=generator, device=device)
    else:
        x = _checked(x0, "x0", 1).detach()
        if x.shape[-1] != shape[-1] or x.shape not in (shape, shape[-1:]):
            raise ValueError(f"x0: expected shape ({shape[-1]},) or {shape}, got {tuple(x.shape)}")
        if (_vector(x, 2) == 0).any():
            raise ValueError("x0: expected vectors that are not zero")
    return _power_iteration(A, x.to(A.device).expand(shape), steps)


def _power_iteration(A: Tensor, x: Tensor, steps: int) -> Iterator[Tensor]:
    A, scale = _rescaled(A, (-2, -1))
    dtype = A.dtype.to_complex() if x.is_complex() else A.dtype
    A, x = A.to(dtype), x.to(dtype)
    best = torch.zeros_like(scale)
    for _ in range(steps):
        x = _rescaled(x, (-1,))[0]
        x = x / _vector(x, 2)[..., None].clamp(min=0.5)  # 0 stays 0: it is what A^H A makes of its null space
        y = (A @ x[..., None])[..., 0]
        best = torch.maximum(best, _vector(y, 2))  # each is a lower bound, so the largest is the best one
        yield scale * best
        x = (A.detach().mH @ y.detach()[..., None])[..., 0]


def _vector(x: Tensor, p: float | int) -> Tensor:
    x, scale = _rescaled(x, (-1,))
    return scale * torch.linalg.vector_norm(x, p, dim=-1)


def _rescaled(A: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """A / s and s, the largest real or imaginary part over `axes` (for zeros 1), a constant to autograd."""
    parts = (A.real, A.imag) if A.is_complex() else (A,)
    s = torch.stack([part.detach().abs().amax(axes, keepdim=True) for part in parts]).amax(0)
    s = torch.where(s > 0, s, torch.ones_like(s))
    # by parts: a complex division would invert s, and 1 / s overflows where s is subnormal
    scaled = torch.complex(A.real / s, A.imag / s) if A.is_complex() else A / s
    return scaled, s.squeeze(axes)


def _checked(A: Any, name: str, rank: int) -> Tensor:
    """A as a floating-point tensor of at least `rank` axes, or a ValueError that names it."""
    kind = "matrix (*batch, m, n)" if rank == 2 else "vector (*batch, n)"
    try:  # copy an array: torch refuses negative strides and warns of read-only memory
        A = torch.as_tensor(A.copy() if isinstance(A, np.ndarray) else A)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(f"{name}: expected a numeric {kind}, got {type(A).__name__} ({error})") from None
    if A.dtype in (torch.float16, torch.bfloat16) or not (A.is_floating_point() or A.is_complex()):
        A = A.to(torch.get_default_dtype())
    if A.ndim < rank:
        raise ValueError(f"{name}: expected a {kind}, got shape {tuple(A.shape)}")
    if A.numel() == 0:
        raise ValueError(f"{name}: expected at least one entry, got shape {tuple(A.shape)}")
    if not torch.isfinite(A).all():
        raise ValueError(f"{name}: expected finite entries, got NaN or inf")
    return A


def _order(p: Any, allowed: tuple[int | float, ...] | None = None) -> float:
    """p as a float in `allowed` (default: the whole of [1, inf]), or a ValueError that names it."""
    try:
        value = math.nan if isinstance(p, str | bytes) else float(p)
    except (TypeError, ValueError):
        value = math.nan
    if not (value in allowed if allowed else value >= 1):
        expected = "one of " + ", ".join(map(str, allowed)) if allowed else "a number with 1 <= p <= inf"
        raise ValueError(f"p: expected {expected}, got {p!r}")
    return value
