"""Saving a trainer so that going on is bit-identical to not having stopped, and loading nothing that does not fit."""

import copy
import io
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .files import durable

FORMAT = "gencourse-checkpoint-1"


class Checkpointed:
    """Gives `save` and `load` to a trainer that has `parts()`, `noise` and `steps`."""

    steps: int
    loads: int = 0  # how often a state was taken over: a captured step does not see it
    noise: torch.Generator
    fabric: Any = None  # of a trainer on several devices

    def parts(self) -> dict[str, Any]:
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimiser moments, the state of the noise and the number of steps, as plain data."""
        state = {name: part.state_dict() for name, part in self.parts().items()}
        return {
            "format": FORMAT,
            "trainer": type(self).__name__,
            "steps": self.steps,
            "noise": self.noise.get_state(),
            "parts": state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state of the same trainer and models; refused whole, with a ValueError, if it does not fit."""
        before = copy.deepcopy(self.state_dict())
        try:
            check_fits(self, state)
            self._take(state)
        except Exception as error:
            self._take(before)
            raise ValueError(f"the checkpoint does not fit this trainer: {error}") from error

    def _take(self, state: dict[str, Any]) -> None:
        for name, part in self.parts().items():
            load_part(part, state["parts"][name])
        self.loads += 1
        self.noise.set_state(state["noise"].cpu())
        self.steps = state["steps"]

    def save(self, path: str | os.PathLike, batches: Any = None, *, metrics: dict[str, float] | None = None) -> None:
        """Write a checkpoint: first under a temporary name, then renamed, so that `path` is never half-written.

        With `batches`, its place in the data (seed, epoch, position) is saved too. `metrics` are kept beside it, for
        whoever reads the file; `load` does not need them.
        """
        state = self.state_dict() | ({} if batches is None else {"batches": batches.state_dict()})
        content = io.BytesIO()
        # In memory first: torch.save turns a full disk into a RuntimeError about its own format.
        torch.save(state | ({} if metrics is None else {"metrics": metrics}), content)
        with durable(path) as file:
            file.write(content.getbuffer())

    def load(self, path: str | os.PathLike, batches: Any = None) -> None:
        """Read a checkpoint of the same trainer and models; the next `step` is then as if nothing had stopped.

        With `batches`, the data goes on where it was. A file that does not fit leaves the trainer as it was.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: truncated, not a checkpoint, of another trainer or model, or a pickle that would run code.
        """
        state = read(path, self.noise.device)
        if batches is not None and "batches" not in state:
            raise ValueError(f"{path} was saved without its batches: save(path, batches), or load(path) alone")
        before = copy.deepcopy(self.state_dict())
        self.load_state_dict(state)
        try:
            if batches is not None:
                batches.load_state_dict(state["batches"])
        except Exception as error:
            self._take(before)
            raise ValueError(f"{path}: the saved place in the data does not fit these batches: {error}") from error


def load_part(part: nn.Module | torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a state, but let an optimiser keep the kind of kernels that suit its own device."""
    groups = getattr(part, "param_groups", [])
    own = [{name: group[name] for name in ("fused", "capturable")} for group in groups]
    part.load_state_dict(state)
    for group, kernels in zip(getattr(part, "param_groups", []), own, strict=True):
        group.update(kernels)


class Unreadable(ValueError):
    """A file that is no whole checkpoint: truncated, of another kind, or a pickle that would run code."""


def read(path: str | os.PathLike, device: torch.device) -> dict[str, Any]:
    """The plain data of a checkpoint; `weights_only` refuses any pickle that would run code.

    Raises:
        FileNotFoundError: there is no such file.
        Unreadable: it is not a whole checkpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        raise Unreadable(
            f"{path} is not a readable checkpoint: truncated, of another kind, or with code in it"
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise Unreadable(f"{path} is not a checkpoint of format {FORMAT!r}")
    return state


def check_fits(trainer: Checkpointed, state: dict[str, Any]) -> None:
    """Raise a ValueError that names the first difference between a checkpoint and the trainer that is to take it."""
    own = type(trainer).__name__
    if state.get("trainer") != own:
        raise ValueError(f"the checkpoint is of a {state.get('trainer')}, this trainer is a {own}")
    parts, saved = trainer.parts(), state.get("parts", {})
    if parts.keys() != saved.keys():
        raise ValueError(f"the checkpoint holds {sorted(saved)}, this trainer needs {sorted(parts)}")
    if not isinstance(state.get("steps"), int) or not isinstance(state.get("noise"), Tensor):
        raise ValueError("the checkpoint lacks its number of steps or the state of its noise")
    for name, part in parts.items():
        if isinstance(part, nn.Module):
            _check_shapes(name, part.state_dict(), saved[name])
        else:
            _check_moments(name, part, saved[name])


def _check_shapes(name: str, own: dict[str, Tensor], saved: dict[str, Tensor]) -> None:
    if own.keys() != saved.keys():
        raise ValueError(
            f"{name}: the checkpoint is of another model; differing keys {sorted(own.keys() ^ saved.keys())[:4]}"
        )
    for key, value in own.items():
        if value.shape != saved[key].shape:
            raise ValueError(
                f"{name}.{key} has shape {tuple(saved[key].shape)} in the checkpoint, {tuple(value.shape)} here"
            )


def _check_moments(name: str, optimizer: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    # torch's own load_state_dict compares the number of parameters, not their shapes.
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for index, moments in saved["state"].items():
        for key, value in moments.items():
            if value.ndim and value.shape != parameters[index].shape:
                raise ValueError(f"{name}: {key} of parameter {index} has shape {tuple(value.shape)} in the checkpoint")
