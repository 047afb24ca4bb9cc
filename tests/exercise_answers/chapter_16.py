"""Answers to the exercises of chapter 16: right ones, and wrong ones with a part of the hint that each must get."""

import torch


def frechet(mu1, cov1, mu2, cov2):
    roots = torch.linalg.eigvals(cov1 @ cov2).real.clamp(min=0).sqrt()
    return (mu1 - mu2).square().sum() + cov1.trace() + cov2.trace() - 2 * roots.sum()


def kernel(a, b):
    return (a @ b.T / a.shape[1] + 1) ** 3


def off_diagonal(k, count):
    return (k.sum() - k.trace()) / count


def mmd(x, y):
    n, m = len(x), len(y)
    same = off_diagonal(kernel(x, x), n * (n - 1)) + off_diagonal(kernel(y, y), m * (m - 1))
    return same - 2 * kernel(x, y).mean()


def mmd_of_equal_sizes(x, y):
    pairs = len(x) * (len(x) - 1)
    same = off_diagonal(kernel(x, x), pairs) + off_diagonal(kernel(y, y), pairs)
    return same - 2 * kernel(x, y).mean()


def mmd_over_n_squared(x, y):
    same = off_diagonal(kernel(x, x), len(x) ** 2) + off_diagonal(kernel(y, y), len(y) ** 2)
    return same - 2 * kernel(x, y).mean()


def precision(real, fake, k):
    radius = torch.cdist(real, real).sort(1).values[:, k]  # column 0 is the point itself
    return (torch.cdist(fake, real) <= radius).any(1).float().mean()


def precision_with_itself(real, fake, k):
    radius = torch.cdist(real, real).sort(1).values[:, k - 1]
    return (torch.cdist(fake, real) <= radius).any(1).float().mean()


def precision_one_radius(real, fake, k):
    radius = torch.cdist(real, real).sort(1).values[:, k].min()
    return (torch.cdist(fake, real) <= radius).any(1).float().mean()


def precision_k_is_one(real, fake, k):
    return precision(real, fake, 1) if k == 1 else precision(real, fake, k + 1)


def diagonal(mu1, cov1, mu2, cov2):
    return (mu1 - mu2).square().sum() + (cov1.diagonal().sqrt() - cov2.diagonal().sqrt()).square().sum()


def without_roots(mu1, cov1, mu2, cov2):
    return (mu1 - mu2).square().sum() + (cov1 + cov2 - 2 * cov1 @ cov2).trace()


SOLUTION = {
    "16.2": frechet,
    "16.3": mmd,
    "16.4": precision,
    "16.5": lambda: [-(1.5**0.5), 0.0, 1.5**0.5],
}
WRONG = {
    "16.2": [
        (lambda *args: frechet(*args).sqrt(), "Leave the root out"),
        (without_roots, "square root of each eigenvalue"),
        (diagonal, "coordinate by coordinate"),
        (lambda *args: frechet(*args) + 1, "by hand"),
        (lambda mu1, cov1, mu2, cov2: frechet(mu1, cov1, mu2, cov2.diag().diag()), "5 dimensions"),
    ],
    "16.3": [
        (lambda x, y: kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean(), "biased"),
        (mmd_over_n_squared, "n (n - 1)"),
        (lambda x, y: mmd(3**0.5 * x, 3**0.5 * y), "number of dimensions"),
        (lambda x, y: mmd(x, y) + 1, "the estimate is"),
        (mmd_of_equal_sizes, "different sizes"),
    ],
    "16.4": [
        (precision_with_itself, "own nearest neighbour"),
        (precision_one_radius, "its own radius"),
        (lambda real, fake, k: 1 - precision(real, fake, k) / 4, "are not: 0.5"),
        (precision_k_is_one, "k = 2"),
    ],
    "16.5": [
        (lambda: [0.0], "at least two"),
        (lambda: [1.0, -1.0, 1.0, -1.0], "themselves"),
        (lambda: [1.0, 2.0], "mean of -1"),
        (lambda: [-2.0, 2.0], "mean square"),
        (lambda: [-(2**0.5) / 1, 2**0.5 / 2, 2**0.5 / 2], "mean cube"),
    ],
}
