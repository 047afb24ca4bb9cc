"""The two networks of a GAN whose "images" are points of the plane."""

from jaxtyping import Float
from torch import Tensor, nn

from .layers import dense
from .sampling import with_labels


class PlaneGenerator(nn.Module):
    """Noise z (B, Z) to points (B, 2) through Z -> hidden -> hidden -> 2, LeakyReLU between the layers.

    >>> import torch
    >>> PlaneGenerator()(torch.zeros(3, 2)).shape
    torch.Size([3, 2])
    """

    classes = 0

    def __init__(self, z_dim: int = 2, hidden: int = 32):
        super().__init__()
        self.z_dim = z_dim
        self.net = nn.Sequential(*dense(z_dim, hidden, hidden, 2))

    def forward(self, z: Float[Tensor, "b z"], labels: Tensor | None = None) -> Float[Tensor, "b 2"]:
        return self.net(with_labels(z, labels, self.classes))


class PlaneDiscriminator(nn.Module):
    """Points (B, 2) to logits (B,) through 2 -> hidden -> hidden -> 1, LeakyReLU between the layers.

    `norm` "spectral" divides each weight by its largest singular value [miyato2018]; "none" leaves the weights.

    Raises:
        ValueError: `norm` is neither of the two.

    >>> import torch
    >>> PlaneDiscriminator(norm="spectral")(torch.zeros(3, 2)).shape
    torch.Size([3])
    """

    classes = 0

    def __init__(self, hidden: int = 32, norm: str = "none"):
        super().__init__()
        if norm not in ("spectral", "none"):
            raise ValueError(f"norm must be 'spectral' or 'none', got {norm!r}")
        self.net = nn.Sequential(*dense(2, hidden, hidden, 1))
        if norm == "spectral":
            for layer in self.net[::2]:
                nn.utils.parametrizations.spectral_norm(layer)

    def forward(self, x: Float[Tensor, "b 2"], labels: Tensor | None = None) -> Float[Tensor, "b"]:
        return self.net(with_labels(x, labels, self.classes)).squeeze(1)
