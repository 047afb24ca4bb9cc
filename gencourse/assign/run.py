"""One submission, run and scored: the student's notebook in the sandbox, each test worth its points or nothing."""

import secrets
from copy import deepcopy
from dataclasses import dataclass, field

from nbformat import NotebookNode

from .inside import Limits
from .kernel import Kernel, Ran, Stopped
from .sandbox import Isolation
from .source import Assignment, grade_id
from .tripwires import Tripwires, suspicions


@dataclass
class Result:
    """What came of a submission."""

    points: dict[str, float | None]
    """Points of each graded cell; None where a person gives them."""
    messages: dict[str, str] = field(default_factory=dict)
    """What the student may read about a test that failed: a visible one's own words, a hidden one's hint."""
    status: str = "graded"
    """graded; review: look at the flags; timeout, kernel-died: not all of it ran."""
    flags: list[str] = field(default_factory=list)
    """What a person should look at."""
    touched: bool = False
    """Whether a tripwire is among them: then what the visible tests say may be the student's own words."""
    notebook: NotebookNode | None = None
    """The notebook with its outputs, as text and pictures alone."""


def score(
    notebook: NotebookNode, assignment: Assignment, *, isolation: Isolation = "bwrap", limits: Limits | None = None
) -> Result:
    """Run a repaired notebook in a kernel of its own and score its tests.

    A test cell that raises or does not run has 0 points, whatever it prints; the free answer has None, or 0 where it
    is empty. Hidden tests reach the kernel one by one, when their turn comes.
    """
    result = Result(dict.fromkeys((n for n, c in assignment.cells.items() if c.points), 0.0), notebook=clean(notebook))
    for name, cell in assignment.cells.items():
        if cell.kind == "written" and answered(result.notebook, name):
            result.points[name] = None
    try:
        with Kernel(isolation, limits or Limits()) as kernel:
            Scoring(kernel, assignment, result).all()
    except Stopped as stop:
        result.status = stop.status
        result.flags.append(str(stop))
    if result.flags and result.status == "graded":
        result.status = "review"
    return result


class Scoring:
    """The cells of one submission, in the order in which they run."""

    def __init__(self, kernel: Kernel, assignment: Assignment, result: Result):
        self.kernel, self.cells, self.result = kernel, assignment.cells, result
        self.tests = assignment.tests
        self.wires = Tripwires(self.cells["setup"].source, [test.source for test in self.tests.values()])

    def all(self) -> None:
        """The setup cell first, wherever it stands: the tripwires are laid before the student's first line."""
        code = [cell for cell in self.result.notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        for cell in sorted(code, key=lambda cell: grade_id(cell) != "setup"):
            name = grade_id(cell)
            kind = self.cells[name].kind if name in self.cells else "extra"
            self.flag(name, suspicions(cell.source) if kind in ("answer", "extra") else [])
            if name in self.tests:
                self.test(cell, name)
            else:
                self.done(cell, self.kernel.run(cell.source))
            if kind == "setup":
                self.kernel.run(self.wires.imports, remember=False)
                self.wires.start(self.look())

    def test(self, cell: NotebookNode, name: str) -> None:
        """Check the tripwires, run a test and give its points."""
        self.flag(name, self.wires.changed(self.look()))
        ran = self.kernel.run(cell.source, remember=False)
        self.done(cell, ran)
        failed = ran.error is not None or ran.interrupted
        self.result.points[name] = 0.0 if failed else self.cells[name].points
        if failed:
            self.result.messages[name] = self.cells[name].hint or message(ran)
        elif not self.must_fail():
            self.flag(name, ["a test that must fail passes"])

    def look(self) -> str | None:
        """What the tripwires ask."""
        return self.kernel.run("", ask={"look": self.wires.question}, remember=False).values.get("look")

    def must_fail(self) -> bool:
        """Whether an assertion that is false raises, with its own words."""
        word = secrets.token_hex(8)
        ran = self.kernel.run(f"assert int('1') == 2 and not True, '{word}'", remember=False)
        return ran.error == ("AssertionError", word)

    def done(self, cell: NotebookNode, ran: Ran) -> None:
        """Keep the outputs, and the time-out if there was one."""
        cell.outputs = ran.outputs
        if ran.interrupted:
            self.result.status = "timeout"
            self.result.flags.append(f"{grade_id(cell) or 'own cell'}: took too long and was interrupted")
        if ran.cut:
            cell.outputs.append(NotebookNode(output_type="stream", name="stderr", text="[more output was cut]\n"))

    def flag(self, name: str, said: list[str]) -> None:
        """Remember which wires were touched."""
        self.result.touched = self.result.touched or bool(said)
        known = {flag.partition(": ")[2] for flag in self.result.flags}  # once is enough, at the first place
        self.result.flags += [f"{name or 'own cell'}: {one}" for one in said if one not in known]


def message(ran: Ran) -> str:
    """What a visible test says: an assertion's own words, of other errors the name too."""
    if ran.interrupted:
        return "It took too long."
    kind, words = ran.error
    return words if kind == "AssertionError" and words else f"{kind}: {words}".removesuffix(": ")


def clean(notebook: NotebookNode) -> NotebookNode:
    """A copy without outputs, and without tags: what a student wrote there decides nothing."""
    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("tags", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def answered(notebook: NotebookNode, name: str) -> bool:
    """Whether anything was written in place of what was handed out."""
    from nbgrader.utils import compute_checksum

    cell = next((cell for cell in notebook.cells if grade_id(cell) == name), None)
    return cell is not None and cell.metadata.nbgrader.get("checksum") != compute_checksum(cell)
