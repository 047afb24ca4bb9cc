"""A CUDA graph's counterpart on any device: the operations of a step, recorded once and run again on the same memory.

What a graph would not see, a tape does not see either: a number that Python computes anew in each step, a tensor that a
step makes anew elsewhere. So a trainer whose taped step equals its step can be captured, as far as arithmetic goes.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Tape(TorchDispatchMode):
    """Within, every operation is run and recorded."""

    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        self.operations.append((func, args, kwargs or {}, made))
        return made

    def play(self) -> None:
        """Run the operations again; what each made is overwritten in its place."""
        with torch.no_grad():
            for func, args, kwargs, made in self.operations:
                again = func(*args, **kwargs)
                if not any(value.alias_info for value in func._schema.returns):  # a view, or written in place already
                    for old, new in zip(tree_leaves(made), tree_leaves(again), strict=True):
                        if isinstance(old, torch.Tensor):
                            old.copy_(new)


def taped(step, inputs, noise):
    """What `gencourse.training.graph.captured` does, on any device."""
    with (tape := Tape()):
        scores = step(*inputs)
    first = iter([None])  # recording has run the step already, which capturing does not

    def replay() -> None:
        if next(first, tape) is tape:
            tape.play()

    return replay, scores
