"""Seeded draws, gradients, and how close a value must come to its truth."""

import torch

F64 = torch.float64


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(n, seed=0):
    """Images of independent uniform pixels."""
    return torch.rand(n, 1, 28, 28, generator=seeded(seed))


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=F64)


def grad(f, *inputs):
    inputs = [x.clone().requires_grad_(True) for x in inputs]
    return torch.autograd.grad(f(*inputs).sum(), inputs, allow_unused=True)


def assert_close(ours, truth, tol=1e-12):
    ours, truth = torch.as_tensor(ours, dtype=F64), torch.as_tensor(truth, dtype=F64)
    assert torch.isfinite(ours).all()
    assert (ours - truth).abs().max() <= tol, (ours, truth)
