"""Norms of vectors and matrices: entry by entry, as largest gains, and of the singular values."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Inexact
from torch import Tensor

from .inputs import Matrix, Order, Vector, checked, order, rescaled


def vector(x: Vector, p: Order) -> Float[Tensor, "*batch"]:
    r"""The p-norm of each vector along the last axis, for 1 <= p <= inf.

    .. math:: \|x\|_p = \Big(\sum_i |x_i|^p\Big)^{1/p}, \qquad \|x\|_\infty = \max_i |x_i|

    Shapes: x (*batch, n) -> (*batch). Source: [golub2013, sec. 2.2].
    ValueError: x without an axis, empty, not finite or not numeric; p not in [1, inf].

    >>> vector([3.0, -4.0], 2), vector([3.0, -4.0], 1), vector([3.0, -4.0], torch.inf)
    (tensor(5.), tensor(7.), tensor(4.))
    """
    return vector_norm(checked(x, "x", 1), order(p))


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
    p = order(p, (1, 2, math.inf))
    A, scale = rescaled(checked(A, "A", 2), (-2, -1))
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
    return entrywise(A, 2)


def entrywise(A: Matrix, p: Order) -> Float[Tensor, "*batch"]:
    r"""The entrywise p-norm: the p-norm of all entries read as one long vector, for 1 <= p <= inf.

    .. math:: \Big(\sum_{ij} |a_{ij}|^p\Big)^{1/p}

    p = 2 is the Frobenius norm, p = inf the largest modulus, which is not submultiplicative.
    Shapes: A (*batch, m, n) -> (*batch). Source: [hornjohnson2013, sec. 5.6].
    ValueError: A as `induced`; p not in [1, inf].

    >>> entrywise([[1.0, 2.0], [3.0, -4.0]], 1), entrywise([[1.0, 2.0], [3.0, -4.0]], torch.inf)
    (tensor(10.), tensor(4.))
    """
    return vector_norm(checked(A, "A", 2).flatten(-2), order(p))


def schatten(A: Matrix, p: Order) -> Float[Tensor, "*batch"]:
    r"""The Schatten p-norm: the p-norm of the singular values, for 1 <= p <= inf.

    .. math:: \|A\|_{S_p} = \Big(\sum_i \sigma_i^p\Big)^{1/p}

    p = 1 is the nuclear, p = 2 the Frobenius and p = inf the spectral norm.
    Shapes: A (*batch, m, n) -> (*batch). Source: [hornjohnson2013, sec. 7.4].
    ValueError: A as `induced`; p not in [1, inf].

    >>> schatten([[3.0, 0.0], [0.0, -4.0]], 1), schatten([[3.0, 0.0], [0.0, -4.0]], 2)
    (tensor(7.), tensor(5.))
    """
    p = order(p)
    A, scale = rescaled(checked(A, "A", 2), (-2, -1))
    return scale * vector_norm(torch.linalg.svdvals(A), p)


def nuclear(A: Matrix) -> Float[Tensor, "*batch"]:
    r"""The nuclear norm, the sum of the singular values; the dual of the spectral norm.

    .. math:: \|A\|_* = \sum_i \sigma_i(A)

    Shapes: A (*batch, m, n) -> (*batch). ValueError: as `induced`. Source: [hornjohnson2013, sec. 7.4].

    >>> nuclear([[3.0, 0.0], [0.0, -4.0]])
    tensor(7.)
    """
    return schatten(A, 1)


def dual(A: Matrix, p: Order) -> Float[Tensor, "*batch"]:
    r"""The dual of the induced p-norm, the largest real part of tr(B^* A) over all B with ||B||_p <= 1.

    .. math:: p = 1: \; \sum_j \max_i |a_{ij}|, \qquad p = 2: \; \|A\|_*, \qquad
        p = \infty: \; \sum_i \max_j |a_{ij}|

    Shapes: A (*batch, m, n) -> (*batch). Source: [hornjohnson2013, sec. 5.5 and 5.6].
    ValueError: as `induced`.

    >>> dual([[1.0, 2.0], [3.0, -4.0]], 1), dual([[1.0, 2.0], [3.0, -4.0]], torch.inf)
    (tensor(7.), tensor(6.))
    """
    p = order(p, (1, 2, math.inf))
    if p == 2:
        return nuclear(A)
    A, scale = rescaled(checked(A, "A", 2), (-2, -1))
    compared = -2 if p == 1 else -1  # p = 1: B's columns have 1-norm at most 1, and each meets A's largest entry
    return scale * A.abs().amax(compared).sum(-1)


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
    p = order(p, (1, 2, math.inf))
    A, _ = rescaled(checked(A, "A", 2).detach(), (-2, -1))
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


def vector_norm(x: Tensor, p: float | int) -> Tensor:
    x, scale = rescaled(x, (-1,))
    return scale * torch.linalg.vector_norm(x, p, dim=-1)
