"""Right and plausible wrong answers to the exercises of chapter 2."""

import torch


def largest_row(A):
    sums = A.abs().sum(1)
    row = A[sums.argmax()]
    return sums.max(), torch.where(row == 0, 1.0, row.conj() / row.abs())


def signs(A):
    return torch.sgn(A[A.abs().sum(1).argmax()]).conj()


def without_conjugate(A):
    norm, x = largest_row(A)
    return norm, x.conj()


def by_the_norm_of_the_row(A):
    row = A[A.abs().sum(1).argmax()]
    return A.abs().sum(1).max(), row.conj() / row.abs().sum()


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


SOLUTION = {"2.2": largest_row, "2.3": largest_gain, "2.4": [[0.0, 1000.0], [0.0, 0.0]]}
WRONG = {
    "2.2": [
        (lambda A: A.abs().sum(1).max(), "Return a pair"),
        (lambda A: (A.abs().sum(0).max(), signs(A)), "largest column sum"),
        (lambda A: (A.abs().max(), signs(A)), "largest entry"),
        (lambda A: (A.sum(1).abs().max(), signs(A)), "cancel"),
        (lambda A: (A.real.sum(1).max(), signs(A)), "cancel"),
        (lambda A: (A.abs().sum(), signs(A)), "all entries"),
        (lambda A: (2 * A.abs().sum(1).max(), signs(A)), "should be 11"),
        (lambda A: (A.abs().sum(1).max(), torch.ones(2)), "3 coordinates"),
        (lambda A: (A.abs().sum(1).max(), torch.ones(A.shape[1])), "choose its signs"),
        (by_the_norm_of_the_row, "∞-norm 1"),
        (without_conjugate, "conjugate"),
    ],
    "2.3": [
        (lambda A, x, rounds: largest_gain(A, x, rounds) ** 2, "square of the gain"),
        (start_not_scaled, "any length"),
        (lambda A, x, rounds: torch.linalg.svdvals(A)[0], "With rounds=0"),
        (lambda A, x, rounds: largest_gain(A, x, max(0, rounds - 1)), "off by one"),
        (lambda A, x, rounds: largest_gain(A, x, rounds and rounds + 1), "off by one"),
        (lambda A, x, rounds: largest_gain(A, x, min(rounds, 1)), "After 3 rounds"),
        (without_division, "overflow"),
    ],
    "2.4": [
        ([[1000.0]], "2 x 2"),
        ([[1000.0, 0.0], [0.0, 0.1]], "not symmetric"),
        ([[0.4, 1000.0], [1.0, 0.4]], "diagonal"),
        ([[0.4, 10.0], [0.0, 0.4]], "only"),
    ],
}
