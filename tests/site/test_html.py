"""What can be seen in the site's files without a browser: links, texts for pictures, numbers, buttons."""

import re
from difflib import SequenceMatcher
from functools import cache
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urldefrag

import pytest
import yaml
from built import CHAPTERS, HTML, PAGES, ROOT, anchors, base_url, parsed

BASE = base_url()
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]

every_page = pytest.mark.parametrize("page", PAGES)
every_chapter = pytest.mark.parametrize("page", CHAPTERS)


def target(page: str, link: str) -> tuple[str, str]:
    """The file, relative to the site, and the anchor that `link` on `page` leads to."""
    path, anchor = urldefrag(link)
    path = unquote(path.partition("?")[0])
    if BASE and path.startswith(BASE):
        return path.removeprefix(BASE), anchor
    file = normpath(PurePosixPath(page).parent / path) if path else page
    return file, unquote(anchor)


def is_internal(link: str) -> bool:
    return bool(BASE and link.startswith(BASE)) or not re.match(r"[a-z]+:|//", link) and link != "#"


def test_the_site_is_built_and_has_every_chapter():
    assert [PurePosixPath(p).stem for p in CHAPTERS] == [p.stem for p in sorted((ROOT / "chapters").glob("*.ipynb"))]


def test_the_tests_walk_every_page_of_the_contents_and_the_two_that_are_not_in_them():
    contents = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    listed = [contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])]
    assert set(PAGES) == {f"{page}.html" for page in [*listed, "index", "search", "404"]}


@every_page
def test_every_internal_link_leads_somewhere(page):
    lost = []
    for link in {a["href"] for a in parsed(page).find_all("a", href=True) if is_internal(a["href"])}:
        file, anchor = target(page, link)
        if not (HTML / file).is_file() or (anchor and file.endswith(".html") and anchor not in anchors(file)):
            lost.append(link)
    assert lost == []


@every_page
def test_everything_that_the_page_loads_is_part_of_the_site(page):
    tags = parsed(page).select("script[src], img[src], iframe[src], link[href]")
    loaded = [tag.get("src") or tag.get("href") for tag in tags]
    loaded = [address for address in loaded if not address.startswith("data:")]  # the page itself holds it
    lost = [s for s in loaded if s != "#" and not (is_internal(s) and (HTML / target(page, s)[0]).exists())]
    assert lost == []


@every_page
def test_every_picture_has_a_text_that_says_what_it_shows(page):
    """A reader who cannot see hears text and caption one after the other: neither may repeat the other."""
    for image in parsed(page).select("article img"):
        text, figure = image.get("alt", ""), image.find_parent("figure")
        caption = figure.figcaption.get_text(" ", strip=True) if figure and figure.figcaption else ""
        assert 40 <= len(text) <= 600 and text.endswith(".") and "/" not in text, image["src"][:80]
        assert not re.match(r"(an? |the )?(figure|plot|image|picture|photo|graph)s?( of| showing|:)", text, re.I), text
        assert SequenceMatcher(None, text.casefold(), caption.casefold(), autojunk=False).ratio() < 0.7, text


@every_chapter
def test_a_figure_opens_by_itself(page):
    figures = parsed(page).select("article figure img[src*='_images/']")
    assert figures and all(figure.parent.name == "a" and figure.parent["href"] == figure["src"] for figure in figures)


@every_page
def test_no_page_shows_an_error_of_the_build(page):
    assert not parsed(page).select(".system-message, .problematic")
    assert "Traceback (most recent call last)" not in parsed(page).get_text() or page in CHAPTERS


@cache
def numbers(page: str) -> dict[str, str]:
    """The number that stands on each numbered thing, by its anchor: {'thm-gain': '2.3'}."""
    found = {}
    for caption in parsed(page).select(".caption-number, .eqno"):
        owner = caption.find_parent(id=True)
        if number := re.search(r"\d+(\.\d+)?", caption.get_text()):
            found[owner["id"]] = number[0]
    return found


@every_chapter
def test_everything_numbered_carries_the_number_of_its_chapter(page):
    chapter = int(PurePosixPath(page).name.split("_")[0])
    assert numbers(page), "nothing is numbered"
    assert [n for n in numbers(page).values() if n.split(".")[0] != str(chapter)] == []


@every_page
def test_a_reference_names_the_number_of_what_it_leads_to(page):
    for link in parsed(page).select("article a.reference.internal[href*='#']"):
        file, anchor = target(page, link["href"])
        text = re.fullmatch(r"(?:[A-Z][a-z]+\.? |\()(\d+(?:\.\d+)?)\)?", link.get_text().strip())
        if text and file in PAGES and anchor in numbers(file):
            assert text[1] == numbers(file)[anchor], link["href"]


@every_page
def test_no_title_is_numbered_twice(page):
    assert not parsed(page).select(".section-number")


@every_chapter
def test_the_download_button_gives_the_stored_notebook(page):
    (button,) = parsed(page).select("a.btn-download-source-button[href$='.ipynb']")
    stored = ROOT / "chapters" / f"{PurePosixPath(page).stem}.ipynb"
    given = HTML / target(page, button["href"])[0]
    assert given.read_bytes() == stored.read_bytes(), "the site is older than the notebook: run `make book`"


@every_chapter
def test_the_colab_button_opens_this_notebook_of_this_repository(page):
    path = REPOSITORY["url"].removeprefix("https://github.com/") + f"/blob/{REPOSITORY['branch']}"
    notebook = f"chapters/{PurePosixPath(page).stem}.ipynb"
    links = [a["href"] for a in parsed(page).select("a[href*='colab.research.google.com']")]
    assert links == [f"https://colab.research.google.com/github/{path}/{notebook}"]


@every_chapter
def test_the_setup_cell_is_for_colab_and_not_for_the_page(page):
    assert "%pip install" not in parsed(page).get_text()


@every_chapter
def test_every_solution_is_folded(page):
    solutions = parsed(page).select("div.solution")
    assert solutions or "00_" in page or "22_" in page
    assert [s["id"] for s in solutions if "dropdown" not in s["class"]] == []
