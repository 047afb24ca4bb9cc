"""A published site knows its address: canonical links and a sitemap, when GENCOURSE_URL is set. Else there is neither.

GENCOURSE_URL=https://gencourse.github.io/gencourse make book
"""

import os
import re
from html import escape
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{}
</urlset>
"""


def base_url(given: str) -> str:
    """The address with a slash at its end; of nothing, nothing.

    >>> base_url("https://gencourse.github.io/gencourse")
    'https://gencourse.github.io/gencourse/'
    """
    if given and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", given):
        raise ExtensionError(f"GENCOURSE_URL is {given!r}: give a whole address, such as https://example.org/course")
    return given and f"{given.rstrip('/')}/"


def set_base_url(app: Sphinx, config: Config) -> None:
    config.html_baseurl = base_url(os.environ.get("GENCOURSE_URL", ""))


def forget_canonical_link(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """The search and the page for a wrong address are nobody's original."""
    if doctree is None:
        context["pageurl"] = None


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    file, base = Path(app.outdir) / "sitemap.xml", app.config.html_baseurl
    file.unlink(missing_ok=True)
    if base and not exception:
        addresses = [base + app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)]
        file.write_text(SITEMAP.format("\n".join(f"<url><loc>{escape(a)}</loc></url>" for a in addresses)), "utf-8")


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", set_base_url)
    app.connect("html-page-context", forget_canonical_link)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
