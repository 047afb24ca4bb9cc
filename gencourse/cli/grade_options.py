"""What the commands that follow a hand-in may be told. The docstrings and the types here are the help pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .options import Common


@dataclass(frozen=True, kw_only=True)
class Grade(Common):
    """Grade a class: a folder or a learning platform's zip in, grades.csv and a page for each student out.

    Each notebook runs in a sandbox of its own. Run the command again after a kill, after late submissions or after
    marking: what is unchanged is not run again, and a person's marks stay.

    Examples:
      gencourse assign grade submissions.zip
      gencourse assign grade inbox --assignment norms --out grades/norms --jobs 4
      gencourse assign grade inbox --roster roster.csv --secret-file secret.txt
    """

    place: Path
    """Folder with STUDENT/NAME.ipynb or STUDENT.ipynb, or the zip that Moodle or Canvas gives."""
    assignment: str | None = None
    """Name of the assignment. By default the one that the files are called after."""
    source: Path = Path("chapters/assignments")
    """Folder of the assignments with solutions and hidden tests."""
    out: Path | None = None
    """Folder for grades, feedback and gradebook. By default grades/NAME."""
    jobs: int = 1
    """Submissions at a time. Each needs a core and up to 4 GiB of memory."""
    isolation: Literal["bwrap", "container", "none"] = "bwrap"  # assign.sandbox.Isolation, which needs nbgrader
    """bwrap: bubblewrap, on Linux. container: Podman, on Linux, where bubblewrap does not work. none: a submission can
    do all that you can; only for code that you trust."""
    timeout: float = 60.0
    """Seconds that a cell may take; a whole notebook may take ten times as long."""
    roster: Path | None = None
    """CSV with a column student, of those who should have handed in. Other columns may hold a platform's names and
    numbers of them."""
    secret_file: Path | None = None
    """The secret with which the release drew each student's seed."""


@dataclass(frozen=True, kw_only=True)
class Review(Common):
    """Mark free answers and look at what was flagged, in nbgrader's formgrader, in a browser on this machine.

    Examples:
      gencourse assign review grades/norms
    """

    folder: Path
    """The output folder of `gencourse assign grade`."""
    port: int = 8899
    """Port on 127.0.0.1, or the next free one."""
    no_browser: bool = False
    """Print the address and open no browser."""


@dataclass(frozen=True, kw_only=True)
class Export(Common):
    """Write the grades for a spreadsheet or a learning platform, and the feedback with a person's marks in it.

    Moodle and Canvas get those who have a total; csv is grades.csv, with everybody.

    Examples:
      gencourse assign export grades/norms
      gencourse assign export grades/norms --format moodle
    """

    folder: Path
    """The output folder of `gencourse assign grade`."""
    format: Literal["csv", "moodle", "canvas"] = "csv"
    """Whose columns."""


@dataclass(frozen=True, kw_only=True)
class Similar(Common):
    """List answers that are alike but for names and layout, for a person to look at. It changes no grade.

    Examples:
      gencourse assign similar grades/norms
    """

    folder: Path
    """The output folder of `gencourse assign grade`."""


@dataclass(frozen=True, kw_only=True)
class Doctor(Common):
    """Try here what the sandboxes promise, and say how to mend what does not hold. One of them is enough.

    Examples:
      gencourse assign doctor
    """


GRADING = {"grade": Grade, "review": Review, "export": Export, "similar": Similar, "doctor": Doctor}
