"""Points in the plane: of several classes, or real against generated ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .style import COLORS, array, axes

SHAPES = "osD^v<>phX"  # one for each class; the colours, fewer, are those that stay apart on white
INKS = (*COLORS[:4], COLORS[6])


def classes(
    points: Any, labels: Any, names: Sequence[str], ax: "matplotlib.axes.Axes | None" = None, alpha: float = 0.6
) -> "matplotlib.axes.Axes":
    """Points (N, 2) of at most ten classes, each with a shape and a colour, and its name at the median of its points.

    ValueError: points of another shape, a label that has no name, more than ten names.
    """
    points, labels = array(points), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(f"points must be (N, 2) and labels (N,), got {points.shape} and {labels.shape}")
    if len(names) > len(SHAPES) or not np.isin(labels, range(len(names))).all():
        raise ValueError(f"labels must be 0 to {len(names) - 1} and names at most {len(SHAPES)}, got {len(names)}")
    ax = axes(ax, 4.5, 4.5)
    for label in np.unique(labels):
        own, color = points[labels == label], INKS[label % len(INKS)]
        ax.plot(*own.T, SHAPES[label], ms=4, alpha=alpha, color=color, mew=0)
        box = {"facecolor": "white", "edgecolor": color, "pad": 1.5}
        ax.annotate(names[label], np.median(own, 0), ha="center", va="center", fontsize=8, color="black", bbox=box)
    return ax


def embedding(
    real: Any, fake: Any, method: str = "pca", ax: "matplotlib.axes.Axes | None" = None, seed: int = 0
) -> "matplotlib.axes.Axes":
    """Points (N, D) and (M, D) in two dimensions; images are flattened first.

    "pca" projects both on the two directions in which the real points vary most: the distances seen are
    distances within that plane. "tsne" places all points together so that neighbours stay neighbours
    [vandermaaten2008]: the distances between groups and their sizes mean nothing.
    """
    real, fake = (x.reshape(len(x), -1) for x in (array(real), array(fake)))
    if real.shape[1] != fake.shape[1] or min(len(real), len(fake)) < 2:
        raise ValueError(f"real and fake must be (N, D) and (M, D) with N, M > 1, got {real.shape}, {fake.shape}")
    if method not in ("pca", "tsne"):
        raise ValueError(f'method must be "pca" or "tsne", got {method!r}')
    a, b, names = pca(real, fake) if method == "pca" else tsne(real, fake, seed)
    ax = axes(ax, 4.5, 4.0)
    ax.scatter(*a.T, s=10, marker="o", color=COLORS[0], alpha=0.6, linewidths=0, label="real")
    ax.scatter(*b.T, s=14, marker="x", color=COLORS[1], alpha=0.6, linewidths=1, label="generated")
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    ax.legend()
    return ax


def pca(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Both clouds in the principal plane of the real one, and the names of the axes."""
    from sklearn.decomposition import PCA

    plane = PCA(2, svd_solver="full").fit(real)
    shares = plane.explained_variance_ratio_
    names = [f"principal component {k + 1} ({shares[k]:.0%} of variance)" for k in range(2)]
    return plane.transform(real), plane.transform(fake), names


def tsne(real: np.ndarray, fake: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Both clouds placed together, and the names of the axes."""
    from sklearn.manifold import TSNE

    points = np.concatenate([real, fake])
    perplexity = min(30.0, (len(points) - 1) / 3)  # the default of 30 needs more than 30 points
    placed = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(points)
    return placed[: len(real)], placed[len(real) :], ["t-SNE axis 1 (no unit)", "t-SNE axis 2 (no unit)"]


def two_clouds(real: Any, fake: Any, reach: float, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """Real and generated points of the plane, (N, 2) and (M, 2), in [-reach, reach]^2.

    Each cloud has the ellipse of its mean and covariance, two standard deviations wide: all that the Fréchet distance
    sees of it. ValueError: points of another shape.
    """
    real, fake = array(real), array(fake)
    if not real.shape[1:] == fake.shape[1:] == (2,) or min(len(real), len(fake)) < 2:
        raise ValueError(f"real and fake must be (N, 2) and (M, 2) with N, M > 1, got {real.shape}, {fake.shape}")
    ax = axes(ax, 4.5, 4.3)
    t = np.linspace(0, 2 * np.pi, 100)
    styles = (("real", real, "o", 10, COLORS[0], "-"), ("generated", fake, "x", 14, COLORS[1], "--"))
    for name, points, marker, size, color, line in styles:
        marks = {"s": size, "marker": marker, "color": color, "alpha": 0.6, "linewidths": marker == "x"}
        ax.scatter(*points.T, label=name, **marks)
        values, vectors = np.linalg.eigh(np.cov(points.T))
        ellipse = points.mean(0) + 2 * np.stack([np.cos(t), np.sin(t)], 1) * np.sqrt(values.clip(0)) @ vectors.T
        ax.plot(*ellipse.T, line, color=color, lw=1.5)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    ax.legend(loc="upper right", fontsize=8)
    return ax
