"""A whole class: every submission run in its sandbox and scored, one row for each, resumable at any moment."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path

import nbformat

from ..training.files import durable, write_json
from .feedback import write_feedback
from .gradebook import Book
from .inside import Limits
from .intake import Submission, on_roster, submissions
from .repair import repaired
from .roster import NO_FOLDER, seed
from .run import Result, score
from .sandbox import Isolation
from .source import Assignment, load
from .table import COLUMNS, Record, as_csv, records, row

FINAL = ("graded", "review", "unreadable")  # nothing but another file or other tests makes another result
STOPPED = ("timeout", "kernel-died")  # more time might


@dataclass(frozen=True)
class Plan:
    """All that is the same for every submission of a batch."""

    folder: Path
    """The problem set's."""
    out: Path
    isolation: Isolation = "bwrap"
    limits: Limits = Limits()
    secret: bytes | None = None

    @cached_property
    def assignment(self) -> Assignment:
        """The problem set."""
        return load(self.folder)

    def seed(self, student: str) -> int | None:
        """The student's own seed, where the release gave one."""
        return None if self.secret is None else seed(self.secret, self.assignment.name, student)

    def digest(self, student: str) -> str:
        """The hash of the problem set as this student got it."""
        return sha256(f"{self.assignment.digest} {self.seed(student)}".encode()).hexdigest()

    def notebook_file(self, folder: str) -> Path:
        """Where nbgrader's formgrader looks for a student's notebook."""
        return self.out / "autograded" / folder / self.assignment.name / f"{self.assignment.name}.ipynb"


def reopened(out: Path) -> Plan:
    """The plan of a batch that was graded into `out`.

    Raises:
        FileNotFoundError: nothing was.
    """
    stored = json.loads((out / "batch.json").read_text(encoding="utf-8"))
    return Plan(Path(stored["assignment"]), out)


def grade(place: Path, plan: Plan, *, jobs: int = 1, roster: Path | None = None) -> list[dict]:
    """Grade what is new or changed in `place`, and return the rows of grades.csv, which is written too.

    Raises:
        ValueError: there is nothing to grade, or the output folder belongs to another problem set or grader.
    """
    handed_in = submissions(place, plan.assignment.name)
    if roster:
        handed_in = on_roster(handed_in, roster)
    plan.out.mkdir(parents=True, exist_ok=True)
    with locked(plan.out), Book(plan.out, plan.assignment) as book:
        book.prepare()
        write_json(plan.out / "batch.json", {"assignment": str(plan.folder.resolve())})
        before, keys = records(plan.out), folders(handed_in)
        todo = [(one, key) for one, key in zip(handed_in, keys, strict=True) if not done(one, key, before, plan)]
        for record, result in progress(run_all(todo, plan, jobs), len(todo)):
            store(record, result, plan, book, before.get(record.folder))
        return report(plan.out, book)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Nobody else grades into this folder; the lock dies with the process."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(out / ".lock", timeout=0):
            yield
    except Timeout:
        raise ValueError(f"another grader is at work in {out}: wait for it, or name another --out") from None


def folders(handed_in: list[Submission]) -> list[str]:
    """For each submission a name that can be a folder's and part of a page, each once."""
    used, names = set(), []
    for one in handed_in:
        plain = one.student if not NO_FOLDER.search(one.student) and not set("<>&'\"%#?") & set(one.student) else ""
        if not plain or plain.casefold() in used or len(plain) > 100:
            plain = f"student-{sha256((one.student + one.file).encode()).hexdigest()[:12]}"
        used.add(plain.casefold())
        names.append(plain)
    return names


def done(one: Submission, folder: str, before: dict[str, Record], plan: Plan) -> bool:
    """Whether an earlier run's result still holds: same file, same tests, and where time ran out the same limits."""
    was = before.get(folder)
    if was is None:
        return False
    if one.status == "missing" and was.status != "missing":
        return True  # what was graded stays, also when a later batch is without it
    if one.status:
        return (was.status, was.file, was.note) == (one.status, one.file, one.note)
    if (was.sha256, was.digest) != (one.sha256, plan.digest(one.student)):
        return False
    return was.status in FINAL or (was.status in STOPPED and was.limits == asdict(plan.limits))


def run_all(todo: list[tuple[Submission, str]], plan: Plan, jobs: int) -> Iterator[tuple[Record, Result | None]]:
    """The results as they come, `jobs` at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            rest, waiting = iter(todo), set()
            while True:
                # One more than can run, so that no job waits while a result is stored; not all: their files are large.
                for one, folder in islice(rest, jobs + 1 - len(waiting)):
                    waiting.add(pool.submit(run_one, one, folder, plan))
                if not waiting:
                    return
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from map(Future.result, finished)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_kernels()
            raise


def stop_kernels() -> None:
    """End what this process has started, so that nobody waits for it."""
    import psutil

    for child in psutil.Process().children():
        child.kill()


def run_one(one: Submission, folder: str, plan: Plan) -> tuple[Record, Result | None]:
    """Score a submission. Whatever goes wrong is this submission's own row."""
    record = Record(one.student, folder, one.file, one.sha256, plan.digest(one.student), one.status, one.note)
    if one.status:
        return record, None
    try:
        notebook = nbformat.reads(one.data.decode("utf-8"), as_version=4)
        notebook, mended = repaired(notebook, plan.assignment, plan.seed(one.student))
    except Exception as error:  # of JSON, of nbformat, of the problem set: nothing of the student's has run
        return replace(record, status="unreadable", note=in_short(error)), None
    try:
        result = score(notebook, plan.assignment, isolation=plan.isolation, limits=plan.limits)
    except Exception as error:
        return replace(record, status="grader-error", note=in_short(error)), None
    note = "; ".join(filter(None, [one.note, *result.flags, *mended]))
    told = {"points": result.points, "messages": result.messages, "limits": asdict(plan.limits)}
    return replace(record, status=result.status, note=note[:2000], touched=result.touched, **told), result


def in_short(error: Exception) -> str:
    """An error on one line."""
    return " ".join(f"{error or type(error).__name__}".split())[:300]


def progress(results: Iterator, total: int) -> Iterable:
    """The results with a bar on a terminal."""
    from tqdm import tqdm

    return tqdm(results, total=total, unit=" submission", dynamic_ncols=True, disable=None)


def store(record: Record, result: Result | None, plan: Plan, book: Book, was: Record | None) -> None:
    """Keep a result. The record comes last: without it, a run after a kill does this submission again."""
    if result:
        file = plan.notebook_file(record.folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        with durable(file) as stream:
            stream.write(nbformat.writes(with_note(result.notebook, record)).encode())
        book.save(record.folder, record.points, record.status, changed=was is None or was.sha256 != record.sha256)
    (plan.out / "results").mkdir(exist_ok=True)
    write_json(plan.out / "results" / f"{record.folder}.json", asdict(record))


def with_note(notebook: nbformat.NotebookNode, record: Record) -> nbformat.NotebookNode:
    """The notebook with what the marker should know on top, as plain text."""
    from nbformat.v4 import new_markdown_cell

    if record.note:
        text = "\n".join(f"    {part}" for part in record.note.split("; "))
        notebook.cells.insert(
            0, new_markdown_cell(f"**For the marker: {record.status}**\n\n{text}", id="for-the-marker")
        )
    return notebook


def report(out: Path, book: Book) -> list[dict]:
    """Write grades.csv and the feedback from what is stored and what a person has marked; returns the rows."""
    marks = book.marks()
    found = sorted(records(out).values(), key=lambda record: (record.student, record.file))
    rows = [row(record, marks.get(record.folder), book.assignment) for record in found]
    with durable(out / "grades.csv") as stream:
        stream.write(as_csv(COLUMNS, rows))
    for record, line in zip(found, rows, strict=True):
        write_feedback(
            out / "feedback" / f"{record.folder}.html", record, line, marks.get(record.folder), book.assignment
        )
    return rows
