"""Checks of chapter 2, matrix norms."""

from collections.abc import Callable
from typing import Any

import torch

from .. import norms
from . import close

REAL = [[3.0, 0.0, -1.0], [-4.0, 5.0, 2.0]]  # largest column 7, largest row 11, largest entry 5
WITH_ZERO = [[1.0, -2.0, 1.0], [0.0, -4.0, 1.0], [3.0, 0.5, 0.0]]
COMPLEX = [[1 + 1j, 2j], [3 - 4j, -1 + 2j]]
ZERO_COLUMN = [[0.0, 2.0], [0.0, -3.0]]


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
    """best_push(A): the dual of the induced 1-norm and a matrix that attains it."""
    for entries in (WITH_ZERO, REAL, COMPLEX, ZERO_COLUMN):
        A = torch.tensor(entries)
        try:
            norm, B = f(A)
        except (TypeError, ValueError):
            return "Return a pair: the dual norm and the matrix B."
        if hint := wrong_dual(norm, A) or wrong_push(B, A):
            return hint
    return None


def wrong_dual(norm: Any, A: torch.Tensor) -> str | None:
    expected = norms.dual(A, 1)
    if close(norm, expected):
        return None
    if close(norm, norms.dual(A, torch.inf)):
        return "That is the dual of the ∞-norm: ‖B‖₁ ≤ 1 gives each column of B a budget, not each row."
    if close(norm, norms.nuclear(A)):
        return "That is the nuclear norm, the dual of the 2-norm: here the 1-norm of B is bounded."
    if close(norm, norms.induced(A, torch.inf)):
        return "That is the largest row sum: 1 and ∞ are dual for vectors, but not as induced norms of matrices."
    if close(norm, norms.induced(A, 1)):
        return "That is the 1-norm of A itself: what is the most that a B with ‖B‖₁ ≤ 1 can make of Re tr(B* A)?"
    if close(norm, norms.entrywise(A, torch.inf)):
        return "That is the largest entry: each column of B has a budget of 1 of its own, so add up over the columns."
    if close(norm, norms.entrywise(A, 1)):
        return "You added up all entries: a column of B, with 1-norm at most 1, cannot meet every entry of A in full."
    if not A.is_complex() and close(norm, A.amax(0).sum()):
        return "A negative entry counts as much as a positive one: take moduli before you look for the largest."
    return f"The dual norm of {A.tolist()} should be {expected:.4g}, yours is {norm}."


def wrong_push(B: Any, A: torch.Tensor) -> str | None:
    B = torch.as_tensor(B)
    if B.shape != A.shape:
        return f"B should have the shape of A, {tuple(A.shape)}, and has {tuple(B.shape)}."
    if not B.isfinite().all():
        return "B has entries that are not finite: in a column of zeros, a / |a| is 0 / 0."
    size, work = norms.induced(B, 1), (B.conj() * A).sum()
    if size > 1 + 1e-5:
        return f"Your B has the 1-norm {size:.4g}, and only 1 is allowed: a column of B may use one entry in full."
    if close(work.real, norms.dual(A, 1)):
        return None
    if close((B * A).sum().real, norms.dual(A, 1)):
        return "For real matrices you are done. tr(B* A) conjugates B already: use a / |a|, not its conjugate."
    return f"The norm is right, but Re tr(B* A) is {work.real:.4g} and not {norms.dual(A, 1):.4g}."


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
