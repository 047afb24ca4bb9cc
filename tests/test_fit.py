"""Truths of the one loop."""

import pytest
import torch

import gencourse as gc


class Counter:
    def __init__(self):
        self.calls = 0

    def step(self, x):
        self.calls += 1
        return {"calls": torch.tensor(float(self.calls)), "value": x}


def test_fit_is_lazy_and_goes_round_the_batches():
    trainer = Counter()
    loop = gc.fit(trainer, [torch.tensor(1.0), torch.tensor(2.0)], steps=5)
    assert trainer.calls == 0
    assert [m["value"] for m in loop] == [1, 2, 1, 2, 1] and trainer.calls == 5


def test_fit_yields_every_nth_step_and_the_last():
    steps = [m["step"] for m in gc.fit(Counter(), [torch.tensor(0.0)], steps=10, every=4)]
    assert steps == [4, 8, 10]


def test_fit_hands_labels_on():
    class Pair:
        def step(self, x, y):
            return {"sum": x + y}

    [metrics] = gc.fit(Pair(), [(torch.tensor(1.0), torch.tensor(2.0))], steps=1)
    assert metrics == {"step": 1, "sum": 3.0}


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": -1}, {"steps": 3, "every": 0}])
def test_fit_refuses_bad_numbers_at_the_call(wrong):
    with pytest.raises(ValueError, match="steps|every"):
        gc.fit(Counter(), [torch.tensor(0.0)], **wrong)


def test_fit_refuses_data_that_ran_out():
    with pytest.raises(ValueError, match="batches"):
        list(gc.fit(Counter(), iter([torch.tensor(0.0)]), steps=2))


def test_fit_draws_no_batch_that_no_step_uses():
    class Still:
        def step(self, x):
            return {}

    batches = gc.Batches(torch.zeros(8, 1, 2, 2), 2, device="cpu")
    list(gc.fit(Still(), batches, steps=2))
    assert batches.position == 2
