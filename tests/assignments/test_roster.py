"""A roster names students that can be folders, and each has a seed that only the secret gives away."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencourse.assign.roster import secret_of, seed, students

SECRET = b"a secret of the course"


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, word for word, for keys of up to 64 bytes."""
    inner, outer = (bytes(b ^ pad for b in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    return hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()


@given(key=st.binary(min_size=16, max_size=64), student=st.from_regex(r"\A[a-z0-9.]{1,20}\Z"))
def test_a_seed_is_the_beginning_of_the_hmac(key, student):
    assert seed(key, "norms", student).to_bytes(4, "big") == hmac_sha256(key, f"norms/{student}".encode())[:4]


def test_secret_assignment_and_student_each_change_the_seed():
    seeds = {seed(SECRET, *who) for who in [("norms", "ada"), ("norms", "emmy"), ("gan", "ada")]}
    assert len(seeds | {seed(SECRET + b".", "norms", "ada")}) == 4


def test_both_ways_to_write_an_accent_are_one_student():
    assert seed(SECRET, "norms", "Andr\u00e9") == seed(SECRET, "norms", "Andre\u0301")


def roster(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "roster.csv"
    file.write_text(text, encoding=encoding)
    return file


def test_the_column_is_found_among_others_in_its_order(tmp_path):
    file = roster(tmp_path, 'mail,student,group\ne@x.org,"Noether, Emmy",1\na@x.org,Ada Lovelace,2\n', "utf-8-sig")
    assert students(file) == ["Noether, Emmy", "Ada Lovelace"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "must have a column 'student'; its first line has nothing"),
        ("name\nada\n", r"must have a column 'student'; its first line has \['name'\]"),
        ("student;mail\nada;a@x.org\n", r"must have a column 'student'; its first line has \['student;mail'\]"),
        ("student\n", "must name at least one student"),
        ("student,mail\n,a@x.org\n", "must be named as a folder can be, got ''"),
        ("student\n../ada\n", "must be named as a folder can be, got '../ada'"),
        ("student\n.\n", "must be named as a folder can be, got '.'"),
        ("student\nada\nAda\n", "each student must be there once, got Ada, ada again"),
    ],
)
def test_a_roster_that_cannot_be_is_refused(tmp_path, text, complaint):
    with pytest.raises(ValueError, match=complaint):
        students(roster(tmp_path, text))


def test_a_short_secret_is_refused_with_the_way_out(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_text("password\n")
    with pytest.raises(ValueError, match="at least 16 bytes; make one with: python -c"):
        secret_of(file)


def test_a_secret_is_the_same_with_and_without_its_newline(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_bytes(SECRET + b"\r\n")
    assert secret_of(file) == SECRET
