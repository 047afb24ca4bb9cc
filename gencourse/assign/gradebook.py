"""nbgrader's gradebook of a batch: points of the tests go in, a person's marks come out."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from .source import Assignment


@dataclass(frozen=True)
class Marks:
    """What a person and the tests have given a student, by graded cell."""

    points: dict[str, float]
    """Points that count: a person's where there are any, else the tests'."""
    pending: frozenset[str]
    """Cells that a person has still to look at."""
    comments: dict[str, str]
    """What the person wrote, by answer."""


class Book:
    """The gradebook in a folder: a context manager around nbgrader's."""

    def __init__(self, out: Path, assignment: Assignment):
        from nbgrader.api import Gradebook

        self.name, self.assignment = assignment.name, assignment
        self.url = f"sqlite:///{out / 'gradebook.db'}"
        # nbgrader starts alembic by its name, and the environment's programs need not be on the PATH.
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.prefix) / "bin")])
        self.gradebook = Gradebook(self.url)

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *_) -> None:
        self.gradebook.close()

    def prepare(self) -> None:
        """Tell the gradebook the cells of the problem set.

        Raises:
            ValueError: the folder holds grades of a problem set with other cells.
        """
        from nbgrader.preprocessors import SaveCells

        self.gradebook.update_or_create_assignment(self.name)
        where = {"notebook": self.name, "assignment": self.name, "db_url": self.url}
        try:
            SaveCells().preprocess(self.assignment.notebook, {"nbgrader": where})
        except RuntimeError as error:
            raise ValueError(
                f"{self.name} has other cells than when grading began: --out names a new folder"
            ) from error
        self.gradebook.db.expire_all()  # SaveCells wrote through a connection of its own

    def save(self, student: str, points: dict[str, float | None], status: str, changed: bool) -> None:
        """Store the points of the tests; a person's marks stay, and wait for a second look if the answers changed."""
        self.gradebook.update_or_create_student(student)
        with self.gradebook.db.no_autoflush:  # else SQLAlchemy warns about nbgrader's own code
            self.gradebook.update_or_create_submission(self.name, student)
        notebook = self.gradebook.find_submission_notebook(self.name, self.name, student)
        tests = self.assignment.tests
        for grade in notebook.grades:
            grade.auto_score = points[grade.name]
            if grade.manual_score is None:
                grade.needs_manual_grade = grade.auto_score is None or (status != "graded" and grade.name in tests)
            elif changed:
                grade.needs_manual_grade = True
        self.gradebook.db.commit()

    def marks(self) -> dict[str, Marks]:
        """The marks of every student."""
        found = {}
        for notebook in self.gradebook.notebook_submissions(self.name, self.name):
            grades = {grade.name: grade for grade in notebook.grades}
            given = {name: g.score + (g.extra_credit or 0) for name, g in grades.items() if has_score(g)}
            pending = frozenset(name for name, grade in grades.items() if grade.needs_manual_grade)
            comments = {one.name: one.manual_comment for one in notebook.comments if one.manual_comment}
            found[notebook.student.id] = Marks(given, pending, comments)
        return found


def has_score(grade) -> bool:
    """Whether somebody or something has given points."""
    return grade.auto_score is not None or grade.manual_score is not None
