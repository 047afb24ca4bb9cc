"""What each command may be told. The docstrings and the types here are the help pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# `recipes.COMMANDS` by name, written out: --help must not wait for torch. A test compares them.
Name = Literal["mlp-gan", "dcgan", "cdcgan", "conv-vae", "cvae", "vae2d", "sn-gan", "wgan-gp", "mlp-vae"]

Weights = Literal["average", "last"]


@dataclass(frozen=True, kw_only=True)
class Common:
    """What every command understands."""

    debug: bool = False
    """After an error, show where in the code it happened."""


@dataclass(frozen=True, kw_only=True)
class Train(Common):
    """Train a model, in a folder that a kill at any moment cannot harm.

    Ctrl-C or SIGTERM: the step is finished, everything is saved, and the exit code is 130 or 143.
    `--resume` then goes on, bit for bit as if nothing had happened.
    On a terminal a progress bar; elsewhere one line of JSON for each reported step.

    Examples:
      gencourse train dcgan --steps 200
      gencourse train conv-vae --data full --out runs/vae-7 --seed 7
      gencourse train dcgan --steps 2000 --resume
      gencourse train wgan-gp --devices 2 --device cpu --log tensorboard
    """

    recipe: Name
    """What to train: a GAN (mlp-gan, dcgan, sn-gan, wgan-gp), a VAE (mlp-vae, conv-vae, vae2d), or one of each that is
    told the class (cdcgan, cvae)."""
    data: str | None = None
    """Images to train on: embedded (10,000, inside the package), full (60,000, found or downloaded), or the folder
    of the four Fashion-MNIST files. By default embedded."""
    steps: int | None = None
    """Updates, counted from the beginning of the run. By default the recipe's."""
    batch_size: int | None = None
    """Images for each update, on all devices together. By default the recipe's."""
    lr: float | None = None
    """Learning rate; in a GAN the generator's, and the critic's keeps its ratio to it. By default the recipe's."""
    seed: int | None = None
    """Of the first weights, the noise and the order of the images. By default 0."""
    precision: Literal["32-true", "tf32", "bf16-mixed"] | None = None
    """Of the networks' arithmetic; the last two are for NVIDIA GPUs. By default 32-true."""
    no_graph: bool = False
    """On an NVIDIA GPU, take each step by itself: do not capture one as a CUDA graph and replay it."""
    device: str | None = None
    """cpu, cuda or mps. By default the best there is."""
    devices: int = 1
    """Processes that share each batch, one for each device of this machine."""
    nodes: int = 1
    """Machines, each with so many devices."""
    out: Path | None = None
    """Folder of the run. By default runs/RECIPE."""
    resume: bool = False
    """Go on with the run in the folder, with its own settings; start it where there is none."""
    every: int = 10
    """Report the losses of each such step, in the history and on the screen."""
    save_every: int = 500
    """Steps between checkpoints."""
    save_minutes: float = 10.0
    """Save earlier, where the last checkpoint is that old."""
    keep: int = 3
    """Checkpoints to keep."""
    best: str | None = None
    """A metric, such as loss: keep the checkpoint where it was lowest, too."""
    log: Literal["tensorboard"] | None = None
    """Write the losses for TensorBoard as well, to the run's folder."""


@dataclass(frozen=True, kw_only=True)
class Sample(Common):
    """Draw images of a trained model into one picture.

    Examples:
      gencourse sample runs/dcgan --n 64 --out samples.png
      gencourse sample cvae-fashion --label 9 --seed 3
      gencourse sample dcgan-fashion --n 4096 --columns 64 --device cuda --devices 2
    """

    run: str
    """The folder of a run, or the name of a shipped model, such as dcgan-fashion."""
    n: int = 64
    """Images."""
    out: Path = Path("samples.png")
    """The picture; its ending says the format."""
    columns: int = 8
    """Images in a row."""
    label: int | None = None
    """Class 0 to 9 of a model that is told one. By default the classes take turns."""
    seed: int = 0
    """Of the noise."""
    device: str = "cpu"
    """cpu, cuda or mps. The same seed draws the same images on each of them, up to rounding."""
    devices: int = 1
    """Processes that share the images, one for each device of this machine."""
    best: bool = False
    """Take the run's best checkpoint, not its newest."""
    weights: Weights | None = None
    """Of a GAN: the moving average of its weights, or the last ones. By default the average, if there is one."""


@dataclass(frozen=True, kw_only=True)
class Evaluate(Common):
    """Measure how good a trained model is, on the embedded test images.

    FID, KID, precision and recall, density and coverage for every model; the classification accuracy score for one
    that is told the class; ELBO and IWAE bound for a VAE. Each with an interval of 95 %; of several runs, one over the
    runs too.
    Written to RUN/evaluation.json (of a shipped model, to --out) and printed, on a terminal as a table, else as JSON.

    Examples:
      gencourse evaluate runs/dcgan
      gencourse evaluate runs/seed-0 runs/seed-1 runs/seed-2
      gencourse evaluate conv-vae-fashion --n 500 --out vae.json
      gencourse evaluate runs/dcgan --devices 2
    """

    runs: tuple[str, ...]
    """Folders of runs, or names of shipped models."""
    n: int = 2000
    """Images to draw, and test images to compare them with: 65 to 2000. Compare only values of equal n."""
    resamples: int = 200
    """Resampled sets behind the intervals of FID and KID, and random halves behind those of precision, recall, density
    and coverage."""
    k: int = 50
    """Samples for each image in the IWAE bound."""
    cas_steps: int = 500
    """Updates of the classifier behind the classification accuracy score."""
    seed: int = 0
    """Of everything that is drawn."""
    device: str | None = None
    """cpu, cuda or mps. By default the best there is."""
    devices: int = 1
    """Processes that share the drawing and the features, one for each device of this machine. The numbers are those of
    one."""
    best: bool = False
    """Take each run's best checkpoint, not its newest."""
    weights: Weights | None = None
    """Of a GAN: the moving average of its weights, or the last ones. By default the average, if there is one."""
    out: Path | None = None
    """Where to write the JSON instead, for one run or model."""


@dataclass(frozen=True, kw_only=True)
class Info(Common):
    """Say what is here: versions, devices, data and weights. For a report of an error.

    Example:
      gencourse info
    """
