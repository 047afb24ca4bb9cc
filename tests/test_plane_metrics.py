"""Divergences over cells and modes covered, against integrals, limits and clouds whose answer is known."""

import math

import pytest
import torch
from draws import seeded

from gencourse.data import GridOfGaussians, RingOfGaussians, TwoMoons
from gencourse.metrics import cell_divergences, modes_covered
from gencourse.metrics.plane import CELLS, _log_mass

N = 20_000
MIXTURES = [RingOfGaussians(sigma=0.15), GridOfGaussians(spacing=1.0, sigma=0.1), TwoMoons()]
ONE = RingOfGaussians(modes=1, radius=0.0, sigma=0.5)  # a single Gaussian about the origin


def gaussian(shift: float, spread: float, n: int = 200_000) -> torch.Tensor:
    """Points of N((shift, 0), (spread sigma)^2 I), with ONE's sigma."""
    return ONE.sigma * spread * torch.randn(n, 2, generator=seeded(3)) + torch.tensor([shift, 0.0])


def integrated(shift: float, spread: float) -> tuple[float, float]:
    """JSD and KL of that Gaussian and ONE by a sum over a fine grid, on which smooth densities are exact to 1e-6."""
    ticks = torch.arange(-6, 6, 0.02, dtype=torch.float64)
    x = torch.cartesian_prod(ticks, ticks)
    log_p = ONE.log_prob(x)
    log_q = RingOfGaussians(modes=1, radius=shift, sigma=spread * ONE.sigma).log_prob(x)
    p, q = log_p.exp() * 0.02**2, log_q.exp() * 0.02**2
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    jsd = (p * (log_p - log_m) + q * (log_q - log_m)).sum() / 2
    return jsd.item(), (q * (log_q - log_p)).sum().item()


def exact_log_mass(cells: torch.Tensor) -> torch.Tensor:
    """log of the probability of cells under ONE, from the error function."""
    edges = torch.stack([cells, cells + 1]) / CELLS  # in units of sigma
    below = torch.special.ndtr(edges)
    return (below[1] - below[0]).log().sum(1)


def test_the_probability_of_a_cell_is_that_of_the_error_function():
    i = torch.arange(-8, 8, dtype=torch.float64)  # out to four sigma
    cells = torch.cartesian_prod(i, i)
    assert (_log_mass(cells, ONE) - exact_log_mass(cells)).abs().max() < 1e-5
    assert abs(_log_mass(cells, ONE).exp().sum() - exact_log_mass(cells).exp().sum()) < 1e-8


@pytest.mark.parametrize(("shift", "spread"), [(0.25, 1.0), (1.0, 1.0), (0.0, 0.5), (0.5, 1.5)])
def test_gaussians_have_the_divergences_of_the_integral(shift, spread):
    """Cells of half a sigma hide a few per cent, and 200,000 points leave less than 0.01 nats of bias."""
    for found, exact in zip(cell_divergences(gaussian(shift, spread), ONE), integrated(shift, spread), strict=True):
        assert 0.85 * exact - 0.002 < found < exact + 0.012


def test_the_kl_of_a_shifted_gaussian_is_half_the_squared_distance_in_sigmas():
    (_, kl), exact = cell_divergences(gaussian(1.0, 1.0), ONE), (1.0 / ONE.sigma) ** 2 / 2
    assert abs(kl / exact - 1) < 0.05 and abs(integrated(1.0, 1.0)[1] / exact - 1) < 1e-6


@pytest.mark.parametrize("mixture", MIXTURES, ids=repr)
def test_points_of_the_mixture_are_at_zero_within_the_stated_bias(mixture):
    reached = len((mixture.sample(50 * N, seeded(1)) / (mixture.sigma / CELLS)).floor().unique(dim=0))
    bias = math.log(1 + (reached - 1) / N)
    jsd, kl = cell_divergences(mixture.sample(N, seeded(2)), mixture)
    assert 0 < jsd < bias / 2 and 0 < kl < bias


def test_the_bias_falls_like_one_over_n():
    mixture = MIXTURES[0]
    few, many = (cell_divergences(mixture.sample(n, seeded(2)), mixture)[0] for n in (N, 16 * N))
    assert 8 < few / many < 20  # in the limit 16; cells that few points do not reach add less


@pytest.mark.parametrize("mixture", MIXTURES, ids=repr)
def test_clouds_that_do_not_meet_are_at_log_2(mixture):
    jsd, kl = cell_divergences(mixture.sample(500, seeded(0)) + 1000, mixture)
    assert abs(jsd - math.log(2)) < 1e-12 and 1e6 < kl < math.inf


def test_a_missing_half_costs_what_it_weighs():
    """p puts 1/2 on each of two modes, q all on one; their mean has 3/4 and 1/4. KL = log 2, and JSD by hand."""
    mixture = RingOfGaussians(modes=2, radius=2.0, sigma=0.2)
    x = mixture.sample(16 * N, seeded(0))
    jsd, kl = cell_divergences(x[x[:, 0] > 0], mixture)
    by_hand = (math.log(4 / 3) + math.log(2 / 3) / 2 + math.log(2) / 2) / 2
    assert abs(jsd - by_hand) < 0.005 and abs(kl - math.log(2)) < 0.01


def test_the_order_of_the_points_does_not_matter():
    x = MIXTURES[2].sample(500, seeded(0))
    assert cell_divergences(x, MIXTURES[2]) == pytest.approx(cell_divergences(x.flip(0), MIXTURES[2]), rel=1e-12)


@pytest.mark.parametrize("mixture", MIXTURES, ids=repr)
def test_points_of_the_mixture_cover_all_of_it(mixture):
    assert modes_covered(mixture.sample(N, seeded(0)), mixture).all()


def test_a_mode_needs_a_tenth_of_its_share_within_three_sigma():
    ring = RingOfGaussians(sigma=0.15)
    counts = torch.tensor([10, 9, 0, 0, 0, 0, 0, 781])  # of 800 points: the fair share is 100
    x = ring.means.repeat_interleave(counts, 0)
    assert modes_covered(x, ring).tolist() == [True, False, False, False, False, False, False, True]
    inside, outside = x.clone(), x.clone()
    inside[:, 1] += 2.99 * ring.sigma
    outside[:, 1] += 3.01 * ring.sigma
    assert modes_covered(inside, ring).sum() == 2 and modes_covered(outside, ring).sum() == 0


@pytest.mark.parametrize("points", [torch.zeros(0, 2), torch.full((1, 2), math.nan), torch.full((1, 2), math.inf)])
@pytest.mark.parametrize("judge", [cell_divergences, modes_covered])
def test_no_points_and_points_that_are_nowhere_are_refused(judge, points):
    with pytest.raises(ValueError, match="points: expected one or more, all finite"):
        judge(points, ONE)
