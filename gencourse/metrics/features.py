"""The feature net: where images become points whose distances mean something."""

from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..assets import load_weights
from .classifier import Classifier, as_float, check_images

CHUNK = 250  # images at once


class FeatureNet(nn.Module):
    """The trunk of a classifier, its 64 features standardised by their mean and spread over real images.

    Takes images (N, 1, 28, 28), uint8 or floating point in [0, 1], and returns (N, 64) float32. It is the
    `feature` module that torchmetrics' distances ask for. Standardised, because the cubic kernel of `kid`
    would otherwise listen to the features of largest scale alone.

    >>> FeatureNet(Classifier())(torch.zeros(2, 1, 28, 28, dtype=torch.uint8)).shape
    torch.Size([2, 64])
    """

    num_features = Classifier.num_features

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier
        self.register_buffer("mean", torch.zeros(self.num_features))
        self.register_buffer("std", torch.ones(self.num_features))
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # three times faster on a CPU

    @torch.no_grad()
    def forward(self, images: Tensor) -> Float[Tensor, "n 64"]:
        """Standardised features, computed in chunks: 60,000 images at once would need much memory."""
        check_images(images, "images")
        raw = [self.classifier.features(as_float(chunk).to(self.mean.device)) for chunk in images.split(CHUNK)]
        return (torch.cat(raw) - self.mean) / self.std

    def standardise(self, images: Tensor) -> "FeatureNet":
        """Make every feature have mean 0 and variance 1 over `images`; returns the net itself."""
        self.mean.zero_(), self.std.fill_(1)
        raw = self(images)
        self.mean.copy_(raw.mean(0)), self.std.copy_(raw.std(0))
        return self


@cache
def feature_net() -> FeatureNet:
    """The feature net that ships with the package, on the CPU. One object for all callers: do not train it.

    Its test accuracy, seed, steps and the command that retrains it are in
    `gencourse.assets.manifest()["features"]`. A distance computed with it may be compared only with distances
    computed with it.
    """
    net = FeatureNet(Classifier())
    net.load_state_dict(load_weights("features"))
    return net


def features(images: Tensor) -> Float[Tensor, "n 64"]:
    """The 64 standardised features of each image under `feature_net()`, float32.

    Args:
        images: (N, 1, 28, 28), uint8, or floating point in [0, 1].
    """
    return feature_net()(images.cpu())
