"""The forced choice in the browser: its statistics are the package's, its sheet holds what the key says."""

import base64
import gzip
from io import BytesIO

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from test_explorers import javascript

import gencourse as gc
from gencourse.widgets import ForcedChoice

RATES = (0.5, 0.6, 0.7, 0.8, 0.95, 1.0)

CODE = """
import { interval, power, pValue, trials } from "./gencourse/widgets/js/forced_choice_statistics.js";
const scores = (n) => Array.from({ length: n + 1 }, (_, c) => c);
console.log(JSON.stringify({
  tests: value.n.map((n) => scores(n).map((c) => [pValue(c, n), ...interval(c, n)])),
  power: value.n.map((n) => value.rates.map((r) => power(r, n))),
  trials: [0.6, 0.7, 0.8].map((r) => trials(r, 0.8)),
}));
"""


@pytest.fixture(scope="module")
def explorer():
    return ForcedChoice()


def test_the_browsers_statistics_are_those_of_the_package_for_every_score():
    """1e-12, relative. Every test of up to 80 pairs, which is as long as one can be, and a longer one."""
    sizes = [*range(1, 81), 200]
    found = javascript(CODE, {"n": sizes, "rates": RATES})
    for n, tests, power in zip(sizes, found["tests"], found["power"], strict=True):
        for c, numbers in enumerate(tests):
            _, p_value, ends = gc.metrics.forced_choice(c, n)
            assert numbers == pytest.approx([p_value, *ends], rel=1e-12, abs=0), (c, n)
        assert power == pytest.approx([gc.metrics.forced_choice_power(r, n) for r in RATES], rel=1e-12, abs=0), n
    assert found["trials"] == [gc.metrics.forced_choice_trials(r) for r in (0.6, 0.7, 0.8)]


def pixels(explorer: ForcedChoice) -> torch.Tensor:
    """The pictures as the browser gets them, (80, 2, 28, 28)."""
    kind, _, text = explorer.data["sheet"].partition(",")
    assert kind == "data:image/png;base64"
    image = Image.open(BytesIO(base64.b64decode(text)))
    assert image.mode == "L" and image.size == (56, 80 * 28)
    return torch.from_numpy(np.array(image)).view(80, 28, 2, 28).transpose(1, 2)


def test_of_each_pair_one_is_from_the_test_set_where_the_key_says_and_the_other_from_the_model(explorer):
    shown = pixels(explorer).flatten(2)
    images, _, _ = gc.data.fashion_mnist("test")
    real = (shown.flatten(0, 1)[:, None] == images.flatten(1)).all(2).any(1).view(80, 2)
    assert ["LR"[side] for side in real.int().argmax(1)] == list(explorer.key)
    assert (real.sum(1) == 1).all()
    assert len(shown.flatten(0, 1).unique(dim=0)) == 160  # nobody sees a picture twice


def test_the_key_travels_as_bits(explorer):
    bits = np.unpackbits(np.frombuffer(base64.b64decode(explorer.data["key"]), "uint8"))[:80]
    assert "".join("LR"[bit] for bit in bits) == explorer.key
    assert explorer.key not in explorer.html()


def test_the_seed_and_the_model_decide_the_pictures_and_their_name(explorer):
    others = [ForcedChoice(seed=1), ForcedChoice("mlp-gan-fashion"), ForcedChoice(gc.load("conv-vae-fashion"))]
    assert ForcedChoice(seed=0).data == explorer.data
    assert len({e.data["name"] for e in [explorer, *others]}) == 4
    assert others[0].key != explorer.key


def test_the_settings_are_checked(explorer):
    for name, value in [("pairs", 5), ("pairs", 81), ("first", 0), ("first", 76)]:
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(explorer, name, value)
    with pytest.raises(ValueError, match="dcgan-fashion"):
        ForcedChoice("no-such-model")


def test_python_holds_no_answers(explorer):
    assert explorer.state().keys() == {"data", "description", "first", "pairs"}


def test_the_still_picture_shows_the_pairs_of_the_setting_and_its_words_give_nothing_away():
    late = ForcedChoice(pairs=20, first=71)
    assert torch.equal(late.shown(), late.sheet[70:])  # the last ten
    assert late.alt().startswith("10 pairs") and "10L" in late.alt()
    assert [text.get_text() for text in late.picture().texts] == [f"{k}{s}" for k in range(1, 11) for s in "LR"]
    # The same words whatever the key is.
    assert ForcedChoice(seed=1).alt() == ForcedChoice(seed=2).alt()


def test_a_page_with_it_stays_light(explorer):
    assert len(gzip.compress(explorer.html().encode())) <= 150_000  # of the 2,000,000 that a page may weigh
