"""Truths about the losses: closed forms, limits, known optima, and what must not change them."""

import math

import mpmath
import pytest
import torch
from torch.autograd import gradcheck
from torch.distributions import ContinuousBernoulli, Normal, kl_divergence

from gencourse import losses

F64 = torch.float64
GAN_LOSSES = [losses.non_saturating, losses.minimax, losses.wasserstein, losses.hinge, losses.least_squares]
FROM_SCORES = pytest.mark.parametrize("loss", GAN_LOSSES, ids=repr)
# Logits on both sides of the Taylor patch (|s| < 0.1), at its edges, and where exponentials overflow.
EDGES = [0.0, 1e-12, 1e-4, 0.05, 0.0999999, 0.1, 0.1000001, 0.3, 1.0, 3.0, 10.0, 36.0, 50.0, 100.0, 700.0, 1e4]
LOGITS = torch.tensor(sorted({sign * s for s in EDGES for sign in (1, -1)}), dtype=F64)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=F64)


def grad(f, *inputs):
    inputs = [x.clone().requires_grad_(True) for x in inputs]
    return torch.autograd.grad(f(*inputs).sum(), inputs, allow_unused=True)


def assert_close(ours, truth, tol=1e-12):
    ours, truth = torch.as_tensor(ours, dtype=F64), torch.as_tensor(truth, dtype=F64)
    assert torch.isfinite(ours).all()
    assert (ours - truth).abs().max() <= tol, (ours, truth)


def on_grid(log_density, lo, hi, points=20_001):
    """The integral of exp(log_density(x)) over [lo, hi], by the midpoint rule."""
    edges = torch.linspace(lo, hi, points, dtype=F64)
    middle = (edges[1:] + edges[:-1]) / 2
    return log_density(middle[:, None]).exp().sum() * (hi - lo) / (points - 1)


# --- GAN losses ----------------------------------------------------------------------------------------------------


def test_classification_losses_are_the_cross_entropy_of_the_labels():
    real, fake = 3 * normal(50, seed=1), 3 * normal(50, seed=2)
    D_real, D_fake = real.sigmoid(), fake.sigmoid()
    for loss in (losses.non_saturating, losses.minimax):
        assert_close(loss.discriminator(real, fake), -D_real.log().mean() - (1 - D_fake).log().mean())
    assert_close(losses.non_saturating.generator(fake), -D_fake.log().mean())
    assert_close(losses.minimax.generator(fake), (1 - D_fake).log().mean())


def test_minimax_is_a_zero_sum_game():
    real, fake = normal(50, seed=1), normal(50, seed=2)
    # what D gains on the fake examples G loses: the two gradients are opposite
    (ours,) = grad(losses.minimax.generator, fake)
    (theirs,) = grad(lambda fake: losses.minimax.discriminator(real, fake), fake)
    assert_close(ours, -theirs)


def test_generator_gradients_in_the_logit_are_minus_D_and_minus_one_minus_D():
    s = torch.linspace(-30, 30, 121, dtype=F64)
    D = s.sigmoid()
    # 3e-9: beyond a logit of 20 softplus is its asymptote
    assert_close(len(s) * grad(losses.minimax.generator, s)[0], -D, tol=3e-9)
    assert_close(len(s) * grad(losses.non_saturating.generator, s)[0], -(1 - D), tol=3e-9)


def test_only_the_non_saturating_generator_learns_from_a_sure_discriminator():
    s = torch.full((1,), -40.0, dtype=F64)  # D(G(z)) = 4e-18
    assert grad(losses.minimax.generator, s)[0].abs() < 1e-16
    assert_close(grad(losses.non_saturating.generator, s)[0], [-1.0])


def test_classifier_at_chance_costs_log_4():
    zero = torch.zeros(8, dtype=F64)
    assert_close(losses.minimax.discriminator(zero, zero), math.log(4))
    assert_close(losses.non_saturating.generator(zero), math.log(2))


# (p, q) and the score that is optimal there, where p and q are the densities of real and of fake at one point
OPTIMAL = [
    (losses.non_saturating, lambda p, q: math.log(p / q)),
    (losses.minimax, lambda p, q: math.log(p / q)),
    (losses.hinge, lambda p, q: math.copysign(1, p - q)),
    (losses.least_squares, lambda p, q: p / (p + q)),
]


@pytest.mark.parametrize(("loss", "optimum"), OPTIMAL, ids=lambda x: repr(x) if hasattr(x, "name") else "")
@pytest.mark.parametrize(("p", "q"), [(3, 1), (1, 3), (2, 1), (5, 4)])
def test_optimal_score_at_a_point(loss, optimum, p, q):
    scores = torch.linspace(-3, 3, 1201, dtype=F64)
    # D(s, 0) and D(0, s) are the two halves of the loss at this point, up to constants
    zero = torch.zeros(1, dtype=F64)
    value = torch.stack([p * loss.discriminator(s[None], zero) + q * loss.discriminator(zero, s[None]) for s in scores])
    assert abs(scores[value.argmin()] - optimum(p, q)) <= 5.1e-3


def test_hinge_is_silent_where_the_critic_is_sure():
    real, fake = torch.tensor([1.5, 7.0], dtype=F64), torch.tensor([-1.5, -9.0], dtype=F64)
    assert losses.hinge.discriminator(real, fake) == 0
    d_real, d_fake = grad(losses.hinge.discriminator, real, fake)
    assert (d_real == 0).all() and (d_fake == 0).all()
    d_real, d_fake = grad(losses.hinge.discriminator, real - 2, fake + 2)  # the first of each is unsure now
    assert_close(d_real, [-0.5, 0])
    assert_close(d_fake, [0.5, 0])


def test_hinge_and_wasserstein_agree_where_the_critic_is_unsure():
    real, fake = torch.rand(40, generator=rng(1), dtype=F64), -torch.rand(40, generator=rng(2), dtype=F64)
    assert_close(losses.hinge.discriminator(real, fake), 2 + losses.wasserstein.discriminator(real, fake))
    assert_close(losses.hinge.generator(fake), losses.wasserstein.generator(fake))


def test_wasserstein_discriminator_ignores_a_shift_and_scales():
    real, fake = normal(50, seed=1), normal(50, seed=2)
    value = losses.wasserstein.discriminator(real, fake)
    assert_close(losses.wasserstein.discriminator(real + 17, fake + 17), value)
    assert_close(losses.wasserstein.discriminator(3 * real, 3 * fake), 3 * value)
    assert_close(losses.wasserstein.discriminator(fake, real), -value)


def test_wasserstein_value_of_the_best_critic_is_the_distance_of_two_points():
    # between point masses at 0 and 5 the 1-Lipschitz critic f(x) = -x attains W1 = 5
    critic = -torch.tensor([0.0, 5.0], dtype=F64)
    assert -losses.wasserstein.discriminator(critic[:1], critic[1:]) == 5


def test_least_squares_targets():
    one, zero = torch.ones(3, dtype=F64), torch.zeros(3, dtype=F64)
    assert losses.least_squares.discriminator(one, zero) == 0 and losses.least_squares.generator(one) == 0
    assert losses.least_squares.discriminator(zero, one) == 1 and losses.least_squares.generator(zero) == 0.5


@FROM_SCORES
def test_losses_are_means_over_the_batch(loss):
    real, fake = normal(6, seed=1), normal(6, seed=2)
    assert_close(loss.discriminator(real.repeat(3), fake.repeat(3)), loss.discriminator(real, fake))
    assert_close(loss.generator(fake.repeat(3)), loss.generator(fake))
    order = torch.randperm(6, generator=rng())
    assert_close(loss.discriminator(real[order], fake), loss.discriminator(real, fake))  # no pairing exists


@FROM_SCORES
def test_each_player_wants_its_own_side(loss):
    real = fake = torch.full((4,), 0.5, dtype=F64)
    d_real, d_fake = grad(loss.discriminator, real, fake)
    assert (d_real < 0).all()  # D lowers its loss by scoring real examples higher
    assert (d_fake > 0).all()  # and fake ones lower
    assert (grad(loss.generator, fake)[0] < 0).all()  # G by having its examples scored higher


@FROM_SCORES
@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_losses_and_gradients_are_finite_at_any_logit(loss, dtype):
    s = torch.tensor([-1e4, -100, -1, 0, 1, 100, 1e4], dtype=dtype)
    values = [loss.discriminator(s, s.flip(0)), loss.generator(s)]
    gradients = [*grad(loss.discriminator, s, s), *grad(loss.generator, s)]
    assert all(torch.isfinite(t).all() and t.dtype == dtype for t in values + gradients)


def test_classification_losses_are_linear_for_sure_wrong_answers():
    wrong = torch.tensor([-1e4], dtype=torch.float32)  # a sigmoid followed by a log gives inf here
    assert losses.non_saturating.generator(wrong) == 1e4
    assert losses.minimax.discriminator(wrong, -wrong) == 2e4


@FROM_SCORES
def test_gan_losses_have_the_gradients_of_their_values(loss):
    real, fake = normal(5, seed=1).requires_grad_(True), normal(5, seed=2).requires_grad_(True)
    assert gradcheck(loss.discriminator, (real, fake)) and gradcheck(loss.generator, (fake,))


def test_gan_losses_name_themselves_and_cannot_be_changed():
    assert [repr(loss) for loss in GAN_LOSSES[:2]] == ["losses.non_saturating", "losses.minimax"]
    assert len({loss.name for loss in GAN_LOSSES}) == 5
    with pytest.raises(AttributeError):
        losses.hinge.name = "other"


# --- penalties -----------------------------------------------------------------------------------------------------


def linear(w):
    return lambda x: x.flatten(1) @ w


def test_penalty_of_a_unit_linear_critic_is_zero():
    w = normal(784) / normal(784).norm()
    real, fake = normal(16, 1, 28, 28, seed=1), normal(16, 1, 28, 28, seed=2)
    assert losses.gradient_penalty(linear(w), real, fake) < 1e-20


@pytest.mark.parametrize("slope", [0.0, 0.5, 3.0, 100.0])
def test_penalties_of_a_linear_critic(slope):
    w = slope * normal(12) / normal(12).norm()
    real, fake = normal(5, 3, 4, seed=1), normal(5, 3, 4, seed=2)
    assert_close(losses.gradient_penalty(linear(w), real, fake), (slope - 1) ** 2, tol=1e-5 + 1e-9 * slope**2)
    assert_close(losses.r1(linear(w), real), slope**2, tol=1e-9 * (1 + slope**2))


def test_penalties_are_per_example_not_per_batch():
    # slopes 1, 2, 3 at three points: f(x) = x^2/2 has slope x
    x = torch.tensor([[1.0], [2.0], [3.0]], dtype=F64)
    bowl = lambda x: x.square().sum(1) / 2  # noqa: E731
    assert_close(losses.gradient_penalty(bowl, x, x), (0 + 1 + 4) / 3, tol=1e-9)
    assert_close(losses.r1(bowl, x), (1 + 4 + 9) / 3)
    for copies in (2, 7):  # more of the same examples: the same penalty
        more = x.repeat(copies, 1)
        assert_close(losses.gradient_penalty(bowl, more, more), 5 / 3, tol=1e-9)
        assert_close(losses.r1(bowl, more), 14 / 3)


def test_penalty_points_lie_between_and_each_has_its_own_weight():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.flatten(1).sum(1)

    real, fake = torch.ones(400, 1, 2, 2, dtype=F64), torch.full((400, 1, 2, 2), -1.0, dtype=F64)
    losses.gradient_penalty(critic, real, fake, rng(3))
    (points,) = seen
    weights = points.flatten(1)
    assert (weights == weights[:, :1]).all()  # one u for the whole example: a point on the segment
    assert len(weights[:, 0].unique()) == 400  # and another for the next
    assert weights.min() >= -1 and weights.max() <= 1
    # uniform on the segment: Kolmogorov-Smirnov statistic below the 0.1 % point
    u = weights[:, 0].sort().values / 2 + 0.5
    steps = torch.arange(400, dtype=F64) / 400
    assert max((u - steps).max(), (steps + 1 / 400 - u).max()) < 1.95 / math.sqrt(400)


def test_penalty_noise_comes_from_the_generator():
    real, fake = normal(8, 3, seed=1), normal(8, 3, seed=2)
    curved = lambda x: x.pow(3).sum(1)  # noqa: E731
    a, b, c = (losses.gradient_penalty(curved, real, fake, rng(seed)) for seed in (0, 0, 1))
    assert a == b and a != c
    before = torch.get_rng_state()
    losses.gradient_penalty(curved, real, fake, rng())
    assert torch.equal(before, torch.get_rng_state())


def test_r1_looks_at_real_examples_only_and_at_all_of_their_pixels():
    x = normal(6, 1, 4, 4)
    w = normal(16, seed=1)
    assert_close(losses.r1(linear(w), x), w.square().sum())


def test_penalties_train_the_critic_and_nothing_else():
    critic = torch.nn.Linear(3, 1).double()
    real, fake = normal(4, 3, seed=1).requires_grad_(True), normal(4, 3, seed=2).requires_grad_(True)
    score = lambda x: critic(x).squeeze(1)  # noqa: E731
    for penalty in (losses.gradient_penalty(score, real, fake), losses.r1(score, real)):
        critic.zero_grad()
        penalty.backward()
        assert critic.weight.grad.norm() > 0
    assert real.grad is None and fake.grad is None
    w = critic.weight.detach().flatten()
    assert_close(critic.weight.grad.flatten(), 2 * w)  # of r1 = |w|^2


def test_penalties_leave_the_images_as_they_were():
    x = normal(4, 3)
    losses.r1(lambda x: x.square().sum(1), x)
    losses.gradient_penalty(lambda x: x.square().sum(1), x, x)
    assert not x.requires_grad and x.grad is None  # or every later loss on this batch would build a graph to it


def test_penalty_gradient_is_finite_for_a_dead_critic():
    w = torch.zeros(3, dtype=F64, requires_grad=True)
    losses.gradient_penalty(lambda x: x @ w, normal(4, 3), normal(4, 3)).backward()
    assert torch.isfinite(w.grad).all()


def test_penalty_refuses_unequal_batches():
    with pytest.raises(ValueError, match="real and fake must have one shape"):
        losses.gradient_penalty(linear(normal(3)), normal(4, 3), normal(5, 3))


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
    x = torch.rand(s.shape, generator=rng(), dtype=F64)
    gain = losses.continuous_bernoulli_log_likelihood(s, x) - losses.bernoulli_log_likelihood(s, x)
    assert (gain >= math.log(2) - 1e-12).all()
    assert_close(gain, gain.flip(0), tol=1e-9)  # LOGITS is symmetric, and so is C


PIXELS = [losses.bernoulli_log_likelihood, losses.continuous_bernoulli_log_likelihood]
FOR_PIXELS = pytest.mark.parametrize("log_likelihood", PIXELS, ids=["bernoulli", "continuous"])


@FOR_PIXELS
def test_pixel_likelihoods_add_over_pixels_and_not_over_examples(log_likelihood):
    s, x = 3 * normal(4, 1, 2, 3), torch.rand(4, 1, 2, 3, generator=rng(), dtype=F64)
    parts = [log_likelihood(s.flatten(1)[:, [i]], x.flatten(1)[:, [i]]) for i in range(6)]
    assert log_likelihood(s, x).shape == (4,)
    assert_close(log_likelihood(s, x), sum(parts), tol=1e-11)


@FOR_PIXELS
def test_pixel_likelihoods_do_not_care_which_end_is_black(log_likelihood):
    s, x = 3 * normal(4, 6), torch.rand(4, 6, generator=rng(), dtype=F64)
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
    x = torch.rand(2, 5, generator=rng(), dtype=F64)
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
