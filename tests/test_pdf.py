"""How pages of the site become parts of one document, and when the site has a link to it. tests/site reads the PDF."""

import os
import subprocess
import sys
from pathlib import Path

import pdf
import pypdfium2
import pytest
from bs4 import BeautifulSoup
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parent.parent
PAGES = ["book/index", "chapters/01_a", "chapters/02_b"]

CONF = """
extensions = ["pdf"]
html_theme = "basic"
exclude_patterns = ["_build"]
"""
INDEX = """
Book
====

.. pdf-link:: All of it on paper

.. toctree::

   other
"""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("#here", "#chapters-01_a--here"),
        ("02_b.html", "#chapters-02_b"),
        ("02_b.html#a-place", "#chapters-02_b--a-place"),
        ("../book/index.html#caf%C3%A9", "#book-index--café"),
        ("https://example.org/02_b.html#x", "https://example.org/02_b.html#x"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_a_link_between_pages_becomes_one_inside_the_document(address, expected):
    assert pdf.destination("chapters/01_a", address, PAGES) == expected


@pytest.mark.parametrize("address", ["../search.html", "../_images/a.png", "03_c.html#x"])
def test_a_link_that_would_leave_the_document_is_refused(address):
    with pytest.raises(ExtensionError, match="is no page of the book"):
        pdf.destination("chapters/01_a", address, PAGES)


def test_a_page_becomes_a_part_of_the_document():
    html = """<nav>menu</nav><article class="bd-article"><section id="title"><h1>T<a class="headerlink">#</a></h1>
        <details><summary>Show</summary><pre class="highlight"><span class="k">def</span><span class="n">f</span></pre>
        </details><a href="02_b.html#x">to B</a>
        <a href="../_images/a.png"><img alt="a" loading="lazy" src="../_images/a.png"></a>
        <img src="data:image/png;base64,AA">
        <figure id="f"><figcaption>A figure</figcaption></figure></section></article>"""
    part = pdf.article("chapters/01_a", BeautifulSoup(html, "html.parser"), PAGES)
    assert part.get_text(" ", strip=True) == "T def f to B A figure"
    assert part["id"] == "chapters-01_a" and part.section["id"] == "chapters-01_a--title"
    assert [link["href"] for link in part.select("a")] == ["#chapters-02_b--x"]
    assert [image["src"] for image in part.select("img")] == ["_images/a.png", "data:image/png;base64,AA"]
    assert part.find("details") is None and part.select_one("span.k") and not part.select_one("span.n")
    assert not part.select("[loading]")  # nobody scrolls to a picture on paper


# The smallest document: no formulas, two pages, and a line of the contents for the second.
DOCUMENT = """<!doctype html><html lang="en"><head><title>Two</title>
<script>window.MathJax = {{startup: {{promise: Promise.resolve(), document: {{math: []}}}}}}</script></head>
<body><ul id="contents"><li><a href="#b"><span>Second</span><span>000</span></a></li></ul>
<h1 style="break-before: page" id="b">Second</h1>{more}</body></html>"""
with_browser = pytest.mark.skipif(not pdf.installed(), reason="no Chromium or Chrome on this machine")


@with_browser
def test_the_contents_get_the_page_on_which_a_section_begins(tmp_path):
    printed = pdf.printed(DOCUMENT.format(more=""), tmp_path)
    assert pdf.page_numbers(printed) == {"b": 2}
    pdf.save(printed, "An author", tmp_path / "two.pdf")
    with pypdfium2.PdfDocument(tmp_path / "two.pdf") as paper:
        assert [sheet.get_textpage().get_text_range().split() for sheet in paper] == [["Second2"], ["Second"]]
        assert paper.get_metadata_dict()["Author"] == "An author"


@with_browser
def test_a_picture_that_the_site_does_not_have_is_named(tmp_path):
    with pytest.raises(ExtensionError, match=r"does not have: _images/lost\.png"):
        pdf.printed(DOCUMENT.format(more='<img src="_images/lost.png">'), tmp_path)


@pytest.fixture
def book(tmp_path):
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "index.rst").write_text(INDEX)
    (tmp_path / "other.rst").write_text("Other\n=====\n")
    return tmp_path


def build(book: Path, **env: str) -> tuple[bool, subprocess.CompletedProcess]:
    """Whether the front page links to the PDF after a build without printing, and the log."""
    env = {name: value for name, value in os.environ.items() if name != "GENCOURSE_PDF"} | env
    env |= {"PYTHONPATH": str(ROOT / "book/_ext")}
    command = [sys.executable, "-m", "sphinx", "-W", str(book), str(book / "_build")]
    run = subprocess.run(command, env=env, capture_output=True, text=True)
    page = book / "_build/index.html"
    return page.exists() and f'href="{pdf.NAME}"' in page.read_text(), run


def test_the_site_links_to_the_pdf_exactly_when_there_is_one_of_these_pages(book):
    paper = book / "_build" / pdf.NAME
    linked, run = build(book)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not linked
    paper.write_bytes(b"%PDF")
    assert build(book)[0] and paper.exists()
    assert build(book)[0] and paper.exists()  # nothing has changed
    (book / "other.rst").write_text("Other\n=====\n\nMore.\n")
    assert not build(book)[0] and not paper.exists()


def test_without_a_browser_the_build_stops_before_it_begins(book):
    _, run = build(book, GENCOURSE_PDF="1", PATH="/nowhere")
    if not Path(pdf.MAC_CHROME).exists():
        assert run.returncode and "printed by Chromium or Chrome, and neither is installed" in run.stderr
        assert not (book / "_build/index.html").exists()
