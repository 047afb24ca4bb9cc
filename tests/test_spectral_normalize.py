"""A normalised layer has norm one, and no pair of images refutes it; flattened normalisation is refuted."""

import pytest
import torch
from draws import F64, normal
from matrices import assert_close
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from gencourse import norms


def layers(make):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return make().to(F64)


EXACT = {
    "Linear": (lambda: nn.Linear(5, 3), None),
    "circular": (lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), (6, 8)),
    "circular, stride": (lambda: nn.Conv2d(2, 3, 4, stride=2, padding=1, padding_mode="circular"), (6, 8)),
    "circular, grouped, dilated": (
        lambda: nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=2, padding_mode="circular"),
        8,
    ),
}
BOUNDED = {
    "zeros": (lambda: nn.Conv2d(2, 3, 3, padding=1), (6, 8)),
    "zeros, every size": (lambda: nn.Conv2d(2, 3, 3, padding=1), None),
    "circular, every size": (lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), None),
    "circular, seam": (lambda: nn.Conv2d(2, 3, 3, stride=3, padding=1, padding_mode="circular"), (6, 8)),
    "transposed": (lambda: nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1), (6, 8)),
    "transposed, every size": (lambda: nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1), None),
}


def true_norm(layer):
    if isinstance(layer, nn.Linear):
        return torch.linalg.svdvals(layer.weight)[0]
    x = torch.eye(layer.in_channels * 48, dtype=F64).reshape(-1, layer.in_channels, 6, 8)
    if layer.dilation != (1, 1):
        x = torch.eye(layer.in_channels * 64, dtype=F64).reshape(-1, layer.in_channels, 8, 8)
    dense = (layer(x) - layer(0 * x)).flatten(1).mT
    return torch.linalg.svdvals(dense)[0].detach()


@pytest.mark.parametrize("name", EXACT)
def test_the_norm_of_a_normalised_layer_is_one(name):
    make, size = EXACT[name]
    layer = layers(make)
    assert norms.spectral_normalize(layer, size) is layer
    assert_close(true_norm(layer), 1, 1e-10)


@pytest.mark.parametrize("name", BOUNDED)
def test_where_the_norm_is_only_bounded_it_is_at_most_one_and_close(name):
    make, size = BOUNDED[name]
    layer = norms.spectral_normalize(layers(make), size)
    assert 0.55 <= true_norm(layer) <= 1 + 1e-12


@pytest.mark.parametrize("name", [*EXACT, *BOUNDED])
def test_the_direction_of_the_weight_stays_and_its_scale_is_forgotten(name):
    make, size = (EXACT | BOUNDED)[name]
    layer, weight = layers(make), layers(make).weight
    norms.spectral_normalize(layer, size)
    ratio = layer.weight / weight
    assert_close(ratio, ratio.flatten()[0].expand_as(ratio), 1e-10)
    before = layer.weight.clone()
    layer.parametrizations.weight.original.data *= 7
    assert_close(layer.weight, before, 1e-10)


def test_a_weight_of_zeros_stays_zero():
    layer = nn.Conv2d(1, 1, 3)
    layer.weight.data.zero_()
    assert torch.equal(norms.spectral_normalize(layer).weight, torch.zeros(1, 1, 3, 3))


def test_the_gradient_flows_through_the_norm():
    layer = norms.spectral_normalize(nn.Linear(3, 3, dtype=F64))
    W = layer.parametrizations.weight.original

    def f(W):
        return (W / torch.linalg.svdvals(W)[0] * torch.arange(9.0, dtype=F64).view(3, 3)).sum()

    loss = (layer.weight * torch.arange(9.0, dtype=F64).view(3, 3)).sum()
    assert_close(torch.autograd.grad(loss, W)[0], torch.autograd.grad(f(W), W)[0], 1e-8)
    assert (torch.autograd.grad((layer.weight * W.detach()).sum(), W)[0] * W).sum().abs() < 1e-10  # scale: no slope


def test_state_is_saved_and_loaded_like_any_layers():
    one, two = (norms.spectral_normalize(nn.Conv2d(1, 2, 3, dtype=F64), 8) for _ in "ab")
    two.load_state_dict(one.state_dict())
    assert torch.equal(one.weight, two.weight)


@pytest.mark.parametrize(
    ("make", "size", "message"),
    [
        (lambda: nn.BatchNorm2d(2), None, "layer: expected Linear, Conv2d or ConvTranspose2d, got BatchNorm2d"),
        (lambda: nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), 8, "layer: expected padding_mode"),
        (lambda: nn.Conv2d(1, 1, 1, padding=1, padding_mode="circular"), 8, "layer: circular padding .* repeats"),
        (lambda: nn.Conv2d(1, 1, 3, padding=1, stride=2, padding_mode="circular"), None, "size: expected"),
        (lambda: nn.Conv2d(1, 1, 3), 0, "size: expected"),
    ],
)
def test_what_cannot_be_normalised_is_refused_and_left_alone(make, size, message):
    layer = make()
    with pytest.raises(ValueError, match=f"^{message}"):
        norms.spectral_normalize(layer, size)
    assert not hasattr(layer, "parametrizations")


# --- the promise, attacked ---


def critic(normalise):
    """Three convolutions with positive 3 x 3 kernels, positive biases and LeakyReLU, on 10 x 10 images."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        convolutions = [nn.Conv2d(a, b, 3, padding=1) for a, b in ((1, 4), (4, 4), (4, 1))]
        for layer in convolutions:  # all of them let slow waves pass best, so that their gains multiply
            layer.weight.data.abs_()
            layer.bias.data.fill_(3)
        net = nn.Sequential(*(m for c in convolutions for m in (normalise(c), nn.LeakyReLU(0.2)))).double()
        for _ in range(50):  # torch's power iteration takes a step in each forward pass of training mode
            net(torch.zeros(1, 1, 10, 10, dtype=F64))
    return net.eval()


def steepest(net, pairs=10_000):
    """The steepest of many pairs after gradient ascent: half of them far apart, half close together."""
    x, y = normal(2, pairs, 1, 10, 10, seed=12)
    y[::2] = x[::2] + 0.01 * y[::2]
    with parametrize.cached():  # the weights stay: no need to normalise them in every pass
        ends = zip(x.split(500), y.split(500), strict=True)
        found = [norms.steepest_pair(net, a, b, steps=20, lr=0.3) for a, b in ends]
    return max(((p.x[i], p.y[i], p.slope[i]) for p in found for i in [p.slope.argmax()]), key=lambda pair: pair[2])


def test_no_pair_of_ten_thousand_refutes_exact_normalisation():
    net = critic(norms.spectral_normalize)
    *_, slope = steepest(net)
    assert slope <= 1 + 1e-9
    assert slope >= 0.7  # the search did climb: a net of slope 0 would pass too
    assert norms.lipschitz_bound(net, (1, 10, 10)) <= 1 + 1e-12


def test_the_same_search_refutes_normalisation_by_the_flattened_kernel():
    net = critic(parametrizations.spectral_norm)
    for layer in net[::2]:
        assert_close(norms.conv2d_flattened(layer.weight), 1, 1e-3)  # it did what it promises
    x, y, slope = steepest(net)
    assert slope > 5
    assert (net(x[None]) - net(y[None])).norm() > 5 * (x - y).norm()
