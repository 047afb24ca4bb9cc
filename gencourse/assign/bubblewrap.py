"""Isolation bwrap: bubblewrap, with the Python environment to read and a small /tmp to write.

No network, no view of the repository, the other submissions, the hidden tests or the gradebook, no capability, no
further namespace. The folder of the kernel's sockets is the only thing that both sides see.
"""

import os
from pathlib import Path

from .inside import NOBODY, SLACK, Limits, environment, leashed, links, resources, view

TOOLS = {"bwrap": "bubblewrap", "prlimit": "util-linux", "setpriv": "util-linux"}


def command(sockets: Path, limits: Limits, program: list[str]) -> list[str]:
    """The command line that runs `program` in bubblewrap; `sockets` is the folder of the kernel's sockets."""
    # Bubblewrap does not notice if the grader is killed in the moment in which it starts: hence the leash. The alarm is
    # for what neither of them ends.
    alarm = ["timeout", "--signal=KILL", str(int(limits.notebook) + SLACK)]
    sizes = resources(limits) | {"nproc": limits.processes}
    limited = ["prlimit", *(f"--{name}={size}:{size}" for name, size in sizes.items()), *program]
    if os.geteuid() != 0:
        return [*walls(sockets, limits), *own_user(), "--", *leashed([*alarm, *limited])]
    # The files may be readable by root alone, so root binds them. Root's processes are not counted, so a nobody runs.
    leave = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    inner = ["bwrap", "--dev-bind", "/", "/", *own_user(), "--", *limited]
    return [*walls(sockets, limits), "--", *leashed([*alarm, *leave, *inner])]


def walls(sockets: Path, limits: Limits) -> list[str]:
    """Bubblewrap with the file system and the namespaces, without the user's."""
    spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    # Our first process is number 1: when it ends, so does all in its space. Bubblewrap's own would stay for a child.
    parts = ["bwrap", "--die-with-parent", "--new-session", *spaces, "--as-pid-1", "--clearenv"]
    parts += [word for name, value in environment().items() for word in ("--setenv", name, value)]
    parts += ["--perms", "1777", "--size", str(limits.disk), "--tmpfs", "/tmp"]  # first: the environment may lie in it
    parts += [word for path, target in links().items() for word in ("--symlink", target, path)]
    for path, source in view().items():
        parts += mount("--ro-bind", source, path)
    parts += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(limits.disk), "--tmpfs", "/dev/shm"]
    parts += mount("--bind", str(sockets), str(sockets))
    return [*parts, "--chdir", "/tmp", "--remount-ro", "/"]


def mount(how: str, source: str, target: str) -> list[str]:
    """A mount whose parent folders can be entered by everyone: bubblewrap's own are its owner's."""
    parents = [str(parent) for parent in reversed(Path(target).parents) if str(parent) not in ("/", "/tmp")]
    return [word for parent in parents for word in ("--perms", "0755", "--dir", parent)] + [how, source, target]


def own_user() -> list[str]:
    """A user namespace in which nobody is root and no other can be made."""
    return ["--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--die-with-parent"]


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
