"""Several devices that together make the updates of one: shares of a batch, and means over all processes.

Each process holds all the weights and, of each batch, the rows r, r + R, r + 2R, ... where r is its rank and R the
number of processes. Random numbers are drawn for the whole batch, everywhere the same, and then shared like images.
`fabric` is what `launch` returned; with None, or with one process, everything here leaves its argument as it is.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..models.sampling import latents, render

Fabric = Any  # lightning_fabric.Fabric, which takes five seconds to import: `launch` does it, and nobody else
PRECISIONS = ("32-true", "tf32", "bf16-mixed")


def launch(devices: int = 1, precision: str = "32-true", accelerator: str = "auto", nodes: int = 1) -> Fabric:
    """Start the other processes, which run this same program from its beginning, and return a launched Fabric.

    Under torchrun, `fabric run` or SLURM the processes are there already, and are only connected.

    Args:
        devices: processes on each machine, one for each device.
        precision: "32-true"; "tf32": an NVIDIA GPU may round the factors of float32 products to 10 bits, in all of
            this process; or "bf16-mixed": the networks compute in bfloat16, weights and losses stay in float32.
        accelerator: "auto", "cuda" or "cpu"; the processes of CPUs talk over gloo, those of GPUs over NCCL.
        nodes: machines.

    Raises:
        ValueError: another precision, fewer than one device or machine, or other numbers than a launcher has started.
        ModuleNotFoundError: Lightning Fabric is not installed.
    """
    if precision not in PRECISIONS:  # float16 would need its losses scaled, which bfloat16 does not
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    if devices < 1 or nodes < 1:
        raise ValueError(f"devices and nodes must be at least 1, got {devices} and {nodes}")
    if started() not in (1, devices * nodes):  # each of them would train alone, into one folder
        raise ValueError(f"devices * nodes is {devices * nodes}, but the launcher has started {started()} processes")
    try:
        from lightning_fabric import Fabric
        from lightning_fabric.connector import _is_using_cli
    except ModuleNotFoundError:
        raise ModuleNotFoundError('this needs Lightning Fabric: pip install "gencourse[train]"') from None
    if precision == "tf32":  # PyTorch allows it for convolutions anyway, and for matrix products when asked
        torch.set_float32_matmul_precision("high")
        precision = "32-true"
    strategy = "ddp" if devices * nodes > 1 else "auto"
    fabric = Fabric(accelerator=accelerator, devices=devices, num_nodes=nodes, strategy=strategy, precision=precision)
    if not _is_using_cli():  # `fabric run` has launched already, and refuses a second time
        fabric.launch()
    return fabric


def started() -> int:
    """How many processes torchrun, `fabric run` or SLURM's srun say that they have started: 1 without them."""
    return int(os.environ.get("WORLD_SIZE") or os.environ.get("SLURM_STEP_NUM_TASKS") or 1)


def place(fabric: Fabric | None) -> tuple[int, int]:
    """The rank of this process and the number of processes: (0, 1) without Fabric."""
    return (0, 1) if fabric is None else (fabric.global_rank, fabric.world_size)


def autocast(fabric: Fabric | None) -> AbstractContextManager:
    """Within, networks compute in the precision that Fabric was launched with."""
    return nullcontext() if fabric is None else fabric.autocast()


def share(x: Tensor, fabric: Fabric | None) -> Tensor:
    """This process's rows of a tensor that is the same everywhere."""
    rank, world = place(fabric)
    return x[rank::world]


def draw(kind: Callable[..., Tensor], n: int, *shape: int, noise: torch.Generator, fabric: Fabric | None) -> Tensor:
    """`n` rows of `kind` (`torch.randn` or `torch.rand`) for this process, out of those drawn for all processes.

    The generators of all processes advance alike, so that each knows what the others have drawn.
    """
    _, world = place(fabric)
    return share(kind(n * world, *shape, generator=noise, device=noise.device), fabric)


def average_gradients(fabric: Fabric | None, parameters: Iterable[nn.Parameter]) -> None:
    """Replace each gradient by its mean over all processes: that of the mean loss over the whole batch.

    Called once for each network, after `backward` and before the optimiser's step.
    """
    average(fabric, [p.grad for p in parameters if p.grad is not None])


def average(fabric: Fabric | None, tensors: Iterable[Tensor]) -> None:
    """Replace each tensor by its mean over all processes, in place, with one message for all of them."""
    _, world = place(fabric)
    if world == 1:
        return
    tensors = list(tensors)
    flat = torch.cat([t.reshape(-1) for t in tensors])
    dist.all_reduce(flat)  # not fabric.all_reduce, which waits at a barrier first and so stops a GPU's queue
    for t, mean in zip(tensors, (flat / world).split([t.numel() for t in tensors]), strict=True):
        t.copy_(mean.view(t.shape))


def same_everywhere(fabric: Fabric | None, module: nn.Module) -> None:
    """Give every process the weights of the first one."""
    if place(fabric)[1] > 1:
        for t in module.state_dict().values():
            dist.broadcast(t, src=0)


@torch.no_grad()
def shared(f: Callable[..., Tensor], fabric: Fabric | None, *rows: Tensor | None) -> Tensor:
    """f(*rows), where each process computes its share of the rows and all of them get the whole.

    `f` must treat each row for itself, as a network in evaluation mode does. All processes must call this.
    """
    n, (_, world) = len(rows[0]), place(fabric)
    if world == 1:
        return f(*rows)
    padded = torch.arange(-(-n // world) * world) % n  # shares of one size: the first rows come twice
    part = f(*(None if x is None else share(x[padded.to(x.device)], fabric) for x in rows))
    mine = part.to(fabric.device).contiguous()  # NCCL moves what is on the GPU, and nothing else
    parts = [torch.empty_like(mine) for _ in range(world)]
    dist.all_gather(parts, mine)
    return torch.stack(parts, 1).flatten(0, 1)[:n].to(part.device)


def sample(model: nn.Module, n: int, fabric: Fabric | None, seed: int = 0, labels: Tensor | None = None) -> Tensor:
    """`model.sample(n, torch.Generator().manual_seed(seed), labels)`, each process drawing its share of the images.

    All processes must call this, and all of them get the `n` images (n, 1, 28, 28), on the CPU.
    """
    z, labels = latents(model, n, torch.Generator().manual_seed(seed), labels)
    return shared(lambda z, labels: render(model, z, labels), fabric, z, labels)


class SharedNet(nn.Module):
    """A feature net for `metrics.fid` and `metrics.kid` whose images are shared among the processes."""

    def __init__(self, net: nn.Module, fabric: Fabric | None) -> None:
        super().__init__()
        self.net, self.fabric, self.num_features = net, fabric, net.num_features

    def forward(self, images: Tensor) -> Tensor:
        return shared(self.net, self.fabric, images)
