"""Checks for chapter 0.3, what is a generative model."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from . import close


def check_0_1(f: Callable[[Tensor, float, float], Any]) -> str | None:
    """The average log-likelihood of numbers under a Gaussian."""
    x, mu, sigma = torch.tensor([1.0, 2.0, 6.0, -3.0]), 0.5, 2.0
    got, square = f(x, mu, sigma), ((x - mu) / sigma).square()
    right = -(square / 2 + math.log(sigma) + math.log(2 * math.pi) / 2)
    if close(got, right.mean()):
        return None
    if close(got, -right.mean()):
        return "The sign is turned: the logarithm of a density falls as x moves away from mu."
    if close(got, right.sum()):
        return "That is the sum over the examples; per example means the average."
    if close(got, right.mean() + math.log(2 * math.pi) / 2):
        return "The term with 2 pi is missing, so the density does not integrate to 1."
    if close(got, right.mean() + math.log(sigma)):
        return "The term with log sigma is missing, so a wide Gaussian seems as dense as a narrow one."
    if close(got, right.mean() - math.log(sigma)):
        return "The normalising term is -log sigma, which is half of -log sigma^2."
    if close(got, right):
        return "That is one number for each example; return their average."
    return "Compare with the worked example: x = (1, 2, 6), mu = 3, sigma^2 = 14/3 gives -2.189."


def check_0_2(f: Callable[[Tensor, Tensor], Any]) -> str | None:
    """The KL divergence of two discrete distributions, zeros included."""
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.2, 0.7])
    got, right, reverse = f(p, q), (p * (p / q).log()).sum(), (q * (q / p).log()).sum()
    if close(got, right / math.log(2)):
        return "That is in bits; nats use the natural logarithm."
    if close(got, reverse):
        return "That is KL(q || p): the expectation must be over p."
    if close(got, -right):
        return "The sign is turned: a divergence is never negative."
    if close(got, -(p * q.log()).sum()):
        return "That is the cross-entropy; subtract the entropy of p."
    if not close(got, right):
        return "Compare with the worked example: p = (1/2, 1/2), q = (9/10, 1/10) gives 0.511."
    if not close(f(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])), math.log(2)):
        return "With p_i = 0 the term is 0: torch.xlogy(0, 0) is 0, where 0 * log(0) is nan."
    if not close(f(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])), math.inf):
        return "With p_i > 0 and q_i = 0 the divergence is infinite: the model has ruled out what happens."
    return None


def check_0_4(f: Callable[[Tensor, float], Any]) -> str | None:
    """The leave-one-out log-likelihood of a kernel density estimator."""
    x, h = torch.randn(30, 3, generator=torch.Generator().manual_seed(4), dtype=torch.float64), 0.7
    n, d = x.shape
    bumps = torch.cdist(x, x).square() / (-2 * h**2) - d / 2 * math.log(2 * math.pi * h**2)
    others = bumps.masked_fill(torch.eye(n, dtype=torch.bool), -math.inf).logsumexp(1).mean()
    got = f(x.clone(), h)
    if close(got, others - math.log(n - 1)):
        return None
    if close(got, bumps.logsumexp(1).mean() - math.log(n)):
        return "Each point still finds its own bump; set the diagonal of the log-bumps to -inf."
    if close(got, others - math.log(n)):
        return "Of n bumps one is left out, so the average is over n - 1."
    if close(got, others):
        return "The average over the other n - 1 bumps is missing: subtract log(n - 1)."
    if close(got, others - math.log(n - 1) + (d - 1) / 2 * math.log(2 * math.pi * h**2)):
        return "A bump in d dimensions is divided by (2 pi h^2)^(d/2), not by its square root alone."
    return "For each point: the log of the average of the other points' bumps; then the mean over points."
