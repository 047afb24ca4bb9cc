"""What is written for GitHub and for a codespace agrees with the repository. Whether it runs there, only they show."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
# YAML 1.1 reads the key `on` as a truth value.
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
JOBS = WORKFLOW["jobs"]
CODESPACE = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = {name for line in re.findall(r"^([a-z ]+):", MAKEFILE, re.M) for name in line.split()}
PYTHONS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]


def matrix(job: dict) -> dict[str, list]:
    """What each `${{ matrix.NAME }}` of a job may be."""
    rows = dict(job.get("strategy", {}).get("matrix", {}))
    included = rows.pop("include", [])
    return rows | {name: [row[name] for row in included] for name in set().union(*included)}


def commands(job: dict) -> list[str]:
    """The commands of a job, once for each value of its matrix."""
    found = []
    for step in job["steps"]:
        name = re.search(r"\$\{\{ matrix\.(\w+) \}\}", line := step.get("run", ""))
        found += [line.replace(name[0], value) for value in matrix(job)[name[1]]] if name else [line]
    return [line for line in found if line]


@pytest.mark.parametrize("name", [name for name in JOBS if name != "publish"])
def test_a_job_runs_nothing_but_make_targets_that_exist(name):
    for command in commands(JOBS[name]):
        if re.fullmatch(r"sudo apt-get install -y [a-z]+( && sudo sysctl -w \S+)?", command):
            continue  # the system's own
        make, *targets = command.split()
        assert make == "make" and targets and set(targets) <= TARGETS, command


def test_everything_is_tested_on_linux_and_macos():
    assert set(matrix(JOBS["test"])["os"]) == {"ubuntu-latest", "macos-latest"}
    assert commands(JOBS["test"])[-1] == "make test"  # last: what is published has been tested


def test_both_ends_of_the_version_ranges_are_tested():
    rows = {row["target"]: row["python"] for row in JOBS["versions"]["strategy"]["matrix"]["include"]}
    assert set(rows) == {"oldest", "newest"}
    assert PYTHONS == f">={rows['oldest']}"  # the oldest Python, too
    assert SpecifierSet(PYTHONS).contains(rows["newest"])


def test_a_job_that_runs_code_may_change_nothing_on_github():
    assert set(WORKFLOW["permissions"].values()) == {"read"}
    assert [name for name in JOBS if "permissions" in JOBS[name]] == ["publish"]
    assert JOBS["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert not commands(JOBS["publish"])


def test_only_a_site_of_main_that_passed_its_tests_is_published():
    assert JOBS["publish"]["needs"] == "test"
    assert JOBS["publish"]["if"] == "github.ref == 'refs/heads/main'"
    (upload,) = [step for step in JOBS["test"]["steps"] if "upload-pages-artifact" in step.get("uses", "")]
    assert upload == JOBS["test"]["steps"][-1]
    assert upload["with"]["path"] == "_build/html"
    assert "SITE = _build/html/index.html" in MAKEFILE


def test_the_site_that_is_published_is_built_for_its_address():
    steps = JOBS["test"]["steps"]
    (pages,) = [step for step in steps if step.get("uses", "").startswith("actions/configure-pages")]
    assert pages["if"] == steps[-1]["if"]  # a build is for an address just where it is uploaded
    builds = [step for step in steps if step.get("run") in ("make book", "make pdf")]
    assert steps.index(pages) < min(map(steps.index, builds)) and len(builds) == 2
    for step in builds:
        assert step["env"] == {"GENCOURSE_URL": f"${{{{ steps.{pages['id']}.outputs.base_url }}}}"}
    assert "GENCOURSE_URL" in (ROOT / "book/_ext/base_url.py").read_text(encoding="utf-8")


def test_a_codespace_is_made_by_make_on_a_python_that_the_package_supports():
    make, target = CODESPACE["postCreateCommand"].split()
    assert make == "make" and target in TARGETS
    version = re.fullmatch(r"mcr\.microsoft\.com/devcontainers/python:([\d.]+)-bookworm", CODESPACE["image"])
    assert SpecifierSet(PYTHONS).contains(version[1])


def test_torch_for_cpus_comes_from_one_place():
    (place,) = {WORKFLOW["env"]["PIP_EXTRA_INDEX_URL"], CODESPACE["containerEnv"]["PIP_EXTRA_INDEX_URL"]}
    assert place in (ROOT / "book/start.md").read_text(encoding="utf-8")
