"""Explorer: a fake cloud of points that the reader moves and shapes, and the measures that judge it."""

import math
from functools import cache
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor

from .. import metrics, plots
from ..data import RingOfGaussians
from .base import Explorer, doubles, numbers

DATA = RingOfGaussians(modes=3, radius=2.0, sigma=0.4)
SD = math.sqrt(DATA.radius**2 / 2 + DATA.sigma**2)  # of the data in every direction: its covariance is SD^2 I
COPY = 0.02  # the standard deviation around each copied point: without one, copies have no density
OUTLIER = (-4.25, 0.0)
POINTS, COUNTS = 300, (50, 100, 300)
PERFECT = 19  # clouds of the data's own density, which say how good a measure can be
DIGITS = 3  # of each number that is shown, and of its comparison
SEED = 1  # one of 20 verdicts on a perfect cloud is bad luck; this seed has none, so that the cases show what they say
REACH, FAR, THIN, WIDE = 4.75, 1.5, 0.25, 1.5  # as in js/fake_cloud.js: the plane, the centre, both stretches

# The measures in the order of the table, each with its name and whether more is better.
MEASURES = {
    "frechet": ("Fréchet distance", False),
    "kid": ("KID", False),
    "precision": ("precision", True),
    "recall": ("recall", True),
    "density": ("density", True),
    "coverage": ("coverage", True),
    "seen": ("log q of real points", True),
    "held_out": ("log q of held-out points", True),
}
LIKELIHOODS = {"seen": "real", "held_out": "held"}  # and of which points
START = {"shape": "modes", "centre": [0.0, 0.0], "stretch": [1.0, 1.0], "angle": 0.0, "share": 1 / 3, "outlier": False}
CASES: dict[str, dict[str, Any]] = {
    "perfect": START,
    "turned": START | {"angle": 60.0},
    "one Gaussian": START | {"shape": "gaussian"},
    "too wide": START | {"shape": "gaussian", "stretch": [1.5, 1.5]},
    "a mode dropped": START | {"share": 0.0},
    "collapsed": START | {"share": 1.0},
    "collapsed, one outlier": START | {"share": 1.0, "outlier": True},
    "copies": START | {"shape": "copies"},
}


class FakeCloud(Explorer):
    """A real cloud of three modes, a fake one that the reader moves, stretches and turns, and eight measures of it.

    The fake points are y = centre + L u, with L = R(angle) diag(stretch) and u drawn from `shape`: "modes", the density
    of the real points, whose first mode has the probability `share`; "gaussian", one Gaussian of the same mean and
    covariance; "copies", the real points themselves, each with a Gaussian of standard deviation 0.02 around it as
    density. With `outlier` the last point, and 1/count of the density, is far away.

    Traits: shape; centre, with coordinates in [-1.5, 1.5]; stretch, two numbers in [0.25, 1.5]; angle in degrees, in
    [-180, 180]; share in [0, 1]; outlier; count, how many points, 50, 100 or 300. `cases` holds telling settings.
    TraitError: a value out of its range.

    >>> FakeCloud(**FakeCloud.cases["turned"]).angle
    60.0
    """

    module = "fake_cloud"
    cases: ClassVar[dict[str, dict[str, Any]]] = CASES
    description = traitlets.Unicode(
        "A plane with a fixed cloud of real points in three modes and a fake cloud that you move, stretch, turn and "
        "thin out. A table says how eight measures judge the fake cloud, and whether a perfect one would do better."
    ).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    shape = traitlets.Enum(["modes", "gaussian", "copies"], "modes").tag(sync=True)
    centre = traitlets.Any([0.0, 0.0]).tag(sync=True)
    stretch = traitlets.Any([1.0, 1.0]).tag(sync=True)
    angle = traitlets.Float(0.0, min=-180, max=180).tag(sync=True)
    share = traitlets.Float(1 / 3, min=0, max=1).tag(sync=True)
    outlier = traitlets.Bool(False).tag(sync=True)
    count = traitlets.Enum(list(COUNTS), POINTS).tag(sync=True)

    def __init__(self, **state: Any):
        super().__init__(**{"data": packed()} | state)

    @traitlets.validate("centre")
    def _near(self, proposal: traitlets.Bunch) -> list:
        return numbers(proposal.value, "centre", (2,), FAR)

    @traitlets.validate("stretch")
    def _stretched(self, proposal: traitlets.Bunch) -> list:
        stretch = numbers(proposal.value, "stretch", (2,), WIDE)
        if min(stretch) < THIN:
            raise traitlets.TraitError(f"stretch: expected two numbers from {THIN} to {WIDE}, got {stretch}")
        return stretch

    def linear(self) -> Tensor:
        """L = R(angle) diag(stretch), (2, 2)."""
        t = math.radians(self.angle)
        turn = torch.tensor([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]], dtype=torch.float64)
        return turn * doubles(self.stretch)

    def points(self) -> Tensor:
        """The fake points, (count, 2)."""
        drawn = draws()
        z, u = drawn["z"][: self.count], drawn["u"][: self.count]
        if self.shape == "modes":
            mode = (u >= self.share).long() + (u >= (1 + self.share) / 2)
            base = DATA.means.double()[mode] + DATA.sigma * z
        else:
            base = SD * z if self.shape == "gaussian" else drawn["real"][: self.count]
        y = doubles(self.centre) + base @ self.linear().T
        if self.outlier:
            y[-1] = doubles(OUTLIER)
        return y

    def log_prob(self, x: Tensor) -> Tensor:
        """log q(x) of the fake density, x (N, 2), in nats, (N,).

        log q(x) = log p_u(L^-1 (x - centre)) - log |det L|, where p_u is a mixture of Gaussians.
        """
        weights, means, sd = self.mixture()
        u = torch.linalg.solve(self.linear(), (x - doubles(self.centre)).T).T
        log_q = log_mixture(u, weights, means, sd) - math.log(math.prod(self.stretch))
        if not self.outlier:
            return log_q
        far = log_mixture(x, [1.0], doubles([OUTLIER]), DATA.sigma)
        return torch.logaddexp(log_q + math.log1p(-1 / self.count), far - math.log(self.count))

    def mixture(self) -> tuple[Any, Tensor, float]:
        """Weights, means and standard deviation of the density that u is drawn from."""
        if self.shape == "modes":
            return [self.share, (1 - self.share) / 2, (1 - self.share) / 2], DATA.means.double(), DATA.sigma
        if self.shape == "gaussian":
            return [1.0], torch.zeros(1, 2, dtype=torch.float64), SD
        return [1 / self.count] * self.count, draws()["real"][: self.count], COPY

    def measures(self) -> dict[str, float]:
        """All measures by name, as in `MEASURES`. The likelihoods are means, in nats per point."""
        likelihoods = {name: self.log_prob(draws()[of]).mean().item() for name, of in LIKELIHOODS.items()}
        return judged(self.points()) | likelihoods

    def worse(self) -> list[str]:
        """The names of the measures in which the fake cloud is worse than the limits of a perfect one."""
        found, best = self.measures(), limits()[self.count]
        shown = {name: round(value, DIGITS) for name, value in found.items()}
        return [n for n, (_, more) in MEASURES.items() if (shown[n] < best[n] if more else shown[n] > best[n])]

    def picture(self) -> "matplotlib.axes.Axes":
        import matplotlib.pyplot as plt

        _, (left, right) = plt.subplots(1, 2, figsize=(8.6, 4.2), layout="constrained", facecolor="white")
        plots.two_clouds(draws()["real"], self.points(), REACH, left)
        found, best, worse = self.measures(), limits()[self.count], self.worse()
        rows = [
            (label, f"{found[name]:.3f}", f"{'≥' if more else '≤'} {best[name]:.3f}", "worse" if name in worse else "")
            for name, (label, more) in MEASURES.items()
        ]
        right.axis("off")
        widths = (0.5, 0.17, 0.2, 0.15)
        table = right.table(rows, colLabels=("", "fake", "perfect", ""), colWidths=widths, loc="center", edges="B")
        table.auto_set_font_size(False)
        table.set_fontsize(8)
        table.scale(1, 1.5)
        return left

    def alt(self) -> str:
        found, worse = self.measures(), self.worse()
        values = ", ".join(f"{label} {found[name]:.3f}" for name, (label, _) in MEASURES.items())
        kind = {"modes": "in three modes", "gaussian": "of one Gaussian", "copies": "that are copies"}[self.shape]
        named = ", ".join(MEASURES[name][0] for name in worse) or "nothing"
        return (
            f"{POINTS} real points in three modes, and {self.count} fake ones {kind}, stretched by "
            f"{self.stretch[0]:g} and {self.stretch[1]:g} and turned by {self.angle:g} degrees. Beside them a table: "
            f"{values}. Worse than a perfect cloud: {named}."
        )


@cache
def draws() -> dict[str, Tensor]:
    """All that is random: real and held-out points of `DATA` (300, 2), and z (300, 2) and u (300,) for fake ones.

    Rounded, so that the page has the very same numbers in little space.
    """
    rng = torch.Generator().manual_seed(SEED)
    real, held = (DATA.sample(POINTS, rng) for _ in range(2))
    z, u = torch.randn(POINTS, 2, generator=rng), torch.rand(POINTS, generator=rng)
    return {name: t.double().round(decimals=4) for name, t in {"real": real, "held": held, "z": z, "u": u}.items()}


def judged(fake: Tensor) -> dict[str, float]:
    """The measures of two sets of points: the fake ones, (N, 2), against the real ones."""
    real = draws()["real"]
    frechet = metrics.frechet_distance(*metrics.mean_and_cov(real), *metrics.mean_and_cov(fake)).item()
    precision, recall = metrics.precision_recall_points(real, fake).tolist()
    density, coverage = metrics.density_coverage_points(real, fake).tolist()
    return {
        "frechet": max(0.0, frechet),  # rounding can leave -1e-15 where the truth is 0
        "kid": metrics.kernel_distance(real, fake).item(),
        "precision": precision,
        "recall": recall,
        "density": density,
        "coverage": coverage,
    }


@cache
def limits() -> dict[int, dict[str, float]]:
    """For each count and measure the worst value of `PERFECT` clouds drawn from `DATA`, to the digits shown.

    Another such cloud is the worst of all in one of PERFECT + 1 = 20 cases. The likelihood has no luck in it: the
    density of a perfect model is that of `DATA`.
    """
    rng = torch.Generator().manual_seed(SEED + 1)
    found = {}
    for count in COUNTS:
        clouds = [judged(DATA.sample(count, rng).double()) for _ in range(PERFECT)]
        worst = {name: (min if MEASURES[name][1] else max)(cloud[name] for cloud in clouds) for name in clouds[0]}
        own = {name: DATA.log_prob(draws()[of]).mean().item() for name, of in LIKELIHOODS.items()}
        found[count] = {name: round(value, DIGITS) for name, value in (worst | own).items()}
    return found


def packed() -> dict[str, Any]:
    """What the page has to know; JSON turns every key into text."""
    constants = {"means": DATA.means.tolist(), "sigma": DATA.sigma, "sd": SD, "copy": COPY, "outlier": list(OUTLIER)}
    words = {"measures": [[name, *words] for name, words in MEASURES.items()], "cases": CASES}
    best = {str(count): values for count, values in limits().items()}
    return {name: t.tolist() for name, t in draws().items()} | constants | words | {"limits": best}


def log_mixture(x: Tensor, weights: Any, means: Tensor, sd: float) -> Tensor:
    """log sum_k weights_k N(x; means_k, sd^2 I) at x (N, 2), for means (K, 2), nats; a weight may be 0."""
    distance2 = (x[:, None] - means).square().sum(-1)  # (N, K)
    return (doubles(weights).log() - distance2 / (2 * sd**2)).logsumexp(1) - math.log(2 * math.pi * sd**2)
