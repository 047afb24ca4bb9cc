"""Metrics: closed forms, invariances and unbiasedness, never a number copied from a run."""

import math
import types

import numpy as np
import pytest
import torch
from scipy import linalg, stats
from torch import nn

from gencourse import assets, data, losses, metrics
from gencourse.metrics import classifier as classifier_module
from gencourse.metrics import train_features


@pytest.fixture(scope="module")
def train():
    return data.fashion_mnist("train")


@pytest.fixture(scope="module")
def test():
    return data.fashion_mnist("test")


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """An empty folder of assets beside the real images, so that a test can store weights."""
    (tmp_path / "fashion-mnist").symlink_to(assets.path("fashion-mnist"))
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    return tmp_path


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def noise(n, seed=0):
    return torch.rand(n, 1, 28, 28, generator=seeded(seed))


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


# ---------------------------------------------------------------- the feature net


def test_features_are_standardised_over_real_images(train):
    x = metrics.features(train.images)
    assert x.shape == (10_000, 64) and x.dtype == torch.float32
    assert float(x.mean(0).abs().max()) < 0.05 and float((x.std(0) - 1).abs().max()) < 0.05


def test_features_of_an_image_depend_on_it_alone(train):
    images = train.images[:2500]
    state = {key: t.clone() for key, t in metrics.feature_net().state_dict().items()}
    together, alone = metrics.features(images), metrics.features(images[2100:2110])
    assert torch.allclose(together[2100:2110], alone, atol=1e-5)
    assert all(torch.equal(t, state[key]) for key, t in metrics.feature_net().state_dict().items())
    assert not alone.requires_grad and not metrics.feature_net().training


def test_the_shipped_classifier_is_as_accurate_as_its_manifest_says(test):
    facts = assets.manifest()["features"]
    assert facts["accuracy"] >= 0.91 and facts["test_images"] == 10_000 and "train_features" in facts["command"]
    score = metrics.accuracy(metrics.feature_net().classifier, test.images, test.labels)
    assert score == pytest.approx(facts["accuracy"], abs=0.02)  # three standard errors of 2,000 images


def test_standardise_gives_each_feature_mean_zero_and_variance_one(train):
    torch.manual_seed(0)
    net = metrics.FeatureNet(metrics.Classifier()).standardise(train.images[:500])
    for _ in range(2):  # a second call starts afresh
        x = net(train.images[:500])
        assert torch.allclose(x.mean(0), torch.zeros(64), atol=1e-4)
        assert torch.allclose(x.std(0), torch.ones(64), atol=1e-4)
        net.standardise(train.images[:500])


def test_the_script_stores_a_net_that_loads_as_it_was_measured(stored, monkeypatch, train, test, capsys):
    def embedded(split, full, root):
        assert full and root == "somewhere"
        return data.fashion_mnist(split)

    monkeypatch.setattr(train_features, "fashion_mnist", embedded)
    score = train_features.main(["--root", "somewhere", "--steps", "30", "--seed", "1"])
    net = metrics.FeatureNet(metrics.Classifier())
    net.load_state_dict(assets.load_weights("features"))
    assert metrics.accuracy(net.classifier, test.images, test.labels) == score > 0.6
    assert torch.allclose(net(train.images).std(0), torch.ones(64), atol=5e-3)
    facts = assets.manifest()["features"]
    assert facts["accuracy"] == round(score, 4) and facts["steps"] == 30 and facts["seed"] == 1
    assert facts["command"].endswith("--steps 30 --seed 1") and "test accuracy" in capsys.readouterr().out


def test_the_script_measures_the_weights_that_it_stores(train):
    net = train_features.train(train.images[:500], train.labels[:500], steps=2, seed=0)
    for t in net.state_dict().values():
        assert torch.equal(t, t.half().to(t.dtype))  # rounded before it is measured, not after


# ---------------------------------------------------------------- the classifier and its score


def test_training_depends_on_its_seed_alone_and_leaves_the_global_one(train):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = metrics.train_classifier(train.images[:300], train.labels[:300], steps=3, device="cpu")
    assert torch.equal(torch.get_rng_state(), before) and not first.training
    torch.manual_seed(6)
    again = metrics.train_classifier(train.images[:300], train.labels[:300], steps=3, device="cpu")
    other = metrics.train_classifier(train.images[:300], train.labels[:300], steps=3, seed=1, device="cpu")
    assert torch.equal(first.head.weight, again.head.weight)
    assert not torch.equal(first.head.weight, other.head.weight)


def test_the_first_weights_follow_the_seed(train):
    # the learning rate of the first step is 0, so that one step leaves the weights as they were drawn
    weights = [
        metrics.train_classifier(train.images[:50], train.labels[:50], steps=1, seed=s, device="cpu").head.weight
        for s in (0, 0, 1)
    ]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_the_order_of_the_batches_follows_the_seed(train, monkeypatch):
    seeds = []
    batches = classifier_module.Batches
    monkeypatch.setattr(classifier_module, "Batches", lambda *a, **kw: seeds.append(kw["seed"]) or batches(*a, **kw))
    metrics.train_classifier(train.images[:300], train.labels[:300], steps=1, seed=7, device="cpu")
    assert seeds == [7]


def test_the_learning_rate_rises_and_falls_within_the_steps():
    rates = [classifier_module.warm_then_linear(k / 100) for k in range(101)]
    assert rates[0] == rates[100] == 0 and max(rates) == rates[10] == 1
    assert rates[:11] == sorted(rates[:11]) and rates[10:] == sorted(rates[10:], reverse=True)


def test_real_images_teach_real_images(train):
    score = metrics.classification_accuracy_score(train.images, train.labels, steps=120)
    assert score > 0.8


def test_the_score_is_taken_on_the_test_split_unless_told_otherwise(train, monkeypatch):
    from gencourse.metrics import cas

    splits = []
    monkeypatch.setattr(cas, "fashion_mnist", lambda split: splits.append(split) or data.fashion_mnist(split))
    metrics.classification_accuracy_score(train.images[:20], train.labels[:20], steps=1)
    assert splits == ["test"]


def test_permuted_labels_teach_nothing(train):
    labels = train.labels[torch.randperm(10_000, generator=seeded(0))]
    assert metrics.classification_accuracy_score(train.images, labels, steps=60) < 0.3


def test_the_score_is_taken_on_the_test_images_given(train, test):
    few = train.images[:2000], train.labels[:2000]
    right = metrics.classification_accuracy_score(*few, steps=60, test=(test.images[:500], test.labels[:500]))
    # the same images with every label moved by one: whoever was right is now wrong
    wrong = metrics.classification_accuracy_score(
        *few, steps=60, test=(test.images[:500], (test.labels[:500] + 1) % 10)
    )
    assert right > 0.6 and wrong < 1 - right + 1e-6


def test_the_score_passes_its_steps_and_seed_on(train, test, monkeypatch):
    from gencourse.metrics import cas

    calls = []
    monkeypatch.setattr(
        cas, "train_classifier", lambda *a, **kw: calls.append((a[2:], kw)) or metrics.Classifier().eval()
    )
    metrics.classification_accuracy_score(train.images, train.labels, steps=11, seed=4, device="cpu")
    assert calls == [((11, 4), {"device": "cpu"})]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (torch.zeros(9, dtype=torch.int64), r"shape \(10,\)"),
        (torch.full((10,), 10), "0 to 9"),
        (torch.full((10,), -1), "0 to 9"),
        (torch.zeros(10), "whole numbers"),
    ],
)
def test_labels_that_are_none_are_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        metrics.train_classifier(noise(10), labels, steps=1)
    with pytest.raises(ValueError, match=words):
        metrics.classification_accuracy_score(noise(10), torch.zeros(10).long(), steps=1, test=(noise(10), labels))


def test_training_on_nothing_is_refused():
    with pytest.raises(ValueError, match="steps"):
        metrics.train_classifier(noise(10), torch.zeros(10).long(), steps=0)
    with pytest.raises(ValueError, match="at least 2"):
        metrics.train_classifier(noise(1), torch.zeros(1).long(), steps=1)


# ---------------------------------------------------------------- likelihood bounds


class LinearGaussian(nn.Module):
    """x = w z + s e: p(x) = N(0, w w' + s^2 I) and the posterior are known. `blur` widens q beyond the posterior."""

    def __init__(self, blur=0.0, shift=0.0):
        super().__init__()
        self.w, self.s = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64), 0.7
        self.blur, self.shift = blur, shift
        self.likelihood = types.SimpleNamespace(
            log_prob=lambda logits, x: losses.gaussian_log_density(x, logits, torch.tensor(2 * math.log(self.s)))
        )

    def encode(self, x):
        precision = 1 + float(self.w @ self.w) / self.s**2
        mu = (x @ self.w / self.s**2 / precision)[:, None] + self.shift
        return mu, torch.full_like(mu, -math.log(precision) + self.blur)

    def decode(self, z):
        return z * self.w

    def log_p(self, x):
        cov = torch.outer(self.w, self.w) + self.s**2 * torch.eye(3, dtype=torch.float64)
        return torch.distributions.MultivariateNormal(torch.zeros(3, dtype=torch.float64), cov).log_prob(x)

    def sample_data(self, n):
        z, e = torch.randn(n, 1, generator=seeded(0)).double(), torch.randn(n, 3, generator=seeded(1)).double()
        return z * self.w + self.s * e


def test_with_the_true_posterior_every_sample_gives_log_p_exactly():
    model = LinearGaussian()
    x = model.sample_data(50)
    for k in (1, 7):
        assert torch.allclose(metrics.iwae_bound(model, x, k), model.log_p(x), atol=1e-5)


def test_the_elbo_falls_short_of_log_p_by_the_kl_from_the_posterior():
    model = LinearGaussian(blur=0.8, shift=0.3)
    x = model.sample_data(20)
    gap = model.log_p(x) - metrics.elbo(model, x, samples=20_000, generator=seeded(2))
    mu, logvar = LinearGaussian().encode(x)  # of the posterior; with it as prior the KL has its closed form
    other, other_logvar = model.encode(x)
    kl = losses.gaussian_kl((other - mu) * torch.exp(-logvar / 2), other_logvar - logvar)
    assert float(gap.min()) > 0 and torch.allclose(gap, kl, atol=0.05)


def test_the_bound_rises_with_k_towards_log_p():
    model = LinearGaussian(blur=1.5, shift=0.5)
    x = model.sample_data(2000)
    log_p = float(model.log_p(x).mean())
    bounds = [float(metrics.iwae_bound(model, x, k, seeded(3)).mean()) for k in (1, 4, 16, 500)]
    assert bounds == sorted(bounds) and bounds[0] < bounds[2] - 0.2 and bounds[3] < log_p + 0.01
    assert log_p - bounds[3] < 0.02 * (log_p - bounds[0])


def test_the_bound_with_one_sample_is_the_elbo_on_average():
    model = LinearGaussian(blur=0.5)
    x = model.sample_data(1000).repeat(20, 1)
    one = float(metrics.iwae_bound(model, x, 1, seeded(0)).mean())
    assert one == pytest.approx(float(metrics.elbo(model, x, 1, seeded(1)).mean()), abs=0.03)


@pytest.mark.parametrize("rows", [1, 7, 30, 10**6])
def test_the_size_of_the_pieces_changes_nothing(rows, monkeypatch):
    monkeypatch.setattr("gencourse.metrics.likelihood.ROWS", rows)
    model = LinearGaussian(blur=1.0)
    x = model.sample_data(10)
    assert torch.allclose(metrics.iwae_bound(LinearGaussian(), x, 25), model.log_p(x), atol=1e-5)
    average = metrics.elbo(model, x, samples=500)
    assert average.shape == (10,) and bool((average < model.log_p(x)).all())
    assert bool((metrics.iwae_bound(model, x, 500) > average).all())


def test_no_piece_is_larger_than_the_rows_allowed(monkeypatch):
    sizes = []
    model = LinearGaussian()
    decode = model.decode
    model.decode = lambda z: sizes.append(len(z)) or decode(z)
    monkeypatch.setattr("gencourse.metrics.likelihood.ROWS", 60)
    metrics.iwae_bound(model, model.sample_data(70), 13)
    assert max(sizes) <= 60 and sum(sizes) == 70 * 13


def test_bounds_of_an_image_model_are_reproducible_and_leave_its_mode():
    from gencourse.models import ConvVAE

    torch.manual_seed(0)
    model = ConvVAE(latent_dim=4, width=4)
    x = (noise(6) > 0.5).float()
    statistics = model.encoder[1].running_mean.clone()
    pair = [metrics.elbo(model, x, 2, seeded(1)) for _ in range(2)]
    assert torch.equal(*pair) and pair[0].shape == (6,) and not pair[0].requires_grad
    assert torch.equal(model.encoder[1].running_mean, statistics) and model.training
    assert bool((metrics.iwae_bound(model, x, 50, seeded(1)) > pair[0] - 1).all())


def test_a_conditional_model_is_scored_given_the_label():
    from gencourse.models import ConvVAE

    torch.manual_seed(0)
    model = ConvVAE(latent_dim=4, width=4, classes=10).eval()
    x, labels = (noise(5) > 0.5).float(), torch.arange(5)
    for bound in (metrics.elbo, metrics.iwae_bound):
        together = bound(model, x, 40, seeded(0), labels=labels)
        assert not torch.equal(together, bound(model, x, 40, seeded(0), labels=labels + 1))
        parts = torch.cat([bound(model, x[i : i + 1], 2000, seeded(0), labels=labels[i : i + 1]) for i in range(5)])
        assert torch.allclose(together, parts, atol=2)  # each image kept its own label through the repetition


@pytest.mark.parametrize("k", [0, -1, 2.5, True])
def test_a_number_of_samples_is_a_whole_number(k):
    model = LinearGaussian()
    for bound in (metrics.elbo, metrics.iwae_bound):
        with pytest.raises(Exception, match="whole number|beartype|type"):
            bound(model, model.sample_data(2), k)


# ---------------------------------------------------------------- forced choice


def test_the_p_value_is_the_binomial_tail_on_both_sides():
    for correct, trials in [(8, 10), (2, 10), (15, 20), (60, 100)]:
        away = abs(correct - trials / 2)
        counts = [c for c in range(trials + 1) if abs(c - trials / 2) >= away]
        exact = sum(math.comb(trials, c) for c in counts) / 2**trials
        assert metrics.forced_choice(correct, trials).p_value == pytest.approx(exact, rel=1e-9)


def test_half_right_is_no_evidence_and_all_right_is_two_to_the_minus_n():
    assert metrics.forced_choice(10, 20).p_value == pytest.approx(1)
    result = metrics.forced_choice(12, 12)
    assert result.rate == 1 and result.p_value == pytest.approx(2 * 2**-12) and result.interval[1] == 1


def test_the_interval_ends_where_the_tail_has_two_and_a_half_percent():
    low, high = metrics.forced_choice(30, 40).interval
    assert stats.binom.sf(29, 40, low) == pytest.approx(0.025, abs=1e-6)
    assert stats.binom.cdf(30, 40, high) == pytest.approx(0.025, abs=1e-6)
    assert low < 0.75 < high


def test_the_intervals_of_95_percent_of_experiments_hold_the_truth():
    truth, trials = 0.6, 30
    held = [c for c in range(31) if np.prod(np.subtract(metrics.forced_choice(c, trials).interval, truth)) <= 0]
    assert 0.95 <= stats.binom.pmf(held, trials, truth).sum() < 0.99


def test_the_power_at_one_half_is_at_most_the_level_and_grows_with_trials_and_rate():
    for trials in (5, 20, 77):
        assert metrics.forced_choice_power(0.5, trials) <= 0.05
    powers = [metrics.forced_choice_power(0.7, n) for n in (10, 50, 200)]
    assert powers == sorted(powers) and powers[2] > 0.99
    assert metrics.forced_choice_power(0.9, 20) > metrics.forced_choice_power(0.7, 20)
    assert metrics.forced_choice_power(0.3, 20) == pytest.approx(metrics.forced_choice_power(0.7, 20))
    assert metrics.forced_choice_power(1.0, 20) == 1 and metrics.forced_choice_power(1.0, 5) == 0
    assert metrics.forced_choice_power(0.7, 20, level=0.01) < metrics.forced_choice_power(0.7, 20)
    assert metrics.forced_choice_power(0.7, 20, level=1.0) == pytest.approx(1)  # every result is a difference then


@pytest.mark.parametrize(("rate", "trials", "level"), [(0.7, 20, 0.05), (0.6, 31, 0.2), (0.5, 12, 0.01)])
def test_the_power_is_the_probability_of_the_counts_with_a_small_p_value(rate, trials, level):
    alarms = [c for c in range(trials + 1) if metrics.forced_choice(c, trials).p_value <= level]
    expected = float(stats.binom.pmf(alarms, trials, rate).sum())
    assert metrics.forced_choice_power(rate, trials, level) == pytest.approx(expected)


@pytest.mark.parametrize(("correct", "trials"), [(-1, 5), (6, 5), (0, 0), (1, -1), (True, 5), (2, True)])
def test_impossible_counts_are_refused(correct, trials):
    with pytest.raises(ValueError, match="whole number"):
        metrics.forced_choice(correct, trials)


@pytest.mark.parametrize(("rate", "trials", "level"), [(1.2, 5, 0.05), (-0.1, 5, 0.05), (0.5, 5, 2.0), (0.5, 0, 0.05)])
def test_impossible_experiments_are_refused(rate, trials, level):
    with pytest.raises(ValueError):
        metrics.forced_choice_power(rate, trials, level)
