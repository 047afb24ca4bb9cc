"""What is seen of a training: each function takes the metrics as they come, does one thing, and hands them on."""

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

Metrics = dict[str, int | float]


def timed(metrics: Iterable[Metrics], batch_size: int, start: int, steps: int) -> Iterator[Metrics]:
    """Add images per second since the last report, and the seconds that the steps left will take at this rate."""
    last, then = start, time.monotonic()
    for line in metrics:
        step, now = line["step"], time.monotonic()
        rate = (step - last) * batch_size / max(now - then, 1e-9)
        last, then = step, now
        yield line | {
            "images_per_second": round(rate, 1),
            "eta_seconds": round((steps - step) * batch_size / rate, 1),
        }


def as_json(metrics: Iterable[Metrics]) -> Iterator[Metrics]:
    """Print one line of JSON for each report."""
    for line in metrics:
        print(json.dumps(line), flush=True)
        yield line


def bar(metrics: Iterable[Metrics], batch_size: int, start: int, steps: int) -> Iterator[Metrics]:
    """Show a progress bar in images, with their rate, the time left, and the losses."""
    from tqdm import tqdm

    sizes = {"total": steps * batch_size, "initial": start * batch_size}
    with tqdm(**sizes, unit=" images", unit_scale=True, dynamic_ncols=True) as shown:
        for line in metrics:
            shown.set_postfix({name: f"{value:.3g}" for name, value in losses(line).items()}, refresh=False)
            shown.update(line["step"] * batch_size - shown.n)
            yield line


def to_tensorboard(metrics: Iterable[Metrics], folder: Path, start: int) -> Iterator[Metrics]:
    """Write the losses for TensorBoard; of steps that a kill has taken back, it then shows the newer ones."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError:
        raise ModuleNotFoundError('--log needs TensorBoard: pip install "gencourse[train]"') from None
    with SummaryWriter(str(folder), purge_step=start + 1) as writer:
        for line in metrics:
            for name, value in losses(line).items():
                writer.add_scalar(name, value, line["step"])
            yield line


def losses(line: Metrics) -> Metrics:
    """The metrics that the trainer's step gave."""
    return {name: value for name, value in line.items() if name not in ("step", "images_per_second", "eta_seconds")}
