"""The benchmarks compare what is equal, take turns, and say where they ran."""

import itertools
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import torch
from torch.utils.data import DataLoader

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def scripts():
    sys.path.insert(0, str(FOLDER))
    import conv2d_norm
    import record

    yield conv2d_norm, record
    sys.path.remove(str(FOLDER))


def test_the_rivals_of_the_convolution_norm_give_the_same_number(scripts):
    conv2d_norm, _ = scripts
    weight = torch.randn(5, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    answers = [float(f(weight, 8)) for f in (conv2d_norm.ours, conv2d_norm.fft_and_svd, conv2d_norm.half_fft_and_svd)]
    assert max(answers) - min(answers) <= 1e-5 * max(answers)


def test_rivals_take_turns_and_the_first_rounds_do_not_count(scripts):
    _, record = scripts
    calls = []
    seconds = record.alternate({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3)
    assert calls == ["a", "b"] * 5
    assert [len(times) for times in seconds.values()] == [3, 3]
    assert all(t >= 0 for times in seconds.values() for t in times)


def test_a_record_says_where_it_comes_from(scripts, tmp_path, monkeypatch):
    _, record = scripts
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    stored = json.loads(record.write("some", {"seed": 3, "answer": 42}).read_text())
    assert stored["answer"] == 42 and stored["seed"] == 3
    assert stored["versions"]["torch"] == torch.__version__ and stored["machine"]["cores"] and stored["commit"]


def test_the_rivals_own_loop_hands_over_between_bursts_and_ends_when_all_is_measured(scripts, monkeypatch):
    _, record = scripts
    looks = itertools.count()  # each look at the clock takes 3 ms: a busy machine takes no part
    monkeypatch.setattr(record, "time", SimpleNamespace(perf_counter=lambda: 0.003 * next(looks)))
    ours, epochs = iter(lambda: steps.append("ours"), "never"), []
    steps = []
    turns = record.Turns(DataLoader(range(40), batch_size=4), ours, seconds=0.01, rounds=2)
    with pytest.raises(record.Enough):
        while True:
            epochs.append(len(turns))
            for batch in turns:
                assert len(batch) == 4
                steps.append("theirs")
    assert set(epochs) == {10} and len(turns.pairs) == 3
    assert all(theirs > 0 and ours > 0 for theirs, ours in turns.pairs)
    turns.pairs = [(1.0, 900.0), (2.0, 6.0), (4.0, 8.0), (8.0, 40.0)]  # the first is not counted
    assert turns.result() == {"theirs": 4 * 4, "gencourse": 4 * 8, "ratio": 3.0, "half of the rounds": [2.0, 5.0]}


def test_an_epoch_shorter_than_a_burst_is_no_endless_loop(scripts):
    _, record = scripts
    with pytest.raises(ValueError, match="less than 100; choose fewer"):
        list(record.Turns(DataLoader(range(8), batch_size=4), iter([]), seconds=100.0))


def test_chapter_8_shows_the_architectures_as_they_were_recorded(scripts):
    import dcgan_architectures as script

    runs = json.loads(script.RUNS.read_text(encoding="utf-8"))["runs"]
    assert {r["candidate"] for r in runs} == set(script.CANDIDATES)
    assert len(runs) == len(script.SEEDS) * len(script.CANDIDATES)
    chapter = nbformat.read(FOLDER.parent / "chapters/08_dcgan.ipynb", as_version=4)
    assert any(script.table(runs) in cell.source for cell in chapter.cells)


def test_chapter_7_shows_the_live_gans_as_they_were_recorded():
    found = json.loads((FOLDER / "results/live_gan.json").read_text(encoding="utf-8"))["found"]
    chapter = nbformat.read(FOLDER.parent / "chapters/07_mlp_gan.ipynb", as_version=4)
    (table,) = [cell.source for cell in chapter.cells if "seed by seed" in cell.source]
    spectral = found.pop("D ten times as fast, spectral normalisation")  # recorded, and no row of the table
    assert spectral and table.count("\n| ") == len(found) + 1
    for name, at in ((name, numbers["after 2000 steps"]) for name, numbers in found.items()):
        js, slope = at["js"], at["slope"]
        digits = 0 if slope["median"] > 100 else 1
        low, middle, high = (f"{slope[key]:.{digits}f}" for key in ("min", "median", "max"))
        row = f"| {' '.join(map(str, at['modes of 8, by seed']))} "
        row += f"| {js['median']:.2f} ({js['min']:.2f} to {js['max']:.2f}) | {middle} ({low} to {high}) |"
        assert row in table, name


@pytest.mark.parametrize("file", sorted((FOLDER / "results").glob("*.json")), ids=lambda f: f.stem)
def test_what_is_recorded_names_machine_versions_commit_and_seed(file):
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert {"machine", "versions", "threads", "commit", "seed"} <= stored.keys()
    assert (FOLDER / f"{file.stem}.py").exists()


def test_the_benchmark_of_a_gpu_measures_both_ways_and_refuses_to_run_without_one(scripts, monkeypatch):
    import gpu

    speed = gpu.compared("mlp-gan", "cpu", None, steps=1, rounds=1)
    assert speed["eager"] > 0 and speed["graph"] > 0 and speed["ratio"] > 0
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="needs an NVIDIA GPU"):
        gpu.main()
