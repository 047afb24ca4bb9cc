"""`gencourse assign release`: problem sets to students' notebooks."""

import sys

from ..assign import load
from ..assign.release import release as hand_out
from ..assign.roster import secret_of, students
from .assign_options import Release
from .parse import Usage


def release(options: Release) -> int:
    """Check and write; returns the exit code."""
    if (options.roster is None) != (options.secret_file is None):
        raise Usage("--roster and --secret-file need each other: from both comes each student's seed")
    known = sorted(file.parent.name for file in options.source.glob("*/*.ipynb") if file.stem == file.parent.name)
    if missing := [name for name in options.names if name not in known]:
        raise Usage(f"{options.source} holds no problem set {missing[0]}; it holds {', '.join(known) or 'none'}")
    if not known:
        raise Usage(f"{options.source} holds no problem set: name the folder that does with --source")
    who = students(options.roster) if options.roster else []
    secret = secret_of(options.secret_file) if options.secret_file else None
    sets = [load(options.source / name) for name in dict.fromkeys(options.names or known)]
    if sys.stderr.isatty():
        print(f"each problem set is run three times: {', '.join(one.name for one in sets)}", file=sys.stderr)
    files = hand_out(sets, options.out, who, secret)
    for file in (file for file in files if file.suffix == ".zip"):
        count = sum(other.name == f"{file.stem}.ipynb" for other in files)
        print(f"{file}: {count} notebook{'s' if count > 1 else ''}" if sys.stdout.isatty() else file)
    return 0
