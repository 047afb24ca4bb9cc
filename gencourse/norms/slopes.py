"""Slopes that a network really has: at single points, and between pairs found by gradient ascent."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .matrices import spectral

TINY = 1e-30  # in place of 0, where something is divided or its logarithm taken


class Pair(NamedTuple):
    """Inputs x and y (B, ...), and for each the slope ||f(x) - f(y)|| / ||x - y||, shape (B,)."""

    x: Tensor
    y: Tensor
    slope: Tensor


def local_lipschitz(net: nn.Module | Callable, x: Float[Tensor, "b ..."]) -> Float[Tensor, "b"]:
    r"""The spectral norm of the network's Jacobian at each point: its largest gain for small changes there.

    .. math:: \|J_f(x)\|_2 = \lim_{r \to 0} \max_{\|h\|_2 = r} \|f(x + h) - f(x)\|_2 / r

    Never above a Lipschitz constant of the network, and the largest of all points is the least one
    [virmaux2018, Theorem 1]. The Jacobian is computed forwards or backwards, whichever needs fewer passes.
    Shapes: x (B, ...) -> (B,).
    ValueError: a BatchNorm or Dropout in training mode, whose result for one example depends on the others or on
    chance.

    >>> net = nn.Linear(2, 1)
    >>> net.weight.data = torch.tensor([[3.0, 4.0]])
    >>> local_lipschitz(net, torch.zeros(1, 2))
    tensor([5.])
    """
    refuse_training(net)

    def one(x: Tensor) -> Tensor:
        return net(x[None]).flatten()

    with torch.no_grad():
        outputs = one(x[0]).numel()
    jacobian = torch.func.jacrev(one) if outputs <= x[0].numel() else torch.func.jacfwd(one)
    J = torch.func.vmap(jacobian, chunk_size=32)(x.detach())
    return spectral(J.detach().flatten(2))


def steepest_pair(
    net: nn.Module | Callable,
    x: Float[Tensor, "b ..."],
    y: Float[Tensor, "..."],
    steps: int = 100,
    lr: float = 0.1,
) -> Pair:
    r"""Move every pair uphill on its slope, and return the steepest that each has been.

    .. math:: \max_{x, y} \; \log \|f(x) - f(y)\|_2 - \log \|x - y\|_2

    A slope is a lower bound of the Lipschitz constant; one above a claimed bound refutes it. Each step moves both
    ends along the gradient, by `lr` times the distance of the pair; `lr` falls linearly to 0. No pair comes closer
    than a thousandth of its first distance: there, rounding would pass for slope.
    Shapes: x, y (B, ...). ValueError: x and y of different shapes, or equal; a layer in training mode.

    >>> net = nn.Linear(2, 1)
    >>> net.weight.data = torch.tensor([[3.0, 4.0]])
    >>> steepest_pair(net, torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2)).slope.round(decimals=3)
    tensor([5.])
    """
    refuse_training(net)
    if x.shape != y.shape:
        raise ValueError(f"y: expected the shape of x, {tuple(x.shape)}, got {tuple(y.shape)}")
    closest = lengths(x - y) / 1000
    if bool((closest == 0).any()):
        raise ValueError("y: expected points that differ from those of x; a pair of equal points has no slope")
    best = Pair(x.detach(), y.detach(), torch.full_like(closest, -math.inf))
    x, y = best.x, best.y
    for step in range(steps + 1):
        x, y = x.requires_grad_(), y.requires_grad_()
        distance = lengths(x - y)
        slope = lengths(net(x) - net(y)) / distance
        better = (slope > best.slope).detach()
        best = Pair(*(torch.where(like(better, b), a, b).detach() for a, b in zip((x, y, slope), best, strict=True)))
        if step < steps:
            gradients = torch.autograd.grad(slope.clamp(min=TINY).log().sum(), (x, y))
            length = (lengths(gradients[0]).square() + lengths(gradients[1]).square()).sqrt().clamp(min=TINY)
            stride = (lr * (1 - step / steps) * distance / length).detach()
            moved = (end.detach() + like(stride, end) * g for end, g in zip((x, y), gradients, strict=True))
            x, y = apart(*moved, closest)
    return best


def apart(x: Tensor, y: Tensor, closest: Tensor) -> tuple[Tensor, Tensor]:
    """The pairs, those nearer than `closest` drawn out to it about their middle."""
    middle, half = (x + y) / 2, (x - y) / 2
    stretch = (closest / lengths(2 * half).clamp(min=TINY)).clamp(min=1)
    return middle + like(stretch, half) * half, middle - like(stretch, half) * half


def lengths(x: Tensor) -> Tensor:
    """The 2-norm of each example."""
    return x.reshape(len(x), -1).norm(dim=1)


def like(values: Tensor, x: Tensor) -> Tensor:
    """One value for each example, with axes of length 1 for the rest."""
    return values.reshape(-1, *[1] * (x.ndim - 1))


def refuse_training(net: nn.Module | Callable) -> None:
    """A ValueError where the result for one example would depend on the others, or on chance."""
    unsteady = nn.modules.batchnorm._BatchNorm | nn.modules.dropout._DropoutNd
    for name, layer in net.named_modules() if isinstance(net, nn.Module) else ():
        if isinstance(layer, unsteady) and layer.training:
            which = f"layer {name!r} ({type(layer).__name__})" if name else type(layer).__name__
            raise ValueError(f"net: {which} is in training mode; call net.eval()")
