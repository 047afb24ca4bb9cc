"""Isolation container: Podman, for a machine whose bubblewrap is too old or may not make namespaces.

There is no image to build or to fetch: the container's root is an empty folder, and what it needs of the machine is
mounted to be read, as in bubblewrap.
"""

import json
import os
from pathlib import Path

from .inside import NOBODY, SLACK, Limits, environment, leashed, links, resources, view

TOOLS = {"podman": "podman"}
USERS_PROCESSES = 4096  # --pids-limit counts those of one container; Podman's own number is too high for some machines
FOLDERS = ("/etc", "/run", "/tmp")  # into which Podman writes by itself, and where a student may write
# Podman's own rules for system calls, where it keeps them; its first file counts. They allow further namespaces.
RULES = ("/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json")
NAMESPACES = 0x7E020000  # the flags with which clone makes one
NO_SUCH_CALL = 38  # ENOSYS: then the C library takes clone in place of clone3, whose flags no rule can see


def command(home: Path, sockets: Path, limits: Limits, program: list[str]) -> list[str]:
    """The command line that runs `program` in a container.

    `home` is a folder for the container's root and the number of its first process; `sockets` is the folder of the
    kernel's sockets.
    """
    parts = ["podman", "--events-backend", "none", "run", "--rm", "--interactive", "--log-driver", "none"]
    parts += ["--name", home.name, "--pidfile", str(home / "pid"), "--timeout", str(int(limits.notebook) + SLACK)]
    parts += [*person(), "--cap-drop", "all", "--security-opt", "no-new-privileges", "--security-opt", "label=disable"]
    parts += ["--security-opt", f"seccomp={rules(home)}"]
    parts += ["--network", "none", "--no-hosts", "--http-proxy=false", "--ipc", "private", "--cgroupns", "private"]
    # The grader looks at the memory too, and tells why it ends a submission; what is too fast for it meets this limit.
    most = str(limits.memory * 5 // 4 + limits.disk)
    parts += ["--memory", most, "--memory-swap", most, "--pids-limit", str(limits.processes)]
    for name, size in (resources(limits) | {"nproc": USERS_PROCESSES}).items():
        parts += ["--ulimit", f"{name}={size}:{size}"]
    for name, value in environment().items():
        parts += ["--env", f"{name}={value}"]
    parts += ["--read-only", "--read-only-tmpfs=false", "--shm-size", str(limits.disk)]
    parts += ["--tmpfs", f"/tmp:rw,size={limits.disk},mode=1777"]
    for path, source in view().items():
        parts += ["--mount", f"type=bind,src={source},dst={path},ro=true"]
    parts += ["--mount", f"type=bind,src={sockets},dst={sockets}", "--workdir", "/tmp", "--rootfs", str(root(home))]
    return [*parts, *leashed(program)]


def root(home: Path) -> Path:
    """The folder that becomes the container's root: folders to mount into, and the system's links."""
    folder = home / "root"
    # Podman would make these too, but as somebody whose full folders a user without root cannot remove.
    mounted = [path if os.path.isdir(source) else os.path.dirname(path) for path, source in view().items()]
    inside = [Path(path) for path in (*mounted, *FOLDERS)]
    for place in sorted({parent for path in inside for parent in (path, *path.parents)}):
        made = folder / place.relative_to("/")
        made.mkdir()
        made.chmod(0o1777 if place == Path("/tmp") else 0o755)  # whatever the umask says; runc hands on that of /tmp
    for path, target in links().items():
        (folder / path.lstrip("/")).symlink_to(target)
    return folder


def rules(home: Path) -> Path:
    """Podman's rules for system calls, less those that make or enter a namespace.

    Raises:
        FileNotFoundError: Podman's are not there.
    """
    theirs = next((path for path in map(Path, RULES) if path.exists()), None)
    if theirs is None:
        raise FileNotFoundError(f"neither {' nor '.join(RULES)} is there: install the package containers-common")
    told = json.loads(theirs.read_text())
    for rule in told["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name not in ("clone", "clone3", "unshare", "setns")]
    plain = {"index": 0, "value": NAMESPACES, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}
    told["syscalls"] = [rule for rule in told["syscalls"] if rule["names"]] + [
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [plain]},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": NO_SUCH_CALL},
    ]
    file = home / "rules.json"
    file.write_text(json.dumps(told))
    return file


def person() -> list[str]:
    """Who runs inside: nobody where the grader is root, else the grader without any rights of root's."""
    return ["--user", f"{NOBODY}:{NOBODY}"] if os.geteuid() == 0 else ["--userns", "keep-id"]


def first_process(home: Path) -> int | None:
    """The number, outside, of the container's first process; None before it runs."""
    try:
        return int((home / "pid").read_text())
    except (FileNotFoundError, ValueError):  # not yet, or half written
        return None


def advice(complaint: str) -> str:
    """What to do about the error that Podman gave.

    >>> advice("Error: crun: cgroups in hybrid mode not supported").partition(". ")[2]
    'Name the runtime runc in its containers.conf'
    """
    told = " ".join(complaint.split()) or "Podman gave no answer"
    if "ignored on cgroups V1" in complaint:
        return "Podman cannot limit memory here without root (cgroups of version 1): grade as root, or with bwrap"
    if "hybrid" in complaint:
        return f"{told}. Name the runtime runc in its containers.conf"
    if "newuidmap" in complaint or "subuid" in complaint:
        return f"{told}. Install the package uidmap, and give yourself numbers in /etc/subuid and /etc/subgid"
    return told
