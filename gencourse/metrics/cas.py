"""The classification accuracy score: how useful generated images are to somebody who has only them."""

import torch
from torch import Tensor

from ..data import fashion_mnist
from .classifier import accuracy, check_images, check_labels, train_classifier


def classification_accuracy_score(
    images: Tensor,
    labels: Tensor,
    *,
    steps: int = 500,
    seed: int = 0,
    test: tuple[Tensor, Tensor] | None = None,
    device: torch.device | str | None = None,
) -> float:
    """Train a classifier on labelled generated images, return its accuracy on real test images.

    The labels must be the ones that the images were generated with (class-conditional sampling). Labels
    guessed by a classifier would hand that classifier's knowledge of real images to the student.

    Args:
        images: generated images (N, 1, 28, 28), uint8, or floating point in [0, 1].
        labels: (N,) classes 0 to 9 that the images were generated with.
        steps: updates of the classifier; compare scores of equal `steps` and N only.
        seed: of the classifier's training.
        test: real (images, labels); by default the 2,000 test images of the package.
        device: by default the best there is.

    Raises:
        ValueError: images or labels that do not fit.

    Source: [ravuri2019].
    """
    test_images, test_labels = test if test is not None else fashion_mnist("test")[:2]
    check_images(test_images, "test images")
    check_labels(test_labels, len(test_images))
    return accuracy(train_classifier(images, labels, steps, seed, device=device), test_images, test_labels)
