"""Spectral normalisation with the true norm: a layer that divides its weight by its own largest gain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from .convolutions import circular, everywhere, grouped, unwrapped
from .inputs import pair
from .matrices import spectral


def spectral_normalize(layer: nn.Module, size: Any = None) -> nn.Module:
    r"""Make `layer` use its weight divided by the norm of the map that it is, so that its largest gain is 1.

    .. math:: \bar W = W / \|W\|_2

    A linear layer is divided by its largest singular value. A convolution is divided by its true norm, and not by
    that of its flattened kernel as in [miyato2018], which leaves gains well above 1: for images of `size` exactly,
    if the padding is circular and the stride divides the size; else by the least upper bound that `conv2d` knows, with
    size None by the one for all sizes. The weight that is trained becomes
    `layer.parametrizations.weight.original`, and gradients flow through the norm too. A weight of zeros stays zero.

    Args:
        layer: Linear, Conv2d or ConvTranspose2d. It is changed in place, and returned.
        size: of the images that the layer is given, an int or (h, w).

    Raises:
        ValueError: another kind of layer, or a padding that repeats pixels at the border.

    >>> layer = spectral_normalize(nn.Conv2d(3, 8, 3, padding=1, padding_mode="circular"), size=8)
    >>> x = torch.randn(1, 3, 8, 8)
    >>> bool((layer(x) - layer(0 * x)).norm() <= x.norm())
    True
    """
    parametrize.register_parametrization(layer, "weight", Normalized(layer, size))
    return layer


class Normalized(nn.Module):
    """The parametrisation: forward(weight) is the weight divided by the layer's norm."""

    def __init__(self, layer: nn.Module, size: Any = None):
        super().__init__()
        if not isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            raise ValueError(f"layer: expected Linear, Conv2d or ConvTranspose2d, got {type(layer).__name__}")
        self.norm = spectral if isinstance(layer, nn.Linear) else convolution_norm(layer, size)

    def forward(self, weight: Tensor) -> Tensor:
        return weight / self.norm(weight).clamp(min=torch.finfo(weight.dtype).tiny)


def convolution_norm(layer: nn.Conv2d | nn.ConvTranspose2d, size: Any) -> Callable[[Tensor], Tensor]:
    """The norm of a convolution as a function of its weight: exact where it can be, else the least upper bound."""
    stride, dilation, groups = layer.stride, layer.dilation, layer.groups
    circle = layer.padding_mode == "circular"
    if not circle and layer.padding_mode != "zeros":
        raise ValueError(f"layer: expected padding_mode 'zeros' or 'circular', got {layer.padding_mode!r}")
    if circle and any(2 * p > d * (k - 1) for p, d, k in zip(layer.padding, dilation, layer.kernel_size, strict=True)):
        raise ValueError(f"layer: circular padding {layer.padding} repeats pixels: it is wider than the kernel reaches")
    if size is None:
        if circle and stride != (1, 1):
            raise ValueError("size: expected the images' size for circular padding with a stride")
        return lambda weight: everywhere(grouped(weight, groups), stride, dilation)
    size = pair(size, "size")
    if isinstance(layer, nn.ConvTranspose2d):
        size = tuple(n * s + d * (k - 1) for n, s, d, k in zip(size, stride, dilation, layer.kernel_size, strict=True))
    if not circle:
        return lambda weight: unwrapped(grouped(weight, groups), size, stride, dilation)
    if any(n % s for n, s in zip(size, stride, strict=True)):
        stride = (1, 1)  # the circle then has a seam; with every window in place the norm is no smaller
    return lambda weight: circular(grouped(weight, groups), size, stride, dilation)
