"""Right and wrong answers to the exercises of chapter 4."""

import torch


def gains(kernel, n):
    f, a = torch.arange(n), torch.arange(len(kernel))
    return (kernel * torch.exp(2j * torch.pi * f[:, None] * a / n)).sum(dim=1).abs()


def complex_values(kernel, n):
    f, a = torch.arange(n), torch.arange(len(kernel))
    return (kernel * torch.exp(-2j * torch.pi * f[:, None] * a / n)).sum(dim=1)


def slopes(w, b, v, side="both"):
    kinks = (-b / w).sort().values
    points = (kinks[1:] + kinks[:-1]) / 2
    if side == "both":
        points = torch.cat([kinks[:1] - 1, points, kinks[-1:] + 1])
    return ((w * points[:, None] + b > 0) * (v * w)).sum(dim=1)


def exact_slope(w, b, v):
    return slopes(w, b, v).abs().max()


def all_to_the_right(w, b, v):
    kinks, order = (-b / w).sort()
    return (v * w)[order].cumsum(0).abs().max()


def on_a_grid(w, b, v):
    x = torch.linspace(-5, 5, 100, dtype=w.dtype)
    y = torch.relu(w * x[:, None] + b) @ v
    return ((y[1:] - y[:-1]) / (x[1:] - x[:-1])).abs().max()


signs = torch.tensor([1.0, -1.0, 1.0, -1.0])
checkerboard = ((torch.arange(8)[:, None] + torch.arange(8)) % 2)[None, None].float()
zeros = torch.zeros(1, 1, 8, 8)
stripes = (torch.arange(8) % 2).float().expand(1, 1, 8, 8)

SOLUTION = {
    "4.2": gains,
    "4.3": exact_slope,
    "4.4": signs[:, None] * signs,
    "4.5": (checkerboard, 1 - checkerboard),
}

WRONG = {
    "4.2": [
        (complex_values, "take abs()"),
        (lambda kernel, n: torch.fft.rfft(kernel, n).abs(), "rfft leaves out"),
        (lambda kernel, n: torch.fft.fft(kernel, n).abs(), "cuts them off"),
        (lambda kernel, n: gains(kernel, n) ** 2, "squared gains"),
        (lambda kernel, n: gains(kernel, n) / n**0.5, "divided by nothing"),
        (lambda kernel, n: gains(kernel, n).sort().values, "do not sort"),
        (lambda kernel, n: gains(kernel, n).max(), "has the gain 4"),
    ],
    "4.3": [
        (lambda w, b, v: w.norm() * v.norm(), "product of the two norms"),
        (lambda w, b, v: (v * w).abs().sum(), "add up those that are on"),
        (lambda w, b, v: slopes(w, b, v).max(), "the steepest piece falls"),
        (all_to_the_right, "to the left of its kink"),
        (lambda w, b, v: slopes(w, b, v, side="inner").abs().max(), "one more piece than kinks"),
        (on_a_grid, "may step over a piece"),
        (lambda w, b, v: 2 * exact_slope(w, b, v), "no piece is that steep"),
    ],
    "4.4": [
        (torch.ones(4, 4), "the box again"),
        (signs[:, None] * signs[:3], "must be 4 x 4"),
        (signs[:, None] * torch.tensor([1.0, 2.0, 2.0, 1.0]), "equal modulus"),
        (torch.tensor([1.0, 1, -1, -1])[:, None] * torch.ones(4), "Which waves are"),
    ],
    "4.5": [
        (checkerboard, "a pair of images"),
        ((checkerboard[0, 0], zeros[0, 0]), "must have shape (1, 1, 8, 8)"),
        ((2 * checkerboard - 1, zeros), "every pixel in [0, 1]"),
        ((zeros, zeros), "equal"),
        ((zeros + 1, zeros), "nearly wipes out a constant"),
        ((checkerboard, zeros), "constant part"),
        ((stripes, 1 - stripes), "not yet above 20"),
    ],
}
