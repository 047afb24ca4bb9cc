"""A data set held as one tensor on the training device, and the batches drawn from it."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor


def best_device() -> torch.device:
    """The fastest device present: CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class Batches:
    """Shuffled batches of images, float32 in [0, 1], drawn from one tensor on `device`.

    Iterating yields `x` (B, C, H, W), or `(x, y)` where `labels` were given, until the end of the epoch; the
    next iteration is the next epoch, in another order. An iteration that was left early goes on where it
    stopped. The order depends on `seed`, the epoch and the kind of device alone, so a state loaded into a new
    object gives the batches that the old one would have given.

    Args:
        images: (N, C, H, W), uint8, or floating point already in [0, 1].
        batch_size: images per batch, of all processes together.
        device: where the set and its batches live; by default `best_device()`.
        seed: of the order.
        drop_last: leave out the incomplete batch at the end of an epoch.
        labels: (N,), given back beside the images.
        rank, world: of `world` processes that train together, this is number `rank`. Each is given its share of
            each batch, the rows rank, rank + world, ...; order and state are the same for all.

    Raises:
        ValueError: a wrong number of axes or type, values outside [0, 1], not one label an image, no full batch, or
            a batch that `world` does not divide.

    >>> batches = Batches(torch.zeros(10, 1, 2, 2), batch_size=4, device="cpu")
    >>> [len(x) for x in batches], len(batches)
    ([4, 4], 2)
    """

    def __init__(
        self,
        images: Tensor,
        batch_size: int,
        *,
        device: torch.device | str | None = None,
        seed: int = 0,
        drop_last: bool = True,
        labels: Tensor | None = None,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        check_images(images)
        check_size(len(images), batch_size, drop_last)
        check_share(len(images), batch_size, drop_last, rank, world)
        if labels is not None and tuple(labels.shape) != (len(images),):
            raise ValueError(f"labels must have shape ({len(images)},), got {tuple(labels.shape)}")
        self.device = torch.device(device) if device is not None else best_device()
        self.images = images.to(self.device)
        self.labels = None if labels is None else labels.to(self.device)
        self.batch_size, self.seed, self.drop_last = int(batch_size), int(seed), bool(drop_last)
        self.rank, self.world = int(rank), int(world)
        self.epoch, self.position = 0, 0  # the next batch to give
        self._order_key, self._order = (None, None), torch.empty(0)

    def __len__(self) -> int:
        """Batches per epoch."""
        full, rest = divmod(len(self.images), self.batch_size)
        return full if self.drop_last or rest == 0 else full + 1

    def __iter__(self) -> Iterator[Tensor | tuple[Tensor, Tensor]]:
        while True:
            index = self._advance()[self.rank :: self.world]
            ended = self.position == 0  # read before the yield: the caller may load another state
            x = self.images[index]
            x = x.to(torch.float32).div_(255) if x.dtype == torch.uint8 else x.to(torch.float32)
            yield x if self.labels is None else (x, self.labels[index])
            if ended:
                return

    def _advance(self) -> Tensor:
        """Indices of the next batch. The state moves on at once, so that it may be saved after the step."""
        index = self.order()[self.position * self.batch_size : (self.position + 1) * self.batch_size]
        self.epoch, self.position = divmod(self.epoch * len(self) + self.position + 1, len(self))
        return index

    def order(self) -> Tensor:
        """The permutation (N,) of this epoch, drawn on the device."""
        if self._order_key != (self.seed, self.epoch):
            # a text seed is hashed: (seed 0, epoch 1) and (seed 1, epoch 0) must not be the same order
            mixed = random.Random(f"{self.seed}/{self.epoch}").getrandbits(63)
            generator = torch.Generator(self.device).manual_seed(mixed)
            self._order = torch.randperm(len(self.images), generator=generator, device=self.device)
            self._order_key = (self.seed, self.epoch)
        return self._order

    def state_dict(self) -> dict[str, Any]:
        """Where the iteration stands, and what it may be loaded into."""
        return {"seed": self.seed, "epoch": self.epoch, "position": self.position, **self._facts()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state`. A state of another set, batch size or `drop_last` is a `ValueError`."""
        expected = set(self.state_dict())
        if set(state) != expected:
            raise ValueError(f"state must have the keys {sorted(expected)}, got {sorted(state)}")
        for name, value in self._facts().items():
            if state[name] != value:
                raise ValueError(f"state was saved with {name}={state[name]}, here {name}={value}")
        if not (0 <= state["position"] < len(self) and state["epoch"] >= 0):
            raise ValueError(f"state names batch {state['position']} of epoch {state['epoch']}, which is not there")
        self.seed, self.epoch, self.position = (int(state[name]) for name in ("seed", "epoch", "position"))

    def _facts(self) -> dict[str, Any]:
        return {"size": len(self.images), "batch_size": self.batch_size, "drop_last": self.drop_last}


def check_images(images: Tensor) -> None:
    """A `ValueError` unless `images` is (N, C, H, W), uint8 or floating point in [0, 1]."""
    if images.ndim != 4:
        raise ValueError(f"images must be (N, C, H, W), got shape {tuple(images.shape)}")
    if images.dtype != torch.uint8 and not images.is_floating_point():
        raise ValueError(f"images must be uint8, or floating point in [0, 1]; got {images.dtype}")
    if images.is_floating_point() and not bool(((images >= 0) & (images <= 1)).all()):
        raise ValueError("floating-point images must be in [0, 1]; for 0 to 255 give them as uint8")


def check_size(size: int, batch_size: int, drop_last: bool) -> None:
    """A `ValueError` unless an epoch has at least one batch."""
    if size == 0:
        raise ValueError("images must not be empty")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if drop_last and batch_size > size:
        raise ValueError(f"batch_size {batch_size} exceeds the {size} images: no full batch; try drop_last=False")


def check_share(size: int, batch_size: int, drop_last: bool, rank: int, world: int) -> None:
    """A `ValueError` unless every batch can be cut into `world` equal shares: their means must weigh alike."""
    if not 0 <= rank < world:
        raise ValueError(f"rank must be one of 0, ..., world - 1, got rank {rank} of world {world}")
    if batch_size % world:
        raise ValueError(f"batch_size must be divisible by the number of processes, got {batch_size} and {world}")
    if not drop_last and size % batch_size % world:
        raise ValueError(
            f"the last batch of {size % batch_size} images is not divisible by {world} processes: use drop_last=True"
        )
