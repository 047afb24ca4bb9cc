"""The vector that attains a norm, and the power iteration that climbs to it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matrices import INF, PS, apply, assert_close, examples, tensors

from gencourse import norms

# --- the maximizer ---


@given(tensors(max_scale=100), st.sampled_from(PS))
@examples(300)
def test_maximizer_is_a_unit_vector_that_attains_the_norm(A, p):
    x = norms.maximizer(A, p)
    assert x.dtype == A.dtype and x.shape == (*A.shape[:-2], A.shape[-1])
    assert_close(norms.vector(x, p), torch.ones(A.shape[:-2], dtype=torch.float64))
    assert_close(norms.vector(apply(A, x), p), norms.induced(A, p))
    assert np.isfinite(x.numpy()).all()  # NumPy refuses a tensor whose conjugation is still to be done


@given(tensors(max_scale=100), st.sampled_from(PS), st.integers(0, 2**32 - 1))
@examples(300)
def test_no_vector_has_a_larger_gain(A, p, seed):
    x = torch.randn(50, *[1] * (A.ndim - 2), A.shape[-1], dtype=A.dtype, generator=torch.Generator().manual_seed(seed))
    gain = norms.vector(apply(A, x), p) / norms.vector(x, p)
    assert (gain <= norms.induced(A, p) * (1 + 1e-12)).all()


@pytest.mark.parametrize("p", PS)
@pytest.mark.parametrize("exponent", [-1060, 1022])  # subnormal; and so large that sums overflow
def test_maximizer_does_not_depend_on_the_scale(p, exponent):
    rows = [[1.0, 1.5, 1.0, 1.0], [1.0, 1.0, 1.0, 1.25], [1.0, 1.0, -1.5, 1.0], [-1.0, 1.0, 1.75, 1.5]]
    A = torch.tensor(rows, dtype=torch.float64)  # every row and column adds up to 4 or more; 4 * 2**1022 is inf
    expected = norms.maximizer(A, p)
    scaled = norms.maximizer(A * torch.tensor(2.0, dtype=A.dtype) ** exponent, p)
    torch.testing.assert_close(scaled, expected)


def test_maximizer_keeps_unit_phases_beside_entries_of_very_different_size():
    A = torch.tensor([[1.0, 3e-310 + 4e-310j, -2j]], dtype=torch.complex128)
    expected = torch.tensor([1, 0.6 - 0.8j, 1j], dtype=torch.complex128)
    torch.testing.assert_close(norms.maximizer(A, INF), expected)


@pytest.mark.parametrize("p", PS)
def test_maximizer_carries_no_gradient(p):
    assert not norms.maximizer(torch.eye(2, requires_grad=True), p).requires_grad


# --- power iteration ---


@given(tensors(max_scale=100), st.integers(0, 2**32 - 1))
@examples(200)
def test_power_iteration_climbs_and_never_passes_the_norm(A, seed):
    generator = torch.Generator().manual_seed(seed)
    estimates = torch.stack(list(norms.power_iteration(A, generator=generator, steps=8)))
    assert estimates.shape == (8, *A.shape[:-2])
    assert (estimates.diff(dim=0) >= 0).all()
    assert (estimates <= norms.spectral(A) * (1 + 1e-12)).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.9), st.sampled_from([torch.float64, torch.complex128]))
@examples(200)
def test_power_iteration_converges_at_the_rate_of_the_gap(seed, ratio, dtype):
    generator = torch.Generator().manual_seed(seed)
    Q = torch.linalg.qr(torch.randn(4, 4, dtype=dtype, generator=generator)).Q
    W = torch.linalg.qr(torch.randn(5, 4, dtype=dtype, generator=generator)).Q
    A = Q @ torch.diag(torch.tensor([1.0, ratio, ratio, ratio], dtype=dtype)) @ W.mH
    x0 = W.sum(-1)  # equal parts along all four right singular vectors
    for k, estimate in enumerate(norms.power_iteration(A, x0, steps=12)):
        tail = 3 * ratio ** (4 * k)  # exact: ||A x_k||^2 is a mean of s^2 with weights s^(4k)
        assert_close(estimate, math.sqrt((1 + tail * ratio**2) / (1 + tail)))


def test_power_iteration_reaches_the_norm_by_default():
    A = torch.randn(5, 6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    estimates = list(norms.power_iteration(A, generator=torch.Generator().manual_seed(1)))
    assert len(estimates) == 100
    assert_close(estimates[-1], norms.spectral(A), 1e-6)


def test_power_iteration_does_not_fall_by_rounding_once_it_has_converged():
    A = torch.randn(200, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    estimates = torch.stack(list(norms.power_iteration(A, generator=torch.Generator().manual_seed(1), steps=60)))
    assert (estimates.diff(dim=0) >= 0).all()


def test_power_iteration_of_zero_is_zero_and_of_a_null_vector_too():
    assert [s.item() for s in norms.power_iteration(torch.zeros(2, 3), steps=3)] == [0, 0, 0]
    assert [s.item() for s in norms.power_iteration([[1.0, 0.0]], x0=[0.0, 1.0], steps=3)] == [0, 0, 0]


def test_power_iteration_repeats_with_its_generator_and_does_not_touch_the_global_one():
    A, state = torch.eye(3).cumsum(0), torch.get_rng_state()
    first, second = (list(norms.power_iteration(A, generator=torch.Generator().manual_seed(5))) for _ in "ab")
    assert first == second
    assert torch.equal(torch.get_rng_state(), state)


def test_power_iteration_is_lazy_and_takes_one_start_for_a_whole_batch():
    A = torch.stack([torch.eye(2), 2 * torch.eye(2)])
    torch.testing.assert_close(next(norms.power_iteration(A, x0=[3.0, 4.0])), torch.tensor([1.0, 2.0]))
    torch.testing.assert_close(next(norms.power_iteration(A[0], x0=[3.0, 4.0j])), torch.tensor(1.0))
    assert next(norms.power_iteration(A, x0=np.ones(2))).dtype == torch.float32  # A decides, not the start


def test_the_gradient_of_an_estimate_holds_its_vector_fixed():
    A = torch.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True)
    second = list(norms.power_iteration(A, [1.0, 1.0], steps=2))[1]  # at x ~ (4, 1), Ax ~ (8, 1)
    (gradient,) = torch.autograd.grad(second, A)
    expected = torch.outer(torch.tensor([8.0, 1.0]) / 65**0.5, torch.tensor([4.0, 1.0]) / 17**0.5)
    torch.testing.assert_close(gradient, expected)
