"""Truths of several devices: two processes make the updates of one, and what one draws the other has drawn."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import two_processes
from filelock import FileLock
from torch import nn
from trainers import IMAGES, TRAINERS, conv_gan, equal, run, small_vae, weights

import gencourse as gc
from gencourse.training.batchnorm import GlobalBatchNorm, share_statistics
from gencourse.training.parallel import autocast, average, draw, launch, place, share, shared

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What the two processes wrote: one dictionary each. Of several pytest workers, the first one runs them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "two"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            run_two(folder)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in (0, 1)]


def run_two(folder):
    command = [sys.executable, str(HERE / "two_processes.py"), str(folder)]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        assert process.wait(timeout=280) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the second process too


@pytest.fixture(scope="module")
def one():
    """The same from this process alone."""
    out = {"float32": two_processes.trained(None, two_processes.SMOOTH), "drawn": two_processes.drawn(None)}
    torch.set_default_dtype(torch.float64)
    try:
        return out | {"float64": two_processes.trained(None)}
    finally:
        torch.set_default_dtype(torch.float32)


def largest_difference(a, b):
    """Between the weights and statistics of two states."""
    pairs = [
        (part[key], b["parts"][name][key])
        for name, part in a["parts"].items()
        if not name.startswith("optimizer")
        for key in part
    ]
    return max(float((x.double() - y.double()).abs().max()) for x, y in pairs)


# --- two processes and one


@pytest.mark.parametrize("name", two_processes.MAKERS)
def test_after_20_steps_two_processes_hold_the_weights_of_one(name, one, two):
    # dcgan: a bias in front of BatchNorm has no slope, and Adam makes steps of the rounding that is there instead
    tolerance = 1e-6 if name.startswith("dcgan") else 1e-9
    assert largest_difference(one["float64"][name]["state"], two[0]["float64"][name]["state"]) <= tolerance


@pytest.mark.parametrize("name", two_processes.SMOOTH)
def test_in_single_precision_they_differ_by_rounding_alone(name, one, two):
    assert largest_difference(one["float32"][name]["state"], two[0]["float32"][name]["state"]) <= 1e-6


@pytest.mark.parametrize("name", two_processes.MAKERS)
def test_both_processes_hold_the_same_state_bit_for_bit(name, two):
    assert equal(two[0]["float64"][name], two[1]["float64"][name])


@pytest.mark.parametrize("name", two_processes.MAKERS)
def test_the_losses_are_those_of_the_whole_batch(name, one, two):
    for a, b in zip(one["float64"][name]["history"], two[1]["float64"][name]["history"], strict=True):
        assert a == pytest.approx(b, abs=1e-9)


@pytest.mark.parametrize("name", two_processes.MAKERS)
def test_noise_and_data_stand_where_they_would_after_one_process(name, one, two):
    a, b = one["float64"][name], two[1]["float64"][name]
    assert torch.equal(a["state"]["noise"], b["state"]["noise"]) and a["batches"] == b["batches"]


@pytest.mark.parametrize("name", two_processes.MAKERS)
def test_what_the_first_process_saved_resumes_both_bit_for_bit(name, two):
    for rank in (0, 1):
        assert equal(two[rank]["resumed"][name], two[rank]["float64"][name]["state"])


def test_networks_drawn_apart_start_from_those_of_the_first_process(two):
    torch.manual_seed(0)
    first = gc.ConvVAE(latent_dim=3, width=4).state_dict()
    assert all(equal(first, dict(two[rank]["started apart"])) for rank in (0, 1))


@pytest.mark.parametrize("name", ["images", "classes", "labels", "one image", "distances"])
def test_shared_images_and_distances_are_those_of_one_process(name, one, two):
    for rank in (0, 1):
        a, b = one["drawn"][name], two[rank]["drawn"][name]
        assert a.shape == b.shape and torch.allclose(a, b, rtol=1e-5, atol=1e-6)


def test_one_process_may_measure_alone(one, two):
    assert torch.allclose(one["drawn"]["distances"], two[0]["alone"].float(), rtol=1e-5, atol=1e-6)


# --- shares


def process(rank, world):
    return SimpleNamespace(global_rank=rank, world_size=world, device=torch.device("cpu"))


@pytest.mark.parametrize("world", [1, 2, 3])
def test_shares_together_are_the_whole(world):
    x = torch.arange(12)
    assert torch.equal(torch.cat([share(x, process(r, world)) for r in range(world)]).sort().values, x)
    assert torch.equal(share(x, None), x)


@pytest.mark.parametrize("world", [1, 2, 3])
def test_the_numbers_drawn_do_not_depend_on_the_number_of_processes(world):
    def drawn(fabric, n):
        noise = torch.Generator().manual_seed(4)
        return draw(torch.randn, n, 3, noise=noise, fabric=fabric), noise.get_state()

    whole, after = drawn(None, 12)
    for rank in range(world):
        rows, state = drawn(process(rank, world), 12 // world)
        assert torch.equal(rows, whole[rank::world]) and torch.equal(state, after)


def test_images_and_labels_are_shared_like_the_noise():
    """In a penalty, row i of the real images is mixed with row i of the generated ones, in every process."""
    ((x, y),) = gc.Batches(IMAGES[:8], 8, device="cpu", labels=torch.arange(8))
    for rank in (0, 1):
        ((part, labels),) = gc.Batches(IMAGES[:8], 8, device="cpu", labels=torch.arange(8), rank=rank, world=2)
        assert torch.equal(part, share(x, process(rank, 2))) and torch.equal(labels, share(y, process(rank, 2)))


def test_one_process_is_left_alone():
    tensors = [torch.ones(2), torch.zeros(1)]
    average(None, tensors)
    assert equal(tensors, [torch.ones(2), torch.zeros(1)]) and place(None) == (0, 1)
    assert equal(shared(torch.neg, None, torch.ones(3)), -torch.ones(3))
    with autocast(None):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


# --- BatchNorm


@pytest.fixture
def alone():
    """A process group of this process alone."""
    store = torch.distributed.HashStore()
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize(("layer", "shape"), [(nn.BatchNorm1d, (6, 3)), (nn.BatchNorm2d, (4, 3, 5, 5))])
def test_of_one_process_global_batchnorm_is_batchnorm(layer, shape, alone):
    torch.manual_seed(0)
    x, up = torch.randn(2, *shape, dtype=torch.float64).unbind()
    own, other = layer(3).double(), layer(3).double()
    share_statistics(other)
    assert type(other) is GlobalBatchNorm and list(other.state_dict()) == list(own.state_dict())
    results = []
    for net in (own, other):
        nn.init.uniform_(net.weight, generator=torch.Generator().manual_seed(1))
        inputs = x.clone().requires_grad_(True)
        y = net(inputs)
        y.backward(up)
        results.append([y, inputs.grad, net.weight.grad, net.bias.grad, *net.state_dict().values(), net.eval()(x)])
    assert all(torch.allclose(a.double(), b.double(), atol=1e-12) for a, b in zip(*results, strict=True))


def test_a_batchnorm_without_running_statistics_is_refused():
    with pytest.raises(ValueError, match="track_running_stats"):
        share_statistics(nn.Sequential(nn.BatchNorm2d(2, track_running_stats=False)))


# --- launching


@pytest.mark.parametrize(("options", "message"), [
    ({"precision": "16-mixed"}, "precision"), ({"precision": "fast"}, "precision"),
    ({"devices": 0}, "devices"), ({"nodes": 0}, "nodes"),
])  # fmt: skip
def test_what_cannot_be_launched_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        launch(**options)


@pytest.mark.parametrize("variable", ["WORLD_SIZE", "SLURM_STEP_NUM_TASKS"])
def test_a_launcher_that_started_other_numbers_is_not_ignored(variable, monkeypatch):
    monkeypatch.setenv(variable, "2")
    with pytest.raises(ValueError, match="started 2 processes"):
        launch(1)


def test_without_fabric_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    with pytest.raises(ModuleNotFoundError, match=r"gencourse\[train\]"):
        launch()


@pytest.mark.parametrize("name", ["mlp-gan", "dcgan", "wgan-gp", "binarized-vae"])
def test_under_fabric_one_device_trains_as_without(name):
    one, other = TRAINERS[name](), TRAINERS[name](fabric=launch(1, accelerator="cpu"))
    assert run(one, 3) == run(other, 3) and equal(weights(one), weights(other))


@pytest.mark.parametrize("name", TRAINERS)
def test_bfloat16_changes_the_arithmetic_and_not_the_weights_type(name):
    fabric = launch(1, "bf16-mixed", "cpu")
    full, mixed = TRAINERS[name](), TRAINERS[name](fabric=fabric)
    assert mixed.fabric is fabric and mixed.device == fabric.device
    a, b = run(full, 2)[-1], run(mixed, 2)[-1]
    assert a != b and all(abs(a[key] - b[key]) <= 0.02 * abs(a[key]) + 0.02 for key in a)
    assert all(value.dtype == w.dtype for value, w in zip(weights(mixed).values(), weights(full).values(), strict=True))


def test_scores_and_images_leave_the_networks_in_full_precision():
    trainer = conv_gan("none", penalty="r1", fabric=launch(1, "bf16-mixed", "cpu"))
    assert trainer.generate(4, None).dtype == trainer.score(IMAGES[:4], None).dtype == torch.float32
    vae = small_vae(fabric=trainer.fabric)
    assert {t.dtype for t in vae.infer(IMAGES[:4], None)} == {torch.float32}
