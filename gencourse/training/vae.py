"""Training a variational autoencoder: one objective, one optimiser, both networks together [kingma2014]."""

from collections.abc import Callable

import torch
from torch import Tensor

from .. import losses
from ..models import VAE
from .checkpoint import Checkpointed
from .parallel import Fabric, autocast, average, average_gradients, draw
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
        fabric: what `parallel.launch` returned, to train on several devices; `device` is then Fabric's, and `step`
            takes this process's share of the batch.
        graph: on CUDA, let `fit` and `Run` capture a step and replay it, which spares the GPU the wait for Python;
            `step` itself never does.
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
        fabric: Fabric | None = None,
        graph: bool = True,
    ):
        self.beta, self.binarize, self.steps = beta, binarize, 0
        self.fabric, self.graph = fabric, graph
        self.device, self.noise = noise_source(device, seed, fabric)
        self.model = prepare(model, self.device, fabric)
        self.optimizer = adam(self.model, lr)

    def step(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """One update from images (B, 1, 28, 28) in [0, 1]; returns loss = recon + beta * kl, nats per example."""
        self.model.train()
        x = x.to(self.device)
        if self.binarize:
            x = (self.draw(torch.rand, *x.shape) < x).to(x.dtype)
        logits, mu, logvar = self.infer(x, None if labels is None else labels.to(self.device))
        recon = -self.model.likelihood.log_prob(logits, x).mean()
        kl = losses.gaussian_kl(mu, logvar).mean()
        loss = recon + self.beta * kl
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # into encoder and decoder at once: they share the one objective
        average_gradients(self.fabric, self.model.parameters())
        self.optimizer.step()
        self.steps += 1
        scores = {"loss": loss.detach(), "recon": recon.detach(), "kl": kl.detach()}
        average(self.fabric, scores.values())
        return scores

    def infer(self, x: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """The model's logits, mu and logvar, computed in Fabric's precision and given back in the type of x."""
        eps = self.draw(torch.randn, len(x), self.model.z_dim)
        with autocast(self.fabric):
            logits, mu, logvar, _ = self.model(x, labels, eps=eps)
        return logits.to(x.dtype), mu.to(x.dtype), logvar.to(x.dtype)

    def draw(self, kind: Callable[..., Tensor], n: int, *shape: int) -> Tensor:
        """Random numbers (n, ...) of `kind`, `torch.randn` or `torch.rand`, from the trainer's own generator."""
        return draw(kind, n, *shape, noise=self.noise, fabric=self.fabric)

    def parts(self) -> dict[str, torch.nn.Module | torch.optim.Optimizer]:
        """Everything with weights or state, by the name it has in a checkpoint."""
        return {"model": self.model, "optimizer": self.optimizer}
