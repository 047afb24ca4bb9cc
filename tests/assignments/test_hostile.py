"""One batch of everything that can go wrong, and two honest students in the middle of it, in each sandbox."""

import hashlib
import socket
import tempfile
from pathlib import Path

import hostile
import nbformat
import psutil
import pytest
from sandboxes import SANDBOXES, needs_bubblewrap

from gencourse.assign import load, mutated
from gencourse.assign.grade import Plan, grade
from gencourse.assign.inside import PACKAGE
from gencourse.assign.table import records

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("hostile")]  # one class for all tests


def hashes(*folders):
    """The content of every file below."""
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if "__pycache__" not in path.parts}


@pytest.fixture(scope="module", params=SANDBOXES)
def graded(request, tmp_path_factory):
    """The rows of the batch by student, what was written, and what lay outside before and after."""
    root = tmp_path_factory.mktemp("hostile")
    folder = hostile.strict(root / "sources")
    assignment = load(folder)
    outside, out = root / "outside", root / "out"
    outside.mkdir()
    (outside / "canary.txt").write_text("alive")
    honest = {"ada": mutated(assignment), "bob": hostile.notebook(assignment, "def double(x):\n    return 2 * abs(x)")}
    (root / "alone").mkdir()
    for student, notebook in honest.items():
        (root / "alone" / f"{student}.ipynb").write_bytes(nbformat.writes(notebook).encode())
    plan = {"isolation": request.param, "limits": hostile.LIMITS}
    alone = grade(root / "alone", Plan(folder, root / "alone-out", **plan))
    listener = socket.create_server(("127.0.0.1", 0))  # whom a kernel with a network would reach
    port = listener.getsockname()[1]
    source, book = root / "sources" / "twice" / "twice.ipynb", root / "alone-out" / "gradebook.db"
    codes = hostile.codes(request.param, outside, source, book, port)
    place = hostile.batch(root / "class.zip", hostile.files(assignment, codes))
    watched = [outside, root / "sources", root / "alone", root / "alone-out", PACKAGE, Path(nbformat.__file__).parent]
    temporary = root / "t"  # the folders of sockets: none may be left
    temporary.mkdir()
    watched.append(temporary)
    before = hashes(*watched), place.read_bytes(), list(temporary.iterdir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        rows = grade(place, Plan(folder, out, **plan), jobs=2)
    after = hashes(*watched), place.read_bytes(), list(temporary.iterdir())
    listener.setblocking(False)
    with listener, pytest.raises(BlockingIOError):  # nobody has come
        listener.accept()
    return {"rows": rows, "alone": alone, "out": out, "before": before, "after": after, "codes": codes}


def of(graded, student):
    found = [row for row in graded["rows"] if row["student"] == student]
    assert len(found) == 1
    return found[0]


def test_honest_students_get_what_they_get_alone(graded):
    for student in ("ada", "bob"):
        alone = next(row for row in graded["alone"] if row["student"] == student)
        assert {**of(graded, student), "file": ""} == {**alone, "file": ""}
    assert (of(graded, "ada")["auto"], of(graded, "bob")["auto"]) == (8, 5)


def test_each_submission_has_one_row(graded):
    students = [row["student"] for row in graded["rows"]]
    assert len(students) == len(set(students)) >= 25 + 2
    assert {*graded["codes"], "ada", "bob", "link", "bomb", "corrupt", "outside", "windows"} <= set(students)


def test_nothing_outside_the_runs_folder_has_changed(graded):
    assert graded["before"] == graded["after"]


def test_no_process_is_left(graded):
    assert psutil.Process().children(recursive=True) == []
    assert not [one for one in psutil.process_iter(["cmdline"]) if hostile.MARK in (one.info["cmdline"] or ())]


def test_each_has_the_status_that_it_deserves_and_no_more_points(graded):
    wrong = {}
    for student, one in graded["codes"].items():
        row = of(graded, student)
        allowed = {one.status} if one.status != "any" else {"graded", "timeout", "kernel-died", "review"}
        if row["status"] not in allowed or row["auto"] > one.most:
            wrong[student] = (row["status"], row["auto"], row["note"])
    assert wrong == {}


def test_full_marks_are_never_silent(graded):
    """Whoever has all points without a flag has solved the problems."""
    silent = [r["student"] for r in graded["rows"] if r["status"] == "graded" and r["auto"] == r["auto_max"]]
    solved = {"ada", "stripped", "doubled", "setup-last", "=formula()", "html", "script-in-picture"}
    assert set(silent) - {"fork-storm", "huge-output"} == solved


def test_a_kernel_that_reports_success_whatever_happens_is_found_by_a_test_that_must_fail(graded):
    row = of(graded, "reports-success")
    assert row["auto"] == row["auto_max"] and "a test that must fail passes" in row["note"]


def test_what_stands_above_the_setup_runs_after_the_wires_are_laid(graded):
    row = of(graded, "above-setup")
    assert row["status"] == "review"
    assert "changes math.isclose" in row["note"]


def test_what_waits_for_a_person_has_no_total(graded):
    for row in graded["rows"]:
        assert row["total"] == "" or row["status"] == "graded" and row["manual_pending"] == 0
        if row["status"] in ("unreadable", "missing", "too-big"):
            assert row["auto"] == row["manual"] == row["total"] == ""


@pytest.mark.parametrize(
    ("student", "status", "words"),
    [
        ("corrupt", "unreadable", "JSON"),
        ("nested", "unreadable", ""),
        ("pickle", "unreadable", ""),
        ("bomb", "too-big", "larger than"),
        ("link", "unreadable", "symbolic link"),
        ("outside", "unreadable", "outside the zip"),
        ("windows", "unreadable", "outside the zip"),
        ("another", "unreadable", "not the notebook of twice"),
    ],
)
def test_files_that_are_no_notebook_are_told_apart(graded, student, status, words):
    row = of(graded, student)
    assert row["status"] == status and words in row["note"]


def test_skipped_and_mended_notebooks_are_run_whole(graded):
    rows = {student: of(graded, student) for student in ("skips", "stripped", "doubled", "setup-last")}
    points = {student: (row["status"], row["auto"]) for student, row in rows.items()}
    whole = dict.fromkeys(("stripped", "doubled", "setup-last"), ("graded", 8))
    assert points == {"skips": ("graded", 4), **whole}, rows
    assert "metadata was lost" in rows["stripped"]["note"] and "2 times" in rows["doubled"]["note"]


def test_no_page_holds_a_script_or_a_line_of_a_hidden_test(graded):
    pages = {file.stem: file.read_text() for file in (graded["out"] / "feedback").glob("*.html")}
    assert len(pages) == len(graded["rows"])
    for student, page in pages.items():
        assert "<script" not in page and "_isclose" not in page and "_Random" not in page, student
    assert "&lt;script&gt;" in pages["script-in-message"]


def test_notebooks_to_review_hold_text_and_pictures_alone(graded):
    """Formgrader shows them in the browser that can change every grade."""
    for file in (graded["out"] / "autograded").rglob("*.ipynb"):
        outputs = [o for cell in nbformat.read(file, as_version=4).cells for o in cell.get("outputs", [])]
        kinds = {kind for output in outputs for kind in output.get("data", {})}
        assert kinds <= {"text/plain", "image/png", "image/jpeg"}
        assert not any("<" in text for o in outputs for kind, text in o.get("data", {}).items() if "image" in kind)
        assert file.stat().st_size < 2**20


def test_nothing_secret_was_read(graded):
    read = {student: (graded["out"] / "autograded" / student).rglob("*.ipynb") for student in graded["codes"]}
    for student in ("read-sources", "read-gradebook", "write-gradebook", "prints-what-ran"):
        notebook = nbformat.read(next(read[student]), as_version=4)
        printed = "".join(o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", []))
        assert not any(word in printed for word in ("BEGIN HIDDEN", "SQLite", "_isclose", "_Random")), student
        assert "def double" in printed or student != "prints-what-ran"


def test_a_formula_in_a_name_reaches_no_spreadsheet(graded):
    assert "\n'=formula()," in (graded["out"] / "grades.csv").read_text()


def test_every_record_can_be_read_again(graded):
    assert len(records(graded["out"])) == len(graded["rows"])
