"""How sure is a measured value? Intervals of 95 %, from resampling the images, and over several runs."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from .distances import frechet_distance, mean_and_cov

HALF_WIDTH = 1.96  # standard deviations on either side of a normal variable's mean hold 95 %


class Interval(NamedTuple):
    """A value, and where it would lie in 95 of 100 repetitions with other images."""

    value: float
    low: float
    high: float


def around(value: float, std: float) -> Interval:
    """The interval of a value whose standard error is `std`, taken as normal.

    >>> around(5.0, 1.0)
    Interval(value=5.0, low=3.04, high=6.96)
    """
    return Interval(value, value - HALF_WIDTH * std, value + HALF_WIDTH * std)


def mean_interval(values: Float[Tensor, "n"]) -> Interval:
    """The mean of independent values, such as one ELBO an image, with its standard error std / sqrt(n)."""
    values = values.double()
    return around(float(values.mean()), float(values.std() / len(values) ** 0.5))


def share_interval(share: float, n: int) -> Interval:
    """A share of n independent answers, such as an accuracy, with its standard error sqrt(p (1 - p) / n)."""
    return around(share, (share * (1 - share) / n) ** 0.5)


def fid_interval(
    real: Float[Tensor, "n d"], fake: Float[Tensor, "m d"], resamples: int = 200, seed: int = 0
) -> Interval:
    """The Fréchet distance of two sets of features, and its spread over resampled sets (bootstrap).

    A resampled set has fewer different images, so its distance is biased further upwards: the spread of the
    resampled distances is used, around the measured value, and not their own quantiles.
    """
    draws = torch.Generator().manual_seed(seed)

    def distance(x: Tensor, y: Tensor) -> float:
        return float(frechet_distance(*mean_and_cov(x), *mean_and_cov(y)))

    def again(x: Tensor) -> Tensor:
        return x[torch.randint(len(x), (len(x),), generator=draws)]

    spread = torch.tensor([distance(again(real), again(fake)) for _ in range(resamples)]).std()
    return around(distance(real, fake), float(spread))


def kid_interval(
    real: Float[Tensor, "n d"], fake: Float[Tensor, "m d"], resamples: int = 200, seed: int = 0
) -> Interval:
    """The kernel distance of two whole sets of features, and its spread over resampled sets (bootstrap).

    A resampled set holds image i w_i times. Pairs of one image with its own copy are left out, as the estimator
    leaves out the pair (x, x): they would make every resampled distance too large.
    """
    draws = torch.Generator().manual_seed(seed)
    x, y = real.double(), fake.double()
    u, v = (multiplicities(len(t), resamples, draws) for t in (x, y))  # row 0 is the set itself
    distances = within(x, u) + within(y, v) - 2 * between(x, y, u, v) / (len(x) * len(y))
    return around(float(distances[0]), float(distances[1:].std()))


def multiplicities(n: int, resamples: int, draws: torch.Generator) -> Float[Tensor, "r1 n"]:
    """How often each of n images is in each resampled set (R, n); before them, a row of ones for the set itself."""
    picked = torch.randint(n, (resamples, n), generator=draws)
    counts = torch.zeros(resamples, n, dtype=torch.float64).scatter_add_(1, picked, torch.ones(picked.shape).double())
    return torch.cat([torch.ones(1, n, dtype=torch.float64), counts])


def within(x: Float[Tensor, "n d"], w: Float[Tensor, "r1 n"]) -> Float[Tensor, "r1"]:
    """The mean kernel of pairs of different images, for each row of multiplicities."""
    own = (w.square() * ((x * x).sum(1) / x.shape[1] + 1) ** 3).sum(1)
    return (between(x, x, w, w) - own) / (w.sum(1) ** 2 - w.square().sum(1))


def between(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], u: Float[Tensor, "r1 n"], v: Float[Tensor, "r1 m"]
) -> Float[Tensor, "r1"]:
    """sum_ij u_i v_j k(x_i, y_j) for each row, in pieces: for 10,000 images the whole matrix would take 800 MB."""
    pieces = zip(y.split(1000), v.split(1000, dim=1), strict=True)
    return sum(((u @ (x @ rows.T / x.shape[1] + 1) ** 3) * weights).sum(1) for rows, weights in pieces)


def halves_interval(
    measure: Callable[..., Float[Tensor, "q"]],
    real: Float[Tensor, "n d"],
    fake: Float[Tensor, "m d"],
    resamples: int = 200,
    seed: int = 0,
) -> list[Interval]:
    """What `measure(real, fake)` says, and its spread over random halves of both sets: for `precision_recall_points`
    and `density_coverage_points`.

    Halves and not resampled sets: these hold copies, and a copy is the nearest neighbour of its original, at distance
    0. Halves are drawn without replacement; the variance of a mean over them is (1 - 1/2) s^2 / (n/2) = s^2 / n, as of
    the whole set's mean over new images. For what depends on neighbours this is an approximation, which the tests hold
    against repetitions. It counts that other images have other balls, which the error of a share alone leaves out.
    """
    draws = torch.Generator().manual_seed(seed)

    def half(x: Tensor) -> Tensor:
        return x[torch.randperm(len(x), generator=draws)[: len(x) // 2]]

    # not exact: the spread does not feel the rounding of the fast way
    spread = torch.stack([measure(half(real), half(fake), exact=False) for _ in range(resamples)]).std(0)
    return [around(float(value), float(std)) for value, std in zip(measure(real, fake), spread, strict=True)]


def run_interval(values: list[float]) -> Interval:
    """The mean over independent runs, such as several seeds, with Student's t for so few: at least two.

    >>> run_interval([1.0, 3.0]).value
    2.0
    """
    from scipy.stats import t

    values = torch.tensor(values, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("an interval over runs needs at least two of them")
    half = float(values.std()) / len(values) ** 0.5 * float(t.ppf(0.975, len(values) - 1))
    mean = float(values.mean())
    return Interval(mean, mean - half, mean + half)
