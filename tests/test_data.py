"""The embedded Fashion-MNIST subset, the files it comes from, and the mixtures with known density."""

import gzip
import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from gencourse.assets import idx, make_subset
from gencourse.assets import path as asset
from gencourse.data import CLASS_NAMES, GridOfGaussians, RingOfGaussians, TwoMoons, fashion, fashion_mnist

SPLITS = {"train": 10_000, "test": 2_000}


def full_folder() -> Path | None:
    """Where the full files lie on this machine, if they do."""
    places = [Path(os.environ.get("GENCOURSE_DATA", "/nowhere")), fashion.DEBIAN]
    return next((p for p in places if all((p / name).is_file() for name in fashion.FULL)), None)


# --- the embedded subset


@pytest.mark.parametrize("split", SPLITS)
def test_embedded_split_has_the_promised_types_and_is_class_balanced(split):
    images, labels, class_names = fashion_mnist(split)
    assert images.shape == (SPLITS[split], 1, 28, 28) and images.dtype == torch.uint8
    assert labels.shape == (SPLITS[split],) and labels.dtype == torch.int64
    assert labels.bincount().tolist() == [SPLITS[split] // 10] * 10
    assert class_names == CLASS_NAMES and len(class_names) == 10
    assert images.min() == 0 and images.max() == 255


def test_train_is_the_default():
    assert torch.equal(fashion_mnist().images, fashion_mnist("train").images)


@pytest.mark.parametrize("name", fashion.EMBEDDED)
def test_content_of_each_embedded_file_has_the_recorded_digest(name):
    assert idx.digest(gzip.decompress((asset("fashion-mnist") / name).read_bytes())) == fashion.EMBEDDED[name]


def test_labels_belong_to_their_images():
    """A nearest-mean classifier is right far more often than the chance of 10 % only if the pairs are kept."""
    train, test = fashion_mnist("train"), fashion_mnist("test")
    x, y = (s.images.flatten(1).float() for s in (train, test))
    means = torch.stack([x[train.labels == c].mean(0) for c in range(10)])
    accuracy = (torch.cdist(y, means).argmin(1) == test.labels).float().mean().item()
    assert accuracy > 0.6


def test_class_names_describe_the_pictures():
    """Trousers leave the left edge dark, bags fill more of the width than any trousers do."""
    images, labels, names = fashion_mnist("test")
    ink = torch.stack([images[labels == c].float().mean((0, 1, 2)) for c in range(10)])  # mean over rows, per column
    trouser, bag = ink[names.index("Trouser")], ink[names.index("Bag")]
    assert trouser[:5].max() < 5 and bag[2:5].min() > 20
    shoes = {"Sandal", "Sneaker", "Ankle boot"}  # nothing stands above a flat shoe
    top = torch.stack([images[labels == c, :, :3].float().mean() for c in range(10)])
    assert {names[c] for c in top.argsort()[:2]} <= shoes


def test_calls_do_not_share_memory():
    fashion_mnist("test").images.zero_()
    assert fashion_mnist("test").images.max() == 255


@pytest.mark.parametrize("split", ["valid", "", "Train", "t10k"])
def test_unknown_split_is_refused_by_name(split):
    with pytest.raises(ValueError, match=f'split must be "train" or "test", got {split!r}'):
        fashion_mnist(split)


def test_root_without_full_is_refused(tmp_path):
    with pytest.raises(ValueError, match="full=True"):
        fashion_mnist(root=tmp_path)


def test_damaged_package_file_is_refused(tmp_path, monkeypatch):
    name = "t10k-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress((asset("fashion-mnist") / name).read_bytes()))
    content[-1] ^= 1
    (tmp_path / name).write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(ValueError, match=name):
        fashion.read(tmp_path / name, fashion.EMBEDDED)


def test_licence_and_notice_stand_beside_the_files():
    text = (asset("fashion-mnist") / "LICENSE").read_text()
    assert "Copyright © 2017 Zalando SE" in text and "MIT License" in text


# --- the script that draws it


def write_full(folder: Path, per_class: int = 30) -> None:
    """Small files in the full format, in which each image's first pixels are its label and its index."""
    for split in make_subset.PER_CLASS:
        labels = np.random.default_rng(1).permutation(np.repeat(np.arange(10, dtype=np.uint8), per_class))
        images = np.zeros((len(labels), 28, 28), np.uint8)
        images[:, 0, 0], images[:, 0, 1] = labels, np.arange(len(labels)) % 251
        for name, array in ((f"{split}-images-idx3", images), (f"{split}-labels-idx1", labels)):
            (folder / f"{name}-ubyte.gz").write_bytes(gzip.compress(idx.encode(array)))


def test_drawing_is_reproducible_balanced_and_keeps_the_pairs(tmp_path, monkeypatch):
    monkeypatch.setattr(make_subset, "PER_CLASS", {"train": 7, "t10k": 3})
    write_full(tmp_path)
    first, second = tmp_path / "a", tmp_path / "b"
    assert make_subset.make_subset(tmp_path, first) == make_subset.make_subset(tmp_path, second)
    for split, per_class in make_subset.PER_CLASS.items():
        names = f"{split}-images-idx3-ubyte.gz", f"{split}-labels-idx1-ubyte.gz"
        assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
        images, labels = (idx.decode(idx.unpack(first / name)) for name in names)
        assert np.bincount(labels).tolist() == [per_class] * 10
        assert (images[:, 0, 0] == labels).all()
        assert len({tuple(i) for i in images[:, 0, :2].tolist()}) == len(images)  # without replacement


def test_the_draw_is_not_the_head_of_the_file_and_differs_between_splits():
    labels = np.repeat(np.arange(10, dtype=np.uint8), 50)
    train, test = (make_subset.draw(labels, split, 20) for split in ("train", "t10k"))
    head = np.concatenate([np.arange(c * 50, c * 50 + 20) for c in range(10)])
    assert not np.array_equal(train, head) and not np.array_equal(train, test)


if full_folder() is not None:  # a machine without the full files has the recorded digests alone

    def test_embedded_subset_is_what_the_script_draws_from_the_full_files(tmp_path):
        assert make_subset.make_subset(full_folder(), tmp_path) == fashion.EMBEDDED
        for split in SPLITS:
            full, subset = fashion_mnist(split, full=True, root=full_folder()), fashion_mnist(split)
            assert len(full.images) == (60_000 if split == "train" else 10_000)
            pairs = {
                (image.tobytes(), label) for image, label in zip(full.images.numpy(), full.labels.tolist(), strict=True)
            }
            drawn = zip(subset.images.numpy(), subset.labels.tolist(), strict=True)
            assert all((image.tobytes(), label) in pairs for image, label in drawn)


# --- the idx format


@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), (2, 28, 28)])
def test_decoding_inverts_encoding(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(idx.decode(idx.encode(array)), array)


def test_wrong_idx_bytes_are_refused():
    good = idx.encode(np.arange(6, dtype=np.uint8).reshape(2, 3))
    for bad in (b"", b"\0\0", b"PNG" + good, good[:7], good[:-1], good + b"\0"):
        with pytest.raises(ValueError):
            idx.decode(bad)
    with pytest.raises(ValueError, match="needs 6 bytes of data, the file has 7"):
        idx.decode(good + b"\0")
    floats = bytes((0, 0, 0x0D, 1)) + good[4:]
    with pytest.raises(ValueError, match="unsigned bytes"):
        idx.decode(floats)
    with pytest.raises(ValueError, match="uint8"):
        idx.encode(np.zeros(3))


# --- mixtures

MIXTURES = [RingOfGaussians(), GridOfGaussians(), RingOfGaussians(3, 1.0, 0.3), GridOfGaussians(2, 1.5, 0.4)]
MIXTURES += [TwoMoons(), TwoMoons(modes=1, radius=4.0, sigma=0.02)]


@pytest.mark.parametrize("mixture", MIXTURES, ids=repr)
def test_density_integrates_to_one(mixture):
    edge = mixture.means.abs().max().item() + 6 * mixture.sigma
    h = mixture.sigma / 2  # the trapezoid rule is exact to 1e-30 for a Gaussian at this step
    ticks = torch.arange(-edge, edge + h, h, dtype=torch.float64)
    grid = torch.cartesian_prod(ticks, ticks)
    assert abs(mixture.log_prob(grid).exp().sum().item() * h * h - 1) < 1e-6


def test_density_of_one_component_is_the_gaussian_density():
    x = torch.tensor([[1.0, 0.0], [1.5, 0.0], [1.0, -1.0]], dtype=torch.float64)
    mixture = RingOfGaussians(modes=1, radius=1.0, sigma=0.5)
    expected = torch.distributions.Normal(torch.tensor([1.0, 0.0], dtype=torch.float64), 0.5).log_prob(x).sum(-1)
    torch.testing.assert_close(mixture.log_prob(x), expected)


def test_log_density_far_away_is_finite_and_keeps_the_batch_shape():
    log_p = RingOfGaussians().log_prob(torch.full((2, 3, 2), 1e4))
    assert log_p.shape == (2, 3) and torch.isfinite(log_p).all() and (log_p < -1e9).all()


@pytest.mark.parametrize("mixture", MIXTURES, ids=repr)
def test_samples_have_the_weights_means_and_spread_of_the_mixture(mixture):
    n = 20_000
    x = mixture.sample(n, torch.Generator().manual_seed(0))
    k = torch.cdist(x, mixture.means).argmin(1)
    centre_error = (x - mixture.means[k]) if mixture.sigma < 0.1 else None
    assert x.shape == (n, 2) and x.dtype == torch.float32
    second_moment = mixture.means.square().sum(1).mean() + 2 * mixture.sigma**2  # E|x|^2
    assert abs(x.square().sum(1).mean() / second_moment - 1) < 0.05
    assert (x.mean(0) - mixture.means.mean(0)).abs().max() < 0.1
    if centre_error is not None:  # separated modes: each point is known to be its mode's
        weights = k.bincount(minlength=len(mixture.means)) / n
        assert (weights * len(weights) - 1).abs().max() < 0.2
        assert abs(centre_error.std() / mixture.sigma - 1) < 0.02


@pytest.mark.parametrize("mixture", MIXTURES, ids=repr)
def test_mean_log_density_of_samples_is_minus_the_entropy(mixture):
    """For separated modes the entropy is log K + log(2 pi e sigma^2); overlap only lowers it."""
    x = mixture.sample(50_000, torch.Generator().manual_seed(1))
    entropy = math.log(len(mixture.means)) + math.log(2 * math.pi * math.e * mixture.sigma**2)
    measured = -mixture.log_prob(x).mean().item()
    assert measured < entropy + 0.03
    if mixture.sigma < 0.1:
        assert abs(measured - entropy) < 0.03


def test_same_generator_same_sample():
    a, b = (GridOfGaussians().sample(5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(a, b) and GridOfGaussians().sample(0).shape == (0, 2)


def test_geometry_of_the_modes():
    ring, grid = RingOfGaussians(), GridOfGaussians()
    assert ring.means.shape == (8, 2) and grid.means.shape == (25, 2)
    torch.testing.assert_close(ring.means.norm(dim=1), torch.full((8,), 2.0))
    for means in (ring.means, grid.means, GridOfGaussians(side=4).means):  # about the origin
        torch.testing.assert_close(means.mean(0), torch.zeros(2), rtol=0, atol=1e-6)
    distances = torch.cdist(grid.means, grid.means) + 9 * torch.eye(25)
    torch.testing.assert_close(distances.min(1).values, torch.full((25,), 2.0))


def test_the_moons_are_those_of_scikit_learn_about_the_origin():
    from sklearn.datasets import make_moons

    expected, _ = make_moons((16, 16), shuffle=False, noise=None)
    torch.testing.assert_close(TwoMoons(radius=2.0).means, torch.tensor(2 * (expected - [0.5, 0.25])).float())


@pytest.mark.parametrize(
    "make",
    [
        lambda: RingOfGaussians(sigma=0.0),
        lambda: RingOfGaussians(modes=0),
        lambda: GridOfGaussians(sigma=-1.0),
        lambda: GridOfGaussians(sigma=math.nan),
        lambda: TwoMoons(modes=0),
    ],
)
def test_a_mixture_without_density_is_refused(make):
    with pytest.raises(ValueError, match="positive sigma"):
        make()
