"""Truths of the command line: what it writes is the package's, an error is one line, a script can read it all."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import torch
from trainers import equal

import gencourse as gc
from gencourse import cli, recipes
from gencourse.cli import options, progress
from gencourse.cli.evaluate import MEANING
from gencourse.cli.parse import ABOUT, COMMANDS, parse
from gencourse.training import Run
from gencourse.training.lock import only_one

TRAIN = ["train", "mlp-vae", "--batch-size", "8", "--device", "cpu"]
FAST = ["--n", "65", "--resamples", "3", "--k", "2", "--cas-steps", "3", "--device", "cpu"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every command runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(capsys):
    """Run a command; gives its exit code, what it wrote, and what it complained of."""

    def call(*words):
        code = cli.main([str(word) for word in words])
        return code, *capsys.readouterr()

    return call


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def state(folder):
    return torch.load(Run(folder).checkpoints()[-1], weights_only=True)


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


ERRORS = {  # the words of a command, its exit code, and what its one line must say
    "no command": ([], 2, "train, sample, evaluate, info"),
    "unknown command": (["trian"], 2, "trian"),
    "unknown recipe": (["train", "stylegan"], 2, "dcgan"),
    "unknown option": (["train", "dcgan", "--stepz", "3"], 2, "--steps"),
    "option without value": (["train", "dcgan", "--steps"], 2, "--steps"),
    "not a number": (["train", "dcgan", "--steps", "many"], 2, "many"),
    "no steps": ([*TRAIN, "--steps", "0"], 1, "steps must be"),
    "batch too large": (["train", "mlp-vae", "--batch-size", "10001", "--steps", "1"], 1, "exceeds the 10000 images"),
    "negative rate": ([*TRAIN, "--steps", "1", "--lr", "-1"], 1, "lr must be positive"),
    "unknown device": ([*TRAIN[:-1], "abacus", "--steps", "1"], 1, "abacus"),
    "no such data": ([*TRAIN, "--data", "nowhere", "--steps", "1"], 1, "nowhere"),
    "not a metric": ([*TRAIN, "--steps", "1", "--best", "fid"], 1, "best must be one of"),
    "folder is a file": ([*TRAIN, "--steps", "1", "--out", "file/run"], 1, "file/run"),
    "run is there": ([*TRAIN, "--steps", "1", "--out", "there"], 2, "--resume"),
    "other settings": ([*TRAIN, "--steps", "1", "--out", "there", "--resume", "--seed", "1"], 2, "seed 0, not 1"),
    "other recipe": (["train", "dcgan", "--out", "there", "--resume"], 2, "recipe mlp-vae, not dcgan"),
    "no model to sample": (["sample"], 2, "RUN"),
    "unknown model": (["sample", "stylegan"], 1, "dcgan-fashion"),
    "no checkpoint": (["sample", "empty"], 1, "no checkpoint yet"),
    "no best": (["sample", "there", "--best"], 1, "best.pt"),
    "label of an unconditional": (["sample", "there", "--label", "3"], 2, "--label"),
    "label out of range": (["sample", "cvae-fashion", "--label", "10"], 1, "0..9"),
    "no images": (["sample", "there", "--n", "0"], 1, "n must be"),
    "unknown format": (["sample", "there", "--n", "1", "--out", "x.tuba"], 1, "tuba"),
    "no such folder": (["sample", "there", "--n", "1", "--out", "gone/x.png"], 1, "gone/x.png"),
    "nothing to evaluate": (["evaluate"], 2, "run"),
    "too few images": (["evaluate", "there", "--n", "64"], 2, "65"),
    "bent configuration": (["evaluate", "bent"], 1, "config.json is not JSON"),
    "one file for two": (["evaluate", "there", "there", "--out", "x.json"], 2, "--out"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_one_line(kind, command, folder):
    (folder / "file").write_text("")
    for name in ("empty", "bent"):
        Run.create(folder / name, {"recipe": "mlp-vae", "settings": {}})
    (folder / "bent" / "config.json").write_text("{")
    command(*TRAIN, "--steps", 1, "--out", "there")
    words, expected, says = ERRORS[kind]
    code, out, err = command(*words)
    assert code == expected and out == ""
    assert re.fullmatch(r"gencourse: error: .+\n", err) and says in err
    assert "│" not in err and "[Errno" not in err


def test_debug_shows_where_it_happened(command):
    code, _, err = command("sample", "stylegan", "--debug")
    assert code == 1 and err.startswith("Traceback") and err.splitlines()[-1].startswith("gencourse: error: stylegan")


def test_a_diverged_run_is_an_error(command):
    code, out, err = command(*TRAIN, "--steps", 40, "--lr", "1e30", "--every", 1)
    assert code == 1 and len(err.splitlines()) == 1 and "training diverged" in err
    assert all(torch.isfinite(torch.tensor(line["loss"])) for line in lines(out))


def test_a_skipped_checkpoint_is_one_line_too(command):
    command(*TRAIN, "--steps", 2, "--save-every", 1)
    newest = Run("runs/mlp-vae").checkpoints()[-1]
    newest.write_bytes(b"short")
    code, _, err = command(*TRAIN, "--steps", 2, "--resume")
    assert code == 0 and re.fullmatch(r"gencourse: warning: skipped: .*step-00000002.pt.*\n", err)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_names_every_option_and_has_examples(name, command):
    code, out, err = command(name, "--help")
    assert (code, err) == (0, "") and f"gencourse {name}" in out.partition("Example")[2]
    positional = ("recipe", "run", "runs")
    for field in dataclasses.fields(COMMANDS[name]):
        assert (field.name.upper() if field.name in positional else "--" + field.name.replace("_", "-")) in out
    assert name != "train" or all(recipe in out for recipe in recipes.COMMANDS)


def test_the_examples_of_the_help_are_understood(command):
    for text in [ABOUT, *(kind.__doc__ for kind in COMMANDS.values())]:
        examples = re.findall(r"^\s+gencourse (\w.*)$", text, flags=re.M)
        assert examples and all(parse(example.split()) for example in examples)


def test_help_and_version_do_not_wait_for_torch():
    code = "import sys, gencourse.cli as c; c.main(['--version']); c.main(['--help']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"gencourse {gc.__version__}\n") and done.stdout.endswith("False\n")


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_exit_code_says_which(number, command, folder):
    """In a process of its own, as a scheduler or Ctrl-C would do it; what goes on is the run that never stopped."""
    process = started(*TRAIN, "--steps", 100_000, "--every", 3, "--out", "stopped")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert re.fullmatch(rf"gencourse: stopped: {signal.Signals(number).name} came; .* finished and saved\n", err)
    reached = state("stopped")["steps"]
    command(*TRAIN, "--steps", reached + 4, "--every", 3, "--out", "stopped", "--resume")
    command(*TRAIN, "--steps", reached + 4, "--every", 3, "--out", "whole")
    assert equal(state("stopped"), state("whole"))
    assert Path("stopped/history.jsonl").read_bytes() == Path("whole/history.jsonl").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_while_a_run_is_trained_a_second_command_is_refused_and_afterwards_it_goes_on(number, command):
    """However the first one ends: the lock of a process that was killed with SIGKILL dies with it."""
    first = started(*TRAIN, "--steps", 100_000, "--every", 3, "--save-every", 3)
    again = [*TRAIN, "--every", 3, "--save-every", 3, "--resume", "--steps"]
    try:
        for _ in range(2):
            code, out, err = command(*again, 100_000)
            assert (code, out) == (1, "")
            assert re.fullmatch("gencourse: error: runs/mlp-vae is being trained already: wait until .*\n", err)
    finally:
        first.send_signal(number)
        first.communicate(timeout=60)
    assert Path("runs/mlp-vae/.lock").exists()  # the file stays, the lock does not
    reached = state("runs/mlp-vae")["steps"]
    assert command(*again, reached + 3)[0] == 0 and state("runs/mlp-vae")["steps"] == reached + 3


def started(*words):
    """A command in a process of its own, which has written its first line."""
    words = [sys.executable, "-m", "gencourse", *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert running.stdout.readline()
    return running


def process(*words):
    """A command in a process of its own."""
    words = [sys.executable, "-m", "gencourse", *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def test_two_devices_train_what_one_trains(command):
    done = process(*TRAIN, "--steps", 3, "--every", 1, "--devices", 2, "--out", "two")
    assert done.returncode == 0 and done.stderr == ""
    command(*TRAIN, "--steps", 3, "--every", 1, "--out", "one")
    one, two = (Run(name).history() for name in ("one", "two"))
    assert [line["step"] for line in lines(done.stdout)] == [line["step"] for line in two] == [1, 2, 3]
    assert [line["loss"] for line in two] == pytest.approx([line["loss"] for line in one], rel=1e-5)
    model, other = (state(name)["parts"]["model"] for name in ("one", "two"))
    assert all(torch.allclose(model[key], other[key], atol=1e-5) for key in model)


def test_two_devices_are_refused_together_where_the_run_is_trained_already(command):
    command(*TRAIN, "--steps", 1)
    with only_one(Path("runs/mlp-vae"), None):
        done = process(*TRAIN, "--steps", 3, "--devices", 2, "--resume")
    assert (done.returncode, done.stdout) == (1, "") and "is being trained already" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_devices_draw_and_measure_what_one_does(command):
    """An odd number of images, which two processes cannot share equally; of a model that is told the class."""
    words = ["cvae-fashion", "--n", 65, "--device", "cpu"]
    for devices, call in ((1, command), (2, process)):
        call("sample", *words, "--devices", devices, "--out", f"{devices}.png")
        call("evaluate", *words, *FAST, "--devices", devices, "--out", f"{devices}.json")
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()
    one, two = (json.loads(Path(f"{devices}.json").read_text())["metrics"] for devices in (1, 2))
    assert set(one) == set(two) == set(MEANING)
    for name in MEANING:
        assert list(two[name].values()) == pytest.approx(list(one[name].values()), rel=1e-6)


def test_one_device_does_not_wait_for_fabric():
    words = [*TRAIN, "--steps", "1"]
    code = f"import sys, gencourse.cli as c; c.main({words}); print('lightning_fabric' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")
