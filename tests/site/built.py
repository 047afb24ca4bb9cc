"""The built site as parsed pages. `make site` builds it first."""

from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent.parent
HTML = ROOT / "_build/html"
PAGES = sorted(p.relative_to(HTML).as_posix() for p in HTML.rglob("*.html") if "_static" not in p.parts)
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]


@cache
def parsed(page: str) -> BeautifulSoup:
    return BeautifulSoup((HTML / page).read_text(encoding="utf-8"), "html.parser")


def base_url() -> str:
    """The address for which the site was built, or nothing: that of its front page without the page."""
    links = parsed("book/index.html").select("link[rel=canonical]")
    return links[0]["href"].removesuffix("book/index.html") if links else ""


@cache
def anchors(page: str) -> frozenset[str]:
    return frozenset(tag["id"] for tag in parsed(page).find_all(id=True))
