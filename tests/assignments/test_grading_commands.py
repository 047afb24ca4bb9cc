"""`gencourse assign grade`, `export`, `similar`, `review` and `doctor`, as typed."""

import re
import subprocess
import sys
import time
from typing import get_args, get_type_hints

import nbformat
import pdf
import pytest
from classroom import classroom
from sandboxes import needs_bubblewrap

from gencourse.assign import load, mutated
from gencourse.assign.sandbox import Isolation
from gencourse.assign.similar import pieces
from gencourse.cli.grade_options import Grade

SOLUTION = """def quadruple(x):
    total = 0
    for k in range(4):
        if k < 10:
            total = total + x
    return max(total, total) if total > 0 else min(total, total)"""
WICKED = ".rendered_html script, .rendered_html [onerror], .rendered_html a[href^=javascript]"
EVIL = """Since $\\frac{x}{2} + \\frac{x}{2} = x$. <script>document.title = "evil"</script>
<img src="none.png" onerror="document.title = 'evil'"> [look](javascript:document.title='evil')"""


def answer(notebook, grade_id, text):
    cell = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
    cell.source = cell.source.partition("\n")[0] + "\n" + text
    return notebook


@pytest.fixture
def course(folder):
    """A source, and a class in which two students have the same answer under other names."""
    assignment = load(classroom(folder / "sources"))
    (folder / "inbox").mkdir()
    renamed = re.sub(r"\btotal\b", "s", SOLUTION.replace("k", "i")) + "  # mine"
    notebooks = {
        "ada": answer(mutated(assignment), "q2", SOLUTION),
        "bob": answer(mutated(assignment), "q2", renamed),
        "cy": answer(mutated(assignment), "q3-written", EVIL),
    }
    for student, notebook in notebooks.items():
        nbformat.write(notebook, folder / "inbox" / f"{student}.ipynb")
    return folder


@needs_bubblewrap
def test_from_files_to_grades_to_a_list_of_pairs(course, command):
    code, out, complaints = command("assign", "grade", "inbox", "--source", "sources", "--jobs", 2)
    assert (code, out.strip()) == (0, "grades/twice/grades.csv") and "error" not in complaints
    lines = (course / "grades/twice/grades.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["student", "ada", "bob", "cy"]
    code, out, _ = command("assign", "similar", "grades/twice")
    assert code == 0 and re.match(r"q2 +100% of \d+ pieces: ada and bob\n", out)
    assert (course / "grades/twice/similar.csv").read_text().count("\n") == 2
    code, out, complaints = command("assign", "export", "grades/twice", "--format", "canvas")
    assert (code, out.strip()) == (0, "grades/twice/canvas.csv") and "ada, bob, cy" in complaints


def test_renaming_and_comments_do_not_hide_a_copy():
    assert pieces(SOLUTION) == pieces(SOLUTION.replace("total", "s").replace("quadruple", "f") + "  # my own")
    assert pieces(SOLUTION) != pieces(SOLUTION.replace("max(total, total)", "total"))


def test_the_command_knows_every_isolation_of_the_grader():
    """They are named twice, because the command's help must do without nbgrader."""
    assert get_args(get_type_hints(Grade)["isolation"]) == get_args(Isolation)


def test_without_a_sandbox_nothing_is_graded(course, command, monkeypatch):
    monkeypatch.setenv("PATH", str(course / "nothing"))
    for isolation, package in {"bwrap": "bubblewrap", "container": "podman"}.items():
        words = ("inbox", "--source", "sources", "--isolation", isolation)
        code, out, complaints = command("assign", "grade", *words)
        assert code == 2 and not out and not (course / "grades").exists()
        assert f"apt install {package}" in complaints
    code, out, _ = command("assign", "doctor")
    assert code == 1 and out.splitlines()[0].startswith("NO  bwrap, it works: bwrap is missing")
    assert "podman is missing" in out and out.endswith("Nothing isolates a submission here.\n")


def test_none_says_who_can_be_harmed_and_grades(course, command):
    for student in ("bob", "cy"):
        (course / "inbox" / f"{student}.ipynb").unlink()
    code, _, complaints = command("assign", "grade", "inbox", "--source", "sources", "--isolation", "none")
    assert code == 0 and "your files" in complaints and "other students' work" in complaints
    assert ",graded,8,8," in (course / "grades/twice/grades.csv").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["inbox", "--source", "nowhere"], 2, "--source"),
        (["inbox", "--source", "sources", "--assignment", "gan"], 2, "no assignment gan, only twice"),
        (["inbox", "--source", "sources", "--jobs", "0"], 2, "--jobs"),
        (["inbox", "--source", "sources", "--timeout", "-1"], 2, "--timeout"),
        (["inbox", "--source", "sources", "--isolation", "docker"], 2, "bwrap"),
        (["nowhere", "--source", "sources"], 1, "neither a folder nor a zip"),
        (["empty", "--source", "sources"], 1, "holds no submission"),
    ],
)
@needs_bubblewrap
def test_an_error_is_one_line_with_the_way_out(course, command, words, code, said):
    (course / "empty").mkdir()
    got, out, complaints = command("assign", "grade", *words)
    assert (got, out) == (code, "") and said in complaints and complaints.count("\n") == 1


def test_two_assignments_must_be_told_apart(course, command):
    (course / "sources" / "thrice").mkdir()
    (course / "sources" / "thrice" / "thrice.ipynb").write_text("{}")
    code, _, complaints = command("assign", "grade", "inbox", "--source", "sources", "--isolation", "none")
    assert code == 2 and "--assignment thrice or twice" in complaints


@needs_bubblewrap
def test_the_doctor_finds_every_promise_kept(command):
    code, out, _ = command("assign", "doctor")
    assert code == 0, out
    assert [line[:10] for line in out.splitlines()[:9]] == 9 * ["ok  bwrap,"] and "--isolation bwrap" in out


@pytest.mark.podman
def test_the_doctor_finds_every_promise_kept_in_a_container(command):
    code, out, _ = command("assign", "doctor")
    assert code == 0 and out.count("ok  container, ") == out.count("container, ") == 9, out


@pytest.fixture
def formgrader(course, command):
    """The address of formgrader over the graded class, and where its pages lie."""
    command("assign", "grade", "inbox", "--source", "sources", "--jobs", 2)
    words = [sys.executable, "-m", "gencourse", "assign", "review", "grades/twice", "--no-browser", "--port", "0"]
    with (course / "log").open("wb") as log:
        server = subprocess.Popen(words, cwd=course, stderr=log)
    end = time.monotonic() + 300
    while not (found := re.search(r"http://127\.0\.0\.1:\d+/\S+", (course / "log").read_text())):
        assert time.monotonic() < end and server.poll() is None, (course / "log").read_text()
        time.sleep(0.1)
    yield found[0]
    server.terminate()
    server.wait()


@needs_bubblewrap
def test_formgrader_typesets_without_a_network_and_runs_no_script_of_a_student(formgrader):
    if not pdf.installed():
        pytest.skip("no Chromium or Chrome on this machine")
    from playwright.sync_api import sync_playwright

    site, elsewhere = re.match(r"http://[^/]+/", formgrader)[0], []
    with sync_playwright() as playwright, pdf.launch(playwright) as browser:
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.on("request", lambda one: one.url.startswith((site, "data:")) or elsewhere.append(one.url))
        page.goto(formgrader)
        page.locator("a[href*='/submissions/']").first.wait_for()
        pages = {one.evaluate("a => a.href") for one in page.locator("a[href*='/submissions/']").all()}
        seen = []
        for address in pages:
            page.goto(address)
            page.locator("#notebook").first.wait_for()
            if page.get_by_text("Since").count():
                page.locator("mjx-container").first.wait_for()
                seen.append(page.title())
                assert page.locator(WICKED).count() == 0
        assert len(pages) == 3 and seen == ["twice"] and elsewhere == []
