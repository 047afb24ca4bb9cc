"""Bounds on the log-likelihood, measured where the likelihood and the posterior are known."""

import math
import types

import pytest
import torch
from draws import noise, seeded
from torch import nn

from gencourse import losses, metrics


class LinearGaussian(nn.Module):
    """x = w z + s e: p(x) = N(0, w w' + s^2 I) and the posterior are known. `blur` widens q beyond the posterior."""

    def __init__(self, blur=0.0, shift=0.0):
        super().__init__()
        self.w, self.s = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64), 0.7
        self.blur, self.shift = blur, shift
        self.likelihood = types.SimpleNamespace(
            log_prob=lambda logits, x: losses.gaussian_log_density(x, logits, torch.tensor(2 * math.log(self.s)))
        )

    def encode(self, x):
        precision = 1 + float(self.w @ self.w) / self.s**2
        mu = (x @ self.w / self.s**2 / precision)[:, None] + self.shift
        return mu, torch.full_like(mu, -math.log(precision) + self.blur)

    def decode(self, z):
        return z * self.w

    def log_p(self, x):
        cov = torch.outer(self.w, self.w) + self.s**2 * torch.eye(3, dtype=torch.float64)
        return torch.distributions.MultivariateNormal(torch.zeros(3, dtype=torch.float64), cov).log_prob(x)

    def sample_data(self, n):
        z, e = torch.randn(n, 1, generator=seeded(0)).double(), torch.randn(n, 3, generator=seeded(1)).double()
        return z * self.w + self.s * e


def test_with_the_true_posterior_every_sample_gives_log_p_exactly():
    model = LinearGaussian()
    x = model.sample_data(50)
    for k in (1, 7):
        assert torch.allclose(metrics.iwae_bound(model, x, k), model.log_p(x), atol=1e-5)


def test_the_elbo_falls_short_of_log_p_by_the_kl_from_the_posterior():
    model = LinearGaussian(blur=0.8, shift=0.3)
    x = model.sample_data(20)
    gap = model.log_p(x) - metrics.elbo(model, x, samples=20_000, generator=seeded(2))
    mu, logvar = LinearGaussian().encode(x)  # of the posterior; with it as prior the KL has its closed form
    other, other_logvar = model.encode(x)
    kl = losses.gaussian_kl((other - mu) * torch.exp(-logvar / 2), other_logvar - logvar)
    assert float(gap.min()) > 0 and torch.allclose(gap, kl, atol=0.05)


def test_the_bound_rises_with_k_towards_log_p():
    model = LinearGaussian(blur=1.5, shift=0.5)
    x = model.sample_data(2000)
    log_p = float(model.log_p(x).mean())
    bounds = [float(metrics.iwae_bound(model, x, k, seeded(3)).mean()) for k in (1, 4, 16, 500)]
    assert bounds == sorted(bounds) and bounds[0] < bounds[2] - 0.2 and bounds[3] < log_p + 0.01
    assert log_p - bounds[3] < 0.02 * (log_p - bounds[0])


def test_the_bound_with_one_sample_is_the_elbo_on_average():
    model = LinearGaussian(blur=0.5)
    x = model.sample_data(1000).repeat(20, 1)
    one = float(metrics.iwae_bound(model, x, 1, seeded(0)).mean())
    assert one == pytest.approx(float(metrics.elbo(model, x, 1, seeded(1)).mean()), abs=0.03)


@pytest.mark.parametrize("rows", [1, 7, 30, 10**6])
def test_the_size_of_the_pieces_changes_nothing(rows, monkeypatch):
    monkeypatch.setattr("gencourse.metrics.likelihood.ROWS", rows)
    model = LinearGaussian(blur=1.0)
    x = model.sample_data(10)
    assert torch.allclose(metrics.iwae_bound(LinearGaussian(), x, 25), model.log_p(x), atol=1e-5)
    average = metrics.elbo(model, x, samples=500)
    assert average.shape == (10,) and bool((average < model.log_p(x)).all())
    assert bool((metrics.iwae_bound(model, x, 500) > average).all())


def test_no_piece_is_larger_than_the_rows_allowed(monkeypatch):
    sizes = []
    model = LinearGaussian()
    decode = model.decode
    model.decode = lambda z: sizes.append(len(z)) or decode(z)
    monkeypatch.setattr("gencourse.metrics.likelihood.ROWS", 60)
    metrics.iwae_bound(model, model.sample_data(70), 13)
    assert max(sizes) <= 60 and sum(sizes) == 70 * 13


def test_bounds_of_an_image_model_are_reproducible_and_leave_its_mode():
    from gencourse.models import ConvVAE

    torch.manual_seed(0)
    model = ConvVAE(latent_dim=4, width=4)
    x = (noise(6) > 0.5).float()
    statistics = model.encoder[1].running_mean.clone()
    pair = [metrics.elbo(model, x, 2, seeded(1)) for _ in range(2)]
    assert torch.equal(*pair) and pair[0].shape == (6,) and not pair[0].requires_grad
    assert torch.equal(model.encoder[1].running_mean, statistics) and model.training
    assert bool((metrics.iwae_bound(model, x, 50, seeded(1)) > pair[0] - 1).all())


def test_a_conditional_model_is_scored_given_the_label():
    from gencourse.models import ConvVAE

    torch.manual_seed(0)
    model = ConvVAE(latent_dim=4, width=4, classes=10).eval()
    x, labels = (noise(5) > 0.5).float(), torch.arange(5)
    for bound in (metrics.elbo, metrics.iwae_bound):
        together = bound(model, x, 40, seeded(0), labels=labels)
        assert not torch.equal(together, bound(model, x, 40, seeded(0), labels=labels + 1))
        parts = torch.cat([bound(model, x[i : i + 1], 2000, seeded(0), labels=labels[i : i + 1]) for i in range(5)])
        assert torch.allclose(together, parts, atol=2)  # each image kept its own label through the repetition


@pytest.mark.parametrize("k", [0, -1, 2.5, True])
def test_a_number_of_samples_is_a_whole_number(k):
    model = LinearGaussian()
    for bound in (metrics.elbo, metrics.iwae_bound):
        with pytest.raises(Exception, match="whole number|beartype|type"):
            bound(model, model.sample_data(2), k)
