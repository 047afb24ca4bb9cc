"""Proof that claims and tests can fail: each of the wrong changes in the two tables must turn them red.

    make mutants                           all of them, in about an hour
    python tests/mutants conjugate stride  those whose description has one of these words

A claim that holds for wrong code too says nothing, and neither does such a test. For every mutant the package is
copied with one change. For the norms, `norms.toml`, the claims of Part I run until the first fails, and so do the unit
tests; for the grader, `assign.toml`, the tests that the table names run until the first fails.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PART_I = (1, 2, 3, 4)
UNIT_TESTS = "bounds maximizer_power convolutions"
FILES = ["test_norms.py", *(f"test_norms_{name}.py" for name in UNIT_TESTS.split())]
FILES += ["test_lipschitz.py", "test_spectral_normalize.py"]
AREAS = ("norms", "assign")  # a folder of the package and its table


class Mutant(NamedTuple):
    """`area` is a folder of the package. Where there is a `chapter`, a claim must notice too."""

    what: str
    area: str
    file: str
    old: str
    new: str
    chapter: int = 0
    tests: str = ""

    @property
    def path(self) -> str:
        return f"gencourse/{self.area}/{self.file}.py"

    @property
    def files(self) -> list[str]:
        return [f"assignments/test_{name}.py" for name in self.tests.split()] or FILES


def mutants() -> list[Mutant]:
    tables = {area: tomllib.loads((HERE / f"{area}.toml").read_text(encoding="utf-8")) for area in AREAS}
    return [Mutant(area=area, **entry) for area, table in tables.items() for entry in table["mutant"]]


def main(words: list[str]) -> int:
    chosen = [m for m in mutants() if not words or any(word.lower() in m.what.lower() for word in words)]
    with copied() as copy:
        if wrong := first_test(copy, sorted({name for mutant in chosen for name in mutant.files})):
            raise SystemExit(f"{wrong} fails without any change: what it notices proves nothing")
    survived = 0
    with ThreadPoolExecutor(2) as pool:  # the work itself is done in processes
        for mutant, noticed in pool.map(attack, chosen):
            survived += not all(noticed.values())
            print(mutant.what, *(f"    {who} {by or 'ALL GREEN'}" for who, by in noticed.items()), sep="\n", flush=True)
    print(f"{len(chosen) - survived} passed, {survived} failed")
    return int(survived > 0)


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the package, which a sandbox mounts, and of its tests, with links to what stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "gencourse", copy / "gencourse", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "tests", copy / "tests", ignore=shutil.ignore_patterns("site", "__pycache__"))
        for name in ("book", "chapters", "_config.yml", "pyproject.toml"):
            (copy / name).symlink_to(ROOT / name)
        yield copy


def attack(mutant: Mutant) -> tuple[Mutant, dict[str, str]]:
    """The first claim and the first unit test that notice, empty where none does."""
    with copied() as copy:
        file = copy / mutant.path
        file.write_text(mutated(mutant, file.read_text(encoding="utf-8")), encoding="utf-8")
        claim = {"claim": first_claim(mutant, copy)} if mutant.chapter else {}
        return mutant, claim | {"test": first_test(copy, mutant.files)}


def mutated(mutant: Mutant, source: str) -> str:
    assert source.count(mutant.old) == 1, f"{mutant.what}: {mutant.old!r} is there {source.count(mutant.old)} times"
    return source.replace(mutant.old, mutant.new)


def first_claim(mutant: Mutant, copy: Path) -> str:
    """The label of the first claim that fails, in the mutant's chapter or else in another one of Part I."""
    for number in sorted(PART_I, key=lambda n: (n != mutant.chapter, n)):
        (notebook,) = (ROOT / "chapters").glob(f"{number:02}_*.ipynb")
        done = run(copy, str(HERE / "run_claims.py"), str(notebook))
        if done.returncode == 1:
            return done.stdout.strip().splitlines()[-1]
        if done.returncode:
            raise RuntimeError(done.stderr)
    return ""


def first_test(copy: Path, files: list[str]) -> str:
    """The name of the first unit test that fails; or how it ended, if they can no longer run or are left out."""
    done = run(copy, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *(f"tests/{name}" for name in files))
    failed = [line.split("::")[-1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if failed:
        return failed[0].partition(" - ")[0]
    end = done.stdout.strip().splitlines()[-1]
    return end if done.returncode or "deselected" in end else ""


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Python in the copy's folder, which comes first on its path: it imports the mutant."""
    environment = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1", "GENCOURSE_NO_SKIPS": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
