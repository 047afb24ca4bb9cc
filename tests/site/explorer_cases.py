"""What the tests of the site know about each explorer. A new one gets all of them by a line in `CASES`."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import page_random
import torch

from gencourse import losses, metrics, norms
from gencourse.widgets import ConvolutionGain, FakeCloud, LatentPlane
from gencourse.widgets import live_gan as gan


@dataclass(frozen=True)
class Case:
    """An explorer's controls, numbers and another setting.

    Args:
        handles: accessible names of the points and sliders that are dragged; each must change the state from `link`.
        numbers: from a state, as the module sees it, to the numbers that the page must then show, by name.
        controls: from a state to what its fields and buttons must then hold, by label: a text, or True for chosen.
        link: a value for some of its state, each different from the start.
        within: by how much a number may differ where large ones cancel in it.
    """

    handles: tuple[str, ...]
    numbers: Callable[[dict], dict[str, float]]
    controls: Callable[[dict], dict[str, str | bool]]
    link: dict
    within: float = 1e-300


def unit_ball(state: dict) -> dict[str, float]:
    A, x = (torch.tensor(state[name], dtype=torch.float64) for name in "Ax")
    p = float(state["p"])
    if p == 2:
        gain = list(norms.power_iteration(A, x, steps=state["k"]))[-1]
    else:
        gain = norms.vector(A @ x, p) / norms.vector(x, p)
    size = norms.induced(A, p)
    return {"norm": size.item(), "gain": gain.item(), "share": (gain / size).item()}


def unit_ball_controls(state: dict) -> dict[str, str | bool]:
    entries = {f"A, row {i + 1}, column {j + 1}": f"{state['A'][i][j]:g}" for i in (0, 1) for j in (0, 1)}
    return entries | {{"inf": "∞"}.get(state["p"], state["p"]): True}


def latent_plane(state: dict) -> dict[str, float]:
    plane = LatentPlane(**{name: state[name] for name in ("image", "z", "end", "width", "plane")})
    explained, kl = plane.terms(*plane.guess())
    return {"explained": explained.item(), "kl": kl.item(), "elbo": (explained - kl).item()}


def latent_plane_controls(state: dict) -> dict[str, str | bool]:
    shown = {"images": "training images", "pictures": "decoded pictures"}[state["plane"]]
    return {"Image x": str(state["image"] + 1), "Width of q": f"{math.log2(state['width']):g}", shown: True}


def live_gan(state: dict) -> dict[str, float]:
    """Before the first step: the page's random numbers in Python, and the package's networks and metrics."""
    generator, discriminator = page_random.first_networks(state["seed"], state["spectral"])
    mixture, points = gan.MIXTURES[state["data"]], page_random.first_points(generator)
    real = page_random.sample(state["data"], page_random.Random(page_random.JUDGED), page_random.SHARE)
    js, kl = metrics.cell_divergences(points, mixture)
    modes = int(metrics.modes_covered(points, mixture).sum())
    return {"steps": 0, "js": js, "kl": kl, "modes": modes, "slope": losses.r1(discriminator, real).sqrt().item()}


def live_gan_controls(state: dict) -> dict[str, str | bool]:
    loss = {"non_saturating": "non-saturating", "wasserstein": "Wasserstein", "hinge": "hinge"}[state["loss"]]
    chosen = {"ring": "ring", "grid": "grid", "moons": "two moons"}[state["data"]], loss
    return {"Seed": str(state["seed"])} | dict.fromkeys(chosen, True) | {("on" if state["spectral"] else "off"): True}


def convolution_gain(state: dict) -> dict[str, float]:
    explorer = ConvolutionGain(**{name: state[name] for name in ("kernel", "n", "f")})
    norm, flattened = explorer.norm(), explorer.flattened()
    numbers = {"gain": explorer.gain(), "norm": norm, "flattened": flattened, "ratio": norm / flattened}
    return {name: number.item() for name, number in numbers.items()}


def convolution_gain_controls(state: dict) -> dict[str, str | bool]:
    places = [(i, j) for i in range(3) for j in range(3)]
    entries = {f"row {i + 1}, column {j + 1}": f"{round(state['kernel'][i][j], 3):g}" for i, j in places}
    return entries | {"Pixels on a side": str(state["n"])}


def forced_choice(state: dict) -> dict[str, float]:
    """The plan; the result is there when the last pair is answered, see test_forced_choice_page.py."""
    power = {f"power-{rate}": metrics.forced_choice_power(rate, state["pairs"]) for rate in (0.6, 0.7, 0.8)}
    return power | {f"needed-{rate}": metrics.forced_choice_trials(rate) for rate in (0.6, 0.7, 0.8)}


def forced_choice_controls(state: dict) -> dict[str, str | bool]:
    return {"Pairs in a test": str(state["pairs"])}


def fake_cloud(state: dict) -> dict[str, float]:
    own = ("shape", "centre", "stretch", "angle", "share", "outlier", "count")
    return FakeCloud(**{name: state[name] for name in own}).measures()


def fake_cloud_controls(state: dict) -> dict[str, str | bool]:
    shape = {"modes": "three modes", "gaussian": "one Gaussian", "copies": "copies of real points"}[state["shape"]]
    chosen = shape, str(state["count"]), "yes" if state["outlier"] else "no"
    return {"Share of the first mode": str(round(30 * state["share"]))} | dict.fromkeys(chosen, True)


CASES = {
    "fake_cloud": Case(
        handles=(
            "Share of the first mode",
            "centre of the fake cloud",
            "first axis: stretch and turn",
            "second axis: stretch",
        ),
        numbers=fake_cloud,
        controls=fake_cloud_controls,
        link={"centre": [0.5, -1], "stretch": [0.5, 1.25], "angle": -30, "share": 0.8, "outlier": True, "count": 100},
        within=1e-10,
    ),
    "forced_choice": Case(
        handles=("Pairs in a test",),
        numbers=forced_choice,
        controls=forced_choice_controls,
        link={"pairs": 12, "first": 41},
    ),
    "convolution_gain": Case(
        handles=("f, the wave that you look at", "Pixels on a side"),
        numbers=convolution_gain,
        controls=convolution_gain_controls,
        link={"kernel": [[0, 1, 0.5], [-2, 3, 1], [0, -1, 0]], "n": 9, "f": [-1, 3]},
    ),
    "latent_plane": Case(
        handles=("z, the middle of your guess q", "end, where the walk goes"),
        numbers=latent_plane,
        controls=latent_plane_controls,
        link={"image": 12, "z": [-1.5, 0.25], "end": [1, 1.5], "width": 0.5, "plane": "pictures"},
    ),
    "live_gan": Case(
        handles=("Learning rate of G", "Learning rate of D", "Steps a second, at most"),
        numbers=live_gan,
        controls=live_gan_controls,
        link={"data": "grid", "lr_d": 0.01, "spectral": True, "seed": 7},
    ),
    "unit_ball": Case(
        handles=("x, on the edge of the ball", "column 1 of A", "column 2 of A"),
        numbers=unit_ball,
        controls=unit_ball_controls,
        link={"A": [[2, 1], [0.5, -1.5]], "p": "inf", "x": [0.28, 0.96]},
    ),
}
