"""Checks of the exercises of chapter 4, Norms of convolutions and networks."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .. import norms
from . import close


def check_4_2(gains: Callable[[Tensor, int], Any]) -> str | None:
    """`gains(kernel, n)`: the gain of a circular convolution at the waves f = 0, ..., n - 1."""
    for taps, n in (([1, 2, 1], 4), ([1, -3, 2], 5), ([2, 1], 8), ([1, 2, 3, 4, 6], 3)):
        kernel = torch.tensor(taps, dtype=torch.float64)
        hint = hint_4_2(gains(kernel.clone(), n), kernel, n)
        if hint:
            return hint
    return None


def hint_4_2(got: Any, kernel: Tensor, n: int) -> str | None:
    """What is wrong with the gains of one kernel, or None."""
    angles = 2 * torch.pi * torch.arange(n)[:, None] * torch.arange(len(kernel)) / n
    w_hat = (kernel * torch.exp(1j * angles)).sum(dim=1)
    expected = w_hat.abs()
    if close(got, expected):
        return None
    if close(got, w_hat) or close(got, w_hat.conj()):
        return "These are the values of the transfer function. A gain is their modulus: take abs()."
    if close(got, expected[: n // 2 + 1]):
        return f"On a circle of {n} pixels there are {n} waves: rfft leaves out the second half, return all of them."
    if len(kernel) > n and close(got, torch.fft.fft(kernel, n).abs()):
        return "A kernel longer than the circle wraps around and its taps add up: fft(kernel, n) cuts them off instead."
    if close(got, expected.square()):
        return "These are the squared gains: what the convolution and its transpose do together."
    if close(got, expected / n) or close(got, expected / n**0.5):
        return "The right shape, but scaled: a gain is |sum of taps times wave|, divided by nothing."
    if close(got, expected.sort().values) or close(got, expected.sort(descending=True).values):
        return "The right numbers in another order: entry f belongs to the wave with f periods, do not sort."
    return f"With taps {kernel.tolist()} on {n} pixels, the constant wave f = 0 has the gain {expected[0]:g}."


NETS_4_3 = {  # w, b, v and what each of them tests
    "tent": ([1, 1, 1], [0, -1, -2], [1, -2, 1]),
    "falling": ([1, 1], [0, -1], [-3, 2]),
    "left": ([-1, 2, -3], [1, 0, -6], [2, 1, 1]),
    "narrow": ([1, 1, 1], [0.3, 0.2999, 0.1], [50, -50, 1]),
    "middle": ([1, -1, 2], [-1, -1, 1], [1, 1, -1]),
}


def check_4_3(exact_slope: Callable[[Tensor, Tensor, Tensor], Any]) -> str | None:
    """`exact_slope(w, b, v)`: the Lipschitz constant of sum_j v_j relu(w_j x + b_j) on the line."""
    for w, b, v in NETS_4_3.values():
        w, b, v = (torch.tensor(values, dtype=torch.float64) for values in (w, b, v))
        hint = hint_4_3(exact_slope(w.clone(), b.clone(), v.clone()), w, b, v)
        if hint:
            return hint
    return None


def hint_4_3(got: Any, w: Tensor, b: Tensor, v: Tensor) -> str | None:
    """What is wrong with the constant of one net, or None."""
    slopes, kinks = pieces(w, b, v), (-b / w).tolist()
    expected = slopes.abs().max()
    if close(got, expected):
        return None
    where = f"For w = {w.tolist()}, b = {b.tolist()}, v = {v.tolist()}"
    if close(got, w.norm() * v.norm()):
        return "That is the product of the two norms, an upper bound. Look at the slope of each piece instead."
    if close(got, (v * w).abs().sum()):
        return "The sum of all |v_j w_j| would need every unit on and every sign alike: add up those that are on."
    if len(slopes) > 2 and close(got, slopes[1:-1].abs().max()):
        return "The pieces before the first kink and after the last one count too: there is one more piece than kinks."
    if close(got, slopes.max()):
        return f"{where} the steepest piece falls: compare the moduli of the slopes."
    if close(got, pieces(w.abs(), b * w.sign(), v * w.sign()).abs().max()):
        return "A unit with negative w is on to the left of its kink, not to the right: ask where w x + b > 0."
    if float(torch.as_tensor(got).detach()) < expected:
        return f"{where} some piece is steeper: the kinks are at {kinks}, so a grid may step over a piece."
    return f"{where} no piece is that steep: the slopes are {[round(s, 6) for s in slopes.tolist()]}."


def pieces(w: Tensor, b: Tensor, v: Tensor) -> Tensor:
    """The slope of every piece, from left to right."""
    kinks = (-b / w).sort().values
    points = torch.cat([kinks[:1] - 1, (kinks[1:] + kinks[:-1]) / 2, kinks[-1:] + 1])
    return ((w * points[:, None] + b > 0) * (v * w)).sum(dim=1)


def check_4_4(kernel: Any) -> str | None:
    """A 4 x 4 kernel with entries of both signs whose flattened norm is too small by the largest factor, 4."""
    w = torch.as_tensor(kernel, dtype=torch.float64)
    if w.shape != (4, 4):
        return f"The kernel must be 4 x 4, got shape {tuple(w.shape)}."
    if not (bool((w > 0).any()) and bool((w < 0).any())):
        return "A kernel of one sign is the box again: it must hold positive and negative entries."
    ratio = norms.conv2d(w[None, None], 8) / norms.conv2d_flattened(w[None, None])
    if ratio > 4 - 1e-6:
        return None
    if (w.abs() / w.abs().max() - 1).abs().max() > 1e-6:
        return f"The factor is {ratio:.2f}, not 4: the largest factor needs entries of equal modulus."
    return f"The factor is {ratio:.2f}, not 4: all taps must add up at one wave. Which waves are +1 or -1 everywhere?"


def stack_4_5() -> nn.Sequential:
    """Three circular convolutions, each divided by the norm of its flattened kernel."""
    signs = torch.tensor([[1.0, -1, 1], [-1, 1, -1], [1, -1, 1]], dtype=torch.float64)
    layers = [nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular", bias=False).double() for _ in range(3)]
    for layer in layers:
        layer.weight.data = (signs / norms.conv2d_flattened(signs[None, None]))[None, None]
    return nn.Sequential(*layers).requires_grad_(False)


def check_4_5(pair: Any) -> str | None:
    """A pair of 8 x 8 images in [0, 1] whose distance `stack_4_5()` multiplies by more than 20."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        return "The answer must be a pair of images, (x, y)."
    x, y = (torch.as_tensor(image, dtype=torch.float64) for image in pair)
    if x.shape != (1, 1, 8, 8) or y.shape != (1, 1, 8, 8):
        return f"Both images must have shape (1, 1, 8, 8), got {tuple(x.shape)} and {tuple(y.shape)}."
    if not bool((torch.cat([x, y]) == torch.cat([x, y]).clamp(0, 1)).all()):
        return "Both must be images: keep every pixel in [0, 1]."
    if bool((x == y).all()):
        return "The two images are equal: such a pair has no slope."
    stack = stack_4_5()
    slope = (stack(x) - stack(y)).norm() / (x - y).norm()
    if slope > 20:
        return None
    if slope < 0.1:
        return (
            f"The slope is {slope:.3f}: the kernel nearly wipes out a constant. At which wave do all its taps add up?"
        )
    if abs((x - y).mean()) > 0.1 * (x - y).abs().max():
        return f"The slope is {slope:.2f}: x - y still holds a constant part, which costs length and gains nothing."
    return f"The slope is {slope:.2f}, not yet above 20: let x - y be the one wave that the kernel enlarges most."
