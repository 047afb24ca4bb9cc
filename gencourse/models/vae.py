"""Variational autoencoders [kingma2014], fully connected and convolutional.

The encoder returns the parameters of q(z|x), a Gaussian with mean `mu` and variance exp(`logvar`). The decoder
returns logits, one for each pixel, which a likelihood (`models.Bernoulli`, ...) turns into p(x|z).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .layers import SLOPE, dense
from .likelihoods import Bernoulli
from .sampling import IMAGE, sample, with_labels


class VAEOutput(NamedTuple):
    """One pass through a VAE: decoder logits (B, 1, 28, 28), `mu` and `logvar` of q(z|x) (B, Z), and z (B, Z)."""

    logits: Tensor
    mu: Tensor
    logvar: Tensor
    z: Tensor


class VAE(nn.Module):
    """An encoder to (mu, logvar), a decoder to logits and the likelihood that says what the logits mean.

    `encoder` maps (B, 1 + classes, 28, 28) to (B, 2 Z) and `decoder` maps (B, Z + classes) to (B, 1, 28, 28).
    With `classes` > 0 the label enters both: as constant extra channels and as a one-hot vector beside z.
    """

    sample = sample

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        latent_dim: int,
        likelihood: nn.Module | None = None,
        classes: int = 0,
    ):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.z_dim, self.classes = latent_dim, classes
        self.likelihood = likelihood or Bernoulli()

    def encode(
        self, x: Float[Tensor, "b 1 28 28"], labels: Tensor | None = None
    ) -> tuple[Float[Tensor, "b z"], Float[Tensor, "b z"]]:
        """The mean and the log-variance of q(z|x), each (B, Z)."""
        mu, logvar = self.encoder(with_labels(2 * x - 1, labels, self.classes)).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z: Float[Tensor, "b z"], labels: Tensor | None = None) -> Float[Tensor, "b 1 28 28"]:
        """The logits of p(x|z), one for each pixel."""
        return self.decoder(with_labels(z, labels, self.classes))

    def forward(
        self,
        x: Float[Tensor, "b 1 28 28"],
        labels: Tensor | None = None,
        generator: torch.Generator | None = None,
        eps: Float[Tensor, "b z"] | None = None,
    ) -> VAEOutput:
        """Encode, draw z = mu + sigma * eps with eps (given, or drawn) from N(0, I), decode [kingma2014, sec. 2.4]."""
        mu, logvar = self.encode(x, labels)
        if eps is None:
            eps = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
        z = mu + torch.exp(logvar / 2) * eps
        return VAEOutput(self.decode(z, labels), mu, logvar, z)

    def generate(self, z: Float[Tensor, "b z"], labels: Tensor | None = None) -> Float[Tensor, "b 1 28 28"]:
        """The mean image of p(x|z), in [0, 1]: what `sample` shows for each z."""
        return self.likelihood.mean(self.decode(z, labels)).clamp(0, 1)


class MLPVAE(VAE):
    """The first VAE of the literature: 784 -> 400 -> (20, 20) and 20 -> 400 -> 784 [kingma2014, App. C].

    `hidden` may be several widths, in the decoder's order; the encoder has them backwards.

    >>> MLPVAE().sample(2).shape
    torch.Size([2, 1, 28, 28])
    >>> [layer.out_features for layer in MLPVAE(2, hidden=(64, 32)).decoder if isinstance(layer, nn.Linear)]
    [64, 32, 784]
    """

    def __init__(self, latent_dim: int = 20, hidden: int | tuple[int, ...] = 400, likelihood: nn.Module | None = None):
        widths = (hidden,) if isinstance(hidden, int) else tuple(hidden)
        encoder = nn.Sequential(nn.Flatten(), *dense(28 * 28, *widths[::-1], 2 * latent_dim))
        decoder = nn.Sequential(*dense(latent_dim, *widths, 28 * 28), nn.Unflatten(1, IMAGE))
        super().__init__(encoder, decoder, latent_dim, likelihood)


class ConvVAE(VAE):
    """Convolutions down to 7 x 7 and a dense layer to (mu, logvar); a dense layer and transposed convolutions back.

    BatchNorm and LeakyReLU follow the convolutions, never the two outputs: those are parameters of densities.
    """

    def __init__(self, latent_dim: int = 16, width: int = 32, likelihood: nn.Module | None = None, classes: int = 0):
        encoder = nn.Sequential(
            nn.Conv2d(1 + classes, width, kernel_size=4, stride=2, padding=1, bias=False),  # (B, W, 14, 14)
            nn.BatchNorm2d(width),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1, bias=False),  # (B, 2W, 7, 7)
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
            nn.Linear(2 * width * 7 * 7, 2 * latent_dim),
        )
        decoder = nn.Sequential(
            nn.Linear(latent_dim + classes, 2 * width * 7 * 7, bias=False),
            nn.Unflatten(1, (2 * width, 7, 7)),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(2 * width, width, kernel_size=4, stride=2, padding=1, bias=False),  # (B, W, 14, 14)
            nn.BatchNorm2d(width),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(width, 1, kernel_size=4, stride=2, padding=1),  # (B, 1, 28, 28)
        )
        super().__init__(encoder, decoder, latent_dim, likelihood, classes)
