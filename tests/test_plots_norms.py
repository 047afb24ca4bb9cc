"""The pictures of unit balls are true to the norms that they show."""

import math

import matplotlib
import numpy as np
import pytest
import torch

from gencourse import norms, plots

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402

INF = math.inf
A = [[3.0, 0.0], [-4.0, 5.0]]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def curves(ax):
    """The closed curves in a picture, without the two lines that mark the axes."""
    return [torch.as_tensor(line.get_xydata()) for line in ax.lines if len(line.get_xydata()) > 2]


@pytest.mark.parametrize("p", [1, 1.5, 2, 7, INF])
def test_the_boundary_of_a_unit_ball_has_norm_one_and_goes_around(p):
    (boundary,) = curves(plots.unit_ball(p))
    torch.testing.assert_close(norms.vector(boundary, p), torch.ones(len(boundary), dtype=torch.float64))
    angles = np.unwrap(torch.atan2(boundary[:, 1], boundary[:, 0]).numpy())
    assert (np.diff(angles) > 0).all() and math.isclose(angles[-1] - angles[0], 2 * math.pi)


@pytest.mark.parametrize("p", [1, INF])
def test_the_corners_are_drawn(p):
    (boundary,) = curves(plots.unit_ball(p))
    corner = torch.tensor([1.0, 0.0]) if p == 1 else torch.tensor([1.0, 1.0])
    assert abs(boundary - corner).sum(-1).min() < 1e-12


@pytest.mark.parametrize("p", [1, 2, INF])
@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_the_image_just_fits_into_the_ball_of_the_norms_radius(p, kind):
    ball, image, outer = curves(plots.unit_ball(kind(A), p))
    torch.testing.assert_close(image, ball @ torch.tensor(A, dtype=torch.float64).T)
    torch.testing.assert_close(outer, norms.induced(A, p).double() * ball)
    assert math.isclose(norms.vector(image, p).max(), norms.induced(A, p), rel_tol=1e-3)
    assert (norms.vector(image, p) <= norms.induced(A, p) * (1 + 1e-6)).all()


@pytest.mark.parametrize("p", [1, 2, INF])
def test_the_arrows_are_the_most_stretched_vector_and_its_image(p):
    x, Ax = (torch.tensor(text.xy) for text in plots.unit_ball(A, p).texts if not text.get_text())
    assert math.isclose(norms.vector(x, p), 1)
    assert math.isclose(norms.vector(Ax, p), norms.induced(A, p), rel_tol=1e-6)
    torch.testing.assert_close(Ax, torch.tensor(A, dtype=Ax.dtype) @ x)


def test_everything_is_inside_the_picture_and_lands_on_the_given_axes():
    _, ax = plt.subplots()
    assert plots.unit_ball(A, INF, ax=ax) is ax
    assert max(abs(curve).max() for curve in curves(ax)) < ax.get_xlim()[1] == ax.get_ylim()[1]
    assert ax.get_aspect() == 1 and ax.get_xlabel() and ax.get_ylabel()
    assert any("= 9" in text.get_text() for text in ax.get_legend().get_texts())


def test_a_singular_matrix_can_be_drawn():
    plots.unit_ball([[0, 0], [0, 0]]).figure.canvas.draw()


@pytest.mark.parametrize("bad", [np.eye(3), np.ones(2), np.eye(2) * 1j, [[1.0, math.nan], [0.0, 1.0]]])
def test_other_matrices_are_refused(bad):
    with pytest.raises(ValueError, match="A: expected"):
        plots.unit_ball(bad)


@pytest.mark.parametrize("arguments", [(0.5,), (A, 3), (A, "fro")])
def test_other_p_are_refused(arguments):
    with pytest.raises(ValueError, match="p: expected"):
        plots.unit_ball(*arguments)


@pytest.mark.parametrize(("p", "q"), [(1, INF), (1.5, 3), (2, 2), (3, 1.5), (INF, 1)])
@pytest.mark.parametrize("w", [[3.0, -4.0], [-1.0, 0.5], [2.0, 2.0], [0.0, -3.0]])
def test_the_support_line_touches_the_ball_at_the_dual_norm(w, p, q):
    ax = plots.support_line(w, p)
    w = torch.tensor(w, dtype=torch.float64)
    (boundary,) = curves(ax)
    line, point = (torch.as_tensor(ax.lines[k].get_xydata()) for k in (1, 2))
    value = norms.vector(w, q)
    torch.testing.assert_close(line @ w, value.expand(2))
    torch.testing.assert_close(point @ w, value[None])
    torch.testing.assert_close(norms.vector(point, p), torch.ones(1, dtype=torch.float64))
    assert (boundary @ w <= value * (1 + 1e-9)).all()  # the whole ball is on one side
    assert f"{value:.3g}" in ax.get_legend().get_texts()[1].get_text()


def test_the_support_line_crosses_the_picture_and_lands_on_the_given_axes():
    _, ax = plt.subplots()
    assert plots.support_line(np.array([3.0, -4.0]), INF, ax=ax) is ax
    line = ax.lines[1].get_xydata()
    assert (abs(line).max(axis=1) > ax.get_xlim()[1]).all()


@pytest.mark.parametrize("bad", [[0.0, 0.0], [1.0], np.eye(2), [1.0, math.nan], [1j, 1.0], 3.0])
def test_other_directions_are_refused(bad):
    with pytest.raises(ValueError, match="w: expected"):
        plots.support_line(bad)


@pytest.mark.parametrize("p", [0.5, math.nan, "fro"])
def test_a_support_line_of_no_norm_is_refused(p):
    with pytest.raises(ValueError, match="p: expected"):
        plots.support_line([3.0, -4.0], p)
