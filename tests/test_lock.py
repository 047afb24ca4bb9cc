"""No two trainings in one folder, and however the first one ends, the next may begin."""

import threading
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from filelock import FileLock
from runs import batches, diverging, train
from trainers import equal, small_gan

from gencourse.training import Run, lock


def test_a_second_training_in_the_same_folder_is_refused_and_changes_nothing(tmp_path):
    run, first = Run.create(tmp_path / "run", {}), small_gan()
    loop = run.train(first, batches(), steps=9, save_every=2)
    for _ in range(5):
        next(loop)
    content = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    with pytest.raises(RuntimeError, match="run is being trained already: wait"):
        train(tmp_path / "run", small_gan(), 9)
    assert content == {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    assert [line["step"] for line in loop] == [6, 7, 8, 9]  # the first one did not notice
    train(tmp_path / "run", again := small_gan(), 9)
    assert equal(again.state_dict(), first.state_dict())


@pytest.mark.parametrize("end", ["not begun", "break", "error", "refused", "other thread"])
def test_however_a_loop_ends_the_next_one_may_begin(end, tmp_path):
    run = Run.create(tmp_path / "run", {})
    if end == "refused":  # not by the lock, but after it was taken
        train(tmp_path / "run", small_gan(), 2)
        with pytest.raises(ValueError, match="does not fit") as caught:  # its traceback keeps the loop's frames alive
            run.train(small_gan(ema=0.9), batches(), steps=4)
        assert caught.tb
    elif end == "error":
        with pytest.raises(FloatingPointError) as caught:
            list(run.train(diverging("loss"), batches(), steps=9))
        assert caught.tb
    elif end == "other thread":
        loop = run.train(small_gan(), batches(), steps=3)
        thread = threading.Thread(target=lambda: list(loop))
        thread.start(), thread.join()
    elif end == "break":
        for _ in run.train(small_gan(), batches(), steps=9):
            break
    else:
        run.train(small_gan(), batches(), steps=9)
    assert len(list(run.train(small_gan(), batches(), steps=12, save_every=100))) >= 9


@pytest.mark.parametrize("ends_in", ["its thread", "another thread"])
def test_the_lock_is_given_back_and_not_only_forgotten(ends_in, tmp_path, monkeypatch):
    """Kept here, the lock cannot be freed by being thrown away."""
    kept = []
    monkeypatch.setattr("filelock.FileLock", lambda *args, **kw: kept.append(FileLock(*args, **kw)) or kept[-1])
    alone = lock.only_one(tmp_path, None)
    alone.__enter__()
    with pytest.raises(RuntimeError, match="being trained already"), lock.only_one(tmp_path, None):
        pass
    if ends_in == "its thread":
        alone.__exit__(None, None, None)
    else:
        thread = threading.Thread(target=alone.__exit__, args=(None, None, None))
        thread.start(), thread.join()
    with lock.only_one(tmp_path, None):
        assert len(kept) == 3


def test_the_other_processes_of_a_refused_training_are_refused_too(tmp_path, monkeypatch):
    """The second of two processes does not ask for the lock: it learns from the first that it was refused."""
    monkeypatch.setattr("gencourse.training.lock.place", lambda fabric: (1, 2))
    for answer in (1, 0):
        monkeypatch.setattr("torch.distributed.broadcast", lambda refused, src, answer=answer: refused.fill_(answer))
        expected = pytest.raises(RuntimeError, match="being trained already") if answer else nullcontext()
        with expected, lock.only_one(tmp_path, SimpleNamespace(device="cpu")):
            assert not (tmp_path / ".lock").exists()


def test_a_lock_that_cannot_be_made_is_named(tmp_path):
    run = Run.create(tmp_path / "run", {})
    (run.folder / ".lock").mkdir()
    with pytest.raises(OSError, match="cannot write to .*run: .*There is no checkpoint yet"):
        run.train(small_gan(), batches(), steps=1)
