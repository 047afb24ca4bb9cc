"""Right and wrong answers to the exercises of chapter 0.3, with a fragment of the hint that each wrong one must get."""

import math

import torch

LOG_2PI = math.log(2 * math.pi)


def log_density(x, mu, sigma):
    return -(((x - mu) / sigma) ** 2) / 2 - math.log(sigma) - LOG_2PI / 2


def kl(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum()


def log_bumps(x, h, d):
    return -torch.cdist(x, x).square() / (2 * h**2) - d / 2 * math.log(2 * math.pi * h**2)


def others(x, h, d=3):
    return log_bumps(x, h, d).fill_diagonal_(-math.inf).logsumexp(1).mean()


SOLUTION = {
    "0.1": lambda x, mu, sigma: log_density(x, mu, sigma).mean(),
    "0.2": kl,
    "0.4": lambda x, h: others(x, h) - math.log(len(x) - 1),
}

WRONG = {
    "0.1": [
        (lambda x, mu, sigma: -log_density(x, mu, sigma).mean(), "sign"),
        (lambda x, mu, sigma: log_density(x, mu, sigma).sum(), "average"),
        (lambda x, mu, sigma: log_density(x, mu, sigma).mean() + LOG_2PI / 2, "2 pi"),
        (lambda x, mu, sigma: log_density(x, mu, sigma).mean() + math.log(sigma), "log sigma is missing"),
        (lambda x, mu, sigma: log_density(x, mu, sigma).mean() - math.log(sigma), "half"),
        (log_density, "one number for each"),
        (lambda x, mu, sigma: x.mean(), "worked example"),
    ],
    "0.2": [
        (lambda p, q: kl(p, q) / math.log(2), "bits"),
        (lambda p, q: kl(q, p), "over p"),
        (lambda p, q: -kl(p, q), "negative"),
        (lambda p, q: -torch.xlogy(p, q).sum(), "cross-entropy"),
        (lambda p, q: (p - q).abs().sum(), "worked example"),
        (lambda p, q: (p * (p / q).log()).sum(), "p_i = 0"),
        (lambda p, q: (torch.xlogy(p, p) - torch.xlogy(p, q.clamp(min=1e-6))).sum(), "infinite"),
    ],
    "0.4": [
        (lambda x, h: log_bumps(x, h, 3).logsumexp(1).mean() - math.log(len(x)), "own bump"),
        (lambda x, h: others(x, h) - math.log(len(x)), "n - 1"),
        (others, "subtract"),
        (lambda x, h: others(x, h, d=1) - math.log(len(x) - 1), "d dimensions"),
        (lambda x, h: x.mean(), "log of the average"),
    ],
}
