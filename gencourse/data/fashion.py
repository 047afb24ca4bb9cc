"""Fashion-MNIST [xiao2017]: 28x28 grey pictures of clothes in ten classes."""

import os
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from ..assets import idx
from ..assets import path as asset
from . import download

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
# sha256 of the decompressed content: gzip writes the same data in many ways
EMBEDDED = {
    "train-images-idx3-ubyte.gz": "ebca61dfa5a101cb86d00ab67cce10677c151a672c0bb2792a1b31671203ef63",
    "train-labels-idx1-ubyte.gz": "25857998263ee097596289d01b87542b831c33a173fd7f8afb29b1819688a0e8",
    "t10k-images-idx3-ubyte.gz": "e77922be7cce8b4f5ec1bc374512ab6ca559ae61b8be95723ec56cf2e6d1631e",
    "t10k-labels-idx1-ubyte.gz": "e796f0feda7a592f09a00cb2187e9b8d0f4774ecbf5afb5a45a2ffb68ad23854",
}
FULL = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist
WAY_OUT = "gc.data.fashion_mnist(split) needs no file: it gives the 12,000 images inside the package"


class FashionMNIST(NamedTuple):
    """Images and labels in the order of the original files, and the name of each label."""

    images: UInt8[Tensor, "n 1 28 28"]
    labels: Int64[Tensor, "n"]
    class_names: tuple[str, ...]


def fashion_mnist(split: str = "train", full: bool = False, root: str | Path | None = None) -> FashionMNIST:
    """The Fashion-MNIST images of one split, by default a class-balanced subset that ships with the package.

    Args:
        split: "train" (10,000 images, 60,000 when full) or "test" (2,000, 10,000 when full).
        full: all 70,000 images. They are looked for in `root` alone where it is given, otherwise in the
            folder `$GENCOURSE_DATA`, in Debian's `/usr/share/datasets/fashion-mnist`, and in the download
            cache; failing that they are downloaded (31 MB) from the publisher. The content is always checked.
        root: the folder of the four `.gz` files, used with `full=True`.

    Returns:
        `images` (N, 1, 28, 28) uint8, `labels` (N,) int64, `class_names`.

    Raises:
        ValueError: an unknown split, `root` without `full`, a truncated, corrupted or wrong file.
        FileNotFoundError: `root` lacks a file.
        ConnectionError: the download failed.
        OSError: the cache cannot be written.

    >>> images, labels, class_names = fashion_mnist("test")
    >>> images.shape, images.dtype, (labels == class_names.index("Bag")).sum().item()
    (torch.Size([2000, 1, 28, 28]), torch.uint8, 200)
    """
    if split not in FILES:
        raise ValueError(f'split must be "train" or "test", got {split!r}')
    if root is not None and not full:
        raise ValueError("root is the folder of the full files: give full=True with it")
    if full:
        images, labels = (read(find(name, root), FULL) for name in FILES[split])
    else:
        images, labels = (read(asset("fashion-mnist") / name, EMBEDDED) for name in FILES[split])
    return FashionMNIST(images.unsqueeze(1), labels.long(), CLASS_NAMES)


def read(file: Path, digests: dict[str, str]) -> Tensor:
    """The checked content of one idx file as a uint8 tensor."""
    try:
        return torch.from_numpy(idx.decode(checked(file, digests[file.name])))
    except ValueError as error:
        raise ValueError(f"{error}. {WAY_OUT}") from error
    except OSError as error:
        raise OSError(error.errno, f"cannot read {file}: {error.strerror}. {WAY_OUT}") from error


def checked(file: Path, expected: str) -> bytes:
    """The decompressed bytes of `file`, or a `ValueError` where they are not the expected ones."""
    content = idx.unpack(file)
    if idx.digest(content) != expected:
        raise ValueError(f"{file} is not the file that was published: the sha256 of its content differs")
    return content


def find(name: str, root: str | Path | None) -> Path:
    """Where the full file lies on this machine; downloaded where it is nowhere and no `root` is given."""
    if root is not None:
        if not (file := Path(root).expanduser() / name).is_file():
            raise FileNotFoundError(f"{file} is missing. {WAY_OUT}")
        return file
    folders = [Path(os.environ["GENCOURSE_DATA"]).expanduser()] if os.environ.get("GENCOURSE_DATA") else []
    for folder in [*folders, DEBIAN]:
        if (folder / name).is_file():
            return folder / name
    return download.cached(name, lambda file: checked(file, FULL[name]), WAY_OUT)
