"""`gencourse info`: what is here."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import torch

from ..assets import manifest
from ..assets.provenance import processor, versions
from ..data import best_device
from ..data.download import cache_folder
from ..data.fashion import DEBIAN, FILES
from ..recipes import names
from .options import Info


def info(options: Info) -> int:
    """Print versions, devices, data and weights; returns the exit code."""
    facts = {"versions": versions(), "devices": devices(), "data": data(), "weights": weights()}
    if not sys.stdout.isatty():
        print(json.dumps(facts, indent=2))
        return 0
    for section, rows in facts.items():
        print(section)
        for name, value in rows.items():
            print(f"  {name:20} {value}")
    return 0


def devices() -> dict[str, Any]:
    """What could be trained on, and what is taken by default."""
    gpus = {f"cuda:{k}": torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())}
    mps = {"mps": "Apple"} if torch.backends.mps.is_available() else {}
    cpu = f"{processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    return {"cpu": cpu, **gpus, **mps, "default": str(best_device())}


def data() -> dict[str, str]:
    """Where the images are; the first folder that has all four files is the one that --data full takes."""
    own = os.environ.get("GENCOURSE_DATA")
    folders = [*([Path(own).expanduser()] if own else []), DEBIAN, cache_folder()]
    wanted = [name for pair in FILES.values() for name in pair]
    full = next(
        (str(f) for f in folders if all((f / name).is_file() for name in wanted)), "not here: downloaded on use"
    )
    return {"embedded": "10,000 training and 2,000 test images, inside the package", "full": full}


def weights() -> dict[str, str]:
    """The shipped models, with what their manifest says."""
    facts = {name: manifest()[name] for name in names() if name in manifest()}
    return {name: f"{row['steps']} steps, FID {row['fid']}" for name, row in facts.items()}
