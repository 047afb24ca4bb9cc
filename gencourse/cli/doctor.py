"""`gencourse assign doctor`: does the sandbox hold here?"""

from ..assign.doctor import findings
from .grade_options import Doctor


def doctor(options: Doctor) -> int:
    """Print each promise with what was seen; the exit code is 1 if one does not hold."""
    kept = []
    for finding in findings():
        print(f"{'ok' if finding.kept else 'NO':3} {finding.promise}: {finding.said}", flush=True)
        kept.append(finding.kept)
    return 0 if all(kept) else 1
