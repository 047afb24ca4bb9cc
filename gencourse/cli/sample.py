"""`gencourse sample`: images of a trained model, in one picture."""

import sys

import torch

from ..plots import grid
from .models import trained
from .options import Sample
from .parse import Usage


def sample(options: Sample) -> int:
    """Draw the images and write the picture; returns the exit code."""
    model = trained(options, options.run, "cpu").model
    labels = None
    if options.label is not None:
        if not model.classes:
            raise Usage(f"--label is for a model that is told the class; {options.run} is not")
        labels = torch.full((options.n,), options.label)
    images = model.sample(options.n, torch.Generator().manual_seed(options.seed), labels)
    figure = grid(images, columns=options.columns).figure
    figure.savefig(options.out, dpi=150, bbox_inches="tight", facecolor="white")
    print(f"{options.out}: {options.n} images" if sys.stdout.isatty() else options.out)
    return 0
