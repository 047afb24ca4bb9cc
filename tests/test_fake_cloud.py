"""The fake cloud: the browser's points, measures and density are the package's, and each case fools whom it should."""

import gzip
import math

import pytest
import torch
import traitlets
from draws import F64, assert_close, normal, seeded
from test_explorers import javascript
from torch import distributions

import gencourse as gc
from gencourse.widgets import FakeCloud
from gencourse.widgets import fake_cloud as fake

CODE = """
import { isWorse, Judge } from "./gencourse/widgets/js/fake_cloud_measures.js";
import { fakePoints, likelihood } from "./gencourse/widgets/js/fake_cloud_points.js";
const { data } = value[0];
const judge = new Judge(data.real);
console.log(JSON.stringify(value.map((state) => {
  const points = fakePoints(state, data);
  const [seen, held_out] = [data.real, data.held].map((x) => likelihood(x, state, data));
  const found = { ...judge.judge(points).measures, seen, held_out };
  const limits = data.limits[state.count];
  const worse = data.measures.filter(([name, , more]) => isWorse(found[name], limits[name], more));
  return { points, ...found, worse: worse.map(([name]) => name) };
})));
"""
OF_POINTS = ("frechet", "kid", "precision", "recall", "density", "coverage")


def clouds() -> list[FakeCloud]:
    """All cases at all counts, and 40 random settings."""
    made = [FakeCloud(**case, count=count) for case in FakeCloud.cases.values() for count in fake.COUNTS]
    draws = torch.rand(40, 7, generator=seeded(1), dtype=F64).tolist()
    for i, (x, y, a, b, t, share, outlier) in enumerate(draws):
        place = {"centre": [3 * x - 1.5, 3 * y - 1.5], "stretch": [0.25 + 1.25 * a, 0.25 + 1.25 * b]}
        shape, count = ("modes", "gaussian", "copies")[i % 3], fake.COUNTS[i % 2]
        rest = {"angle": 360 * t - 180, "share": share, "outlier": outlier > 0.5, "shape": shape, "count": count}
        made.append(FakeCloud(**place, **rest))
    return made


def test_the_browsers_points_measures_and_verdicts_are_those_of_the_package():
    made = clouds()
    for cloud, found in zip(made, javascript(CODE, [cloud.state() for cloud in made]), strict=True):
        assert_close(found["points"], cloud.points(), tol=1e-12)
        for name, expected in cloud.measures().items():
            # Counts are counts. The others lose digits where sums of thousands cancel or an exponent is large.
            within = 1e-10 if name in ("frechet", "kid") else 1e-12 * max(1, abs(expected))
            assert found[name] == pytest.approx(expected, rel=0, abs=within), (name, cloud.state())
        assert found["worse"] == cloud.worse()


def test_the_package_judges_the_points_as_its_own_metrics_do():
    real, points = fake.draws()["real"], FakeCloud(angle=20, share=0.6).points()
    found = FakeCloud(angle=20, share=0.6).measures()
    gaussians = [t for cloud in (real, points) for t in gc.metrics.mean_and_cov(cloud)]
    assert found["frechet"] == pytest.approx(gc.metrics.frechet_distance(*gaussians).item(), rel=1e-12)
    assert found["kid"] == pytest.approx(gc.metrics.kernel_distance(real, points).item(), rel=1e-12)
    assert [found["precision"], found["recall"]] == gc.metrics.precision_recall_points(real, points).tolist()
    assert [found["density"], found["coverage"]] == gc.metrics.density_coverage_points(real, points).tolist()


# The density


def test_at_rest_the_fake_density_is_that_of_the_data():
    x = 3 * normal(200, 2)
    assert_close(FakeCloud().log_prob(x), fake.DATA.log_prob(x), tol=1e-12)


@pytest.mark.parametrize("outlier", [False, True])
@pytest.mark.parametrize("shape", ["modes", "gaussian", "copies"])
def test_the_fake_density_is_the_mixture_of_the_moved_gaussians(shape, outlier):
    """By torch's own mixtures: means centre + L mu_k, covariance sd^2 L L^T, and the outlier's Gaussian."""
    form = {"centre": [1, -0.5], "stretch": [0.5, 1.25], "angle": 70, "share": 0.2}
    cloud = FakeCloud(shape=shape, outlier=outlier, count=50, **form)
    weights, means, sd = cloud.mixture()
    linear, weights = cloud.linear(), torch.tensor(weights, dtype=F64)
    means = torch.tensor(cloud.centre, dtype=F64) + means @ linear.T
    cov = (sd**2 * linear @ linear.T).expand(len(means), 2, 2)
    if outlier:
        weights = torch.cat([weights * 49 / 50, torch.tensor([1 / 50], dtype=F64)])
        means = torch.cat([means, torch.tensor([fake.OUTLIER], dtype=F64)])
        cov = torch.cat([cov, fake.DATA.sigma**2 * torch.eye(2, dtype=F64)[None]])
    gaussians = distributions.MultivariateNormal(means, cov)
    truth = distributions.MixtureSameFamily(distributions.Categorical(weights), gaussians)
    x = 2 * normal(100, 2)
    assert ((cloud.log_prob(x) - truth.log_prob(x)) / truth.log_prob(x)).abs().max() <= 1e-9


@pytest.mark.parametrize("shape", ["modes", "gaussian"])
def test_the_fake_points_are_a_sample_of_the_fake_density(shape):
    """Mean and covariance of 300 points within five standard errors of those of the density."""
    cloud = FakeCloud(shape=shape, centre=[1, -0.5], stretch=[0.5, 1.25], angle=70, share=0.2)
    weights, means, sd = cloud.mixture()
    weights = torch.tensor(weights, dtype=F64)
    centred = means - weights @ means
    spread = centred.T @ (weights[:, None] * centred) + sd**2 * torch.eye(2, dtype=F64)
    cov = cloud.linear() @ spread @ cloud.linear().T
    mean = torch.tensor(cloud.centre, dtype=F64) + cloud.linear() @ (weights @ means)
    found_mean, found_cov = gc.metrics.mean_and_cov(cloud.points())
    sizes = cov.diagonal().sqrt()
    assert ((found_mean - mean).abs() <= 5 * sizes / 300**0.5).all()
    assert ((found_cov - cov).abs() <= 5 * math.sqrt(2 / 300) * torch.outer(sizes, sizes)).all()


def test_the_share_is_the_share_of_the_first_mode():
    first = fake.DATA.means[0].double()
    for share in (0, 0.2, 1 / 3, 0.8, 1):
        near = (FakeCloud(share=share).points() - first).norm(dim=1) < math.sqrt(3)  # half of the way to another
        assert near.double().mean() == pytest.approx(share, abs=0.03 + 4 * math.sqrt(share * (1 - share) / 300))


# Each case fools whom it should


def seen_by(case: str, count: int) -> set[str]:
    return set(FakeCloud(**FakeCloud.cases[case], count=count).worse())


@pytest.mark.parametrize("count", fake.COUNTS)
def test_a_perfect_cloud_is_worse_than_a_perfect_one_in_nothing(count):
    assert seen_by("perfect", count) == set()


@pytest.mark.parametrize("count", [100, 300])
def test_each_case_is_seen_by_some_measures_and_not_by_others(count):
    everything = set(fake.MEASURES)
    assert seen_by("turned", count) == everything - {"frechet"}
    assert seen_by("one Gaussian", count) == everything - {"frechet", "recall"}
    assert seen_by("too wide", count) == everything - {"recall"}
    for case in ("a mode dropped", "collapsed"):
        assert seen_by(case, count) == everything - {"precision", "density"}
    assert seen_by("collapsed, one outlier", count) == everything - {"precision", "density", "recall"}
    assert seen_by("copies", 300) == {"held_out"}


def test_turned_and_round_clouds_have_the_mean_and_the_covariance_of_the_data():
    """Exactly, as distributions: so the Fréchet distance of the densities is 0."""
    means = fake.DATA.means.double()
    assert_close(means.mean(0), torch.zeros(2), tol=1e-6)
    cov = means.T @ means / 3 + fake.DATA.sigma**2 * torch.eye(2, dtype=F64)
    assert_close(cov, fake.SD**2 * torch.eye(2, dtype=F64), tol=1e-6)
    turn = FakeCloud(angle=60).linear()
    assert_close(turn @ cov @ turn.T, cov, tol=1e-6)


def test_copies_are_copies_and_perfect_for_all_that_looks_at_them():
    cloud = FakeCloud(shape="copies")
    assert torch.equal(cloud.points(), fake.draws()["real"])
    found = cloud.measures()
    assert found["frechet"] < 1e-12 and found["kid"] < 0 and found["density"] == pytest.approx(6 / 5)
    assert found["precision"] == found["recall"] == found["coverage"] == 1
    own = fake.DATA.log_prob(fake.draws()["real"]).mean()
    assert found["seen"] > own > found["held_out"] + 10


def test_a_limit_is_the_worst_of_nineteen_perfect_clouds_and_the_likelihood_of_their_density():
    rng = seeded(fake.SEED + 1)
    for count in fake.COUNTS:
        clouds = [fake.judged(fake.DATA.sample(count, rng).double()) for _ in range(19)]
        for name in OF_POINTS:
            more, limit = fake.MEASURES[name][1], fake.limits()[count][name]
            beaten = [c[name] >= limit - 5e-4 if more else c[name] <= limit + 5e-4 for c in clouds]
            assert all(beaten) and any(abs(c[name] - limit) <= 5e-4 for c in clouds)
        own = FakeCloud(count=count).measures()
        for name in fake.LIKELIHOODS:
            assert fake.limits()[count][name] == round(own[name], 3)


# The class


def test_the_state_of_a_fake_cloud_is_checked():
    cloud = FakeCloud(centre=torch.tensor([1.0, 0.5]), count=50)
    wrong = {"shape": "ring", "centre": [1.6, 0], "stretch": [1, 0.1], "angle": 181, "share": -0.1, "count": 200}
    for name, value in [*wrong.items(), ("stretch", [1, 2]), ("centre", [1, 0, 0]), ("centre", [math.nan, 0])]:
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(cloud, name, value)
    assert cloud.centre == [1.0, 0.5] and cloud.stretch == [1.0, 1.0] and cloud.count == 50


def test_the_words_of_the_picture_say_who_is_fooled():
    words = FakeCloud(**FakeCloud.cases["copies"]).alt()
    assert words.endswith("Worse than a perfect cloud: log q of held-out points.")
    assert "recall 1.000" in words and "300 fake ones that are copies" in words


def test_a_fake_cloud_is_small_enough_for_a_page():
    assert len(gzip.compress(FakeCloud().html().encode())) < 50_000


def test_what_is_random_is_drawn_once_and_leaves_the_global_numbers_alone():
    fake.draws.cache_clear()
    fake.limits.cache_clear()
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    first = FakeCloud().state()
    assert torch.equal(torch.rand(1), expected)
    fake.draws.cache_clear()
    fake.limits.cache_clear()
    assert FakeCloud().state() == first
