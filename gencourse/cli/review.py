"""`gencourse assign review`: nbgrader's formgrader over a graded batch."""

from ..assign.review import review as serve
from .grade_options import Review


def review(options: Review) -> int:
    """Serve until Ctrl-C, and return the exit code."""
    serve(options.folder, options.port, browser=not options.no_browser)
    return 0
