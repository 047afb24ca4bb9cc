"""What every benchmark shares: timing that alternates between the rivals, and a record of where it ran."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from gencourse.assets.provenance import commit, processor

RESULTS = Path(__file__).parent / "results"


def alternate(rivals: dict[str, Callable[[], object]], rounds: int = 15) -> dict[str, list[float]]:
    """Seconds of each rival in each round; they take turns, so that a busy moment meets all of them."""
    seconds = {name: [] for name in rivals}
    for run in range(rounds + 2):
        for name, task in rivals.items():
            start = time.perf_counter()
            task()
            if run >= 2:  # the first two rounds load code and fill caches
                seconds[name].append(time.perf_counter() - start)
    return seconds


class Enough(Exception):
    """All rounds are measured: ends the rival's own loop from inside."""


class Turns:
    """The DataLoader of a rival that trains in a loop of its own; between its bursts ours has the machine.

    The rival iterates over this in place of its loader. Each round is a burst of the rival and one of `ours`, which
    makes one step for each item, both `seconds` long. The last round raises `Enough`. What the rival does between two
    epochs is not counted, and no burst goes beyond one: a shorter epoch is a `ValueError`.
    """

    def __init__(self, loader: DataLoader, ours: Iterator, seconds: float = 3.0, rounds: int = 15):
        self.loader, self.ours, self.seconds, self.rounds = loader, ours, seconds, rounds
        self.dataset = loader.dataset
        self.pairs: list[tuple[float, float]] = []  # steps per second, the rival's and ours; the first pair warms up

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator:
        steps, start, before = 0, time.perf_counter(), len(self.pairs)
        for batch in self.loader:
            if (passed := time.perf_counter() - start) > self.seconds:
                self.pairs.append((steps / passed, rate(self.ours, self.seconds)))
                if len(self.pairs) > self.rounds:
                    raise Enough
                steps, start = 0, time.perf_counter()
            yield batch
            steps += 1
        if len(self.pairs) == before:
            raise ValueError(f"seconds: an epoch takes less than {self.seconds:g}; choose fewer")

    def result(self) -> dict[str, float | list[float]]:
        """Images per second of both, the middle of the rounds' ratios, and where the middle half of these lies."""
        rounds = self.pairs[1:]
        theirs, ours = (statistics.median(column) * self.loader.batch_size for column in zip(*rounds, strict=True))
        low, ratio, high = statistics.quantiles((b / a for a, b in rounds), n=4)
        half = [round(low, 2), round(high, 2)]
        return {"theirs": round(theirs), "gencourse": round(ours), "ratio": round(ratio, 2), "half of the rounds": half}


def rate(steps: Iterator, seconds: float) -> float:
    """Items per second over some seconds."""
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        next(steps)
        count += 1
    return count / passed


def summary(seconds: list[float]) -> dict[str, float]:
    """The smallest, the middle and the largest, in milliseconds."""
    return {f.__name__: round(1e3 * f(seconds), 3) for f in (min, statistics.median, max)}


def write(name: str, result: dict) -> Path:
    """Store `result` with the machine, the versions and the commit as `results/NAME.json`."""
    record = {
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.system()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "threads": torch.get_num_threads(),
        "commit": commit(),
        **result,
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return file
