"""Adversarial training: the algorithm box of [goodfellow2014], with the losses and penalties as arguments."""

import copy

import torch
from torch import Tensor, nn

from .. import losses
from .batchnorm import has_batch_norm
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
        reuse: let the generator learn from the images that the discriminator has just seen. That saves a pass through
            the generator; the algorithm box draws new noise for its step.
        ema: decay of an exponential moving average of the generator's weights, in `ema_generator`; None keeps none.
            While it is young it forgets faster, min(ema, (1 + k) / (10 + k)) after k steps, for its start is untrained.
        device: where to train; None takes CUDA, then Apple's MPS, then the CPU.
        seed: of the noise, which comes from the trainer's own random generator.
        fabric: what `parallel.launch` returned, to train on several devices; `device` is then Fabric's, and `step`
            takes this process's share of the batch.
        graph: on CUDA, let `fit` and `Run` capture a step and replay it, which spares the GPU the wait for Python;
            `step` itself never does.

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
        reuse: bool = False,
        ema: float | None = None,
        device: str | torch.device | None = None,
        seed: int = 0,
        fabric: Fabric | None = None,
        graph: bool = True,
    ):
        _check(discriminator, penalty, critic_steps, ema)
        self.loss, self.penalty, self.penalty_weight = loss, penalty, penalty_weight
        self.critic_steps, self.reuse, self.steps = critic_steps, reuse, 0
        self.fabric, self.graph = fabric, graph
        self.device, self.noise = noise_source(device, seed, fabric)
        self.generator = prepare(generator, self.device, fabric)
        self.discriminator = prepare(discriminator, self.device, fabric)
        # One optimiser for each network: an optimiser that held both would also move the opponent.
        self.optimizer_g = adam(self.generator, lr, betas)
        self.optimizer_d = adam(self.discriminator, lr if lr_discriminator is None else lr_discriminator, betas)
        self.decay = ema
        # Updates of the average, as a tensor: Python's own count would stand still in a captured step.
        self.age = torch.zeros((), dtype=torch.long, device=self.device)
        self.ema = copy.deepcopy(self.generator).requires_grad_(False) if ema else None

    @property
    def ema_generator(self) -> nn.Module:
        """The averaged generator where there is one, else the generator itself."""
        return self.generator if self.ema is None else self.ema

    def step(self, real: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """One update of each network from real images (B, 1, 28, 28); returns losses and mean scores, detached."""
        self.generator.train(), self.discriminator.train()
        real = real.to(self.device)
        labels = None if labels is None else labels.to(self.device)
        for _ in range(self.critic_steps):
            with torch.set_grad_enabled(self.reuse):  # the discriminator's step asks for no gradient of the generator
                x_hat = self.generate(len(real), labels)
            scores = self.discriminator_step(real, x_hat, labels)
        if not self.reuse:
            x_hat = self.generate(len(real), labels)
        scores |= self.generator_step(x_hat, labels)
        if self.ema is not None:
            self.update_average()
        self.steps += 1
        average(self.fabric, scores.values())
        return scores

    def discriminator_step(self, x: Tensor, x_hat: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Tell real images `x` from generated `x_hat` a little better; the generator does not move."""
        x_hat = x_hat.detach()
        real, fake = self.score_both(x, x_hat, labels)
        loss = self.loss.discriminator(real, fake)
        self.optimizer_d.zero_grad(set_to_none=True)
        (loss + self.critic_penalty(x, x_hat, labels)).backward()
        average_gradients(self.fabric, self.discriminator.parameters())
        self.optimizer_d.step()
        return {"loss_d": loss.detach(), "real": real.detach().mean(), "fake": fake.detach().mean()}

    def generator_step(self, x_hat: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Let images like `x_hat` score a little higher with the discriminator, which does not move."""
        with frozen(self.discriminator):  # its weights need no gradients here: 8 % less arithmetic
            loss = self.loss.generator(self.score(x_hat, labels))
            self.optimizer_g.zero_grad(set_to_none=True)
            loss.backward()
        average_gradients(self.fabric, self.generator.parameters())
        self.optimizer_g.step()
        return {"loss_g": loss.detach()}

    def draw_noise(self, n: int) -> Tensor:
        """Fresh noise z (n, Z) from the trainer's own random generator."""
        return draw(torch.randn, n, self.generator.z_dim, noise=self.noise, fabric=self.fabric)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Images (n, 1, 28, 28) of fresh noise, computed in Fabric's precision and given back in that of the noise."""
        z = self.draw_noise(n)
        with autocast(self.fabric):
            return self.generator(z, labels).to(z.dtype)

    def score(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """The critic's logits (n,), computed in Fabric's precision and given back in that of the images."""
        with autocast(self.fabric):
            return self.discriminator(x, labels).to(x.dtype)

    def score_both(self, x: Tensor, x_hat: Tensor, labels: Tensor | None) -> tuple[Tensor, ...]:
        """The critic's logits of real and of generated images, (n,) each."""
        # Two passes where one would be wrong: BatchNorm's statistics must not mix real with generated images, and the
        # slopes of a Wasserstein critic, which often cancel, would leave a rounding error that Adam makes a step of.
        if self.penalty or has_batch_norm(self.discriminator):
            return self.score(x, labels), self.score(x_hat, labels)
        twice = None if labels is None else torch.cat([labels, labels])
        return self.score(torch.cat([x, x_hat]), twice).chunk(2)

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

    @torch.no_grad()
    def update_average(self) -> None:
        """Move the average towards the generator: weights, and the running statistics of BatchNorm along with them."""
        rate = (9 / (10 + self.age)).clamp(min=1 - self.decay)  # 9 / (10 + k) = 1 - (1 + k) / (10 + k)
        rate = torch.where(self.age == 0, 1.0, rate)
        self.age += 1
        now = self.generator.state_dict()
        for name, mean in self.ema.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(now[name], rate.to(mean.dtype))
            else:
                mean.copy_(now[name])  # BatchNorm's count of batches

    def _take(self, state: dict) -> None:
        super()._take(state)
        self.age.fill_(self.steps)

    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """Everything with weights or state, by the name it has in a checkpoint."""
        parts = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "optimizer_g": self.optimizer_g,
            "optimizer_d": self.optimizer_d,
        }
        return parts if self.ema is None else parts | {"ema": self.ema}


def _check(discriminator: nn.Module, penalty: str | None, critic_steps: int, ema: float | None) -> None:
    if penalty not in PENALTIES:
        raise ValueError(f"penalty must be one of {PENALTIES}, got {penalty!r}")
    if penalty and has_batch_norm(discriminator):
        raise ValueError(
            "penalty: a slope per example needs a critic without BatchNorm, which mixes the examples of a batch; "
            "use ConvDiscriminator(norm='none') or norm='spectral'"
        )
    if critic_steps < 1:
        raise ValueError(f"critic_steps must be at least 1, got {critic_steps}")
    if ema is not None and not 0 < ema < 1:
        raise ValueError(f"ema must lie between 0 and 1, or be None, got {ema}")
