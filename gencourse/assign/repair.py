"""A student's answers in the author's notebook, whatever has happened to the file on the way.

Colab and other editors drop nbgrader's metadata; students delete, edit, copy, move, split and merge cells. A cell is
known by its metadata, else by the anchor in its first line, else by its id, and a cell without points by its text.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from .source import ANCHOR, SEED, Assignment, anchor, grade_id, seeded

STUB = re.compile(r"# YOUR CODE HERE\s+raise NotImplementedError\(\)")
NO_TEXT = "YOUR ANSWER HERE"

Parts = dict[str, list[NotebookNode]]


def repaired(
    submission: NotebookNode, assignment: Assignment, seed: int | None = None
) -> tuple[NotebookNode, list[str]]:
    """The author's notebook, hidden tests and all, with the student's answers and own cells; and what was repaired.

    An own cell follows the cell that it followed. Of an answer that is there several times the last one counts, as if
    all had been run in turn; stubs do not count.

    Args:
        seed: the student's, as in `student_version`.

    Raises:
        ValueError: this is the notebook of another problem set.
    """
    notebook = seeded(assignment.notebook, seed)
    theirs, own = sorted_out(submission, notebook)
    refuse_another(theirs, assignment)
    said = list(of_the_whole(submission, theirs, assignment))
    cells = own[""]
    for node in notebook.cells:
        name = name_of(node)
        kind = assignment.cells[name].kind if name in assignment.cells else "plain"
        said += of_one(name, kind, released(node, kind), theirs[name])
        parts = theirs[name]
        cells += [*earlier(kind, parts), put(node, kind, parts), *added(node, kind, parts), *own[name]]
    notebook.cells = cells
    for k, cell in enumerate((cell for cell in cells if "id" not in cell), start=1):
        cell.id = f"own-{k}"
    return notebook, said


def name_of(node: NotebookNode) -> str:
    """What a cell of the author's is called here: nbgrader's name of it, else its id."""
    return grade_id(node) or node.id


def first_line(node: NotebookNode) -> str:
    """The anchor of one of the author's cells, as it stands there."""
    return node.source.partition("\n")[0]


def sorted_out(submission: NotebookNode, notebook: NotebookNode) -> tuple[Parts, Parts]:
    """The submission's cells: those of the author's by their names, the student's own by the name before them."""
    names = {("id", node.id): name_of(node) for node in notebook.cells}
    names |= {("text", plain(node.source)): node.id for node in notebook.cells if not grade_id(node)}
    names |= {("claim", name_of(node)): name_of(node) for node in notebook.cells if grade_id(node)}
    theirs, own, last = defaultdict(list), defaultdict(list), ""
    for keys, part in (found for node in submission.cells for found in pieces(node)):
        if name := next((names[key] for key in keys if key in names), ""):
            theirs[name].append(part)
            last = name
        elif part.source.strip():
            own[last].append(part)
    return theirs, own


def pieces(node: NotebookNode) -> Iterator[tuple[list[tuple[str, str]], NotebookNode]]:
    """The parts of a cell into which a student has merged several, each with what it may be known by, best first."""
    cuts = [0, *(found.start() for found in ANCHOR.finditer(node.source) if found.start()), len(node.source)]
    for start, end in zip(cuts, cuts[1:], strict=False):
        source = node.source[start:end].rstrip("\n")
        claims = [grade_id(node) if start == 0 else "", anchor(source)]
        ident = str(node.get("id") or node.metadata.get("id"))  # Colab's place for it
        keys = [("claim", claim) for claim in claims if claim] or [("id", ident), ("text", plain(source))]
        yield keys, fresh(node, source)


def fresh(node: NotebookNode, source: str) -> NotebookNode:
    """A cell with nothing of the student's but its text, and a text's pictures."""
    cell = (new_code_cell if node.cell_type == "code" else new_markdown_cell)(source)
    if node.cell_type == "markdown" and "attachments" in node:
        cell.attachments = node.attachments
    del cell["id"]
    return cell


def plain(text: str) -> str:
    """A text without the blanks at the ends of its lines, which an editor may cut."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def released(node: NotebookNode, kind: str) -> str:
    """What of a locked cell the student was given."""
    return plain(first_line(node) if kind == "hidden" else node.source)


def earlier(kind: str, parts: list[NotebookNode]) -> list[NotebookNode]:
    """The versions of an answer before the one that counts."""
    return answers(parts)[:-1] if kind == "answer" else []


def added(node: NotebookNode, kind: str, parts: list[NotebookNode]) -> list[NotebookNode]:
    """The lines that a student has put into the setup cell, imports mostly; a seed is not among them."""
    if kind != "setup":
        return []
    ours = node.source.splitlines()
    lines = [line for part in parts for line in part.source.splitlines() if line.rstrip() not in ours]
    source = SEED.sub("", "\n".join(lines)).strip("\n")
    return [fresh(node, source)] if source else []


def put(node: NotebookNode, kind: str, parts: list[NotebookNode]) -> NotebookNode:
    """The author's cell, with the student's text where a student may write."""
    from nbgrader.utils import compute_checksum

    if kind == "answer":
        found = answers(parts)
        # Not the stub: what the cell defined may stand in a cell of the student's own.
        node.source = found[-1].source if found else first_line(node)
    elif kind == "written":
        texts = [part.source for part in parts if part.source.replace(first_line(node), "").strip() != NO_TEXT]
        node.source = f"{first_line(node)}\n{NO_TEXT}"
        node.metadata.nbgrader.checksum = compute_checksum(node)  # with which nbgrader knows that nothing was written
        node.source = "\n\n".join(texts) or node.source
        node.attachments = {k: v for part in parts for k, v in part.get("attachments", {}).items()}
    elif kind == "plain" and parts:
        node.source = parts[-1].source
    return node


def answers(parts: list[NotebookNode]) -> list[NotebookNode]:
    """Those versions of an answer that are more than the stub, or else the stub."""
    return [part for part in parts if not STUB.search(part.source)] or parts[-1:]


def refuse_another(theirs: Parts, assignment: Assignment) -> None:
    """A ValueError where no test is one of ours: every problem set has a q1."""
    tests = {name: cell.source for name, cell in assignment.cells.items() if cell.kind == "visible"}
    found = {name: theirs[name] for name in tests if theirs[name]}
    ours = any(plain(part.source) == plain(tests[name]) for name, parts in found.items() for part in parts)
    if found and not ours or not any(theirs[name] for name in assignment.cells):
        raise ValueError(f"this is not the notebook of {assignment.name}: none of its tests is the one handed out")


def of_the_whole(submission: NotebookNode, theirs: Parts, assignment: Assignment) -> Iterator[str]:
    """What is to be said of all cells together."""
    claims = {grade_id(node) for node in submission.cells}
    present = [name for name in theirs if theirs[name] and name in assignment.cells]
    if lost := [name for name in present if name not in claims]:
        yield f"nbgrader's metadata was lost in {len(lost)} of {len(assignment.cells)} cells; the anchors told them"
    claims |= {first or second for node in submission.cells for first, second in ANCHOR.findall(node.source)}
    for name in sorted(claims - {"", *assignment.cells}):
        yield f"{name!r} is no cell of this problem set; it was run as one of the student's own"
    if present != [name for name in assignment.cells if name in present]:
        yield "the cells were in another order"


def of_one(name: str, kind: str, text: str, parts: list[NotebookNode]) -> Iterator[str]:
    """What is to be said of one cell, of which `text` was handed out."""
    if kind == "plain":
        return
    if not parts:
        yield f"{name} was deleted" + ("" if kind in ("answer", "written") else "; it was put back")
    if len(parts) > 1:
        yield f"{name} was there {len(parts)} times"
    if kind in ("setup", "visible", "hidden") and any(plain(part.source) != text for part in parts):
        yield f"{name} was edited; the original was put back"
