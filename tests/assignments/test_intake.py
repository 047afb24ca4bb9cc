"""What was handed in becomes one submission for each student, whatever the platform calls its files."""

import os
import stat
import zipfile

import pytest

from gencourse.assign.intake import LARGEST, named, on_roster, submissions

NOTEBOOK = b'{"cells": []}'


def zipped(path, *names, data=NOTEBOOK):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return path


def read(place):
    return {one.student: (one.file, one.status) for one in submissions(place, "norms")}


def test_a_folder_holds_students_files_or_their_folders(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "norms.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "bob.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "cy").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"")
    assert read(tmp_path) == {
        "ada": ("ada/norms.ipynb", ""),
        "bob": ("bob.ipynb", ""),
        "cy": ("cy/", "missing"),
    }


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ada Lovelace_1234567_assignsubmission_file_/norms.ipynb", "Ada Lovelace_1234567"),
        ("Ada Lovelace_1234567_assignsubmission_file_/Copy of norms (1).ipynb", "Ada Lovelace_1234567"),
        ("Ada Lovelace_1234567_assignsubmission_file_norms.ipynb", "Ada Lovelace_1234567"),
        ("Participant_42_assignsubmission_file_/norms.ipynb", "Participant_42"),
        ("lovelaceada_12345_67890_norms.ipynb", "lovelaceada_12345"),
        ("lovelaceada_LATE_12345_67890_norms-1.ipynb", "lovelaceada_12345"),
        ("ada/norms.ipynb", "ada"),
        ("inbox/ada/norms.ipynb", "ada"),
    ],
)
def test_each_platforms_names_give_the_student(tmp_path, name, student):
    assert read(zipped(tmp_path / "all.zip", name)) == {student: (name, "")}


def test_a_folder_around_all_of_a_zip_is_no_student(tmp_path):
    place = zipped(tmp_path / "all.zip", "inbox/ada.ipynb", "inbox/bob.ipynb")
    assert set(read(place)) == {"ada", "bob"}


def test_of_several_files_the_assignments_is_taken(tmp_path):
    place = zipped(tmp_path / "all.zip", "ada/norms.ipynb", "ada/notes.ipynb", "ada/plot.png", "bob/notes.ipynb")
    assert read(place)["ada"] == ("ada/norms.ipynb", "")
    names = "ada/a.ipynb", "ada/b.ipynb", "bob/a.ipynb"
    two = {one.student: one for one in submissions(zipped(tmp_path / "2.zip", *names), "norms")}
    assert two["bob"].data == NOTEBOOK
    assert two["ada"].status == "missing" and "a.ipynb, b.ipynb" in two["ada"].note


def test_links_and_pipes_are_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(NOTEBOOK)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ada.ipynb").symlink_to(secret)
    (inbox / "bob").symlink_to(tmp_path)
    os.mkfifo(inbox / "cy.ipynb")
    found = {one.student: one for one in submissions(inbox, "norms")}
    assert [found[name].status for name in ("ada", "bob", "cy")] == ["unreadable", "missing", "unreadable"]
    assert not any(one.data for one in found.values())


@pytest.mark.parametrize(
    "name", ["../evil/norms.ipynb", "/etc/norms.ipynb", "a\\..\\..\\norms.ipynb", "C:/x/norms.ipynb"]
)
def test_a_name_that_points_outside_is_refused(tmp_path, name):
    (one,) = submissions(zipped(tmp_path / "all.zip", name), "norms")
    assert one.status == "unreadable" and "outside" in one.note and not one.data


def test_a_link_in_a_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        info = zipfile.ZipInfo("ada/norms.ipynb")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    (one,) = submissions(tmp_path / "all.zip", "norms")
    assert one.status == "unreadable" and "link" in one.note


def test_a_bomb_is_read_no_further_than_a_notebook_may_be_long(tmp_path):
    place = zipped(tmp_path / "all.zip", "ada/norms.ipynb", data=b" " * (LARGEST + 1))
    assert place.stat().st_size < LARGEST / 500
    (one,) = submissions(place, "norms")
    assert one.status == "too-big" and not one.data


def test_a_damaged_member_is_its_own_row(tmp_path):
    place = zipped(tmp_path / "all.zip", "ada/norms.ipynb", "bob/norms.ipynb", data=NOTEBOOK * 99)
    content = bytearray(place.read_bytes())
    content[content.index(b"norms.ipynb") + 11 + 8] ^= 0xFF
    place.write_bytes(content)
    assert [status for _, status in read(place).values()] == ["unreadable", ""]


@pytest.mark.parametrize("content", [b"", b"no zip at all"])
def test_what_is_no_batch_is_refused(tmp_path, content):
    (tmp_path / "file.zip").write_bytes(content)
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        submissions(tmp_path / "file.zip", "norms")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no submission"):
        submissions(tmp_path / "empty", "norms")


def test_the_files_say_which_assignment_they_are_of(tmp_path):
    place = zipped(tmp_path / "all.zip", "ada/norms.ipynb", "bob/Copy of norms.ipynb")
    assert named(place, ["gan", "norms"]) == "norms"
    assert named(zipped(tmp_path / "2.zip", "ada.ipynb"), ["gan", "norms"]) is None
    assert named(zipped(tmp_path / "3.zip", "a/gan.ipynb", "b/norms.ipynb"), ["gan", "norms"]) is None


def test_a_roster_knows_students_by_a_platforms_names_and_numbers(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("student,name,number\nada,Ada Lovelace,1\nbob,Bob,12345\ncy,Cy,3\n")
    names = "Ada Lovelace_99_assignsubmission_file_/norms.ipynb", "bob_12345_67890_norms.ipynb", "eve/norms.ipynb"
    found = on_roster(submissions(zipped(tmp_path / "all.zip", *names), "norms"), roster)
    assert {one.student: (one.status, one.note) for one in found} == {
        "ada": ("", ""),
        "bob": ("", ""),
        "eve": ("", "not on the roster"),
        "cy": ("missing", "nothing was handed in"),
    }
