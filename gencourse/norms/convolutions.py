"""The norm of a convolution: it acts on each frequency by one small matrix, and the largest of their norms is its norm.

A weight has torch's shape (c_out, c_in / groups, k_h, k_w) and is real. "Norm" is the induced 2-norm of the linear
map from images to images, the largest factor by which it can stretch the 2-norm of an image.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from .bounds import Bounds
from .inputs import checked, pair, rescaled
from .matrices import spectral

Weight = Any  # (c_out, c_in / groups, k_h, k_w)
Size = Any  # an int, or (h, w)


def conv2d(
    weight: Weight,
    size: Size | None,
    padding: str = "circular",
    stride: Size = 1,
    dilation: Size = 1,
    groups: int = 1,
) -> Float[Tensor, ""] | Bounds:
    r"""The norm of a convolution on h x w images: exact for circular padding, two bounds for zero padding.

    .. math:: \|K\|_2 = \max_\omega \sigma_1\big(\hat K(\omega)\big), \qquad
        \hat K(\omega) = \sum_a W_a \, e^{i \omega \cdot a} \in \mathbb{C}^{c_{out} \times c_{in}}

    - "circular": the exact norm. The stride must divide the size. With size None, a bound for all such sizes at
      once, and for zero padding of any size: at most 1 % above the least one.
    - "zeros": a pair. The output is as large as the input, less the stride. `lower` is the gain of an image that
      power iteration found, `upper` the exact norm on a torus so large that nothing wraps around.

    Differentiable in the weight. Source: [sedghi2019] for the formula.
    ValueError: a weight that is not real (c_out, c_in / groups, k_h, k_w), empty or not finite; a size, stride,
    dilation or number of groups that does not fit; another padding.

    >>> box = torch.ones(1, 1, 3, 3)
    >>> conv2d(box, 8), conv2d(box, 1, padding="zeros")
    (tensor(9.), Bounds(lower=tensor(1.), upper=tensor(9.)))
    """
    kernel = grouped(weight, groups)
    stride, dilation = pair(stride, "stride"), pair(dilation, "dilation")
    if padding not in ("circular", "zeros"):
        raise ValueError(f"padding: expected 'circular' or 'zeros', got {padding!r}")
    if size is None:
        if padding == "zeros":
            raise ValueError("size: expected a size for padding='zeros'; the bound for all sizes is that of 'circular'")
        return everywhere(kernel, stride, dilation)
    size = pair(size, "size")
    if padding == "zeros":
        return Bounds(climbed(kernel, size, stride, dilation), unwrapped(kernel, size, stride, dilation))
    if size[0] % stride[0] or size[1] % stride[1]:
        raise ValueError(f"stride: expected divisors of the size {size}, got {stride}; elsewhere a circle has a seam")
    return circular(kernel, size, stride, dilation)


def conv2d_flattened(weight: Weight) -> Float[Tensor, ""]:
    r"""The spectral norm of the kernel flattened to a matrix (c_out, c_in k_h k_w), which is not the convolution's.

    With stride 1 on images no smaller than the kernel, the true circular norm lies between this number and
    sqrt(k_h k_w) times it. This is what `torch.nn.utils.parametrizations.spectral_norm` divides a Conv2d by, and
    [miyato2018] proposed. Errors: as `conv2d`.

    >>> conv2d_flattened(torch.ones(1, 1, 3, 3))  # the true norm is 9
    tensor(3.0000)
    """
    return spectral(grouped(weight, 1)[0].flatten(1))


def conv_transpose2d(
    weight: Weight,
    size: Size | None,
    padding: str = "circular",
    stride: Size = 1,
    dilation: Size = 1,
    groups: int = 1,
) -> Float[Tensor, ""] | Bounds:
    """The norm of a transposed convolution that is given h x w images: that of the convolution whose adjoint it is.

    The weight has torch's shape (c_in, c_out / groups, k_h, k_w), and `size` times the stride is the size of the
    images that come out. Everything else is as in `conv2d`. Source: [dumoulin2016] for the adjoint.

    >>> conv_transpose2d(torch.ones(1, 1, 2, 2), 7, stride=2)  # every pixel is copied to four
    tensor(2.0000)
    """
    if size is not None:
        size = tuple(n * s for n, s in zip(pair(size, "size"), pair(stride, "stride"), strict=True))
    return conv2d(weight, size, padding, stride, dilation, groups)


# --- kernels (groups, c_out, c_in, k_h, k_w) of convolutions on checked sizes ---


def circular(kernel: Tensor, size: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]) -> Tensor:
    """The exact norm on a torus: the largest singular value over all frequencies."""
    kernel, scale = rescaled(kernel, (0, 1, 2, 3, 4))
    kernel = unshuffled(dilated(kernel, dilation), stride)
    size = tuple(n // s for n, s in zip(size, stride, strict=True))
    K = torch.fft.rfft2(wrapped(kernel, size), s=size)  # the other half of the frequencies has the conjugates
    K = K.movedim((-2, -1), (1, 2)).flatten(0, 2)  # (groups * frequencies, c_out, c_in)
    with torch.no_grad():  # squaring loses small singular values, not the largest: enough to choose the frequency
        gram = K @ K.mH if K.shape[-2] <= K.shape[-1] else K.mH @ K
        loudest = torch.linalg.eigvalsh(gram)[:, -1].argmax()
    return scale * spectral(K[loudest])


def unwrapped(kernel: Tensor, size: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]) -> Tensor:
    """An upper bound for zero padding of any width: rows and columns of a circular convolution on a larger torus."""
    # Padded by k - 1 on one side, no window that touches the image reaches around the torus.
    spans = (d * (k - 1) for d, k in zip(dilation, kernel.shape[-2:], strict=True))
    torus = tuple(s * math.ceil((n + span) / s) for n, span, s in zip(size, spans, stride, strict=True))
    return circular(kernel, torus, stride, dilation)


def climbed(
    kernel: Tensor, size: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], steps: int = 100
) -> Tensor:
    """A lower bound for zero padding: the gain of an image found by power iteration on the convolution itself."""
    groups, _, c_in = kernel.shape[:3]
    spans = [d * (k - 1) for d, k in zip(dilation, kernel.shape[-2:], strict=True)]
    margins = [side for span in reversed(spans) for side in (span // 2, span - span // 2)]

    def convolved(x: Tensor, kernel: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, margins), kernel.flatten(0, 1), stride=stride, dilation=dilation, groups=groups)

    kernel, scale = rescaled(kernel, (0, 1, 2, 3, 4))
    generator = torch.Generator().manual_seed(0)  # the same start, hence the same bound, every time
    x = torch.randn(1, groups * c_in, *size, dtype=kernel.dtype, generator=generator).to(kernel.device)
    fixed = kernel.detach()
    for _ in range(steps):
        x = x / x.norm().clamp(min=torch.finfo(x.dtype).tiny)
        y, adjoint = torch.func.vjp(lambda x: convolved(x, fixed), x)
        x = adjoint(y)[0].detach()
    x = x / x.norm().clamp(min=torch.finfo(x.dtype).tiny)
    return scale * convolved(x, kernel).norm()


def everywhere(kernel: Tensor, stride: tuple[int, int], dilation: tuple[int, int]) -> Tensor:
    """An upper bound of the gain at all frequencies, and so of the norm for every size and for zero padding.

    For unit vectors u, v the function u^* K(w) v is, up to a phase, a trigonometric polynomial of degree n =
    (k - 1) / 2 along each axis. Bernstein's inequality, used twice, bounds its curvature by n^2: at a distance d from
    its maximum it has lost at most the share (n d)^2 / 2. On a grid of 16 (k - 1) frequencies, n d <= pi / 32.
    Source: [queffelec2019, thm. 1.1]. It asks for a whole n; for a half, take the function of 2 w, of degree 2 n.
    """
    kernel = unshuffled(dilated(kernel, dilation), stride)
    grid = tuple(max(1, 16 * (k - 1)) for k in kernel.shape[-2:])
    loss = [(math.pi / 32) ** 2 / 2 if n > 1 else 0.0 for n in grid]
    return circular(kernel, grid, (1, 1), (1, 1)) / ((1 - loss[0]) * (1 - loss[1]))


def dilated(kernel: Tensor, dilation: tuple[int, int]) -> Tensor:
    """The kernel with its taps moved apart, and zeros between them."""
    if dilation == (1, 1):
        return kernel
    (dh, dw), (kh, kw) = dilation, kernel.shape[-2:]
    spread = kernel.new_zeros(*kernel.shape[:-2], dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    spread[..., ::dh, ::dw] = kernel
    return spread


def unshuffled(kernel: Tensor, stride: tuple[int, int]) -> Tensor:
    """The kernel of the same map with stride 1, on images whose s_h x s_w blocks of pixels became channels.

    Only the order of the pixels changes, so the norm does not.
    """
    if stride == (1, 1):
        return kernel
    (sh, sw), (kh, kw) = stride, kernel.shape[-2:]
    kernel = F.pad(kernel, (0, -kw % sw, 0, -kh % sh))
    kernel = kernel.unflatten(-1, (-1, sw)).unflatten(-3, (-1, sh))  # (g, c_out, c_in, k_h / s_h, s_h, k_w / s_w, s_w)
    return kernel.movedim((-3, -1), (3, 4)).flatten(2, 4)


def wrapped(kernel: Tensor, size: tuple[int, int]) -> Tensor:
    """The kernel laid around a torus: where it is longer than the torus, taps that meet add up."""
    for axis, n in zip((-2, -1), size, strict=True):
        if kernel.shape[axis] > n:
            missing = -kernel.shape[axis] % n
            kernel = F.pad(kernel, (0, missing) if axis == -1 else (0, 0, 0, missing))
            kernel = kernel.unflatten(axis, (-1, n)).sum(axis - 1)
    return kernel


def grouped(weight: Weight, groups: int) -> Tensor:
    """A checked weight as (groups, c_out / groups, c_in / groups, k_h, k_w)."""
    weight = checked(weight, "weight", 2)
    if weight.ndim != 4 or weight.is_complex():
        kind = "complex " if weight.is_complex() else ""
        raise ValueError(
            f"weight: expected a real kernel (c_out, c_in, k_h, k_w), got {kind}shape {tuple(weight.shape)}"
        )
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1 or len(weight) % groups:
        raise ValueError(f"groups: expected a divisor of {len(weight)}, the first axis of the weight, got {groups!r}")
    return weight.unflatten(0, (groups, -1))
