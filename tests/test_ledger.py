"""The claims ledger: every statement of a book is on it, with what its cell has just measured."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import ledger
import nbformat
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent

CONF = """
extensions = ["myst_nb", "sphinx_proof", "sphinxcontrib.bibtex", "sphinx.ext.mathjax", "ledger"]
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
html_theme = "basic"
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "amsmath"]
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
"""
INDEX = """# Book

```{toctree}
chapters/one
shelf/ledger
```

```{bibliography}
```
"""
BIB = "@book{a2000, title={A}, author={Ann Author}, publisher={P}, year={2000}}"
STATEMENT = """(a-place)=
```{prf:theorem} Squares $x^2$
:label: thm-square

For $x > 0$ and every
$$x^2 = x x$$ (eq-square)
there is a root {cite:p}`a2000`. See {prf:ref}`thm-square`.
```
"""
OWN = "```{prf:lemma} Cubes\n:label: lem-cube\n\nA cube, in this course.\n```"


def cell(label: str, value: float, bound: str) -> nbformat.NotebookNode:
    source = f"import gencourse as gc\ngc.claim('{label}', 'side of {label}', {bound}).measured({value})"
    return nbformat.v4.new_code_cell(source, metadata={"tags": [f"claim:{label}"]})


def write(book: Path, value: float = 3, statements: str = STATEMENT + OWN, label: str = "lem-cube") -> None:
    """A chapter with two claims."""
    notebook = nbformat.v4.new_notebook()
    claims = [cell("thm-square", value, "at_most=10"), cell(label, 8, "at_least=7.5")]
    notebook.cells = [nbformat.v4.new_markdown_cell(f"# One\n\n{statements}"), *claims]
    nbformat.write(notebook, book / "chapters/one.ipynb")


def new_book(folder: Path) -> Path:
    (folder / "shelf").mkdir()
    (folder / "chapters").mkdir()
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(INDEX)
    (folder / "references.bib").write_text(BIB)
    (folder / "shelf/ledger.md").write_text("# Ledger\n\n```{claims-ledger}\n```\n")
    write(folder)
    return folder


def build(book: Path, *options: str) -> tuple[BeautifulSoup, str]:
    """The ledger, and what the build had to complain of."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "book/_ext"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "sphinx", "-n", *options, str(book), str(book / "_build/html")]
    log = subprocess.run(command, env=env, capture_output=True, text=True)
    page = (book / "_build/html/shelf/ledger.html").read_text(encoding="utf-8")
    return BeautifulSoup(page, "html.parser"), re.sub(r"^\[IPKernelApp\].*\n", "", log.stderr, flags=re.M)


def rows(page: BeautifulSoup) -> list[list[str]]:
    measurements = page.select("table.claims tbody tr:not(.claim-statement)")
    return [[td.get_text(" ", strip=True) for td in tr.select("td")] for tr in measurements]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return new_book(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def page(book):
    page, complaints = build(book)
    assert complaints == ""
    return page


def test_the_ledger_shows_bound_value_and_verdict(page):
    assert [row[:4] for row in rows(page)] == [
        ["side of thm-square", "at most 10", "3", "holds"],
        ["side of lem-cube", "at least 7.5", "8", "holds"],
    ]
    assert all(float(row[4]) >= 0 for row in rows(page))
    assert page.select_one(".claims-total").get_text().startswith("2 claims with 2 measured quantities: all hold.")


def test_the_ledger_shows_each_statement_with_its_number_its_text_and_its_source(page):
    square, cube = page.select("tr.claim-statement")
    link = square.select_one("a.reference.internal")
    assert (link["href"], link.get_text()) == ("../chapters/one.html#thm-square", "Theorem 1")
    assert square.select_one("code").get_text() == "thm-square"
    assert len(square.select(".math")) == 3 and "MathJax" in str(page.head)  # title, line and display
    assert "there is a root [Author, 2000]. See Theorem 1." in square.get_text()
    source = square.select_one(".claim-source")
    assert source.get_text() == "Source: Author, 2000" and source.a["href"].startswith("../index.html#")
    assert cube.select_one(".claim-source").get_text() == "Source: this course"


def test_no_name_is_on_the_page_twice_and_every_link_on_it_leads_somewhere(page):
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids)) and not {"thm-square", "proof-content"} & set(ids)
    assert "eq-square" not in "".join(ids)
    assert {a["href"][1:] for a in page.select("a[href^='#']") if len(a["href"]) > 1} <= set(ids)


def test_it_is_the_same_when_outputs_come_from_the_cache(book, page):
    again, complaints = build(book, "-E")
    assert complaints == "" and rows(again) == rows(page)
    assert str(again.select_one("table.claims")) == str(page.select_one("table.claims"))


def test_pages_that_another_process_has_read_are_added():
    env = SimpleNamespace(domaindata={})
    claims = ledger.Claims(env)
    claims.data["records"]["a"] = [1]
    claims.merge_domaindata({"b"}, {"records": {"a": [0], "b": [2]}, "ledgers": {"b", "c"}})
    assert claims.data["records"] == {"a": [1], "b": [2]} and claims.data["ledgers"] == {"b"}


def test_the_ledger_follows_its_chapters(tmp_path):
    book = new_book(tmp_path)
    build(book)
    write(book, value=5)
    page, complaints = build(book)  # a new measurement
    assert complaints == "" and [row[2] for row in rows(page)] == ["5", "8"]
    (book / "chapters/one.ipynb").unlink()
    (book / "index.md").write_text(INDEX.replace("chapters/one\n", ""))
    page, complaints = build(book)  # and none any more
    assert complaints == "" and rows(page) == []


def test_a_statement_without_a_record_and_a_record_without_a_statement_are_warnings(tmp_path):
    book = new_book(tmp_path)
    write(book, label="lem-lost")
    _, complaints = build(book)
    assert "one.ipynb" in complaints and "WARNING: no cell measures the statement 'lem-cube'" in complaints
    assert "WARNING: a cell measures 'lem-lost', which nothing states" in complaints
