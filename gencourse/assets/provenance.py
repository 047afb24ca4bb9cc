"""Where a result comes from: the commit, the versions and the device behind it."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch


def commit(folder: Path = Path(__file__).parent) -> str:
    """The hash of the commit that `folder` (this package) was checked out from, with a "+" where a Python file of the
    checkout has been changed since, or "not a git checkout"."""
    # safe.directory: the checkout may belong to somebody else, as in a container.
    git = ["git", "-c", "safe.directory=*", "-C", str(folder)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changes = subprocess.run([*git, "diff", "HEAD", "--name-only", "--", ":/*.py"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # no git here, or no checkout
        return "not a git checkout"
    return head.stdout.strip() + ("+" if changes.stdout else "")


def versions() -> dict[str, str]:
    """What runs here."""
    here = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    return {"gencourse": version("gencourse"), **here, "platform": platform.platform()}


def made_on(device: torch.device | str) -> dict[str, str | int]:
    """What the manifest says of how weights were computed: commit, version of torch, device, threads."""
    return {
        "commit": commit(),
        "torch": torch.__version__,
        "device": device_name(device),
        "threads": torch.get_num_threads(),
    }


def device_name(device: torch.device | str) -> str:
    """The kind of device and its model: `cuda (GPU)`, or `cpu (PROCESSOR)`."""
    device = torch.device(device)
    return f"{device.type} ({torch.cuda.get_device_name(device) if device.type == 'cuda' else processor()})"


def processor() -> str:
    """The model of the processor, as Linux or else Python names it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
