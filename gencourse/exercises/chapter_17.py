"""Checks of the exercises of chapter 17, People, tasks, pictures."""

from collections.abc import Callable

import numpy as np

from . import close


def check_17_2(p_value: Callable[[int, int], float]) -> str | None:
    """The two-sided exact p-value of c right answers in n trials."""
    got = p_value(8, 10)
    if close(got, 56 / 1024):
        return "This counts one end only; being wrong as often is as surprising. Count both ends."
    if close(got, 45 / 1024) or close(got, 90 / 1024):
        return "This is the probability of exactly that score; add the scores that are more extreme."
    if not close(got, 112 / 1024):
        return f"For 8 of 10 the text finds 112/1024 = {112 / 1024:.4f}, you have {got:.4f}."
    if not close(p_value(5, 10), 1.0):
        return f"Half right is no surprise at all: the p-value of 5 of 10 is 1, you have {p_value(5, 10):.4f}."
    if not close(p_value(2, 10), 112 / 1024):
        return "2 of 10 is as far from half as 8 of 10, so its p-value is the same."
    return None if close(p_value(3, 7), 1.0) else "3 of 7 is as near to half as can be: its p-value is 1."


def check_17_3(auc: Callable) -> str | None:
    """The share of (real, fake) pairs in which the real score is higher, ties counting one half."""
    if not close(auc([3.0, 4.0], [1.0, 2.0]), 1.0):
        wrong_way = close(auc([3.0, 4.0], [1.0, 2.0]), 0.0)
        return "Real scores above all fake ones must give 1." + (" You count the fake ones." if wrong_way else "")
    if not close(auc([1.0, 1.0], [1.0]), 0.5):
        return "Equal scores are a coin toss: a tie counts one half."
    rng = np.random.default_rng(0)
    real, fake = rng.integers(0, 9, 50).astype(float), rng.integers(0, 7, 30).astype(float)
    pairs = real[:, None] - fake[None, :]
    expected = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
    if not close(auc(real, fake), expected):
        return f"50 scores against 30, with ties: all pairs give {expected:.4f}, you have {auc(real, fake):.4f}."
    return None
