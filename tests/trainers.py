"""Small trainers of every kind, on the CPU unless told otherwise, and what the training tests compare with."""

from functools import partial

import torch
from torch import nn

import gencourse as gc

IMAGES = torch.rand(24, 1, 28, 28, generator=torch.Generator().manual_seed(1))
LABELS = torch.arange(24) % 10


def small_gan(device="cpu", **options):
    torch.manual_seed(0)
    g, d = gc.MLPGenerator(z_dim=4, hidden=16), gc.MLPDiscriminator(hidden=16)
    return gc.GANTrainer(g, d, device=device, **options)


def conv_gan(norm="batch", device="cpu", **options):
    torch.manual_seed(0)
    g, d = gc.ConvGenerator(z_dim=4, width=4), gc.ConvDiscriminator(width=4, norm=norm)
    return gc.GANTrainer(g, d, device=device, **options)


def conditional_gan(device="cpu", **options):
    torch.manual_seed(0)
    g = gc.ConvGenerator(z_dim=4, width=4, classes=10)
    d = gc.ConvDiscriminator(width=4, classes=10, norm="spectral")
    return gc.GANTrainer(g, d, device=device, **options)


def small_vae(model=gc.MLPVAE, likelihood=None, device="cpu", **options):
    torch.manual_seed(0)
    extra = {"hidden": 16} if model is gc.MLPVAE else {"width": 4}
    return gc.VAETrainer(model(latent_dim=3, likelihood=likelihood, **extra), device=device, **options)


def conditional_vae(device="cpu", **options):
    torch.manual_seed(0)
    return gc.VAETrainer(gc.ConvVAE(latent_dim=3, width=4, classes=10), device=device, **options)


def gaussian_vae(device="cpu", **options):
    return small_vae(gc.ConvVAE, likelihood=gc.models.Gaussian(), device=device, **options)


TRAINERS = {
    "mlp-gan": small_gan,
    "mlp-gan-ema": partial(small_gan, ema=0.9),
    "minimax": partial(small_gan, loss=gc.losses.minimax),
    "least-squares": partial(small_gan, loss=gc.losses.least_squares),
    "dcgan": conv_gan,
    "dcgan-ema": partial(conv_gan, ema=0.9),
    "dcgan-reuse": partial(conv_gan, reuse=True),
    "sn-hinge": partial(conv_gan, "spectral", loss=gc.losses.hinge, critic_steps=2),
    "wgan-gp": partial(conv_gan, "none", loss=gc.losses.wasserstein, penalty="gradient"),
    "r1": partial(conv_gan, "none", penalty="r1"),
    "mlp-vae": small_vae,
    "conv-vae": partial(small_vae, gc.ConvVAE),
    "binarized-vae": partial(small_vae, gc.ConvVAE, binarize=True),
    "gaussian-vae": gaussian_vae,
}


def weights(trainer):
    return {
        f"{name}.{key}": value.clone()
        for name, part in trainer.parts().items()
        if isinstance(part, nn.Module)
        for key, value in part.state_dict().items()
    }


def equal(a, b):
    """The same tree of plain data, tensors compared bit for bit."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


def run(trainer, steps, batches=None):
    batches = batches or gc.Batches(IMAGES, 8, device="cpu")
    return list(gc.fit(trainer, batches, steps=steps))


def parameters(module):
    return [p.detach().clone() for p in module.parameters()]
