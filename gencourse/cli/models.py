"""The trained model that a command's RUN names: one of a run's checkpoints, or one that ships with the package."""

from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from ..data import best_device
from ..recipes import load, names, recipe
from ..training import GANTrainer, Run, VAETrainer
from .options import Evaluate, Sample


class Trained(NamedTuple):
    """A model in evaluation mode on the device, where it is from, and the folder of its run, if it has one."""

    model: nn.Module
    source: dict[str, Any]
    folder: Path | None


def trained(options: Sample | Evaluate, name: str, device: str | None = None) -> Trained:
    """The model of a run folder, from the checkpoint that the options ask for, or the shipped model of that name.

    Raises:
        ValueError: there is neither, or the folder's run has no checkpoint.
        FileNotFoundError: --best where the run kept no best checkpoint.
    """
    device = device or best_device()
    run = Run(name)
    if run.exists():
        return of_run(run, options, device)
    known = {recipe(full).name: full for full in names()} | {full.removesuffix("-fashion"): full for full in names()}
    if name not in known:
        raise ValueError(f"{name} is neither the folder of a run nor a shipped model: {', '.join(names())}")
    return Trained(load(name).to(device), {"model": known[name]}, None)


def of_run(run: Run, options: Sample | Evaluate, device: Any) -> Trained:
    """The model of the newest readable checkpoint, or of the best one."""
    trainer = recipe(run.config["recipe"]).build(device)
    path = run.checkpoint_folder / "best.pt" if options.best else run.restore(trainer)
    if path is None:
        raise ValueError(f"{run.folder} has no checkpoint yet")
    if options.best:
        trainer.load(path)
    model, weights = chosen_weights(trainer, options.weights)
    settings = {"recipe": run.config["recipe"], "settings": run.config["settings"]}
    source = settings | {"step": trainer.steps, "checkpoint": path.name, "weights": weights}
    return Trained(model.eval().requires_grad_(False), source, run.folder)


def chosen_weights(trainer: GANTrainer | VAETrainer, wanted: str | None) -> tuple[nn.Module, str]:
    """The model with its last weights, or with their moving average, and which of the two it is."""
    if isinstance(trainer, VAETrainer):
        return trainer.model, "last"
    if trainer.ema is None or wanted == "last":
        return trainer.generator, "last"
    return trainer.ema_generator, "average"
