"""Checks of the exercises of chapter 8, DCGAN."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def check_8_2(sizes: Callable[[int, list[tuple[str, int, int, int]]], list[int]]) -> str | None:
    """`sizes(n, layers)`: the sizes behind each layer ("conv" | "transposed", kernel, stride, padding)."""
    for n, layer, hint in (
        (28, ("conv", 4, 2, 1), "A convolution of 28 positions with kernel 4, stride 2, padding 1 gives 14."),
        (14, ("conv", 3, 2, 1), "Rounding: a window that does not fit in whole is left out, so round down."),
        (
            9,
            ("conv", 2, 3, 0),
            "Count the windows again: they begin every `stride` positions, and the first counts too.",
        ),
        (7, ("transposed", 4, 2, 1), "A transposed convolution of 7 with kernel 4, stride 2, padding 1 gives 14."),
        (
            7,
            ("transposed", 3, 2, 1),
            "Do not just double: the last stamp begins at stride * (n - 1).",
        ),
        (
            5,
            ("transposed", 5, 3, 2),
            "Padding cuts `padding` positions off both ends of the output.",
        ),
    ):
        if list(sizes(n, [layer])) != [layer_size(n, *layer)]:
            return hint
    layers = [("transposed", 4, 2, 1), ("transposed", 5, 2, 2), ("conv", 3, 2, 1), ("conv", 7, 1, 0)]
    expected, n = [], 7
    for layer in layers:
        n = layer_size(n, *layer)
        expected.append(n)
    if list(sizes(7, layers)) != expected:
        return "One layer is right, several are not: the size behind a layer is the next layer's n. Return all of them."
    return None


def layer_size(n: int, kind: str, kernel: int, stride: int, padding: int) -> int:
    """What PyTorch's own layer makes of `n` positions."""
    layer = F.conv1d if kind == "conv" else F.conv_transpose1d
    return layer(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), stride=stride, padding=padding).shape[-1]


def check_8_3(transposed: Callable[[Tensor, Tensor, int, int], Tensor]) -> str | None:
    """`transposed(y, w, stride, padding)`: a transposed convolution of y (n,) with w (k,) by zero insertion."""
    w = torch.tensor([1.0, 2.0, 3.0, 1.0])
    for y, stride, padding in (
        (torch.tensor([1.0]), 2, 0),
        (torch.tensor([1.0, -2.0, 0.5]), 1, 0),
        (torch.tensor([1.0, -2.0, 0.5]), 2, 0),
        (torch.tensor([1.0, 0.0, 2.0, -1.0]), 3, 1),
        (torch.tensor([1.0, 0.0, 2.0, -1.0]), 2, 3),
    ):
        expected = F.conv_transpose1d(y.view(1, 1, -1), w.view(1, 1, -1), stride=stride, padding=padding)[0, 0]
        flipped = F.conv_transpose1d(y.view(1, 1, -1), w.flip(0).view(1, 1, -1), stride=stride, padding=padding)[0, 0]
        hint = hint_8_3(torch.as_tensor(transposed(y, w, stride, padding)), expected, flipped, stride, padding)
        if hint:
            return hint
    return None


def hint_8_3(result: Tensor, expected: Tensor, flipped: Tensor, stride: int, padding: int) -> str | None:
    """What is wrong with one result, or None."""
    where = f"With n = {(len(expected) - 4 + 2 * padding) // stride + 1}, k = 4, stride {stride}, padding {padding}"
    if result.shape == expected.shape and torch.allclose(result, expected, atol=1e-5):
        return None
    if result.shape == expected.shape and torch.allclose(result, flipped, atol=1e-5):
        return "The stamps are mirrored: a convolution slides the kernel over the input, so flip the kernel first."
    if result.shape == expected.shape:
        return f"{where} the size is right and the values are not: put stride - 1 zeros between neighbours of y."
    return (
        f"{where} the result must have shape ({len(expected)},), got {tuple(result.shape)}: pad the spread-out y "
        "with k - 1 - padding zeros on both sides, none after its last entry besides."
    )


def check_8_4(kernel: Tensor) -> str | None:
    """Four positive weights that leave a pattern at stride 2 although the coverage is even."""
    w = torch.as_tensor(kernel, dtype=torch.float32)
    if w.shape != (4,):
        return f"The kernel must hold four numbers, got shape {tuple(w.shape)}."
    if not bool((w > 0).all()):
        return "All four weights must be positive, so that every stamp really covers its four positions."
    out = F.conv_transpose1d(torch.ones(1, 1, 8), w.view(1, 1, 4), stride=2)[0, 0, 4:-4]
    if (out[0] - out[1]).abs() < 0.01 * out.max():
        return "A constant input still gives a constant output: compare w[0] + w[2] with w[1] + w[3]."
    return None


def check_8_5(penalty: Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]) -> str | None:
    """`penalty(critic, x)`: the mean over examples of (length of the example's slope - 1)^2."""
    u = F.normalize(torch.arange(1.0, 6.0), dim=0)
    x = torch.randn(16, 5, generator=torch.Generator().manual_seed(0))
    perfect = float(torch.as_tensor(penalty(lambda x: x @ u, x.clone())).detach())
    if abs(perfect - (1 / 4 - 1) ** 2) < 1e-3:
        return "A critic of slope 1 must cost 0. The mean of 16 scores has gradients 16 times too short."
    if abs(perfect - (4 - 1) ** 2) < 1e-3:
        return "A critic of slope 1 must cost 0. You took one norm of 16 gradients: flatten(1), then norm(dim=1)."
    if abs(perfect - (1 / 16 - 1) ** 2) < 1e-3:
        return "A critic of slope 1 must cost 0. The norms are per example now, but the gradient is of the mean score."
    if abs(perfect) > 1e-3:
        return f"A critic of slope 1 must cost 0, yours pays {perfect:.3g}."
    bent = float(penalty(lambda x: x.square().sum(1) / 2, x.clone()).detach())  # slope at x: x itself
    if abs(bent - float((x.norm(dim=1) - 1).square().mean())) > 1e-3:
        return "Where slopes differ between examples, square each example's own gap to 1 and take the mean last."
    weight = torch.tensor(2.0, requires_grad=True)
    cost = penalty(lambda x: weight * (x @ u), x.clone())
    if not cost.requires_grad:
        return "The value is right, but it carries no gradient to the critic's weights: keep create_graph=True."
    return None
