"""Truths of the command line: what it writes is the package's, and a script can read it all."""

import dataclasses
import json
import re
from pathlib import Path
from typing import get_args

import matplotlib.pyplot as plt
import pytest
import torch
from command_line import FAST, TRAIN, lines, state
from trainers import equal

import gencourse as gc
from gencourse import recipes
from gencourse.cli import options, progress
from gencourse.training import Run


def test_the_names_are_those_of_the_recipes():
    assert set(get_args(options.Name)) == set(recipes.COMMANDS)


@pytest.mark.parametrize("name", recipes.COMMANDS)
def test_every_recipe_trains_samples_and_evaluates(name, command, folder):
    code, out, err = command("train", name, "--steps", 2, "--batch-size", 8, "--every", 1, "--device", "cpu")
    assert (code, err) == (0, "") and [line["step"] for line in lines(out)] == [1, 2]
    code, out, err = command("sample", f"runs/{name}", "--n", 3, "--out", "three.png")
    assert (code, out, err) == (0, "three.png\n", "")
    assert (folder / "three.png").read_bytes().startswith(b"\x89PNG")
    code, out, err = command("evaluate", f"runs/{name}", *FAST)
    assert (code, err) == (0, "")
    written = json.loads((folder / "runs" / name / "evaluation.json").read_text())
    assert lines(out) == [{"name": f"runs/{name}", **written}] and written["step"] == 2
    wanted = {"fid", "kid", "precision", "recall", "density", "coverage"}
    wanted |= {"cas"} if name in ("cdcgan", "cvae") else set()
    assert set(written["metrics"]) == wanted | ({"elbo", "iwae"} if "vae" in name else set())
    assert all(row["low"] <= row["value"] <= row["high"] for row in written["metrics"].values())


def test_the_command_trains_what_the_package_trains(command):
    command(*TRAIN, "--steps", 4, "--seed", 5, "--lr", "0.002")
    chosen = dataclasses.replace(recipes.recipe("mlp-vae"), seed=5)
    trainer = chosen.build("cpu", lr=0.002)
    batches = gc.Batches(gc.data.fashion_mnist().images, 8, device="cpu", seed=5)
    list(gc.fit(trainer, batches, steps=4))
    assert equal(state("runs/mlp-vae")["parts"], trainer.state_dict()["parts"])


def test_the_critics_rate_keeps_its_ratio_to_the_generators():
    trainer = recipes.recipe("dcgan").build("cpu", lr=1e-3)
    assert trainer.optimizer_g.param_groups[0]["lr"] == 1e-3
    assert trainer.optimizer_d.param_groups[0]["lr"] == 2e-3


def test_another_seed_is_another_run(command):
    for seed in (0, 1):
        command(*TRAIN, "--steps", 1, "--seed", seed, "--out", f"runs/{seed}")
    assert not equal(state("runs/0")["parts"], state("runs/1")["parts"])
    assert not torch.equal(state("runs/0")["noise"], state("runs/1")["noise"])


def test_a_run_that_is_resumed_is_the_run_in_one_and_keeps_its_settings(command):
    command(*TRAIN, "--steps", 6, "--every", 2, "--seed", 3, "--out", "whole")
    command(*TRAIN, "--steps", 4, "--every", 2, "--seed", 3, "--out", "parts", "--resume")
    code, out, _ = command("train", "mlp-vae", "--steps", 6, "--every", 2, "--out", "parts", "--resume")
    assert code == 0 and [line["step"] for line in lines(out)] == [6]
    assert equal(state("parts"), state("whole"))
    assert Path("parts/history.jsonl").read_bytes() == Path("whole/history.jsonl").read_bytes()
    assert command("train", "mlp-vae", "--out", "whole", "--resume") == (0, "", "")  # it was for 6 steps, and has them


def test_the_configuration_says_what_the_run_is(command):
    command(*TRAIN, "--steps", 1, "--lr", "0.01")
    config = Run("runs/mlp-vae").config
    assert config["recipe"] == "mlp-vae" and config["versions"]["torch"] == torch.__version__
    expected = {"data": "embedded", "batch_size": 8, "lr": 0.01, "seed": 0, "precision": "32-true"}
    assert config["settings"] == expected and config["started"] == {"steps": 1, "device": "cpu", "devices": 1}


def test_a_shipped_model_is_sampled_by_either_of_its_names(command, folder):
    for name in ("cvae-fashion", "cvae"):
        assert command("sample", name, "--n", 2, "--label", 9, "--out", f"{name}.png")[0] == 0
    assert (folder / "cvae.png").read_bytes() == (folder / "cvae-fashion.png").read_bytes()


def test_a_trained_model_is_nearer_than_one_that_is_not(command):
    command(*TRAIN, "--steps", 1)
    code, out, _ = command("evaluate", "conv-vae-fashion", "runs/mlp-vae", *FAST)
    good, bad, both = lines(out)
    assert code == 0 and both["name"] == "2 runs"
    for name, sign in (("fid", 1), ("kid", 1), ("elbo", -1), ("iwae", -1)):
        assert sign * good["metrics"][name]["value"] < sign * bad["metrics"][name]["value"]
        mean = (good["metrics"][name]["value"] + bad["metrics"][name]["value"]) / 2
        assert both["metrics"][name]["value"] == pytest.approx(mean)
    assert good["metrics"]["elbo"]["value"] < good["metrics"]["iwae"]["value"]


def test_what_is_measured_is_what_the_package_measures(command):
    n, seed = 70, 4
    command("evaluate", "cvae", *FAST, "--n", n, "--seed", seed, "--out", "cvae.json")
    got = {name: row["value"] for name, row in json.loads(Path("cvae.json").read_text())["metrics"].items()}
    model, test, told = gc.load("cvae-fashion"), gc.data.fashion_mnist("test"), torch.arange(n) % 10
    fake = model.sample(n, torch.Generator().manual_seed(seed), told)
    images, labels = test.images[:n], test.labels[:n]
    assert got["fid"] == pytest.approx(gc.metrics.fid(images, fake), rel=1e-4)
    assert got["kid"] == pytest.approx(gc.metrics.kid(images, fake, subsets=1, subset_size=n)[0], rel=1e-4)
    assert (got["precision"], got["recall"]) == pytest.approx(gc.metrics.precision_recall(images, fake))
    assert (got["density"], got["coverage"]) == pytest.approx(gc.metrics.density_coverage(images, fake))
    score = gc.metrics.classification_accuracy_score(fake, told, steps=3, seed=seed, device="cpu")
    assert got["cas"] == pytest.approx(score)
    x = torch.bernoulli(images / 255, generator=torch.Generator().manual_seed(seed))
    noise = torch.Generator().manual_seed(seed)
    assert got["elbo"] == pytest.approx(float(gc.metrics.elbo(model, x, 1, noise, labels=labels).mean()))
    assert got["iwae"] == pytest.approx(float(gc.metrics.iwae_bound(model, x, 2, noise, labels=labels).mean()))


def test_rate_and_time_left_are_those_of_the_steps_since_the_last_report(monkeypatch):
    clock = iter([0.0, 2.0, 3.0])  # two seconds for 4 steps, one for 4 more
    monkeypatch.setattr("gencourse.cli.progress.time.monotonic", lambda: next(clock))
    seen = list(progress.timed([{"step": 104}, {"step": 108}], 10, start=100, steps=128))
    assert [line["images_per_second"] for line in seen] == [20.0, 40.0]
    assert [line["eta_seconds"] for line in seen] == [12.0, 5.0]


def test_the_bar_of_a_resumed_run_begins_where_it_went_on(capsys):
    """At once at its end: the images of earlier processes must not count as this one's speed."""
    list(progress.bar([{"step": 100, "loss": 1.0}], 10, start=99, steps=100))
    err = capsys.readouterr().err
    assert "990/1.00k" in err.replace(" ", "") and "1.00k/1.00k" in err


def test_the_seed_decides_the_samples(command):
    pictures = []
    for seed in (0, 1, 0):
        command("sample", "cvae", "--n", 1, "--seed", seed)
        pictures.append(Path("samples.png").read_bytes())
    assert pictures[0] == pictures[2] != pictures[1]


def test_no_figure_is_left_open(command):
    plt.close("all")
    for file, expected in (("a.png", 0), ("a.tuba", 1)):
        assert command("sample", "cvae", "--n", 1, "--out", file)[0] == expected
    assert plt.get_fignums() == []


def test_the_best_checkpoint_is_sampled_and_measured(command):
    command(*TRAIN, "--steps", 3, "--save-every", 1, "--best", "loss")
    for words in (["sample", "runs/mlp-vae", "--best", "--n", 1], ["evaluate", "runs/mlp-vae", "--best", *FAST]):
        assert command(*words)[0] == 0
    assert json.loads(Path("runs/mlp-vae/evaluation.json").read_text())["checkpoint"] == "best.pt"


def test_a_gans_average_is_taken_unless_the_last_weights_are_asked_for(command):
    command("train", "dcgan", "--steps", 2, "--batch-size", 8, "--device", "cpu")
    drawn = {}
    for words in ([], ["--weights", "last"], ["--weights", "average"]):
        command("sample", "runs/dcgan", "--n", 1, *words)
        drawn[" ".join(words)] = Path("samples.png").read_bytes()
    assert drawn[""] == drawn["--weights average"] != drawn["--weights last"]


def test_info_says_what_is_here(command, folder, monkeypatch):
    monkeypatch.setenv("GENCOURSE_DATA", str(folder))
    for pair in gc.data.fashion.FILES.values():
        for name in pair:
            (folder / name).write_bytes(b"")
    code, out, err = command("info")
    facts = json.loads(out)
    assert (code, err) == (0, "") and facts["versions"]["torch"] == torch.__version__
    assert list(facts["weights"]) == recipes.names() and facts["data"]["full"] == str(folder)


def test_on_a_terminal_there_is_a_bar_and_a_table(command, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, out, err = command(*TRAIN, "--steps", 3, "--every", 1)
    assert code == 0 and "runs/mlp-vae: 3 steps" in out and "{" not in out
    assert "24.0/24.0" in err and "images/s" in err and "loss=" in err
    code, out, _ = command("evaluate", "runs/mlp-vae", *FAST)
    assert code == 0 and re.search(r"^fid +[\d.]+ +[\d.]+ to [\d.]+ +Fréchet", out, flags=re.M)
    assert "versions" in command("info")[1]


def test_tensorboard_gets_the_losses(command):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    command(*TRAIN, "--steps", 2, "--every", 1, "--log", "tensorboard")
    command(*TRAIN, "--steps", 3, "--every", 1, "--log", "tensorboard", "--resume")
    events = EventAccumulator("runs/mlp-vae/tensorboard")
    events.Reload()
    expected = [(line["step"], pytest.approx(line["loss"])) for line in Run("runs/mlp-vae").history()]
    assert [(event.step, event.value) for event in events.Scalars("loss")] == expected
