"""The explorer of a convolution's gain: the browser's numbers are the package's, and those of torch's own layer."""

import math

import numpy as np
import pytest
import torch
import traitlets
from matplotlib import colormaps
from test_explorers import javascript

from gencourse import norms, plots
from gencourse.plots.kernels import centred
from gencourse.widgets import ConvolutionGain
from gencourse.widgets.convolution_gain import LARGEST, LEAST, MOST

SIZES = [3, 4, 7, 16, 32]


def kernels() -> torch.Tensor:
    """60 real 3 x 3 kernels: random ones, smooth ones, some with few numbers, some very small or with large steps."""
    kernels = torch.randn(60, 3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    kernels[:15] += 3
    kernels[15:25] *= kernels[15:25] > 1
    kernels[25:35] *= torch.logspace(-12, 0, 10, dtype=torch.float64)[:, None, None]
    kernels[35:45] = kernels[35:45].round()
    kernels[-1] = 0
    return kernels


@pytest.fixture(scope="module")
def browser() -> dict:
    """For each size and kernel: the norms, the loudest wave, all gains, and the image of one wave."""
    code = """
    import * as js from "./gencourse/widgets/js/convolution_gain_waves.js";
    const one = (kernel, n) => {
      const all = js.spectrum(kernel, n);
      const f = [1, -2];
      return {
        ...js.loudest(all), flattened: js.flattened(kernel), gains: all.map((one) => one.gain),
        own: js.gain(kernel, n, f), wave: js.wave(n, f), image: js.convolved(kernel, n, js.wave(n, f)),
      };
    };
    console.log(JSON.stringify(value.sizes.map((n) => value.kernels.map((kernel) => one(kernel, n)))));
    """
    found = javascript(code, {"kernels": kernels().tolist(), "sizes": SIZES})
    return dict(zip(SIZES, found, strict=True))


@pytest.mark.parametrize("n", SIZES)
def test_the_browsers_norms_are_the_packages(browser, n):
    for kernel, found in zip(kernels(), browser[n], strict=True):
        weight = kernel[None, None]
        assert found["norm"] == pytest.approx(norms.conv2d(weight, n).item(), rel=1e-12)
        assert found["flattened"] == pytest.approx(norms.conv2d_flattened(weight).item(), rel=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_the_browsers_gain_is_what_torchs_layer_does_to_the_wave(browser, n):
    for kernel, found in zip(kernels(), browser[n], strict=True):
        explorer, size = ConvolutionGain(kernel=kernel, n=n, f=[1, -2]), kernel.abs().sum().item()
        for ours, theirs in ((found["wave"], explorer.wave()), (found["image"], explorer.image())):
            assert np.abs(np.reshape(ours, (n, n)) - theirs.numpy()).max() <= 1e-13 * max(1, size)
        assert abs(found["own"] - explorer.gain().item()) <= 1e-13 * size
        loudest = ConvolutionGain(kernel=kernel, n=n, f=found["f"])
        assert loudest.gain().item() == pytest.approx(norms.conv2d(kernel[None, None], n).item(), rel=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_the_map_on_paper_is_the_map_of_the_browser(browser, n):
    for kernel, found in zip(kernels(), browser[n], strict=True):
        side = 2 * (n // 2) + 1
        gains = np.reshape(found["gains"], (side, side))
        assert np.abs(gains - centred(kernel.numpy(), n)).max() <= 1e-13 * kernel.abs().sum().item()


def test_the_colours_are_viridis():
    code = """
    import { viridis } from "./gencourse/widgets/js/convolution_gain_pictures.js";
    console.log(JSON.stringify(value.map(viridis)));
    """
    shares = np.linspace(0, 1, 256)
    assert np.abs(np.array(javascript(code, shares.tolist())) / 255 - colormaps["viridis"](shares)[:, :3]).max() <= 0.03


# The map as a figure


@pytest.mark.parametrize("kernel", [[[1.0, 2.0, 1.0]], [[1, -1], [0, 2], [3, 1]], torch.ones(3, 3)])
@pytest.mark.parametrize("n", [2, 4, 5])  # 2: the kernel wraps around
def test_the_brightest_place_of_the_map_is_the_norm_and_its_middle_the_sum(kernel, n):
    (image,) = plots.gain_map(kernel, n).images
    weight = torch.as_tensor(kernel, dtype=torch.float64)
    gains = image.get_array().data
    assert gains.max() == pytest.approx(norms.conv2d(weight[None, None], n).item(), rel=1e-12)
    assert gains[n // 2, n // 2] == pytest.approx(abs(weight.sum().item()), rel=1e-12)
    assert image.get_clim() == (0, gains.max())


def test_the_first_frequency_goes_down_and_each_wave_is_in_the_middle_of_its_cell():
    ax = plots.gain_map([[1, 1, 1]], 4)  # a row: only what changes across the image is damped
    gains = ax.images[0].get_array().data
    assert np.allclose(gains, [1, 1, 3, 1, 1])
    left, right, bottom, top = ax.images[0].get_extent()
    cell = (right - left) / 5
    assert math.isclose(right - cell / 2, 1) and math.isclose(bottom - cell / 2, 1) and (left, top) == (-right, -bottom)


@pytest.mark.parametrize("bad", [torch.ones(1, 1, 3, 3), [1, 2], [[]], [[1j]], [[math.inf]]])
def test_other_kernels_are_refused(bad):
    with pytest.raises(ValueError, match="kernel: expected"):
        plots.gain_map(bad, 8)


@pytest.mark.parametrize("bad", [0, 2.5, True, None])
def test_other_sizes_are_refused(bad):
    with pytest.raises(ValueError, match="n: expected"):
        plots.gain_map([[1.0]], bad)


# The state


def test_the_state_is_checked():
    explorer = ConvolutionGain(kernel=torch.ones(3, 3), n=8, f=[4.0, -1])
    assert explorer.kernel == [[1.0] * 3] * 3 and explorer.state()["f"] == [4, -1]
    wrong = {"kernel": [[1, 2], [3, 4]], "n": LEAST - 1, "f": [0.5, 1]}
    more = [("kernel", [[LARGEST + 1, 0, 0]] * 3), ("n", MOST + 1), ("f", [1, MOST]), ("f", [1, 2, 3])]
    for name, value in [*wrong.items(), *more]:
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(explorer, name, value)
    assert (explorer.n, explorer.f) == (8, [4, -1])


def test_the_norms_of_the_laplacian_are_those_by_hand_and_the_true_one_knows_the_size():
    explorer = ConvolutionGain(kernel=[[0, -1, 0], [-1, 4, -1], [0, -1, 0]], n=15, f=[7, 7])
    exact = 4 - 4 * math.cos(14 * math.pi / 15)  # an odd circle has no checkerboard, of gain 8
    assert explorer.norm().item() == pytest.approx(exact, rel=1e-14)
    assert explorer.gain().item() == pytest.approx(exact, rel=1e-13)
    assert explorer.flattened().item() == pytest.approx(math.sqrt(20), rel=1e-14)


def test_the_words_for_the_picture_have_its_numbers():
    words = ConvolutionGain(kernel=[[1] * 3] * 3, n=8, f=[0, 0]).alt()
    assert "at most 9" in words and "norm 3" in words and "9 times" in words


def test_a_wave_of_too_many_periods_is_drawn_as_the_one_that_it_is():
    many, few = (ConvolutionGain(n=6, f=f) for f in ([7, -5], [1, 1]))
    assert torch.equal(many.wave(), few.wave())
    points = [explorer.picture().lines[0].get_xydata() for explorer in (many, few)]
    assert np.allclose(*points) and np.allclose(points[0], 1 / 3)
