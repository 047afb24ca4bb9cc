"""Truths about the losses and penalties of GANs: known optima, slopes, limits, and what must not change them."""

import math

import pytest
import torch
from draws import F64, assert_close, grad, normal, seeded
from torch.autograd import gradcheck

from gencourse import losses

GAN_LOSSES = [losses.non_saturating, losses.minimax, losses.wasserstein, losses.hinge, losses.least_squares]
FROM_SCORES = pytest.mark.parametrize("loss", GAN_LOSSES, ids=repr)


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
    real, fake = torch.rand(40, generator=seeded(1), dtype=F64), -torch.rand(40, generator=seeded(2), dtype=F64)
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
    order = torch.randperm(6, generator=seeded())
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
    losses.gradient_penalty(critic, real, fake, seeded(3))
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
    a, b, c = (losses.gradient_penalty(curved, real, fake, seeded(seed)) for seed in (0, 0, 1))
    assert a == b and a != c
    before = torch.get_rng_state()
    losses.gradient_penalty(curved, real, fake, seeded())
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
