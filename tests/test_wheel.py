"""A reader who has the wheel has the course; and a notebook's setup cell installs it beside the torch that is there."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
import readers_venv
import setup_cells
from IPython.core.interactiveshell import InteractiveShell
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "gencourse").rglob("*.py"))
OPTIONAL = {"lightning_fabric", "tensorboard"}  # the extra `train`
OPTIONAL |= {"nbgrader", "nbformat", "bleach", "jupyter_server", "psutil"}  # the extra `assign`
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return readers_venv.build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def reader(wheel, tmp_path_factory) -> Path:
    """The interpreter of a reader's environment."""
    return readers_venv.make_venv(tmp_path_factory.mktemp("reader"), wheel)


def test_the_wheel_carries_the_whole_package(wheel):
    files = {path for path in (ROOT / "gencourse").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    expected = {path.relative_to(ROOT).as_posix() for path in files}
    assert {"gencourse/assets/manifest.json", "gencourse/assets/fashion-mnist/LICENSE"} <= expected
    expected |= {"gencourse/assets/mathjax/tex-chtml.js", "gencourse/assets/mathjax/LICENSE"}
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


def run(python: Path, folder: Path, code: str) -> str:
    """What `code` prints in an environment, run from `folder`."""
    command, env = [str(python), "-c", code], readers_venv.environment()
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_a_reader_imports_the_wheel_and_not_the_repository(reader, folder):
    file = run(reader, folder, "import gencourse; print(gencourse.__file__)")
    assert Path(file).is_relative_to(reader.parent.parent)


def test_a_reader_has_all_that_the_wheel_asks_for(reader):
    pip = [*readers_venv.PIP, "--python", str(reader), "check"]
    assert subprocess.run(pip, env=readers_venv.environment(), capture_output=True, text=True).returncode == 0


def test_a_reader_has_all_that_the_package_imports_anywhere(reader, folder):
    nodes = [node for file in MODULES for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    tops = {name.split(".")[0] for name in names} - OPTIONAL
    assert {"torch", "tyro", "sklearn"} <= tops
    code = f"from importlib.util import find_spec; print([name for name in {sorted(tops)} if not find_spec(name)])"
    assert run(reader, folder, code) == "[]"


def test_a_reader_has_nothing_that_the_wheel_does_not_ask_for(reader, folder):
    undeclared = ["yaml", "pytest", "nbval", "sphinx", "bs4", "hypothesis", "lightning_fabric", "tensorboard"]
    code = f"from importlib.util import find_spec; print([name for name in {undeclared} if find_spec(name)])"
    assert run(reader, folder, code) == "[]"


# The setup cell, in a kernel that has some torch or none.


def pretend(site: Path, name: str, version: str) -> None:
    """What pip looks at to see that a package is installed."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def offer(shelf: Path, name: str, version: str) -> None:
    """Lay an empty wheel where pip may take it."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(shelf / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def what_the_cell_asks_of_pip(site: Path, monkeypatch) -> list[str]:
    """The words behind `%pip` when the setup cell runs without gencourse, in a kernel whose packages are in `site`."""
    asked = []
    shell = InteractiveShell.instance()
    shell.register_magic_function(asked.append, "line", "pip")
    shell.run_cell("pass").raise_error()  # IPython has now imported what it needs
    with monkeypatch.context() as kernel:
        elsewhere = [folder for folder in sys.path if not any(distributions(name="torch", path=[folder]))]
        kernel.setattr(sys, "path", [str(site), *elsewhere])
        kernel.setitem(sys.modules, "gencourse", None)  # importing it is a ModuleNotFoundError
        shell.run_cell(setup_cells.setup_source()).raise_error()
    InteractiveShell.clear_instance()
    (line,) = asked
    return shlex.split(line)


@pytest.fixture
def setup_cell(wheel, tmp_path, monkeypatch):
    """What pip would do for the setup cell beside this version of torch: the process, and what it would install."""

    def call(torch: str | None) -> tuple[subprocess.CompletedProcess, dict[str, str]]:
        venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
        site = readers_venv.site_packages(tmp_path / "venv")
        for requirement in map(Requirement, DEPENDENCIES):
            (bound,) = requirement.specifier
            if requirement.name != "torch":
                pretend(site, requirement.name, bound.version)
        if torch:
            pretend(site, "torch", torch)
        offer(tmp_path, "torch", "99.0")
        words = what_the_cell_asks_of_pip(site, monkeypatch)
        words = [re.sub(r"^gencourse @ git\+https://.*", str(wheel), word) for word in words]
        pip = [sys.executable, "-m", "pip", "--python", str(tmp_path / "venv/bin/python"), *words]
        options = ["--dry-run", "--report", str(tmp_path / "report")]
        # What this machine has set for pip must not reach it.
        shelf = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
        env = readers_venv.environment(**shelf)
        done = subprocess.run([*pip, *options], env=env, capture_output=True, text=True)
        report = json.loads((tmp_path / "report").read_text()) if done.returncode == 0 else {"install": []}
        return done, {one["metadata"]["name"]: one["metadata"]["version"] for one in report["install"]}

    return call


# The oldest that is allowed, Colab's, a nightly build, one of NVIDIA's containers.
@pytest.mark.parametrize("torch", ["2.4.0", "2.11.0+cu130", "2.14.0.dev20261101+cu130", "2.10.0a0+b4e4ee8"])
def test_the_setup_cell_installs_the_course_and_leaves_torch_alone(torch, setup_cell):
    done, installed = setup_cell(torch)
    assert list(installed) == ["gencourse"], done.stderr


def test_the_setup_cell_refuses_a_torch_that_is_too_old_and_does_not_replace_it(setup_cell):
    done, installed = setup_cell("2.3.1+cu121")
    assert done.returncode != 0 and installed == {}
    assert "torch==2.3.1+cu121" in done.stdout + done.stderr


def test_the_setup_cell_brings_torch_where_there_is_none(setup_cell):
    done, installed = setup_cell(None)
    assert set(installed) == {"gencourse", "torch"} and installed["torch"] == "99.0", done.stderr
