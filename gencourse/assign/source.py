"""A problem set as its author writes it: `NAME/NAME.ipynb`, in nbgrader's format, read and checked."""

import hashlib
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import nbformat
from nbformat import NotebookNode

Kind = Literal["setup", "answer", "visible", "hidden", "written"]

GRADE_ID = re.compile(r"(?P<setup>setup)|(?P<question>q[1-9]\d*)(?:-(?P<part>[a-z]|visible|hidden(?:-\d+)?|written))?")
ANCHOR = re.compile(r"^(?:# gencourse: ([\w-]+)|<!-- gencourse: ([\w-]+) -->)\s*?$", re.M)
SEED = re.compile(r"^SEED = \d+$", re.M)
# All that lies between the markers is the secret; nothing else may stand in the cell.
HIDDEN = re.compile(
    r".*\n### BEGIN HIDDEN TESTS\n### HINT: (?P<hint>\S.*)\n### REREAD: (?P<reread>\S+)\n[^\0]+\n### END HIDDEN TESTS"
)
# nbgrader's flags of each kind: (grade, solution, locked), and the type of its cell.
FLAGS = {
    "setup": (False, False, True, "code"),
    "answer": (False, True, False, "code"),
    "visible": (True, False, True, "code"),
    "hidden": (True, False, True, "code"),
    "written": (True, True, False, "markdown"),
}


@dataclass(frozen=True)
class Cell:
    """One cell that nbgrader knows: setup, an answer, a test, or the free answer."""

    grade_id: str
    question: str
    kind: Kind
    points: float
    source: str
    hint: str = ""
    reread: str = ""


@dataclass(frozen=True)
class Assignment:
    """A sound problem set: its notebook, and its nbgrader cells by grade_id, in the notebook's order."""

    name: str
    notebook: NotebookNode
    cells: dict[str, Cell]

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything that decides a grade: the cells' sources and their nbgrader metadata."""
        parts = [(c.cell_type, c.source, c.metadata.get("nbgrader")) for c in self.notebook.cells]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def tests(self) -> dict[str, Cell]:
        """The cells that are scored by running them."""
        return {name: cell for name, cell in self.cells.items() if cell.kind in ("visible", "hidden")}

    @property
    def auto_max(self) -> float:
        """The points that tests give."""
        return sum(cell.points for cell in self.tests.values())

    @property
    def manual_max(self) -> float:
        """The points that a person gives."""
        return sum(cell.points for cell in self.cells.values() if cell.kind == "written")


def load(folder: Path) -> Assignment:
    """The problem set in `folder`.

    Raises:
        ValueError: the folder is not a sound problem set; the message lists all that is wrong.
    """
    folder = Path(folder).resolve()
    file = folder / f"{folder.name}.ipynb"
    if not file.is_file():
        raise ValueError(f"{folder} is not a problem set: it must hold {file.name}")
    try:
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat has a class for each way to be broken
        raise ValueError(f"{file} is not a notebook: {str(error).splitlines()[0]}") from error
    cells = [cell_of(c) for c in notebook.cells if kind(grade_id(c))]
    if complaints := [*in_cells(notebook), *in_questions(cells)]:
        raise ValueError(f"{file.name} is not a sound problem set: " + "; ".join(complaints))
    return Assignment(folder.name, notebook, {cell.grade_id: cell for cell in cells})


def cell_of(node: NotebookNode) -> Cell:
    """What the metadata and the source of one cell say."""
    name = grade_id(node)
    hidden = HIDDEN.fullmatch(node.source)
    return Cell(
        name,
        question=GRADE_ID.fullmatch(name)["question"] or "",
        kind=kind(name),
        points=float(node.metadata.nbgrader.get("points", 0)),
        source=node.source,
        hint=hidden["hint"] if hidden else "",
        reread=hidden["reread"] if hidden else "",
    )


def grade_id(node: NotebookNode) -> str:
    """nbgrader's name of a cell, or nothing."""
    meta = node.metadata.get("nbgrader")
    return str(meta.get("grade_id", "")) if isinstance(meta, dict) else ""


def kind(grade_id: str) -> Kind | None:
    """What a cell of this name is for; None where the name is none of the format's.

    >>> [kind(name) for name in ("setup", "q1", "q1-b", "q1-hidden-2", "q0", "q1-hiden")]
    ['setup', 'answer', 'answer', 'hidden', None, None]
    """
    name = GRADE_ID.fullmatch(grade_id)
    if not name or name["setup"]:
        return name and "setup"
    part = (name["part"] or "").partition("-")[0]
    return part if len(part) > 1 else "answer"


def anchor(source: str) -> str | None:
    """The grade_id in the first line of a cell, which outlives its metadata.

    >>> anchor("# gencourse: q1-visible\\nassert True"), anchor("<!-- gencourse: q6-written -->"), anchor("x = 1")
    ('q1-visible', 'q6-written', None)
    """
    first = ANCHOR.fullmatch(source.partition("\n")[0])
    return first and (first[1] or first[2])


def seeded(notebook: NotebookNode, seed: int | None) -> NotebookNode:
    """A copy of the author's notebook with a student's seed in the setup cell; None leaves it 0."""
    notebook = deepcopy(notebook)
    if seed is not None:
        setup = next(node for node in notebook.cells if grade_id(node) == "setup")
        setup.source = SEED.sub(f"SEED = {seed}", setup.source)
    return notebook


def in_cells(notebook: NotebookNode) -> Iterator[str]:
    """What is wrong with single cells."""
    for index, node in enumerate(notebook.cells, start=1):
        if node.cell_type == "code" and (node.outputs or node.execution_count is not None):
            yield f"cell {index} has been run: strip its output"
        if "nbgrader" in node.metadata:
            yield from in_cell(node)
        elif anchor(node.source):
            yield f"cell {index} has the anchor {anchor(node.source)} and no nbgrader metadata"


def in_cell(node: NotebookNode) -> Iterator[str]:
    """What is wrong with one of nbgrader's cells."""
    if not kind(grade_id(node)):
        yield f"grade_id {grade_id(node)!r} must be setup, qK, qK-a, qK-visible, qK-hidden, qK-hidden-2 or qK-written"
        return
    meta, cell = node.metadata.nbgrader, cell_of(node)
    if anchor(node.source) != cell.grade_id:
        yield f"{cell.grade_id}: the first line must be its anchor, as in '# gencourse: {cell.grade_id}'"
    if (meta.get("grade"), meta.get("solution"), meta.get("locked"), node.cell_type) != FLAGS[cell.kind]:
        flags = dict(zip(("grade", "solution", "locked", "cell type"), FLAGS[cell.kind], strict=True))
        yield f"{cell.grade_id}: its metadata must be {flags}"
    if meta.get("schema_version") != 3 or meta.get("task"):
        yield f"{cell.grade_id}: its metadata must be of nbgrader's schema_version 3, and no task"
    if FLAGS[cell.kind][0] != (cell.points > 0):
        yield f"{cell.grade_id}: a test and a free answer have points, nothing else has"
    yield from in_source(cell)


def in_source(cell: Cell) -> Iterator[str]:
    """What is missing in the text of a cell."""
    lines = [line.strip() for line in cell.source.splitlines()]
    if cell.kind == "setup" and lines.count("SEED = 0") != 1:
        yield "setup: one line must be SEED = 0"
    markers = [line for line in lines if line in ("### BEGIN SOLUTION", "### END SOLUTION")]
    pairs, odd = divmod(len(markers), 2)
    if cell.kind in ("answer", "written"):
        if odd or not pairs or markers != ["### BEGIN SOLUTION", "### END SOLUTION"] * pairs:
            yield f"{cell.grade_id}: the solution must stand between ### BEGIN SOLUTION and ### END SOLUTION"
    if cell.kind == "hidden" and not cell.hint:
        yield (
            f"{cell.grade_id}: after the anchor the whole cell must stand between ### BEGIN HIDDEN TESTS and "
            "### END HIDDEN TESTS, with the lines ### HINT: ... and ### REREAD: ... first"
        )


def in_questions(cells: list[Cell]) -> Iterator[str]:
    """What is wrong with the whole: doubles, gaps, questions without an answer or without tests."""
    names = [cell.grade_id for cell in cells]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: there are {names.count(name)} cells of this grade_id"
    if names[:1] != ["setup"]:
        yield "the first of nbgrader's cells must be setup"
    if (written := [cell.kind for cell in cells].count("written")) != 1:
        yield f"there must be one free answer, qK-written; there are {written}"
    questions = list(dict.fromkeys(cell.question for cell in cells if cell.question))
    if questions != [f"q{k}" for k in range(1, len(questions) + 1)]:
        yield f"the questions must be q1, q2, ... in this order; they are {', '.join(questions) or 'none'}"
    for question in questions:
        kinds = [cell.kind for cell in cells if cell.question == question and cell.kind != "written"]
        if kinds and (set(kinds) != {"answer", "visible", "hidden"} or kinds != sorted(kinds, key=list(FLAGS).index)):
            yield f"{question}: it must have an answer, then visible tests, then hidden ones"
