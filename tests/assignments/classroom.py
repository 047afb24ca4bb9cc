"""A tiny problem set written by code: two questions, the first with partial credit, and a free answer."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SETUP = "# gencourse: setup\nSEED = 0"

DOUBLE = """# gencourse: q1
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""

DOUBLE_VISIBLE = """# gencourse: q1-visible
assert double(1) == 2, "double(1) must be 2\""""

DOUBLE_HIDDEN = """# gencourse: q1-hidden
### BEGIN HIDDEN TESTS
### HINT: try double(-1.5)
### REREAD: 01_vector_norms
import random as _random

for _x in [_random.Random(3).uniform(-9, 9) for _ in range(5)]:
    assert double(_x) == _x + _x
### END HIDDEN TESTS"""

DOUBLE_HIDDEN_2 = """# gencourse: q1-hidden-2
### BEGIN HIDDEN TESTS
### HINT: what is the double of a list?
### REREAD: 01_vector_norms
assert double([1, 2]) == [1, 2, 1, 2]
### END HIDDEN TESTS"""

QUADRUPLE = """# gencourse: q2
def quadruple(x):
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION"""

QUADRUPLE_VISIBLE = """# gencourse: q2-visible
double = lambda x: x + x  # yours may be wrong: this question is about quadruple alone
assert quadruple(1) == 4, "quadruple(1) must be 4\""""

QUADRUPLE_HIDDEN = """# gencourse: q2-hidden
### BEGIN HIDDEN TESTS
### HINT: quadruple doubles twice, for negative numbers too
### REREAD: 02_matrix_norms
for _x in (-1, 0, 7 + SEED % 5):
    assert quadruple(_x) == 4 * _x
### END HIDDEN TESTS"""

WRITTEN = """<!-- gencourse: q3-written -->
### BEGIN SOLUTION
Doubling adds a number to itself, and addition is exact for whole numbers.
### END SOLUTION"""

MUTANTS = '''
from gencourse.assign import Mutant

MUTANTS = [
    Mutant(
        "squares",
        cell="q1",
        source="""
            def double(x):
                return x**2
        """,
        loses={"q1-visible": 1, "q1-hidden": 2, "q1-hidden-2": 1},
        hint="double(1) must be 2",
    ),
    Mutant(
        "forgets the sign",
        cell="q1",
        source="def double(x):\\n    return 2 * (x if isinstance(x, list) else abs(x))",
        loses={"q1-hidden": 2},
        hint="try double(-1.5)",
    ),
    Mutant(
        "numbers only",
        cell="q1",
        source="def double(x):\\n    return 2 * float(x)",
        loses={"q1-hidden-2": 1},
        hint="double of a list",
    ),
    Mutant(
        "doubles once",
        cell="q2",
        source="def quadruple(x):\\n    return double(x)",
        loses={"q2-visible": 1, "q2-hidden": 3},
        hint="quadruple(1) must be 4",
    ),
]
'''


def graded(cell_id: str, source: str, points: float = 0, solution: bool = False, markdown: bool = False):
    """A cell with nbgrader's metadata; its grade_id stands in its anchor."""
    grade_id = source.partition("\n")[0].split()[2]
    flags = {"grade": points > 0, "solution": solution, "locked": not solution, "task": False}
    meta = {"grade_id": grade_id, "schema_version": 3, **flags} | ({"points": points} if points else {})
    new = new_markdown_cell if markdown else new_code_cell
    return new(source, id=cell_id, metadata={"nbgrader": meta})


def notebook():
    """The problem set's notebook, as its author stores it."""
    cells = [
        new_markdown_cell("# Twice", id="classroom-title"),
        graded("classroom-setup", SETUP),
        new_markdown_cell("**Question 1.** Write `double`.", id="classroom-q1-text"),
        graded("classroom-q1", DOUBLE, solution=True),
        graded("classroom-q1-visible", DOUBLE_VISIBLE, points=1),
        graded("classroom-q1-hidden", DOUBLE_HIDDEN, points=2),
        graded("classroom-q1-hidden-2", DOUBLE_HIDDEN_2, points=1),
        new_markdown_cell("**Question 2.** Write `quadruple` with `double`.", id="classroom-q2-text"),
        graded("classroom-q2", QUADRUPLE, solution=True),
        graded("classroom-q2-visible", QUADRUPLE_VISIBLE, points=1),
        graded("classroom-q2-hidden", QUADRUPLE_HIDDEN, points=3),
        new_markdown_cell("**Question 3.** Why is doubling exact?", id="classroom-q3-text"),
        graded("classroom-q3-written", WRITTEN, points=2, solution=True, markdown=True),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def classroom(parent: Path, name: str = "twice") -> Path:
    """Write the problem set below `parent` and return its folder."""
    folder = Path(parent) / name
    folder.mkdir(parents=True)
    nbformat.write(notebook(), folder / f"{name}.ipynb")
    (folder / "mutants.py").write_text(MUTANTS, encoding="utf-8")
    (folder / "guide.md").write_text("# Twice: a guide\n", encoding="utf-8")
    return folder
