"""What is true of every variational autoencoder and of the likelihood of its pixels."""

import math

import pytest
import torch
from draws import seeded
from networks import turns
from torch import Tensor, nn

from gencourse.models import MLPVAE, Bernoulli, ContinuousBernoulli, ConvVAE, Gaussian

LIKELIHOODS = {"Bernoulli": Bernoulli, "ContinuousBernoulli": ContinuousBernoulli, "Gaussian": Gaussian}
VAES = {
    "MLPVAE": lambda: MLPVAE(hidden=32),
    "MLPVAE with two hidden layers": lambda: MLPVAE(latent_dim=2, hidden=(16, 8)),
    "ConvVAE": lambda: ConvVAE(width=8),
    "conditional ConvVAE": lambda: ConvVAE(width=8, classes=10),
}


@pytest.fixture(autouse=True)
def fixed_weights():
    torch.manual_seed(0)


class Constant(nn.Module):
    """An encoder that gives the same (mu, logvar) for every image."""

    def __init__(self, mu: float, logvar: float, latent: int):
        super().__init__()
        self.out = torch.cat([torch.full((latent,), mu), torch.full((latent,), logvar)])

    def forward(self, x: Tensor) -> Tensor:
        return self.out.expand(len(x), -1)


def test_z_is_mu_plus_sigma_eps():
    vae = MLPVAE(latent_dim=20, hidden=8)
    x = torch.rand(500, 1, 28, 28)
    vae.encoder = Constant(3.0, math.log(4), 20)
    out = vae(x, generator=seeded())
    torch.testing.assert_close(out.z, 3 + 2 * torch.randn(500, 20, generator=seeded()))  # sigma is 2, not 4
    assert torch.equal(out.mu, torch.full((500, 20), 3.0)) and torch.all(out.logvar == math.log(4))
    assert out.z.mean() == pytest.approx(3, abs=0.1) and out.z.std() == pytest.approx(2, abs=0.06)
    vae.encoder = Constant(3.0, -80.0, 20)
    assert torch.equal(vae(x).z, torch.full((500, 20), 3.0))  # sigma -> 0


@pytest.mark.parametrize("name", VAES)
def test_a_pass_is_encode_then_draw_then_decode(name):
    vae = VAES[name]().eval()
    x, y = torch.rand(6, 1, 28, 28), turns(vae, 6)
    out = vae(x, y, generator=seeded())
    assert out.logits.shape == x.shape and out.mu.shape == out.logvar.shape == out.z.shape == (6, vae.z_dim)
    mu, logvar = vae.encode(x, y)
    assert torch.equal(out.mu, mu) and torch.equal(out.logvar, logvar)
    assert torch.equal(out.logits, vae.decode(out.z, y))
    assert torch.equal(vae(x, y, generator=seeded()).z, out.z)
    assert not torch.equal(vae(x, y).z, out.z)


def test_gradients_pass_through_the_draw_to_the_encoder():
    """dz/dmu = 1 and dz/dlogvar = sigma eps / 2."""
    vae = MLPVAE(latent_dim=3, hidden=8)
    mu, logvar = torch.zeros(2, 3, requires_grad=True), torch.full((2, 3), 0.8, requires_grad=True)
    vae.encode = lambda x, labels: (mu, logvar)
    z = vae(torch.rand(2, 1, 28, 28)).z
    z.sum().backward()
    torch.testing.assert_close(mu.grad, torch.ones(2, 3))
    torch.testing.assert_close(logvar.grad, z.detach() / 2)


@pytest.mark.parametrize("name", ["MLPVAE", "MLPVAE with two hidden layers", "ConvVAE"])
def test_what_leaves_encoder_and_decoder_are_parameters(name):
    """Behind their last layers stands nothing, in training mode too: a shift of its bias arrives unchanged."""
    vae = VAES[name]().train()
    x, z = torch.rand(4, 1, 28, 28), torch.randn(4, vae.z_dim)
    for net, call in ((vae.encoder, lambda: torch.cat(vae.encode(x), 1)), (vae.decoder, lambda: vae.decode(z))):
        last = [m for m in net.modules() if isinstance(m, nn.Linear | nn.ConvTranspose2d)][-1]
        before = call()
        with torch.no_grad():
            last.bias -= 3
        torch.testing.assert_close(call(), before - 3)


def test_the_label_reaches_the_encoder_as_a_plane_of_ones():
    vae, seen = VAES["conditional ConvVAE"](), []
    vae.encoder.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    vae.encode(torch.rand(10, 1, 28, 28), torch.arange(10))
    assert torch.equal(seen[0][:, 1:], torch.eye(10)[:, :, None, None].expand(-1, -1, 28, 28))


@pytest.mark.parametrize("likelihood", LIKELIHOODS.values(), ids=LIKELIHOODS)
def test_samples_of_a_vae_are_means_of_its_likelihood(likelihood):
    vae = MLPVAE(hidden=8, likelihood=likelihood())
    z = torch.randn(4, 20)
    torch.testing.assert_close(vae.generate(z), vae.likelihood.mean(vae.decode(z)))
    assert isinstance(MLPVAE(hidden=8).likelihood, Bernoulli)  # what is said nowhere else


# --- likelihoods ----------------------------------------------------------------------------------------------------


def pixel_values(name: str) -> tuple[Tensor, Tensor]:
    """All values of one pixel and the measure that a sum over them uses: two points, or a fine midpoint grid."""
    if name == "Bernoulli":
        return torch.tensor([0.0, 1.0]).double(), torch.ones(2).double()
    low, high = (0, 1) if name == "ContinuousBernoulli" else (-6, 7)
    width = (high - low) / 50_000
    return torch.arange(low, high, width).double() + width / 2, torch.tensor(width).double()


@pytest.mark.parametrize("logit", [-9.0, -1.0, -0.05, 0.0, 0.05, 0.099, 0.101, 3.0])
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_likelihoods_integrate_to_one_and_have_the_mean_they_show(name, logit):
    likelihood, (values, measure) = LIKELIHOODS[name](), pixel_values(name)
    logits = torch.full((len(values), 1), logit).double()
    density = likelihood.log_prob(logits, values[:, None]).exp().detach() * measure
    assert density.sum().item() == pytest.approx(1, abs=1e-6)
    assert (density * values).sum().item() == pytest.approx(likelihood.mean(logits)[0].item(), abs=1e-6)


@pytest.mark.parametrize("likelihood", LIKELIHOODS.values(), ids=LIKELIHOODS)
def test_log_likelihoods_are_nats_per_example(likelihood):
    """Independent pixels: the log-density of an image is the sum over its two halves, one number an example."""
    p, x, logits = likelihood(), torch.rand(3, 1, 4, 4).round(), torch.randn(3, 1, 4, 4)
    whole = p.log_prob(logits, x)
    assert whole.shape == (3,)
    torch.testing.assert_close(whole, p.log_prob(logits[..., :2], x[..., :2]) + p.log_prob(logits[..., 2:], x[..., 2:]))


def test_the_learnt_variance_becomes_the_mean_squared_error():
    """The maximum of the Gaussian log-likelihood over its variance is at the MSE, where the slope is 0."""
    p, x, logits = Gaussian(), torch.rand(8, 1, 5, 5), torch.randn(8, 1, 5, 5)
    assert [name for name, _ in MLPVAE(hidden=8, likelihood=p).named_parameters()].count("likelihood.logvar") == 1
    optimizer = torch.optim.Adam(p.parameters(), lr=0.05)
    for _ in range(500):
        optimizer.zero_grad()
        (-p.log_prob(logits, x).mean()).backward()
        optimizer.step()
    assert p.logvar.exp().item() == pytest.approx((x - p.mean(logits)).square().mean().item(), rel=1e-3)
