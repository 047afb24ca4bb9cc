"""What students get: a problem set without its answers, by nbgrader's own preprocessors, once it is known fair."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from . import roster
from .leaks import leaks
from .repair import repaired
from .run import Result, score
from .sandbox import obstacle
from .source import Assignment, grade_id, seeded

# Stock nbgrader takes anything on stderr for a failed test, and a warning may come with the next version of a library.
NOISE = """\
import sys, warnings
warnings.simplefilter("error")
get_ipython().events.register("pre_run_cell", lambda cell: print("a warning", file=sys.stderr))"""
LAST_SEED = 2**32 - 1  # no student's is larger


def student_version(assignment: Assignment, seed: int | None = None) -> NotebookNode:
    """The notebook that a student gets: solutions are stubs, hidden tests are empty, and the seed is the student's own.

    Args:
        seed: what SEED in the setup cell becomes; by default it stays 0.
    """
    from nbgrader import preprocessors as steps  # here, because it takes a second

    notebook, resources = seeded(assignment.notebook, seed), {}
    # The order of `nbgrader generate_assignment`. The checksums are of what the student gets.
    for step in (
        steps.LockCells,
        steps.ClearSolutions,
        steps.ClearOutput,
        steps.ClearHiddenTests,
        steps.ClearMarkScheme,
        steps.ComputeChecksums,
        steps.CheckCellMetadata,
    ):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def solved(assignment: Assignment, mistakes: dict[str, str] | None = None) -> NotebookNode:
    """What a student hands in who has answered as the author did, but for the `mistakes`: other sources of cells."""
    submission = student_version(assignment)
    for node in submission.cells:
        cell = assignment.cells.get(grade_id(node))
        if cell and cell.kind in ("answer", "written"):
            node.source = (mistakes or {}).get(cell.grade_id, cell.source)
    return submission


def release(
    assignments: Sequence[Assignment], out: Path, students: Sequence[str] = (), secret: bytes | None = None
) -> list[Path]:
    """Write the students' notebooks to the new folder `out`, and a zip of them for each problem set: all or nothing.

    Without students it is `NAME/NAME.ipynb`; with them `STUDENT/NAME/NAME.ipynb`, each with a seed of its own.

    Raises:
        ValueError: `out` is there already, or a problem set is not fair or gives something away.
    """
    out = Path(out)
    if out.exists():
        raise ValueError(f"{out} is there already: choose another folder with --out, or remove it")
    out.parent.mkdir(parents=True, exist_ok=True)
    # Beside `out`, on the same disk: one rename, and all of it is there.
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as unfinished:
        folder = Path(unfinished) / out.name
        for assignment in assignments:
            write(assignment, folder, students, secret)
        refuse([f"{a.name}: {said}" for a in assignments for said in leaks(a, folder)])
        refuse([f"{a.name}: {said}" for a in assignments for said in unfair(a)])
        os.rename(folder, out)
    return sorted(file for file in out.rglob("*") if file.is_file())


def write(assignment: Assignment, folder: Path, students: Sequence[str], secret: bytes | None) -> None:
    """The notebooks of one problem set, and their zip."""
    name = assignment.name
    seeds = {f"{who}/": roster.seed(secret, name, who) for who in students} if students else {"": None}
    folder.mkdir(exist_ok=True)
    with ZipFile(folder / f"{name}.zip", "w", ZIP_DEFLATED) as archive:
        for place, seed in seeds.items():
            file = folder / f"{place}{name}" / f"{name}.ipynb"
            file.parent.mkdir(parents=True)
            nbformat.write(student_version(assignment, seed), file)
            archive.write(file, file.relative_to(folder))


def refuse(complaints: list[str]) -> None:
    """A ValueError with all complaints, if there are any."""
    if complaints:
        raise ValueError("nothing was released: " + "; ".join(complaints))


def unfair(assignment: Assignment) -> Iterator[str]:
    """Why a problem set cannot be graded: the author's answers lose points or look odd, or blank ones win points."""
    right, noisy = solved(assignment), solved(assignment)
    noisy.cells.insert([grade_id(node) for node in noisy.cells].index("setup") + 1, new_code_cell(NOISE))
    tests = {name: cell.points for name, cell in assignment.tests.items()}
    hard = f" when warnings are errors, stderr is written to and SEED is {LAST_SEED}"
    for what, notebook, seed in (("", right, None), (hard, noisy, LAST_SEED)):
        result = tried(notebook, assignment, seed)
        if lost := [name for name in tests if result.points[name] != tests[name]]:
            why = [f"{name} ({result.messages.get(name) or result.status})" for name in lost]
            yield f"the solution loses {', '.join(why)}{what}"
        if result.flags and notebook is right:
            what_it_does = dict.fromkeys(flag.partition(": ")[2] for flag in result.flags)
            yield f"the solution is flagged as every student's would be: {', '.join(what_it_does)}"
    result = tried(student_version(assignment), assignment)
    if won := [name for name in tests if result.points[name] != 0]:
        yield f"a blank submission wins {', '.join(won)}"


def tried(submission: NotebookNode, assignment: Assignment, seed: int | None = None) -> Result:
    """The result of a submission, in the isolation that students' kernels get, if there is one here."""
    whole, _ = repaired(submission, assignment, seed)
    return score(whole, assignment, isolation="none" if obstacle() else "bwrap")
