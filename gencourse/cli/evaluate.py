"""`gencourse evaluate`: how good is a trained model? Distances, a task, likelihoods, and how sure the values are."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from ..assets.provenance import versions
from ..data import best_device, fashion_mnist
from ..metrics import (
    Interval,
    classification_accuracy_score,
    density_coverage_points,
    elbo,
    features,
    fid_interval,
    halves_interval,
    iwae_bound,
    kid_interval,
    mean_interval,
    precision_recall_points,
    run_interval,
    share_interval,
)
from ..models import VAE
from ..training import parallel
from ..training.files import write_json
from .devices import several
from .models import Trained, trained
from .options import Evaluate
from .parse import Usage

MEANING = {
    "fid": "Fréchet distance, lower is better",
    "kid": "kernel distance, lower is better",
    "precision": "share of the samples near real images, higher is better",
    "recall": "share of the real images near samples, higher is better",
    "density": "samples near a real image, 1 for real ones, higher is better",
    "coverage": "share of the real images with a sample near, 0.97 for real ones, higher is better",
    "cas": "classification accuracy score, higher is better",
    "elbo": "nats an image, higher is better",
    "iwae": "nats an image, higher is better",
}


def evaluate(options: Evaluate) -> int:
    """Measure each model, write and print what came out; returns the exit code."""
    check(options)
    fabric = several(options.devices, options.device)
    device = fabric.device if fabric else options.device
    results = [measured(trained(options, name, device), options, fabric) for name in options.runs]
    if parallel.place(fabric)[0] > 0:
        return 0
    over_runs = summary(results)
    for result, name in zip(results, options.runs, strict=True):
        if len(results) > 1:
            result |= {"over_runs": over_runs, "runs": list(options.runs)}
        show(name, result)  # first: a folder that cannot be written to must not cost the numbers
        if file := options.out or (Path(name) / "evaluation.json" if "recipe" in result else None):
            write_json(file, result)
    if len(results) > 1:
        show(f"{len(results)} runs", {"metrics": over_runs})
    return 0


def check(options: Evaluate) -> None:
    """A `Usage` error where the numbers cannot be met."""
    if not options.runs:
        raise Usage("name at least one run folder or shipped model")
    if not 65 <= options.n <= 2000:
        raise Usage(f"--n must be from 65 (64 features need more images than that) to 2000, got {options.n}")
    if min(options.resamples, options.k, options.cas_steps) < 2:
        raise Usage("--resamples, --k and --cas-steps must be at least 2")
    if options.out and len(options.runs) > 1:
        raise Usage("--out is for one run; of several, each is written to its own folder")


def measured(it: Trained, options: Evaluate, fabric: parallel.Fabric | None) -> dict[str, Any]:
    """Everything that can be said of one model: where it is from, how it was measured, the values."""
    how = {name: getattr(options, name) for name in ("n", "resamples", "k", "cas_steps", "seed")}
    values = {name: interval._asdict() for name, interval in metrics(it.model, options, fabric)}
    return it.source | {"measured": how, "metrics": values, "versions": versions()}


@torch.no_grad()
def metrics(
    model: torch.nn.Module, options: Evaluate, fabric: parallel.Fabric | None
) -> Iterator[tuple[str, Interval]]:
    """The metrics that apply to the model, by name. All processes draw and find features; the first one measures."""
    test = fashion_mnist("test")
    images, labels = test.images[: options.n], test.labels[: options.n]
    fake = parallel.sample(model, options.n, fabric, options.seed)
    both = [parallel.shared(features, fabric, x) for x in (images, fake)]
    if parallel.place(fabric)[0] > 0:
        return
    resampling = {"resamples": options.resamples, "seed": options.seed}
    yield "fid", fid_interval(*both, **resampling)
    yield "kid", kid_interval(*both, **resampling)
    yield from zip(("precision", "recall"), halves_interval(precision_recall_points, *both, **resampling), strict=True)
    yield from zip(("density", "coverage"), halves_interval(density_coverage_points, *both, **resampling), strict=True)
    if model.classes:
        told = torch.arange(options.n) % model.classes  # the classes that `sample` has drawn in turn
        yield "cas", cas(fake, told, options)
    if isinstance(model, VAE):
        yield from likelihoods(model, images, labels, options)


def cas(fake: torch.Tensor, told: torch.Tensor, options: Evaluate) -> Interval:
    """The classification accuracy score, on all test images; the interval is of the test images alone."""
    with torch.enable_grad():
        score = classification_accuracy_score(
            fake, told, steps=options.cas_steps, seed=options.seed, device=options.device or best_device()
        )
    return share_interval(score, len(fashion_mnist("test").images))


def likelihoods(
    model: VAE, images: torch.Tensor, labels: torch.Tensor, options: Evaluate
) -> Iterator[tuple[str, Interval]]:
    """ELBO and IWAE bound of test images whose pixels were drawn from their greys: a Bernoulli's own data."""
    device = next(model.parameters()).device
    draws = torch.Generator().manual_seed(options.seed)
    x = torch.bernoulli(images / 255, generator=draws).to(device)
    labels = labels.to(device) if model.classes else None
    noise = torch.Generator(device).manual_seed(options.seed)
    yield "elbo", mean_interval(elbo(model, x, 1, noise, labels=labels))
    yield "iwae", mean_interval(iwae_bound(model, x, options.k, noise, labels=labels))


def summary(results: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """For several runs, the mean of each metric that all of them have, with its interval over the runs."""
    if len(results) < 2:
        return {}
    common = [name for name in MEANING if all(name in result["metrics"] for result in results)]
    return {n: run_interval([result["metrics"][n]["value"] for result in results])._asdict() for n in common}


def show(name: str, result: dict[str, Any]) -> None:
    """Print a table on a terminal, else one line of JSON."""
    if not sys.stdout.isatty():
        print(json.dumps({"name": name} | result), flush=True)
        return
    print(f"\n{name}\n{'':9}{'value':>10}  {'95 % interval':<22}")
    for key, row in result["metrics"].items():
        value, low, high = (f"{number:.4g}" for number in row.values())
        print(f"{key:9}{value:>10}  {f'{low} to {high}':<22}  {MEANING[key]}")
