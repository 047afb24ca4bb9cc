"""Truths of a step that is captured once and replayed: on a tape everywhere, as a CUDA graph where there is a GPU."""

import copy

import pytest
import torch
from tape import taped
from trainers import IMAGES, LABELS, TRAINERS, conditional_gan, conditional_vae, equal, small_gan, small_vae, weights

import gencourse as gc
from gencourse.training import graph
from gencourse.training.parallel import launch

KINDS = TRAINERS | {"conditional-gan": conditional_gan, "conditional-vae": conditional_vae}
BATCHES = [IMAGES[k : k + 8] for k in (0, 8, 16, 4, 12, 2)]


def batch(kind, k):
    images = BATCHES[k % len(BATCHES)]
    return (images, LABELS[k : k + len(images)]) if kind.startswith("conditional") else (images,)


@pytest.mark.parametrize("kind", KINDS)
def test_a_replayed_step_is_the_step(kind):
    usual, replayed = KINDS[kind](), KINDS[kind]()
    step = graph.Replay(replayed, taped)
    for k in range(8):
        assert equal(usual.step(*batch(kind, k)), step(*batch(kind, k))), f"the scores of step {k}"
    assert step.replay and usual.steps == replayed.steps == 8
    assert equal(usual.state_dict(), replayed.state_dict())


def test_a_batch_of_another_size_runs_as_always():
    usual, replayed = small_gan(ema=0.9), small_gan(ema=0.9)
    step = graph.Replay(replayed, taped)
    for k in range(9):
        x = BATCHES[k % 6][:5] if k == 6 else BATCHES[k % 6]
        usual.step(x), step(x)
    assert step.replay and equal(usual.state_dict(), replayed.state_dict())


@pytest.mark.parametrize("change", ["learning rate", "beta", "checkpoint"])
def test_what_a_captured_step_would_not_see_ends_it(change, caplog, tmp_path):
    usual, replayed = small_vae(), small_vae()
    usual.save(tmp_path / "begin.pt")
    step = graph.Replay(replayed, taped)
    for k in range(10):
        if k == 6:
            for trainer in (usual, replayed):
                if change == "beta":
                    trainer.beta = 4.0
                elif change == "checkpoint":
                    trainer.load(tmp_path / "begin.pt")
                else:
                    trainer.optimizer.param_groups[0]["lr"] = 1e-2
        usual.step(BATCHES[k % 6]), step(BATCHES[k % 6])
    assert equal(usual.state_dict(), replayed.state_dict())
    assert "no CUDA graph: a setting has changed" in caplog.text


def test_where_the_capture_fails_training_goes_on_as_always(caplog):
    def fails(step, inputs, noise):
        step(*inputs[:0] or [torch.empty(0, 1, 2, 2)])  # a step that breaks in its middle

    usual, replayed = small_gan(), small_gan()
    step = graph.Replay(replayed, fails)
    for k in range(6):
        usual.step(BATCHES[k]), step(BATCHES[k])
    assert equal(usual.state_dict(), replayed.state_dict())
    assert caplog.text.count("no CUDA graph: ") == 1


def test_without_cuda_or_where_nobody_wants_it_a_step_is_a_step():
    for trainer in (small_gan(), small_vae(graph=False)):
        assert graph.quickest(trainer) == trainer.step


def test_a_checkpoint_of_a_gpu_goes_on_with_the_processors_kernels(tmp_path):
    trainer = small_gan()
    trainer.step(BATCHES[0])
    state = copy.deepcopy(trainer.state_dict())
    for name in ("optimizer_g", "optimizer_d"):
        for group in state["parts"][name]["param_groups"]:
            group["capturable"] = True  # as Adam's is on CUDA
    other = small_gan()
    other.load_state_dict(state)
    assert not any(g["capturable"] for g in other.optimizer_g.param_groups + other.optimizer_d.param_groups)
    trainer.step(BATCHES[1]), other.step(BATCHES[1])
    assert equal(weights(trainer), weights(other))


def test_tf32_is_asked_for_by_name_and_for_matrix_products():
    before = torch.get_float32_matmul_precision()
    try:
        fabric = launch(precision="tf32", accelerator="cpu")
        assert torch.get_float32_matmul_precision() == "high"
        trainer = small_gan(device=None, fabric=fabric)
        assert all(x.dtype == torch.float32 for x in trainer.step(BATCHES[0]).values())
    finally:
        torch.set_float32_matmul_precision(before)


def trained(kind, steps=20, **options):
    """A trainer on the GPU after some steps, with the batches it has seen."""
    trainer = KINDS[kind](device="cuda", **options)
    batches = gc.Batches(IMAGES, 8, seed=3, labels=LABELS if kind.startswith("conditional") else None)
    history = list(gc.fit(trainer, batches, steps=steps, every=5))
    return trainer, batches, history


@pytest.fixture
def deterministic(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)


@pytest.mark.cuda
@pytest.mark.parametrize("kind", KINDS)
def test_a_cuda_graph_makes_the_steps_of_the_eager_path(kind, deterministic, caplog):
    (eager, _, told), (replayed, _, shown) = trained(kind, graph=False), trained(kind)
    assert not caplog.records, "the capture did not succeed"
    assert eager.steps == replayed.steps == 20
    for a, b in zip(told, shown, strict=True):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-4)
    after, other = weights(eager), weights(replayed)
    for name, value in after.items():
        torch.testing.assert_close(other[name], value, rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.cuda
@pytest.mark.parametrize("kind", ["dcgan-ema", "wgan-gp", "binarized-vae"])
def test_a_run_on_a_gpu_that_goes_on_ends_as_one_that_never_stopped(kind, deterministic, tmp_path):
    whole, _, _ = trained(kind, steps=20)
    first, batches, _ = trained(kind, steps=10)
    first.save(tmp_path / "half.pt", batches)
    second, batches = KINDS[kind](device="cuda"), gc.Batches(IMAGES, 8, seed=0)
    second.load(tmp_path / "half.pt", batches)
    list(gc.fit(second, batches, steps=10))
    assert equal(weights(whole), weights(second))


@pytest.mark.cuda
@pytest.mark.parametrize("kind", KINDS)
def test_no_step_waits_for_the_gpu(kind):
    trainer = KINDS[kind](device="cuda", graph=False)
    images, *labels = (x.cuda() for x in batch(kind, 0))
    trainer.step(images, *labels)
    before = torch.cuda.get_sync_debug_mode()
    try:
        torch.cuda.set_sync_debug_mode("error")
        trainer.step(images, *labels)
    finally:
        torch.cuda.set_sync_debug_mode(before)


@pytest.mark.cuda
@pytest.mark.parametrize("precision", ["tf32", "bf16-mixed"])
@pytest.mark.parametrize("kind", ["dcgan", "wgan-gp", "conv-vae"])
def test_a_lower_precision_is_captured_too(kind, precision, caplog):
    before = torch.get_float32_matmul_precision()
    try:
        fabric = launch(precision=precision, accelerator="cuda")
        eager, _, told = trained(kind, fabric=fabric, graph=False)
        replayed, _, shown = trained(kind, fabric=fabric)
    finally:
        torch.set_float32_matmul_precision(before)
    assert not caplog.records and eager.steps == replayed.steps
    assert told[-1] == pytest.approx(shown[-1], rel=0.05, abs=0.05)  # bfloat16 has 8 bits
