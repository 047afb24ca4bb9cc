"""What ends a sandbox when nobody else does: an alarm, and its first process, whose input the grader holds."""

import os
import subprocess
import sys

import psutil
import pytest
from sandboxes import LIMITS, SANDBOXES, needs_bubblewrap, soon

from gencourse.assign.inside import PACKAGE, SLACK, Limits, python
from gencourse.assign.sandbox import command, sockets

pytestmark = needs_bubblewrap


@pytest.mark.parametrize("isolation", SANDBOXES)
def test_an_alarm_ends_it_when_the_grader_does_not(isolation, tmp_path):
    """A notebook's time, less than nothing here, and the seconds to start and stop."""
    home = tmp_path / "gc-alarm"
    sockets(home).mkdir(parents=True)
    home.chmod(0o755)
    words = command(isolation, home, Limits(notebook=2 - SLACK), [python(), "-c", "import time; time.sleep(90)"])
    words = [word.replace(f"cpu={3 - SLACK}:{3 - SLACK}", "cpu=9:9") for word in words]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        assert process.wait(60) != 0


def asleep(seconds):
    return [one for one in psutil.process_iter(["cmdline"]) if (one.info["cmdline"] or [])[:2] == ["sleep", seconds]]


def test_with_the_graders_input_all_ends_although_nobody_has_died_yet(tmp_path):
    """Bubblewrap asks to die with its parent only once it has started: a grader may be gone before."""
    home, seconds = tmp_path / "gc-input", f"86754.{os.getpid()}"  # that nobody else sleeps
    sockets(home).mkdir(parents=True)
    home.chmod(0o755)
    program = ["sh", "-c", f"setsid sleep {seconds} & echo here; exec sleep {seconds}"]
    words = [word for word in command("bwrap", home, LIMITS, program) if word != "--die-with-parent"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"here\n"
        soon(lambda: len(asleep(seconds)) == 2, seconds=60)  # both come after the word, or before
        sleeping = asleep(seconds)
        process.stdin.close()
        assert process.wait(120) != 0 and len(sleeping) == 2
        assert psutil.wait_procs(sleeping, timeout=60)[1] == []


def first(*program):
    """The first process of a sandbox, outside one."""
    words = [sys.executable, "-I", str(PACKAGE / "assign/first_process.py"), *program]
    return subprocess.Popen(words, stdin=subprocess.PIPE)


def test_the_first_process_ends_with_its_program():
    with first(sys.executable, "-c", "import os; os.read(0, 1)") as process:  # whose input is empty, not held open
        assert process.wait(120) == 0


def test_the_first_process_ends_with_its_input():
    with first("sleep", "7") as process:
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(120) == 1
