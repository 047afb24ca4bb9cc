"""Checks of chapter 2, matrix norms."""

from collections.abc import Callable
from typing import Any

import torch

from .. import norms
from . import close

REAL = [[3.0, 0.0, -1.0], [-4.0, 5.0, 2.0]]  # largest column 7, largest row 11, largest entry 5
WITH_ZERO = [[1.0, -2.0], [0.0, -4.0], [3.0, 0.5]]
COMPLEX = [[1 + 1j, 2j], [3 - 4j, -1 + 2j]]


def check_2_2(f: Callable) -> str | None:
    """largest_row(A): the induced infinity-norm and a vector that attains it."""
    for entries in (REAL, WITH_ZERO, COMPLEX):
        A = torch.tensor(entries)
        try:
            norm, x = f(A)
        except (TypeError, ValueError):
            return "Return a pair: the norm and the vector."
        if hint := wrong_row_norm(norm, A) or wrong_row_vector(x, A):
            return hint
    return None


def wrong_row_norm(norm: Any, A: torch.Tensor) -> str | None:
    if close(norm, norms.induced(A, torch.inf)):
        return None
    if close(norm, norms.induced(A, 1)):
        return "That is the largest column sum, the 1-norm: add up along each row, over the columns."
    if close(norm, A.abs().max()):
        return "That is the largest entry: add up the moduli of a whole row before you compare."
    if close(norm, A.sum(1).abs().max()) or not A.is_complex() and close(norm, A.sum(1).max()):
        return "Entries of different sign cancel in your sum: take the modulus of each entry first."
    if close(norm, A.abs().sum()):
        return "You added up all entries: add up each row, then take the largest."
    return f"The norm of {A.tolist()} should be {norms.induced(A, torch.inf):.4g}, yours is {norm}."


def wrong_row_vector(x: Any, A: torch.Tensor) -> str | None:
    x = torch.as_tensor(x)
    if x.shape != A.shape[-1:]:
        return f"The vector should have {A.shape[-1]} coordinates, one for each column, and has shape {tuple(x.shape)}."
    x = x.to(torch.promote_types(A.dtype, x.dtype))
    if not close(norms.vector(x, torch.inf), 1.0):
        return "The vector should have ∞-norm 1; divide each entry by its own modulus, not by a norm of the row."
    reached, norm = norms.vector(A.to(x.dtype) @ x, torch.inf), norms.induced(A, torch.inf)
    if close(reached, norm):
        return None
    if A.is_complex() and close(norms.vector(A.to(x.dtype) @ x.conj(), torch.inf), norm):
        return "For real matrices you are done. A complex entry must meet the opposite phase: conjugate."
    return f"The norm is right, but your vector reaches {reached:.4g} and not {norm:.4g}: choose its signs by the row."


def check_2_3(f: Callable) -> str | None:
    """largest_gain(A, x, rounds): power iteration."""
    A, x = torch.tensor(REAL), torch.tensor([2.0, 0.0, 0.0])
    expected = [s.item() for s in norms.power_iteration(A, x, steps=4)]
    first, later = f(A, x, 0), f(A, x, 3)
    if close(first, expected[0] ** 2) or close(later, expected[3] ** 2):
        return "You return the square of the gain: the eigenvalue of A^T A is the square of the singular value."
    if close(first, 2 * expected[0]):
        return "With rounds=0 the start counts: divide by its length too, since x may have any length."
    if not close(first, expected[0]):
        return f"With rounds=0 the gain of {REAL} at (2, 0, 0) is {expected[0]:.4f}, yours is {first}."
    if close(later, expected[2]) or close(f(A, x, 2), expected[3]):
        return "You are off by one round: `rounds` multiplications by A^T A, and then the gain."
    if not close(later, expected[3]):
        return f"After 3 rounds the gain should be {expected[3]:.6f}, yours is {later}."
    if not close(f(A, x, 1000), norms.spectral(A)):
        return "After a thousand rounds the numbers overflow: divide the vector by its length in every round."
    return None


def check_2_4(matrix: Any) -> str | None:
    """A matrix with eigenvalues below 0.5 and a 2-norm of at least 1000."""
    A = torch.as_tensor(matrix).to(torch.float64)
    if A.shape != (2, 2):
        return f"The matrix should be 2 x 2, yours has shape {tuple(A.shape)}."
    radius, norm = torch.linalg.eigvals(A).abs().max().item(), norms.spectral(A).item()
    if radius >= 0.5 and torch.equal(A, A.T):
        return "For a symmetric matrix the 2-norm is the largest |eigenvalue|: you need one that is not symmetric."
    if radius >= 0.5:
        return f"One of its eigenvalues has modulus {radius:.4g}: a triangular matrix shows them on its diagonal."
    if norm < 1000:
        return f"The eigenvalues are small enough, but the 2-norm is only {norm:.4g}."
    return None
