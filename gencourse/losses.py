"""Losses and log-densities as pure functions, in nats per example.

Critic scores are logits of shape (B,). Losses to minimise are means over the batch; log-densities and divergences
are sums over dimensions and keep the batch axis, shape (B,), so that bounds can be built from them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Critic = Callable[[Tensor], Tensor]
LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class GANLoss:
    """The two losses of one adversarial game: each network minimises its own.

    `discriminator(real, fake)` and `generator(fake)` take critic scores of shape (B,) and return a scalar tensor.
    """

    name: str
    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]

    def __repr__(self) -> str:
        return f"losses.{self.name}"


def _classify(real: Float[Tensor, "b"], fake: Float[Tensor, "b"]) -> Float[Tensor, ""]:
    # softplus(-s) = -log D and softplus(s) = -log(1 - D) for D = sigmoid(s): exact for every logit, where
    # a sigmoid followed by a log would round to log 0.
    return F.softplus(-real).mean() + F.softplus(fake).mean()


non_saturating = GANLoss("non_saturating", _classify, lambda fake: F.softplus(-fake).mean())
r"""Binary classification; G minimises $-\log D(G(z))$ [goodfellow2014, sec. 3]."""

minimax = GANLoss("minimax", _classify, lambda fake: -F.softplus(fake).mean())
r"""Binary classification; G minimises $\log(1 - D(G(z)))$: the zero-sum game [goodfellow2014, eq. 1]."""

wasserstein = GANLoss("wasserstein", lambda real, fake: fake.mean() - real.mean(), lambda fake: -fake.mean())
r"""$E[f(\hat x)] - E[f(x)]$: the dual of $W_1$ where $f$ is 1-Lipschitz [arjovsky2017, eq. 2]."""

hinge = GANLoss(
    "hinge",
    lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
    lambda fake: -fake.mean(),
)
r"""$E[\max(0, 1 - s)] + E[\max(0, 1 + \hat s)]$: D stops where it is sure [lim2017]."""

least_squares = GANLoss(
    "least_squares",
    lambda real, fake: ((real - 1).square().mean() + fake.square().mean()) / 2,
    lambda fake: (fake - 1).square().mean() / 2,
)
r"""Regression to 1 for real and 0 for fake [mao2017, eq. 9]."""


def _squared_gradient_norm(critic: Critic, x: Tensor) -> Float[Tensor, "b"]:
    x = x.detach().requires_grad_(True)
    # The sum over the batch has, for each example, the gradient of its own score (no BatchNorm in the critic:
    # it would mix the examples). create_graph: the penalty itself must be differentiable.
    (grad,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return grad.flatten(1).square().sum(1)


def gradient_penalty(
    critic: Critic,
    real: Float[Tensor, "b *shape"],
    fake: Float[Tensor, "..."],  # the shape of `real`: checked below, for readers too
    generator: torch.Generator | None = None,
    u: Float[Tensor, "b"] | None = None,
) -> Float[Tensor, ""]:
    r"""How far the critic's slope is from 1 between real and generated examples, one norm per example.

    $E_{\tilde x}(\lVert\nabla f(\tilde x)\rVert_2 - 1)^2$ with $\tilde x = u x + (1-u)\hat x$, $u \sim U(0,1)$
    per example, drawn from `generator` unless `u` (B,) is given. Source: [gulrajani2017, eq. 3].

    >>> x = torch.zeros(4, 2)
    >>> float(gradient_penalty(lambda x: 3 * x[:, 0], x, x))
    4.0
    """
    if real.shape != fake.shape:
        raise ValueError(f"real and fake must have one shape, got {tuple(real.shape)} and {tuple(fake.shape)}")
    if u is None:
        u = torch.rand(len(real), generator=generator, device=real.device, dtype=real.dtype)
    u = u.view(-1, *[1] * (real.ndim - 1))
    squared = _squared_gradient_norm(critic, torch.lerp(fake.detach(), real, u))
    # eps: the square root has no slope at 0, which a dead critic reaches.
    return ((squared + 1e-12).sqrt() - 1).square().mean()


def r1(critic: Critic, real: Float[Tensor, "b *shape"]) -> Float[Tensor, ""]:
    r"""The critic's mean squared slope on real examples, $E\lVert\nabla f(x)\rVert_2^2$.

    Source: [mescheder2018, eq. 9], there times $\gamma/2$.

    >>> float(r1(lambda x: 3 * x[:, 0], torch.zeros(4, 2)))
    9.0
    """
    return _squared_gradient_norm(critic, real).mean()


def gaussian_kl(mu: Float[Tensor, "b z"], logvar: Float[Tensor, "b z"]) -> Float[Tensor, "b"]:
    r"""The divergence of a diagonal Gaussian from the standard one, nats per example.

    $KL(N(\mu, \sigma^2) \,\|\, N(0, I)) = \frac12 \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log\sigma_j^2)$, with
    `logvar` $= \log\sigma^2$ (not $\log\sigma$). Source: [kingma2014, App. B].

    >>> gaussian_kl(torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2))
    tensor([2.5000])
    """
    return (mu.square() + logvar.exp() - 1 - logvar).sum(1) / 2


def gaussian_log_density(
    x: Float[Tensor, "b *shape"], mu: Float[Tensor, "*rest"], logvar: Float[Tensor, "*other"]
) -> Float[Tensor, "b"]:
    r"""The log-density of independent Gaussians at `x`, summed over dimensions, nats per example.

    $-\frac12 \sum_j \left(\log 2\pi + \log\sigma_j^2 + (x_j - \mu_j)^2 / \sigma_j^2\right)$; `mu` and `logvar`
    broadcast to the shape of `x`. Source: [bishop2006, eq. 2.43].

    >>> gaussian_log_density(torch.zeros(1, 2), torch.zeros(()), torch.zeros(()))
    tensor([-1.8379])
    """
    return -(LOG_2PI + logvar + (x - mu).square() * torch.exp(-logvar)).flatten(1).sum(1) / 2


def bernoulli_log_likelihood(logits: Float[Tensor, "b *shape"], x: Float[Tensor, "b *shape"]) -> Float[Tensor, "b"]:
    r"""$\sum_j x_j \log\lambda_j + (1-x_j)\log(1-\lambda_j)$ with $\lambda$ = sigmoid(logits), nats per example.

    A log-probability only where every $x_j$ is 0 or 1; on greys it is not [loaiza2019]. Source: [kingma2014, App. C].

    >>> bernoulli_log_likelihood(torch.zeros(1, 2), torch.ones(1, 2))
    tensor([-1.3863])
    """
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


def continuous_bernoulli_log_likelihood(
    logits: Float[Tensor, "b *shape"], x: Float[Tensor, "b *shape"]
) -> Float[Tensor, "b"]:
    r"""The log-density on [0, 1] that normalises the Bernoulli formula for greys, nats per example.

    $\sum_j x_j \log\lambda_j + (1-x_j)\log(1-\lambda_j) + \log C(\lambda_j)$ with
    $C(\lambda) = 2\,\mathrm{artanh}(1-2\lambda)/(1-2\lambda)$, and $C(1/2) = 2$. Source: [loaiza2019, eq. 2].

    >>> continuous_bernoulli_log_likelihood(torch.zeros(1, 2), torch.rand(1, 2)).abs() < 1e-6
    tensor([True])
    """
    return bernoulli_log_likelihood(logits, x) + _log_normaliser(logits).flatten(1).sum(1)


def _log_normaliser(logits: Tensor) -> Tensor:
    # With s the logit, 1 - 2 lambda = -tanh(s/2) and artanh(1 - 2 lambda) = -s/2, so C = s / tanh(s/2).
    # At s = 0 that is 0/0; for |s| < 0.1 three Taylor terms are exact to float32.
    near_zero = logits.abs() < 0.1
    s = torch.where(near_zero, torch.ones_like(logits), logits)
    exact = torch.log(s / torch.tanh(s / 2))
    return torch.where(near_zero, math.log(2) + logits**2 / 12 - 7 * logits**4 / 1440, exact)


def continuous_bernoulli_mean(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The mean of the continuous Bernoulli, which is not $\lambda$.

    $\lambda/(2\lambda-1) + 1/(2\,\mathrm{artanh}(1-2\lambda))$, in the logit $s$: $1/(1-e^{-s}) - 1/s$, and 1/2 at
    $s = 0$. Source: [loaiza2019, eq. 8].

    >>> continuous_bernoulli_mean(torch.zeros(1))
    tensor([0.5000])
    """
    near_zero = logits.abs() < 0.1
    s = torch.where(near_zero, torch.ones_like(logits), logits)
    exact = 0.5 + 0.5 / torch.tanh(s / 2) - 1 / s  # the same, and its gradient is finite for every s
    return torch.where(near_zero, 0.5 + logits / 12 - logits**3 / 720, exact)


def elbo(log_likelihood: Float[Tensor, "b"], kl: Float[Tensor, "b"]) -> Float[Tensor, "b"]:
    r"""The evidence lower bound $E_q \log p(x|z) - KL(q(z|x)\,\|\,p(z)) \le \log p(x)$, nats per example.

    `log_likelihood` is one sample's (or the mean of several samples') $\log p(x|z)$. Source: [kingma2014, eq. 3].
    """
    return log_likelihood - kl
