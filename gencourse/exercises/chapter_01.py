"""Checks of chapter 1, vector norms."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .. import norms
from . import close

W, T = [3.0, -4.0, 0.25, 0.0, -2.0], [1.0, 0.5, 4.0, 3.0, 0.0]  # |w| * t = 3, 2, 1, 0, 0: the sum is 6


def check_1_2(f: Callable) -> str | None:
    """worst_case(w, t): the dual of a weighted infinity-norm, and where it is attained."""
    w, t = torch.tensor(W), torch.tensor(T)
    try:
        value, x = f(w, t)
    except (TypeError, ValueError):
        return "Return a pair: the value and the vector."
    return wrong_worst_value(value, w, t) or wrong_worst_vector(x, w, t)


def wrong_worst_value(value: Any, w: Tensor, t: Tensor) -> str | None:
    known = {
        (w * t).sum(): "Terms of different sign cancel in your sum: x_i may have either sign, so |w_i| counts.",
        (w * t).abs().max(): "That is the largest term alone: no budget is shared here, use every coordinate in full.",
        w.abs().sum(): "That is the 1-norm of w, right if every tolerance were 1.",
        w.abs().sum() * t.max(): "Each coordinate has its own tolerance: the largest one is not allowed everywhere.",
        norms.vector(w * t, 2): "That is a 2-norm; the box has corners, and there the terms add up without squares.",
    }
    for wrong, hint in known.items():
        if close(value, wrong):
            return hint
    if not close(value, (w * t).abs().sum()):
        return f"For w = {W} and t = {T} the largest value is 6, yours is {value}."
    return None


def wrong_worst_vector(x: Any, w: Tensor, t: Tensor) -> str | None:
    x = torch.as_tensor(x).to(w.dtype)
    if x.shape != w.shape:
        return f"The vector should have {len(w)} coordinates and has shape {tuple(x.shape)}."
    if (x.abs() > t + 1e-6).any():
        return "The value is right, but your vector leaves its tolerance in some coordinate: |x_i| <= t_i."
    if not close(w @ x, (w * t).abs().sum()):
        return f"The value is right, but your vector reaches {(w @ x).item():.4g} only: give x_i the sign of w_i."
    return None


def check_1_3(f: Callable) -> str | None:
    """mahalanobis(x, mean, cov) for a batch."""
    x, mean = torch.tensor([[3.0, 1.0], [1.0, 3.0], [1.0, 1.0], [2.0, -1.0]]), torch.tensor([1.0, 1.0])
    cov = torch.tensor([[4.0, 1.0], [1.0, 1.0]])
    got, d = f(x, mean, cov), x - mean
    right = norms.vector(torch.linalg.solve_triangular(torch.linalg.cholesky(cov), d.T, upper=False).T, 2)
    known = [
        (right.square(), "That is the squared distance: take the root."),
        (
            (d @ cov * d).sum(1).sqrt(),
            "You weight by the covariance itself: a direction with a large spread must count less.",
        ),
        (norms.vector(d, 2), "That is the 2-norm of x - mean: the covariance is not used."),
        (
            norms.vector(d / cov.diagonal().sqrt(), 2),
            "Only the variances are used: the covariance off the diagonal counts too.",
        ),
        ((x @ torch.linalg.inv(cov) * x).sum(1).sqrt(), "Subtract the mean first."),
        (
            norms.vector(torch.linalg.solve(cov, d.T).T, 2),
            "That is the 2-norm of cov^-1 (x - mean): multiply by x - mean instead.",
        ),
    ]
    for wrong, hint in known:
        if close(got, wrong):
            return hint
    if torch.as_tensor(got).shape != right.shape:
        shape = tuple(torch.as_tensor(got).shape)
        return f"Four vectors have four distances, a tensor of shape (4,), and yours has shape {shape}."
    return None if close(got, right) else f"The distances should be {right.tolist()}, yours are {got}."


def check_1_4(pair: Any) -> str | None:
    """a, b in four dimensions with ||a||_1 < ||b||_1 and ||a||_2 >= 1.9 ||b||_2."""
    try:
        a, b = (torch.as_tensor(v, dtype=torch.float64) for v in pair)
    except (TypeError, ValueError):
        return "Give a pair of vectors: a, b."
    if a.shape != (4,) or b.shape != (4,):
        return (
            f"Both vectors should have four coordinates, yours have the shapes {tuple(a.shape)} and {tuple(b.shape)}."
        )
    one, two = ([norms.vector(v, p).item() for v in (a, b)] for p in (1, 2))
    if one[0] >= one[1] and two[0] < 1.9 * two[1] and two[1] >= 1.9 * two[0]:
        return "The two are exchanged: a is the one that is small in the 1-norm and large in the 2-norm."
    if one[0] >= one[1]:
        return f"In the 1-norm a must be smaller than b, but it is {one[0]:.4g} against {one[1]:.4g}: make b larger."
    if two[0] < 1.9 * two[1]:
        ratio = two[0] / two[1]
        return f"In the 2-norm a is only {ratio:.3g} times as large as b: concentrate a in one coordinate and spread b."
    return None


def check_1_5(f: Callable) -> str | None:
    """lengths(gradients): one 2-norm for each image, with finite derivatives at zero."""
    g = torch.randn(3, 1, 28, 28, generator=torch.Generator().manual_seed(5))
    got, right = torch.as_tensor(f(g)), norms.vector(g.flatten(1), 2)
    if got.ndim == 0:
        return "That is one number for the whole batch: each of the three images has a norm of its own."
    if close(got, right.square()):
        return "Those are the squared norms: take the root."
    if close(got, right / 28):
        return "You average over the 784 pixels: a norm adds them up."
    if got.shape != right.shape:
        return (
            f"Three images have three norms, yours have the shape {tuple(got.shape)}: flatten all but the first axis."
        )
    if not close(got, right):
        return f"The norms should be {right.tolist()}, yours are {got.tolist()}."
    flat = torch.zeros(2, 1, 28, 28, requires_grad=True)
    f(flat).sum().backward()
    if flat.grad is None or not flat.grad.isfinite().all():
        return "The values are right, but where a gradient is zero the derivative is NaN: the root has none at 0."
    if not close(f(1e-3 * g), 1e-3 * right, rtol=1e-4):
        return "For small gradients your norms are off: what you added under the root to avoid the NaN is too large."
    return None
