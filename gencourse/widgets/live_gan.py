"""Explorer: a GAN in the plane that trains in the page, judged by the density that it should learn."""

from functools import cache
from typing import Any

import torch
import traitlets
from torch import Tensor

from .. import data, losses, metrics, models, plots
from ..training import GANTrainer
from .base import Explorer

# As in js/live_gan_data.js, js/live_gan_train.js and js/live_gan_run.js
MIXTURES = {
    "ring": data.RingOfGaussians(sigma=0.15),
    "grid": data.GridOfGaussians(spacing=1.0, sigma=0.1),
    "moons": data.TwoMoons(),
}
BATCH, CLIP, POINTS, REACH = 64, 0.1, 20_000, 3.0

STEPS = 1000  # before the still picture


class LiveGAN(Explorer):
    """A GAN in the plane, trained live: the data and the generated points over what the discriminator says.

    Traits: data, "ring", "grid" or "moons" (`MIXTURES`); loss, "non_saturating", "wasserstein" or "hinge"; penalty,
    what holds the discriminator: "none", "gradient" [gulrajani2017] or "r1" [mescheder2018], with `weight` in
    [0.01, 10], or "clip", all its parameters kept in [-0.1, 0.1] [arjovsky2017]; spectral, whether its weights are
    normalised [miyato2018]; critic_steps, 1 or 5; lr_g and lr_d, Adam's rates, from 1e-4 to 0.032; seed, from 1 to
    9999; speed, the steps a second, from 1 to 3200. Everything else is as in `GANTrainer`, batches have 64 points.
    The still picture shows the same game after 1,000 steps of `GANTrainer`, with other random numbers.
    TraitError: a value out of its range.

    >>> LiveGAN(data="moons", lr_d=0.01).state()["lr_d"]
    0.01
    """

    module = "live_gan"
    description = traitlets.Unicode(
        "A generator and a discriminator of points in the plane train against each other when you press Play. The "
        "picture shows data, generated points and where the discriminator says real; numbers beside it say how far "
        "the generated points are from the density of the data."
    ).tag(sync=True)
    data = traitlets.Enum(list(MIXTURES), "ring").tag(sync=True)
    loss = traitlets.Enum(["non_saturating", "wasserstein", "hinge"], "non_saturating").tag(sync=True)
    penalty = traitlets.Enum(["none", "gradient", "r1", "clip"], "none").tag(sync=True)
    weight = traitlets.Float(0.1, min=0.01, max=10).tag(sync=True)
    spectral = traitlets.Bool(False).tag(sync=True)
    critic_steps = traitlets.Enum([1, 5], 1).tag(sync=True)
    lr_g = traitlets.Float(1e-3, min=1e-4, max=0.032).tag(sync=True)
    lr_d = traitlets.Float(1e-3, min=1e-4, max=0.032).tag(sync=True)
    seed = traitlets.Int(1, min=1, max=9999).tag(sync=True)
    speed = traitlets.Float(250.0, min=1, max=3200).tag(sync=True)

    def picture(self) -> "matplotlib.axes.Axes":
        trainer, fake = self.played()
        real = MIXTURES[self.data].sample(500, torch.Generator().manual_seed(0))
        at = torch.linspace(-REACH, REACH, 61)
        grid = torch.cartesian_prod(at, at).flip(1)  # row by row from the bottom, (61 * 61, 2)
        with torch.no_grad():
            sure = strengths(trainer.discriminator.eval()(grid), self.loss)
        return plots.landscape(sure.view(61, 61), real, fake[:500], REACH)

    def alt(self) -> str:
        _, fake = self.played()
        covered = metrics.modes_covered(fake, MIXTURES[self.data])
        jsd, _ = metrics.cell_divergences(fake, MIXTURES[self.data])
        return (
            f"Data ({self.data}) and generated points after {STEPS} steps, over the bands of what the discriminator "
            f"says. The generated points cover {int(covered.sum())} of {len(covered)} modes; their Jensen-Shannon "
            f"divergence from the data is {jsd:.2f} nats of at most 0.69."
        )

    def played(self) -> tuple[GANTrainer, Tensor]:
        """The trainer after STEPS steps with these settings, and POINTS points of its generator."""
        rates = (self.lr_g, self.lr_d, self.critic_steps)
        return play(self.data, self.loss, self.penalty, self.weight, self.spectral, rates, self.seed)


class ClippingTrainer(GANTrainer):
    """The trainer, with the critic's parameters held in [-CLIP, CLIP] after each of its updates [arjovsky2017]."""

    def discriminator_step(self, x: Tensor, x_hat: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        scores = super().discriminator_step(x, x_hat, labels)
        with torch.no_grad():
            for parameter in self.discriminator.parameters():
                parameter.clamp_(-CLIP, CLIP)
        return scores


def trainer(loss: str, penalty: str, weight: float, spectral: bool, seed: int, **options: Any) -> GANTrainer:
    """The package's trainer for an explorer's settings; `options` are its own."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = models.PlaneGenerator(), models.PlaneDiscriminator(norm="spectral" if spectral else "none")
    if penalty in ("gradient", "r1"):
        options |= {"penalty": penalty, "penalty_weight": weight}
    kind = ClippingTrainer if penalty == "clip" else GANTrainer
    return kind(*networks, loss=getattr(losses, loss), device="cpu", seed=seed, **options)


@cache  # a notebook asks for the picture and its words each time it shows the explorer
def play(
    data: str, loss: str, penalty: str, weight: float, spectral: bool, rates: tuple[float, float, int], seed: int
) -> tuple[GANTrainer, Tensor]:
    options = dict(zip(("lr", "lr_discriminator", "critic_steps"), rates, strict=True))
    made = trainer(loss, penalty, weight, spectral, seed, **options)
    rng = torch.Generator().manual_seed(seed)
    for _ in range(STEPS):
        made.step(MIXTURES[data].sample(BATCH, rng))
    with torch.no_grad():
        return made, made.generate(POINTS, None)


def strengths(scores: Tensor, loss: str) -> Tensor:
    """How sure the discriminator is, from -1 (generated) to 1 (real): 2D - 1, or its place in the range of a critic."""
    if loss != "wasserstein":
        return (scores / 2).tanh()
    from_mean = scores - scores.mean()  # a constant changes nothing in this loss
    return from_mean / from_mean.abs().max().clamp(min=1e-12)
