"""`gencourse assign export`: grades for a spreadsheet or a learning platform."""

import sys

from ..assign.export import export as write
from .grade_options import Export


def export(options: Export) -> int:
    """Write the file, say who is not in it, and return the exit code."""
    file, absent = write(options.folder, options.format)
    if absent:
        print(f"gencourse: without a total: {', '.join(absent)}", file=sys.stderr)
    print(file)
    return 0
