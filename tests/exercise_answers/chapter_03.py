"""Right and plausible wrong answers to the exercises of chapter 3."""

import torch


def largest_gain(A, x, rounds):
    x = x / x.norm()
    for _ in range(rounds):
        x = A.T @ (A @ x)
        x = x / x.norm()
    return (A @ x).norm()


def without_division(A, x, rounds):
    for _ in range(rounds):
        x = A.T @ (A @ x)
    return (A @ x).norm() / x.norm()


def start_not_scaled(A, x, rounds):
    for _ in range(rounds):
        x = A.T @ (A @ x)
        x = x / x.norm()
    return (A @ x).norm()


def unlucky(A):
    U = torch.linalg.svd(A).U
    return U[:, 0], U[:, -1]


def right_vectors(A):
    Vh = torch.linalg.svd(A).Vh
    return Vh[0].conj(), Vh[-1].conj()


def conjugated(A):
    b, db = unlucky(A)
    return b.conj(), db.conj()


def nearest(A, k):
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    return (U[:, :k] * S[:k]) @ Vh[:k]


def smallest_kept(A, k):
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    return (U[:, -k:] * S[-k:]) @ Vh[-k:]


def conjugated_twice(A, k):
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)
    return (U[:, :k] * S[:k]) @ Vh[:k].conj()


def first_columns(A, k):
    return torch.cat([A[:, :k], torch.zeros_like(A[:, k:])], dim=1)


def fails_too_strongly():
    v_1 = torch.tensor([1.0, 2.0, -3.0], dtype=torch.float64) / 14**0.5
    return torch.ones(3, 3, dtype=torch.float64) / 3 + 100 * torch.outer(v_1, v_1)


SOLUTION = {
    "3.2": largest_gain,
    "3.3": unlucky,
    "3.4": nearest,
    "3.5": [[2.0, 2.0, -1.0], [2.0, 2.0, -1.0], [-1.0, -1.0, 5.0]],
    "3.6": [[1.0, 1000.0], [0.0, 1.0]],
}
WRONG = {
    "3.2": [
        (lambda A, x, rounds: largest_gain(A, x, rounds) ** 2, "square of the gain"),
        (start_not_scaled, "any length"),
        (lambda A, x, rounds: torch.linalg.svdvals(A)[0], "With rounds=0"),
        (lambda A, x, rounds: largest_gain(A, x, max(0, rounds - 1)), "off by one"),
        (lambda A, x, rounds: largest_gain(A, x, rounds and rounds + 1), "off by one"),
        (lambda A, x, rounds: largest_gain(A, x, min(rounds, 1)), "After 3 rounds"),
        (without_division, "overflow"),
    ],
    "3.3": [
        (lambda A: torch.linalg.cond(A), "Return a pair"),
        (lambda A: (A, A), "3 coordinates"),
        (lambda A: (A @ torch.linalg.svd(A).Vh[0].conj(), unlucky(A)[1]), "2-norm 1"),
        (lambda A: unlucky(A)[::-1], "luckiest pair"),
        (right_vectors, "right singular vectors"),
        (conjugated, "conjugated"),
        (lambda A: (unlucky(A)[0], unlucky(A)[0]), "and kappa is"),
    ],
    "3.4": [
        (lambda A, k: nearest(A, k)[0], "shape of A"),
        (lambda A, k: A - nearest(A, k), "return A_k itself"),
        (smallest_kept, "keep the largest"),
        (lambda A, k: nearest(A, k + 1), "off by one"),
        (lambda A, k: nearest(A, k - 1), "off by one"),
        (conjugated_twice, "conjugated twice"),
        (lambda A, k: A, "has rank 3"),
        (first_columns, "least possible"),
    ],
    "3.5": [
        ([[1.0, 2.0], [3.0, 4.0]], "3 x 3"),
        ([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0], [1.0, 1.0, -2.0]], "zero"),
        (fails_too_strongly(), "begins well"),
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], "weak singular vector"),
    ],
    "3.6": [
        ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], "2 x 2"),
        ([[1e6, 0.0], [0.0, 1.0]], "not 1"),
        ([[1e-6, 0.0], [0.0, 1.0]], "not 1"),
        ([[1.0, 100.0], [0.0, 1.0]], "sigma_1 squared"),
    ],
}
