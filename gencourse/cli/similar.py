"""`gencourse assign similar`: answers that are alike."""

from ..assign.similar import similar as find
from .grade_options import Similar


def similar(options: Similar) -> int:
    """Print the pairs and return the exit code."""
    for row in find(options.folder):
        print(f"{row['question']:4} {row['alike']:.0%} of {row['pieces']} pieces: {row['a']} and {row['b']}")
    print(options.folder / "similar.csv")
    return 0
