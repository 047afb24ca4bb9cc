"""Adversarial training: the algorithm box of [goodfellow2014], with the losses and penalties as arguments."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .. import losses
from .checkpoint import Checkpointed
from .parallel import Fabric, autocast, average, average_gradients, draw
from .setup import adam, frozen, noise_source, prepare

PENALTIES = (None, "gradient", "r1")


class GANTrainer(Checkpointed):
    """Trains a generator against a discriminator, one `step` for each batch of real images.

    Args:
        generator, discriminator: plain modules; they are trained in place, and moved to the device.
        loss: a `losses.GANLoss`, such as `losses.non_saturating` or `losses.hinge`.
        lr: Adam's learning rate of the generator; `lr_discriminator` is the same unless given [heusel2017].
        betas: of both Adams; beta_1 = 0.5 as in [radford2016].
        penalty: None, "gradient" (WGAN-GP: weight * E(|grad| - 1)^2 [gulrajani2017]) or "r1"
            (weight / 2 * E|grad|^2 on real images [mescheder2018]). The critic must then be without BatchNorm.
        critic_steps: updates of the discriminator for each update of the generator, on one real batch with
            fresh noise each time.
        ema: decay of an exponential moving average of the generator's weights, in `ema_generator`; None keeps none.
        device: where to train; None takes CUDA, then Apple's MPS, then the CPU.
        seed: of the noise, which comes from the trainer's own random generator.
        fabric: what `parallel.launch` returned, to train on several devices; `device` is then Fabric's, and `step`
            takes this process's share of the batch.

    Raises:
        ValueError: unknown penalty, a penalty with BatchNorm in the critic, or a number out of its range.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        *,
        loss: losses.GANLoss = losses.non_saturating,
        lr: float = 2e-4,
        lr_discriminator: float | None = None,
        betas: tuple[float, float] = (0.5, 0.999),
        penalty: str | None = None,
        penalty_weight: float = 10.0,
        critic_steps: int = 1,
        ema: float | None = None,
        device: str | torch.device | None = None,
        seed: int = 0,
        fabric: Fabric | None = None,
    ):
        _check(discriminator, penalty, critic_steps, ema)
        self.loss, self.penalty, self.penalty_weight = loss, penalty, penalty_weight
        self.critic_steps, self.steps = critic_steps, 0
        self.fabric = fabric
        self.device, self.noise = noise_source(device, seed, fabric)
        self.generator = prepare(generator, self.device, fabric)
        self.discriminator = prepare(discriminator, self.device, fabric)
        # One optimiser for each network: an optimiser that held both would also move the opponent.
        self.optimizer_g = adam(self.generator, lr, betas)
        self.optimizer_d = adam(self.discriminator, lr if lr_discriminator is None else lr_discriminator, betas)
        # use_buffers: BatchNorm's running statistics must be averaged along with the weights they describe.
        self.ema = AveragedModel(generator, multi_avg_fn=get_ema_multi_avg_fn(ema), use_buffers=True) if ema else None

    @property
    def ema_generator(self) -> nn.Module:
        """The averaged generator where there is one, else the generator itself."""
        return self.ema.module if self.ema else self.generator

    def step(self, real: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """One update of each network from real images (B, 1, 28, 28); returns losses and mean scores, detached."""
        self.generator.train(), self.discriminator.train()
        real = real.to(self.device)
        labels = None if labels is None else labels.to(self.device)
        for _ in range(self.critic_steps):
            scores = self.discriminator_step(real, labels)
        scores |= self.generator_step(len(real), labels)
        if self.ema:
            self.ema.update_parameters(self.generator)
        self.steps += 1
        average(self.fabric, scores.values())
        return scores

    def discriminator_step(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Tell real from generated a little better; the generator does not move."""
        with torch.no_grad():  # this step needs no gradient of the generator
            x_hat = self.generate(len(x), labels)
        # Two passes, not one on both halves: BatchNorm's statistics must not mix real with generated images.
        real, fake = self.score(x, labels), self.score(x_hat, labels)
        loss = self.loss.discriminator(real, fake)
        self.optimizer_d.zero_grad(set_to_none=True)
        (loss + self.critic_penalty(x, x_hat, labels)).backward()
        average_gradients(self.fabric, self.discriminator.parameters())
        self.optimizer_d.step()
        return {"loss_d": loss.detach(), "real": real.detach().mean(), "fake": fake.detach().mean()}

    def generator_step(self, batch_size: int, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Score a little higher with the discriminator, which does not move; the noise is new."""
        with frozen(self.discriminator):  # its weights need no gradients here: 8 % less arithmetic
            loss = self.loss.generator(self.score(self.generate(batch_size, labels), labels))
            self.optimizer_g.zero_grad(set_to_none=True)
            loss.backward()
        average_gradients(self.fabric, self.generator.parameters())
        self.optimizer_g.step()
        return {"loss_g": loss.detach()}

    def draw_noise(self, n: int) -> Tensor:
        """Fresh noise z (n, Z) from the trainer's own random generator."""
        return draw(torch.randn, n, self.generator.z_dim, noise=self.noise, fabric=self.fabric)

    def generate(self, n: int, labels: Tensor | None) -> Tensor:
        """Images (n, 1, 28, 28) of fresh noise, computed in Fabric's precision and given back in that of the noise."""
        z = self.draw_noise(n)
        with autocast(self.fabric):
            return self.generator(z, labels).to(z.dtype)

    def score(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """The critic's logits (n,), computed in Fabric's precision and given back in that of the images."""
        with autocast(self.fabric):
            return self.discriminator(x, labels).to(x.dtype)

    def critic_penalty(self, x: Tensor, x_hat: Tensor, labels: Tensor | None) -> Tensor | float:
        """The weighted penalty on the critic's slope, 0 where none is asked for."""

        def critic(images: Tensor) -> Tensor:
            return self.score(images, labels)

        if self.penalty == "gradient":
            u = draw(torch.rand, len(x), noise=self.noise, fabric=self.fabric)
            return self.penalty_weight * losses.gradient_penalty(critic, x, x_hat, u=u)
        if self.penalty == "r1":
            return self.penalty_weight / 2 * losses.r1(critic, x)
        return 0.0

    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """Everything with weights or state, by the name it has in a checkpoint."""
        parts = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "optimizer_g": self.optimizer_g,
            "optimizer_d": self.optimizer_d,
        }
        return parts | ({"ema": self.ema} if self.ema else {})


def _check(discriminator: nn.Module, penalty: str | None, critic_steps: int, ema: float | None) -> None:
    if penalty not in PENALTIES:
        raise ValueError(f"penalty must be one of {PENALTIES}, got {penalty!r}")
    if penalty and any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in discriminator.modules()):
        raise ValueError(
            "penalty: a slope per example needs a critic without BatchNorm, which mixes the examples of a batch; "
            "use ConvDiscriminator(norm='none') or norm='spectral'"
        )
    if critic_steps < 1:
        raise ValueError(f"critic_steps must be at least 1, got {critic_steps}")
    if ema is not None and not 0 < ema < 1:
        raise ValueError(f"ema must lie between 0 and 1, or be None, got {ema}")
