"""`gencourse assign doctor`: which sandbox holds here?"""

from ..assign.doctor import findings
from .grade_options import Doctor


def doctor(options: Doctor) -> int:
    """Print each promise with what was seen; the exit code is 1 if no sandbox keeps all of its own."""
    hold = [isolation for isolation in ("bwrap", "container") if holds(isolation)]
    print(f"Grade with --isolation {' or '.join(hold)}." if hold else "Nothing isolates a submission here.")
    return 0 if hold else 1


def holds(isolation: str) -> bool:
    """Whether every promise is kept; each is printed."""
    kept = []
    for finding in findings(isolation):
        print(f"{'ok' if finding.kept else 'NO':3} {isolation}, {finding.promise}: {finding.said}", flush=True)
        kept.append(finding.kept)
    return all(kept)
