"""What a decoder's output means: three densities p(x|z) for the pixels of an image.

Each is a small module with `log_prob(logits, x)`, nats per example (B,), and `mean(logits)`, the image to show.
The formulas live in `gencourse.losses`.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .. import losses


class Bernoulli(nn.Module):
    """Pixels that are 0 or 1, with probability sigmoid(logit) of a 1. Greys must be binarised first."""

    def log_prob(self, logits: Float[Tensor, "b *shape"], x: Float[Tensor, "b *shape"]) -> Float[Tensor, "b"]:
        return losses.bernoulli_log_likelihood(logits, x)

    def mean(self, logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return logits.sigmoid()


class ContinuousBernoulli(nn.Module):
    """Pixels anywhere in [0, 1]: the Bernoulli formula with the constant that makes it a density [loaiza2019]."""

    def log_prob(self, logits: Float[Tensor, "b *shape"], x: Float[Tensor, "b *shape"]) -> Float[Tensor, "b"]:
        return losses.continuous_bernoulli_log_likelihood(logits, x)

    def mean(self, logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return losses.continuous_bernoulli_mean(logits)


class Gaussian(nn.Module):
    """Pixels as sigmoid(logit) plus normal noise, whose one variance is learnt with the network [rybkin2021]."""

    def __init__(self) -> None:
        super().__init__()
        self.logvar = nn.Parameter(torch.tensor(-2.0))  # a standard deviation of 0.37, wide for pixels in [0, 1]

    def log_prob(self, logits: Float[Tensor, "b *shape"], x: Float[Tensor, "b *shape"]) -> Float[Tensor, "b"]:
        return losses.gaussian_log_density(x, self.mean(logits), self.logvar)

    def mean(self, logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return logits.sigmoid()
