"""Where a student's kernel runs: bubblewrap, with the Python environment to read and a small /tmp to write.

No network, no view of the repository, the other submissions, the hidden tests or the gradebook, no capability, no
further namespace. The kernel's sockets lie in a folder that is the only thing both sides see.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Isolation = Literal["bwrap", "none"]

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


def command(isolation: Isolation, folder: Path, limits: Limits, program: list[str]) -> list[str]:
    """The command line that runs `program` so isolated; `folder` holds the kernel's sockets."""
    if isolation == "none":
        return program
    # If the grader is killed in the moment in which bubblewrap starts, nobody else ends what it has started.
    alarm = ["timeout", "--signal=KILL", str(int(limits.notebook) + SLACK)]
    limited = [*resources(limits), *program]
    if os.geteuid() != 0:
        return [*walls(folder, limits), *own_user(), "--", *alarm, *limited]
    # The files may be readable by root alone, so root binds them. Root's processes are not counted, so a nobody runs.
    leave = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    inner = ["bwrap", "--dev-bind", "/", "/", *own_user(), "--", *limited]
    return [*walls(folder, limits), "--", *alarm, *leave, *inner]


def walls(folder: Path, limits: Limits) -> list[str]:
    """Bubblewrap with the file system and the namespaces, without the user's."""
    spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    parts = ["bwrap", "--die-with-parent", "--new-session", *spaces, "--clearenv"]
    parts += [word for name, value in environment().items() for word in ("--setenv", name, value)]
    parts += ["--perms", "1777", "--size", str(limits.disk), "--tmpfs", "/tmp"]  # first: the environment may lie in it
    for path in ("/usr", *SYSTEM, *SETTINGS):
        if os.path.islink(path):
            parts += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            parts += mount("--ro-bind", path, path)
    for path in shown():
        parts += mount("--ro-bind", path, path)
    parts += mount("--ro-bind", str(PACKAGE), f"{LIBRARIES}/gencourse")
    parts += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(limits.disk), "--tmpfs", "/dev/shm"]
    parts += mount("--bind", str(folder), str(folder))
    return [*parts, "--chdir", "/tmp", "--remount-ro", "/"]


def mount(how: str, source: str, target: str) -> list[str]:
    """A mount whose parent folders can be entered by everyone: bubblewrap's own are its owner's."""
    parents = [str(parent) for parent in reversed(Path(target).parents) if str(parent) not in ("/", "/tmp")]
    return [word for parent in parents for word in ("--perms", "0755", "--dir", parent)] + [how, source, target]


def shown() -> list[str]:
    """The folders of the Python environment that the system's own do not hold."""
    prefixes = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    return sorted({str(prefix) for prefix in prefixes if not prefix.is_relative_to("/usr")})


def python() -> str:
    """The interpreter, by a name that the sandbox sees too."""
    return str(Path(sys.prefix).resolve() / "bin" / Path(sys.executable).name)


def own_user() -> list[str]:
    """A user namespace in which nobody is root and no other can be made."""
    return ["--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--die-with-parent"]


def environment() -> dict[str, str]:
    """The variables of a student's kernel: none of the grader's own."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    names = {"HOME": "/tmp", "TMPDIR": "/tmp", "USER": "student", "LOGNAME": "student", "LANG": "C.UTF-8"}
    python = {"PYTHONPATH": LIBRARIES, "PYTHONDONTWRITEBYTECODE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", **names, **python, **one_thread}


def resources(limits: Limits) -> list[str]:
    """The limits that the operating system keeps for each process; seconds of the processor end what walls miss."""
    # --data, not --as: libraries of CUDA map more addresses than a laptop has memory, and never touch them.
    sizes = {"data": limits.memory, "fsize": limits.disk, "nproc": limits.processes, "nofile": limits.files, "core": 0}
    sizes["cpu"] = int(limits.notebook) + 1
    return ["prlimit", *(f"--{name}={size}:{size}" for name, size in sizes.items())]


def obstacle(isolation: Isolation = "bwrap") -> str | None:
    """Why this isolation does not work here, with the fix; None where it does."""
    if isolation == "none":
        return None
    if sys.platform != "linux":
        return "bubblewrap is for Linux: grade inside a virtual machine or container with Linux that you may lose"
    for tool, package in {"bwrap": "bubblewrap", "prlimit": "util-linux", "setpriv": "util-linux"}.items():
        if not shutil.which(tool):
            return f"{tool} is missing: install the package {package}, for example apt install {package}"
    probe = command(isolation, Path("/dev/null"), Limits(), [python(), "-c", "print(6 * 7)"])
    done = subprocess.run(probe, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    return None if done.stdout == "42\n" else advice(done.stderr)


def advice(complaint: str) -> str:
    """What to do about the error that bubblewrap gave.

    >>> advice("bwrap: Unknown option --disable-userns")
    'bubblewrap is older than 0.8.0, the first that can forbid further namespaces: install a newer one'
    """
    if "disable-userns" in complaint:
        return "bubblewrap is older than 0.8.0, the first that can forbid further namespaces: install a newer one"
    told = " ".join(complaint.split()) or "bubblewrap gave no answer"
    if any(word in complaint for word in ("uid map", "user namespace", "Operation not permitted", "RTM_NEWADDR")):
        return (
            f"{told}. Unprivileged user namespaces are switched off: "
            "sysctl -w kernel.unprivileged_userns_clone=1 (Debian), "
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), "
            "or, inside a container, start it with --privileged"
        )
    return told
