"""Wrong answers that students give: what each must lose, and what it must be told."""

import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from nbformat import NotebookNode

from .release import solved
from .source import Assignment, load


@dataclass(frozen=True)
class Mutant:
    """A wrong answer in one cell.

    Args:
        name: what the mistake is.
        cell: the answer cell that it stands in.
        source: the text of that cell, without the anchor.
        loses: the points that it must lose, by graded cell.
        hint: a part of what the student must read.
    """

    name: str
    cell: str
    source: str
    loses: dict[str, int | float]
    hint: str


def mutants(folder: Path) -> list[Mutant]:
    """The `MUTANTS` of a problem set's mutants.py.

    Raises:
        ValueError: there are none, or they do not fit the problem set; the message lists all that is wrong.
    """
    assignment, file = load(folder), Path(folder) / "mutants.py"
    found = runpy.run_path(str(file)).get("MUTANTS") if file.is_file() else None
    if not found:
        raise ValueError(f"{file} must hold a list MUTANTS of wrong answers")
    names = [mutant.name for mutant in found]
    doubles = [f"{name}: there is another of this name" for name in sorted(set(names)) if names.count(name) > 1]
    if complaints := [*doubles, *(said for mutant in found for said in misfits(mutant, assignment))]:
        raise ValueError(f"{file} does not fit {assignment.name}: " + "; ".join(complaints))
    return found


def misfits(mutant: Mutant, assignment: Assignment) -> Iterator[str]:
    """What in a mutant cannot be true of the problem set."""
    cell = assignment.cells.get(mutant.cell)
    if cell is None or cell.kind != "answer":
        yield f"{mutant.name}: {mutant.cell} is not an answer cell"
    worth = {name: cell.points for name, cell in assignment.tests.items()}
    if not mutant.loses or any(worth.get(name) != points for name, points in mutant.loses.items()):
        yield f"{mutant.name}: a test loses all of its points or none; they are {worth}"
    if not mutant.hint or not any(mutant.hint in told(assignment, name) for name in mutant.loses):
        yield f"{mutant.name}: its hint stands in none of the tests that it fails"


def told(assignment: Assignment, name: str) -> str:
    """What a failed test can say: a hidden one its hint, a visible one its own text."""
    cell = assignment.cells.get(name)
    return (cell.hint or cell.source) if cell else ""


def mutated(assignment: Assignment, *wrong: Mutant) -> NotebookNode:
    """What a student hands in who has solved all, but for the mistakes of `wrong`; without any, a perfect one."""
    anchors = {mutant.cell: assignment.cells[mutant.cell].source.partition("\n")[0] for mutant in wrong}
    return solved(assignment, {m.cell: anchors[m.cell] + "\n" + dedent(m.source).strip("\n") for m in wrong})
