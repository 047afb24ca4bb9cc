"""404.html, which a server shows in place of a page that is not there.

It is shown at any depth, /chapters/99 or /a/b/c, where a relative link leads nowhere. So its links are whole ones when
the site knows its address (`base_url.py`). Without an address they hold in the uppermost folder alone.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

LINKS = ("href", "src", "action", "data-content_root")


def add_page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    yield "404", {"title": "Page not found"}, "404.html"


def make_links_whole(app: Sphinx, exception: Exception | None) -> None:
    base = app.config.html_baseurl
    if exception or not base:
        return
    file = Path(app.outdir) / "404.html"
    page = BeautifulSoup(file.read_text("utf-8"), "html.parser")
    for name in LINKS:
        for tag in page.select(f"[{name}]:not([{name}^='#'])"):
            tag[name] = urljoin(base, tag[name])
    file.write_text(str(page), "utf-8")


def setup(app: Sphinx) -> dict:
    app.connect("html-collect-pages", add_page)
    app.connect("build-finished", make_links_whole)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
