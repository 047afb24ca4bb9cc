"""Truths of checkpoints: stopping costs nothing, and a file that does not fit changes nothing."""

import copy
import pickle

import pytest
import torch
from trainers import (
    IMAGES,
    LABELS,
    TRAINERS,
    conditional_gan,
    conv_gan,
    equal,
    run,
    small_gan,
    small_vae,
    weights,
)

import gencourse as gc


@pytest.fixture(params=TRAINERS)
def make(request):
    def build():
        torch.manual_seed(0)
        return TRAINERS[request.param]()

    return build


def test_save_load_step_is_bit_identical_to_not_having_stopped(make, tmp_path):
    straight, batches = make(), gc.Batches(IMAGES, 8, device="cpu", seed=3)
    expected = run(straight, 7, batches)

    stopped, batches = make(), gc.Batches(IMAGES, 8, device="cpu", seed=3)
    first = run(stopped, 4, batches)  # 3 batches an epoch: stops inside the second epoch
    stopped.save(tmp_path / "run.pt", batches)

    resumed, batches = make(), gc.Batches(IMAGES, 8, device="cpu", seed=99)
    run(resumed, 1)  # whatever it did before is gone
    resumed.load(tmp_path / "run.pt", batches)
    second = run(resumed, 3, batches)

    values = [{k: v for k, v in m.items() if k != "step"} for m in first + second]
    assert values == [{k: v for k, v in m.items() if k != "step"} for m in expected]
    assert equal(resumed.state_dict(), straight.state_dict())


def test_a_conditional_trainer_resumes_too(tmp_path):
    def fresh():
        return conditional_gan(loss=gc.losses.hinge), gc.Batches(IMAGES, 8, device="cpu", labels=LABELS)

    (straight, data), (stopped, stopped_data), (resumed, resumed_data) = fresh(), fresh(), fresh()
    run(straight, 5, data)
    run(stopped, 2, stopped_data)
    stopped.save(tmp_path / "c.pt", stopped_data)
    resumed.load(tmp_path / "c.pt", resumed_data)
    run(resumed, 3, resumed_data)
    assert equal(weights(resumed), weights(straight))


class Boom:
    def __reduce__(self):
        return (open, ("hacked.txt", "w"))


BENT = {  # plain data that `weights_only` lets pass, in a form that no trainer wrote
    "parts-a-list": lambda state: state.update(parts=[1, 2]),
    "a-part-a-number": lambda state: state["parts"].update(generator=3),
    "a-weight-a-word": lambda state: state["parts"]["generator"].update({"net.0.weight": "heavy"}),
    "a-moment-too-many": lambda state: state["parts"]["optimizer_g"]["state"].update({99: {"exp_avg": torch.ones(2)}}),
    "an-optimizer-without-state": lambda state: state["parts"]["optimizer_g"].pop("state"),
}


def damage(path, kind):
    content = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("not a checkpoint")
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Boom()))
    elif kind == "torch-pickle":
        torch.save({"format": "gencourse-checkpoint-1", "parts": Boom()}, path)
    elif kind == "other-dict":
        torch.save({"weights": torch.zeros(3)}, path)
    elif kind == "other-trainer":
        small_vae().save(path)
    elif kind == "other-size":
        torch.manual_seed(0)
        gc.GANTrainer(gc.MLPGenerator(4, 32), gc.MLPDiscriminator(16), device="cpu").save(path)
    elif kind == "other-model":
        conv_gan().save(path)
    elif kind == "with-average":
        small_gan(ema=0.9).save(path)
    elif kind in BENT:
        state = torch.load(path, weights_only=True)
        BENT[kind](state)
        torch.save(state, path)
    else:  # one field lost, or one moment of the wrong shape
        state = torch.load(path, weights_only=True)
        if kind == "moments":
            state["parts"]["optimizer_d"]["state"][0]["exp_avg"] = torch.zeros(2, 2)
        elif kind == "groups":
            state["parts"]["optimizer_d"]["param_groups"] = []
        elif kind == "noise":
            state["noise"] = torch.zeros(3, dtype=torch.uint8)
        else:
            del state[kind]
        torch.save(state, path)


KINDS = ["truncated", "empty", "text", "pickle", "torch-pickle", "other-dict", "other-trainer", "other-size"]
KINDS += [*BENT, "other-model", "with-average", "moments", "groups", "noise", "steps", "parts"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_does_not_fit_is_refused_and_changes_nothing(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer, path = small_gan(), tmp_path / "run.pt"
    trainer.step(IMAGES[:8])
    trainer.save(path)
    damage(path, kind)
    trainer.step(IMAGES[:8])
    before = copy.deepcopy(trainer.state_dict())
    with pytest.raises(ValueError, match="checkpoint"):
        trainer.load(path)
    assert equal(before, trainer.state_dict())
    assert not (tmp_path / "hacked.txt").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.pt"):
        small_gan().load(tmp_path / "nowhere.pt")


def test_saving_into_a_missing_folder_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="no-such-folder"):
        small_gan().save(tmp_path / "no-such-folder" / "run.pt")


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    trainer, path = small_gan(), tmp_path / "run.pt"
    trainer.save(path)
    before = path.read_bytes()

    def full_disk(state, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        trainer.save(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_the_place_in_the_data_must_have_been_saved_and_fit(tmp_path):
    trainer, batches = small_gan(), gc.Batches(IMAGES, 8, device="cpu")
    trainer.save(tmp_path / "alone.pt")
    with pytest.raises(ValueError, match="batches"):
        trainer.load(tmp_path / "alone.pt", batches)
    trainer.step(IMAGES[:8])
    trainer.save(tmp_path / "with.pt", batches)
    trainer.step(IMAGES[:8])
    before = copy.deepcopy(trainer.state_dict())
    with pytest.raises(ValueError, match="batches"):
        trainer.load(tmp_path / "with.pt", gc.Batches(IMAGES, 4, device="cpu"))
    assert equal(before, trainer.state_dict())
