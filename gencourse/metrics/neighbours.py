"""Do the samples look real, and do they reach all that is real? Two questions, two numbers, from nearest neighbours."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .classifier import check_images
from .features import feature_net
from .likelihood import check_count

ROWS = 1000  # points at once: their distances to 10,000 others take 40 MB, those of all 10,000 would take 400


def precision_recall(real: Tensor, fake: Tensor, k: int = 3, *, net: nn.Module | None = None) -> tuple[float, float]:
    r"""The share of generated images that lie near real ones, and of real images that lie near generated ones.

    Around the features of each image lies a ball that just reaches its k-th nearest other image of the same set. With
    the real features $x_i$, their radii $r_i$ and the generated features $y_j$,
    $\mathrm{precision} = \frac1M \sum_{j=1}^M [\exists i: \lVert y_j - x_i \rVert \le r_i]$; recall is the same with
    real and generated exchanged. Bad pictures lower the precision, missing kinds of pictures the recall.

    Both are in [0, 1]. Compare only values from the same numbers of images, the same k and the same feature net: balls
    shrink as images are added, and even for a perfect model no value is known beforehand. An image far from all others
    has a large ball, in which bad pictures pass for good ones.

    Args:
        real: (N, 1, 28, 28), uint8, or floating point in [0, 1]; more than k images, better thousands.
        fake: (M, 1, 28, 28), the same.
        k: which neighbour a ball reaches.
        net: any module from images to (N, num_features); by default the shipped `feature_net()`.

    Raises:
        ValueError: k below 1, too few images for it, a wrong shape, or values outside [0, 1].

    Source: [kynkaanniemi2019].
    """
    precision, recall = precision_recall_points(*both_features(real, fake, k, net), k).tolist()
    return precision, recall


def density_coverage(real: Tensor, fake: Tensor, k: int = 5, *, net: nn.Module | None = None) -> tuple[float, float]:
    r"""How many balls of real images hold a generated one, over k; and the share of those balls that hold any.

    With the N balls that `precision_recall` draws around real images, and M generated images: the density is
    $\frac{1}{kM}$ times the number of pairs of a generated image and a ball that holds it, and can exceed 1. The
    coverage is the share of the N balls that hold a generated image. Here one large ball counts for little, and no ball
    is drawn around a generated image. For two samples of one distribution the density is 1 on average, and the coverage
    $1 - \prod_{i=1}^{k} \frac{N-i}{N+M-i}$, for M = N about $1 - 2^{-k}$.

    Arguments and errors are those of `precision_recall`. Source: [naeem2020].
    """
    density, coverage = density_coverage_points(*both_features(real, fake, k, net), k).tolist()
    return density, coverage


def both_features(real: Tensor, fake: Tensor, k: int, net: nn.Module | None) -> tuple[Tensor, Tensor]:
    """The features of both sets, which must hold more than k images."""
    check_count("k", k)
    for name, images in (("real", real), ("fake", fake)):
        check_images(images, name, at_least=k + 1)
    net = net or feature_net()
    return net(real.cpu()), net(fake.cpu())


def precision_recall_points(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], k: int = 3, exact: bool = True
) -> Float[Tensor, "2"]:
    """`precision_recall` of features: x of real images, y of generated ones.

    >>> x, y = torch.tensor([[0.0], [1.0], [3.0], [7.0]]), torch.tensor([[4.5], [-3.0]])
    >>> precision_recall_points(x, y, 1)  # radii 1, 1, 2, 4: 4.5 is in a ball; radii 7.5, 7.5 around y hold all of x
    tensor([0.5000, 1.0000], dtype=torch.float64)
    """
    precision = (balls(y, x, radii(x, k, exact), exact) > 0).double().mean()
    recall = (balls(x, y, radii(y, k, exact), exact) > 0).double().mean()
    return torch.stack([precision, recall])


def density_coverage_points(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], k: int = 5, exact: bool = True
) -> Float[Tensor, "2"]:
    """`density_coverage` of features: x of real images, y of generated ones.

    >>> x, y = torch.tensor([[0.0], [1.0], [3.0], [7.0]]), torch.tensor([[4.5], [-3.0]])
    >>> density_coverage_points(x, y, 1)  # 4.5 is in the balls of 3 and 7, -3 in none: 2 / 2 and 2 / 4
    tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    radius = radii(x, k, exact)
    density = balls(y, x, radius, exact).double().mean() / k
    coverage = (nearest(x, y, 1, exact) <= radius).double().mean()
    return torch.stack([density, coverage])


def radii(x: Float[Tensor, "n d"], k: int, exact: bool = True) -> Float[Tensor, "n"]:
    """The distance of each point to its k-th nearest other point; a copy of it is another point.

    >>> radii(torch.tensor([[0.0], [1.0], [3.0], [7.0]]), 1)
    tensor([1., 1., 2., 4.])
    """
    return nearest(x, x, k + 1, exact)  # the nearest of all is the point itself


def nearest(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], k: int, exact: bool = True) -> Float[Tensor, "n"]:
    """The distance of each x to the k-th nearest y."""
    return torch.cat([block.topk(k, largest=False).values[:, -1] for block in distances(x, y, exact)])


def balls(
    x: Float[Tensor, "n d"], centres: Float[Tensor, "m d"], radius: Float[Tensor, "m"], exact: bool = True
) -> Int[Tensor, "n"]:
    """How many balls hold each x; a point on the surface is in the ball."""
    return torch.cat([(block <= radius).sum(1) for block in distances(x, centres, exact)])


def distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], exact: bool) -> Iterator[Float[Tensor, "rows m"]]:
    """The distances of all x to all y, some rows of x at a time.

    Exact, copies are at distance 0 and a pair has one distance in either order. Otherwise a matrix product takes a
    tenth of the time, and copies are up to about 0.01 apart.
    """
    way = "donot_use_mm_for_euclid_dist" if exact else "use_mm_for_euclid_dist"
    return (torch.cdist(rows, y, compute_mode=way) for rows in x.split(ROWS))
