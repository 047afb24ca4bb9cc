"""Truths of precision, recall, density and coverage: known by construction, by hand, or on average."""

import math

import pytest
import torch
from draws import noise, seeded
from test_distances import Pixels, images_of

from gencourse import metrics
from gencourse.metrics import density_coverage_points, neighbours, precision_recall_points

BOTH = [precision_recall_points, density_coverage_points]


def cloud(n, seed=0, d=8, at=0.0):
    return torch.randn(n, d, generator=seeded(seed)) + at


def by_hand(x, y, k):
    """All four numbers from the definitions, by loops over pairs of points in double precision."""

    def radius(points, i):
        return sorted(math.dist(points[i], p) for j, p in enumerate(points) if j != i)[k - 1]

    def hits(points, centres):
        return [[math.dist(p, c) <= radius(centres, i) for i, c in enumerate(centres)] for p in points]

    x, y = x.double().tolist(), y.double().tolist()
    in_real, in_fake = hits(y, x), hits(x, y)
    share = [sum(map(any, rows)) / len(rows) for rows in (in_real, in_fake, list(zip(*in_real, strict=True)))]
    return share[0], share[1], sum(map(sum, in_real)) / (k * len(y)), share[2]


@pytest.mark.parametrize("rows", [1, 7, 1000])
@pytest.mark.parametrize(("n", "m", "k"), [(30, 20, 1), (20, 30, 3), (9, 40, 5)])
def test_all_four_are_those_of_the_definitions(n, m, k, rows, monkeypatch):
    monkeypatch.setattr(neighbours, "ROWS", rows)  # in pieces or at once
    x, y = cloud(n, d=3), cloud(m, seed=1, d=3, at=0.8)
    got = torch.cat([measure(x, y, k) for measure in BOTH]).tolist()
    assert got == pytest.approx(by_hand(x, y, k), abs=1e-12) and min(got[:2]) < 1


@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_set_is_near_itself(k):
    x = cloud(200)
    assert precision_recall_points(x, x, k).tolist() == [1, 1]
    # every ball holds its centre and k neighbours, the last of them on its surface
    assert density_coverage_points(x, x, k).tolist() == pytest.approx([(k + 1) / k, 1])


def test_sets_far_from_each_other_have_nothing_in_common():
    for measure in BOTH:
        assert measure(cloud(100), cloud(80, seed=1, at=50)).tolist() == [0, 0]


def test_a_generator_that_knows_one_of_two_modes_has_all_precision_and_half_the_recall():
    mode = cloud(100)
    both = torch.cat([mode, cloud(100, seed=1, at=50)])
    assert precision_recall_points(both, mode).tolist() == [1, 0.5]
    assert density_coverage_points(both, mode).tolist() == pytest.approx([6 / 5, 0.5])
    # and one that adds a mode which is not real has half the precision, and all of the recall
    assert precision_recall_points(mode, both).tolist() == [0.5, 1]
    assert density_coverage_points(mode, both).tolist() == pytest.approx([3 / 5, 1])


def test_exchanging_the_sets_exchanges_precision_and_recall():
    x, y = cloud(150), cloud(90, seed=1, at=0.5)
    forth, back = precision_recall_points(x, y), precision_recall_points(y, x)
    assert forth.tolist() == back.flip(0).tolist() and forth[0] != forth[1]


@pytest.mark.parametrize("measure", BOTH)
def test_turning_scaling_and_moving_all_points_changes_nothing(measure):
    x, y = cloud(150).double(), cloud(90, seed=1, at=0.5).double()
    q, _ = torch.linalg.qr(torch.randn(8, 8, generator=seeded(2), dtype=torch.float64))
    expected = measure(x, y).tolist()
    for change in (lambda t: t @ q, lambda t: 37 * t, lambda t: t + 5, lambda t: t.flip(0)):
        assert measure(change(x), change(y)).tolist() == pytest.approx(expected, abs=1e-12)
    assert max(expected) < 1 or measure is density_coverage_points


def test_more_neighbours_reach_further():
    x, y = cloud(150), cloud(90, seed=1, at=0.5)
    shares = torch.stack([precision_recall_points(x, y, k) for k in (1, 2, 4, 8)])
    assert (shares.diff(dim=0) >= 0).all() and (shares[-1] > shares[0]).all()


def test_balls_of_copies_have_no_size():
    """Four copies of each point: with k = 3 all radii are 0, and only copies are near. No rounding may blur that."""
    x = cloud(40, d=64, at=30.0)  # far from the origin, where a matrix product would round most
    real = x.repeat(4, 1)
    assert neighbours.radii(real, 3).tolist() == [0] * 160
    assert precision_recall_points(real, real).tolist() == [1, 1]
    close = x.clone()
    close[:10] += 1e-3
    assert precision_recall_points(real, close.repeat(4, 1)).tolist() == [0.75, 0.75]
    assert float(neighbours.radii(real, 4).min()) > 0  # the fourth other point is another one


def test_a_model_that_draws_one_image_is_precise_and_reaches_nothing():
    x = cloud(100)
    assert precision_recall_points(x, x[:1].repeat(50, 1)).tolist() == pytest.approx([1, 0.01])


def test_an_outlier_makes_bad_samples_pass_for_good_ones_but_hardly_dense():
    """What density was made for: one real point far away has a ball that holds a whole cloud of bad samples."""
    real, bad = torch.cat([cloud(100), cloud(1, seed=1, at=60)]), cloud(50, seed=2, at=30)
    assert precision_recall_points(real, bad)[0] == 1
    assert density_coverage_points(real, bad).tolist() == pytest.approx([1 / 5, 1 / 101])


def test_of_two_samples_of_one_distribution_density_and_coverage_are_known_on_average():
    n, m, k, times = 20, 30, 3, 600
    seen = torch.stack([density_coverage_points(cloud(n, s, 3), cloud(m, 10_000 + s, 3), k) for s in range(times)])
    expected = torch.tensor([1.0, 1 - math.prod((n - i) / (n + m - i) for i in range(1, k + 1))]).double()
    error = seen.std(0) / times**0.5
    assert ((seen.mean(0) - expected).abs() < 4 * error).all() and (error < 0.02).all()


def test_distances_are_never_all_held_at_once(monkeypatch):
    held, cdist = [], torch.cdist
    monkeypatch.setattr(torch, "cdist", lambda x, y, **way: held.append(len(x)) or cdist(x, y, **way))
    for measure in BOTH:
        measure(cloud(2500, d=1), cloud(1100, seed=1, d=1))
    assert max(held) == neighbours.ROWS < 1100


# ---------------------------------------------------------------- of images


def test_images_are_measured_by_their_features(test):
    real, fake = test.images[:300], test.images[300:500]
    x, y = metrics.features(real), metrics.features(fake)
    assert metrics.precision_recall(real, fake) == tuple(precision_recall_points(x, y, 3).tolist())
    assert metrics.density_coverage(real, fake) == tuple(density_coverage_points(x, y, 5).tolist())
    points = torch.rand(60, 4, generator=seeded(0)), torch.rand(50, 4, generator=seeded(1))
    images = [images_of(p) for p in points]
    assert metrics.precision_recall(*images, 2, net=Pixels()) == tuple(precision_recall_points(*points, 2).tolist())
    assert metrics.density_coverage(*images, 2, net=Pixels()) == tuple(density_coverage_points(*points, 2).tolist())


def test_missing_classes_lower_the_recall_and_noise_lowers_the_precision(train):
    real, later, labels = train.images[:1000], train.images[1000:], train.labels[1000:]
    p, r = metrics.precision_recall(real, later[:1000])
    few_p, few_r = metrics.precision_recall(real, later[labels < 3][:1000])
    noisy_p, _ = metrics.precision_recall(real, torch.lerp(later[:1000].float() / 255, noise(1000), 0.15))
    assert few_p > p - 0.1 and few_r < 0.6 * r and noisy_p < 0.8 * p


@pytest.mark.parametrize("measure", [metrics.precision_recall, metrics.density_coverage])
def test_what_cannot_be_measured_is_named(measure, test):
    few, many = test.images[:3], test.images[:10]
    for k in (0, -1, True):
        with pytest.raises(ValueError, match="k must be a whole number of at least 1"):
            measure(many, many, k)
    with pytest.raises(ValueError, match="fake must hold at least 4 images, got 3"):
        measure(many, few, 3)
    with pytest.raises(ValueError, match="real must hold at least 4 images, got 3"):
        measure(few, many, 3)
    with pytest.raises(ValueError, match=r"real must have shape \(N, 1, 28, 28\)"):
        measure(torch.zeros(9, 28, 28), many)
    assert all(0 <= value for value in measure(many, many[:4], 3))
