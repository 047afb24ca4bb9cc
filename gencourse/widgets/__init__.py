"""Explorers: figures that the reader moves, in a notebook and on the website, from the same code."""

from .base import Explorer
from .convolution_gain import ConvolutionGain
from .fake_cloud import FakeCloud
from .forced_choice import ForcedChoice
from .latent_plane import LatentPlane
from .live_gan import LiveGAN
from .unit_ball import UnitBall

__all__ = ["ConvolutionGain", "Explorer", "FakeCloud", "ForcedChoice", "LatentPlane", "LiveGAN", "UnitBall"]
