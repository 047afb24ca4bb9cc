"""The forced choice as somebody takes it: whole tests by mouse, keys and finger, kept over a reload, and deleted."""

import base64
import json
import re

import numpy as np
import pytest
from conftest import Visit, visiting
from test_explorers_page import FOUND, Opened

from gencourse import metrics

PLACES = [found for found in FOUND if found[2] == "forced_choice"]
ITEM = "gencourse-forced-choice"
NAMES = {"L": "left picture", "R": "right picture"}
PHONE = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}

every_place = pytest.mark.parametrize("place", PLACES, ids=lambda found: found[0])


class Taken(Opened):
    """A test that is being taken."""

    def __init__(self, visit: Visit, place: tuple, **link: int):
        super().__init__(visit, *place, link)
        self.state = self.start | link
        bits = np.unpackbits(np.frombuffer(base64.b64decode(self.start["data"]["key"]), "uint8"))
        first = self.state["first"] - 1
        self.real = ["LR"[bit] for bit in bits[first : first + self.state["pairs"]]]

    def button(self, name: str):
        return self.host.get_by_role("button", name=name, exact=True)

    def choose(self, side: str) -> None:
        self.button(NAMES[side]).click()

    def says(self, words: str) -> None:
        self.host.get_by_text(words, exact=True).wait_for()

    def live(self) -> str:
        return self.host.locator(".explorer-live").inner_html()

    def number(self, name: str) -> float:
        return float(self.host.locator(f"[data-name='{name}']").get_attribute("data-value"))

    def kept(self) -> dict:
        return json.loads(self.page.evaluate(f"localStorage.getItem('{ITEM}')") or "{}")

    def check_result(self, answers: list[str]) -> None:
        """The result is the package's, the frames are around the real pictures, and the address knows nothing."""
        right = [answer == real for answer, real in zip(answers, self.real, strict=True)]
        _, p_value, (low, high) = metrics.forced_choice(sum(right), len(right))
        self.says(f"All {len(right)} pairs are answered.")
        for name, expected in {"right": sum(right), "p": p_value, "low": low, "high": high}.items():
            assert self.number(name) == pytest.approx(expected, rel=1e-12, abs=0), name
        items = self.host.locator(".explorer-solution li")
        assert items.count() == len(right)
        for i, (hit, real) in enumerate(zip(right, self.real, strict=True)):
            assert ("✓" in items.nth(i).inner_text()) == hit
            framed = items.nth(i).locator("canvas").evaluate_all("all => all.map(one => one.className)")
            assert framed == (["is-real", ""] if real == "L" else ["", "is-real"])
        assert "R" not in self.page.evaluate("location.hash")

    def check_numbers_of_the_plan(self) -> None:
        for name, expected in self.case.numbers(self.state).items():
            assert self.number(name) == pytest.approx(expected, rel=1e-12), name


def opposite(letters: list[str]) -> list[str]:
    return ["R" if letter == "L" else "L" for letter in letters]


@every_place
def test_by_mouse_with_a_reload_in_between_and_a_deletion(browser, site, place):
    with visiting(browser, site) as visit:
        taken = Taken(visit, place)
        answers = [*opposite(taken.real[:3]), *taken.real[3:]]
        for side in answers[:9]:
            taken.choose(side)
        taken.says("Pair 10 of 20")
        visit.page.reload()
        taken.says("Pair 10 of 20")
        for side in answers[9:]:
            taken.choose(side)
        taken.check_result(answers)
        taken.check_numbers_of_the_plan()
        visit.page.reload()
        taken.check_result(answers)
        assert list(taken.kept().values()) == ["".join(answers)]

        taken.button("Delete all my answers").click()
        taken.says("Pair 1 of 20")
        assert visit.page.evaluate(f"localStorage.getItem('{ITEM}')") is None
        assert taken.button("Delete all my answers").is_disabled()
        visit.page.reload()
        taken.says("Pair 1 of 20")
        assert visit.troubles == []


@every_place
def test_by_keys_alone(browser, site, place):
    with visiting(browser, site) as visit:
        taken = Taken(visit, place, pairs=8)
        keys = visit.page.keyboard

        def focused() -> str:
            return visit.page.evaluate("document.activeElement.textContent")

        def tab_to(label: str, key: str = "Tab") -> None:
            for _ in range(10):
                keys.press(key)
                if focused() == label:
                    return
            raise AssertionError(f"{key} does not lead to {label}")

        taken.host.evaluate("host => { host.tabIndex = -1; host.focus(); }")
        tab_to("left picture")
        answers = opposite(taken.real)  # all wrong: a difference too
        for side in answers[:4]:
            keys.press({"L": "ArrowLeft", "R": "ArrowRight"}[side])
        taken.says("Pair 5 of 8")
        for side, press in zip(answers[4:], ["Enter", "Space", "Enter", "Space"], strict=True):
            if focused() != NAMES[side]:
                tab_to(NAMES[side], "Tab" if side == "R" else "Shift+Tab")
            keys.press(press)
        taken.check_result(answers)
        assert "you see a difference" in taken.host.inner_text()
        assert "You chose the real picture in 0 of 8 pairs." in focused()  # where the reader goes on
        tab_to("Start again with other pairs")
        keys.press("Enter")
        taken.says("Pair 1 of 8")
        assert focused() == "left picture"
        assert taken.saved() == {"pairs": 8, "first": 9}
        tab_to("Delete all my answers")
        keys.press("Enter")
        assert taken.kept() == {} and focused() == "left picture"
        assert visit.troubles == []


@every_place
def test_a_key_that_is_held_down_answers_once_and_the_browser_keeps_its_own(browser, site, place):
    with visiting(browser, site) as visit:
        taken = Taken(visit, place)
        keys = visit.page.keyboard
        for n, key in enumerate(["ArrowLeft", "Enter"]):
            taken.button("left picture").focus()
            for _ in range(3):
                keys.down(key)  # the second and third as repetitions of the first
            keys.up(key)
            taken.says(f"Pair {n + 2} of 20")
        visit.page.evaluate("document.addEventListener('keydown', (e) => { window.left = e.defaultPrevented; })")
        keys.press("Control+ArrowLeft")
        assert visit.page.evaluate("window.left") is False
        taken.button("right picture").dblclick()
        taken.says("Pair 4 of 20")
        assert list(taken.kept().values()) == ["LLR"]


@every_place
def test_by_finger(browser, site, place):
    with visiting(browser, site, **PHONE) as visit:
        taken = Taken(visit, place, pairs=6)
        for side in taken.real:
            taken.button(NAMES[side]).tap()
            visit.page.wait_for_timeout(700)  # two quick taps at one place are a double tap, which answers once
        taken.check_result(taken.real)
        assert "you can tell" in taken.host.inner_text()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
        taken.button("Start again with other pairs").tap()
        taken.says("Pair 1 of 6")
        assert visit.troubles == []


PIXELS = """canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"""


@every_place
def test_every_picture_is_the_sheets_in_order(browser, site, place):
    from gencourse.widgets import ForcedChoice

    with visiting(browser, site) as visit:
        taken = Taken(visit, place, pairs=6, first=33)
        sheet = (255 * ForcedChoice().sheet[32:38]).round().int().flatten(2)
        assert taken.start["data"] == ForcedChoice().data
        for pair in sheet:
            shown = [taken.button(name).locator("canvas").evaluate(PIXELS) for name in NAMES.values()]
            assert shown == pair.tolist()
            taken.choose("L")
        small = taken.host.locator(".explorer-solution canvas")
        small.first.wait_for()
        assert [small.nth(i).evaluate(PIXELS) for i in range(12)] == sheet.flatten(0, 1).tolist()


@every_place
def test_until_the_end_nothing_tells_right_from_wrong(browser, site, place):
    seen = []
    for wrong in (False, True):
        with visiting(browser, site) as visit:
            taken = Taken(visit, place, pairs=7)
            seen.append([])
            for side in (opposite(taken.real) if wrong else taken.real)[:-1]:
                taken.choose(side)
                visit.page.wait_for_timeout(600)  # what is spoken too
                seen[-1].append(re.sub(r"(id|for)=\S+", "", taken.live()))  # random names
    assert seen[0] == seen[1]


@every_place
def test_the_number_of_pairs_is_settled_by_the_first_answer_and_other_pairs_are_new(browser, site, place):
    with visiting(browser, site) as visit:
        taken = Taken(visit, place, pairs=40, first=31)
        slider = taken.host.get_by_role("slider", name="Pairs in a test")
        assert slider.is_enabled() and slider.get_attribute("max") == "50"
        for side in taken.real:
            taken.choose(side)
            assert slider.is_disabled()
        taken.button("Start again with other pairs").click()
        taken.says("Pair 1 of 10")  # there are no more
        assert slider.is_enabled() and taken.saved() == {"pairs": 10, "first": 71}
        for _ in range(10):
            taken.choose("L")
        assert taken.button("Start again with other pairs").is_disabled()
        taken.says("You have seen all pairs of this page. In a notebook, another seed draws others.")
        taken.button("Reset").click()
        taken.says("Pair 1 of 20")  # and both tests are still there
        assert sorted(map(len, taken.kept().values())) == [10, 40]


@every_place
def test_a_link_gives_a_setting_and_no_answers(browser, site, place):
    with visiting(browser, site) as visit:
        taken = Taken(visit, place, pairs=10, first=21)
        taken.choose("R")
        taken.says("Pair 2 of 10")
        assert taken.saved() == {"pairs": 10, "first": 21}
        address = visit.page.url
    with visiting(browser, site) as other:  # somebody else's browser
        other.page.goto(address)
        other.page.get_by_text("Pair 1 of 10", exact=True).wait_for()
    with visiting(browser, site) as visit:  # a mistyped one is put right
        taken = Taken(visit, place, pairs=-3, first=1000)
        taken.says("Pair 1 of 6")


DENIED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.mark.parametrize("trouble", [DENIED, FULL], ids=["denied", "full"])
@every_place
def test_it_works_where_the_browser_keeps_nothing_and_says_so(browser, site, place, trouble):
    with visiting(browser, site) as visit:
        visit.page.add_init_script(f"if (location.protocol === 'http:') {{ {trouble} }}")
        taken = Taken(visit, place, pairs=6)
        for side in taken.real:
            taken.choose(side)
        taken.check_result(taken.real)
        assert "gone when you leave it" in taken.host.inner_text()
        taken.button("Delete all my answers").click()
        taken.says("Pair 1 of 6")
        visit.page.reload()
        taken.says("Pair 1 of 6")


@every_place
def test_axe_finds_no_barrier_in_the_result(browser, site, place):
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        with visiting(browser, site, color_scheme=scheme) as visit:
            taken = Taken(visit, place, pairs=6)
            for side in taken.real:
                taken.choose(side)
            taken.says("All 6 pairs are answered.")
            found = Axe().run(visit.page, context={"include": ["div.explorer"]})
            assert found.violations_count == 0, found.generate_report()
