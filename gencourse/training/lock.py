"""One training at a time in a folder: a lock of the operating system's, which dies with the process that holds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from .parallel import Fabric, place


@contextmanager
def only_one(folder: Path, fabric: Fabric | None) -> Iterator[None]:
    """Within, nobody else trains in the folder. A kill, even with SIGKILL, leaves a file and no lock behind.

    Of several processes that train together the first one holds the lock, and all of them learn whether it does.

    Raises:
        RuntimeError: somebody else trains there.
        OSError: the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    rank, world = place(fabric)
    lock = FileLock(folder / ".lock", thread_local=False)  # another thread than this one may end the loop
    refused = torch.zeros((), device=fabric.device if world > 1 else None)
    try:
        if rank == 0:
            lock.acquire(blocking=False)
    except Timeout:
        refused += 1
    if world > 1:
        torch.distributed.broadcast(refused, src=0)
    if refused:
        raise RuntimeError(f"{folder} is being trained already: wait until that has ended, or train in another folder")
    try:
        yield
    finally:
        lock.release()
