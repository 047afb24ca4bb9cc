"""What is true of every model that is sampled, and of the labels that it takes, whatever its weights are."""

import inspect
from contextlib import suppress

import pytest
import torch
from draws import seeded
from networks import GENERATIVE, turns
from torch import nn

from gencourse.models import ConvDiscriminator, ConvGenerator, MLPGenerator
from gencourse.models.sampling import latents, one_hot, sample, with_labels


@pytest.fixture(autouse=True)
def fixed_weights():
    torch.manual_seed(0)


@pytest.fixture(params=GENERATIVE)
def model(request) -> nn.Module:
    """In training mode and with running statistics of BatchNorm that are not the initial 0 and 1."""
    model = GENERATIVE[request.param]()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.running_mean), nn.init.uniform_(layer.running_var, 0.5, 2)
            nn.init.normal_(layer.weight), nn.init.normal_(layer.bias)
    return model


# --- sampling ---------------------------------------------------------------------------------------------------


def test_samples_are_images(model):
    x = model.sample(5)
    assert x.shape == (5, 1, 28, 28) and x.dtype == torch.float32 and x.device.type == "cpu"
    assert not x.requires_grad
    assert 0 <= x.min() < x.max() <= 1


def test_sampling_leaves_every_mode_as_it_was(model):
    for k, module in enumerate(model.modules()):
        module.training = k % 3 != 0
    before = [m.training for m in model.modules()]
    model.sample(2)
    assert [m.training for m in model.modules()] == before
    model.generate = lambda z, labels: 1 / 0
    with suppress(ZeroDivisionError):
        model.sample(2)
    assert [m.training for m in model.modules()] == before


def test_sampling_leaves_weights_and_statistics_as_they_were(model):
    before = {name: t.clone() for name, t in model.state_dict().items()}
    model.sample(3)
    assert all(torch.equal(t, before[name]) for name, t in model.state_dict().items())


def test_one_seed_means_one_set_of_images(model):
    assert torch.equal(model.sample(3, seeded()), model.sample(3, seeded()))
    assert not torch.equal(model.sample(3, seeded()), model.sample(3, seeded(1)))
    images = []
    for _ in range(2):
        torch.manual_seed(5)
        images.append(model.sample(3))
    assert torch.equal(*images)


def test_a_given_generator_leaves_the_global_one_alone(model):
    before = torch.get_rng_state()
    model.sample(3, seeded())
    assert torch.equal(torch.get_rng_state(), before)
    model.sample(3)
    assert not torch.equal(torch.get_rng_state(), before)


def test_a_generator_moves_on_from_call_to_call(model):
    generator = seeded()
    assert not torch.equal(model.sample(2, generator), model.sample(2, generator))


def test_an_image_does_not_depend_on_its_neighbours(model):
    together = model.sample(4, seeded())
    z, labels = torch.randn(4, model.z_dim, generator=seeded()), turns(model, 4)
    with torch.no_grad():
        model.eval()
        alone = [model.generate(z[[k]], None if labels is None else labels[[k]]) for k in range(4)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=0)


@pytest.mark.parametrize("n", [500, 501, 1003])
def test_chunks_equal_one_pass(n):
    model = ConvGenerator(width=2, classes=3).eval()
    z = torch.randn(n, model.z_dim, generator=seeded())
    with torch.no_grad():
        whole = model(z, torch.arange(n) % 3)
    torch.testing.assert_close(model.sample(n, seeded()), whole, atol=1e-6, rtol=0)


def test_noise_is_standard_normal(model):
    seen = []
    model.generate = lambda z, labels: seen.append(z) or torch.zeros(len(z), 1, 28, 28)
    model.sample(4000, seeded())
    z = torch.cat(seen)
    assert z.shape == (4000, model.z_dim)
    assert z.mean().abs() < 0.02 and (z.std() - 1).abs() < 0.02
    # 0.683 of a normal lies within one standard deviation, 0.577 of a uniform
    assert 0.67 < (z.abs() < 1).float().mean() < 0.695


@pytest.mark.parametrize("n", [0, -1, 1.5, True, None, "3"])
def test_a_number_of_images_is_a_positive_whole_number(n):
    with pytest.raises(ValueError, match="n must be"):
        inspect.unwrap(latents)(MLPGenerator(hidden=8), n, None, None)  # unwrapped: a reader's calls are not checked


# --- labels -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["conditional ConvGenerator", "conditional ConvVAE"])
def test_labels_decide_the_image(name):
    model = GENERATIVE[name]()
    taken = model.sample(12, seeded())
    assert torch.equal(taken, model.sample(12, seeded(), labels=torch.arange(12) % 10))
    other = model.sample(12, seeded(), labels=(torch.arange(12) + 1) % 10)
    assert (taken - other).abs().flatten(1).amax(1).min() > 0


@pytest.mark.parametrize("labels", [torch.tensor([0, 10]), torch.tensor([-1, 0]), None], ids=["10", "-1", "missing"])
@pytest.mark.parametrize("name", ["conditional ConvGenerator", "conditional ConvVAE"])
def test_conditional_models_refuse_wrong_labels(name, labels):
    model = GENERATIVE[name]()
    with pytest.raises(ValueError, match="labels"):
        model.generate(torch.randn(2, model.z_dim), labels)
    with pytest.raises(ValueError, match="labels"):
        ConvDiscriminator(width=8, classes=10)(torch.rand(2, 1, 28, 28), labels)


def test_unconditional_models_refuse_labels(model):
    labels = torch.zeros(2, dtype=torch.long)
    if not model.classes:
        with pytest.raises(ValueError, match="takes no labels"):
            model.sample(2, labels=labels)
    with pytest.raises(ValueError, match="labels must hold one class for each"):
        model.sample(3, labels=labels)


def test_one_hot_rows_are_unit_vectors():
    like = torch.zeros(3, 1, dtype=torch.float64)
    assert torch.equal(one_hot(torch.tensor([2, 0, 2]), 3, like), torch.eye(3, dtype=torch.float64)[[2, 0, 2]])
    assert with_labels(like, None, 0) is like
