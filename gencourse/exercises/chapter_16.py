"""Checks of the exercises of chapter 16, Distances between distributions."""

from collections.abc import Callable, Sequence

import torch

from .. import metrics
from . import close


def gaussians(d: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two means (d,) and covariances (d, d), float64."""
    generator = torch.Generator().manual_seed(seed)
    mu1, mu2 = torch.randn(2, d, generator=generator, dtype=torch.float64)
    a, b = torch.randn(2, d, d, generator=generator, dtype=torch.float64)
    return mu1, a @ a.T, mu2, b @ b.T


def check_16_2(frechet: Callable) -> str | None:
    """The Fréchet distance from the eigenvalues of the product of the covariances."""
    one, zero = torch.eye(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    got = frechet(zero, one, zero + 3, 4 * one)
    if close(got, 10**0.5):
        return "Leave the root out: this is the distance, and what everybody reports as FID is its square, here 10."
    if close(got, 9 + 1 + 4 - 2 * 4):
        return "Take the square root of each eigenvalue before you add them up."
    if not close(got, 10.0):
        return f"For N(0, 1) and N(3, 4) the text finds 9 + 1 = 10 by hand, you have {float(got):.4f}."
    mu1, cov1, mu2, cov2 = gaussians(5, seed=0)
    got, expected = frechet(mu1, cov1, mu2, cov2), metrics.frechet_distance(mu1, cov1, mu2, cov2)
    if close(got, (mu1 - mu2).square().sum() + (cov1.diagonal().sqrt() - cov2.diagonal().sqrt()).square().sum()):
        return "This compares the variances coordinate by coordinate, which is right for diagonal covariances only."
    if not close(got, expected, rtol=1e-6):
        return f"For two Gaussians in 5 dimensions the distance is {float(expected):.4f}, you have {float(got):.4f}."
    return None


def check_16_3(mmd: Callable) -> str | None:
    """The unbiased estimate of the squared MMD with the cubic kernel."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    y = torch.randn(6, 3, generator=generator, dtype=torch.float64) + 1
    k_xx, k_yy, k_xy = ((a @ b.T / 3 + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    got, expected = mmd(x, y), metrics.kernel_distance(x, y)
    if close(got, k_xx.mean() + k_yy.mean() - 2 * k_xy.mean()):
        return "This is the biased estimate: leave the pairs of a point with itself out of the two first means."
    off = [(k.sum() - k.trace()) / 36 for k in (k_xx, k_yy)]
    if close(got, off[0] + off[1] - 2 * k_xy.mean()):
        return "The diagonal is gone, but you still divide by n^2; there are n (n - 1) pairs of different points."
    if close(got, metrics.kernel_distance(3**0.5 * x, 3**0.5 * y)):
        return "The kernel divides the inner product by the number of dimensions d, here 3."
    if not close(got, expected, rtol=1e-6):
        return f"For 6 and 6 points in 3 dimensions the estimate is {float(expected):.4f}, you have {float(got):.4f}."
    if not close(mmd(x, y[:4]), metrics.kernel_distance(x, y[:4]), rtol=1e-6):
        return "The two sets may have different sizes: each mean has its own number of pairs."
    return None


def check_16_4(precision: Callable) -> str | None:
    """The share of fake points within the distance of some real point to its k-th nearest other real point."""
    real = torch.tensor([[0.0], [1.0], [3.0], [7.0]])  # radii for k = 1: 1, 1, 2, 4
    if close(precision(real, torch.tensor([[20.0], [2.0]]), 1), 0.0):
        return "The point 2 lies within 1 of the real point 1. Did you count a point as its own nearest neighbour?"
    got = precision(real, torch.tensor([[4.5], [-0.5], [-3.0], [11.5]]), 1)
    if close(got, 0.25):
        return "Every real point has its own radius, and one ball that holds the fake point is enough."
    if not close(got, 0.5):
        return f"With k = 1, 4.5 and -0.5 are covered, -3 and 11.5 are not: 0.5; you have {float(got):.4f}."
    if not close(precision(real, torch.tensor([[-2.0], [-6.0]]), 2), 0.5):
        return "With k = 2 the radii are 3, 2, 3 and 6: of -2 and -6 the first is covered."
    return None


def check_16_5(points: Callable[[], Sequence[float]]) -> str | None:
    """Numbers that share mean, variance and third moment with -1 and 1, and are not just these."""
    x = torch.as_tensor(points(), dtype=torch.float64).flatten()
    if len(x) < 2:
        return "Return a list of at least two numbers."
    if close(x.abs(), torch.ones_like(x), rtol=1e-3):
        return "These are -1 and 1 themselves; find others."
    for power, name, expected in ((1, "mean", 0.0), (2, "mean square", 1.0), (3, "mean cube", 0.0)):
        got = float((x**power).mean())
        if abs(got - expected) > 1e-6:
            return f"The {name} of -1 and 1 is {expected:g}, that of your numbers is {got:.4f}."
    return None
