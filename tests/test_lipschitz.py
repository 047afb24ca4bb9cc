"""How steep networks are: bounds that hold, slopes that are reached, and what is refused by name."""

import pytest
import torch
import torch.nn.functional as F
from draws import F64, normal
from matrices import assert_close
from torch import nn

import gencourse as gc
from gencourse import norms
from gencourse.metrics.classifier import Classifier

IMAGE = (2, 6, 8)


def jacobian_norm(f, shape, seed=0):
    """The largest singular value of the map's Jacobian at a random point: for a linear map, its norm."""
    x = normal(1, *shape, seed=seed)
    J = torch.autograd.functional.jacobian(lambda x: f(x).flatten(), x)
    return torch.linalg.svdvals(J.flatten(1))[0]


def double(layer):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer.apply(lambda m: m.reset_parameters() if hasattr(m, "reset_parameters") else None)
    return layer.to(F64).eval()


def batch_norm():
    layer = double(nn.BatchNorm2d(2))
    layer.weight.data, layer.running_var = torch.tensor([0.5, -3.0], dtype=F64), torch.tensor([0.01, 4.0], dtype=F64)
    return layer


# Linear layers whose norm the bound must meet: exactly, but for zero padding, which it may exceed a little.
EXACT = {
    "Linear": lambda: nn.Sequential(nn.Flatten(), double(nn.Linear(96, 5))),
    "circular": lambda: double(nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular")),
    "circular, stride": lambda: double(nn.Conv2d(2, 3, 3, padding=1, stride=2, padding_mode="circular")),
    "circular, grouped": lambda: double(nn.Conv2d(2, 4, 3, padding=1, groups=2, padding_mode="circular")),
    "BatchNorm": batch_norm,
    "AvgPool": lambda: nn.AvgPool2d(2),
    "AdaptiveAvgPool": lambda: nn.AdaptiveAvgPool2d((3, 2)),
    "Identity": nn.Identity,
    "mean": lambda: lambda x: x.mean((2, 3)),
    "sum": lambda: lambda x: x.sum(1),
    "scale and shift": lambda: lambda x: 1 - 3 * x,
    "divide": lambda: lambda x: x / torch.tensor([2.0, 4.0], dtype=F64)[:, None, None] + 1,
    "broadcast": lambda: lambda x: x[:, None] + torch.zeros(1, 3, 2, 6, 8, dtype=F64),
    "expand": lambda: lambda x: x[:, None].expand(-1, 4, -1, -1, -1),
    "reshape and part": lambda: lambda x: x.reshape(1, -1)[:, 3:40].chunk(2, 1)[1],
    "matmul": lambda: lambda x: x.flatten(1) @ normal(96, 3),
    "residual": lambda: lambda x: x + 2 * x,
    "join": lambda: lambda x: torch.cat([3 * x, 4 * x], 1),
    "sequence": lambda: lambda x: F.pixel_unshuffle(-x.permute(0, 1, 3, 2), 2).contiguous().view(1, -1),
}
LOOSE = {
    "zeros": lambda: double(nn.Conv2d(2, 3, 3, padding=1)),
    "zeros, wide": lambda: double(nn.Conv2d(2, 3, 4, padding=5, stride=2, dilation=2)),
    "no padding": lambda: double(nn.Conv2d(2, 3, (3, 2))),
    "circular, wide": lambda: double(nn.Conv2d(2, 3, 1, padding=2, padding_mode="circular")),
    "circular, seam": lambda: double(nn.Conv2d(2, 3, 3, padding=1, stride=(4, 3), padding_mode="circular")),
    "transposed": lambda: double(nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1)),
    "transposed, odd": lambda: double(nn.ConvTranspose2d(2, 4, 3, stride=3, output_padding=1, groups=2)),
    "AvgPool, overlapping": lambda: nn.AvgPool2d(3, stride=1, padding=1),
}


@pytest.mark.parametrize("name", EXACT)
def test_the_bound_of_a_linear_layer_is_its_norm(name):
    layer = EXACT[name]()
    with torch.no_grad():
        assert_close(norms.lipschitz_bound(lambda x: layer(x.to(F64)), IMAGE), jacobian_norm(layer, IMAGE), 1e-6)


@pytest.mark.parametrize("name", LOOSE)
def test_the_bound_of_a_padded_layer_is_above_its_norm_and_not_far(name):
    layer = LOOSE[name]()
    bound, norm = norms.lipschitz_bound(layer, IMAGE), jacobian_norm(layer, IMAGE)
    assert norm * (1 - 1e-6) <= bound <= 2.1 * norm


SLOPES = {
    "ReLU": (nn.ReLU(), 1),
    "ReLU in place": (nn.ReLU(inplace=True), 1),
    "LeakyReLU": (nn.LeakyReLU(0.2), 1),
    "steep LeakyReLU": (nn.LeakyReLU(-3.0), 3),
    "ELU": (nn.ELU(), 1),
    "steep ELU": (nn.ELU(2.0), 2),
    "Tanh": (nn.Tanh(), 1),
    "Sigmoid": (nn.Sigmoid(), 0.25),
    "Softplus": (nn.Softplus(), 1),
    "Hardtanh": (nn.Hardtanh(), 1),
}


@pytest.mark.parametrize("name", SLOPES)
def test_the_bound_of_an_activation_is_its_largest_slope(name):
    activation, slope = SLOPES[name]
    x = torch.linspace(-20, 20, 4001, dtype=F64)
    y = activation(x.clone())
    steepest = ((y[1:] - y[:-1]) / (x[1:] - x[:-1])).abs().max()
    assert_close(norms.lipschitz_bound(activation, (3,)), slope)
    assert_close(steepest, slope, 0.02)


@pytest.mark.parametrize("options", [(2,), (3, 1), (2, 2, 0, 2), (3, 2, 1), (1, 1), (2, 3)])
def test_max_pooling_is_bounded_by_how_many_windows_see_a_pixel(options):
    pool = nn.MaxPool2d(*options)
    bound = norms.lipschitz_bound(pool, (1, 12, 12))
    seen = 0.0
    for pixel in range(6 * 12, 7 * 12):  # a single bright pixel is the maximum of every window that sees it
        x = torch.zeros(1, 1, 12, 12)
        x.view(-1)[pixel] = 1
        seen = max(seen, (pool(x) - pool(0 * x)).norm().item())
    assert seen <= bound + 1e-6
    x, y = normal(2, 50, 1, 12, 12)
    assert ((pool(x) - pool(y)).flatten(1).norm(dim=1) <= bound * (x - y).flatten(1).norm(dim=1)).all()


def test_the_bound_of_a_chain_is_the_product():
    W = normal(3, 4, 4)
    net = nn.Sequential(*(m for w in W for m in (nn.Linear(4, 4, dtype=F64), nn.ReLU())))
    for layer, w in zip(net[::2], W, strict=True):
        layer.weight.data = w
    assert_close(norms.lipschitz_bound(net, (4,)), norms.spectral(W).prod())


def test_the_bound_is_differentiable():
    W = normal(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda W: norms.lipschitz_bound(lambda x: F.relu(F.linear(x.double(), W)), (3,)), W)


NETS = {
    "MLPDiscriminator": (lambda: gc.MLPDiscriminator(hidden=32), (1, 28, 28)),
    "ConvDiscriminator": (lambda: gc.ConvDiscriminator(width=4), (1, 28, 28)),
    "spectral ConvDiscriminator": (lambda: gc.ConvDiscriminator(width=4, norm="spectral"), (1, 28, 28)),
    "Classifier": (Classifier, (1, 28, 28)),
    "MLPGenerator": (lambda: gc.MLPGenerator(hidden=32), (100,)),
    "ConvGenerator": (lambda: gc.ConvGenerator(width=4), (64,)),
}


@pytest.mark.parametrize("name", NETS)
def test_the_courses_networks_have_a_bound_and_no_slope_passes_it(name):
    make, shape = NETS[name]
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = make().double().eval()
    bound = norms.lipschitz_bound(net, shape)
    x, y = normal(2, 6, *shape, seed=2)
    local = norms.local_lipschitz(net, x)
    pairs = norms.steepest_pair(net, x, y, steps=30)
    start = (net(x) - net(y)).reshape(6, -1).norm(dim=1) / (x - y).flatten(1).norm(dim=1)
    assert (local <= bound).all() and (pairs.slope <= bound).all()
    assert (pairs.slope >= start).all() and pairs.slope.max() > 1.1 * start.max()


def test_encoder_and_decoder_have_a_bound():
    vae = gc.ConvVAE(latent_dim=3, width=4).double().eval()
    assert norms.lipschitz_bound(lambda x: vae.encode(x.double())[0], (1, 28, 28)) > 0
    assert norms.lipschitz_bound(lambda z: vae.decode(z.double()), (3,)) > 0


# --- slopes ---


def test_the_local_constant_of_a_linear_map_is_its_norm_wherever_it_is_measured():
    for m, n in ((2, 5), (5, 2)):  # backwards and forwards
        W = normal(m, n)
        assert_close(norms.local_lipschitz(lambda x, W=W: x @ W.mT, normal(40, n)), norms.spectral(W).expand(40))


def test_the_local_constant_is_the_slope_at_the_point():
    x = torch.tensor([[0.0], [1.0], [-2.0]], dtype=F64)
    assert_close(norms.local_lipschitz(lambda x: x**3, x), torch.tensor([0.0, 3.0, 12.0]))


def test_a_pair_finds_the_norm_of_a_linear_map_and_its_slope_is_its_own():
    W = normal(6, 6, seed=3)
    x, y = normal(2, 5, 6, seed=4)
    found = norms.steepest_pair(lambda x: x @ W.mT, x, y, steps=300)
    assert_close(found.slope, norms.spectral(W).expand(5), 1e-3)
    assert (found.slope <= norms.spectral(W) * (1 + 1e-12)).all()
    assert_close(((found.x - found.y) @ W.mT).norm(dim=1) / (found.x - found.y).norm(dim=1), found.slope)


def test_the_search_climbs_on_a_curve_and_forgets_nothing():
    def f(x):
        return torch.sin(3 * x)

    x, y = torch.tensor([[0.3], [0.0]], dtype=F64), torch.tensor([[0.9], [0.001]], dtype=F64)
    before = ((f(x) - f(y)) / (x - y)).abs().flatten()
    found = norms.steepest_pair(f, x, y, steps=200)
    assert (found.slope >= before).all() and (found.slope <= 3 * (1 + 1e-9)).all()
    assert found.slope[1] > 2.99999  # already at the top: it must not be left again
    assert torch.equal(norms.steepest_pair(f, x, y, steps=0).x, x)


def test_the_search_changes_neither_points_nor_weights():
    net = nn.Linear(3, 2, dtype=F64)
    x, y = normal(2, 4, 3)
    before = x.clone(), net.weight.clone()
    norms.steepest_pair(net, x, y, steps=5)
    assert torch.equal(x, before[0]) and torch.equal(net.weight, before[1]) and net.weight.grad is None


# --- what is refused ---


def assigned(x):
    x[:, 0] = 10 * x[:, 1]
    return x


def scaled_in_part(x):
    x[:, :1].mul_(10)
    return x


REFUSED = {
    "gelu": (nn.Sequential(nn.Linear(2, 2), nn.GELU()), "layer '1' .GELU.: no bound is known for `gelu`"),
    "LayerNorm": (nn.Sequential(nn.LayerNorm(2)), "layer '0' .LayerNorm.: .*layer_norm"),
    "training": (nn.Sequential(nn.BatchNorm1d(2)).train(), "layer '0' .BatchNorm1d. .*eval"),
    "dropout": (nn.Sequential(nn.Dropout()).train(), "layer '0' .Dropout. .*eval"),
    "dropout of channels": (nn.Sequential(nn.Dropout2d()).train(), "layer '0' .Dropout2d. .*eval"),
    "square": (lambda x: x * x, "`mul` of two results"),
    "power": (lambda x: x**2, "`__pow__`|`pow`"),
    "reciprocal": (lambda x: 1 / x, "division|`reciprocal`|`__rdiv__`|`__rtruediv__`"),
    "assignment": (lambda x: x.clone().index_fill_(1, torch.tensor([0]), 5.0), "`index_fill_`"),
    "assignment into a part": (lambda x: assigned(x.clone()), "`__setitem__`"),
    "in place, in a part": (lambda x: scaled_in_part(x.clone()), "`mul_`|`__imul__`"),
    "a number of the input": (lambda x: x * x.abs().max().item(), "`max`|`item`"),
    "a number read off": (lambda x: x * (1 + float(x.sum())), "`__float__`|`item`"),
    "repeated index": (lambda x: x[:, [0, 0, 1]], "may repeat"),
    "constant": (lambda x: torch.ones(2), "depends on the input"),
    "several": (lambda x: (x, x), "one tensor"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_known_bound_is_refused_by_name(name):
    net, message = REFUSED[name]
    with pytest.raises(ValueError, match=f"^net: .*({message})"):
        norms.lipschitz_bound(net, (2,))


@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout])
def test_dropout_changes_nothing_when_nothing_is_dropped(kind):
    assert norms.lipschitz_bound(nn.Sequential(kind()).eval(), (3, 4, 4)) == 1


def test_a_padding_that_mirrors_pixels_is_refused():
    for mode in ("reflect", "replicate"):
        with pytest.raises(ValueError, match=mode):
            norms.lipschitz_bound(nn.Conv2d(1, 1, 3, padding=1, padding_mode=mode), (1, 5, 5))


def test_slopes_refuse_training_mode_and_equal_points():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).double()
    x, y = normal(2, 3, 2)
    for f in (lambda: norms.local_lipschitz(net, x), lambda: norms.steepest_pair(net, x, y)):
        with pytest.raises(ValueError, match="^net: layer '1' .BatchNorm1d. is in training mode"):
            f()
    net.eval()
    y[1] = x[1]
    with pytest.raises(ValueError, match="^y: expected points that differ"):
        norms.steepest_pair(net, x, y)
    with pytest.raises(ValueError, match="^y: expected the shape of x"):
        norms.steepest_pair(net, x, y[:2])


def test_nothing_is_left_behind_in_the_network():
    net = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1), nn.ReLU()).eval()
    state = {k: v.clone() for k, v in net.state_dict().items()}
    norms.lipschitz_bound(net, (1, 5, 5))
    assert all(torch.equal(v, net.state_dict()[k]) for k, v in state.items())
    assert type(net(torch.zeros(1, 1, 5, 5))) is torch.Tensor
