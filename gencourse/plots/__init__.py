"""Figures: arrays or tensors in, Axes out. Nothing here trains, samples or saves."""

from .clouds import classes, embedding, two_clouds
from .curves import curves
from .images import grid, interpolation
from .kernels import gain_map
from .landscapes import landscape
from .norms import support_line, unit_ball
from .style import COLORS

__all__ = [
    "COLORS",
    "classes",
    "curves",
    "embedding",
    "gain_map",
    "grid",
    "interpolation",
    "landscape",
    "support_line",
    "two_clouds",
    "unit_ball",
]
