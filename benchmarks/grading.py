"""What it costs to grade a class: seconds a submission, memory, and what a second job brings.

    python benchmarks/grading.py          # 200 submissions
    python benchmarks/grading.py 10       # a try

Each submission is the tiny problem set of the tests, solved, in a kernel and a sandbox of its own. One and two jobs
take turns on halves of the class, so that a busy moment meets both.
"""

import resource
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
import record

from gencourse.assign import load, mutated
from gencourse.assign.grade import Plan, grade

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "assignments"))
from classroom import classroom  # noqa: E402

TURN = 20  # submissions that one way grades before the other has its turn


class Peak(threading.Thread):
    """The most memory that one student's kernel has had, looked at ten times a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.most, self.over = 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            for child in psutil.Process().children(recursive=True):
                try:
                    if "ipykernel_launcher" in child.cmdline():
                        self.most = max(self.most, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue


def hand_in(inbox: Path, first: int, count: int, text: str) -> Path:
    """A folder with so many submissions."""
    inbox.mkdir()
    for k in range(first, first + count):
        (inbox / f"student-{k:03}.ipynb").write_text(text, encoding="utf-8")
    return inbox


def timed(root: Path, folder: Path, turn: int, count: int, jobs: int, text: str) -> float:
    """Seconds a submission."""
    inbox = hand_in(root / f"inbox-{turn}-{jobs}", turn * count, count, text)
    start = time.perf_counter()
    rows = grade(inbox, Plan(folder, root / f"out-{jobs}"), jobs=jobs)
    seconds = (time.perf_counter() - start) / count
    assert all(row["auto"] == row["auto_max"] for row in rows)
    return seconds


def measured(count: int) -> dict:
    """Both ways, in turns."""
    turns = max(1, count // (2 * TURN))
    size = count // (2 * turns)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        folder = classroom(root / "sources")
        text = nbformat.writes(mutated(load(folder)))
        for jobs in (1, 2):  # loads code and makes the gradebooks
            timed(root, folder, -1, 1, jobs, text)
        peak = Peak()
        peak.start()
        pairs = [[timed(root, folder, turn, size, jobs, text) for jobs in (1, 2)] for turn in range(turns)]
        peak.over.set()
    one, two = (statistics.median(column) for column in zip(*pairs, strict=True))
    megabytes = {"grader": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "kernel": peak.most / 2**20}
    return {
        "seed": 0,  # of the problem set, which was released without a roster
        "submissions": 2 * turns * size,
        "seconds a submission": {"one job": round(one, 3), "two jobs": round(two, 3)},
        "two jobs over one": round(statistics.median(a / b for a, b in pairs), 2),
        "most memory, MB": {name: round(value) for name, value in megabytes.items()},
    }


if __name__ == "__main__":
    result = measured(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    print(result)
    if result["submissions"] >= 200:
        print(record.write("grading", result))
