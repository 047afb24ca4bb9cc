"""Generators, discriminators and variational autoencoders for 28 x 28 grey images."""

from .gan import ConvDiscriminator, ConvGenerator, MLPDiscriminator, MLPGenerator
from .likelihoods import Bernoulli, ContinuousBernoulli, Gaussian
from .vae import MLPVAE, VAE, ConvVAE, VAEOutput

__all__ = [
    "MLPGenerator",
    "MLPDiscriminator",
    "ConvGenerator",
    "ConvDiscriminator",
    "VAE",
    "MLPVAE",
    "ConvVAE",
    "VAEOutput",
    "Bernoulli",
    "ContinuousBernoulli",
    "Gaussian",
]
