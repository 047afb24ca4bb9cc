"""The list of mutants fits the code: `make mutants`, which takes longer, proves that each is noticed."""

import ast
import runpy
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUNNER = runpy.run_path(str(ROOT / "tests/mutants/__main__.py"), run_name="mutants")
MUTANTS = RUNNER["mutants"]()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.what)
def test_a_mutant_changes_one_place_into_other_python(mutant):
    source = (ROOT / mutant.path).read_text(encoding="utf-8")
    changed = RUNNER["mutated"](mutant, source)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))


def test_the_tests_that_must_notice_are_there():
    assert [name for m in MUTANTS for name in m.files if not (ROOT / "tests" / name).exists()] == []


def test_there_are_enough_and_each_has_a_name_of_its_own():
    assert min(Counter(m.area for m in MUTANTS).values()) >= 25
    assert [what for what, count in Counter(m.what for m in MUTANTS).items() if count > 1] == []
