"""The whole book as one PDF, printed by Chromium from the pages of the site: `make pdf`.

The pages are joined in the order of the contents, so that text, numbers and formulas are those of the site. What only
a screen can use goes, what is folded is open, and a link to a page of the site becomes one inside the document.
Chromium prints twice: after the first time it is known on which page a section begins.

    ```{pdf-link} The whole book as a PDF
    ```

is a link to the file where there is one, and else nothing.
"""

import io
import json
import os
import re
import shutil
from html import escape
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urldefrag

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

NAME = "gencourse.pdf"
HOST = "http://book/"  # of no machine: `printed` answers for it
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"]
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
SCREEN_ONLY = ".headerlink, .toctree-wrapper, .pdf-link, summary, script"
# Names and commas have no colour of their own: half of all tags of the document. A picture on paper opens nothing.
PLAIN = ".highlight :is(.n, .p, .w), a:has(> img)"


def installed() -> str | None:
    """The Chromium or Chrome of this machine."""
    return next(filter(None, map(shutil.which, [*BROWSERS, MAC_CHROME])), None)


def launch(playwright):
    """Start the installed browser."""
    # Without these, Chromium calls its maker in the background; as root it refuses to run in its sandbox.
    arguments = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=installed(), args=arguments)


def name(page: str, anchor: str = "") -> str:
    """The anchor, in the document, of a page of the site or of an anchor on it."""
    return "--".join([page.replace("/", "-"), anchor]).removesuffix("--")


def destination(page: str, address: str, pages: list[str]) -> str:
    """Where a link on `page` leads from within the document."""
    if re.match(r"[a-z]+:", address):
        return address
    path, anchor = urldefrag(address)
    other = normpath(join(dirname(page), unquote(path))).removesuffix(".html") if path else page
    if other not in pages:
        raise ExtensionError(f"{page} links to {address}, which is no page of the book: give its whole address")
    return "#" + name(other, unquote(anchor))


def article(page: str, html: BeautifulSoup, pages: list[str]) -> Tag:
    """The text of a page as a part of the document."""
    text = html.select_one("article.bd-article")
    for tag in text.select(SCREEN_ONLY):
        tag.decompose()
    for tag in text.select(PLAIN):
        tag.unwrap()
    for folded in text.select("details"):
        folded.name = "div"
    for tag in text.select("[id]"):
        tag["id"] = name(page, tag["id"])
    for tag in text.select("section > h2"):
        tag["id"] = f"{tag.parent['id']}--title"  # a section may begin at the foot of the sheet before its title's
    for tag in text.select("a[href]"):
        tag["href"] = destination(page, tag["href"], pages)
    for tag in text.select("img[src]:not([src^='data:'])"):
        tag["src"] = normpath(join(dirname(page), tag["src"]))
        tag.attrs.pop("loading", None)  # nobody scrolls to it
    for tag in text.select("figure"):
        tag["role"] = "none"  # the picture in it has a description, and the figure would be one without
    text["id"], text["style"] = name(page), f"page: {name(page)}"
    return text


def contents(parts: dict[str, list[str]], articles: dict[str, Tag]) -> str:
    """Parts, chapters and sections, with an empty place for each page number."""

    def entry(heading: Tag, anchor: str) -> str:
        text = heading.decode_contents()
        return f'<li class="of-{heading.name}"><a href="#{anchor}"><span>{text}</span><span>000</span></a></li>'

    def chapter(page: str) -> str:
        sections = "".join(entry(h2, h2["id"]) for h2 in articles[page].select("section > h2"))
        return entry(articles[page].h1, name(page)) + sections

    lists = [f"<p>{part}</p><ul>{''.join(map(chapter, pages))}</ul>" for part, pages in parts.items()]
    return f'<nav id="contents"><h1>Contents</h1>{"".join(lists)}</nav>'


def document(app: Sphinx) -> str:
    """The whole book as one page: title, contents, articles."""
    root, site, config = app.config.root_doc, Path(app.outdir), app.config
    trees = app.env.get_doctree(root).findall(addnodes.toctree)
    parts = {"": [root]} | {tree["caption"]: [page for _, page in tree["entries"]] for tree in trees}
    pages = sum(parts.values(), [])
    parsed = {page: BeautifulSoup((site / f"{page}.html").read_text("utf-8"), "html.parser") for page in pages}
    links = {page: html.head.select("link[rel=stylesheet]") for page, html in parsed.items()}
    styles = dict.fromkeys(normpath(join(dirname(page), link["href"])) for page in pages for link in links[page])
    articles = {page: article(page, html, pages) for page, html in parsed.items()}
    articles[root].h1.string = "About this course"  # on the site it is the title of the book
    titles = {page: json.dumps(text.h1.get_text(), ensure_ascii=False) for page, text in articles.items()}
    heads = [f"@page {name(page)} {{ @top-center {{ content: {title} }} }}" for page, title in titles.items()]
    return f"""<!doctype html>
<html lang="{config.language}" data-theme="light">
<head>
<meta charset="utf-8">
<title>{escape(config.html_title)}</title>
{"".join(f'<link rel="stylesheet" href="{style}">' for style in styles)}
<style>{Path(__file__).with_suffix(".css").read_text("utf-8")}{"".join(heads)}</style>
<script>window.MathJax = {json.dumps(config.mathjax3_config)}</script>
<script defer src="_static/{config.mathjax_path}"></script>
</head>
<body>
<header><p class="title">{escape(config.html_title)}</p><p>{escape(config.author)}</p><p>{config.copyright}</p></header>
{contents(parts, articles)}
{"".join(map(str, articles.values()))}
</body></html>"""


# A formula is read aloud as it is written in TeX. What is wider than the paper is made smaller.
TYPESET = """MathJax.startup.promise.then(() => {
    for (const {typesetRoot, math} of MathJax.startup.document.math) {
        typesetRoot.setAttribute("role", "img");
        typesetRoot.setAttribute("aria-label", math.trim());
    }
    for (const box of document.querySelectorAll("mjx-container, table")) {
        const room = box.closest("div, p, dd, td, th, li").clientWidth;
        if (box.scrollWidth > room) box.style.zoom = room / box.scrollWidth;
    }
})"""
NUMBER = """pages => document.querySelectorAll("#contents a").forEach(
    a => a.lastChild.textContent = pages[a.hash.slice(1)])"""


def page_numbers(draft: bytes) -> dict[str, int]:
    """The page, counted from 1, of each anchor to which something links."""
    import pikepdf

    with pikepdf.open(io.BytesIO(draft)) as pdf:
        return {anchor.lstrip("/"): pikepdf.Page(place[0]).index + 1 for anchor, place in pdf.Root.Dests.items()}


def save(printed: bytes, author: str, file: Path) -> None:
    """Write the PDF. Packed into streams, its hundred thousand tags for screen readers take a tenth of the space."""
    import pikepdf

    with pikepdf.open(io.BytesIO(printed)) as pdf:
        pdf.docinfo["/Author"] = author
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        pdf.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)


def printed(html: str, site: Path) -> bytes:
    """The PDF of a page whose files are those of the site."""
    from playwright.sync_api import sync_playwright

    missing = []

    def answer(route) -> None:
        path = unquote(route.request.url.removeprefix(HOST).partition("?")[0])
        if not path:
            route.fulfill(body=html, content_type="text/html")
        elif (site / path).is_file():
            route.fulfill(path=site / path)
        else:
            missing.append(path)
            route.abort()

    with sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page(viewport={"width": 643, "height": 900})  # as wide as the text in pdf.css
        page.set_default_timeout(0)
        page.emulate_media(media="print")
        page.route(HOST + "**", answer)
        page.goto(HOST)
        page.evaluate(TYPESET)
        if missing:
            raise ExtensionError(f"the pages show files that the site does not have: {', '.join(missing)}")
        draft = page.pdf(prefer_css_page_size=True, print_background=True, tagged=False)
        page.evaluate(NUMBER, page_numbers(draft))
        return page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)


def file(app: Sphinx) -> Path:
    return Path(app.outdir) / NAME


def expected(app: Sphinx) -> bool:
    """Whether the site has a PDF once it is built."""
    return app.config.pdf or file(app).exists()


class PdfLink(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        self.env.pdf_is_linked = expected(self.env.app)
        address = relative_uri(self.env.app.builder.get_target_uri(self.env.docname), NAME)
        link = nodes.reference("", self.arguments[0], refuri=address)
        return [nodes.paragraph("", "", link, classes=["pdf-link"])] if self.env.pdf_is_linked else []


def look_for_browser(app: Sphinx) -> None:
    if app.config.pdf and not installed():
        raise ExtensionError("the PDF is printed by Chromium or Chrome, and neither is installed")


def forget(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> list[str]:
    """When a page has changed, the PDF is no longer that of the site. A link to it that is wrong is read again."""
    if added or changed or removed:
        file(app).unlink(missing_ok=True)
    return [app.config.root_doc] if getattr(env, "pdf_is_linked", expected(app)) != expected(app) else []


def print_book(app: Sphinx, exception: Exception | None) -> None:
    if app.config.pdf and not exception:
        save(printed(document(app), Path(app.outdir)), app.config.author, file(app))


def setup(app: Sphinx) -> dict:
    app.add_config_value("pdf", bool(os.environ.get("GENCOURSE_PDF")), "", bool)
    app.add_directive("pdf-link", PdfLink)
    app.connect("builder-inited", look_for_browser)
    app.connect("env-get-outdated", forget)
    app.connect("build-finished", print_book)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
