"""Settings of every test: shapes are checked, one torch thread, the same Hypothesis examples on every run."""

import builtins
import os
import sys

import hypothesis
import pytest
import torch
from jaxtyping import install_import_hook

# The shape annotations are enforced here and only here: a reader's run pays nothing for them.
install_import_hook("gencourse", "beartype.beartype")

os.environ.setdefault("MPLBACKEND", "Agg")
torch.set_num_threads(1)  # pytest-xdist already runs one worker on each core

# No deadline: a busy machine is not a failure. Derandomised: a red test is red again on the next run.
hypothesis.settings.register_profile("course", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("course")

# In .ci/run everything is installed, so that a test that skips is a test that has silently stopped testing.
NO_SKIPS = os.environ.get("GENCOURSE_NO_SKIPS", "0") not in ("", "0")
# The grader's sandbox is Linux's. Elsewhere its tests are left out, because there a skip would be a failure too.
SANDBOXED = [f"assignments/test_{name}.py" for name in ("hostile", "grading*", "tripwires", "walls")]
collect_ignore_glob = [] if sys.platform == "linux" else SANDBOXED


@pytest.fixture(scope="session")
def train():
    """The embedded training images."""
    from gencourse import data  # after the import hook

    return data.fashion_mnist("train")


@pytest.fixture(scope="session")
def test():
    """The embedded test images."""
    from gencourse import data

    return data.fashion_mnist("test")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own, in which the test runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(folder, capsys, monkeypatch):
    """Run a command of the command line there; gives its exit code, what it wrote, and what it complained of."""
    from gencourse import cli

    monkeypatch.delattr(builtins, "_", raising=False)  # a doctest's last result; tyro's import hashes it

    def call(*words):
        code = cli.main([str(word) for word in words])
        return code, *capsys.readouterr()

    return call


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs a GPU or an engine for containers is left out where there is none, and counted as deselected."""
    for marker, there in {"cuda": torch.cuda.is_available, "podman": podman}.items():
        needs = [item for item in items if item.get_closest_marker(marker)]
        if needs and not there():
            items[:] = [item for item in items if item not in needs]
            config.hook.pytest_deselected(items=needs)


def podman() -> bool:
    """Whether the grader's containers work here."""
    from gencourse.assign.sandbox import obstacle  # after the import hook

    return obstacle("container") is None


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")  # None in a worker
    if NO_SKIPS and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter) -> None:
    if NO_SKIPS and (skipped := terminalreporter.stats.get("skipped")):
        terminalreporter.write_line(f"{len(skipped)} skipped, and GENCOURSE_NO_SKIPS makes that a failure", red=True)
