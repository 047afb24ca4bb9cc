"""What all figures share: colours, axes, and arrays out of whatever was given."""

from typing import Any

import numpy as np
import torch

# Okabe and Ito's palette, which stays apart under every common colour blindness, without its yellow,
# which is too pale for a line on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":")  # a second cue beside the colour, for print in grey


def axes(ax: "matplotlib.axes.Axes | None", width: float = 5.0, height: float = 3.5) -> "matplotlib.axes.Axes":
    """`ax`, or the axes of a new figure of this size in inches; white, so that it reads on a dark page too."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(width, height), layout="constrained", facecolor="white")
    ax.set_facecolor("white")
    return ax


def array(x: Any) -> np.ndarray:
    """The values of a tensor, array or list as a NumPy array; bytes of images become numbers in [0, 1]."""
    x = x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)
    return x / np.float32(255) if x.dtype == np.uint8 else x
