"""The networks of a GAN in the plane."""

import pytest
import torch

import gencourse as gc
from gencourse.models import PlaneDiscriminator, PlaneGenerator


def test_sizes_are_those_that_the_docstrings_name():
    """(ins + 1) * outs numbers in each layer."""
    sizes = [sum(p.numel() for p in net.parameters()) for net in (PlaneGenerator(), PlaneDiscriminator())]
    assert sizes == [3 * 32 + 33 * 32 + 33 * 2, 3 * 32 + 33 * 32 + 33]
    assert PlaneGenerator(z_dim=5, hidden=7)(torch.zeros(3, 5)).shape == (3, 2)


def test_outputs_are_not_bounded():
    """A sigmoid or LeakyReLU behind the last layer would change what its bias does."""
    for net, x in ((PlaneGenerator(), torch.randn(9, 2)), (PlaneDiscriminator(), torch.randn(9, 2))):
        before = net(x).detach()
        with torch.no_grad():
            net.net[-1].bias -= 70
        torch.testing.assert_close(net(x), before - 70, rtol=0, atol=1e-4)


def test_with_spectral_normalisation_no_pair_of_points_is_steeper_than_one():
    d = PlaneDiscriminator(norm="spectral")
    with torch.no_grad():
        for layer in d.net[::2]:
            layer.parametrizations.weight.original *= 50
    for _ in range(500):
        d(torch.zeros(1, 2))  # a round of power iteration each
    d.eval()
    assert gc.norms.lipschitz_bound(d.net, (2,)) < 1 + 1e-4
    x, y = torch.randn(2, 1000, 2, generator=torch.Generator().manual_seed(0))
    assert ((d(x) - d(y)).abs() <= (x - y).norm(dim=1) * (1 + 1e-4)).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="norm must be 'spectral' or 'none', got 'batch'"):
        PlaneDiscriminator(norm="batch")
    for net in (PlaneGenerator(), PlaneDiscriminator()):
        with pytest.raises(ValueError, match="takes no labels"):
            net(torch.zeros(2, 2), torch.zeros(2, dtype=torch.long))
