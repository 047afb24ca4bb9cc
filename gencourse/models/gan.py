"""The two networks of a GAN, fully connected [goodfellow2014] and convolutional [radford2016].

Images live in [0, 1]. Discriminators shift them to [-1, 1] before their first layer, because a network learns
faster from inputs centred on zero. They return logits: sigmoid(logit) is the probability "real".
"""

from jaxtyping import Float
from torch import Tensor, nn

from .layers import SLOPE
from .sampling import IMAGE, one_hot, sample, with_labels


class MLPGenerator(nn.Module):
    """Noise z (B, 100) to images (B, 1, 28, 28) through 100 -> 1024 -> 1024 -> 784, LeakyReLU, sigmoid at the end.

    >>> MLPGenerator().sample(2).shape
    torch.Size([2, 1, 28, 28])
    """

    classes = 0
    sample = sample

    def __init__(self, z_dim: int = 100, hidden: int = 1024):
        super().__init__()
        self.z_dim = z_dim
        self.net = nn.Sequential(
            nn.Linear(z_dim, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, 28 * 28),
            nn.Sigmoid(),  # a pixel is a number in [0, 1]
        )

    def forward(self, z: Float[Tensor, "b z"], labels: Tensor | None = None) -> Float[Tensor, "b 1 28 28"]:
        return self.net(with_labels(z, labels, self.classes)).unflatten(1, IMAGE)

    generate = forward


class MLPDiscriminator(nn.Module):
    """Images (B, 1, 28, 28) in [0, 1] to logits (B,) through 784 -> 1024 -> 1024 -> 1, LeakyReLU.

    >>> import torch
    >>> MLPDiscriminator()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2])
    """

    classes = 0

    def __init__(self, hidden: int = 1024):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, 1),  # a logit: the loss applies the sigmoid in its exact form
        )

    def forward(self, x: Float[Tensor, "b 1 28 28"], labels: Tensor | None = None) -> Float[Tensor, "b"]:
        return self.net(with_labels(2 * x - 1, labels, self.classes)).squeeze(1)


class ConvGenerator(nn.Module):
    """Noise z (B, Z) to images (B, 1, 28, 28) by two transposed convolutions that double the size, 7 -> 14 -> 28.

    BatchNorm and LeakyReLU follow every layer but the last: there, BatchNorm would tie the brightness of an image to
    its batch, and LeakyReLU would leave [0, 1]. Kernel 4 with stride 2 covers each pixel equally often, which avoids
    checkerboards [odena2016]. With `classes` > 0 the label enters as a one-hot vector beside z.

    `width` 16 was the best of those tried for 100 seconds on two cores (chapter 8); the shipped models, trained for
    longer, have 64.
    """

    sample = sample

    def __init__(self, z_dim: int = 64, width: int = 16, classes: int = 0):
        super().__init__()
        self.z_dim, self.classes = z_dim, classes
        self.net = nn.Sequential(
            nn.Linear(z_dim + classes, 2 * width * 7 * 7, bias=False),  # no bias: the BatchNorm behind it has one
            nn.Unflatten(1, (2 * width, 7, 7)),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(2 * width, width, kernel_size=4, stride=2, padding=1, bias=False),  # (B, W, 14, 14)
            nn.BatchNorm2d(width),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(width, 1, kernel_size=4, stride=2, padding=1),  # (B, 1, 28, 28)
            nn.Sigmoid(),
        )
        self.net.apply(small_normal_weights)

    def forward(self, z: Float[Tensor, "b z"], labels: Tensor | None = None) -> Float[Tensor, "b 1 28 28"]:
        return self.net(with_labels(z, labels, self.classes))

    generate = forward


class ConvDiscriminator(nn.Module):
    """Images (B, 1, 28, 28) in [0, 1] to logits (B,) by convolutions that halve the size, 28 -> 14 -> 7 -> 4.

    `norm` says what steadies the middle layers: "batch" (BatchNorm, as in [radford2016]), "spectral" (each weight
    divided by its largest singular value [miyato2018]) or "none", the choice under a gradient penalty
    [gulrajani2017]. BatchNorm never stands on the first layer, which must see the images' own brightness, nor on
    the last. With `classes` > 0 the logit gains the inner product of the features with a learnt vector for each
    class: the projection discriminator [miyato2018projection].

    Raises:
        ValueError: `norm` is not one of the three.
    """

    def __init__(self, width: int = 16, classes: int = 0, norm: str = "batch"):
        super().__init__()
        if norm not in ("batch", "spectral", "none"):
            raise ValueError(f"norm must be 'batch', 'spectral' or 'none', got {norm!r}")
        self.classes = classes
        wrap = nn.utils.parametrizations.spectral_norm if norm == "spectral" else nn.Identity()
        batch_norm = nn.BatchNorm2d if norm == "batch" else nn.Identity
        self.features = nn.Sequential(
            wrap(nn.Conv2d(1, width, kernel_size=4, stride=2, padding=1)),  # (B, W, 14, 14)
            nn.LeakyReLU(SLOPE),
            wrap(nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1)),  # (B, 2W, 7, 7)
            batch_norm(2 * width),
            nn.LeakyReLU(SLOPE),
            wrap(nn.Conv2d(2 * width, 4 * width, kernel_size=3, stride=2, padding=1)),  # (B, 4W, 4, 4)
            batch_norm(4 * width),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
        )
        self.logit = wrap(nn.Linear(4 * width * 4 * 4, 1))
        self.embed = wrap(nn.Linear(classes, 4 * width * 4 * 4, bias=False)) if classes else None
        if norm == "batch":
            self.apply(small_normal_weights)

    def forward(self, x: Float[Tensor, "b 1 28 28"], labels: Tensor | None = None) -> Float[Tensor, "b"]:
        features = self.features(2 * x - 1)
        logits = self.logit(features).squeeze(1)
        if labels is None and self.embed is None:
            return logits
        return logits + (self.embed(one_hot(labels, self.classes, like=x)) * features).sum(1)


def small_normal_weights(layer: nn.Module) -> None:
    """Draw the weights of convolutions and linear layers from N(0, 0.02^2), as [radford2016] does."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(layer.weight, std=0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
