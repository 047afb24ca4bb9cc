"""How steep a network can be: a bound that flows through it beside the numbers, from layer to layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from .gains import FACTS, GAINS, NoGain, shifted
from .slopes import refuse_training

JOINS = {"cat", "concat", "stack"}


def lipschitz_bound(net: nn.Module | Callable, input_shape: tuple[int, ...]) -> Float[Tensor, ""]:
    r"""An upper bound of a network's Lipschitz constant in the 2-norm: the product of its layers' true norms.

    .. math:: \|f(x) - f(y)\|_2 \le L \, \|x - y\|_2, \qquad L = \prod_i \|W_i\|_2

    One zero image runs through the network, and with it the bound: a layer multiplies it by its own norm, a sum of
    branches adds their bounds, and concatenation adds their squares. Known are Linear, Conv2d and ConvTranspose2d
    (by the norm on a torus on which zero padding does not wrap, or exactly for circular padding), BatchNorm with
    fixed statistics, pooling, activations with known slopes, scaling by constants, and everything that only moves
    numbers about. Differentiable in the weights. Source: [virmaux2018, sec. 2] for the product.

    Args:
        net: a module or function of one tensor with a batch axis, without `if`s that look at the numbers.
        input_shape: of one example, without the batch axis, such as (1, 28, 28).

    Raises:
        ValueError: a layer or function with no known bound, named; BatchNorm or Dropout in training mode.

    >>> net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    >>> for layer, weight in ((net[0], [[3.0, 0.0], [0.0, 1.0]]), (net[2], [[0.0, 2.0]])):
    ...     layer.weight.data = torch.tensor(weight)
    >>> lipschitz_bound(net, (2,)).item()  # the true constant is 2: the two largest gains do not line up
    6.0
    """
    refuse_training(net)
    tensors = [*net.parameters(), *net.buffers()] if isinstance(net, nn.Module) else []
    like = next((t for t in tensors if t.is_floating_point()), torch.zeros(()))
    x = Tracked.track(like.new_zeros(1, *input_shape), like.new_ones(()))
    try:
        out = net(x)
    except NoGain as error:
        raise ValueError(f"net: {where(net)}{error}") from None
    if not isinstance(out, Tracked):
        raise ValueError(f"net: expected one tensor that depends on the input, got {type(out).__name__}")
    return out.bound


class Tracked(Tensor):
    """A result inside the network, and `bound`: a Lipschitz constant of the map from the network's input to it."""

    bound: Tensor

    @classmethod
    def track(cls, x: Tensor, bound: Tensor) -> Tracked:
        tracked = x if isinstance(x, cls) else x.as_subclass(cls)  # itself: an in-place function changed it
        tracked.__dict__.update(x.__dict__ | {"bound": bound})
        return tracked

    @classmethod
    def __torch_function__(cls, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Call `func` as always, then give its result a bound: that of its inputs times the largest gain of `func`."""
        name, kwargs = func.__name__, kwargs or {}
        with torch._C.DisableTorchFunctionSubclass():
            out = func(*args, **kwargs)
            if name in FACTS and not isinstance(out, Tensor):
                return out
            # Also what returns no tensor: a number read off the input, or an assignment into a part of a result.
            if name not in GAINS:
                raise NoGain(f"no bound is known for `{name}`; build the net from functions that have one")
            inputs = [x.bound for x in tree_leaves([args, kwargs]) if isinstance(x, cls)]
            bound = together(name, inputs) * GAINS[name](out, *args, **kwargs)
            if isinstance(out, tuple | list):
                return type(out)(cls.track(x, bound) for x in out)
            return cls.track(out, bound)


def together(name: str, inputs: list[Tensor]) -> Tensor:
    """The bound of all inputs of a function at once."""
    if len(inputs) == 1:
        return inputs[0]
    if GAINS[name] is shifted:
        return sum(inputs)
    if name in JOINS:
        return torch.stack(inputs).square().sum().sqrt()
    raise NoGain(f"no bound is known for `{name}` of two results that both depend on the input")


def where(net: Any) -> str:
    """The layer whose code was running when the error that is being handled was raised, in words."""
    names = {id(m): name for name, m in net.named_modules()} if isinstance(net, nn.Module) else {}
    running = [id(frame.frame.f_locals.get("self")) for frame in inspect.trace()]
    inner = [i for i in running if names.get(i)]
    return f"layer {names[inner[-1]]!r} ({type(net.get_submodule(names[inner[-1]])).__name__}): " if inner else ""
