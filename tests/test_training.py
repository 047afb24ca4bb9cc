"""Truths of training: who moves in a step, what a seed fixes, what each argument does."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from trainers import IMAGES, TRAINERS, conditional_gan, conv_gan, equal, parameters, run, small_gan, small_vae, weights

import gencourse as gc
from gencourse.training.setup import frozen


@pytest.fixture(params=TRAINERS)
def make(request):
    def build():
        torch.manual_seed(0)
        return TRAINERS[request.param]()

    return build


def test_the_same_seed_gives_the_same_history_and_weights(make):
    one, two = make(), make()
    torch.manual_seed(123)
    first = run(one, 4)
    torch.rand(7)  # the global generator has no part in training
    assert first == run(two, 4)
    assert equal(weights(one), weights(two))


def test_another_seed_gives_another_history():
    assert run(small_gan(seed=0), 2) != run(small_gan(seed=1), 2)
    assert run(small_vae(seed=0), 2) != run(small_vae(seed=1), 2)


def test_training_leaves_the_global_generator_alone(make):
    trainer = make()
    before = torch.get_rng_state()
    run(trainer, 2)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("build", [small_gan, conv_gan])
def test_each_half_step_moves_its_own_network_only(build):
    trainer = build()
    g, d = parameters(trainer.generator), parameters(trainer.discriminator)
    trainer.discriminator_step(IMAGES[:8], trainer.generate(8))
    assert equal(g, parameters(trainer.generator))
    assert not any(map(torch.equal, d, parameters(trainer.discriminator)))
    d = parameters(trainer.discriminator)
    trainer.generator_step(trainer.generate(8))
    assert equal(d, parameters(trainer.discriminator))
    assert not all(map(torch.equal, g, parameters(trainer.generator)))


def test_a_step_is_its_two_half_steps_and_nothing_more():
    whole, halves = conv_gan(), conv_gan()
    whole.step(IMAGES[:8])
    halves.discriminator_step(IMAGES[:8], halves.generate(8)), halves.generator_step(halves.generate(8))
    assert equal(weights(whole), weights(halves))


def test_a_half_step_leaves_no_gradient_in_the_opponent():
    trainer = conv_gan()
    trainer.discriminator_step(IMAGES[:8], trainer.generate(8))
    assert all(p.grad is None for p in trainer.generator.parameters())
    before = [p.grad.clone() for p in trainer.discriminator.parameters()]
    trainer.generator_step(trainer.generate(8))
    assert equal(before, [p.grad for p in trainer.discriminator.parameters()])


class NoNumbers(TorchDispatchMode):
    """Within, turning a tensor into a number is an error: `.item()`, `float`, `if tensor:`, `nonzero`."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func not in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default), func
        return func(*args, **(kwargs or {}))


def test_a_step_never_asks_for_a_number_because_a_gpu_would_have_to_wait(make):
    trainer = make()
    trainer.step(IMAGES[:8])
    with NoNumbers():
        trainer.step(IMAGES[:8])
        with pytest.raises(AssertionError, match="_local_scalar_dense"):  # and the mode does notice
            float(IMAGES[0].mean())


def test_steps_are_counted(make):
    trainer = make()
    run(trainer, 3)
    assert trainer.steps == 3


def test_the_noise_is_redrawn_for_every_half_step(monkeypatch):
    trainer, drawn = small_gan(critic_steps=2), []
    original = trainer.draw_noise
    monkeypatch.setattr(trainer, "draw_noise", lambda n: drawn.append(original(n)) or drawn[-1])
    trainer.step(IMAGES[:8])
    assert len(drawn) == 3 and all(z.shape == (8, 4) for z in drawn)
    assert not any(torch.equal(a, b) for i, a in enumerate(drawn) for b in drawn[:i])


@pytest.mark.parametrize("build", [small_gan, conv_gan])
def test_with_reuse_both_networks_learn_from_the_same_images(build):
    whole, halves = build(reuse=True), build()
    whole.step(IMAGES[:8])
    x_hat = halves.generate(8)
    halves.discriminator_step(IMAGES[:8], x_hat), halves.generator_step(x_hat)
    assert equal(weights(whole), weights(halves))


def test_the_critic_scores_both_kinds_of_images_as_it_scores_each():
    for norm in ("none", "batch"):  # BatchNorm is the case where one pass over both would not do
        trainer, x_hat = conv_gan(norm), IMAGES[8:16] / 2
        real, fake = trainer.score_both(IMAGES[:8], x_hat, None)
        torch.testing.assert_close(real, trainer.score(IMAGES[:8], None))
        torch.testing.assert_close(fake, trainer.score(x_hat, None))
    conditional, labels = conditional_gan(), torch.arange(8)
    conditional.discriminator.eval()  # spectral normalisation improves its estimate at each pass in training
    real, fake = conditional.score_both(IMAGES[:8], x_hat, labels)
    torch.testing.assert_close(real, conditional.score(IMAGES[:8], labels))
    torch.testing.assert_close(fake, conditional.score(x_hat, labels))


def test_a_discriminator_step_lowers_its_loss_on_separable_data():
    trainer = small_gan(lr=1e-3)
    ones = torch.ones(8, 1, 28, 28)
    losses = [float(trainer.discriminator_step(ones, trainer.generate(8))["loss_d"]) for _ in range(30)]
    assert losses[-1] < losses[0] / 2


def test_a_generator_step_raises_the_scores_of_its_images():
    trainer = small_gan(lr=1e-3)
    losses = [float(trainer.generator_step(trainer.generate(64))["loss_g"]) for _ in range(30)]
    assert losses[-1] < losses[0]


def test_the_penalty_enters_the_critics_update_with_its_weight():
    def slope(weight):
        trainer = conv_gan("none", loss=gc.losses.wasserstein, penalty="r1", penalty_weight=weight)
        for _ in range(10):
            trainer.discriminator_step(IMAGES[:8], trainer.generate(8))
        return gc.losses.r1(trainer.discriminator, IMAGES[:8]).item()

    assert slope(1000.0) < slope(0.0)


@pytest.mark.parametrize(("penalty", "factor"), [("r1", 0.5), ("gradient", 1.0)])
def test_the_critic_penalty_is_the_loss_times_its_convention(penalty, factor):
    trainer = conv_gan("none", penalty=penalty, penalty_weight=6.0)
    x, x_hat = IMAGES[:8], IMAGES[8:16]
    state = trainer.noise.get_state()
    got = trainer.critic_penalty(x, x_hat, None)
    trainer.noise.set_state(state)
    if penalty == "r1":
        expected = gc.losses.r1(trainer.discriminator, x)
    else:
        expected = gc.losses.gradient_penalty(trainer.discriminator, x, x_hat, trainer.noise)
    assert torch.allclose(got, 6.0 * factor * expected)


def test_the_average_starts_at_the_weights_and_then_decays_towards_them():
    trainer = small_gan(ema=0.25)
    trainer.step(IMAGES[:8])
    average = parameters(trainer.generator)
    assert equal(average, parameters(trainer.ema_generator))
    for decay in (2 / 11, 0.25, 0.25):  # the first is that of a young average; 3/12 = 0.25
        trainer.step(IMAGES[:8])
        now = parameters(trainer.generator)
        average = [decay * a + (1 - decay) * b for a, b in zip(average, now, strict=True)]
        for got, want in zip(parameters(trainer.ema_generator), average, strict=True):
            assert torch.allclose(got, want, atol=1e-7)


def test_the_average_holds_batchnorm_statistics_too():
    trainer = conv_gan(ema=0.9)
    run(trainer, 3)
    own, average = trainer.generator.state_dict(), trainer.ema_generator.state_dict()
    name = next(key for key in own if key.endswith("running_mean"))
    assert not torch.equal(average[name], torch.zeros_like(average[name]))
    assert not torch.equal(average[name], own[name])
    assert all(torch.equal(average[key], own[key]) for key in own if key.endswith("num_batches_tracked"))


def test_without_an_average_the_generator_stands_for_it():
    trainer = small_gan()
    assert trainer.ema_generator is trainer.generator


def test_the_callers_models_are_the_trained_ones():
    g, d = gc.MLPGenerator(4, 16), gc.MLPDiscriminator(16)
    trainer = gc.GANTrainer(g, d, device="cpu")
    before = parameters(g)
    trainer.step(IMAGES[:8])
    assert trainer.generator is g and not all(map(torch.equal, before, parameters(g)))


def test_vae_loss_is_recon_plus_beta_kl_and_both_networks_learn_from_it():
    trainer = small_vae(beta=3.0)
    before = parameters(trainer.model.encoder), parameters(trainer.model.decoder)
    metrics = trainer.step(IMAGES[:8])
    assert torch.allclose(metrics["loss"], metrics["recon"] + 3.0 * metrics["kl"])
    assert not any(map(torch.equal, before[0], parameters(trainer.model.encoder)))
    assert not any(map(torch.equal, before[1], parameters(trainer.model.decoder)))


def test_binarised_pixels_are_drawn_anew_with_the_grey_as_their_mean(monkeypatch):
    trainer, seen = small_vae(binarize=True), []
    original = trainer.model.likelihood.log_prob
    monkeypatch.setattr(trainer.model.likelihood, "log_prob", lambda logits, x: seen.append(x) or original(logits, x))
    x = torch.full((500, 1, 28, 28), 0.3)
    trainer.step(x), trainer.step(x)
    assert all(set(pixels.unique().tolist()) == {0.0, 1.0} for pixels in seen)
    assert all(abs(float(pixels.mean()) - 0.3) < 0.01 for pixels in seen)  # 392,000 draws: sd 0.0007
    assert not torch.equal(*seen)


def test_a_vae_learns_a_constant_image():
    trainer = small_vae(lr=1e-2)
    history = run(trainer, 60, [torch.ones(8, 1, 28, 28)])
    assert history[-1]["recon"] < 0.05 * history[0]["recon"]


def test_a_heavy_kl_weight_makes_the_code_uninformative():
    heavy, light = small_vae(beta=1000.0, lr=1e-2), small_vae(beta=0.0, lr=1e-2)
    assert run(heavy, 60)[-1]["kl"] < 0.1 < run(light, 60)[-1]["kl"]


def test_step_returns_detached_tensors_and_trains_from_eval_mode(make):
    trainer = make()
    for part in trainer.parts().values():
        if isinstance(part, nn.Module):
            part.eval()
    assert all(isinstance(v, torch.Tensor) and not v.requires_grad for v in trainer.step(IMAGES[:8]).values())
    modules = [p for name, p in trainer.parts().items() if isinstance(p, nn.Module) and name != "ema"]
    assert all(m.training for m in modules)


def test_a_penalty_needs_a_critic_without_batchnorm():
    with pytest.raises(ValueError, match="BatchNorm"):
        conv_gan("batch", penalty="gradient")


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"penalty": "l2"}, "penalty"),
        ({"critic_steps": 0}, "critic_steps"),
        ({"ema": 1.0}, "ema"),
        ({"lr": 0.0}, "lr"),
    ],
)
def test_bad_arguments_are_named(options, name):
    with pytest.raises(ValueError, match=name):
        small_gan(**options)


def test_a_learning_rate_of_its_own_reaches_the_discriminator():
    trainer = small_gan(lr=1e-3, lr_discriminator=4e-3)
    assert trainer.optimizer_g.param_groups[0]["lr"] == 1e-3
    assert trainer.optimizer_d.param_groups[0]["lr"] == 4e-3


def test_frozen_gives_back_exactly_what_was_trainable():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[0].weight.requires_grad_(False)
    with pytest.raises(RuntimeError), frozen(net):
        assert not any(p.requires_grad for p in net.parameters())
        raise RuntimeError
    assert [p.requires_grad for p in net.parameters()] == [False, True, True, True]


def test_weights_do_not_depend_on_what_else_was_imported():
    """The seed decides, in a fresh process as in this one."""
    code = (
        "import torch, gencourse as gc; torch.set_num_threads(1); torch.manual_seed(0);"
        "t = gc.GANTrainer(gc.MLPGenerator(4, 16), gc.MLPDiscriminator(16), device='cpu');"
        "t.step(torch.full((8, 1, 28, 28), 0.5)); print(sum(float(p.sum()) for p in t.generator.parameters()))"
    )
    here = small_gan()
    here.step(torch.full((8, 1, 28, 28), 0.5))
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(out.stdout) == sum(float(p.detach().sum()) for p in here.generator.parameters())
