"""What is the same inside every sandbox: the files and variables that a student's kernel sees, and its limits."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
LIBRARIES = "/opt/gencourse"  # where the sandbox sees the package, without the repository around it
NOBODY = "65534"
SLACK = 90  # seconds for a kernel to start and stop, on a busy machine
SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime")


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    cell: int | float = 60
    """Seconds that a cell may take."""
    notebook: int | float = 600
    """Seconds that the whole notebook may take."""
    memory: int = 4 * 2**30
    """Bytes of a process, and of all its processes together."""
    disk: int = 256 * 2**20
    """Bytes in /tmp, and bytes of one file."""
    processes: int = 128
    """Processes and threads together."""
    files: int = 512
    """Open files of a process."""
    output: int = 2**20
    """Bytes of a cell's output that are kept."""


def links() -> dict[str, str]:
    """The symbolic links among the system's folders, and where they point."""
    return {path: os.readlink(path) for path in SYSTEM if os.path.islink(path)}


def view() -> dict[str, str]:
    """What the sandbox can read: the path inside, and whose content it is."""
    system = [path for path in ("/usr", *SYSTEM, *SETTINGS) if os.path.exists(path) and path not in links()]
    return {path: path for path in [*system, *environment_folders()]} | {f"{LIBRARIES}/gencourse": str(PACKAGE)}


def environment_folders() -> list[str]:
    """The folders of the Python environment that the system's own do not hold."""
    prefixes = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    return sorted({str(prefix) for prefix in prefixes if not prefix.is_relative_to("/usr")})


def python() -> str:
    """The interpreter, by a name that the sandbox sees too."""
    return str(Path(sys.prefix).resolve() / "bin" / Path(sys.executable).name)


def leashed(program: list[str]) -> list[str]:
    """The command line that runs `program` until the grader, who holds its input, is gone."""
    return [python(), "-I", f"{LIBRARIES}/gencourse/assign/first_process.py", *program]


def environment() -> dict[str, str]:
    """The variables of a student's kernel: none of the grader's own."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    names = {"HOME": "/tmp", "TMPDIR": "/tmp", "USER": "student", "LOGNAME": "student", "LANG": "C.UTF-8"}
    python = {"PYTHONPATH": LIBRARIES, "PYTHONDONTWRITEBYTECODE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", **names, **python, **one_thread}


def resources(limits: Limits) -> dict[str, int]:
    """The limits that the operating system keeps for each process; seconds of the processor end what walls miss."""
    # data, not as: libraries of CUDA map more addresses than a laptop has memory, and never touch them.
    sizes = {"data": limits.memory, "fsize": limits.disk, "nofile": limits.files, "core": 0}
    return sizes | {"cpu": int(limits.notebook) + 1}
