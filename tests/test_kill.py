"""The truth that the run folder is for: it may be killed at any moment, and nothing of it is lost or doubled."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from trainers import equal

from gencourse.training import Run

HERE = Path(__file__).parent
KILLS = 25


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The folder of the runs and, for each run, the last step in its history at each kill."""
    root = tmp_path_factory.mktemp("killed")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "kill_server.py"), str(root), str(KILLS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root, json.loads(done.stdout)


def state(run):
    return torch.load(run.checkpoints()[-1], weights_only=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_run_killed_at_random_moments_is_the_run_that_never_was(killed):
    root, lives = killed
    whole = Run(root / "whole")
    assert sum(map(len, lives)) >= KILLS and max(map(max, lives)) > 0
    for number in range(len(lives)):
        run = Run(root / f"run-{number}")
        assert run.history_file.read_bytes() == whole.history_file.read_bytes()
        assert equal(state(run), state(whole))
        assert [path.name for path in run.checkpoints()] == [path.name for path in whole.checkpoints()]
        assert not list(run.folder.rglob("*.part"))


def test_the_best_checkpoint_survives_every_kill(killed):
    root, lives = killed
    best = [torch.load(root / name / "checkpoints" / "best.pt", weights_only=True) for name in ("whole", "run-0")]
    assert equal(*best)
