"""Distances between sets of images: closed forms, invariances and unbiasedness, never a number copied from a run."""

import math

import numpy as np
import pytest
import torch
from draws import noise, seeded
from scipy import linalg
from torch import nn

from gencourse import data, metrics
from gencourse.metrics import classifier as classifier_module


def random_cov(d, seed, dtype=torch.float64):
    a = torch.randn(d, d + 2, generator=seeded(seed), dtype=dtype)
    return a @ a.T / d


class Pixels(nn.Module):
    """A feature net whose features are four pixels: distances in it are known."""

    num_features = 4

    def forward(self, images):
        return classifier_module.as_float(images)[:, 0, 0, :4]


def images_of(points):
    """Images whose first four pixels are the points."""
    images = torch.zeros(len(points), 1, 28, 28)
    images[:, 0, 0, :4] = points
    return images


# ---------------------------------------------------------------- the closed form


def frechet_by_scipy(mu1, cov1, mu2, cov2):
    root = linalg.sqrtm(cov1.numpy() @ cov2.numpy()).real
    return float((mu1 - mu2).square().sum()) + float(np.trace(cov1.numpy() + cov2.numpy() - 2 * root))


@pytest.mark.parametrize("d", [1, 2, 7, 40])
def test_frechet_distance_is_the_textbook_formula_with_a_matrix_square_root(d):
    mu1, mu2 = torch.randn(2, d, generator=seeded(d), dtype=torch.float64)
    cov1, cov2 = random_cov(d, 1), random_cov(d, 2)
    ours = float(metrics.frechet_distance(mu1, cov1, mu2, cov2))
    assert ours == pytest.approx(frechet_by_scipy(mu1, cov1, mu2, cov2), rel=1e-9)


def test_frechet_distance_in_one_dimension_is_the_sum_of_two_squared_differences():
    for m, s, n, t in [(0, 1, 3, 2), (-1, 0.5, 1, 0.5), (2, 0, 2, 5)]:
        mu, cov = torch.tensor([[m], [n]]).double(), torch.tensor([[[s**2]], [[t**2]]]).double()
        distance = float(metrics.frechet_distance(mu[0], cov[0], mu[1], cov[1]))
        assert distance == pytest.approx((m - n) ** 2 + (s - t) ** 2, abs=1e-12)


def test_frechet_distance_of_commuting_covariances_compares_the_standard_deviations():
    q, _ = torch.linalg.qr(torch.randn(5, 5, generator=seeded(0), dtype=torch.float64))
    s, t = torch.rand(2, 5, generator=seeded(1), dtype=torch.float64)
    zero = torch.zeros(5, dtype=torch.float64)
    distance = metrics.frechet_distance(zero, (q * s**2) @ q.T, zero, (q * t**2) @ q.T)
    assert float(distance) == pytest.approx(float((s - t).square().sum()), abs=1e-12)


def test_frechet_distance_is_a_distance_and_does_not_feel_a_rotation():
    zero, mu = torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)
    a, b = random_cov(6, 3), random_cov(6, 4)
    forth, back = metrics.frechet_distance(mu, a, zero, b), metrics.frechet_distance(zero, b, mu, a)
    q, _ = torch.linalg.qr(random_cov(6, 5))
    turned = metrics.frechet_distance(q @ mu, q @ a @ q.T, q @ zero, q @ b @ q.T)
    assert float(metrics.frechet_distance(mu, a, mu, a)) == pytest.approx(0, abs=1e-12)
    assert float(forth) == pytest.approx(float(back), rel=1e-12) == pytest.approx(float(turned), rel=1e-12)
    assert float(forth) > 6  # the means alone are sqrt(6) apart


def test_frechet_distance_allows_singular_covariances():
    a = torch.tensor([[1.0, 1.0], [1.0, 1.0]]).double()  # a line
    b = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).double()  # the perpendicular line: no overlap at all
    zero = torch.zeros(2).double()
    assert float(metrics.frechet_distance(zero, a, zero, b)) == pytest.approx(4, abs=1e-7)


def test_the_square_root_of_a_covariance_is_symmetric_and_squares_to_it():
    cov = random_cov(9, 0)
    root = metrics.psd_sqrt(cov)
    assert torch.allclose(root @ root, cov, atol=1e-12) and torch.allclose(root, root.T, atol=1e-12)
    assert float(torch.linalg.eigvalsh(root)[0]) > 0


@pytest.mark.parametrize(
    ("mu", "cov", "words"),
    [
        (torch.zeros(2), torch.eye(3), "must be"),
        (torch.zeros(3), torch.zeros(2, 3), "square"),
        (torch.zeros(2), torch.full((2, 2), math.nan), "finite"),
        (torch.zeros(2), torch.tensor([[1.0, 0.0], [0.0, -1.0]]), "negative eigenvalue"),
        (torch.zeros(2), torch.tensor([[1.0, 0.5], [0.0, 1.0]]), "symmetric"),
    ],
)
def test_what_is_no_gaussian_has_no_frechet_distance(mu, cov, words):
    with pytest.raises(ValueError, match=words):
        metrics.frechet_distance(mu, cov, mu, cov)


def test_mean_and_cov_are_those_of_numpy():
    x = torch.randn(30, 5, generator=seeded(0))
    mu, cov = metrics.mean_and_cov(x)
    assert np.allclose(mu, x.double().numpy().mean(0)) and np.allclose(cov, np.cov(x.double().numpy().T))
    assert metrics.mean_and_cov(x[:, :1])[1].shape == (1, 1)


# ---------------------------------------------------------------- fid


def test_fid_is_the_closed_form_on_the_features(train, test):
    real, fake = train.images[:500], test.images[:400]
    moments = [metrics.mean_and_cov(metrics.features(x)) for x in (real, fake)]
    closed = float(metrics.frechet_distance(*moments[0], *moments[1]))
    assert metrics.fid(real, fake) == pytest.approx(closed, rel=1e-4)


def test_fid_of_a_set_with_itself_in_any_order_is_zero(test):
    shuffled = test.images[torch.randperm(2000, generator=seeded(0))]
    assert 0 <= metrics.fid(test.images, shuffled) < 1e-3


def test_fid_is_symmetric_and_grows_with_the_damage(test):
    real, clean = test.images[:1000].float() / 255, test.images[1000:]
    assert metrics.fid(real, clean) == pytest.approx(metrics.fid(clean, real), rel=1e-5)
    distances = [metrics.fid(clean, torch.lerp(real, noise(1000), t)) for t in (0.0, 0.3, 0.6, 1.0)]
    assert distances == sorted(distances) and distances[3] > 50 * distances[0]


def test_fid_of_bytes_and_of_the_same_images_as_floats_is_one(test):
    as_bytes, as_floats = test.images[:300], test.images[:300].float() / 255
    assert metrics.fid(as_bytes, as_floats) < 1e-3


def test_fid_of_a_shift_is_the_squared_shift():
    points = torch.rand(400, 4, generator=seeded(0)) / 2
    shift = torch.tensor([0.1, 0.2, 0.0, 0.3])
    assert metrics.fid(images_of(points), images_of(points + shift), net=Pixels()) == pytest.approx(0.14, abs=1e-4)


def test_fid_of_two_samples_of_one_distribution_falls_as_one_over_n(test):
    feats = metrics.features(test.images).double()

    def mean_distance(n):
        splits = [torch.randperm(2000, generator=seeded(s)) for s in range(8)]
        moments = [(metrics.mean_and_cov(feats[p[:n]]), metrics.mean_and_cov(feats[p[n : 2 * n]])) for p in splits]
        return float(np.mean([float(metrics.frechet_distance(*a, *b)) for a, b in moments]))

    assert mean_distance(250) / mean_distance(1000) == pytest.approx(4, rel=0.25)


# ---------------------------------------------------------------- kid


def kid_by_hand(a, b):
    """The unbiased estimate by a double loop over pairs of different examples."""

    def k(x, y):
        return float(x.double() @ y.double() / len(x) + 1) ** 3

    same = [np.mean([k(u, v) for i, u in enumerate(c) for j, v in enumerate(c) if i != j]) for c in (a, b)]
    return sum(same) - 2 * np.mean([k(u, v) for u in a for v in b])


def test_the_kernel_distance_is_the_double_sum_over_different_examples():
    a, b = torch.rand(12, 4, generator=seeded(0)), torch.rand(9, 4, generator=seeded(1))
    assert float(metrics.kernel_distance(a, b)) == pytest.approx(kid_by_hand(a, b), abs=1e-5)
    both = metrics.kernel_distance(torch.stack([a, a + 1]), torch.stack([b, b]))  # batched
    assert both.tolist() == pytest.approx([kid_by_hand(a, b), kid_by_hand(a + 1, b)], abs=1e-4)


def test_the_kernel_distance_is_unbiased_for_a_truth_known_from_moments():
    # on the line (xy + 1)^3 = 1 + 3 xy + 3 x^2 y^2 + x^3 y^3: N(0, 1) and N(1, 1) have moments 0, 1, 0 and 1, 2, 4
    truth = 3 * 1**2 + 3 * (2 - 1) ** 2 + 4**2
    x, y = torch.randn(2, 20_000, 10, 1, generator=seeded(0), dtype=torch.float64)
    estimates = metrics.kernel_distance(x, y + 1)
    assert float(estimates.mean()) == pytest.approx(truth, abs=4 * float(estimates.std()) / math.sqrt(20_000))


def test_kid_of_one_subset_is_the_kernel_distance_of_the_features(test):
    real, fake = test.images[:300], noise(300)
    expected = metrics.kernel_distance(metrics.features(real).double(), metrics.features(fake).double())
    mean, std = metrics.kid(real, fake, subsets=1, subset_size=300)
    assert mean == pytest.approx(float(expected), rel=1e-3) and std == 0


def test_one_point_has_no_kernel_distance():
    with pytest.raises(ValueError, match="at least 2 points"):
        metrics.kernel_distance(torch.zeros(1, 3), torch.zeros(5, 3))


def test_kid_of_two_halves_of_one_distribution_is_zero_on_average(train):
    estimates = []
    for seed in range(12):
        half = torch.randperm(10_000, generator=seeded(seed))[:1000]
        estimates.append(metrics.kid(train.images[half[:500]], train.images[half[500:]], subsets=1)[0])
    error = np.std(estimates, ddof=1) / math.sqrt(12)
    assert abs(np.mean(estimates)) < 4 * error
    assert min(estimates) < 0  # an estimate that cannot be negative is not unbiased at 0
    assert metrics.kid(train.images[:500], noise(500), subsets=1)[0] > 100 * error


def test_the_std_of_kid_is_the_spread_over_its_subsets(train):
    a, b = train.images[:1000], train.images[1000:2000]
    mean, std = metrics.kid(a, b, subsets=20, subset_size=100)
    assert 0 < std and abs(mean) < 3 * std
    assert metrics.kid(a, b, subsets=20, subset_size=1000)[1] < 1e-5 < std  # all the images, 20 times


def test_kid_depends_on_its_seed_alone(test):
    a, b = test.images[:200], noise(200)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = metrics.kid(a, b, subsets=3, subset_size=50)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert metrics.kid(a, b, subsets=3, subset_size=50) == first
    assert metrics.kid(a, b, subsets=3, subset_size=50, seed=1) != first


def test_the_distances_print_nothing(test, recwarn, capfd):
    metrics.kid(test.images[:100], test.images[100:200], subset_size=100)
    metrics.fid(test.images[:100], test.images[100:200])
    assert not recwarn.list and capfd.readouterr() == ("", "")


@pytest.mark.parametrize("distance", [metrics.fid, metrics.kid])
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (torch.zeros(600, 28, 28), r"fake must have shape \(N, 1, 28, 28\)"),
        (torch.zeros(600, 3, 28, 28), r"\(600, 3, 28, 28\)"),
        (torch.full((600, 1, 28, 28), math.nan), "NaN"),
        (torch.full((600, 1, 28, 28), -0.5), "tanh"),
        (torch.full((600, 1, 28, 28), 200.0), r"\[0, 1\]"),
        (torch.zeros(600, 1, 28, 28, dtype=torch.int64), "uint8"),
    ],
)
def test_distances_refuse_what_is_no_image(distance, bad, words, test):
    with pytest.raises(ValueError, match=words):
        distance(test.images[:600], bad)
    with pytest.raises(ValueError, match="real"):
        distance(bad, test.images[:600])


def test_too_few_images_are_refused_with_the_number_that_is_needed(test):
    with pytest.raises(ValueError, match="fake must hold at least 65 images, got 64"):
        metrics.fid(test.images[:65], test.images[:64])
    with pytest.raises(ValueError, match="real must hold at least 500 images, got 499"):
        metrics.kid(test.images[:499], test.images[:500])
    for wrong in ({"subsets": 0}, {"subset_size": 1}):
        with pytest.raises(ValueError, match="need subsets >= 1"):
            metrics.kid(test.images, test.images, **wrong)
    assert metrics.fid(test.images[:65], test.images[65:130]) > 0
