"""The norm of a convolution is that of the matrix which it is, built here column by column from unit images."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from draws import F64, normal, seeded
from hypothesis import given
from hypothesis import strategies as st
from matrices import assert_close, examples

from gencourse import norms


def matrix(weight, size, padding="circular", stride=1, dilation=1, groups=1):
    """The dense matrix of the convolution: its columns are the images of all unit images."""
    c_in = weight.shape[1] * groups
    x = torch.eye(c_in * math.prod(size), dtype=weight.dtype).reshape(-1, c_in, *size)
    for axis, k in zip((2, 3), weight.shape[2:], strict=True):
        span, n = dilation * (k - 1), size[axis - 2]
        if padding == "circular":
            x = x.index_select(axis, torch.arange(-(span // 2), n + span - span // 2) % n)
        else:
            x = F.pad(x, (0, 0, 0, 0)[: 2 * (3 - axis)] + (span // 2, span - span // 2))
    return F.conv2d(x, weight, stride=stride, dilation=dilation, groups=groups).flatten(1).mT


@st.composite
def convolutions(draw):
    """A weight, an image size and a stride, of every kind: odd and even kernels, larger than the image too."""
    stride = draw(st.sampled_from([1, 2, 3]))
    size = tuple(stride * draw(st.integers(1, 4)) for _ in "hw")
    kernel = [draw(st.integers(1, 5)) for _ in "hw"]
    weight = normal(draw(st.integers(1, 4)), draw(st.integers(1, 4)), *kernel, seed=draw(st.integers(0, 9999)))
    return weight, size, stride


# --- circular padding: exact ---


@given(convolutions())
@examples(250)
def test_circular_agrees_with_the_dense_matrix(case):
    weight, size, stride = case
    truth = torch.linalg.svdvals(matrix(weight, size, stride=stride))[0]
    assert_close(norms.conv2d(weight, size, stride=stride), truth, 1e-10)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("channels", [(1, 1), (3, 5), (8, 2), (16, 16)])
@pytest.mark.parametrize("stride", [1, 2])
def test_float32_agrees_to_five_digits(kernel, channels, stride):
    weight = normal(*channels, kernel, kernel)
    truth = torch.linalg.svdvals(matrix(weight, (6, 8), stride=stride))[0]
    ours = norms.conv2d(weight.float(), (6, 8), stride=stride)
    assert ours.dtype == torch.float32
    assert_close(ours, truth, 1e-5)


@pytest.mark.parametrize(("dilation", "groups", "stride"), list(itertools.product([1, 2], [1, 2], [1, 2])))
def test_dilation_and_groups(dilation, groups, stride):
    weight = normal(6, 2, 3, 2, seed=4)
    options = {"dilation": dilation, "groups": groups, "stride": stride}
    truth = torch.linalg.svdvals(matrix(weight, (6, 8), **options))[0]
    assert_close(norms.conv2d(weight, (6, 8), **options), truth, 1e-10)
    zeros = torch.linalg.svdvals(matrix(weight, (6, 8), "zeros", **options))[0]
    lower, upper = norms.conv2d(weight, (6, 8), "zeros", **options)
    assert lower <= zeros * (1 + 1e-12) and zeros <= upper * (1 + 1e-12) and lower >= 0.98 * zeros


def test_a_stride_may_differ_along_the_axes():
    weight = normal(3, 2, 4, 3, seed=5)
    truth = torch.linalg.svdvals(matrix(weight, (6, 9), stride=(2, 3)))[0]
    assert_close(norms.conv2d(weight, (6, 9), stride=(2, 3)), truth, 1e-10)


def test_values_known_by_hand():
    box, delta, shift = torch.ones(1, 1, 3, 3), torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3)
    delta[..., 1, 1], shift[..., 0, 2] = 1, -2
    ring = torch.tensor([1.0, 2.0, 1.0]).reshape(1, 1, 1, 3)
    edge = torch.tensor([1.0, -1.0]).reshape(1, 1, 1, 2)
    for kernel, norm in ((box, 9), (delta, 1), (shift, 2), (ring, 4), (edge, 2)):
        assert_close(norms.conv2d(kernel, 8), norm, 1e-6)
    assert_close(norms.conv2d(edge, (1, 3)), 3**0.5, 1e-6)  # a circle of three has no wave that flips every pixel
    assert norms.conv2d(edge, 1).abs() < 1e-6  # on a circle of one pixel the taps cancel


@given(convolutions())
@examples(60)
def test_the_transposed_convolution_is_the_adjoint_and_has_its_norm(case):
    weight, size, stride = case
    small = tuple(n // stride for n in size)
    assert_close(
        norms.conv_transpose2d(weight, small, stride=stride),
        torch.linalg.svdvals(matrix(weight, size, stride=stride).mT)[0],
        1e-10,
    )


def test_torchs_transposed_convolution_is_what_conv_transpose2d_measures():
    weight = normal(3, 2, 4, 4, seed=6)  # (c_in, c_out, k, k)
    x = torch.eye(3 * 5 * 6, dtype=F64).reshape(-1, 3, 5, 6)
    dense = F.conv_transpose2d(x, weight, stride=2, padding=1).flatten(1).mT
    truth = torch.linalg.svdvals(dense)[0]
    lower, upper = norms.conv_transpose2d(weight, (5, 6), "zeros", stride=2)
    assert truth <= upper and upper <= 1.1 * truth and lower >= 0.9 * truth
    assert norms.conv_transpose2d(weight, None, stride=2) >= truth


def test_pixel_shuffle_is_a_transposed_convolution_of_norm_one():
    weight = torch.eye(4).reshape(4, 1, 2, 2)
    x = torch.rand(1, 4, 3, 3)
    torch.testing.assert_close(F.conv_transpose2d(x, weight, stride=2), F.pixel_shuffle(x, 2))
    assert_close(norms.conv_transpose2d(weight, 3, stride=2), 1, 1e-6)


# --- bounds ---


@given(convolutions())
@examples(120)
def test_zero_padding_lies_between_its_bounds(case):
    weight, size, stride = case
    truth = torch.linalg.svdvals(matrix(weight, size, "zeros", stride=stride))[0]
    lower, upper = norms.conv2d(weight, size, "zeros", stride=stride)
    assert lower <= truth * (1 + 1e-12) and truth <= upper * (1 + 1e-12)
    assert lower >= 0.9 * truth


def test_the_two_bounds_of_zero_padding_meet_as_the_image_grows():
    weight = normal(2, 3, 3, 3, seed=7)
    gaps = [1 - lower / upper for lower, upper in (norms.conv2d(weight, n, "zeros") for n in (2, 8, 32))]
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2] > 0


@given(convolutions())
@examples(120)
def test_the_bound_for_all_sizes_holds_and_is_within_one_percent_of_the_least(case):
    weight, size, stride = case
    everywhere = norms.conv2d(weight, None, stride=stride)
    assert everywhere >= norms.conv2d(weight, size, stride=stride) * (1 - 1e-12)
    assert everywhere >= torch.linalg.svdvals(matrix(weight, size, "zeros", stride=stride))[0] * (1 - 1e-12)
    fine = norms.conv2d(weight, 240 * stride, stride=stride)
    assert fine * (1 - 1e-12) <= everywhere <= 1.01 * fine


@given(convolutions())
@examples(120)
def test_the_flattened_norm_bounds_the_true_one_from_both_sides(case):
    weight, size, _ = case
    k_h, k_w = weight.shape[2:]
    size = tuple(max(n, k) for n, k in zip(size, (k_h, k_w), strict=True))  # the kernel does not wrap
    flat, true = norms.conv2d_flattened(weight), norms.conv2d(weight, size)
    assert flat * (1 - 1e-12) <= true <= (k_h * k_w) ** 0.5 * flat * (1 + 1e-12)


def test_the_flattened_norm_is_that_of_the_kernel_as_a_matrix_and_exact_without_overlap():
    weight = normal(4, 3, 2, 2, seed=8)
    assert_close(norms.conv2d_flattened(weight), torch.linalg.svdvals(weight.reshape(4, 12))[0])
    assert_close(norms.conv2d(weight, 6, stride=2), norms.conv2d_flattened(weight), 1e-12)


# --- invariances and gradients ---


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_the_scale_neither_overflows_nor_underflows(scale):
    weight = normal(2, 2, 3, 3, seed=9)
    for f in (lambda w: norms.conv2d(w, 6), lambda w: norms.conv2d(w, None), lambda w: norms.conv2d(w, 6, "zeros")[0]):
        assert_close(f(weight * scale) / scale, f(weight), 1e-9)
    assert norms.conv2d(torch.zeros(1, 1, 3, 3), 6) == 0 == norms.conv2d(torch.zeros(1, 1, 3, 3), 6, "zeros").lower


def test_flips_and_swapped_channels_change_no_norm():
    weight = normal(3, 2, 3, 3, seed=10)
    expected = norms.conv2d(weight, 7)
    for same in (weight.flip(2, 3), weight.flip(0), weight.transpose(0, 1), weight.transpose(2, 3), -weight):
        assert_close(norms.conv2d(same, 7), expected, 1e-10)


@pytest.mark.parametrize("padding", ["circular", "zeros"])
@pytest.mark.parametrize("size", [6, None])
def test_gradients(padding, size):
    if size is None and padding == "zeros":
        return

    def f(weight):
        out = norms.conv2d(weight, size, padding, stride=2)
        return out.upper if padding == "zeros" else out

    assert torch.autograd.gradcheck(f, normal(2, 3, 3, 3, seed=11).requires_grad_())


# --- input ---


def test_lists_and_arrays_will_do():
    assert_close(norms.conv2d([[[[1.0, 1.0]]]], 4), 2, 1e-6)
    assert_close(norms.conv2d(normal(1, 1, 2, 2).numpy(), 4), norms.conv2d(normal(1, 1, 2, 2), 4))
    assert_close(norms.conv2d(torch.ones(1, 1, 2, 2, dtype=torch.int64), torch.Size([4, 4])), 4, 1e-6)


WRONG = [torch.ones(3, 3), torch.ones(1, 1, 3, 3, 3), torch.ones(1, 1, 2, 2) * 1j, [[[[math.nan]]]], "w"]


@pytest.mark.parametrize("bad", WRONG)
def test_a_wrong_weight_is_named(bad):
    for f in (lambda w: norms.conv2d(w, 4), norms.conv2d_flattened, lambda w: norms.conv_transpose2d(w, 4)):
        with pytest.raises(ValueError, match="^weight: expected"):
            f(bad)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("size", {"size": 0}),
        ("size", {"size": (4, 4, 4)}),
        ("size", {"size": 2.5}),
        ("size", {"size": None, "padding": "zeros"}),
        ("stride", {"stride": 0}),
        ("stride", {"stride": 3}),  # does not divide the size
        ("dilation", {"dilation": -1}),
        ("groups", {"groups": 3}),
        ("groups", {"groups": 0}),
        ("padding", {"padding": "reflect"}),
    ],
)
def test_a_wrong_option_is_named(name, options):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        norms.conv2d(torch.rand(4, 2, 3, 3, generator=seeded()), **{"size": 4, **options})
