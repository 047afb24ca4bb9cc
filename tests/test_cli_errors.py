"""Truths of the command line: an error is one line that says the way out, and the help is complete."""

import dataclasses
import re
import subprocess
import sys

import pytest
import torch
from command_line import TRAIN, lines

import gencourse as gc
from gencourse import recipes
from gencourse.cli.assign_options import ASSIGN, Assign
from gencourse.cli.parse import ABOUT, COMMANDS, parse
from gencourse.training import Run

ERRORS = {  # the words of a command, its exit code, and what its one line must say
    "no command": ([], 2, "train, sample, evaluate, info, assign"),
    "no command of assign's": (["assign"], 2, "release, grade, review, export, similar, doctor"),
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


HELP = {name: kind for name, kind in COMMANDS.items() if kind is not Assign}
HELP |= {f"assign {name}": kind for name, kind in ASSIGN.items()}


@pytest.mark.parametrize("name", HELP)
def test_the_help_names_every_option_and_has_examples(name, command):
    code, out, err = command(*name.split(), "--help")
    assert (code, err) == (0, "") and f"gencourse {name}" in out.partition("Example")[2]
    positional = ("recipe", "run", "runs", "names", "place", "folder")
    for field in dataclasses.fields(HELP[name]):
        assert (field.name.upper() if field.name in positional else "--" + field.name.replace("_", "-")) in out
    assert name != "train" or all(recipe in out for recipe in recipes.COMMANDS)


def test_the_examples_of_the_help_are_understood(command):
    for text in [ABOUT, Assign.__doc__, *(kind.__doc__ for kind in HELP.values())]:
        examples = re.findall(r"^\s+gencourse (\w.*)$", text, flags=re.M)
        assert examples and all(parse(example.split()) for example in examples)


def test_the_help_of_assign_names_its_commands(command):
    code, out, err = command("assign", "--help")
    assert (code, err) == (0, "") and all(f" {name} " in out for name in ASSIGN)


def test_help_and_version_do_not_wait_for_torch():
    code = "import sys, gencourse.cli as c; c.main(['--version']); c.main(['--help']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"gencourse {gc.__version__}\n") and done.stdout.endswith("False\n")
