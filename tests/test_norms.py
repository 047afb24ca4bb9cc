"""Truths about norms: what NumPy and SciPy say, the axioms, duality, and what scaling must not change."""

import itertools
import math

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gencourse import norms

INF = math.inf
PS = (1, 2, INF)
EXPONENTS = (1, 1.5, 2, 3, 7.5, INF)


def examples(count):
    return settings(max_examples=count, deadline=None, derandomize=True)


@st.composite
def matrices(draw, batch=None, square=False, max_scale=300, dtypes=("float64", "complex128")):
    """A stack (*batch, m, n): any rank from 0, some with ties and zeros, entries of any scale."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch = draw(st.sampled_from([(), (1,), (3,), (2, 2)])) if batch is None else batch
    m, n = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    n = m if square else n
    r = draw(st.integers(0, min(m, n)) | st.just(min(m, n)))

    def normal(*shape):
        real = rng.standard_normal((*batch, *shape))
        return real + 1j * rng.standard_normal(real.shape) if dtype == "complex128" else real

    dtype = draw(st.sampled_from(dtypes))
    A = normal(m, r) @ normal(r, n) if r < min(m, n) else normal(m, n)
    if draw(st.booleans()):
        A = np.where(rng.random(A.shape) < 0.4, 0, np.round(A))  # zeros and ties
    # a power of two: rescaling is then exact, and the norms must follow it exactly
    return A.astype(dtype) * 2.0 ** draw(st.integers(-max_scale, max_scale) | st.just(0))


def tensors(**kwargs):
    return matrices(**kwargs).map(torch.from_numpy)


def stack_of(f, A):
    """f on every matrix of a stack, one at a time."""
    return np.reshape([f(a) for a in A.reshape(-1, *A.shape[-2:])], A.shape[:-2])


def apply(A, x):
    return (A @ x[..., None])[..., 0]


def assert_close(ours, theirs, rtol=1e-12):
    ours, theirs = torch.as_tensor(ours).double(), torch.as_tensor(theirs, dtype=torch.float64)
    assert ours.shape == theirs.shape
    assert (abs(ours - theirs) <= rtol * abs(theirs)).all(), (ours, theirs)


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

FUNCTIONS = {
    **{f"vector-{p}": lambda A, p=p: norms.vector(A, p) for p in EXPONENTS},
    **{f"induced-{p}": lambda A, p=p: norms.induced(A, p) for p in PS},
    **{f"schatten-{p}": lambda A, p=p: norms.schatten(A, p) for p in EXPONENTS},
    "spectral": norms.spectral,
    "frobenius": norms.frobenius,
    "nuclear": norms.nuclear,
    "power_iteration": lambda A: list(norms.power_iteration(A, torch.ones(A.shape[-1]), steps=5))[-1],
}


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


# --- the definition ---


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


@pytest.mark.parametrize("p", PS)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_the_identity_has_induced_norm_one(p, n):
    assert norms.induced(torch.eye(n), p) == 1


# --- axioms, duality, inequalities ---

NORMS = {name: f for name, f in FUNCTIONS.items() if name != "power_iteration"}


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


def test_the_gradient_of_an_estimate_holds_its_vector_fixed():
    A = torch.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True)
    second = list(norms.power_iteration(A, [1.0, 1.0], steps=2))[1]  # at x ~ (4, 1), Ax ~ (8, 1)
    (gradient,) = torch.autograd.grad(second, A)
    expected = torch.outer(torch.tensor([8.0, 1.0]) / 65**0.5, torch.tensor([4.0, 1.0]) / 17**0.5)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("name", NORMS)
def test_zero_has_a_finite_gradient(name):
    A = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(NORMS[name](A).sum(), A)
    assert torch.isfinite(gradient).all()


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


# --- what goes in and what comes out ---


@pytest.mark.parametrize("name", FUNCTIONS)
def test_kinds_of_input(name):
    f, expected = FUNCTIONS[name], FUNCTIONS[name](torch.tensor([[1.0, 2.0], [3.0, -4.0]]))
    A = np.array([[1, 2], [3, -4]])
    frozen = A.copy()
    frozen.flags.writeable = False
    backwards = np.ascontiguousarray(A[::-1])[::-1]  # a negative stride
    for same in (A, A.astype("float32"), A.astype("float16"), frozen, backwards, torch.tensor(A)):
        torch.testing.assert_close(f(same), expected)
    if name != "power_iteration":
        torch.testing.assert_close(f(A.tolist()), expected)
    assert f(torch.tensor(A).double()).dtype == torch.float64
    assert f(torch.tensor(A).to(torch.complex128)).dtype == torch.float64
    assert f(torch.ones(2, 3, dtype=torch.bool)).dtype == torch.float32
    assert f(torch.ones(2, 2, dtype=torch.complex64).mH).dtype == torch.float32  # a lazy conjugate


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_input_is_left_as_it_was(name):
    A = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    before = A.clone()
    FUNCTIONS[name](A)
    assert torch.equal(A, before)


BAD = {
    "empty": torch.zeros(0, 3),
    "empty batch": torch.zeros(0, 2, 2),
    "no columns": np.zeros((3, 0)),
    "nan": [[1.0, math.nan]],
    "inf": [[1.0, -INF]],
    "complex nan": [[1.0, complex(0, math.nan)]],
    "text": "abc",
    "texts": [["a", "b"]],
    "none": None,
    "objects": np.array([[None, 1]]),
    "ragged": [[1.0, 2.0], [3.0]],
    "dict": {},
    "too large": [[10**40]],
    "scalar": 3.0,
}
OF_MATRIX = {
    "induced": lambda A: norms.induced(A, 1),
    "spectral": norms.spectral,
    "frobenius": norms.frobenius,
    "nuclear": norms.nuclear,
    "schatten": lambda A: norms.schatten(A, 3),
    "maximizer": lambda A: norms.maximizer(A, INF),
    "power_iteration": norms.power_iteration,
}


@pytest.mark.parametrize("name", OF_MATRIX)
@pytest.mark.parametrize("bad", [*BAD, "one axis"])
def test_a_wrong_matrix_is_named(name, bad):
    with pytest.raises(ValueError, match=r"^A: expected .*, got "):
        OF_MATRIX[name](BAD.get(bad, [1.0, 2.0]))


@pytest.mark.parametrize("bad", BAD)
def test_a_wrong_vector_is_named(bad):
    with pytest.raises(ValueError, match=r"^x: expected .*, got "):
        norms.vector(BAD[bad], 2)
    with pytest.raises(ValueError, match=r"^x0: expected .*, got "):
        norms.power_iteration(torch.eye(2), x0=BAD[bad] if bad != "none" else [[None, 1.0]])


@pytest.mark.parametrize("p", [0, 0.5, -1, -INF, math.nan, "fro", "2", "inf", b"2", None, [1, 2], 2j])
def test_a_wrong_p_is_named(p):
    for f in (norms.vector, norms.schatten, norms.induced, norms.maximizer):
        with pytest.raises(ValueError, match=r"^p: expected .*, got "):
            f([[1.0]], p)


@pytest.mark.parametrize("p", [1.5, 3, 1e300])
def test_a_p_with_no_known_formula_is_refused(p):
    for f in (norms.induced, norms.maximizer):
        with pytest.raises(ValueError, match=r"^p: expected one of 1, 2, inf, got "):
            f(torch.eye(2), p)


def test_p_may_be_any_kind_of_number():
    for p in (2, 2.0, np.float32(2), np.int64(2), torch.tensor(2.0)):
        assert norms.induced([[3.0, 4.0]], p) == 5 == norms.vector([3.0, 4.0], p)


@pytest.mark.parametrize("steps", [0, -1, 2.0, None, True, "3"])
def test_wrong_steps_are_named(steps):
    with pytest.raises(ValueError, match=r"^steps: expected a whole number >= 1"):
        norms.power_iteration(torch.eye(2), steps=steps)


@pytest.mark.parametrize("x0", [[0.0, 0.0], [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]] * 3, [[1.0, 1.0], [0.0, 0.0]]])
def test_a_wrong_start_is_named(x0):
    with pytest.raises(ValueError, match=r"^x0: expected"):
        norms.power_iteration(torch.eye(2).expand(2, 2, 2), x0=x0)
