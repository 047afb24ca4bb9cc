"""The one training loop, which runs in the reader's own `for`."""

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from torch import Tensor

from .graph import quickest


@runtime_checkable  # the tests check every annotation as the code runs
class Trainer(Protocol):
    """All that `fit` asks for."""

    def step(self, x: Tensor) -> dict[str, Tensor]: ...


def fit(trainer: Trainer, batches: Iterable, *, steps: int, every: int = 1) -> Iterator[dict[str, float]]:
    """Run `trainer.step` on `steps` batches and yield the metrics of every `every`-th step and of the last.

    Nothing happens until the result is iterated: `for metrics in gc.fit(...)` trains, `gc.fit(...)` alone does not.
    Yields `{"step": k, name: float, ...}` with k = 1, ..., steps. `batches` is iterated again when it ends; an item
    is a batch of images or a tuple (images, labels). Only the yielded steps turn tensors into floats, because that
    makes a GPU wait.

    Raises:
        ValueError: `steps` or `every` below 1, or `batches` empty.
    """
    # Checked here and not inside the generator: a mistake must be seen at the call, not at the first `next`.
    for name, value in (("steps", steps), ("every", every)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
    return _fit(trainer, batches, steps, every)


def _fit(trainer: Trainer, batches: Iterable, steps: int, every: int) -> Iterator[dict[str, float]]:
    for k, metrics in updates(trainer, batches, steps):
        if k % every == 0 or k == steps:
            yield {"step": k} | floats(metrics)


def updates(trainer: Trainer, batches: Iterable, steps: int) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """The steps k = 1, ..., `steps`, each with its metrics as tensors: nothing here makes a GPU wait."""
    step = quickest(trainer)
    # range first: at its end, zip must not have drawn a batch that no step will use
    for k, batch in zip(range(1, steps + 1), _endless(batches), strict=False):
        yield k, step(*batch) if isinstance(batch, tuple | list) else step(batch)


def floats(metrics: dict[str, Tensor]) -> dict[str, float]:
    """The metrics as numbers; this waits until the device has computed them."""
    return {name: float(value) for name, value in metrics.items()}


def _endless(batches: Iterable) -> Iterator:
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ValueError("batches must yield at least one batch; an exhausted iterator cannot be iterated again")
