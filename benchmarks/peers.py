"""Training on a processor: `gc.fit` against the loops of other projects, run from their own sources.

    python benchmarks/peers.py EXAMPLES PYTORCH_GAN

The two folders are checkouts of github.com/pytorch/examples and github.com/eriklindernoren/PyTorch-GAN. torchvision
must be installed, since it reads and transforms their images; the environment variable FASHION_MNIST may name the
folder of the data set's four files, which are else downloaded. Everything in their scripts is kept, data pipeline,
optimiser, the loop and its prints, but for the data set (Fashion-MNIST in place of MNIST) and, in the fully connected
GAN, the two networks, which are ours with the output that the loop expects. Their generator learns from the images that
their discriminator has just seen, so ours does too. Between two bursts of theirs `gc.fit` trains.
"""

import argparse
import ast
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import record
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from torch.utils.data import DataLoader

import gencourse as gc
from gencourse.assets.provenance import commit

SET = gc.data.fashion_mnist("train", full=True, root=os.environ.get("FASHION_MNIST"))


class Fashion(torchvision.datasets.MNIST):
    """torchvision's own data set with other images in it: each still goes through PIL and the script's transforms."""

    def __init__(self, root: str, train: bool = True, transform: Callable | None = None, download: bool = False):
        self.data, self.targets = SET.images[:, 0], SET.labels
        self.transform, self.target_transform = transform, None


def compare(script: Path, trainer: Callable[[dict], gc.training.loop.Trainer], size: int = 28, **classes: type) -> dict:
    """Images per second of a script's loop and of `gc.fit`, whose trainer is made from the script's own names.

    `classes` take the place of the script's classes of that name; `size` is the height of the images.
    """
    tree = ast.parse(script.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if getattr(node, "name", None) not in classes]
    names = {"__name__": "__main__", **classes}
    turns = []

    def ours(batch_size: int) -> Iterator:
        images = F.interpolate(SET.images.float() / 255, size).clamp(0, 1)
        images = (255 * images).round().to(torch.uint8)
        yield from gc.fit(trainer(names), gc.Batches(images, batch_size, device="cpu"), steps=10**9)

    def loader(*args, shuffle: bool = False, **options) -> DataLoader | record.Turns:
        batches = DataLoader(*args, shuffle=shuffle, **options)
        if not shuffle:  # the images for testing
            return batches
        turns.append(record.Turns(batches, ours(batches.batch_size)))
        return turns[0]

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(torchvision.datasets, "MNIST", Fashion))
        stack.enter_context(mock.patch.object(torch.utils.data, "DataLoader", loader))
        stack.enter_context(mock.patch.object(sys, "argv", [script.name]))
        stack.enter_context(contextlib.chdir(stack.enter_context(tempfile.TemporaryDirectory())))
        Path("results").mkdir()  # the VAE's script writes pictures there
        stack.enter_context(contextlib.redirect_stdout(stack.enter_context(open(os.devnull, "w"))))
        stack.enter_context(contextlib.suppress(record.Enough))
        exec(compile(tree, script.name, "exec"), names)
    return {**turns[0].result(), "commit": commit(script.parent)}


class Generator(nn.Sequential):
    """Our fully connected generator, ending in the tanh that PyTorch-GAN's loop expects."""

    def __init__(self) -> None:
        super().__init__(*gc.models.MLPGenerator().net[:-1], nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))


class Discriminator(nn.Sequential):
    """Our fully connected discriminator, with the sigmoid that PyTorch-GAN's loop expects."""

    def __init__(self) -> None:
        super().__init__(*gc.models.MLPDiscriminator().net, nn.Sigmoid())


class Ours(nn.Module):
    """A network of theirs between images in [-1, 1], with the arguments that our trainers give."""

    classes = 0

    def __init__(self, net: nn.Module, z_dim: int = 0):
        super().__init__()
        self.net, self.z_dim = net, z_dim

    def forward(self, x: Tensor, labels: None = None) -> Tensor:
        return (self.net(x) + 1) / 2 if self.z_dim else self.net(2 * x - 1).squeeze(1)


def dcgan(names: dict) -> gc.GANTrainer:
    """The script's networks under our trainer, without its sigmoid, since our losses take logits."""
    theirs = names["Discriminator"]()
    discriminator = nn.Sequential(theirs.model, nn.Flatten(), theirs.adv_layer[0])
    generator = Ours(names["Generator"](), names["opt"].latent_dim)
    return gc.GANTrainer(generator, Ours(discriminator), reuse=True, device="cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("examples", type=Path, help="a checkout of pytorch/examples")
    parser.add_argument("gan", type=Path, help="a checkout of eriklindernoren/PyTorch-GAN")
    folders = parser.parse_args()
    torch.manual_seed(0)
    result = {
        "task": "images per second of training on a processor, float32, against other projects' scripts",
        "seed": 0,
        "torchvision": torchvision.__version__,
        "MLP VAE of pytorch/examples, batch 128": compare(
            folders.examples / "vae" / "main.py",
            lambda _: gc.VAETrainer(gc.MLPVAE(latent_dim=20), device="cpu"),
        ),
        "MLP GAN in PyTorch-GAN's loop, batch 64": compare(
            folders.gan / "implementations" / "gan" / "gan.py",
            lambda _: gc.GANTrainer(gc.MLPGenerator(), gc.MLPDiscriminator(), reuse=True, device="cpu"),
            Generator=Generator,
            Discriminator=Discriminator,
        ),
        "DCGAN of PyTorch-GAN at 32x32, batch 64": compare(
            folders.gan / "implementations" / "dcgan" / "dcgan.py", dcgan, size=32
        ),
    }
    print(record.write("peers", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
