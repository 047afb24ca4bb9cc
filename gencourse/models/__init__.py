"""Generators, discriminators and variational autoencoders for 28 x 28 grey images; a GAN for points of the plane."""

from .gan import ConvDiscriminator, ConvGenerator, MLPDiscriminator, MLPGenerator
from .likelihoods import Bernoulli, ContinuousBernoulli, Gaussian
from .plane import PlaneDiscriminator, PlaneGenerator
from .vae import MLPVAE, VAE, ConvVAE, VAEOutput

__all__ = [
    "MLPGenerator",
    "MLPDiscriminator",
    "ConvGenerator",
    "ConvDiscriminator",
    "PlaneGenerator",
    "PlaneDiscriminator",
    "VAE",
    "MLPVAE",
    "ConvVAE",
    "VAEOutput",
    "Bernoulli",
    "ContinuousBernoulli",
    "Gaussian",
]
