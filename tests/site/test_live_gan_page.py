"""The GAN in the page, played: the steps that it takes are those of its modules, and of no other machine's speed."""

import pytest
from test_explorers import javascript
from test_explorers_page import FOUND, Opened

PLACES = [place for place in FOUND if place[2] == "live_gan"]

RUN = """
import { Run } from "./gencourse/widgets/js/live_gan_run.js";
const run = new Run(value.state);
for (let k = 0; k < value.steps; k += 1) run.training.step();
const { js, kl, slope, covered } = run.measure();
console.log(JSON.stringify({ js, kl, slope, modes: covered.filter(Boolean).length }));
"""


class Played(Opened):
    """The explorer, with its buttons."""

    def press(self, name: str) -> None:
        self.host.get_by_role("button", name=name, exact=True).press("Space")

    def number(self, name: str) -> float:
        return float(self.host.locator(f"[data-name='{name}']").get_attribute("data-value"))

    def check_after(self, steps: int) -> None:
        """The numbers are those of the modules after so many steps, run by node."""
        assert self.number("steps") == steps
        for name, expected in javascript(RUN, {"state": self.start, "steps": steps}).items():
            assert self.number(name) == pytest.approx(expected, rel=1e-6), name

    def wait_for_step(self, least: int) -> None:
        shown = "([place, least]) => Number(document.querySelectorAll('div.explorer')[place]"
        shown += ".querySelector('[data-name=steps]').dataset.value) >= least"
        self.page.wait_for_function(shown, arg=[self.place, least])


@pytest.mark.parametrize(("address", "place", "module"), PLACES)
def test_it_plays_pauses_steps_and_starts_again(visit, address, place, module):
    opened = Played(visit, address, place, module)
    for _ in range(3):
        opened.press("Step")
    opened.check_after(3)
    opened.press("Play")
    opened.wait_for_step(20)
    opened.press("Pause")
    steps = opened.number("steps")
    opened.check_after(int(steps))
    visit.page.wait_for_timeout(500)
    assert opened.number("steps") == steps
    spoken = opened.host.locator(".explorer-voice").inner_text()
    assert spoken.startswith(f"Step {int(steps)}: ") and "of 8 modes covered" in spoken
    assert spoken in opened.host.get_by_role("img").get_attribute("aria-label")
    opened.press("Restart")
    assert opened.check() == opened.start
    assert visit.troubles == []


@pytest.mark.parametrize(("address", "place", "module"), PLACES)
def test_another_setting_starts_again_and_a_mistyped_link_is_put_right(visit, address, place, module):
    link = {"loss": "no such loss", "lr_d": 1e9, "critic_steps": 3}
    opened = Played(visit, address, place, module, link)
    opened.press("Step")
    assert opened.number("steps") == 1 and opened.host.get_by_label("non-saturating", exact=True).is_checked()
    opened.host.get_by_label("grid", exact=True).press("Space")
    visit.page.wait_for_timeout(500)
    assert opened.number("steps") == 0 and "of 25" in opened.host.locator("[data-name='modes']").inner_text()
    assert visit.troubles == []
