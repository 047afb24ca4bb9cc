"""What every benchmark shares: timing that alternates between the rivals, and a record of where it ran."""

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import torch

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


def summary(seconds: list[float]) -> dict[str, float]:
    """The smallest, the middle and the largest, in milliseconds."""
    return {f.__name__: round(1e3 * f(seconds), 3) for f in (min, statistics.median, max)}


def write(name: str, result: dict) -> Path:
    """Store `result` with the machine, the versions and the commit as `results/NAME.json`."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=RESULTS.parent, capture_output=True, text=True)
    record = {
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.system()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "threads": torch.get_num_threads(),
        "commit": commit.stdout.strip() or "not a git checkout",
        **result,
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return file


def processor() -> str:
    """The model of the processor, as Linux or else Python names it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
