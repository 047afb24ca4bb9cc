"""Points of the plane against the mixture that they should come from: divergences over cells, modes covered."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..data.mixtures import Mixture

CELLS = 2  # for each sigma, in each direction


def cell_divergences(points: Float[Tensor, "n 2"], mixture: Mixture) -> tuple[float, float]:
    r"""JSD(p, q) and KL(q || p) in nats, over square cells of width sigma / 2, for points from an unknown q.

    The mixture's density is known, so that the probability p_c of a cell is exact (to 1e-7). Of q we know the
    shares of the points in the cells. With them in the place of the probabilities of q,

    .. math:: \mathrm{JSD} = \sum_c \frac{p_c}{2} \log\frac{2 p_c}{p_c + \hat q_c}
        + \frac{\hat q_c}{2} \log\frac{2 \hat q_c}{p_c + \hat q_c}, \qquad
        \mathrm{KL} = \sum_c \hat q_c \log\frac{\hat q_c}{p_c}

    Two errors, of opposite signs. Cells never add to a divergence, they only hide what happens inside them
    [cover2006]. And shares that scatter look like a difference: with m cells that q can reach, the mean of JSD is too
    large by at most (1/2) log(1 + (m - 1) / n), about (m - 1) / (8 n) where q = p, and that of KL by at most
    log(1 + (m - 1) / n) [paninski2003]. The same estimate for n points of the mixture itself shows what 0 looks like.
    KL(p || q) has no such estimate: one cell without points makes it infinite.

    ValueError: no points, or a point that is not finite.
    """
    cells, counts = _cells(points, mixture).unique(dim=0, return_counts=True)
    log_p, q = _log_mass(cells, mixture), counts.double() / len(points)
    p = log_p.exp()
    log_mean = ((p + q) / 2).log()
    jsd = (q * (q.log() - log_mean) + p * (log_p - log_mean)).sum() / 2 + (1 - p.sum()) * math.log(2) / 2
    return float(jsd), float((q * (q.log() - log_p)).sum())


def modes_covered(points: Float[Tensor, "n 2"], mixture: Mixture) -> Bool[Tensor, "k"]:
    """For each of the K modes, whether at least a tenth of its fair share, n / K points, lies within 3 sigma of it.

    A point counts for its nearest mode only. Without the tenth, a single stray point would cover a mode.

    ValueError: no points, or a point that is not finite.
    """
    _check(points)
    distances = torch.cdist(points.double(), mixture.means.to(points.device).double())
    least, nearest = distances.min(1)
    counts = nearest[least <= 3 * mixture.sigma].bincount(minlength=len(mixture.means))
    return counts >= len(points) / len(mixture.means) / 10


def _cells(points: Tensor, mixture: Mixture) -> Tensor:
    """The cell (i, j) of each point, whose lower left corner is (i, j) times the width of a cell."""
    _check(points)
    return (points.double() / (mixture.sigma / CELLS)).floor()


def _log_mass(cells: Tensor, mixture: Mixture) -> Tensor:
    """log of the probability of each cell, by the product of Gauss and Legendre's rules with three points."""
    width = mixture.sigma / CELLS
    node = cells.new_tensor([-math.sqrt(0.6) / 2, 0, math.sqrt(0.6) / 2])
    log_weight = cells.new_tensor([5 / 18, 8 / 18, 5 / 18]).log()
    at = (cells[:, None] + 0.5 + torch.cartesian_prod(node, node)) * width  # (cells, 9, 2)
    log_weights = torch.cartesian_prod(log_weight, log_weight).sum(1)
    return (mixture.log_prob(at) + log_weights).logsumexp(1) + 2 * math.log(width)


def _check(points: Tensor) -> None:
    if len(points) == 0 or not points.isfinite().all():
        raise ValueError(f"points: expected one or more, all finite, got {points!r}")
