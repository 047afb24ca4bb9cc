"""What all explorers share: one ES module, hosted by a notebook with a kernel or by the website without one."""

import json
import math
from html import escape
from io import StringIO
from typing import Any, ClassVar
from urllib.parse import quote

import anywidget
import numpy as np
import torch
import traitlets

from .bundle import JS, one_module

NOTE = (
    "This figure moves on the website; here is a still picture of its start. "
    "It needs JavaScript, and a page that was opened as a file cannot run it."
)


SAFE = " =:;/?,()+@!*"  # what need not be escaped in an address between double quotes: a third of the picture


class Explorer(anywidget.AnyWidget):
    """A figure that the reader moves. A subclass names its ES module and its state, and draws the starting picture.

    `module` names the files `js/MODULE.js` and `js/MODULE.css`; `description` says in a sentence what the figure shows;
    all other traits with `.tag(sync=True)` are the state. `picture` and `alt` give the picture of the state and its
    words.
    """

    module: ClassVar[str]
    description = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "module" in vars(cls):  # ipywidgets derives a class for each object, which must not start again
            cls._esm = one_module(JS / f"{cls.module}.js")
            styles = (JS / f"{name}.css" for name in ("explorers", cls.module))
            cls._css = "".join(style.read_text(encoding="utf-8") for style in styles)
        super().__init_subclass__(**kwargs)

    def picture(self) -> "matplotlib.axes.Axes":
        """The state as a figure on paper; its Axes."""
        raise NotImplementedError

    def alt(self) -> str:
        """What the picture shows, for somebody who cannot see it."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """What the ES module knows, as JSON: the description and the state."""
        own = self.traits(sync=True).keys() - anywidget.AnyWidget.class_traits(sync=True).keys()
        return self.get_state(sorted(name for name in own if not name.startswith("_")))

    def html(self) -> str:
        """The figure for a page without a kernel: its state, which the website brings to life, and a still picture."""
        state, alt = escape(json.dumps(self.state())), escape(self.alt())
        still = f'<img alt="{alt}" src="data:image/svg+xml,{quote(self.svg(), safe=SAFE)}"><p>{NOTE}</p>'
        host = f'<div class="explorer" data-module="{self.module}" data-state="{state}">'
        return f'{host}<div class="explorer-still">{still}</div></div>'

    def svg(self) -> str:
        """The picture; the same state gives the same text, without a date or random names."""
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        file = StringIO()
        with mpl.rc_context({"svg.hashsalt": self.module}):
            figure = self.picture().figure
            figure.savefig(file, format="svg", metadata={"Date": None})
        plt.close(figure)
        text = file.getvalue()
        return text[text.index("<svg") :]  # an image needs no XML declaration

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget for a notebook and the figure for a page; each host takes the one that it can show."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/plain": f"{type(self).__name__}: {self.description}", "text/html": self.html()}, metadata


def numbers(value: Any, name: str, shape: tuple[int, ...], largest: int | float = math.inf) -> list:
    """`value`, a tensor, array or nested list, as a nested list of floats, which JSON can hold.

    TraitError: not real and finite, another shape, or a modulus above `largest`.

    >>> numbers(torch.tensor([[3, 0], [-4, 5]]), "A", (2, 2))
    [[3.0, 0.0], [-4.0, 5.0]]
    """
    value = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value
    try:
        x = np.asarray(value)
        good = x.shape == shape and np.isrealobj(x) and bool((abs(x) <= largest).all() and np.isfinite(x).all())
    except (TypeError, ValueError):  # lists of different lengths, words
        good = False
    if not good:
        limit = f" of modulus at most {largest:g}" if largest < math.inf else ""
        raise traitlets.TraitError(f"{name}: expected finite real numbers{limit} in the shape {shape}, got {value!r}")
    return x.astype("float64").tolist()


def doubles(values: Any) -> torch.Tensor:
    """Numbers as a tensor in double precision, in which JavaScript computes."""
    return torch.as_tensor(np.array(values), dtype=torch.float64)
