"""Each chapter's settings as one `Recipe`, and the trained models that ship with the package.

`python -m gencourse.recipes train NAME` repeats a training run from its seed; `list` shows what there is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .. import losses
from ..assets import load_weights
from ..models import (
    MLPVAE,
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
    trainer: Callable[..., GANTrainer | VAETrainer]  # of the model and keywords: device, seed, lr, fabric
    steps: int
    batch_size: int = 64
    seed: int = 0

    def build(self, device: str | torch.device | None = None, **options: Any) -> GANTrainer | VAETrainer:
        """The trainer at its first step: weights and noise are drawn from the recipe's seed, nothing else is touched.

        `options` are for the trainer: `lr` in place of the recipe's (a GAN's critic keeps its ratio to it), `fabric`,
        `graph`.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return self.trainer(self.model(), device=device, seed=self.seed, **options)

    @property
    def conditional(self) -> bool:
        """Whether the model takes labels."""
        return bool(self.model().classes)


def _mlp_gan(generator: nn.Module, **options: Any) -> GANTrainer:
    return GANTrainer(generator, MLPDiscriminator(), ema=0.999, **options)


WIDE = 64  # channels: the networks' default was the best after 100 seconds, these train for longer


def _conv_generator(classes: int = 0) -> ConvGenerator:
    return ConvGenerator(width=WIDE, classes=classes)


def _spectral_dcgan(generator: nn.Module, lr: float = 2e-4, **options: Any) -> GANTrainer:
    # Spectral normalisation where chapter 8's short run has BatchNorm: it keeps the critic's slope bounded through a
    # long run [miyato2018]. The critic learns twice as fast as the generator, on a time scale of its own [heusel2017].
    critic = ConvDiscriminator(width=WIDE, classes=generator.classes, norm="spectral")
    return GANTrainer(generator, critic, loss=losses.hinge, lr=lr, lr_discriminator=2 * lr, ema=0.999, **options)


def _sn_gan(generator: nn.Module, lr: float = 2e-4, **options: Any) -> GANTrainer:
    # One rate for both networks, and no moving average: what spectral normalisation does alone [miyato2018].
    critic = ConvDiscriminator(width=WIDE, norm="spectral")
    return GANTrainer(generator, critic, loss=losses.hinge, lr=lr, **options)


def _wgan_gp(generator: nn.Module, lr: float = 1e-4, **options: Any) -> GANTrainer:
    # Rate, betas, penalty and five updates of the critic for one of the generator: [gulrajani2017, algorithm 1].
    settings = {"penalty": "gradient", "penalty_weight": 10.0, "critic_steps": 5, "betas": (0.0, 0.9)}
    critic = ConvDiscriminator(width=WIDE, norm="none")
    return GANTrainer(generator, critic, loss=losses.wasserstein, lr=lr, **settings, **options)


def _vae(model: nn.Module, lr: float = 1e-3, **options: Any) -> VAETrainer:
    # Bernoulli pixels, drawn anew from the greys in each step: a true likelihood, and mean images with greys.
    return VAETrainer(model, lr=lr, binarize=True, **options)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("mlp-gan-fashion", "the fully connected GAN of chapter 7", MLPGenerator, _mlp_gan, 9_000),
        Recipe("dcgan-fashion", "the convolutional GAN of chapter 8", _conv_generator, _spectral_dcgan, 12_000),
        Recipe(
            "cdcgan-fashion",
            "a convolutional GAN that is told the class, for chapter 17",
            lambda: _conv_generator(classes=10),
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
        Recipe(
            "vae2d-fashion",
            "the small VAE with two causes that chapter 12 decodes in the reader's browser",
            lambda: MLPVAE(latent_dim=2, hidden=(64, 32)),  # 28,144 numbers in the decoder: they travel with the page
            _vae,
            20_000,
            batch_size=128,
        ),
    )
}


# Trained by command and not shipped: no chapter needs their weights ready.
OTHERS = (
    Recipe("sn-gan", "a convolutional GAN with spectral normalisation in its critic", _conv_generator, _sn_gan, 10_000),
    Recipe("wgan-gp", "a convolutional Wasserstein GAN with gradient penalty", _conv_generator, _wgan_gp, 4_000),
    Recipe("mlp-vae", "the fully connected VAE of the literature", MLPVAE, _vae, 5_000, batch_size=128),
)

# By the name that the command line knows them by: the shipped ones without the data set at the end of theirs.
COMMANDS = {r.name.removesuffix("-fashion"): r for r in (*RECIPES.values(), *OTHERS)}


def names() -> list[str]:
    """The recipes whose trained weights ship with the package.

    >>> "dcgan-fashion" in names()
    True
    """
    return list(RECIPES)


def recipe(name: str) -> Recipe:
    """The recipe of that name: a shipped model's, such as "dcgan-fashion", or a command's, such as "dcgan".

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    known = RECIPES | COMMANDS
    if name not in known:
        raise ValueError(f"name must be one of {', '.join(known)}, got {name!r}")
    return known[name]


def load(name: str) -> nn.Module:
    """The shipped model of a recipe, in evaluation mode on the CPU; its file's hash is checked first.

    >>> load("dcgan-fashion").sample(2).shape
    torch.Size([2, 1, 28, 28])

    Raises:
        ValueError: no such recipe, one without shipped weights, or a file that is not the one in the manifest.
    """
    with torch.random.fork_rng(devices=[]):  # initial weights are drawn and then replaced: leave no trace of that
        model = recipe(name).model()
    model.load_state_dict(load_weights(recipe(name).name))
    return model.eval().requires_grad_(False)
