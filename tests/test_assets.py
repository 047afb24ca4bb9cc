"""Shipped files: found by name, and trusted only with the recorded hash."""

import json
import re
import subprocess

import pytest
import torch

from gencourse import assets
from gencourse.assets import provenance


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An empty assets folder."""
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    return tmp_path


STATE = {
    "weight": torch.tensor([[1.0, -0.5], [0.1, 3e4]]),
    "wide": torch.arange(6.0).reshape(2, 3).t(),  # strided memory
    "double": torch.tensor([0.25], dtype=torch.float64),
    "num_batches_tracked": torch.tensor(70_001),
}


def test_stored_weights_come_back_as_float32_to_float16_precision(folder):
    assets.store_weights("net", STATE, {"command": "python -m x"})
    loaded = assets.load_weights("net")
    assert loaded.keys() == STATE.keys()
    for key, t in loaded.items():
        if key == "num_batches_tracked":
            assert t.dtype == torch.int64 and t == 70_001
        else:
            assert t.dtype == torch.float32 and t.shape == STATE[key].shape
            torch.testing.assert_close(t, STATE[key].float(), rtol=2**-11, atol=0)


def test_storing_twice_changes_nothing(folder):
    """float16 values are exact in float16, so a second round trip is the identity, to the byte."""
    file = assets.store_weights("net", STATE, {})
    first, entry = file.read_bytes(), assets.manifest()["net"]
    assets.store_weights("net", assets.load_weights("net"), {})
    assert file.read_bytes() == first and assets.manifest()["net"] == entry


def test_the_manifest_keeps_the_facts_of_every_name(folder):
    assets.store_weights("a", {"w": torch.zeros(1)}, {"steps": 5, "command": "train a"})
    assets.store_weights("b", {"w": torch.ones(1)}, {})
    entries = json.loads((folder / "manifest.json").read_text())
    assert sorted(entries) == ["a", "b"] and entries["a"]["steps"] == 5
    assert entries["a"]["sha256"] != entries["b"]["sha256"]
    assert sorted(f.name for f in folder.rglob("*") if f.is_file()) == [
        "a.safetensors", "b.safetensors", "manifest.json",
    ]  # fmt: skip


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:-1] + b"\x01", lambda b: b""])
def test_a_file_with_another_hash_is_refused(folder, damage):
    file = assets.store_weights("net", {"w": torch.zeros(4)}, {})
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match="'net' are damaged.*sha256"):
        assets.load_weights("net")


def test_another_networks_file_is_refused(folder):
    a = assets.store_weights("a", {"w": torch.zeros(4)}, {})
    b = assets.store_weights("b", {"w": torch.ones(4)}, {})
    b.write_bytes(a.read_bytes())
    with pytest.raises(ValueError, match="'b' are damaged"):
        assets.load_weights("b")


def test_an_unknown_name_is_refused_with_the_known_ones(folder):
    with pytest.raises(ValueError, match="no weights named 'x'; there are none"):
        assets.load_weights("x")
    assets.store_weights("net", {"w": torch.zeros(1)}, {})
    for name in ("x", "../net", ""):
        with pytest.raises(ValueError, match="there are net"):
            assets.load_weights(name)


def test_a_missing_file_is_named(folder):
    assets.store_weights("net", {"w": torch.zeros(1)}, {}).unlink()
    with pytest.raises(FileNotFoundError, match=r"weights/net\.safetensors"):
        assets.load_weights("net")
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        assets.path("nothing-here")


@pytest.mark.parametrize("value", [1e6, float("nan"), float("inf")])
def test_a_value_that_float16_cannot_hold_is_refused_before_anything_is_written(folder, value):
    with pytest.raises(ValueError, match="running_var"):
        assets.store_weights("net", {"running_var": torch.tensor([1.0, value])}, {})
    assert list(folder.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(folder, monkeypatch):
    file = assets.store_weights("net", {"w": torch.zeros(4)}, {})
    before = file.read_bytes()

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(assets.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        assets.store_weights("net", {"w": torch.ones(4)}, {})
    assert file.read_bytes() == before and not list(folder.rglob("*.part"))
    monkeypatch.undo()


# --- where results come from


def git(folder, *words):
    settings = ["user.name=a", "user.email=a@b", "safe.directory=*", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *(word for setting in settings for word in ("-c", setting)), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_commit_is_that_of_the_checkout_and_says_whether_code_was_changed(tmp_path):
    below = tmp_path / "package" / "assets"
    below.mkdir(parents=True)
    git(tmp_path, "init", "--quiet")
    assert provenance.commit(below) == "not a git checkout"  # there is no commit yet
    (tmp_path / "a.py").write_text("a = 1\n")
    (tmp_path / "weights").write_text("1")
    git(tmp_path, "add", "."), git(tmp_path, "commit", "--quiet", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD").strip()
    assert provenance.commit(below) == head and len(head) == 40
    (tmp_path / "weights").write_text("2")  # what a training stores is no change of code
    assert provenance.commit(below) == head
    (tmp_path / "a.py").write_text("a = 2\n")
    assert provenance.commit(below) == head + "+"
    git(tmp_path, "add", ".")
    assert provenance.commit(below) == head + "+"


def test_without_git_or_a_checkout_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit(tmp_path) == "not a git checkout"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.commit() == "not a git checkout"


def test_the_device_is_named_with_its_model(monkeypatch):
    assert provenance.device_name("cpu") == f"cpu ({provenance.processor()})" and provenance.processor()
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"model {device.index}")
    assert provenance.device_name("cuda:1") == "cuda (model 1)"


def test_what_made_the_weights_is_commit_version_device_and_threads():
    expected = {"commit": provenance.commit(), "torch": torch.__version__, "threads": torch.get_num_threads()}
    assert provenance.made_on("cpu") == expected | {"device": provenance.device_name("cpu")}


# --- what really ships


def test_every_shipped_file_has_its_entry_and_every_entry_its_file():
    files = {file.stem for file in (assets.FOLDER / "weights").glob("*.safetensors")}
    assert files == set(assets.manifest())


@pytest.mark.parametrize("name", sorted(assets.manifest()))
def test_shipped_weights_load_are_finite_and_small(name):
    state = assets.load_weights(name)
    assert state and all(torch.isfinite(t).all() for t in state.values())
    assert assets.path(f"weights/{name}.safetensors").stat().st_size <= 4 * 2**20


@pytest.mark.parametrize("name", sorted(assets.manifest()))
def test_every_entry_says_from_which_commit_and_on_which_device_it_was_trained(name):
    entry = assets.manifest()[name]
    assert re.fullmatch(r"[0-9a-f]{40}", entry["commit"])  # no "+": the code can be had again
    assert re.fullmatch(r"(cpu|cuda|mps) \(.+\)", entry["device"]) and entry["threads"] >= 1
