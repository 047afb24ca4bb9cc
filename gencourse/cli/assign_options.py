"""What `gencourse assign` and its release may be told. The docstrings and the types here are the help pages."""

from dataclasses import dataclass
from pathlib import Path

from .grade_options import GRADING
from .options import Common


@dataclass(frozen=True, kw_only=True)
class Assign(Common):
    """Hand out course assignments, grade them in a sandbox, give feedback.

    Examples:
      gencourse assign doctor
      gencourse assign release norms
      gencourse assign grade submissions.zip --assignment norms
      gencourse assign export grades/norms --format moodle
    """


@dataclass(frozen=True, kw_only=True)
class Release(Common):
    """Write the students' notebooks: no solution, no hidden test. All of them, or none if anything is wrong.

    Each problem set is run three times first: the solution must win every point, also where warnings are errors, and a
    blank notebook none. No line of a solution or a hidden test may be in what is written.
    With a roster each student's data have a seed of their own, which the grader finds again with the same secret.

    Examples:
      gencourse assign release
      gencourse assign release norms --out release/norms
      gencourse assign release norms --source my_course --roster roster.csv --secret-file secret.txt
    """

    names: tuple[str, ...]
    """Problem sets; without any, all that the source holds."""
    source: Path = Path("chapters/assignments")
    """Folder of the problem sets, each in a folder of its own."""
    roster: Path | None = None
    """CSV file with a column student."""
    secret_file: Path | None = None
    """File with at least 16 bytes that no student knows, for the seeds. Keep it: the grader needs it."""
    out: Path = Path("release")
    """Folder to write, which must not be there yet. With a roster there is a folder in it for each student."""


ASSIGN = {"release": Release, **GRADING}
