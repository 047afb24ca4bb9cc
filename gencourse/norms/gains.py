"""The largest gain, in the 2-norm, of every function that a network here may be made of.

A rule has the name of torch's function. It is called with the function's result `out` and then as the function was;
it returns the factor by which the function can enlarge the distance of two inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from .convolutions import circular, grouped, unwrapped
from .inputs import pair
from .matrices import spectral

Gain = Tensor | float


class NoGain(ValueError):
    """A function whose gain is not known, or has no bound."""


def linear(out: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Gain:
    return spectral(weight)


def matmul(out: Tensor, x: Tensor, weight: Tensor) -> Gain:
    if isinstance(x, Tensor) and weight.ndim == 2 and not hasattr(weight, "bound"):
        return spectral(weight)
    raise NoGain("no bound is known for a product other than x @ W with one constant matrix W")


def convolution(
    out: Tensor,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Gain:
    kernel, stride, dilation = grouped(weight, groups), pair(stride, "stride"), pair(dilation, "dilation")
    torus, copies = getattr(x, "torus", (None, 1.0))
    # On a padded circle, windows that start at different pixels are rows of the circular convolution.
    if torus and all((m - 1) * s < n for m, s, n in zip(out.shape[-2:], stride, torus, strict=True)):
        stride = stride if all(n % s == 0 for n, s in zip(torus, stride, strict=True)) else (1, 1)
        return circular(kernel, torus, stride, dilation) / copies
    return unwrapped(kernel, tuple(x.shape[-2:]), stride, dilation)


def transposed_convolution(
    out: Tensor,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Gain:
    return unwrapped(grouped(weight, groups), tuple(out.shape[-2:]), pair(stride, "stride"), pair(dilation, "dilation"))


def pad(out: Tensor, x: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Gain:
    if mode == "constant":
        return 1.0
    if mode != "circular" or len(pad) != 4:
        raise NoGain(f"no bound is known for padding_mode={mode!r}; use zeros, or circular padding of both image axes")
    copies = math.prod(math.ceil(m / n) for m, n in zip(out.shape[-2:], x.shape[-2:], strict=True)) ** 0.5
    out.torus = tuple(x.shape[-2:]), copies  # for the convolution that follows
    return copies


def batch_norm(
    out: Tensor,
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Gain:
    if training:
        raise NoGain("in training mode BatchNorm depends on the batch, and no constant bounds it; call net.eval()")
    scale = (running_var + eps).rsqrt()
    return (scale if weight is None else scale * weight).abs().max()


def max_pool(
    out: Any,
    x: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Gain:
    """The root of how many windows see one pixel: |max a - max b| is at most the 2-norm of a - b on the window."""
    kernel, dilation = pair(kernel_size, "kernel_size"), pair(dilation, "dilation")
    stride = pair(stride or kernel_size, "stride")
    axes = zip(kernel, stride, dilation, strict=True)
    return math.prod(min(k, math.ceil((d * (k - 1) + 1) / s)) for k, s, d in axes) ** 0.5


def average_pool(
    out: Tensor,
    x: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Gain:
    if ceil_mode or divisor_override or not (count_include_pad or padding in (0, (0, 0))):
        raise NoGain("average pooling has a bound only with one divisor for all windows, their size")
    box = x.new_ones(1, 1, 1, *(kernel := pair(kernel_size, "kernel_size"))) / math.prod(kernel)
    return unwrapped(box, tuple(x.shape[-2:]), pair(stride or kernel_size, "stride"), (1, 1))


def adaptive_average_pool(out: Tensor, x: Tensor, output_size: Any) -> Gain:
    if any(n % m for n, m in zip(x.shape[-2:], out.shape[-2:], strict=True)):
        raise NoGain("adaptive average pooling has a bound only where the output's size divides the input's")
    return mean(out, x)


def mean(out: Tensor, x: Tensor, *args: Any, **kwargs: Any) -> Gain:
    return (out.numel() / x.numel()) ** 0.5  # the mean of k numbers has the gain 1 / sqrt(k)


def total(out: Tensor, x: Tensor, *args: Any, **kwargs: Any) -> Gain:
    return (x.numel() / out.numel()) ** 0.5


def repeated(out: Tensor, x: Tensor, *sizes: Any) -> Gain:
    return (out.numel() / max(1, x.numel())) ** 0.5


def shifted(out: Tensor, a: Any, b: Any, *, alpha: float = 1) -> Gain:
    if alpha != 1:
        raise NoGain("no bound is known for add and sub with alpha")
    return broadcast(out, a, b)


def scaled(out: Tensor, a: Any, b: Any, **kwargs: Any) -> Gain:
    return broadcast(out, a, b) * largest(b if hasattr(a, "bound") else a)


def divided(out: Tensor, a: Any, b: Any, *, rounding_mode: str | None = None) -> Gain:
    if hasattr(b, "bound") or rounding_mode:
        raise NoGain("no bound is known for a division by something that depends on the input, or with rounding")
    return broadcast(out, a, b) * largest(1 / b)


def broadcast(out: Tensor, *operands: Any) -> float:
    """Repeated k times, a number counts k times: its change is enlarged by sqrt(k)."""
    return max(repeated(out, x) for x in operands if hasattr(x, "bound"))


def largest(c: Any) -> Gain:
    return c.abs().max() if isinstance(c, Tensor) else float(abs(c))


def dropout(out: Tensor, x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Gain:
    if training:
        raise NoGain("in training mode dropout is random; call net.eval()")
    return 1.0


def leaky_relu(out: Tensor, x: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Gain:
    return max(1.0, abs(negative_slope))


def elu(out: Tensor, x: Tensor, alpha: float = 1.0, inplace: bool = False) -> Gain:
    return max(1.0, abs(alpha))


def indexed(out: Tensor, x: Tensor, index: Any) -> Gain:
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts):
        return 1.0
    raise NoGain("no bound is known for indexing by a list or tensor, which may repeat entries")


def always(gain: float) -> Callable[..., Gain]:
    return lambda out, *args, **kwargs: gain


# What only moves numbers about, or moves no two of them apart.
ONE = """flatten unflatten view reshape squeeze unsqueeze permute transpose movedim contiguous clone detach to float
double chunk split unbind cat concat stack pixel_shuffle pixel_unshuffle neg __neg__ abs relu relu_ tanh softplus
hardtanh softmax logsigmoid""".split()
# What is the same for all inputs of one shape, and so may be asked.
FACTS = "__get__ size dim ndimension numel nelement __len__ stride is_floating_point is_complex is_contiguous".split()
DROPOUT = "dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout".split()
CONSTANT = "zeros_like ones_like new_zeros new_ones new_full".split()

GAINS: dict[str, Callable[..., Gain]] = {
    **dict.fromkeys(ONE, always(1.0)),
    **dict.fromkeys(CONSTANT, always(0.0)),
    **dict.fromkeys(("sigmoid", "sigmoid_"), always(0.25)),  # its slope is largest at 0
    **dict.fromkeys(("add", "sub", "__add__", "__radd__", "__sub__", "__rsub__", "rsub"), shifted),
    **dict.fromkeys(("mul", "__mul__", "__rmul__"), scaled),
    **dict.fromkeys(("div", "__div__", "__truediv__"), divided),
    **dict.fromkeys(("matmul", "__matmul__", "mm"), matmul),
    **dict.fromkeys(("expand", "repeat", "tile"), repeated),
    **dict.fromkeys(("leaky_relu", "leaky_relu_"), leaky_relu),
    **dict.fromkeys(("elu", "elu_"), elu),
    **dict.fromkeys(DROPOUT, dropout),
    "linear": linear,
    "conv2d": convolution,
    "conv_transpose2d": transposed_convolution,
    "pad": pad,
    "batch_norm": batch_norm,
    "max_pool2d": max_pool,
    "avg_pool2d": average_pool,
    "adaptive_avg_pool2d": adaptive_average_pool,
    "mean": mean,
    "sum": total,
    "__getitem__": indexed,
}
