"""The explorer of a convolution's gain: what its buttons do, and a click on its map."""

import math

import pytest
from test_explorers_page import FOUND, Opened


@pytest.fixture
def opened(visit):
    ((address, place, module),) = [found for found in FOUND if found[2] == "convolution_gain"]
    opened = Opened(visit, address, place, module)
    yield opened
    assert visit.troubles == []


def press(opened, *labels: str) -> dict[str, float]:
    """The numbers after these buttons were pressed; they are Python's."""
    for label in labels:
        opened.host.get_by_role("button", name=label, exact=True).click()
    return opened.case.numbers(opened.check())


@pytest.mark.parametrize(
    ("kernel", "norm", "flattened"),
    [
        ("Identity", 1, 1),
        ("Box", 9, 3),
        ("Blur", 16, 6),
        ("Sobel", 8, math.sqrt(12)),
        ("Laplacian", 8, math.sqrt(20)),
        ("Sharpen", 9, math.sqrt(29)),
    ],
)
def test_the_named_kernels_are_those_of_the_chapter_and_have_a_loudest_wave(opened, kernel, norm, flattened):
    numbers = press(opened, kernel, "Go to the loudest wave")
    assert numbers["norm"] == pytest.approx(norm) and numbers["flattened"] == pytest.approx(flattened)
    assert numbers["gain"] == pytest.approx(norm)


def test_the_box_divided_by_its_flattened_norm_is_still_three_times_too_loud(opened):
    numbers = press(opened, "Box", "Divide by the flattened norm")
    assert numbers["flattened"] == pytest.approx(1, rel=1e-5) and numbers["norm"] == pytest.approx(3, rel=1e-5)


def test_random_kernels_differ_and_the_zero_kernel_has_no_trouble(opened):
    first, second = press(opened, "Random"), press(opened, "Random")
    assert first["flattened"] != second["flattened"]
    press(opened, "Identity")
    opened.host.get_by_label("row 2, column 2", exact=True).fill("0")
    assert opened.saved()["kernel"] == [[0] * 3] * 3
    assert opened.host.get_by_role("button", name="Divide by the flattened norm").is_disabled()
    assert float(opened.host.locator("[data-name='norm']").get_attribute("data-value")) == 0


def test_a_click_on_the_map_takes_its_wave(opened):
    map = opened.host.locator(".map")
    map.evaluate("element => element.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = map.bounding_box()
    cell = box["width"] / 17  # 16 pixels: waves from -8 to 8
    map.click(position={"x": 13.5 * cell, "y": 2.5 * cell})
    assert opened.check()["f"] == [-6, 5]
