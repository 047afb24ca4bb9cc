"""Truths of intervals: the value is the metric's own, and 95 of 100 repetitions fall where it says."""

import pytest
import torch

from gencourse import metrics
from gencourse.metrics import intervals


def points(n, seed=0, d=4, shift=0.0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) + shift


def test_the_fid_is_that_of_the_gaussians():
    x, y = points(200), points(150, seed=1, shift=0.5)
    expected = metrics.frechet_distance(*metrics.mean_and_cov(x), *metrics.mean_and_cov(y))
    assert metrics.fid_interval(x, y, resamples=3).value == pytest.approx(float(expected))


def test_the_kid_is_the_kernel_distance_of_the_whole_sets():
    x, y = points(1203), points(1150, seed=1, shift=0.5)  # more than one piece of the kernel matrix
    expected = metrics.kernel_distance(x.double(), y.double())
    assert metrics.kid_interval(x, y, resamples=3).value == pytest.approx(float(expected))


def test_copies_of_an_image_do_not_count_as_pairs():
    """The estimate from resampled sets is that of the pairs of different images, weighted: by hand, for three."""
    x, w = points(3).double(), torch.tensor([[2.0, 1.0, 0.0]], dtype=torch.float64)
    k = (x @ x.T / 4 + 1) ** 3
    assert torch.allclose(intervals.within(x, w), k[0, 1][None])  # the only pair of different images
    assert torch.allclose(intervals.within(x, torch.ones(1, 3).double()), (k.sum() - k.trace())[None] / 6)


@pytest.mark.parametrize("interval", [metrics.fid_interval, metrics.kid_interval])
@pytest.mark.parametrize(("n", "m"), [(300, 300), (80, 1500), (1500, 80)])
def test_the_spread_is_that_of_repetitions(interval, n, m):
    """The half-width is 1.96 standard deviations of the value over new images, whichever set has few of them."""
    repeated = [interval(points(n, seed=k), points(m, seed=100 + k, shift=0.7), 2).value for k in range(60)]
    one = interval(points(n), points(m, seed=100, shift=0.7), 100)
    assert (one.high - one.low) / 2 == pytest.approx(1.96 * float(torch.tensor(repeated).std()), rel=0.5)
    assert one.low < one.value < one.high


@pytest.mark.parametrize("interval", [metrics.fid_interval, metrics.kid_interval])
def test_the_seed_decides(interval):
    x, y = points(80), points(80, seed=1)
    assert interval(x, y, 5, seed=1) == interval(x, y, 5, seed=1) != interval(x, y, 5, seed=2)


def test_a_mean_has_the_error_of_a_mean():
    x = points(400, d=1)[:, 0]
    one = metrics.mean_interval(x)
    assert one.value == pytest.approx(float(x.mean())) and (one.high - one.low) / 3.92 == pytest.approx(
        float(x.std()) / 20
    )


def test_a_share_has_the_error_of_a_coin():
    one = metrics.share_interval(0.5, 100)
    assert (one.high - one.low) / 3.92 == pytest.approx(0.05)
    assert metrics.share_interval(1.0, 100) == (1.0, 1.0, 1.0)


def test_over_runs_the_interval_is_students():
    one = metrics.run_interval([1.0, 3.0])  # one degree of freedom: t = 12.706, standard error 1
    assert one.value == 2.0 and one.high - 2.0 == pytest.approx(12.706, rel=1e-4) and 2.0 - one.low == one.high - 2.0
    with pytest.raises(ValueError, match="at least two"):
        metrics.run_interval([1.0])
