"""Train a recipe and ship its weights, or draw the picture of the front page.

    python -m gencourse.recipes list
    python -m gencourse.recipes train dcgan-fashion --root FOLDER
    python -m gencourse.recipes picture book/_static/samples.png

`train` repeats the run from its seed on the 60,000 training images and stores weights and facts in the package.
"""

import argparse
from typing import Any

import torch
from torch import nn

from .. import metrics
from ..assets import half, store_weights
from ..assets.provenance import made_on
from ..data import Batches, best_device, fashion_mnist
from ..training import GANTrainer, fit
from . import RECIPES, load, recipe


def train(name: str, root: str | None = None, steps: int | None = None, device: str | None = None) -> nn.Module:
    """Run a recipe on all training images; returns the trained model, or its moving average where it keeps one."""
    chosen = recipe(name)
    images, labels, _ = fashion_mnist("train", full=True, root=root)
    trainer = chosen.build(device)
    batches = Batches(
        images,
        chosen.batch_size,
        device=trainer.device,
        seed=chosen.seed,
        labels=labels if chosen.conditional else None,
    )
    total = steps or chosen.steps
    for scores in fit(trainer, batches, steps=total, every=max(1, total // 40)):
        print("  ".join(f"{key} {value:.4g}" for key, value in scores.items()), flush=True)
    return trainer.ema_generator if isinstance(trainer, GANTrainer) else trainer.model


def facts(model: nn.Module, real: torch.Tensor) -> dict[str, float]:
    """Fréchet and kernel distance of as many samples as there are `real` images (the embedded test images)."""
    fake = model.sample(len(real), torch.Generator().manual_seed(0))
    mean, _ = metrics.kid(real, fake)
    return {"fid": round(metrics.fid(real, fake), 2), "kid": round(mean, 4), "images": len(real)}


def store(name: str, model: nn.Module, origin: dict[str, Any], steps: int | None = None) -> dict[str, Any]:
    """Write the weights, their origin (`made_on`) and the facts on them, measured after the rounding of storing."""
    chosen = recipe(name)
    model = model.cpu().eval()
    model.load_state_dict({key: half(key, t) for key, t in model.state_dict().items()})
    entry = {
        **facts(model, fashion_mnist("test").images),
        "steps": steps or chosen.steps,
        "batch_size": chosen.batch_size,
        "seed": chosen.seed,
        "train_images": 60_000,
        **origin,
        "command": f"python -m gencourse.recipes train {name}" + (f" --steps {steps}" if steps else ""),
    }
    store_weights(name, model.state_dict(), entry)
    return entry


def picture(file: str) -> None:
    """Draw images of the shipped convolutional GAN and VAE beside real ones, into one PNG."""
    import matplotlib.pyplot as plt

    from ..plots import grid

    rows = {
        "Fashion-MNIST": fashion_mnist("test").images[:36],
        "convolutional GAN": load("dcgan-fashion").sample(36, torch.Generator().manual_seed(0)),
        "convolutional VAE": load("conv-vae-fashion").sample(36, torch.Generator().manual_seed(0)),
    }
    figure, axes = plt.subplots(1, len(rows), figsize=(9, 3.3), layout="constrained")
    for ax, (title, images) in zip(axes, rows.items(), strict=True):
        grid(images, columns=6, ax=ax).set_title(title)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m gencourse.recipes", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the recipes and what they are for")
    command = commands.add_parser("train", help="train one from its seed and store the weights in the package")
    command.add_argument("name", choices=list(RECIPES))
    command.add_argument("--root", help="folder of the four Fashion-MNIST files; default: found or downloaded")
    command.add_argument("--steps", type=int, help="fewer or more than the recipe says")
    command.add_argument("--device", help="cpu, cuda or mps; default: the best there is")
    commands.add_parser("picture", help="draw samples of the shipped models").add_argument("file")
    args = parser.parse_args(arguments)
    if args.command == "list":
        for each in RECIPES.values():
            print(f"{each.name:18} {each.steps:6} steps of {each.batch_size}: {each.about}")
    elif args.command == "picture":
        picture(args.file)
    else:
        origin = made_on(args.device or best_device())  # before: the checkout may move on while it trains
        model = train(args.name, args.root, args.steps, args.device)
        print(store(args.name, model, origin, args.steps))


if __name__ == "__main__":
    main()
