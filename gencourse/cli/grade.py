"""`gencourse assign grade`: a class's submissions to rows and pages."""

import sys
from collections import Counter
from pathlib import Path

from ..assign.grade import Plan
from ..assign.grade import grade as grade_class
from ..assign.inside import Limits
from ..assign.intake import named
from ..assign.roster import secret_of
from ..assign.sandbox import obstacle
from .grade_options import Grade
from .parse import Usage

NOT_ISOLATED = (
    "isolation none: each submission runs with your own rights. It can read, change and delete your files, the "
    "other students' work, the hidden tests and all grades, and send them away. Grade so only what you wrote yourself"
)


def grade(options: Grade) -> int:
    """Grade, and return the exit code."""
    if options.jobs < 1 or options.timeout <= 0:
        raise Usage("--jobs must be at least 1 and --timeout above 0")
    if fault := obstacle(options.isolation):
        raise Usage(f"submissions cannot be isolated here: {fault}. `gencourse assign doctor` says more")
    if options.isolation == "none":
        print(f"gencourse: warning: {NOT_ISOLATED}", file=sys.stderr, flush=True)
    folder = options.source / chosen(options)
    out = options.out or Path("grades", folder.name)
    limits = Limits(cell=options.timeout, notebook=10 * options.timeout)
    secret = secret_of(options.secret_file) if options.secret_file else None
    plan = Plan(folder, out, isolation=options.isolation, limits=limits, secret=secret)
    rows = grade_class(options.place, plan, jobs=options.jobs, roster=options.roster)
    told = ", ".join(f"{count} {status}" for status, count in Counter(row["status"] for row in rows).most_common())
    print(f"{out / 'grades.csv'}: {told}" if sys.stdout.isatty() else out / "grades.csv")
    return 0


def chosen(options: Grade) -> str:
    """The assignment's name: as told, or as the files say."""
    known = sorted(path.parent.name for path in options.source.glob("*/*.ipynb") if path.stem == path.parent.name)
    if not known:
        raise Usage(f"{options.source} holds no assignment: name its folder with --source")
    if options.assignment and options.assignment not in known:
        raise Usage(f"{options.source} holds no assignment {options.assignment}, only {', '.join(known)}")
    name = options.assignment or named(options.place, known) or (known[0] if len(known) == 1 else None)
    if name is None:
        raise Usage(f"the files do not say which assignment they are of: --assignment {' or '.join(known)}")
    return name
