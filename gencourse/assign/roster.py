"""Who takes the course, and the seed of each student's data, which nobody can compute without the secret."""

import csv
import hmac
import re
from pathlib import Path
from unicodedata import normalize

# A student's name becomes a folder's, on every system.
NO_FOLDER = re.compile(r'[/\\:*?"<>|\x00-\x1f]|^[. ]|[. ]$|^$')


def seed(secret: bytes, assignment: str, student: str) -> int:
    """The first 32 bits of HMAC-SHA256(secret, "ASSIGNMENT/STUDENT"), as a number.

    >>> seed(b"a secret of the course", "norms", "ada")
    2839262065
    """
    message = normalize("NFC", f"{assignment}/{student}").encode()
    return int.from_bytes(hmac.digest(secret, message, "sha256")[:4], "big")


def students(file: Path) -> list[str]:
    """The column `student` of a CSV file, in its order.

    Raises:
        ValueError: there is no such column, or a name is missing, twice there, or cannot be that of a folder.
    """
    with Path(file).open(encoding="utf-8-sig", newline="") as rows:
        table = csv.DictReader(rows)
        if "student" not in (table.fieldnames or ()):
            raise ValueError(f"{file} must have a column 'student'; its first line has {table.fieldnames or 'nothing'}")
        names = [normalize("NFC", (row["student"] or "").strip()) for row in table]
    if bad := [name for name in names if NO_FOLDER.search(name)]:
        raise ValueError(f"{file}: a student must be named as a folder can be, got {', '.join(map(repr, bad))}")
    # Some file systems take Ada and ada for one.
    folded = [name.casefold() for name in names]
    if doubles := sorted({name for name in names if folded.count(name.casefold()) > 1}):
        raise ValueError(f"{file}: each student must be there once, got {', '.join(doubles)} again")
    if not names:
        raise ValueError(f"{file} must name at least one student")
    return names


def secret_of(file: Path) -> bytes:
    """The secret in a file, without the white space around it.

    Raises:
        ValueError: it is shorter than 16 bytes, so that it could be guessed.
    """
    secret = Path(file).read_bytes().strip()
    if len(secret) < 16:
        way_out = f'python -c "import secrets; print(secrets.token_hex())" > {file}'
        raise ValueError(f"{file} must hold a secret of at least 16 bytes; make one with: {way_out}")
    return secret
