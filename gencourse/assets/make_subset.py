"""Draw the embedded subset of Fashion-MNIST from the full files.

    python -m gencourse.assets.make_subset FOLDER [--out FOLDER]

FOLDER holds the four original `.gz` files. The content is the same every time: the draw is a hash of
(seed, split, index), which no library's random stream can change. With one zlib the files are the same to the
byte, because the gzip header carries no time.
"""

import argparse
import gzip
import hashlib
from pathlib import Path

import numpy as np

from .idx import decode, digest, encode, unpack

SEED = 0
PER_CLASS = {"train": 1000, "t10k": 200}
EMBEDDED = Path(__file__).parent / "fashion-mnist"


def rank(split: str, index: int, seed: int = SEED) -> bytes:
    """A uniform random key for one image."""
    return hashlib.sha256(f"{seed}/{split}/{index}".encode()).digest()


def draw(labels: np.ndarray, split: str, per_class: int) -> np.ndarray:
    """For each class the `per_class` indices of lowest rank, all in the order of the original file."""
    chosen = []
    for c in np.unique(labels):
        members = np.flatnonzero(labels == c).tolist()
        chosen += sorted(members, key=lambda index: rank(split, index))[:per_class]
    return np.array(sorted(chosen))


def make_subset(source: Path, out: Path = EMBEDDED) -> dict[str, str]:
    """Write the four subset files and return the sha256 of each one's content."""
    out.mkdir(parents=True, exist_ok=True)
    digests = {}
    for split, per_class in PER_CLASS.items():
        names = f"{split}-images-idx3-ubyte.gz", f"{split}-labels-idx1-ubyte.gz"
        images, labels = (decode(unpack(source / name)) for name in names)
        chosen = draw(labels, split, per_class)
        for name, array in zip(names, (images, labels), strict=True):
            content = encode(array[chosen])
            (out / name).write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
            digests[name] = digest(content)
    return digests


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="folder of the four original files")
    parser.add_argument("--out", type=Path, default=EMBEDDED)
    for name, value in make_subset(**vars(parser.parse_args())).items():
        print(f'    "{name}": "{value}",')
