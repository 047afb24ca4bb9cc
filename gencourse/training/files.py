"""Files that are whole or not there, whatever happens while they are written: a kill, a full disk, a power cut."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO


@contextmanager
def durable(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A new file to write to, which takes the name `path` in one step when the block ends without an error.

    The content reaches the disk (fsync) before the name does, and the name before the block is left. After an
    error `path` is what it was, and nothing else is left behind; after a kill a hidden `.NAME.*.part` may be.

    Raises:
        FileNotFoundError: the folder does not exist.
        OSError: the disk is full, the folder is read-only, ...
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot save {path}: the folder {path.parent} does not exist")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Make what was written to a file durable, or the names in a folder: else a power cut may undo a rename."""
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder, and orders renames itself
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_parts(folder: Path) -> None:
    """Remove what killed writers left behind in a folder that nobody writes to now."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write readable JSON, durably."""
    with durable(path) as file:
        file.write((json.dumps(content, indent=2) + "\n").encode())
