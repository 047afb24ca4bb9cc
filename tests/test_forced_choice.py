"""The forced choice between two pictures: its p-value, interval and power are those of the binomial distribution."""

import math

import numpy as np
import pytest
from scipy import stats

from gencourse import metrics


def test_the_p_value_is_the_binomial_tail_on_both_sides():
    for correct, trials in [(8, 10), (2, 10), (15, 20), (60, 100)]:
        away = abs(correct - trials / 2)
        counts = [c for c in range(trials + 1) if abs(c - trials / 2) >= away]
        exact = sum(math.comb(trials, c) for c in counts) / 2**trials
        assert metrics.forced_choice(correct, trials).p_value == pytest.approx(exact, rel=1e-9)


def test_half_right_is_no_evidence_and_all_right_is_two_to_the_minus_n():
    assert metrics.forced_choice(10, 20).p_value == pytest.approx(1)
    result = metrics.forced_choice(12, 12)
    assert result.rate == 1 and result.p_value == pytest.approx(2 * 2**-12) and result.interval[1] == 1


def test_the_interval_ends_where_the_tail_has_two_and_a_half_percent():
    low, high = metrics.forced_choice(30, 40).interval
    assert stats.binom.sf(29, 40, low) == pytest.approx(0.025, abs=1e-6)
    assert stats.binom.cdf(30, 40, high) == pytest.approx(0.025, abs=1e-6)
    assert low < 0.75 < high


def test_the_intervals_of_95_percent_of_experiments_hold_the_truth():
    truth, trials = 0.6, 30
    held = [c for c in range(31) if np.prod(np.subtract(metrics.forced_choice(c, trials).interval, truth)) <= 0]
    assert 0.95 <= stats.binom.pmf(held, trials, truth).sum() < 0.99


def test_the_power_at_one_half_is_at_most_the_level_and_grows_with_trials_and_rate():
    for trials in (5, 20, 77):
        assert metrics.forced_choice_power(0.5, trials) <= 0.05
    powers = [metrics.forced_choice_power(0.7, n) for n in (10, 50, 200)]
    assert powers == sorted(powers) and powers[2] > 0.99
    assert metrics.forced_choice_power(0.9, 20) > metrics.forced_choice_power(0.7, 20)
    assert metrics.forced_choice_power(0.3, 20) == pytest.approx(metrics.forced_choice_power(0.7, 20))
    assert metrics.forced_choice_power(1.0, 20) == 1 and metrics.forced_choice_power(1.0, 5) == 0
    assert metrics.forced_choice_power(0.7, 20, level=0.01) < metrics.forced_choice_power(0.7, 20)
    assert metrics.forced_choice_power(0.7, 20, level=1.0) == pytest.approx(1)  # every result is a difference then


@pytest.mark.parametrize(("rate", "trials", "level"), [(0.7, 20, 0.05), (0.6, 31, 0.2), (0.5, 12, 0.01)])
def test_the_power_is_the_probability_of_the_counts_with_a_small_p_value(rate, trials, level):
    alarms = [c for c in range(trials + 1) if metrics.forced_choice(c, trials).p_value <= level]
    expected = float(stats.binom.pmf(alarms, trials, rate).sum())
    assert metrics.forced_choice_power(rate, trials, level) == pytest.approx(expected)


@pytest.mark.parametrize(("correct", "trials"), [(-1, 5), (6, 5), (0, 0), (1, -1), (True, 5), (2, True)])
def test_impossible_counts_are_refused(correct, trials):
    with pytest.raises(ValueError, match="whole number"):
        metrics.forced_choice(correct, trials)


@pytest.mark.parametrize(("rate", "trials", "level"), [(1.2, 5, 0.05), (-0.1, 5, 0.05), (0.5, 5, 2.0), (0.5, 0, 0.05)])
def test_impossible_experiments_are_refused(rate, trials, level):
    with pytest.raises(ValueError):
        metrics.forced_choice_power(rate, trials, level)
