"""Students get all of the problem set but its answers, or nothing at all."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from classroom import classroom

from gencourse.assign import load, student_version
from gencourse.assign.release import release, unfair
from gencourse.assign.roster import seed
from gencourse.assign.source import grade_id

SECRET = b"a secret of the course"


@pytest.fixture
def folder(tmp_path):
    return classroom(tmp_path)


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """The tiny problem set, released to two students."""
    place = tmp_path_factory.mktemp("course")
    written = release([load(classroom(place))], place / "deep" / "out", ["ada", "emmy"], SECRET)
    return place / "deep" / "out", [file.relative_to(place / "deep" / "out").as_posix() for file in written]


def cell(notebook, name):
    return next(node for node in notebook.cells if grade_id(node) == name)


def changed(folder, old, new):
    """Load the problem set after a change of its text."""
    file = folder / "twice.ipynb"
    assert old in (text := file.read_text())
    file.write_text(text.replace(old, new))
    return load(folder)


def test_each_student_gets_a_notebook_and_the_zip_holds_the_same_bytes(handed_out):
    out, written = handed_out
    assert written == ["ada/twice/twice.ipynb", "emmy/twice/twice.ipynb", "twice.zip"]
    with ZipFile(out / "twice.zip") as archive:
        assert archive.namelist() == written[:2]
        assert all(archive.read(name) == (out / name).read_bytes() for name in written[:2])
    assert [file.name for file in out.parent.iterdir()] == ["out"], "nothing unfinished is left beside it"


def test_students_differ_in_the_seed_alone_which_the_secret_gives(handed_out):
    out, _ = handed_out
    ada, emmy = (nbformat.read(out / f"{who}/twice/twice.ipynb", as_version=4) for who in ("ada", "emmy"))
    assert cell(ada, "setup").source == f"# gencourse: setup\nSEED = {seed(SECRET, 'twice', 'ada')}"
    assert {grade_id(one) for one, other in zip(ada.cells, emmy.cells, strict=True) if one != other} == {"setup"}


def test_a_student_sees_stubs_visible_tests_and_the_names_of_hidden_ones(folder):
    assignment = load(folder)
    sources = {grade_id(node): node.source for node in student_version(assignment).cells}
    assert sources["q1"] == "# gencourse: q1\ndef double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert sources["q1-visible"] == assignment.cells["q1-visible"].source
    assert sources["q1-hidden-2"] == "# gencourse: q1-hidden-2"
    assert sources["q3-written"] == "<!-- gencourse: q3-written -->\nYOUR ANSWER HERE"
    assert sources["setup"] == "# gencourse: setup\nSEED = 0"


def test_stock_nbgrader_releases_the_same_notebook(tmp_path):
    assignment = load(classroom(tmp_path / "source"))
    here = str(Path(sys.executable).parent)  # nbgrader calls its database's tool by name
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "twice", f"--course-dir={tmp_path}"]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PATH": f"{here}:{os.environ['PATH']}"})
    stock = nbformat.read(tmp_path / "release/twice/twice.ipynb", as_version=4)
    assert stock.cells == student_version(assignment).cells
    assert (tmp_path / "release/twice/mutants.py").exists()  # the page for instructors warns of it


def test_an_unfair_problem_set_is_not_released_and_all_that_is_unfair_is_said(folder):
    changed(folder, "return 2 * x", "import warnings; warnings.warn('deprecated'); return 2 * x")
    changed(folder, "assert double([1, 2]) == [1, 2, 1, 2]", "assert double([1, 2]) == [2, 4]")
    assignment = changed(folder, 'assert quadruple(1) == 4, \\"quadruple(1) must be 4\\"', "assert quadruple")
    with pytest.raises(ValueError, match="^nothing was released: ") as error:
        release([assignment], folder.parent / "out")
    said = str(error.value)
    assert "twice: the solution loses q1-hidden-2 (what is the double of a list?);" in said
    assert "twice: the solution loses q1-visible (UserWarning: deprecated), q1-hidden (try double(-1.5))" in said
    assert said.endswith("twice: a blank submission wins q2-visible")
    assert sorted(file.name for file in folder.parent.iterdir()) == ["twice"]


def test_a_solution_that_looks_like_cheating_is_said(folder):
    assignment = changed(folder, "return 2 * x", "get_ipython; return 2 * x")
    assert list(unfair(assignment)) == ["the solution is flagged as every student's would be: uses get_ipython"]


def test_a_solution_that_is_right_for_one_seed_alone_is_said(folder):
    assignment = changed(folder, "return double(double(x))", "return double(double(x)) + SEED")
    (said,) = unfair(assignment)
    assert said.startswith("the solution loses q2-visible") and said.endswith("and SEED is 4294967295")


def test_words_on_stderr_cost_nothing(folder):
    assignment = changed(folder, "return 2 * x", "import sys; print('careful', file=sys.stderr); return 2 * x")
    assert list(unfair(assignment)) == []


def test_if_one_problem_set_gives_something_away_none_is_released(folder):
    twice, other = load(folder), classroom(folder.parent, "other")
    file = other / "other.ipynb"
    file.write_text(file.read_text().replace("# Twice", "# Twice\\n    return double(double(x))"))
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(ValueError, match="^nothing was released: .*; other: q2: every line of it is written in"):
        release([twice, load(other)], folder.parent / "out")
    assert sorted(folder.parent.rglob("*")) == before


def test_a_release_that_is_there_stays(folder):
    out = folder.parent / "out"
    out.mkdir()
    with pytest.raises(ValueError, match="out is there already: choose another folder with --out"):
        release([load(folder)], out)
    assert list(out.iterdir()) == []
