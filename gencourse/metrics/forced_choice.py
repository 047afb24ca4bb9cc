"""The statistics of asking people: which of two pictures is the real one?"""

from typing import NamedTuple

import numpy as np


class ForcedChoice(NamedTuple):
    """The share of right answers, the p-value of 'they are guessing', and a 95 % interval for the share."""

    rate: float
    p_value: float
    interval: tuple[float, float]


def forced_choice(correct: int, trials: int) -> ForcedChoice:
    """Test whether people who were right `correct` times in `trials` can tell real from generated.

    Each trial shows one real and one generated picture; whoever cannot tell is right half of the time. The
    p-value is the exact two-sided binomial test of the rate 1/2, the interval is the exact 95 % one
    [clopper1934]. Two-sided: people who are *wrong* too often also see a difference. Trials must be
    independent: different pictures each time.

    Raises:
        ValueError: no trial, or a count outside 0..trials.

    >>> forced_choice(8, 10).p_value  # 2 (45 + 10 + 1) / 2^10
    0.109375
    """
    from scipy.stats import binomtest

    check_trials(trials)
    if isinstance(correct, bool) or not isinstance(correct, int) or not 0 <= correct <= trials:
        raise ValueError(f"correct must be a whole number from 0 to trials = {trials}, got {correct!r}")
    result = binomtest(correct, trials, 0.5)
    low, high = result.proportion_ci(0.95, method="exact")
    return ForcedChoice(correct / trials, float(result.pvalue), (float(low), float(high)))


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


def check_trials(trials: int) -> None:
    """A `ValueError` unless `trials` is a whole number of at least 1."""
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise ValueError(f"trials must be a whole number of at least 1, got {trials!r}")
