"""Training on an NVIDIA GPU: images a second with a captured step and without, in each precision.

    python benchmarks/gpu.py

The two take turns. Both train the recipe's networks on its batches, from images that lie on the GPU.
"""

import statistics
import sys
from collections.abc import Callable

import record
import torch

import gencourse as gc
from gencourse.recipes import recipe
from gencourse.training.parallel import PRECISIONS, Fabric, launch

RECIPES = ("mlp-gan", "dcgan", "sn-gan", "wgan-gp", "mlp-vae", "conv-vae")
STEPS, ROUNDS, ENDLESS = 200, 7, 10**9


def burst(name: str, device: str, fabric: Fabric | None, graph: bool, steps: int) -> Callable[[], None]:
    """A function that trains for `steps` more steps, and returns when the device has made them."""
    trainer = recipe(name).build(device, fabric=fabric, graph=graph)
    images = gc.data.fashion_mnist("train").images
    batches = gc.Batches(images, recipe(name).batch_size, device=trainer.device)
    reports = gc.fit(trainer, batches, steps=ENDLESS, every=steps)
    return lambda: next(reports)  # a report is a number, for which the device must have finished


def compared(name: str, device: str, fabric: Fabric | None, steps: int = STEPS, rounds: int = ROUNDS) -> dict:
    """Images a second of both, and the middle of the rounds' ratios."""
    rivals = {way: burst(name, device, fabric, way == "graph", steps) for way in ("eager", "graph")}
    seconds = record.alternate(rivals, rounds)
    images = steps * recipe(name).batch_size
    speed = {way: round(images / statistics.median(times)) for way, times in seconds.items()}
    ratios = (a / b for a, b in zip(seconds["eager"], seconds["graph"], strict=True))
    return speed | {"ratio": round(statistics.median(ratios), 2)}


def main() -> None:
    if not torch.cuda.is_available():
        sys.exit("benchmarks/gpu.py needs an NVIDIA GPU, and there is none: nothing was measured")
    results = {}
    for precision in PRECISIONS:  # tf32 is a setting of the whole process, and bf16-mixed after it keeps it
        fabric = None if precision == "32-true" else launch(precision=precision, accelerator="cuda")
        results[precision] = {name: compared(name, "cuda", fabric) for name in RECIPES}
        print(precision, results[precision])
    facts = {"task": "images per second of training on a GPU", "device": torch.cuda.get_device_name(), "seed": 0}
    record.write("gpu", facts | {"steps": STEPS, "rounds": ROUNDS, "images per second": results})


if __name__ == "__main__":
    main()
