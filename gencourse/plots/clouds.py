"""Real against generated points, in the plane."""

from typing import Any

import numpy as np

from .style import COLORS, array, axes


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
