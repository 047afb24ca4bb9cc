"""What a norm accepts, and how it names what is wrong; and the scaling that keeps every square within range."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

# Inputs are Any on purpose: a wrong one must meet the ValueErrors below, not the tests' type checker.
Vector = Any  # (*batch, n)
Matrix = Any  # (*batch, m, n)
Order = Any  # a number p with 1 <= p <= inf


def rescaled(A: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """A / s and s, the largest real or imaginary part over `axes` (for zeros 1), a constant to autograd."""
    parts = (A.real, A.imag) if A.is_complex() else (A,)
    s = torch.stack([part.detach().abs().amax(axes, keepdim=True) for part in parts]).amax(0)
    s = torch.where(s > 0, s, torch.ones_like(s))
    # by parts: a complex division would invert s, and 1 / s overflows where s is subnormal
    scaled = torch.complex(A.real / s, A.imag / s) if A.is_complex() else A / s
    return scaled, s.squeeze(axes)


def checked(A: Any, name: str, rank: int) -> Tensor:
    """A as a floating-point tensor of at least `rank` axes, or a ValueError that names it."""
    kind = "matrix (*batch, m, n)" if rank == 2 else "vector (*batch, n)"
    try:  # copy an array: torch refuses negative strides and warns of read-only memory
        A = torch.as_tensor(A.copy() if isinstance(A, np.ndarray) else A)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(f"{name}: expected a numeric {kind}, got {type(A).__name__} ({error})") from None
    if A.dtype in (torch.float16, torch.bfloat16) or not (A.is_floating_point() or A.is_complex()):
        A = A.to(torch.get_default_dtype())
    if A.ndim < rank:
        raise ValueError(f"{name}: expected a {kind}, got shape {tuple(A.shape)}")
    if A.numel() == 0:
        raise ValueError(f"{name}: expected at least one entry, got shape {tuple(A.shape)}")
    if not torch.isfinite(A).all():
        raise ValueError(f"{name}: expected finite entries, got NaN or inf")
    return A


def order(p: Any, allowed: tuple[int | float, ...] | None = None) -> float:
    """p as a float in `allowed` (default: the whole of [1, inf]), or a ValueError that names it."""
    try:
        value = math.nan if isinstance(p, str | bytes) else float(p)
    except (TypeError, ValueError):
        value = math.nan
    if not (value in allowed if allowed else value >= 1):
        expected = "one of " + ", ".join(map(str, allowed)) if allowed else "a number with 1 <= p <= inf"
        raise ValueError(f"p: expected {expected}, got {p!r}")
    return value


def pair(value: Any, name: str) -> tuple[int, int]:
    """One whole number >= 1 for both axes, or two of them, as (h, w); or a ValueError that names it."""
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= 1 for n in values)
    if len(values) != 2 or not whole:
        raise ValueError(f"{name}: expected a whole number >= 1, or two of them (h, w), got {value!r}")
    return int(values[0]), int(values[1])
