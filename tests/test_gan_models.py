"""What is true of every generator and discriminator, whatever its weights are."""

import math

import pytest
import torch
import torch.nn.functional as F
from networks import GENERATIVE, turns
from torch import Tensor, nn

from gencourse.models import MLPVAE, ConvDiscriminator, ConvGenerator, ConvVAE, MLPDiscriminator, MLPGenerator

DISCRIMINATORS = {
    "MLPDiscriminator": lambda: MLPDiscriminator(hidden=32),
    **{f"ConvDiscriminator {n}": lambda n=n: ConvDiscriminator(width=8, norm=n) for n in ("batch", "spectral", "none")},
    "conditional ConvDiscriminator": lambda: ConvDiscriminator(width=8, classes=10),
}


@pytest.fixture(autouse=True)
def fixed_weights():
    torch.manual_seed(0)


@pytest.fixture(params=GENERATIVE)
def model(request) -> nn.Module:
    return GENERATIVE[request.param]()


@pytest.fixture(params=DISCRIMINATORS)
def discriminator(request) -> nn.Module:
    return DISCRIMINATORS[request.param]()


def inputs_of(layer: nn.Module, call) -> Tensor:
    """What `layer` receives while `call()` runs."""
    seen = []
    with layer.register_forward_pre_hook(lambda _, args: seen.append(args[0])):
        call()
    return seen[0]


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def score(d: nn.Module, x: Tensor) -> Tensor:
    return d(x, turns(d, len(x)))


def test_logits_are_one_number_per_example_and_not_probabilities(discriminator):
    """A sigmoid left in the last layer would keep every score in [0, 1], whatever the bias says."""
    x = torch.rand(6, 1, 28, 28)
    before = score(discriminator, x)
    assert before.shape == (6,)
    last = [m for m in discriminator.modules() if isinstance(m, nn.Linear) and m.out_features == 1]
    with torch.no_grad():
        last[-1].bias -= 7
    torch.testing.assert_close(score(discriminator.eval(), x).mean(), score(discriminator, x).mean())
    assert score(discriminator, x).max() < -5


@pytest.mark.parametrize("name", ["MLPDiscriminator", "ConvDiscriminator none"])
def test_unconditional_discriminators_refuse_labels(name):
    with pytest.raises(ValueError, match="takes no labels"):
        DISCRIMINATORS[name]()(torch.rand(2, 1, 28, 28), torch.zeros(2, dtype=torch.long))


def first_layer(model: nn.Module) -> nn.Module:
    return next(m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d))


def test_networks_see_images_centred_on_zero(discriminator):
    """Images in [0, 1] reach the first layer as 2x - 1, of discriminators and of encoders."""
    x = torch.rand(3, 1, 28, 28)
    seen = inputs_of(first_layer(discriminator), lambda: score(discriminator, x))
    torch.testing.assert_close(seen.view_as(x), 2 * x - 1)
    for vae in (MLPVAE(hidden=8), ConvVAE(width=4)):
        seen = inputs_of(first_layer(vae.encoder), lambda vae=vae: vae.encode(x))
        torch.testing.assert_close(seen.view_as(x), 2 * x - 1)


def influence(d: nn.Module) -> tuple[float, float]:
    """Largest slope of the first example's score along its own pixels, and along those of the other examples."""
    x = torch.rand(5, 1, 28, 28, requires_grad=True)
    (grad,) = torch.autograd.grad(score(d, x)[0], x)
    return float(grad[0].abs().max()), float(grad[1:].abs().max())


def test_only_batch_norm_lets_the_neighbours_speak(discriminator):
    """In training mode; in evaluation mode no score depends on another example."""
    has_batch_norm = any(isinstance(m, nn.BatchNorm2d) for m in discriminator.modules())
    own, others = influence(discriminator.train())
    assert own > 0 and (others > 0) == has_batch_norm
    own, others = influence(discriminator.eval())
    assert own > 0 and others == 0


def test_norm_batch_means_batch_norm_and_the_others_mean_none():
    count = {
        norm: sum(isinstance(m, nn.BatchNorm2d) for m in ConvDiscriminator(norm=norm).modules())
        for norm in ("batch", "spectral", "none")
    }
    assert count == {"batch": 2, "spectral": 0, "none": 0}
    with pytest.raises(ValueError, match="norm must be"):
        ConvDiscriminator(norm="layer")


def test_the_discriminator_sees_the_brightness_of_the_real_images():
    """Its first layer has no BatchNorm: a batch twice as bright gives other activations behind that layer."""
    d = ConvDiscriminator(width=8, norm="batch").train()
    x = 0.5 + 0.1 * torch.randn(16, 1, 28, 28)  # 2x - 1 has mean 0
    second = [m for m in d.modules() if isinstance(m, nn.Conv2d)][1]
    dark, bright = (inputs_of(second, lambda x=x + s: d(x)).mean((0, 2, 3)) for s in (-0.3, 0.3))
    assert (dark - bright).abs().max() > 0.01
    alone = inputs_of(second, lambda: d(x[:2]))
    torch.testing.assert_close(alone, inputs_of(second, lambda: d(x))[:2])  # nor does a neighbour change them


@pytest.mark.parametrize("build", [ConvGenerator, ConvVAE])
def test_no_batch_norm_behind_a_generators_last_layer(build):
    """A shift of the last bias passes to every pixel in training mode; BatchNorm would take it out again."""
    model = build(width=8).train()
    net = model.net if build is ConvGenerator else model.decoder
    last = [m for m in net if isinstance(m, nn.ConvTranspose2d)][-1]
    logits = net[: list(net).index(last) + 1]
    z = torch.randn(4, model.z_dim)
    before = logits(z)
    with torch.no_grad():
        last.bias += 3
    torch.testing.assert_close(logits(z), before + 3)
    assert [type(m) for m in net[list(net).index(last) + 1 :]] == ([nn.Sigmoid] if build is ConvGenerator else [])


def test_spectral_norm_makes_every_weight_a_contraction():
    d = ConvDiscriminator(width=8, classes=10, norm="spectral")
    x = torch.rand(4, 1, 28, 28)
    for _ in range(200):  # one step of power iteration each
        score(d, x)
    weights = [m.weight for m in d.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weights) == 5
    for weight in weights:
        assert torch.linalg.matrix_norm(weight.detach().flatten(1), 2).item() == pytest.approx(1, abs=0.02)


def test_projection_is_linear_in_the_label_embedding():
    """logit(x, y) = logit(x) + <V e_y, features(x)>: the gap to V = 0 doubles with V and adds over V."""
    d = ConvDiscriminator(width=8, classes=10, norm="none")
    x, y = torch.rand(10, 1, 28, 28), torch.arange(10)

    def at(V: Tensor) -> Tensor:
        return torch.func.functional_call(d, {"embed.weight": V}, (x, y)).detach()

    V, W = torch.randn(2, *d.embed.weight.shape)
    zero = at(torch.zeros_like(V))
    torch.testing.assert_close(at(2 * V) - zero, 2 * (at(V) - zero), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(at(V + W) - zero, at(V) + at(W) - 2 * zero, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(zero, d.logit(d.features(2 * x - 1)).squeeze(1))
    own = (V.T[y] * d.features(2 * x - 1)).sum(1).detach()  # the column of the label, and of no other
    torch.testing.assert_close(at(V) - zero, own, atol=1e-3, rtol=1e-3)


def test_parameter_counts_are_those_on_paper():
    assert parameters(MLPGenerator()) == 101 * 1024 + 1025 * 1024 + 1025 * 784 == 1_956_624
    assert parameters(MLPDiscriminator()) == 785 * 1024 + 1025 * 1024 + 1025 == 1_854_465
    # dense without bias, BatchNorm (scale and shift), 4 x 4 kernels without bias, BatchNorm, 4 x 4 kernels
    up = 64 * 6272 + 2 * 128 + 128 * 64 * 16 + 2 * 64 + (64 * 16 + 1)
    assert parameters(ConvGenerator(width=64)) == up == 533_889
    assert parameters(ConvGenerator(width=64, classes=10)) == up + 10 * 6272
    assert parameters(ConvGenerator()) == 64 * 1568 + 2 * 32 + 32 * 16 * 16 + 2 * 16 + (16 * 16 + 1)
    down = (16 * 64 + 64) + (64 * 128 * 16 + 128) + (128 * 256 * 9 + 256) + (4096 + 1)
    assert parameters(ConvDiscriminator(64, norm="none")) == parameters(ConvDiscriminator(64, norm="spectral")) == down
    assert parameters(ConvDiscriminator(64, norm="batch")) == down + 2 * 128 + 2 * 256 == 432_321
    assert parameters(ConvDiscriminator(64, classes=10, norm="none")) == down + 10 * 4096
    small = (16 * 16 + 16) + (16 * 32 * 16 + 32) + (32 * 64 * 9 + 64) + (1024 + 1)
    assert parameters(ConvDiscriminator()) == small + 2 * 32 + 2 * 64
    assert parameters(MLPVAE()) == 785 * 400 + 401 * 40 + 21 * 400 + 401 * 784
    narrow = MLPVAE(latent_dim=2, hidden=(64, 32))
    assert parameters(narrow.decoder) == 3 * 64 + 65 * 32 + 33 * 784 == 28_144
    assert parameters(narrow.encoder) == 785 * 32 + 33 * 64 + 65 * 4
    encoder = 16 * 32 + 64 + 32 * 64 * 16 + 128 + 3137 * 32
    decoder = 16 * 3136 + 128 + 64 * 32 * 16 + 64 + 32 * 16 + 1
    assert parameters(ConvVAE()) == encoder + decoder
    assert parameters(ConvVAE(classes=10)) == encoder + decoder + 10 * 16 * 32 + 10 * 3136


@pytest.mark.parametrize("build", [ConvGenerator, ConvDiscriminator])
def test_first_weights_are_narrow_normals(build):
    for layer in build().modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            z = layer.weight.detach() / 0.02  # standard normal: standard deviation 1 and fourth moment 3
            assert z.std().item() == pytest.approx(1, abs=0.1) and z.pow(4).mean().item() == pytest.approx(3, abs=0.8)
            assert layer.bias is None or torch.equal(layer.bias, torch.zeros_like(layer.bias))


def test_negative_inputs_keep_a_fifth_of_their_slope(model, discriminator):
    x = torch.tensor([-1.0, 2.0])
    leaks = [m for net in (model, discriminator) for m in net.modules() if isinstance(m, nn.LeakyReLU)]
    assert len(leaks) >= 3
    assert all(torch.allclose(leak(x), torch.tensor([-0.2, 2.0])) for leak in leaks)
    assert not any(isinstance(m, nn.ReLU) for net in (model, discriminator) for m in net.modules())


# --- transposed convolutions ----------------------------------------------------------------------------------------


def transposed(model: nn.Module) -> list[nn.ConvTranspose2d]:
    return [m for m in model.modules() if isinstance(m, nn.ConvTranspose2d)]


@pytest.mark.parametrize("build", [ConvGenerator, ConvVAE])
def test_a_transposed_convolution_is_the_adjoint_of_the_convolution(build):
    """<K x, y> = <x, K^T y> with one weight tensor in both."""
    for layer, size in zip(transposed(build(width=4)), (7, 14), strict=True):
        x = torch.randn(2, layer.out_channels, 2 * size, 2 * size)
        y = torch.randn(2, layer.in_channels, size, size)
        Kx = F.conv2d(x, layer.weight, stride=layer.stride, padding=layer.padding)
        Kty = layer(y) - (0 if layer.bias is None else layer.bias[:, None, None])
        assert Kx.shape == y.shape and Kty.shape == x.shape
        torch.testing.assert_close((Kx * y).sum(), (x * Kty).sum(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("build", [ConvGenerator, ConvVAE])
def test_every_pixel_but_the_border_is_covered_equally_often(build):
    """The cause of checkerboards is absent: the kernel size is a multiple of the stride [odena2016]."""
    for layer in transposed(build(width=4)):
        ones = torch.ones(1, 1, layer.kernel_size[0], layer.kernel_size[1])
        cover = F.conv_transpose2d(torch.ones(1, 1, 7, 7), ones, stride=layer.stride, padding=layer.padding)
        inner = cover[0, 0, 1:-1, 1:-1]
        assert inner.min() == inner.max() == math.prod(layer.kernel_size) / math.prod(layer.stride)
