"""Asking people which of two pictures is the real one: the sheet to ask with, and the statistics of the answers."""

from itertools import count
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

NEAREST = 0.02  # to a rate of 1/2: from there on a difference needs more than 4,900 trials


def forced_choice_sheet(
    real: UInt8[Tensor, "n 1 28 28"], fake: Float[Tensor, "n 1 28 28"], seed: int
) -> tuple[Float[Tensor, "n 2 1 28 28"], str]:
    """Pairs of a real and a generated picture, left and right in random order, and the key to them.

    A fair coin for each pair decides alone where its real picture stands. Letter i of the key is "L" or "R", for the
    left or the right picture of pair i. All pictures are in [0, 1].

    >>> white, black = torch.full((3, 1, 28, 28), 255, dtype=torch.uint8), torch.zeros(3, 1, 28, 28)
    >>> pairs, key = forced_choice_sheet(white, black, seed=0)
    >>> key, pairs[:, 0].mean((1, 2, 3))  # of the left pictures: 1 where the real one stands there
    ('RLR', tensor([0., 1., 0.]))
    """
    rng = torch.Generator().manual_seed(seed)
    swap = torch.rand(len(real), generator=rng) < 0.5
    pairs = torch.stack([real.float() / 255, fake], 1)
    pairs[swap] = pairs[swap].flip(1)
    return pairs, "".join("R" if s else "L" for s in swap)


class ForcedChoice(NamedTuple):
    """The share of right answers, the p-value of 'they are guessing', and a 95 % interval for the share."""

    rate: float
    p_value: float
    interval: tuple[float, float]


def forced_choice(correct: int, trials: int) -> ForcedChoice:
    """Test whether people who were right `correct` times in `trials` can tell real from generated.

    Each trial shows one real and one generated picture; whoever cannot tell is right half of the time. The
    p-value is the exact two-sided binomial test of the rate 1/2, the interval is the exact 95 % one
    [clopper1934]. Two-sided: people who are wrong too often also see a difference. Trials must be
    independent: different pictures each time.

    Raises:
        ValueError: no trial, or a count outside 0..trials.

    >>> forced_choice(8, 10).p_value  # 2 (45 + 10 + 1) / 2^10
    0.109375
    """
    from scipy.stats import beta, binomtest

    check_trials(trials)
    if isinstance(correct, bool) or not isinstance(correct, int) or not 0 <= correct <= trials:
        raise ValueError(f"correct must be a whole number from 0 to trials = {trials}, got {correct!r}")
    # Where a tail has 2.5 %, by quantiles of beta distributions: `proportion_ci` searches, to nine digits.
    low = float(beta.ppf(0.025, correct, trials - correct + 1)) if correct > 0 else 0.0
    high = float(beta.ppf(0.975, correct + 1, trials - correct)) if correct < trials else 1.0
    return ForcedChoice(correct / trials, float(binomtest(correct, trials, 0.5).pvalue), (low, high))


def forced_choice_power(rate: float, trials: int, level: float = 0.05) -> float:
    """The probability that `trials` trials show a difference, if people are right with probability `rate`.

    The sum of the binomial probabilities of the counts whose p-value is at most `level`. At rate 1/2 it is
    the probability of a false alarm, at most `level`.

    Raises:
        ValueError: a rate or level outside [0, 1], or no trial.

    >>> round(forced_choice_power(0.5, 6), 5)  # only 0 and 6 right have p <= 0.05: 2 / 2^6
    0.03125
    """
    from scipy.stats import binom

    check_trials(trials)
    if not (0 <= rate <= 1 and 0 <= level <= 1):
        raise ValueError(f"rate and level must be in [0, 1], got {rate} and {level}")
    counts = np.arange(trials + 1)
    # At rate 1/2 both ends are alike: the p-value is twice the probability of the nearer one.
    p_values = np.minimum(1, 2 * binom.cdf(np.minimum(counts, trials - counts), trials, 0.5))
    return float(binom.pmf(counts[p_values <= level], trials, rate).sum())


def forced_choice_trials(rate: float, power: float = 0.8, level: float = 0.05) -> int:
    """The smallest number of trials that show a difference with probability `power`, if the rate is `rate`.

    A few more trials can have a little less power: scores are whole numbers, so that the test rarely spends the whole
    level, and how much of it changes with every trial.

    Raises:
        ValueError: a rate, power or level outside [0, 1], a power of 1 or below the level, or a rate within 0.02 of
            1/2, for which thousands of trials are not enough.

    >>> forced_choice_trials(1.0)  # always right: 2 / 2^6 is the first p-value below 0.05
    6
    """
    if not (0 <= rate <= 1 and 0 < level <= power < 1):
        raise ValueError(f"expected rate in [0, 1] and 0 < level <= power < 1, got {rate}, {level} and {power}")
    if abs(rate - 0.5) < NEAREST:
        raise ValueError(f"rate must differ from 1/2 by at least {NEAREST}, got {rate}: nobody can ask that often")
    return next(n for n in count(1) if forced_choice_power(rate, n, level) >= power)


def check_trials(trials: int) -> None:
    """A `ValueError` unless `trials` is a whole number of at least 1."""
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise ValueError(f"trials must be a whole number of at least 1, got {trials!r}")
