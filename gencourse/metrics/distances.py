"""Distances between two sets of images, Fréchet and kernel, and the closed form behind the first."""

import warnings

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .. import norms
from .classifier import check_images
from .features import feature_net


def frechet_distance(mu1: Tensor, cov1: Tensor, mu2: Tensor, cov2: Tensor) -> Float[Tensor, ""]:
    r"""The squared Wasserstein-2 distance of two Gaussians, from their means (d,) and covariances (d, d).

    $\lVert\mu_1-\mu_2\rVert^2 + \mathrm{tr}(\Sigma_1+\Sigma_2)-2\lVert\Sigma_1^{1/2}\Sigma_2^{1/2}\rVert_*$,
    where the nuclear norm is the sum of the singular values. Often written with
    $\mathrm{tr}\,(\Sigma_1\Sigma_2)^{1/2}$, the same number: the eigenvalues of $\Sigma_1\Sigma_2$ are the
    squares of those singular values. Give float64: in float32 a true 0 comes out as about 1e-5.

    Source: [dowson1982]; [heusel2017] for images.

    Raises:
        ValueError: shapes that do not fit, NaN, or a matrix that is not a covariance.

    >>> one, zero = torch.ones(1, 1), torch.zeros(1)
    >>> frechet_distance(zero, one, zero + 3, 4 * one)  # 3^2 + (1 - 2)^2
    tensor(10.)
    """
    roots = [psd_sqrt(cov, name) for name, cov in (("cov1", cov1), ("cov2", cov2))]
    if not mu1.shape == mu2.shape == cov1.shape[:1] == cov2.shape[:1]:
        shapes = [tuple(t.shape) for t in (mu1, cov1, mu2, cov2)]
        raise ValueError(f"mu1, cov1, mu2, cov2 must be (d,), (d, d), (d,), (d, d); got {shapes}")
    overlap = norms.nuclear(roots[0] @ roots[1])
    return (mu1 - mu2).square().sum() + cov1.trace() + cov2.trace() - 2 * overlap


def psd_sqrt(cov: Tensor, name: str = "cov") -> Float[Tensor, "d d"]:
    r"""The symmetric square root of a covariance: $V \Lambda^{1/2} V^T$ from $\Sigma = V \Lambda V^T$.

    >>> psd_sqrt(torch.diag(torch.tensor([4.0, 9.0])))
    tensor([[2., 0.],
            [0., 3.]])
    """
    if cov.ndim != 2 or cov.shape[0] != cov.shape[1] or not bool(torch.isfinite(cov).all()):
        raise ValueError(f"{name} must be a finite square matrix, got shape {tuple(cov.shape)}")
    tolerance = 1e-5 * float(cov.abs().max())
    values, vectors = torch.linalg.eigh(cov)
    if float((cov - cov.T).abs().max()) > tolerance or float(values[0]) < -tolerance * len(cov):
        raise ValueError(f"{name} must be symmetric with no negative eigenvalue, as every covariance is")
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def mean_and_cov(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "d"], Float[Tensor, "d d"]]:
    """The mean (d,) and the unbiased covariance (d, d) of n points, float64: the Gaussian that `fid` sees.

    >>> mean_and_cov(torch.tensor([[0.0], [2.0]]))
    (tensor([1.], dtype=torch.float64), tensor([[2.]], dtype=torch.float64))
    """
    x = x.double()
    return x.mean(0), torch.atleast_2d(x.T.cov())


def fid(real: Tensor, fake: Tensor, *, net: nn.Module | None = None) -> float:
    """The Fréchet distance between two sets of images: that of the Gaussians fitted to their features.

    0 for equal sets, symmetric, blind to order. Biased upwards by an amount that shrinks as 1/n, so compare
    only values from the same numbers of images, the same feature net and the same code [chong2020]. Computed
    by torchmetrics in float64.

    Args:
        real: (N, 1, 28, 28), uint8, or floating point in [0, 1]; at least 65 images, better thousands.
        fake: (M, 1, 28, 28), the same.
        net: any module from images to (N, num_features); by default the shipped `feature_net()`.

    Raises:
        ValueError: too few images for a full-rank covariance, a wrong shape, or values outside [0, 1].

    Source: [heusel2017].
    """
    from torchmetrics.image.fid import FrechetInceptionDistance

    net = net or feature_net()
    for name, images in (("real", real), ("fake", fake)):
        check_images(images, name, at_least=net.num_features + 1)
    # sync_on_compute: of several processes, one may call this alone, on all of the images
    metric = FrechetInceptionDistance(feature=net, sync_on_compute=False)
    metric.update(real.cpu(), real=True)
    metric.update(fake.cpu(), real=False)
    return max(0.0, float(metric.compute()))  # rounding can leave -1e-6 where the truth is 0


def kernel_distance(x: Float[Tensor, "*batch n d"], y: Float[Tensor, "*batch m d"]) -> Float[Tensor, "*batch"]:
    r"""The squared MMD of two sets of points, estimated without bias with the cubic kernel of `kid`.

    $E\,k(x, x') + E\,k(y, y') - 2 E\,k(x, y)$ with $k(a, b) = (a \cdot b / d + 1)^3$. Each expectation is a
    mean over pairs of different points: with the pairs (x, x) in it, it would be too large. For equal
    distributions the estimate is 0 on average and can be negative. Source: [gretton2012]; [binkowski2018] for
    images.

    >>> x, y = torch.tensor([[1.0], [-1.0]]), torch.tensor([[0.0], [0.0]])
    >>> kernel_distance(x, y)  # (1 - 1)^3 + 1 - 2
    tensor(-1.)
    """
    if min(x.shape[-2], y.shape[-2]) < 2:
        raise ValueError(f"x and y must hold at least 2 points each, got {x.shape[-2]} and {y.shape[-2]}")
    k_xx, k_yy, k_xy = ((a @ b.mT / x.shape[-1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    return mean_off_diagonal(k_xx) + mean_off_diagonal(k_yy) - 2 * k_xy.mean((-2, -1))


def mean_off_diagonal(k: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch"]:
    """The mean of the entries outside the diagonal.

    >>> mean_off_diagonal(torch.tensor([[9.0, 1.0], [3.0, 9.0]]))
    tensor(2.)
    """
    n = k.shape[-1]
    return (k.sum((-2, -1)) - k.diagonal(dim1=-2, dim2=-1).sum(-1)) / (n * (n - 1))


def kid(
    real: Tensor,
    fake: Tensor,
    subsets: int = 50,
    subset_size: int = 500,
    seed: int = 0,
    *,
    net: nn.Module | None = None,
) -> tuple[float, float]:
    """The kernel distance of two sets of images: `kernel_distance` of their features, as (mean, std) over subsets.

    Unbiased, so that the value does not depend on the number of images; for equal distributions it is 0 on
    average and can be negative. The std is the spread between subsets, not the error of the mean. Computed by
    torchmetrics.

    Args:
        real: (N, 1, 28, 28), uint8, or floating point in [0, 1]; at least `subset_size` images.
        fake: (M, 1, 28, 28), the same.
        subsets: how many random subsets are averaged.
        subset_size: images of each set in one subset.
        seed: of the subsets; the global random state is left alone.
        net: any module from images to (N, num_features); by default the shipped `feature_net()`.

    Raises:
        ValueError: too few images, a wrong shape, or values outside [0, 1].

    Source: [binkowski2018].
    """
    from torchmetrics.image.kid import KernelInceptionDistance

    if subsets < 1 or subset_size < 2:
        raise ValueError(f"need subsets >= 1 and subset_size >= 2, got {subsets} and {subset_size}")
    for name, images in (("real", real), ("fake", fake)):
        check_images(images, name, at_least=subset_size)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # torchmetrics warns that it keeps the features: that is meant here
        options = {"subsets": subsets, "subset_size": subset_size, "sync_on_compute": False}  # as in `fid`
        metric = KernelInceptionDistance(net or feature_net(), **options)
        metric.update(real.cpu(), real=True)
        metric.update(fake.cpu(), real=False)
        torch.manual_seed(seed)
        mean, std = metric.compute()
    return float(mean), float(std)
