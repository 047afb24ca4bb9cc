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


@pytest.mark.parametrize("measure", [metrics.precision_recall_points, metrics.density_coverage_points])
def test_the_values_of_halves_are_those_of_the_whole_sets(measure):
    x, y = points(90), points(70, seed=1, shift=0.7)
    assert [one.value for one in metrics.halves_interval(measure, x, y, 3)] == measure(x, y).tolist()


@pytest.mark.parametrize("measure", [metrics.precision_recall_points, metrics.density_coverage_points])
@pytest.mark.parametrize(("n", "m"), [(300, 300), (120, 600), (600, 120)])
def test_the_spread_of_halves_is_about_that_of_repetitions(measure, n, m):
    """Within a factor of 1.6. The error of a plain share leaves out that the balls vary too, and is far too small."""
    repeated = torch.stack([measure(points(n, k, 16), points(m, 1000 + k, 16, 0.7)) for k in range(60)]).std(0)
    spreads = [
        [(one.high - one.low) / 3.92 for one in metrics.halves_interval(measure, points(n, k, 16), y, 60)]
        for k, y in ((k, points(m, 1000 + k, 16, 0.7)) for k in range(5))
    ]
    ratio = torch.tensor(spreads, dtype=torch.float64).mean(0) / repeated
    assert ((ratio > 1 / 1.6) & (ratio < 1.6)).all()
    if measure is metrics.precision_recall_points:
        share = measure(points(n, d=16), points(m, 1000, 16, 0.7))
        assert ((share * (1 - share) / torch.tensor([m, n])).sqrt() / repeated).min() < 1 / 1.6


def test_of_a_mean_the_spread_of_halves_is_its_standard_error():
    x, y = points(400, d=1), points(100, seed=1, d=1)
    both = metrics.halves_interval(lambda x, y, exact=True: torch.cat([x.mean(0), y.mean(0)]), x, y, 400)
    for one, set_ in zip(both, (x, y), strict=True):
        assert (one.high - one.low) / 3.92 == pytest.approx(float(set_.std()) / len(set_) ** 0.5, rel=0.15)


def test_the_seed_decides_the_halves():
    def interval(seed):
        return metrics.halves_interval(metrics.precision_recall_points, points(80), points(80, seed=1), 5, seed)

    assert interval(1) == interval(1) != interval(2)


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
