"""Whatever happens to a student's file, the answers in it meet the author's own tests."""

from copy import deepcopy

import nbformat
import pytest
from classroom import classroom
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import determine_grade

from gencourse.assign import load, mutated
from gencourse.assign.repair import repaired
from gencourse.assign.source import anchor, grade_id


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    return load(classroom(tmp_path_factory.mktemp("course")))


@pytest.fixture(scope="module")
def answered(assignment):
    """What an honest student hands in."""
    return mutated(assignment)


@pytest.fixture
def submission(answered):
    return deepcopy(answered)


def cell(notebook, name):
    return next(node for node in notebook.cells if grade_id(node) == name)


def insert_after(notebook, name, *cells):
    place = notebook.cells.index(cell(notebook, name)) + 1
    notebook.cells[place:place] = cells


def order(notebook):
    """Which cell runs when: nbgrader's by their names, others by their first lines."""
    return [grade_id(node) or node.source.partition("\n")[0] for node in notebook.cells]


AS_AUTHOR_WROTE = [
    *("# Twice", "setup", "**Question 1.** Write `double`.", "q1", "q1-visible", "q1-hidden", "q1-hidden-2"),
    *("**Question 2.** Write `quadruple` with `double`.", "q2", "q2-visible", "q2-hidden"),
    *("**Question 3.** Why is doubling exact?", "q3-written"),
]


def test_an_intact_submission_gets_its_hidden_tests_and_its_seed_and_nothing_is_said(assignment, submission):
    cell(submission, "setup").source = "# gencourse: setup\nSEED = 7"
    cell(submission, "q1").source = "# gencourse: q1\ndouble = lambda x: x + x"
    notebook, said = repaired(submission, assignment, seed=7)
    assert said == []
    assert order(notebook) == AS_AUTHOR_WROTE
    assert cell(notebook, "q1").source == "# gencourse: q1\ndouble = lambda x: x + x"
    assert cell(notebook, "q1-hidden").source == assignment.cells["q1-hidden"].source
    assert cell(notebook, "setup").source == "# gencourse: setup\nSEED = 7"
    nbformat.validate(notebook)


@settings(max_examples=40)
@given(data=st.data())
def test_without_metadata_in_any_order_with_tests_deleted_or_doubled_the_result_is_the_same(assignment, answered, data):
    damaged = deepcopy(answered)
    tests = [name for name, c in assignment.cells.items() if c.kind in ("setup", "visible", "hidden")]
    for name in data.draw(
        st.lists(st.sampled_from(tests), unique=True).filter(lambda names: "q1-visible" not in names)
    ):
        damaged.cells.remove(cell(damaged, name))
    damaged.cells += [deepcopy(node) for node in data.draw(st.lists(st.sampled_from(damaged.cells), max_size=3))]
    damaged.cells = data.draw(st.permutations(damaged.cells))
    for node in damaged.cells:
        if data.draw(st.booleans()):
            node.metadata = {}
        if data.draw(st.booleans()):
            node.source = node.source.replace("\n", "  \n") + "\n"
    expected, notebook = (repaired(handed_in, assignment)[0] for handed_in in (answered, damaged))
    for grade in assignment.cells:
        assert_same_text(cell(notebook, grade).source, cell(expected, grade).source)
    own = [node for node in notebook.cells if node.id.startswith("own-")]
    assert {anchor(node.source) for node in own} <= {"q1", "q2"}, "only an answer may run twice"


def assert_same_text(one, other):
    """Blanks at the ends of lines do not count, and a written answer may stand there twice."""
    strip = lambda text: [line.rstrip() for line in text.strip().splitlines() if line.strip()]  # noqa: E731
    assert dict.fromkeys(strip(one)) == dict.fromkeys(strip(other))


def test_stripped_metadata_is_reported(assignment, submission):
    for node in submission.cells:
        node.metadata = {}
    notebook, said = repaired(submission, assignment)
    assert order(notebook) == AS_AUTHOR_WROTE
    assert said == ["nbgrader's metadata was lost in 9 of 9 cells; the anchors told them"]


def test_without_metadata_and_anchor_colabs_id_is_enough(assignment, submission):
    node = cell(submission, "q1")
    node.source = node.source.partition("\n")[2]
    node.metadata = {"id": node.pop("id")}
    assert "return 2 * x" in cell(repaired(submission, assignment)[0], "q1").source


def test_deleted_and_edited_tests_are_put_back(assignment, submission):
    submission.cells.remove(cell(submission, "q1-visible"))
    submission.cells.remove(cell(submission, "q2-hidden"))
    cell(submission, "q1-hidden").source += "\nraise SystemExit"
    notebook, said = repaired(submission, assignment)
    assert order(notebook) == AS_AUTHOR_WROTE
    assert cell(notebook, "q1-hidden").source == assignment.cells["q1-hidden"].source
    assert said == [
        "q1-visible was deleted; it was put back",
        "q1-hidden was edited; the original was put back",
        "q2-hidden was deleted; it was put back",
    ]


def test_what_a_student_adds_to_the_setup_follows_it_and_the_seed_is_ours(assignment, submission):
    cell(submission, "setup").source = "# gencourse: setup\nimport math\nSEED = 1"
    notebook, said = repaired(submission, assignment, seed=7)
    assert [node.source for node in notebook.cells[1:3]] == ["# gencourse: setup\nSEED = 7", "import math"]
    assert said == ["setup was edited; the original was put back"]


def test_cells_of_the_students_own_stay_where_they_were(assignment, submission):
    helper, note = new_code_cell("factor = 2", metadata={"tags": ["skip-execution"]}), new_markdown_cell("I think so.")
    insert_after(submission, "setup", helper)
    insert_after(submission, "q2-hidden", note, new_code_cell("  \n"))
    notebook, said = repaired(submission, assignment)
    assert said == []
    own = {node.source: order(notebook)[k - 1] for k, node in enumerate(notebook.cells) if "own-" in node.id}
    assert own == {"factor = 2": "setup", "I think so.": "q2-hidden"}
    assert all(node.metadata == {} for node in notebook.cells if "own-" in node.id)


def test_of_two_versions_of_an_answer_the_last_counts_and_the_first_runs_before_it(assignment, submission):
    again = deepcopy(cell(submission, "q1"))
    again.source = "def double(x):\n    return x + x"
    insert_after(submission, "q1-visible", again)
    notebook, said = repaired(submission, assignment)
    assert [node.source for node in notebook.cells if "def double" in node.source] == [
        assignment.cells["q1"].source,
        "def double(x):\n    return x + x",
    ]
    assert cell(notebook, "q1").source == "def double(x):\n    return x + x"
    assert said == ["q1 was there 2 times"]


def test_a_stub_that_was_left_behind_is_no_answer(assignment, submission):
    stub = deepcopy(cell(submission, "q1"))
    stub.source = "# gencourse: q1\ndef double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    insert_after(submission, "q1", stub)
    notebook, _ = repaired(submission, assignment)
    assert cell(notebook, "q1").source == assignment.cells["q1"].source
    assert not any("YOUR CODE HERE" in node.source for node in notebook.cells)


def test_an_answer_that_was_split_is_whole_again(assignment, submission):
    cell(submission, "q1").source = "# gencourse: q1\nfactor = 2"
    insert_after(submission, "q1", new_code_cell("def double(x):\n    return factor * x"))
    cell(submission, "q3-written").source = "<!-- gencourse: q3-written -->\nBecause"
    rest = deepcopy(cell(submission, "q3-written"))
    rest.source = "it is."
    submission.cells.append(rest)
    notebook, _ = repaired(submission, assignment)
    place = order(notebook).index("q1")
    assert notebook.cells[place + 1].source.startswith("def double") and order(notebook)[place + 2] == "q1-visible"
    assert cell(notebook, "q3-written").source == "<!-- gencourse: q3-written -->\nBecause\n\nit is."


def test_cells_that_were_merged_are_cut_at_their_anchors(assignment, submission):
    answer, test = cell(submission, "q1"), cell(submission, "q1-visible")
    answer.source += "\n\n" + test.source
    submission.cells.remove(test)
    notebook, said = repaired(submission, assignment)
    assert cell(notebook, "q1").source == assignment.cells["q1"].source
    assert order(notebook) == AS_AUTHOR_WROTE
    assert said == ["nbgrader's metadata was lost in 1 of 9 cells; the anchors told them"]


def test_an_answer_that_was_deleted_leaves_an_empty_cell_not_a_stub_that_undoes_what_stands_elsewhere(
    assignment, submission
):
    submission.cells.remove(cell(submission, "q1"))
    insert_after(submission, "setup", new_code_cell("def double(x):\n    return x + x"))
    notebook, said = repaired(submission, assignment)
    assert cell(notebook, "q1").source == "# gencourse: q1"
    assert said == ["q1 was deleted"]


def test_moved_cells_are_in_the_authors_order_again(assignment, submission):
    submission.cells.reverse()
    notebook, said = repaired(submission, assignment)
    assert order(notebook) == AS_AUTHOR_WROTE
    assert said == ["the cells were in another order"]


def test_a_cell_of_another_problem_set_is_named_and_is_the_students_own(assignment, submission):
    foreign = new_code_cell("# gencourse: q9\nx = 1", metadata={"nbgrader": {"grade_id": "q9"}})
    insert_after(submission, "q2", foreign)
    notebook, said = repaired(submission, assignment)
    assert order(notebook)[order(notebook).index("q2") + 1] == "# gencourse: q9"
    assert said == ["'q9' is no cell of this problem set; it was run as one of the student's own"]


def test_the_notebook_of_another_problem_set_is_refused(assignment, submission):
    for name in ("q1-visible", "q2-visible"):
        cell(submission, name).source = f"# gencourse: {name}\nassert triple(1) == 3"
    with pytest.raises(ValueError, match="this is not the notebook of twice: none of its tests"):
        repaired(submission, assignment)
    with pytest.raises(ValueError, match="this is not the notebook of twice"):
        repaired(nbformat.v4.new_notebook(cells=[new_code_cell("print('hello')")]), assignment)


def test_what_is_not_code_or_text_of_the_student_does_not_come_along(assignment, submission):
    cell(submission, "q1").metadata |= {"tags": ["skip-execution"], "nbgrader": {"grade_id": "q1", "points": 99}}
    cell(submission, "q1").outputs = [nbformat.v4.new_output("stream", text="full marks")]
    cell(submission, "q3-written").cell_type = "code"
    notebook, _ = repaired(submission, assignment)
    cell(notebook, "q3-written").metadata.nbgrader.pop("checksum")
    for node in notebook.cells:
        assert node.metadata == next(n.metadata for n in assignment.notebook.cells if n.id == node.id)
        assert not node.get("outputs")
    assert cell(notebook, "q3-written").cell_type == "markdown"


@pytest.mark.parametrize(("text", "grade"), [("YOUR ANSWER HERE", 0), ("Because it is.", None)])
def test_nbgrader_sees_whether_anything_was_written(assignment, submission, text, grade):
    cell(submission, "q3-written").source = f"<!-- gencourse: q3-written -->\n{text}"
    notebook, _ = repaired(submission, assignment)
    assert determine_grade(cell(notebook, "q3-written")) == (grade, 2)
