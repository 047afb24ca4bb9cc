"""The site as a reader meets it: every page opened in a real browser, every control used once."""

import json

import pytest
from built import CHAPTERS, PAGES, ROOT, parsed

WITH_SOLUTION = [page for page in CHAPTERS if parsed(page).select("div.solution")]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_without_trouble(visit, address):
    page = visit.open(address)
    page.wait_for_load_state("networkidle")
    assert visit.troubles == []

    untypeset = "[...document.querySelectorAll('.math')].filter(m => !m.querySelector('mjx-container')).length"
    assert page.evaluate(untypeset) == 0
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


def test_the_dark_mode_is_dark(visit):
    page = visit.open(CHAPTERS[0])
    button = page.locator("button.theme-switch-button:visible").first
    brightness = "Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3))"
    assert page.evaluate(brightness) > 200
    for _ in range(3):  # the button goes through light, dark and as the system is
        if page.locator("html").get_attribute("data-theme") != "dark":
            button.click()
    assert page.evaluate(brightness) < 60
    assert visit.troubles == []


def test_the_search_finds_the_chapter_on_norms(visit):
    page = visit.open("search.html?q=spectral")
    page.locator("#search-results a[href*='02_matrix_norms']").first.wait_for()
    assert visit.troubles == []


@pytest.mark.parametrize("address", WITH_SOLUTION)
def test_a_folded_solution_opens(visit, address):
    page = visit.open(address)
    solution = page.locator("div.solution.dropdown").first
    content = solution.locator("> section > *").first
    assert not content.is_visible()
    solution.locator(".admonition-title").click(position={"x": 10, "y": 10})
    content.wait_for(state="visible")
    assert visit.troubles == []


def test_the_copy_button_copies_the_cell(visit):
    address = CHAPTERS[-1]
    page = visit.open(address)
    page.locator("div.cell_input").first.hover()
    page.locator("div.cell_input button.copybtn").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    notebook = json.loads((ROOT / address.replace(".html", ".ipynb")).read_text(encoding="utf-8"))
    assert copied.strip() in ["".join(cell["source"]).strip() for cell in notebook["cells"]]
    assert visit.troubles == []
