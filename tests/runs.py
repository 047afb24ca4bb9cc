"""What the tests of runs share: short runs, and trainers that diverge."""

import torch
from trainers import IMAGES, small_gan

import gencourse as gc
from gencourse.training import Run


def batches(**options):
    return gc.Batches(IMAGES, 8, device="cpu", seed=3, **options)  # 3 batches an epoch


def train(folder, trainer, steps, data=None, keep=3, best=None, **options):
    run = Run(folder, keep=keep, best=best) if Run(folder).exists() else Run.create(folder, {}, keep=keep, best=best)
    return run, list(run.train(trainer, data or batches(), steps=steps, **options))


def diverging(where, at=5):
    """A trainer whose loss, or weights, are no longer finite after step `at`."""
    trainer = small_gan()
    step = trainer.step

    def diverge(x):
        metrics = step(x)
        if trainer.steps == at and where == "weights":
            next(trainer.generator.parameters()).data[0, 0] = float("nan")
        return metrics | ({"loss_d": torch.tensor(float("inf"))} if trainer.steps == at and where == "loss" else {})

    trainer.step = diverge
    return trainer
