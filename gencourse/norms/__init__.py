"""Norms: how large a vector is, how much a matrix can enlarge one, and how steep a network can be.

Norms of vectors and matrices take a tensor, a NumPy array or a nested list, real or complex, with any number of
leading batch axes. They are real tensors; float64 stays float64, integers and half precision become torch's default
dtype. Every function first divides by the largest entry, so that no square overflows or underflows.
"""

from .bounds import Bounds, condition_number, interpolation_bounds
from .convolutions import conv2d, conv2d_flattened, conv_transpose2d
from .lipschitz import lipschitz_bound
from .matrices import dual, entrywise, frobenius, induced, maximizer, nuclear, schatten, spectral, vector
from .normalize import spectral_normalize
from .power import power_iteration
from .slopes import Pair, local_lipschitz, steepest_pair

__all__ = [
    "Bounds",
    "Pair",
    "condition_number",
    "conv2d",
    "conv2d_flattened",
    "conv_transpose2d",
    "dual",
    "entrywise",
    "frobenius",
    "induced",
    "interpolation_bounds",
    "lipschitz_bound",
    "local_lipschitz",
    "maximizer",
    "nuclear",
    "power_iteration",
    "schatten",
    "spectral",
    "spectral_normalize",
    "steepest_pair",
    "vector",
]
