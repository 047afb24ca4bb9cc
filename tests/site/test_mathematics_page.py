"""Formulas are typeset a few at a time, those in view first, and all of them in the end, also on paper."""

import pytest

ADDRESS = "chapters/02_matrix_norms.html"

# Before the page's own scripts: how many formulas are typeset whenever the page could have answered its reader.
WATCH = """window.turns = [];
new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    const near = (node) => {
        const { top, bottom } = node.getBoundingClientRect();
        return bottom > -200 && top < innerHeight + 200; // lines move while formulas take the place of their source
    };
    const formulas = added.filter((node) => node.nodeName === "MJX-CONTAINER" && node.isConnected);
    if (formulas.length) window.turns.push(formulas.map(near));
}).observe(document, { childList: true, subtree: true });"""
WHOLE = "[...document.querySelectorAll('.math')].filter(m => !m.querySelector('mjx-container')).length"


def test_those_in_view_come_first_and_the_page_answers_between(visit):
    visit.page.add_init_script(WATCH)
    page = visit.open(f"{ADDRESS}#dual-norms")
    turns = page.evaluate("window.turns")
    assert all(turns[1])  # the first may come before the browser has gone to the anchor
    assert max(map(len, turns)) <= 8 and sum(map(len, turns)) == page.locator(".math").count() > 500


def test_print_finds_every_formula_typeset(visit):
    visit.page.goto(visit.site + ADDRESS, wait_until="load")
    visit.page.wait_for_function("window.MathJax?.startup?.document")
    visit.page.wait_for_selector("mjx-container")
    assert visit.page.evaluate(f"dispatchEvent(new Event('beforeprint')), {WHOLE}") == 0
    assert visit.troubles == []


@pytest.mark.parametrize("place", [3, -1])
def test_a_link_to_a_section_stays_there_while_formulas_grow(visit, place):
    page = visit.open(ADDRESS)
    anchors = page.evaluate("[...document.querySelectorAll('article section section[id]')].map(s => s.id)")
    page.goto("about:blank")
    visit.open(f"{ADDRESS}#{anchors[place]}")
    top = page.evaluate("id => document.getElementById(id).getBoundingClientRect().top", anchors[place])
    bottom = page.evaluate("document.documentElement.scrollHeight - innerHeight - scrollY")
    assert -10 <= top <= 200 or bottom < 2


def test_on_a_phone_a_formula_scrolls_only_where_it_is_wider_than_its_line(visit):
    """What is there for screen readers alone once made hundreds of short ones scroll."""
    visit.page.set_viewport_size({"width": 320, "height": 800})
    page = visit.open(ADDRESS)
    boxes = page.evaluate(
        "[...document.querySelectorAll('span.math')].map(box => ({room: box.clientWidth, all: box.scrollWidth,"
        " seen: box.querySelector('mjx-math').getBoundingClientRect().width}))"
    )
    assert any(box["all"] > box["room"] + 20 for box in boxes)
    assert [box for box in boxes if box["all"] > max(box["room"], box["seen"]) + 4] == []
