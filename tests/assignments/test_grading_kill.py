"""A grader that is killed half-way loses nothing, doubles nothing and leaves nothing running."""

import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from classroom import classroom
from sandboxes import SANDBOXES, needs_bubblewrap, soon
from test_grading import LIMITS, hand_in, mark, stamps, table

from gencourse.assign import load, mutants, mutated, student_version
from gencourse.assign.grade import Plan, grade

pytestmark = needs_bubblewrap
STUDENTS = 6
CODE = """
import sys
from pathlib import Path
from gencourse.assign.grade import Plan, grade
from gencourse.assign.inside import Limits
folder, inbox, out = map(Path, sys.argv[2:])
grade(inbox, Plan(folder, out, isolation=sys.argv[1], limits=Limits(cell=20, notebook=3000)), jobs=2)
"""


def running(folder):
    """The processes of other people's code whose sockets lie below the folder."""
    lines = [one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"])]
    return [line for line in lines if any(str(folder) in word for word in line) and "ipykernel_launcher" in line]


def all_gone(folder):
    """Wait until nothing runs. Between its fork and its exec a sandbox has not its name yet: look again after that."""
    soon(lambda: not running(folder))
    time.sleep(2)
    soon(lambda: not running(folder))


@pytest.mark.parametrize("isolation", SANDBOXES)
def test_killed_twice_and_run_again_every_row_is_there_once_and_marks_are_kept(tmp_path, isolation):
    folder = classroom(tmp_path / "sources")
    assignment, out, temporary = load(folder), tmp_path / "out", tmp_path / "t"
    temporary.mkdir()
    wrong = [mutated(assignment, one) for one in mutants(folder)]
    for k, notebook in enumerate([mutated(assignment), student_version(assignment), *wrong]):
        hand_in(tmp_path / "inbox", f"s{k}", notebook)
    command = [sys.executable, "-c", CODE, isolation, folder, tmp_path / "inbox", out]
    environment = os.environ | {"TMPDIR": str(temporary)}
    seen = []
    for stored in (1, 3):
        grader = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        soon(lambda stored=stored: len(stamps(out)) >= stored and running(temporary))
        grader.send_signal(signal.SIGKILL)
        grader.wait()
        seen.append(stamps(out))
        all_gone(temporary)
        if stored == 1:
            student = next(iter(seen[0]))
            mark(out, student, "q3-written", 2)
    assert seen[0].items() <= seen[1].items() and len(seen[1]) < STUDENTS
    grade(tmp_path / "inbox", Plan(folder, out, isolation=isolation, limits=LIMITS), jobs=2)
    assert seen[1].items() <= stamps(out).items()
    rows = table(out)
    assert sorted(rows) == [f"s{k}" for k in range(STUDENTS)]
    assert rows[student]["manual"] == "2" and rows[student]["manual_pending"] == "0"
    assert [rows[f"s{k}"]["auto"] for k in range(STUDENTS)] == ["8", "0", "4", "6", "7", "4"]
    assert nbformat.read(out / "autograded" / "s0" / "twice" / "twice.ipynb", as_version=4).cells
