"""What a discriminator of points says, over the plane."""

from typing import Any

import numpy as np

from .style import COLORS, array, axes


def landscape(
    sure: Any, real: Any, fake: Any, reach: float = 3.0, ax: "matplotlib.axes.Axes | None" = None
) -> "matplotlib.axes.Axes":
    """How sure a discriminator is, as bands of colour, and over it real points (N, 2) and generated ones (M, 2).

    `sure` (S, S) holds numbers in [-1, 1] at the points of an even grid over [-reach, reach]^2, the first row at the
    bottom: -1 says generated, orange, and 1 says real, blue.

    Raises:
        ValueError: `sure` is not square, or has a number outside [-1, 1].
    """
    from matplotlib.colors import LinearSegmentedColormap

    sure = array(sure)
    if sure.ndim != 2 or len(sure) != sure.shape[1] or not (abs(sure) <= 1).all():
        raise ValueError(f"sure: expected a square of numbers in [-1, 1], got shape {sure.shape}")
    ax, at = axes(ax, 4.5, 4.3), np.linspace(-reach, reach, len(sure))
    shades = LinearSegmentedColormap.from_list("sure", [COLORS[1], "white", COLORS[0]])
    ax.contourf(at, at, sure, levels=np.linspace(-1, 1, 17), cmap=shades, alpha=0.7)
    ax.scatter(*array(real).T, s=14, marker="x", color=COLORS[3], linewidths=0.8, label="data")
    ax.scatter(*array(fake).T, s=7, marker="o", color="black", linewidths=0, label="generated")
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    ax.legend(loc="upper right", fontsize=8)
    return ax
