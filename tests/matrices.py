"""Matrices of every shape, rank and scale, every norm by its name, and how close two norms must be."""

import math

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st

from gencourse import norms

INF = math.inf
PS = (1, 2, INF)
EXPONENTS = (1, 1.5, 2, 3, 7.5, INF)

FUNCTIONS = {
    **{f"vector-{p}": lambda A, p=p: norms.vector(A, p) for p in EXPONENTS},
    **{f"induced-{p}": lambda A, p=p: norms.induced(A, p) for p in PS},
    **{f"schatten-{p}": lambda A, p=p: norms.schatten(A, p) for p in EXPONENTS},
    **{f"entrywise-{p}": lambda A, p=p: norms.entrywise(A, p) for p in EXPONENTS},
    **{f"dual-{p}": lambda A, p=p: norms.dual(A, p) for p in PS},
    "spectral": norms.spectral,
    "frobenius": norms.frobenius,
    "nuclear": norms.nuclear,
    "power_iteration": lambda A: list(norms.power_iteration(A, torch.ones(A.shape[-1]), steps=5))[-1],
}
NORMS = {name: f for name, f in FUNCTIONS.items() if name != "power_iteration"}


def examples(count):
    return settings(max_examples=count, deadline=None, derandomize=True)


@st.composite
def matrices(draw, batch=None, square=False, max_scale=300, dtypes=("float64", "complex128")):
    """A stack (*batch, m, n): any rank from 0, some with ties and zeros, entries of any scale."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch = draw(st.sampled_from([(), (1,), (3,), (2, 2)])) if batch is None else batch
    m, n = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    n = m if square else n
    r = draw(st.integers(0, min(m, n)) | st.just(min(m, n)))

    def normal(*shape):
        real = rng.standard_normal((*batch, *shape))
        return real + 1j * rng.standard_normal(real.shape) if dtype == "complex128" else real

    dtype = draw(st.sampled_from(dtypes))
    A = normal(m, r) @ normal(r, n) if r < min(m, n) else normal(m, n)
    if draw(st.booleans()):
        A = np.where(rng.random(A.shape) < 0.4, 0, np.round(A))  # zeros and ties
    # a power of two: rescaling is then exact, and the norms must follow it exactly
    return A.astype(dtype) * 2.0 ** draw(st.integers(-max_scale, max_scale) | st.just(0))


def tensors(**kwargs):
    return matrices(**kwargs).map(torch.from_numpy)


def apply(A, x):
    return (A @ x[..., None])[..., 0]


def assert_close(ours, theirs, rtol=1e-12):
    ours, theirs = torch.as_tensor(ours).double(), torch.as_tensor(theirs, dtype=torch.float64)
    assert ours.shape == theirs.shape
    assert (abs(ours - theirs) <= rtol * abs(theirs)).all(), (ours, theirs)
