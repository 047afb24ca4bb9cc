"""The checks of chapter 12, "The convolutional VAE"."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .. import losses
from . import close


def check_12_2(f: Callable[[Tensor, Tensor], Any]) -> str | None:
    """f(mu, logvar): the divergence of N(mu, sigma^2) from the standard normal, nats per example (B,)."""
    mu, logvar = torch.tensor([[1.0, -0.5, 0.0], [0.3, 2.0, -1.0]]), torch.tensor([[0.0, 1.0, -2.0], [0.5, -1.0, 3.0]])
    got, right = f(mu, logvar), losses.gaussian_kl(mu, logvar)
    known = [
        (right.mean(), "That is the mean over the examples; return one number for each, shape (B,)."),
        (right.sum(), "That is the sum over the examples; return one number for each, shape (B,)."),
        (right / 3, "That is the mean over the causes; a divergence of independent coordinates is their sum."),
        (2 * right, "It is twice too large: the factor 1/2 is missing."),
        (-right, "The sign is turned: a divergence is never negative."),
        (right + 1.5, "The -1 of each coordinate is missing; at mu = 0, sigma = 1 the divergence must be 0."),
        (
            losses.gaussian_kl(mu, logvar / 2),
            "You treat log sigma as log sigma^2: see the mistake box, 0.184 for 0.568.",
        ),
        (losses.gaussian_kl(mu, 2 * logvar), "You treat logvar as log sigma: the variance is exp(logvar)."),
        (losses.gaussian_kl(mu.abs().sqrt(), logvar), "The mean enters squared."),
    ]
    return verdict(got, right, known, "mu = 1, logvar = 0 gives 0.5, and mu = 0, logvar = -2 gives 0.568.")


def check_12_3(f: Callable[[Tensor, Tensor, Tensor], Any]) -> str | None:
    """f(mu, logvar, eps): a draw of q(z|x) with gradients."""
    mu = torch.tensor([[1.0, -2.0]], requires_grad=True)
    logvar = torch.tensor([[-2.0, 1.0]], requires_grad=True)
    eps = torch.tensor([[0.5, -1.5]])
    got, right = f(mu, logvar, eps), mu + torch.exp(logvar / 2) * eps
    known = [
        (mu, "That is the mean of q; the noise does not enter."),
        (mu + eps, "The noise must be scaled by sigma."),
        (mu + logvar.exp() * eps, "exp(logvar) is the variance; the noise is scaled by sigma, its square root."),
        (mu + logvar * eps, "logvar is a logarithm: take exp(logvar / 2)."),
        (mu - torch.exp(logvar / 2) * eps, "Add the scaled noise; with a minus it has the wrong sign here."),
    ]
    hint = verdict(got, right, known, "mu = 1, logvar = -2, eps = 0.5 gives 1.184: is other noise drawn inside?")
    if hint is not None:
        return hint
    gradients = torch.autograd.grad(got.sum(), (mu, logvar), allow_unused=True) if got.requires_grad else (None, None)
    for name, gradient, expected in (
        ("mu", gradients[0], torch.ones(1, 2)),
        ("logvar", gradients[1], (right - mu) / 2),
    ):
        if gradient is None or not close(gradient, expected):
            return f"The value is right, but the gradient does not reach {name}: something is detached."
    return None


def check_12_4(f: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> str | None:
    """f(logits, x, mu, logvar): minus the ELBO with Bernoulli pixels, averaged over the batch."""
    rng = torch.Generator().manual_seed(12)
    x = (torch.rand(4, 1, 28, 28, generator=rng) > 0.5).float()
    logits, mu, logvar = (torch.randn(4, *n, generator=rng) for n in ((1, 28, 28), (5,), (5,)))
    got = f(logits, x, mu, logvar)
    recon, kl = -losses.bernoulli_log_likelihood(logits, x), losses.gaussian_kl(mu, logvar)
    right = (recon + kl).mean()
    known = [
        (-right, "That is the ELBO itself; a loss to minimise is its negative."),
        (
            (recon - kl).mean(),
            "The KL is subtracted from the log-likelihood, so it is added to the reconstruction error.",
        ),
        (recon + kl, "That is one number for each image; return their mean."),
        (4 * right, "That is the sum over the batch; the loss is the mean over the images."),
        (recon.mean() / 784 + kl.mean(), "The error is averaged over the pixels but the KL is not: see exercise 12.5."),
        (right / 784, "That is per pixel; sum over the pixels to get nats per image."),
        (recon.mean() + kl.mean() / 5, "The KL is averaged over the causes; sum over them."),
        (recon.mean() + kl.sum(), "The KL is summed over the batch; average it like the error."),
        (recon.mean(), "The KL term is missing."),
    ]
    hint = verdict(got, right, known, f"For 4 random images the check finds {float(right):.1f}: sum pixels and causes.")
    if hint is not None:
        return hint
    sure = f(torch.full_like(logits, -200.0), torch.ones_like(x), 0 * mu, 0 * logvar)
    if not close(sure, 784 * 200.0):
        return "At a logit of -200 a white pixel costs 200 nats: a sigmoid followed by a log rounds or is clamped."
    return None


def verdict(got: Any, right: Tensor, known: list[tuple[Tensor, str]], otherwise: str) -> str | None:
    """None for the right answer, the hint of the known wrong answer that was given, or the last one."""
    if close(got, right):
        return None
    return next((hint for wrong, hint in known if close(got, wrong)), "Compare with a value by hand: " + otherwise)
