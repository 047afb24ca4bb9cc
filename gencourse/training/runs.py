"""A training run in a folder of its own: it may be killed at any moment, and goes on as if it had not been."""

import json
import math
import os
import shutil
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..assets.provenance import versions
from .checkpoint import Checkpointed, Unreadable, read
from .files import durable, remove_parts, sync, write_json
from .lock import only_one
from .loop import floats, updates
from .parallel import place
from .signals import Request, Stopped, stop_request


class Run:
    """The folder of one training run.

    - `config.json`: what the run is, the caller's settings and the versions it was started with.
    - `history.jsonl`: the metrics of every reported step, one JSON object a line.
    - `checkpoints/step-00000500.pt`: everything that going on needs; the newest `keep` of them.
    - `checkpoints/best.pt`: a copy of the checkpoint with the lowest metric `best`, where one is named.

    There is no file that points at the newest checkpoint: the newest that can be read is the one, so that nothing
    can be out of date after a kill.

    Args:
        folder: of the run; `Run.create` makes it.
        keep: how many checkpoints to keep; the older ones are removed after each save.
        best: the name of a metric of the trainer's `step`, such as "loss"; lower is better. It is read at each save,
            for one batch.

    Raises:
        ValueError: `keep` below 1.
    """

    def __init__(self, folder: str | os.PathLike, *, keep: int = 3, best: str | None = None):
        _check_count("keep", keep)
        self.folder, self.keep, self.best = Path(folder), keep, best

    @classmethod
    def create(cls, folder: str | os.PathLike, config: dict[str, Any], **options: Any) -> "Run":
        """Make the folder and write `config` (JSON values) with the versions of what runs here.

        Raises:
            FileExistsError: the folder holds a run.
            OSError: the folder cannot be made or written.
        """
        run = cls(folder, **options)
        if run.exists():
            raise FileExistsError(f"{run.folder} already holds a run")
        with run._explained(f"cannot make {run.folder}"):
            run.checkpoint_folder.mkdir(parents=True, exist_ok=True)
            write_json(run.folder / "config.json", config | {"versions": versions()})
        return run

    @property
    def checkpoint_folder(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def history_file(self) -> Path:
        return self.folder / "history.jsonl"

    def exists(self) -> bool:
        """Whether the folder holds a run."""
        return (self.folder / "config.json").is_file()

    @property
    def config(self) -> dict[str, Any]:
        """What `config.json` says. A `FileNotFoundError` or `ValueError` where it is missing or is not JSON."""
        if not self.exists():
            raise FileNotFoundError(f"{self.folder} holds no run: config.json is missing")
        try:
            return json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{self.folder / 'config.json'} is not JSON: {error}") from error

    def history(self) -> list[dict[str, int | float]]:
        """The metrics of every reported step, in order."""
        return [json.loads(line) for line in self._lines()]

    def checkpoints(self) -> list[Path]:
        """The files of the saved steps, oldest first, readable or not."""
        return sorted(self.checkpoint_folder.glob("step-*.pt"), key=_step)

    def train(
        self,
        trainer: Checkpointed,
        batches: Any,
        *,
        steps: int,
        every: int = 1,
        save_every: int = 500,
        save_minutes: float = 10.0,
    ) -> Iterator[dict[str, float]]:
        """Like `fit`, from the newest checkpoint to step `steps`, saving on the way: `for metrics in run.train(...)`.

        The checkpoint is loaded at the call; then nothing happens until the result is iterated. `steps` counts from
        the beginning of the run, not of this call. A checkpoint is written every `save_every` steps, where the last
        one is `save_minutes` old, at the end, and when SIGINT or SIGTERM asks to stop; the loop then raises
        `Stopped`. Leaving it by `break` saves nothing more. At a reported or saved step all losses must be finite,
        and at a saved one all weights: a checkpoint is never of a run that has diverged. From the call to the end
        of the loop the folder is locked: two trainings in it would write into each other's history.

        Raises:
            ValueError: a number out of its range, checkpoints of another model, or none that can be read.
            FloatingPointError: NaN or infinite losses or weights.
            RuntimeError: the folder is being trained in already.
            OSError: full disk, read-only folder; the last good checkpoint is intact.
            Stopped: a signal asked for it.
        """
        for name, value in (("steps", steps), ("every", every), ("save_every", save_every)):
            _check_count(name, value)
        if not save_minutes > 0:
            raise ValueError(f"save_minutes must be positive, got {save_minutes}")
        with ExitStack() as alone:
            with self._explained(f"cannot write to {self.folder}"):
                alone.enter_context(only_one(self.folder, trainer.fabric))
            self.resume(trainer, batches)
            return self._train(alone.pop_all(), trainer, batches, steps, every, save_every, 60 * save_minutes)

    def _train(self, alone, trainer, batches, steps, every, save_every, save_seconds) -> Iterator[dict[str, float]]:
        with alone, stop_request() as stop:
            saved, stopping = time.monotonic(), 0
            for _, metrics in updates(trainer, batches, steps - trainer.steps):
                k = trainer.steps
                report, due = k % every == 0 or k == steps, k % save_every == 0 or k == steps
                stopping = asked(stop, trainer, together=report or due)
                save = due or stopping or time.monotonic() - saved >= save_seconds
                if report or save:
                    values = _finite(k, floats(metrics), self)
                if report:
                    self._write_line(trainer, {"step": k} | values)
                if save:
                    self.save(trainer, batches, values)
                    saved = time.monotonic()
                if report:
                    yield {"step": k} | values
                if stopping:
                    break
            if stopping := stopping or stop.signum:
                name = signal.Signals(stopping).name
                raise Stopped(stopping, f"{name} came; step {trainer.steps} of {steps} is finished and saved")

    def resume(self, trainer: Checkpointed, batches: Any = None) -> Path | None:
        """Load the newest readable checkpoint and drop the history after it; returns its path, None at the start."""
        path = self.restore(trainer, batches)
        if place(trainer.fabric)[0] == 0:
            with self._explained(f"cannot write to {self.folder}"):
                remove_parts(self.folder), remove_parts(self.checkpoint_folder)
                lines = [line for line in self._lines() if json.loads(line)["step"] <= trainer.steps]
                with durable(self.history_file) as file:
                    file.write("".join(lines).encode())
                if path is not None:  # a kill may have come between this checkpoint and what follows it in `save`
                    self._keep_best(path)
                    self._remove_old(trainer.steps)
        if place(trainer.fabric)[1] > 1:
            trainer.fabric.barrier()  # nobody removes checkpoints while another process is looking for the newest
        return path

    def restore(self, trainer: Checkpointed, batches: Any = None) -> Path | None:
        """Load the newest checkpoint that can be read, and change nothing in the folder; None where there is none.

        A checkpoint that cannot be read is skipped with a warning.

        Raises:
            ValueError: none of the checkpoints can be read, or the newest readable one is of another model.
        """
        for path in reversed(self.checkpoints()):
            try:
                trainer.load(path, batches)
                return path
            except Unreadable as error:
                warnings.warn(f"skipped: {error}", stacklevel=2)
        if self.checkpoints():
            raise ValueError(f"none of the checkpoints in {self.checkpoint_folder} can be read")
        return None

    def save(self, trainer: Checkpointed, batches: Any, metrics: dict[str, float]) -> None:
        """Write the checkpoint of this step, copy it to `best.pt` if it is the best, remove those that are too old.

        Of several processes only the first writes. Raises as `train` does.
        """
        _check_finite_weights(trainer, self)
        if place(trainer.fabric)[0] > 0:
            return
        path = self.checkpoint_folder / f"step-{trainer.steps:08d}.pt"
        with self._explained(f"cannot save {path}"):
            sync(self.history_file)  # first: a checkpoint on the disk has its history there too
            trainer.save(path, batches, metrics=metrics)
            self._keep_best(path)
            self._remove_old(trainer.steps)

    def _keep_best(self, path: Path) -> None:
        """Copy the checkpoint `path` to `best.pt` where its metric is lower than the one there."""
        best = self.checkpoint_folder / "best.pt"
        if self.best is not None and _metric(path, self.best) < _metric(best, self.best):
            with durable(best) as copy, path.open("rb") as file:
                shutil.copyfileobj(file, copy)

    def _remove_old(self, step: int) -> None:
        """Remove the checkpoints up to `step`, but for the newest `keep` of them."""
        for older in [path for path in self.checkpoints() if _step(path) <= step][: -self.keep]:
            older.unlink()

    def _lines(self) -> list[str]:
        """The whole lines of the history; a kill may have cut the last one short."""
        file = self.history_file
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
        return [line for line in lines if line.endswith("}\n")]

    def _write_line(self, trainer: Checkpointed, line: dict[str, int | float]) -> None:
        """Append to the history; of several processes only the first does. Closed at once, so that no kill takes it."""
        if place(trainer.fabric)[0] == 0:
            with self._explained(f"cannot write {self.history_file}"), self.history_file.open("a") as file:
                file.write(json.dumps(line) + "\n")

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        """An error of the file system with what failed in its message, and what is still there."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, f"{what}: {error.strerror or error}. {self.last_good()}") from error

    def last_good(self) -> str:
        """A sentence that says which checkpoint is the newest."""
        newest = self.checkpoints()[-1:]
        return f"The last good checkpoint is {newest[0]}" if newest else "There is no checkpoint yet"


def asked(stop: Request, trainer: Checkpointed, together: bool) -> int:
    """The signal that asks to stop, or 0. Processes that train together agree on it, at steps where all of them ask."""
    if place(trainer.fabric)[1] == 1:
        return stop.signum
    if not together:
        return 0
    signum = torch.tensor(stop.signum, device=trainer.device)
    torch.distributed.all_reduce(signum, torch.distributed.ReduceOp.MAX)
    return int(signum)


def _finite(step: int, values: dict[str, float], run: Run) -> dict[str, float]:
    """The values, or a FloatingPointError that names the first that is NaN or infinite."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise FloatingPointError(f"training diverged: {name} is {value} at step {step}. {run.last_good()}")
    return values


def _check_finite_weights(trainer: Checkpointed, run: Run) -> None:
    """A FloatingPointError where a network has a NaN or infinite weight, which no loss has shown yet."""
    for name, part in trainer.parts().items():
        tensors = part.state_dict().values() if isinstance(part, nn.Module) else ()
        if not all(bool(torch.isfinite(t).all()) for t in tensors):
            raise FloatingPointError(
                f"training diverged: the {name} has weights that are not finite at step {trainer.steps}. "
                f"{run.last_good()}"
            )


def _metric(path: Path, name: str) -> float:
    """The metric that was saved with a checkpoint; infinite where there is no readable file."""
    try:
        metrics = read(path, torch.device("cpu"))["metrics"]
    except (FileNotFoundError, Unreadable):
        return math.inf
    if name not in metrics:
        raise ValueError(f"best must be one of {', '.join(metrics)}, got {name!r}")
    return metrics[name]


def _step(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))


def _check_count(name: str, value: int) -> None:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
