"""The forced choice between two pictures: its p-value, interval and power are those of the binomial distribution."""

import math

import numpy as np
import pytest
import torch
from draws import noise
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
    assert stats.binom.sf(29, 40, low) == pytest.approx(0.025, rel=1e-12)
    assert stats.binom.cdf(30, 40, high) == pytest.approx(0.025, rel=1e-12)
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


def test_the_interval_leaves_out_one_half_exactly_where_the_test_finds_a_difference():
    for trials in (6, 20, 33):
        for correct in range(trials + 1):
            _, p_value, (low, high) = metrics.forced_choice(correct, trials)
            assert (p_value <= 0.05) == (not low <= 0.5 <= high)


@pytest.mark.parametrize(("rate", "power", "level"), [(0.6, 0.8, 0.05), (0.25, 0.9, 0.01), (0.8, 0.5, 0.5)])
def test_the_planned_number_of_trials_is_the_first_with_the_power(rate, power, level):
    n = metrics.forced_choice_trials(rate, power, level)
    assert metrics.forced_choice_power(rate, n, level) >= power
    assert all(metrics.forced_choice_power(rate, k, level) < power for k in range(1, n))


@pytest.mark.parametrize(
    "plan", [(0.51, 0.8, 0.05), (1.1, 0.8, 0.05), (0.7, 1.0, 0.05), (0.7, 0.8, 0.0), (0.7, 0.1, 0.2)]
)
def test_a_plan_that_nobody_can_follow_is_refused(plan):
    with pytest.raises(ValueError, match="rate"):
        metrics.forced_choice_trials(*plan)


def test_a_sheet_holds_each_picture_once_and_its_key_says_where_the_real_one_is():
    real, fake = (255 * noise(400, seed=1)).byte(), noise(400, seed=2)
    pairs, key = metrics.forced_choice_sheet(real, fake, seed=3)
    right = torch.tensor([letter == "R" for letter in key])
    which = torch.arange(400)
    assert torch.equal(pairs[which, right.long()], real / 255) and torch.equal(pairs[which, 1 - right.long()], fake)
    # A fair coin for each pair: shares of R, and of a side that stays, within five standard errors of one half.
    for share in (right, right[1:] == right[:-1]):
        assert abs(share.double().mean() - 0.5) < 5 * 0.5 / 399**0.5
    assert metrics.forced_choice_sheet(real, fake, seed=3)[1] == key != metrics.forced_choice_sheet(real, fake, 4)[1]


@pytest.mark.parametrize(("correct", "trials"), [(-1, 5), (6, 5), (0, 0), (1, -1), (True, 5), (2, True)])
def test_impossible_counts_are_refused(correct, trials):
    with pytest.raises(ValueError, match="whole number"):
        metrics.forced_choice(correct, trials)


@pytest.mark.parametrize(("rate", "trials", "level"), [(1.2, 5, 0.05), (-0.1, 5, 0.05), (0.5, 5, 2.0), (0.5, 0, 0.05)])
def test_impossible_experiments_are_refused(rate, trials, level):
    with pytest.raises(ValueError):
        metrics.forced_choice_power(rate, trials, level)
