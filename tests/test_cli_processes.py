"""Truths of commands in processes of their own: signals, the lock of a run's folder, several devices."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from command_line import FAST, TRAIN, lines, state
from trainers import equal

from gencourse.cli.evaluate import MEANING
from gencourse.training import Run
from gencourse.training.lock import only_one


def launched(*words):
    """A command in a process of its own."""
    words = [sys.executable, "-m", "gencourse", *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def started(*words):
    """The same, when it has written its first line."""
    running = launched(*words)
    assert running.stdout.readline()
    return running


def process(*words):
    """The same, when it has ended."""
    running = launched(*words)
    out, err = running.communicate()
    return subprocess.CompletedProcess(words, running.returncode, out, err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_exit_code_says_which(number, command, folder):
    """In a process of its own, as a scheduler or Ctrl-C would do it; what goes on is the run that never stopped."""
    process = started(*TRAIN, "--steps", 100_000, "--every", 3, "--out", "stopped")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert re.fullmatch(rf"gencourse: stopped: {signal.Signals(number).name} came; .* finished and saved\n", err)
    reached = state("stopped")["steps"]
    command(*TRAIN, "--steps", reached + 4, "--every", 3, "--out", "stopped", "--resume")
    command(*TRAIN, "--steps", reached + 4, "--every", 3, "--out", "whole")
    assert equal(state("stopped"), state("whole"))
    assert Path("stopped/history.jsonl").read_bytes() == Path("whole/history.jsonl").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_while_a_run_is_trained_a_second_command_is_refused_and_afterwards_it_goes_on(number, command):
    """However the first one ends: the lock of a process that was killed with SIGKILL dies with it."""
    first = started(*TRAIN, "--steps", 100_000, "--every", 3, "--save-every", 3)
    again = [*TRAIN, "--every", 3, "--save-every", 3, "--resume", "--steps"]
    try:
        for _ in range(2):
            code, out, err = command(*again, 100_000)
            assert (code, out) == (1, "")
            assert re.fullmatch("gencourse: error: runs/mlp-vae is being trained already: wait until .*\n", err)
    finally:
        first.send_signal(number)
        first.communicate(timeout=60)
    assert Path("runs/mlp-vae/.lock").exists()  # the file stays, the lock does not
    reached = state("runs/mlp-vae")["steps"]
    assert command(*again, reached + 3)[0] == 0 and state("runs/mlp-vae")["steps"] == reached + 3


def test_two_devices_train_what_one_trains(command):
    done = process(*TRAIN, "--steps", 3, "--every", 1, "--devices", 2, "--out", "two")
    assert done.returncode == 0 and done.stderr == ""
    command(*TRAIN, "--steps", 3, "--every", 1, "--out", "one")
    one, two = (Run(name).history() for name in ("one", "two"))
    assert [line["step"] for line in lines(done.stdout)] == [line["step"] for line in two] == [1, 2, 3]
    assert [line["loss"] for line in two] == pytest.approx([line["loss"] for line in one], rel=1e-5)
    model, other = (state(name)["parts"]["model"] for name in ("one", "two"))
    assert all(torch.allclose(model[key], other[key], atol=1e-5) for key in model)


def test_two_devices_are_refused_together_where_the_run_is_trained_already(command):
    command(*TRAIN, "--steps", 1)
    with only_one(Path("runs/mlp-vae"), None):
        done = process(*TRAIN, "--steps", 3, "--devices", 2, "--resume")
    assert (done.returncode, done.stdout) == (1, "") and "is being trained already" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_devices_draw_and_measure_what_one_does(command):
    """An odd number of images, which two processes cannot share equally; of a model that is told the class."""
    words = ["cvae-fashion", "--n", 65, "--device", "cpu"]
    command("sample", *words, "--out", "1.png")
    command("evaluate", *words, *FAST, "--out", "1.json")
    drawn = process("sample", *words, "--devices", 2, "--out", "2.png")
    assert (drawn.stdout, drawn.stderr) == ("2.png\n", "")  # one of the two writes
    measured = process("evaluate", *words, *FAST, "--devices", 2, "--out", "2.json")
    assert len(lines(measured.stdout)) == 1 and measured.stderr == ""
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()
    one, two = (json.loads(Path(f"{devices}.json").read_text())["metrics"] for devices in (1, 2))
    assert set(one) == set(two) == set(MEANING)
    for name in MEANING:
        assert list(two[name].values()) == pytest.approx(list(one[name].values()), rel=1e-6)


def test_one_device_does_not_wait_for_fabric(folder):
    words = [*TRAIN, "--steps", "1"]
    code = f"import sys, gencourse.cli as c; c.main({words}); print('lightning_fabric' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")
