"""What waits for a person, and when there is a total."""

import pytest
from classroom import classroom
from test_grading import mark

from gencourse.assign import load
from gencourse.assign.gradebook import Book
from gencourse.assign.table import Record, row

TESTS = {"q1-visible": 1.0, "q1-hidden": 2.0, "q1-hidden-2": 1.0, "q2-visible": 1.0, "q2-hidden": 3.0}


@pytest.fixture
def desk(tmp_path):
    """A gradebook, and what stores a submission of ada's and gives her row."""
    assignment = load(classroom(tmp_path))
    with Book(tmp_path, assignment) as book:
        book.prepare()

        def line(status, written=None, changed=True, store=True):
            points = {**TESTS, "q3-written": written}
            if store:
                book.save("ada", points, status, changed)
            book.gradebook.db.expire_all()
            record = Record("ada", "ada", "ada.ipynb", "", "", status, "", points=points)
            return row(record, book.marks()["ada"], assignment)

        yield tmp_path, line


def test_a_flagged_submission_waits_for_each_test_and_has_no_total_before(desk):
    out, line = desk
    first = line("review")
    assert (first["auto"], first["manual_pending"], first["total"]) == (8, 6, "")
    for k, (name, points) in enumerate(TESTS.items(), start=1):
        mark(out, "ada", name, points if name != "q1-hidden" else 0)
        assert line("review", store=False)["manual_pending"] == 6 - k
    mark(out, "ada", "q3-written", 2)
    last = line("review", store=False)
    assert (last["auto"], last["manual"], last["manual_pending"], last["total"]) == (6, 2, 0, 8)


def test_no_total_where_not_everything_ran(desk):
    for status in ("timeout", "kernel-died", "review"):
        assert desk[1](status, written=0.0)["total"] == ""


def test_an_empty_free_answer_is_nothing_to_mark(desk):
    line = desk[1]("graded", written=0.0)
    assert (line["manual_pending"], line["manual"], line["total"]) == (0, 0, 8)


def test_a_mark_stays_and_waits_when_the_answers_have_changed(desk):
    out, line = desk
    line("graded")
    mark(out, "ada", "q3-written", 1.5)
    assert line("graded", changed=False)["total"] == 9.5
    again = line("graded", changed=True)
    assert (again["manual"], again["manual_pending"], again["total"]) == (1.5, 1, "")


def test_a_persons_word_on_a_test_counts(desk):
    out, line = desk
    line("graded", written=0.0)
    mark(out, "ada", "q2-hidden", 1)
    assert line("graded", store=False)["auto"] == 6


def test_other_cells_are_another_batch(desk, tmp_path):
    out, line = desk
    line("graded")
    file = out / "twice" / "twice.ipynb"
    file.write_text(file.read_text().replace("q1-hidden-2", "q1-hidden-3"))
    with Book(out, load(out / "twice")) as book, pytest.raises(ValueError, match="--out names a new folder"):
        book.prepare()
