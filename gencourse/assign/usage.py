"""What a kernel uses while it runs: the memory of its processes, the room that a folder takes."""

import contextlib
import os
from pathlib import Path

BLOCK = 4096  # bytes of a disk that a file of one byte takes


def memory(processes: list, most: int) -> int:
    """Bytes of the processes together, counted exactly where they seem to be more than `most`."""
    resident = sum(size(process, "rss") for process in processes)
    if resident <= most:
        return resident
    return sum(size(process, "pss") for process in processes)  # slower, and counts what forks share once


def size(process, kind: str) -> int:
    """Bytes of a process, 0 when it has ended: resident (rss), or its share of what is resident (pss)."""
    import psutil

    try:
        return process.memory_info().rss if kind == "rss" else process.memory_full_info().pss
    except psutil.AccessDenied:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def overfull(folder: Path, most: int) -> bool:
    """Whether a folder takes more than `most` bytes; files come and go meanwhile, and a small one has a block.

    Raises:
        OSError: a folder in it cannot be read.
    """

    def unread(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    used = 0
    for parent, _, files in os.walk(folder, onerror=unread):
        for name in (".", *files):
            with contextlib.suppress(FileNotFoundError):
                used += max(BLOCK, os.lstat(os.path.join(parent, name)).st_size)
            if used > most:
                return True
    return False
