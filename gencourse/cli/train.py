"""`gencourse train`: a recipe, the data, a run, and what is seen of it."""

import sys
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..data import Batches, fashion_mnist
from ..recipes import Recipe, recipe
from ..training import Run
from ..training.parallel import place
from .devices import several
from .options import Train
from .parse import Usage
from .progress import as_json, bar, timed, to_tensorboard

# All that decides which numbers come out. Another device or number of devices computes the same up to rounding.
SETTINGS = ("data", "batch_size", "lr", "seed", "precision")


def train(options: Train) -> int:
    """Train, and return the exit code."""
    folder = options.out or Path("runs", options.recipe)
    run = Run(folder, keep=options.keep, best=options.best)
    settings, steps = settled(options, run)
    fabric = several(options.devices, options.device, options.nodes, settings["precision"])
    chosen = replace(recipe(options.recipe), batch_size=settings["batch_size"], seed=settings["seed"])
    rate = {} if settings["lr"] is None else {"lr": settings["lr"]}
    trainer = chosen.build(options.device, fabric=fabric, graph=not options.no_graph, **rate)
    batches = data(settings["data"], chosen, trainer)
    if place(fabric)[0] == 0 and not run.exists():
        started = {"steps": steps, "device": str(trainer.device), "devices": options.devices * options.nodes}
        config = {"recipe": options.recipe, "settings": settings, "started": started}
        Run.create(folder, config)
    pace = {"every": options.every, "save_every": options.save_every, "save_minutes": options.save_minutes}
    metrics = run.train(trainer, batches, steps=steps, **pace)
    deque(seen(metrics, options, run, trainer, chosen.batch_size, steps), maxlen=0)
    if place(fabric)[0] == 0 and sys.stdout.isatty():
        print(f"{folder}: {trainer.steps} steps. To see samples: gencourse sample {folder}")
    return 0


def settled(options: Train, run: Run) -> tuple[dict[str, Any], int]:
    """The settings and the steps: those the run was started with where it goes on, else those given or the recipe's."""
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    if "data" in given and given["data"] not in ("embedded", "full"):
        given["data"] = str(Path(given["data"]).expanduser().resolve())
    if not run.exists():
        chosen = recipe(options.recipe)
        usual = {"data": "embedded", "lr": None, "seed": chosen.seed, "precision": "32-true"}
        usual["batch_size"], steps = chosen.batch_size, chosen.steps
        return usual | given, steps if options.steps is None else options.steps
    if not options.resume:
        raise Usage(f"{run.folder} already holds a run: --resume goes on with it, --out names another folder")
    config = run.config
    started = {"recipe": config["recipe"], **config["settings"]}
    for name, value in {"recipe": options.recipe, **given}.items():
        if started[name] != value:
            words = name.replace("_", "-")
            raise Usage(
                f"{run.folder} was started with {words} {started[name]}, not {value}: --out names another folder"
            )
    return config["settings"], config["started"]["steps"] if options.steps is None else options.steps


def data(where: str, chosen: Recipe, trainer: Any) -> Batches:
    """The batches of this process, from the images inside the package, all images, or a folder."""
    root = None if where in ("embedded", "full") else where
    images, labels, _ = fashion_mnist("train", full=where != "embedded", root=root)
    rank, world = place(trainer.fabric)
    return Batches(
        images,
        chosen.batch_size,
        device=trainer.device,
        seed=chosen.seed,
        labels=labels if chosen.conditional else None,
        rank=rank,
        world=world,
    )


def seen(metrics: Any, options: Train, run: Run, trainer: Any, batch_size: int, steps: int) -> Any:
    """The metrics, past everything that looks at them; of several processes only the first looks."""
    if place(trainer.fabric)[0] > 0:
        return metrics
    if options.log == "tensorboard":
        metrics = to_tensorboard(metrics, run.folder / "tensorboard", trainer.steps)
    metrics = timed(metrics, batch_size, trainer.steps, steps)
    return bar(metrics, batch_size, trainer.steps, steps) if sys.stdout.isatty() else as_json(metrics)
