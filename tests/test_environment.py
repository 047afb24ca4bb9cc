"""pyproject.toml, constraints.txt, environment.yml and the Makefile ask for the same things."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
INSTALLED = [name for name in EXTRAS if name != "bench"]  # that one is for `make bench` alone
REQUIREMENTS = [Requirement(r) for r in sum(EXTRAS.values(), PROJECT["dependencies"])]
PIN_LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PINS = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in PIN_LINES}
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
BY_PIP = next(entry for entry in CONDA["dependencies"] if isinstance(entry, dict))["pip"]


@pytest.mark.parametrize("line", PIN_LINES)
def test_a_pin_is_one_public_version(line):
    # A local version such as 2.13.0+cpu, or a path, exists on one index or one machine only.
    assert re.fullmatch(r"[\w.-]+==[\w.]+", line)


def test_no_package_is_pinned_twice():
    assert len(PINS) == len(PIN_LINES)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_every_dependency_has_a_pin_in_its_range(requirement):
    name = canonicalize_name(requirement.name)
    assert name in PINS, f"constraints.txt does not pin {name}"
    assert requirement.specifier.contains(PINS[name], prereleases=True)


@pytest.mark.parametrize("requirement", [Requirement(r) for r in PROJECT["dependencies"]], ids=str)
def test_the_package_sets_no_upper_bound(requirement):
    # An upper bound on torch would replace the one that Colab brings.
    assert all(part.operator == ">=" for part in requirement.specifier)


def test_condas_python_is_one_that_the_package_supports():
    (python,) = (d for d in CONDA["dependencies"] if str(d).startswith("python"))
    assert SpecifierSet(PROJECT["requires-python"]).contains(Version(python.split("=")[-1]))


def test_conda_leaves_the_dependencies_to_the_package():
    assert [d for d in CONDA["dependencies"] if isinstance(d, str) and not d.startswith("python")] == ["pip"]
    assert BY_PIP == ["-c constraints.txt", f"-e .[{','.join(INSTALLED)}]"]


def test_make_installs_what_conda_installs():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"-c constraints.txt -e '.[{','.join(INSTALLED)}]'" in makefile


def test_the_version_is_written_alike_everywhere():
    import gencourse

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert gencourse.__version__ == PROJECT["version"] == citation["version"]
