"""A whole training step as one CUDA graph: the GPU repeats it without waiting for Python to ask for each kernel.

A graph is a list of kernels with the addresses they read and write. It sees a new batch because the batch is copied to
where the captured one lay, and new noise because the trainer's generator is registered with it. A number that Python
put into a kernel, such as the learning rate, stays what it was when the step was captured.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from .parallel import place

log = logging.getLogger(__name__)
WARM_UP = 3  # steps in which the libraries choose their kernels and the optimisers make their moments


def quickest(trainer: Any) -> Callable[..., dict[str, Tensor]]:
    """`trainer.step`, or a `Replay` of it where the trainer has `graph` set and is on a CUDA device.

    Several processes step without one, for which a reason is logged.
    """
    if not getattr(trainer, "graph", False) or trainer.device.type != "cuda":
        return trainer.step
    if place(trainer.fabric)[1] > 1:
        log.warning("no CUDA graph: several processes train together, and wait for each other at each step")
        return trainer.step
    return Replay(trainer)


class Replay:
    """Called like `trainer.step`, and with the same effect; the scores it returns are overwritten by the next call.

    The first steps run as always, one is captured, and all that follow repeat it. A batch of another size, as at the
    end of an epoch, runs as always. So does everything after a setting of the trainer was changed or a checkpoint
    loaded, and everything where the capture failed; either reason is logged.
    """

    def __init__(self, trainer: Any, capture: Callable | None = None):
        self.trainer, self.capture = trainer, capture or captured
        self.settings, self.taken, self.replay = settings(trainer), 0, None
        self.inputs: tuple[Tensor, ...] = ()
        self.scores: dict[str, Tensor] = {}

    def __call__(self, *batch: Tensor) -> dict[str, Tensor]:
        self.taken += 1
        if self.taken <= WARM_UP:
            with aside(self.trainer.device):
                return self.trainer.step(*batch)
        if self.capture and settings(self.trainer) != self.settings:
            self.give_up("a setting has changed or a checkpoint was loaded, which a captured step would not see")
        if self.capture and self.replay is None:
            self.record(batch)
        if not self.capture or [x.shape for x in batch] != [x.shape for x in self.inputs]:
            return self.trainer.step(*batch)
        for place_of, x in zip(self.inputs, batch, strict=True):
            place_of.copy_(x)
        self.replay()
        self.trainer.steps += 1
        return self.scores

    def record(self, batch: tuple[Tensor, ...]) -> None:
        """Capture a step, which does not run it; where that fails, leave the trainer as it was."""
        trainer = self.trainer
        steps, noise = trainer.steps, trainer.noise.get_state()
        self.inputs = tuple(x.to(trainer.device, copy=True) for x in batch)
        try:
            self.replay, self.scores = self.capture(trainer.step, self.inputs, trainer.noise)
        except RuntimeError as error:
            # A new generator: the old one may still count as being captured.
            trainer.noise = torch.Generator(trainer.device)
            trainer.noise.set_state(noise)
            self.give_up(str(error).partition("\n")[0])
        trainer.steps = steps

    def give_up(self, reason: str) -> None:
        """Step without a graph from now on."""
        log.warning("no CUDA graph: %s", reason)
        self.capture = self.replay = None


def captured(
    step: Callable[..., dict[str, Tensor]], inputs: tuple[Tensor, ...], noise: torch.Generator
) -> tuple[Callable[[], None], dict[str, Tensor]]:
    """A function that repeats `step(*inputs)`, and the tensors in which its scores will stand each time."""
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(noise)
    with torch.cuda.graph(graph):
        scores = step(*inputs)
    return graph.replay, scores


@contextmanager
def aside(device: torch.device) -> Iterator[None]:
    """Within, CUDA's work goes to a stream of its own: a capture must not depend on work of the default stream."""
    if device.type != "cuda":
        yield
        return
    usual, stream = torch.cuda.current_stream(device), torch.cuda.Stream(device)
    stream.wait_stream(usual)
    with torch.cuda.stream(stream):
        yield
    usual.wait_stream(stream)


def settings(trainer: Any) -> list[Any]:
    """Every plain number of the trainer and its optimisers, but for the count of its steps."""
    plain = (int, float, str, tuple, type(None))
    own = [(k, v) for k, v in vars(trainer).items() if k != "steps" and isinstance(v, plain)]
    groups = [g for part in trainer.parts().values() for g in getattr(part, "param_groups", ())]
    return own + [(k, v) for g in groups for k, v in g.items() if isinstance(v, plain)]
