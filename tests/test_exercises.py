"""Every exercise: its solution passes, a stub is not attempted, and each known wrong answer gets its own hint.

The answers stand in `exercise_answers/chapter_XX.py`: `SOLUTION = {"2.3": f}` and
`WRONG = {"2.3": [(f, "fragment of the hint"), ...]}`.
"""

import runpy
from pathlib import Path

import pytest

from gencourse import literate

FILES = sorted(Path(__file__).parent.joinpath("exercise_answers").glob("chapter_*.py"))
ANSWERS = {file.stem: runpy.run_path(str(file)) for file in FILES}
SOLUTION = {name: f for answers in ANSWERS.values() for name, f in answers["SOLUTION"].items()}
WRONG = [
    pytest.param(name, f, hint, id=f"{name}-{k}")
    for answers in ANSWERS.values()
    for name, rows in answers["WRONG"].items()
    for k, (f, hint) in enumerate(rows, 1)
]


def verdict(name: str, answer) -> str:
    return literate.verdict(literate.find(name), answer)


def test_every_exercise_has_its_answers_and_every_answer_its_exercise():
    assert literate.names() == sorted(SOLUTION, key=lambda name: [int(part) for part in name.split(".")])
    assert set(SOLUTION) == {param.values[0] for param in WRONG}
    for stem, answers in ANSWERS.items():
        chapter = int(stem.removeprefix("chapter_"))
        assert {int(name.partition(".")[0]) for name in answers["SOLUTION"]} == {chapter}


@pytest.mark.parametrize("name", SOLUTION)
def test_the_solution_passes(name):
    assert verdict(name, SOLUTION[name]) == "correct"


@pytest.mark.parametrize("name", SOLUTION)
def test_nothing_and_a_stub_are_not_attempted(name):
    stubs = [None, ...]
    if callable(SOLUTION[name]):
        stubs += [lambda *args, **kwargs: None, lambda *args, **kwargs: ...]
    for stub in stubs:
        assert verdict(name, stub) == "not attempted yet"


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_a_wrong_answer_gets_its_hint(name, answer, hint):
    said = verdict(name, answer)
    assert said.startswith("not yet. ") and hint in said
    assert said.rstrip().endswith((".", "?")), "a hint is a sentence"


@pytest.mark.parametrize("name", [name for name, answer in SOLUTION.items() if callable(answer)])
def test_an_answer_that_fails_is_feedback(name):
    def fails(*args, **kwargs):
        raise RuntimeError("a slip of the reader")

    assert "a slip of the reader" in verdict(name, fails)
