"""What a page weighs and makes the browser do before the reader touches anything: bytes and requests, not seconds."""

import gzip
from urllib.parse import unquote

import pytest
from built import HTML, PAGES, parsed

FRONT = "book/index.html"
BUDGET = 1_200_000  # bytes of the front page, on their way
BUDGET_OF_A_CHAPTER = 2_000_000
PACKED = {"font", "image"}  # by their own format; a server packs the rest


def weight(visit, *kinds: str) -> int:
    """Bytes of all answers, or of those of some kinds, as GitHub Pages sends them."""
    sent = [answer for answer in visit.answers if answer.url.startswith(visit.site)]
    return sum(size(visit, answer) for answer in sent if not kinds or answer.request.resource_type in kinds)


def size(visit, answer) -> int:
    body = (HTML / unquote(answer.url.removeprefix(visit.site).partition("?")[0])).read_bytes()
    return len(body if answer.request.resource_type in PACKED else gzip.compress(body))


def names(visit) -> set[str]:
    return {answer.url.partition("?")[0].rpartition("/")[2] for answer in visit.answers}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_light(visit, address):
    visit.open(address).wait_for_load_state("networkidle")
    assert weight(visit) <= (BUDGET if address == FRONT else BUDGET_OF_A_CHAPTER)
    assert ("tex-chtml.js" in names(visit)) == bool(parsed(address).select(".math"))
    assert ("searchindex.js" in names(visit)) == (address == "search.html")
    assert not names(visit) & {"fontawesome.js", "fa-solid-900.woff2", "fa-brands-400.woff2", "fa-regular-400.woff2"}


def test_the_front_page_holds_up_its_reader_with_little(visit):
    visit.open(FRONT).wait_for_load_state("networkidle")
    assert weight(visit, "script") <= 100_000
    entries = "performance.getEntriesByType('resource').filter(r => r.renderBlockingStatus === 'blocking').length"
    assert visit.page.evaluate(entries) <= 24


def test_a_picture_is_loaded_when_the_reader_comes_near_it(visit):
    page = visit.open("chapters/12_conv_vae.html")
    page.wait_for_load_state("networkidle")
    last = page.locator("article img[loading=lazy]").last
    name = last.get_attribute("src").rpartition("/")[2]
    assert name not in names(visit)
    size = last.bounding_box()
    last.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth", arg=last.element_handle())
    assert name in names(visit)
    after = last.bounding_box()
    assert (after["width"], after["height"]) == (size["width"], size["height"])
    assert size["width"] > 200 and visit.troubles == []
