"""Explorer: which picture is real? A forced choice between a test image and a generated one, with its exact test."""

import base64
import hashlib
from io import BytesIO
from typing import Any

import numpy as np
import torch
import traitlets
from torch import nn

from .. import data, metrics, plots, recipes
from .base import Explorer

POOL, FEWEST = 80, 6  # as in js/forced_choice.js; with fewer than six trials no score has a p-value of 0.05 or less


class ForcedChoice(Explorer):
    """Pairs of a real test image and a generated one. The reader names the real one and learns the score at the end.

    The score comes with its exact p-value, its interval, and the power of the test. Answers stay in the reader's
    browser: they are no trait, so neither Python nor the page's address has them.

    `model` is the name of a shipped recipe, or a model with `sample`; `seed` draws the 80 pairs of the page, and which
    of each stands left. The key travels with the page, packed and not encrypted: who reads the source finds it.
    Traits: pairs, how many of them make a test, from 6 to 80; first, the number of its first pair, from 1 to 75. A
    test ends at the latest with the last pair.
    ValueError: no such recipe. TraitError: a value out of its range.

    >>> ForcedChoice(pairs=10, first=21).state()["first"]
    21
    """

    module = "forced_choice"
    description = traitlets.Unicode(
        "A test of what you see: of two small pictures of clothes, one real and one generated, you choose the real "
        "one. No words describe the pictures, since they would answer in your place. The score is told at the end."
    ).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    pairs = traitlets.Int(20, min=FEWEST, max=POOL).tag(sync=True)
    first = traitlets.Int(1, min=1, max=POOL - FEWEST + 1).tag(sync=True)

    def __init__(self, model: str | nn.Module = "dcgan-fashion", seed: int = 0, **state: Any):
        images, _, _ = data.fashion_mnist("test")
        rng = torch.Generator().manual_seed(seed)
        chosen = images[torch.randperm(len(images), generator=rng)[:POOL]]
        fake = (recipes.load(model) if isinstance(model, str) else model).sample(POOL, rng)
        self.sheet, self.key = metrics.forced_choice_sheet(chosen, fake, seed)
        super().__init__(**{"data": packed(self.sheet, self.key)} | state)

    def picture(self) -> "matplotlib.axes.Axes":
        shown = self.shown()
        titles = [f"{k + 1}{side}" for k in range(len(shown)) for side in "LR"]
        return plots.grid(shown.flatten(0, 1), columns=10, titles=titles)

    def shown(self) -> torch.Tensor:
        """The pairs of the test, (N, 2, 1, 28, 28)."""
        return self.sheet[self.first - 1 :][: self.pairs]

    def alt(self) -> str:
        n = len(self.shown())
        return (
            f"{n} pairs of small grey pictures of clothes, numbered 1L and 1R to {n}L and {n}R. One picture of each "
            "pair is from the test set, the other was generated."
        )


def packed(sheet: torch.Tensor, key: str) -> dict[str, str]:
    """What the page has to know: all pictures as one PNG, a pair in each row, the key as bits, and a name for both."""
    from PIL import Image

    pixels = (255 * sheet).round().byte().numpy()  # (N, 2, 1, 28, 28)
    file = BytesIO()
    Image.fromarray(pixels[:, :, 0].transpose(0, 2, 1, 3).reshape(-1, 2 * 28)).save(file, "PNG", optimize=True)
    bits = np.packbits([letter == "R" for letter in key]).tobytes()
    return {
        "sheet": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}",
        "key": base64.b64encode(bits).decode(),
        # Answers in a browser belong to these pictures, and not to others that a later page may have. By the pixels:
        # the same ones may be written to a file in several ways.
        "name": hashlib.sha256(pixels.tobytes() + bits).hexdigest()[:8],
    }
