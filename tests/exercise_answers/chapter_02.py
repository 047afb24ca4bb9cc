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


def best_push(A):
    largest, columns = A.abs().argmax(0), torch.arange(A.shape[1])
    B = torch.zeros_like(A)
    B[largest, columns] = torch.sgn(A[largest, columns])
    return A.abs().amax(0).sum(), B


def best_push_by_rows(A):
    norm, B = best_push(A.mH)
    return norm, B.mH


def divided_by_the_modulus(A):
    size = A.abs()
    return size.amax(0).sum(), (A / size) * (size == size.amax(0))


def with_value(value):
    return lambda A: (value(A), best_push(A)[1])


def with_push(push):
    return lambda A: (best_push(A)[0], push(A))


SOLUTION = {"2.2": largest_row, "2.3": best_push, "2.4": [[0.0, 1000.0], [0.0, 0.0]]}
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
        (lambda A: best_push(A)[0], "Return a pair"),
        (best_push_by_rows, "dual of the ∞-norm"),
        (with_value(lambda A: torch.linalg.svdvals(A).sum()), "nuclear norm"),
        (with_value(lambda A: A.abs().sum(1).max()), "largest row sum"),
        (with_value(lambda A: A.abs().sum(0).max()), "1-norm of A itself"),
        (with_value(lambda A: A.abs().max()), "largest entry"),
        (with_value(lambda A: A.abs().sum()), "all entries"),
        (with_value(lambda A: A.real.amax(0).sum()), "moduli"),
        (with_value(lambda A: 2 * A.abs().amax(0).sum()), "should be 8"),
        (with_push(lambda A: best_push(A)[1].mT), "shape of A"),
        (divided_by_the_modulus, "0 / 0"),
        (with_push(torch.sgn), "only 1 is allowed"),
        (with_push(lambda A: best_push(A)[1].conj()), "conjugates B already"),
        (with_push(lambda A: A / A.abs().sum(0).max()), "The norm is right"),
    ],
    "2.4": [
        ([[1000.0]], "2 x 2"),
        ([[1000.0, 0.0], [0.0, 0.1]], "not symmetric"),
        ([[0.4, 1000.0], [1.0, 0.4]], "diagonal"),
        ([[0.4, 10.0], [0.0, 0.4]], "only"),
    ],
}
