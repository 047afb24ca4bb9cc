"""Pictures side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .style import array, axes

GAP = 2  # white pixels between two images
TITLE = 9  # and above them, where a title stands


def grid(
    images: Any,
    columns: int = 8,
    ax: "matplotlib.axes.Axes | None" = None,
    titles: Sequence[str] | None = None,
) -> "matplotlib.axes.Axes":
    """Images (N, 1, H, W), uint8 or in [0, 1], row by row; `titles`, one for each image, stand above them."""
    tiles = check_images(images, 4)[:, 0]
    if titles is not None and len(titles) != len(tiles):
        raise ValueError(f"titles must be one for each of the {len(tiles)} images, got {len(titles)}")
    columns = min(columns, len(tiles))
    ax = draw(tiles, columns, ax, top=GAP if titles is None else TITLE)
    for k, title in enumerate(titles or ()):
        x, y = corner(k, columns, tiles.shape[1:], TITLE)
        ax.text(x + tiles.shape[2] / 2, y - 1.5, title, ha="center", va="bottom", fontsize=8, color="black")
    ax.set_axis_off()
    return ax


def interpolation(rows: Any, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """Decoded paths (R, K, 1, H, W): one path a row, from its start t = 0 on the left to its end t = 1."""
    rows = check_images(rows, 5)
    k, shape = rows.shape[1], rows.shape[3:]
    ax = draw(rows.reshape(-1, *shape), k, ax, top=GAP)
    ax.set_xticks([corner(j, k, shape, GAP)[0] + shape[1] / 2 for j in range(k)])
    ax.set_xticklabels([f"{j / max(k - 1, 1):.2g}" for j in range(k)], fontsize=8)
    ax.set_xlabel("position t between the two codes")
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    return ax


def draw(tiles: np.ndarray, columns: int, ax: Any, top: int) -> "matplotlib.axes.Axes":
    """One picture made of all tiles (N, H, W), black 0 to white 1, `columns` in a row."""
    height, width = tiles.shape[1:]
    rows = -(-len(tiles) // columns)
    canvas = np.ones((rows * (height + top), columns * (width + GAP) - GAP))
    for k, tile in enumerate(tiles):
        x, y = corner(k, columns, (height, width), top)
        canvas[y : y + height, x : x + width] = tile
    scale = min(0.8, 8 / columns) / width  # inches a pixel: at most 8 inches wide
    ax = axes(ax, canvas.shape[1] * scale, canvas.shape[0] * scale)
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest", extent=(0, *canvas.shape[::-1], 0))
    return ax


def corner(k: int, columns: int, shape: tuple[int, ...], top: int) -> tuple[int, int]:
    """The pixel (x, y) at which tile `k` begins."""
    row, column = divmod(k, columns)
    return column * (shape[1] + GAP), row * (shape[0] + top) + top


def check_images(images: Any, rank: int) -> np.ndarray:
    """Grey images of this rank as floats in [0, 1]; a `ValueError` where they are something else."""
    x = array(images)
    if x.ndim != rank or x.shape[-3] != 1 or 0 in x.shape:
        expected = "(N, 1, H, W)" if rank == 4 else "(R, K, 1, H, W)"
        raise ValueError(f"images must be {expected}, at least one, got shape {x.shape}")
    if not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(f"images must be uint8 or in [0, 1], got values from {x.min():.3g} to {x.max():.3g}")
    return x
