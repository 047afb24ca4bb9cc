"""A class is graded: points, a person's marks, what is run again and what is not, one table."""

import csv
import json
import tempfile

import nbformat
import pytest
from classroom import classroom
from filelock import FileLock
from sandboxes import needs_bubblewrap

from gencourse.assign import load, mutants, mutated, student_version
from gencourse.assign.export import export
from gencourse.assign.grade import Plan, grade
from gencourse.assign.inside import Limits

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("grading")]  # one class for all tests
LIMITS = Limits(cell=20, notebook=60)
COLUMNS = ["student", "file", "sha256", "status", "auto", "auto_max", "manual", "manual_pending", "total", "note"]


def hand_in(inbox, student, notebook):
    (inbox / student).mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, inbox / student / "twice.ipynb")


def mark(out, student, cell, points, comment=None):
    """What formgrader does when a person types a mark."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        given = book.find_grade(cell, "twice", "twice", student)
        given.manual_score, given.needs_manual_grade = points, False
        if comment:
            book.find_comment(cell, "twice", "twice", student).manual_comment = comment
        book.db.commit()


def table(out):
    with (out / "grades.csv").open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def stamps(out):
    return {file.stem: file.stat().st_mtime_ns for file in (out / "results").glob("*.json")}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A class with a perfect, an empty and a wrong submission, and a student who handed in nothing, graded once."""
    root = tmp_path_factory.mktemp("term")
    folder = classroom(root / "sources")
    assignment = load(folder)
    wrong = next(mutant for mutant in mutants(folder) if mutant.name == "doubles once")
    hand_in(root / "inbox", "ada", mutated(assignment))
    hand_in(root / "inbox", "bob", student_version(assignment))
    hand_in(root / "inbox", "cy", mutated(assignment, wrong))
    (root / "roster.csv").write_text("student\nada\nbob\ncy\nzoe\n")
    plan = Plan(folder, root / "out", limits=LIMITS)
    grade(root / "inbox", plan, jobs=2, roster=root / "roster.csv")
    return root, plan


def test_the_table_has_these_columns(term):
    assert (term[1].out / "grades.csv").read_text().splitlines()[0].split(",") == COLUMNS


def test_the_solution_has_all_points_and_waits_for_its_free_answer(term):
    row = table(term[1].out)["ada"]
    assert (row["status"], row["auto"], row["auto_max"]) == ("graded", "8", "8")
    assert (row["manual_pending"], row["total"], row["note"]) == ("1", "", "")


def test_an_empty_notebook_has_nothing_and_nobody_need_look(term):
    row = table(term[1].out)["bob"]
    assert [row[name] for name in ("status", "auto", "manual", "manual_pending", "total")] == ["graded", *"0000"]


def test_a_wrong_answer_loses_its_points_and_no_others(term):
    assert table(term[1].out)["cy"]["auto"] == "4"


def test_who_handed_in_nothing_has_a_row_and_no_zero(term):
    row = table(term[1].out)["zoe"]
    assert row["status"] == "missing" and row["auto"] == row["manual"] == row["total"] == ""


def test_a_second_run_runs_nothing_and_a_mark_completes_the_total(term):
    root, plan = term
    before = stamps(plan.out)
    mark(plan.out, "ada", "q3-written", 1.5, comment="Well said <b>twice</b>.")
    grade(root / "inbox", plan, roster=root / "roster.csv")
    assert stamps(plan.out) == before
    row = table(plan.out)["ada"]
    assert (row["manual"], row["manual_pending"], row["total"]) == ("1.5", "0", "9.5")
    page = (plan.out / "feedback" / "ada.html").read_text()
    assert "9.5" in page and "Well said &lt;b&gt;twice" in page


def test_a_new_submission_alone_is_run_again_and_its_mark_waits_for_a_look(term, tmp_path):
    root, plan = term
    mark(plan.out, "cy", "q3-written", 2)
    before = stamps(plan.out)
    hand_in(root / "inbox", "cy", mutated(plan.assignment))
    grade(root / "inbox", plan)
    assert {name for name, stamp in stamps(plan.out).items() if stamp != before[name]} == {"cy"}
    row = table(plan.out)["cy"]
    assert (row["auto"], row["manual"], row["manual_pending"], row["total"]) == ("8", "2", "1", "")
    assert len(table(plan.out)) == 4  # zoe is still there, although this run had no roster


def test_other_tests_are_run_again_and_marks_stay(term):
    root, plan = term
    file = plan.folder / "twice.ipynb"
    text = file.read_text()
    file.write_text(text.replace("double(1) must be 2", "double(1) is 2"))
    try:
        again = Plan(plan.folder, plan.out, limits=LIMITS)
        before = stamps(plan.out)
        mark(plan.out, "ada", "q3-written", 1)
        grade(root / "inbox", again)
        assert [name for name, stamp in stamps(plan.out).items() if stamp == before[name]] == ["zoe"]
        assert table(plan.out)["ada"]["total"] == "9"
    finally:
        file.write_text(text)


def test_two_graders_do_not_share_a_folder(term):
    root, plan = term
    with FileLock(plan.out / ".lock"), pytest.raises(ValueError, match="another grader"):
        grade(root / "inbox", plan)


def test_a_platforms_file_holds_those_with_a_total_alone(tmp_path, term):
    root, plan = term
    out = tmp_path / "out"
    assignment = load(plan.folder)
    (tmp_path / "in").mkdir()
    blank = nbformat.writes(student_version(assignment))
    for name in ("Ada Lovelace_1234567_assignsubmission_file_", "bob_12345_67890_twice.ipynb", "cy"):
        file = tmp_path / "in" / name / "twice.ipynb" if not name.endswith("ipynb") else tmp_path / "in" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(blank)
    (tmp_path / "in" / "Dan_7_assignsubmission_file_").mkdir()
    grade(tmp_path / "in", Plan(plan.folder, out, limits=LIMITS), jobs=2)
    file, absent = export(out, "moodle")
    assert file.read_text().splitlines() == [
        "Identifier,Full name,Grade,Maximum Grade,Last modified (grade)",
        "Participant 1234567,Ada Lovelace,0,10,",
    ]
    assert absent == ["Dan_7", "bob_12345", "cy"]
    file, absent = export(out, "canvas")
    assert file.read_text().splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,twice",
        "Points Possible,,,,,10",
        "bob,12345,,,,0",
    ]
    assert absent == ["Ada Lovelace_1234567", "Dan_7", "cy"]


def test_what_the_grader_cannot_do_is_the_graders_error(term, tmp_path, monkeypatch):
    """A temporary folder in which no socket has a name short enough: the row says so, and the next run tries again."""
    root, plan = term
    hand_in(tmp_path / "inbox", "ada", mutated(plan.assignment))
    broken = Plan(plan.folder, tmp_path / "out", limits=LIMITS)
    (tmp_path / ("long" * 30)).mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / ("long" * 30)))
        (row,) = grade(tmp_path / "inbox", broken)
    assert (row["status"], row["auto"], row["total"]) == ("grader-error", "", "")
    assert "ipc" in row["note"] and not list((tmp_path / ("long" * 30)).iterdir())
    (row,) = grade(tmp_path / "inbox", broken)
    assert row["status"] == "graded"


def test_a_cell_of_ones_own_is_searched_as_an_answer_is(term, tmp_path):
    root, plan = term
    own = mutated(plan.assignment)
    own.cells.append(nbformat.v4.new_code_cell("get_ipython()", id="mine"))
    hand_in(tmp_path / "inbox", "ada", own)
    (row,) = grade(tmp_path / "inbox", Plan(plan.folder, tmp_path / "out", limits=LIMITS))
    assert (row["status"], row["auto"]) == ("review", 8) and "own cell: uses get_ipython" in row["note"]


def test_a_batch_that_ran_out_of_time_is_run_again_with_more(term, tmp_path):
    root, plan = term
    slow = mutated(plan.assignment)
    cell = next(cell for cell in slow.cells if cell.source.startswith("# gencourse: q1\n"))
    cell.source += "\nimport time\ntime.sleep(3)"
    hand_in(tmp_path / "inbox", "ada", slow)
    short = Plan(plan.folder, tmp_path / "out", limits=Limits(cell=1, notebook=20))
    for _ in range(2):
        (row,) = grade(tmp_path / "inbox", short)
        assert (row["status"], row["total"]) == ("timeout", "")
    (row,) = grade(tmp_path / "inbox", Plan(plan.folder, tmp_path / "out", limits=Limits(cell=30, notebook=60)))
    assert (row["status"], row["auto"]) == ("graded", 8)


def test_each_student_has_the_seed_of_the_release(tmp_path, term):
    from gencourse.assign.roster import seed

    root, plan = term
    secret = b"a secret of sixteen bytes and more"
    mine = student_version(plan.assignment, seed(secret, "twice", "ada"))
    for student in ("ada", "eve"):
        hand_in(tmp_path / "inbox", student, mine)
    rows = grade(tmp_path / "inbox", Plan(plan.folder, tmp_path / "out", limits=LIMITS, secret=secret), jobs=2)
    notes = {row["student"]: row["note"] for row in rows}
    assert notes["ada"] == "" and "setup was edited" in notes["eve"]


def test_what_is_stored_of_a_student_names_no_hidden_test(term):
    for file in (term[1].out / "results").glob("*.json"):
        assert "_random" not in json.dumps(json.loads(file.read_text()))
