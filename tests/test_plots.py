"""Figures show what they were given, on the axes they were given, and nothing else."""

import itertools

import matplotlib
import numpy as np
import pytest
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402

from gencourse import plots  # noqa: E402
from gencourse.plots.images import GAP, TITLE  # noqa: E402


@pytest.fixture(autouse=True)
def close_figures():
    plt.close("all")  # a doctest may have left one
    yield
    plt.close("all")


def pixels(ax) -> np.ndarray:
    return np.asarray(ax.images[0].get_array())


# --- pictures


@pytest.mark.parametrize(("n", "columns", "rows"), [(1, 8, 1), (8, 8, 1), (9, 8, 2), (6, 3, 2), (5, 1, 5)])
def test_grid_shows_every_image_at_its_place_and_white_elsewhere(n, columns, rows):
    images = torch.rand(n, 1, 4, 5) * 0.9
    canvas = pixels(plots.grid(images, columns=columns)).copy()
    assert canvas.shape == (rows * (4 + GAP), min(n, columns) * (5 + GAP) - GAP)
    for k, image in enumerate(images[:, 0].numpy()):
        y, x = (k // columns) * (4 + GAP) + GAP, (k % columns) * (5 + GAP)
        assert np.array_equal(canvas[y : y + 4, x : x + 5], image)
        canvas[y : y + 4, x : x + 5] = 1
    assert (canvas == 1).all()


def test_bytes_and_floats_look_the_same():
    images = torch.randint(0, 256, (6, 1, 7, 7), dtype=torch.uint8)
    a, b, c = (pixels(plots.grid(x)) for x in (images, images.float() / 255, images.numpy()))
    assert np.array_equal(a, c) and np.allclose(a, b)


def test_grid_does_not_stretch_the_greys():
    """A uniform grey stays that grey: the scale is 0 to 1, not the smallest to the largest value."""
    ax = plots.grid(torch.full((1, 1, 3, 3), 0.5))
    assert ax.images[0].get_clim() == (0, 1)
    assert ax.images[0].cmap(ax.images[0].norm(0.5))[:3] == pytest.approx((0.5,) * 3, abs=0.01)
    assert ax.images[0].cmap(1.0)[:3] == (1, 1, 1)


def test_titles_stand_above_their_image():
    ax = plots.grid(torch.zeros(3, 1, 4, 4), columns=2, titles=["a", "b", "c"])
    assert [t.get_text() for t in ax.texts] == ["a", "b", "c"]
    assert [t.get_position()[0] for t in ax.texts] == [2, 4 + GAP + 2, 2]
    for text, top in zip(ax.texts, [TITLE, TITLE, 2 * TITLE + 4], strict=True):
        assert top - TITLE < text.get_position()[1] < top


@pytest.mark.parametrize("images", [
    torch.zeros(0, 1, 4, 4), torch.zeros(4, 4), torch.zeros(2, 3, 4, 4), torch.full((1, 1, 2, 2), -0.1),
    torch.full((1, 1, 2, 2), 1.1), torch.full((1, 1, 2, 2), torch.nan), torch.full((1, 1, 2, 2), 255),
], ids=["none", "rank", "colour", "below 0", "above 1", "nan", "integers to 255"])  # fmt: skip
def test_what_is_no_picture_is_refused(images):
    with pytest.raises(ValueError, match="images must be"):
        plots.grid(images)


def test_a_wrong_number_of_titles_is_refused():
    with pytest.raises(ValueError, match="titles must be one for each of the 2 images"):
        plots.grid(torch.zeros(2, 1, 4, 4), titles=["a"])


def test_interpolation_is_one_path_a_row_from_0_to_1():
    rows = torch.rand(2, 5, 1, 4, 4)
    ax = plots.interpolation(rows)
    canvas = pixels(ax)
    for r, k in itertools.product(range(2), range(5)):
        y, x = r * (4 + GAP) + GAP, k * (4 + GAP)
        assert np.array_equal(canvas[y : y + 4, x : x + 4], rows[r, k, 0].numpy())
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "0.25", "0.5", "0.75", "1"]
    assert list(ax.get_xticks()) == [k * (4 + GAP) + 2 for k in range(5)] and ax.get_xlabel()
    with pytest.raises(ValueError, match="R, K, 1, H, W"):
        plots.interpolation(rows[0])


# --- curves

HISTORY = [{"step": 1, "loss_d": 0.5, "loss_g": 1.0}, {"step": 5, "loss_d": 0.25, "loss_g": 2.0, "fid": 40.0}]


def test_curves_pass_through_the_history():
    ax = plots.curves(HISTORY)
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert lines == {"loss_d": [[1, 0.5], [5, 0.25]], "loss_g": [[1, 1], [5, 2]], "fid": [[5, 40]]}
    assert "step" in ax.get_xlabel() and ax.get_ylabel()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(lines)


def test_chosen_keys_keep_their_order_and_one_key_names_its_axis():
    ax = plots.curves(HISTORY, keys=["loss_g", "loss_d"])
    assert [line.get_label() for line in ax.lines] == ["loss_g", "loss_d"]
    assert plots.curves(HISTORY, keys=["fid"]).get_ylabel() == "fid"


def test_a_single_measurement_is_visible():
    assert plots.curves(HISTORY, keys=["fid"]).lines[0].get_marker() == "o"


def test_tensors_are_plotted_as_numbers():
    ax = plots.curves([{"step": k, "loss": torch.tensor(float(k))} for k in range(3)])
    assert ax.lines[0].get_ydata().tolist() == [0, 1, 2]


def test_an_empty_history_and_an_unknown_key_are_refused():
    with pytest.raises(ValueError, match="at least one entry"):
        plots.curves([])
    with pytest.raises(ValueError, match="no kl, .*loss_d, loss_g, fid|no kl; it has loss_d, loss_g, fid"):
        plots.curves(HISTORY, keys=["loss_d", "kl"])


def test_curves_never_train():
    """A generator as from `gc.fit` would train when read: it is refused unread."""
    read = []
    with pytest.raises((ValueError, TypeError)):
        plots.curves({"step": k, "loss": read.append(k)} for k in range(3))
    assert read == []


# --- clouds


def test_pca_of_points_in_a_plane_keeps_their_distances():
    g = torch.Generator().manual_seed(0)
    plane = torch.linalg.qr(torch.randn(10, 2, generator=g).double())[0].T  # orthonormal rows
    real, fake = (torch.randn(n, 2, generator=g).double() @ plane for n in (30, 20))
    ax = plots.embedding(real, fake)
    shown = [torch.as_tensor(np.asarray(c.get_offsets())) for c in ax.collections]
    for points, x in zip(shown, (real, fake), strict=True):
        torch.testing.assert_close(torch.cdist(points, points), torch.cdist(x, x), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(torch.cdist(*shown), torch.cdist(real, fake), rtol=1e-6, atol=1e-6)


def test_the_plane_is_that_of_the_real_points():
    """Fake points that vary only where the real ones do not fall on one spot."""
    g = torch.Generator().manual_seed(0)
    real, fake = torch.zeros(20, 4), torch.zeros(15, 4)
    real[:, :2] = torch.randn(20, 2, generator=g)
    fake[:, 3] = 100 * torch.randn(15, generator=g)
    shown = np.asarray(plots.embedding(real, fake).collections[1].get_offsets())
    assert np.abs(shown - shown[0]).max() < 1e-4


def test_the_share_of_variance_is_on_the_axes():
    x = torch.tensor([[3.0, 0, 0], [-3, 0, 0], [0, 1, 0], [0, -1, 0]])  # variances 6 : 2/3
    ax = plots.embedding(x, x)
    assert "90% of variance" in ax.get_xlabel() and "10% of variance" in ax.get_ylabel()


def test_tsne_shows_all_points_and_the_same_picture_every_time():
    g = torch.Generator().manual_seed(0)
    real, fake = torch.randn(45, 80, generator=g), torch.randn(30, 80, generator=g) + 3
    shown = [
        [np.asarray(c.get_offsets()) for c in plots.embedding(real, fake, "tsne", seed=s).collections] for s in (0, 0)
    ]
    assert [len(c) for c in shown[0]] == [45, 30]
    assert all(np.array_equal(a, b) for a, b in zip(*shown, strict=True))
    a, b = shown[0]  # two far groups stay apart
    assert np.linalg.norm(a.mean(0) - b.mean(0)) > max(a.std(), b.std())


def test_images_are_flattened_and_bytes_scaled():
    images = torch.randint(0, 256, (8, 1, 3, 3), dtype=torch.uint8)
    a = plots.embedding(images, images.float() / 255)
    real, fake = (np.asarray(c.get_offsets()) for c in a.collections)
    assert np.allclose(real, fake, atol=1e-5)


@pytest.mark.parametrize(("real", "fake", "method", "message"), [
    (torch.zeros(5, 3), torch.zeros(5, 4), "pca", "real and fake"),
    (torch.zeros(5, 3), torch.zeros(1, 3), "pca", "real and fake"),
    (torch.zeros(5, 3), torch.zeros(5, 3), "umap", "method must be"),
])  # fmt: skip
def test_clouds_that_do_not_fit_are_refused(real, fake, method, message):
    with pytest.raises(ValueError, match=message):
        plots.embedding(real, fake, method)


NAMES = ("boot", "bag", "coat")


def test_every_class_has_its_points_a_mark_of_its_own_and_its_name_in_the_middle():
    points = torch.tensor([[0.0, 0], [1, 5], [2, 1], [9, 9], [7, 7]])
    ax = plots.classes(points, torch.tensor([0, 0, 0, 2, 2]), NAMES)
    boots, coats = ax.lines
    assert np.array_equal(boots.get_xydata(), points[:3]) and np.array_equal(coats.get_xydata(), points[3:])
    assert [(t.get_text(), *t.xy) for t in ax.texts] == [("boot", 1, 1), ("coat", 8, 8)]
    ax = plots.classes(torch.zeros(10, 2), range(10), [str(k) for k in range(10)])
    assert len({line.get_marker() for line in ax.lines}) == 10  # what the colours cannot tell apart, the shapes do


@pytest.mark.parametrize(("points", "labels", "names", "message"), [
    (torch.zeros(3, 3), [0, 1, 2], NAMES, r"points must be \(N, 2\)"),
    (torch.zeros(3, 2), [0, 1], NAMES, r"labels \(N,\)"),
    (torch.zeros(3, 2), [0, 1, 3], NAMES, "labels must be 0 to 2"),
    (torch.zeros(1, 2), [0], [str(k) for k in range(11)], "at most 10"),
])  # fmt: skip
def test_classes_that_do_not_fit_are_refused(points, labels, names, message):
    with pytest.raises(ValueError, match=message):
        plots.classes(points, labels, names)


# --- landscapes


def test_a_landscape_has_its_first_row_at_the_bottom_and_blue_where_it_is_real():
    sure = torch.zeros(31, 31)
    sure[:5], sure[-5:] = -0.99, 0.99
    ax = plots.landscape(sure, torch.tensor([[1.0, -2.0]]), torch.tensor([[0.5, 2.0]]))
    bands, real, fake = ax.collections
    assert real.get_offsets().tolist() == [[1, -2]] and fake.get_offsets().tolist() == [[0.5, 2]]
    blue, orange = bands.cmap(0.99), bands.cmap(0.01)
    assert blue[2] > blue[0] and orange[0] > orange[2]  # the colours' two ends
    assert [k for k, path in enumerate(bands.get_paths()) if path.contains_point((0, -2.9))] == [0]  # the lowest band
    assert ax.get_xlim() == ax.get_ylim() == (-3, 3)


@pytest.mark.parametrize("sure", [torch.zeros(3, 4), torch.zeros(9), torch.ones(3, 3) * 1.1, torch.ones(3, 3) * np.nan])
def test_a_landscape_of_another_kind_is_refused(sure):
    with pytest.raises(ValueError, match="sure: expected a square of numbers"):
        plots.landscape(sure, torch.zeros(1, 2), torch.zeros(1, 2))


# --- two clouds


def test_the_ellipse_of_a_cloud_is_two_standard_deviations_wide():
    """On the ellipse (x - mu)^T cov^-1 (x - mu) = 4, for each of the clouds."""
    sheared = 3 + torch.randn(9, 2).double() @ torch.ones(2, 2).tril().double()
    clouds = torch.randn(20, 2).double(), sheared
    ax = plots.two_clouds(*clouds, reach=9.0)
    for cloud, line, points in zip(clouds, ax.lines, ax.collections, strict=True):
        apart = torch.as_tensor(line.get_xydata()) - cloud.mean(0)
        torch.testing.assert_close(((apart @ cloud.T.cov().inverse()) * apart).sum(1), torch.full((100,), 4.0).double())
        assert np.array_equal(points.get_offsets(), cloud)
    assert ax.get_xlim() == ax.get_ylim() == (-9, 9)


@pytest.mark.parametrize(("n", "d"), [(5, 3), (1, 2)])
def test_clouds_of_another_shape_are_refused(n, d):
    with pytest.raises(ValueError, match=rf"N, M > 1, got \(6, 2\), \({n}, {d}\)"):
        plots.two_clouds(torch.randn(6, 2), torch.randn(n, d), 3.0)


# --- what all of them keep to

CALLS = {
    "grid": lambda **kw: plots.grid(torch.zeros(2, 1, 3, 3), **kw),
    "interpolation": lambda **kw: plots.interpolation(torch.zeros(2, 3, 1, 3, 3), **kw),
    "curves": lambda **kw: plots.curves(HISTORY, **kw),
    "classes": lambda **kw: plots.classes(torch.randn(5, 2), [0, 1, 1, 0, 2], NAMES, **kw),
    "embedding": lambda **kw: plots.embedding(torch.randn(5, 3), torch.randn(5, 3), **kw),
    "landscape": lambda **kw: plots.landscape(torch.zeros(3, 3), torch.randn(5, 2), torch.randn(5, 2), **kw),
    "two_clouds": lambda **kw: plots.two_clouds(torch.randn(5, 2), torch.randn(6, 2), 3.0, **kw),
}


@pytest.mark.parametrize("name", CALLS)
def test_given_axes_are_used_and_returned(name):
    _, ax = plt.subplots()
    assert CALLS[name](ax=ax) is ax and len(plt.get_fignums()) == 1


@pytest.mark.parametrize("name", CALLS)
def test_new_axes_are_white_and_global_settings_are_left_alone(name):
    before = dict(matplotlib.rcParams)
    with plt.style.context("dark_background"):
        ax = CALLS[name]()
    assert to_rgb(ax.get_facecolor()) == (1, 1, 1) and to_rgb(ax.figure.get_facecolor()) == (1, 1, 1)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", ["curves", "embedding", "landscape", "two_clouds"])
def test_both_axes_are_labelled(name):
    ax = CALLS[name]()
    assert ax.get_xlabel() and ax.get_ylabel()
