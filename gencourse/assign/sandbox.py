"""Where a student's kernel runs: in bubblewrap, in a container of Podman's, or, where a person insists, nowhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from . import bubblewrap, container
from .inside import Limits, python

Isolation = Literal["bwrap", "container", "none"]


def command(isolation: Isolation, home: Path, limits: Limits, program: list[str]) -> list[str]:
    """The command line that runs `program` so isolated; `home` is the kernel's folder, outside."""
    if isolation == "bwrap":
        return bubblewrap.command(sockets(home), limits, program)
    if isolation == "container":
        return container.command(home, sockets(home), limits, program)
    return program


def sockets(home: Path) -> Path:
    """The folder of the kernel's sockets, the only one that both sides see; its name is short, as theirs must be."""
    return home / "k"


def obstacle(isolation: Isolation = "bwrap") -> str | None:
    """Why this isolation does not work here, with the fix; None where it does."""
    if isolation == "none":
        return None
    if sys.platform != "linux":
        return f"{isolation} is for Linux: grade inside a virtual machine with Linux that you may lose"
    engine = bubblewrap if isolation == "bwrap" else container
    for tool, package in engine.TOOLS.items():
        if not shutil.which(tool):
            return f"{tool} is missing: install the package {package}, for example apt install {package}"
    with TemporaryDirectory(prefix="gc-") as folder:
        home = Path(folder)
        sockets(home).mkdir()
        try:
            probe = command(isolation, home, Limits(), [python(), "-c", "print(6 * 7)"])
        except FileNotFoundError as error:  # of what Podman brings
            return str(error)
        inside, outside = os.pipe()  # a sandbox whose input ends is ended
        with open(inside, "rb") as held, open(outside, "wb"):
            done = subprocess.run(probe, capture_output=True, text=True, stdin=held, timeout=60)
    works = done.stdout == "42\n" and "ignored" not in done.stderr  # Podman's word for limits that it cannot set
    return None if works else engine.advice(done.stderr)
