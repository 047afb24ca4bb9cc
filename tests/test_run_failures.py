"""However a run ends, by its numbers, the disk or a signal, no checkpoint is lost, and the message says why."""

import errno
import os
import signal
import threading

import pytest
from runs import batches, diverging, train
from trainers import equal, small_gan

from gencourse.training import Run, Stopped, files


@pytest.mark.parametrize(("where", "message"), [("loss", "loss_d is inf at step 5"), ("weights", "generator has w")])
def test_a_diverged_run_stops_with_its_last_good_checkpoint(where, message, tmp_path):
    with pytest.raises(FloatingPointError, match=message) as caught:
        train(tmp_path / "run", diverging(where), 9, save_every=1)
    run = Run(tmp_path / "run")
    assert "step-00000004.pt" in str(caught.value) and run.restore(small_gan()).name == "step-00000004.pt"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("where", ["write", "name"])
def test_a_disk_that_refuses_costs_no_checkpoint(code, where, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    run, trainer, seen = Run.create(tmp_path / "run", {}), small_gan(), []
    with pytest.raises(
        OSError, match=f"cannot save .*00000006.pt: {os.strerror(code)}. The last good .*04.pt"
    ) as caught:
        for metrics in run.train(trainer, batches(), steps=9, save_every=2):
            seen.append(metrics)
            if metrics["step"] == 4:
                monkeypatch.setattr(files.os, "fsync" if where == "write" else "replace", refuse)
    monkeypatch.undo()
    assert caught.value.errno == code and not list(run.checkpoint_folder.glob(".*"))
    _, again = train(tmp_path / "run", small_gan(), 9, save_every=2)
    assert again[0]["step"] == 5 and [line["step"] for line in run.history()] == list(range(1, 10))


def test_a_history_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", {})
    loop = run.train(small_gan(), batches(), steps=9)
    next(loop)
    run.history_file.unlink(), run.history_file.mkdir()
    with pytest.raises(OSError, match="cannot write .*history.jsonl"):
        next(loop)


def test_a_folder_that_may_not_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot make .*Not a directory. There is no checkpoint yet"):
        Run.create(tmp_path / "file" / "run", {})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("at", [3, 9])
def test_a_signal_saves_and_stops(number, at, tmp_path):
    whole, stopped, again = small_gan(), small_gan(), small_gan()
    train(tmp_path / "whole", whole, 9)
    handler = signal.getsignal(number)
    run = Run.create(tmp_path / "run", {})
    with pytest.raises(Stopped, match="finished and saved") as caught:
        for metrics in run.train(stopped, batches(), steps=9):
            if metrics["step"] == at:
                signal.raise_signal(number)
    assert caught.value.code == 128 + number and signal.getsignal(number) is handler
    saved = min(at + 1, 9)  # the step after the signal is finished first
    assert [int(path.stem[5:]) for path in run.checkpoints()] == [saved]
    train(tmp_path / "run", again, 9)
    assert equal(again.state_dict(), whole.state_dict()) and len(run.history()) == 9


def test_the_second_interrupt_does_not_wait(tmp_path):
    run = Run.create(tmp_path / "run", {})
    with pytest.raises(KeyboardInterrupt) as caught:
        for _ in run.train(small_gan(), batches(), steps=9):
            signal.raise_signal(signal.SIGINT), signal.raise_signal(signal.SIGINT)
    assert not isinstance(caught.value, Stopped) and not run.checkpoints()


def test_a_run_in_another_thread_trains_without_signals(tmp_path):
    results = []
    thread = threading.Thread(target=lambda: results.append(train(tmp_path / "run", small_gan(), 3)[1]))
    thread.start(), thread.join()
    assert len(results[0]) == 3
