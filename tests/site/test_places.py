"""The site works from a folder of another site, and without a server: there only the explorers stay still."""

import pytest
from built import HTML, PAGES, parsed
from conftest import QuietHandler, Visit, served

FOLDER = "/some/folder/"
EXPLORERS = [page for page in PAGES if parsed(page).select("div.explorer")]


class InAFolder(QuietHandler):
    """Serves the site below `FOLDER`, and nothing elsewhere."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(FOLDER[:-1]) if path.startswith(FOLDER) else "/nothing")


@pytest.fixture(scope="module")
def folder():
    with served(InAFolder) as address:
        yield address.rstrip("/") + FOLDER


@pytest.mark.parametrize(
    "address", ["index.html", "book/api.html", "search.html?q=spectral", "404.html", *EXPLORERS[:1]]
)
def test_a_page_works_in_a_folder(context, folder, address):
    visit = Visit(context, folder)
    page = visit.open(address)
    for host in page.locator("div.explorer .explorer-live").all():
        host.wait_for()
    if "search" in address:
        page.locator("#search-results a[href*='02_matrix_norms']").first.wait_for()
    page.wait_for_load_state("networkidle")  # who leaves before breaks a request off: the search quotes its pages
    page.locator("nav.bd-docs-nav a", has_text="Glossary").first.click()
    page.wait_for_url(f"{folder}book/glossary.html")
    page.wait_for_load_state("networkidle")
    assert visit.troubles == []
    page.close()


@pytest.mark.parametrize("address", ["book/index.html", "book/notation.html", "404.html"])
def test_a_page_works_as_a_file(context, address):
    visit = Visit(context, HTML.as_uri() + "/")
    page = visit.open(address)
    assert page.evaluate("[...document.images].filter(image => !image.loading && !image.naturalWidth).length") == 0
    assert page.locator(".math").count() == page.locator(".math mjx-container").count()
    page.locator("nav.bd-docs-nav a", has_text="Glossary").first.click()
    page.wait_for_url("file://**/book/glossary.html")
    assert visit.troubles == []
    page.close()


def test_the_search_works_in_files(context):
    page = context.new_page()
    page.goto((HTML / "search.html").as_uri() + "?q=spectral")
    page.locator("#search-results a[href*='02_matrix_norms']").first.wait_for()
    page.close()
