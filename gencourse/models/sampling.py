"""What every generative model here shares: drawing images, and labels as an extra input."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

IMAGE = (1, 28, 28)  # channels, height, width of Fashion-MNIST


@contextmanager
def eval_mode(module: nn.Module) -> Iterator[None]:
    """Switch `module` to evaluation, and give every submodule its own mode back afterwards."""
    modes = [(m, m.training) for m in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for m, training in modes:
            m.training = training


def sample(
    model: nn.Module,
    n: int,
    generator: torch.Generator | None = None,
    labels: Int[Tensor, "n"] | None = None,
) -> Float[Tensor, "n 1 28 28"]:
    """Draw `n` images of `model`, float32 in [0, 1] on the CPU: z from N(0, I), then `model.generate(z, labels)`.

    BatchNorm uses its running statistics (evaluation mode), so an image does not depend on its neighbours; the
    model's mode is left as it was. The noise is drawn on the CPU, from `generator` if given, so that one seed
    means the same images on every device.

    A class-conditional model takes `labels`, int64 (n,); left out, the classes take turns 0, 1, ..., 9, 0, ...

    Raises:
        ValueError: `n` is not a positive whole number, or the labels do not fit the model.
    """
    return render(model, *latents(model, n, generator, labels))


def latents(
    model: nn.Module, n: int, generator: torch.Generator | None, labels: Int[Tensor, "n"] | None
) -> tuple[Float[Tensor, "n z"], Int[Tensor, "n"] | None]:
    """What `sample` makes its images of: z (n, Z) from N(0, I), and the labels (n,) of a conditional model."""
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ValueError(f"n must be a positive whole number of images, got {n!r}")
    if labels is None and model.classes:
        labels = torch.arange(n) % model.classes
    if labels is not None and len(labels) != n:
        raise ValueError(f"labels must hold one class for each of the n = {n} images, got {len(labels)}")
    z = torch.randn(n, model.z_dim, generator=generator, device=generator.device if generator else "cpu")
    return z, labels


@torch.no_grad()
def render(model: nn.Module, z: Float[Tensor, "n z"], labels: Int[Tensor, "n"] | None) -> Float[Tensor, "n 1 28 28"]:
    """The images `model.generate(z, labels)`, on the CPU, of the model in evaluation mode."""
    n, device = len(z), next(model.parameters()).device
    with eval_mode(model):
        chunks = [
            model.generate(z[i : i + 500].to(device), None if labels is None else labels[i : i + 500].to(device))
            for i in range(0, n, 500)  # in chunks: 10,000 images at once would fill a small GPU
        ]
    return torch.cat(chunks).cpu()


def with_labels(x: Float[Tensor, "b f *size"], labels: Tensor | None, classes: int) -> Float[Tensor, "b g *size"]:
    """`x` with the labels beside it: as unit vectors (B, F + classes), or as constant channels of images.

    An unconditional model has `classes = 0` and takes no labels: the result is `x` itself.

    >>> with_labels(torch.tensor([[0.5]]), torch.tensor([2]), classes=3)
    tensor([[0.5000, 0.0000, 0.0000, 1.0000]])

    Raises:
        ValueError: labels given to an unconditional model, missing for a conditional one, or out of range.
    """
    if labels is None and not classes:
        return x
    y = one_hot(labels, classes, like=x)
    return torch.cat([x, y.view(*y.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])], 1)


def one_hot(labels: Tensor | None, classes: int, like: Tensor) -> Float[Tensor, "b classes"]:
    """The labels as unit vectors in the type and on the device of `like`, shape (B, classes).

    Raises:
        ValueError: as `with_labels`.
    """
    wanted = f"needs labels in 0..{classes - 1}" if classes else "takes no labels (classes=0)"
    if labels is None or not classes:
        raise ValueError(f"labels: this model {wanted}")
    try:  # torch looks for classes out of range itself; asking again here would make a GPU wait
        return F.one_hot(labels.long(), classes).to(like)
    except RuntimeError as error:
        raise ValueError(f"labels: this model {wanted}, got {labels.min()} to {labels.max()}") from error
