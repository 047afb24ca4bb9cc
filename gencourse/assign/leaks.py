"""Does anything that students get give an answer or a hidden test away?"""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from .source import Assignment

REGION = re.compile(r"^[^\n]*### BEGIN (SOLUTION|HIDDEN TESTS)\n(?P<secret>.*?)\n[^\n]*### END \1$", re.M | re.S)


def leaks(assignment: Assignment, where: Path | str) -> list[str]:
    """What a text, a file or all of a folder gives away, zips, metadata, outputs and names of files included.

    A line of a solution or hidden test may stand there only if the author has written it in the open too, such as
    `return x`. But no solution and no hidden test may stand in the open as a whole, even in pieces.
    """
    in_the_open = "\n".join(REGION.sub("", node.source) for node in assignment.notebook.cells)
    found = []
    for name, lines in regions(assignment):
        hidden = [line for line in lines if not stands_in(line, in_the_open)]
        if all(line.startswith("#") for line in hidden):  # a comment that nobody sees does not hide the code
            found.append(f"{name}: every line of it is written in the open, too: {'; '.join(lines)}")
        for place, text in texts(where):
            found += [f"{name}: the line {line!r} is in {place}" for line in hidden if stands_in(line, text)]
    return list(dict.fromkeys(found))


def regions(assignment: Assignment) -> Iterator[tuple[str, list[str]]]:
    """The secrets of each cell, as lines that say something: a bracket alone does not."""
    for name, cell in assignment.cells.items():
        for region in REGION.finditer(cell.source):
            if lines := [line.strip() for line in region["secret"].splitlines() if re.search(r"\w", line)]:
                yield name, lines


def stands_in(line: str, text: str) -> bool:
    """Whether the line is there, and not as a part of longer words.

    >>> stands_in("return x", "    return x\\n"), stands_in("return x", "return xs")
    (True, False)
    """
    whole = rf"((?<!\w)|(?!\w)){re.escape(line)}((?!\w)|(?<!\w))"  # at each end a word ends, or there is none
    return line in text and re.search(whole, text) is not None


def texts(where: Path | str) -> Iterator[tuple[str, str]]:
    """All that can be read in a text, file or folder, and where."""
    if isinstance(where, str):
        yield "the text", where
        return
    for file in sorted(where.rglob("*")) if where.is_dir() else [where]:
        place = file.relative_to(where).as_posix() if where.is_dir() else file.name
        yield from in_file(place, file.read_bytes() if file.is_file() else b"")


def in_file(place: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The name and the text of a file, of a notebook every string, of a zip every member."""
    yield f"the name {place}", place
    if place.endswith(".zip"):
        archive = ZipFile(BytesIO(data))
        yield f"the comment of {place}", archive.comment.decode(errors="replace")
        for name in archive.namelist():
            yield from in_file(f"{place}: {name}", archive.read(name))
    elif place.endswith(".ipynb"):
        yield place, "\n".join(strings(json.loads(data)))
    else:
        yield place, data.decode(errors="replace")


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, names of fields included; a list of lines as one text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list) and all(isinstance(line, str) for line in value):
        yield "".join(value)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value
