"""Batches: each image once an epoch, in an order that a saved state continues."""

import json

import pytest
import torch

from gencourse.data import Batches, batches, best_device


def numbered(n: int = 10) -> torch.Tensor:
    """uint8 images whose pixels are all their own index."""
    return torch.arange(n, dtype=torch.uint8)[:, None, None, None].expand(n, 1, 2, 2).contiguous()


def make(n: int = 10, batch_size: int = 3, **options) -> Batches:
    return Batches(numbered(n), batch_size, device="cpu", **options)


def indices(x: torch.Tensor) -> list[int]:
    return (x[:, 0, 0, 0] * 255).round().long().tolist()


def epoch(b: Batches) -> list[int]:
    return [i for x in b for i in indices(x)]


@pytest.mark.parametrize(("n", "batch_size", "drop_last", "expected"), [
    (10, 3, True, [3, 3, 3]), (10, 3, False, [3, 3, 3, 1]), (9, 3, True, [3] * 3), (9, 3, False, [3] * 3),
    (2, 3, False, [2]), (3, 3, True, [3]), (4, 1, True, [1] * 4),
])  # fmt: skip
def test_sizes_of_an_epoch(n, batch_size, drop_last, expected):
    b = make(n, batch_size, drop_last=drop_last)
    assert len(b) == len(expected)
    for _ in range(2):
        assert [len(x) for x in b] == expected


def test_each_image_comes_exactly_once_an_epoch():
    b = make(drop_last=False)
    for _ in range(3):
        assert sorted(epoch(b)) == list(range(10))


def test_no_image_comes_twice_when_the_rest_is_dropped():
    drawn = epoch(make())
    assert len(drawn) == 9 and len(set(drawn)) == 9


def test_values_are_the_bytes_over_255():
    x = next(iter(Batches(numbered(256), 256, device="cpu", seed=5)))
    assert x.dtype == torch.float32 and x.shape == (256, 1, 2, 2)
    assert torch.equal(x[:, 0, 0, 0].sort().values, torch.arange(256, dtype=torch.float32) / 255)
    assert x.min() == 0 and x.max() == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_float_images_are_taken_as_they_are(dtype):
    images = torch.rand(6, 1, 4, 4).to(dtype)
    b = Batches(images, 2, device="cpu")
    x = torch.cat(list(b))
    assert x.dtype == torch.float32
    b.load_state_dict({**b.state_dict(), "epoch": 0})
    assert torch.equal(x, images[b.order()].float())


def test_a_changed_batch_leaves_the_set_unchanged():
    images = torch.rand(4, 1, 2, 2)
    before, b = images.clone(), Batches(images, 4, device="cpu")
    for x in b:
        x.zero_()
    assert torch.equal(images, before) and torch.equal(b.images, before)


def test_the_order_depends_on_seed_and_epoch():
    a = make(60, 60, seed=0)
    orders = [epoch(a), epoch(a), epoch(make(60, 60, seed=1)), epoch(make(60, 60, seed=-1)), list(range(60))]
    assert len({tuple(order) for order in orders}) == 5


def test_the_same_seed_gives_the_same_epochs():
    a, b = make(seed=7), make(seed=7)
    assert [epoch(a) for _ in range(3)] == [epoch(b) for _ in range(3)]


def test_the_first_image_is_uniform_over_seeds():
    """Each of 5 images comes first in about a fifth of 500 orders (4.5 standard deviations allowed)."""
    first = torch.tensor([make(5, 5, seed=s).order()[0] for s in range(500)])
    assert (first.bincount(minlength=5) - 100).abs().max() < 40


def test_the_global_random_state_is_left_alone():
    before = torch.random.get_rng_state()
    epoch(make())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_labels_stay_with_their_images():
    b = Batches(numbered(), 3, device="cpu", labels=torch.arange(10) + 100)
    for x, y in b:
        assert y.dtype == torch.int64 and (y - 100).tolist() == indices(x)


# --- several processes


@pytest.mark.parametrize("world", [2, 3])
def test_the_shares_of_all_processes_are_the_batch_of_one(world):
    whole = [indices(x) for x in make(20, 6, seed=2)]
    shares = [[indices(x) for x in make(20, 6, seed=2, rank=rank, world=world)] for rank in range(world)]
    for k, batch in enumerate(whole):
        assert all(len(s[k]) == 6 // world for s in shares)
        assert sorted(i for s in shares for i in s[k]) == sorted(batch)


def test_the_state_is_the_same_for_all_processes_and_resumes_each():
    first, second = make(20, 6, rank=0, world=2), make(20, 6, rank=1, world=2)
    next(iter(first)), next(iter(second))
    assert first.state_dict() == second.state_dict()
    rest = epoch(second)
    second.load_state_dict(first.state_dict() | {"epoch": 0, "position": 1})
    assert epoch(second) == rest


# --- going on where it stopped


def test_an_iteration_left_early_goes_on_where_it_stopped():
    b, whole = make(drop_last=False), epoch(make(drop_last=False))
    first = indices(next(iter(b)))
    assert first + epoch(b) == whole


def test_an_iteration_left_at_the_last_batch_starts_the_next_epoch():
    b, other = make(), make()
    for k, _ in enumerate(b, 1):
        if k == len(b):
            break
    epoch(other)
    assert epoch(b) == epoch(other)


@pytest.mark.parametrize("drop_last", [True, False])
@pytest.mark.parametrize("taken", range(10))
def test_a_loaded_state_continues_as_if_nothing_had_stopped(taken, drop_last):
    b = make(seed=3, drop_last=drop_last)
    forever = (x for _ in range(9) for x in b)
    for _ in range(taken):
        next(forever)
    state = json.loads(json.dumps(b.state_dict()))  # plain numbers: a checkpoint can hold it
    rest = [indices(next(forever)) for _ in range(7)]
    resumed = make(seed=99, drop_last=drop_last)
    resumed.load_state_dict(state)
    forever = (x for _ in range(9) for x in resumed)
    assert [indices(next(forever)) for _ in range(7)] == rest


def test_a_state_loaded_inside_the_loop_is_obeyed():
    b = make(batch_size=2)
    start, seen = b.state_dict(), []
    for x in b:
        seen.append(indices(x))
        if len(seen) == 3:
            b.load_state_dict(start)
    assert seen[:3] == seen[3:6] and len(seen) == 3 + len(b)


@pytest.mark.parametrize("change", [
    {"size": 11}, {"batch_size": 4}, {"drop_last": False}, {"position": 3}, {"position": -1}, {"epoch": -1},
])  # fmt: skip
def test_a_state_of_other_batches_is_refused_and_changes_nothing(change):
    b = make()
    next(iter(b))
    before = b.state_dict()
    with pytest.raises(ValueError, match=next(iter(change)) if "position" not in change else "batch"):
        b.load_state_dict({**before, "seed": 5, **change})
    assert b.state_dict() == before


def test_a_state_with_other_keys_is_refused():
    b = make()
    for state in ({}, {**b.state_dict(), "more": 1}, {"seed": 0, "epoch": 0, "position": 0}):
        with pytest.raises(ValueError, match="keys"):
            b.load_state_dict(state)


# --- what is refused


@pytest.mark.parametrize(("images", "batch_size", "options", "message"), [
    (numbered()[:, 0], 3, {}, "images must be .N, C, H, W."),
    (numbered().long(), 3, {}, "uint8"),
    (numbered().float(), 3, {}, r"\[0, 1\]"),
    (numbered().float() / 9 - 0.01, 3, {}, r"\[0, 1\]"),
    (numbered().float() / 9 + 0.01, 3, {}, r"\[0, 1\]"),
    (torch.full((4, 1, 2, 2), torch.nan), 3, {}, r"\[0, 1\]"),
    (numbered()[:0], 3, {}, "empty"),
    (numbered(), 0, {}, "batch_size must be at least 1"),
    (numbered(), 11, {}, "drop_last=False"),
    (numbered(), 3, {"labels": torch.zeros(9)}, "labels"),
    (numbered(), 3, {"labels": torch.zeros(10, 1)}, "labels"),
    (numbered(), 3, {"world": 2}, "batch_size"),
    (numbered(), 4, {"world": 4, "drop_last": False}, "last batch"),
    (numbered(), 4, {"rank": 2, "world": 2}, "rank"),
])  # fmt: skip
def test_what_cannot_be_batched_is_refused(images, batch_size, options, message):
    with pytest.raises(ValueError, match=message):
        Batches(images, batch_size, device="cpu", **options)


# --- the device


@pytest.mark.parametrize(("cuda", "mps", "expected"), [
    (True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu"),
])  # fmt: skip
def test_best_device_prefers_cuda_then_mps_then_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert best_device().type == expected


def test_the_best_device_is_the_default(monkeypatch):
    monkeypatch.setattr(batches, "best_device", lambda: torch.device("meta"))
    assert Batches(numbered(), 3).images.device.type == "meta"


@pytest.mark.parametrize("device", sorted({"cpu", best_device().type}))
def test_batches_live_and_resume_on_every_device_of_this_machine(device):
    b = Batches(numbered(), 3, drop_last=False, device=device, labels=torch.arange(10))
    assert all(t.device.type == device for pair in b for t in pair)
    b = Batches(numbered(), 3, drop_last=False, device=device)
    state = b.state_dict()
    rest = epoch(b)
    b.load_state_dict(state)
    assert epoch(b) == rest and sorted(rest) == list(range(10))
