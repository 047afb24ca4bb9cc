"""The gain of a convolution at every frequency."""

from typing import Any

import numpy as np

from .style import array, axes


def gain_map(kernel: Any, n: Any, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    r"""The gain of a kernel of one channel at the waves of n x n pixels, as a map over both frequencies.

    The gain at $\omega = 2 \pi f / n$ is $\lvert \hat w(\omega) \rvert = \lvert \sum_a w_a e^{i \omega \cdot a}
    \rvert$. The first frequency goes down and the second to the right, both from -pi to pi, with the constant image in
    the middle. For an even n the waves of -pi and pi are the same, and both are shown. The largest number on the colour
    bar is the norm of the circular convolution. Source: [sedghi2019].
    ValueError: a kernel that is not a real matrix, or not finite; n not a whole number above 0.
    """
    kernel = array(kernel)
    if kernel.ndim != 2 or not kernel.size or np.iscomplexobj(kernel) or not np.isfinite(kernel).all():
        raise ValueError(f"kernel: expected a real and finite matrix, got {kernel.dtype} of shape {kernel.shape}")
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"n: expected a whole number of pixels, got {n!r}")
    gains, ax = centred(kernel, n), axes(ax, 4.0, 3.4)
    reach = 2 * (n // 2 + 0.5) / n  # in units of pi: the waves are the middles of the cells
    image = ax.imshow(gains, cmap="viridis", vmin=0, vmax=gains.max() or 1, extent=(-reach, reach, reach, -reach))
    ax.figure.colorbar(image, ax=ax, shrink=0.85, label="gain")
    ax.set(xlabel=r"$\omega_2\ /\ \pi$", ylabel=r"$\omega_1\ /\ \pi$", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    return ax


def centred(kernel: np.ndarray, n: int) -> np.ndarray:
    """The gains at f1, f2 = -m, ..., m with m = n // 2, of shape (2m + 1, 2m + 1)."""
    f, (a1, a2) = np.arange(-(n // 2), n // 2 + 1), map(np.arange, kernel.shape)
    down, across = (np.exp(2j * np.pi * np.outer(f, a) / n) for a in (a1, a2))
    return abs(down @ kernel @ across.T)
