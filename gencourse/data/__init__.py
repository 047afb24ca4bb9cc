"""Images and densities to learn from: Fashion-MNIST, 2-D mixtures of Gaussians, and `Batches` to train on."""

from .batches import Batches, best_device
from .fashion import CLASS_NAMES, FashionMNIST, fashion_mnist
from .mixtures import GridOfGaussians, RingOfGaussians, TwoMoons

__all__ = [
    "CLASS_NAMES",
    "Batches",
    "FashionMNIST",
    "GridOfGaussians",
    "RingOfGaussians",
    "TwoMoons",
    "best_device",
    "fashion_mnist",
]
