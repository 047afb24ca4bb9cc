"""Truths about norms: what NumPy and SciPy say, the axioms, duality, gradients, and what scaling must not change."""

import itertools

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import strategies as st
from matrices import EXPONENTS, FUNCTIONS, INF, NORMS, PS, assert_close, examples, matrices, tensors

from gencourse import norms


def stack_of(f, A):
    """f on every matrix of a stack, one at a time."""
    return np.reshape([f(a) for a in A.reshape(-1, *A.shape[-2:])], A.shape[:-2])


# --- the same numbers as NumPy and SciPy ---


@given(matrices(), st.sampled_from(PS))
@examples(600)
def test_induced_agrees_with_numpy_and_scipy(A, p):
    ours = norms.induced(A, p)
    assert_close(ours, np.linalg.norm(A, p, axis=(-2, -1)))
    assert_close(ours, stack_of(lambda a: scipy.linalg.norm(a, p), A))


@given(matrices(max_scale=150))  # NumPy squares the entries of its Frobenius norm
@examples(300)
def test_frobenius_and_nuclear_agree_with_numpy_and_scipy(A):
    assert_close(norms.frobenius(A), np.linalg.norm(A, "fro", axis=(-2, -1)))
    assert_close(norms.frobenius(A), stack_of(lambda a: scipy.linalg.norm(a, "fro"), A))
    assert_close(norms.nuclear(A), np.linalg.norm(A, "nuc", axis=(-2, -1)))
    assert_close(norms.nuclear(A), stack_of(lambda a: scipy.linalg.svdvals(a).sum(), A))


@given(matrices(max_scale=30), st.sampled_from(EXPONENTS))
@examples(300)
def test_vector_and_schatten_agree_with_numpy_and_scipy(A, p):
    assert_close(norms.vector(A, p), np.linalg.norm(A, p, axis=-1))
    singular = np.linalg.svd(A, compute_uv=False)
    assert_close(norms.schatten(A, p), np.linalg.norm(singular, p, axis=-1))
    assert_close(norms.schatten(A, p), stack_of(lambda a: scipy.linalg.norm(scipy.linalg.svdvals(a), p), A))


@given(matrices(dtypes=("float64",)), st.sampled_from(PS))
@examples(100)
def test_float32_agrees_to_its_own_precision(A, p):
    A = (A / (abs(A).max() or 1)).astype("float32")
    assert norms.induced(A, p).dtype == torch.float32
    assert_close(norms.induced(A, p), np.linalg.norm(A, p, axis=(-2, -1)), 1e-5)


def test_a_large_matrix_agrees_too():
    A = np.random.default_rng(0).standard_normal((200, 300))
    for p in PS:
        assert_close(norms.induced(A, p), np.linalg.norm(A, p))


# --- tiny and huge ---


@pytest.mark.parametrize("name", FUNCTIONS)
@given(A=tensors(max_scale=0), exponent=st.integers(-1000, 990))
@examples(60)
def test_scaling_the_matrix_scales_the_norm_without_overflow_or_underflow(name, A, exponent):
    A = A * 2.0**-10  # room for the norm itself below the largest number
    f, scale = FUNCTIONS[name], torch.tensor(2.0, dtype=torch.float64) ** exponent
    assert_close(f(A * scale), f(A) * scale)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128, torch.float32, torch.complex64])
def test_the_smallest_and_the_largest_numbers_have_a_norm(name, dtype):
    real = torch.empty(0, dtype=dtype).real.dtype
    tiny, huge = torch.finfo(real).tiny / 2**10, torch.finfo(real).max  # the first is subnormal
    for size, phase in itertools.product((tiny, huge), (-1, 1j) if dtype.is_complex else (-1,)):
        A = torch.zeros(2, 2, dtype=dtype)
        A[0, 0] = phase * size
        result = FUNCTIONS[name](A).max()
        assert abs(result / size - 1) < 1e-2


# --- axioms, duality, inequalities ---


@pytest.mark.parametrize("name", NORMS)
@given(data=st.data())
@examples(60)
def test_axioms(name, data):
    f, A = NORMS[name], data.draw(tensors(batch=(2, 4), max_scale=20))
    A, B = A
    c = 3.0 - 4.0j if A.is_complex() else -5.0
    assert_close(f(c * A), 5 * f(A))
    assert (f(A + B) <= (f(A) + f(B)) * (1 + 1e-12)).all()
    assert (f(A - A) == 0).all()
    nonzero = (A != 0).any(-1) if name.startswith("vector") else (A != 0).flatten(-2).any(-1)
    assert ((f(A) > 0) == nonzero).all()


@pytest.mark.parametrize("p", PS)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_the_identity_has_induced_norm_one(p, n):
    assert norms.induced(torch.eye(n), p) == 1


@given(tensors(batch=(2,), square=True, max_scale=100), st.sampled_from(PS))
@examples(100)
def test_induced_norms_and_frobenius_are_submultiplicative(A, p):
    A, B = A
    assert norms.induced(A @ B, p) <= norms.induced(A, p) * norms.induced(B, p) * (1 + 1e-12)
    assert norms.frobenius(A @ B) <= norms.frobenius(A) * norms.frobenius(B) * (1 + 1e-12)


@given(tensors(max_scale=100))
@examples(100)
def test_one_and_infinity_are_dual_and_two_is_self_dual(A):
    assert_close(norms.induced(A.mH, 1), norms.induced(A, INF))
    assert_close(norms.induced(A.mT, INF), norms.induced(A, 1))
    assert_close(norms.spectral(A.mH), norms.spectral(A))


@given(tensors(batch=(2,), max_scale=100), st.sampled_from([(1, INF), (2, 2), (INF, 1), (3, 1.5), (1.5, 3)]))
@examples(200)
def test_hoelder_bounds_the_inner_product_and_the_polar_factor_attains_it(A, pair):
    p, q = pair
    A, B = A
    inner = (A.conj() * B).sum().abs()
    assert inner <= norms.schatten(A, p) * norms.schatten(B, q) * (1 + 1e-12)
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    assert_close((A.conj() * (U @ Vh)).sum().abs(), norms.nuclear(A))
    assert_close(norms.schatten(U @ Vh, INF), torch.tensor(1.0, dtype=torch.float64))


@given(tensors(max_scale=100))
@examples(200)
def test_the_inequalities_between_the_norms(A):
    one, two, inf = (norms.induced(A, p) for p in PS)
    fro, nuc = norms.frobenius(A), norms.nuclear(A)
    rank = min(A.shape[-2:])
    slack = 1 + 1e-12
    assert (two <= slack * (one.sqrt() * inf.sqrt())).all()
    assert (two <= slack * fro).all() and (fro <= slack * rank**0.5 * two).all()
    assert (fro <= slack * nuc).all() and (nuc <= slack * rank**0.5 * fro).all()


@given(tensors(max_scale=100), st.sampled_from(EXPONENTS))
@examples(200)
def test_unitary_maps_change_no_schatten_norm(A, p):
    generator = torch.Generator().manual_seed(0)
    Q = torch.linalg.qr(torch.randn(A.shape[-2], A.shape[-2], dtype=A.dtype, generator=generator)).Q
    W = torch.linalg.qr(torch.randn(A.shape[-1], A.shape[-1], dtype=A.dtype, generator=generator)).Q
    assert_close(norms.schatten(Q @ A @ W, p), norms.schatten(A, p))
    assert_close(norms.spectral(Q @ A @ W), norms.spectral(A))
    assert_close(norms.frobenius(Q @ A @ W), norms.frobenius(A))


@given(tensors(max_scale=100))
@examples(100)
def test_schatten_norms_have_their_other_names(A):
    assert_close(norms.schatten(A, 1), norms.nuclear(A))
    assert_close(norms.schatten(A, 2), norms.frobenius(A))
    assert_close(norms.schatten(A, INF), norms.spectral(A))


@given(tensors(max_scale=100), st.sampled_from(PS))
@examples(100)
def test_permuting_rows_and_columns_changes_no_norm(A, p):
    B = A.flip(-1).roll(1, -2)
    for f in (norms.frobenius, norms.nuclear, lambda A: norms.induced(A, p)):
        assert_close(f(B), f(A))


# --- gradients ---


@pytest.mark.parametrize("name", [*NORMS])
@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e3])
def test_gradients(name, dtype, scale):
    A = torch.randn(2, 3, 4, dtype=dtype, generator=torch.Generator().manual_seed(1)) * scale
    f = NORMS[name]
    assert torch.autograd.gradcheck(f, A.requires_grad_(), eps=1e-6 * scale, atol=1e-5)


def test_the_gradient_of_the_spectral_norm_is_u_v_transposed():
    A = torch.diag(torch.tensor([3.0, 2.0])).requires_grad_()
    for f in (norms.spectral, lambda A: list(norms.power_iteration(A, [1.0, 1.0], 60))[-1]):
        (gradient,) = torch.autograd.grad(f(A), A)
        torch.testing.assert_close(gradient, torch.diag(torch.tensor([1.0, 0.0])), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", NORMS)
def test_zero_has_a_finite_gradient(name):
    A = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(NORMS[name](A).sum(), A)
    assert torch.isfinite(gradient).all()
