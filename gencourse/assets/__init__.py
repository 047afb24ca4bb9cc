"""Files that ship inside the package: the embedded images, and trained weights with hash and provenance.

`manifest.json` has one entry for each name: the sha256 of `weights/NAME.safetensors`, and the facts that its
recipe recorded. `store_weights` writes both, `load_weights` refuses a file that is not the recorded one.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

FOLDER = Path(__file__).parent


def path(name: str) -> Path:
    """The file or folder `name` inside the package's assets. `FileNotFoundError` where there is none."""
    if not (file := FOLDER / name).exists():
        raise FileNotFoundError(f"the package has no asset {name!r}: {file} is missing; reinstall gencourse")
    return file


def manifest() -> dict[str, dict[str, Any]]:
    """What is known of every shipped weight file: its sha256, and the facts that its recipe recorded."""
    file = FOLDER / "manifest.json"
    return json.loads(file.read_text()) if file.exists() else {}


def load_weights(name: str) -> dict[str, Tensor]:
    """The state dict stored as `name`, floating-point tensors as float32, on the CPU.

    Raises:
        ValueError: an unknown name, or a file whose sha256 is not the one in the manifest.
        FileNotFoundError: the file is missing.
    """
    from safetensors.torch import load

    entries = manifest()
    if name not in entries:
        raise ValueError(f"no weights named {name!r}; there are {', '.join(sorted(entries)) or 'none'}")
    content = path(f"weights/{name}.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != entries[name]["sha256"]:
        raise ValueError(f"the weights {name!r} are damaged: the file's sha256 differs; reinstall gencourse")
    return {key: t.float() if t.is_floating_point() else t for key, t in load(content).items()}


def store_weights(name: str, state_dict: dict[str, Tensor], facts: dict[str, Any]) -> Path:
    """Write weights as float16 safetensors, and their sha256 beside `facts` (JSON values) in the manifest.

    Raises:
        ValueError: a value that float16 cannot hold.
    """
    from safetensors.torch import save

    content = save({key: half(key, t.detach().cpu()) for key, t in state_dict.items()})
    file = FOLDER / "weights" / f"{name}.safetensors"
    entry = {**facts, "sha256": hashlib.sha256(content).hexdigest()}
    text = json.dumps({**manifest(), name: entry}, indent=2, sort_keys=True) + "\n"
    write(file, content)
    write(FOLDER / "manifest.json", text.encode())
    return file


def half(key: str, t: Tensor) -> Tensor:
    """A float tensor as float16, others as they are (counters)."""
    stored = t.to(torch.float16) if t.is_floating_point() else t
    if not bool(torch.isfinite(stored).all()):
        raise ValueError(f"{key} has a value that float16 cannot hold (largest finite one: 65504)")
    return stored.clone(memory_format=torch.contiguous_format)  # safetensors refuses shared or strided memory


def write(file: Path, content: bytes) -> None:
    """Write to a temporary name and rename, so that a reader never sees half a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(partial, 0o644)  # mkstemp's files are private, these are shipped
        os.replace(partial, file)
    finally:
        Path(partial).unlink(missing_ok=True)
