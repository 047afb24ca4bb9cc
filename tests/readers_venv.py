"""What a reader has: the wheel in an environment of its own, and a folder without the repository.

    make chapters                             every notebook, as a reader would run it
    python tests/readers_venv.py 02 conv_vae  those whose name has one of these words

The environment holds the wheel, unpacked by pip, and links to the packages that the wheel's own metadata asks for, and
those ask for in turn, as they are installed here. Nothing else can be imported in it. Links, because a second copy of
torch costs minutes and gigabytes, and would be another build than the one here if that is the small one for CPUs.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
HOST = "ipykernel"  # Jupyter and Colab bring it; a wheel need not ask for it
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def build_wheel(folder: Path) -> Path:
    """The wheel of this repository, written to `folder`."""
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*PIP, "wheel", *options, str(ROOT)], check=True)
    (wheel,) = folder.glob("gencourse-*.whl")
    return wheel


def make_venv(folder: Path, wheel: Path) -> Path:
    """The interpreter of a new environment in `folder`, where the wheel and what it needs are all there is."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    subprocess.run([*PIP, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)], check=True)
    packages = site_packages(folder)
    (gencourse,) = distributions(name="gencourse", path=[str(packages)])
    for package in needed([*gencourse.requires, HOST]):
        link(package, packages)
    return python


def site_packages(folder: Path) -> Path:
    """Where the environment in `folder` keeps its packages."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))


def needed(lines: list[str]) -> Iterator[Distribution]:
    """The packages that these requirements name, and those that they require in turn, as they are installed here."""
    todo, seen = wanted(lines), set()
    while todo:
        requirement = todo.pop()
        for extra in ["", *requirement.extras]:
            if (requirement.name, extra) not in seen:
                seen.add((requirement.name, extra))
                package = distribution(requirement.name)
                todo += wanted(package.requires, extra)
                yield package


def wanted(lines: list[str] | None, extra: str = "") -> list[Requirement]:
    """Those of the requirements that hold on this machine, for this extra."""
    requirements = [Requirement(line) for line in lines or []]
    return [r for r in requirements if not r.marker or r.marker.evaluate({"extra": extra})]


def link(package: Distribution, packages: Path) -> None:
    """Let `packages` show the modules of an installed package, and its metadata."""
    for name in {file.parts[0] for file in package.files} - {"..", "__pycache__"}:
        if not (packages / name).exists():  # several packages may share one folder, as NVIDIA's do
            (packages / name).symlink_to(package.locate_file(name))


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would lead an interpreter back to the repository."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | more


def add_kernel(folder: Path, python: Path) -> str:
    """Tell Jupyter of a kernel with this interpreter: the value of JUPYTER_PATH under which it is called `reader`."""
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = folder / "kernels/reader/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": command, "display_name": "A reader's Python", "language": "python"}))
    return str(folder)


def main(words: list[str]) -> int:
    notebooks = sorted((ROOT / "chapters").glob("*.ipynb"))
    chosen = [file for file in notebooks if not words or any(word in file.stem for word in words)]
    with tempfile.TemporaryDirectory() as name:
        house, empty = Path(name, "house"), Path(name, "empty")
        python = make_venv(house / "venv", build_wheel(house))
        jupyter_path = add_kernel(house / "jupyter", python)
        empty.mkdir()
        for file in chosen:
            shutil.copy(file, empty)
        options = ["-n", "2", "--dist", "loadfile", "--nbval", "--nbval-kernel-name=reader", "--nbval-cell-timeout=300"]
        command = [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider", "."]
        return subprocess.run(command, cwd=empty, env=environment(JUPYTER_PATH=jupyter_path)).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
