"""What a student gets to read: one HTML file that needs no network, with nothing in it of the hidden tests' source."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ..training.files import durable
from .gradebook import Marks
from .source import Assignment, Cell
from .table import Record

TEMPLATE = Path(__file__).with_name("feedback.html.j2")
SAID = {
    "review": "A person will look at this submission before it gets a total.",
    "timeout": "Your notebook took too long and was stopped. A person will look at it.",
    "kernel-died": "Your notebook's kernel ended before all tests had run. A person will look at it.",
    "unreadable": "Your file could not be read as a notebook of this assignment.",
    "missing": "No notebook of this assignment was found.",
    "too-big": "Your file is too large for a notebook: clear its outputs and hand it in again.",
    "grader-error": "Something went wrong that is not your fault. A person will look at it.",
}


def write_feedback(file: Path, record: Record, row: dict, marks: Marks | None, assignment: Assignment) -> None:
    """Write a student's page."""
    questions = list(in_questions(record, marks, assignment)) if record.points and marks else []
    said = SAID.get(record.status, "")
    text = template().render(record=record, row=row, said=said, questions=questions, assignment=assignment)
    file.parent.mkdir(exist_ok=True)
    with durable(file) as stream:
        stream.write(text.encode())


@cache
def template() -> Any:
    """The page's template. Everything that is put into it is escaped: students chose the words."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["points"] = "{:.10g}".format
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def in_questions(record: Record, marks: Marks, assignment: Assignment) -> Iterator[dict]:
    """Each question with its points, what failed, and the chapters to read again."""
    names = dict.fromkeys(cell.question for cell in assignment.cells.values() if cell.points)
    for question in names:
        cells = [c for c in assignment.cells.values() if c.question == question]
        graded = [cell for cell in cells if cell.points]
        failed = [cell for cell in graded if marks.points.get(cell.grade_id, 0) < cell.points]
        failed = [cell for cell in failed if cell.grade_id not in marks.pending]
        yield {
            "name": question,
            "points": sum(marks.points.get(cell.grade_id, 0) for cell in graded),
            "max": sum(cell.points for cell in graded),
            "pending": any(cell.grade_id in marks.pending for cell in graded),
            "tests": [told(cell, record) for cell in failed if cell.kind != "written"],
            "reread": sorted({cell.reread for cell in failed if cell.reread}),
            "comments": [marks.comments[cell.grade_id] for cell in cells if cell.grade_id in marks.comments],
        }


def told(cell: Cell, record: Record) -> dict[str, str]:
    """What a failed test says: a hidden one its hint; a visible one its own words, unless a tripwire was touched."""
    words = cell.hint or ("" if record.touched else record.messages.get(cell.grade_id, ""))
    return {"kind": cell.kind, "words": words or "It did not pass."}
