"""Training on a processor: `gc.fit` against the loop that one writes first, and against the barest loop there is.

    python benchmarks/training.py

"plain" reads images one by one through torch's DataLoader, each as the usual data set hands it out (a PIL image), and
the usual transform turns it into a tensor. It takes torch's Adam as it comes, and lets the generator's step leave
gradients in the discriminator. "bare" makes the same updates as ours by the same means, written out flat: no history,
no moving average, no scores. The time of ours over its time is what the trainer itself costs. Nets, losses, learning
rates and batches are the same for all three. Beside that: the loaders alone, in microseconds an image.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import record
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import gencourse as gc

ROUNDS, SECONDS, SEED = 5, 4.0, 0
IMAGES = gc.data.fashion_mnist("train").images
GAME, RATE, BETAS = gc.losses.non_saturating, 2e-4, (0.5, 0.999)


class OneByOne(Dataset):
    """Images as float tensors in [0, 1], one at a time."""

    def __len__(self) -> int:
        return len(IMAGES)

    def __getitem__(self, i: int) -> Tensor:
        return IMAGES[i].float() / 255


class ByPIL(OneByOne):
    """The same by the steps of torchvision's FashionMNIST and ToTensor, which this project does not depend on."""

    def __getitem__(self, i: int) -> Tensor:
        picture = Image.fromarray(IMAGES[i, 0].numpy())
        array = np.array(picture, copy=True).reshape(picture.size[1], picture.size[0], 1)
        return torch.from_numpy(array).permute(2, 0, 1).contiguous().float().div(255)


def loaded(batch_size: int, images: Dataset | None = None) -> Iterator[Tensor]:
    """Endless batches of a DataLoader."""
    while True:
        yield from DataLoader(images or ByPIL(), batch_size, shuffle=True, drop_last=True)


def in_memory(batch_size: int) -> Iterator[Tensor]:
    """Endless batches of ours."""
    batches = gc.Batches(IMAGES, batch_size, device="cpu", seed=SEED)
    while True:
        yield from batches


def elbo_loss(model: gc.models.VAE, x: Tensor) -> Tensor:
    logits, mu, logvar, _ = model(x)
    return gc.losses.gaussian_kl(mu, logvar).mean() - model.likelihood.log_prob(logits, x).mean()


def plain_vae(model: gc.models.VAE, batch_size: int) -> Iterator:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for x in loaded(batch_size):
        loss = elbo_loss(model, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()  # as in every example's log


def bare_vae(model: gc.models.VAE, batch_size: int) -> Iterator:
    model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    for x in in_memory(batch_size):
        optimizer.zero_grad()
        elbo_loss(model, x).backward()
        optimizer.step()
        yield


def plain_gan(nets: tuple[nn.Module, nn.Module], batch_size: int) -> Iterator:
    generator, critic = nets
    for_g, for_d = (torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS) for net in nets)
    for x in loaded(batch_size):
        fakes = generator(torch.randn(len(x), generator.z_dim))
        loss_d = GAME.discriminator(critic(x), critic(fakes.detach()))
        for_d.zero_grad()
        loss_d.backward()
        for_d.step()
        loss_g = GAME.generator(critic(fakes))
        for_g.zero_grad()
        loss_g.backward()
        for_g.step()
        yield loss_d.item(), loss_g.item()


def bare_gan(nets: tuple[nn.Module, nn.Module], batch_size: int, one_pass: bool) -> Iterator:
    generator, critic = (net.to(memory_format=torch.channels_last) for net in nets)
    weights = list(critic.parameters())
    for_g, for_d = (torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS, fused=True) for net in nets)
    for x in in_memory(batch_size):
        x_hat = generator(torch.randn(len(x), generator.z_dim))
        fakes = x_hat.detach()
        real, fake = critic(torch.cat([x, fakes])).chunk(2) if one_pass else (critic(x), critic(fakes))
        for_d.zero_grad()
        GAME.discriminator(real, fake).backward()
        for_d.step()
        for w in weights:
            w.requires_grad_(False)
        for_g.zero_grad()
        GAME.generator(critic(x_hat)).backward()
        for_g.step()
        for w in weights:
            w.requires_grad_(True)
        yield


def ours(trainer: Callable, model: object, batch_size: int) -> Iterator:
    yield from gc.fit(trainer(model), gc.Batches(IMAGES, batch_size, device="cpu", seed=SEED), steps=10**9)


def vae(model: gc.models.VAE) -> gc.VAETrainer:
    return gc.VAETrainer(model, lr=1e-3, device="cpu")


def gan(nets: tuple[nn.Module, nn.Module]) -> gc.GANTrainer:
    return gc.GANTrainer(*nets, lr=RATE, betas=BETAS, reuse=True, ema=0.999, device="cpu")


TASKS: dict[str, tuple[int, Callable, Callable, Callable, Callable]] = {
    "MLP VAE, batch 128": (128, lambda: gc.MLPVAE(latent_dim=20), plain_vae, bare_vae, vae),
    "conv VAE, batch 128": (128, gc.ConvVAE, plain_vae, bare_vae, vae),
    "MLP GAN, batch 64": (
        64,
        lambda: (gc.MLPGenerator(), gc.MLPDiscriminator()),
        plain_gan,
        partial(bare_gan, one_pass=True),
        gan,
    ),
    "DCGAN of 64 channels, batch 64": (
        64,
        lambda: (gc.ConvGenerator(width=64), gc.ConvDiscriminator(width=64)),
        plain_gan,
        partial(bare_gan, one_pass=False),  # BatchNorm must not mix real with generated images
        gan,
    ),
}


def compare(batch_size: int, make: Callable, plain: Callable, bare: Callable, trainer: Callable) -> dict[str, float]:
    """Images per second of the three, taking turns; the middle of the rounds, and of their ratios."""
    torch.manual_seed(SEED)
    rivals = {
        "plain": plain(make(), batch_size),
        "bare": bare(make(), batch_size),
        "gencourse": ours(trainer, make(), batch_size),
    }
    rounds = [{k: batch_size * record.rate(r, SECONDS) for k, r in rivals.items()} for _ in range(ROUNDS + 1)][1:]

    def median(value: Callable[[dict], float], digits: int) -> float:
        return round(statistics.median(map(value, rounds)), digits)

    return {name: median(lambda r, name=name: r[name], 0) for name in rivals} | {
        "ratio to plain": median(lambda r: r["gencourse"] / r["plain"], 2),
        "overhead over bare": median(lambda r: r["bare"] / r["gencourse"] - 1, 3),
    }


def microseconds_per_image(batches: Iterator[Tensor], count: int) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        images = sum(len(next(batches)) for _ in range(count))
        times.append(1e6 * (time.perf_counter() - start) / images)
    return round(statistics.median(times), 2)


def main() -> None:
    result = {"task": "images per second of training on a processor, float32", "seed": SEED}
    result["images per second"] = {name: compare(*task) for name, task in TASKS.items()}
    result["loader, microseconds an image"] = {
        "plain, by PIL": microseconds_per_image(loaded(128), 40),
        "plain, without PIL": microseconds_per_image(loaded(128, OneByOne()), 40),
        "gencourse": microseconds_per_image(in_memory(128), 70),
    }
    print(record.write("training", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
