"""Truths of the recipes: names, determinism, hashes, and facts that anybody can compute again."""

import pytest
import torch

import gencourse as gc
from gencourse import assets, metrics, recipes
from gencourse.assets.provenance import made_on
from gencourse.recipes import __main__ as command


@pytest.mark.parametrize("name", recipes.names())
def test_a_shipped_model_is_the_one_that_its_manifest_describes(name):
    model = gc.load(name)
    entry = assets.manifest()[name]
    real = gc.data.fashion_mnist("test").images
    measured = command.facts(model, real)
    # Arithmetic differs a little between machines; the value itself must be the recorded one.
    assert measured["fid"] == pytest.approx(entry["fid"], rel=0.02)
    assert entry["command"].startswith(f"python -m gencourse.recipes train {name}")
    assert (assets.path(f"weights/{name}.safetensors").stat().st_size) <= 4_000_000


@pytest.mark.parametrize("name", recipes.names())
def test_a_shipped_model_is_far_nearer_to_clothes_than_noise_is(name):
    real = gc.data.fashion_mnist("test").images
    noise = torch.rand(2000, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    far = 1.5 if name == "vae2d-fashion" else 3  # two causes draw a map of clothes, and only blurred ones
    assert assets.manifest()[name]["fid"] < metrics.fid(real, noise) / far


@pytest.mark.parametrize("name", recipes.names())
def test_the_weights_are_those_of_the_recipes_model(name):
    model, recipe = gc.load(name), recipes.recipe(name)
    fresh = recipe.model()
    assert type(model) is type(fresh) and not model.training
    assert {k: v.shape for k, v in model.state_dict().items()} == {k: v.shape for k, v in fresh.state_dict().items()}
    assert not all(torch.equal(a, b) for a, b in zip(model.parameters(), fresh.parameters(), strict=True))
    assert not any(p.requires_grad for p in model.parameters())


def test_loading_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    gc.load("dcgan-fashion")
    recipes.recipe("conv-vae-fashion").build("cpu")
    assert torch.equal(before, torch.get_rng_state())


def test_the_same_recipe_builds_the_same_weights():
    one, two = (recipes.recipe("dcgan-fashion").build("cpu") for _ in range(2))
    for a, b in zip(one.generator.parameters(), two.generator.parameters(), strict=True):
        assert torch.equal(a, b)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="dcgan-fashion"):
        gc.load("stylegan")


def test_a_conditional_model_draws_the_class_it_is_told():
    """A classifier trained on real images agrees with the labels far above the chance of 1 in 10."""
    labels = torch.arange(500) % 10
    net = metrics.feature_net().classifier
    for name in ("cdcgan-fashion", "cvae-fashion"):
        images = gc.load(name).sample(500, torch.Generator().manual_seed(0), labels=labels)
        assert float((net(images).argmax(1) == labels).float().mean()) > 0.6, name


@pytest.fixture
def small_world(monkeypatch, tmp_path):
    """The command line with the embedded images for the full ones, and a folder of its own for what it stores."""
    embedded = {split: gc.data.fashion_mnist(split) for split in ("train", "test")}
    monkeypatch.setattr(command, "fashion_mnist", lambda split, full=False, root=None: embedded[split])
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["conv-vae-fashion", "cdcgan-fashion"])
def test_training_a_recipe_stores_weights_and_facts(name, small_world, monkeypatch, capsys):
    monkeypatch.setattr(command, "facts", lambda model, real: {"fid": 1.0})
    command.main(["train", name, "--steps", "2", "--device", "cpu"])
    stored = gc.load(name)
    entry = assets.manifest()[name]
    assert entry["steps"] == 2 and "--steps 2" in entry["command"] and entry["fid"] == 1.0
    assert made_on("cpu").items() <= entry.items()
    trained = command.train(name, steps=2, device="cpu")  # the same seed, the same weights, up to the rounding
    for a, b in zip(stored.parameters(), trained.parameters(), strict=True):
        assert torch.allclose(a, b, rtol=2e-3, atol=1e-6)
    assert "step 2" in capsys.readouterr().out


def test_what_is_stored_of_a_gan_is_the_moving_average(small_world):
    images, labels, _ = command.fashion_mnist("train")
    trainer = recipes.recipe("cdcgan-fashion").build("cpu")
    list(gc.fit(trainer, gc.Batches(images, 64, device="cpu", labels=labels), steps=3))
    stored = command.train("cdcgan-fashion", steps=3, device="cpu").state_dict()
    average, latest = trainer.ema_generator.state_dict(), trainer.generator.state_dict()
    assert all(torch.equal(stored[key], average[key]) for key in stored)
    assert not all(torch.equal(stored[key], latest[key]) for key in stored)


def test_the_list_names_every_recipe(capsys):
    command.main(["list"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == recipes.names()


def test_the_picture_is_drawn(tmp_path):
    command.main(["picture", str(tmp_path / "samples.png")])
    assert (tmp_path / "samples.png").read_bytes().startswith(b"\x89PNG")
