"""Every problem set that is handed out is sound, fair and silent, and its tests catch the mistakes that students make.

Many wrong answers share a notebook, in which questions without one are blank. That each loses its declared points and
nothing else also shows that a mistake in one question, or no answer at all, costs nothing in another.
"""

from itertools import zip_longest
from pathlib import Path

import pytest
from setup_cells import setup_source

from gencourse.assign import Mutant, load, mutants, mutated, student_version
from gencourse.assign.leaks import leaks, strings
from gencourse.assign.release import tried, unfair
from gencourse.assign.source import grade_id

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path for path in (ROOT / "chapters/assignments").iterdir() if path.is_dir())
GUIDE = ("Aims", "Time", "Common mistakes", "Rubric", "What to change each year")


def rounds(folder: Path) -> list[list[Mutant]]:
    """All wrong answers, in as few notebooks as one for each question at a time allows."""
    by_question, cells = {}, load(folder).cells
    for mutant in mutants(folder):
        by_question.setdefault(cells[mutant.cell].question, []).append(mutant)
    return [[mutant for mutant in some if mutant] for some in zip_longest(*by_question.values())]


ROUNDS = {f"{folder.name}-{k}": (folder, wrong) for folder in FOLDERS for k, wrong in enumerate(rounds(folder), 1)}


def worth(assignment) -> dict[str, float]:
    """The points of each test."""
    return {name: cell.points for name, cell in assignment.cells.items() if cell.kind in ("visible", "hidden")}


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request):
    return request.param


def test_it_has_six_to_eight_questions_that_send_to_chapters_and_a_setup_cell_that_installs_the_course(folder):
    assignment = load(folder)
    assert 6 <= len({cell.question for cell in assignment.cells.values() if cell.question}) <= 8
    chapters = {file.stem for file in (ROOT / "chapters").glob("*.ipynb")}
    assert {cell.reread for cell in assignment.cells.values() if cell.kind == "hidden"} <= chapters
    assert setup_source() in assignment.cells["setup"].source


def test_its_solution_wins_every_point_whatever_is_warned_of_and_a_blank_none(folder):
    assert list(unfair(load(folder))) == []


def test_it_gives_nothing_away(folder):
    assignment = load(folder)
    assert leaks(assignment, "\n".join(strings(student_version(assignment)))) == []


def test_it_has_twenty_wrong_answers_and_every_test_catches_one(folder):
    wrong = mutants(folder)
    assert len(wrong) >= 20
    assert {name for mutant in wrong for name in mutant.loses} == set(worth(load(folder)))


@pytest.mark.parametrize(("folder", "wrong"), ROUNDS.values(), ids=ROUNDS)
def test_each_wrong_answer_loses_its_points_and_no_others_and_is_told_why(folder, wrong):
    assignment = load(folder)
    tried_questions = {assignment.cells[mutant.cell].question for mutant in wrong}
    result = tried(answered(assignment, tried_questions, wrong), assignment)
    lost = {name for mutant in wrong for name in mutant.loses}
    expected = {
        name: 0 if name in lost or assignment.cells[name].question not in tried_questions else points
        for name, points in worth(assignment).items()
    }
    assert {name: result.points[name] for name in expected} == expected, result.messages
    untold = [m.name for m in wrong if not any(m.hint in result.messages[name] for name in m.loses)]
    assert untold == [], result.messages


def answered(assignment, questions, wrong):
    """A notebook with these questions solved but for the wrong answers; the others are blank, given code and all."""
    submission = mutated(assignment, *wrong)
    for node, blank in zip(submission.cells, student_version(assignment).cells, strict=True):
        cell = assignment.cells.get(grade_id(node))
        if cell and cell.kind == "answer" and cell.question not in questions:
            node.source = blank.source
        elif not cell and node.cell_type == "code" and not questions & set(node.id.split("-")):
            node.source = ""
    return submission


def test_its_guide_says_what_an_instructor_needs(folder):
    lines = (folder / "guide.md").read_text(encoding="utf-8").splitlines()
    assert [title for title in GUIDE if f"## {title}" not in lines] == []
    rubric = "\n".join(lines).partition("## Rubric")[2].partition("\n## ")[0].lower()
    assert all(word in rubric for word in ("full", "half", "none"))


def test_the_page_for_instructors_counts_right(folder):
    assignment, page = load(folder), (ROOT / "book/instructors.md").read_text(encoding="utf-8")
    questions = len({cell.question for cell in assignment.cells.values() if cell.question})
    counts = (questions, assignment.auto_max, assignment.manual_max, len(mutants(folder)))
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{folder.name}`")]
    assert [int(cell) for cell in row.split("|")[2:-1]] == list(counts)
