"""For everyone: no barrier that axe knows, at every width, and by keyboard alone; on every page of the site."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from built import PAGES
from conftest import visiting

every_page = pytest.mark.parametrize("address", [*PAGES, "search.html?q=power+iteration"])


# What scrolls sideways inside the page and cannot be reached, or does not say what it is.
MUTE = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.scrollWidth > e.clientWidth && e.clientWidth > 1 && e.checkVisibility())
  .filter((e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
  .filter((e) => !(e.tabIndex >= 0 && (e.ariaLabel || e.ariaLabelledByElements?.length)))
  .map((e) => e.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_page
def test_axe_finds_no_barrier(browser, site, address, scheme):
    with visiting(browser, site, color_scheme=scheme, reduced_motion="reduce") as visit:
        page = visit.open(address)
        for host in page.locator("div.explorer .explorer-live").all():
            host.wait_for()
        page.wait_for_load_state("networkidle")  # the search quotes its results
        page.wait_for_function(f"({MUTE})().length === 0")  # `keyboard.js` comes after the last formula
        assert page.locator("html").get_attribute("data-theme") == scheme
        found = Axe().run(page, options={"resultTypes": ["violations"]})  # to list what passed takes longer
        assert found.violations_count == 0, found.generate_report()


# Words wrap. Only a formula or a long name makes a line scroll; what stands out on the left is even cut off.
CUT = """() => [...document.querySelectorAll("article p")]
  .filter((p) => p.scrollWidth > p.clientWidth && p.checkVisibility() && !p.querySelector("mjx-container, code"))
  .map((p) => p.textContent.slice(0, 80))"""

# A picture whose sides are not as the picture's own, which the page names.
STRETCHED = """() => [...document.querySelectorAll("article img[width][height]")].filter((image) => {
  const style = getComputedStyle(image), room = (...sides) => sides.reduce((sum, s) => sum + parseFloat(style[s]), 0);
  const width = image.clientWidth - room("paddingLeft", "paddingRight");
  const height = image.clientHeight - room("paddingTop", "paddingBottom");
  const own = image.getAttribute("width") / image.getAttribute("height");
  return image.checkVisibility() && Math.abs(width / height / own - 1) > 0.03;
}).map((image) => image.alt)"""


@every_page
def test_nothing_overflows_from_a_phone_to_a_wall(visit, address):
    page = visit.open(address)
    for host in page.locator("div.explorer .explorer-live").all():
        host.wait_for()
    for width in (320, 768, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)  # the page looks for what scrolls when its size has settled
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"scrolls sideways at {width} pixels"
        assert page.evaluate(MUTE) == [], f"scrolls at {width} pixels, and the keyboard cannot scroll it"
        assert page.evaluate(CUT) == [], f"words that do not fit into {width} pixels"
        assert page.evaluate(STRETCHED) == [], f"stretched at {width} pixels"


# All that Tab should reach, in the order of the document; of a group of radio buttons the chosen one.
STOPS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(
  (e) => e.tabIndex >= 0 && !e.disabled && !(e.type === "radio" && !e.checked)
    && e.checkVisibility({ visibilityProperty: true }))"""
# How an element that has the focus looks, beside how it looks without, and its place among the stops. The ring of the
# button that opens a solution is drawn around the whole head, before it.
FOCUSED = f"""() => {{
  const parts = (e) => [[e], ...[...e.children].map((child) => [child]), [e.parentElement, "::before"]];
  const look = (element) => parts(element).map((part) => {{
    const {{ outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor, stroke }} = getComputedStyle(...part);
    return [outlineStyle === "none" ? 0 : outlineWidth, boxShadow, borderColor, backgroundColor, stroke].join();
  }}).join();
  const focused = document.activeElement, seen = look(focused), place = ({STOPS})().indexOf(focused);
  focused.blur();
  const plain = look(focused);
  focused.focus({{ focusVisible: true, preventScroll: true }});
  return {{ place, visible: seen !== plain, html: focused.outerHTML.slice(0, 150) }};
}}"""
PLAIN, WITH_EXPLORER = "book/index.html", "chapters/03_computing_the_2norm.html"


@pytest.mark.parametrize("address", [PLAIN, WITH_EXPLORER])
def test_tab_reaches_everything_in_order_and_one_sees_where_one_is(browser, site, address):
    with visiting(browser, site, reduced_motion="reduce") as visit:
        page = visit.open(address)
        for host in page.locator("div.explorer .explorer-live").all():
            host.wait_for()
        page.wait_for_timeout(500)
        places, unseen = [], []
        for _ in range(count := page.evaluate(f"({STOPS})().length")):
            page.keyboard.press("Tab")
            page.wait_for_timeout(20)  # some change their look softly
            stop = page.evaluate(FOCUSED)
            places.append(stop["place"])
            unseen += [] if stop["visible"] else [stop["html"]]
        assert places == list(range(count)) and unseen == []
        page.keyboard.press("Tab")
        assert page.evaluate(f"({STOPS})().indexOf(document.activeElement)") <= 0  # out of the page, or back at its top
        assert visit.troubles == []


def test_the_skip_link_leads_to_the_text(visit):
    page = visit.open(WITH_EXPLORER)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#main-content').contains(document.activeElement)")


def press(page, button) -> None:
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)


HAS_FOCUS = "(element) => element === document.activeElement"


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_a_drawer_opens_and_closes_by_keyboard_and_gives_the_focus_back(browser, site, side):
    with visiting(browser, site, viewport={"width": 360, "height": 800}, reduced_motion="reduce") as visit:
        page = visit.open(WITH_EXPLORER)
        button, drawer = page.locator(f"button.{side}-toggle"), page.locator(f"#pst-{side}-sidebar-modal")
        press(page, button)
        for _ in range(3):
            assert drawer.is_visible() and drawer.evaluate("drawer => drawer.contains(document.activeElement)")
            page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        drawer.wait_for(state="hidden")
        assert button.evaluate(HAS_FOCUS) and visit.troubles == []


@pytest.mark.parametrize("menu", ["launch", "download", "source"])
def test_the_menus_above_a_page_open_and_close_by_keyboard(visit, menu):
    page = visit.open(WITH_EXPLORER)
    button = page.locator(f".dropdown-{menu}-buttons > button")
    press(page, button)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.dropdown-menu.show .dropdown-item')")
    page.keyboard.press("Escape")
    page.locator(".dropdown-menu.show").wait_for(state="detached")
    assert button.evaluate(HAS_FOCUS) and visit.troubles == []


def test_the_search_opens_from_its_button_and_from_the_keys_and_gives_the_focus_back(visit):
    page = visit.open(WITH_EXPLORER)
    button, field = page.locator("button.search-button__button:visible").first, page.locator("#pst-search-dialog input")
    button.focus()
    for key in ("Enter", "Control+k"):
        page.keyboard.press(key)
        field.wait_for()
        assert field.evaluate(HAS_FOCUS)
        page.keyboard.press("Escape")
        field.wait_for(state="hidden")
        assert button.evaluate(HAS_FOCUS)
