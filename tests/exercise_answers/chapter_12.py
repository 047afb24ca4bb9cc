"""Right and wrong answers to the exercises of chapter 12."""

import torch
import torch.nn.functional as F


def kl(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(1) / 2


def draw(mu, logvar, eps):
    return mu + torch.exp(logvar / 2) * eps


def recon(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


def rounded(logits, x):
    # exact for moderate logits, infinite for large ones
    return -(x * logits.sigmoid().log() + (1 - x) * (1 - logits.sigmoid()).log()).flatten(1).sum(1)


SOLUTION = {
    "12.2": kl,
    "12.3": draw,
    "12.4": lambda logits, x, mu, logvar: (recon(logits, x) + kl(mu, logvar)).mean(),
}

WRONG = {
    "12.2": [
        (lambda mu, logvar: kl(mu, logvar).mean(), "mean over the examples"),
        (lambda mu, logvar: kl(mu, logvar).sum(), "sum over the examples"),
        (lambda mu, logvar: kl(mu, logvar) / mu.shape[1], "mean over the causes"),
        (lambda mu, logvar: 2 * kl(mu, logvar), "factor 1/2"),
        (lambda mu, logvar: -kl(mu, logvar), "sign is turned"),
        (lambda mu, logvar: (mu**2 + logvar.exp() - logvar).sum(1) / 2, "-1 of each coordinate"),
        (lambda mu, logvar: kl(mu, logvar / 2), "log sigma as log sigma^2"),
        (lambda mu, logvar: kl(mu, 2 * logvar), "logvar as log sigma"),
        (lambda mu, logvar: (mu.abs() + logvar.exp() - 1 - logvar).sum(1) / 2, "squared"),
        (lambda mu, logvar: torch.zeros(len(mu)), "value by hand"),
    ],
    "12.3": [
        (lambda mu, logvar, eps: mu, "noise does not enter"),
        (lambda mu, logvar, eps: mu + eps, "scaled by sigma"),
        (lambda mu, logvar, eps: mu + logvar.exp() * eps, "is the variance"),
        (lambda mu, logvar, eps: mu + logvar * eps, "is a logarithm"),
        (lambda mu, logvar, eps: mu - torch.exp(logvar / 2) * eps, "wrong sign"),
        (lambda mu, logvar, eps: draw(mu, logvar, torch.randn_like(mu)), "drawn inside"),
        (lambda mu, logvar, eps: draw(mu, logvar, eps).detach(), "does not reach mu"),
        (lambda mu, logvar, eps: draw(mu, logvar.detach(), eps), "does not reach logvar"),
        (lambda mu, logvar, eps: draw(mu.detach(), logvar, eps), "does not reach mu"),
    ],
    "12.4": [
        (lambda logits, x, mu, logvar: -(recon(logits, x) + kl(mu, logvar)).mean(), "ELBO itself"),
        (lambda logits, x, mu, logvar: (recon(logits, x) - kl(mu, logvar)).mean(), "subtracted"),
        (lambda logits, x, mu, logvar: recon(logits, x) + kl(mu, logvar), "one number for each image"),
        (lambda logits, x, mu, logvar: (recon(logits, x) + kl(mu, logvar)).sum(), "sum over the batch"),
        (
            lambda logits, x, mu, logvar: F.binary_cross_entropy_with_logits(logits, x) + kl(mu, logvar).mean(),
            "exercise 12.5",
        ),
        (lambda logits, x, mu, logvar: (recon(logits, x) + kl(mu, logvar)).mean() / 784, "per pixel"),
        (
            lambda logits, x, mu, logvar: recon(logits, x).mean() + kl(mu, logvar).mean() / mu.shape[1],
            "averaged over the causes",
        ),
        (lambda logits, x, mu, logvar: recon(logits, x).mean() + kl(mu, logvar).sum(), "summed over the batch"),
        (lambda logits, x, mu, logvar: recon(logits, x).mean(), "KL term is missing"),
        (lambda logits, x, mu, logvar: logits.sum(), "value by hand"),
        (lambda logits, x, mu, logvar: (rounded(logits, x) + kl(mu, logvar)).mean(), "rounds or is clamped"),
        (
            lambda logits, x, mu, logvar: (
                F.binary_cross_entropy(logits.sigmoid(), x, reduction="none").flatten(1).sum(1) + kl(mu, logvar)
            ).mean(),
            "rounds or is clamped",
        ),
    ],
}
