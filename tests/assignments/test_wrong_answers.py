"""The wrong answers of a problem set fit it, and become submissions."""

import pytest
from classroom import classroom

from gencourse.assign import load, mutants, mutated


@pytest.fixture
def folder(tmp_path):
    return classroom(tmp_path)


def sources(notebook):
    return {c.metadata.nbgrader.grade_id: c.source for c in notebook.cells if "nbgrader" in c.metadata}


def test_a_mutant_is_a_perfect_submission_with_one_mistake(folder):
    assignment = load(folder)
    squares = mutants(folder)[0]
    perfect, wrong = sources(mutated(assignment)), sources(mutated(assignment, squares))
    assert wrong["q1"] == "# gencourse: q1\ndef double(x):\n    return x**2"
    assert perfect["q1"] == assignment.cells["q1"].source
    assert {name for name in perfect if perfect[name] != wrong[name]} == {"q1"}
    assert perfect["q1-hidden"] == "# gencourse: q1-hidden", "a student does not have the hidden tests"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('cell="q2"', 'cell="q2-visible"', "doubles once: q2-visible is not an answer cell"),
        ('cell="q2"', 'cell="q9"', "doubles once: q9 is not an answer cell"),
        ('"q2-hidden": 3', '"q2-hidden": 1', "doubles once: a test loses all of its points or none"),
        ('"q2-hidden": 3', '"q9-hidden": 3', "doubles once: a test loses all of its points or none"),
        ('{"q2-visible": 1, "q2-hidden": 3}', "{}", "doubles once: a test loses all of its points or none"),
        ('hint="quadruple(1) must be 4"', 'hint="try again"', "doubles once: its hint stands in none of the tests"),
        ('hint="quadruple(1) must be 4"', 'hint=""', "doubles once: its hint stands in none of the tests"),
        ('"doubles once"', '"squares"', "squares: there is another of this name"),
        ("MUTANTS = [", "OTHERS = [", "must hold a list MUTANTS of wrong answers"),
    ],
)
def test_mutants_that_cannot_be_true_are_refused(folder, old, new, complaint):
    file = folder / "mutants.py"
    assert old in (text := file.read_text())
    file.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match="mutants.py") as error:
        mutants(folder)
    assert complaint in str(error.value)


def test_a_problem_set_without_mutants_is_refused(folder):
    (folder / "mutants.py").unlink()
    with pytest.raises(ValueError, match="must hold a list MUTANTS"):
        mutants(folder)
