"""Answers that are alike but for names, numbers and layout: a list for a person to look at, never a score."""

import ast
from collections import Counter
from itertools import combinations
from pathlib import Path

import nbformat

from ..training.files import durable
from .grade import reopened
from .release import student_version
from .source import Assignment, grade_id
from .table import as_csv, records
from .tripwires import parsed

LENGTH = 6  # steps of the syntax tree that make a piece
COMMON = 0.3  # a piece that this share of a class has is nobody's own
SMALLEST = 20  # pieces: of less nobody can say where it is from
ALIKE = 0.6  # share of the smaller answer's pieces that both have
COLUMNS = ["question", "a", "b", "alike", "pieces"]


def similar(out: Path) -> list[dict]:
    """Write similar.csv, the pairs of answers with much in common, the most alike first; returns its rows."""
    plan = reopened(out)
    given = by_question(student_version(plan.assignment), plan.assignment)
    answers: dict[str, dict[str, set]] = {}
    for record in records(out).values():
        file = plan.notebook_file(record.folder)
        if record.points and file.is_file():
            for question, pieces in by_question(nbformat.read(file, as_version=4), plan.assignment).items():
                answers.setdefault(question, {})[record.student] = pieces - given.get(question, set())
    rows = [row for question, own in answers.items() for row in pairs(question, own)]
    rows.sort(key=lambda row: (-row["alike"], -row["pieces"]))
    with durable(out / "similar.csv") as stream:
        stream.write(as_csv(COLUMNS, rows))
    return rows


def by_question(notebook: nbformat.NotebookNode, assignment: Assignment) -> dict[str, set]:
    """The pieces of each question's answer."""
    found: dict[str, set] = {}
    for cell in notebook.cells:
        known = assignment.cells.get(grade_id(cell))
        if known and known.kind == "answer":
            found.setdefault(known.question, set()).update(pieces(cell.source))
    return found


def pieces(source: str) -> set[tuple[str, ...]]:
    """All runs of a few steps through the syntax tree, with names, numbers and texts left out.

    >>> pieces("def f(x):\\n    return x + 1 + g(2)") == pieces("def h(y):  # mine\\n    return y + 3 + k(z=4)")
    False
    >>> pieces("def f(x):\\n    return x + 1 + g(2)") == pieces("def h(y):  # mine\\n    return y + 3 + k(4)")
    True
    """
    tree = parsed(source)
    steps = [] if tree is None else [step(node) for node in ast.walk(Plain().visit(tree))]
    return {tuple(steps[k : k + LENGTH]) for k in range(len(steps) - LENGTH + 1)}


class Plain(ast.NodeTransformer):
    """Takes out what stands there for people: the texts between statements."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop an expression that is a text alone."""
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)


def step(node: ast.AST) -> str:
    """A node's kind, with the name of an attribute, which is a library's and not the student's."""
    return type(node).__name__ + (f".{node.attr}" if isinstance(node, ast.Attribute) else "")


def pairs(question: str, own: dict[str, set]) -> list[dict]:
    """The pairs of students whose answers have much in common that is not everybody's."""
    having = Counter(piece for pieces in own.values() for piece in pieces)
    common = {piece for piece, count in having.items() if count > max(2, COMMON * len(own))}
    rare = {student: pieces - common for student, pieces in own.items() if len(pieces - common) >= SMALLEST}
    found = []
    for (a, first), (b, second) in combinations(sorted(rare.items()), 2):
        alike = len(first & second) / min(len(first), len(second))
        if alike >= ALIKE:
            shared = {"alike": round(alike, 2), "pieces": len(first & second)}
            found.append({"question": question, "a": a, "b": b, **shared})
    return found
