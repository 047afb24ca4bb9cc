"""A site that knows its address has canonical links, a sitemap, cards and a page for wrong links; another has none."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
from base_url import base_url
from bs4 import BeautifulSoup
from PIL import Image
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parent.parent
URL = "https://example.org/a/course/"
PAGES = ["index", "deep/figure"]

CONF = f"""
project = "Tiny"
extensions = ["base_url", "not_found", "social_cards"]
html_theme = "sphinx_book_theme"
html_title = "A tiny book"
templates_path = [{str(ROOT / "book/_templates")!r}]
exclude_patterns = ["_build"]
"""
INDEX = """Home
====

.. note:: Not this.

A first paragraph, <short> & true.

And a second.

.. toctree::

   deep/figure
"""
FIGURE = """A figure
========

See :doc:`/index`.

.. image:: red.png
   :alt: A "red" square.
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    (folder / "deep").mkdir()
    (folder / "conf.py").write_text(CONF)
    (folder / "index.rst").write_text(INDEX)
    (folder / "deep/figure.rst").write_text(FIGURE)
    Image.new("RGBA", (100, 100), "red").save(folder / "deep/red.png")
    (folder / "book/_static").mkdir(parents=True)
    shutil.copy(ROOT / "book/_static/samples.png", folder / "book/_static")
    return folder


def build(book: Path, url: str) -> Path:
    env = os.environ | {"PYTHONPATH": str(ROOT / "book/_ext"), "GENCOURSE_URL": url}
    command = [sys.executable, "-m", "sphinx", "-W", str(book), str(book / "_build")]
    log = subprocess.run(command, env=env, capture_output=True, text=True)
    assert log.returncode == 0, log.stdout + log.stderr
    return book / "_build"


@pytest.fixture(scope="module")
def published(book):
    return build(book, URL.rstrip("/"))


@pytest.fixture(scope="module")
def private(published, book):
    """The same book without an address, built where it had one: nothing may be left of it."""
    copy = book.with_name("private")
    shutil.copytree(book, copy)
    return build(copy, "")


@cache
def parsed(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def card(file: Path) -> dict[str, str]:
    return {tag["property"]: tag["content"] for tag in parsed(file).select("meta[property^='og:']")}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_its_own_address(published, page):
    (link,) = parsed(published / f"{page}.html").select("link[rel=canonical]")
    assert link["href"] == f"{URL}{page}.html" == card(published / f"{page}.html")["og:url"]


def test_the_sitemap_has_every_page_and_no_other(published):
    places = ElementTree.parse(published / "sitemap.xml").iterfind("{*}url/{*}loc")
    assert [place.text for place in places] == [f"{URL}{page}.html" for page in sorted(PAGES)]


def test_a_card_says_what_the_page_says(published):
    index, figure = (card(published / f"{page}.html") for page in PAGES)
    assert (index["og:title"], index["og:description"]) == ("Home", "A first paragraph, <short> & true.")
    assert (figure["og:title"], figure["og:description"]) == ("A figure", "See Home.")
    assert figure["og:image:alt"] == 'A "red" square.' and "clothes" in index["og:image:alt"]
    assert index["og:site_name"] == "A tiny book"


@pytest.mark.parametrize("page", PAGES)
def test_a_card_has_a_picture_of_the_size_that_networks_ask_for(published, page):
    address = card(published / f"{page}.html")["og:image"]
    with Image.open(published / address.removeprefix(URL)) as picture:
        assert picture.size == (1200, 630) and picture.mode == "RGB"
        middle, corner = picture.getpixel((600, 315)), picture.getpixel((0, 0))
    assert corner == (255, 255, 255)
    assert page == "index" or middle == (255, 0, 0)  # the page's own figure


@pytest.mark.parametrize("page", ["404", "search"])
def test_what_is_no_page_of_the_book_has_neither_address_nor_card(published, page):
    assert not parsed(published / f"{page}.html").select("link[rel=canonical], meta[property^='og:']")


@pytest.mark.parametrize("page", [*PAGES, "404", "search"])
def test_without_an_address_nothing_names_one(private, page):
    named = parsed(private / f"{page}.html").select("link[rel=canonical], meta[property^='og:'], meta[name^=twitter]")
    assert not named and URL not in (private / f"{page}.html").read_text()
    assert not (private / "sitemap.xml").exists() and not (private / "_cards").exists()


def links(page: BeautifulSoup) -> set[str]:
    """What the page leads to and loads."""
    found = [tag[name] for name in ("href", "src", "action") for tag in page.select(f"[{name}]")]
    return {link.partition("?")[0] for link in found if not link.startswith("#")}


@pytest.mark.parametrize("wrong", ["no-such-page.html", "a/b/c"])
def test_the_page_for_a_wrong_link_works_at_every_depth(published, wrong):
    page = parsed(published / "404.html")
    found = {urljoin(URL + wrong, link) for link in links(page)}
    assert f"{URL}index.html" in found and f"{URL}deep/figure.html" in found and f"{URL}search.html" in found
    assert {link for link in found if not (published / link.removeprefix(URL)).is_file()} == set()
    assert page.html["data-content_root"] == URL and page.select("a[href='#main-content']")
    assert page.select_one("article h1").get_text() == "There is no such page"


def test_without_an_address_that_page_works_in_the_uppermost_folder(private):
    own = {link for link in links(parsed(private / "404.html")) if "//" not in link}
    assert "index.html" in own and all((private / path).is_file() for path in own)


@pytest.mark.parametrize("given", ["example.org/course", "/course", "https://", "ftp://example.org", "https://a.b/?c"])
def test_half_an_address_is_refused(given):
    with pytest.raises(ExtensionError, match="GENCOURSE_URL is .*: give a whole address, such as"):
        base_url(given)


@pytest.mark.parametrize("given", ["https://example.org", "https://example.org/", "http://localhost:8000"])
def test_an_address_ends_in_one_slash(given):
    assert base_url(given) == given.rstrip("/") + "/"
    assert base_url("") == ""
