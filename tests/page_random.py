"""The page's random numbers in Python, and what they make of a seed: first weights, generated points, data points."""

import math

import torch
from torch import Tensor

from gencourse.models import PlaneDiscriminator, PlaneGenerator
from gencourse.widgets.live_gan import MIXTURES, POINTS

JUDGED, SHARE = 2**31, 500  # as in js/live_gan_run.js


class Random:
    """mulberry32, with Box and Muller's normal numbers: gencourse/widgets/js/live_gan_random.js."""

    def __init__(self, seed: int):
        self.counter, self.spare = seed, None

    def uniform(self) -> float:
        self.counter = (self.counter + 0x6D2B79F5) % 2**32
        t = (self.counter ^ (self.counter >> 15)) * (self.counter | 1) % 2**32
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) % 2**32
        return (t ^ (t >> 14)) / 2**32

    def normal(self) -> float:
        if self.spare is not None:
            kept, self.spare = self.spare, None
            return kept
        length = math.sqrt(-2 * math.log(1 - self.uniform()))
        angle = 2 * math.pi * self.uniform()
        self.spare = length * math.sin(angle)
        return length * math.cos(angle)


def sample(name: str, random: Random, n: int) -> Tensor:
    mixture = MIXTURES[name]
    means = mixture.means.double()
    points = []
    for _ in range(n):
        mean = means[math.floor(len(means) * random.uniform())].tolist()
        points.append([m + mixture.sigma * random.normal() for m in mean])
    return torch.tensor(points, dtype=torch.float64)


def first_networks(seed: int, spectral: bool) -> tuple[PlaneGenerator, PlaneDiscriminator]:
    """The networks before the first step; with spectral normalisation, the discriminator's u and v have converged."""
    random = Random(seed)
    networks = PlaneGenerator().double(), PlaneDiscriminator(norm="spectral" if spectral else "none").double()
    for net in networks:
        for layer in net.net[::2]:
            bound = 1 / math.sqrt(layer.in_features)
            p = getattr(layer, "parametrizations", None)
            for values in (p.weight.original if p else layer.weight, layer.bias):
                drawn = [bound * (2 * random.uniform() - 1) for _ in range(values.numel())]
                values.data = torch.tensor(drawn, dtype=torch.float64).view_as(values)
            if p:
                v = [random.normal() for _ in range(layer.in_features)]
                p.weight[0]._v.data = torch.tensor(v, dtype=torch.float64)
                p.weight[0]._power_method(p.weight.original, 15)
    return networks[0].eval(), networks[1].eval()


def first_points(generator: PlaneGenerator) -> Tensor:
    """The generated points that the page judges."""
    random, points = Random(JUDGED), []
    for _ in range(POINTS // SHARE):
        z = torch.tensor([random.normal() for _ in range(2 * SHARE)], dtype=torch.float64).view(2, SHARE).T
        points.append(generator(z).detach())
    return torch.cat(points)
