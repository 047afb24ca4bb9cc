"""Truths of runs: a run that stopped and went on is the run that never stopped."""

import json

import pytest
import torch
from runs import batches, train
from trainers import IMAGES, LABELS, TRAINERS, conditional_gan, equal, small_gan, small_vae

import gencourse as gc
from gencourse.training import Run


def damage(path):
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("name", TRAINERS)
def test_a_run_in_two_parts_is_the_run_in_one(name, tmp_path):
    def make():
        torch.manual_seed(0)
        return TRAINERS[name]()

    whole, first, second = make(), make(), make()
    straight, seen = train(tmp_path / "whole", whole, 11, every=2, save_every=4)
    _, before = train(tmp_path / "parts", first, 7, every=2, save_every=4)
    parts, after = train(tmp_path / "parts", second, 11, gc.Batches(IMAGES, 8, device="cpu"), every=2, save_every=4)
    assert equal(second.state_dict(), whole.state_dict())
    # The first part's own last step is one more line; all others are those of the run in one.
    assert [line for line in before + after if line["step"] != 7] == seen
    assert parts.history() == before + after and straight.history() == seen


def test_a_run_that_died_between_checkpoints_takes_its_steps_back(tmp_path):
    whole, dead, again = small_gan(), small_gan(), small_gan()
    straight, _ = train(tmp_path / "whole", whole, 10, save_every=4)
    run = Run.create(tmp_path / "dead", {})
    for metrics in run.train(dead, batches(), steps=10, save_every=4):
        if metrics["step"] == 7:
            break
    assert [line["step"] for line in run.history()] == [1, 2, 3, 4, 5, 6, 7]
    (run.folder / "history.jsonl").open("a").write('{"step": 8, "los')  # what a kill leaves
    (run.checkpoint_folder / ".step-00000008.pt.1.part").write_bytes(b"half")
    resumed, seen = train(tmp_path / "dead", again, 10, save_every=4)
    assert [line["step"] for line in seen] == [5, 6, 7, 8, 9, 10]
    assert equal(again.state_dict(), whole.state_dict())
    assert (resumed.folder / "history.jsonl").read_bytes() == (straight.folder / "history.jsonl").read_bytes()
    assert not list(run.checkpoint_folder.glob(".*"))


def test_labels_go_on_too(tmp_path):
    whole, part = conditional_gan(), conditional_gan()
    train(tmp_path / "whole", whole, 5, batches(labels=LABELS))
    train(tmp_path / "parts", part, 2, batches(labels=LABELS))
    train(tmp_path / "parts", part := conditional_gan(), 5, batches(labels=LABELS))
    assert equal(part.state_dict(), whole.state_dict())


def test_a_finished_run_has_nothing_left_to_do(tmp_path):
    train(tmp_path / "run", small_gan(), 4)
    run, seen = train(tmp_path / "run", small_gan(), 4)
    assert seen == [] and len(run.history()) == 4


def test_reports_and_checkpoints_come_when_they_should(tmp_path):
    run, seen = train(tmp_path / "run", small_gan(), 10, keep=9, every=4, save_every=3)
    assert [line["step"] for line in seen] == [4, 8, 10]
    assert [path.name for path in run.checkpoints()] == [f"step-000000{k:02d}.pt" for k in (3, 6, 9, 10)]


def test_a_checkpoint_that_is_old_enough_is_renewed(tmp_path, monkeypatch):
    clock = iter(range(0, 10_000, 25))  # seconds: one look at the clock every step
    monkeypatch.setattr("gencourse.training.runs.time.monotonic", lambda: next(clock))
    run, _ = train(tmp_path / "run", small_gan(), 8, keep=9, save_every=100, save_minutes=1.0)
    assert [int(path.stem[5:]) for path in run.checkpoints()] == [3, 6, 8]


def test_the_newest_k_checkpoints_are_kept(tmp_path):
    run, _ = train(tmp_path / "run", small_gan(), 7, keep=2, save_every=1)
    assert [int(path.stem[5:]) for path in run.checkpoints()] == [6, 7]


def test_the_best_checkpoint_is_the_one_with_the_lowest_metric(tmp_path):
    run, seen = train(tmp_path / "run", small_vae(lr=0.05), 12, keep=1, best="loss", save_every=2)
    lowest = min((line for line in seen if line["step"] % 2 == 0), key=lambda line: line["loss"])
    assert lowest["step"] < 12  # this learning rate overshoots: the best is not the last
    best = torch.load(run.checkpoint_folder / "best.pt", weights_only=True)
    assert best["steps"] == lowest["step"] and best["metrics"]["loss"] == lowest["loss"]


def test_the_best_checkpoint_survives_stopping(tmp_path):
    whole, _ = train(tmp_path / "whole", small_vae(lr=0.05), 12, best="loss", save_every=2)
    expected = torch.load(whole.checkpoint_folder / "best.pt", weights_only=True)
    for steps in range(2, 13, 2):
        parts, _ = train(tmp_path / "parts", small_vae(lr=0.05), steps, best="loss", save_every=2)
        if steps == expected["steps"]:  # as if a kill had come between the checkpoint and its copy
            (parts.checkpoint_folder / "best.pt").unlink()
    assert equal(torch.load(parts.checkpoint_folder / "best.pt", weights_only=True), expected)


def test_a_metric_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="loss_d.*fid"):
        train(tmp_path / "run", small_gan(), 2, best="fid")


def test_an_unreadable_newest_checkpoint_is_skipped_with_a_message(tmp_path):
    whole = small_gan()
    straight, _ = train(tmp_path / "whole", whole, 9, save_every=3)
    run, _ = train(tmp_path / "run", small_gan(), 6, save_every=3)
    damage(run.checkpoints()[-1])
    with pytest.warns(UserWarning, match="step-00000006.pt is not a readable checkpoint"):
        again, seen = train(tmp_path / "run", trainer := small_gan(), 9, keep=1, save_every=3)
    assert seen[0]["step"] == 4 and equal(trainer.state_dict(), whole.state_dict())
    assert again.history() == straight.history()


def test_pruning_counts_good_checkpoints_only(tmp_path):
    run, _ = train(tmp_path / "run", small_gan(), 9, save_every=3)
    damage(run.checkpoints()[-1])
    with pytest.warns(UserWarning, match="00000009"):
        train(tmp_path / "run", small_gan(), 7, keep=1)  # step 7 is the newest good one, 9 is still there, damaged
    with pytest.warns(UserWarning, match="00000009"):
        assert Run(tmp_path / "run").restore(small_gan()).name == "step-00000007.pt"


def test_where_no_checkpoint_can_be_read_nothing_starts_over(tmp_path):
    run, _ = train(tmp_path / "run", small_gan(), 2)
    damage(run.checkpoints()[0])
    history = run.history()
    with pytest.warns(UserWarning, match="skipped"), pytest.raises(ValueError, match="none of the checkpoints"):
        train(tmp_path / "run", small_gan(), 4)
    assert run.history() == history


def test_checkpoints_of_another_model_are_refused_and_kept(tmp_path):
    run, _ = train(tmp_path / "run", small_gan(), 2)
    content = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match="does not fit"):
        train(tmp_path / "run", small_gan(ema=0.9), 4)
    assert content == {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}


def test_a_folder_that_holds_a_run_is_not_made_anew(tmp_path):
    run = Run.create(tmp_path / "run", {"recipe": "mlp-gan"})
    with pytest.raises(FileExistsError, match="already holds a run"):
        Run.create(tmp_path / "run", {})
    assert run.config["recipe"] == "mlp-gan" and run.config["versions"]["torch"] == torch.__version__


def test_a_missing_or_bent_configuration_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no run"):
        _ = Run(tmp_path).config
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match="config.json is not JSON"):
        _ = Run(tmp_path).config


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"every": 0}, {"save_every": 0}, {"save_minutes": 0.0}, {"keep": 0}])
def test_a_number_out_of_its_range_is_named_at_the_call(wrong, tmp_path):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        run = Run(tmp_path, keep=wrong.pop("keep", 1))
        run.train(small_gan(), batches(), **{"steps": 1, **wrong})


def test_the_history_is_json_lines(tmp_path):
    run, seen = train(tmp_path / "run", small_gan(), 3)
    assert [json.loads(line) for line in run.history_file.read_text().splitlines()] == seen


def test_a_kill_between_a_checkpoint_and_the_removal_of_old_ones_is_made_good(tmp_path):
    """A moment that random kills seldom meet: the last step is saved, and nothing will be saved again."""
    run, _ = train(tmp_path, small_gan(), 6, keep=2, save_every=1)
    kept = run.checkpoints()
    (run.checkpoint_folder / "step-00000004.pt").write_bytes(kept[0].read_bytes())  # what the kill left behind
    train(tmp_path, small_gan(), 6, keep=2, save_every=1)
    assert run.checkpoints() == kept
