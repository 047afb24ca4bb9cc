"""Each chapter's settings as one `Recipe`, and the trained models that ship with the package.

`python -m gencourse.recipes train NAME` repeats a training run from its seed; `list` shows what there is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from .. import losses
from ..assets import load_weights
from ..models import (
    ConvDiscriminator,
    ConvGenerator,
    ConvVAE,
    MLPDiscriminator,
    MLPGenerator,
)
from ..training import GANTrainer, VAETrainer


@dataclass(frozen=True)
class Recipe:
    """All that decides a training run: the model, its trainer, how many steps on which batches, the seed."""

    name: str
    about: str
    model: Callable[[], nn.Module]
    trainer: Callable[..., GANTrainer | VAETrainer]  # of the model and a keyword `device`
    steps: int
    batch_size: int = 64
    seed: int = 0

    def build(self, device: str | torch.device | None = None) -> GANTrainer | VAETrainer:
        """The trainer at its first step: initial weights are drawn from the recipe's seed, nothing else is touched."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return self.trainer(self.model(), device=device)

    @property
    def conditional(self) -> bool:
        """Whether the model takes labels."""
        return bool(self.model().classes)


def _mlp_gan(generator: nn.Module, device=None) -> GANTrainer:
    return GANTrainer(generator, MLPDiscriminator(), ema=0.999, device=device)


def _spectral_dcgan(generator: nn.Module, device=None) -> GANTrainer:
    # Spectral normalisation where chapter 8's short run has BatchNorm: it keeps the critic's slope bounded through a
    # long run [miyato2018]. The critic learns twice as fast as the generator, on a time scale of its own [heusel2017].
    critic = ConvDiscriminator(classes=generator.classes, norm="spectral")
    return GANTrainer(generator, critic, loss=losses.hinge, lr=2e-4, lr_discriminator=4e-4, ema=0.999, device=device)


def _vae(model: nn.Module, device=None) -> VAETrainer:
    # Bernoulli pixels, drawn anew from the greys in each step: a true likelihood, and mean images with greys.
    return VAETrainer(model, lr=1e-3, binarize=True, device=device)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("mlp-gan-fashion", "the fully connected GAN of chapter 7", MLPGenerator, _mlp_gan, 9_000),
        Recipe("dcgan-fashion", "the convolutional GAN of chapter 8", ConvGenerator, _spectral_dcgan, 12_000),
        Recipe(
            "cdcgan-fashion",
            "a convolutional GAN that is told the class, for chapter 17",
            lambda: ConvGenerator(classes=10),
            _spectral_dcgan,
            8_000,
        ),
        Recipe(
            "conv-vae-fashion",
            "the convolutional VAE of chapter 12",
            ConvVAE,
            _vae,
            3_000,
            batch_size=128,
        ),
        Recipe(
            "cvae-fashion",
            "a convolutional VAE that is told the class, for chapter 17",
            lambda: ConvVAE(classes=10),
            _vae,
            3_000,
            batch_size=128,
        ),
    )
}


def names() -> list[str]:
    """The recipes whose trained weights ship with the package.

    >>> "dcgan-fashion" in names()
    True
    """
    return list(RECIPES)


def recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if name not in RECIPES:
        raise ValueError(f"name must be one of {', '.join(RECIPES)}, got {name!r}")
    return RECIPES[name]


def load(name: str) -> nn.Module:
    """The shipped model of a recipe, in evaluation mode on the CPU; its file's hash is checked first.

    >>> load("dcgan-fashion").sample(2).shape
    torch.Size([2, 1, 28, 28])

    Raises:
        ValueError: no such recipe, or a file that is not the one in the manifest.
    """
    with torch.random.fork_rng(devices=[]):  # initial weights are drawn and then replaced: leave no trace of that
        model = recipe(name).model()
    model.load_state_dict(load_weights(name))
    return model.eval().requires_grad_(False)
