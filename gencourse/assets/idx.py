"""The idx file format of MNIST and Fashion-MNIST: a magic number, the shape, then the bytes."""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np

UINT8 = 0x08  # the one element type that these data sets use


def unpack(file: Path) -> bytes:
    """The decompressed content of a gzip file; a `ValueError` names a truncated or damaged one."""
    try:
        return gzip.decompress(file.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{file} is truncated or corrupted: {error}") from error


def digest(content: bytes) -> str:
    """The sha256 of decompressed bytes, so that the same data gzipped again has the same digest."""
    return hashlib.sha256(content).hexdigest()


def decode(content: bytes) -> np.ndarray:
    """The uint8 array that idx bytes hold.

    >>> decode(b"\\0\\0\\x08\\x01" + b"\\0\\0\\0\\x02" + b"\\x05\\x07")
    array([5, 7], dtype=uint8)
    """
    if len(content) < 4 or content[:3] != bytes((0, 0, UINT8)):
        raise ValueError(f"not an idx file of unsigned bytes: it begins with {content[:4]!r}")
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise ValueError(f"the idx header should have {header} bytes, the whole file has {len(content)}")
    shape = struct.unpack(f">{content[3]}I", content[4:header])
    if (found := len(content) - header) != math.prod(shape):
        raise ValueError(f"shape {shape} needs {math.prod(shape)} bytes of data, the file has {found}")
    return np.frombuffer(bytearray(content), np.uint8, offset=header).reshape(shape)


def encode(array: np.ndarray) -> bytes:
    """The idx bytes of a uint8 array, the inverse of `decode`.

    >>> decode(encode(np.array([[1, 2, 3]], dtype=np.uint8)))
    array([[1, 2, 3]], dtype=uint8)
    """
    if array.dtype != np.uint8:
        raise ValueError(f"array must be uint8, got {array.dtype}")
    return bytes((0, 0, UINT8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
