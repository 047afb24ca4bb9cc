"""A small model of every kind that can be sampled, and the labels that it is given."""

import torch
from torch import Tensor, nn

from gencourse.models import MLPVAE, ContinuousBernoulli, ConvGenerator, ConvVAE, Gaussian, MLPGenerator

GENERATIVE = {
    "MLPGenerator": lambda: MLPGenerator(hidden=32),
    "ConvGenerator": lambda: ConvGenerator(width=8),
    "conditional ConvGenerator": lambda: ConvGenerator(width=8, classes=10),
    "MLPVAE": lambda: MLPVAE(hidden=32),
    "ConvVAE": lambda: ConvVAE(width=8),
    "ConvVAE continuous": lambda: ConvVAE(width=8, likelihood=ContinuousBernoulli()),
    "conditional ConvVAE": lambda: ConvVAE(width=8, likelihood=Gaussian(), classes=10),
}


def turns(model: nn.Module, n: int) -> Tensor | None:
    return torch.arange(n) % model.classes if model.classes else None
