"""Answers to the exercises of chapter 17: right ones, and wrong ones with a part of the hint that each must get."""

import math

import numpy as np


def p_value(c, n):
    return sum(math.comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= abs(2 * c - n)) / 2**n


def auc(real, fake):
    fake = np.sort(fake)
    below, up_to = (np.searchsorted(fake, real, side=side) for side in ("left", "right"))
    return float((below + up_to).mean() / 2 / len(fake))


SOLUTION = {"17.2": p_value, "17.3": auc}
WRONG = {
    "17.2": [
        (lambda c, n: sum(math.comb(n, k) for k in range(c, n + 1)) / 2**n, "one end only"),
        (lambda c, n: math.comb(n, c) / 2**n, "exactly that score"),
        (lambda c, n: min(2 * sum(math.comb(n, k) for k in range(c, n + 1)) / 2**n, 1.0), "2 of 10"),
    ],
    "17.3": [
        (lambda real, fake: 1 - auc(real, fake), "count the fake ones"),
        (lambda real, fake: float((np.array(real)[:, None] > np.array(fake)).mean()), "coin toss"),
    ],
}
