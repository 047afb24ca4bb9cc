"""What is stored of a batch, and the rows that it gives: one for each submission."""

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

from .gradebook import Marks
from .source import Assignment

COLUMNS = "student file sha256 status auto auto_max manual manual_pending total note".split()


@dataclass(frozen=True)
class Record:
    """What is kept of one submission, as results/STUDENT.json."""

    student: str
    folder: str
    file: str
    sha256: str
    digest: str
    """Of the problem set and the student's seed."""
    status: str
    note: str
    touched: bool = False
    """Whether a tripwire was."""
    limits: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)
    messages: dict = field(default_factory=dict)


def records(out: Path) -> dict[str, Record]:
    """What earlier runs have stored, by folder."""
    files = sorted((out / "results").glob("*.json"))
    return {file.stem: Record(**json.loads(file.read_text(encoding="utf-8"))) for file in files}


def row(record: Record, marks: Marks | None, assignment: Assignment) -> dict:
    """One line of grades.csv. Points are empty where nothing ran, the total while a person has still to look."""
    line = {name: getattr(record, name) for name in ("student", "file", "sha256", "status", "note")}
    line |= {"auto_max": assignment.auto_max, "auto": "", "manual": "", "manual_pending": "", "total": ""}
    if not record.points or marks is None:
        return line
    tests = assignment.tests
    line["auto"] = sum(marks.points.get(name, 0) for name in tests)
    line["manual"] = sum(points for name, points in marks.points.items() if name not in tests)
    line["manual_pending"] = len(marks.pending)
    if not marks.pending:
        line["total"] = line["auto"] + line["manual"]
    return line


def as_csv(columns: list[str], rows: list[dict]) -> bytes:
    """A table as CSV. A text that a spreadsheet would take for a formula gets an apostrophe: students name files."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for line in rows:
        writer.writerow({name: plain(line[name]) for name in columns})
    return text.getvalue().encode()


def plain(value: str | int | float) -> str:
    """A cell of a table: whole numbers without a point, texts that are no formula.

    >>> plain(3.0), plain(2.5), plain("=1+1"), plain("ada")
    ('3', '2.5', "'=1+1", 'ada')
    """
    if isinstance(value, int | float):
        return f"{value:.10g}"
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
