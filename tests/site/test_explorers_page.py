"""Every explorer of the site in a real browser: by mouse, finger and keys, its numbers, its link, its still picture."""

import json
from urllib.parse import quote, unquote

import pytest
from built import HTML, PAGES, parsed
from conftest import Visit, visiting
from explorer_cases import CASES

# (page, place on the page, module)
FOUND = [(page, i, div["data-module"]) for page in PAGES for i, div in enumerate(parsed(page).select("div.explorer"))]
every_explorer = pytest.mark.parametrize(("address", "place", "module"), FOUND)
every_page = pytest.mark.parametrize("address", sorted({page for page, _, _ in FOUND}))


def test_the_site_has_every_explorer_and_the_tests_know_them():
    assert {module for _, _, module in FOUND} == set(CASES)


class Opened:
    """An explorer on an open page."""

    def __init__(self, visit: Visit, address: str, place: int, module: str, link: dict | None = None):
        self.page, self.case, self.place, self.address = visit.page, CASES[module], place, address
        names = [m for page, i, m in FOUND if page == address and i <= place and m == module]
        self.key = module.replace("_", "-") + (f"-{len(names)}" if len(names) > 1 else "")
        settings = self.settings(link or {})
        # Without the page's mathematics: to typeset it would take most of the time, and move what is measured.
        self.page.route("**/tex-chtml.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
        self.page.goto(f"{visit.site}{address}#{settings}" if settings else visit.site + address)
        self.host = self.page.locator("div.explorer").nth(place)
        self.host.locator(".explorer-live").wait_for()
        self.start = json.loads(self.host.get_attribute("data-state"))

    def settings(self, link: dict) -> str:
        return "&".join(f"{self.key}.{name}={quote(json.dumps(value))}" for name, value in link.items())

    def saved(self) -> dict:
        """What the address holds, when it has come to rest."""
        self.page.wait_for_timeout(500)
        parts = [unquote(part).partition("=") for part in self.page.evaluate("location.hash").lstrip("#").split("&")]
        own = f"{self.key}."
        return {name.removeprefix(own): json.loads(value) for name, _, value in parts if name.startswith(own)}

    def check(self, state: dict | None = None) -> dict:
        """Numbers are Python's and controls are right, for `state` or for what the address holds; that state."""
        state = self.start | self.saved() if state is None else state
        for name, expected in self.case.numbers(state).items():
            shown = self.host.locator(f"[data-name='{name}']")
            near = pytest.approx(expected, rel=1e-12, abs=self.case.within)
            assert float(shown.get_attribute("data-value")) == near, name
            assert shown.inner_text().strip()
        for label, expected in self.case.controls(state).items():
            control = self.host.get_by_label(label, exact=True)
            assert (control.is_checked() if expected is True else control.input_value()) == expected, label
        return state

    def handle(self, label: str):
        """The handle, in the middle of the window, and where its centre is."""
        handle = self.host.get_by_role("slider", name=label, exact=True)
        handle.evaluate("element => element.scrollIntoView({ block: 'center', behavior: 'instant' })")
        box = handle.bounding_box()
        return handle, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@every_explorer
def test_it_starts_without_trouble_and_shows_pythons_numbers(visit, address, place, module):
    opened = Opened(visit, address, place, module)
    assert opened.check() == opened.start and opened.saved() == {}
    assert not opened.host.locator(".explorer-still").is_visible()
    assert len(opened.host.get_by_role("group").first.get_attribute("aria-label")) >= 60
    visit.page.wait_for_load_state("networkidle")
    assert visit.troubles == []


@every_explorer
def test_a_mouse_moves_every_handle(visit, address, place, module):
    opened = Opened(visit, address, place, module)
    before = opened.check()
    for label in opened.case.handles:
        _, x, y = opened.handle(label)
        visit.page.mouse.move(x, y)
        visit.page.mouse.down()
        visit.page.mouse.move(x - 31, y - 23, steps=4)
        visit.page.mouse.up()
        before, after = opened.check(), before
        assert before != after, label
    assert visit.troubles == []


@every_explorer
def test_a_finger_moves_every_handle_and_the_page_stays(browser, site, address, place, module):
    with visiting(browser, site, viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True) as visit:
        opened = Opened(visit, address, place, module)
        touch = visit.page.context.new_cdp_session(visit.page)
        before = opened.check()
        for label in opened.case.handles:
            _, x, y = opened.handle(label)
            scrolled = visit.page.evaluate("scrollY")
            for kind, way in (("touchStart", 0), ("touchMove", 0.5), ("touchMove", 1), ("touchEnd", None)):
                points = [] if way is None else [{"x": x - 31 * way, "y": y - 40 * way}]
                touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            before, after = opened.check(), before
            assert before != after, label
            assert visit.page.evaluate("scrollY") == scrolled, label
        assert visit.troubles == []


REACHED = """() => {
  const element = document.activeElement;
  const outlined = [element, ...element.children].some((e) => {
    const style = getComputedStyle(e);
    const stroke = e.matches(".reachable") && style.stroke !== "none";
    return stroke || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0);
  });
  return { label: element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent, outlined };
}"""


@every_explorer
def test_the_keyboard_alone_reaches_and_moves_everything(visit, address, place, module):
    opened = Opened(visit, address, place, module)
    # Tab goes on from a point just before the explorer.
    opened.host.evaluate("host => { host.tabIndex = -1; host.focus(); }")
    before, moved = opened.check(), []
    while True:
        visit.page.keyboard.press("Tab")
        if not opened.host.evaluate("host => host.contains(document.activeElement)"):
            break
        reached = visit.page.evaluate(REACHED)
        assert reached["outlined"], f"one does not see that {reached['label']} has the focus"
        if reached["label"] in opened.case.handles:
            visit.page.keyboard.press("ArrowUp")
            before, after = opened.check(), before
            assert before != after, reached["label"]
            moved.append(reached["label"])
    assert sorted(moved) == sorted(opened.case.handles)
    assert visit.troubles == []


@every_explorer
def test_a_link_opens_its_setting_and_reset_leaves_it(visit, address, place, module):
    link = CASES[module].link
    opened = Opened(visit, address, place, module, link)
    assert opened.check() == opened.start | link
    opened.host.get_by_role("button", name="Reset").click()
    assert opened.check() == opened.start and opened.saved() == {}
    go = "hash => { location.hash = hash; }"
    visit.page.evaluate(go, opened.settings(link))  # on the open page
    assert opened.check() == opened.start | link
    for unreadable in (f"{opened.key}.{list(link)[0]}=%7Bbroken", "a-section"):
        visit.page.evaluate(go, unreadable)
        visit.page.wait_for_timeout(500)
        opened.check(opened.start | link)
    assert visit.troubles == []


@every_explorer
def test_a_notebooks_one_module_shows_the_same(visit, address, place, module):
    from gencourse import widgets

    (explorer,) = [cls for cls in vars(widgets).values() if getattr(cls, "module", None) == module]
    opened = Opened(visit, address, place, module)
    shown = opened.host.locator(".explorer-live").inner_text()
    here = """async ([code, state]) => {
      const { default: widget } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
      const el = document.createElement("div");
      const model = { get: (name) => state[name], set() {}, on() {}, off() {}, save_changes() {} };
      widget.render({ model, el });
      document.querySelector(".explorer").parentElement.append(el);
      return el.innerText;
    }"""
    assert visit.page.evaluate(here, [explorer._esm, opened.start]) == shown


@every_explorer
def test_nothing_moves_for_a_reader_who_asked_for_that(browser, site, address, place, module):
    with visiting(browser, site, reduced_motion="reduce") as visit:
        opened = Opened(visit, address, place, module)
        opened.handle(opened.case.handles[0])[0].press("ArrowUp")
        opened.saved()
        pictures = []
        for _ in range(2):
            pictures.append(opened.host.locator(".explorer-live").inner_html())
            visit.page.wait_for_timeout(500)
        assert pictures[0] == pictures[1]
        moving = "element => element.getAnimations({ subtree: true }).length"
        assert opened.host.locator(".explorer-live").evaluate(moving) == 0


@every_explorer
def test_on_paper_and_without_javascript_the_picture_stands_for_it(browser, site, visit, address, place, module):
    opened = Opened(visit, address, place, module)
    visit.page.emulate_media(media="print")
    assert opened.host.locator("img").is_visible() and not opened.host.locator(".explorer-live").is_visible()
    visit.page.emulate_media(media="screen")
    with visiting(browser, site, java_script_enabled=False) as still:
        still.page.goto(site + address)
        host = still.page.locator("div.explorer").nth(place)
        assert host.locator("img").is_visible() and host.get_by_text("It needs JavaScript").is_visible()
        assert host.locator("img").bounding_box()["width"] > 200
        assert [trouble for trouble in still.troubles if "another host" in trouble] == []


@every_page
def test_from_a_file_the_picture_stays_and_nothing_breaks(browser, address):
    context = browser.new_context()
    page, errors = context.new_page(), []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((HTML / address).as_uri())
    page.wait_for_load_state("networkidle")
    for host in page.locator("div.explorer").all():
        assert host.locator("img").is_visible() and host.get_by_text("opened as a file").is_visible()
    assert errors == []
    context.close()
