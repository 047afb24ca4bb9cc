"""Dual norms, condition numbers, and the bounds around a norm that is hard to compute."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matrices import EXPONENTS, INF, PS, apply, assert_close, examples, tensors

from gencourse import norms


def attained(A, p):
    """The B with ||B||_p = 1 that meets A best, written down from the definition."""
    if p == 2:
        U, _, Vh = torch.linalg.svd(A, full_matrices=False)
        return U @ Vh
    A = A if p == 1 else A.mT
    largest = A.abs().argmax(-2, keepdim=True)  # one entry in each column (row) carries the whole budget
    phase = torch.polar(torch.ones_like(A.abs()), A.angle()) if A.is_complex() else torch.where(A < 0, -1.0, 1.0)
    B = torch.zeros_like(A).scatter(-2, largest, phase.to(A.dtype).gather(-2, largest))
    return B if p == 1 else B.mT


def inner(B, A):
    return (B.conj() * A).sum((-2, -1)).real


@given(tensors(max_scale=100), st.sampled_from(PS))
@examples(200)
def test_the_dual_norm_is_attained_by_a_matrix_of_norm_one(A, p):
    B = attained(A, p)
    assert_close(norms.induced(B, p), torch.ones(A.shape[:-2], dtype=torch.float64))
    assert_close(inner(B, A), norms.dual(A, p))


@given(tensors(batch=(2,), max_scale=100), st.sampled_from(PS))
@examples(200)
def test_no_matrix_of_norm_one_beats_the_dual_norm(A, p):
    A, B = A
    assert inner(B, A) <= norms.dual(A, p) * norms.induced(B, p) * (1 + 1e-12)


@given(tensors(max_scale=100))
@examples(100)
def test_the_dual_of_one_is_the_dual_of_infinity_of_the_transpose(A):
    assert_close(norms.dual(A, 1), norms.dual(A.mH, INF))
    assert_close(norms.dual(A, 2), norms.nuclear(A))


@given(tensors(max_scale=100))
@examples(100)
def test_the_entrywise_norms_have_their_other_names(A):
    assert_close(norms.entrywise(A, 2), norms.frobenius(A))
    assert_close(norms.entrywise(A, INF), A.abs().amax((-2, -1)))
    assert_close(norms.entrywise(A, 1), A.abs().sum((-2, -1)))


# --- condition number ---


@given(tensors(square=True, max_scale=30), st.sampled_from(PS))
@examples(200)
def test_condition_number_agrees_with_numpy(A, p):
    A = A + 3 * torch.linalg.matrix_norm(A, 2)[..., None, None] * torch.eye(A.shape[-1], dtype=A.dtype)
    A = A + (A == 0).all((-2, -1), keepdim=True) * torch.eye(A.shape[-1], dtype=A.dtype)
    assert_close(norms.condition_number(A, p), np.linalg.cond(A.numpy(), p), 1e-10)
    assert_close(norms.condition_number(A, p), norms.induced(A, p) * norms.induced(torch.linalg.inv(A), p), 1e-10)


def test_condition_number_of_two_is_the_ratio_of_singular_values_for_any_shape():
    A = torch.zeros(2, 3, 5, dtype=torch.complex128)
    A[0].diagonal()[:] = torch.tensor([3, 1j, -0.5])
    A[1].diagonal()[:] = torch.tensor([1.0, 0, 2])
    assert norms.condition_number(A).tolist() == norms.condition_number(A.mT).tolist() == [6, INF]


@pytest.mark.parametrize("p", PS)
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_condition_number_does_not_depend_on_the_scale_and_is_infinite_for_singular_ones(p, scale):
    A = torch.tensor([[2.0, 0.0], [0.0, -0.5]], dtype=torch.float64)
    assert_close(norms.condition_number(scale * A, p), 4.0)
    assert norms.condition_number(scale * torch.ones(2, 2, dtype=torch.float64), p) > 1e15
    assert norms.condition_number(torch.zeros(2, 2), p) == INF


@pytest.mark.parametrize("p", [1, INF])
def test_a_rectangular_matrix_has_no_condition_number_but_for_two(p):
    with pytest.raises(ValueError, match="^A: expected a square matrix"):
        norms.condition_number(torch.ones(2, 3), p)


# --- interpolation ---


@given(tensors(max_scale=100), st.sampled_from(PS))
@examples(300)
def test_interpolation_bounds_enclose_the_norms_that_are_known(A, p):
    lower, upper = norms.interpolation_bounds(A, p)
    exact = norms.induced(A, p)
    assert (lower <= exact * (1 + 1e-12)).all() and (exact <= upper * (1 + 1e-12)).all()
    if p != 2:
        assert_close(lower, exact)
        assert_close(upper, exact)


@given(tensors(max_scale=100), st.sampled_from(EXPONENTS), st.integers(0, 2**32 - 1))
@examples(300)
def test_no_gain_passes_the_upper_bound(A, p, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(50, *[1] * (A.ndim - 2), A.shape[-1], dtype=A.dtype, generator=generator)
    gain = norms.vector(apply(A, x), p) / norms.vector(x, p)
    assert (gain <= norms.interpolation_bounds(A, p).upper * (1 + 1e-12)).all()


@given(tensors(max_scale=100), st.sampled_from(EXPONENTS))
@examples(100)
def test_the_lower_bound_is_a_gain_of_the_matrix_or_of_its_adjoint(A, p):
    q = INF if p == 1 else 1.0 if p == INF else p / (p - 1)
    gains = [norms.vector(A.mT, p).amax(-1), norms.vector(A.mH.mT, q).amax(-1)]
    assert_close(norms.interpolation_bounds(A, p).lower, torch.maximum(*gains))
    assert_close(norms.interpolation_bounds(A.mH, q).lower, norms.interpolation_bounds(A, p).lower)


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_upper_bound_is_attained_where_rows_and_columns_add_up_to_the_same(p, n):
    A = torch.rand(n, n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    circulant = torch.stack([A[0].roll(k) for k in range(n)])  # the vector of ones has gain sum(A[0]) in every norm
    x = torch.ones(n, dtype=torch.float64)
    assert_close(norms.interpolation_bounds(circulant, p).upper, norms.vector(circulant @ x, p) / norms.vector(x, p))


def test_bounds_have_names():
    bounds = norms.interpolation_bounds([[1.0, 1.0]], math.e)
    assert bounds == (bounds.lower, bounds.upper)
