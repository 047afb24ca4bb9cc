"""Shipped files: found by name, and trusted only with the recorded hash."""

import json

import pytest
import torch

from gencourse import assets


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


# --- what really ships


def test_every_shipped_file_has_its_entry_and_every_entry_its_file():
    files = {file.stem for file in (assets.FOLDER / "weights").glob("*.safetensors")}
    assert files == set(assets.manifest())


@pytest.mark.parametrize("name", sorted(assets.manifest()))
def test_shipped_weights_load_are_finite_and_small(name):
    state = assets.load_weights(name)
    assert state and all(torch.isfinite(t).all() for t in state.values())
    assert assets.path(f"weights/{name}.safetensors").stat().st_size <= 4 * 2**20
