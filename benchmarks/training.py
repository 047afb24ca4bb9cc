"""Training on a processor: `gc.fit` with `Batches` against the loop that one writes first, with equal nets and batches.

    python benchmarks/training.py

The rival reads images one by one through torch's DataLoader, each as the usual data set hands it out (a PIL image) and
the usual transform turns it into a tensor. It takes torch's Adam as it comes, and trains a GAN by the textbook: the
generator's step leaves the discriminator's gradients to be thrown away. Nets, losses, learning rates and batches are
the same. Beside that: the loaders alone, microseconds for each image, also without the detour over PIL.
"""

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import record
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

import gencourse as gc

ROUNDS, SECONDS, SEED = 5, 4.0, 0
IMAGES = gc.data.fashion_mnist("train").images


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


def loader(batch_size: int, images: Dataset | None = None) -> Iterator[Tensor]:
    while True:
        yield from DataLoader(images or ByPIL(), batch_size, shuffle=True, drop_last=True)


def plain_vae(model: gc.models.VAE) -> Callable[[Tensor], None]:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step(x: Tensor) -> None:
        logits, mu, logvar, _ = model(x)
        loss = gc.losses.gaussian_kl(mu, logvar).mean() - model.likelihood.log_prob(logits, x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()  # as in every example's log

    return step


def plain_gan(nets: tuple[torch.nn.Module, torch.nn.Module]) -> Callable[[Tensor], None]:
    generator, critic = nets
    for_g, for_d = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in nets)
    loss = gc.losses.non_saturating

    def step(x: Tensor) -> None:
        fakes = generator(torch.randn(len(x), generator.z_dim))
        loss_d = loss.discriminator(critic(x), critic(fakes.detach()))
        for_d.zero_grad()
        loss_d.backward()
        for_d.step()
        loss_g = loss.generator(critic(generator(torch.randn(len(x), generator.z_dim))))
        for_g.zero_grad()
        loss_g.backward()
        for_g.step()
        loss_d.item(), loss_g.item()

    return step


def vae(make: Callable[[], gc.models.VAE]) -> tuple:
    return make, plain_vae, lambda model: gc.VAETrainer(model, lr=1e-3, device="cpu")


def gan(make: Callable[[], tuple]) -> tuple:
    return make, plain_gan, lambda nets: gc.GANTrainer(*nets, device="cpu")


TASKS = {
    "MLP VAE, batch 128": (128, *vae(lambda: gc.MLPVAE(latent_dim=20))),
    "conv VAE, batch 128": (128, *vae(gc.ConvVAE)),
    "MLP GAN, batch 64": (64, *gan(lambda: (gc.MLPGenerator(), gc.MLPDiscriminator()))),
    "DCGAN, batch 64": (64, *gan(lambda: (gc.ConvGenerator(), gc.ConvDiscriminator()))),
}


def rate(step: Callable[[Tensor], object], batches: Iterator[Tensor], batch_size: int) -> float:
    """Images per second over some seconds."""
    steps, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < SECONDS:
        step(next(batches))
        steps += 1
    return steps * batch_size / passed


def endless(batches: gc.Batches) -> Iterator[Tensor]:
    while True:
        yield from batches


def compare(batch_size: int, make: Callable, plain: Callable, trainer: Callable) -> dict[str, float]:
    """Images per second of both, taking turns; the middle of the rounds, and of their ratios."""
    torch.manual_seed(SEED)
    rivals = (
        (plain(make()), loader(batch_size)),
        (trainer(make()).step, endless(gc.Batches(IMAGES, batch_size, device="cpu", seed=SEED))),
    )
    for step, batches in rivals:
        for _ in range(3):
            step(next(batches))
    rounds = [[rate(step, batches, batch_size) for step, batches in rivals] for _ in range(ROUNDS)]
    theirs, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(b / a for a, b in rounds)
    return {"plain": round(theirs), "gencourse": round(ours), "ratio": round(ratio, 2)}


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
        "plain, by PIL": microseconds_per_image(loader(128), 40),
        "plain, without PIL": microseconds_per_image(loader(128, OneByOne()), 40),
        "gencourse": microseconds_per_image(endless(gc.Batches(IMAGES, 128, device="cpu")), 70),
    }
    print(record.write("training", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
