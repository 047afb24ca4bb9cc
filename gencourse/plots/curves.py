"""Numbers over training steps."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

from .style import COLORS, LINES, axes


def curves(
    history: Sequence[dict[str, Any]],
    keys: Sequence[str] | None = None,
    ax: "matplotlib.axes.Axes | None" = None,
) -> "matplotlib.axes.Axes":
    """What `gc.fit` yielded, over the training step: one curve for each key, by default all but "step".

    A key may be missing in some entries, where it was not measured. The vertical axis is named after the key
    where there is only one; otherwise name it: `curves(history).set_ylabel("nats per example")`.
    """
    if not isinstance(history, Sequence) or not history:
        raise ValueError("history must be a list of at least one entry, as list(gc.fit(...)) gives it")
    known = list(dict.fromkeys(key for entry in history for key in entry if key != "step"))
    keys = known if keys is None else list(keys)
    if unknown := [key for key in keys if key not in known]:
        raise ValueError(f"history has no {', '.join(unknown)}; it has {', '.join(known)}")
    ax = axes(ax)
    for key, color, line in zip(keys, cycle(COLORS), cycle(LINES), strict=False):
        points = [(entry["step"], float(entry[key])) for entry in history if key in entry]
        marker = "o" if len(points) < 20 else ""  # one measurement alone must be seen too
        ax.plot(*zip(*points, strict=True), line, marker=marker, markersize=4, color=color, label=key)
    ax.set_xlabel("training step")
    ax.set_ylabel(keys[0] if len(keys) == 1 else "value")
    ax.legend()
    return ax
