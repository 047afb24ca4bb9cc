"""What was handed in: a folder or a learning platform's zip, read into memory and never unpacked onto the disk."""

import csv
import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from .roster import students

LARGEST = 20 * 2**20  # bytes of a notebook; with its pictures, one of this course has 2 MB
MOST = 20_000  # members of a zip

# Moodle: "Ada Lovelace_1234567_assignsubmission_file_/norms.ipynb", or with all files in one folder
# "Ada Lovelace_1234567_assignsubmission_file_norms.ipynb".
MOODLE = re.compile(r"(?P<student>.+_\d+)_assignsubmission_file_/?(?P<file>[^/]*)")
# Canvas: "lovelaceada_12345_67890_norms.ipynb", and "lovelaceada_LATE_12345_67890_norms-1.ipynb".
CANVAS = re.compile(r"(?P<name>[^/_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>[^/]+)")


@dataclass(frozen=True)
class Submission:
    """One row to be: a student, the file, and what is in it or why it cannot be graded."""

    student: str
    file: str
    data: bytes = b""
    status: str = ""
    """Empty where `data` can be graded; else unreadable, missing or too-big."""
    note: str = ""

    @property
    def sha256(self) -> str:
        """The hash of the file, empty where it was not read."""
        return hashlib.sha256(self.data).hexdigest() if self.data else ""


class Refused(ValueError):
    """A file that is not read: `status` says how the row reports it."""

    def __init__(self, status: str, note: str):
        super().__init__(note)
        self.status = status


@dataclass(frozen=True)
class Entry:
    """A file by its name inside the folder or zip, and how to read it."""

    name: str
    read: object  # () -> bytes, raises Refused


def submissions(place: Path, name: str) -> list[Submission]:
    """All that was handed in for the assignment `name`: one for each student, in alphabetical order.

    Raises:
        ValueError: `place` is neither a folder nor a zip, or holds nothing.
    """
    entries = list(in_folder(place) if place.is_dir() else unwrapped(list(in_zip(place)), name))
    if not entries:
        raise ValueError(
            f"{place} holds no submission: expected STUDENT/{name}.ipynb, STUDENT.ipynb or a platform's zip"
        )
    by_student: dict[str, list[tuple[str, Entry]]] = {}
    for entry in entries:
        student, file = whose(entry.name)
        by_student.setdefault(student, []).append((file, entry))
    return [submission(student, files, name) for student, files in sorted(by_student.items())]


def whose(name: str) -> tuple[str, str]:
    """The student and the file's own name.

    >>> whose("Ada Lovelace_1234567_assignsubmission_file_/norms.ipynb")
    ('Ada Lovelace_1234567', 'norms.ipynb')
    >>> whose("lovelaceada_LATE_12345_67890_norms-1.ipynb"), whose("ada/norms.ipynb"), whose("ada.ipynb")
    (('lovelaceada_12345', 'norms-1.ipynb'), ('ada', 'norms.ipynb'), ('ada', 'ada.ipynb'))
    """
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    path = "/".join(parts)
    if found := MOODLE.search(path):
        return found["student"].rpartition("/")[2], found["file"] or parts[-1]
    if found := CANVAS.fullmatch(parts[-1] if parts else ""):
        return f"{found['name']}_{found['id']}", found["file"]
    if len(parts) > 1:
        return parts[-2], parts[-1]
    return PurePosixPath(path).stem or "unnamed", path


def unwrapped(entries: list[Entry], name: str) -> list[Entry]:
    """The entries without the folder around all of them, where it holds files of several students, not one's own."""
    parts = [entry.name.split("/") for entry in entries]
    flat = all(len(part) == 2 for part in parts) and len({part[0] for part in parts}) == 1
    notebooks = [Path(part[-1]).stem for part in parts if part[-1].endswith(".ipynb")]
    if not flat or len(notebooks) < 2 or any(is_of(stem, name) for stem in notebooks):
        return entries
    return [Entry(entry.name.partition("/")[2], entry.read) for entry in entries]


def named(place: Path, known: list[str]) -> str | None:
    """Which of the known assignments the files are of, by their names; None where they do not say."""
    entries = in_folder(place) if place.is_dir() else in_zip(place)
    stems = [Path(whose(entry.name)[1]).stem for entry in entries]
    found = [name for name in known if any(is_of(stem, name) for stem in stems)]
    return found[0] if len(found) == 1 else None


def is_of(stem: str, name: str) -> bool:
    """Whether a file's name has the assignment's as a word, as in "Copy of norms" and "norms-1"."""
    return re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", stem) is not None


def submission(student: str, files: list[tuple[str, Entry]], name: str) -> Submission:
    """The file of a student that is the assignment's, read."""
    own = [pair for pair in files if Path(pair[0]).stem == name or pair[0] == f"{student}.ipynb"]
    own = own or [pair for pair in files if is_of(Path(pair[0]).stem, name)]
    notebooks = [pair for pair in own or files if pair[0].endswith(".ipynb")]
    there = ", ".join(file for file, _ in files)[:200]
    if not own and (len(notebooks) != 1 or len(files) > 1):
        return Submission(student, files[0][1].name, status="missing", note=f"no {name}.ipynb, only: {there}")
    if not notebooks:
        return Submission(student, files[0][1].name, status="unreadable", note=f"not a notebook: {there}")
    entry = notebooks[-1][1]
    more = f"of several files this one was graded: {there}" if len(notebooks) > 1 else ""
    try:
        return Submission(student, entry.name, entry.read(), note=more)
    except Refused as refused:
        return Submission(student, entry.name, status=refused.status, note=str(refused))


def on_roster(handed_in: list[Submission], roster: Path) -> list[Submission]:
    """The submissions under the roster's names, and a row for each student who handed in nothing.

    A platform's student "Ada Lovelace_1234567" is the one in whose line "Ada Lovelace" or "1234567" stands.
    """
    known = students(roster)
    also = others(roster)
    found = []
    for one in handed_in:
        name, _, number = one.student.rpartition("_")
        keys = [key for key in (one.student, number, name) if key in known or key in also]
        who = next((also.get(key, key) for key in keys), None)
        note = one.note if who else "; ".join(filter(None, [one.note, "not on the roster"]))
        found.append(replace(one, student=who or one.student, note=note))
    absent = sorted(set(known) - {one.student for one in found})
    return found + [Submission(student, "", status="missing", note="nothing was handed in") for student in absent]


def others(roster: Path) -> dict[str, str]:
    """Whose line each other value of the roster stands in, where it stands in one line alone."""
    with roster.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    values = [value for row in rows for name, value in row.items() if name != "student" and value]
    once = {value for value in values if values.count(value) == 1}
    return {value: row["student"].strip() for row in rows for value in row.values() if value in once}


def in_folder(place: Path) -> Iterator[Entry]:
    """The files of a folder, one for each student, or a folder for each."""
    for top in sorted(os.scandir(place), key=lambda entry: entry.name):
        if top.name.startswith(".") or top.name == "__MACOSX":
            continue
        if not top.is_dir(follow_symlinks=False):
            yield Entry(top.name, lambda path=top.path: from_disk(path))
            continue
        inside = sorted(entry.path for entry in os.scandir(top.path) if not entry.name.startswith("."))
        if not inside:
            yield Entry(f"{top.name}/", lambda: refuse("missing", "the folder is empty"))
        for path in inside:
            yield Entry(f"{top.name}/{Path(path).name}", lambda path=path: from_disk(path))


def from_disk(path: str) -> bytes:
    """A plain file's bytes: no link is followed, no pipe waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        refuse("unreadable", "it is a symbolic link" if os.path.islink(path) else error.strerror)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            refuse("unreadable", "it is not a plain file")
        return at_most(file)


def in_zip(place: Path) -> Iterator[Entry]:
    """The members of a zip."""
    try:
        archive = zipfile.ZipFile(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{place} is neither a folder nor a zip: {error}") from None
    if len(archive.infolist()) > MOST:
        raise ValueError(f"{place} has more than {MOST:,} members")
    for info in archive.infolist():
        if not info.is_dir() and not info.filename.startswith("__MACOSX/"):
            yield Entry(info.filename, lambda info=info: from_zip(archive, info))


def from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes, no more than a notebook has: what a bomb says of its size is not believed."""
    if info.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", info.filename) or ":" in info.filename[:2]:
        refuse("unreadable", "its name points outside the zip")
    if stat.S_ISLNK(info.external_attr >> 16):
        refuse("unreadable", "it is a symbolic link")
    try:
        with archive.open(info) as file:
            return at_most(file)
    except Refused:
        raise
    except Exception as error:  # each method of compression has its own, and encryption a RuntimeError
        refuse("unreadable", f"it is damaged or encrypted inside the zip: {error}")


def at_most(file) -> bytes:
    """All of a file that is no larger than a notebook may be."""
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        refuse("too-big", f"it is larger than {LARGEST // 2**20} MB")
    if not data:
        refuse("unreadable", "the file is empty")
    return data


def refuse(status: str, note: str):
    """Raise `Refused`."""
    raise Refused(status, note)
