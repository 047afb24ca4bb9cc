"""Truths about likelihoods and their bound: closed forms, integrals, limits, and what must not change them."""

import math

import mpmath
import pytest
import torch
from draws import F64, assert_close, grad, normal, seeded
from torch.autograd import gradcheck
from torch.distributions import ContinuousBernoulli, Normal, kl_divergence

from gencourse import losses

# Logits on both sides of the Taylor patch (|s| < 0.1), at its edges, and where exponentials overflow.
EDGES = [0.0, 1e-12, 1e-4, 0.05, 0.0999999, 0.1, 0.1000001, 0.3, 1.0, 3.0, 10.0, 36.0, 50.0, 100.0, 700.0, 1e4]
LOGITS = torch.tensor(sorted({sign * s for s in EDGES for sign in (1, -1)}), dtype=F64)


def on_grid(log_density, lo, hi, points=20_001):
    """The integral of exp(log_density(x)) over [lo, hi], by the midpoint rule."""
    edges = torch.linspace(lo, hi, points, dtype=F64)
    middle = (edges[1:] + edges[:-1]) / 2
    return log_density(middle[:, None]).exp().sum() * (hi - lo) / (points - 1)


# --- Gaussians -----------------------------------------------------------------------------------------------------


def some_gaussians(b=200, z=5):
    return 2 * normal(b, z, seed=1), 2 * normal(b, z, seed=2)  # mu, logvar


def test_gaussian_kl_agrees_with_torch_distributions():
    mu, logvar = some_gaussians()
    truth = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu)))
    assert_close(losses.gaussian_kl(mu, logvar), truth.sum(1), tol=1e-9)


def test_gaussian_kl_by_hand():
    def kl(mu, logvar):
        return losses.gaussian_kl(torch.tensor([[mu]], dtype=F64), torch.tensor([[logvar]], dtype=F64))

    assert_close(kl(3.0, 0.0), [4.5])  # mu^2 / 2
    assert_close(kl(0.0, -2.0), [(math.exp(-2) + 1) / 2])  # log sigma = -1: 0.568, not the 0.184 of log sigma
    assert_close(kl(0.0, math.log(4)), [1.5 - math.log(2)])


def test_gaussian_kl_agrees_with_monte_carlo():
    mu, logvar = some_gaussians(b=3, z=2)
    n = 200_000
    z = mu + (logvar / 2).exp() * normal(n, 1, 2, seed=5)
    standard = torch.zeros(3, 2, dtype=F64)
    log_ratio = torch.stack(
        [
            losses.gaussian_log_density(z[:, i], mu[i], logvar[i])
            - losses.gaussian_log_density(z[:, i], standard[i], standard[i])
            for i in range(3)
        ]
    )
    error = log_ratio.mean(1) - losses.gaussian_kl(mu, logvar)
    assert (error.abs() <= 5 * log_ratio.std(1) / math.sqrt(n)).all()


def test_gaussian_kl_is_zero_at_the_prior_and_positive_elsewhere():
    mu, logvar = some_gaussians(b=5000, z=3)
    assert (losses.gaussian_kl(mu, logvar) > 0).all()
    zero = torch.zeros(4, 3, dtype=F64)
    assert (losses.gaussian_kl(zero, zero) == 0).all()
    assert all((g == 0).all() for g in grad(losses.gaussian_kl, zero, zero))  # and that is its minimum


def test_gaussian_kl_adds_over_dimensions_and_not_over_examples():
    mu, logvar = some_gaussians(b=4, z=6)
    parts = [losses.gaussian_kl(mu[:, i : i + 1], logvar[:, i : i + 1]) for i in range(6)]
    assert_close(losses.gaussian_kl(mu, logvar), sum(parts), tol=1e-9)
    assert_close(losses.gaussian_kl(mu[1:2], logvar[1:2]), losses.gaussian_kl(mu, logvar)[1:2])
    assert_close(losses.gaussian_kl(-mu, logvar), losses.gaussian_kl(mu, logvar))


def test_gaussian_log_density_agrees_with_torch_distributions():
    mu, logvar = some_gaussians()
    x = 3 * normal(200, 5, seed=3)
    truth = Normal(mu, (logvar / 2).exp()).log_prob(x).sum(1)
    assert ((losses.gaussian_log_density(x, mu, logvar) - truth).abs() <= 1e-12 * (1 + truth.abs())).all()


@pytest.mark.parametrize(("mu", "logvar"), [(0.3, -2.0), (-1.0, 0.0), (2.0, 1.5)])
def test_gaussian_density_integrates_to_one(mu, logvar):
    mu, logvar = torch.tensor(mu, dtype=F64), torch.tensor(logvar, dtype=F64)
    reach = 12 * float((logvar / 2).exp())
    total = on_grid(lambda x: losses.gaussian_log_density(x, mu, logvar), float(mu) - reach, float(mu) + reach)
    assert_close(total, 1, tol=1e-12)


def test_gaussian_constant_is_added_once_for_each_dimension():
    # at the mean with unit variance only the constant is left: 64 of them, not 64 x 64
    x = normal(2, 1, 8, 8)
    log_density = losses.gaussian_log_density(x, x, torch.zeros((), dtype=F64))
    assert_close(log_density, [-32 * math.log(2 * math.pi)] * 2)


def test_gaussian_log_density_broadcasts_and_ignores_a_common_shift():
    x, mu = normal(4, 3, seed=1), normal(4, 3, seed=2)
    one = torch.tensor(-1.0, dtype=F64)
    value = losses.gaussian_log_density(x, mu, one)
    assert value.shape == (4,)
    assert_close(losses.gaussian_log_density(x, mu, one.expand(4, 3)), value)
    assert_close(losses.gaussian_log_density(x + 5, mu + 5, one), value, tol=1e-11)
    assert_close(losses.gaussian_log_density(mu, x, one), value)


# --- Bernoulli and continuous Bernoulli ----------------------------------------------------------------------------


def test_bernoulli_is_the_log_of_the_probabilities():
    s = normal(30, 1, seed=1) * 4
    one = torch.ones_like(s)
    assert_close(losses.bernoulli_log_likelihood(s, one), s.sigmoid().log().squeeze(1))
    assert_close(losses.bernoulli_log_likelihood(s, 0 * one), (-s).sigmoid().log().squeeze(1))


def test_bernoulli_sums_to_one_over_all_binary_images():
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=F64)] * 8).reshape(256, 1, 2, 4)
    logits = 2 * normal(1, 1, 2, 4).expand(256, -1, -1, -1)
    assert_close(losses.bernoulli_log_likelihood(logits, x).exp().sum(), 1)


def test_bernoulli_formula_on_greys_is_not_a_density():
    for s in (0.0, 1.0, -3.0):
        lost = 0.5 if s == 0 else math.tanh(s / 2) / s
        total = on_grid(lambda x, s=s: losses.bernoulli_log_likelihood(torch.full_like(x, s), x), 0, 1)
        assert_close(total, lost, tol=1e-8)
        assert lost <= 0.5


@pytest.mark.parametrize("s", [-30.0, -5.0, -0.11, -0.09, -1e-3, 0.0, 0.05, 0.1, 2.0, 12.0])
def test_continuous_bernoulli_integrates_to_one(s):
    density = lambda x: losses.continuous_bernoulli_log_likelihood(torch.full_like(x, s), x)  # noqa: E731
    assert_close(on_grid(density, 0, 1), 1, tol=1e-6)


@pytest.mark.parametrize("x", [0.0, 0.2, 0.5, 1.0])
def test_continuous_bernoulli_agrees_with_torch_distributions(x):
    s = LOGITS[LOGITS.abs() <= 10][:, None]  # beyond, torch's own lambda rounds, and from 36 on it is clamped
    truth = ContinuousBernoulli(logits=s).log_prob(torch.full_like(s, x)).squeeze(1)
    assert_close(losses.continuous_bernoulli_log_likelihood(s, torch.full_like(s, x)), truth, tol=1e-9)


def exactly(f, s):
    """f(s, mpmath) for each logit with 50 digits; `f` is not called at 0."""
    with mpmath.workdps(50):
        return torch.tensor([float(f(mpmath.mpf(float(t)), mpmath)) for t in s], dtype=F64)


NONZERO = LOGITS[LOGITS != 0]


def test_continuous_bernoulli_is_exact_at_every_logit():
    # x = 0: log density log(1 - lambda) + log C = log(s / (e^s - 1))
    s = NONZERO[:, None]
    truth = exactly(lambda s, m: m.log(s / m.expm1(s)), NONZERO)
    assert_close(losses.continuous_bernoulli_log_likelihood(s, torch.zeros_like(s)), truth, tol=1e-9)
    zero = torch.zeros(1, 1, dtype=F64)
    assert losses.continuous_bernoulli_log_likelihood(zero, zero) == 0  # s = 0 is the uniform density


def test_continuous_bernoulli_gradient_is_exact_at_every_logit():
    # d/ds log p(0; s) = 1/s - 1/(1 - e^-s) = -mean
    truth = -exactly(lambda s, m: 1 / -m.expm1(-s) - 1 / s, NONZERO)
    f = lambda s: losses.continuous_bernoulli_log_likelihood(s[:, None], torch.zeros_like(s)[:, None])  # noqa: E731
    assert_close(grad(f, NONZERO)[0], truth, tol=5e-8)  # of the first term that the patch leaves out
    assert_close(grad(f, torch.zeros(1, dtype=F64))[0], [-0.5])


def test_continuous_bernoulli_is_continuous_across_the_taylor_patch():
    for edge in (0.1, -0.1):
        s = edge * torch.tensor([1 - 1e-9, 1 + 1e-9], dtype=F64)[:, None]
        value = losses.continuous_bernoulli_log_likelihood(s, torch.full_like(s, 0.3))
        assert (value[0] - value[1]).abs() < 1e-9
        mean = losses.continuous_bernoulli_mean(s)
        assert (mean[0] - mean[1]).abs() < 1e-9


def test_continuous_bernoulli_mean_is_exact_at_every_logit():
    truth = exactly(lambda s, m: 1 / -m.expm1(-s) - 1 / s, NONZERO)
    assert_close(losses.continuous_bernoulli_mean(NONZERO), truth, tol=1e-9)
    assert losses.continuous_bernoulli_mean(torch.zeros(1)) == 0.5
    assert_close(losses.continuous_bernoulli_mean(NONZERO) + losses.continuous_bernoulli_mean(-NONZERO), 1 + 0 * truth)
    assert not torch.allclose(losses.continuous_bernoulli_mean(NONZERO), NONZERO.sigmoid(), atol=0.1)  # not lambda


def test_continuous_bernoulli_mean_is_the_mean_of_its_density():
    for s in (-40.0, -3.0, 0.05, 8.0):
        x = torch.linspace(0, 1, 20_001, dtype=F64)[:, None]
        density = losses.continuous_bernoulli_log_likelihood(torch.full_like(x, s), x).exp()
        mean = torch.trapezoid(density * x[:, 0], x[:, 0])
        assert_close(losses.continuous_bernoulli_mean(torch.tensor(s, dtype=F64)), mean, tol=1e-6)


def test_continuous_bernoulli_mean_has_a_finite_gradient_at_any_logit():
    # the variance of the density: 1/s^2 - 1/(4 sinh^2(s/2)), and 1/12 at 0
    truth = exactly(lambda s, m: 1 / s**2 - 1 / (4 * m.sinh(s / 2) ** 2), NONZERO)
    assert_close(grad(losses.continuous_bernoulli_mean, NONZERO)[0], truth, tol=1e-7)
    assert_close(grad(losses.continuous_bernoulli_mean, torch.zeros(1, dtype=F64))[0], [1 / 12])


def test_normaliser_of_the_continuous_bernoulli_is_at_least_two():
    # log C >= log 2: the Bernoulli formula always underestimates the density of a grey pixel
    s = LOGITS[:, None]
    x = torch.rand(s.shape, generator=seeded(), dtype=F64)
    gain = losses.continuous_bernoulli_log_likelihood(s, x) - losses.bernoulli_log_likelihood(s, x)
    assert (gain >= math.log(2) - 1e-12).all()
    assert_close(gain, gain.flip(0), tol=1e-9)  # LOGITS is symmetric, and so is C


PIXELS = [losses.bernoulli_log_likelihood, losses.continuous_bernoulli_log_likelihood]
FOR_PIXELS = pytest.mark.parametrize("log_likelihood", PIXELS, ids=["bernoulli", "continuous"])


@FOR_PIXELS
def test_pixel_likelihoods_add_over_pixels_and_not_over_examples(log_likelihood):
    s, x = 3 * normal(4, 1, 2, 3), torch.rand(4, 1, 2, 3, generator=seeded(), dtype=F64)
    parts = [log_likelihood(s.flatten(1)[:, [i]], x.flatten(1)[:, [i]]) for i in range(6)]
    assert log_likelihood(s, x).shape == (4,)
    assert_close(log_likelihood(s, x), sum(parts), tol=1e-11)


@FOR_PIXELS
def test_pixel_likelihoods_do_not_care_which_end_is_black(log_likelihood):
    s, x = 3 * normal(4, 6), torch.rand(4, 6, generator=seeded(), dtype=F64)
    assert_close(log_likelihood(-s, 1 - x), log_likelihood(s, x), tol=1e-11)


@FOR_PIXELS
@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_pixel_likelihoods_are_finite_at_any_logit(log_likelihood, dtype):
    s = LOGITS.to(dtype)[:, None]
    for x in (0.0, 0.3, 1.0):
        f = lambda s, x=x: log_likelihood(s, torch.full_like(s, x))  # noqa: E731
        assert torch.isfinite(f(s)).all() and torch.isfinite(grad(f, s)[0]).all()
    assert_close(losses.bernoulli_log_likelihood(s[:1], 1 + 0 * s[:1]), [-1e4])  # sigmoid(-1e4) is 0 in floats


@FOR_PIXELS
def test_pixel_likelihoods_have_the_gradients_of_their_values(log_likelihood):
    s = torch.tensor([[-20, -0.3, -0.099, 0.0, 1e-3], [0.02, 0.0999, 0.2, 3, 15]], dtype=F64).requires_grad_(True)
    x = torch.rand(2, 5, generator=seeded(), dtype=F64)
    assert gradcheck(lambda s: log_likelihood(s, x), (s,))


def test_gaussians_have_the_gradients_of_their_values():
    x, mu, logvar = (normal(3, 2, seed=i).requires_grad_(True) for i in range(3))
    assert gradcheck(losses.gaussian_kl, (mu, logvar))
    assert gradcheck(losses.gaussian_log_density, (x, mu, logvar))


# --- the bound -----------------------------------------------------------------------------------------------------


def linear_gaussian(seed=0, d=6, z=2, noise=0.5):
    """x = W z + noise: log p(x) and the posterior of z are known [bishop2006, sec. 12.2]."""
    W, x = normal(d, z, seed=seed), normal(1, d, seed=seed + 1)
    cov = torch.linalg.inv(torch.eye(z, dtype=F64) + W.mT @ W / noise**2)
    marginal = torch.distributions.MultivariateNormal(
        torch.zeros(d, dtype=F64), W @ W.mT + noise**2 * torch.eye(d, dtype=F64)
    )
    return W, x, (x @ W / noise**2) @ cov, cov, marginal.log_prob(x)


def test_elbo_plus_the_divergence_from_the_posterior_is_log_p():
    for seed in range(5):
        W, x, mean, cov, log_p = linear_gaussian(seed)
        mu, logvar = normal(1, 2, seed=seed + 7), normal(1, 2, seed=seed + 9)
        # E_q log N(x; Wz, s^2): at the mean, minus the spread that z adds
        spread = (W.square() @ logvar.exp().mT).sum() / (2 * 0.5**2)
        expected = losses.gaussian_log_density(x, mu @ W.mT, torch.tensor(math.log(0.5**2), dtype=F64)) - spread
        bound = losses.elbo(expected, losses.gaussian_kl(mu, logvar))
        q = torch.distributions.MultivariateNormal(mu, torch.diag_embed(logvar.exp()))
        posterior = torch.distributions.MultivariateNormal(mean, cov[None])
        assert_close(bound + kl_divergence(q, posterior), log_p, tol=1e-10)
        assert bound < log_p


def test_elbo_is_tight_at_the_posterior():
    # one dimension: x = z + e, both standard normal; x = 2 gives p(z|x) = N(1, 1/2) and p(x) = N(0, 2)
    mu, logvar = torch.tensor([[1.0]], dtype=F64), torch.tensor([[math.log(0.5)]], dtype=F64)
    x = torch.tensor([[2.0]], dtype=F64)
    expected = losses.gaussian_log_density(x, mu, torch.zeros((), dtype=F64)) - 0.25
    log_p = losses.gaussian_log_density(x, 0 * x, torch.tensor(math.log(2), dtype=F64))
    assert_close(losses.elbo(expected, losses.gaussian_kl(mu, logvar)), log_p)
