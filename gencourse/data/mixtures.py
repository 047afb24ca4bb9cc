"""Mixtures of Gaussians in the plane: samples to learn from, and the density to be judged by."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


class Mixture:
    """Equally weighted Gaussians with centres `means` (K, 2) and covariance sigma^2 I."""

    means: Float[Tensor, "k 2"]
    sigma: float

    def __post_init__(self) -> None:
        if not (len(self.means) > 0 and 0 < self.sigma < math.inf):
            raise ValueError(f"a mixture needs a component and a positive sigma, got {self}")

    def sample(self, n: int, generator: torch.Generator | None = None) -> Float[Tensor, "n 2"]:
        """`n` independent points, drawn on the generator's device (the CPU without one)."""
        device = "cpu" if generator is None else generator.device
        k = torch.randint(len(self.means), (n,), generator=generator, device=device)
        noise = torch.randn(n, 2, generator=generator, device=device)
        return self.means.to(device)[k] + self.sigma * noise

    def log_prob(self, x: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch"]:
        """log p(x) = log 1/K sum_k N(x; means_k, sigma^2 I), in nats; finite far from every centre too."""
        distance2 = (x[..., None, :] - self.means.to(x)).square().sum(-1)  # (*batch, K)
        log_normal = -distance2 / (2 * self.sigma**2) - math.log(2 * math.pi * self.sigma**2)
        return log_normal.logsumexp(-1) - math.log(len(self.means))


@dataclass(frozen=True)
class RingOfGaussians(Mixture):
    """`modes` Gaussians equally spaced on a circle, the first at (radius, 0).

    The defaults are those of the published code of [gulrajani2017], before it scales the points.

    >>> RingOfGaussians(modes=2, radius=3.0).means[0]
    tensor([3., 0.])
    """

    modes: int = 8
    radius: float = 2.0
    sigma: float = 0.02

    @property
    def means(self) -> Float[Tensor, "k 2"]:
        angle = 2 * math.pi * torch.arange(self.modes, dtype=torch.float64) / self.modes
        return (self.radius * torch.stack([angle.cos(), angle.sin()], 1)).float()


@dataclass(frozen=True)
class GridOfGaussians(Mixture):
    """`side` x `side` Gaussians on a square grid about the origin.

    The defaults are those of the published code of [gulrajani2017], before it scales the points.

    >>> GridOfGaussians(side=2, spacing=2.0).means.tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """

    side: int = 5
    spacing: float = 2.0
    sigma: float = 0.05

    @property
    def means(self) -> Float[Tensor, "k 2"]:
        ticks = self.spacing * (torch.arange(self.side) - (self.side - 1) / 2)
        return torch.cartesian_prod(ticks, ticks)


@dataclass(frozen=True)
class TwoMoons(Mixture):
    """Two half circles that reach into each other, each with `modes` Gaussians at equal distances.

    The upper one has its centre at (-radius / 2, -radius / 4), the lower one is its mirror image in the origin. The
    shape is that of scikit-learn's `make_moons`, about the origin and with a density that is known.

    >>> TwoMoons(modes=2, radius=2.0).means.tolist()
    [[1.0, -0.5], [-3.0, -0.5], [-1.0, 0.5], [3.0, 0.5]]
    """

    modes: int = 16
    radius: float = 1.5
    sigma: float = 0.12

    @property
    def means(self) -> Float[Tensor, "k 2"]:
        angle = torch.linspace(0, math.pi, self.modes, dtype=torch.float64)
        upper = self.radius * torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
        return torch.cat([upper, -upper]).float()
