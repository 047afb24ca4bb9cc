"""Training a variational autoencoder: one objective, one optimiser, both networks together [kingma2014]."""

import torch
from torch import Tensor

from .. import losses
from ..models import VAE
from .checkpoint import Checkpointed
from .setup import adam, noise_source, prepare


class VAETrainer(Checkpointed):
    """Maximises the evidence lower bound of a VAE, one `step` for each batch of images.

    Args:
        model: a `models.VAE`; it is trained in place, and moved to the device.
        lr: Adam's learning rate.
        beta: weight of the KL term; 1 is the bound itself, larger values trade detail for a simpler code
            [higgins2017].
        binarize: draw each pixel anew in every step, 1 with its grey as probability, so that a Bernoulli likelihood
            is a true one [salakhutdinov2008].
        device: where to train; None takes CUDA, then Apple's MPS, then the CPU.
        seed: of the noise eps, which comes from the trainer's own random generator.
    """

    def __init__(
        self,
        model: VAE,
        *,
        lr: float = 1e-3,
        beta: float = 1.0,
        binarize: bool = False,
        device: str | torch.device | None = None,
        seed: int = 0,
    ):
        self.beta, self.binarize, self.steps = beta, binarize, 0
        self.device, self.noise = noise_source(device, seed)
        self.model = prepare(model, self.device)
        self.optimizer = adam(self.model, lr)

    def step(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """One update from images (B, 1, 28, 28) in [0, 1]; returns loss = recon + beta * kl, nats per example."""
        self.model.train()
        x = x.to(self.device)
        if self.binarize:
            x = torch.bernoulli(x, generator=self.noise)
        logits, mu, logvar, _ = self.model(x, None if labels is None else labels.to(self.device), self.noise)
        recon = -self.model.likelihood.log_prob(logits, x).mean()
        kl = losses.gaussian_kl(mu, logvar).mean()
        loss = recon + self.beta * kl
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # into encoder and decoder at once: they share the one objective
        self.optimizer.step()
        self.steps += 1
        return {"loss": loss.detach(), "recon": recon.detach(), "kl": kl.detach()}

    def parts(self) -> dict[str, torch.nn.Module | torch.optim.Optimizer]:
        """Everything with weights or state, by the name it has in a checkpoint."""
        return {"model": self.model, "optimizer": self.optimizer}
