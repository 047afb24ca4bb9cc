"""`gencourse assign release`: a folder of notebooks and zips, or one line that says why not."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from classroom import classroom

from gencourse.assign import load, student_version


def test_the_students_notebooks_are_written_and_their_zip_is_named(command, folder):
    for name in ("twice", "again"):
        classroom(folder / "sets", name)
    code, out, err = command("assign", "release", "twice", "--source", "sets", "--out", "deep/out")
    assert (code, out, err) == (0, "deep/out/twice.zip\n", "")
    written = nbformat.read("deep/out/twice/twice.ipynb", as_version=4)
    assert written == student_version(load(Path("sets/twice")))


ERRORS = {
    "nothing there": (["--source", "nowhere"], 2, "nowhere holds no problem set: name the folder"),
    "unknown name": (["thrice", "--source", "sets"], 2, "sets holds no problem set thrice; it holds unsound"),
    "no secret": (["--source", "sets", "--roster", "roster.csv"], 2, "--roster and --secret-file need each other"),
    "no roster": (["--source", "sets", "--secret-file", "short.txt"], 2, "--roster and --secret-file need each other"),
    "short secret": (
        ["--source", "sets", "--roster", "roster.csv", "--secret-file", "short.txt"],
        1,
        "short.txt must hold a secret of at least 16 bytes",
    ),
    "no such roster": (["--source", "sets", "--roster", "gone.csv", "--secret-file", "short.txt"], 1, "gone.csv"),
    "unsound": (["--source", "sets"], 1, "unsound.ipynb is not a sound problem set: setup: one line must be SEED = 0"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_one_line_and_nothing_is_written(kind, command, folder):
    file = classroom(folder / "sets", "unsound") / "unsound.ipynb"
    file.write_text(file.read_text().replace("SEED = 0", "SEED = 1"))
    Path("roster.csv").write_text("student\nada\n")
    Path("short.txt").write_text("hush\n")
    words, expected, says = ERRORS[kind]
    code, out, err = command("assign", "release", *words)
    assert code == expected and out == "" and re.fullmatch(r"gencourse: error: .+\n", err) and says in err
    assert sorted(path.name for path in folder.iterdir()) == ["roster.csv", "sets", "short.txt"]


def test_without_nbgrader_the_way_out_is_named():
    code = "import sys; sys.modules['nbgrader'] = None; import gencourse.cli as c; c.main(['assign', 'release'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == 'gencourse: error: course assignments need nbgrader: pip install "gencourse[assign]"\n'
