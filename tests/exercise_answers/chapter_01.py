"""Right and plausible wrong answers to the exercises of chapter 1."""

import torch


def worst_case(w, t):
    x = t * w.sign()
    return w @ x, x


def mahalanobis(x, mean, cov):
    d = x - mean
    return (d * torch.linalg.solve(cov, d.T).T).sum(1).sqrt()


def squared_by_inverse(x, mean, cov):
    return ((x - mean) @ torch.linalg.inv(cov) * (x - mean)).sum(1)


def every_pair(x, mean, cov):
    return ((x - mean) @ torch.linalg.inv(cov) @ (x - mean).T).abs().sqrt()


def lengths(g):
    return torch.linalg.vector_norm(g.flatten(1), dim=1)


def with_a_crutch(g):
    return (g.flatten(1).square().sum(1) + 1e-4).sqrt()


ONE, SPREAD = [1.0, 0.0, 0.0, 0.0], [0.26, 0.26, 0.26, 0.26]

SOLUTION = {"1.2": worst_case, "1.3": mahalanobis, "1.4": (ONE, SPREAD), "1.5": lengths}
WRONG = {
    "1.2": [
        (lambda w, t: (t * w.abs()).sum(), "Return a pair"),
        (lambda w, t: (w @ t, t), "cancel"),
        (lambda w, t: ((w * t).abs().max(), t), "largest term alone"),
        (lambda w, t: (w.abs().sum(), w.sign()), "every tolerance were 1"),
        (lambda w, t: (w.abs().sum() * t.max(), t.max() * w.sign()), "its own tolerance"),
        (lambda w, t: ((w * t).square().sum().sqrt(), w), "2-norm"),
        (lambda w, t: ((w.abs() / t.clamp(min=1)).sum(), t), "largest value is 6"),
        (lambda w, t: (worst_case(w, t)[0], w.sign()), "leaves its tolerance"),
        (lambda w, t: (worst_case(w, t)[0], t), "sign of w_i"),
        (lambda w, t: (worst_case(w, t)[0], t[:2]), "5 coordinates"),
    ],
    "1.3": [
        (squared_by_inverse, "take the root"),
        (lambda x, mean, cov: ((x - mean) @ cov * (x - mean)).sum(1).sqrt(), "count less"),
        (lambda x, mean, cov: (x - mean).norm(dim=1), "not used"),
        (lambda x, mean, cov: ((x - mean) / cov.diagonal().sqrt()).norm(dim=1), "off the diagonal"),
        (lambda x, mean, cov: mahalanobis(x, 0 * mean, cov), "Subtract the mean"),
        (lambda x, mean, cov: torch.linalg.solve(cov, (x - mean).T).T.norm(dim=1), "instead"),
        (every_pair, "shape (4,)"),
        (lambda x, mean, cov: 2 * mahalanobis(x, mean, cov), "should be"),
    ],
    "1.4": [
        (1.0, "pair of vectors"),
        (([1.0, 0.0], [0.6, 0.6]), "four coordinates"),
        ((SPREAD, ONE), "exchanged"),
        (([0.26] * 4, [1.0, 0.01, 0.0, 0.0]), "exchanged"),
        ((ONE, [0.2] * 4), "make b larger"),
        ((ONE, [0.5, 0.51, 0.0, 0.0]), "concentrate a"),
    ],
    "1.5": [
        (lambda g: (g**2).sum().sqrt(), "whole batch"),
        (lambda g: (g**2).flatten(1).sum(1), "squared"),
        (lambda g: (g**2).flatten(1).mean(1).sqrt(), "average"),
        (lambda g: torch.linalg.vector_norm(g, dim=-1), "flatten all"),
        (lambda g: g.flatten(1).abs().sum(1), "should be"),
        (lambda g: (g**2).flatten(1).sum(1).sqrt(), "NaN"),
        (with_a_crutch, "too large"),
    ],
}
