"""A small convolutional classifier: the trunk of the feature net, and the student of the accuracy score."""

from itertools import chain, repeat

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..data import Batches


class Classifier(nn.Module):
    """Two convolutions and a dense layer to 64 features, then one linear layer to the 10 class logits.

    The features are read before the last ReLU: half of every bell curve would be cut to 0 after it, and the
    distances that are computed on them think of Gaussians.

    >>> Classifier()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    num_features = 64

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1, bias=False),  # (B, 16, 28, 28)
            nn.MaxPool2d(2),  # (B, 16, 14, 14); first, so that BatchNorm and ReLU see a quarter as much
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 32, kernel_size=3, padding=1, bias=False),  # (B, 32, 14, 14)
            nn.MaxPool2d(2),  # (B, 32, 7, 7)
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, self.num_features, bias=False),
            nn.BatchNorm1d(self.num_features),
        )
        self.head = nn.Linear(self.num_features, 10)

    def features(self, x: Float[Tensor, "b 1 28 28"]) -> Float[Tensor, "b 64"]:
        """The input of the last ReLU."""
        return self.trunk(x)

    def forward(self, x: Float[Tensor, "b 1 28 28"]) -> Float[Tensor, "b 10"]:
        """Class logits."""
        return self.head(F.relu(self.features(x)))


def train_classifier(
    images: Tensor,
    labels: Tensor,
    steps: int = 500,
    seed: int = 0,
    *,
    batch_size: int = 64,
    lr: float = 5e-3,
    device: torch.device | str | None = None,
) -> Classifier:
    """Train a `Classifier` with cross-entropy and return it, in evaluation mode.

    Adam, with a learning rate that warms up over the first tenth and falls linearly to 0. The global random
    state is left alone: `seed` sets the first weights and the order of the batches.

    Args:
        images: (N, 1, 28, 28), uint8, or floating point in [0, 1].
        labels: (N,) classes 0 to 9.
        steps: updates, each on `batch_size` images.
        seed: of the weights and the order.
        batch_size: at most N are used; on a CPU, 64 took about half the time for an image that 256 did.
        lr: the largest learning rate, per update.
        device: by default the best there is.

    Raises:
        ValueError: images or labels that do not fit, or no step.
    """
    check_images(images, "images", at_least=2)
    check_labels(labels, len(images))
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    batches = Batches(images, min(batch_size, len(images)), labels=labels.long(), seed=seed, device=device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Classifier()
    model.to(batches.device, memory_format=torch.channels_last)
    opt = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: warm_then_linear(k / steps))
    for _, (x, y) in zip(range(steps), chain.from_iterable(repeat(batches)), strict=False):
        loss = F.cross_entropy(model(x.contiguous(memory_format=torch.channels_last)), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        schedule.step()
    return model.eval()


def warm_then_linear(progress: float, warm: float = 0.1) -> float:
    """The share of the largest learning rate at `progress` in [0, 1]: 1 at `warm`, 0 at both ends.

    >>> [round(warm_then_linear(p), 3) for p in (0.05, 0.1, 0.55, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    return min(progress / warm, (1 - progress) / (1 - warm))


@torch.no_grad()
def accuracy(model: Classifier, images: Tensor, labels: Tensor) -> float:
    """The share of `images` whose largest logit is at their label."""
    device = next(model.parameters()).device
    predicted = [model(as_float(chunk).to(device)).argmax(1).cpu() for chunk in images.split(250)]
    return float((torch.cat(predicted) == labels.cpu()).float().mean())


def as_float(images: Tensor) -> Tensor:
    """uint8 images as float32 in [0, 1]; floating-point images as float32."""
    return images.float() / 255 if images.dtype == torch.uint8 else images.float()


# The annotations above say `Tensor`, not a shape: these two checks answer a reader's mistake in words.
def check_images(images: Tensor, name: str, at_least: int = 1) -> None:
    """A `ValueError` that names the argument, unless it holds `at_least` images (N, 1, 28, 28)."""
    if images.ndim != 4 or tuple(images.shape[1:]) != (1, 28, 28):
        raise ValueError(f"{name} must have shape (N, 1, 28, 28), got {tuple(images.shape)}")
    if len(images) < at_least:
        raise ValueError(f"{name} must hold at least {at_least} images, got {len(images)}")
    if images.dtype != torch.uint8 and not images.is_floating_point():
        raise ValueError(f"{name} must be uint8, or floating point in [0, 1]; got {images.dtype}")
    if images.is_floating_point() and not bool(((images >= 0) & (images <= 1)).all()):
        raise ValueError(f"{name} must be in [0, 1] without NaN; bring a tanh output t there by (t + 1) / 2")


def check_labels(labels: Tensor, n: int) -> None:
    """A `ValueError` unless `labels` holds `n` whole numbers from 0 to 9."""
    if tuple(labels.shape) != (n,):
        raise ValueError(f"labels must have shape ({n},), one for each image; got {tuple(labels.shape)}")
    if labels.is_floating_point() or not bool(((labels >= 0) & (labels <= 9)).all()):
        raise ValueError("labels must be whole numbers from 0 to 9")
