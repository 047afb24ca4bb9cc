"""`gencourse sample`: images of a trained model, in one picture."""

import sys

import torch

from ..plots import grid
from ..training import parallel
from .devices import several
from .models import trained
from .options import Sample
from .parse import Usage


def sample(options: Sample) -> int:
    """Draw the images and write the picture; returns the exit code."""
    fabric = several(options.devices, options.device)
    model = trained(options, options.run, fabric.device if fabric else options.device).model
    labels = None
    if options.label is not None:
        if not model.classes:
            raise Usage(f"--label is for a model that is told the class; {options.run} is not")
        labels = torch.full((options.n,), options.label)
    images = parallel.sample(model, options.n, fabric, options.seed, labels)
    if parallel.place(fabric)[0] > 0:
        return 0
    import matplotlib.pyplot as plt

    figure = grid(images, columns=options.columns).figure
    try:
        figure.savefig(options.out, dpi=150, bbox_inches="tight", facecolor="white")
    finally:
        plt.close(figure)  # pyplot keeps every figure until it is told
    print(f"{options.out}: {options.n} images" if sys.stdout.isatty() else options.out)
    return 0
