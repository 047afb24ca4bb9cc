"""The classifier, its features, the script that stores it, and the score that training on given images earns."""

import pytest
import torch
from draws import noise, seeded

from gencourse import assets, data, metrics
from gencourse.assets import provenance
from gencourse.metrics import classifier as classifier_module
from gencourse.metrics import train_features


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """An empty folder of assets beside the real images, so that a test can store weights."""
    (tmp_path / "fashion-mnist").symlink_to(assets.path("fashion-mnist"))
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    return tmp_path


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
    again = train_features.train(train.images, train.labels, steps=30, seed=1)  # the facts are those of the run
    assert torch.equal(net.classifier.head.weight, again.classifier.head.weight)
    assert metrics.accuracy(net.classifier, test.images, test.labels) == score > 0.6
    assert torch.allclose(net(train.images).std(0), torch.ones(64), atol=5e-3)
    facts = assets.manifest()["features"]
    assert facts["accuracy"] == round(score, 4) and facts["steps"] == 30 and facts["seed"] == 1
    assert provenance.made_on("cpu").items() <= facts.items()
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
