"""Colours that are to be told apart can be, by readers who lack one kind of cone too, in figures and explorers.

A reader's colours are simulated by the matrices of Machado, Oliveira and Fernandes for linear RGB at severity 1.0
[machado2009], and compared in CIE Lab. Tritanopia is where their model is least sure, and where this test is weakest.
"""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gencourse import plots

ROOT = Path(__file__).parent.parent
STYLES = sorted((ROOT / "gencourse/widgets/js").glob("*.css"))

CONES = {
    "all": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}

# Half of the viewers see the difference between two squares of a third of a degree, a marker on a screen, from 7.3
# units of lightness, 10.0 between red and green, or 14.0 between yellow and blue [stone2014]. Whatever the direction
# in which two colours differ, 15 is more.
APART = 15.0
# WCAG 2.2, 1.4.11: what must be seen to understand a figure has this contrast with what is beside it.
CONTRAST = 3.0

SRGB = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]])


def linear(color: str) -> np.ndarray:
    """The linear RGB of "#rrggbb" [IEC 61966-2-1]."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE Lab of linear RGB, seen beside the screen's white."""
    white = SRGB.sum(axis=1)
    t = SRGB @ rgb.clip(0, 1) / white
    x, y, z = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(a: str, b: str, cones: str) -> float:
    return float(np.linalg.norm(np.subtract(*(lab(np.asarray(CONES[cones]) @ linear(color)) for color in (a, b)))))


def contrast(a: str, b: str) -> float:
    dark, bright = sorted(SRGB[1] @ linear(color) for color in (a, b))
    return (bright + 0.05) / (dark + 0.05)


def variables(dark: bool) -> dict[str, str]:
    """The colours that explorers.css sets: {"blue": "#0072b2"}. A dark page changes some of the light one's."""
    text = (ROOT / "gencourse/widgets/js/explorers.css").read_text(encoding="utf-8")
    rules = [text[text.index(start) :].split("}")[0] for start in (".explorer,", 'html[data-theme="dark"]')]
    return dict(re.findall(r"--(\w+): (#\w{6});", "".join(rules if dark else rules[:1])))


# Paper of figures is white; that of a page is the theme's background, as a browser says.
PALETTES = {
    "figures": (plots.COLORS, "#ffffff"),
    "explorers, light": (tuple(variables(dark=False).values()), "#ffffff"),
    "explorers, dark": (tuple(variables(dark=True).values()), "#121212"),
}


def test_distances_are_those_of_cie_lab():
    """White and black are 100 apart, and the blue of a screen is (32.30, 79.19, -107.86), as every table says."""
    assert distance("#ffffff", "#000000", "all") == pytest.approx(100, abs=1e-6)
    assert lab(linear("#0000ff")) == pytest.approx([32.30, 79.19, -107.86], abs=0.02)


@pytest.mark.parametrize("cones", CONES)
def test_a_reader_without_one_kind_of_cone_sees_white_grey_and_black(cones):
    """Each row of a simulation sums to 1."""
    assert np.sum(CONES[cones], axis=1) == pytest.approx(1, abs=2e-6)


def test_red_and_green_are_what_a_deuteranope_confuses():
    red, green = "#b05a1e", "#6e7a1e"
    assert distance(red, green, "all") > 40 and distance(red, green, "deuteranopia") < 10


@pytest.mark.parametrize("cones", CONES)
@pytest.mark.parametrize("name", PALETTES)
def test_every_two_colours_can_be_told_apart(name, cones):
    colors = PALETTES[name][0]
    near = {(a, b): round(d, 1) for a, b in itertools.combinations(colors, 2) if (d := distance(a, b, cones)) < APART}
    assert len(colors) >= 4 and near == {}


@pytest.mark.parametrize("name", ["explorers, light", "explorers, dark"])
def test_every_colour_of_an_explorer_stands_out_from_its_paper(name):
    colors, paper = PALETTES[name]
    assert {color: contrast(color, paper) for color in colors if contrast(color, paper) < CONTRAST} == {}


@pytest.mark.parametrize("style", STYLES, ids=lambda file: file.name)
def test_an_explorer_takes_its_colours_from_the_palette(style):
    """Black and white, for edges over pictures, and the grey of the frame aside."""
    own = set(re.findall(r"#[0-9a-f]{3,8}\b", style.read_text(encoding="utf-8").casefold()))
    assert own <= {"#000", "#fff", "#9aa0a6", *variables(dark=False).values(), *variables(dark=True).values()}
