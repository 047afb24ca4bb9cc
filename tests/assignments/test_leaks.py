"""No line of a solution, a hidden test or a model answer is in what students get, wherever one might hide it."""

from zipfile import ZipFile

import nbformat
import pytest
from classroom import QUADRUPLE, classroom, notebook
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_output

from gencourse.assign import load, student_version
from gencourse.assign.leaks import leaks, regions
from gencourse.assign.source import grade_id

SOLUTION = "return double(double(x))"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    return load(classroom(tmp_path_factory.mktemp("course")))


def released(assignment, tmp_path, change=lambda notebook: None):
    """The student's version in a folder, after `change`."""
    student = student_version(assignment)
    change(student)
    nbformat.write(student, tmp_path / "twice.ipynb")
    return tmp_path


def cell(notebook, name):
    return next(node for node in notebook.cells if grade_id(node) == name)


def test_the_students_version_gives_nothing_away(assignment, tmp_path):
    assert leaks(assignment, released(assignment, tmp_path)) == []


def test_the_authors_notebook_gives_everything_away(assignment, tmp_path):
    nbformat.write(assignment.notebook, tmp_path / "twice.ipynb")
    found = leaks(assignment, tmp_path)
    for name, lines in regions(assignment):
        assert all(f"{name}: the line {line!r} is in twice.ipynb" in found for line in lines)
    assert {name for name, _ in regions(assignment)} == {
        "q1",
        "q1-hidden",
        "q1-hidden-2",
        "q2",
        "q2-hidden",
        "q3-written",
    }


HIDING_PLACES = {
    "a cell": lambda nb: cell(nb, "q2").update(source=QUADRUPLE),
    "a comment": lambda nb: nb.cells.append(new_code_cell(f"# was: {SOLUTION}")),
    "a cell's metadata": lambda nb: cell(nb, "q2").metadata.update(was=[{"source": ["\n", SOLUTION]}]),
    "the notebook's metadata": lambda nb: nb.metadata.update({SOLUTION: 1}),
    "an output": lambda nb: nb.cells.append(
        new_code_cell(outputs=[new_output("execute_result", {"text/plain": f"    {SOLUTION}\n"})])
    ),
    "a traceback": lambda nb: nb.cells.append(
        new_code_cell(outputs=[new_output("error", ename="E", evalue="", traceback=[f"----> 2 {SOLUTION}"])])
    ),
    "a picture's source": lambda nb: nb.cells[0].update(attachments={"a.svg": {"image/svg+xml": f"<!--{SOLUTION}-->"}}),
}


@pytest.mark.parametrize("hide", HIDING_PLACES.values(), ids=HIDING_PLACES)
def test_a_line_is_found_wherever_a_notebook_can_hide_it(assignment, tmp_path, hide):
    expected = f"q2: the line '{SOLUTION}' is in twice.ipynb"
    assert expected in leaks(assignment, released(assignment, tmp_path, hide))


def test_a_line_is_found_in_zips_names_and_other_files(assignment, tmp_path):
    (tmp_path / f"{SOLUTION}.txt").touch()
    (tmp_path / "notes.md").write_text(f"The answer: {SOLUTION}.")
    with ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("a/twice.ipynb", nbformat.writes(assignment.notebook))
        archive.comment = SOLUTION.encode()
    places = (
        "the name return double(double(x)).txt",
        "notes.md",
        "twice.zip: a/twice.ipynb",
        "the comment of twice.zip",
    )
    found = leaks(assignment, tmp_path)
    assert all(f"q2: the line '{SOLUTION}' is in {place}" in found for place in places)


@given(st.sampled_from(["return 2 * x", "assert double([1, 2]) == [1, 2, 1, 2]"]), st.text("a_9", max_size=1))
def test_a_part_of_longer_words_is_no_leak(assignment, line, more):
    assert bool(leaks(assignment, f"before\n    {line}{more}")) == (more == "" or line.endswith("]"))


def with_text(tmp_path, name, old, new):
    """The tiny problem set with another text in one cell."""
    folder = classroom(tmp_path, "changed")
    changed = notebook()
    node = cell(changed, name)
    assert old in node.source
    node.source = node.source.replace(old, new)
    nbformat.write(changed, folder / "changed.ipynb")
    return load(folder)


def test_a_line_that_the_author_shows_too_is_no_secret_while_the_others_are(tmp_path):
    longer = f"    if x == 0:\n        return x\n    {SOLUTION}"
    both = with_text(tmp_path, "q2", f"    {SOLUTION}", longer)
    assert leaks(both, "    return x") == ["q2: the line 'return x' is in the text"]
    both.notebook.cells[0].source += "\n\n    return x"
    assert leaks(both, "    return x") == []
    assert leaks(both, "    if x == 0:") == ["q2: the line 'if x == 0:' is in the text"]


def test_a_solution_of_which_every_line_is_shown_is_no_solution(tmp_path):
    shown = with_text(tmp_path, "q2-visible", "double = lambda", f"# {SOLUTION}\ndouble = lambda")
    assert leaks(shown, "nothing") == [f"q2: every line of it is written in the open, too: {SOLUTION}"]


def test_a_hidden_test_of_which_only_the_hint_is_hidden_is_not_hidden(tmp_path):
    test = "assert double([1, 2]) == [1, 2, 1, 2]"
    shown = with_text(tmp_path, "q2-visible", "double = lambda", f"# {test}\ndouble = lambda")
    (said,) = leaks(shown, "nothing")
    assert said.startswith("q1-hidden-2: every line of it is written in the open, too: ") and said.endswith(test)
