"""Kill training runs with SIGKILL at random moments, and go on with each until it is finished.

    python tests/kill_server.py FOLDER KILLS

A program of its own: it imports torch once, and forks a new process for every life of a run. The runs are
FOLDER/run-0, run-1, ..., as many as it takes to reach KILLS kills; each is trained to its last step. Prints
the number of kills of each run, and the steps that its killed lives had reached.
"""

import json
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path

import torch
from trainers import IMAGES, small_gan

import gencourse as gc
from gencourse.training import Run

STEPS, EVERY, SAVE_EVERY = 150, 2, 3


def train(folder: Path) -> None:
    """The run from wherever it stands to its end."""
    warnings.simplefilter("error")  # an unreadable checkpoint would be a failure: a kill must leave none
    run = Run(folder, keep=2, best="loss_g") if Run(folder).exists() else Run.create(folder, {}, keep=2, best="loss_g")
    batches = gc.Batches(IMAGES, 8, device="cpu", seed=3)
    for _ in run.train(small_gan(ema=0.9), batches, steps=STEPS, every=EVERY, save_every=SAVE_EVERY):
        pass


def life(folder: Path, seconds: float) -> bool:
    """One process that trains the run and is killed after so many seconds; True if it was, False if it finished."""
    child = os.fork()
    if child == 0:
        try:
            train(folder)
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)  # one that has finished is a zombie, and the kill does nothing
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("a life ended with an error")
    return os.WIFSIGNALED(status)


def main(root: Path, wanted: int) -> None:
    torch.set_num_threads(1)
    rng, kills, lives = random.Random(0), 0, []
    train(root / "whole")
    start = time.monotonic()
    train(root / "timed")
    typical = time.monotonic() - start
    while kills < wanted:
        folder, reached = root / f"run-{len(lives)}", []
        while life(folder, rng.uniform(0, typical / 4)):
            kills += 1
            reached.append(Run(folder).history()[-1:])
        lives.append([line[0]["step"] if line else 0 for line in reached])
    print(json.dumps(lives))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
