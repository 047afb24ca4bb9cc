"""What the tests of the command line share: short commands, and what they read of the results."""

import json

import torch

from gencourse.training import Run

TRAIN = ["train", "mlp-vae", "--batch-size", "8", "--device", "cpu"]
FAST = ["--n", "65", "--resamples", "3", "--k", "2", "--cas-steps", "3", "--device", "cpu"]


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def state(folder):
    return torch.load(Run(folder).checkpoints()[-1], weights_only=True)
