"""What the networks share: LeakyReLU's slope, and stacks of linear layers."""

from itertools import pairwise

from torch import nn

SLOPE = 0.2  # of LeakyReLU below zero, as in [radford2016]


def dense(*widths: int) -> list[nn.Module]:
    """Linear layers from each width to the next, with LeakyReLU between them and none behind the last."""
    layers = [layer for n, m in pairwise(widths) for layer in (nn.Linear(n, m), nn.LeakyReLU(SLOPE))]
    return layers[:-1]  # what leaves is a logit, a point, or a parameter of a density
