"""The ledger on the built site: a row for each claim of each notebook, in order, with its number, and all hold."""

import nbformat
import pytest
from built import CHAPTERS, ROOT, anchors, parsed
from test_html import numbers, target

PAGE = "book/ledger.html"


def tagged(chapter: str) -> list[str]:
    """The labels of the claim cells of a page's notebook."""
    notebook = nbformat.read(ROOT / chapter.replace(".html", ".ipynb"), as_version=4)
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    return [tag.removeprefix("claim:") for tag in tags if tag.startswith("claim:")]


def headings(chapter: str) -> list[tuple[str, str]]:
    """Label and text of each link to a statement of the chapter, from the rows above the measurements."""
    links = [row.select_one("strong a[href]") for row in parsed(PAGE).select("table.claims tr.claim-statement")]
    found = [(*target(PAGE, link["href"]), link.get_text()) for link in links]
    return [(label, text) for page, label, text in found if page == chapter]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_claim_of_a_chapter_has_its_place_under_its_number(chapter):
    assert sorted(label for label, _ in headings(chapter)) == sorted(tagged(chapter))
    for label, text in headings(chapter):
        assert label in anchors(chapter)
        assert text.split()[1] == numbers(chapter)[label]


def test_below_each_statement_stands_what_was_measured_and_all_of_it_holds():
    for body in parsed(PAGE).select("table.claims > tbody"):
        heading, *rows = body.find_all("tr", recursive=False)
        assert "claim-statement" in heading["class"] and rows, heading.get_text()
        for row in rows:
            quantity, expected, measured, verdict, seconds = (td.get_text(strip=True) for td in row.select("td"))
            assert quantity and expected and measured and verdict == "holds"
            assert 0 <= float(seconds) < 120


def test_each_statement_has_a_source():
    sources = [source.get_text() for source in parsed(PAGE).select("table.claims .claim-source")]
    assert len(sources) == len(parsed(PAGE).select("table.claims > tbody"))
    assert [s for s in sources if not s.removeprefix("Source:").strip() or "?" in s] == []


def test_the_sums_agree_with_the_tables():
    claims = len(parsed(PAGE).select("table.claims tr.claim-statement"))
    quantities = len(parsed(PAGE).select("table.claims tr.claim-holds"))
    total = parsed(PAGE).select_one(".claims-total").get_text()
    assert total.startswith(f"{claims} claims with {quantities} measured quantities: all hold")
    rows = [[td.get_text() for td in row.select("td")] for row in parsed(PAGE).select("table.claims-overview tbody tr")]
    assert (sum(int(row[1]) for row in rows), sum(int(row[2]) for row in rows)) == (claims, quantities)


def test_no_name_is_on_the_page_twice():
    names = [tag["id"] for tag in parsed(PAGE).find_all(id=True)]
    assert [name for name in set(names) if names.count(name) > 1] == []
