"""Checks of chapter 3, computing the 2-norm."""

from collections.abc import Callable
from typing import Any

import torch

from .. import norms
from . import close

RECTANGLE = [[3.0, 0.0, -1.0], [-4.0, 5.0, 2.0]]
SQUARES = (
    [[3.0, 0.0, 1.0], [-4.0, 5.0, 2.0], [1.0, 1.0, -1.0]],
    [[1 + 1j, 2j, 0.5], [3 - 4j, -1 + 2j, 1.0], [0.5j, 1.0, -2 + 1j]],
)
TALL = [[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, -1.0, 2.0], [2.0, 0.0, -1.0]]
WIDE = [[1 + 1j, 2j, 0.5, 3.0], [3 - 4j, -1 + 2j, 1.0, 1j], [0.5j, 1.0, -2 + 1j, 0.3]]


def check_3_2(f: Callable) -> str | None:
    """largest_gain(A, x, rounds): power iteration."""
    A, x = torch.tensor(RECTANGLE), torch.tensor([2.0, 0.0, 0.0])
    expected = [s.item() for s in norms.power_iteration(A, x, steps=4)]
    first, later = f(A, x, 0), f(A, x, 3)
    if close(first, expected[0] ** 2) or close(later, expected[3] ** 2):
        return "You return the square of the gain: the eigenvalue of A^T A is the square of the singular value."
    if close(first, 2 * expected[0]):
        return "With rounds=0 the start counts: divide by its length too, since x may have any length."
    if not close(first, expected[0]):
        return f"With rounds=0 the gain of {RECTANGLE} at (2, 0, 0) is {expected[0]:.4f}, yours is {first}."
    if close(later, expected[2]) or close(f(A, x, 2), expected[3]):
        return "You are off by one round: `rounds` multiplications by A^T A, and then the gain."
    if not close(later, expected[3]):
        return f"After 3 rounds the gain should be {expected[3]:.6f}, yours is {later}."
    if not close(f(A, x, 1000), norms.spectral(A)):
        return "After a thousand rounds the numbers overflow: divide the vector by its length in every round."
    return None


def check_3_3(f: Callable) -> str | None:
    """unlucky(A): a right-hand side and a disturbance whose relative error the solution multiplies by kappa."""
    for entries in SQUARES:
        A = torch.tensor(entries).to(torch.complex128 if isinstance(entries[0][0], complex) else torch.float64)
        try:
            b, db = (torch.as_tensor(v).to(A.dtype) for v in f(A))
        except (TypeError, ValueError):
            return "Return a pair: the right-hand side b and the disturbance db."
        if hint := wrong_pair(A, b, db):
            return hint
    return None


def wrong_pair(A: torch.Tensor, b: torch.Tensor, db: torch.Tensor) -> str | None:
    if b.shape != A.shape[:1] or db.shape != A.shape[:1]:
        return (
            f"Both should be vectors with {A.shape[0]} coordinates; yours have shapes {(*b.shape,)} and {(*db.shape,)}."
        )
    if not close(norms.vector(torch.stack([b, db]), 2), [1.0, 1.0]):
        return "Both vectors should have 2-norm 1: divide each by its length."
    kappa, reached = norms.condition_number(A), growth(A, b, db)
    if close(reached, kappa):
        return None
    if close(reached, 1 / kappa):
        return "That is the luckiest pair: the error shrinks by kappa. Exchange the two vectors."
    if close(growth(A, b.conj(), db.conj()), kappa):
        return (
            "For real matrices you are done. For a complex one your vectors are conjugated: U holds them as they are."
        )
    if is_singular_pair(A, b, db):
        return "Those are right singular vectors, in the space of x: b and db live where A x does."
    return f"The relative error grows by {reached:.4g}, and kappa is {kappa:.4g}: which b comes from the largest gain?"


def growth(A: torch.Tensor, b: torch.Tensor, db: torch.Tensor) -> torch.Tensor:
    x, dx = torch.linalg.solve(A, torch.stack([b, db], dim=1)).unbind(1)
    return norms.vector(dx, 2) / norms.vector(x, 2)


def is_singular_pair(A: torch.Tensor, first: torch.Tensor, last: torch.Tensor) -> bool:
    """Whether they are v_1 and v_n up to a phase, or their conjugates."""
    Vh = torch.linalg.svd(A).Vh
    return any(close((V[0] @ first).abs() * (V[-1] @ last).abs(), 1.0) for V in (Vh, Vh.conj()))


def check_3_4(f: Callable) -> str | None:
    """nearest(A, k): the best approximation of rank k in the Frobenius norm."""
    for entries in (TALL, WIDE):
        A = torch.tensor(entries).to(torch.complex128 if isinstance(entries[0][0], complex) else torch.float64)
        for k in (1, 2, 3):
            if hint := wrong_approximation(A, k, torch.as_tensor(f(A, k))):
                return hint
    return None


def wrong_approximation(A: torch.Tensor, k: int, got: torch.Tensor) -> str | None:
    if got.shape != A.shape:
        return f"The result should have the shape of A, {(*A.shape,)}, and has {(*got.shape,)}."
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    terms = U.mT[:, :, None] * Vh[:, None, :] * S[:, None, None]  # term i is sigma_i u_i v_i^*
    best = terms[:k].sum(0)
    if close(got, best):
        return None
    if close(got, A - best):
        return "That is the error A - A_k: return A_k itself."
    if close(got, terms[-k:].sum(0)):
        return "You kept the k smallest singular values: keep the largest."
    if close(got, terms[: k + 1].sum(0)) or close(got, terms[: k - 1].sum(0)):
        return f"You are off by one: for k = {k}, keep {k} singular values."
    if close(got, (U[:, :k] * S[:k]) @ Vh[:k].conj()) or close(got, (U[:, :k] * S[:k]).conj() @ Vh[:k]):
        return "For real matrices you are done. For a complex one something is conjugated twice: `Vh` is V* already."
    rank = int((torch.linalg.svdvals(got) > 1e-6 * S[0]).sum())
    if rank > k:
        return f"For k = {k} your matrix has rank {rank}."
    error, least = norms.frobenius(A - got.to(A.dtype)), norms.frobenius(A - best)
    return f"For k = {k} your error in the Frobenius norm is {error:.4g}, and the least possible is {least:.4g}."


def check_3_5(matrix: Any) -> str | None:
    """A matrix without zeros on which 10 rounds of power iteration from (1, 1, 1) stay below 60 % of the norm."""
    A = torch.as_tensor(matrix)
    if A.shape != (3, 3) or A.is_complex():
        return f"The matrix should be real and 3 x 3, yours is {A.dtype} of shape {(*A.shape,)}."
    A = A.to(torch.float64)
    if (A == 0).any():
        return "One of its entries is zero: start from orthogonal vectors that have no zeros."
    share = torch.stack(list(norms.power_iteration(A, [1.0, 1.0, 1.0], steps=11))) / norms.spectral(A)
    if share[-1] <= 0.6:
        return None
    if share[1] <= 0.6:
        return (
            f"It begins well, with {share[1]:.0%} of the norm after one round, but then a part of size 1e-16 grows by "
            "the square of sigma_1/sigma_2 in each round: let sigma_1 be only about twice sigma_2."
        )
    return f"After 10 rounds the estimate is {share[-1]:.0%} of the norm: make (1, 1, 1) a weak singular vector."


def check_3_6(matrix: Any) -> str | None:
    """A 2 x 2 matrix with determinant 1 and condition number 1e6."""
    A = torch.as_tensor(matrix)
    if A.shape != (2, 2):
        return f"The matrix should be 2 x 2, yours has shape {(*A.shape,)}."
    A = A.to(torch.complex128 if A.is_complex() else torch.float64)
    determinant, kappa = torch.linalg.det(A), norms.condition_number(A)
    if not close(determinant, 1.0, rtol=1e-3):
        return f"Its determinant is {determinant.item():.4g}, not 1: multiply one singular value, divide the other."
    if kappa < 1e6 * (1 - 1e-6):
        return f"The determinant is 1, but the condition number, here sigma_1 squared, is only {kappa:.4g}."
    return None
