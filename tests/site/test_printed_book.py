"""The printed book says what the site says, its links stay inside it, and nothing is cut off or left untypeset."""

import re
import unicodedata
from functools import cache

import pikepdf
import pypdfium2
import pytest
import yaml
from built import HTML, ROOT, parsed
from pdf import NAME, name

FILE = HTML / NAME
if not FILE.exists():
    pytest.skip("the book was not printed: run `make pdf`", allow_module_level=True)

TOC = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
PDF, TREE = pypdfium2.PdfDocument(FILE), pikepdf.open(FILE)
MILLIMETRE = 72 / 25.4

every_page = pytest.mark.parametrize("page", PAGES)


def squeezed(text: str) -> str:
    """The text without spaces, hyphens, ligatures and what cannot be seen: a line may break anywhere."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isprintable() and c not in " -")


@cache
def sheets() -> list[str]:
    """The text of each sheet, without the title above it and the number below it."""
    inside = {"bottom": 22 * MILLIMETRE, "top": PDF[0].get_height() - 24 * MILLIMETRE}
    return [squeezed(sheet.get_textpage().get_text_bounded(**inside)) for sheet in PDF]


@cache
def outline() -> list[tuple[int, str, int]]:
    """Level, title and sheet, counted from 0, of each chapter and section."""
    entries = [(mark.level, mark.get_title().strip(), mark.get_dest().get_index()) for mark in PDF.get_toc()]
    return [entry for entry in entries if entry[0] <= 1]


@cache
def span(page: str) -> range:
    """The sheets of a page of the site."""
    starts = [sheet for level, _, sheet in outline() if level == 0] + [len(PDF)]
    return range(*starts[1 + PAGES.index(page) :][:2])


def article(page: str):
    return parsed(f"{page}.html").select_one("article")


def count(selector: str) -> int:
    """How many there are of something in the texts of the site."""
    return sum(len(article(page).select(selector)) for page in PAGES)


def headings(page: str) -> list[str]:
    """Title and sections of a page of the site."""
    titles = [heading.get_text().removesuffix("#") for heading in article(page).select("h1, h2")]
    return ["About this course", *titles[1:]] if page == TOC["root"] else titles


def pieces(text: str, printed: str) -> int:
    """In how many pieces, one behind the other, the text has been printed: more than one where a sheet ends."""
    found = 0
    while text:
        size = next(n for n in range(len(text), -1, -1) if text[:n] in printed)
        text, found = text[size:], found + 1 if size else 99
    return found


def test_the_outline_has_every_page_and_section_in_order():
    expected = [heading for page in PAGES for heading in headings(page)]
    assert [title for _, title, _ in outline()] == ["Contents", *expected]


def test_the_contents_name_the_sheets():
    contents, place = "".join(sheets()[1 : span(PAGES[0])[0]]), 0
    for _, title, sheet in outline()[1:]:
        entry = squeezed(f"{title}{sheet + 1}")
        place = contents.find(entry, place) + len(entry)
        assert place >= len(entry), f"{entry} is not in the contents"


@every_page
def test_everything_that_the_page_says_is_printed(page):
    printed = "".join(sheets()[i] for i in span(page))
    said = [p for p in article(page).select("p, pre") if not (p.select(".math") or p.find_parent("summary"))]
    texts = [squeezed(p.get_text()) for p in said if "pdf-link" not in p.get("class", [])]
    assert [text for text in texts if pieces(text.removesuffix("#"), printed) > 4] == []


@every_page
def test_what_is_numbered_has_the_number_of_the_site_and_stands_in_the_same_order(page):
    sheet = span(page)[0]
    for tag in article(page).select(".caption-number, .eqno"):
        number = squeezed(tag.get_text().removesuffix("#"))
        sheet = next((i for i in range(sheet, span(page)[-1] + 1) if number in sheets()[i]), None)
        assert sheet is not None, f"{number} is not there, or not in its place"


def test_every_link_leads_into_the_document_or_to_another_host():
    notes = [note for sheet in TREE.pages for note in sheet.get("/Annots", [])]
    outside = [str(note.A.URI) for note in notes if "/A" in note]
    inside = [str(note.Dest) for note in notes if "/Dest" in note]
    assert [address for address in outside if not re.match(r"https?://\w[\w-]*\.\w", address)] == []
    assert set(inside) <= set(TREE.Root.Dests.keys())
    assert len(outside) + len(inside) == len(notes) and len(inside) >= count("a.internal")


@every_page
def test_a_reference_leads_to_the_sheet_where_its_target_stands(page):
    for box in article(page).select("div.proof[id], div.exercise[id], figure[id]"):
        if place := TREE.Root.Dests.get("/" + name(page, box["id"])):
            number = squeezed(box.select_one(".caption-number").get_text())
            sheet = pikepdf.Page(place[0]).index
            assert number in sheets()[sheet], f"{number} is not on sheet {sheet + 1}"


def test_every_picture_and_every_formula_can_be_read_aloud():
    figures, stack = [], [TREE.Root.StructTreeRoot]
    while stack:
        node = stack.pop()
        if isinstance(node, pikepdf.Array):
            stack += list(node)
        elif isinstance(node, pikepdf.Dictionary):
            figures += [node] if node.get("/S") == "/Figure" else []
            stack += [node.K] if "/K" in node else []
    assert len([figure for figure in figures if str(figure.get("/Alt", ""))]) == len(figures)
    assert len(figures) == count(".math") + count("img")


def test_no_formula_and_no_reference_is_left_as_it_was_written():
    source = re.compile(r"\\[(\[]|\$\$|\?\?|\{(?:doc|term|cite|prf|eq|ref|numref)\b")
    quoted = span("book/contributing")  # which shows how a reference is written
    assert [i + 1 for i, text in enumerate(sheets()) if source.search(text) and i not in quoted] == []


def test_nothing_is_printed_in_the_margins():
    side, lost = int(20 * MILLIMETRE) - 2, []
    for i, sheet in enumerate(PDF):
        pixels = sheet.render(grayscale=True).to_numpy()
        if min(pixels[:, :side].min(), pixels[:, -side:].min()) < 250:
            lost.append(i + 1)
    assert lost == []


def test_a_screen_reader_is_told_title_and_language():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert TREE.docinfo.Title == config["title"] and TREE.docinfo.Author == config["author"]
    assert TREE.Root.Lang == "en" and TREE.Root.MarkInfo.Marked


def test_no_folder_of_this_machine_is_named():
    notes = [str(note.A.URI) for sheet in TREE.pages for note in sheet.get("/Annots", []) if "/A" in note]
    words = [*sheets(), *notes, *map(str, TREE.docinfo.values())]
    assert [w for w in words if squeezed(str(ROOT)) in squeezed(w) or "file://" in w] == []


def test_the_front_page_links_to_it():
    (link,) = article(TOC["root"]).select(".pdf-link a")
    assert (HTML / "book" / link["href"]).resolve() == FILE.resolve()
