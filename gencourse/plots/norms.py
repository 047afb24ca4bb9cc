"""The unit ball of a norm in the plane, and what a matrix makes of it."""

import math
from typing import Any

import numpy as np
import torch

from .. import norms
from .style import COLORS, array, axes

BALL, IMAGE = COLORS[0], COLORS[1]


def unit_ball(A: Any, p: Any = 2, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """The unit ball of the p-norm; of a real 2 x 2 matrix A also the ball's image and the longest vector in it.

    `unit_ball(1)` draws the ball alone. `unit_ball(A, 1)` adds its image under A, the unit vector x that A stretches
    most, Ax, and dotted the ball of radius ||A||_1, the smallest that holds the image: it touches it at Ax.
    ValueError: a matrix of another shape, complex or not finite; p not in [1, inf], with a matrix not in {1, 2, inf}.
    """
    if np.ndim(array(A)) == 0:
        ax, boundary = axes(ax, 3.5, 3.5), circle(A)
        fill(ax, boundary, BALL, f"unit ball, $p = {order(A)}$")
        return plane(ax, boundary)
    A = array(A)
    if A.shape != (2, 2) or np.iscomplexobj(A):
        raise ValueError(f"A: expected a real 2 x 2 matrix or a number p, got {A.dtype} of shape {A.shape}")
    A = torch.as_tensor(A.astype("float64"))
    size, x, ball = norms.induced(A, p).item(), norms.maximizer(A, p).numpy(), circle(p)
    x = x if x[0] >= 0 else -x  # both attain the norm; draw the same one on every machine
    image, ax = ball @ A.numpy().T, axes(ax, 4.0, 4.3)
    fill(ax, ball, BALL, f"unit ball, $p = {order(p)}$", "-")
    fill(ax, image, IMAGE, "its image under $A$", "--")
    ax.plot(*(size * ball).T, ":", color="black", lw=1, label=f"ball of radius $\\|A\\|_{{{order(p)}}}$ = {size:.3g}")
    arrow(ax, x, BALL, "$x$")
    arrow(ax, A.numpy() @ x, IMAGE, "$Ax$")
    return plane(ax, image, size * ball)


def support_line(w: Any, p: Any = 2, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """The unit ball of the p-norm and the line w^T x = ||w||_q that touches it, 1/p + 1/q = 1; w real, of shape (2,).

    The dot is a point of the ball that lies farthest in the direction of w, the arrow shows that direction; the
    value on the line is the dual norm of w, the largest gain of x -> w^T x [hornjohnson2013, sec. 5.4].
    ValueError: w of another shape, complex, zero or not finite; p not in [1, inf].
    """
    w = array(w)
    if w.shape != (2,) or np.iscomplexobj(w) or not (np.isfinite(w).all() and w.any()):
        raise ValueError(f"w: expected a real vector with 2 coordinates that is not zero, got {w}")
    w, ball, ax = w.astype("float64"), circle(p), axes(ax, 4.0, 4.3)
    x = farthest(w, p)
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    fill(ax, ball, BALL, f"unit ball, $p = {order(p)}$")
    ax.plot(*np.stack([x - 9 * along, x + 9 * along]).T, "--", color=IMAGE, lw=1.8, label=f"$w^T x$ = {w @ x:.3g}")
    arrow(ax, 0.5 * w / np.linalg.norm(w), IMAGE, "$w$")
    ax.plot(*x, "o", color="black", label=f"farthest point ({x[0]:.3g}, {x[1]:.3g})")
    return plane(ax, 1.2 * ball)


def farthest(w: np.ndarray, p: Any) -> np.ndarray:
    """A vector x with ||x||_p = 1 and w^T x = ||w||_q: where Holder's inequality is an equality."""
    if p == 1:
        return np.sign(w) * np.eye(len(w))[abs(w).argmax()] + 0.0  # no -0
    size = abs(w) / abs(w).max()
    x = np.sign(w) * size ** (1 / (p - 1))  # q - 1 = 1 / (p - 1)
    return x / norms.vector(torch.as_tensor(x), p).item()


def circle(p: Any, count: int = 400) -> np.ndarray:
    """`count` + 1 points of p-norm 1, once around, with the corners of every ball among them."""
    t = torch.arange(count + 1, dtype=torch.float64) * (2 * math.pi / count)
    directions = torch.stack([t.cos(), t.sin()], dim=-1)
    return (directions / norms.vector(directions, p)[:, None]).numpy()


def order(p: Any) -> str:
    return r"\infty" if p == math.inf else f"{float(p):g}"


def fill(ax: "matplotlib.axes.Axes", boundary: np.ndarray, color: str, label: str, line: str = "-") -> None:
    ax.fill(*boundary.T, color=color, alpha=0.15, lw=0)
    ax.plot(*boundary.T, line, color=color, lw=1.8, label=label)


def arrow(ax: "matplotlib.axes.Axes", tip: np.ndarray, color: str, name: str) -> None:
    ax.annotate("", xy=tip, xytext=(0, 0), arrowprops={"arrowstyle": "-|>", "color": color, "lw": 2, "shrinkB": 0})
    away = 11 * tip / max(np.linalg.norm(tip), 1e-12)  # points beyond the tip
    ax.annotate(name, tip, away, textcoords="offset points", color=color, ha="center", va="center", fontsize=12)


def plane(ax: "matplotlib.axes.Axes", *curves: np.ndarray) -> "matplotlib.axes.Axes":
    reach = 1.25 * max(1.0, max(abs(curve).max() for curve in curves))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    ax.axhline(0, color="0.85", lw=0.8, zorder=0)
    ax.axvline(0, color="0.85", lw=0.8, zorder=0)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=8, frameon=False)
    return ax
