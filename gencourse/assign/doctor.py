"""Does a sandbox hold here? Each promise is tried in a real kernel."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from .inside import Limits
from .kernel import Kernel, Stopped
from .sandbox import Isolation, obstacle

LIMITS = Limits(cell=20, notebook=60, memory=2**30, disk=32 * 2**20, processes=64)
SECRET = "a line that no submission may read"


class Finding(NamedTuple):
    """One promise, and what came of the try."""

    promise: str
    kept: bool
    said: str


def findings(isolation: Isolation) -> Iterator[Finding]:
    """Each promise with what was seen; where the sandbox does not start, there is nothing to try."""
    fault = obstacle(isolation)
    yield Finding("it works", fault is None, fault or "it started Python")
    if fault:
        return
    with NamedTemporaryFile("w", suffix=".txt", dir=Path.cwd()) as file:
        file.write(SECRET)
        file.flush()
        for promise, (code, wanted) in trials(file.name).items():
            said = tried(code, isolation)
            yield Finding(promise, wanted in said, said)


def trials(secret: str) -> dict[str, tuple[str, str]]:
    """For each promise a cell, and the error that it must end in."""
    many = "import os, time\nfor _ in range(200):\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)"
    able = "status = open('/proc/self/status').read()\nraise RuntimeError(status[status.index('CapEff') :][:24])"
    return {
        "no network": ("import socket\nsocket.create_connection(('192.0.2.1', 80), 3)", "Network is unreachable"),
        "no view of other files": (f"open({secret!r}).read()", "FileNotFoundError"),
        "Python cannot be changed": ("import nbformat\nopen(nbformat.__file__, 'a')", "[Errno"),
        "memory is limited": ("bytearray(2**31)", "MemoryError"),
        "the disk is limited": ("open('/tmp/big', 'wb').write(bytes(2**26))", "OSError"),
        "processes are limited": (many, "BlockingIOError"),
        "nobody has rights of root's": (able, "CapEff:\t0000000000000000"),
        "no further namespace": (
            "import os\nif os.system('unshare -U true'): raise RuntimeError('refused')",
            "refused",
        ),
    }


def tried(code: str, isolation: Isolation) -> str:
    """The error in which a cell ends, in a kernel of its own."""
    try:
        with Kernel(isolation, LIMITS) as kernel:
            error = kernel.run(code).error
    except Stopped as stop:
        return str(stop)
    return "nothing stopped it" if error is None else ": ".join(filter(None, error))
