"""Which small convolutional GAN is best after an equal time? Fréchet distances of ten after 100 seconds each.

    FASHION_MNIST=FOLDER python benchmarks/dcgan_architectures.py

Every candidate trains on all 60,000 images, batch 64, for the same seconds of wall time on a quiet machine, with three
seeds; evaluation is not counted. Distances are between 5,000 samples and the 10,000 test images in the course's feature
net, of the generator and of its moving average. A run is stored as it ends, and one that is stored is not repeated.
"""

import json
import os
import time
from collections.abc import Callable

import record
import torch
from torch import nn

import gencourse as gc
from gencourse.assets.provenance import commit
from gencourse.models.gan import small_normal_weights
from gencourse.models.layers import SLOPE

SECONDS, SEEDS, BATCH, SAMPLES = 100.0, (0, 1, 2), 64, 5_000
FOLDER = os.environ.get("FASHION_MNIST")
RUNS = record.RESULTS / "dcgan_architectures.json"


def deeper(width: int = 64) -> gc.models.ConvGenerator:
    """A generator that starts one level lower: 4 -> 7 -> 14 -> 28 pixels."""
    net = gc.models.ConvGenerator(width=width)
    net.net = nn.Sequential(
        nn.Linear(net.z_dim, 4 * width * 4 * 4, bias=False),
        nn.Unflatten(1, (4 * width, 4, 4)),
        nn.BatchNorm2d(4 * width),
        nn.LeakyReLU(SLOPE),
        nn.ConvTranspose2d(4 * width, 2 * width, kernel_size=3, stride=2, padding=1, bias=False),  # (B, 2W, 7, 7)
        *net.net[2:],
    )
    return net.apply(small_normal_weights)


def upsampling(width: int = 64) -> gc.models.ConvGenerator:
    """A generator that repeats pixels and then convolves, 3x3, in place of transposed convolutions [odena2016]."""
    net = gc.models.ConvGenerator(width=width)
    net.net[4] = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(2 * width, width, 3, padding=1, bias=False))
    net.net[7] = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(width, 1, 3, padding=1))
    return net.apply(small_normal_weights)


def shallow(width: int = 64) -> gc.models.ConvDiscriminator:
    """A critic without the third convolution: 28 -> 14 -> 7 pixels."""
    net = gc.models.ConvDiscriminator(width=width)
    net.features = nn.Sequential(*net.features[:5], nn.Flatten())
    net.logit = nn.Linear(2 * width * 7 * 7, 1)
    return net.apply(small_normal_weights)


def networks(width_g: int, width_d: int | None = None, norm: str = "batch") -> tuple[Callable, Callable]:
    """The course's two networks of these widths."""
    g, d = gc.models.ConvGenerator, gc.models.ConvDiscriminator
    return lambda: g(width=width_g), lambda: d(width=width_d or width_g, norm=norm)


WIDE_G, WIDE_D = networks(64)
REUSE = {"reuse": True}
HINGE = REUSE | {"loss": gc.losses.hinge, "lr_discriminator": 4e-4}
CANDIDATES: dict[str, tuple[Callable, Callable, dict]] = {
    "64 channels": (WIDE_G, WIDE_D, {}),
    "64 channels, images reused": (WIDE_G, WIDE_D, REUSE),
    "64 channels, spectral critic with hinge, images reused": (*networks(64, norm="spectral"), HINGE),
    "32 channels, images reused": (*networks(32), REUSE),
    "16 channels, images reused": (*networks(16), REUSE),
    "8 channels, images reused": (*networks(8), REUSE),
    "critic of 32 channels, images reused": (*networks(64, 32), REUSE),
    "generator from 4x4, images reused": (deeper, WIDE_D, REUSE),
    "generator by upsampling, images reused": (upsampling, WIDE_D, REUSE),
    "critic of two convolutions, images reused": (WIDE_G, shallow, REUSE),
}


def run(name: str, seed: int) -> dict:
    """Train one candidate for the budget; its steps, distances and parameters."""
    generator, critic, options = CANDIDATES[name]
    torch.manual_seed(seed)
    trainer = gc.GANTrainer(generator(), critic(), ema=0.999, seed=seed, device="cpu", **options)
    images = gc.data.fashion_mnist("train", full=True, root=FOLDER).images
    batches = gc.Batches(images, BATCH, seed=seed, device="cpu")
    start = time.perf_counter()
    for _ in gc.fit(trainer, batches, steps=10**6, every=10):
        if time.perf_counter() - start > SECONDS:
            break
    real = gc.data.fashion_mnist("test", full=True, root=FOLDER).images
    fid = {
        key: round(gc.metrics.fid(real, net.sample(SAMPLES, torch.Generator().manual_seed(seed))), 2)
        for key, net in (("fid", trainer.generator), ("fid of the average", trainer.ema_generator))
    }
    sizes = [sum(p.numel() for p in net.parameters()) for net in (trainer.generator, trainer.discriminator)]
    return {"candidate": name, "seed": seed, "steps": trainer.steps, **fid, "parameters": sizes, "commit": commit()}


def table(runs: list[dict]) -> str:
    """The runs as Markdown, the best first: means over seeds, with intervals of 95 %."""
    rows = []
    for name in {r["candidate"] for r in runs}:
        mine = [r for r in runs if r["candidate"] == name]
        steps = sum(r["steps"] for r in mine) / len(mine)
        distances = [gc.metrics.run_interval([r[key] for r in mine]) for key in ("fid", "fid of the average")]
        cells = [f"{d.value:.1f} ({d.low:.1f} to {d.high:.1f})" for d in distances]
        rows.append((distances[0].value, f"| {name} | {round(steps, -1):,.0f} | {cells[0]} | {cells[1]} |"))
    head = "| networks | steps | Fréchet distance | of the moving average |\n|---|---|---|---|\n"
    return head + "\n".join(row for _, row in sorted(rows))


def main() -> None:
    runs = json.loads(RUNS.read_text(encoding="utf-8"))["runs"] if RUNS.exists() else []
    done = {(r["candidate"], r["seed"]) for r in runs}
    for seed in SEEDS:
        for name in CANDIDATES:
            if (name, seed) not in done:
                runs.append(run(name, seed))
                print(runs[-1], flush=True)
                facts = {"task": "Fréchet distance after equal wall time", "seconds": SECONDS, "batch": BATCH}
                facts["seed"] = SEEDS
                record.write(RUNS.stem, facts | {"runs": runs})
    print(table(runs))


if __name__ == "__main__":
    main()
