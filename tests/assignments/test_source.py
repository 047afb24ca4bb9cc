"""A sound problem set is read; of an unsound one, all that is wrong is said in one message."""

import nbformat
import pytest
from classroom import classroom

from gencourse.assign import load


@pytest.fixture
def folder(tmp_path):
    return classroom(tmp_path)


def changed(folder, change):
    """Store the problem set again after `change` of its notebook."""
    file = folder / "twice.ipynb"
    notebook = nbformat.read(file, as_version=4)
    change(notebook)
    nbformat.write(notebook, file)


def cell(notebook, grade_id):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def test_a_sound_problem_set_gives_its_cells_points_and_hints(folder):
    assignment = load(folder)
    assert assignment.name == "twice"
    assert (assignment.auto_max, assignment.manual_max) == (8, 2)
    kinds = {name: c.kind for name, c in assignment.cells.items()}
    assert list(kinds) == [
        *("setup", "q1", "q1-visible", "q1-hidden", "q1-hidden-2"),
        *("q2", "q2-visible", "q2-hidden", "q3-written"),
    ]
    assert set(kinds.values()) == {"setup", "answer", "visible", "hidden", "written"}
    hidden = assignment.cells["q1-hidden-2"]
    assert (hidden.question, hidden.points, hidden.reread) == ("q1", 1, "01_vector_norms")
    assert hidden.hint == "what is the double of a list?"


def test_the_digest_is_of_what_decides_a_grade(folder):
    before = load(folder).digest
    changed(folder, lambda nb: nb.metadata.update(author="somebody else"))
    assert load(folder).digest == before
    changed(folder, lambda nb: cell(nb, "q1-hidden").metadata.nbgrader.update(points=5))
    points = load(folder).digest
    changed(folder, lambda nb: cell(nb, "q1-hidden").update(source=cell(nb, "q1-hidden").source.replace("3", "4")))
    assert len({before, points, load(folder).digest}) == 3


def edit(grade_id, old, new):
    def change(notebook):
        node = cell(notebook, grade_id)
        assert old in node.source
        node.source = node.source.replace(old, new)

    return change


def flag(name, /, **values):
    return lambda notebook: cell(notebook, name).metadata.nbgrader.update(values)


def drop(*grade_ids):
    return lambda notebook: [notebook.cells.remove(cell(notebook, name)) for name in grade_ids]


def move_to_the_end(grade_id):
    def change(notebook):
        node = cell(notebook, grade_id)
        notebook.cells.remove(node)
        notebook.cells.append(node)

    return change


UNSOUND = {
    "an anchor that names another cell": (edit("q1", "gencourse: q1", "gencourse: q2"), "q1: the first line"),
    "a cell that lost its metadata": (lambda nb: cell(nb, "q1").metadata.clear(), "has the anchor q1 and no"),
    "a name that the format has not": (flag("q1-hidden", grade_id="q1-hiden"), "grade_id 'q1-hiden' must be"),
    "two cells of one name": (
        flag("q1-hidden-2", grade_id="q1-hidden"),
        "q1-hidden: there are 2 cells",
    ),
    "a test that can be edited": (flag("q1-visible", locked=False), "q1-visible: its metadata must be"),
    "an old format": (flag("q1", schema_version=2), "q1: its metadata must be of nbgrader's schema_version 3"),
    "a task": (flag("q1", task=True), "q1: its metadata must be of nbgrader's schema_version 3, and no task"),
    "a test without points": (flag("q2-visible", points=0), "q2-visible: a test and a free answer have points"),
    "an answer with points": (flag("q2", points=1), "q2: a test and a free answer have points"),
    "no seed": (edit("setup", "SEED = 0", "SEED = 1"), "setup: one line must be SEED = 0"),
    "a solution without an end": (edit("q1", "    ### END SOLUTION", ""), "q1: the solution must stand between"),
    "a free answer without a model": (edit("q3-written", "SOLUTION", "TEXT"), "q3-written: the solution must stand"),
    "a hidden test outside its markers": (edit("q2-hidden", "### END HIDDEN TESTS", ""), "q2-hidden: after the anchor"),
    "a line after the hidden test": (
        edit("q2-hidden", "END HIDDEN TESTS", "END HIDDEN TESTS\nx = 1"),
        "q2-hidden: after the anchor",
    ),
    "a hidden test without a hint": (edit("q2-hidden", "### HINT:", "# hint:"), "q2-hidden: after the anchor"),
    "a hidden test without a chapter": (edit("q2-hidden", "### REREAD:", "# see"), "q2-hidden: after the anchor"),
    "a question without hidden tests": (drop("q2-hidden"), "q2: it must have an answer, then visible"),
    "a question without an answer": (drop("q2"), "q2: it must have an answer, then visible"),
    "tests before the answer": (move_to_the_end("q1"), "q1: it must have an answer, then visible"),
    "a gap": (drop("q2", "q2-visible", "q2-hidden"), "the questions must be q1, q2"),
    "no free answer": (drop("q3-written"), "there must be one free answer, qK-written; there are 0"),
    "no setup": (drop("setup"), "the first of nbgrader's cells must be setup"),
    "a stored output": (lambda nb: cell(nb, "q1").update(execution_count=1), "has been run: strip its output"),
}


@pytest.mark.parametrize(("change", "complaint"), UNSOUND.values(), ids=UNSOUND)
def test_what_is_wrong_is_said(folder, change, complaint):
    changed(folder, change)
    with pytest.raises(ValueError, match="^twice.ipynb is not a sound problem set: ") as error:
        load(folder)
    assert complaint in str(error.value)


def test_all_that_is_wrong_is_said_at_once(folder):
    changed(folder, lambda nb: (flag("q1", points=1)(nb), flag("q2-visible", points=0)(nb)))
    with pytest.raises(ValueError, match="q1: a test and a .*; q2-visible: a test and"):
        load(folder)


def test_a_folder_without_its_notebook_is_no_problem_set(tmp_path):
    with pytest.raises(ValueError, match="nothing is not a problem set: it must hold nothing.ipynb"):
        load(tmp_path / "nothing")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}'])
def test_a_broken_file_is_named(folder, text):
    (folder / "twice.ipynb").write_text(text)
    with pytest.raises(ValueError, match="twice.ipynb is not a notebook: "):
        load(folder)
