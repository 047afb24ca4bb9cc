"""Grades in the columns of a spreadsheet, Moodle or Canvas, and answers that are alike."""

import re
from pathlib import Path

from ..training.files import durable
from .grade import reopened, report
from .gradebook import Book
from .intake import CANVAS, MOODLE
from .table import as_csv

# What Moodle's grading worksheet and Canvas's gradebook import look for.
MOODLE_COLUMNS = ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"]
CANVAS_COLUMNS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


def export(out: Path, platform: str = "csv") -> tuple[Path, list[str]]:
    """Write grades.csv and the feedback anew, and a platform's file; returns its path and who is not in it.

    Who has no total yet, and whose file does not have the platform's name, is left out, never set to 0.
    """
    plan = reopened(out)
    with Book(out, plan.assignment) as book:
        rows = report(out, book)
    if platform == "csv":
        return out / "grades.csv", [row["student"] for row in rows if row["total"] == ""]
    name, most = plan.assignment.name, plan.assignment.auto_max + plan.assignment.manual_max
    make = moodle if platform == "moodle" else canvas
    lines = {row["student"]: make(row, name, most) for row in rows if row["total"] != ""}
    found = [line for line in lines.values() if line]
    if platform == "canvas":
        found.insert(0, {**dict.fromkeys(CANVAS_COLUMNS, ""), "Student": "Points Possible", name: most})
    columns = MOODLE_COLUMNS if platform == "moodle" else [*CANVAS_COLUMNS, name]
    file = out / f"{platform}.csv"
    with durable(file) as stream:
        stream.write(as_csv(columns, found))
    return file, [row["student"] for row in rows if not lines.get(row["student"])]


def moodle(row: dict, name: str, most: float) -> dict | None:
    """A line of Moodle's worksheet; the number in the file's name is the participant's."""
    found = MOODLE.search(row["file"])
    if not found:
        return None
    student, _, number = found["student"].rpartition("/")[2].rpartition("_")
    values = [f"Participant {number}", student, row["total"], most, ""]
    return dict(zip(MOODLE_COLUMNS, values, strict=True))


def canvas(row: dict, name: str, most: float) -> dict | None:
    """A line of Canvas's gradebook; the first number in the file's name is the user's."""
    found = CANVAS.fullmatch(re.split(r"[/\\]", row["file"])[-1])
    if not found:
        return None
    return {**dict.fromkeys(CANVAS_COLUMNS, ""), "Student": found["name"], "ID": found["id"], name: row["total"]}
